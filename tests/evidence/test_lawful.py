"""An audit finds every history that the register could not have written.

The edits of `history_edits` are made with no hash to betray them. `verify` finds a
fault; or a register of now writes the edited history again, event for event, so that it
is lawful; or only an earlier release could have written it; or the part that was edited
is listed in `TOLD`, with the reason.
"""

import json
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from random import Random
from typing import get_args

import pytest
from attrs import evolve
from hypothesis import HealthCheck, given, settings, strategies as st

from scopegate import Actor, Catalogue, ConsentRegister, Subjects
from scopegate.catalogue.field import Sensitivity
from scopegate.consent.codec import event_from_json
from scopegate.consent.connection import Connection
from scopegate.consent.decision import Choice, Decision, TwoPersonRule
from scopegate.consent.events import (
    Amended,
    Authorised,
    Closed,
    Connected,
    Declined,
    Disconnected,
    Event,
    Expired,
    Invalidated,
    Lapsed,
    Paused,
    PeopleChecked,
    Presented,
    ProposalDropped,
    RequestPublished,
    Succeeded,
)
from scopegate.consent.grant import Grant
from scopegate.consent.present import present
from scopegate.consent.presentation import DecisionKind
from scopegate.errors import UnreachableLedgerError
from scopegate.evidence.audit import verify
from scopegate.ledgers.base import app_stream, school_stream
from scopegate.ledgers.memory import MemoryLedger
from scopegate.testing.permits import NOON
from scopegate.testing.strategies import catalogues, memory_ledgers

from ..deciding import APP, CATALOGUE, DANA, MORE, REQUEST, SAM, SCHOOL, Scene
from .every_kind import BOOKS, CATALOGUES, MARKS, ONE, TWO, every_kind
from .history_again import is_written_again
from .history_edits import (
    edited,
    edits,
    faults_of,
    is_found_without,
    outcome,
    streams_of,
)

FEW = settings(
    max_examples=max(15, settings().max_examples // 5),
    deadline=None,
    suppress_health_check=list(HealthCheck),  # a whole history for each example
)
STREAM = school_stream(SCHOOL)


@pytest.fixture(scope="module")
def told():
    """Return the streams in which every kind of event is."""
    return every_kind()


# -- The laws


def test_a_history_with_every_kind_of_event_is_lawful(told):
    """No kind of event is a fault as the register writes it, whatever is known."""
    kinds = {type(event) for events in told.values() for event in events}

    assert kinds == {*get_args(Event)}
    assert faults_of(told) == faults_of(told, CATALOGUES) == []
    assert is_written_again(told, CATALOGUES)


@FEW
@given(
    catalogues().flatmap(lambda made: st.tuples(st.just(made), memory_ledgers(made))),
    st.randoms(use_true_random=False),
)
def test_no_edit_of_a_random_history_is_missed(made, chance):
    """Whatever part of whatever event is edited: found, written again, or listed."""
    catalogue, ledger = made
    streams = streams_of(ledger)
    assert faults_of(streams) == faults_of(streams, [catalogue]) == []

    for _ in range(4 if any(streams.values()) else 0):
        key, after = edited(streams, chance)

        assert outcome(key, after, [catalogue]) != "missed", key
        assert is_found_without(key, after, [catalogue]), key


@pytest.mark.parametrize("seed", range(20))
def test_no_edit_of_any_kind_of_event_is_missed(told, seed):
    """The same of kinds of events that random histories seldom have."""
    key, after = edited(told, Random(seed))  # noqa: S311 - no secret

    assert outcome(key, after, CATALOGUES) != "missed", key
    assert is_found_without(key, after, CATALOGUES), key


@pytest.mark.slow
def test_of_many_edits_of_every_kind_of_event_none_is_missed(told):
    """Each fifth of all edits there are: most are found, and none is missed."""
    some = islice(edits(told), 0, None, 5)
    found = [outcome(key, after, CATALOGUES) for key, after in some]

    assert "missed" not in found
    assert found.count("found") > 0.85 * len(found) > 1_000


# -- What somebody could write who can write to the ledger


def granted():
    """Return a scene with a grant, what was shown for it, and the grant."""
    scene = Scene()
    shown = scene.shown()
    return scene, shown, scene.register.authorise(shown, actor=DANA)


def forged(scene, *events):
    """Return what an audit finds after events were written past the register."""
    scene.ledger.append(STREAM, events, None)
    return [fault.message for fault in verify(scene.ledger).faults]


def decided(scene, shown, **choice):
    """Return a decision on a page and the grant by it, as a forger makes them."""
    decision = Decision.on(shown, frozenset(), actor=DANA, method="", at=scene.clock())
    grant = Grant.of(
        CATALOGUE,
        shown,
        Choice(**choice),
        id="forged",
        revision=1,
        decisions=[decision],
    )
    return decision, grant


COVERS = "it covers something other than the school was shown: "


@pytest.mark.parametrize(
    ("change", "part"),
    [
        (lambda g: {"scopes": (*g.scopes, "students.fsm")}, "its scopes"),
        (
            lambda g: {"pins": {**g.pins, "student.upn": g.pins["student.id"]}},
            "its fields",
        ),
        (lambda g: {"rows": ()}, "its row rules"),
        (lambda g: {"rows": (*g.rows, evolve(g.rows[0], rules=()))}, "its row rules"),
        (lambda g: {"schools": ()}, "the places that say whose a record is"),
        (
            lambda g: {"subjects": Subjects.only(student=[7])},
            "the places that name people",
        ),
        (lambda g: {"catalogue": "other"}, "its catalogue"),
        (lambda g: {"catalogue_version": "1"}, "its catalogue"),
        (lambda g: {"policy_version": 0}, "its catalogue"),
        (lambda g: {"request_version": 77}, "its request"),
    ],
    ids=map(str, range(10)),
)
def test_a_grant_of_something_else_is_found(change, part):
    """A part of a grant that the page cannot have led to; only fields were found."""
    scene = Scene()
    shown = scene.shown()
    _, grant = decided(scene, shown)

    made = evolve(grant, **change(grant))

    assert f"{COVERS}{part}" in forged(scene, Authorised(made, scene.clock()))


def test_a_tick_of_what_was_not_offered_is_found():
    """A box that no one was shown cannot be ticked; found nothing before."""
    scene, _, grant = granted()
    decision = evolve(grant.decision, ticked={"students.fsm"})
    again = evolve(grant, revision=2, decisions=[decision])

    assert "its ticks or its terms are not those of the page" in forged(
        scene, Authorised(again, scene.clock())
    )


def test_one_person_where_two_must_is_found():
    """One person's yes to what takes two is told; found nothing before."""
    scene = Scene()
    scene.connect()
    rule = TwoPersonRule(Sensitivity.PERSONAL)
    scene.register.require_two_people(rule, school=SCHOOL, actor=DANA)
    scene.register.publish(REQUEST)
    shown = scene.ask()
    _, grant = decided(scene, shown)

    assert forged(scene, Authorised(grant, scene.clock())) == [
        "one person decided, where two must"
    ]


@pytest.mark.parametrize(
    ("second", "problem"),
    [
        (DANA, "the second person is the first"),
        (Actor("dana\u200b HEAD"), "the second person is the first"),
        (SAM, None),
    ],
)
def test_the_second_person_is_another(second, problem):
    """The same person twice is not two people, however spelt; found nothing before."""
    scene = Scene()
    scene.connect()
    scene.disconnect()  # which earlier releases cannot read
    scene.register.connect(school=SCHOOL, mis="sims", adapter=scene.mis, actor=DANA)
    rule = TwoPersonRule(Sensitivity.PERSONAL)
    scene.register.require_two_people(rule, school=SCHOOL, actor=DANA)
    scene.register.publish(REQUEST)
    shown = scene.ask()
    first = scene.register.authorise(shown, actor=DANA)
    decision, grant = decided(scene, shown)
    last = evolve(decision, actor=second)
    both = evolve(grant, decisions=[first.decision, last])

    found = forged(scene, Authorised(both, scene.clock()))

    assert found == ([problem] if problem else [])


@pytest.mark.parametrize(
    ("decisions", "problem"),
    [
        (lambda d: [d, evolve(d, actor=SAM)], "more people decided than must"),
        (
            lambda d: [d, evolve(d, actor=SAM)],
            "no first person's yes to the same waited",
        ),
    ],
    ids=["more", "no first"],
)
def test_two_people_where_one_suffices_are_found(decisions, problem):
    """A first yes that no one gave, and no rule asked for, is told."""
    scene = Scene()
    shown = scene.shown()
    decision, grant = decided(scene, shown)
    both = evolve(grant, decisions=decisions(decision))

    assert problem in forged(scene, Authorised(both, scene.clock()))


def test_a_grant_without_a_connection_is_found():
    """While a school is disconnected it authorises nothing; found nothing before."""
    scene, _, grant = granted()
    scene.disconnect()
    again = evolve(grant, revision=2)

    assert "the school was not connected" in forged(
        scene, Authorised(again, scene.clock())
    )


def test_an_old_decision_written_again_is_found():
    """A decision from before a revocation does not count twice; found nothing before."""
    scene, _, grant = granted()
    scene.revoke()

    assert "nothing waited for a decision" in forged(
        scene, Authorised(evolve(grant, id="forged"), scene.clock())
    )


def test_an_app_that_never_published_is_found():
    """A page of an app that asks for nothing is told; found nothing before."""
    scene, shown, _ = granted()
    page = evolve(shown, app="evil", request_version=9)
    _, grant = decided(scene, page)
    at = scene.clock()

    assert "the page asks for something other than its app has published" in forged(
        scene, Presented(page, None, at), Authorised(grant, at)
    )


def test_a_page_that_was_declined_is_not_authorised():
    """After a no the same page waits for nothing; found nothing before."""
    scene = Scene()
    shown = scene.shown()
    scene.register.decline(shown, actor=DANA)
    _, grant = decided(scene, shown)

    assert forged(scene, Authorised(grant, scene.clock())) == [
        "nothing waited for a decision"
    ]


def test_a_decision_at_another_instant_is_found():
    """A decision is written at its instant, and on a page that waited then."""
    scene, _, grant = granted()
    long_ago = datetime(1999, 1, 1, tzinfo=UTC)
    decision = evolve(grant.decision, at=long_ago)
    again = evolve(grant, revision=2, decisions=[decision])

    found = forged(scene, Authorised(again, scene.clock()))

    assert {
        "it was decided at another instant",
        "nothing waited for a decision",
    } <= {*found}


@pytest.mark.parametrize(
    ("change", "follows"),
    [
        ({"revision": 3}, False),
        ({"id": "other"}, False),
        ({"id": "other", "revision": 1}, False),
        ({}, True),
    ],
)
def test_the_next_revision_follows_from_the_one_before(change, follows):
    """While a grant is in force only its own next revision can come."""
    scene, _, _ = granted()
    page = scene.register.present_grant(school=SCHOOL, app=APP)
    scene.register.amend(page, actor=SAM)
    *events, last = scene.ledger.read(STREAM)
    made = evolve(last.grant, **change)
    streams = streams_of(scene.ledger)

    found = faults_of({**streams, STREAM: [*events, Amended(made, last.at)]})

    told = "its revision does not follow from the events before it"
    assert [fault.message for fault in found] == ([] if follows else [told])


@pytest.mark.parametrize(
    "change", [{"grant": "other"}, {"revision": 2}], ids=["grant", "revision"]
)
def test_an_end_of_what_never_was_is_a_fault(change):
    """To revoke a revision that there is not is told with its position."""
    scene, _, _ = granted()
    scene.revoke()
    *events, end = scene.ledger.read(STREAM)
    end = evolve(end, **change)

    (fault,) = faults_of({**streams_of(scene.ledger), STREAM: [*events, end]})

    assert fault.place == f"stream `{STREAM}`, position 4"
    assert fault.message == (
        f"it ends grant `{end.grant}`, revision {end.revision},"
        " which it cannot have ended"
    )


def test_a_page_of_an_older_catalogue_with_a_lighter_field_is_found_by_that_one():
    """A field that weighs less than its catalogue says is told where that is known."""
    scene = Scene()
    shown = scene.shown()
    *events, last = scene.ledger.read(STREAM)
    (scope,) = shown.required
    lighter = evolve(scope, title="Something else")
    page = evolve(last.presentation, required=[lighter])
    streams = streams_of(scene.ledger)
    streams[STREAM] = [*events, evolve(last, presentation=page)]

    assert faults_of(streams) == []
    assert [fault.message for fault in faults_of(streams, [CATALOGUE])] == [
        "the page is not what its catalogue makes of the request"
    ]


# -- Each sentence that an audit says of a school, on the history of every kind

SCHOOL_ONE, SCHOOL_TWO = map(school_stream, (ONE, TWO))


def _is_check(event):
    return isinstance(event, PeopleChecked)


def put(position, path, value):
    """Return an edit that gives a part of an event another value."""

    def edit(events):
        return [
            changed(event, path.split("."), value) if at == position else event
            for at, event in enumerate(events, start=1)
        ]

    return edit


def changed(event, path, value):
    """Return a value whose part at a path is another."""
    first, *rest = path
    inner = getattr(event, first)
    return evolve(event, **{first: changed(inner, rest, value) if rest else value})


def without(*positions):
    """Return an edit that takes events away."""

    def edit(events):
        return [e for at, e in enumerate(events, start=1) if at not in positions]

    return edit


def repeated(position, *, after, **change):
    """Return an edit that writes an event again, after another one."""

    def edit(events):
        again = evolve(events[position - 1], **change)
        return [*events[:after], again, *events[after:]]

    return edit


def added(event, *, after=40):
    """Return an edit that writes a further event, by default at the end."""

    def edit(events):
        return [*events[:after], event, *events[after:]]

    return edit


def both(*edits_):
    """Return an edit that makes several, one after the other."""

    def edit(events):
        for each in edits_:
            events = each(events)
        return events

    return edit


def a_no_to_the_grant(events):
    """Decline the page of a grant that no one has proposed to amend."""
    shown = events[6]
    no = Decision.on(shown.presentation, frozenset(), actor=DANA, method="", at=NOON)
    return [*events[:7], Declined(MARKS, no, "", NOON), *events[7:]]


def no_such_scope(events):
    """Show a page with a scope that cannot be asked for."""
    page = events[4].presentation
    scope = evolve(page.required[0], key="x y", fields=())
    shown = evolve(events[4], presentation=evolve(page, required=[scope]))
    return [*events[:4], shown, *events[5:]]


def unknown_permissions(events):
    """Connect once more, and no longer say what the MIS account may do."""
    made = evolve(events[36].connection, permissions=None)
    return [*events, evolve(events[36], connection=made)]


def everything_invalid(events):
    """Stop every field of a grant that somebody has proposed to amend."""
    pins = tuple(events[8].grant.pins)
    end = Invalidated(MARKS, "grant-1", 2, pins, 2, NOON)
    return [*events[:11], end, *events[11:]]


LATER, SOONER = NOON + timedelta(days=900), NOON - timedelta(days=900)
CLOSED = Closed("", DANA, "", NOON)
LEFT = "the first person's yes to amend it is not ended by an event"
SENTENCES = [
    (put(1, "at", LATER), "the connection was verified at another instant"),
    (put(1, "connection.zone", ""), "a school has a time zone"),
    (unknown_permissions, "it no longer says what the MIS account may do"),
    (without(1), "the school was not connected"),
    (put(35, "permissions", {"A"}), "nothing has changed by it"),
    (without(35, 36, 38), "it was not paused"),
    (repeated(38, after=38), "it was paused already"),
    (added(CLOSED, after=35), "the school had closed"),
    (added(evolve(CLOSED, successor=ONE)), "the school cannot follow itself"),
    (added(CLOSED, after=0), "nothing was known of the school"),
    (repeated(5, after=5), "that page waited already"),
    (put(7, "lapses_at", LATER), "a grant that is shown does not lapse"),
    (without(21), "what was over by then is not written before it"),
    (put(5, "presentation.mis", "x"), "the page names another school or MIS than is"
     " connected"),
    (without(2), "the page has another rule of two people than the school"),
    (put(7, "presentation.grant", None), "the page reminds of another grant than the"
     " one in force"),
    (put(5, "presentation.language", "cy"), "the parts of the page do not fit together"),
    (put(3, "presentation.asking", DecisionKind.AMENDMENT), "there was no grant to"
     " amend"),
    (repeated(30, after=34), "the school was shown a newer version of the catalogue"
     " before"),
    (without(16), "the first person's yes to the page before is not ended by an event"),
    (without(12, 13), "the first person's yes to another page is not ended by an event"),
    (repeated(14, after=23), "the school was shown a later request before"),
    (without(4), "the page marks something other than the grant in force permits"),
    (put(7, "presentation.purpose", "x"), "the page is not that of the grant in force"),
    (no_such_scope, "the page asks for something other than its app has published"),
    (put(6, "decision.presentation", "x"), "what it was decided on is not what the"
     " school was shown"),
    (a_no_to_the_grant, "no one had proposed to amend the grant"),
    (put(6, "decision.ticked", {"b"}), "a no ticks nothing"),
    (put(8, "proposal.decision.presentation", "x"), "what it was decided on is not what"
     " the school was shown"),
    (repeated(8, after=8), "a first person's yes waited already"),
    (put(8, "proposal.lapses_at", LATER), "the second person has more time, or less,"
     " than the rule gives"),
    (put(8, "proposal.choice.ticked", {"a"}), "its decision and its choice differ"),
    (put(8, "proposal.decision.ticked", {"a"}), "one person sufficed"),
    (put(8, "proposal.choice.expires_at", SOONER), "it would have ended before it"
     " began"),
    (put(8, "proposal.choice.issuer", ["x"]), "the people it lists are identified by"
     " another MIS than is connected"),
    (put(8, "proposal.choice.subjects", Subjects.only(room=[1])), "it lists people of a"
     " kind that no record names"),
    (put(28, "grant.id", "grant-1"), "its revision does not follow from the events"
     " before it"),
    (put(28, "at", LATER), "it was decided at another instant"),
    (put(20, "at", LATER), "what was over by then is not written before it"),
    (put(29, "at", SOONER), "it was not over, or not there, by then"),
    (put(23, "app", MARKS), "it was not over, or not there, by then"),
    (put(12, "at", SOONER), "what is written with it does not end the first person's"
     " yes"),
    (without(12), LEFT),
    (put(13, "revision", 9), "it ends grant `grant-1`, revision 9, which it cannot have"
     " ended"),
    (both(without(12), put(12, "at", LATER)), "what was over by then is not written"
     " before it"),
    (added(Expired(MARKS, "grant-1", 2, NOON + timedelta(days=31)), after=11), LEFT),
    (everything_invalid, LEFT),
    (put(11, "proposal.choice.expires_at", NOON + timedelta(days=5)), "one person"
     " sufficed"),
    (put(32, "revision", 9), "it ends grant `grant-10`, revision 9, which it cannot"
     " have ended"),
    (put(32, "fields", ["pupil.care"]), "it stops fields that did not flow"),
    (put(36, "holds", False), "it does not hold, as a stop does"),  # noqa: FBT003 - what is put there
    (both(added(CLOSED), added(CLOSED, after=41)), "the school had closed"),
    (put(37, "actor", None), "the school had disconnected, and no one is named who"
     " connects it again"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("edit", "problem"), SENTENCES, ids=map(str, range(len(SENTENCES)))
)
def test_what_is_wrong_is_said(told, edit, problem):
    """An edit of the history of every kind is told in the sentence that fits it."""
    after = {**told, SCHOOL_ONE: edit(told[SCHOOL_ONE])}

    found = faults_of(after, CATALOGUES)

    assert problem in [fault.message for fault in found]


@pytest.mark.parametrize(
    ("stream", "change", "problem"),
    [
        (
            app_stream(BOOKS),
            lambda events: [e for e in events if isinstance(e, RequestPublished)],
            "the app has not cancelled it",
        ),
        (
            f"disclosure/{ONE}",
            lambda events: [evolve(events[0], revision=9)],
            "it was released by a grant that the school never gave",
        ),
        (
            f"disclosure/{ONE}",
            lambda events: [evolve(events[0], grant="")],
            "no grant has a revision",
        ),
        (
            f"disclosure/{ONE}",
            lambda events: [evolve(events[0], count=0)],
            "it counts nothing, or ended before it began",
        ),
        (f"successor/{ONE}", lambda _: [CLOSED], "the event belongs elsewhere"),
        (
            SCHOOL_TWO,
            lambda events: [
                evolve(e, revision=2) if _is_check(e) else e for e in events
            ],
            "it checks the people of a grant that is not in force",
        ),
        (
            SCHOOL_TWO,
            lambda events: [evolve(e, found=0) if _is_check(e) else e for e in events],
            "it counts more people than there are, or fewer",
        ),
        (
            SCHOOL_TWO,
            lambda events: [
                evolve(e, at=LATER) if _is_check(e) else e
                for e in events
                if not isinstance(e, Authorised)
            ],
            "what was over by then is not written before it",
        ),
        (
            SCHOOL_ONE,
            lambda events: [
                *events,
                PeopleChecked(MARKS, "grant-10", 2, 1, 0, 0, LATER),
            ],
            "that grant lists no one",
        ),
    ],
    ids=map(str, range(9)),
)
def test_what_is_wrong_with_other_streams_is_said(told, stream, change, problem):
    """The same of what an app took back, what was released, and who follows."""
    after = {**told, stream: change(told[stream])}

    assert problem in [fault.message for fault in faults_of(after, CATALOGUES)]


def test_a_page_of_what_no_catalogue_has_is_found():
    """A scope that the catalogue of a page does not have is told."""
    scene = Scene()
    scene.shown()
    *events, last = scene.ledger.read(STREAM)
    (scope,) = last.presentation.required
    other = evolve(scope, key="none", includes=(), fields=())
    request = evolve(REQUEST, required={"none"}, reasons={})
    optional = tuple(evolve(s, reason="") for s in last.presentation.optional)
    page = evolve(last.presentation, required=[other], optional=optional)
    streams = {
        STREAM: [*events, evolve(last, presentation=page)],
        app_stream(APP): [RequestPublished(request, 1, NOON)],
    }

    assert faults_of(streams) == []
    assert len(faults_of(streams, [CATALOGUE])) == 1


def test_what_a_grant_answers_is_not_asked_again():
    """While a grant answers a request and all of it flows, the page is the grant's."""
    scene, _, grant = granted()
    state = scene.register.state(SCHOOL)
    page = present(
        CATALOGUE, state.connection, REQUEST, 1, held=state.consent(APP).latest
    )

    assert page.grant.id == grant.id
    assert forged(scene, Presented(page, None, scene.clock())) == [
        "the grant in force answers that request already"
    ]


def test_a_request_that_is_granted_ends_a_yes_to_amend():
    """A first yes to amend is ended by the next grant, and that is lawful."""
    scene, _, _ = granted()
    page = scene.register.present_grant(school=SCHOOL, app=APP)
    rule = TwoPersonRule(Sensitivity.PERSONAL)
    scene.register.require_two_people(rule, school=SCHOOL, actor=DANA)
    page = scene.register.present_grant(school=SCHOOL, app=APP)
    scene.register.amend(page, actor=DANA, optional=["students.dob"])
    scene.register.require_two_people(None, school=SCHOOL, actor=DANA)
    scene.register.publish(MORE)
    scene.register.authorise(scene.ask(), actor=SAM)

    assert scene.events()[-2:] == ["ProposalDropped", "Authorised"]
    assert verify(scene.ledger, catalogues=[CATALOGUE]).is_sound


def test_people_stay_those_of_the_mis_that_listed_them():
    """Over another MIS a grant may keep its people, whose identifiers are the old."""
    scene = Scene()
    scene.granted(subjects=Subjects.only(student=[7]))
    scene.register.connect(school=SCHOOL, mis="sims", adapter=scene.mis)
    page = scene.register.present_grant(school=SCHOOL, app=APP)
    scene.register.amend(page, actor=DANA, optional=["students.dob"])

    grants = [e.grant for e in scene.ledger.read(STREAM) if isinstance(e, Amended)]

    assert [grant.issuer for grant in grants] == [("arbor", "")]
    assert verify(scene.ledger, catalogues=[CATALOGUE]).is_sound


@pytest.mark.parametrize(
    "look",
    [
        lambda scene: scene.register.settle(SCHOOL),
        lambda scene: scene.open().close(),
        lambda scene: scene.ask(),
    ],
    ids=["settle", "gate", "ask"],
)
def test_an_expiry_ends_a_yes_to_amend(look):
    """A first yes to amend a grant that is over is ended by an event, by all who look."""
    scene = Scene()
    scene.granted(expires_at=NOON + timedelta(days=1))
    rule = TwoPersonRule(Sensitivity.PERSONAL)
    scene.register.require_two_people(rule, school=SCHOOL, actor=DANA)
    page = scene.register.present_grant(school=SCHOOL, app=APP)
    scene.register.amend(page, actor=DANA, optional=["students.dob"])
    scene.clock.go_on(timedelta(days=2))
    look(scene)

    assert scene.events()[6:8] == ["ProposalDropped", "Expired"]
    assert verify(scene.ledger, catalogues=[CATALOGUE]).is_sound


# -- What earlier releases wrote

BEFORE = Path(__file__).with_name("before.jsonl")


@pytest.mark.parametrize(
    "line", BEFORE.read_text().splitlines(), ids=map(str, range(4))
)
def test_histories_of_the_release_before_are_lawful(line):
    """What its register and its gate wrote at random, of every kind it had."""
    made = json.loads(line)
    catalogue = Catalogue.from_dict(made["catalogue"])
    streams = {
        name: [event_from_json(json.dumps(event)) for event in events]
        for name, events in made["streams"].items()
    }
    pages = [e.presentation for e in streams[STREAM] if isinstance(e, Presented)]

    assert {page.catalogue_digest for page in pages} == {catalogue.digest}
    assert faults_of(streams) == faults_of(streams, [catalogue]) == []


def test_earlier_releases_recorded_each_connection():
    """Until an event of this release is there, a school may be connected again."""
    scene = Scene()
    scene.connect()
    (connected,) = scene.ledger.read(STREAM)
    pause = Paused("", DANA, "", NOON)

    assert faults_of({STREAM: [connected, connected]}) == []
    assert [f.message for f in faults_of({STREAM: [connected, pause, connected]})] == [
        "nothing has changed by it"
    ]


def test_earlier_releases_lifted_a_stop_without_a_name():
    """A stop of theirs did not hold; one of this release is lifted by somebody."""
    connected = Connected(Connection(SCHOOL, "arbor", "", NOON), NOON)
    stop = Disconnected(DANA, "", NOON)

    lifted = faults_of({STREAM: [connected, stop, connected]})
    held = faults_of({STREAM: [connected, evolve(stop, holds=True), connected]})
    later = faults_of({STREAM: [connected, Paused("", DANA, "", NOON), stop]})

    assert lifted == []
    assert [fault.message for fault in held] == [
        "the school had disconnected, and no one is named who connects it again"
    ]
    assert [f.message for f in later] == ["it does not hold, as a stop does"]


def two_people_of_before(second):
    """Return a history of earlier releases: two people authorise, the second of them so."""
    scene = Scene()
    scene.connect()
    rule = TwoPersonRule(Sensitivity.PERSONAL)
    scene.register.require_two_people(rule, school=SCHOOL, actor=DANA)
    scene.register.publish(REQUEST)
    shown = scene.ask()
    first = scene.register.authorise(shown, actor=Actor("Dana", id="Dana@x"))
    decision, grant = decided(scene, shown)
    both = evolve(grant, decisions=[first.decision, evolve(decision, actor=second)])
    scene.ledger.append(STREAM, [Authorised(both, scene.clock())], None)
    return scene


@pytest.mark.parametrize(
    ("second", "are_two"),
    [
        (Actor("Dana", id="dana@x"), True),
        (Actor("Dana", id="Dana@x"), False),
        (Actor("DANA "), False),
        (Actor("Dana\u200b"), True),
    ],
)
def test_earlier_releases_compared_people_as_they_are_spelt(second, are_two):
    """Two spellings were two people then, and their decisions stay lawful."""
    scene = two_people_of_before(second)

    found = [fault.message for fault in verify(scene.ledger).faults]

    assert found == ([] if are_two else ["the second person is the first"])


def another_purpose(*, marked):
    """Return what is found where one person authorises another purpose."""
    scene = Scene()
    scene.connect()
    rule = TwoPersonRule(Sensitivity.PERSONAL)
    scene.register.require_two_people(rule, school=SCHOOL, actor=DANA)
    if marked:
        scene.register.pause(school=SCHOOL, actor=DANA)
    scene.register.publish(REQUEST)
    shown = scene.ask()
    for actor in (DANA, SAM):
        scene.register.authorise(shown, actor=actor)
    scene.register.publish(evolve(REQUEST, purpose="Sell profiles"))
    page = scene.ask()
    before = scene.consent().current
    _, grant = decided(scene, page)
    made = evolve(grant, id=before.id, revision=2)
    return forged(scene, Authorised(made, scene.clock()))


def test_earlier_releases_compared_data_alone():
    """For another purpose one person sufficed then, and does not suffice now."""
    assert another_purpose(marked=False) == []
    assert another_purpose(marked=True) == ["one person decided, where two must"]


def left_proposal():
    """Return a history in which a first yes waited when its grant was revoked."""
    scene, _, _ = granted()
    rule = TwoPersonRule(Sensitivity.PERSONAL, days=1)
    scene.register.require_two_people(rule, school=SCHOOL, actor=DANA)
    page = scene.register.present_grant(school=SCHOOL, app=APP)
    scene.register.amend(page, actor=DANA, optional=["students.dob"])
    scene.revoke()
    events = [
        evolve(event, actor=None) if isinstance(event, Presented) else event
        for event in scene.ledger.read(STREAM)
        if not isinstance(event, ProposalDropped)
    ]
    return scene, events, page.digest


def test_earlier_releases_kept_a_yes_after_its_grant_had_ended():
    """They wrote later that it had lapsed, once its time was over, and not before."""
    scene, events, digest = left_proposal()
    streams, over = streams_of(scene.ledger), scene.clock() + timedelta(days=1)
    late, early = Lapsed(APP, digest, over), Lapsed(APP, digest, scene.clock())
    marked = [events[0], Paused("", DANA, "", NOON), *events[1:]]

    assert faults_of({**streams, STREAM: [*events, late]}) == []
    assert [f.message for f in faults_of({**streams, STREAM: [*events, early]})] == [
        "it was not over, or not there, by then"
    ]
    assert [f.message for f in faults_of({**streams, STREAM: [*marked, late]})] == [
        "the first person's yes to amend it is not ended by an event",
        "it was not over, or not there, by then",
    ]


# -- What other streams say


def test_an_app_that_is_unreadable_is_not_held_against_a_school():
    """What cannot be read may say anything; it is a fault where it is read itself."""

    class Broken(MemoryLedger):
        """A ledger that cannot read the stream of any app."""

        def bodies(self, stream, after=0):
            """Return the events, or fail."""
            if stream.startswith("app/"):
                raise UnreachableLedgerError("a.db", "the disk failed")
            return super().bodies(stream, after)

    scene, _, _ = granted()
    broken = Broken()
    for name in scene.ledger.streams():
        broken.append(name, scene.ledger.read(name), 0)

    assert [fault.place for fault in verify(broken).faults] == [
        f"stream `{app_stream(APP)}`"
    ]


def test_what_an_app_publishes_meanwhile_is_no_fault():
    """A ledger that is written to while it is verified is read again where needed."""

    class Busy(MemoryLedger):
        """A ledger whose school decides on a new request once its app was read."""

        done = False

        def bodies(self, stream, after=0):
            """Return the events, after those that somebody else wrote meanwhile."""
            if stream == STREAM and not self.done:
                self.done = True
                register = ConsentRegister(CATALOGUE, self)
                register.publish(MORE)
                register.ask(school=SCHOOL, app=APP)
            return super().bodies(stream, after)

    scene, _, _ = granted()
    busy = Busy()
    for name in scene.ledger.streams():
        busy.append(name, scene.ledger.read(name), 0)

    found = verify(busy)

    assert found.is_sound
    assert found.events == 5


def test_a_school_alone_is_compared_with_its_apps():
    """Where one school is asked for, what its apps published is read all the same."""
    scene, _, _ = granted()
    alone = MemoryLedger()
    alone.append(STREAM, scene.ledger.read(STREAM), 0)

    assert verify(scene.ledger, streams=[STREAM]).is_sound
    assert not verify(alone, streams=[STREAM]).is_sound


def test_a_pause_of_an_app_that_no_one_knows_is_found():
    """An app is paused that a school, or the ledger, knows; or all are."""
    connected = Connected(Connection(SCHOOL, "arbor", "", NOON), NOON)
    pauses = [Paused(app, DANA, "", NOON) for app in ("", "other", APP)]
    streams = {
        STREAM: [connected, *pauses],
        app_stream(APP): [RequestPublished(REQUEST, 1, NOON)],
    }

    assert [str(fault) for fault in faults_of(streams)] == [
        f"stream `{STREAM}`, position 3: app `other` has published nothing"
    ]


def test_a_successor_that_no_school_named_is_found(told):
    """A school is followed only where it has closed for it, and is named once."""
    stream = f"successor/{ONE}"
    (named,) = told[stream]
    other = Succeeded("100009", SAM, NOON)

    found = faults_of({**told, stream: [named, named, other]})

    assert [fault.message for fault in found] == [
        "that school was named already",
        "school `100009` has not closed for it",
    ]
