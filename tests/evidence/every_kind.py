"""One history with every kind of event, as the register and the gate write it."""

from datetime import timedelta

from scopegate import AccessRequest, Actor, Catalogue, ConsentRegister, Gate
from scopegate.adapters.records import RecordsAdapter
from scopegate.catalogue.field import Sensitivity
from scopegate.consent.decision import NO_END, TwoPersonRule
from scopegate.consent.request import Terms
from scopegate.consent.subjects import Subjects
from scopegate.ledgers.memory import MemoryLedger
from scopegate.testing.clock import FakeClock
from scopegate.testing.permits import NOON

from .history_edits import streams_of

ONE, TWO = "100001", "100002"
MARKS, BOOKS = "gradebook", "library"
DANA, SAM, VAL = (
    Actor("Dana Head", role="Headteacher", id="1"),
    Actor("Sam Deputy", role="Deputy", id="2"),
    Actor("Val Vendor"),
)
TABLE = {
    "id": "small",
    "version": "1",
    "resource": {
        "school": {
            "key": "urn",
            "field": {
                "urn": {"sensitivity": "public"},
                "name": {"sensitivity": "public"},
            },
        },
        "pupil": {
            "key": "id",
            "subject": "id",
            "person": "pupil",
            "field": {
                "id": {},
                "a": {},
                "b": {},
                "both": {},
                "care": {"sensitivity": "special"},
                "kind": {},
            },
        },
    },
    "scope": {
        "school": {"sensitivity": "public", "fields": ["school.urn", "school.name"]},
        "basic": {"fields": ["pupil.id", "pupil.kind"]},
        "a": {"fields": ["pupil.a"], "includes": ["basic"]},
        "b": {"fields": ["pupil.b"], "writes": ["pupil"]},
        "care": {"sensitivity": "special", "fields": ["pupil.care"]},
    },
    "joint": [{"scopes": ["basic", "a"], "fields": ["pupil.both"]}],
    "rows": [{"resource": "pupil", "where": {"kind": "care"}, "scope": "care"}],
    "mis": {"arbor": {"a": ["A"]}},
}
NEWER = {
    **TABLE,
    "version": "2",
    "policy_version": 2,
    "resource": {
        **TABLE["resource"],
        "pupil": {
            **TABLE["resource"]["pupil"],
            "field": {
                **TABLE["resource"]["pupil"]["field"],
                "a": {"policy_version": 2},
            },
        },
    },
}
CATALOGUES = (Catalogue.from_dict(TABLE), Catalogue.from_dict(NEWER))


class Story:
    """Two schools, two apps and three people, on a clock that is moved by hand."""

    def __init__(self):
        self.clock, self.ledger = FakeClock(NOON), MemoryLedger()
        self.gone, self.ids = set(), iter(range(1, 99))
        self.register, self.newer = map(self._register, CATALOGUES)

    def _register(self, catalogue):
        return ConsentRegister(
            catalogue,
            self.ledger,
            clock=self.clock,
            new_id=lambda: f"grant-{next(self.ids)}",
            authority=lambda actor, school, at: actor not in self.gone,
            decide_within=timedelta(days=5),
        )

    def connect(self, school, mis="arbor", actor=None):
        """Connect a school."""
        adapter = RecordsAdapter({"school": [{"urn": school, "name": f"No. {school}"}]})
        self.register.connect(
            school=school, mis=mis, adapter=adapter, permissions=["A"], actor=actor
        )

    def publish(self, app, purpose, required, optional=()):
        """Let an app ask."""
        reasons = dict.fromkeys(required, "It is needed")
        terms = Terms("a year", "public task", "val@example.org")
        self.register.publish(
            AccessRequest(app, purpose, required, optional, reasons, terms)
        )

    def yes(self, app, ticks=(), *, actor=DANA, school=ONE, ask=True, **more):
        """Let somebody say yes to what waits, or have it asked for first."""
        asks = self.register.ask if ask else self.register.present
        shown = asks(school=school, app=app)
        self.register.authorise(
            shown, actor=actor, optional=ticks, method="the page", **more
        )

    def amend(self, ticks, *, actor, **more):
        """Let somebody change the grant of the first app."""
        shown = self.register.present_grant(school=ONE, app=MARKS)
        self.register.amend(shown, actor=actor, optional=ticks, **more)

    def days(self, number):
        """Let days pass."""
        self.clock.go_on(timedelta(days=number))


def every_kind():
    """Return the streams of a ledger that has every kind of event."""
    story = Story()
    _begin(story)
    _with_two_people(story)
    _end_some(story)
    _change(story)
    return streams_of(story.ledger)


def _begin(story):
    register = story.register
    story.connect(ONE)
    story.connect(TWO)
    story.publish(MARKS, "To record marks", {"basic"}, {"a", "care"})
    story.publish(BOOKS, "To lend books", {"b"})
    rule = TwoPersonRule(Sensitivity.SPECIAL, days=3)
    register.require_two_people(rule, school=ONE, actor=DANA)
    soon = story.clock() + timedelta(days=30)
    some = Subjects.everyone_except(pupil=[7])
    story.yes(MARKS, {"a"}, subjects=some, expires_at=soon)
    with Gate(CATALOGUES[0], story.ledger, clock=story.clock).open(
        school=ONE, app=MARKS
    ) as access:
        access.filter("pupil", {"id": 1, "kind": "x", "a": "y", "b": "z"})
    shown = register.ask(school=ONE, app=BOOKS, actor=SAM)
    register.decline(shown, actor=SAM, reason="Not now", method="the page")


def _with_two_people(story):
    register = story.register
    story.amend({"a", "care"}, actor=SAM)
    story.days(1)
    story.amend({"a", "care"}, actor=DANA)
    story.amend({"a", "care"}, actor=DANA, expires_at=NO_END)
    register.revoke(school=ONE, app=MARKS, actor=SAM, reason="Enough", method="by hand")
    story.publish(BOOKS, "To lend books", {"b"}, {"care"})
    story.yes(BOOKS, {"care"})
    story.publish(BOOKS, "To lend more books", {"b"}, {"care"})
    register.ask(school=ONE, app=BOOKS)
    story.yes(BOOKS, {"care"}, ask=False)
    story.gone = {DANA}
    story.yes(BOOKS, {"care"}, actor=SAM, ask=False)
    story.gone = set()
    story.days(4)
    register.settle(ONE)


def _end_some(story):
    register = story.register
    register.ask(school=ONE, app=BOOKS)
    register.cancel(app=BOOKS, actor=VAL, reason="A mistake")
    register.settle(ONE)
    story.publish(BOOKS, "To lend books again", {"b"})
    story.yes(BOOKS, ask=False)
    register.relinquish(school=ONE, app=BOOKS, actor=VAL, reason="Closed")
    story.yes(MARKS, {"a"}, expires_at=story.clock() + timedelta(days=1))
    story.days(2)
    register.settle(ONE)
    story.yes(MARKS, {"a"}, actor=SAM)
    story.newer.settle(ONE)
    story.register = story.newer
    story.yes(MARKS, {"a"})


def _change(story):
    register = story.register
    register.change_permissions(school=ONE, permissions=["A", "B"])
    register.disconnect(school=ONE, actor=DANA, reason="A new MIS")
    story.connect(ONE, "sims", actor=DANA)
    register.pause(school=ONE, actor=DANA, app=BOOKS, reason="A question")
    register.resume(school=ONE, actor=DANA, app=BOOKS, reason="It was answered")
    register.pause(school=ONE, actor=SAM)
    some = Subjects.everyone_except(pupil=[7])
    story.yes(BOOKS, school=TWO, ask=False, subjects=some)
    mis = RecordsAdapter({"school": [{"urn": TWO}], "pupil": [{"id": 7}]})
    register.check_people(school=TWO, app=BOOKS, adapter=mis, actor=SAM)
    register.close(school=TWO, successor=ONE, actor=SAM, reason="It joins")
