"""What a school authorised, in words: what flows of it, what was read, how it ended."""

from datetime import timedelta

import pytest
from hypothesis import given

from scopegate import AccessRequest, Actor, Catalogue, Subjects
from scopegate._base.local_time import LocalTime
from scopegate.consent.decision import TwoPersonRule
from scopegate.consent.disclosures import Usage
from scopegate.pages.desk import Desk
from scopegate.pages.grant import GrantView, ended_in_words
from scopegate.policy.decide import permit
from scopegate.testing.permits import NOON

from .worlds import (
    APP,
    CATALOGUE,
    DANA,
    FEWER,
    SCHOOL,
    TABLE,
    World,
    cases_of,
    histories,
)

LONDON = LocalTime.of("Europe/London")


def view_of(world):
    """Return the newest grant of a world, in words."""
    return Desk(world.register).card(SCHOOL, APP).grant


def read(world, **record):
    """Let the app read a pupil."""
    with world.open() as access:
        access.filter("pupil", record)


def scopes(view, *names):
    """Return attributes of each scope of a grant, by its key."""
    return {s.key: tuple(getattr(s, name) for name in names) for s in view.scopes}


@FEWER
@given(histories())
def test_a_grant_in_words_is_the_grant(history):
    """Its scopes, its boxes and whether it flows are those of the grant, in any history."""
    for case in cases_of(*history):
        for revision in case.consent.revisions:
            may = permit(
                CATALOGUE, case.state, school=case.school, app=case.app, now=case.now
            )
            view = GrantView.of(CATALOGUE, revision, may, Usage(case.app), case.now)
            grant = revision.grant
            assert {s.key for s in view.scopes} == {*grant.scopes}
            assert {s.key for s in view.scopes if s.is_ticked} == grant.ticked
            assert (view.id, view.revision) == (grant.id, grant.revision)


def test_a_grant_in_words():
    """Who, since when, until when, whom, what of it flows, and that nothing was read."""
    world = World()
    world.authorise("dob", "leavers", expires_at=NOON + timedelta(days=9))
    view = view_of(world)

    assert (view.is_live, view.is_revoked, view.ended) == (True, False, "")
    assert (view.since, view.by) == (
        "23 November 2026, 12:00 GMT",
        "Dana Head, Headteacher",
    )
    assert (view.until, view.people) == ("2 December 2026, 12:00 GMT", "Everyone")
    assert (view.last_accessed, view.records) == ("Never", "0 records")
    assert scopes(view, "title", "sensitivity", "flows", "is_ticked") == {
        "basic": ("Basic", "Personal", "2 fields", False),
        "dob": ("Births", "Personal", "1 field", True),
        "leavers": ("Leavers", "Personal", "No fields of its own", True),
    }


def test_two_people_who_authorised_are_both_named():
    """The first and the second are there, in that order."""
    world, sam = World(), Actor("Sam Deputy")
    world.register.require_two_people(TwoPersonRule(), school=SCHOOL, actor=sam)
    shown = world.present()
    for actor in (DANA, sam):
        world.register.authorise(shown, actor=actor, optional=["needs"])
    view = view_of(world)

    assert view.by == "Dana Head, Headteacher and Sam Deputy"
    assert scopes(view, "sensitivity", "is_special")["needs"] == ("Special care", True)
    assert view.until == "It is revoked"


def test_what_was_read_is_said_by_scope():
    """Each scope has the instant at which anything of it was read last."""
    world = World()
    world.authorise("dob", "leavers")
    world.pass_days(1)
    read(world, id=1, name="Ada", dob="2015-02-03", leaver=True)
    read(world, id=2, name="Ben", leaver=True)
    view = view_of(world)

    assert view.last_accessed == "24 November 2026, 12:00 GMT"
    assert view.records == "2 records"
    assert scopes(view, "last_read")["dob"] == ("24 November 2026, 12:00 GMT",)
    assert (view.unread, view.can_narrow) == ((), False)


@pytest.mark.parametrize(("days", "is_unread"), [(89, False), (90, True), (91, True)])
def test_what_was_not_read_for_ninety_days_is_said_to_be(days, is_unread):
    """From the ninetieth day on, and not before: it may simply not be used yet."""
    world = World()
    world.authorise("dob", "leavers")
    world.pass_days(days)
    view = view_of(world)

    assert [s.key for s in view.unread] == (["basic", "dob"] if is_unread else [])
    assert view.can_narrow is is_unread


def test_what_is_required_cannot_be_narrowed_alone():
    """Where only what is required was not read there is nothing to untick."""
    world = World()
    world.authorise()
    world.pass_days(90)
    view = view_of(world)

    assert ([s.key for s in view.unread], view.can_narrow) == (["basic"], False)


def test_a_grant_that_has_ended_says_how_and_when():
    """Revoked or given back: by whom; its scopes no longer flow."""
    world = World()
    world.authorise("dob")
    world.pass_days(1)
    world.revoke()
    view = view_of(world)

    assert (view.is_live, view.is_revoked) == (False, True)
    assert view.ended == (
        "Revoked on 24 November 2026, 12:00 GMT by Dana Head, Headteacher"
    )
    assert scopes(view, "flows")["dob"] == ("0 of 1 field",)


def test_a_grant_that_ended_by_itself_names_nobody():
    """Time ends a grant without a person."""
    world = World()
    world.authorise("dob", expires_at=NOON + timedelta(days=1))
    world.pass_days(1)
    before = view_of(world)
    world.register.settle(SCHOOL)
    (revision,) = world.case().consent.revisions

    assert (before.is_live, before.ended) == (False, "")
    assert ended_in_words(revision, LONDON) == "Expired on 24 November 2026, 12:00 GMT"


def test_whom_a_grant_covers_is_counted_and_not_named():
    """A list of people is said by its size alone."""
    world = World()
    world.authorise("dob", subjects=Subjects.everyone_except(pupil=["x1", "x2"]))

    assert view_of(world).people == (
        "Everyone except 2 people whom the school listed (pupil: 2)"
    )


def test_a_scope_that_the_catalogue_lost_is_called_by_its_key():
    """It comes last, with what its fields weighed, and says that nothing of it flows."""
    world = World(AccessRequest(APP, "Marks", {"basic"}, {"needs", "leavers"}))
    world.authorise("needs", "leavers")
    kept = {k: v for k, v in TABLE["scope"].items() if k not in {"needs", "leavers"}}
    left = {**TABLE, "scope": kept, "joint": [], "mis": {}, "rows": TABLE["rows"][1:]}
    fields = TABLE["resource"]["pupil"]["field"]
    pupil = {**TABLE["resource"]["pupil"]}
    pupil["field"] = {k: v for k, v in fields.items() if k != "needs"}
    left["resource"] = {**TABLE["resource"], "pupil": pupil}
    world.on(Catalogue.from_dict(left))
    view = view_of(world)

    assert [s.key for s in view.scopes] == ["basic", "leavers", "needs"]
    assert scopes(view, "title", "sensitivity", "flows")["needs"] == (
        "needs",
        "Special care",
        "1 of 2 fields",
    )
    assert scopes(view, "title", "sensitivity")["leavers"] == ("leavers", "Personal")
