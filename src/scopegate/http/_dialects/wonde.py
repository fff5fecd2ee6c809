"""`WondeDialect`: the parameters of Wonde's API.

As meta/wonde.openapi.yaml of github:Edrolo/pywonde has them: `include`, pages by
`page` or by `cursor` with `per_page`, and `updated_after` and `updated_before`.
"""

from collections.abc import Mapping

from attrs import frozen

from ..._wire.address import AddressError
from ..._wire.messages import Pairs
from ...adapters._wonde.interface import parts_of
from ...arguments import checked
from ...catalogue.resource import Resource
from ...policy.permit import Permit
from .._pages.paging import NO_PAGES, Paging
from .client_query import Ask
from .dialect import Given, known, moments

_SIGNS = {
    "meta.pagination.next": "next_link",
    "meta.pagination.previous": "previous_link",
    "meta.pagination.more": "more",
    "meta.pagination.per_page": "size",
}
_NUMBERED = {**_SIGNS, "meta.pagination.current_page": "page"}
_PAGES = Paging("page", "page", "per_page", 50, body=_NUMBERED)
_CURSORS = Paging("cursor", "cursor", "per_page", 50, "true", body=_SIGNS)
_CHANGES = ("updated_after", "updated_before")


@checked
@frozen
class WondeDialect:
    """The parameters of Wonde's API; the school is in the guard's base address."""

    def read(self, resource: Resource, given: Given, *, is_list: bool) -> Ask:
        """Return the meaning of parameters; see `Dialect.read`."""
        listing = ("page", "cursor", "per_page", *_CHANGES) if is_list else ()
        known(given, ("include", *listing))
        if {"page", "cursor"} <= given.keys():
            message = "there are pages by `page` or by `cursor`; give one of them"
            raise AddressError(message)
        paging = _CURSORS if "cursor" in given else _PAGES
        changes = moments(_CHANGES, given)
        return Ask(
            resource.name,
            looks=[f"{resource.name}.updated_at.date"] if changes else (),
            parts=_asked(given.get("include", ""), parts_of(resource)),
            params=changes,
            paging=paging if is_list else NO_PAGES,
            window=paging.read(given),
        )

    def choose(self, resource: Resource, ask: Ask, permit: Permit) -> Pairs:
        """Return the parts that are asked for, and those that decide on rows."""
        names = ask.parts_of(permit, parts_of(resource))
        return (("include", ",".join(names)),) if names else ()


def _asked(include: str, parts: Mapping[str, str]) -> dict[str, str]:
    names = include.split(",") if include else []
    if not parts.keys() >= set(names):
        message = "`include` names a part that the catalogue does not have"
        raise AddressError(message)
    return {name: parts[name] for name in names}
