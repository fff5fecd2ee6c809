"""Queries and conditions, decided on what is released."""

from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from scopegate.condition import Comparison, Condition
from scopegate.errors import PathError
from scopegate.query import Query
from scopegate.testing.strategies import plain_values

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


@example(one=Decimal("NaN"), other=Decimal(1))
@example(one=Decimal("sNaN"), other=1)
@example(one=datetime(2026, 9, 1), other=datetime(2026, 9, 1, tzinfo=UTC))  # noqa: DTZ001
@given(one=plain_values(), other=plain_values())
def test_any_plain_values_can_be_compared(one, other):
    """A condition is met or not met, whatever stands there: nothing is raised."""
    comparisons = [c for c in Comparison if c is not Comparison.ONE_OF]

    answers = {Condition("s.a", c, other).holds({"a": one}) for c in comparisons}

    assert answers <= {True, False}


@pytest.mark.parametrize("comparison", Comparison)
@pytest.mark.parametrize(
    "record", [{}, {"a": None}, {"a": []}, {"a": [None]}, None, []]
)
def test_what_is_not_there_meets_no_condition(comparison, record):
    """Missing, null and withheld values meet nothing, not even `!=`."""
    assert not Condition("s.a", comparison, [7]).holds(record)


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


def test_one_of_a_text_is_no_part_of_the_text():
    """`in` asks for one of several values; a text is refused, or is one value."""
    try:
        condition = Condition("s.a", "in", "HELLO")
    except (TypeError, ValueError):
        return

    assert not condition.holds({"a": "ELL"})


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
    """Numbers come first, then each other type by itself, then what is missing."""
    values = [None, "b", date(2026, 1, 1), 2, "a", True]

    arranged = Query("s", order_by=["s.a"]).arrange({"a": v} for v in values)

    assert [r["a"] for r in arranged] == [True, 2, date(2026, 1, 1), "a", "b", None]


@pytest.mark.parametrize(
    ("parts", "kind", "sentence"),
    [
        ({"order_by": ["t.a"]}, PathError, "path `t.a` is no field of `s`"),
        ({"where": [Condition("t.a", "=", 1)]}, PathError, "path `t.a` is no field of `s`"),
        ({"order_by": ["s.a[0]"]}, PathError, "path `s.a[0]` has a bracket"),
        ({"limit": -1}, ValueError, "a limit is at least 0, not -1"),
    ],
)  # fmt: skip
def test_a_query_that_cannot_be_is_refused(parts, kind, sentence):
    """A path of another resource, a malformed one and a negative limit are refused."""
    with pytest.raises(kind) as caught:
        Query("s", **parts)

    assert str(caught.value).startswith(sentence)


@pytest.mark.parametrize(("path", "comparison"), [("s", "="), ("s.a", "like")])
def test_a_condition_that_cannot_be_is_refused(path, comparison):
    """A malformed path and a comparison that does not exist are refused."""
    with pytest.raises(ValueError, match=r"names no field|is not a valid"):
        Condition(path, comparison, 1)


def test_a_query_names_every_field_it_uses():
    """The fields of conditions and of the order all have to be permitted."""
    query = Query("s", [Condition("s.a", "=", 1)], ["s.b", "s.a"])

    assert query.fields == ("s.a", "s.b", "s.a")


def test_a_condition_does_not_show_its_value():
    """What a caller searches for stands in no representation."""
    assert "c4n4ry" not in repr(Query("s", [Condition("s.a", "=", "c4n4ry")]))
