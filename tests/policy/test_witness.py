"""A made-up record that shows what one field lets flow."""

import copy

import pytest

from scopegate.catalogue.catalogue import Catalogue
from scopegate.consent.subjects import Subjects
from scopegate.gate.projection.projection import compile_projection
from scopegate.testing.permits import permit_for
from scopegate.testing.strategies import SCHOOL

TABLE = {
    "id": "witnesses",
    "version": "1",
    "resource": {
        "school": {"key": "urn", "field": {"urn": {"sensitivity": "public"}}},
        "pupil": {
            "key": "id",
            "subject": "id",
            "person": "pupil",
            "school": "home",
            "field": {
                "id": {},
                "home": {},
                "kind": {},
                "level": {},
                "on": {},
                "days[].name": {},
                "days[].kind": {},
            },
        },
    },
    "scope": {
        "school": {"sensitivity": "public", "fields": ["school.urn"]},
        "kinds": {"fields": ["pupil.kind"]},
        "days": {"fields": ["pupil.days[].name"]},
        "rows": {"fields": ["pupil.level"]},
    },
}


def catalogue(*rows):
    """Return the catalogue with these row rules, which wait for the scope `rows`."""
    rules = [{"resource": "pupil", "scope": "rows", **row} for row in rows]
    return Catalogue.from_dict({**TABLE, "rows": rules})


def shown(rules, scope, subjects=None):
    """Return the witness of what *scope* permits, and what it releases of it."""
    made = catalogue(*rules)
    permit = permit_for(made, scope, subjects=subjects or Subjects.everyone())
    found = permit.diff(permit_for(made, "school")).witness
    if found is None:
        return None
    resource, record = found
    return record, compile_projection(permit, resource)(record)


def test_a_witness_holds_the_field_and_says_whose_it_is():
    """A witness names this school and somebody who is covered."""
    people = Subjects.everyone_except(pupil=["witness-0"])

    record, released = shown([], "kinds", people)

    assert record == {"kind": "witness", "id": "witness-1", "home": SCHOOL}
    assert released == {"kind": "witness"}


@pytest.mark.parametrize(
    ("where", "value"),
    [({"level": 3}, 4), ({"level": [3, 7]}, 8), ({"on": True}, False)],
)
def test_a_witness_passes_row_rules(where, value):
    """What a rule waits for is filled in with something that does not match."""
    record, released = shown([{"where": where}], "kinds")

    (path,) = where
    assert (record[path], released) == (value, {"kind": "witness"})


def test_a_witness_passes_rules_on_the_rows_of_a_list():
    """A rule on the elements of a list is passed on the way to the field."""
    rule = {"at": "days[]", "where": {"kind": "cover"}}

    record, released = shown([rule], "days")

    assert record["days"] == [{"name": "witness", "kind": "witness cover"}]
    assert released == {"days": [{"name": "witness"}]}


def test_a_rule_on_another_list_does_not_concern_a_witness():
    """Only rules on the way to the field are filled in."""
    rule = {"at": "days[]", "where": {"kind": "cover"}}

    record, _ = shown([rule], "kinds")

    assert "days" not in record


@pytest.mark.parametrize(
    ("subjects", "person"),
    [
        (Subjects.only(pupil=["7", "5"]), "5"),
        (Subjects.everyone_except(pupil=["witness-0"]), "witness-1"),
        (Subjects.everyone_except(pupil=["WITNESS-0", "witness-01"]), "witness-1"),
    ],
)
def test_a_witness_is_somebody_who_is_covered(subjects, person):
    """The made-up record is about a person whom the grant covers."""
    record, released = shown([], "kinds", subjects)

    assert (record["id"], released) == (person, {"kind": "witness"})


def test_there_is_no_witness_where_nobody_is_covered():
    """A grant that covers no one lets nothing flow that could be shown."""
    assert shown([], "kinds", Subjects.only()) is None


def test_there_is_no_witness_where_no_row_can_pass():
    """Where every row is withheld there is no record to show."""
    table = {**TABLE, "rows": [{"resource": "pupil", "otherwise": "withhold"}]}
    made = Catalogue.from_dict(table)

    difference = permit_for(made, "kinds").diff(permit_for(made, "school"))

    assert (difference.only_left, difference.witness) == ({"pupil.kind"}, None)


def test_a_witness_names_somebody_only_where_the_field_stands():
    """Lists that name people and are not on the way to the field stay empty."""
    table = copy.deepcopy(TABLE)
    table["resource"]["pupil"]["field"] |= {"friends[].id": {}, "friends[].since": {}}
    table["resource"]["pupil"]["people"] = {"friends[].id": "pupil"}
    table["scope"]["friends"] = {"fields": ["pupil.friends[].since"]}
    made = Catalogue.from_dict(table)
    people = Subjects.everyone_except(pupil=["witness-0"])

    def record(scope):
        permit = permit_for(made, scope, subjects=people)
        return permit.diff(permit_for(made, "school")).witness[1]

    assert "friends" not in record("kinds")
    assert record("friends")["friends"] == [{"since": "witness", "id": "witness-1"}]


def test_nobody_to_name_in_a_list_is_no_witness():
    """Where only staff are covered no element that names a pupil can be shown."""
    table = copy.deepcopy(TABLE)
    table["resource"]["pupil"]["field"]["friends[].id"] = {}
    table["resource"]["pupil"]["people"] = {"friends[].id": "pupil"}
    table["scope"]["friends"] = {"fields": ["pupil.friends[].id"]}
    made = Catalogue.from_dict(table)
    permit = permit_for(made, "friends", subjects=Subjects.only(staff=[1]))

    assert permit.diff(permit_for(made, "school")).witness is None
