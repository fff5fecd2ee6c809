"""`Asked` and `Answered`: a request and its answer, as no framework has them.

So the pages can be put into any: what a framework is for (sockets, forms, files)
it does, and hands over these.
"""

from collections.abc import Iterable, Mapping

from attrs import field, frozen

from .._base.values import EMPTY, frozen_mapping
from ..arguments import checked

Pairs = tuple[tuple[str, str], ...]


def _pairs(given: Iterable[tuple[str, str]]) -> Pairs:
    return tuple((str(name), str(value)) for name, value in given)


def _headers(given: Mapping[str, str]) -> Mapping[str, str]:
    return frozen_mapping({name.lower(): value for name, value in given.items()})


@checked
@frozen
class Asked:
    """What somebody's browser asks for.

    Attributes:
        method: `GET`, `HEAD` or `POST`; others are refused.
        path: The path below where the pages are mounted, decoded; `/` at its root.
        root: Where the pages are mounted, `/consent`, or empty.
        query: The parameters of the address, in order, decoded.
        form: The fields of a posted form, in order, decoded.
        headers: The headers; names in any case.
        origin: The scheme and host the browser used, `https://mis.example`.
        host: The host framework's own request, for the `Authority` to look at.
    """

    method: str
    path: str
    root: str = ""
    query: Pairs = field(converter=_pairs, default=(), repr=False)
    form: Pairs = field(converter=_pairs, default=(), repr=False)
    headers: Mapping[str, str] = field(converter=_headers, default=EMPTY, repr=False)
    origin: str = ""
    host: object = field(default=None, repr=False, eq=False)

    def first(self, name: str) -> str:
        """Return the first value of a parameter or a posted field, or empty."""
        return next(iter(self.all(name)), "")

    def all(self, name: str) -> tuple[str, ...]:
        """Return every value of a posted field, or of a parameter without one."""
        pairs = self.form if self.method == "POST" else self.query
        return tuple(value for key, value in pairs if key == name)

    def cookie(self, name: str) -> str:
        """Return a cookie, or empty."""
        # `SimpleCookie` gives none at all where the host's own hold what it cannot read.
        for part in self.headers.get("cookie", "").split(";"):
            key, _, value = part.partition("=")
            if key.strip() == name:
                return value.strip()
        return ""


@checked
@frozen
class Answered:
    """What a browser is given.

    Attributes:
        status: The status of HTTP.
        body: The body; empty for a redirect.
        headers: The headers, each once.
    """

    status: int
    body: bytes = field(repr=False)
    headers: Pairs = field(converter=_pairs)

    def header(self, name: str) -> str:
        """Return a header, or empty."""
        return next((v for key, v in self.headers if key.lower() == name.lower()), "")
