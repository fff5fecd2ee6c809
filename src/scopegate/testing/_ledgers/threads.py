"""What must hold of a ledger that threads share."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import chain
from threading import Barrier
from typing import TypeVar

from ...consent.events import Event
from ...errors import StaleWriteError
from ...ledgers.base import Ledger
from ..laws import Laws
from .ledger_kit import LedgerKit
from .machine import number_of, numbered

T = TypeVar("T")

LAWS = Laws()

THREADS = 8
"""The number of writers or readers a ledger gets at once."""


def _at_once(work: Callable[[int], T]) -> list[T]:
    """Return the results of *work* in several threads, which begin together."""
    start = Barrier(THREADS)

    def run(thread: int) -> T:
        start.wait()
        return work(thread)

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(run, range(THREADS)))


def _bids(ledger: Ledger, expected: int, thread: int) -> bool:
    return _wins(ledger, numbered(thread), expected)


def _wins(ledger: Ledger, event: Event, expected: int) -> bool:
    return _writes(ledger, "s", event, {"s": expected})


def _writes(
    ledger: Ledger, stream: str, event: Event, positions: Mapping[str, int]
) -> bool:
    """Tell whether a writer that read all of *positions* was not too late."""
    others = {name: at for name, at in positions.items() if name != stream}
    try:
        ledger.append(stream, [event], positions[stream], seen=others)
    except StaleWriteError:
        return False
    return True


@LAWS.law()
def threads_lose_nothing(kit: LedgerKit) -> None:
    """Writers that decide again when stale all get every event in, each once."""
    with kit.ledger() as ledger:

        def write(thread: int) -> None:
            for n in range(5):
                event = numbered(100 * thread + n)
                while not _wins(ledger, event, ledger.position("s")):
                    pass

        _at_once(write)

        numbers = sorted(map(number_of, ledger.read("s")))
    assert numbers == [100 * t + n for t in range(THREADS) for n in range(5)]


@LAWS.law()
def one_of_many_writers_wins(kit: LedgerKit) -> None:
    """Of writers that expect the same position exactly one is taken."""
    with kit.ledger() as ledger:
        won = [_at_once(partial(_bids, ledger, at)) for at in range(5)]

        assert [wins.count(True) for wins in won] == [1] * 5
        winners = [wins.index(True) for wins in won]
        assert list(map(number_of, ledger.read("s"))) == winners


@LAWS.law()
def of_writers_that_rest_on_each_other_one_wins(kit: LedgerKit) -> None:
    """Of writers to two streams that each read both, written before or not, one wins."""
    with kit.ledger() as ledger:
        for pair in (("a", "b"), ("d", "c"), ("e", "f")):
            for _ in range(3):
                positions = {name: ledger.position(name) for name in pair}

                def bid(
                    thread: int,
                    pair: tuple[str, str] = pair,
                    positions: Mapping[str, int] = positions,
                ) -> bool:
                    stream = pair[thread % 2]
                    return _writes(ledger, stream, numbered(thread), positions)

                assert _at_once(bid).count(True) == 1


@LAWS.law()
def readers_never_see_half_a_batch(kit: LedgerKit) -> None:
    """While batches of three are written, every reader sees whole batches."""
    with kit.ledger() as ledger:

        def work(thread: int) -> list[int]:
            seen = []
            for n in range(8):
                if thread < 2:
                    ledger.append("s", [numbered(n)] * 3, None)
                seen += [len(ledger.bodies("s")), ledger.position("s")]
            return seen

        seen = set(chain.from_iterable(_at_once(work)))

        assert {count % 3 for count in seen} == {0}
        assert ledger.position("s") == 48
