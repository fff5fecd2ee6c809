"""`School`: a connected school that decides what an app gets, for tests of services."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import count

from ..adapters.base import Adapter
from ..adapters.records import RecordsAdapter
from ..arguments import checked
from ..catalogue.catalogue import Catalogue
from ..consent.connection import Connection
from ..consent.decision import Actor, NoEnd, Proposal
from ..consent.events import Event
from ..consent.grant import Grant
from ..consent.people import MatchedPeople
from ..consent.presentation import Presentation
from ..consent.request import AccessRequest
from ..consent.state import Consent, Published
from ..consent.subjects import Subjects
from ..gate.access import Access
from ..gate.gate import Gate
from ..ledgers.base import Ledger, school_stream
from ..ledgers.memory import MemoryLedger
from ..policy.permit import Permit
from ..records.query import Query
from ..register.register import ConsentRegister
from ._strategies.catalogues import SCHOOL
from .clock import FakeClock
from .permits import HEAD, NOON

_VENDOR = Actor("Val Vendor", role="Data lead")


@checked
class School:
    """A connected school that decides what an app gets, by a clock that you move.

    It takes each decision through its register, as a service does, and opens each
    access through its gate. What it has no method for, do with `register` and `gate`,
    or put others in their place.

    >>> from scopegate import Catalogue, Query
    >>> school = School(Catalogue.builtin("assembly"), {"student": [{"id": 7}]})
    >>> grant = school.authorise("students.basic")
    >>> with school.open() as access:
    ...     list(access.read(school.mis, Query("student")))
    [{'id': 7}]

    Args:
        catalogue: The catalogue in force.
        mis: The interface to its MIS; or the records of an MIS, by resource. The
            public record is made up where there is none.
        key: The school, by the key of the public resource (its URN).
        app: The app that asks.
        product: The MIS, as the catalogue's permission tables call it.
        permissions: What the MIS account may do, where that is known.
        ledger: Where events are kept; None is a new one in memory.

    Attributes:
        clock: The clock of the register and the gate; it starts at `NOON`.
        register: Where the app asks and the school decides.
        gate: Where accesses are opened.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        mis: Adapter | Mapping[str, Iterable[object]] | None = None,
        *,
        key: str = SCHOOL,
        app: str = "app",
        product: str = "arbor",
        permissions: Iterable[str] | None = None,
        ledger: Ledger | None = None,
    ) -> None:
        self.key, self.app, self.product = key, app, product
        self.ledger = MemoryLedger() if ledger is None else ledger
        self.clock = FakeClock(NOON)
        self._ids = count(1)
        if isinstance(mis, Mapping) or mis is None:
            mis = RecordsAdapter(_public_record(catalogue, key) | dict(mis or {}))
        self.mis = mis
        self.use(catalogue)
        self.connect(permissions)

    def use(self, catalogue: Catalogue) -> None:
        """Put another catalogue into force, on the same ledger and clock."""
        self.catalogue = catalogue
        self.register = ConsentRegister(
            catalogue,
            self.ledger,
            clock=self.clock,
            new_id=lambda: f"grant-{next(self._ids)}",
        )
        self.gate = Gate(
            catalogue, self.ledger, clock=self.clock, elapsed=self.clock.elapsed
        )

    # The connection

    def connect(
        self,
        permissions: Iterable[str] | None = None,
        *,
        actor: Actor | None = None,
    ) -> Connection:
        """Connect the school to its MIS, again or with another account.

        Args:
            permissions: What the account may do; None is what was known of it.
            actor: Who lifts the school's stop, where it has disconnected.
        """
        return self.register.connect(
            school=self.key,
            mis=self.product,
            adapter=self.mis,
            permissions=permissions,
            actor=actor,
        )

    def disconnect(self, *, actor: Actor = HEAD) -> None:
        """End the connection."""
        self.register.disconnect(school=self.key, actor=actor)

    # The app

    def publish(self, *required: str, optional: Iterable[str] = ()) -> Published:
        """Let the app ask for scopes; for a request in full there is `register`."""
        request = AccessRequest(self.app, "to be tested", required, optional)
        return self.register.publish(request)

    def relinquish(self, *, actor: Actor = _VENDOR) -> None:
        """Let the app give its grant back."""
        self.register.relinquish(school=self.key, app=self.app, actor=actor)

    # The school

    def present(self) -> Presentation:
        """Return the presentation to show to the school; nothing is recorded."""
        return self.register.present(school=self.key, app=self.app)

    def ask(self) -> Presentation:
        """Put what the app asks before the school, again if it was answered."""
        return self.register.ask(school=self.key, app=self.app)

    def authorise(
        self,
        *required: str,
        optional: Iterable[str] = (),
        actor: Actor = HEAD,
        subjects: Subjects | MatchedPeople | None = None,
        expires_at: datetime | NoEnd | None = None,
        method: str = "",
    ) -> Grant | Proposal:
        """Let the school authorise what the app asks for.

        Args:
            required: What the app is to ask for first, besides *optional*; without any,
                it has asked already.
            optional: The optional scopes ticked.
            actor: Who decides.
            subjects: Which people it covers; this and the rest as the register has it.
            expires_at: The first instant at which it permits nothing.
            method: How it was indicated.
        """
        if required:
            self.publish(*required, optional=optional)
        return self.register.authorise(
            self.ask(),
            actor=actor,
            optional=optional,
            subjects=subjects,
            expires_at=expires_at,
            method=method,
        )

    def amend(
        self,
        *,
        optional: Iterable[str] = (),
        actor: Actor = HEAD,
        subjects: Subjects | MatchedPeople | None = None,
        expires_at: datetime | NoEnd | None = None,
        method: str = "",
    ) -> Grant | Proposal:
        """Let the school change its grant: *optional* are all the scopes ticked now."""
        return self.register.amend(
            self.register.present_grant(school=self.key, app=self.app),
            actor=actor,
            optional=optional,
            subjects=subjects,
            expires_at=expires_at,
            method=method,
        )

    def decline(self, *, actor: Actor = HEAD) -> None:
        """Let the school decline what the app asks for."""
        self.register.decline(self.ask(), actor=actor)

    def revoke(self, *, actor: Actor = HEAD) -> None:
        """Let the school revoke."""
        self.register.revoke(school=self.key, app=self.app, actor=actor)

    # What follows

    def open(self) -> Access:
        """Return the app's access, to be used as a context."""
        return self.gate.open(school=self.key, app=self.app)

    def permit(self) -> Permit:
        """Return the permit that holds now."""
        with self.open() as access:
            return access.permit

    def read(self, query: Query) -> list[dict[str, object]]:
        """Return the records that a new access gives of the MIS."""
        with self.open() as access:
            return list(access.read(self.mis, query))

    def consent(self) -> Consent:
        """Return the consent of the school on the app."""
        return self.register.state(self.key).consent(self.app)

    def events(self) -> Sequence[Event]:
        """Return the events of the school, as the ledger has them."""
        return self.ledger.read(school_stream(self.key))


def _public_record(catalogue: Catalogue, key: str) -> dict[str, Iterable[object]]:
    """Return the record that proves which school it is, of a catalogue that has one."""
    home = catalogue.public_resource
    return {home.name: [{home.key: key, "name": "Example School"}]} if home else {}
