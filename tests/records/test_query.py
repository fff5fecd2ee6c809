"""Queries and conditions, decided on what is released."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from itertools import pairwise, permutations
from math import inf, nan
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, example, given, settings, strategies as st

from scopegate.errors import PathError
from scopegate.records.condition import Comparison, Condition
from scopegate.records.query import Query
from scopegate.records.untrusted import is_nan
from scopegate.testing.strategies import plain_values

from ..zones import zoned

FEWER = settings(
    max_examples=settings().max_examples // 4,
    suppress_health_check=[HealthCheck.too_slow],  # the first draw builds tables
)
"""For what is slow to draw; the thorough profile makes up for it."""

VALUES = st.one_of(st.none(), st.integers(-3, 3), st.sampled_from(["a", "b"]))
NUMBERED = st.lists(
    st.fixed_dictionaries({}, optional={"a": VALUES, "b": VALUES, "c": VALUES})
)
CONDITIONS = st.builds(
    Condition,
    st.sampled_from(["s.a", "s.b"]),
    st.sampled_from([c for c in Comparison if c is not Comparison.ONE_OF]),
    st.integers(-3, 3) | st.just("a"),
)
QUERIES = st.builds(
    Query,
    st.just("s"),
    st.lists(CONDITIONS, max_size=2),
    st.lists(st.sampled_from(["s.a", "s.b"]), max_size=2),
    st.none() | st.integers(0, 4),
)


def meets(record, condition):
    """Tell whether a flat record meets *condition*, the plain way."""
    found, wanted = record.get(condition.path[2:]), condition.value
    if found is None:
        return False
    match condition.comparison:
        case "=":
            return found == wanted
        case "!=":
            return found != wanted
        case sign if type(found) is type(wanted):
            less, same = found < wanted, found == wanted
            return {
                "<": less,
                "<=": less or same,
                ">": not (less or same),
                ">=": not less,
            }[sign]
    return False


def rank(value):
    """Return where a value is sorted: numbers, then texts, then what is not there."""
    return (
        (2, "", 0)
        if value is None
        else (type(value) is str, str(value), 0)
        if type(value) is str
        else (0, "", value)
    )


@FEWER
@given(QUERIES, NUMBERED)
def test_arranging_is_filtering_sorting_and_cutting(query, records):
    """What is given out equals a plain filter, a stable sort and a slice."""
    kept = [r for r in records if all(meets(r, c) for c in query.where)]
    for path in reversed(query.order_by):
        kept.sort(key=lambda record, name=path[2:]: rank(record.get(name)))

    assert list(query.arrange(iter(records))) == kept[: query.limit]


@FEWER
@given(NUMBERED, st.integers(1, 4))
def test_no_more_is_read_than_the_limit_asks_for(records, limit):
    """Without sorting, the record behind the last one wanted is never fetched."""
    left = iter(records)

    list(Query("s", limit=limit).arrange(left))

    assert list(left) == records[limit:]


def test_a_limit_of_none_at_all_reads_nothing():
    """With a limit of 0 no record is fetched."""
    left = iter([{"a": 1}])

    assert (list(Query("s", limit=0).arrange(left)), list(left)) == ([], [{"a": 1}])


@example(values=[datetime(2026, 9, 1, tzinfo=UTC), datetime(2026, 9, 1)])  # noqa: DTZ001
@example(values=[time(8, tzinfo=UTC), time(9)])
@example(values=[Decimal("NaN"), Decimal(1)])
@example(values=[Decimal("sNaN"), 1])
@given(values=st.lists(plain_values()))
def test_any_plain_values_can_be_sorted(values):
    """Sorting by a field of mixed values raises nothing and loses no record."""
    records = [{"a": value, "n": n} for n, value in enumerate(values)]

    arranged = list(Query("s", order_by=["s.a"]).arrange(records))

    assert {record["n"] for record in arranged} == set(range(len(values)))


LONDON = ZoneInfo("Europe/London")
ZONES = st.sampled_from([None, UTC, LONDON, timezone(timedelta(hours=-5))])
AUTUMN = datetime(2026, 10, 25, 0, 30)  # noqa: DTZ001 - an hour before summer ends
"""Round here a clock in London shows the same time twice."""
MOMENTS = st.builds(
    lambda minutes, zone, fold: (AUTUMN + timedelta(minutes=minutes)).replace(
        tzinfo=zone, fold=fold
    ),
    st.integers(-3, 12).map(lambda quarters: quarters * 15),
    ZONES,
    st.integers(0, 1),
)
TIMES = st.builds(lambda hour, zone: time(hour, tzinfo=zone), st.integers(0, 23), ZONES)
ANY_VALUE = st.one_of(
    plain_values(),
    MOMENTS,
    TIMES,
    st.sampled_from([Decimal("NaN"), Decimal("sNaN"), Decimal("-Infinity"), inf, -inf]),
    st.sampled_from(
        [datetime(1, 1, 1, tzinfo=LONDON), datetime(9999, 12, 31, 23, tzinfo=LONDON)]
    ),
)


@given(st.permutations(range(6)), st.lists(ANY_VALUE, min_size=6, max_size=6))
def test_the_order_is_total(places, values):
    """Whatever order records come in, any two of them are in the same order after."""
    records = [{"a": value, "n": n} for n, value in enumerate(values)]
    query = Query("s", order_by=["s.a"])

    arranged = list(query.arrange(records[place] for place in places))

    ranks = [query.rank(record) for record in arranged]
    assert ranks == [query.rank(record) for record in query.arrange(records)]
    assert all(
        one <= other for n, one in enumerate(ranks) for other in ranks[n:]
    )  # not only neighbours: an order may go round in a circle


@given(st.lists(ANY_VALUE, max_size=6), ANY_VALUE)
def test_a_cursor_cuts_the_order_in_two(values, cursor):
    """Those after a value are those that sort after a record which holds it."""
    records = [{"a": value, "n": n} for n, value in enumerate(values)]
    query = Query("s", order_by=["s.a"], after=[cursor])
    place = query.rank({"a": cursor})

    after = list(query.arrange(records))

    arranged = Query("s", order_by=["s.a"]).arrange(records)
    assert after == [record for record in arranged if query.rank(record) > place]


def test_moments_are_sorted_as_instants():
    """Of two that show the same on the clock the second one comes second."""
    first = datetime(2026, 10, 25, 1, 30, tzinfo=LONDON)
    second = first.replace(fold=1)

    arranged = Query("s", order_by=["s.a"]).arrange([{"a": second}, {"a": first}])

    assert [record["a"].fold for record in arranged] == [0, 1]


@pytest.mark.parametrize("kind", [float, Decimal])
def test_what_is_no_number_comes_after_every_number(kind):
    """NaN sorts as the largest of its type, and so never makes two orders of one."""
    values = [kind("nan"), kind("1"), kind("inf"), kind("-inf")]

    for some in permutations(values):
        arranged = Query("s", order_by=["s.a"]).arrange({"a": value} for value in some)

        found = [record["a"] for record in arranged]
        assert found[:2] == [kind("-inf"), kind("1")]


def test_times_in_a_zone_that_has_summers_are_sorted_apart():
    """A time of day without an offset is not compared with one that has one."""
    times = [time(8, tzinfo=LONDON), time(9, tzinfo=UTC), time(7), time(6, tzinfo=UTC)]

    arranged = Query("s", order_by=["s.a"]).arrange({"a": value} for value in times)

    hours = [record["a"].hour for record in arranged]
    assert hours == [7, 8, 6, 9]


@example(one=Decimal("NaN"), other=Decimal(1))
@example(one=Decimal("sNaN"), other=1)
@example(one=datetime(2026, 9, 1), other=datetime(2026, 9, 1, tzinfo=UTC))  # noqa: DTZ001
@given(one=plain_values(), other=plain_values().filter(lambda v: not is_nan(v)))
def test_any_plain_values_can_be_compared(one, other):
    """A condition is met or not met, whatever is there: nothing is raised."""
    comparisons = [c for c in Comparison if c is not Comparison.ONE_OF]

    answers = {Condition("s.a", c, other).holds({"a": one}) for c in comparisons}

    assert answers <= {True, False}


@pytest.mark.parametrize("comparison", Comparison)
@pytest.mark.parametrize(
    "record", [{}, {"a": None}, {"a": []}, {"a": [None]}, None, []]
)
def test_what_is_not_there_meets_no_condition(comparison, record):
    """Missing, null and withheld values meet nothing, not even `!=`."""
    value = [7] if comparison is Comparison.ONE_OF else 7

    assert not Condition("s.a", comparison, value).holds(record)


@pytest.mark.parametrize(
    ("comparison", "value", "expected"),
    [
        ("=", 7, True),
        ("=", "7", False),
        ("!=", 7, False),
        ("!=", 8, True),
        ("<", 8, True),
        ("<", 7, False),
        ("<=", 7, True),
        (">", 7, False),
        (">", 6, True),
        (">=", 7, True),
        ("<", "8", False),
        (">=", None, False),
        ("in", [6, 7], True),
        ("in", {6}, False),
        ("in", (), False),
    ],
)
def test_a_comparison_means_what_it_says(comparison, value, expected):
    """Each sign compares as in arithmetic; what does not compare is not met."""
    assert Condition("s.a", comparison, value).holds({"a": 7}) is expected


@pytest.mark.parametrize("value", ["HELLO", b"HULLO", 7, None])
def test_one_of_a_text_is_no_part_of_the_text(value):
    """`in` asks for one of several values; one value, or a text, is refused."""
    with pytest.raises(TypeError, match="pass a list of them"):
        Condition("s.a", "in", value)


@pytest.mark.parametrize(
    ("comparison", "value", "words"),
    [
        ("=", [7], "not with `list`"),
        ("=", {"x": 1}, "not with `dict`"),
        ("<", object(), "not with `object`"),
        ("in", [7, [8]], "not with `list`"),
    ],
)
def test_a_value_that_is_not_plain_is_refused(comparison, value, words):
    """What no record holds as a value cannot be compared with."""
    with pytest.raises(TypeError, match=f"compares with a plain value, {words}"):
        Condition("s.a", comparison, value)


@pytest.mark.parametrize("value", [nan, Decimal("NaN"), Decimal("sNaN")])
def test_what_equals_nothing_is_refused(value):
    """NaN would meet no condition, or every `!=`, so it is refused in any."""
    for comparison, given_value in (("=", value), ("!=", value), ("in", [1, value])):
        with pytest.raises(ValueError, match="NaN, which equals nothing"):
            Condition("s.a", comparison, given_value)


@pytest.mark.parametrize("value", [nan, Decimal("NaN"), Decimal("sNaN")])
def test_a_cursor_of_what_is_no_number_equals_itself(value):
    """A page that ended with NaN is read on behind what NaN sorts with."""
    query = Query("s", order_by=["s.a"], after=[value])

    assert query == Query("s", order_by=["s.a"], after=[type(value)("inf")])
    assert query.passes({"a": None})
    assert not query.passes({"a": value})


def test_a_condition_keeps_nothing_of_the_callers_list():
    """Changing the list a condition was built with does not change what it meets."""
    given_values = [7]
    condition = Condition("s.a", "in", given_values)

    given_values.clear()

    assert condition.holds({"a": 7})


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"a": [{"b": 1}, {"b": 7}]}, True),
        ({"a": [{"b": 1}, None, {}]}, False),
        ({"a": {"b": [1, 7]}}, True),
        ({"a": {"b": {"c": 7}}}, False),
        ({"a": 7}, False),
    ],
)
def test_any_element_of_a_list_meets_a_condition(record, expected):
    """A field in a list meets a condition when one of its values does."""
    assert Condition("s.a[].b", "=", 7).holds(record) is expected


def test_sorting_goes_by_the_first_value_of_a_list():
    """Of a field in a list the first value that is there decides the place."""
    records = [{"a": [None, 3]}, {"a": [1, 9]}, {"a": []}, {"a": [2]}]

    arranged = list(Query("s", order_by=["s.a[]"]).arrange(records))

    assert arranged == [{"a": [1, 9]}, {"a": [2]}, {"a": [None, 3]}, {"a": []}]


def test_dates_and_texts_are_sorted_apart():
    """Numbers come first, then each other type on its own, then what is missing."""
    values = [None, "b", date(2026, 1, 1), 2, "a", True]

    arranged = Query("s", order_by=["s.a"]).arrange({"a": v} for v in values)

    assert [r["a"] for r in arranged] == [True, 2, date(2026, 1, 1), "a", "b", None]


@pytest.mark.parametrize(
    ("parts", "kind", "sentence"),
    [
        ({"order_by": ["t.a"]}, PathError, "path `t.a` is not a field of `s`"),
        ({"where": [Condition("t.a", "=", 1)]}, PathError, "path `t.a` is not a field of `s`"),
        ({"order_by": ["s.a[0]"]}, PathError, "path `s.a[0]` has a bracket"),
        ({"limit": -1}, ValueError, "a limit is at least 0, not -1"),
        ({"group_by": ["t.a"]}, PathError, "path `t.a` is not a field of `s`"),
        ({"select": ["t.a"]}, PathError, "path `t.a` is not a field of `s`"),
        ({"select": ["s"]}, PathError, "path `s` names no field of a resource"),
        ({"group_by": ["s.a[]"]}, PathError, "path `s.a[]` is in a list, and a record"),
        ({"group_by": ["s.a[].b"]}, PathError, "path `s.a[].b` is in a list, and a"),
        ({"after": [1]}, ValueError, "`after` has one value for each path"),
        ({"after": []}, ValueError, "`after` has one value for each path"),
        ({"after": [1, 2], "order_by": ["s.a"]}, ValueError, "`after` has one value"),
        ({"after": "ab", "order_by": ["s.a", "s.b"]}, ValueError, "`after` has one"),
        ({"changed_since": datetime(2026, 9, 1)}, ValueError, "an instant is aware"),  # noqa: DTZ001
    ],
)  # fmt: skip
def test_a_query_that_cannot_be_is_refused(parts, kind, sentence):
    """What names another resource, nothing, or less than nothing is refused."""
    with pytest.raises(kind) as caught:
        Query("s", **parts)

    assert str(caught.value).startswith(sentence)


@pytest.mark.parametrize(("path", "comparison"), [("s", "="), ("s.a", "like")])
def test_a_condition_that_cannot_be_is_refused(path, comparison):
    """A malformed path and a comparison that does not exist are refused."""
    with pytest.raises(ValueError, match=r"names no field|takes one of"):
        Condition(path, comparison, 1)


def test_a_query_names_every_field_it_uses():
    """The fields of conditions, order and groups all have to be permitted."""
    query = Query("s", [Condition("s.a", "=", 1)], ["s.b", "s.a"], group_by=["s.c"])

    assert query.fields == ("s.a", "s.b", "s.a", "s.c")


def test_a_query_does_not_show_its_values():
    """No representation shows what a caller searches for."""
    query = Query(
        "s",
        [Condition("s.a", "=", "c4n4ry"), Condition("s.a", "in", ["c4n4ry"])],
        ["s.a"],
        after=["c4n4ry"],
        search="c4n4ry",
    )

    assert "c4n4ry" not in repr(query)


@pytest.mark.parametrize(
    ("parts", "chooses"),
    [
        ({}, False),
        ({"order_by": ["s.a"], "select": ["s.a"], "group_by": ["s.a"]}, False),
        ({"where": [Condition("s.a", "=", 1)]}, True),
        ({"limit": 0}, True),
        ({"order_by": ["s.a"], "after": [None]}, True),
        ({"search": ""}, True),
        ({"changed_since": datetime(2026, 9, 1, tzinfo=UTC)}, True),
    ],
)
def test_a_query_knows_whether_it_leaves_out_records(parts, chooses):
    """Whatever may leave a record out chooses, be it by an empty text."""
    assert Query("s", **parts).chooses is chooses


@pytest.mark.parametrize("cursor", ["b", ["b"], ("b",)])
def test_one_text_is_one_value_of_a_cursor(cursor):
    """A text is not a list of its letters."""
    query = Query("s", order_by=["s.a"], after=cursor)

    assert list(query.arrange([{"a": "a"}, {"a": "b"}, {"a": "c"}])) == [{"a": "c"}]


def test_after_what_is_missing_nothing_comes():
    """Records that lack the value are last, and all alike."""
    query = Query("s", order_by=["s.a"], after=[None])

    assert list(query.arrange([{"a": 1}, {}, {"a": None}])) == []


def test_a_cursor_of_several_values_goes_by_the_first_that_differs():
    """Where the first value is the same the second one decides."""
    records = [{"a": a, "b": b} for a in (1, 2) for b in (1, 2, None)]
    query = Query("s", order_by=["s.a", "s.b"], after=[1, 2])

    assert list(query.arrange(records)) == [records[2], *records[3:]]


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"a": 1, "b": {"c": "x"}}, (1, "x")),
        ({"a": None}, (None, None)),
        ({"b": {"c": None}}, (None, None)),
        ({"b": None}, (None, None)),
        ({"a": float("nan"), "b": {"c": Decimal("sNaN")}}, (nan, nan)),
        ({"a": Decimal("NaN"), "b": {"c": Decimal(1)}}, (nan, Decimal(1))),
    ],
)
def test_a_record_is_counted_under_its_values(record, expected):
    """Missing and null are None; all that are not numbers are the same."""
    assert Query("s", group_by=["s.a", "s.b.c"]).group(record) == expected


@given(st.lists(ANY_VALUE, max_size=6))
def test_any_plain_values_can_be_counted(values):
    """Every record is counted in one group, whatever its value is."""
    query = Query("s", group_by=["s.a"])

    groups = Counter(query.group({"a": value}) for value in values)

    assert groups.total() == len(values)
    assert not any(one == other for one, other in pairwise(groups))


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TWICE = [datetime(2026, 10, 25, 1, 30, fold=n, tzinfo=LONDON) for n in (0, 1)]
COMPARISONS = {
    "=": lambda one, other: one == other,
    "!=": lambda one, other: one != other,
    "<": lambda one, other: one < other,
    "<=": lambda one, other: one <= other,
    ">": lambda one, other: one > other,
    ">=": lambda one, other: one >= other,
    "in": lambda one, other: one == other,
}


@example(
    found=datetime(2026, 10, 25, 1, 30, fold=1, tzinfo=LONDON),
    wanted=datetime(2026, 10, 25, 1, 45, tzinfo=LONDON),
)
@example(
    found=datetime(1, 1, 1, tzinfo=LONDON),
    wanted=datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=5))),
)
@given(found=zoned(), wanted=zoned())
def test_a_condition_on_moments_compares_instants(found, wanted):
    """Whatever zones they are in, in the hour that a clock shows twice as well.

    Fails on the release before: two of one zone were compared by what a clock shows,
    and a moment of that hour equalled none in another zone, not even itself.
    """
    for comparison, holds in COMPARISONS.items():
        value = [EPOCH, wanted] if comparison == "in" else wanted
        condition = Condition("s.a", comparison, value)

        expected = holds(found - EPOCH, wanted - EPOCH)
        assert condition.holds({"a": found}) is expected, comparison


@example(*TWICE)
@given(zoned(), zoned())
def test_conditions_are_equal_if_they_mean_the_same_moment(one, other):
    """The first and the second half past one are two conditions, and two cursors.

    Fails on the release before: they were equal.
    """
    is_same = one - EPOCH == other - EPOCH

    conditions = [Condition("s.a", "=", each) for each in (one, other)]
    several = [Condition("s.a", "in", [each]) for each in (one, other)]
    cursors = [Query("s", order_by=["s.a"], after=[each]) for each in (one, other)]
    for first, second in (conditions, several, cursors):
        assert (first == second) is is_same


@example(TWICE)
@given(st.lists(zoned(), max_size=6))
def test_moments_are_counted_as_instants(moments):
    """One group for each instant, which is given in UTC.

    Fails on the release before: two that a clock shows alike were one group.
    """
    query = Query("s", group_by=["s.a"])

    groups = Counter(query.group({"a": each}) for each in moments)

    instants = Counter(each - EPOCH for each in moments)
    assert Counter({at - EPOCH: n for (at,), n in groups.items()}) == instants


def test_a_moment_without_a_zone_is_compared_with_its_like():
    """It comes neither before nor after an instant, and equals none."""
    naive = datetime(2026, 10, 25, 1, 30)  # noqa: DTZ001 - that is the point
    aware = naive.replace(tzinfo=UTC)

    assert Condition("s.a", "=", naive).holds({"a": naive})
    for comparison in ("=", "<", "<=", ">", ">="):
        assert not Condition("s.a", comparison, naive).holds({"a": aware})
        assert not Condition("s.a", comparison, aware).holds({"a": naive})
