"""`Table`: all routes of a guard, and finding the one that an address leads to."""

from collections.abc import Iterable
from urllib.parse import urljoin

from attrs import field, frozen

from ..._wire.address import Address, AddressError, Template
from .route import Route, TokenRoute


@frozen
class Found:
    """A route, and how an address leads to it.

    Attributes:
        route: The route.
        url: The new address, without a query. Never shown.
        values: The value of each variable. Never shown.
    """

    route: Route
    url: str = field(repr=False)
    values: dict[str, str] = field(repr=False)


class Table:
    """All routes of a guard.

    Args:
        base: The address that their paths are below.
        routes: The routes. Of those that fit an address the one with a word
            where others have a variable is meant.

    Raises:
        ValueError: The base address has a query or no plain path, or two routes
            fit the same addresses.
    """

    def __init__(self, base: Address, routes: Iterable[Route | TokenRoute]) -> None:
        prefix = base.path.rstrip("/")
        if base.query:
            message = "the base address has a query; leave it out"
            raise ValueError(message)
        given = tuple(routes)
        self._base = base
        self.routes = tuple(r for r in given if isinstance(r, Route))
        whole = ((Template(prefix + r.path.text), r) for r in self.routes)
        self._order = sorted(whole, key=lambda each: each[0].looseness)
        self.tokens = frozenset(
            _token_address(base, r.path) for r in given if isinstance(r, TokenRoute)
        )
        shapes = [template.shape for template, _ in self._order]
        if len(set(shapes)) < len(shapes):
            message = "two routes fit the same addresses; leave one of them out"
            raise ValueError(message)
        at = [Address.parse(token) for token in self.tokens]
        self._roots = {base.root, *(address.root for address in at)}
        self._words = {word for address in at for word in address.path.split("/")}
        self._words.update(w for template, _ in self._order for w in template.words)

    def find(self, address: Address) -> Found | None:
        """Return the route that an address leads to, or None."""
        if address.origin != self._base.origin:
            return None
        for template, route in self._order:
            values = template.match(address.path)
            if values is not None:
                return Found(route, self._base.root + template.fill(values), values)
        return None

    def shown(self, address: Address) -> str:
        """Return a path that can be shown: of the words only those in some route."""
        if address.root not in self._roots:
            return "*"
        steps = address.path.split("/")[1:]
        return "".join(f"/{step if step in self._words else '*'}" for step in steps)

    def moved(self, found: Found, sent: str, location: str) -> str | None:
        """Return the address where a client may go when an MIS redirects it, or None.

        To a route, with nothing in its path or its query that was not in what
        was sent: anything else might reveal what is withheld.
        """
        try:
            went, there = Address.parse(sent), Address.parse(urljoin(sent, location))
        except (AddressError, ValueError):
            return None
        target = self.find(there)
        if target is None or there.query not in {"", went.query}:
            return None
        is_known = set(target.values.values()) <= set(found.values.values())
        return target.url if is_known and target.url != found.url else None


def _token_address(base: Address, path: str) -> str:
    """Return the whole address of a token route.

    Raises:
        ValueError: It is not an address, or has a query.
    """
    if path.startswith("/"):
        return base.root + Template(base.path.rstrip("/") + path).fill({})
    address = Address.parse(path)
    if address.query:
        message = "the address of a token route has no query; leave it out"
        raise ValueError(message)
    return address.root + Template(address.path).fill({})
