"""A register, a ledger in memory and a clock, and everything that can be done there."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from ...adapters.records import RecordsAdapter
from ...catalogue.catalogue import Catalogue
from ...catalogue.field import local_steps
from ...consent.decision import NO_END, Actor, NoEnd
from ...consent.presentation import DecisionKind, Presentation
from ...gate.gate import Gate
from ...ledgers.memory import MemoryLedger
from ...register.register import ConsentRegister
from ..clock import FakeClock
from ..permits import NOON
from .catalogues import SCHOOL, Draw, records
from .values import APPS, actors, requests, subjects, two_person_rules

SCHOOLS = (SCHOOL, "100002")
"""The schools that decide."""


class World:
    """A register on a ledger in memory, and everything that can be done with it."""

    def __init__(self, draw: Draw, catalogue: Catalogue) -> None:
        ids = count(1)
        self.draw, self.catalogue = draw, catalogue
        self.clock, self.ledger = FakeClock(NOON), MemoryLedger()
        self.register = ConsentRegister(
            catalogue,
            self.ledger,
            clock=self.clock,
            new_id=lambda: f"grant-{next(ids)}",
            decide_within=draw(st.sampled_from([None, timedelta(days=3)])),
        )
        self.shown: list[Presentation] = []
        self._said: dict[str, Any] = {}  # with the last yes
        self._actors = actors()

    # Who and what is concerned

    def school(self) -> str:
        """Return a school, mostly the first."""
        return self._mostly_first(SCHOOLS)

    def case(self) -> dict[str, str]:
        """Return a school and an app."""
        return {"school": self.school(), "app": self._mostly_first(APPS)}

    def one_or_all(self) -> str | None:
        """Return an app, or None for all of them."""
        app: str | None = self.draw(st.sampled_from([None, *APPS]))
        return app

    def actor(self) -> Actor:
        """Return somebody who decides."""
        actor: Actor = self.draw(self._actors)
        return actor

    def page(self) -> Presentation:
        """Return one of the last presentations a school was shown; there are some."""
        at: int = self.draw(st.integers(0, min(3, len(self.shown) - 1)))
        return self.shown[-1 - at]

    def _mostly_first(self, names: tuple[str, str]) -> str:
        found: str = self.draw(st.sampled_from([names[0]] * 4 + [names[1]]))
        return found

    def likely(self) -> "tuple[Deed, ...]":
        """Return the deeds possible now, more often those that will succeed."""
        state = self.register.state(SCHOOLS[0])
        consent = state.consent(APPS[0])
        if state.connection is None:
            return (World.connect,) * 20
        if self.register.published(APPS[0]).asked is None:
            return (*(World.publish,) * 20, *_SELDOM)
        if consent.is_waiting:
            return (*_WAITING * 3, *_SELDOM)
        if consent.current is not None:
            return (*_GRANTED * 3, *_SELDOM)
        if state.pauses:
            return (*(World.ask,) * 10, *(World.resume,) * 10, *_SELDOM)
        return (*(World.ask,) * 20, *(World.present,) * 2, *_SELDOM)

    # What is done

    def connect(self) -> None:
        """Connect a school."""
        school = self.school()
        known = public_records(self.catalogue, school)
        mis = RecordsAdapter({name: [row] for name, row in known.items()})
        permissions = self.draw(st.none() | _permissions(self.catalogue))
        self.register.connect(
            school=school,
            mis=self.draw(st.sampled_from(["arbor"] * 4 + ["Arbor ", "sims"])),
            adapter=mis,
            permissions=permissions,
            id_space=self.draw(st.sampled_from([None] * 4 + ["uuid"])),
            actor=self.draw(st.none() | self._actors),
        )

    def disconnect(self) -> None:
        """Disconnect a school."""
        self.register.disconnect(school=self.school(), actor=self.actor())

    def pause(self) -> None:
        """Pause an app, or all of them."""
        app = self.one_or_all()
        self.register.pause(school=self.school(), app=app, actor=self.actor())

    def resume(self) -> None:
        """Let an app, or all of them, go on."""
        app = self.one_or_all()
        self.register.resume(school=self.school(), app=app, actor=self.actor())

    def close(self) -> None:
        """Close the second school."""
        self.register.close(
            school=SCHOOLS[1],
            successor=self.draw(st.sampled_from(["", SCHOOLS[0]])),
            actor=self.actor(),
        )

    def change_permissions(self) -> None:
        """Change what an MIS account may do."""
        self.register.change_permissions(
            school=self.school(), permissions=self.draw(_permissions(self.catalogue))
        )

    def require_two_people(self) -> None:
        """Let a school want two people to authorise, or one again."""
        rule = self.draw(st.none() | two_person_rules())
        self.register.require_two_people(rule, school=self.school(), actor=self.actor())

    def publish(self) -> None:
        """Let an app ask."""
        app = st.just(self._mostly_first(APPS))
        self.register.publish(self.draw(requests(self.catalogue, apps=app)))

    def cancel(self) -> None:
        """Let an app take back what it asks."""
        self.register.cancel(app=self._mostly_first(APPS), actor=self.actor())

    def present(self) -> None:
        """Show a school what there is to decide."""
        self.shown.append(self.register.present(**self.case()))

    def ask(self) -> None:
        """Put what there is to decide before a school, again if need be."""
        case = self.case()
        self.shown.append(self.register.ask(school=case["school"], app=case["app"]))

    def present_grant(self) -> None:
        """Show a school its grant."""
        self.shown.append(self.register.present_grant(**self.case()))

    def say_yes(self) -> None:
        """Let somebody authorise, or amend, what was shown."""
        page = self.page()
        lasting = self.draw(st.none() | st.sampled_from([NO_END, 1, 30, 400]))
        self._said = {
            "shown": page,
            "optional": self.draw(_some_of(page.offered)),
            "subjects": self.draw(st.none() | subjects(self.catalogue)),
            "expires_at": self._in_days(lasting),
        }
        self.say_the_same()

    def _in_days(self, lasting: NoEnd | int | None) -> datetime | NoEnd | None:
        if isinstance(lasting, int):
            return self.clock() + timedelta(days=lasting)
        return lasting

    def say_the_same(self) -> None:
        """Let somebody, maybe another, say the same as the last who said yes."""
        if said := self._said:
            is_amendment = said["shown"].asking is DecisionKind.AMENDMENT
            verb = self.register.amend if is_amendment else self.register.authorise
            verb(**said, actor=self.actor())

    def say_no(self) -> None:
        """Let somebody decline what was shown."""
        self.register.decline(self.page(), actor=self.actor())

    def revoke(self) -> None:
        """Let a school revoke."""
        case = self.case()
        self.register.revoke(school=case["school"], app=case["app"], actor=self.actor())

    def check_people(self) -> None:
        """Look up in the MIS whom a grant lists."""
        case = self.case()
        known = public_records(self.catalogue, case["school"])
        mis = RecordsAdapter({name: [row] for name, row in known.items()})
        self.register.check_people(
            school=case["school"], app=case["app"], adapter=mis, actor=self.actor()
        )

    def relinquish(self) -> None:
        """Let an app give its grant back."""
        self.register.relinquish(**self.case(), actor=self.actor())

    def settle(self) -> None:
        """Write down what has ended."""
        self.register.settle(self.school())

    def read(self) -> None:
        """Let an app read something that it may."""
        gate, case = Gate(self.catalogue, self.ledger, clock=self.clock), self.case()
        with gate.open(**case) as access:
            for resource in self.catalogue.resources.values():
                if access.permit.fields_of(resource.name):
                    known = public_records(self.catalogue, case["school"])
                    record = self.draw(records(resource.fields))
                    whole = record | known.get(resource.name, {})
                    access.filter(resource.name, whole)

    def wait(self) -> None:
        """Let time pass, or set the clock back, and write down what has ended."""
        days = self.draw(st.sampled_from([1, 2, 40, -1]))
        self.clock.jump(timedelta(days=days))
        if self.draw(st.booleans()):
            self.settle()


Deed = Callable[[World], None]

_SELDOM: tuple[Deed, ...] = (
    World.connect,
    World.disconnect,
    World.change_permissions,
    World.require_two_people,
    World.publish,
    World.cancel,
    World.ask,
    World.pause,
    World.resume,
    World.close,
)
_WAITING: tuple[Deed, ...] = (
    World.say_yes,
    World.say_yes,
    World.say_the_same,
    World.say_no,
    World.wait,
    World.settle,
)
_GRANTED: tuple[Deed, ...] = (
    World.present_grant,
    World.say_yes,
    World.say_the_same,
    World.say_no,
    World.read,
    World.check_people,
    World.revoke,
    World.relinquish,
    World.wait,
    World.settle,
)


def public_records(catalogue: Catalogue, school: str) -> Mapping[str, dict[str, Any]]:
    """Return the record by which an MIS proves whose it is, by its resource.

    Raises:
        InvalidArgument: The catalogue has no such record.
    """
    home = catalogue.public_resource
    if home is None:
        message = "`catalogue` has no public resource, so no school can be connected"
        raise InvalidArgument(message)
    record: Any = school
    for step in reversed(local_steps(home.key)):
        record = {step.name: record}
    return {home.name: record}


def _permissions(catalogue: Catalogue) -> st.SearchStrategy[frozenset[str]]:
    """Return sets of what the MIS accounts of a catalogue may do."""
    rows = (row for table in catalogue.mis.values() for row in table.values())
    return _some_of({"read", *(name for row in rows for name in row)})


def _some_of(names: Iterable[str]) -> st.SearchStrategy[frozenset[str]]:
    known = sorted(names)
    return st.frozensets(st.sampled_from(known)) if known else st.just(frozenset())
