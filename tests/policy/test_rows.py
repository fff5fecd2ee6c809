"""Which rows pass: row rules, for whole records and for the elements of lists."""

from types import SimpleNamespace

import pytest
from hypothesis import given, strategies as st

from scopegate.catalogue.catalogue import Catalogue
from scopegate.catalogue.resource import RowRule
from scopegate.consent.subjects import Subjects
from scopegate.gate.projection.projection import compile_projection
from scopegate.policy.decide import permit
from scopegate.policy.rows import Selection, row_check
from scopegate.testing.hostile import hostile_values
from scopegate.testing.permits import NOON, grant_of, permit_for, state_of
from scopegate.testing.strategies import SCHOOL

USER = RowRule("group", "groups.user", {"type": "user-defined"})
KINDS = tuple(RowRule("group", f"k.{kind}", {"kind": kind}) for kind in "abc")
OTHERWISE = RowRule("group", None)


def passes(row, rules, *scopes):
    """Tell whether *row* passes *rules* with *scopes* authorised."""
    check = row_check(Selection(tuple(rules), frozenset(scopes)))
    return check is None or check(row)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"type": "class"}, True),
        ({"type": "user-defined"}, False),
        ({"type": None}, False),
        ({}, False),
        ({"type": ["class"]}, False),
        ({"type": 7}, False),
        (None, False),
        (7, False),
    ],
)
def test_a_row_passes_when_it_is_known_not_to_match(row, expected):
    """Without the scope a row passes only if what decides is there and is another."""
    assert passes(row, [USER]) is expected


@given(hostile_values())
def test_with_the_scope_every_row_passes_unread(row):
    """Where the scope is authorised nothing of the row is looked at."""
    assert passes(row, [USER], "groups.user")


@given(hostile_values())
def test_a_check_is_total(row):
    """Whatever a row is, the answer is yes or no."""
    assert passes(row, [USER, *KINDS, OTHERWISE]) in (True, False)


@pytest.mark.parametrize(
    ("kind", "scopes", "expected"),
    [
        ("a", ["k.a"], True),
        ("b", ["k.a"], False),
        ("b", ["k.a", "k.b", "k.c"], True),
        ("d", ["k.a", "k.b", "k.c"], False),
        (None, ["k.a", "k.b", "k.c"], False),
    ],
)
def test_rows_that_no_rule_matches_are_withheld_where_it_says_so(
    kind, scopes, expected
):
    """With `otherwise` a row passes only by a rule whose scope is authorised."""
    assert passes({"kind": kind}, [*KINDS, OTHERWISE], *scopes) is expected


@pytest.mark.parametrize(("kind", "expected"), [("a", False), ("d", True)])
def test_rows_that_no_rule_matches_may_wait_for_a_scope_of_their_own(kind, expected):
    """With the scope of an `otherwise` rule, rows that match no other rule pass."""
    rest = RowRule("group", "k.rest")

    assert passes({"kind": kind}, [*KINDS, rest], "k.rest") is expected


@given(st.sets(st.sampled_from("abc")), st.sampled_from("abcd"))
def test_without_otherwise_only_matching_rows_wait(granted, kind):
    """A row that no rule matches passes, one that matches waits for its scope."""
    scopes = {f"k.{k}" for k in granted}

    assert passes({"kind": kind}, KINDS, *scopes) is (kind == "d" or kind in granted)


def test_several_paths_must_all_match():
    """A rule with two paths is about rows that match at both."""
    rule = RowRule("group", "s", {"type": "x", "kind": ["a", "b"]})

    answers = [passes({"type": t, "kind": k}, [rule]) for t in "xy" for k in "ac"]

    assert answers == [False, True, True, True]


def test_one_unreadable_path_withholds():
    """A row passes only if all that decides can be read, even if one is another."""
    rule = RowRule("group", "s", {"type": "x", "kind": "a"})

    assert not passes({"type": "y"}, [rule])


@pytest.mark.parametrize(
    ("value", "expected"), [(True, False), (False, True), (1, False)]
)
def test_values_are_compared_by_type_too(value, expected):
    """The number 1 is not `true`: what is of another type cannot be judged."""
    assert passes({"on": value}, [RowRule("group", "s", {"on": True})]) is expected


def test_a_number_is_not_taken_for_a_boolean_among_the_values():
    """Of several values only one of the same type can match."""
    assert passes({"on": 1}, [RowRule("group", "s", {"on": [True, 2]})])


TIMETABLES = Catalogue.from_dict(
    {
        "id": "nested",
        "version": "1",
        "resource": {
            "school": {"key": "urn", "field": {"urn": {"sensitivity": "public"}}},
            "timetable": {
                "key": "id",
                "field": {
                    "id": {},
                    "days[].lessons[].id": {},
                    "days[].lessons[].type": {},
                },
            },
        },
        "scope": {
            "school": {"sensitivity": "public", "fields": ["school.urn"]},
            "timetables": {"fields": ["timetable.id", "timetable.days[].lessons[].id"]},
            "cover": {},
        },
        "rows": [
            {
                "resource": "timetable",
                "at": "days[].lessons[]",
                "where": {"type": "cover"},
                "scope": "cover",
            }
        ],
    }
)
DAY = {
    "days": [
        {"lessons": [{"id": 1, "type": "cover"}, {"id": 2, "type": "x"}, {"id": 3}]},
        {"lessons": [None, 7, {"id": 4, "type": "x"}]},
        None,
    ]
}


def test_elements_of_a_list_are_withheld_without_a_trace():
    """Without the scope matching and unreadable elements are gone, and not noted."""
    notes = []

    released = compile_projection(permit_for(TIMETABLES, "timetables"), "timetable")(
        DAY, notes.append
    )

    expected = {"days": [{"lessons": [{"id": 2}]}, {"lessons": [{"id": 4}]}, None]}
    assert (released, notes) == (expected, [])


@pytest.mark.parametrize("make", [dict, SimpleNamespace])
def test_elements_are_withheld_however_the_record_is_made(make):
    """Dicts, which the generated code reads, and objects, which are walked, alike."""
    lessons = [make(id=1, type="cover"), make(id=2, type="x")]
    record = make(days=[make(lessons=lessons)])

    released = compile_projection(permit_for(TIMETABLES, "timetables"), "timetable")(
        record
    )

    assert released == {"days": [{"lessons": [{"id": 2}]}]}


def test_elements_of_a_list_are_released_with_the_scope():
    """With the scope every element is released, malformed ones noted."""
    notes = []
    permit = permit_for(TIMETABLES, "timetables", "cover")

    released = compile_projection(permit, "timetable")(DAY, notes.append)

    first = {"lessons": [{"id": 1}, {"id": 2}, {"id": 3}]}
    assert released == {"days": [first, {"lessons": [None, {"id": 4}]}, None]}
    assert notes == ["timetable.days[].lessons[]"]


PUPILS = Catalogue.from_dict(
    {
        "id": "people",
        "version": "1",
        "resource": {
            "school": {"key": "urn", "field": {"urn": {"sensitivity": "public"}}},
            "pupil": {
                "key": "id",
                "subject": "id",
                "person": "pupil",
                "field": {"id": {}, "name": {}},
            },
            "absence": {
                "key": "id",
                "subject": "who.id",
                "person": "staff",
                "field": {"id": {}, "who.id": {}},
            },
            "staff": {"key": "id", "field": {"id": {}}},
        },
        "scope": {
            "school": {"sensitivity": "public", "fields": ["school.urn"]},
            "all": {"fields": ["pupil.name", "absence.id", "staff.id"]},
        },
    }
)


@pytest.mark.parametrize(
    ("subjects", "expected"),
    [
        (Subjects.everyone(), [1, 2, "3", None, "?"]),
        (Subjects.only(pupil=[1, 3]), [1, "3"]),
        (Subjects.everyone_except(pupil=[1, 3]), [2, "?"]),
        (Subjects.only(staff=[1]), []),
        (Subjects.only(), []),
    ],
)
def test_subjects_decide_which_people_flow(subjects, expected):
    """A record flows when its subject can be read and is covered."""
    project = compile_projection(permit_for(PUPILS, "all", subjects=subjects), "pupil")
    given = [1, 2, "3", None, "?"]

    passed = [i for i in given if project({"id": i, "name": "x"}) is not None]

    assert passed == expected


@pytest.mark.parametrize("subject", [None, True, [1], {"id": 1}, 1.0])
def test_a_subject_that_cannot_be_read_withholds_the_record(subject):
    """A record whose subject is unknown flows to no one who sees only some people."""
    permit = permit_for(PUPILS, "all", subjects=Subjects.everyone_except(staff=[9]))

    released = compile_projection(permit, "absence")({"id": 1, "who": {"id": subject}})

    assert released is None


def test_people_of_different_resources_are_told_apart():
    """Leaving out staff member 1 leaves pupil 1 in."""
    permit = permit_for(PUPILS, "all", subjects=Subjects.everyone_except(staff=[1]))

    pupil = compile_projection(permit, "pupil")({"id": 1, "name": "x"})
    absence = compile_projection(permit, "absence")({"id": 5, "who": {"id": 1}})

    assert (pupil, absence) == ({"name": "x"}, None)


GROUPS = Catalogue.from_dict(
    {
        "id": "groups",
        "version": "1",
        "resource": {
            "pupil": {"key": "id", "field": {"id": {}}},
            "staff": {"key": "id", "field": {"id": {}}},
            "group": {
                "key": "id",
                "people": {
                    "pupils[]": "pupil",
                    "leaders[].staff_id": "staff",
                    "days[].lessons[].taken.by": "staff",
                },
                "field": {
                    "id": {},
                    "pupils[]": {},
                    "leaders[].staff_id": {},
                    "leaders[].role": {},
                    "days[].lessons[].taken.by": {},
                    "days[].lessons[].room": {},
                },
            },
        },
        "scope": {
            "all": {
                "fields": [
                    "group.id",
                    "group.pupils[]",
                    "group.leaders[].staff_id",
                    "group.leaders[].role",
                    "group.days[].lessons[].taken.by",
                    "group.days[].lessons[].room",
                ]
            },
            "roles": {"fields": ["group.leaders[].role"]},
        },
    }
)
GROUP = {
    "id": 1,
    "pupils": [1, 2, "1", None, 1.0, [1]],
    "leaders": [
        {"staff_id": 1, "role": "head"},
        {"staff_id": 9, "role": "tutor"},
        {"role": "nobody"},
        None,
    ],
    "days": [{"lessons": [{"taken": {"by": 9}, "room": "a"}, {"room": "b"}]}],
}


def of_group(scope, subjects):
    """Return what flows of the group, and the notes."""
    notes = []
    permit = permit_for(GROUPS, scope, subjects=subjects)
    return compile_projection(permit, "group")(GROUP, notes.append), notes


def test_whoever_is_left_out_stands_in_no_list():
    """Elements that name somebody not covered, or no one that can be read, are cut."""
    people = Subjects.everyone_except(pupil=[1], staff=[9])

    found, notes = of_group("all", people)

    assert found == {
        "id": 1,
        "pupils": [2],
        "leaders": [{"staff_id": 1, "role": "head"}],
        "days": [{"lessons": []}],
    }
    assert notes == []


def test_only_those_listed_stand_in_a_list():
    """With `only`, lists of people not listed come out empty."""
    found, _ = of_group("all", Subjects.only(pupil=[2]))

    assert (found["pupils"], found["leaders"]) == ([2], [])


def test_where_everyone_is_covered_lists_are_whole():
    """Without a list of people nothing is looked up, and nothing is cut."""
    found, notes = of_group("all", Subjects.everyone())

    assert (found["pupils"], len(found["leaders"])) == ([1, 2, "1", None, 1.0], 4)
    assert notes == ["group.pupils[]"]


def test_who_is_named_is_read_and_not_released():
    """A row is cut by an identifier that is not authorised, which is then dropped."""
    people = Subjects.everyone_except(staff=[9])

    found, _ = of_group("roles", people)
    asked = permit_for(GROUPS, "roles", subjects=people).fields_needed("group")

    assert found == {"leaders": [{"role": "head"}]}
    assert asked == ("group.leaders[].staff_id", "group.leaders[].role")


def test_a_place_that_is_named_no_longer_is_still_held_to():
    """A catalogue that forgets who is named somewhere releases no one left out."""
    people = Subjects.everyone_except(pupil=[1], staff=[9])
    grant = grant_of(GROUPS, ["all"], people)
    table = GROUPS.to_dict() | {"version": "2"}
    del table["resource"]["group"]["people"]
    later = permit(
        Catalogue.from_dict(table), state_of(grant), school=SCHOOL, app="app", now=NOON
    )

    assert compile_projection(later, "group")(GROUP) == of_group("all", people)[0]


def test_a_place_that_is_named_from_now_on_is_held_to():
    """A catalogue that learns who is named narrows what flows at once."""
    table = GROUPS.to_dict()
    people = table["resource"]["group"].pop("people")
    grant = grant_of(
        Catalogue.from_dict(table), ["all"], Subjects.everyone_except(pupil=[1])
    )
    table["resource"]["group"]["people"] = people
    later = permit(
        Catalogue.from_dict(table), state_of(grant), school=SCHOOL, app="app", now=NOON
    )

    assert compile_projection(later, "group")(GROUP)["pupils"] == [2]


@pytest.mark.parametrize("make", [dict, SimpleNamespace])
def test_whoever_is_left_out_stands_in_no_plain_list(make):
    """A list with nothing odd in it is cut as well, in dicts and in objects."""
    permit = permit_for(GROUPS, "all", subjects=Subjects.everyone_except(pupil=[1]))

    found = compile_projection(permit, "group")(make(id=5, pupils=[1, 2, "1", "3"]))

    assert found == {"id": 5, "pupils": [2, "3"]}


def test_a_rule_on_one_is_not_taken_for_a_rule_on_true():
    """What was made ready for rows that hold 1 is not used for rows that hold true."""
    found = []
    for value in (1, True):
        table = {
            "id": "flags",
            "version": "1",
            "resource": {
                "school": {"key": "urn", "field": {"urn": {"sensitivity": "public"}}},
                "pupil": {"key": "id", "field": {"id": {}, "flag": {}}},
            },
            "scope": {
                "school": {"sensitivity": "public", "fields": ["school.urn"]},
                "basic": {"fields": ["pupil.id"]},
                "flagged": {},
            },
            "rows": [
                {"resource": "pupil", "where": {"flag": value}, "scope": "flagged"}
            ],
        }
        permit = permit_for(Catalogue.from_dict(table), "basic")
        project = compile_projection(permit, "pupil")
        found.append([project({"id": 7, "flag": flag}) for flag in (0, False)])

    assert found == [[{"id": 7}, None], [None, {"id": 7}]]
