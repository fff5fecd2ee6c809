"""What must hold of an adapter that is asked to choose, sort, count and select."""

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from ...catalogue.field import Field
from ...records.condition import Comparison, Condition
from ...records.query import Query
from ..laws import Laws
from .adapter_kit import SIZES, AdapterKit, Size
from .alike import in_order, unordered
from .rows import Row

LAWS = Laws()

_MOST = 8  # values that one comparison is tried with
_CURSOR = 4  # records of a page that a caller reads by `after`


def _comparisons(kit: AdapterKit) -> dict[str, tuple[Field, Comparison]]:
    return {
        f"{comparison.name.lower()} {place}": (leaf, comparison)
        for place, leaf in kit.places.items()
        for comparison in Comparison
    }


def _tried(kit: AdapterKit, leaf: Field, comparison: Comparison) -> list[object]:
    """Return the values to compare a field with: some are there, and some are not."""
    if leaf.local == kit.shape.home.key:
        values = [_at(row, leaf) for row in kit.rows.several(_MOST)]
    else:
        values = list(kit.rows.values(leaf))[:_MOST]
    values = list(filter(leaf.may_equal, values))
    if comparison is Comparison.ONE_OF:
        return [values[:1], values[:3], values, [], ["no such"]]
    return list(filter(leaf.may_equal, [*values, "no such", 7.5]))


def _at(row: Row, leaf: Field) -> Any:
    found: Any = row
    for step in leaf.steps:
        found = found[step.name]
    return found


@LAWS.law(_comparisons)
def a_condition_leaves_out_no_record_that_meets_it(
    kit: AdapterKit, case: tuple[Field, Comparison]
) -> None:
    """What meets a condition is read, and nothing else, whatever decides it."""
    leaf, comparison = case
    rows, access = kit.rows.around(leaf), kit.story().open()
    released = list(kit.model(rows).read(access, kit.query()))
    with kit.source(rows) as source:
        for value in _tried(kit, leaf, comparison):
            query = kit.query([Condition(leaf.path, comparison, value)])

            read = unordered(source.read(access, query))

            assert read == unordered(query.arrange(released)), value


@LAWS.law(lambda kit: kit.places)
def conditions_must_all_hold(kit: AdapterKit, leaf: Field) -> None:
    """Of two conditions both choose, not either."""
    rows, access = kit.rows.around(leaf), kit.story().open()
    middle = Condition(kit.key.path, ">=", _at(rows[len(rows) // 2], kit.key))
    released = list(kit.model(rows).read(access, kit.query()))
    with kit.source(rows) as source:
        for value in _tried(kit, leaf, Comparison.EQUAL):
            query = kit.query([middle, Condition(leaf.path, "=", value)])

            read = unordered(source.read(access, query))

            assert read == unordered(query.arrange(released)), value


@LAWS.law(lambda kit: kit.places)
def records_come_in_the_order_asked_for(kit: AdapterKit, leaf: Field) -> None:
    """Sorted by one path and the key, texts by code point, what is missing last."""
    rows, access = kit.rows.around(leaf), kit.story().open()
    query = kit.query(order_by=[leaf.path, kit.key.path])
    with kit.source(rows[::-1]) as source:
        read = in_order(source.read(access, query))

    assert read == in_order(kit.model(rows).read(access, query))


@LAWS.law(lambda kit: kit.places)
def one_path_is_enough_to_sort_by(kit: AdapterKit, leaf: Field) -> None:
    """Sorted by one path alone, records come with its values in order, and all come."""
    rows, access = kit.rows.around(leaf), kit.story().open()
    query = kit.query(order_by=[leaf.path])
    with kit.source(rows[::-1]) as source:
        read = list(source.read(access, query))

    model = list(kit.model(rows).read(access, query))
    assert list(map(query.rank, read)) == list(map(query.rank, model))
    assert unordered(read) == unordered(model)


@LAWS.law(lambda _: SIZES)
def a_limit_gives_the_first(kit: AdapterKit, size: Size) -> None:
    """With a limit the first of the order come, even where rows before are withheld."""
    page = kit.page_size
    rows, access = (
        kit.rows.several(2 * page + 1),
        kit.story(kit.narrower or kit.scopes).open(),
    )
    query = kit.query(order_by=[kit.key.path], limit=size(page))
    with kit.source(rows[::-1]) as source:
        read = in_order(source.read(access, query))

    assert read == in_order(kit.model(rows).read(access, query))


@LAWS.law(lambda _: SIZES)
def a_limit_without_an_order_gives_as_many(kit: AdapterKit, size: Size) -> None:
    """With a limit and no order that many records come, each of them once."""
    page = kit.page_size
    rows, access = kit.rows.several(2 * page + 1), kit.story().open()
    with kit.source(rows) as source:
        read = unordered(source.read(access, kit.query(limit=size(page))))

    everything = unordered(kit.model(rows).read(access, kit.query()))
    assert len(read) == min(size(page), len(everything))
    assert [record for record in everything if record in read] == read


@LAWS.law(lambda kit: kit.unlisted)
def pages_by_cursor_make_the_whole(kit: AdapterKit, leaf: Field) -> None:
    """Read on after the last record of a page, and no record is lost or comes twice."""
    rows, access = kit.rows.around(leaf), kit.story().open()
    order = [leaf.path, kit.key.path]
    with kit.source(rows) as source:
        read, after = [], None
        while page := list(source.read(access, kit.query(**_behind(order, after)))):
            read += page
            after = kit.query(group_by=order).group(page[-1])

    whole = kit.model(rows).read(access, kit.query(order_by=order))
    assert in_order(read) == in_order(whole)


def _behind(order: list[str], after: tuple[object, ...] | None) -> dict[str, Any]:
    return {"order_by": order, "limit": _CURSOR, "after": after}


@LAWS.law(lambda _: SIZES)
def as_many_are_counted_as_are_read(kit: AdapterKit, size: Size) -> None:
    """A count is the number of records the query gives, withheld ones not counted."""
    rows = kit.rows.several(size(kit.page_size))
    with kit.source(rows) as source:
        for scopes in (kit.scopes, kit.narrower or kit.scopes):
            access = kit.story(scopes).open()
            read = list(kit.model(rows).read(access, kit.query()))

            assert source.count(access, kit.query()) == len(read)


@LAWS.law(lambda kit: kit.places)
def as_many_are_counted_as_meet_a_condition(kit: AdapterKit, leaf: Field) -> None:
    """With a condition, or a limit besides, the count is of what the query gives."""
    rows, access = kit.rows.around(leaf), kit.story().open()
    with kit.source(rows) as source:
        for value in _tried(kit, leaf, Comparison.UNEQUAL)[:3]:
            for limit in (None, 2):
                where = [Condition(leaf.path, "!=", value)]
                query = kit.query(where, limit=limit)

                counted = source.count(access, query)

                assert counted == kit.model(rows).count(access, query)


@LAWS.law(lambda kit: kit.unlisted)
def groups_are_counted_by_what_is_released(kit: AdapterKit, leaf: Field) -> None:
    """Counted by a field, each of its values has as many records as are read with it."""
    rows, access = kit.rows.around(leaf), kit.story().open()
    query = kit.query(group_by=[leaf.path])
    with kit.source(rows) as source:
        counted = source.count_by(access, query)

    assert dict(counted) == dict(kit.model(rows).count_by(access, query))


@LAWS.law(lambda kit: kit.places)
def a_selection_is_all_that_comes(kit: AdapterKit, leaf: Field) -> None:
    """Of one field selected the records come with that and no more."""
    rows, access = kit.rows.around(leaf), kit.story().open()
    query = kit.query(select=[leaf.path])
    with kit.source(rows) as source:
        read = unordered(source.read(access, query))

    assert read == unordered(kit.model(rows).read(access, query))


@LAWS.law(drawn=lambda kit: st.tuples(kit.rows.drawn(), _queries(kit)))
def any_query_gives_what_the_model_gives(
    kit: AdapterKit, drawn: tuple[list[Row], Query]
) -> None:
    """Any conditions, order, limit and selection on any records: as by the model."""
    rows, query = drawn
    access = kit.story().open()
    with kit.source(rows) as source:
        read = in_order(source.read(access, query))

    assert read == in_order(kit.model(rows).read(access, query))


def _queries(kit: AdapterKit) -> st.SearchStrategy[Query]:
    """Return queries whose answer has but one order."""
    leaves = list(kit.places.values())
    paths = st.lists(st.sampled_from([leaf.path for leaf in leaves]), max_size=2)
    return st.builds(
        lambda where, order, limit, select: kit.query(
            where, [*order, kit.key.path], limit, select=select
        ),
        st.lists(st.sampled_from(_conditions(kit, leaves)), max_size=3),
        paths,
        st.none() | st.integers(0, 4),
        paths,
    )


def _conditions(kit: AdapterKit, leaves: Sequence[Field]) -> list[Condition]:
    return [
        Condition(leaf.path, comparison, value)
        for leaf in leaves
        for comparison in Comparison
        for value in _tried(kit, leaf, comparison)[:3]
    ]
