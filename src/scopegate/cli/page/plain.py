"""The pages as JSON, for scripts."""

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum

from attrs import AttrsInstance, fields_dict, has

from ...consent.presentation import Presentation
from ...pages.preview import Preview
from ...pages.receipt import ReceiptPage
from ...pages.request import ChangesPage, RequestPage
from ...pages.school import SchoolDashboard
from ...pages.vendor import AtSchool

_ASKED = (
    "title",
    "school",
    "summary",
    "required",
    "optional",
    "joint",
    "terms",
    "two_people",
    "needs_second",
)
_MORE: Mapping[type, tuple[str, ...]] = {
    Presentation: ("digest",),
    RequestPage: _ASKED,
    ChangesPage: (*_ASKED, "is_amendment", "reminder", "new", "goes"),
    Preview: ("flowing", "total"),
    SchoolDashboard: ("title", "summary"),
    AtSchool: ("label", "sentence"),
    ReceiptPage: ("title",),
}
"""What is shown of a value besides its attributes: what it works out from them."""

_ONLY: Mapping[type, tuple[str, ...]] = {
    Presentation: ("school", "app", "purpose", "request_version")
}
"""Only some attributes of these are shown: the page says the rest in words."""


def to_plain(value: object) -> object:
    """Return a page, or a part of one, as values for JSON.

    A value is an object of its attributes, and of what it works out of them; a set
    is a sorted list, an instant is ISO 8601 in UTC, a member of an enum its value.
    """
    kind = type(value)
    match value:
        case Enum():
            return value.value
        case datetime():
            return value.astimezone(UTC).isoformat()
        case frozenset():
            return sorted(value)
        case tuple():
            return [to_plain(each) for each in value]
        case _ if has(kind):
            return {name: to_plain(getattr(value, name)) for name in _names(kind)}
        case _:
            return value


def _names(kind: type[AttrsInstance]) -> tuple[str, ...]:
    return (*_ONLY.get(kind, tuple(fields_dict(kind))), *_MORE.get(kind, ()))
