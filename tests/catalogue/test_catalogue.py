"""Catalogues as values, looked up and written."""

import pytest

from scopegate.catalogue.catalogue import Catalogue
from scopegate.catalogue.field import Field, Kind, Sensitivity
from scopegate.catalogue.resource import Resource, RowRule
from scopegate.catalogue.scope import JointRule, Scope
from scopegate.errors import (
    CatalogueError,
    UnknownCatalogueError,
    UnknownFieldError,
    UnknownResourceError,
    UnknownScopeError,
)

TOML = """
id = "small"
version = "2026-11"
policy_version = 2

[resource.school]
key = "urn"
[resource.school.field]
urn = { title = "URN", sensitivity = "public" }

[resource.student]
title = "Student"
key = "id"
subject = "id"
person = "student"
school = "school_id"
[resource.student.field]
id = { kind = "integer", title = "Student id" }
school_id = {}
fsm = { kind = "boolean", sensitivity = "special", policy_version = 2 }
fsm_history = { sensitivity = "special" }
group_id = {}

[scope.school]
sensitivity = "public"
fields = ["school.urn"]
[scope."students.basic"]
title = "Student Basic Information"
description = "Who the student is."
fields = ["student.id", "student.school_id"]
[scope."students.fsm"]
fields = ["student.fsm"]
includes = ["students.basic"]
guessed = ["student.fsm"]
[scope."students.fsm_history"]
sensitivity = "special"
fields = ["student.fsm_history"]
includes = ["students.fsm"]
[scope."groups"]
sensitivity = "public"
writes = ["student"]

[[joint]]
scopes = ["students.fsm", "groups"]
fields = ["student.group_id"]

[[rows]]
resource = "student"
where = { fsm = true }
scope = "students.fsm"
[[rows]]
resource = "student"
otherwise = "withhold"

[mis.bromcom]
"students.fsm" = ["Meals"]
"*" = ["School"]
"""


@pytest.fixture
def small(tmp_path):
    """Return the catalogue above, read from a file."""
    path = tmp_path / "small.toml"
    path.write_text(TOML, encoding="utf-8")
    return Catalogue.from_toml(path)


def test_a_file_is_read_into_values(small):
    """What a TOML file says is what the catalogue built by hand says."""
    fsm = "student.fsm"
    by_hand = Catalogue(
        id="small",
        version="2026-11",
        policy_version=2,
        resources={
            "school": Resource(
                "school",
                "school",
                "urn",
                [Field("school.urn", "text", "URN", "public")],
            ),
            "student": Resource(
                "student",
                "Student",
                "id",
                [
                    Field("student.id", Kind.INTEGER, "Student id"),
                    Field("student.school_id", title="school_id"),
                    Field(fsm, "boolean", "fsm", "special", policy_version=2),
                    Field("student.fsm_history", "text", "fsm_history", "special"),
                    Field("student.group_id", title="group_id"),
                ],
                subject="id",
                person="student",
                school="school_id",
            ),
        },
        scopes={
            "school": Scope("school", "school", "", "public", ["school.urn"]),
            "students.basic": Scope(
                "students.basic",
                "Student Basic Information",
                "Who the student is.",
                fields=["student.id", "student.school_id"],
            ),
            "students.fsm": Scope(
                "students.fsm",
                "students.fsm",
                fields=[fsm],
                includes=["students.basic"],
                guessed=[fsm],
            ),
            "students.fsm_history": Scope(
                "students.fsm_history",
                "students.fsm_history",
                sensitivity="special",
                fields=["student.fsm_history"],
                includes=["students.fsm"],
            ),
            "groups": Scope("groups", "groups", "", "public", writes=["student"]),
        },
        joints=[JointRule(["students.fsm", "groups"], ["student.group_id"])],
        rows=[
            RowRule("student", "students.fsm", {"fsm": True}),
            RowRule("student", None),
        ],
        mis={"bromcom": {"students.fsm": ["Meals"], "*": ["School"]}},
    )

    assert small == by_hand


def test_a_text_of_another_class_is_read_as_plain_text(small):
    """A title that a library marked as safe to show is not so any more."""

    class Markup(str):
        __slots__ = ()

    tables = small.to_dict()
    tables["resource"]["student"]["title"] = Markup("<b>Student</b>")

    title = Catalogue.from_dict(tables).resource("student").title

    assert (type(title), title) == (str, "<b>Student</b>")


def test_a_catalogue_with_everything_in_it_is_written_and_read(small):
    """No part of a catalogue is lost on the way through a mapping."""
    again = Catalogue.from_dict(small.to_dict())

    assert (again, again.digest) == (small, small.digest)


EDITS = [
    ("students.basic", "students.base"),
    ("2026-11", "2026-12"),
    ("Who the student is.", "Who."),
    ('kind = "integer"', 'kind = "text"'),
    ("fsm = true", "fsm = false"),
    ('["Meals"]', '["Food"]'),
]


@pytest.mark.parametrize(("before", "after"), EDITS)
def test_any_edit_changes_the_digest(small, tmp_path, before, after):
    """A file that says something else has another digest."""
    path = tmp_path / "edited.toml"
    path.write_text(TOML.replace(before, after), encoding="utf-8")

    assert Catalogue.from_toml(path).digest != small.digest


@pytest.mark.parametrize("part", ["scope", "resource"])
def test_the_order_of_parts_changes_the_digest(small, part):
    """The order is part of what a school is shown, so it is part of the digest."""
    table = small.to_dict()
    table[part] = dict(reversed(table[part].items()))

    assert Catalogue.from_dict(table).digest != small.digest


def test_fields_come_with_the_scopes_that_released_them(small):
    """Each field names the scopes it came by, those of a joint rule together."""
    released = small.fields_of(["students.fsm", "groups"])

    assert released == {
        "student.id": ("students.basic",),
        "student.school_id": ("students.basic",),
        "student.fsm": ("students.fsm",),
        "student.group_id": ("students.fsm", "groups"),
    }


def test_scope_keys_match_whole(small):
    """`students.fsm` releases nothing of `students.fsm_history`, nor the reverse."""
    found = (
        small.scope("students.fsm").fields,
        "student.fsm_history" in small.fields_of(["students.fsm"]),
    )

    assert found == (("student.fsm",), False)


@pytest.mark.parametrize("key", ["students", "students.fs", "students.fsm_", "", "*"])
def test_a_part_of_a_scope_key_finds_nothing(small, key):
    """A prefix, a suffix or a pattern is not a scope."""
    with pytest.raises(UnknownScopeError):
        small.scope(key)


@pytest.mark.parametrize(
    ("look_up", "kind", "sentence"),
    [
        ("scope", UnknownScopeError, "unknown scope `student.fsn`; did you mean `students.fsm`, `students.fsm_history`, `students.basic`?"),
        ("field", UnknownFieldError, "unknown field `student.fsn`; did you mean `student.fsm`, `student.id`, `student.fsm_history`?"),
        ("resource", UnknownResourceError, "unknown resource `student.fsn`; did you mean `student`?"),
        ("builtin", UnknownCatalogueError, "unknown catalogue `student.fsn`; `scopegate catalogue list` shows which there are"),
    ],
)  # fmt: skip
def test_an_unknown_name_names_what_is_near(small, look_up, kind, sentence):
    """A name that nothing has is refused with the names that look like it."""
    with pytest.raises(kind) as caught:
        getattr(small, look_up)("student.fsn")

    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("school", "public"),
        ("students.basic", "personal"),
        ("students.fsm", "special"),
        ("students.fsm_history", "special"),
        ("groups", "personal"),
    ],
)
def test_a_scope_is_as_sensitive_as_the_most_in_it(small, key, expected):
    """What a scope says of itself, its fields and its joint fields: the highest."""
    assert small.sensitivity_of(key) == Sensitivity(expected)


def test_public_is_what_public_scopes_hold(small):
    """Before any grant exactly the fields of public scopes flow."""
    public = (small.public_scopes, dict(small.public_fields), small.public_resource)

    assert public == (
        {"school", "groups"},
        {"school.urn": ("school",)},
        small.resource("school"),
    )


@pytest.mark.parametrize(
    ("name", "path"), [("student", "school_id"), ("school", "urn")]
)
def test_a_record_says_whose_it_is(small, name, path):
    """Where a resource names no school field, the public one says it by its key."""
    assert small.school_path(small.resource(name)) == path


def test_a_catalogue_may_have_nothing_public():
    """Without a public scope no resource verifies a connection or says whose it is."""
    pupil = Resource("pupil", "Pupil", "id", [Field("pupil.id")])
    catalogue = Catalogue("c", "1", {"pupil": pupil}, {})

    found = (catalogue.public_resource, catalogue.school_path(pupil))

    assert found == (None, None)


def test_every_builtin_is_built_once():
    """A catalogue that ships is the same value every time it is asked for."""
    names = Catalogue.builtin_names()

    assert all(Catalogue.builtin(n) is Catalogue.builtin(n) for n in names)


def test_a_catalogue_cannot_be_changed_through_its_mappings(small):
    """Resources, scopes and permission tables are read-only."""
    with pytest.raises(TypeError):
        small.mis["bromcom"]["students.fsm"] = ()


@pytest.mark.parametrize("part", ["resources", "scopes"])
def test_a_part_under_another_name_is_refused(small, part):
    """A scope or resource that is filed under a name not its own is a fault."""
    parts = {"resources": small.resources, "scopes": {}, "policy_version": 2}
    filed = {"other": next(iter(getattr(small, part).values()))}

    with pytest.raises(CatalogueError):
        Catalogue("c", "1", **(parts | {part: filed}))
