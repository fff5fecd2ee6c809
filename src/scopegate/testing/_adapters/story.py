"""`Story`: a connected school that decides while an app reads, for laws of adapters."""

from collections.abc import Iterable
from datetime import timedelta

from attrs import evolve, field, frozen

from ...catalogue.catalogue import Catalogue
from ...consent.events import Amended, Authorised, Connected, Event, Revoked
from ...consent.grant import Grant
from ...consent.subjects import Subjects
from ...gate.access import Access
from ...gate.gate import Gate
from ...ledgers.base import school_stream
from ...ledgers.memory import MemoryLedger
from ..permits import HEAD, NOON, connection, grant_of
from ..strategies import SCHOOL

_APP = "app"
_EVERYONE = Subjects.everyone()


@frozen
class Grants:
    """Grants on one catalogue, each made once: to make one costs more than to use it.

    Attributes:
        catalogue: The catalogue.
    """

    catalogue: Catalogue
    _made: dict[tuple[frozenset[str], Subjects], Grant] = field(
        init=False, factory=dict, repr=False
    )

    def of(self, scopes: Iterable[str], subjects: Subjects) -> Grant:
        """Return the grant of these scopes."""
        chosen = frozenset(scopes)
        made = self._made.get((chosen, subjects))
        if made is None:
            made = grant_of(self.catalogue, sorted(chosen), subjects)
            self._made[chosen, subjects] = made
        return made


class Story:
    """A school that is connected, an app, and what the school decides, at once in force.

    Args:
        grants: Where grants are had from.
    """

    def __init__(self, grants: Grants) -> None:
        self.ledger = MemoryLedger()
        self._grants = grants
        self._revision = 0
        self._write(Connected(connection(), NOON))

    def authorise(
        self, scopes: Iterable[str], subjects: Subjects = _EVERYONE
    ) -> "Story":
        """Let the school authorise, or amend to, these scopes; return this story."""
        self._revision += 1
        grant = evolve(self._grants.of(scopes, subjects), revision=self._revision)
        decided = Authorised if self._revision == 1 else Amended
        self._write(decided(grant, NOON))
        return self

    def revoke(self) -> None:
        """Let the school revoke."""
        self._write(Revoked(_APP, "grant-1", self._revision, HEAD, "", "", NOON))

    def open(self) -> Access:
        """Return an access, to which every decision is known before each record."""
        gate = Gate(
            self._grants.catalogue,
            self.ledger,
            clock=lambda: NOON,
            max_staleness=timedelta(0),
        )
        return gate.open(school=SCHOOL, app=_APP)

    def _write(self, event: Event) -> None:
        self.ledger.append(school_stream(SCHOOL), [event], None)
