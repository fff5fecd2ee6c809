"""The built-in catalogue `assembly`, against what is publicly known of the platform."""

import pytest

from scopegate import Catalogue

ASSEMBLY = Catalogue.builtin("assembly")
NO_RECORD = {"error"}
"""Models that describe no record."""

MOVED = {
    ("school", "school.head_teacher"): ["school.head_teacher"],
    ("registration_groups", "attendance.registration_group_id"): ["attendances"],
}
"""Guesses of the facts that the catalogue decides otherwise: the scopes instead."""

JOINED = {
    ("groups", "attendance.group_id"): ("attendances", "groups"),
    ("groups", "attendance_summary.group_id"): ("attendances.summaries", "groups"),
}
"""Fields of one scope that wait for a second one too, as the model says."""

NOT_FIELDS = {
    "student.(not in the published client model)",
    "result.(write) POST /results, PATCH /results",
    "group.*[type=user-defined]",
    "timetable.days[].periods[].lessons[].*[cover]",
}
"""What the facts say about a scope that is not a path of a field."""


@pytest.fixture(scope="module")
def fields(facts):
    """Return the full path of all that any record of the facts holds."""
    return {
        f"{name}.{path}"
        for name, resource in facts["resources"].items()
        if name not in NO_RECORD
        for path in resource["fields"]
    }


@pytest.fixture(scope="module")
def mappings(facts):
    """Return each (scope, path) of the facts."""
    return {
        (scope["key"], field["path"])
        for scope in facts["scopes"]
        for field in scope["fields"]
    }


def below(path):
    """Return the fields of the catalogue at *path* or below it."""
    return {p for p in ASSEMBLY.fields if p == path or p.startswith(f"{path}.")}


def test_every_scope_is_known_and_one_is_ours(facts):
    """The scopes are those of the platform and one for the head teacher's name."""
    known = {scope["key"] for scope in facts["scopes"]}

    ours = ASSEMBLY.scopes.keys() ^ known

    assert (len(known), ours) == (85, {"school.head_teacher"})


def test_every_scope_bears_the_name_schools_know(facts):
    """A scope is titled as the platform titles it."""
    names = {scope["key"]: scope["name"] for scope in facts["scopes"]}

    titles = {key: ASSEMBLY.scope(key).title for key in names}

    assert titles == names


def test_every_record_is_known(facts):
    """The resources are the models of the platform, except for those of no record."""
    assert set(ASSEMBLY.resources) == set(facts["resources"]) - NO_RECORD


def test_every_leaf_is_a_field_under_the_same_path(fields):
    """The fields are the leaves of the models; type tags are out, one kind is ours."""
    leaves = {p for p in fields if not any(q.startswith(f"{p}.") for q in fields)}
    untagged = {path for path in leaves if not path.endswith(".object")}

    assert ASSEMBLY.fields.keys() ^ untagged == {"result.assessment_type"}


def test_every_mapping_is_kept(mappings):
    """A scope of the catalogue holds each field that the facts place in it.

    Where the facts name an object, the scope or one of its joint rules holds
    something of it.
    """
    left_out = {
        (key, path)
        for key, path in mappings
        if path not in NOT_FIELDS
        and not any({key} & route for p in below(path) for route in ASSEMBLY.routes[p])
    }

    assert left_out == set(MOVED)


def test_a_moved_field_is_in_the_scope_that_is_documented():
    """Each field that was moved is in the scope it was moved to, and in no other."""
    routes = {pair: ASSEMBLY.routes[pair[1]] for pair in MOVED}

    assert routes == {
        pair: tuple(frozenset({key}) for key in keys) for pair, keys in MOVED.items()
    }


def test_a_joined_field_waits_for_both_scopes():
    """Each field that the model says needs a second scope is released by both alone."""
    routes = {pair: ASSEMBLY.routes[pair[1]] for pair in JOINED}

    assert routes == {pair: (frozenset(keys),) for pair, keys in JOINED.items()}


def test_nothing_is_placed_that_the_facts_do_not_place_unless_marked(mappings):
    """A field that a scope holds without a source is marked as guessed."""
    placed = {
        (scope.key, path)
        for scope in ASSEMBLY.scopes.values()
        for path in set(scope.fields) - scope.guessed
    }

    assert placed - mappings == set()


def test_what_the_facts_guess_is_marked(facts):
    """A placing that the facts call a guess is marked as one in the catalogue."""
    guessed = {
        (scope["key"], field["path"])
        for scope in facts["scopes"]
        for field in scope["fields"]
        if field["basis"] == "guess"
    }

    unmarked = {
        (key, path)
        for key, path in guessed
        if path in set(ASSEMBLY.scope(key).fields) - ASSEMBLY.scope(key).guessed
    }

    assert unmarked == set()


def test_every_dependency_is_an_include(facts):
    """A scope brings along exactly the scopes that the platform says it needs."""
    needed = {scope["key"]: tuple(scope["depends_on"]) for scope in facts["scopes"]}

    includes = {key: ASSEMBLY.scope(key).includes for key in needed}

    assert includes == needed


def test_the_bromcom_table_is_kept(facts):
    """What Bromcom must allow is what its public table says, scope by scope."""
    table = dict(facts["mis_permissions"]["bromcom"])
    keys = {scope["name"]: scope["key"] for scope in facts["scopes"]}
    expected = {"*": tuple(table.pop("_all_integrations"))}
    expected |= {keys[name]: tuple(rights) for name, rights in table.items()}

    assert ASSEMBLY.mis["bromcom"] == expected
