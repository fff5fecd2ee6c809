"""What must hold of what an adapter says of itself: its school, and what it can do."""

from datetime import UTC, datetime

import pytest

from ...adapters.base import Capabilities, Fetch
from ...catalogue.field import Field
from ...catalogue.resource import Resource
from ...errors import (
    ScopegateError,
    SourceError,
    UnreachableLedgerError,
    UnsupportedQueryError,
)
from ..laws import Laws
from ..strategies import SCHOOL
from .adapter_kit import SIZES, AdapterKit, Size
from .alike import in_order, unordered
from .renewals import Renewals, excess, rest_of
from .rows import put

LAWS = Laws()

_OTHER = "100002"
_UNKNOWN = Resource("no_such", "Unknown", "id", [Field("no_such.id")])
_WORD = "zqxjv"  # is in no record but where a law puts it
_LONG_AGO = datetime(1999, 1, 1, tzinfo=UTC)


def _proves_schools(kit: AdapterKit) -> bool:
    return kit.shape.catalogue.public_resource is not None


def _says_whose(kit: AdapterKit) -> bool:
    return kit.shape.home.school is not None


@LAWS.law()
def it_says_whose_data_it_serves_or_that_it_cannot_tell(kit: AdapterKit) -> None:
    """Its school is the one whose records it has, or None, and stays that."""
    with kit.source(kit.rows.several(2)) as source:
        before = source.adapter.school
        list(source.fetch(kit.wanted()))

        assert (before, source.adapter.school) in {(SCHOOL, SCHOOL), (None, None)}


@LAWS.law(when=_proves_schools)
def its_public_record_proves_the_school(kit: AdapterKit) -> None:
    """Asked for the public fields and no others, it names the school it serves."""
    with kit.source([]) as source:
        proof = rest_of(map(source.prove, [kit.shape.catalogue]))

    assert [type(name) for name in proof[0]] == [str], proof[1]


@LAWS.law(when=_proves_schools)
def its_public_record_is_no_echo(kit: AdapterKit) -> None:
    """What serves another school does not prove this one, whatever is asked for."""
    with kit.source([], _OTHER) as source, pytest.raises(ScopegateError):
        source.prove(kit.shape.catalogue)


@LAWS.law(when=_says_whose)
def nothing_of_another_school_is_read(kit: AdapterKit) -> None:
    """From a source with another school's records, or those too, none comes."""
    own = kit.rows.several(3)
    other = [kit.rows.of_school(row, _OTHER) for row in kit.rows.several(6)[3:]]
    access = kit.story().open()
    model = unordered(kit.model(own).read(access, kit.query()))
    for school, rows in ((_OTHER, other), (SCHOOL, [*own, *other])):
        with kit.source(rows, school) as source:
            read, _ = rest_of(source.read(access, kit.query()))

        assert [record for record in unordered(read) if record not in model] == []


@LAWS.law()
def a_resource_that_it_does_not_have_gives_no_record(kit: AdapterKit) -> None:
    """Of an unknown resource it gives nothing, or says that it cannot be read."""
    wanted = Fetch(_UNKNOWN, ["no_such.id"], SCHOOL)
    with kit.source(kit.rows.several(3)) as source:
        given, raised = rest_of(source.fetch(wanted))

    assert given == []
    assert raised is None or isinstance(raised, SourceError)


@LAWS.law()
def to_tell_what_it_can_do_it_asks_nobody(kit: AdapterKit) -> None:
    """What it can do it says of any resource, twice the same, without a request."""
    with kit.source(kit.rows.several(1)) as source:
        before = kit.requests(source)
        for resource in (*kit.shape.catalogue.resources.values(), _UNKNOWN):
            able = source.adapter.capabilities(resource)

            assert isinstance(able, Capabilities)
            assert source.adapter.capabilities(resource) == able
        assert kit.requests(source) == before


@LAWS.law()
def it_names_fields_of_the_resource_and_no_others(kit: AdapterKit) -> None:
    """Conditions, orders, searches and changes name fields that the resource has."""
    with kit.source([]) as source:
        able = kit.able(source)

    named = {
        *able.conditions,
        *able.orders,
        *(able.searches or ()),
        *(able.changes or ()),
    }
    assert named <= {leaf.path for leaf in kit.shape.home.fields}


@LAWS.law()
def it_sorts_by_nothing_in_a_list(kit: AdapterKit) -> None:
    """Records are not sorted by a field that has several values in a list."""
    with kit.source([]) as source:
        orders = kit.able(source).orders

    assert [
        f.path for f in kit.shape.home.fields if f.is_listed and f.path in orders
    ] == []


@LAWS.law()
def a_page_has_a_record(kit: AdapterKit) -> None:
    """The most records that it holds at once are one or more, or it says None."""
    with kit.source([]) as source:
        most = kit.able(source).page_size

    assert most is None or most >= 1


@LAWS.law(lambda _: SIZES)
def its_total_is_the_number_of_records(kit: AdapterKit, size: Size) -> None:
    """An adapter that says it has totals counts as many records as it gives."""
    rows = kit.rows.several(size(kit.page_size))
    with kit.source(rows) as source:
        if kit.able(source).totals:
            assert source.total(kit.wanted()) == len(rows)


@LAWS.law(lambda _: SIZES)
def its_total_is_renewed_for(kit: AdapterKit, size: Size) -> None:
    """A total that must not be asked for is not: the refusal is let through."""
    with kit.source(kit.rows.several(size(kit.page_size))) as source:
        renewals = Renewals(kit.wanted())
        renewals.refusal = UnreachableLedgerError("ledger", "does not answer")
        before, paged = kit.requests(source), kit.able(source).page_size

        if kit.able(source).totals and paged is not None:
            with pytest.raises(UnreachableLedgerError):
                source.total(renewals.wanted)
            assert kit.requests(source) == before


@LAWS.law(lambda kit: kit.places)
def it_projects_if_it_says_so(kit: AdapterKit, leaf: Field) -> None:
    """Asked for one field, an adapter that projects gives nothing else."""
    wanted = kit.wanted([leaf.path])
    with kit.source(kit.rows.around(leaf)) as source:
        if kit.able(source).projects:
            given = [excess(r, kit.tree, wanted) for r in source.fetch(wanted)]

            assert [places for places in given if places] == []


@LAWS.law()
def it_projects_several_fields_if_it_says_so(kit: AdapterKit) -> None:
    """Asked for every other field, an adapter that projects gives nothing else."""
    wanted = kit.wanted([leaf.path for leaf in kit.shape.leaves[::2]])
    with kit.source(kit.rows.varied()) as source:
        if kit.able(source).projects:
            given = [excess(r, kit.tree, wanted) for r in source.fetch(wanted)]

            assert [places for places in given if places] == []


@LAWS.law()
def it_is_not_asked_to_search_unless_it_says_so(kit: AdapterKit) -> None:
    """A search that the interface cannot do is refused, and nothing is asked."""
    with kit.source(kit.rows.several(3)) as source:
        able, access = kit.able(source), kit.story().open()
        for is_able, asked in (
            (able.searches is not None, {"search": _WORD}),
            (able.changes is not None, {"changed_since": _LONG_AGO}),
        ):
            before = kit.requests(source)
            if not is_able:
                with pytest.raises(UnsupportedQueryError):
                    list(source.read(access, kit.query(**asked)))
                assert kit.requests(source) == before


@LAWS.law(lambda kit: kit.texts)
def a_search_looks_at_no_other_field(kit: AdapterKit, leaf: Field) -> None:
    """A word in a field that the adapter does not declare as searched is not found."""
    rows = [put(row, leaf.steps, _worded(leaf)) for row in kit.rows.several(3)]
    with kit.source(rows) as source:
        searches = kit.able(source).searches
        if searches is not None and leaf.path not in searches:
            assert list(source.fetch(kit.wanted(search=_WORD))) == []


@LAWS.law(lambda kit: kit.texts)
def a_search_finds_what_is_there(kit: AdapterKit, leaf: Field) -> None:
    """A word that is only in a searched field is found there, and nothing else is."""
    rows = kit.rows.several(6)
    put(rows[3], leaf.steps, _worded(leaf))
    with kit.source(rows) as source:
        if leaf.path in (kit.able(source).searches or ()):
            assert len(list(source.fetch(kit.wanted(search=_WORD)))) == 1


def _worded(leaf: Field) -> object:
    return [_WORD] if leaf.steps[-1].is_list else _WORD


@LAWS.law()
def what_changed_is_among_what_is_there(kit: AdapterKit) -> None:
    """What an adapter gives as changed it gives without being asked so, too."""
    rows = kit.rows.several(kit.page_size + 1)
    with kit.source(rows) as source:
        if kit.able(source).changes is not None:
            access, query = kit.story().open(), kit.query(changed_since=_LONG_AGO)
            everything = in_order(kit.model(rows).read(access, kit.query()))

            changed = in_order(source.read(access, query))

            assert [record for record in changed if record not in everything] == []
