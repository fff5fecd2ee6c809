"""What a gate is asked, all that can be observed of it, and what must hold of that."""

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from functools import cached_property
from typing import Any

import httpx
from attrs import frozen

from scopegate import Query, QueryRefusedError, ScopegateError
from scopegate.adapters.base import NONE
from scopegate.ledgers.base import disclosure_stream
from scopegate.ledgers.memory import MemoryLedger
from scopegate.testing.strategies import SCHOOL

from ..model_mis import Model, log_lines
from .mis import Vendor, Web
from .world import NOWHERE, PERMITTED, THERE, pupils

CLIENTS = ExitStack()
"""What closes the clients of the stages of the test at hand."""


class Stage:
    """A caller, a gate and an MIS in each of its forms, which all keep what they see.

    Args:
        gate: Which gate.
        scopes: What is authorised.
        records: The pupils of the MIS.
        able: What the MIS can do of a query.
        model: Which MIS.
        more: How else the gate is opened: `subjects`.
    """

    def __init__(
        self, gate, scopes=PERMITTED, *, records=None, able=NONE, model=Model, **more
    ):
        records = pupils() if records is None else records
        self.gate, self.ledger = gate, MemoryLedger()
        self.access = gate.open(*scopes, ledger=self.ledger, **more)
        self.mis, self.vendor = model(records, able), Vendor(records)
        self.web = Web(records)

    @cached_property
    def client(self) -> httpx.Client:
        """The HTTP client under the gate."""
        return CLIENTS.enter_context(self.gate.client(self.access, self.web))

    def read(self, **asked) -> list[Any]:
        """Return the pupils that a query gives."""
        return list(self.access.read(self.mis, Query("pupil", **asked)))

    def count(self, **asked) -> int:
        """Return how many pupils a query gives."""
        return self.access.count(self.mis, Query("pupil", **asked))

    def count_by(self, *paths, **asked) -> dict[tuple[object, ...], int]:
        """Return how many pupils there are by the values of some fields."""
        query = Query("pupil", group_by=paths, **asked)
        return dict(self.access.count_by(self.mis, query))

    def get(self, url, **more) -> tuple[int, list[tuple[str, str]], bytes]:
        """Return status, headers and body of what an HTTP client is given."""
        return whole(self.client.get(url, **more))

    @property
    def asked(self) -> tuple[object, ...]:
        """What the MIS was asked, in each of its forms."""
        mis = self.mis
        return (
            tuple(mis.begun + mis.totals),
            mis.asked,
            self.vendor.calls,
            self.web.seen,
        )


def whole(response: httpx.Response) -> tuple[int, list[tuple[str, str]], bytes]:
    """Return all of a response."""
    headers = sorted(response.headers.multi_items())
    return response.status_code, headers, response.content


Ask = Callable[[Stage], object]


@frozen
class Outcome:
    """How a question came out.

    Attributes:
        given: What was given, if it was answered.
        refusal: The kind of error by which it was refused, or None.
        text: What that says.
    """

    given: object = None
    refusal: type | None = None
    text: str = ""

    @classmethod
    def of(cls, stage: Stage, ask: Ask) -> "Outcome":
        """Return how a question comes out."""
        try:
            return cls(given=ask(stage))
        except ScopegateError as error:
            return cls(refusal=type(error), text=str(error))

    def must_refuse(self, asked: Iterable[object], kinds: tuple[type, ...]) -> None:
        """Assert that it is a refusal of one of these *kinds*, and no one was asked."""
        must(self.refusal, "it was answered")
        is_of_kind = self.refusal in (kinds or (QueryRefusedError,))
        must(is_of_kind, f"it was refused otherwise: {self.text}")
        must(not any(asked), "the MIS was asked")


@frozen
class Observation:
    """All that can be observed of a question."""

    outcome: Outcome
    notes: object
    log: list[str]
    ledger: object
    asked: object

    @classmethod
    def of(cls, stage: Stage, ask: Ask) -> "Observation":
        """Return all that can be observed of a question."""
        with log_lines() as lines:
            outcome = Outcome.of(stage, ask)
            stage.access.close()  # what is released is written down by now
        notes, kept = stage.access.notes, stage.ledger.read(disclosure_stream(SCHOOL))
        return cls(outcome, notes, list(lines), kept, stage.asked)

    def alike(self, other: "Observation", what: str, beside: str = "") -> None:
        """Assert that another is the same, except in one part, *beside*."""
        parts = ("outcome", "notes", "log", "ledger", "asked")
        told = [
            p for p in parts if getattr(self, p) != getattr(other, p) and p != beside
        ]
        must(not told, f"two {what} were told apart by: {', '.join(told)}")


def must(is_so: object, otherwise: str) -> None:
    """Assert something, and say what is the case otherwise."""
    if not is_so:
        raise AssertionError(otherwise)


def untold(gate, ask: Ask, *, one=None, other=None, beside="", **stage) -> Outcome:
    """Assert that two schools that differ in what is withheld cannot be told apart.

    By default those of `pupils`, of which one is turned. Returns what comes out.
    Where one has more records, what the MIS is asked may differ: how many pages
    it takes is not promised.
    """
    one = pupils() if one is None else one
    other = pupils(turned=True) if other is None else other
    seen = [
        Observation.of(Stage(gate, records=records, **stage), ask)
        for records in (one, other)
    ]
    seen[0].alike(seen[1], "schools", beside)
    return seen[0].outcome


def refused(gate, ask: Ask, *kinds: type, scene=None, **stage) -> Outcome:
    """Assert that a question is refused, and that no one else is asked.

    By default because it uses what is not permitted. Returns how.
    """
    scene = scene or Stage(gate, **stage)
    outcome = Outcome.of(scene, ask)
    outcome.must_refuse(scene.asked, kinds)
    return outcome


def probed(
    gate,
    ask: Callable[[Stage, Any], object],
    *kinds: type,
    values: Iterable[object] = (THERE["dob"], NOWHERE),
    **stage,
) -> None:
    """Assert that a value that is there is refused exactly as one that is nowhere.

    Unasked, and alike in all that can be observed: what such a question leaks is
    which records come, so that no withheld value is in the answer says nothing.
    """
    asks = [lambda scene, value=value: ask(scene, value) for value in values]
    first, *others = [Observation.of(Stage(gate, **stage), one) for one in asks]
    for other in others:
        first.alike(other, "values")
    first.outcome.must_refuse(first.asked, kinds)


# The threads


@frozen
class Case:
    """What must hold because of some threads.

    Attributes:
        threads: The threads, by repository and number.
        must: Raises AssertionError where it does not hold of a gate.
        naive: The gates of which it does not hold.
        says: What the assertion then says.
    """

    threads: tuple[str, ...]
    must: Callable[[Any], None]
    naive: tuple[type, ...]
    says: str

    @property
    def name(self) -> str:
        """Its name in a report."""
        return self.must.__name__.removeprefix("test_")


CASES: list[Case] = []


def thread(*threads: str, naive: type | tuple[type, ...], says: str) -> Any:
    """Keep a test as what must hold because of some threads."""

    def keep(test: Callable[[Any], None]) -> Callable[[Any], None]:
        gates = naive if isinstance(naive, tuple) else (naive,)
        CASES.append(Case(threads, test, gates, says))
        return test

    return keep
