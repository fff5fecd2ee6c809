"""What must hold of an adapter that is used twice, at once, or by several."""

from collections.abc import Iterator, Sequence
from copy import deepcopy
from itertools import islice
from typing import TypeVar

from ..laws import Laws
from .adapter_kit import SOME, AdapterKit, Size
from .alike import in_order, unordered
from .source import NotBlocking, Source, end

LAWS = Laws()

T = TypeVar("T")

_AT_ONCE = 4


@LAWS.law(lambda _: SOME)
def two_fetches_give_the_same(kit: AdapterKit, size: Size) -> None:
    """Fetched again, the same records come in the same order."""
    with kit.source(kit.rows.several(size(kit.page_size))) as source:
        first, second = (_read(kit, source) for _ in range(2))

    assert first == second


def _read(kit: AdapterKit, source: Source) -> list[object]:
    return in_order(source.read(kit.story().open(), kit.query()))


@LAWS.law()
def two_adapters_give_the_same(kit: AdapterKit) -> None:
    """Made again of the same records, an adapter gives them in the same order."""
    rows, read = kit.rows.several(2 * kit.page_size + 1), []
    for _ in range(2):
        with kit.source(deepcopy(rows)) as source:
            read.append(_read(kit, source))

    assert read[0] == read[1]


@LAWS.law(lambda _: SOME)
def two_fetches_under_way_do_not_disturb_each_other(
    kit: AdapterKit, size: Size
) -> None:
    """Two fetches read by turns each give everything."""
    rows, access = kit.rows.several(size(kit.page_size)), kit.story().open()
    with kit.source(rows) as source:
        read = _by_turns([source.read(access, kit.query()) for _ in range(2)])

    model = unordered(kit.model(rows).read(access, kit.query()))
    assert list(map(unordered, read)) == [model, model]


@LAWS.law()
def fetches_of_several_fields_do_not_disturb_each_other(kit: AdapterKit) -> None:
    """While one app reads all and another less, each reads what it may."""
    rows = kit.rows.several(2 * kit.page_size + 1)
    scopes = (kit.narrower or kit.scopes, kit.scopes, kit.narrower or kit.scopes)
    accesses = [kit.story(chosen).open() for chosen in scopes]
    with kit.source(rows) as source:
        read = _by_turns([source.read(access, kit.query()) for access in accesses])

    model = kit.model(rows)
    assert list(map(unordered, read)) == [
        unordered(model.read(access, kit.query())) for access in accesses
    ]


def _by_turns(streams: Sequence[Iterator[T]]) -> list[list[T]]:
    """Return the records of several streams, read one record of each at a time."""
    read: list[list[T]] = [[] for _ in streams]
    waiting = list(zip(streams, read, strict=True))
    while waiting:
        for stream, found in tuple(waiting):
            given = list(islice(stream, 1))
            found += given
            if not given:
                waiting.remove((stream, found))
    return read


@LAWS.law(lambda _: SOME)
def several_may_fetch_at_the_same_time(kit: AdapterKit, size: Size) -> None:
    """Each of several threads, or tasks, is given every record."""
    rows = kit.rows.several(size(kit.page_size))
    with kit.source(rows) as source:
        given = source.together([kit.wanted()] * _AT_ONCE)

    assert [len(records) for records in given] == [len(rows)] * _AT_ONCE


@LAWS.law(when=lambda kit: kit.shape.catalogue.public_resource is not None)
def several_resources_may_be_fetched_at_the_same_time(kit: AdapterKit) -> None:
    """Fetched at once, records of one resource do not turn up in another."""
    rows = kit.rows.several(2 * kit.page_size + 1)
    with kit.source(rows) as source:
        given = source.together([kit.wanted(), kit.public()] * 2)

    assert [len(records) for records in given] == [len(rows), 1] * 2


@LAWS.law()
def a_record_given_stays_as_it_was(kit: AdapterKit) -> None:
    """What was given does not change when more is fetched."""
    with kit.source(kit.rows.several(2 * kit.page_size + 1)) as source:
        given, copies = [], []
        for record in source.fetch(kit.wanted()):
            given.append(record)
            copies.append(deepcopy(record))
        list(source.fetch(kit.wanted([kit.key.path])))

    assert given == copies


@LAWS.law(lambda _: SOME)
def a_fetch_left_midway_harms_no_other(kit: AdapterKit, size: Size) -> None:
    """After a fetch that was given up the next one gives everything."""
    rows = kit.rows.several(2 * kit.page_size + 1)
    with kit.source(rows) as source:
        left = source.fetch(kit.wanted())
        for _ in range(size(kit.page_size)):
            next(left)
        end(left)

        assert len(list(source.fetch(kit.wanted()))) == len(rows)


@LAWS.law(lambda _: SOME, when=lambda kit: kit.is_async)
def no_generator_is_left_open(kit: AdapterKit, size: Size) -> None:
    """Closed midway, an adapter has closed what it was reading from."""
    with kit.source(kit.rows.several(2 * kit.page_size + 1)) as source:
        assert isinstance(source, NotBlocking)

        assert source.left_open(kit.wanted(), size(kit.page_size)) == []
