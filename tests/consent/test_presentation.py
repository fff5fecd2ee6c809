"""What a school is shown, whole and with a digest."""

import pytest
from attrs import evolve
from hypothesis import HealthCheck, given, settings, strategies as st

from scopegate.catalogue.catalogue import Catalogue
from scopegate.catalogue.field import Sensitivity
from scopegate.consent.present import present
from scopegate.consent.presentation import (
    DecisionKind,
    Presentation,
    PresentedField,
    PresentedGrant,
    PresentedJoint,
    PresentedScope,
)
from scopegate.consent.request import AccessRequest, Terms
from scopegate.consent.subjects import Coverage
from scopegate.errors import UnknownScopeError
from scopegate.testing.permits import connection
from scopegate.testing.strategies import catalogues

FEWER = settings(
    max_examples=settings().max_examples // 4,
    suppress_health_check=[HealthCheck.too_slow],  # the first draw builds tables
)
"""For what is slow to draw; the thorough profile makes up for it."""

CATALOGUE = Catalogue.from_dict(
    {
        "id": "small",
        "version": "1",
        "resource": {
            "mark": {"title": "Marks", "key": "id", "field": {"id": {}}},
            "student": {
                "key": "id",
                "field": {
                    "id": {"title": "Student id"},
                    "fsm": {"title": "Free meals", "sensitivity": "special"},
                    "group": {"title": "Group"},
                },
            },
        },
        "scope": {
            "basic": {
                "title": "Basics",
                "description": "Who it is.",
                "fields": ["student.id"],
            },
            "fsm": {"fields": ["student.fsm"], "includes": ["basic"]},
            "marks": {"title": "Marks", "includes": ["fsm"], "writes": ["mark"]},
            "groups": {"fields": ["mark.id"]},
        },
        "joint": [{"scopes": ["basic", "groups"], "fields": ["student.group"]}],
    }
)

ID = PresentedField("student.id", "Student id", "personal", ("basic",))
FSM = PresentedField("student.fsm", "Free meals", "special", ("fsm",))
GROUP = PresentedField("student.group", "Group", "personal", ("basic", "groups"))

REQUEST = AccessRequest(
    "gradebook",
    "Record and share marks",
    {"marks"},
    {"groups", "basic"},
    {"marks": "To write them back"},
    Terms("a year", "public task", "dpo@app.example"),
)


def test_a_school_is_shown_everything():
    """The whole presentation is the request in the words of the catalogue."""
    shown = present(CATALOGUE, connection(), REQUEST, 3)

    assert shown == Presentation(
        asking="request",
        school="100001",
        school_name="Example School",
        mis="arbor",
        app="gradebook",
        request_version=3,
        purpose="Record and share marks",
        terms=Terms("a year", "public task", "dpo@app.example"),
        required=(
            PresentedScope(
                key="marks",
                title="Marks",
                description="",
                sensitivity="special",
                reason="To write them back",
                fields=(ID, FSM),
                includes=("basic", "fsm"),
                writes=("Marks",),
            ),
        ),
        optional=(
            PresentedScope(
                "basic", "Basics", "Who it is.", "personal", "", (ID,), (), ()
            ),
            PresentedScope(
                "groups",
                "groups",
                "",
                "personal",
                "",
                (PresentedField("mark.id", "id", "personal", ("groups",)),),
                (),
                (),
            ),
        ),
        joint=(PresentedJoint(("basic", "groups"), (GROUP,)),),
        grant=None,
        dropped=(),
        two_people=None,
        catalogue="small 1",
        catalogue_digest=CATALOGUE.digest,
        policy_version=1,
    )


def test_a_joint_rule_is_shown_only_where_it_could_apply():
    """What needs a scope that is not asked for is not shown."""
    request = AccessRequest("app", "to work", {"basic"})

    assert present(CATALOGUE, connection(), request, 1).joint == ()


@pytest.mark.parametrize("part", ["required", "optional"])
def test_a_scope_that_is_gone_is_not_left_out_in_silence(part):
    """A request naming a scope that the catalogue no longer has is refused."""
    request = AccessRequest("app", "to work", **{part: {"basic", "gone"}})

    with pytest.raises(UnknownScopeError, match="`gone`"):
        present(CATALOGUE, connection(), request, 1)


CHANGES = [
    {"school": "2"},
    {"school_name": "Other"},
    {"mis": "sims"},
    {"app": "other"},
    {"request_version": 2},
    {"purpose": "Other"},
    {"terms": Terms(retention="for ever")},
    {"required": ()},
    {"optional": ()},
    {"joint": (PresentedJoint(("basic",), (ID,)),)},
    {"asking": DecisionKind.AMENDMENT},
    {"grant": PresentedGrant("g", 1, Coverage.EVERYONE, "")},
    {"dropped": (ID,)},
    {"two_people": Sensitivity.SPECIAL},
    {"language": "cy"},
    {"catalogue": "small 2"},
    {"catalogue_digest": "0"},
    {"policy_version": 2},
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: next(iter(change)))
def test_the_digest_is_of_everything_shown(change):
    """Whatever else is shown, the digest is another."""
    shown = present(CATALOGUE, connection(), REQUEST, 1)

    assert evolve(shown, **change).digest != shown.digest


def test_the_digest_is_of_the_order_too():
    """The same scopes in another order are another presentation."""
    shown = present(CATALOGUE, connection(), REQUEST, 1)

    turned = evolve(shown, optional=tuple(reversed(shown.optional)))

    assert turned.digest != shown.digest


@st.composite
def shown_requests(draw):
    """Draw a catalogue and a request of some of its scopes."""
    catalogue = draw(catalogues())
    keys = st.sets(st.sampled_from(list(catalogue.scopes)))
    required, optional = draw(keys), draw(keys)
    return catalogue, AccessRequest("app", "to work", required, optional - required)


@FEWER
@given(shown_requests())
def test_what_is_offered_is_what_was_asked(case):
    """The boxes are the optional scopes; the rest shown is what was required."""
    catalogue, request = case

    shown = present(catalogue, connection(), request, 1)

    assert (shown.required_scopes, shown.offered) == (
        request.required,
        request.optional,
    )


@FEWER
@given(shown_requests())
def test_every_field_that_could_flow_is_shown(case):
    """Authorising everything releases no field that was not shown."""
    catalogue, request = case
    shown = present(catalogue, connection(), request, 1)

    parts = [*shown.required, *shown.optional, *shown.joint]
    fields = {field.path for part in parts for field in part.fields}
    assert set(catalogue.fields_of(request.scopes)) <= fields


def test_equal_presentations_have_one_digest():
    """Showing the same request twice is the same evidence."""
    digests = {present(CATALOGUE, connection(), REQUEST, 1).digest for _ in range(2)}

    assert len(digests) == 1


def test_joint_fields_come_with_all_of_their_scopes_only():
    """A scope of a joint rule alone brings nothing of it."""
    request = AccessRequest("app", "to work", (), {"basic", "groups"})
    shown = present(CATALOGUE, connection(), request, 1)

    found = [
        {*shown.fields_of(frozenset(ticked))} & {"student.group"}
        for ticked in ([], ["basic"], ["groups"], ["basic", "groups"])
    ]

    assert found == [set(), set(), set(), {"student.group"}]
