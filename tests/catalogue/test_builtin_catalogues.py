"""The catalogues that ship: what their scopes say, hold and bring along."""

import re

import pytest

from scopegate import Catalogue
from scopegate.catalogue.field import Sensitivity
from scopegate.errors import UnknownScopeError

NAMES = ("assembly", "oneroster", "school-data-sync", "wonde")
ASSEMBLY = Catalogue.builtin("assembly")
HOURS = ("hours_per_week", "fte", "weeks_per_year")

SPECIAL = {
    "assembly": {
        "attendances", "contacts.parental_responsibility", "exclusions",
        "staff_members.absences", "staff_members.disability",
        "staff_members.ethnicity", "students.care", "students.country_of_birth",
        "students.eal", "students.ethnicity", "students.ever_in_care",
        "students.first_language", "students.former_upn", "students.fsm",
        "students.fsm_history", "students.fsm_review_dates", "students.home_language",
        "students.medical.conditions", "students.medical.dietary_needs",
        "students.medical.emergency_consent", "students.medical.nhs_number",
        "students.medical.notes", "students.medical.pregnancy",
        "students.nationality", "students.pp", "students.pp_history",
        "students.proficiency_in_eng", "students.sen_needs", "students.sen_provision",
        "students.sen_provision_history", "students.service_child", "students.upn",
    },
    "oneroster": {
        "demographics.birth_date", "demographics.birthplace", "demographics.ethnicity",
        "demographics.residence", "demographics.sex", "students.identifiers",
        "students.pronouns", "teachers.identifiers", "teachers.pronouns",
        "users.identifiers", "users.pronouns",
    },
    "school-data-sync": {
        "demographics.birthplace", "demographics.ethnicity", "user_flags",
    },
    "wonde": {"contacts.notes.read", "students.local_upn.read"},
}  # fmt: skip
"""Health, needs, origin, care, exclusions, free text, official numbers, demographics."""


def salaries_of(*scopes):
    """Return the fields of a contract's salaries that *scopes* release."""
    start = "staff_contract.salaries[]."
    released = ASSEMBLY.fields_of(scopes)
    return {p.removeprefix(start) for p in released if p.startswith(start)}


def test_the_catalogues_that_ship():
    """Four catalogues ship, under these names."""
    assert Catalogue.builtin_names() == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_builtin_survives_its_own_shape(name):
    """A built-in catalogue is the same after it was written out and read back."""
    catalogue = Catalogue.builtin(name)

    again = Catalogue.from_dict(catalogue.to_dict())

    assert (again, again.digest) == (catalogue, catalogue.digest)


@pytest.mark.parametrize("name", NAMES)
def test_every_scope_speaks_to_a_school(name):
    """Each scope has a title and a one-line description that is a sentence."""
    scopes = Catalogue.builtin(name).scopes.values()

    mute = {
        scope.key
        for scope in scopes
        if not re.fullmatch(r"[A-Z].*\w", scope.title)
        or not re.fullmatch(r"[A-Z][^\n]{15,118}\.", scope.description)
    }

    assert mute == set()


@pytest.mark.parametrize("name", NAMES)
def test_no_two_scopes_share_a_title(name):
    """A school can tell any two scopes of a catalogue apart by their titles."""
    titles = [scope.title for scope in Catalogue.builtin(name).scopes.values()]

    assert sorted(titles) == sorted(set(titles))


@pytest.mark.parametrize("name", NAMES)
def test_a_scope_says_how_sensitive_it_is(name):
    """What a scope calls itself is never milder than its most sensitive field."""
    catalogue = Catalogue.builtin(name)

    said = {key: scope.sensitivity for key, scope in catalogue.scopes.items()}

    assert said == {key: catalogue.sensitivity_of(key) for key in catalogue.scopes}


@pytest.mark.parametrize("name", NAMES)
def test_the_special_scopes(name):
    """Exactly these scopes ask for the care of a special category."""
    scopes = Catalogue.builtin(name).scopes

    special = {k for k, s in scopes.items() if s.sensitivity is Sensitivity.SPECIAL}

    assert special == SPECIAL[name]


@pytest.mark.parametrize("name", NAMES)
def test_every_guess_is_about_a_field_of_the_scope(name):
    """A scope marks as guessed only what it holds."""
    scopes = Catalogue.builtin(name).scopes

    stray = {key: scope.guessed - {*scope.fields} for key, scope in scopes.items()}

    assert stray == dict.fromkeys(scopes, frozenset())


@pytest.mark.parametrize("name", NAMES)
def test_every_scope_opens_something(name):
    """Each scope releases fields, opens rows or lets an app write; one only includes."""
    catalogue = Catalogue.builtin(name)
    joint = {key for rule in catalogue.joints for key in rule.scopes}
    rows = {rule.scope for rule in catalogue.rows}

    idle = {
        scope.key
        for scope in catalogue.scopes.values()
        if not (scope.fields or scope.writes or scope.key in joint | rows)
    }

    assert idle == ({"students.siblings"} if name == "assembly" else set())


@pytest.mark.parametrize("name", NAMES)
def test_the_school_is_the_one_public_scope(name):
    """Before any grant flows what the scope `school` holds, and nothing else."""
    catalogue = Catalogue.builtin(name)

    public = set(catalogue.public_fields)

    assert public == set(catalogue.scope("school").fields)


@pytest.mark.parametrize("name", NAMES)
def test_every_public_field_is_called_public(name):
    """No field that asks for any care flows before a grant."""
    catalogue = Catalogue.builtin(name)

    asked = {catalogue.field(path).sensitivity for path in catalogue.public_fields}

    assert asked == {Sensitivity.PUBLIC}


@pytest.mark.parametrize("name", NAMES)
def test_the_school_verifies_the_connection(name):
    """The resource by whose key a connection is verified is the school."""
    assert Catalogue.builtin(name).public_resource.name == "school"


@pytest.mark.parametrize("name", NAMES)
def test_a_field_of_a_person_is_not_public(name):
    """No record about a person has a public field."""
    catalogue = Catalogue.builtin(name)

    about = {r.name for r in catalogue.resources.values() if r.subject is not None}

    assert {p for p in catalogue.public_fields if p.split(".")[0] in about} == set()


@pytest.mark.parametrize(
    "path", ["school-data-sync:school.Principal Name", "assembly:school.head_teacher"]
)
def test_the_head_teacher_is_not_public(path):
    """The head teacher's name is in the school's record and is not public."""
    name, path = path.split(":")

    assert path not in Catalogue.builtin(name).public_fields


def test_assembly_has_its_85_scopes_and_one_more():
    """There are 86 scopes, the platform's and the head teacher's, on 32 resources."""
    counts = len(ASSEMBLY.scopes), len(ASSEMBLY.resources)

    assert ("school.head_teacher" in ASSEMBLY.scopes, counts) == (True, (86, 32))


def test_keys_match_whole():
    """Free school meals bring the basic fields and not their own history."""
    own = {
        key: ASSEMBLY.scope(key).fields for key in ("students.basic", "students.fsm")
    }

    released = ASSEMBLY.fields_of(["students.fsm"])

    assert set(released) == {path for fields in own.values() for path in fields}


@pytest.mark.parametrize(
    "key", ["students", "students.", "fsm", "students.medical", "Students.fsm"]
)
def test_a_part_of_a_key_names_nothing(key):
    """A part of a scope's key, or the key in other letters, is unknown."""
    with pytest.raises(UnknownScopeError):
        ASSEMBLY.fields_of([key])


@pytest.mark.parametrize("people", ["students", "contacts", "staff_members"])
def test_finer_scopes_bring_the_basic_one(people):
    """Every scope about people brings who they are, and nothing else."""
    finer = {
        key: ASSEMBLY.scope(key).includes
        for key in ASSEMBLY.scopes
        if key.startswith(f"{people}.") and key != f"{people}.basic"
    }

    assert finer == dict.fromkeys(finer, (f"{people}.basic",))


@pytest.mark.parametrize(
    ("scopes", "is_released"),
    [
        (["attendances"], False),
        (["groups"], False),
        (["attendances", "groups"], True),
        (["attendances.summaries", "groups"], False),
    ],
)
def test_group_of_an_attendance_needs_both_scopes(scopes, is_released):
    """The group of an attendance mark flows with `attendances` and `groups` only."""
    assert ("attendance.group_id" in ASSEMBLY.fields_of(scopes)) is is_released


def test_contracts_alone_show_hours_and_no_pay():
    """Without the salary scope three fields of a salary flow."""
    assert salaries_of("staff_members.contracts") == set(HOURS)


def test_salaries_alone_show_nothing():
    """Without the contracts scope no field of a salary flows."""
    assert salaries_of("staff_members.salaries") == set()


def test_contracts_and_salaries_show_all_of_a_salary():
    """With both scopes every field of a salary and of an allowance flows."""
    both = ("staff_members.contracts", "staff_members.salaries")
    paths = {leaf.path for leaf in ASSEMBLY.resource("staff_contract").fields}

    assert paths - ASSEMBLY.fields_of(both).keys() == set()
