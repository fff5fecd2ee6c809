"""Decisions: what may be decided, what is recorded, and what is refused."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import count

import pytest
from attrs import evolve

from scopegate import AccessRequest, Actor, Catalogue, ConsentRegister, Subjects
from scopegate.adapters.records import RecordsAdapter
from scopegate.decision import Decision, Proposal, TwoPersonRule
from scopegate.errors import (
    DecisionError,
    InvalidRequestError,
    NoAuthorityError,
    NoGrantError,
    NotAwaitingError,
    NotConnectedError,
    NotOfferedError,
    NotPublishedError,
    PastExpiryError,
    SecondPersonError,
    StalePresentationError,
    StaleWriteError,
    UnknownScopeError,
    UnverifiedSchoolError,
    WrongSchoolError,
)
from scopegate.events import Authorised, Connected, Presented
from scopegate.field import Sensitivity
from scopegate.ledgers.base import app_stream, school_stream
from scopegate.ledgers.memory import MemoryLedger
from scopegate.lifecycle import GrantStatus, RequestStatus
from scopegate.presentation import Asking, Mark
from scopegate.testing.permits import NOON

SCHOOL, APP = "100001", "gradebook"
DANA, SAM = Actor("Dana Head", role="Headteacher"), Actor("Sam Deputy")
CATALOGUE = Catalogue.builtin("assembly")
REQUEST = AccessRequest(
    APP,
    "Record and share marks",
    {"students.basic"},
    {"students.emails", "students.dob"},
    {"students.dob": "Birthday reminders"},
)
MORE = evolve(REQUEST, required={"students.basic", "students.gender"})
MIS = RecordsAdapter({"school": [{"urn": SCHOOL, "name": "Example School"}]})


class Scene:
    """A register on a ledger of its own, with a clock that is set by hand."""

    def __init__(self):
        self.now = NOON
        self.ledger = MemoryLedger()
        ids = count(1)
        self.register = ConsentRegister(
            CATALOGUE,
            self.ledger,
            clock=lambda: self.now,
            new_id=lambda: f"grant-{next(ids)}",
        )

    def connect(self):
        """Connect the school."""
        return self.register.connect(school=SCHOOL, mis="arbor", adapter=MIS)

    def shown(self):
        """Connect, publish and present."""
        self.connect()
        self.register.publish(REQUEST)
        return self.present()

    def present(self):
        """Present what there is to decide."""
        return self.register.present(school=SCHOOL, app=APP)

    def granted(self, **choice):
        """Connect, publish, present and authorise."""
        return self.register.authorise(self.shown(), actor=DANA, **choice)

    def events(self):
        """Return the names of the school's events, in order."""
        events = self.ledger.read(school_stream(SCHOOL))
        return [type(event).__name__ for event in events]

    def consent(self):
        """Return what the school decided on the app."""
        return self.register.state(SCHOOL).consent(APP)


@pytest.fixture
def scene():
    """Return a scene in which nothing has happened."""
    return Scene()


def test_connecting_reads_only_the_public_resource(scene):
    """To verify a connection only public fields of the public resource are asked for."""
    asked = []

    class Watched(RecordsAdapter):
        def fetch(self, wanted):
            asked.append((wanted.resource.name, set(wanted.fields)))
            return super().fetch(wanted)

    mis = Watched({"school": [{"urn": SCHOOL, "name": "Example School"}]})
    scene.register.connect(school=SCHOOL, mis="arbor", adapter=mis)

    ((resource, fields),) = asked
    assert resource == "school"
    assert fields <= CATALOGUE.public_fields.keys()


def test_a_connection_is_recorded_with_the_name_the_mis_gave(scene):
    """The connection keeps the school's name and what the account may do."""
    scene.register.connect(
        school=SCHOOL, mis="bromcom", adapter=MIS, permissions=["Schools"]
    )

    found = scene.register.state(SCHOOL).connection
    assert (found.name, found.mis, found.verified_at) == (
        "Example School",
        "bromcom",
        NOON,
    )
    assert found.permissions == {"Schools"}


@pytest.mark.parametrize(
    "mis",
    [
        RecordsAdapter({"school": [{"urn": "100002"}]}),
        RecordsAdapter({"school": [{"urn": SCHOOL}]}, school="100002"),
        RecordsAdapter({"school": [{"urn": SCHOOL}, {"urn": "100002"}]}),
    ],
)
def test_an_mis_of_another_school_is_not_connected(scene, mis):
    """An MIS that names another school connects nothing, and nothing is recorded."""
    with pytest.raises(WrongSchoolError):
        scene.register.connect(school=SCHOOL, mis="arbor", adapter=mis)

    assert scene.events() == []


@pytest.mark.parametrize(
    "records", [[], [{}], [{"urn": None}], [{"urn": [SCHOOL]}], [7]]
)
def test_an_mis_that_does_not_say_whose_it_is_is_not_connected(scene, records):
    """Without a readable key of the public record nothing is connected."""
    with pytest.raises(UnverifiedSchoolError, match=r"gave no `school\.urn`"):
        scene.register.connect(
            school=SCHOOL, mis="arbor", adapter=RecordsAdapter({"school": records})
        )


def test_a_catalogue_without_a_public_resource_connects_nothing():
    """Where no public scope holds a key there is nothing to verify a school by."""
    table = {
        "id": "x",
        "version": "1",
        "resource": {"r": {"key": "k", "field": {"k": {}}}},
    }
    register = ConsentRegister(Catalogue.from_dict(table), MemoryLedger())

    with pytest.raises(UnverifiedSchoolError, match="no public resource"):
        register.connect(school=SCHOOL, mis="arbor", adapter=MIS)


def test_publishing_counts_versions_and_repeats_none(scene):
    """Each changed request gets the next version; the same again changes nothing."""
    other = AccessRequest(APP, "Another purpose", {"students.basic"})

    versions = [
        scene.register.publish(r).version for r in (REQUEST, REQUEST, other, REQUEST)
    ]

    assert versions == [1, 1, 2, 3]
    assert scene.ledger.position(app_stream(APP)) == 3


def test_a_faulty_request_is_not_published(scene):
    """All faults of a request come together, each with its place."""
    faulty = AccessRequest(
        purpose=" ",
        required={"students.bas", "students.emails"},
        optional={"students.basic"},
    )

    with pytest.raises(InvalidRequestError) as caught:
        scene.register.publish(faulty)

    assert [str(fault) for fault in caught.value.faults] == [
        "app: is missing; name the app that asks",
        "purpose: is missing; tell the school what the app does",
        "required: names the unknown scope `students.bas`; did you mean"
        " `students.basic`, `students.dates`, `students.pan`?",
        "optional: offers `students.basic`, which a required scope already brings along"
        "; leave it out, or ask for less as required",
    ]


def test_a_presentation_shows_all_with_no_box_ticked(scene):
    """Required and optional scopes come with every field, titled, before the decision."""
    shown = scene.shown()

    assert [scope.key for scope in shown.required] == ["students.basic"]
    assert [scope.key for scope in shown.optional] == [
        "students.dob",
        "students.emails",
    ]
    assert shown.optional[0].reason == "Birthday reminders"
    assert {field.path for field in shown.optional[0].fields} == set(
        CATALOGUE.fields_of(["students.dob"])
    )


def test_a_presentation_is_recorded_once_for_each_digest(scene):
    """Looking again at the same page records nothing more."""
    shown = scene.shown()

    again = scene.register.present(school=SCHOOL, app=APP)

    assert again == shown
    assert scene.events() == ["Connected", "Presented"]


def test_nothing_is_presented_without_a_connection(scene):
    """A working MIS connection is needed first."""
    scene.register.publish(REQUEST)

    with pytest.raises(NotConnectedError, match="connect it first"):
        scene.register.present(school=SCHOOL, app=APP)


def test_nothing_is_presented_that_was_not_published(scene):
    """An app that published nothing has nothing to show."""
    scene.connect()

    with pytest.raises(NotPublishedError, match="asks for nothing"):
        scene.register.present(school=SCHOOL, app=APP)


def test_leaving_every_box_empty_still_authorises(scene):
    """Without a tick the required scopes are authorised, and the empty boxes recorded."""
    grant = scene.register.authorise(scene.shown(), actor=DANA)

    assert (grant.ticked, grant.unticked) == (
        set(),
        {"students.emails", "students.dob"},
    )
    assert grant.fields == CATALOGUE.fields_of(["students.basic"]).keys()
    assert scene.consent().status is RequestStatus.AUTHORISED


def test_a_grant_keeps_all_a_decision_needs(scene):
    """A grant names what was shown, what was ticked, who decided, when and on what."""
    shown = scene.shown()

    grant = scene.register.authorise(
        shown,
        optional={"students.emails"},
        actor=DANA,
        subjects=Subjects.everyone_except(student=[7]),
        expires_at=NOON + timedelta(days=1),
        method="the consent page",
    )

    assert (grant.id, grant.revision, grant.school, grant.app) == (
        "grant-1",
        1,
        SCHOOL,
        APP,
    )
    assert grant.scopes == ("students.basic", "students.emails")
    assert grant.request_version == 1
    assert (grant.catalogue, grant.catalogue_version) == ("assembly", CATALOGUE.version)
    (decision,) = grant.decisions
    assert decision == Decision(
        actor=DANA,
        method="the consent page",
        at=NOON,
        presentation=shown.digest,
        ticked={"students.emails"},
        unticked={"students.dob"},
        terms=REQUEST.terms,
    )
    assert grant.expires_at == NOON + timedelta(days=1)
    assert grant.subjects == Subjects.everyone_except(student=[7])
    assert scene.consent().current == grant


def test_one_scope_may_be_ticked_as_text(scene):
    """A single tick need not be wrapped in a set."""
    grant = scene.register.authorise(scene.shown(), optional="students.dob", actor=DANA)

    assert grant.ticked == {"students.dob"}


def test_a_tick_that_was_not_offered_is_refused(scene):
    """A tick for another scope is refused, and the sentence says what is offered."""
    shown = scene.shown()

    with pytest.raises(NotOfferedError) as caught:
        scene.register.authorise(shown, optional={"students.upn"}, actor=DANA)

    assert str(caught.value) == (
        "app `gradebook` at school `100001`: `students.upn` was ticked but is not offered"
        " as optional; the optional scopes are `students.dob`, `students.emails`"
    )
    assert scene.events() == ["Connected", "Presented"]


def test_a_stale_page_is_refused_and_the_current_one_comes_with_it(scene):
    """What was decided on must be what is current, for both decisions."""
    old = scene.shown()
    scene.register.publish(AccessRequest(APP, "Record marks", {"students.basic"}))

    with pytest.raises(StalePresentationError) as caught:
        scene.register.authorise(old, actor=DANA)
    with pytest.raises(StalePresentationError):
        scene.register.decline(old, actor=DANA)

    assert caught.value.current == scene.register.present(school=SCHOOL, app=APP)


def test_a_presentation_that_was_altered_is_refused(scene):
    """Whoever alters what was shown cannot decide on it."""
    altered = evolve(scene.shown(), purpose="Something else")

    with pytest.raises(StalePresentationError):
        scene.register.authorise(altered, actor=DANA)


def test_an_expiry_without_a_zone_is_refused(scene):
    """Expiry is an instant, not a wall clock's reading."""
    with pytest.raises(ValueError, match="aware"):
        scene.register.authorise(
            scene.shown(),
            actor=DANA,
            expires_at=datetime(2027, 8, 31),  # noqa: DTZ001 - the point of the test
        )


def test_authorising_what_was_authorised_is_refused(scene):
    """The same page decides once; the second time what is current comes back."""
    shown = scene.shown()
    scene.register.authorise(shown, actor=DANA)

    with pytest.raises(StalePresentationError) as caught:
        scene.register.authorise(shown, actor=SAM)

    assert caught.value.current.asking is Asking.AMENDMENT


def test_authorising_more_makes_the_next_revision(scene):
    """A decision on a new request supersedes the grant and keeps its id."""
    first = scene.register.authorise(scene.shown(), actor=DANA)
    scene.register.publish(MORE)
    second = scene.register.authorise(scene.present(), actor=SAM)

    assert (second.id, second.revision) == (first.id, 2)
    assert [r.status for r in scene.consent().revisions] == [
        GrantStatus.SUPERSEDED,
        GrantStatus.AUTHORISED,
    ]


def test_declining_is_recorded_and_changes_no_grant(scene):
    """A declined request leaves what was authorised before as it was."""
    grant = scene.register.authorise(scene.shown(), actor=DANA)
    scene.register.publish(MORE)

    scene.register.decline(scene.present(), actor=SAM, reason="too much")

    assert scene.consent().status is RequestStatus.DECLINED
    assert scene.consent().current == grant


def test_revoking_ends_the_grant_for_good(scene):
    """A revoked grant says when and by whom, and a new decision makes a new grant."""
    scene.register.authorise(scene.shown(), actor=DANA)
    scene.now += timedelta(hours=1)
    scene.register.revoke(school=SCHOOL, app=APP, actor=SAM, reason="contract over")

    (ended,) = scene.consent().revisions
    assert (ended.status, ended.ended_at, ended.ended_by) == (
        GrantStatus.REVOKED,
        scene.now,
        SAM,
    )
    again = scene.register.authorise(scene.shown(), actor=DANA)
    assert again.id not in (ended.grant.id, None)
    assert (again.revision, scene.consent().revisions[0]) == (1, ended)


def test_there_must_be_something_to_revoke(scene):
    """Revoking twice, or before anything was authorised, is refused."""
    with pytest.raises(NoGrantError, match="no authorised grant"):
        scene.register.revoke(school=SCHOOL, app=APP, actor=DANA)


def test_a_scope_that_left_the_catalogue_cannot_be_shown(scene):
    """A published request that the catalogue no longer covers is not presented."""
    scene.shown()
    table = CATALOGUE.to_dict()
    table["scope"] = {k: v for k, v in table["scope"].items() if k != "students.dob"}
    later = ConsentRegister(Catalogue.from_dict(table), scene.ledger)

    with pytest.raises(UnknownScopeError):
        later.present(school=SCHOOL, app=APP)


def test_deciding_on_what_was_not_yet_recorded_as_shown_records_it_too(scene):
    """The evidence of what was shown never lags behind the decision."""
    shown = scene.shown()
    elsewhere = Scene()
    elsewhere.connect()
    elsewhere.register.publish(REQUEST)

    elsewhere.register.authorise(shown, actor=DANA)

    kinds = [type(e) for e in elsewhere.ledger.read(school_stream(SCHOOL))]
    assert kinds == [Connected, Presented, Authorised]


class Overtaken(MemoryLedger):
    """A ledger in which somebody else writes just before the first decisions do."""

    def __init__(self, times):
        super().__init__()
        self.times = times

    def append(self, stream, events, expected):
        """Append, but let another writer go first as often as was said."""
        if self.times and isinstance(events[0], Authorised):
            self.times -= 1
            others = super().read(stream)[:1]
            super().append(stream, others, expected)
        return super().append(stream, events, expected)


def test_a_decision_that_was_overtaken_is_taken_anew(scene):
    """A stale writer reads again and decides on the state as it is then."""
    scene.ledger = Overtaken(times=3)
    scene.register = ConsentRegister(CATALOGUE, scene.ledger, clock=lambda: NOON)

    grant = scene.register.authorise(scene.shown(), actor=DANA)

    assert scene.events() == [
        "Connected",
        "Presented",
        *["Connected"] * 3,
        "Authorised",
    ]
    assert scene.consent().current == grant


def test_of_many_threads_that_decide_the_same_one_wins(scene):
    """Eight threads that decide on one page make one grant; seven are told."""
    shown = scene.shown()

    def decide(_):
        try:
            return scene.register.authorise(shown, actor=DANA)
        except StalePresentationError:
            return None

    with ThreadPoolExecutor(8) as pool:
        grants = [grant for grant in pool.map(decide, range(8)) if grant]

    assert grants == [scene.consent().current]
    assert scene.events().count("Authorised") == 1


def test_a_ledger_refuses_a_stale_writer(scene):
    """What was decided on an old state is not written."""
    scene.connect()
    (event,) = scene.ledger.read(school_stream(SCHOOL))

    with pytest.raises(StaleWriteError, match="read it again"):
        scene.ledger.append(school_stream(SCHOOL), [event], 0)


def test_an_actor_has_a_name():
    """A decision by nobody is no decision."""
    with pytest.raises(ValueError, match="an actor has a name"):
        Actor(" ")


# Amending


def test_unticking_stops_at_once_and_keeps_the_rest(scene):
    """A school that unticks a scope keeps exactly the fields of the others."""
    before = scene.granted(optional={"students.emails", "students.dob"})

    after = scene.register.amend(
        scene.present(), actor=SAM, optional={"students.emails"}
    )

    dob = CATALOGUE.fields_of(["students.dob"]).keys()
    assert after.fields == before.fields - (
        dob - CATALOGUE.fields_of(["students.basic"]).keys()
    )
    assert (after.id, after.revision, after.ticked) == (
        before.id,
        2,
        {"students.emails"},
    )
    assert scene.consent().current == after


def test_ticking_later_brings_what_was_shown(scene):
    """A scope left empty may be ticked later, by a decision on what is shown then."""
    scene.granted()

    after = scene.register.amend(scene.present(), actor=SAM, optional={"students.dob"})

    assert (
        after.fields == CATALOGUE.fields_of(["students.basic", "students.dob"]).keys()
    )
    assert after.decision.actor == SAM


def test_an_amendment_leaves_people_and_expiry_unless_told(scene):
    """Who is covered and until when stays as it was if nothing is said of it."""
    people, until = Subjects.everyone_except(student=[7]), NOON + timedelta(days=9)
    scene.granted(subjects=people, expires_at=until)

    same = scene.register.amend(scene.present(), actor=SAM)
    other = scene.register.amend(
        scene.present(), actor=SAM, subjects=Subjects.only(student=[1])
    )

    assert (same.subjects, same.expires_at) == (people, until)
    assert (other.subjects, other.expires_at) == (Subjects.only(student=[1]), until)


def test_a_request_is_no_amendment(scene):
    """To amend, the grant must have been shown, not a request."""
    shown = scene.shown()
    with pytest.raises(NoGrantError, match="to amend"):
        scene.register.amend(shown, actor=DANA)

    scene.register.authorise(shown, actor=DANA)
    with pytest.raises(NoGrantError, match="to amend"):
        scene.register.amend(shown, actor=DANA)


def test_a_grant_that_was_shown_is_not_authorised(scene):
    """What is shown of a grant is amended, which leaves the people covered alone."""
    scene.granted(subjects=Subjects.only(student=[1]))

    with pytest.raises(NotAwaitingError, match="change that with `amend`"):
        scene.register.authorise(scene.present(), actor=DANA)


def test_a_stale_amendment_is_refused(scene):
    """Two people who amend on the same page do not undo each other."""
    scene.granted(optional={"students.emails"})
    shown = scene.present()
    scene.register.amend(shown, actor=DANA)

    with pytest.raises(StalePresentationError):
        scene.register.amend(shown, actor=SAM, optional={"students.dob"})


def test_a_grant_may_be_amended_while_the_app_asks_for_more(scene):
    """A pending request for more keeps nobody from taking something back."""
    scene.granted(optional={"students.emails"})
    scene.register.publish(MORE)
    assert scene.present().is_additional

    shown = scene.register.present_grant(school=SCHOOL, app=APP)
    after = scene.register.amend(shown, actor=DANA)

    assert after.fields == CATALOGUE.fields_of(["students.basic"]).keys()
    assert scene.consent().status is RequestStatus.AWAITING_AUTHORISATION


def test_a_grant_of_another_catalogue_is_authorised_anew(scene):
    """What was decided on another catalogue cannot be amended on this one."""
    scene.granted()
    other = evolve(CATALOGUE, id="other")

    with pytest.raises(DecisionError, match="another catalogue"):
        ConsentRegister(other, scene.ledger, clock=lambda: NOON).present_grant(
            school=SCHOOL, app=APP
        )


def test_a_new_request_marks_what_is_new_and_what_is_dropped(scene):
    """Against the present grant each scope and field is new or authorised, or dropped."""
    scene.granted(optional={"students.emails"})
    scene.register.publish(
        evolve(
            REQUEST,
            required={"students.gender"},
            optional={"students.emails"},
            reasons={},
        )
    )

    shown = scene.present()

    marks = {scope.key: scope.mark for scope in (*shown.required, *shown.optional)}
    assert marks == {
        "students.gender": Mark.NEW,
        "students.emails": Mark.AUTHORISED,
    }
    gone = CATALOGUE.fields_of(["students.basic"]).keys()
    offered = {f.path for s in (*shown.required, *shown.optional) for f in s.fields}
    assert {field.path for field in shown.dropped} == gone - offered
    assert shown.grant.revision == 1


# The app's moves, and what time ends


def test_an_app_may_give_its_grant_back(scene):
    """A relinquished grant has ended, and says that the app did it."""
    scene.granted()

    scene.register.relinquish(school=SCHOOL, app=APP, actor=Actor("Vendor"))

    (ended,) = scene.consent().revisions
    assert (ended.status, ended.ended_by) == (
        GrantStatus.RELINQUISHED,
        Actor("Vendor"),
    )
    with pytest.raises(NoGrantError, match="to relinquish"):
        scene.register.relinquish(school=SCHOOL, app=APP, actor=Actor("Vendor"))


def test_a_cancelled_request_cannot_be_authorised(scene):
    """What the app took back nobody can decide on, and grants go on unchanged."""
    grant = scene.granted()
    scene.register.publish(MORE)
    shown = scene.present()

    scene.register.cancel(app=APP, actor=Actor("Vendor"))

    for decide in (scene.register.authorise, scene.register.decline):
        with pytest.raises(NotPublishedError, match="asks for nothing"):
            decide(shown, actor=DANA)
    assert scene.consent().current == grant
    assert (
        scene.consent().status_at(NOON, scene.register.published(APP))
        is RequestStatus.CANCELLED
    )


def test_cancelling_is_settled_and_publishing_starts_anew(scene):
    """That a request was cancelled is recorded at the school; the next counts on."""
    scene.shown()
    scene.register.cancel(app=APP, actor=Actor("Vendor"))

    scene.register.settle(SCHOOL)
    again = scene.register.publish(REQUEST)

    assert scene.consent().status is RequestStatus.CANCELLED
    assert again.version == 2
    with pytest.raises(NotPublishedError):
        scene.register.cancel(app="unknown", actor=Actor("Vendor"))


def test_a_request_that_is_not_decided_in_time_lapses(scene):
    """After the time to decide, nobody can; shown again there is time again."""
    scene.register = ConsentRegister(
        CATALOGUE,
        scene.ledger,
        clock=lambda: scene.now,
        decide_within=timedelta(days=30),
    )
    shown = scene.shown()
    scene.now += timedelta(days=30)

    with pytest.raises(NotAwaitingError, match="`lapsed`; present it again") as caught:
        scene.register.authorise(shown, actor=DANA)
    assert caught.value.status == "lapsed"

    again = scene.present()
    assert scene.events()[-2:] == ["Lapsed", "Presented"]
    assert scene.register.authorise(again, actor=DANA).revision == 1


def test_an_expired_grant_is_settled_and_cannot_be_amended(scene):
    """That a grant expired is recorded once, and it can be neither amended nor revoked."""
    scene.granted(expires_at=NOON + timedelta(hours=1))
    shown = scene.present()
    scene.now += timedelta(hours=1)

    with pytest.raises(NoGrantError):
        scene.register.amend(shown, actor=DANA)
    with pytest.raises(NoGrantError):
        scene.register.revoke(school=SCHOOL, app=APP, actor=DANA)
    kinds = [type(e).__name__ for e in scene.register.settle(SCHOOL)]

    assert (kinds, scene.register.settle(SCHOOL)) == (["Expired"], ())
    assert scene.consent().revisions[0].status is GrantStatus.EXPIRED


@pytest.mark.parametrize("minutes", [0, -5])
def test_a_grant_ends_after_it_begins(scene, minutes):
    """An expiry that is over already is refused, and nothing is recorded."""
    shown = scene.shown()

    with pytest.raises(PastExpiryError, match="later instant"):
        scene.register.authorise(
            shown, actor=DANA, expires_at=NOON + timedelta(minutes=minutes)
        )

    assert scene.events() == ["Connected", "Presented"]


def test_what_was_declined_must_be_shown_again(scene):
    """A declined page decides nothing more; presented again, it waits again."""
    shown = scene.shown()
    scene.register.decline(shown, actor=DANA)

    for decide in (scene.register.authorise, scene.register.decline):
        with pytest.raises(NotAwaitingError, match="`declined`"):
            decide(shown, actor=SAM)

    assert scene.register.authorise(scene.present(), actor=SAM).revision == 1


def test_fields_whose_meaning_changed_stop_for_good(scene):
    """Once settled, a field stays withheld even if the catalogue takes it back."""
    scene.granted()
    bumped = policy_bump("students.basic", "student.first_name")
    later = ConsentRegister(bumped, scene.ledger, clock=lambda: NOON)

    (event,) = later.settle(SCHOOL)

    assert event.fields == ("student.first_name",)
    assert later.settle(SCHOOL) == ()
    latest = scene.consent().latest
    assert (latest.status, latest.stopped) == (
        GrantStatus.AUTHORISED,
        {"student.first_name"},
    )


def test_a_grant_of_which_nothing_is_left_is_invalidated(scene):
    """When every field has changed its meaning, the revision has ended."""
    grant = scene.granted()
    bumped = policy_bump("students.basic", *grant.fields)

    ConsentRegister(bumped, scene.ledger, clock=lambda: NOON).settle(SCHOOL)

    assert scene.consent().latest.status is GrantStatus.INVALIDATED


def test_another_catalogue_invalidates_nothing(scene):
    """A register opened with the wrong catalogue does not end what it cannot judge."""
    scene.granted()
    other = evolve(policy_bump("students.basic", "student.first_name"), id="other")

    assert ConsentRegister(other, scene.ledger).settle(SCHOOL) == ()


def policy_bump(_, *paths):
    """Return the catalogue with new meanings for *paths*."""
    table = CATALOGUE.to_dict()
    table["policy_version"] = 2
    for path in paths:
        resource, _, local = path.partition(".")
        table["resource"][resource]["field"][local]["policy_version"] = 2
    return Catalogue.from_dict(table)


# The school's connection


def test_disconnecting_is_recorded(scene):
    """After disconnecting there is no connection, and nothing to disconnect."""
    scene.granted()

    scene.register.disconnect(school=SCHOOL, actor=DANA, reason="new MIS")

    assert scene.register.state(SCHOOL).connection is None
    with pytest.raises(NotConnectedError):
        scene.register.disconnect(school=SCHOOL, actor=DANA)
    with pytest.raises(NotConnectedError):
        scene.register.present_grant(school=SCHOOL, app=APP)


def test_changed_permissions_are_recorded_once(scene):
    """What the MIS account may do is kept; the same again records nothing."""
    with pytest.raises(NotConnectedError):
        scene.register.change_permissions(school=SCHOOL, permissions=["Students"])
    scene.connect()

    for permissions in (["Students"], "Students", None):
        scene.register.change_permissions(school=SCHOOL, permissions=permissions)

    assert scene.events()[1:] == ["PermissionsChanged"] * 2
    assert scene.register.state(SCHOOL).connection.permissions is None


# Two people


@pytest.fixture
def pair(scene):
    """Return a scene whose school wants two people for anything personal."""
    scene.connect()
    rule = TwoPersonRule(Sensitivity.PERSONAL, days=7)
    scene.register.require_two_people(rule, school=SCHOOL, actor=DANA)
    return scene


def test_the_first_of_two_lets_nothing_flow(pair):
    """One person's yes waits for another's, and is no grant."""
    shown = pair.shown()

    proposal = pair.register.authorise(shown, actor=DANA, optional={"students.dob"})

    assert isinstance(proposal, Proposal)
    assert proposal.lapses_at == NOON + timedelta(days=7)
    assert pair.consent().current is None
    assert pair.consent().status is RequestStatus.AWAITING_FURTHER_AUTHORISATION


def test_the_second_person_completes_it(pair):
    """The grant rests on both decisions, and only on the same choice."""
    shown = pair.shown()
    pair.register.authorise(shown, actor=DANA, optional={"students.dob"})

    with pytest.raises(SecondPersonError, match="chose other ticks"):
        pair.register.authorise(shown, actor=SAM)
    grant = pair.register.authorise(shown, actor=SAM, optional={"students.dob"})

    assert [decision.actor for decision in grant.decisions] == [DANA, SAM]
    assert {decision.presentation for decision in grant.decisions} == {shown.digest}
    assert pair.consent().current == grant


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (DANA, DANA),
        (DANA, Actor("Dana  Head", role="Governor")),
        (Actor("Dana Head", id="7"), Actor("D. Head", id="7")),
        (Actor("Dana Head", id="7"), DANA),
    ],
)
def test_the_same_person_counts_once(pair, one, two):
    """Whoever cannot be told from the first person is no second one."""
    shown = pair.shown()
    pair.register.authorise(shown, actor=one)

    with pytest.raises(SecondPersonError, match="a second person must"):
        pair.register.authorise(shown, actor=two)

    assert pair.consent().current is None


def test_people_of_one_name_are_told_apart_by_their_ids(pair):
    """Two people of the same name are two where both have an id."""
    shown = pair.shown()
    pair.register.authorise(shown, actor=Actor("Sam Lee", id="1"))

    assert pair.register.authorise(shown, actor=Actor("Sam Lee", id="2")).revision == 1


def test_one_decline_ends_what_was_proposed(pair):
    """After a decline the first person's yes counts no more."""
    shown = pair.shown()
    pair.register.authorise(shown, actor=DANA)
    pair.register.decline(shown, actor=SAM)

    again = pair.register.authorise(pair.present(), actor=SAM)

    assert isinstance(again, Proposal)


def test_the_second_person_must_be_in_time(pair):
    """At the deadline the request has lapsed; shown again, the next is a first one."""
    shown = pair.shown()
    pair.register.authorise(shown, actor=DANA)
    pair.now += timedelta(days=7)

    with pytest.raises(NotAwaitingError, match="`lapsed`"):
        pair.register.authorise(shown, actor=SAM)
    again = pair.register.authorise(pair.present(), actor=SAM)

    assert isinstance(again, Proposal)
    assert again.decision.actor == SAM


def test_one_person_revokes_and_narrows(pair):
    """Taking back needs no second person; giving more does."""
    shown = pair.shown()
    for actor in (DANA, SAM):
        pair.register.authorise(shown, actor=actor, optional={"students.dob"})

    less = pair.register.amend(pair.present(), actor=DANA)
    more = pair.register.amend(pair.present(), actor=DANA, optional={"students.emails"})
    pair.register.revoke(school=SCHOOL, app=APP, actor=DANA)

    assert (less.revision, type(more)) == (2, Proposal)
    assert pair.consent().current is None


def test_an_amendment_that_widens_waits_for_the_second(pair):
    """The second person completes an amendment as they do a request; a no ends it."""
    shown = pair.shown()
    for actor in (DANA, SAM):
        grant = pair.register.authorise(shown, actor=actor)
    page = pair.present()

    pair.register.amend(page, actor=DANA, optional={"students.dob"})
    assert pair.consent().current == grant
    pair.register.decline(page, actor=SAM)
    assert pair.consent().proposal is None
    with pytest.raises(NotAwaitingError, match="nothing to decline"):
        pair.register.decline(page, actor=SAM)
    for actor in (DANA, SAM):
        wider = pair.register.amend(page, actor=actor, optional={"students.dob"})

    assert (wider.revision, wider.ticked) == (2, {"students.dob"})


def test_a_proposal_to_amend_lapses(pair):
    """A proposal whose time is over is settled as lapsed, and the grant goes on."""
    shown = pair.shown()
    for actor in (DANA, SAM):
        grant = pair.register.authorise(shown, actor=actor)
    pair.register.amend(pair.present(), actor=DANA, optional={"students.dob"})
    pair.now += timedelta(days=7)

    kinds = [type(e).__name__ for e in pair.register.settle(SCHOOL)]

    assert kinds == ["Lapsed"]
    assert (pair.consent().proposal, pair.consent().current) == (None, grant)


def test_what_is_not_sensitive_enough_needs_one_person(scene):
    """The rule speaks of fields from its sensitivity on, and of no others."""
    scene.connect()
    rule = TwoPersonRule(Sensitivity.SPECIAL)
    scene.register.require_two_people(rule, school=SCHOOL, actor=DANA)

    assert scene.register.authorise(scene.shown(), actor=DANA).revision == 1


def test_a_new_rule_makes_the_page_stale(scene):
    """A page that did not say that two must decide decides nothing any more."""
    shown = scene.shown()
    scene.register.require_two_people(TwoPersonRule(), school=SCHOOL, actor=DANA)

    with pytest.raises(StalePresentationError) as caught:
        scene.register.authorise(shown, actor=DANA)

    assert caught.value.current.two_people is Sensitivity.SPECIAL


def test_a_rule_gives_at_least_a_day():
    """A second person without time is refused."""
    with pytest.raises(ValueError, match="at least one day"):
        TwoPersonRule(days=0)


# Authority


def test_who_has_no_authority_decides_nothing(scene):
    """An actor without authority at that school and instant leaves no event."""
    asked = []

    def authority(actor, school, at):
        asked.append((actor.name, school, at))
        return actor == DANA

    scene.register = ConsentRegister(
        CATALOGUE, scene.ledger, clock=lambda: NOON, authority=authority
    )
    shown = scene.shown()
    for decide in (
        lambda: scene.register.authorise(shown, actor=SAM),
        lambda: scene.register.decline(shown, actor=SAM),
        lambda: scene.register.revoke(school=SCHOOL, app=APP, actor=SAM),
        lambda: scene.register.disconnect(school=SCHOOL, actor=SAM),
    ):
        with pytest.raises((NoAuthorityError, NoGrantError), match="no auth"):
            decide()

    assert scene.events() == ["Connected", "Presented"]
    assert asked[0] == ("Sam Deputy", SCHOOL, NOON)
    assert scene.register.authorise(shown, actor=DANA).revision == 1
