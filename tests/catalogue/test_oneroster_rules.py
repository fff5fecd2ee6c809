"""The rules of the catalogue `oneroster`, through a gate, on records of its shape."""

import pytest

from scopegate import (
    Catalogue,
    Query,
    Subjects,
)
from scopegate.catalogue.field import Sensitivity
from scopegate.errors import UnverifiedSchoolError
from scopegate.testing import School

ONEROSTER = Catalogue.builtin("oneroster")
URN = "100001"
PREFIX = "https://purl.imsglobal.org/spec/or/"
ROSTER = f"{PREFIX}v1p2/scope/roster.readonly"
DEMOGRAPHICS = f"{PREFIX}v1p2/scope/roster-demographics.readonly"
OLD_DEMOGRAPHICS = f"{PREFIX}v1p1/scope/roster-demographics.readonly"
BASE = {"status": "active", "dateLastModified": "2026-09-01T08:00:00.000Z"}
FAMILIES = {"students": "student", "teachers": "teacher", "users": "user"}


def link(kind, identifier):
    """Return a link to another record, as OneRoster writes it."""
    href = f"https://mis.example/{kind}s/{identifier}"
    return {"href": href, "sourcedId": identifier, "type": kind}


SCHOOL = {
    "sourcedId": "o-1",
    **BASE,
    "metadata": {"head": "Dana Head"},
    "name": "Example School",
    "type": "school",
    "identifier": URN,
    "parent": link("org", "o-0"),
}
ADA = {
    "sourcedId": "u-1",
    **BASE,
    "metadata": {"fsm": "true"},
    "username": "ada",
    "userIds": [{"type": "UPN", "identifier": "A100001"}],
    "enabledUser": "true",
    "givenName": "Ada",
    "familyName": "Ames",
    "pronouns": "she/her",
    "roles": [
        {
            "roleType": "primary",
            "role": "student",
            "org": link("org", "o-1"),
            "beginDate": "2026-09-01",
        }
    ],
    "identifier": "A100001",
    "email": "ada@example.org",
    "agents": [link("user", "u-8"), link("user", "u-9")],
    "grades": ["7"],
    "password": "hush",
    "userProfiles": [
        {
            "profileId": "p-1",
            "profileType": "lms",
            "vendorId": "v-1",
            "credentials": [{"type": "login", "username": "ada", "password": "hush"}],
        }
    ],
}
OLD_BEN = {
    "sourcedId": "u-2",
    **BASE,
    "givenName": "Ben",
    "familyName": "Bull",
    "role": "student",
    "orgs": [link("org", "o-1")],
    "grades": ["8"],
}
PEOPLE = {"student": [ADA, OLD_BEN]}
ABOUT_TWO = {
    "user": [{"sourcedId": n} for n in ("u-1", "u-2")],
    "student": [{"sourcedId": n} for n in ("u-1", "u-2")],
    "teacher": [{"sourcedId": n} for n in ("u-1", "u-2")],
    "enrollment": [
        {"sourcedId": f"e-{n}", "user": link("user", n)} for n in ("u-1", "u-2")
    ],
    "demographics": [
        {"sourcedId": n, "birthDate": "2015-02-03"} for n in ("u-1", "u-2")
    ],
}


def having(*scopes, mis="oneroster", permissions=None, subjects=None, **held):
    """Return a school that has authorised some scopes, with these records."""
    records = {"school": [SCHOOL], **held}
    school = School(ONEROSTER, records, product=mis, permissions=permissions)
    if scopes:
        school.authorise(*scopes, subjects=subjects)
    return school


def read(resource, *scopes, **more):
    """Return the records that flow under some scopes."""
    return having(*scopes, **more).read(Query(resource))


def test_a_school_is_verified_by_its_identifier():
    """Before a grant the school flows without what it belongs to."""
    hidden = {"metadata", "parent"}

    assert read("school") == [{k: v for k, v in SCHOOL.items() if k not in hidden}]


def test_a_school_without_an_identifier_is_not_connected():
    """Its id in the MIS does not stand in for the number a school is known by."""
    nameless = {k: v for k, v in SCHOOL.items() if k != "identifier"}

    with pytest.raises(UnverifiedSchoolError):
        School(ONEROSTER, {"school": [nameless]}, key="o-1")


def test_basic_details_of_both_versions():
    """Names, ids and status flow, whichever version wrote the record."""
    assert read("student", "students.basic", **PEOPLE) == [
        {"sourcedId": "u-1", "status": "active", "givenName": "Ada", "familyName": "Ames"},
        {"sourcedId": "u-2", "status": "active", "givenName": "Ben", "familyName": "Bull"},
    ]  # fmt: skip


def test_one_scope_holds_both_spellings_of_a_role():
    """The role flows as 1.1 writes it and as 1.2 does, links as ids alone."""
    found = read("student", "students.roles", **PEOPLE)

    basic = {"sourcedId", "status", "givenName", "familyName"}
    assert [{k: v for k, v in one.items() if k not in basic} for one in found] == [
        {
            "roles": [
                {
                    "roleType": "primary",
                    "role": "student",
                    "org": {"sourcedId": "o-1"},
                    "beginDate": "2026-09-01",
                }
            ],
            "grades": ["7"],
        },
        {"role": "student", "orgs": [{"sourcedId": "o-1"}], "grades": ["8"]},
    ]


def published(value):
    """Return a record without passwords, metadata, and all of a link but its id."""
    if isinstance(value, list):
        return [published(one) for one in value]
    if not isinstance(value, dict):
        return value
    hidden = {"password", "metadata"} | ({"href", "type"} if "href" in value else set())
    return {k: published(v) for k, v in value.items() if k not in hidden}


def test_all_scopes_together_release_no_password():
    """With every scope there is, all of a record flows but passwords and metadata."""
    found = read("student", *ONEROSTER.scopes, **PEOPLE)

    assert found == published(PEOPLE["student"])


def test_only_passwords_stand_in_no_scope():
    """Every field can be asked for but passwords, and they are secret."""
    held = {path for scope in ONEROSTER.scopes.values() for path in scope.fields}

    left = {path for path in ONEROSTER.fields if path not in held}

    secret = {f.path for f in ONEROSTER.fields.values() if f.sensitivity == "secret"}
    assert (left, {path.rpartition(".")[2] for path in left}) == (secret, {"password"})


def test_no_bag_and_no_address_is_listed():
    """`metadata`, and where an MIS keeps a linked record, are unknown fields."""
    names = {step.name for leaf in ONEROSTER.fields.values() for step in leaf.steps}

    assert names & {"metadata", "href"} == set()


@pytest.mark.parametrize("family", FAMILIES)
def test_finer_scopes_bring_the_basic_one(family):
    """Every scope about people of a kind brings who they are, and nothing else."""
    finer = {
        key: scope.includes
        for key, scope in ONEROSTER.scopes.items()
        if key.startswith(f"{family}.") and key != f"{family}.basic"
    }

    assert finer == dict.fromkeys(finer, (f"{family}.basic",))


def test_people_are_cut_the_same_way_for_every_endpoint():
    """Students, teachers and users have the same fields, in scopes of the same make."""
    made = {
        tuple(
            (
                key.removeprefix(family),
                tuple(p.removeprefix(name) for p in scope.fields),
            )
            for key, scope in ONEROSTER.scopes.items()
            if key.startswith(f"{family}.")
        )
        for family, name in FAMILIES.items()
    }

    assert len(made) == 1


@pytest.mark.parametrize("scope", ["enrollments", "demographics.sex"])
def test_what_is_known_by_ids_brings_no_names(scope):
    """Enrolments and demographics release no field of another resource."""
    (resource,) = {path.split(".")[0] for path in ONEROSTER.fields_of([scope])}

    assert resource in {"enrollment", "demographics"}


def test_every_person_is_a_user():
    """Wherever a record names a person, it is by the id of a user."""
    assert {naming.person for naming in ONEROSTER.namings} == {"user"}


EVERY_ID = ("users.basic", "students.basic", "teachers.basic", "enrollments", "demographics.birth_date")  # fmt: skip


@pytest.mark.parametrize(
    "subjects",
    [Subjects.everyone_except(user=["u-2"]), Subjects.only(user=["u-1"])],
    ids=["except", "only"],
)
@pytest.mark.parametrize("resource", ABOUT_TWO)
def test_whoever_is_left_out_is_left_out_everywhere(resource, subjects):
    """One id keeps a person out of users, roles, classes and demographics."""
    found = read(resource, *EVERY_ID, subjects=subjects, **ABOUT_TWO)

    assert [record.get("user", record)["sourcedId"] for record in found] == ["u-1"]


def test_linked_people_are_cut():
    """A parent who is left out does not show as somebody's parent."""
    subjects = Subjects.everyone_except(user=["u-9"])

    (ada, _) = read("student", "students.agents", subjects=subjects, **PEOPLE)

    assert ada["agents"] == [{"sourcedId": "u-8"}]


DEMOGRAPHIC = [key for key in ONEROSTER.scopes if key.startswith("demographics.")]


@pytest.mark.parametrize("scope", DEMOGRAPHIC)
@pytest.mark.parametrize(
    ("mis", "held", "is_servable"),
    [
        ("oneroster", [ROSTER], False),
        ("oneroster", [OLD_DEMOGRAPHICS], False),
        ("oneroster", [DEMOGRAPHICS], True),
        ("oneroster", None, True),
        ("oneroster-1.1", [ROSTER, DEMOGRAPHICS], False),
        ("oneroster-1.1", [OLD_DEMOGRAPHICS], True),
    ],
)
def test_demographics_need_their_own_permission(scope, mis, held, is_servable):
    """An account that is known to lack the OAuth scope serves no demographics."""
    school = having(scope, mis=mis, permissions=held)

    withheld = set(school.permit().withheld("demographics").values())

    assert ("mis_permission_missing" not in withheld) == is_servable


def test_other_data_needs_no_permission_that_is_known():
    """What is missing for demographics withholds nothing else."""
    school = having("students.basic", "demographics.sex", permissions=[ROSTER])

    lacking = {
        path
        for name in ONEROSTER.resources
        for path, why in school.permit().withheld(name).items()
        if why == "mis_permission_missing"
    }

    assert lacking == {
        f"demographics.{name}" for name in ("sourcedId", "status", "sex")
    }


def test_demographics_are_special():
    """Every fact about a person that OneRoster keeps apart asks for special care."""
    facts = {
        leaf.local
        for leaf in ONEROSTER.resource("demographics").fields
        if leaf.sensitivity is not Sensitivity.SPECIAL
    }

    assert facts == {"sourcedId", "status", "dateLastModified"}
