"""What must hold of an adapter when something is decided, or breaks off, midway."""

import gc
import tracemalloc
from collections.abc import Container, Iterator
from itertools import islice

import pytest

from ...errors import AccessDeniedError
from ...records.condition import names_of, values_at
from ..laws import Laws
from .adapter_kit import SOME, AdapterKit, Size
from .alike import unordered
from .renewals import Renewals, excess
from .shape import Part

LAWS = Laws()

_PAGES = 40  # so many that what is at work on one of them weighs little
_LARGE = 100  # records of a page that are enough to see whether it is one


def _has_scopes(kit: AdapterKit) -> bool:
    return bool(kit.scopes)


def _can_narrow(kit: AdapterKit) -> bool:
    return bool(kit.narrower)


def _has_long_texts(kit: AdapterKit) -> bool:
    return kit.text is not None and kit.shape.has(Part.LONG)


@LAWS.law(lambda _: SOME, when=_has_scopes)
def a_revocation_holds_from_the_next_record(kit: AdapterKit, size: Size) -> None:
    """Revoked midway, the next record is refused, and nothing more is asked."""
    page = kit.page_size
    with kit.source(kit.rows.several(3 * page + 1)) as source:
        story = kit.story()
        records = source.read(story.open(), kit.query())
        list(islice(records, size(page)))
        before = kit.requests(source)

        story.revoke()

        with pytest.raises(AccessDeniedError):
            next(records)
        assert list(records) == []
        assert kit.requests(source) == before or size(page) == 0


@LAWS.law(lambda _: SOME, when=_can_narrow)
def an_amendment_holds_from_the_next_record(kit: AdapterKit, size: Size) -> None:
    """Amended midway, what comes has no more than the amendment leaves, and all comes."""
    rows = kit.rows.several(3 * kit.page_size + 1)
    with kit.source(rows) as source:
        story = kit.story()
        records = source.read(story.open(), kit.query())
        first = list(islice(records, size(kit.page_size)))

        story.authorise(kit.narrower)

        rest = unordered(records)
    had = _keys(kit, first)
    narrow = kit.model(rows).read(kit.story(kit.narrower).open(), kit.query())
    assert rest == unordered(r for r in narrow if _keys(kit, [r]).isdisjoint(had))


def _keys(kit: AdapterKit, released: list[dict[str, object]]) -> set[object]:
    names = names_of(f"{kit.shape.resource}.{kit.shape.home.key}")
    return {value for record in released for value in values_at(record, names)}


@LAWS.law(lambda _: SOME)
def no_more_is_asked_for_than_the_last_renewal_says(
    kit: AdapterKit, size: Size
) -> None:
    """Narrowed midway, an adapter that projects asks for the rest as renewed."""
    page, key = kit.page_size, f"{kit.shape.resource}.{kit.shape.home.key}"
    with kit.source(kit.rows.several(3 * page + 1)) as source:
        renewals = Renewals(kit.wanted())
        records = source.fetch(renewals.wanted)
        list(islice(records, size(page)))
        renewals.narrow([key])
        before = renewals.count

        later = [record for record in records if renewals.count > before]

        if kit.able(source).projects:
            wanted = kit.wanted([key])
            assert [
                e for record in later if (e := excess(record, kit.tree, wanted))
            ] == []


@LAWS.law(when=_has_long_texts)
def no_more_is_held_than_a_page(kit: AdapterKit) -> None:
    """While records are read one by one the others are not all in memory."""
    assert kit.text is not None
    page = min(kit.page_size, _LARGE)
    count, long = _PAGES * page, "x" * max(200, 20_000 // page)
    rows = [{**row, kit.text.local: long} for row in kit.rows.several(count)]
    with kit.source(rows) as source:
        held = _most_held(source.fetch(kit.wanted()), {0, count // 2})

    assert held < count * len(long) / 2


def _most_held(records: Iterator[object], at: Container[int]) -> int:
    """Return the most bytes held, beyond those before, at some of the records."""
    was_tracing, most = tracemalloc.is_tracing(), 0
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for number, _record in enumerate(records):
            if number in at:
                gc.collect()  # nothing outside holds what is in a cycle
                most = max(most, tracemalloc.get_traced_memory()[0] - before)
        return most
    finally:
        if not was_tracing:
            tracemalloc.stop()
