"""The fold from events to state."""

from datetime import timedelta

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from scopegate.catalogue import Catalogue
from scopegate.connection import Connection
from scopegate.consent import (
    Consent,
    GrantRevision,
    GrantStatus,
    Published,
    RequestStatus,
    SchoolState,
    fold,
    fold_requests,
)
from scopegate.events import (
    Authorised,
    Connected,
    Declined,
    Presented,
    RequestPublished,
    Revoked,
)
from scopegate.grant import Actor
from scopegate.presentation import present
from scopegate.request import AccessRequest
from scopegate.testing.permits import HEAD, NOON, connection, grant_of

FEWER = settings(max_examples=settings().max_examples // 4)
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
GRANT = grant_of(CATALOGUE, ["basic"])
DEPUTY = Actor("Sam Deputy", role="Deputy")
LATER = NOON + timedelta(hours=1)

APPS = st.sampled_from(["app", "other"])
INSTANTS = st.integers(0, 9).map(lambda hours: NOON + timedelta(hours=hours))
EVENTS = st.one_of(
    st.builds(
        Connected,
        st.builds(Connection, st.just("1"), st.sampled_from(["a", "b"]), st.just(""), INSTANTS),
        INSTANTS,
    ),
    st.builds(RequestPublished, st.just(REQUEST), st.integers(1, 3), INSTANTS),
    st.builds(
        Presented,
        st.builds(lambda app, n: evolve(SHOWN, app=app, request_version=n), APPS, st.integers(1, 3)),
        INSTANTS,
    ),
    st.builds(
        Authorised,
        st.builds(lambda app, n: evolve(GRANT, app=app, revision=n), APPS, st.integers(1, 3)),
        INSTANTS,
    ),
    st.builds(Declined, APPS, st.just("d"), st.just(HEAD), st.just(""), INSTANTS),
    st.builds(
        Revoked, APPS, st.just("g"), st.integers(1, 3), st.just(DEPUTY), st.just(""), INSTANTS
    ),
)  # fmt: skip
HISTORIES = st.lists(EVENTS, max_size=8)


@FEWER
@given(HISTORIES)
def test_replaying_gives_the_same_state(history):
    """The same events lead to the same state, read from a list or as they come."""
    assert fold(iter(history)) == fold(history)


@FEWER
@given(HISTORIES, HISTORIES)
def test_the_past_does_not_depend_on_the_future(past, future):
    """Of each revision ended so far, and of each there is, nothing is lost later."""
    before, after = fold(past), fold([*past, *future])

    kept = {
        app: after.consent(app).revisions[: len(consent.revisions)]
        for app, consent in before.consents.items()
    }

    assert [[r.grant for r in revisions] for revisions in kept.values()] == [
        [r.grant for r in consent.revisions] for consent in before.consents.values()
    ]


@FEWER
@given(HISTORIES, HISTORIES)
def test_end_states_are_final(past, future):
    """A revision that has ended is never changed by anything that follows."""
    after = fold([*past, *future])
    ended = [
        (app, n, revision)
        for app, consent in fold(past).consents.items()
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
        for consent in fold(history).consents.values()
        for revision in consent.revisions[:-1]
    ]

    assert GrantStatus.AUTHORISED not in statuses


@FEWER
@given(HISTORIES)
def test_what_one_app_is_told_changes_nothing_for_another(history):
    """The consent of an app is the same without the events of all others."""
    own = [event for event in history if app_of(event) in ("app", None)]

    assert fold(own).consent("app") == fold(history).consent("app")


def app_of(event):
    """Return the app whose consent an event is about, or None."""
    match event:
        case Presented():
            return event.presentation.app
        case Authorised():
            return event.grant.app
        case Declined() | Revoked():
            return event.app
        case _:
            return None


@FEWER
@given(HISTORIES, st.integers(0, 9))
def test_after_revoking_nothing_is_authorised(history, hours):
    """Whatever happened before, a revoked app holds no grant."""
    at = NOON + timedelta(hours=hours)

    state = fold([*history, Revoked("app", "g", 1, DEPUTY, "", at)])

    assert state.consent("app").current is None


def revision(status, at, by):
    """Return the state of a school whose only grant ended so."""
    return (GrantRevision(GRANT, status, at, by),)


STORIES = {
    "nothing": ([], SchoolState()),
    "connected": ([Connected(connection(), NOON)], SchoolState(connection())),
    "published": ([RequestPublished(REQUEST, 1, NOON)], SchoolState()),
    "shown": (
        [Presented(SHOWN, NOON)],
        SchoolState(None, {"app": Consent("app", SHOWN)}),
    ),
    "declined": (
        [Presented(SHOWN, NOON), Declined("app", SHOWN.digest, HEAD, "", LATER)],
        SchoolState(None, {"app": Consent("app", SHOWN, RequestStatus.DECLINED)}),
    ),
    "authorised": (
        [Presented(SHOWN, NOON), Authorised(GRANT, LATER)],
        SchoolState(
            None,
            {"app": Consent("app", SHOWN, RequestStatus.AUTHORISED, (GrantRevision(GRANT),))},
        ),
    ),
    "revoked": (
        [Authorised(GRANT, NOON), Revoked("app", GRANT.id, 1, DEPUTY, "", LATER)],
        SchoolState(
            None,
            {
                "app": Consent(
                    "app",
                    None,
                    RequestStatus.AUTHORISED,
                    revision(GrantStatus.REVOKED, LATER, DEPUTY),
                )
            },
        ),
    ),
    "superseded": (
        [Authorised(GRANT, NOON), Authorised(evolve(GRANT, revision=2), LATER)],
        SchoolState(
            None,
            {
                "app": Consent(
                    "app",
                    None,
                    RequestStatus.AUTHORISED,
                    (
                        *revision(GrantStatus.SUPERSEDED, LATER, HEAD),
                        GrantRevision(evolve(GRANT, revision=2)),
                    ),
                )
            },
        ),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("events", "state"), STORIES.values(), ids=STORIES)
def test_a_story_leads_to_its_state(events, state):
    """Each event does to the state what its docstring says, and nothing else."""
    assert fold(events) == state


@pytest.mark.parametrize(
    ("name", "current"),
    [("shown", None), ("declined", None), ("authorised", GRANT), ("revoked", None)],
)
def test_only_an_authorised_grant_is_current(name, current):
    """A grant is current from its authorisation until it ends."""
    assert fold(STORIES[name][0]).consent("app").current == current


def test_declining_something_new_leaves_the_grant():
    """A school that declines a wider request keeps what it authorised."""
    events = [
        Authorised(GRANT, NOON),
        Presented(SHOWN, LATER),
        Declined("app", SHOWN.digest, HEAD, "", LATER),
    ]

    assert fold(events).consent("app").current == GRANT


def test_nothing_is_known_of_an_app_that_was_never_shown():
    """The consent of an unknown app is empty, and no error."""
    assert SchoolState().consent("app") == Consent("app")


@FEWER
@given(HISTORIES)
def test_an_app_asks_for_what_it_published_last(history):
    """Of an app's stream the newest request counts, and nothing but requests."""
    published = [event for event in history if isinstance(event, RequestPublished)]

    found = fold_requests(history)

    assert found == (
        Published(published[-1].request, published[-1].version)
        if published
        else Published()
    )
