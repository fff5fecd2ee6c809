"""Where an app stands: one answer for every history, and true of what flows."""

import pytest
from hypothesis import given

from scopegate.consent.disclosures import Usage
from scopegate.consent.lifecycle import GrantStatus, RequestStatus
from scopegate.consent.standing import connection_of, live_revision
from scopegate.errors import DecisionError
from scopegate.pages.school import card_of
from scopegate.pages.situation import Action, Situation, Tone, situation_of

from .worlds import CATALOGUE, FEWER, cases_of, flowing, histories

UNCONNECTED = {Situation.NOT_CONNECTED, Situation.DISCONNECTED, Situation.CLOSED}
PUBLIC = frozenset(CATALOGUE.public_fields)


@FEWER
@given(histories())
def test_what_a_situation_says_of_the_flow_is_true(history):
    """Where it says that only public data flows, or nothing, the gate gives no more."""
    ledger, now = history
    for case in cases_of(ledger, now):
        situation = situation_of(case)
        found = flowing(CATALOGUE, ledger, case)
        if "Only public data about the school" in situation.sentence:
            assert found == PUBLIC
        if "nothing flows" in situation.sentence:
            assert found == frozenset()
        live = live_revision(case.state, school=case.school, app=case.app, now=now)
        if situation.tone is Tone.FLOWS or situation is Situation.MORE_ASKED:
            assert live is not None
            assert PUBLIC <= found <= live.grant.fields | PUBLIC


@FEWER
@given(histories())
def test_what_is_to_be_done_can_be_done(history):
    """Where something is to be decided there is a page to decide on, and else none."""
    for case in cases_of(*history):
        card = card_of(case, Usage(case.app))
        show = case.amendment if card.leads_to_grant else case.to_show
        if card.action in {Action.NOTHING, Action.CONNECT}:
            with pytest.raises(DecisionError):
                show()
        else:
            assert show().app == case.app


@FEWER
@given(histories())
def test_a_situation_agrees_with_the_two_machines(history):
    """It is the state of the request, or of the newest grant, and no third thing."""
    ends = {
        Situation.REVOKED: GrantStatus.REVOKED,
        Situation.RELINQUISHED: GrantStatus.RELINQUISHED,
    }
    asks = {
        Situation.DECLINED: RequestStatus.DECLINED,
        Situation.LAPSED: RequestStatus.LAPSED,
        Situation.AWAITING: RequestStatus.AWAITING_AUTHORISATION,
    }
    for case in cases_of(*history):
        situation, latest = situation_of(case), case.consent.latest
        if situation in ends:
            assert latest.status is ends[situation]
        if situation in asks:
            assert case.status is asks[situation]
        is_there = connection_of(case.state, case.school) is not None
        assert (situation in UNCONNECTED) is not is_there
        if situation is Situation.CANCELLED:
            assert case.published.is_cancelled
        if situation is Situation.NOT_ASKED:
            assert case.published.request is None


@pytest.mark.parametrize("situation", Situation)
def test_every_situation_has_its_words(situation):
    """A label for a tag, whole sentences, and words for what is to be done, if anything."""
    assert 3 < len(situation.label) < 40
    assert situation.sentence.endswith(".")
    assert situation.tone in Tone
    assert (situation.action.label == "") is (situation.action is Action.NOTHING)


def test_somebody_is_waited_for_where_there_is_something_to_decide():
    """Waiting is what asks for a decision, and nothing that has had its answer."""
    assert {s for s in Situation if s.is_waiting} == {
        Situation.NEW,
        Situation.AWAITING,
        Situation.AWAITING_SECOND,
        Situation.CHANGED,
        Situation.IDENTIFIERS_CHANGED,
        Situation.MORE_ASKED,
    }
    assert {s.tone for s in Situation if s.is_waiting} == {Tone.ASKS}


@FEWER
@given(histories())
def test_a_stop_is_told_wherever_there_is_one(history):
    """A school that stopped something reads so at each app, and at no other."""
    for case in cases_of(*history):
        state, situation = case.state, situation_of(case)
        is_paused = case.grant is not None and state.pause_of(case.app) is not None
        assert (situation is Situation.CLOSED) is (state.closed is not None)
        if situation is Situation.DISCONNECTED:
            assert state.stopped is not None
        if situation is Situation.ALL_PAUSED:
            assert "" in state.pauses
        if situation is Situation.PAUSED:
            assert {case.app} <= {*state.pauses} - {""}
        if situation not in UNCONNECTED:
            assert situation.is_stopped is is_paused
        card = card_of(case, Usage(case.app))
        assert card.has_data is (card.has_grant and not situation.is_stopped)


def test_an_app_is_told_no_more_than_what_it_is_refused_for():
    """It cannot tell who stopped a connection, or whether others are paused with it."""
    hidden = {s: s.for_app for s in Situation if s.for_app is not s}

    assert hidden == {
        Situation.DISCONNECTED: Situation.NOT_CONNECTED,
        Situation.ALL_PAUSED: Situation.PAUSED,
    }


def test_no_two_situations_are_called_alike():
    """Anyone who reads the label or the sentence knows which it is."""
    assert len({s.label for s in Situation}) == len(Situation)
    assert len({s.sentence for s in Situation}) == len(Situation)
