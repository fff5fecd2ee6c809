"""What happened: a line for each event of a school, the newest first, nothing left out."""

from attrs import evolve
from hypothesis import given, strategies as st

from scopegate import Actor
from scopegate._base.local_time import LocalTime
from scopegate.consent.decision import TwoPersonRule
from scopegate.consent.events import (
    Amended,
    Authorised,
    Cancelled,
    Connected,
    Declined,
    Disclosed,
    Disconnected,
    Expired,
    Invalidated,
    Lapsed,
    Presented,
    Proposed,
    Relinquished,
    RequestCancelled,
    RequestPublished,
    Revoked,
)
from scopegate.pages.desk import Desk
from scopegate.pages.history import HistoryLine, history_of
from scopegate.testing.permits import NOON
from scopegate.testing.strategies import APPS, events, events_by_kind, histories

from ..zones import ZONES
from .worlds import APP, CATALOGUE, DANA, FEWER, SCHOOL, World

BY_KIND = events_by_kind(CATALOGUE)
DECISIONS = st.one_of(BY_KIND[Authorised], BY_KIND[Amended], BY_KIND[Revoked])
NOT_THERE = (Disclosed, RequestPublished, RequestCancelled)
MUST = (
    Authorised, Amended, Proposed, Declined, Revoked, Relinquished, Expired,
    Invalidated, Lapsed, Cancelled, Presented, Connected, Disconnected,
)  # fmt: skip
AT = "23 November 2026, 12:00 GMT"


def app_of(event):
    """Return the app an event is about, or empty."""
    match event:
        case Authorised() | Amended():
            return event.grant.app
        case Proposed():
            return event.proposal.app
        case Presented():
            return event.presentation.app
        case _:
            return getattr(event, "app", "")


@FEWER
@given(st.lists(events(CATALOGUE), max_size=6))
def test_each_event_is_a_line_and_the_newest_is_first(given_events):
    """Decisions, ends and the connection are all there, in order, at their instants."""
    told = [event for event in given_events if not isinstance(event, NOT_THERE)]
    lines = history_of(given_events)

    assert [(line.when, line.app) for line in lines] == [
        (event.at, app_of(event)) for event in reversed(told)
    ]
    assert all(line.what and line.at for line in lines)
    assert {type(event) for event in told} >= {
        kind for kind in MUST for event in given_events if isinstance(event, kind)
    }


@FEWER
@given(histories(CATALOGUE))
def test_the_lines_of_an_app_are_those_of_the_school_about_it(given_events):
    """By app nothing is added and nothing is lost but what is about another."""
    whole = history_of(given_events)

    for app in (*APPS, "unknown"):
        assert history_of(given_events, app) == tuple(
            line for line in whole if line.app == app
        )


@FEWER
@given(st.lists(DECISIONS, max_size=3))
def test_a_line_of_a_grant_leads_to_its_receipt_and_no_other_does(given_events):
    """Each revision is named by the line of what made it, and by no other."""
    made = [e.grant for e in given_events if isinstance(e, Authorised | Amended)]
    lines = [line for line in history_of(given_events) if line.grant or line.revision]

    assert [(line.grant, line.revision) for line in reversed(lines)] == [
        (grant.id, grant.revision) for grant in made
    ]


@FEWER
@given(st.lists(events(CATALOGUE), max_size=6))
def test_who_did_it_is_named_where_somebody_did(given_events):
    """Each line of a decision names its person; what ended on its own names no one."""
    by_itself = Expired, Invalidated, Lapsed, Cancelled
    told = [event for event in given_events if not isinstance(event, NOT_THERE)]

    for line, event in zip(history_of(given_events), reversed(told), strict=True):
        if isinstance(event, by_itself):
            assert line.by == ""
        if isinstance(event, Revoked | Relinquished | Declined | Proposed):
            assert line.by


def test_a_year_in_words():
    """What each thing that can happen is called, word for word."""
    world, sam = World(), Actor("Sam Deputy")
    register, case = world.register, {"school": SCHOOL, "app": APP}
    register.require_two_people(TwoPersonRule("personal"), school=SCHOOL, actor=sam)
    shown = world.ask()
    register.authorise(shown, actor=DANA, optional=["dob"])
    register.authorise(shown, actor=sam, optional=["dob"])
    register.require_two_people(None, school=SCHOOL, actor=sam)
    grant = register.present_grant(**case)
    register.amend(grant, actor=DANA)
    register.change_permissions(school=SCHOOL, permissions=["a", "b"])
    register.change_permissions(school=SCHOOL, permissions=[])
    register.change_permissions(school=SCHOOL, permissions=None)
    register.revoke(**case, actor=DANA, reason="Not used")
    world.decline()
    register.disconnect(school=SCHOOL, actor=DANA, reason="Moving")
    lines = history_of(world.events())

    assert [(line.app, line.what, line.by, line.detail) for line in lines] == [
        ("", "Disconnected", "Dana Head, Headteacher", "Moving"),
        (APP, "Declined", "Dana Head, Headteacher", ""),
        (APP, "Request 1 was shown", "", ""),
        (APP, "Revoked", "Dana Head, Headteacher", "Not used"),
        ("", "The MIS account's permissions became unknown", "", ""),
        ("", "The MIS account holds 0 permissions", "", ""),
        ("", "The MIS account holds 2 permissions", "", ""),
        (
            APP,
            "Amended, revision 2",
            "Dana Head, Headteacher",
            "1 scope, 2 fields",
        ),
        (
            APP,
            "The present grant, or a change of it, was shown",
            "Dana Head, Headteacher",
            "",
        ),
        ("", "Two people need not authorise any more", "Sam Deputy", ""),
        (
            APP,
            "Authorised, revision 1",
            "Dana Head, Headteacher and Sam Deputy",
            "2 scopes, 3 fields",
        ),
        (
            APP,
            "Authorised by the first of two people",
            "Dana Head, Headteacher",
            "",
        ),
        (APP, "Request 1 was shown", "", ""),
        (
            "",
            "Two people must authorise what is personal, or weighs more",
            "Sam Deputy",
            "",
        ),
        ("", "Connected to arbor", "", ""),
    ]


def test_what_ends_by_itself_in_words():
    """Time, the app and the catalogue are named as what ended something."""
    given_events = [
        Lapsed(APP, "0" * 64, NOON),
        Cancelled(APP, "0" * 64, NOON),
        Expired(APP, "g", 1, NOON),
        Invalidated(APP, "g", 1, ("pupil.dob",), 2, NOON),
        Relinquished(APP, "g", 1, DANA, "Closing", NOON),
    ]

    assert history_of(given_events) == (
        HistoryLine(
            NOON, AT, APP, "Given back by the app", "Dana Head, Headteacher", "Closing"
        ),
        HistoryLine(NOON, AT, APP, "1 field stopped: the meaning changed"),
        HistoryLine(NOON, AT, APP, "Expired"),
        HistoryLine(NOON, AT, APP, "Cancelled by the app"),
        HistoryLine(NOON, AT, APP, "Lapsed: no one decided in time"),
    )


def test_nothing_has_happened_yet():
    """Without an event there is no line."""
    assert history_of([]) == ()


@FEWER
@given(st.lists(events(CATALOGUE), max_size=4), st.sampled_from([*ZONES, "Nowhere"]))
def test_lines_are_in_the_time_of_the_zone(given_events, zone):
    """The words are those of the instant in that zone, and all else is as in any."""
    told, usual = history_of(given_events, None, zone), history_of(given_events)
    times = LocalTime.of(zone)

    assert [line.at for line in told] == [times.instant(line.when) for line in told]
    assert [evolve(line, at="") for line in told] == [
        evolve(line, at="") for line in usual
    ]


def test_a_school_keeps_its_time_while_it_has_no_connection():
    """What happened is told in the time of the school after it was disconnected too."""
    world = World()
    world.register.connect(
        school=SCHOOL, mis="arbor", adapter=world.mis, zone="Asia/Tokyo"
    )
    world.disconnect()
    desk = Desk(world.register)

    at = "23 November 2026, 21:00 JST"
    assert {line.at for line in desk.school(SCHOOL).history} == {at}
    world.connect(actor=DANA)
    assert {line.at for line in desk.school(SCHOOL).history} == {at}


def test_a_pause_and_its_end_are_told():
    """Of one app under its name, of all of them as such."""
    world = World()
    for app in (APP, None):
        world.register.pause(school=SCHOOL, app=app, actor=DANA)
        world.register.resume(school=SCHOOL, app=app, actor=DANA)
    told = [line.what for line in history_of(world.events())]

    assert told[:4] == [
        "The pause of all apps was lifted",
        "All apps were paused",
        "Resumed",
        "Paused",
    ]
