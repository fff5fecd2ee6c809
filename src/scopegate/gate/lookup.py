"""Looking up how a school and an app stand: one asks, and all who may share the answer.

What is looked up is stamped with what was so before the ledger was asked, so that it is
never taken for newer than it is, however long the answer took.
"""

from collections.abc import Callable
from concurrent.futures import Future
from itertools import repeat
from threading import Lock

from attrs import define, field, frozen

from .._base.per_object import PerObject
from ..consent.fold import fold_requests, fold_school
from ..consent.state import Published, SchoolState
from ..ledgers import changes, witness
from ..ledgers.base import Ledger
from ..proofs.merkle import Frontier
from .crew import Crew, Steps, Waiting, is_instant, no_answer


@frozen(eq=False)
class Known:
    """What a ledger says of a school and an app.

    Attributes:
        heads: The heads of the school's and the app's streams.
        state: The state of the school.
        published: What the app asks for.
    """

    heads: tuple[Frontier, ...]
    state: SchoolState
    published: Published


@frozen(eq=False)
class Looked:
    """What was looked up, and when.

    Attributes:
        known: What the ledger says.
        news: The number of the last decision in this process before it was asked.
        at: When that was, in the seconds of the one who asked.
    """

    known: Known
    news: int
    at: float


class RestingError(Exception):
    """No one waits for the ledger at present."""


@frozen(eq=False)
class Question:
    """What is asked of a ledger.

    Attributes:
        ledger: The ledger.
        streams: The streams of a school and of an app.
        elapsed: Gives seconds that never run backwards.
    """

    ledger: Ledger
    streams: tuple[str, str]
    elapsed: Callable[[], float]

    def answer(self, before: Known | None) -> Looked:
        """Return the answer of the ledger now: what is known, where nothing is new.

        Raises:
            LedgerError: The ledger cannot be read, or was put back.
        """
        news, at = changes.latest(), self.elapsed()
        heads = tuple(witness.head(self.ledger, stream) for stream in self.streams)
        if before is not None and before.heads == heads:
            return Looked(before, news, at)
        school, app = map(witness.events, repeat(self.ledger), self.streams, heads)
        return Looked(Known(heads, fold_school(school), fold_requests(app)), news, at)

    def asked(
        self, before: Known | None, *, seconds: float, rest: float, may_join: bool
    ) -> Steps[Looked]:
        """Yield the steps to the answer of the ledger, and return it.

        Args:
            before: What is known already.
            seconds: How long to wait for that.
            rest: For how long no one waits again, after that was in vain.
            may_join: Whether an answer will do that was asked for before now.

        Raises:
            RestingError: The ledger is known to be slow, and no one waited for it.
            UnreachableLedgerError: It did not answer in time.
            LedgerError: As `answer`.
        """
        if is_instant(self.ledger):
            return self.answer(before)
        lookups = _LOOKUPS.of(self.ledger)
        lookup = lookups.begun(self, before, seconds, may_join=may_join)
        if lookup is None:
            raise RestingError
        yield Waiting(lookup.future, seconds)
        if not lookup.future.done():
            lookup.is_late = True
            lookups.crew.gave_up(rest)
            raise no_answer(self.ledger)
        return lookup.future.result()


@define(eq=False)
class _Lookup:
    """One question under way.

    Attributes:
        question: What is asked.
        future: What the ledger says.
        news: The number of the last decision in this process before it was asked;
            None until it is.
        is_late: Whether somebody waited for it in vain.
    """

    question: Question
    future: Future[Looked] = field(init=False)
    has_begun: bool = False
    news: int | None = None
    is_late: bool = False

    def serves(self, news: int, *, may_join: bool) -> bool:
        """Tell whether its answer will do for one who asks now."""
        if not self.has_begun:
            return True
        return may_join and self.news is not None and self.news >= news


class _Lookups:
    """The questions to one ledger that are under way, in one process."""

    def __init__(self) -> None:
        self.crew = Crew()
        self._under_way: dict[tuple[object, ...], _Lookup] = {}
        self._lock = Lock()

    def begun(
        self,
        question: Question,
        before: Known | None,
        seconds: float,
        *,
        may_join: bool,
    ) -> _Lookup | None:
        """Return the look-up to wait for, or None where waiting is in vain."""
        key = (id(question.elapsed), *question.streams)
        news = changes.latest()
        with self._lock:
            lookup = self._under_way.get(key)
            if lookup is not None and lookup.is_late:
                return None
            if not self.crew.admits(seconds):
                return None
            if lookup is None or not lookup.serves(news, may_join=may_join):
                lookup = self._under_way[key] = _Lookup(question)
                lookup.future = self.crew.send(self._work(key, lookup, before))
            return lookup

    def _work(
        self, key: tuple[object, ...], lookup: _Lookup, before: Known | None
    ) -> Callable[[], Looked]:
        def work() -> Looked:
            # In this order: who finds that it has not begun may rely on its news.
            lookup.has_begun = True
            lookup.news = changes.latest()
            try:
                return lookup.question.answer(before)
            finally:
                with self._lock:
                    if self._under_way.get(key) is lookup:
                        del self._under_way[key]

        return work


_LOOKUPS = PerObject(_Lookups, is_inherited=False)
