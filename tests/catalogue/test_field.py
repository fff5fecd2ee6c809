"""Fields and the grammar of their paths."""

import pytest
from hypothesis import example, given, strategies as st

from scopegate.catalogue.field import (
    Field,
    Kind,
    Sensitivity,
    Step,
    parse_path,
)
from scopegate.errors import PathError

NAMES = st.text(
    st.characters(exclude_categories=("Cc", "Cs"), exclude_characters=".[]"),
    min_size=1,
    max_size=4,
)
STEPS = st.lists(st.builds(Step, NAMES, st.booleans()), min_size=1, max_size=4)


@given(resource=NAMES, steps=STEPS)
def test_a_printed_path_parses_back(resource, steps):
    """A path written from its resource and steps is parsed into them again."""
    path = ".".join([resource, *map(str, steps)])

    assert parse_path(path) == (resource, tuple(steps))


@example("student.emails[]")
@given(st.text(st.sampled_from("ab.[]é \n\ud800"), max_size=8))
def test_whatever_parses_prints_back(text):
    """A text is refused with PathError, or it is exactly what its parts print."""
    try:
        resource, steps = parse_path(text)
    except PathError:
        return

    assert ".".join([resource, *map(str, steps)]) == text


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("", "path `` names no field of a resource"),
        ("student", "path `student` names no field of a resource"),
        ("student.", "path `student.` has an empty name"),
        (".upn", "path `.upn` has an empty name"),
        ("student..upn", "path `student..upn` has an empty name"),
        ("student.[]", "path `student.[]` has an empty name"),
        ("student[].upn", "path `student[].upn` starts with a list; a resource is never one"),
        ("stu[d]ent.upn", "path `stu[d]ent.upn` has a bracket that is not a closing `[]`"),
        ("student.a[0]", "path `student.a[0]` has a bracket that is not a closing `[]`"),
        ("student.a[][]", "path `student.a[][]` has a bracket that is not a closing `[]`"),
        ("student.a]", "path `student.a]` has a bracket that is not a closing `[]`"),
        ("student.a\nb", "path `student.a\\nb` has a control character"),
        ("student.\ud800", "path `student.\\ud800` has a control character"),
        (None, "path `<NoneType>` is not text"),
        (7, "path `<int>` is not text"),
    ],
)  # fmt: skip
def test_a_malformed_path_is_refused_with_its_sentence(path, sentence):
    """Each way a path can be malformed has one sentence that says what to write."""
    with pytest.raises(PathError) as caught:
        parse_path(path)

    assert str(caught.value) == (
        f"{sentence}; write resource.name or resource.list[].name"
    )


def test_path_error_carries_its_evidence():
    """The path and the problem are attributes, for programs."""
    with pytest.raises(PathError) as caught:
        Field("student")

    evidence = (caught.value.path, caught.value.problem)
    assert evidence == ("student", "names no field of a resource")


def test_a_field_knows_its_parts():
    """Resource, steps and the local path are read from the path."""
    leaf = Field("student.contacts[].relationship.priority", kind="integer")

    parts = (leaf.resource, leaf.steps, leaf.local, leaf.kind)

    assert parts == (
        "student",
        (Step("contacts", is_list=True), Step("relationship"), Step("priority")),
        "contacts[].relationship.priority",
        Kind.INTEGER,
    )


@given(resource=NAMES, steps=STEPS)
def test_local_is_the_path_without_its_resource(resource, steps):
    """Resource, a dot and the local path make the whole path."""
    leaf = Field(".".join([resource, *map(str, steps)]))

    assert f"{leaf.resource}.{leaf.local}" == leaf.path


@given(resource=NAMES, steps=STEPS)
def test_a_field_is_listed_when_any_step_is_a_list(resource, steps):
    """A record may hold many values exactly where a step of the path is a list."""
    leaf = Field(".".join([resource, *map(str, steps)]))

    assert leaf.is_listed == ("[]" in leaf.path)


def test_a_field_is_personal_text_unless_it_says_otherwise():
    """Care is asked for by default: text, personal, of the first policy version."""
    leaf = Field("student.upn")

    assert leaf == Field(
        "student.upn", Kind.TEXT, "", Sensitivity.PERSONAL, policy_version=1
    )


def test_fields_are_equal_by_what_they_say():
    """Two fields with another title are not equal, and one hash belongs to equals."""
    same = {Field("s.a", title="A"), Field("s.a", title="A"), Field("s.a", title="B")}

    assert len(same) == 2


@pytest.mark.parametrize("name", ["kind", "sensitivity"])
def test_an_unknown_kind_or_sensitivity_is_refused(name):
    """A field is never built with a label that nothing knows."""
    with pytest.raises(ValueError, match="takes one of"):
        Field("student.upn", **{name: "unheard-of"})


def test_sensitivities_rank_from_least_to_most():
    """Public asks for the least care, a secret for the most."""
    ranked = sorted(Sensitivity, key=lambda s: s.rank, reverse=True)

    assert ranked == ["secret", "special", "personal", "public"]
