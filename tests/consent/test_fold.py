"""The fold from events to state."""

from datetime import timedelta

import pytest
from attrs import evolve
from hypothesis import HealthCheck, example, given, settings, strategies as st

from scopegate.catalogue.catalogue import Catalogue
from scopegate.consent.connection import Connection
from scopegate.consent.decision import Actor, Choice, Proposal, TwoPersonRule
from scopegate.consent.events import (
    Amended,
    Authorised,
    Cancelled,
    Closed,
    Connected,
    Declined,
    Disconnected,
    Expired,
    Invalidated,
    Lapsed,
    Paused,
    PermissionsChanged,
    Presented,
    Proposed,
    Relinquished,
    RequestCancelled,
    RequestPublished,
    Resumed,
    Revoked,
    Succeeded,
    TwoPersonRuleSet,
)
from scopegate.consent.fold import fold_requests, fold_school
from scopegate.consent.lifecycle import GrantStatus, RequestStatus
from scopegate.consent.present import present
from scopegate.consent.presentation import DecisionKind
from scopegate.consent.request import AccessRequest
from scopegate.consent.state import (
    Consent,
    GrantRevision,
    Published,
    SchoolState,
    Stop,
)
from scopegate.testing.permits import HEAD, NOON, connection, decision_on, grant_of

FEWER = settings(
    max_examples=settings().max_examples // 4,
    suppress_health_check=[HealthCheck.too_slow],  # the first draw builds tables
)
"""For what is slow to draw; the thorough profile makes up for it."""

CATALOGUE = Catalogue.from_dict(
    {
        "id": "small",
        "version": "1",
        "resource": {"student": {"key": "id", "field": {"id": {}}}},
        "scope": {"basic": {"fields": ["student.id"]}},
    }
)
REQUEST = AccessRequest("app", "to work", {"basic"})
SHOWN = present(CATALOGUE, connection(), REQUEST, 1)
GRANT = evolve(grant_of(CATALOGUE, ["basic"]), decisions=[decision_on(SHOWN)])
DEPUTY = Actor("Sam Deputy", role="Deputy")
LATER = NOON + timedelta(hours=1)

APPS = st.sampled_from(["app", "other"])
INSTANTS = st.integers(0, 9).map(lambda hours: NOON + timedelta(hours=hours))
NUMBERS = st.integers(1, 3)
SHOWNS = st.builds(
    lambda app, n, asking: evolve(SHOWN, app=app, request_version=n, asking=asking),
    APPS,
    st.integers(1, 2),
    st.sampled_from(DecisionKind),
)
GRANTS = st.builds(lambda app, n: evolve(GRANT, app=app, revision=n), APPS, NUMBERS)
PROPOSALS = st.builds(
    lambda shown, at: Proposal(shown.app, decision_on(shown), Choice(), at),
    SHOWNS,
    INSTANTS,
)
OF_GRANT = (APPS, st.just(GRANT.id), NUMBERS)
WHY = (st.just(DEPUTY), st.just(""))
EVENTS = st.one_of(
    st.builds(
        Connected,
        st.builds(
            Connection, st.just("1"), st.sampled_from("ab"), st.just(""), INSTANTS
        ),
        INSTANTS,
    ),
    st.builds(Disconnected, *WHY, INSTANTS),
    st.builds(PermissionsChanged, st.none() | st.just({"a"}), INSTANTS),
    st.builds(
        TwoPersonRuleSet,
        st.none() | st.just(TwoPersonRule()),
        st.just(DEPUTY),
        INSTANTS,
    ),
    st.builds(RequestPublished, st.just(REQUEST), NUMBERS, INSTANTS),
    st.builds(RequestCancelled, NUMBERS, *WHY, INSTANTS),
    st.builds(Presented, SHOWNS, st.none() | INSTANTS, INSTANTS),
    st.builds(Proposed, PROPOSALS, INSTANTS),
    st.builds(Authorised, GRANTS, INSTANTS),
    st.builds(Amended, GRANTS, INSTANTS),
    st.builds(
        lambda shown, at: Declined(shown.app, decision_on(shown), "", at),
        SHOWNS,
        INSTANTS,
    ),
    st.builds(lambda shown, at: Lapsed(shown.app, shown.digest, at), SHOWNS, INSTANTS),
    st.builds(
        lambda shown, at: Cancelled(shown.app, shown.digest, at), SHOWNS, INSTANTS
    ),
    st.builds(Revoked, *OF_GRANT, st.just(DEPUTY), st.just(""), st.just(""), INSTANTS),
    st.builds(Relinquished, *OF_GRANT, *WHY, INSTANTS),
    st.builds(Expired, *OF_GRANT, INSTANTS),
    st.builds(Invalidated, *OF_GRANT, st.just(["student.id"]), NUMBERS, INSTANTS),
)
HISTORIES = st.lists(EVENTS, max_size=8)


@FEWER
@given(HISTORIES)
def test_replaying_gives_the_same_state(history):
    """The same events lead to the same state, read from a list or as they come."""
    assert fold_school(iter(history)) == fold_school(history)


@FEWER
@given(HISTORIES, HISTORIES)
def test_the_past_does_not_depend_on_the_future(past, future):
    """Of each revision ended so far, and of each there is, nothing is lost later."""
    before, after = fold_school(past), fold_school([*past, *future])

    kept = {
        app: after.consent(app).revisions[: len(consent.revisions)]
        for app, consent in before.consents.items()
    }

    assert [[r.grant for r in revisions] for revisions in kept.values()] == [
        [r.grant for r in consent.revisions] for consent in before.consents.values()
    ]


@FEWER
@example(
    [Authorised(GRANT, NOON), Revoked("app", GRANT.id, 1, DEPUTY, "", "", NOON)],
    [Invalidated("app", GRANT.id, 1, ["student.id"], 2, NOON)],
)
@given(HISTORIES, HISTORIES)
def test_end_states_are_final(past, future):
    """A revision that has ended is never changed by anything that follows."""
    after = fold_school([*past, *future])
    ended = [
        (app, n, revision)
        for app, consent in fold_school(past).consents.items()
        for n, revision in enumerate(consent.revisions)
        if revision.status is not GrantStatus.AUTHORISED
    ]

    assert all(after.consent(app).revisions[n] == old for app, n, old in ended)


@FEWER
@given(HISTORIES)
def test_at_most_the_newest_revision_is_authorised(history):
    """An app never holds two authorised revisions, nor an old one."""
    statuses = [
        revision.status
        for consent in fold_school(history).consents.values()
        for revision in consent.revisions[:-1]
    ]

    assert GrantStatus.AUTHORISED not in statuses


@FEWER
@given(HISTORIES)
def test_what_one_app_is_told_changes_nothing_for_another(history):
    """The consent of an app is the same without the events of all others."""
    own = [event for event in history if app_of(event) in ("app", None)]

    assert fold_school(own).consent("app") == fold_school(history).consent("app")


def app_of(event):
    """Return the app whose consent an event is about, or None."""
    match event:
        case Presented():
            return event.presentation.app
        case Proposed():
            return event.proposal.app
        case Authorised() | Amended():
            return event.grant.app
        case _:
            return getattr(event, "app", None)


@FEWER
@given(HISTORIES, st.integers(0, 9))
def test_after_revoking_nothing_is_authorised(history, hours):
    """Whatever happened before, a revoked app holds no grant."""
    at = NOON + timedelta(hours=hours)

    state = fold_school([*history, Revoked("app", "g", 1, DEPUTY, "", "", at)])

    assert state.consent("app").current is None


SHOWING = Presented(SHOWN, None, NOON)
AGAIN = evolve(GRANT, revision=2)
AMENDMENT = evolve(SHOWN, asking=DecisionKind.AMENDMENT)
PROPOSAL = Proposal("app", decision_on(SHOWN), Choice(), LATER)
WAITING = Consent("app", SHOWN, None, RequestStatus.AWAITING_AUTHORISATION)
SECOND = evolve(
    WAITING, status=RequestStatus.AWAITING_FURTHER_AUTHORISATION, proposal=PROPOSAL
)
HELD = evolve(
    WAITING,
    status=RequestStatus.AUTHORISED,
    revisions=(GrantRevision(GRANT, SHOWN),),
)


def with_end(status, by=None, **changes):
    """Return the consent whose only grant ended so, an hour after noon."""
    ended = GrantRevision(GRANT, SHOWN, status, LATER, by)
    return evolve(HELD, revisions=(evolve(ended, **changes),))


SHOWED = [SHOWING]
GRANTED = [SHOWING, Authorised(GRANT, NOON)]
ENDS = ("app", GRANT.id, 1)
NO = Declined("app", decision_on(SHOWN), "", LATER)
STORIES = {
    "shown": (SHOWED, WAITING),
    "declined": ([*SHOWED, NO], evolve(WAITING, status=RequestStatus.DECLINED)),
    "lapsed": (
        [*SHOWED, Lapsed("app", SHOWN.digest, LATER)],
        evolve(WAITING, status=RequestStatus.LAPSED),
    ),
    "cancelled": (
        [*SHOWED, Cancelled("app", SHOWN.digest, LATER)],
        evolve(WAITING, status=RequestStatus.CANCELLED),
    ),
    "proposed": ([*SHOWED, Proposed(PROPOSAL, LATER)], SECOND),
    "proposed, then shown again": (
        [*SHOWED, Proposed(PROPOSAL, LATER), SHOWING],
        WAITING,
    ),
    "proposed, then declined": (
        [*SHOWED, Proposed(PROPOSAL, LATER), NO],
        evolve(WAITING, status=RequestStatus.DECLINED),
    ),
    "authorised": (GRANTED, HELD),
    "authorised by the second": (
        [*SHOWED, Proposed(PROPOSAL, NOON), Authorised(GRANT, NOON)],
        HELD,
    ),
    "revoked": (
        [*GRANTED, Revoked(*ENDS, DEPUTY, "", "", LATER)],
        with_end(GrantStatus.REVOKED, DEPUTY),
    ),
    "relinquished": (
        [*GRANTED, Relinquished(*ENDS, DEPUTY, "", LATER)],
        with_end(GrantStatus.RELINQUISHED, DEPUTY),
    ),
    "expired": ([*GRANTED, Expired(*ENDS, LATER)], with_end(GrantStatus.EXPIRED)),
    "another revision expired": ([*GRANTED, Expired("app", GRANT.id, 2, LATER)], HELD),
    "invalidated": (
        [*GRANTED, Invalidated(*ENDS, ["student.id"], 2, LATER)],
        with_end(GrantStatus.INVALIDATED, stopped=frozenset({"student.id"})),
    ),
    "a field it does not hold was invalidated": (
        [*GRANTED, Invalidated(*ENDS, ["student.dob"], 2, LATER)],
        HELD,
    ),
    "superseded": (
        [*GRANTED, Authorised(AGAIN, LATER)],
        evolve(
            with_end(GrantStatus.SUPERSEDED, HEAD),
            revisions=(
                *with_end(GrantStatus.SUPERSEDED, HEAD).revisions,
                GrantRevision(AGAIN, SHOWN),
            ),
        ),
    ),
    "shown to amend": (
        [*GRANTED, Presented(AMENDMENT, None, LATER)],
        evolve(HELD, amending=AMENDMENT),
    ),
    "declined to amend": (
        [
            *GRANTED,
            Presented(AMENDMENT, None, LATER),
            Proposed(evolve(PROPOSAL, decision=decision_on(AMENDMENT)), LATER),
            Declined("app", decision_on(AMENDMENT), "", LATER),
        ],
        evolve(HELD, amending=AMENDMENT),
    ),
    "what was never shown, declined": ([NO], Consent("app")),
    "nothing there, revoked": (
        [Revoked(*ENDS, DEPUTY, "", "", LATER)],
        Consent("app"),
    ),
}


@pytest.mark.parametrize(("events", "consent"), STORIES.values(), ids=STORIES)
def test_a_story_leads_to_its_consent(events, consent):
    """Each event does to a consent what its docstring says, and nothing else."""
    assert fold_school(events) == SchoolState(None, {"app": consent})


RULE = TwoPersonRule(days=3)
OPEN = Connected(connection(), NOON)
LIFTED = Connected(connection(), LATER, HEAD)

OF_SCHOOL = {
    "nothing": ([], SchoolState()),
    "connected": ([OPEN], SchoolState(connection())),
    "disconnected": (
        [OPEN, Disconnected(HEAD, "x", LATER, holds=True)],
        SchoolState(stopped=Stop(HEAD, "x", LATER), last_connection=connection()),
    ),
    "disconnected, and not lifted by no one": (
        [OPEN, Disconnected(HEAD, "x", LATER, holds=True), OPEN],
        SchoolState(stopped=Stop(HEAD, "x", LATER), last_connection=connection()),
    ),
    "disconnected, and lifted": (
        [OPEN, Disconnected(HEAD, "x", LATER, holds=True), LIFTED],
        SchoolState(connection()),
    ),
    "disconnected before stops held, and connected": (
        [OPEN, Disconnected(HEAD, "x", LATER), OPEN],
        SchoolState(connection()),
    ),
    "paused": (
        [Paused("app", HEAD, "x", NOON)],
        SchoolState(pauses={"app": Stop(HEAD, "x", NOON)}),
    ),
    "paused twice": (
        [Paused("", HEAD, "x", NOON), Paused("", DEPUTY, "y", LATER)],
        SchoolState(pauses={"": Stop(HEAD, "x", NOON)}),
    ),
    "paused, and another resumed": (
        [Paused("app", HEAD, "x", NOON), Resumed("", HEAD, "", LATER)],
        SchoolState(pauses={"app": Stop(HEAD, "x", NOON)}),
    ),
    "resumed": (
        [Paused("app", HEAD, "x", NOON), Resumed("app", DEPUTY, "", LATER)],
        SchoolState(),
    ),
    "closed": (
        [OPEN, Closed("2", HEAD, "x", LATER)],
        SchoolState(closed=Stop(HEAD, "x", LATER, "2"), last_connection=connection()),
    ),
    "closed, and connected again": (
        [OPEN, Closed("2", HEAD, "x", LATER), LIFTED],
        SchoolState(closed=Stop(HEAD, "x", LATER, "2"), last_connection=connection()),
    ),
    "named as a successor": ([Succeeded("2", HEAD, NOON)], SchoolState()),
    "permitted": (
        [OPEN, PermissionsChanged(["a"], LATER)],
        SchoolState(evolve(connection(), permissions={"a"})),
    ),
    "permitted without a connection": (
        [PermissionsChanged(["a"], LATER)],
        SchoolState(),
    ),
    "ruled": ([TwoPersonRuleSet(RULE, HEAD, NOON)], SchoolState(rule=RULE)),
    "ruled no more": (
        [TwoPersonRuleSet(RULE, HEAD, NOON), TwoPersonRuleSet(None, HEAD, LATER)],
        SchoolState(lifted=((RULE, HEAD),)),
    ),
    "published": ([RequestPublished(REQUEST, 1, NOON)], SchoolState()),
}


@pytest.mark.parametrize(("events", "state"), OF_SCHOOL.values(), ids=OF_SCHOOL)
def test_a_story_leads_to_its_state(events, state):
    """What is not about an app changes the school's state as its docstring says."""
    assert fold_school(events) == state


@pytest.mark.parametrize(
    ("name", "current"),
    [("shown", None), ("declined", None), ("authorised", GRANT), ("revoked", None)],
)
def test_only_an_authorised_grant_is_current(name, current):
    """A grant is current from its authorisation until it ends."""
    assert fold_school(STORIES[name][0]).consent("app").current == current


def test_declining_something_new_leaves_the_grant():
    """A school that declines a wider request keeps what it authorised."""
    events = [
        Authorised(GRANT, NOON),
        Presented(SHOWN, None, LATER),
        Declined("app", decision_on(SHOWN), "", LATER),
    ]

    assert fold_school(events).consent("app").current == GRANT


def test_a_page_that_was_not_decided_on_is_not_what_was_shown():
    """Only the presentation of the decision's digest counts as what was shown."""
    other = evolve(SHOWN, purpose="another")

    assert GrantRevision(GRANT, SHOWN).shown == SHOWN
    assert GrantRevision(GRANT, other).shown is None
    assert GrantRevision(GRANT).shown is None


def test_nothing_is_known_of_an_app_that_was_never_shown():
    """The consent of an unknown app is empty, and no error."""
    assert SchoolState().consent("app") == Consent("app")


@FEWER
@given(HISTORIES)
def test_an_app_asks_for_what_it_published_last(history):
    """Of an app's stream the newest request counts, until the app takes it back."""
    own = [e for e in history if isinstance(e, RequestPublished | RequestCancelled)]
    published = [event for event in own if isinstance(event, RequestPublished)]
    cancelled = bool(own) and isinstance(own[-1], RequestCancelled)

    found = fold_requests(history)

    newest = published[-1] if published else None
    assert found == Published(
        newest.request if newest else None,
        newest.version if newest else 0,
        is_cancelled=cancelled,
    )
    assert found.asked == (None if cancelled or newest is None else REQUEST)


@pytest.mark.parametrize(
    "event",
    [
        Expired("app", "another", 1, LATER),
        Invalidated("app", "another", 1, ["student.id"], 2, LATER),
    ],
)
def test_what_ends_another_grant_leaves_this_one(event):
    """Revisions of two grants have the same numbers, and are told apart by id."""
    assert fold_school([*GRANTED, event]).consent("app") == HELD


def test_a_newer_yes_takes_the_place_of_an_older():
    """Of two first decisions on one page the last one waits for the second person."""
    newer = evolve(PROPOSAL, decision=decision_on(SHOWN, actor=DEPUTY))

    found = fold_school([*SHOWED, Proposed(PROPOSAL, NOON), Proposed(newer, NOON)])

    assert found.consent("app") == evolve(SECOND, proposal=newer)


def test_an_answer_to_something_else_leaves_a_proposal_to_amend():
    """Only what the first person said yes to is ended by a no to it."""
    proposal = evolve(PROPOSAL, decision=decision_on(AMENDMENT))
    other = decision_on(evolve(AMENDMENT, purpose="other"))
    events = [*GRANTED, Presented(AMENDMENT, None, LATER), Proposed(proposal, LATER)]

    found = fold_school([*events, Declined("app", other, "", LATER)])

    assert found.consent("app").amendment == proposal
