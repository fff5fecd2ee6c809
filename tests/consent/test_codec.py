"""Values as documents and back, strictly."""

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from scopegate.catalogue.field import Sensitivity
from scopegate.catalogue.resource import Naming, RowRule
from scopegate.consent.codec import event_from_json, event_to_json, from_json, to_json
from scopegate.consent.connection import Connection
from scopegate.consent.decision import Actor, Choice, Decision, Proposal, TwoPersonRule
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
    PermissionsChanged,
    Presented,
    Proposed,
    Relinquished,
    RequestCancelled,
    RequestPublished,
    Revoked,
    TwoPersonRuleSet,
)
from scopegate.consent.grant import Grant, Pin, PinnedRows
from scopegate.consent.presentation import (
    DecisionKind,
    Mark,
    Presentation,
    PresentedField,
    PresentedGrant,
    PresentedJoint,
    PresentedScope,
)
from scopegate.consent.request import AccessRequest, Terms
from scopegate.consent.subjects import Coverage, Subjects
from scopegate.errors import CodecError

FEWER = settings(
    max_examples=settings().max_examples // 2,
    suppress_health_check=[HealthCheck.too_slow],  # the first draw builds tables
)
"""For what is slow to draw; the thorough profile makes up for it."""

CANARY = "c4n4ry"

TEXTS = st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=3)
KEYS = st.text(st.sampled_from("abé._"), min_size=1, max_size=2)
COUNTS = st.integers(1, 99)
LEVELS = st.sampled_from(Sensitivity)
INSTANTS = st.datetimes(
    *(datetime(year, 1, 1) for year in (1990, 2100)),  # noqa: DTZ001 - it adds a zone
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=45))]),
)


def tuples(of):
    """Return short tuples of what *of* draws."""
    return st.lists(of, max_size=2).map(tuple)


ACTORS = st.builds(Actor, KEYS, TEXTS, TEXTS)
PLAIN = TEXTS | st.integers(-99, 99) | st.booleans()
RULES = st.builds(
    RowRule,
    KEYS,
    st.none() | KEYS,
    st.dictionaries(KEYS, st.lists(PLAIN, min_size=1, max_size=2), max_size=2),
    st.sampled_from(["", "days[].lessons[]"]),
)
PEOPLE = st.dictionaries(KEYS, st.lists(KEYS, max_size=2), max_size=2)
SUBJECTS = st.builds(Subjects, st.sampled_from(Coverage), PEOPLE)
TERMS = st.builds(Terms, TEXTS, TEXTS, TEXTS)
TICKS = st.frozensets(KEYS, max_size=2)
DECISIONS = st.builds(Decision, ACTORS, TEXTS, INSTANTS, KEYS, TICKS, TICKS, TERMS)
CHOICES = st.builds(Choice, TICKS, SUBJECTS, st.none() | INSTANTS)
GRANTS = st.builds(
    Grant,
    id=KEYS,
    revision=COUNTS,
    school=KEYS,
    app=KEYS,
    scopes=tuples(KEYS),
    pins=st.dictionaries(KEYS, st.builds(Pin, tuples(KEYS), LEVELS), max_size=2),
    rows=tuples(st.builds(PinnedRows, tuples(RULES), tuples(KEYS))),
    subjects=SUBJECTS,
    namings=tuples(st.builds(Naming, KEYS, KEYS, KEYS, KEYS)),
    catalogue=KEYS,
    catalogue_version=KEYS,
    policy_version=COUNTS,
    request_version=COUNTS,
    decisions=st.lists(DECISIONS, min_size=1, max_size=2),
    expires_at=st.none() | INSTANTS,
    schools=tuples(KEYS),
)


@st.composite
def requests(draw):
    """Draw an access request, with a reason for some of its scopes."""
    required, optional = draw(st.sets(KEYS)), draw(st.sets(KEYS))
    reasons = {key: draw(TEXTS) for key in required}
    return AccessRequest(
        draw(TEXTS), draw(TEXTS), required, optional - required, reasons, draw(TERMS)
    )


MARKS = st.none() | st.sampled_from(Mark)
FIELDS = tuples(st.builds(PresentedField, KEYS, TEXTS, LEVELS, tuples(KEYS), MARKS))
SCOPES = tuples(
    st.builds(
        PresentedScope,
        KEYS, TEXTS, TEXTS, LEVELS, TEXTS, FIELDS, tuples(KEYS), tuples(KEYS), MARKS,
    )
)  # fmt: skip
JOINTS = tuples(st.builds(PresentedJoint, tuples(KEYS), FIELDS))
PRESENTATIONS = st.builds(
    Presentation,
    st.sampled_from(DecisionKind),
    KEYS, TEXTS, KEYS, KEYS, COUNTS, TEXTS, TERMS, SCOPES, SCOPES, JOINTS,
    st.none() | st.builds(PresentedGrant, KEYS, COUNTS, st.sampled_from(Coverage), TEXTS),
    FIELDS, st.none() | LEVELS, KEYS, KEYS, COUNTS,
)  # fmt: skip
CONNECTIONS = st.builds(
    Connection, KEYS, KEYS, TEXTS, INSTANTS, st.none() | st.frozensets(KEYS, max_size=2)
)
ENDED = (KEYS, KEYS, COUNTS)
EVENTS = st.one_of(
    st.builds(Connected, CONNECTIONS, INSTANTS),
    st.builds(Disconnected, ACTORS, TEXTS, INSTANTS),
    st.builds(PermissionsChanged, st.none() | TICKS, INSTANTS),
    st.builds(
        TwoPersonRuleSet,
        st.none() | st.builds(TwoPersonRule, LEVELS, COUNTS),
        ACTORS,
        INSTANTS,
    ),
    st.builds(RequestPublished, requests(), COUNTS, INSTANTS),
    st.builds(RequestCancelled, COUNTS, ACTORS, TEXTS, INSTANTS),
    st.builds(Presented, PRESENTATIONS, st.none() | INSTANTS, INSTANTS),
    st.builds(
        Proposed, st.builds(Proposal, KEYS, DECISIONS, CHOICES, INSTANTS), INSTANTS
    ),
    st.builds(Authorised, GRANTS, INSTANTS),
    st.builds(Amended, GRANTS, INSTANTS),
    st.builds(Declined, KEYS, DECISIONS, TEXTS, INSTANTS),
    st.builds(Lapsed, KEYS, KEYS, INSTANTS),
    st.builds(Cancelled, KEYS, KEYS, INSTANTS),
    st.builds(Revoked, *ENDED, ACTORS, TEXTS, TEXTS, INSTANTS),
    st.builds(Relinquished, *ENDED, ACTORS, TEXTS, INSTANTS),
    st.builds(Expired, *ENDED, INSTANTS),
    st.builds(Invalidated, *ENDED, tuples(KEYS), COUNTS, INSTANTS),
    st.builds(Disclosed, *ENDED, KEYS, tuples(KEYS), COUNTS, INSTANTS, INSTANTS),
)


@FEWER
@given(GRANTS)
def test_a_grant_is_written_and_read(grant):
    """Reading the document of a grant gives an equal grant."""
    assert from_json(to_json(grant), Grant) == grant


@FEWER
@given(requests())
def test_a_request_is_written_and_read(request):
    """Reading the document of a request gives an equal request."""
    assert from_json(to_json(request), AccessRequest) == request


@FEWER
@given(EVENTS)
def test_every_event_is_written_and_read(event):
    """Reading what a ledger keeps of an event gives an equal event of its kind."""
    again = event_from_json(event_to_json(event))

    assert (type(again), again) == (type(event), event)


@FEWER
@given(EVENTS)
def test_writing_again_gives_the_same_bytes(event):
    """An event has one text: what was read back is written as it was."""
    written = event_to_json(event)

    assert event_to_json(event_from_json(written)) == written


FREE = {"pins", "people", "where", "reasons"}
"""The keys under which a document may hold an object of any keys."""


def places(node, at=()):
    """Return every place within *node*, as the keys and positions that lead there."""
    found = [at]
    if isinstance(node, dict | list):
        below = node.items() if isinstance(node, dict) else enumerate(node)
        found += [place for key, value in below for place in places(value, (*at, key))]
    return found


def at(node, place):
    """Return what is at *place* of *node*."""
    for key in place:
        node = node[key]
    return node


def refused(document):
    """Return the error with which an event's document is refused."""
    with pytest.raises(CodecError) as caught:
        event_from_json(json.dumps(document))

    return caught.value


@FEWER
@given(EVENTS, st.data())
def test_another_type_anywhere_is_refused(event, data):
    """A list where none belongs, or a text for one, is refused and not shown."""
    document = json.loads(event_to_json(event))
    *above, last = data.draw(st.sampled_from(places(document)[1:]))
    holder = at(document, above)
    wrong = {list: CANARY, type(None): {CANARY: CANARY}}
    holder[last] = wrong.get(type(holder[last]), [CANARY])

    assert CANARY not in str(refused(document))


@FEWER
@given(EVENTS, st.data())
def test_a_missing_key_anywhere_is_refused(event, data):
    """A document without one of its keys never gives a value, whatever the default."""
    document = json.loads(event_to_json(event))
    keys = [p for p in places(document) if p and isinstance(p[-1], str)]
    *above, last = data.draw(
        st.sampled_from([p for p in keys if not FREE & {*p[-2:-1]}])
    )
    del at(document, above)[last]

    assert refused(document).kind == "event"


@FEWER
@given(EVENTS, st.data())
def test_an_unknown_key_anywhere_is_refused(event, data):
    """A document with a key too many never gives a value."""
    document = json.loads(event_to_json(event))
    objects = [p for p in places(document) if isinstance(at(document, p), dict)]
    place = data.draw(st.sampled_from([p for p in objects if not FREE & {*p[-1:]}]))
    at(document, place)[CANARY] = CANARY

    assert CANARY not in str(refused(document))


@FEWER
@given(EVENTS, st.data())
def test_half_a_document_is_refused(event, data):
    """A document that was cut short never gives a value."""
    written = event_to_json(event)
    cut = data.draw(st.integers(0, len(written) - 1))

    with pytest.raises(CodecError, match="it is not JSON"):
        event_from_json(written[:cut])


SMALL = AccessRequest("app", "to work", {"a"}, reasons={"a": "for it"})
DOCUMENT = json.loads(to_json(SMALL))


def test_a_document_says_what_it_is():
    """Around the value stand its format and its kind, in canonical JSON."""
    assert to_json(SMALL) == (
        b'{"format":1,"kind":"access_request","value":{"app":"app","optional":[],'
        b'"purpose":"to work","reasons":{"a":"for it"},"required":["a"],'
        b'"terms":{"contact":"","lawful_basis":"","retention":""}}}'
    )


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ("", "it is not JSON"),
        ("{", "it is not JSON"),
        (b"\xff", "it is not JSON"),
        ("[" * 100_000, "it is not JSON"),
        ("[]", "it does not have the keys format, kind and value"),
        ({}, "it does not have the keys format, kind and value"),
        (DOCUMENT | {"more": 1}, "it does not have the keys format, kind and value"),
        (DOCUMENT | {"format": 2}, "its format is not 1; use the scopegate that wrote it"),
        (DOCUMENT | {"format": True}, "its format is not 1; use the scopegate that wrote it"),
        (DOCUMENT | {"format": "1"}, "its format is not 1; use the scopegate that wrote it"),
        (DOCUMENT | {"kind": "grant"}, "its kind says it is something else"),
        (DOCUMENT | {"value": None}, "does not fit @ $"),
        (DOCUMENT | {"value": DOCUMENT["value"] | {"app": None}}, "does not fit @ $.app"),
        (DOCUMENT | {"value": DOCUMENT["value"] | {"required": [1]}}, "does not fit @ $.required[0]"),
    ],
)  # fmt: skip
def test_a_broken_document_is_refused_with_its_problem(document, problem):
    """Each way a document can be broken gives one sentence, without a value."""
    given_text = document if isinstance(document, str | bytes) else json.dumps(document)

    with pytest.raises(CodecError) as caught:
        from_json(given_text, AccessRequest)

    assert caught.value.problems == (problem,)


@pytest.mark.parametrize(
    "at", ["", "soon", 7, None, "2026-11-23T12:00:00", "2026-11-23"]
)
def test_an_instant_without_an_offset_is_refused(at):
    """An instant is text in ISO 8601 with an offset, and nothing else."""
    document = json.loads(event_to_json(Lapsed("a", "d", datetime.now(UTC))))
    document["value"]["at"] = at

    assert refused(document).problems == ("does not fit @ $.at",)


@pytest.mark.parametrize("value", [1.5, None, [1], {"a": 1}])
def test_a_rule_compares_with_plain_values_only(value):
    """What a pinned row rule compares with is text, a whole number or a boolean."""
    rule = RowRule("s", "k", {"x": 1})
    decided = Decision(Actor("Dana"), "", datetime.now(UTC), "d", (), (), Terms())
    grant = Grant(
        "g", 1, "1", "a", (), {}, [PinnedRows([rule])], Subjects(), (), "c", "1", 1, 1,
        [decided],
    )  # fmt: skip
    document = json.loads(to_json(grant))
    document["value"]["rows"][0]["rules"][0]["where"]["x"] = [value]

    with pytest.raises(
        CodecError, match=r"does not fit @ \$\.rows\[0\]\.rules\[0\]\.where\['x'\]\[0\]"
    ):
        from_json(json.dumps(document), Grant)
