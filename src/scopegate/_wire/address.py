"""Addresses read strictly: one spelling leads to one route, and no other to any.

What is sent to an MIS is never the address that a client gave, but a new one, made of
the words of a route and of values that were decoded, checked and encoded again.
"""

import re
from collections.abc import Iterable
from contextlib import suppress
from urllib.parse import quote, unquote_to_bytes

from attrs import field, frozen

from .._base.values import is_clean
from .messages import Pairs

_URL = re.compile(
    r"(?i:(https?)://([a-z0-9][a-z0-9.-]*|\[[0-9a-f:.]+\])(?::([0-9]{1,5}))?)"
    r"(/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*)?(?:\?([!-\"$-~]*))?",
    re.ASCII,  # otherwise letters of other scripts would be taken for ours in any case
)
_PORTS = {"http": 80, "https": 443}
_STEP = re.compile(r"[A-Za-z0-9._~-]+|\{[^{}/]+\}")
_VALUE = re.compile(r"[A-Za-z0-9._~:@=+,-]+")
_ESCAPES = re.compile(r"(?:[^%]|%[0-9A-Fa-f]{2})*")
_END = re.compile(r"[?#]")
_DOTS = frozenset({".", ".."})
_MOST_PAIRS = 100


class AddressError(ValueError):
    """An address that is not read; says why and shows nothing of it."""


@frozen
class Address:
    """A whole address, taken apart.

    Attributes:
        origin: Scheme, host and port, so that equal ones are equal.
        path: The path as it was written. Never shown.
        query: The query as it was written, without its mark. Never shown.
    """

    origin: tuple[str, str, int]
    path: str = field(repr=False)
    query: str = field(repr=False)

    @classmethod
    def parse(cls, url: str) -> "Address":
        """Return an address.

        Raises:
            AddressError: It is not a plain address of http or https: it has a user,
                a fragment, a backslash, or a character that must be escaped.
        """
        found = _URL.fullmatch(url)
        if found is None:
            message = "the address is not a plain one of http or https"
            raise AddressError(message)
        scheme, host, port, path, query = found.groups("")
        known = scheme.lower()
        number = int(port) if port else _PORTS[known]
        return cls((known, host.lower(), number), path or "/", query)

    @property
    def root(self) -> str:
        """Scheme, host and, where it is not the usual one, port."""
        scheme, host, port = self.origin
        return f"{scheme}://{host}" + f":{port}" * (port != _PORTS[scheme])

    @property
    def whole(self) -> str:
        """The address without its query, written in the one way."""
        return self.root + self.path


def leads_to(link: object, url: str) -> bool:
    """Tell whether a link of an MIS leads to an address, whatever its query.

    One that does not would have the credentials sent elsewhere.
    """
    try:
        there, here = (Address.parse(_END.split(str(at))[0]) for at in (link, url))
    except AddressError:
        return False
    is_same_path = there.path.rstrip("/") == here.path.rstrip("/")
    return is_same_path and there.origin == here.origin


def parse_query(text: str) -> Pairs:
    """Return the names and values of a query.

    Raises:
        AddressError: A name comes twice, or something does not decode to text.
    """
    pieces = text.split("&") if text else []
    if len(pieces) > _MOST_PAIRS:
        message = f"there are more than {_MOST_PAIRS} parameters"
        raise AddressError(message)
    found = tuple(_pair(piece) for piece in pieces)
    if len({name for name, _ in found}) < len(found):
        message = "a parameter is given twice, and which one counts is anybody's guess"
        raise AddressError(message)
    return found


def _pair(piece: str) -> tuple[str, str]:
    name, _, value = piece.partition("=")
    return _decoded(name.replace("+", " ")), _decoded(value.replace("+", " "))


def write_query(pairs: Iterable[tuple[str, str]]) -> str:
    """Return a query made of names and values, each character in its one spelling."""
    return "&".join(f"{quote(n, safe='')}={quote(v, safe='')}" for n, v in pairs)


def _decoded(text: str) -> str:
    decoded: str | None = None
    if _ESCAPES.fullmatch(text):
        with suppress(UnicodeDecodeError):
            decoded = unquote_to_bytes(text).decode("utf-8")
    if decoded is None or not is_clean(decoded):
        message = "something in the address is not encoded as text in UTF-8"
        raise AddressError(message)
    return decoded


@frozen
class Template:
    """The path of a route, such as `/students/{id}`.

    Attributes:
        text: As it is written.

    Raises:
        ValueError: It does not start with a slash, or has a step that is neither
            a plain word nor a variable, or a variable twice.
    """

    text: str

    def __attrs_post_init__(self) -> None:
        if not self.text.startswith("/"):
            message = f"`{self.text}` is not a path; start it with a slash"
            raise ValueError(message)
        *inner, last = self._steps
        for step in (*inner, last) if last else inner:
            if not _STEP.fullmatch(step) or step in _DOTS:
                message = f"`{self.text}` has a step that is neither word nor variable"
                raise ValueError(message)
        if len(set(self.variables)) < len(self.variables):
            message = f"`{self.text}` has a variable twice; name each differently"
            raise ValueError(message)

    @property
    def _steps(self) -> list[str]:
        return self.text.split("/")[1:]

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of its variables, in order."""
        return tuple(step[1:-1] for step in self._steps if _is_variable(step))

    @property
    def words(self) -> frozenset[str]:
        """The words in it."""
        return frozenset(s for s in self._steps if s and not _is_variable(s))

    @property
    def looseness(self) -> tuple[bool, ...]:
        """A sort key: words before variables, so that the closest match comes first."""
        return tuple(map(_is_variable, self._steps))

    @property
    def shape(self) -> tuple[str, ...]:
        """What it fits, so that two that fit the same are equal."""
        return tuple("{}" if _is_variable(step) else step for step in self._steps)

    def match(self, path: str) -> dict[str, str] | None:
        """Return the values of the variables in *path*, or None if it does not fit.

        *path* is as it was written. A word must be there letter for letter; a
        value may hold letters, digits and `-._~:@=+,`, escaped or not.
        """
        given, values = path.split("/")[1:], dict[str, str]()
        if len(given) != len(self._steps):
            return None
        for step, text in zip(self._steps, given, strict=True):
            if not _is_variable(step):
                if text != step:
                    return None
                continue
            value = _value(text)
            if value is None:
                return None
            values[step[1:-1]] = value
        return values

    def fill(self, values: dict[str, str]) -> str:
        """Return the path with *values* in the place of its variables."""
        steps = (
            quote(values[step[1:-1]], safe="") if _is_variable(step) else step
            for step in self._steps
        )
        return "".join(f"/{step}" for step in steps)


def _is_variable(step: str) -> bool:
    return step.startswith("{")


def _value(step: str) -> str | None:
    try:
        value = _decoded(step)
    except AddressError:
        return None
    return value if _VALUE.fullmatch(value) and value not in _DOTS else None
