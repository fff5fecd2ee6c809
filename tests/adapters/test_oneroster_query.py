"""What of a query a OneRoster server is asked, and what the gate decides instead."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from scopegate import Condition
from scopegate.adapters._oneroster.query import filter_of

from ..servers.fixtures import serving
from .driving import fetched
from .oneroster_scene import (
    CATALOGUE,
    RECORDS,
    SHOWN,
    VERSIONS,
    interface,
    wanted,
)
from .rest_story import Nobody

STUDENT = CATALOGUE.resource("student")


running_server, server = serving("oneroster", RECORDS)


def filters(*conditions, resource="enrollment", **more):
    """Return the filter that conditions are sent as."""
    where = [Condition(f"{resource}.{path}", *rest) for path, *rest in conditions]
    return filter_of(wanted(resource, where=where, **more))


@pytest.mark.parametrize(
    ("conditions", "sent"),
    [
        ([("role", "=", "student")], "role='student'"),
        ([("role", "in", ["student"])], "role='student'"),
        ([("role", "in", ["student", "student"])], "role='student'"),
        ([("role", "in", ["aide", "guide"])], "role='aide' OR role='guide'"),
        ([("role", "in", ["a", "b", "c"])], None),
        ([("role", "in", [])], None),
        ([("role", "in", ["aide", 7])], None),
        ([("beginDate", "=", "2026-09-01")], "beginDate='2026-09-01'"),
        ([("beginDate", ">", "2026-09-01")], "beginDate>='2026-09-01'"),
        ([("beginDate", ">=", "2026-09-01")], "beginDate>='2026-09-01'"),
        ([("beginDate", "<", "2026-09-01")], "beginDate<='2026-09-01'"),
        ([("beginDate", "<=", "2026-09-01")], "beginDate<='2026-09-01'"),
        ([("beginDate", "=", "1.9.2026")], None),
        ([("beginDate", "in", ["2026-09-01", "soon"])], None),
        (
            [("beginDate", ">=", "2026-09-01"), ("beginDate", "<", "2027-09-01")],
            "beginDate>='2026-09-01' AND beginDate<='2027-09-01'",
        ),
        (
            [("role", "=", "a"), ("status", "=", "b"), ("sourcedId", "=", "c")],
            "role='a' AND status='b'",
        ),
        ([("role", "in", ["a", "b"]), ("status", "=", "c")], "status='c'"),
        ([("role", "=", "O'Zed"), ("status", "=", "c")], "status='c'"),
        ([], None),
    ],
)
def test_a_condition_is_sent_where_it_leaves_nothing_out(conditions, sent):
    """At most two comparisons, a date with its own day, and `in` as OR where it fits."""
    assert filters(*conditions) == sent


@pytest.mark.parametrize(
    "value",
    [
        "O'Zed", 'a"b', "a\\b", "", " a", "a ", "a  b", "a\tb", "a\nb", "Zo\u00eb", "a+b",
        "a%20b", "a AND b", "a or b", "x" * 201, 7, 1.0, True,
    ],
)  # fmt: skip
def test_a_value_that_might_be_read_otherwise_is_not_sent(value):
    """The gate decides it: no server needs to agree on quotes, signs and letters."""
    assert filters(("role", "=", value)) is None


@pytest.mark.parametrize(
    "value", ["a", "A b", "a.b@mis.example", "a-b_c:d", "Sandor Oram", "9", "x" * 200]
)
def test_a_plain_value_is_sent_as_it_is(value):
    """Letters, digits and a few signs mean the same everywhere."""
    assert filters(("role", "=", value)) == f"role='{value}'"


def test_which_comparisons_a_server_decides():
    """Of texts and dates outside lists; of neither others, nor what is unequal."""
    able = interface(Nobody).capabilities(CATALOGUE.resource("enrollment"))

    equal = frozenset({"=", "in"})
    dates = equal | {"<", "<=", ">", ">="}
    assert dict(able.conditions) == {
        "enrollment.sourcedId": equal,
        "enrollment.status": equal,
        "enrollment.role": equal,
        "enrollment.beginDate": dates,
        "enrollment.endDate": dates,
    }


def test_what_a_server_can_do_beside():
    """It projects, pages, counts and tells what changed; it sorts and searches not."""
    able = interface(Nobody).capabilities(STUDENT)

    assert (able.projects, able.page_size, able.totals) == (True, 2, True)
    assert (able.orders, able.searches) == (frozenset(), None)
    assert able.changes == {"student.dateLastModified"}


@pytest.mark.parametrize(
    ("paths", "decided", "changes"),
    [
        ([], [], None),
        (["student.role"], ["student.role"], None),
        (["student.dateLastModified"], [], {"student.dateLastModified"}),
    ],
)
def test_a_host_may_say_what_a_server_filters_by(paths, decided, changes):
    """Nothing else is asked of it then, the time of a change included."""
    able = interface(Nobody, "1.1", filters_by=paths).capabilities(STUDENT)

    assert (list(able.conditions), able.changes) == (decided, changes)


@pytest.mark.parametrize(
    ("since", "sent"),
    [
        (datetime(2026, 11, 23, 12, tzinfo=UTC), "2026-11-23T12:00:00.000Z"),
        (datetime(2026, 11, 23, 12, 0, 0, 123_999, UTC), "2026-11-23T12:00:00.123Z"),
        (
            datetime(2026, 11, 23, 1, tzinfo=timezone(timedelta(hours=2))),
            "2026-11-22T23:00:00.000Z",
        ),
    ],
)
def test_changes_are_asked_for_by_when_a_record_was_changed(since, sent):
    """In UTC and milliseconds, rounded down; one condition goes along."""
    where = [("role", "=", "a"), ("status", "=", "b")]

    told = filters(*where, changed_since=since)

    assert told == f"dateLastModified>'{sent}' AND role='a'"


@pytest.mark.parametrize("options", [{}, {"fold_case": True}])
@pytest.mark.parametrize("version", VERSIONS)
def test_a_server_leaves_out_what_it_may(server, version, options):
    """Only records that may meet the conditions come over the line."""
    server.options(**options)
    where = [Condition("student.givenName", "in", ["Ada 1", "Ada 3"])]

    found = fetched("sync", interface(server, version), wanted(where=where))

    assert found == ([SHOWN[1], SHOWN[3]], None)
