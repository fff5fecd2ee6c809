"""What must hold of an adapter page by page: nothing lost, nothing twice, asked in time."""

import tracemalloc
from collections.abc import Callable, Iterator
from itertools import islice

import pytest

from ..adapters.base import Fetch
from ..errors import (
    AccessDeniedError,
    QueryRefusedError,
    ScopegateError,
    UnreachableLedgerError,
    WrongSchoolError,
)
from ._adapter_kit import SIZES, SOME, Kit
from ._adapter_laws import Laws
from ._adapter_renewals import Renewals
from ._adapter_rows import Row, unordered
from ._adapter_shape import Part
from ._adapter_source import Source, end
from ._adapter_story import Story

LAWS = Laws()

Size = Callable[[int], int]

_REFUSALS = {
    "unreachable ledger": lambda: UnreachableLedgerError("ledger", "does not answer"),
    "refused query": lambda: QueryRefusedError("pupil", ["pupil.id"]),
    "wrong school": lambda: WrongSchoolError("100001", "the adapter"),
}
_HINTS = {
    "one": lambda _: 1,
    "a page": lambda page: page,
    "a page and one": lambda page: page + 1,
    "more than there are": lambda page: 9 * page,
}


@LAWS.law(lambda _: SIZES)
def every_record_comes_once(kit: Kit, size: Size) -> None:
    """However many records there are, each is given, and none twice."""
    rows = kit.rows.several(size(kit.page_size()))
    with kit.source(rows) as source:
        access = kit.story().open()

        read = unordered(source.read(access, kit.query()))

    assert read == unordered(kit.model(rows).read(access, kit.query()))


@LAWS.law(lambda _: SIZES)
def no_record_is_made_up(kit: Kit, size: Size) -> None:
    """An adapter gives as many records as its source holds, no row of headings beside."""
    rows = kit.rows.several(size(kit.page_size()))
    with kit.source(rows) as source:
        assert len(list(source.fetch(kit.wanted()))) == len(rows)


@LAWS.law(lambda _: SOME)
def a_renewal_is_good_for_a_page_and_no_more(kit: Kit, size: Size) -> None:
    """Between two renewals no more records come than `page_size` says are held."""
    with kit.source(kit.rows.several(size(kit.page_size()))) as source:
        most, renewals = kit.able(source).page_size, Renewals(kit.wanted())

        renewed = [renewals.count for _ in source.fetch(renewals.wanted)]

    if most is not None:
        assert 0 not in renewed
        assert max(map(renewed.count, renewed), default=0) <= most


@LAWS.law(lambda _: SOME)
def a_renewal_comes_before_every_request(kit: Kit, size: Size) -> None:
    """At no time were there more requests than renewals."""
    with kit.source(kit.rows.several(size(kit.page_size()))) as source:
        before, renewals = kit.requests(source), Renewals(kit.wanted())

        asked = [
            (kit.requests(source) - before, renewals.count)
            for _ in source.fetch(renewals.wanted)
        ]

    assert [found for found in asked if found[0] > found[1]] == []


@LAWS.law()
def nothing_is_asked_before_the_first_record_is(kit: Kit) -> None:
    """To call `fetch` neither renews nor asks; that waits for the first record."""
    with kit.source(kit.rows.several(3)) as source:
        before, renewals = kit.requests(source), Renewals(kit.wanted())

        records = source.fetch(renewals.wanted)

        assert (renewals.count, kit.requests(source)) == (0, before)
        end(records)


@LAWS.law()
def what_refuses_at_once_refuses_when_the_first_record_is_asked_for(kit: Kit) -> None:
    """A fetch that may not be asked for is no fault until it is, and gives nothing."""
    with kit.source(kit.rows.several(3)) as source:
        paged, renewals = kit.able(source).page_size, Renewals(kit.wanted())
        renewals.refusal = UnreachableLedgerError("ledger", "does not answer")
        records, before = source.fetch(renewals.wanted), kit.requests(source)

        given, raised = _rest(records)

    if paged is not None or renewals.has_refused:
        assert (given, raised is renewals.refusal) == ([], True)
        assert renewals.count == 0


@LAWS.law(lambda _: SOME)
def after_a_refusal_no_further_page_comes(kit: Kit, size: Size) -> None:
    """From a renewal that refuses on only what is left of the page in hand comes."""
    page = kit.page_size()
    with kit.source(kit.rows.several(3 * page + 1)) as source:
        most, renewals = kit.able(source).page_size, Renewals(kit.wanted())
        records = source.fetch(renewals.wanted)
        list(islice(records, size(page)))
        renewals.refusal = UnreachableLedgerError("ledger", "does not answer")
        asked = kit.requests(source)

        given, raised = _rest(records)

    assert given == [] or most is None or len(given) < most
    assert raised is (renewals.refusal if most or renewals.has_refused else None)


@LAWS.law(lambda _: SOME)
def after_a_refusal_nothing_is_asked(kit: Kit, size: Size) -> None:
    """From a renewal that refuses on the source has no further request."""
    page = kit.page_size()
    with kit.source(kit.rows.several(3 * page + 1)) as source:
        renewals = Renewals(kit.wanted())
        records = source.fetch(renewals.wanted)
        list(islice(records, size(page)))
        renewals.refusal = UnreachableLedgerError("ledger", "does not answer")
        asked = kit.requests(source)

        _rest(records)

        assert kit.requests(source) == asked


@LAWS.law(lambda _: _REFUSALS)
def what_refuses_is_let_through(
    kit: Kit, refuse: Callable[[], ScopegateError]
) -> None:
    """What a renewal raises reaches the caller as the very same exception."""
    page = kit.page_size()
    with kit.source(kit.rows.several(2 * page + 1)) as source:
        most, renewals = kit.able(source).page_size, Renewals(kit.wanted())
        records = source.fetch(renewals.wanted)
        next(records)
        renewals.refusal = refuse()

        _, raised = _rest(records)

    assert raised is (renewals.refusal if most or renewals.has_refused else None)
