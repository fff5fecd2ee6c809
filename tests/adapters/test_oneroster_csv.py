"""A bundle of CSV files, read as OneRoster's REST bindings would show it."""

import struct
import tracemalloc
import zipfile

import pytest

from scopegate import Condition, Query
from scopegate.adapters.base import NONE, Fetch
from scopegate.adapters.oneroster_csv import OneRosterCSV
from scopegate.errors import SourceError, UnverifiedSchoolError, WrongSchoolError
from scopegate.field import Field
from scopegate.resource import Resource

from .bundles import KINDS, bundle, manifest, table, zipped
from .driving import chain
from .oneroster_scene import CANARY, CATALOGUE, SCHOOL, Scene

ORGS = [
    ("sourcedId", "status", "dateLastModified", "name", "type", "identifier")
    + ("parentSourcedId",),
    ("s1", "active", "", "Example School", "school", SCHOOL, "d1"),
    ("d1", "active", "", "Trust", "district", "", ""),
]
TWO = [*ORGS, ("s2", "active", "", "Other School", "school", "100002", "d1")]
SESSIONS = [
    ("sourcedId", "status", "title", "type", "startDate", "endDate")
    + ("parentSourcedId", "schoolYear"),
    ("y1", "active", "2026/27", "schoolYear", "2026-09-01", "2027-08-31", "", "2027"),
    ("t1", "active", "Autumn", "term", "2026-09-01", "2026-12-19", "y1", "2027"),
    ("g1", "active", "First", "gradingPeriod", "2026-09-01", "2026-10-19", "t1", ""),
]
COURSES = [
    ("sourcedId", "schoolYearSourcedId", "title", "grades", "orgSourcedId")
    + ("subjects", "subjectCodes"),
    ("k1", "y1", "Maths", "07, 08", "s1", "Maths,,Numbers", "MA1"),
    ("k2", "y1", "Maths", "", "s2", "", ""),
]
CLASSES = [
    ("sourcedId", "title", "grades", "courseSourcedId", "classType")
    + ("schoolSourcedId", "termSourcedIds", "periods"),
    ("c1", "7A", "07", "k1", "scheduled", "s1", "t1,t2", "1, 2"),
    ("c2", "7B", "07", "k2", "scheduled", "s2", "t1", ""),
]
ENROLLMENTS = [
    ("sourcedId", "classSourcedId", "schoolSourcedId", "userSourcedId", "role")
    + ("primary", "beginDate"),
    ("e1", "c1", "s1", "u1", "student", "false", "2026-09-01"),
    ("e2", "c2", "s2", "u2", "student", "", ""),
]
DEMOGRAPHICS = [
    ("sourcedId", "birthDate", "sex", "asian", "white"),
    ("u1", "2014-02-11", "female", "TRUE", "false"),
    ("u2", "2014-03-11", "male", "maybe", ""),
    ("u9", "1980-01-01", "", "", ""),
]
USERS_1_1 = [
    ("sourcedId", "status", "enabledUser", "orgSourcedIds", "role", "username")
    + ("userIds", "givenName", "agentSourcedIds", "grades", "password"),
    ("u1", "active", "true", "s1,s2", "student", "ada")
    + ("{LDAP:12},{Fed:a b}", "Ada", "u5,u6", "07", CANARY),
    ("u2", "active", "false", "s2", "student", "bo", "", "Bo", "", "", CANARY),
    ("u9", "active", "true", "s1", "teacher", "cy", "broken", "Cy", "", "", ""),
]
USERS_1_2 = [
    (
        "sourcedId",
        "status",
        "enabledUser",
        "username",
        "givenName",
        "userMasterIdentifier",
    )
    + ("preferredGivenName", "preferredFamilyName", "primaryOrgSourcedId", "pronouns"),
    ("u1", "active", "true", "ada", "Ada", "m1", "Ad", "Zee", "s1", "she"),
    ("u2", "active", "false", "bo", "Bo", "", "", "", "", ""),
    ("u3", "active", "", "cy", "Cy", "", "", "", "", ""),
    ("u9", "active", "", "di", "Di", "", "", "", "", ""),
]
ROLES = [
    ("sourcedId", "status", "userSourcedId", "roleType", "role", "beginDate")
    + ("endDate", "orgSourcedId", "userProfileSourcedId"),
    ("r1", "active", "u1", "primary", "student", "2026-09-01", "", "s1", "p1"),
    ("r2", "", "u1", "secondary", "aide", "", "", "s2", ""),
    ("r3", "active", "u2", "primary", "student", "", "", "s2", ""),
    ("r4", "tobedeleted", "u3", "primary", "student", "", "", "s1", ""),
    ("r5", "active", "u9", "primary", "teacher", "", "", "s1", ""),
]
PROFILES = [
    ("sourcedId", "status", "userSourcedId", "profileType", "vendorId", "applicationId")
    + ("description", "credentialType", "username", "password"),
    ("p1", "active", "u1", "LMS", "v1", "", "", "basic", "ada", CANARY),
    ("p2", "active", "u2", "LMS", "", "a1", "", "", "", CANARY),
    ("p3", "tobedeleted", "u2", "LMS", "", "a1", "", "", "", CANARY),
]
RESOURCES = [
    ("sourcedId", "status", "userSourcedId", "classSourcedId", "courseSourcedId")
    + ("resourceSourcedId",),
    ("x1", "active", "u1", "c1", "k1", "b1"),
    ("x2", "active", "u1", "c1", "k1", "b2"),
]
SHARED = {
    "orgs": TWO,
    "academicSessions": SESSIONS,
    "courses": COURSES,
    "classes": CLASSES,
    "enrollments": ENROLLMENTS,
    "demographics": DEMOGRAPHICS,
}
WHOLE = {
    "1.1": {**SHARED, "users": USERS_1_1},
    "1.2": {
        **SHARED,
        "users": USERS_1_2,
        "roles": ROLES,
        "userProfiles": PROFILES,
        "userResources": RESOURCES,
        "classResources": RESOURCES,
        "courseResources": RESOURCES,
    },
}
VERSIONS = list(WHOLE)


def link(sourced_id):
    """Return a link to another record."""
    return {"sourcedId": sourced_id}


def everything(resource):
    """Return a fetch of all that the catalogue has of a resource."""
    home = CATALOGUE.resource(resource)
    return Fetch(home, [leaf.path for leaf in home.fields], SCHOOL)


def rows(place, resource, school=None, **more):
    """Return the records that a bundle gives."""
    return list(OneRosterCSV(place, school, **more).fetch(everything(resource)))


def ids(place, resource, school=None):
    """Return the ids of the records that a bundle gives."""
    return [row["sourcedId"] for row in rows(place, resource, school)]


def refusal(place, resource="student", school=None, **more):
    """Return how many records came, and the error that ended them."""
    found = []
    with pytest.raises(SourceError) as caught:
        found.extend(OneRosterCSV(place, school, **more).fetch(everything(resource)))
    assert CANARY not in chain(caught.value)
    return len(found), str(caught.value)


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
    """A boolean that is none stays a text, and identifiers without form are none."""
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
    """A broken file of profiles matters only to whoever asks for profiles."""
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


# ---- The manifest --------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("mode", ["absent", "", "ABSENT "])
def test_what_is_absent_is_empty(tmp_path, kind, mode):
    """Even where a file of that name is there."""
    place = bundle(tmp_path, WHOLE["1.2"], kind, classes=mode)

    assert rows(place, "class") == []


def test_what_the_manifest_does_not_name_is_absent(tmp_path):
    """A file beside it is no part of the bundle."""
    place = bundle(tmp_path, WHOLE["1.2"] | {"manifest": manifest([], "1.2")[:72]})

    assert rows(place, "class") == []


@pytest.mark.parametrize("version", ["1.2", "1.2.1", "1.1"])
def test_a_version_may_have_three_numbers(tmp_path, version):
    """The third changes nothing that is read here."""
    place = bundle(tmp_path, {"orgs": ORGS}, version=version)

    assert ids(place, "school") == ["s1"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "names no version that can be read: 1.1, 1.2"),
        ("propertyName,value\n", "names no version that can be read: 1.1, 1.2"),
        (
            table(("propertyName", "value"), ("oneroster.version", "1.0")),
            "names no version that can be read: 1.1, 1.2",
        ),
        (
            table(
                ("propertyName", "value"),
                ("oneroster.version", "1.2"),
                ("oneroster.version", "1.1"),
            ),
            "says two things of `oneroster.version`; keep one",
        ),
        (
            manifest([], users="some"),
            "says of `file.users` neither bulk, delta nor absent; correct it",
        ),
    ],
)
@pytest.mark.parametrize("kind", KINDS)
def test_a_manifest_that_cannot_be_read_is_told(tmp_path, kind, text, problem):
    """Before any other file is opened."""
    place = bundle(tmp_path, {"manifest": text}, kind)

    assert refusal(place) == (0, f"{place.name}/manifest.csv: {problem}")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("name,value\na,b\n", "line 1: has no column `propertyName`; add it"),
        ("propertyName.x,value\na,b\n", "line 1: has no column `propertyName`; add it"),
        ("propertyName\na\n", "line 1: has no column `value`; add it"),
        (
            "propertyName,value\na\n",
            "line 2: has 1 columns where the headings have 2; the rows before it were"
            " read",
        ),
    ],
)
def test_a_manifest_that_is_no_such_table_is_told_by_line(tmp_path, text, problem):
    """Names the line, and shows nothing of it."""
    place = bundle(tmp_path, {"manifest": text})

    assert refusal(place) == (0, f"export.zip/manifest.csv, {problem}")


@pytest.mark.parametrize("resource", ["student", "user"])
@pytest.mark.parametrize("file", ["users", "roles"])
def test_a_file_of_changes_is_not_taken_for_all_there_is(tmp_path, resource, file):
    """Not even where it is put together with others; unless the host says so."""
    place = bundle(tmp_path, WHOLE["1.2"], **{file: "delta"})

    assert refusal(place, resource) == (
        0,
        f"export.zip/{file}.csv: holds only what changed; pass `deltas=True` to read that",
    )
    assert len(rows(place, resource, deltas=True)) >= 2


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
    """None, two, or one without an id; and what is no school is none."""
    place = bundle(tmp_path, {**WHOLE["1.2"], "orgs": orgs})

    assert refusal(place, "class", SCHOOL) == (
        0,
        "export.zip/orgs.csv: has not one school of that identifier; correct `school`",
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


# ---- Broken bundles ------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("resource", "name"), [("class", "classes"), ("student", "roles")]
)
def test_a_missing_file_is_told(tmp_path, kind, resource, name):
    """Where the manifest has it and the bundle has not."""
    files = {n: rows for n, rows in WHOLE["1.2"].items() if n != name}
    place = bundle(tmp_path, files, kind, **{name: "bulk"})

    assert refusal(place, resource) == (
        0,
        f"{place.name}: has no `{name}.csv` at its top; add it",
    )


@pytest.mark.parametrize(
    "name",
    [
        "export/manifest.csv",
        "../manifest.csv",
        "/manifest.csv",
        "C:\\manifest.csv",
        "./manifest.csv",
        "Manifest.csv",
        "manifest.csv ",
        "manifest.csv\0.txt",
        "manifest.csv/",
    ],
)
def test_a_file_of_another_name_is_not_taken_for_it(tmp_path, name):
    """Neither in a folder, nor outside, nor nearly so called: nothing is unpacked."""
    place = zipped(tmp_path / "export.zip", {name: manifest([])})

    found = refusal(place)

    assert found == (0, "export.zip: has no `manifest.csv` at its top; add it")
    assert [path.name for path in tmp_path.iterdir()] == ["export.zip"]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_file_that_stands_twice_is_refused(tmp_path):
    """Nobody can tell which of the two is meant."""
    place = bundle(tmp_path, WHOLE["1.2"])
    with zipfile.ZipFile(place, "a") as archive:
        archive.writestr("classes.csv", CANARY)

    assert refusal(place, "class") == (
        0,
        "export.zip/classes.csv: stands twice in the zip; keep one",
    )


@pytest.mark.parametrize(
    "data", [b"", b"Ada", b"PK\x05\x06", b"PK\x03\x04" + b"x" * 99]
)
def test_what_is_no_zip_is_told(tmp_path, data):
    """By its name, and what to do."""
    (tmp_path / "export.zip").write_bytes(data)

    assert refusal(tmp_path / "export.zip") == (
        0,
        "export.zip: is no zip; name a zip or a folder of CSV files",
    )


@pytest.mark.parametrize("kept", [0.3, 0.7])
def test_a_zip_that_is_cut_short_is_told(tmp_path, kept):
    """Its end is missing, where its contents are listed."""
    place = bundle(tmp_path, WHOLE["1.2"])
    data = place.read_bytes()
    place.write_bytes(data[: int(len(data) * kept)])

    assert refusal(place)[0] == 0


def test_a_zip_whose_contents_are_broken_is_told(tmp_path):
    """The kind of the failure is told, and nothing of the zip."""
    place = bundle(tmp_path, WHOLE["1.2"])
    data = place.read_bytes()
    place.write_bytes(data.replace(b"PK\x01\x02", b"PK\x09\x09"))

    assert refusal(place) == (
        0,
        "export.zip: cannot be opened (`BadZipFile`); is it whole, and may it be read?",
    )


def test_nothing_at_the_path_is_told_at_once(tmp_path):
    """Before anything is fetched."""
    with pytest.raises(SourceError, match="export.zip: is not there"):
        OneRosterCSV(str(tmp_path / "export.zip"))


def test_a_file_that_cannot_be_opened_is_told(tmp_path):
    """The kind of the failure is told."""
    place = bundle(tmp_path, WHOLE["1.2"], "folder")
    adapter = OneRosterCSV(place)
    place.rename(tmp_path / "elsewhere")

    with pytest.raises(SourceError) as caught:
        list(adapter.fetch(everything("student")))

    assert str(caught.value) == (
        "export: cannot be opened (`FileNotFoundError`); is it whole, and may it be read?"
    )


LONG = [CLASSES[0], *[(f"c{n}", *CLASSES[1][1:]) for n in range(20_000)]]


def test_a_file_that_breaks_off_is_told_by_its_line(tmp_path):
    """What came before stays delivered; the check sum does not fit what is there."""
    place = bundle(tmp_path, {"orgs": ORGS, "classes": LONG})
    with zipfile.ZipFile(place) as archive:
        info = archive.getinfo("classes.csv")
    data = bytearray(place.read_bytes())
    data[info.header_offset + 30 + info.compress_size // 2] ^= 0xFF
    place.write_bytes(bytes(data))

    delivered, problem = refusal(place, "class")

    assert delivered > 0
    assert problem.startswith("export.zip/classes.csv, line ")


@pytest.mark.parametrize("change", [-40, 40])
def test_a_file_of_another_size_than_the_zip_says_is_told(tmp_path, change):
    """More comes out of it, or less, than the zip declares."""
    place = bundle(tmp_path, {"orgs": ORGS, "classes": CLASSES})
    with zipfile.ZipFile(place) as archive:
        size = archive.getinfo("classes.csv").file_size
    data = place.read_bytes()
    place.write_bytes(
        data.replace(struct.pack("<L", size), struct.pack("<L", size + change))
    )

    _, problem = refusal(place, "class")

    assert problem.startswith("export.zip/classes.csv, line ")


def test_a_zip_that_is_locked_is_told(tmp_path):
    """There is nowhere to say a password."""
    place = bundle(tmp_path, WHOLE["1.2"])
    data = bytearray(place.read_bytes())
    at = data.rfind(b"PK\x01\x02")
    while at >= 0:
        data[at + 8] |= 1
        at = data.rfind(b"PK\x01\x02", 0, at)
    place.write_bytes(bytes(data))

    assert refusal(place) == (
        0,
        "export.zip/manifest.csv: is locked with a password; zip it without one",
    )


@pytest.mark.parametrize("packing", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_an_unusual_packing_is_refused(tmp_path, packing):
    """It could not be unpacked a little at a time."""
    place = zipped(tmp_path / "export.zip", {"manifest.csv": manifest([])}, packing)

    assert refusal(place) == (
        0,
        "export.zip/manifest.csv: is packed in an unusual way; zip it with deflate",
    )


def test_a_zip_that_is_not_packed_is_read(tmp_path):
    """Storing is as good as packing."""
    files = {"manifest.csv": manifest(["orgs"]), "orgs.csv": table(*ORGS)}
    place = zipped(tmp_path / "export.zip", files, zipfile.ZIP_STORED)

    assert ids(place, "school") == ["s1"]


def test_a_bomb_by_its_ratio_is_not_unpacked(tmp_path):
    """A file that unpacks to far more than a CSV file does is refused unread."""
    place = bundle(tmp_path, {"orgs": b"0" * 2_000_000})

    assert refusal(place, "school") == (
        0,
        "export.zip/orgs.csv: unpacks to more than 200 times its size; is it a bomb?",
    )


@pytest.mark.parametrize(("kind", "line"), [("zip", ""), ("folder", ", line 21")])
def test_a_file_has_only_so_many_bytes(tmp_path, kind, line):
    """By what the zip says, or by what comes of it."""
    files = {"orgs": ORGS, "classes": LONG[:100]}
    place = bundle(tmp_path, files, kind)

    _, problem = refusal(place, "class", most_bytes=900)

    assert problem == (
        f"{place.name}/classes.csv{line}: holds more than 900 bytes; raise `most_bytes`"
        " if it may"
    )


@pytest.mark.parametrize("kind", KINDS)
def test_a_line_has_only_so_many_bytes(tmp_path, kind):
    """A file without line ends does not fill the memory."""
    lines = b"sourcedId,type,identifier\n" + bytes(range(128, 256)) * 9_000
    place = bundle(tmp_path, {"orgs": lines}, kind)

    assert refusal(place, "school") == (
        0,
        f"{place.name}/orgs.csv, line 2: is longer than 1,048,576 bytes; is it a CSV"
        " file?",
    )


def test_a_zip_of_very_many_files_is_refused(tmp_path):
    """Its table of contents alone would fill the memory."""
    place = bundle(tmp_path, WHOLE["1.2"])
    data = bytearray(place.read_bytes())
    at = data.rfind(b"PK\x05\x06")
    data[at + 12 : at + 16] = struct.pack("<L", 2**20 + 1)
    place.write_bytes(bytes(data))

    assert refusal(place) == (
        0,
        "export.zip: holds far more files than a bundle has; zip the CSV files alone",
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "sourcedId,type,identifier\nZo\u00eb,,\n".encode("latin-1"),
            "line 2: is not UTF-8",
        ),
        ("sourcedId,type,identifier\n".encode("utf-16"), "line 1: is not UTF-8"),
        (b'sourcedId,type,identifier\n"c4n4ry-Zed,,\n', "line 2: is not CSV"),
        (b"sourcedId,type,identifier\nc4n4ry-Zed\n", "line 2: has 1 columns"),
        (b"sourcedId,sourcedId\na,b\n", "line 1: a heading stands twice"),
        (b"sourcedId,,\na,b,c\n", "line 1: a heading"),
    ],
)
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_table_is_told_by_line(tmp_path, kind, text, problem):
    """File and line are named, and nothing that stands there."""
    place = bundle(tmp_path, {"orgs": text}, kind)

    _, found = refusal(place, "school")

    assert found.startswith(f"{place.name}/orgs.csv, {problem}")


@pytest.mark.parametrize("kind", KINDS)
def test_rows_are_read_as_they_are_asked_for(tmp_path, kind):
    """A fault further down does not keep the first record back."""
    place = bundle(tmp_path, {"orgs": [*ORGS, ("too", "few")]}, kind)

    records = OneRosterCSV(place).fetch(everything("school"))

    assert next(records)["sourcedId"] == "s1"
    records.close()


def test_a_large_file_is_not_held(tmp_path):
    """Twenty thousand rows need hardly more memory than one."""
    place = bundle(tmp_path, {"orgs": ORGS, "classes": LONG})
    rows(place, "school")  # whatever is loaded once is loaded
    tracemalloc.start()

    count = sum(1 for _ in OneRosterCSV(place).fetch(everything("class")))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert (count, peak < 1_000_000) == (20_000, True)


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
    """Nobody can tell whose the data is."""
    orgs = [ORGS[0], ("s1", "active", "", "Example School", "school", "", "")]

    with pytest.raises(UnverifiedSchoolError):
        Scene(OneRosterCSV(bundle(tmp_path, {"orgs": orgs})))
