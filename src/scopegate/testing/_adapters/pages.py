"""What must hold of an adapter page by page: nothing lost, nothing twice, asked in time."""

from collections.abc import Callable
from itertools import islice

from ...errors import (
    QueryRefusedError,
    ScopegateError,
    UnreachableLedgerError,
    WrongSchoolError,
)
from ..laws import Laws
from .adapter_kit import SIZES, SOME, AdapterKit, Size
from .alike import unordered
from .renewals import Renewals, rest_of
from .source import end

LAWS = Laws()

_REFUSALS: dict[str, Callable[[], ScopegateError]] = {
    "unreachable ledger": lambda: UnreachableLedgerError("ledger", "does not answer"),
    "refused query": lambda: QueryRefusedError("pupil", ["pupil.id"]),
    "wrong school": lambda: WrongSchoolError("100001", "the adapter"),
}
_HINTS: dict[str, Size] = {
    "one": lambda _: 1,
    "a page": lambda page: page,
    "a page and one": lambda page: page + 1,
    "more than there are": lambda page: 9 * page,
}


def _counts_requests(kit: AdapterKit) -> bool:
    return kit.asked is not None


@LAWS.law(lambda _: SIZES)
def every_record_comes_once(kit: AdapterKit, size: Size) -> None:
    """However many records there are, each is read, and none twice."""
    rows = kit.rows.several(size(kit.page_size))
    with kit.source(rows) as source:
        access = kit.story().open()

        read = unordered(source.read(access, kit.query()))

    assert read == unordered(kit.model(rows).read(access, kit.query()))


@LAWS.law(lambda _: SIZES)
def as_many_records_are_given_as_there_are(kit: AdapterKit, size: Size) -> None:
    """An adapter makes up no record, from headings for example, and leaves none out."""
    rows = kit.rows.several(size(kit.page_size))
    with kit.source(rows) as source:
        assert len(list(source.fetch(kit.wanted()))) == len(rows)


@LAWS.law(lambda _: _HINTS)
def a_limit_is_a_hint(kit: AdapterKit, hint: Size) -> None:
    """More records come than the limit of a fetch, if more are taken."""
    page = kit.page_size
    with kit.source(kit.rows.several(2 * page + 1)) as source:
        given = list(source.fetch(kit.wanted(limit=hint(page))))

    assert len(given) == 2 * page + 1


@LAWS.law(lambda _: SOME)
def a_renewal_is_good_for_a_page_and_no_more(kit: AdapterKit, size: Size) -> None:
    """Between two renewals no more records come than `page_size` says are held."""
    with kit.source(kit.rows.several(size(kit.page_size))) as source:
        most, renewals = kit.able(source).page_size, Renewals(kit.wanted())

        renewed = [renewals.count for _ in source.fetch(renewals.wanted)]

    if most is not None:
        assert 0 not in renewed
        assert max(map(renewed.count, renewed), default=0) <= most


@LAWS.law(lambda _: SOME, when=_counts_requests)
def a_renewal_comes_before_every_request(kit: AdapterKit, size: Size) -> None:
    """At no time were there more requests than renewals."""
    with kit.source(kit.rows.several(size(kit.page_size))) as source:
        before, renewals = kit.requests(source), Renewals(kit.wanted())

        told = [
            (kit.requests(source) - before, renewals.count)
            for _ in source.fetch(renewals.wanted)
        ]

    assert [(asked, renewed) for asked, renewed in told if asked > renewed] == []


@LAWS.law()
def nothing_is_asked_before_the_first_record_is(kit: AdapterKit) -> None:
    """To call `fetch` neither renews nor asks; that waits for the first record."""
    with kit.source(kit.rows.several(3)) as source:
        before, renewals = kit.requests(source), Renewals(kit.wanted())

        records = source.fetch(renewals.wanted)

        assert (renewals.count, kit.requests(source)) == (0, before)
        end(records)


@LAWS.law()
def what_is_refused_at_once_gives_nothing(kit: AdapterKit) -> None:
    """Where the first renewal refuses no record comes, and nothing is asked."""
    with kit.source(kit.rows.several(3)) as source:
        most, renewals = kit.able(source).page_size, Renewals(kit.wanted())
        renewals.refusal = UnreachableLedgerError("ledger", "does not answer")
        records, before = source.fetch(renewals.wanted), kit.requests(source)

        given, raised = rest_of(records)

        if most is not None or renewals.has_refused:
            assert (given, raised) == ([], renewals.refusal)
            assert kit.requests(source) == before


@LAWS.law(lambda _: SOME)
def after_a_refusal_no_further_page_comes(kit: AdapterKit, size: Size) -> None:
    """Once a renewal refuses only what is left of the page in hand has come."""
    page = kit.page_size
    with kit.source(kit.rows.several(3 * page + 1)) as source:
        most, renewals = kit.able(source).page_size, Renewals(kit.wanted())
        records = source.fetch(renewals.wanted)
        list(islice(records, size(page)))
        renewals.refusal = UnreachableLedgerError("ledger", "does not answer")

        given, raised = rest_of(records)

    if most is not None:
        assert len(given) < most
        assert raised is renewals.refusal


@LAWS.law(lambda _: SOME)
def a_refusal_is_the_end(kit: AdapterKit, size: Size) -> None:
    """After a renewal has refused no record comes, and nothing more is asked."""
    page = kit.page_size
    with kit.source(kit.rows.several(3 * page + 1)) as source:
        renewals = Renewals(kit.wanted())
        records = source.fetch(renewals.wanted)
        list(islice(records, size(page)))
        renewals.refusal = UnreachableLedgerError("ledger", "does not answer")
        before = kit.requests(source)

        _, raised = rest_of(records)

        assert raised is (renewals.refusal if renewals.has_refused else None)
        assert (rest_of(records), kit.requests(source)) == (([], None), before)


@LAWS.law(lambda _: _REFUSALS)
def what_refuses_is_let_through(
    kit: AdapterKit, refuse: Callable[[], ScopegateError]
) -> None:
    """What a renewal raises reaches the caller as the very same exception."""
    with kit.source(kit.rows.several(2 * kit.page_size + 1)) as source:
        renewals = Renewals(kit.wanted())
        records = source.fetch(renewals.wanted)
        next(records)
        renewals.refusal = refuse()

        _, raised = rest_of(records)

    assert raised is (renewals.refusal if renewals.has_refused else None)


@LAWS.law(lambda _: SOME)
def to_close_is_the_end(kit: AdapterKit, size: Size) -> None:
    """Closed midway, an adapter gives nothing, renews nothing and asks nothing more."""
    page = kit.page_size
    with kit.source(kit.rows.several(3 * page + 1)) as source:
        renewals = Renewals(kit.wanted())
        records = source.fetch(renewals.wanted)
        list(islice(records, size(page)))
        before = (renewals.count, kit.requests(source))

        is_closed = end(records)

        assert rest_of(records) == ([], None) or not is_closed
        assert (renewals.count, kit.requests(source)) == before or not is_closed
