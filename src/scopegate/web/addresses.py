"""Where the pages are: names in addresses, and the address of each page.

A name may hold anything, a slash too, and frameworks decode paths before anybody
sees them. So a name is spelt in letters, digits, `_` and `-`, and what else it
holds as `~` and two hexadecimal digits for each byte of UTF-8.
"""

import re
from urllib.parse import urlencode

from attrs import frozen

from ..arguments import checked

_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")
_ESCAPED = re.compile(rb"~([0-9A-F]{2})")


def spelt(name: str) -> str:
    """Return a name as it is written in an address.

    >>> spelt("notes & marks")
    'notes~20~26~20marks'
    """
    return _UNSAFE.sub(_escaped, name)


def _escaped(found: re.Match[str]) -> str:
    return "".join(f"~{byte:02X}" for byte in found[0].encode(errors="surrogatepass"))


def unspelt(text: str) -> str | None:
    """Return the name in an address, or None where no name is spelt so.

    >>> unspelt("notes~20~26~20marks")
    'notes & marks'
    """
    raw = text.encode(errors="surrogatepass")
    raw = _ESCAPED.sub(lambda m: bytes([int(m[1], 16)]), raw)
    try:
        name = raw.decode(errors="surrogatepass")
    except UnicodeDecodeError:
        return None
    return name if spelt(name) == text else None


@checked
@frozen
class Addresses:
    """The address of every page, below where the pages are mounted.

    Attributes:
        root: Where they are mounted, `/consent`, or empty.
    """

    root: str

    def home(self) -> str:
        """Return the address of the first page."""
        return f"{self.root}/"

    def static(self, name: str) -> str:
        """Return the address of a file that pages load."""
        return f"{self.root}/static/{name}"

    def school(self, school: str, part: str = "") -> str:
        """Return the address of a school's dashboard, or of a part of it."""
        return self._join("schools", spelt(school), part)

    def app(self, school: str, app: str, part: str = "") -> str:
        """Return the address of an app at a school, or of a part of it."""
        return self._join("schools", spelt(school), "apps", spelt(app), part)

    def again(self, school: str, app: str, before: str) -> str:
        """Return the address of what an app asks, filled in as a closed school had it."""
        return with_query(self.app(school, app, "request"), ("from", spelt(before)))

    def receipt(self, school: str, grant: str, revision: int, part: str = "") -> str:
        """Return the address of a receipt, or of a file of it."""
        place = ("schools", spelt(school), "receipts", spelt(grant), str(revision))
        return self._join(*place, part)

    def vendor(self, app: str, part: str = "") -> str:
        """Return the address of an app's own side, or of a part of it."""
        return self._join("apps", spelt(app), part)

    def _join(self, *parts: str) -> str:
        return "/".join((self.root, *(part for part in parts if part)))


def with_query(address: str, *pairs: tuple[str, str]) -> str:
    """Return an address with parameters."""
    return f"{address}?{urlencode(pairs)}" if pairs else address
