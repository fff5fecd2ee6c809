"""A bundle of CSV files, read as OneRoster's REST bindings would show it."""

import pytest

from scopegate import Condition, Query
from scopegate.adapters.base import NONE, Fetch
from scopegate.adapters.oneroster_csv import OneRosterCSV
from scopegate.catalogue.field import Field
from scopegate.catalogue.resource import Resource
from scopegate.errors import UnverifiedSchoolError, WrongSchoolError

from .bundles import KINDS, ORGS, TWO, VERSIONS, WHOLE, bundle, ids, refusal, rows
from .oneroster_scene import CANARY, CATALOGUE, SCHOOL, Scene


def link(sourced_id):
    """Return a link to another record."""
    return {"sourcedId": sourced_id}


# ---- Records -------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("resource", "found"),
    [
        ("school", ["s1", "s2"]),
        ("org", ["s1", "d1", "s2"]),
        ("academic_session", ["y1", "t1", "g1"]),
        ("term", ["t1"]),
        ("grading_period", ["g1"]),
        ("course", ["k1", "k2"]),
        ("class", ["c1", "c2"]),
        ("enrollment", ["e1", "e2"]),
        ("demographics", ["u1", "u2", "u9"]),
        ("teacher", ["u9"]),
    ],
)
@pytest.mark.parametrize("version", VERSIONS)
def test_a_resource_is_the_rows_of_its_file(tmp_path, kind, version, resource, found):
    """Of a zip or a folder; by the kind of a row where a file holds several."""
    place = bundle(tmp_path, WHOLE[version], kind, version)

    assert ids(place, resource) == found


@pytest.mark.parametrize(
    ("version", "students", "users"),
    [
        ("1.1", ["u1", "u2"], ["u1", "u2", "u9"]),
        ("1.2", ["u1", "u2"], ["u1", "u2", "u3", "u9"]),
    ],
)
def test_a_user_is_what_their_roles_say(tmp_path, version, students, users):
    """In 1.1 by the one in their row, in 1.2 by those that are not deleted."""
    place = bundle(tmp_path, WHOLE[version], version=version)

    assert (ids(place, "student"), ids(place, "user")) == (students, users)


@pytest.mark.parametrize(
    ("resource", "record"),
    [
        (
            "school",
            {
                "sourcedId": "s1",
                "status": "active",
                "name": "Example School",
                "type": "school",
                "identifier": SCHOOL,
                "parent": link("d1"),
            },
        ),
        (
            "term",
            {
                "sourcedId": "t1",
                "status": "active",
                "title": "Autumn",
                "type": "term",
                "startDate": "2026-09-01",
                "endDate": "2026-12-19",
                "parent": link("y1"),
                "schoolYear": "2027",
            },
        ),
        (
            "course",
            {
                "sourcedId": "k1",
                "schoolYear": link("y1"),
                "title": "Maths",
                "grades": ["07", "08"],
                "org": link("s1"),
                "subjects": ["Maths", "Numbers"],
                "subjectCodes": ["MA1"],
                "resources": [link("b1"), link("b2")],
            },
        ),
        (
            "class",
            {
                "sourcedId": "c1",
                "title": "7A",
                "grades": ["07"],
                "course": link("k1"),
                "classType": "scheduled",
                "school": link("s1"),
                "terms": [link("t1"), link("t2")],
                "periods": ["1", "2"],
                "resources": [link("b1"), link("b2")],
            },
        ),
        (
            "enrollment",
            {
                "sourcedId": "e1",
                "class": link("c1"),
                "school": link("s1"),
                "user": link("u1"),
                "role": "student",
                "primary": False,
                "beginDate": "2026-09-01",
            },
        ),
        (
            "demographics",
            {
                "sourcedId": "u1",
                "birthDate": "2014-02-11",
                "sex": "female",
                "asian": True,
                "white": False,
            },
        ),
        (
            "student",
            {
                "sourcedId": "u1",
                "status": "active",
                "enabledUser": True,
                "username": "ada",
                "givenName": "Ada",
                "userMasterIdentifier": "m1",
                "preferredFirstName": "Ad",
                "preferredLastName": "Zee",
                "primaryOrg": link("s1"),
                "pronouns": "she",
                "roles": [
                    {
                        "roleType": "primary",
                        "role": "student",
                        "beginDate": "2026-09-01",
                        "userProfile": "p1",
                        "org": link("s1"),
                    },
                    {"roleType": "secondary", "role": "aide", "org": link("s2")},
                ],
                "userProfiles": [
                    {
                        "profileId": "p1",
                        "profileType": "LMS",
                        "vendorId": "v1",
                        "credentials": [{"type": "basic", "username": "ada"}],
                    }
                ],
                "resources": [link("b1"), link("b2")],
            },
        ),
    ],
)
def test_a_row_becomes_a_record_of_the_catalogues_shape(tmp_path, resource, record):
    """Ids become links, cells with commas lists, true and false booleans."""
    [first, *_] = rows(bundle(tmp_path, WHOLE["1.2"]), resource)

    assert first == record


def test_a_user_of_1_1_has_a_role_and_organisations(tmp_path):
    """Identifiers come by their kinds, and a password comes not at all."""
    [first, *_] = rows(bundle(tmp_path, WHOLE["1.1"], version="1.1"), "user")

    assert first == {
        "sourcedId": "u1",
        "status": "active",
        "enabledUser": True,
        "orgs": [link("s1"), link("s2")],
        "role": "student",
        "username": "ada",
        "userIds": [
            {"type": "LDAP", "identifier": "12"},
            {"type": "Fed", "identifier": "a b"},
        ],
        "givenName": "Ada",
        "agents": [link("u5"), link("u6")],
        "grades": ["07"],
    }


@pytest.mark.parametrize("version", VERSIONS)
def test_a_password_is_left_where_it_is(tmp_path, version):
    """No record of any resource holds one."""
    place = bundle(tmp_path, WHOLE[version], version=version)

    assert CANARY not in str([rows(place, name) for name in CATALOGUE.resources])


def test_what_cannot_be_read_as_it_should_is_left_as_it_is(tmp_path):
    """A malformed boolean stays a text, and malformed identifiers are missing."""
    place = bundle(tmp_path, WHOLE["1.1"], version="1.1")

    assert rows(place, "demographics")[1]["asian"] == "maybe"
    assert rows(place, "teacher")[0]["userIds"] == []


def test_a_profile_without_credentials_has_none(tmp_path):
    """What is empty is missing, and what is deleted does not come."""
    place = bundle(tmp_path, WHOLE["1.2"])

    assert rows(place, "user")[1]["userProfiles"] == [
        {"profileId": "p2", "profileType": "LMS", "applicationId": "a1"}
    ]


def test_what_is_not_wanted_is_not_put_together(tmp_path):
    """A broken file of profiles matters only when profiles are asked for."""
    place = bundle(tmp_path, {**WHOLE["1.2"], "userProfiles": '"'})
    home = CATALOGUE.resource("student")
    wanted = Fetch(home, ["student.givenName", "student.roles[].role"], SCHOOL)

    assert len(list(OneRosterCSV(place).fetch(wanted))) == 2


@pytest.mark.parametrize("cell", ["\ufeffsourcedId", "sourcedId"])
def test_a_mark_at_the_start_of_a_file_is_no_part_of_it(tmp_path, cell):
    """Excel writes one."""
    headings = (cell, "type", "identifier")
    place = bundle(tmp_path, {"orgs": [headings, ("s1", "school", SCHOOL)]})

    assert ids(place, "school") == ["s1"]


def test_columns_of_ones_own_stand_under_their_names(tmp_path):
    """A heading with dots makes an object; what the catalogue has not stays behind."""
    headings = ("sourcedId", "type", "identifier", "metadata.note")
    place = bundle(tmp_path, {"orgs": [headings, ("s1", "school", SCHOOL, "x")]})

    assert rows(place, "school")[0]["metadata"] == {"note": "x"}


def test_a_resource_that_oneroster_has_not_is_empty(tmp_path):
    """The bundle is not even opened for it."""
    (tmp_path / "export.zip").write_text("no zip")
    adapter = OneRosterCSV(tmp_path / "export.zip")
    pet = Resource("pet", "Pet", "id", [Field("pet.id")])

    assert list(adapter.fetch(Fetch(pet, ["pet.id"], SCHOOL))) == []
    assert (adapter.capabilities(pet), adapter.school) == (NONE, None)


# ---- Several schools -----------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("resource", "own", "others"),
    [
        ("school", ["s1"], ["s2"]),
        ("course", ["k1"], ["k2"]),
        ("class", ["c1"], ["c2"]),
        ("enrollment", ["e1"], ["e2"]),
        ("teacher", ["u9"], []),
    ],
)
def test_of_several_schools_only_ones_rows_are_given(
    tmp_path, kind, version, resource, own, others
):
    """Only rows that say they are that school's; the rest is as if it were not there."""
    place = bundle(tmp_path, WHOLE[version], kind, version)

    assert (ids(place, resource, SCHOOL), ids(place, resource, "100002")) == (
        own,
        others,
    )


@pytest.mark.parametrize(
    ("version", "resource", "own", "others"),
    [
        ("1.1", "student", ["u1"], ["u1", "u2"]),
        ("1.1", "user", ["u1", "u9"], ["u1", "u2"]),
        ("1.1", "demographics", ["u1", "u9"], ["u1", "u2"]),
        ("1.2", "student", ["u1"], ["u2"]),
        ("1.2", "user", ["u1", "u9"], ["u1", "u2"]),
        ("1.2", "demographics", ["u1", "u9"], ["u1", "u2"]),
    ],
)
def test_people_belong_to_the_schools_of_their_roles(
    tmp_path, version, resource, own, others
):
    """A student is one at that very school; demographics go with their user."""
    place = bundle(tmp_path, WHOLE[version], version=version)

    assert (ids(place, resource, SCHOOL), ids(place, resource, "100002")) == (
        own,
        others,
    )


def test_roles_at_another_school_are_not_given(tmp_path):
    """Of somebody at two schools those rows come that are this school's."""
    [first, _] = rows(bundle(tmp_path, WHOLE["1.2"]), "user", "100002")

    assert first["roles"] == [
        {"roleType": "secondary", "role": "aide", "org": link("s2")}
    ]


@pytest.mark.parametrize(
    "resource", ["org", "academic_session", "term", "grading_period"]
)
def test_rows_that_do_not_say_whose_they_are_are_not_given(tmp_path, resource):
    """Among several schools such a resource is refused whole."""
    place = bundle(tmp_path, WHOLE["1.2"])

    assert refusal(place, resource, SCHOOL) == (
        0,
        f"export.zip: holds several schools, and `{resource}` rows do not say whose they"
        " are; serve them from a bundle of one school",
    )


@pytest.mark.parametrize(
    "orgs",
    [
        ORGS[:1],
        [ORGS[0], ORGS[2]],
        [*ORGS, ("s9", "active", "", "Again", "school", SCHOOL, "")],
        [ORGS[0], ("s1", "active", "", "Part", "department", SCHOOL, "")],
        [ORGS[0], ("", "active", "", "Nameless", "school", SCHOOL, "")],
    ],
)
def test_a_school_that_is_not_found_for_certain_is_not_read(tmp_path, orgs):
    """None, two, or one without an id; and what is not a school does not count."""
    place = bundle(tmp_path, {**WHOLE["1.2"], "orgs": orgs})

    assert refusal(place, "class", SCHOOL) == (
        0,
        "export.zip/orgs.csv: does not name one school by that identifier; correct `school`",
    )


@pytest.mark.parametrize(
    ("version", "resource", "file", "column"),
    [
        ("1.1", "student", "users", "role"),
        ("1.1", "student", "users", "orgSourcedIds"),
        ("1.2", "student", "users", "sourcedId"),
        ("1.2", "student", "roles", "orgSourcedId"),
        ("1.2", "student", "roles", "userSourcedId"),
        ("1.2", "course", "courses", "orgSourcedId"),
        ("1.2", "class", "classes", "schoolSourcedId"),
        ("1.2", "enrollment", "enrollments", "schoolSourcedId"),
        ("1.2", "term", "academicSessions", "type"),
        ("1.2", "school", "orgs", "identifier"),
        ("1.2", "demographics", "demographics", "sourcedId"),
    ],
)
def test_a_column_that_tells_whose_a_row_is_must_be_there(
    tmp_path, version, resource, file, column
):
    """Without it nothing is given, and it is named."""
    headings = list(WHOLE[version][file][0])
    headings[headings.index(column)] = "other"
    broken = [headings, *WHOLE[version][file][1:]]
    place = bundle(tmp_path, {**WHOLE[version], file: broken}, version=version)

    assert refusal(place, resource) == (
        0,
        f"export.zip/{file}.csv, line 1: has no column `{column}`; add it",
    )


@pytest.mark.parametrize("school", [SCHOOL, None])
def test_an_adapter_says_which_school_it_serves(tmp_path, school):
    """The one that the host said, or nothing."""
    place = bundle(tmp_path, WHOLE["1.2"])

    assert OneRosterCSV(place, school).school == school


# ---- Through the gate ----------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("school", [SCHOOL, None])
def test_a_bundle_is_connected_and_read(tmp_path, kind, version, school):
    """Only what the school authorised comes out of it."""
    orgs = TWO if school else ORGS
    place = bundle(tmp_path, {**WHOLE[version], "orgs": orgs}, kind, version)
    adapter = OneRosterCSV(place, school)
    query = Query("student", [Condition("student.givenName", "=", "Ada")])

    with Scene(adapter).open() as access:
        found = list(access.read(adapter, query))

    assert found == [{"sourcedId": "u1", "status": "active", "givenName": "Ada"}]


def test_a_bundle_of_two_schools_is_not_connected(tmp_path):
    """Unless the host says which of them is meant."""
    with pytest.raises(WrongSchoolError):
        Scene(OneRosterCSV(bundle(tmp_path, WHOLE["1.2"])))


def test_a_school_without_an_identifier_is_not_verified(tmp_path):
    """No one can tell whose the data is."""
    orgs = [ORGS[0], ("s1", "active", "", "Example School", "school", "", "")]

    with pytest.raises(UnverifiedSchoolError):
        Scene(OneRosterCSV(bundle(tmp_path, {"orgs": orgs})))
