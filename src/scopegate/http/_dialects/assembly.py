"""`AssemblyDialect`: the parameters of the Assembly Platform's API.

As docs/Api/AssemblyApi.md of github:assembly-edu/assembly-client-php has them:
`page` and `per_page`, flags that bring parts of a record along, and filters by
fields. A filter without a field of the resource is not known here, nor is a date for
groups: by it their lists reveal when somebody joined.
"""

from collections.abc import Iterator, Mapping

from attrs import frozen

from ..._wire.messages import Pairs
from ...adapters._assembly.interface import NOWHERE, PLACES, parts_of
from ...arguments import checked
from ...catalogue.resource import Resource
from ...policy.permit import Permit
from .._pages.paging import NO_PAGES, Paging
from .client_query import Ask, Clause, Compare, is_plain_text
from .dialect import Given, is_set, known, moments, one_of

_HEADERS = {
    "Page": "page",
    "Per-Page": "size",
    "Total": "total",
    "Total-Pages": "pages",
    "Next-Page": "next_page",
    "Prev-Page": "previous_page",
}
_BODY = {
    "total_count": "total",
    "total_pages": "pages",
    "current_page": "page",
    "prev_page": "previous_page",
    "next_page": "next_page",
}
_PAGING = Paging("page", "page", "per_page", headers=_HEADERS, body=_BODY)

_SAME = (
    *("registration_group_id", "group_id", "staff_member_id", "student_id"),
    *("type", "year_code"),
)
"""Filters by a field of the same name."""

_OTHER: Mapping[str, Mapping[str, str]] = {
    "enrolment": {"groups": "group_id"},
    "attendance_summary": {"academic_year_id": "academic_year_id"},
    "teaching_group": {"subject_code": "subject.code"},
    "staff_member": {"teachers_only": "is_teaching_staff"},
}
"""Filters by a field of another name, or of one resource alone."""

_SEVERAL = frozenset({"students", "groups"})
_DATES = ("date", "start_date", "end_date")
_DATED: Mapping[str, tuple[str, ...]] = {
    "attendance": ("session_date",),
    **dict.fromkeys(
        ("student", "exclusion", "staff_absence", "enrolment", "lesson", "closure"),
        ("start_date", "end_date"),
    ),
}
"""What a date is compared with, where it chooses records and nothing else."""


@checked
@frozen
class AssemblyDialect:
    """The parameters of the Assembly Platform's API, 1.0 and 1.1.

    The client's `Accept` names the version; the `records` of a route must fit it:
    `[]` for 1.1, `data[]` for 1.0.
    """

    def read(self, resource: Resource, given: Given, *, is_list: bool) -> Ask:
        """Return the meaning of parameters; see `Dialect.read`."""
        parts, filters = parts_of(resource), _filters(resource)
        dates = _DATES if resource.name in _DATED else ()
        listing = (*_PAGING.names, *filters, *dates) if is_list else ()
        known(given, (*parts, *listing))
        dated = moments(dates, given)
        looks = _DATED[resource.name] if dated else ()
        return Ask(
            resource.name,
            clauses=_clauses(given, filters),
            looks=[f"{resource.name}.{name}" for name in looks],
            parts={n: path for n, path in parts.items() if is_set(n, given)},
            params=(*_sent(given, filters), *dated),
            paging=_PAGING if is_list else NO_PAGES,
            window=_PAGING.read(given),
        )

    def choose(self, resource: Resource, ask: Ask, permit: Permit) -> Pairs:
        """Return the flags that are set, and those whose parts decide on rows."""
        names = ask.parts_of(permit, parts_of(resource))
        return tuple((name, "true") for name in names)


def _filters(resource: Resource) -> dict[str, str]:
    """Return the filters of a resource, each with the full path of its field."""
    narrowings = PLACES.get(resource.name, NOWHERE).narrowings
    goes_by = {
        **{name: name for name in _SAME},
        **{narrowing.param: local for local, narrowing in narrowings.items()},
        **_OTHER.get(resource.name, {}),
    }
    have = {leaf.local: leaf.path for leaf in resource.fields}
    return {name: have[local] for name, local in goes_by.items() if local in have}


def _clauses(given: Given, filters: Mapping[str, str]) -> Iterator[Clause]:
    if "teachers_only" in given:
        one_of("teachers_only", given["teachers_only"], ("true",))
    for name, path in filters.items():
        if name in given:
            texts = given[name].split(" ") if name in _SEVERAL else [given[name]]
            yield tuple(Compare(path, "=", text) for text in texts)


def _sent(given: Given, filters: Mapping[str, str]) -> Pairs:
    """Return the filters that are sent on; the rest is decided here alone."""
    asked = ((name, given[name]) for name in filters if name in given)
    return tuple((name, text) for name, text in asked if is_plain_text(text))
