"""Resources and row rules as values."""

import pytest

from scopegate.catalogue.catalogue import Catalogue
from scopegate.catalogue.field import Field, Step
from scopegate.catalogue.resource import Resource, RowRule
from scopegate.gate.projection.projection import compile_projection
from scopegate.testing.permits import permit_for


def test_a_resource_keeps_nothing_of_the_callers_list():
    """Changing the list a resource was built from does not change the resource."""
    given = [Field("student.id")]
    resource = Resource("student", "Student", "id", given)

    given.clear()

    assert resource.fields == (Field("student.id"),)


@pytest.mark.parametrize("value", ["cover", 7, True])
def test_one_value_of_a_rule_is_a_choice_of_one(value):
    """A row rule may compare with a single text, number or boolean."""
    rule = RowRule("lesson", "cover", {"type": value})

    assert rule.where == {"type": (value,)}


def test_several_values_of_a_rule_are_kept_in_order():
    """A row rule may compare with a list, of which it keeps nothing."""
    given = ["cover", "swap"]
    rule = RowRule("lesson", "cover", {"type": given})

    given.clear()

    assert rule.where == {"type": ("cover", "swap")}


def test_a_rule_cannot_be_changed_through_its_mapping():
    """What a rule compares with is read-only."""
    rule = RowRule("lesson", "cover", {"type": "cover"})

    with pytest.raises(TypeError):
        rule.where["type"] = ("other",)


def test_equal_rules_hash_alike():
    """Rules built of equal parts are one element of a set."""
    rules = {RowRule("lesson", "cover", {"type": "cover"}) for _ in range(2)}

    assert len(rules) == 1


@pytest.mark.parametrize(("where", "expected"), [({}, True), ({"type": "x"}, False)])
def test_a_rule_without_where_speaks_of_the_other_rows(where, expected):
    """Exactly a rule that compares with nothing means what no other rule matches."""
    assert RowRule("lesson", None, where).is_otherwise is expected


@pytest.mark.parametrize(
    ("at", "steps", "reads"),
    [
        ("", (), ("timetable.type",)),
        (
            "days[].lessons[]",
            (Step("days", is_list=True), Step("lessons", is_list=True)),
            ("timetable.days[].lessons[].type",),
        ),
    ],
)
def test_a_rule_knows_where_its_rows_are_and_what_it_reads(at, steps, reads):
    """The list and the full paths to read follow from `at` and `where`."""
    rule = RowRule("timetable", "cover", {"type": "cover"}, at)

    assert (rule.at_steps, rule.reads) == (steps, reads)


@pytest.mark.parametrize(("one", "other"), [(1, True), (0, False), ([1, 2], [True, 2])])
def test_a_rule_on_a_number_is_no_rule_on_a_truth(one, other):
    """1 equals true in Python, and is another value in a record."""
    assert RowRule("r", "s", {"x": one}) != RowRule("r", "s", {"x": other})


def test_projections_of_such_rules_are_told_apart():
    """Whichever was compiled first, each withholds by its own rule."""
    table = {
        "id": "c",
        "version": "1",
        "resource": {"r": {"key": "id", "field": {"id": {}, "x": {}}}},
        "scope": {"all": {"fields": ["r.id"]}, "some": {"writes": ["r"]}},
    }

    def released(value):
        rules = [{"resource": "r", "scope": "some", "where": {"x": value}}]
        permit = permit_for(Catalogue.from_dict(table | {"rows": rules}), "all")
        return compile_projection(permit, "r")({"id": 1, "x": 0})

    assert [released(value) for value in (1, True)] == [{"id": 1}, None]
