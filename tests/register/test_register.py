"""Decisions: what may be decided, what is recorded, and what is refused."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from attrs import evolve

from scopegate import AccessRequest, Actor, Catalogue, ConsentRegister, Subjects
from scopegate.adapters.records import RecordsAdapter
from scopegate.consent.decision import Decision
from scopegate.consent.events import Authorised, Connected, Declined, Presented, Revoked
from scopegate.consent.lifecycle import GrantStatus, RequestStatus
from scopegate.consent.presentation import DecisionKind
from scopegate.errors import (
    InvalidRequestError,
    NoAuthorityError,
    NoGrantError,
    NotConnectedError,
    NotOfferedError,
    NotPublishedError,
    StalePresentationError,
    StaleWriteError,
    UnknownResourceError,
    UnknownScopeError,
    UnverifiedSchoolError,
    WrongSchoolError,
)
from scopegate.ledgers.base import app_stream, school_stream
from scopegate.ledgers.memory import MemoryLedger
from scopegate.testing.permits import NOON

from ..deciding import APP, CATALOGUE, DANA, MIS, MORE, REQUEST, SAM, SCHOOL, Scene


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


def test_connecting_warns_of_a_slip_in_the_name_of_the_mis(scene, caplog):
    """Where only a similar name has a table of permissions, the log names both."""
    for mis in ("Bromcom", "Scholar", "Bromcom Cloud"):
        scene.register.connect(school=SCHOOL, mis=mis, adapter=MIS)

    warned = [r.getMessage() for r in caplog.records if r.levelname == "WARNING"]
    assert warned == [
        "`100001`: no permission table for `Bromcom Cloud`; is it `bromcom`? What the"
        " MIS account may do is not checked"
    ]


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

    again = scene.register.ask(school=SCHOOL, app=APP)

    assert again == shown
    assert scene.events() == ["Connected", "Presented"]


def test_nothing_is_presented_without_a_connection(scene):
    """A working MIS connection is needed first."""
    scene.register.publish(REQUEST)

    with pytest.raises(NotConnectedError, match="connect it first"):
        scene.register.ask(school=SCHOOL, app=APP)


def test_nothing_is_presented_that_was_not_published(scene):
    """An app that published nothing has nothing to show."""
    scene.connect()

    with pytest.raises(NotPublishedError, match="asks for nothing"):
        scene.register.ask(school=SCHOOL, app=APP)


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

    assert caught.value.current == scene.register.ask(school=SCHOOL, app=APP)


def test_a_presentation_that_was_altered_is_refused(scene):
    """A presentation that was altered cannot be decided on."""
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

    assert caught.value.current.asking is DecisionKind.AMENDMENT


def test_authorising_more_makes_the_next_revision(scene):
    """A decision on a new request supersedes the grant and keeps its id."""
    first = scene.register.authorise(scene.shown(), actor=DANA)
    scene.register.publish(MORE)
    second = scene.register.authorise(scene.ask(), actor=SAM)

    assert (second.id, second.revision) == (first.id, 2)
    assert [r.status for r in scene.consent().revisions] == [
        GrantStatus.SUPERSEDED,
        GrantStatus.AUTHORISED,
    ]


def test_declining_is_recorded_and_changes_no_grant(scene):
    """A declined request leaves what was authorised before as it was."""
    grant = scene.register.authorise(scene.shown(), actor=DANA)
    scene.register.publish(MORE)

    scene.register.decline(scene.ask(), actor=SAM, reason="too much")

    assert scene.consent().status is RequestStatus.DECLINED
    assert scene.consent().current == grant


def test_revoking_ends_the_grant_for_good(scene):
    """A revoked grant says when and by whom, and a new decision makes a new grant."""
    scene.register.authorise(scene.shown(), actor=DANA)
    scene.clock.go_on(timedelta(hours=1))
    scene.register.revoke(school=SCHOOL, app=APP, actor=SAM, reason="contract over")

    (ended,) = scene.consent().revisions
    assert (ended.status, ended.ended_at, ended.ended_by) == (
        GrantStatus.REVOKED,
        scene.clock(),
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
        later.ask(school=SCHOOL, app=APP)


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

    def append(self, stream, events, expected, **more):
        """Append, but let another writer go first as often as was said."""
        if self.times and isinstance(events[0], Authorised):
            self.times -= 1
            others = super().read(stream)[:1]
            super().append(stream, others, expected)
        return super().append(stream, events, expected, **more)


def test_a_decision_that_was_overtaken_is_taken_anew(scene):
    """A stale writer reads again and decides on the state as it is then."""
    scene.ledger = Overtaken(times=3)
    scene.register = scene.on()

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
    """A decision by no one is not a decision."""
    with pytest.raises(ValueError, match="an actor has a name"):
        Actor(" ")


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


def test_who_has_no_authority_decides_nothing(scene):
    """An actor without authority at that school and instant leaves no event."""
    asked = []

    def authority(actor, school, at):
        asked.append((actor.name, school, at))
        return actor == DANA

    scene.register = scene.on(authority=authority)
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


@pytest.mark.parametrize("people", [Subjects.everyone_except, Subjects.only])
def test_people_of_an_unknown_kind_are_refused(scene, people):
    """A list of people that no record could name would leave no one out."""
    shown = scene.shown()

    with pytest.raises(UnknownResourceError, match="did you mean `student`") as caught:
        scene.register.authorise(shown, actor=DANA, subjects=people(students=[7]))

    assert caught.value.name == "students"
    assert scene.events() == ["Connected", "Presented"]


def test_who_has_no_authority_neither_amends_nor_revokes(scene):
    """A grant stays as it is, and nothing is recorded, even if others may decide."""
    grant = scene.granted()
    page = scene.ask()
    scene.register = scene.on(authority=lambda actor, _school, _at: actor == DANA)
    before = scene.events()

    with pytest.raises(NoAuthorityError):
        scene.register.amend(page, actor=SAM)
    with pytest.raises(NoAuthorityError):
        scene.register.revoke(school=SCHOOL, app=APP, actor=SAM)

    assert (scene.consent().current, scene.events()) == (grant, before)


def test_a_no_is_recorded_with_all_its_evidence(scene):
    """Anyone who declines leaves every box empty, and says how and why."""
    shown = scene.shown()

    scene.register.decline(shown, actor=SAM, reason="too much", method="by letter")

    *_, event = scene.ledger.read(school_stream(SCHOOL))
    decided = Decision(
        SAM, "by letter", NOON, shown.digest, (), shown.offered, shown.terms
    )
    assert event == Declined(APP, decided, "too much", NOON)


def test_a_revocation_is_recorded_with_all_its_evidence(scene):
    """Anyone who revokes is on record, with how and why."""
    grant = scene.granted()

    scene.register.revoke(
        school=SCHOOL, app=APP, actor=SAM, reason="contract over", method="by letter"
    )

    *_, event = scene.ledger.read(school_stream(SCHOOL))
    assert event == Revoked(APP, grant.id, 1, SAM, "by letter", "contract over", NOON)


def test_what_is_unknown_already_is_not_recorded_again(scene):
    """That no one knows what the MIS account may do is recorded once."""
    scene.connect()

    scene.register.change_permissions(school=SCHOOL, permissions=None)

    assert scene.events() == ["Connected"]


def test_an_account_that_may_do_nothing_is_not_unknown(scene):
    """No permissions at all are known permissions, and nothing that needs one flows."""
    scene.connect()

    scene.register.change_permissions(school=SCHOOL, permissions=[])

    assert scene.register.state(SCHOOL).connection.permissions == frozenset()


def test_declining_what_was_not_yet_recorded_as_shown_records_it_too(scene):
    """A no has the same evidence as a yes."""
    shown = scene.shown()
    elsewhere = Scene()
    elsewhere.connect()
    elsewhere.register.publish(REQUEST)

    elsewhere.register.decline(shown, actor=DANA)

    assert elsewhere.events() == ["Connected", "Presented", "Declined"]
