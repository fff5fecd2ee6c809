"""A machine that makes long random histories, and a model of ten lines to hold them to."""

from datetime import timedelta
from itertools import count, product

import pytest
from attrs import evolve, frozen
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
)

from scopegate import AccessRequest, Actor, Catalogue, ConsentRegister, Gate
from scopegate.adapters.records import RecordsAdapter
from scopegate.catalogue.field import Sensitivity
from scopegate.consent.decision import Proposal, TwoPersonRule
from scopegate.consent.presentation import DecisionKind, Presentation
from scopegate.errors import DecisionError
from scopegate.ledgers.base import school_stream
from scopegate.testing.clock import FakeClock
from scopegate.testing.permits import NOON

CATALOGUE = Catalogue.from_dict(
    {
        "id": "small",
        "version": "1",
        "resource": {
            "school": {"key": "urn", "field": {"urn": {"sensitivity": "public"}}},
            "pupil": {"key": "id", "field": {"id": {}, "a": {}, "b": {}}},
        },
        "scope": {
            "school": {"sensitivity": "public", "fields": ["school.urn"]},
            "basic": {"fields": ["pupil.id"]},
            "a": {"fields": ["pupil.a"], "includes": ["basic"]},
            "b": {"fields": ["pupil.b"]},
        },
    }
)
REQUESTS = [({"basic"}, {"a", "b"}), ({"basic", "b"}, {"a"}), ({"a"}, set())]
ACTORS = [Actor("Dana"), Actor("Sam"), Actor("Val")]
APPS = ["gradebook", "library"]
NUMBERS = count(1)


@frozen
class Held:
    """What the model holds of a grant."""

    scopes: frozenset
    until: object
    version: int
    number: int = 0


@frozen
class Page:
    """What was shown, to which school and of which app, and all it depended on."""

    found: Presentation
    key: tuple
    token: tuple


@frozen
class First:
    """What the first of two people said yes to."""

    page: Page
    held: Held
    actor: Actor
    limit: object

    def is_completed(self, actor, held):
        """Tell whether somebody else says the same."""
        return actor != self.actor and held == self.held


class Model:
    """What may flow, said in ten lines: who is connected, and what is held."""

    def __init__(self):
        self.up, self.held, self.latest = set(), {}, NOON

    def fields(self, school, app):
        """Return the fields that may flow now."""
        if school not in self.up:
            return set()
        held = self.held.get((school, app))
        scopes = held.scopes if held else frozenset()
        return {"school.urn", *CATALOGUE.fields_of(scopes)}

    def tick(self, now):
        """Let the latest instant seen be no earlier than *now*; end what is over."""
        self.latest = max(self.latest, now)
        for key, held in list(self.held.items()):
            if held.until is not None and held.until <= self.latest:
                del self.held[key]


class Histories(RuleBasedStateMachine):
    """Two processes on one ledger; schools, apps and people decide, and time jumps."""

    make = staticmethod(list)  # gives the two processes' ledgers on one store
    at_end = staticmethod(len)  # is told them when a history is over
    shown = Bundle("shown")
    schools = st.integers(0, 2)
    apps = st.sampled_from(APPS)
    actors = st.sampled_from(ACTORS)
    two_actors = st.lists(actors, min_size=1, max_size=2)
    sides = st.integers(0, 1)
    accesses = ledgers = ()
    choices = st.tuples(st.sets(st.sampled_from("ab")), st.none() | st.integers(-1, 60))

    @initialize()
    def begin(self):
        """Start with nothing but names."""
        number = next(NUMBERS)
        self.schools = [f"{number}-{n}" for n in range(3)]
        self.app_names = {app: f"{number}-{app}" for app in APPS}
        self.ledgers = type(self).make()
        self.clock, self.model = FakeClock(NOON), Model()
        self.ids, self.asked, self.first, self.last = count(1), {}, {}, {}
        self.rules, self.waiting, self.done = set(), set(), set()
        self.lifted = set()  # where the first actor has ended the rule
        self.registers = [
            ConsentRegister(CATALOGUE, ledger, clock=self.clock)
            for ledger in self.ledgers
        ]
        self.restart()
        for school, app in product(range(2), APPS):
            self.connect(0, school)
            self.publish(1, app, REQUESTS[0])

    def restart(self):
        """Open every access again, as after a restart of both processes."""
        for *_, access in self.accesses:
            access.close()
        self.model.latest = self.clock()
        self.gates = [
            Gate(CATALOGUE, ledger, clock=self.clock, max_staleness=timedelta())
            for ledger in self.ledgers
        ]
        self.accesses = [
            (school, app, gate.open(school=school, app=self.app_names[app]))
            for gate in self.gates
            for school, app in product(self.schools, APPS)
        ]

    @rule(side=sides, school=schools)
    def connect(self, side, school):
        """Connect a school."""
        urn = self.schools[school]
        mis = RecordsAdapter({"school": [{"urn": urn}]})
        self.registers[side].connect(
            school=urn, mis="arbor", adapter=mis, actor=Actor("Dana")
        )
        self.model.up.add(urn)

    def disconnect(self, side, school, actor):
        """Disconnect a school, if it is connected."""
        urn = self.schools[school]
        self.decide(
            urn in self.model.up,
            lambda: self.registers[side].disconnect(school=urn, actor=actor),
        )
        self.model.up.discard(urn)

    def want_two(self, side, school, two):
        """Let a school want two people, or one again."""
        urn = self.schools[school]
        wanted = TwoPersonRule(Sensitivity.PERSONAL, days=2) if two else None
        done = self.decide(
            urn in self.model.up,
            lambda: self.registers[side].require_two_people(
                wanted, school=urn, actor=ACTORS[0]
            ),
        )
        if done and two:
            self.rules.add(urn)
            self.lifted.discard(urn)
        elif done:
            if urn in self.rules:
                self.lifted.add(urn)
            self.rules.discard(urn)

    @rule(side=sides, app=apps, request=st.sampled_from(REQUESTS))
    def publish(self, side, app, request):
        """Let an app ask for something."""
        asked = AccessRequest(self.app_names[app], "to be tested", *request)
        self.registers[side].publish(asked)
        before = self.asked.get(app)
        if before is None or before[0] != request or before[2]:
            version = before[1] + 1 if before else 1
            self.asked[app] = (request, version, False)

    def cancel(self, side, app):
        """Let an app take its request back."""
        before = self.asked.get(app)
        done = self.decide(
            before is not None and not before[2],
            lambda: self.registers[side].cancel(
                app=self.app_names[app], actor=ACTORS[2]
            ),
        )
        if done:
            self.asked[app] = (*before[:2], True)

    @rule(
        what=st.sampled_from(["restart", "disconnect", "want_two", "cancel", "settle"]),
        side=sides,
        school=schools,
        app=apps,
        actor=actors,
    )
    def seldom(self, what, side, school, app, actor):
        """Let something happen that happens now and then."""
        match what:
            case "restart":
                self.restart()
            case "disconnect":
                self.disconnect(side, school, actor)
            case "want_two":
                self.want_two(side, school, self.schools[school] not in self.rules)
            case "cancel":
                self.cancel(side, app)
            case _:
                self.settle(side, school)

    # What is shown, and what is said to it

    def token(self, key, asking):
        """Return all that what is shown depends on; a grant not on what is asked."""
        asked = self.asked.get(key[1]) if asking is DecisionKind.REQUEST else None
        return asked, self.model.held.get(key), key[0] in self.rules

    def is_answered(self, key):
        """Tell whether what is asked was authorised, so that the grant is shown."""
        held, asked = self.model.held.get(key), self.asked.get(key[1])
        return bool(held) and key in self.done and held.version == asked[1]

    def is_asked(self, key):
        """Tell whether the app asks for anything."""
        asked = self.asked.get(key[1])
        return asked is not None and not asked[2]

    def write_down_ends(self, key):
        """Let what time or the app has ended be over for good, as any decision does."""
        first = self.first.get(key)
        if key in self.waiting and not self.is_asked(key):
            self.waiting.discard(key)
            self.first.pop(key, None)
        elif first and self.clock() >= first.limit:
            if first.page.found.asking is DecisionKind.REQUEST:
                self.waiting.discard(key)
            self.first.pop(key)

    def show(self, page):
        """Let a request that was shown wait, if it was not the last one shown."""
        if page.found.asking is DecisionKind.AMENDMENT:
            return
        if page.key not in self.waiting or self.last[page.key] != page.found.digest:
            self.first.pop(page.key, None)
            self.waiting.add(page.key)
            self.last[page.key] = page.found.digest
            self.done.discard(page.key)

    @rule(target=shown, side=sides, school=schools, app=apps)
    def look(self, side, school, app):
        """Let a school look, and keep the page for later."""
        return self.present(side, school, app)

    @rule(side=sides, school=schools, app=apps, choice=choices, actors=two_actors)
    def look_and_say_yes(self, side, school, app, choice, actors):
        """Let one or two people of a school authorise, or amend, what they are shown."""
        page = self.present(side, school, app)
        for actor in actors:
            self.say_yes(1 - side, page, choice, actor)

    def present(self, side, school, app):
        """Show a school what there is to decide."""
        key = (self.schools[school], app)
        answered = self.is_answered(key)
        found = self.decide(
            key[0] in self.model.up and (answered or self.is_asked(key)),
            lambda: self.registers[side].ask(school=key[0], app=self.app_names[app]),
        )
        if found is None:
            return None
        assert (found.asking is DecisionKind.AMENDMENT) is answered
        page = Page(found, key, self.token(key, found.asking))
        self.write_down_ends(key)
        self.show(page)
        return page

    def is_open(self, page):
        """Tell whether what was shown is still what would be shown, and waits."""
        if (
            page.token != self.token(page.key, page.found.asking)
            or page.key[0] not in self.model.up
        ):
            return False
        if page.found.asking is DecisionKind.AMENDMENT:
            return True
        first = self.first.get(page.key)
        has_lapsed = (
            first is not None
            and first.page.found.asking is DecisionKind.REQUEST
            and self.clock() >= first.limit
        )
        return page.key in self.waiting and self.is_asked(page.key) and not has_lapsed

    @rule(side=sides, page=shown, choice=choices, actor=actors)
    def say_yes_later(self, side, page, choice, actor):
        """Let somebody authorise, or amend, what was shown at some time."""
        self.say_yes(side, page, choice, actor)

    def say_yes(self, side, page, choice, actor):
        """Let somebody authorise, or amend, what was shown."""
        if page is None:
            return
        ticks, hours = choice
        until = None if hours is None else self.clock() + timedelta(hours=hours)
        held = self.held_after(page, ticks, until)
        first = self.first_for(page)
        register = self.registers[side]
        is_amendment = page.found.asking is DecisionKind.AMENDMENT
        verb = register.amend if is_amendment else register.authorise
        is_held = page.key[0] in self.rules or (
            page.key[0] in self.lifted and actor == ACTORS[0]
        )
        needs_two = is_held and not self.is_narrower(page.key, held)
        result = self.decide(
            self.is_open(page)
            and ticks <= page.found.offered
            and (hours is None or hours > 0)
            and not (needs_two and first and not first.is_completed(actor, held)),
            lambda: verb(page.found, actor=actor, optional=ticks, expires_at=until),
        )
        if result is None:
            return
        assert isinstance(result, Proposal) is (needs_two and first is None)
        self.write_down_ends(page.key)
        self.show(page)
        if isinstance(result, Proposal):
            limit = self.clock() + timedelta(days=2)
            self.first[page.key] = First(page, held, actor, limit)
        else:
            self.grant(page, held)

    def held_after(self, page, ticks, until):
        """Return what would be held if the decision were made."""
        before = self.model.held.get(page.key)
        if until is None and before:
            until = before.until
        scopes = frozenset(page.found.required_scopes | ticks)
        return Held(scopes, until, page.found.request_version)

    def first_for(self, page):
        """Return the first person's yes to that page, if it waits for a second."""
        first = self.first.get(page.key)
        if first and first.page.found.digest == page.found.digest:
            return first if self.clock() < first.limit else None
        return None

    def is_narrower(self, key, held):
        """Tell whether that gives no more than what is held."""
        before = self.model.held.get(key)
        if before is None:
            return False
        later = before.until is not None and (
            held.until is None or held.until > before.until
        )
        wider = set(CATALOGUE.fields_of(held.scopes)) - set(
            CATALOGUE.fields_of(before.scopes)
        )
        return not later and not wider

    def grant(self, page, held):
        """Let the model hold what was decided."""
        self.model.held[page.key] = evolve(held, number=next(self.ids))
        self.first.pop(page.key, None)
        if page.found.asking is DecisionKind.REQUEST:
            self.waiting.discard(page.key)
            self.done.add(page.key)

    @rule(side=sides, page=shown, actor=actors)
    def say_no(self, side, page, actor):
        """Let somebody decline what was shown at some time."""
        if page is None or page.found.asking is DecisionKind.AMENDMENT:
            return
        done = self.decide(
            self.is_open(page),
            lambda: self.registers[side].decline(page.found, actor=actor),
        )
        if done:
            self.write_down_ends(page.key)
            self.show(page)
            self.waiting.discard(page.key)
            self.first.pop(page.key, None)

    @rule(side=sides, school=schools, app=apps, who=st.sampled_from(["revoke", "relinquish"]), actor=actors)  # fmt: skip
    def end(self, side, school, app, who, actor):
        """Let the school revoke, or the app relinquish."""
        key = (self.schools[school], app)
        verb = getattr(self.registers[side], who)
        done = self.decide(
            key in self.model.held,
            lambda: verb(school=key[0], app=self.app_names[app], actor=actor),
        )
        if done:
            self.write_down_ends(key)
            del self.model.held[key]

    @rule(hours=st.sampled_from([-50, -1, 1, 5, 49]))
    def jump(self, hours):
        """Set the clock, forwards or back."""
        self.clock.jump(timedelta(hours=hours))

    def settle(self, side, school):
        """Write down what has ended."""
        self.registers[side].settle(self.schools[school])
        for app in APPS:
            self.write_down_ends((self.schools[school], app))

    def decide(self, is_legal, verb):
        """Return the result of *verb* if legal; an illegal one writes nothing."""
        if is_legal:
            return verb() or True
        before = self.written()
        with pytest.raises(DecisionError):
            verb()
        assert self.written() == before
        return None

    def written(self):
        """Return how far each stream has come."""
        ledger = self.ledgers[0]
        apps = [f"app/{name}" for name in self.app_names.values()]
        streams = [*map(school_stream, self.schools), *apps]
        return [ledger.position(stream) for stream in streams]

    @invariant()
    def what_flows_is_what_the_model_says(self):
        """In both processes, through accesses old and new, exactly that may flow."""
        self.model.tick(self.clock())
        for gate in self.gates:
            gate.now()  # looks at the clock even where no grant has an end
        for school, app, access in self.accesses:
            assert access.permit.fields == self.model.fields(school, app)

    @invariant()
    def both_processes_read_the_same_history(self):
        """Whichever process reads, each school's state is the same."""
        one, two = self.registers
        assert all(one.state(s) == two.state(s) for s in self.schools)

    def teardown(self):
        """Close what was opened, and hand the ledgers back."""
        for *_, access in self.accesses:
            access.close()
        self.at_end(self.ledgers)
