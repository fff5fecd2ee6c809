"""What to do about a refusal: wait, stop, or try again."""

from datetime import timedelta

import pytest
from attrs import evolve
from hypothesis import given, strategies as st

from scopegate import AccessDeniedError, AccessRequest, Query
from scopegate.consent.state import SchoolState
from scopegate.errors import Denial, UnreachableLedgerError
from scopegate.policy import Reason, Withheld
from scopegate.policy.decide import permit
from scopegate.policy.denial import denied
from scopegate.testing.permits import NOON

from ..scene import APP, CATALOGUE, DANA, SCHOOL, VENDOR, Scene, Unreachable


def published(_scene):
    """Let the app ask, and no more: every scene begins so."""


def cancelled(scene):
    """Let the app ask for nothing any more."""
    scene.register.cancel(app=APP, actor=VENDOR)


def revoked(scene):
    """Let the school take back what it authorised."""
    scene.authorise()
    scene.revoke()


def relinquished(scene):
    """Let the app give back what it was given."""
    scene.authorise()
    scene.register.relinquish(school=SCHOOL, app=APP, actor=VENDOR)


def declined(scene):
    """Let the school decline."""
    scene.register.decline(scene.ask(), actor=DANA)


def expired(scene):
    """Let a grant end on its own."""
    scene.authorise(expires_at=NOON + timedelta(days=1))
    scene.pass_time(days=2)


def disconnected(scene):
    """Disconnect a school that authorised the app."""
    scene.authorise()
    scene.register.disconnect(school=SCHOOL, actor=DANA)


def revoked_and_disconnected(scene):
    """Let a school leave: it takes back what it authorised, and disconnects its MIS."""
    revoked(scene)
    scene.register.disconnect(school=SCHOOL, actor=DANA)


def expired_and_disconnected(scene):
    """Let a grant end on its own at a school that has disconnected its MIS."""
    expired(scene)
    scene.register.disconnect(school=SCHOOL, actor=DANA)


def asked_again(scene):
    """Let the app ask for more after it was revoked, which no one has decided."""
    revoked(scene)
    scene.register.publish(
        AccessRequest(APP, "Record marks", {"students.basic", "students.dob"})
    )


STORIES = {
    published: Denial.PENDING,
    cancelled: Denial.NOT_REQUESTED,
    revoked: Denial.ENDED,
    relinquished: Denial.ENDED,
    declined: Denial.ENDED,
    expired: Denial.ENDED,
    disconnected: Denial.DISCONNECTED,
    revoked_and_disconnected: Denial.ENDED,
    expired_and_disconnected: Denial.ENDED,
    asked_again: Denial.ENDED,
}
"""What happened, and what a reader of pupils is told to do about it."""


EMPTY = permit(CATALOGUE, SchoolState(), school=SCHOOL, app=APP, now=NOON)


def told(scene):
    """Return what a reader of pupils is told."""
    with scene.open() as access, pytest.raises(AccessDeniedError) as caught:
        access.read(scene.mis, Query("student"))
    return caught.value


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_a_refusal_says_what_to_do(story):
    """Each thing that may have happened is told apart by what is to be done about it."""
    scene = Scene()
    story(scene)

    assert told(scene).denial is STORIES[story]


def test_a_locked_file_ends_nothing():
    """While the ledger does not answer, what was authorised is to be tried again."""
    ledger = Unreachable()
    scene = Scene(ledger)
    scene.authorise()
    with scene.open() as access:
        ledger.down = UnreachableLedgerError("consent.db", "is locked")
        scene.pass_time(hours=1)
        with pytest.raises(AccessDeniedError) as caught:
            access.read(scene.mis, Query("student"))

    assert caught.value.denial is Denial.TEMPORARY


@given(st.sets(st.sampled_from(Reason), min_size=1))
def test_nothing_is_ended_while_anything_may_pass(reasons):
    """Whatever the reasons: `ended` never hides a ledger that does not answer."""
    ended = {Reason.REVOKED, Reason.RELINQUISHED, Reason.EXPIRED, Reason.CLOSED}
    paths = (leaf.path for leaf in CATALOGUE.resource("student").fields)
    found = evolve(
        EMPTY, reasons=dict(zip(paths, map(Withheld, reasons), strict=False))
    )

    found = denied(found, "student").denial

    assert (found is Denial.TEMPORARY) is (Reason.LEDGER_UNREADABLE in reasons)
    if found is Denial.ENDED:
        waits = {Reason.NOT_GRANTED, Reason.POLICY_CHANGED, Reason.NO_CONNECTION}
        waits |= {Reason.PAUSED, Reason.IDENTIFIERS_CHANGED}
        assert reasons & ended or not reasons & waits
    if reasons & ended:
        assert found in {Denial.ENDED, Denial.TEMPORARY}
