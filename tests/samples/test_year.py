"""The made-up year: every situation is there, and all of it is in order."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from scopegate import Catalogue
from scopegate.consent.disclosures import fold_disclosures
from scopegate.consent.events import (
    Cancelled,
    Connected,
    Disclosed,
    Disconnected,
    Lapsed,
    PermissionsChanged,
    Relinquished,
    Revoked,
)
from scopegate.consent.fold import fold_requests, fold_school
from scopegate.consent.lifecycle import GrantStatus
from scopegate.consent.standing import live_revision
from scopegate.consent.subjects import Subjects
from scopegate.errors import NoAuthorityError
from scopegate.evidence.audit import verify
from scopegate.ledgers.base import app_stream, disclosure_stream, school_stream
from scopegate.ledgers.memory import MemoryLedger
from scopegate.pages.situation import Situation, situation_of
from scopegate.policy.decide import permit
from scopegate.policy.reason import Reason
from scopegate.register.case import Case
from scopegate.register.register import ConsentRegister
from scopegate.samples.year import requests
from scopegate.samples.year.people import may_decide
from scopegate.samples.year.year import play_year

NOW = datetime(2026, 11, 26, 16, 30, tzinfo=UTC)  # a Thursday
EDGES = {
    "monday": datetime(2027, 3, 1, tzinfo=UTC),
    "sunday": datetime(2028, 1, 2, 23, 59, 59, tzinfo=UTC),
}
LUDDERBY, MARROWBY, FENNICK = "999901", "999902", "999903"
REQUESTS = [
    requests.MARKS,
    requests.BOOKING,
    requests.LENDING,
    requests.LENDING_TO_STAFF,
    requests.MEALS,
    requests.CAREERS,
    requests.TIMETABLE,
]

STANDS = {
    LUDDERBY: {
        "gradebook": Situation.AUTHORISED,
        "parents-evening": Situation.AUTHORISED,
        "library-desk": Situation.MORE_ASKED,
        "lunch-till": Situation.AWAITING,
        "next-steps": Situation.EXPIRED,
        "lesson-planner": Situation.RELINQUISHED,
    },
    MARROWBY: {
        "gradebook": Situation.REVOKED,
        "parents-evening": Situation.AUTHORISED,
        "library-desk": Situation.AUTHORISED,
        "lunch-till": Situation.AUTHORISED,
        "next-steps": Situation.DECLINED,
        "lesson-planner": Situation.CANCELLED,
    },
    FENNICK: {
        "gradebook": Situation.AUTHORISED,
        "parents-evening": Situation.AUTHORISED,
        "library-desk": Situation.NEW,
        "lunch-till": Situation.AWAITING_SECOND,
        "next-steps": Situation.LAPSED,
        "lesson-planner": Situation.CANCELLED,
    },
}


class Played:
    """A year that was played, and what its ledger holds."""

    def __init__(self, now):
        self.now, self.ledger = now, MemoryLedger()
        self.year = play_year(self.ledger, now=now)

    def events(self, stream):
        """Return the events of a stream."""
        return self.ledger.read(stream)

    def state(self, school):
        """Return the state of a school."""
        return fold_school(self.events(school_stream(school)))

    def happened(self, kind, school):
        """Return the events of one kind at a school."""
        return [e for e in self.events(school_stream(school)) if isinstance(e, kind)]

    def revisions(self, school, app):
        """Return the grant id, revision and status of each grant of an app."""
        found = self.state(school).consent(app).revisions
        return [(r.grant.id, r.grant.revision, r.status) for r in found]

    def grant(self, school, app):
        """Return the grant that is in force."""
        return live_revision(
            self.state(school), school=school, app=app, now=self.now
        ).grant

    def usage(self, school, app):
        """Return what an app has read at a school."""
        return fold_disclosures(self.events(disclosure_stream(school)), app)

    def stands(self):
        """Return the situation of every app at every school."""
        return {
            school.key: {app: self._stands(school.key, app) for app in self.year.apps}
            for school in self.year.schools
        }

    def _stands(self, school, app):
        published = fold_requests(self.events(app_stream(app)))
        state = self.state(school)
        case = Case(self.year.catalogue, state, published, school, app, self.now)
        return situation_of(case)

    def instants(self):
        """Return for each stream when its events happened."""
        return {
            stream: [event.at for event in self.events(stream)]
            for stream in self.ledger.streams()
        }


@pytest.fixture(scope="module")
def played():
    """Return the year as it is played on a Thursday afternoon."""
    return Played(NOW)


@pytest.fixture(scope="module", params=EDGES.values(), ids=EDGES)
def edge(request):
    """Return the year as it is played at the first and last instant of a week."""
    return Played(request.param)


def test_same_instant_writes_the_same_bytes(edge):
    """The same instant, written in another time zone, leaves the same ledger."""
    there = edge.now.astimezone(timezone(timedelta(hours=-11)))

    again = Played(there)

    assert {s: edge.ledger.bodies(s) for s in edge.ledger.streams()} == {
        s: again.ledger.bodies(s) for s in again.ledger.streams()
    }


def test_year_verifies(played):
    """The ledger holds a stream for every school, app and reading, with no fault."""
    audit = verify(played.ledger)

    assert (audit.streams, audit.faults) == (3 + 6 + 3, ())


def test_every_situation_is_there(played):
    """Each app is at each school in the situation where the story leaves it."""
    assert played.stands() == STANDS


def test_day_of_the_week_changes_nothing(edge):
    """On Monday at midnight and on Sunday a second before, all stands the same."""
    assert edge.stands() == STANDS


def test_time_only_goes_on(edge):
    """In no stream does an event come before the one above it."""
    instants = edge.instants()

    assert instants == {stream: sorted(found) for stream, found in instants.items()}


def test_year_is_a_year_long_and_ends_now(edge):
    """The first event is 52 weeks back, give or take a week, and none is in future."""
    instants = [at for found in edge.instants().values() for at in found]

    days = (edge.now - min(instants)).days
    assert 52 * 7 - 1 <= days < 53 * 7
    assert max(instants) <= edge.now


def test_instant_without_a_time_zone_is_refused():
    """An instant that would mean another one elsewhere plays nothing."""
    ledger = MemoryLedger()

    with pytest.raises(ValueError, match="time zone"):
        play_year(ledger, now=NOW.replace(tzinfo=None))

    assert list(ledger.streams()) == []


def test_last_week_is_last_week(edge):
    """What was shown and read last was shown and read in the week before this."""
    latest = max(at for found in edge.instants().values() for at in found)

    before = edge.now - timedelta(days=7)
    assert latest.isocalendar()[:2] == before.isocalendar()[:2]


# Who decides


def test_nobody_decides_for_a_school_they_may_not(played):
    """Every person in a school's stream may decide for it, but who gave a grant back."""
    found = [
        (actor, school.key, type(event))
        for school in played.year.schools
        for event in played.events(school_stream(school.key))
        for actor in _deciders(event)
    ]

    strangers = [
        (actor.id, school, kind)
        for actor, school, kind in found
        if not may_decide(actor, school, NOW)
    ]

    assert len(found) > 20
    assert strangers == [("rufus.pell", LUDDERBY, Relinquished)]


def _deciders(event):
    """Return the person who decided, as far as an event says it."""
    if hasattr(event, "grant") and hasattr(event.grant, "decisions"):
        return [decision.actor for decision in event.grant.decisions]
    if hasattr(event, "decision"):
        return [event.decision.actor]
    if hasattr(event, "proposal"):
        return [event.proposal.decision.actor]
    actor = getattr(event, "actor", None)
    return [] if actor is None else [actor]


def test_heads_and_data_leads_decide_and_nobody_else(played):
    """Each decides for their own school, and the trust's data lead for all three."""
    year = played.year

    decides = {
        (person.actor.id, school.key)
        for person in year.people
        for school in year.schools
        if year.may_decide(person.actor, school.key, NOW)
    }

    assert decides == {
        ("freya.underhill", LUDDERBY),
        ("tobias.merrick", LUDDERBY),
        ("gwenda.lark", MARROWBY),
        ("sunil.ashdown", MARROWBY),
        ("cormac.tindle", FENNICK),
        ("yasmin.holloway", FENNICK),
        ("oriel.danvers", LUDDERBY),
        ("oriel.danvers", MARROWBY),
        ("oriel.danvers", FENNICK),
    }


def test_register_asks_who_may_decide(monkeypatch):
    """Where no one may decide, the first decision of the year is refused."""
    stage = "scopegate.samples.year.stage.may_decide"
    monkeypatch.setattr(stage, lambda actor, school, at: False)

    with pytest.raises(NoAuthorityError):
        play_year(MemoryLedger(), now=NOW)


def test_whoever_decides_for_a_school_sees_it(played):
    """No one decides on pages that they must not look at."""
    blind = [p for p in played.year.people if not {*p.decides_for} <= {*p.schools}]

    assert blind == []


def test_people_are_told_apart(played):
    """No two people share an id or a name."""
    people = played.year.people

    assert len({p.actor.id for p in people}) == len(people)
    assert len({p.actor.name for p in people}) == len(people)


def test_people_of_apps_see_no_school(played):
    """Who speaks for an app looks at no school's pages; everybody else at one or more."""
    assert all(bool(p.schools) != bool(p.apps) for p in played.year.people)


# What there is to look at


def test_there_are_three_schools_and_six_apps(played):
    """The names are those that the MISs gave, and each app has published."""
    year = played.year

    names = {s.key: played.state(s.key).connection.name for s in year.schools}
    assert names == {s.key: s.name for s in year.schools}
    assert len(names) == 3
    assert {f"app/{app}" for app in year.apps} == {
        stream for stream in played.ledger.streams() if stream.startswith("app/")
    }
    assert len(year.apps) == 6


def test_some_people_are_excluded(played):
    """Of the 120 pupils of Ludderby gradebook read all but two, five times over."""
    subjects = played.grant(LUDDERBY, "gradebook").subjects
    read = played.usage(LUDDERBY, "gradebook").records["demo-0001", "student"]

    assert subjects == Subjects.everyone_except(student=[1014, 1057])
    assert read == 5 * (120 - 2)


def test_a_grant_will_expire(played):
    """What Fennick Cross authorised for the parents' evening ends in ten weeks."""
    grant = played.grant(FENNICK, "parents-evening")

    assert grant.expires_at == datetime(2027, 2, 5, 17, tzinfo=UTC)


def test_a_ticked_scope_was_never_read(played):
    """Ludderby ticked dates of birth, and gradebook has not read one for 90 days."""
    grant = played.grant(LUDDERBY, "gradebook")

    unread = played.usage(LUDDERBY, "gradebook").unread(grant, NOW, 90)

    assert "students.dob" in grant.ticked
    assert "student.dob" in unread
    assert "student.last_name" not in unread


def test_an_authorised_app_has_never_read(played):
    """Marrowby Green has authorised the parents' evening, which has read nothing."""
    assert played.grant(MARROWBY, "parents-evening")
    assert played.usage(MARROWBY, "parents-evening").last_accessed is None


def test_library_asks_for_more_of_both_kinds(played):
    """Ludderby was shown that the library wants one scope more, and may have one."""
    version = played.grant(LUDDERBY, "library-desk").request_version
    before, after = (e.request for e in played.events("app/library-desk"))

    assert version == 1
    assert played.state(LUDDERBY).consent("library-desk").shown.request_version == 2
    assert after.required - before.required == {"staff_members.basic"}
    assert after.optional - before.optional == {"contacts.emails"}


def test_a_grant_was_authorised_by_two_people(played):
    """At Fennick Cross gradebook rests on two people's decisions."""
    decisions = played.grant(FENNICK, "gradebook").decisions

    assert [d.actor.id for d in decisions] == ["yasmin.holloway", "cormac.tindle"]


def test_second_person_can_still_complete(played):
    """What waits for a second person can be completed by the head today."""
    register = ConsentRegister(
        played.year.catalogue,
        _copy(played.ledger),
        clock=lambda: NOW,
        new_id=lambda: "new",
        authority=may_decide,
        decide_within=played.year.decide_within,
    )
    choice = played.state(FENNICK).consent("lunch-till").proposal.choice
    head = next(p.actor for p in played.year.people if p.actor.id == "cormac.tindle")

    shown = register.ask(school=FENNICK, app="lunch-till")
    grant = register.authorise(shown, optional=choice.ticked, actor=head)

    assert (grant.id, len(grant.decisions)) == ("new", 2)


def _copy(ledger):
    """Return a ledger that holds the same."""
    copy = MemoryLedger()
    for stream in ledger.streams():
        copy.append(stream, ledger.read(stream), 0)
    return copy


def test_declined_and_revoked_have_reasons(played):
    """A school that declined or revoked has said why, each time."""
    said = [
        event.reason
        for school in (LUDDERBY, MARROWBY, FENNICK)
        for event in played.events(school_stream(school))
        if type(event).__name__ in {"Declined", "Revoked"}
    ]

    assert len(said) == 3
    assert all(said)


def test_a_request_lapsed_and_another_was_cancelled(played):
    """At Fennick Cross two requests lapsed, and one was cancelled, on the record."""
    lapsed = [event.app for event in played.happened(Lapsed, FENNICK)]
    cancelled = [event.app for event in played.happened(Cancelled, FENNICK)]

    assert (lapsed, cancelled) == (["library-desk", "next-steps"], ["lesson-planner"])


@pytest.mark.parametrize(
    ("school", "app", "expected"),
    [
        pytest.param(
            MARROWBY,
            "gradebook",
            [("demo-0002", 1, GrantStatus.REVOKED)],
            id="revoked",
        ),
        pytest.param(
            MARROWBY,
            "lunch-till",
            [
                ("demo-0008", 1, GrantStatus.REVOKED),
                ("demo-0014", 1, GrantStatus.AUTHORISED),
            ],
            id="revoked and authorised again",
        ),
        pytest.param(
            LUDDERBY,
            "parents-evening",
            [
                ("demo-0003", 1, GrantStatus.SUPERSEDED),
                ("demo-0003", 2, GrantStatus.SUPERSEDED),
                ("demo-0003", 3, GrantStatus.AUTHORISED),
            ],
            id="amended twice",
        ),
        pytest.param(
            MARROWBY,
            "library-desk",
            [
                ("demo-0007", 1, GrantStatus.SUPERSEDED),
                ("demo-0007", 2, GrantStatus.AUTHORISED),
            ],
            id="authorised more",
        ),
        pytest.param(
            LUDDERBY,
            "next-steps",
            [("demo-0011", 1, GrantStatus.EXPIRED)],
            id="expired",
        ),
        pytest.param(
            LUDDERBY,
            "lesson-planner",
            [("demo-0012", 1, GrantStatus.RELINQUISHED)],
            id="relinquished",
        ),
    ],
)
def test_grants_went_the_way_they_should(played, school, app, expected):
    """Each grant has its revisions, and each of these the end that is told."""
    assert played.revisions(school, app) == expected


def test_amending_narrowed_and_then_widened(played):
    """Telephone numbers were unticked, and brothers and sisters ticked later."""
    found = played.state(LUDDERBY).consent("parents-evening").revisions

    assert [r.grant.ticked for r in found] == [
        {"contacts.telephone_numbers"},
        set(),
        {"students.siblings"},
    ]


def test_a_connection_ended_and_was_made_again(played):
    """Marrowby Green was connected, was not, and is again."""
    kinds = played.happened(Connected | Disconnected, MARROWBY)

    assert [type(e) for e in kinds] == [Connected, Disconnected, Connected]


def test_mis_withholds_what_was_authorised(played):
    """The account of Fennick Cross lost the right to read telephone numbers."""
    state = played.state(FENNICK)

    why = permit(
        played.year.catalogue,
        state,
        school=FENNICK,
        app="parents-evening",
        now=NOW,
        request=None,
    ).why("contact.telephone_numbers[].telephone_number")

    assert why.reason is Reason.MIS_PERMISSION_MISSING
    assert len(played.happened(PermissionsChanged, FENNICK)) == 2


def test_apps_read_last_on_different_days(played):
    """No two apps of Ludderby were last active on the same day, if at all."""
    found = [played.usage(LUDDERBY, app).last_accessed for app in played.year.apps]

    days = [at.date() for at in found if at]
    assert len(days) == len(set(days)) == 5


def test_every_school_was_read(played):
    """Pupils of each school were released to an app, and under a grant."""
    for school in (LUDDERBY, MARROWBY, FENNICK):
        found = played.events(disclosure_stream(school))

        assert {type(event) for event in found} == {Disclosed}
        assert all(event.grant and event.count for event in found)
        assert "student" in {event.resource for event in found}


def test_nothing_was_read_under_a_grant_that_had_ended(played):
    """After gradebook was revoked at Marrowby Green it read nothing more there."""
    (revoked, _) = played.happened(Revoked, MARROWBY)

    assert revoked.app == "gradebook"
    assert played.usage(MARROWBY, "gradebook").last_accessed < revoked.at


# What apps ask


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda r: r.purpose[:20])
def test_requests_are_complete(request_):
    """Each asks for what there is, says why for each scope, and on what terms."""
    assert request_.faults(Catalogue.builtin("assembly")) == ()
    assert request_.reasons.keys() == request_.scopes
    assert all(request_.reasons.values())
    assert request_.terms.retention
    assert request_.terms.lawful_basis
    assert request_.terms.contact.endswith(f"@{request_.app}.example")


def test_apps_use_only_what_they_ask_for():
    """No app reads a scope that none of its requests brings along."""
    catalogue = Catalogue.builtin("assembly")
    asked = {app: set() for app in requests.APPS}
    for request in REQUESTS:
        asked[request.app].update(catalogue.expand(request.scopes))

    strays = {app: {*requests.USED[app]} - asked[app] for app in requests.APPS}

    assert strays == {app: set() for app in requests.APPS}
