"""Endings: what the app, time and the catalogue bring to an end."""

from datetime import timedelta

import pytest
from attrs import evolve

from scopegate import Actor, Catalogue, ConsentRegister, Gate
from scopegate.consent.lifecycle import GrantStatus, RequestStatus
from scopegate.consent.presentation import DecisionKind, Mark
from scopegate.errors import (
    NoGrantError,
    NotAwaitingError,
    NotPublishedError,
    PastExpiryError,
)
from scopegate.ledgers.base import app_stream, school_stream
from scopegate.ledgers.memory import MemoryLedger
from scopegate.testing.permits import NOON

from ..deciding import APP, CATALOGUE, DANA, MORE, REQUEST, SAM, SCHOOL


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
    """No one can decide on what the app took back, and grants go on unchanged."""
    grant = scene.granted()
    scene.register.publish(MORE)
    shown = scene.ask()

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
    """After the time to decide, no one can; shown again there is time again."""
    scene.register = scene.on(decide_within=timedelta(days=30))
    shown = scene.shown()
    scene.clock.go_on(timedelta(days=30))

    with pytest.raises(
        NotAwaitingError, match="`lapsed`; let somebody ask again"
    ) as caught:
        scene.register.authorise(shown, actor=DANA)
    assert caught.value.status == "lapsed"

    again = scene.ask()
    assert scene.events()[-2:] == ["Lapsed", "Presented"]
    assert scene.register.authorise(again, actor=DANA).revision == 1


def test_an_expired_grant_is_settled_and_cannot_be_amended(scene):
    """That a grant expired is recorded once, and it can be amended no more."""
    scene.granted(expires_at=NOON + timedelta(hours=1))
    shown = scene.ask()
    scene.clock.go_on(timedelta(hours=1))

    with pytest.raises(NoGrantError):
        scene.register.amend(shown, actor=DANA)
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

    assert scene.register.authorise(scene.ask(), actor=SAM).revision == 1


def test_fields_whose_meaning_changed_stop_for_good(scene):
    """Once settled, a field stays withheld even if the catalogue takes it back."""
    scene.granted()
    bumped = policy_bump("students.basic", "student.first_name")
    later = scene.on(bumped)

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

    scene.on(bumped).settle(SCHOOL)

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


def test_what_stopped_is_asked_again_and_marked_as_new(scene):
    """After a policy change the request is shown again, and authorising it revives."""
    scene.granted()
    path = "student.first_name"
    later = scene.on(policy_bump("students.basic", path))

    page = later.ask(school=SCHOOL, app=APP)
    marks = {f.path: f.mark for f in page.required[0].fields}
    grant = later.authorise(page, actor=DANA)

    assert page.asking is DecisionKind.REQUEST
    assert {p for p, mark in marks.items() if mark is Mark.NEW} == {path}
    assert (grant.revision, grant.policy_version) == (2, 2)
    assert path in scene.consent().latest.live_fields(policy_bump("", path))


def test_a_grant_of_another_catalogue_is_asked_again(scene):
    """What was decided on another catalogue is shown as a request, not to amend."""
    scene.granted()
    other = evolve(CATALOGUE, id="other")
    register = scene.on(other)

    page = register.ask(school=SCHOOL, app=APP)

    assert page.asking is DecisionKind.REQUEST
    assert {field.mark for field in page.required[0].fields} == {Mark.NEW}
    assert register.authorise(page, actor=DANA).catalogue == "other"


def test_a_field_that_left_the_catalogue_asks_nothing_again(scene):
    """A field that is gone narrows at once, and the grant is shown to amend."""
    scene.granted()
    table = CATALOGUE.to_dict()
    del table["resource"]["student"]["field"]["year_code"]
    for scope in table["scope"].values():
        scope["fields"] = [
            p for p in scope.get("fields", ()) if p != "student.year_code"
        ]
    later = scene.on(Catalogue.from_dict(table))

    page = later.ask(school=SCHOOL, app=APP)

    assert page.asking is DecisionKind.AMENDMENT
    assert [field.path for field in page.dropped] == ["student.year_code"]


@pytest.mark.parametrize("end", ["revoke", "relinquish"])
def test_what_is_over_by_one_clock_may_still_be_ended(scene, end):
    """A gate whose clock is behind stops at once, though the register's says expired."""
    scene.granted(expires_at=NOON + timedelta(hours=1))
    gate = Gate(CATALOGUE, scene.ledger, clock=lambda: NOON)
    access = gate.open(school=SCHOOL, app=APP)
    scene.clock.go_on(timedelta(hours=2))

    getattr(scene.register, end)(school=SCHOOL, app=APP, actor=SAM)

    assert access.filter("student", {"id": 1}) is None
    assert scene.events().count("Expired") == 0
    assert scene.consent().latest.ended_by == SAM


def test_a_request_is_not_compared_with_what_has_expired(scene):
    """Whether the expiry is written down or not, the page is the same and decides."""
    scene.granted(expires_at=NOON + timedelta(hours=1))
    scene.clock.go_on(timedelta(hours=1))

    page = scene.ask()
    grant = scene.register.authorise(page, actor=DANA)

    assert (page.grant, page.dropped, grant.revision) == (None, (), 1)


def test_who_gave_back_may_say_why(scene):
    """What an app says when it gives its grant or its request back is on record."""
    scene.granted()
    vendor = Actor("Vendor")
    scene.register.relinquish(school=SCHOOL, app=APP, actor=vendor, reason="shut down")
    scene.register.cancel(app=APP, actor=vendor, reason="shut down too")

    streams = (school_stream(SCHOOL), app_stream(APP))
    events = [scene.ledger.read(stream)[-1] for stream in streams]

    assert [(e.actor, e.reason) for e in events] == [
        (vendor, "shut down"),
        (vendor, "shut down too"),
    ]


def test_what_has_stopped_once_is_not_forgotten_when_more_stops(scene):
    """Fields whose meaning changed on two days both stay withheld."""
    scene.granted()
    paths = ["student.first_name", "student.last_name"]
    for path in paths:
        bumped = policy_bump("students.basic", path)
        scene.on(bumped).settle(SCHOOL)

    assert scene.consent().latest.stopped == set(paths)


def test_what_was_decided_in_time_does_not_lapse(scene):
    """When the time to decide is over, or the app cancels, a yes stays a yes."""
    scene.register = scene.on(decide_within=timedelta(days=30))
    scene.granted()
    scene.register.cancel(app=APP, actor=Actor("Vendor"))
    scene.clock.go_on(timedelta(days=30))

    status = scene.consent().status_at(scene.clock(), scene.register.published(APP))

    assert status is RequestStatus.AUTHORISED
    assert scene.register.settle(SCHOOL) == ()


def test_a_grant_whose_page_is_not_in_the_ledger_is_asked_again(scene):
    """What cannot be amended, for no one knows what was shown, is shown as a request."""
    scene.granted()
    opened, shown, *decided = scene.ledger.read(school_stream(SCHOOL))
    other = evolve(shown, presentation=evolve(shown.presentation, purpose="other"))
    scene.ledger = MemoryLedger()
    scene.ledger.append(school_stream(SCHOOL), [opened, other, *decided], 0)
    scene.register = scene.on(CATALOGUE)
    scene.register.publish(REQUEST)

    page = scene.ask()

    assert page.asking is DecisionKind.REQUEST
    assert scene.register.authorise(page, actor=SAM).revision == 2


def test_revoking_writes_down_what_else_has_ended(scene):
    """A request that was not decided in time lapses, when its grant is revoked too."""
    scene.register = scene.on(decide_within=timedelta(days=30))
    scene.granted()
    scene.register.publish(MORE)
    scene.ask()
    scene.clock.go_on(timedelta(days=30))

    scene.register.revoke(school=SCHOOL, app=APP, actor=SAM)

    assert scene.events()[-2:] == ["Lapsed", "Revoked"]
