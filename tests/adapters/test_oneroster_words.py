"""Words of OneRoster decide however they are written, and never without a word."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings, strategies as st

from scopegate import Condition, Query
from scopegate.adapters._oneroster.words import (
    ORG_TYPES,
    ROLES as ROLE_WORDS,
    SESSION_TYPES,
    is_known,
    is_live,
    is_within,
    remembered,
)
from scopegate.adapters.http import HTTPAdapter
from scopegate.adapters.oneroster import _served
from scopegate.adapters.oneroster_csv import OneRosterCSV

from ..servers.fixtures import serving
from .bundles import ORGS, ROLES, WHOLE, bundle, everything, ids, refusal, rows
from .driving import WAYS, counted, fetched
from .oneroster_scene import (
    BASIC,
    HOME,
    PUPILS,
    RECORDS,
    SCHOOL,
    SHOWN,
    Scene,
    asked,
    interface,
    page,
    person,
    wanted,
)

running_server, server = serving("oneroster", RECORDS)

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
TODAY = NOON.date()
SINCE = datetime(2026, 9, 1, tzinfo=UTC)
GONE = ("tobedeleted", "TOBEDELETED", "ToBeDeleted ", "inactive", "deleted", "no", "0")
LIVE = ("active", "Active", " ACTIVE ", "active\u00a0", "")
PLAIN = settings(deadline=None)


def cells(found, heading, value, first=1):
    """Return a table with *value* in a column, from the row *first* on."""
    place = found[0].index(heading)
    return [
        row if n < first else (*row[:place], value, *row[place + 1 :])
        for n, row in enumerate(found)
    ]


def listed(place, resource="student", school=None):
    """Return the ids of the records that a bundle gives on a day of the tests."""
    adapter = OneRosterCSV(place, school, clock=lambda: NOON)
    return [row["sourcedId"] for row in adapter.fetch(everything(resource))]


# ---- Statuses ------------------------------------------------------------------------


@PLAIN
@given(st.text(), st.sampled_from(["", " ", "\t", "\u00a0"]))
def test_only_what_is_active_or_says_nothing_is_live(word, blank):
    """Whatever a status is, blanks around it and the case of its letters aside."""
    is_active = word.strip().casefold() in {"", "active"}

    assert is_live(f"{blank}{word}{blank}") is is_active


@pytest.mark.parametrize("value", [True, 1, ["active"], {"a": "active"}, b"active"])
def test_a_status_that_is_no_text_is_not_live(value):
    """What cannot be read does not count as there; only what is left out does."""
    assert (is_live(value), is_live(None)) == (False, True)


FILE_OF = {
    "org": ("orgs", "d1"),
    "school": ("orgs", "s1"),
    "term": ("academicSessions", "t1"),
    "grading_period": ("academicSessions", "g1"),
    "academic_session": ("academicSessions", "y1"),
    "course": ("courses", "k1"),
    "class": ("classes", "c1"),
    "enrollment": ("enrollments", "e1"),
    "demographics": ("demographics", "u1"),
    "student": ("users", "u1"),
    "teacher": ("users", "u9"),
    "user": ("users", "u1"),
}


def having(file, version, status, deltas=()):
    """Return files in which every row of one has a status."""
    found = WHOLE[version][file]
    if "status" not in found[0]:
        found = [(*row, "") for row in found]
        found[0] = (*found[0][:-1], "status")
    return {**WHOLE[version], file: cells(found, "status", status)}


@pytest.mark.parametrize("resource", FILE_OF)
@pytest.mark.parametrize("version", WHOLE)
@pytest.mark.parametrize("status", [*GONE, *LIVE])
def test_a_row_of_a_bundle_is_served_while_it_is_active(
    tmp_path, version, resource, status
):
    """Of every file; with another status it is not there.

    Fails on the release before: every status but one spelling counted as active.
    """
    file, key = FILE_OF[resource]
    place = bundle(tmp_path, having(file, version, status), version=version)

    assert (key in ids(place, resource)) is (status in LIVE)


@pytest.mark.parametrize("file", ["roles", "userProfiles", "userResources"])
@pytest.mark.parametrize("status", [*GONE, *LIVE])
def test_what_is_put_together_is_what_is_active(tmp_path, file, status):
    """A role, a profile and a resource count as a record does.

    Fails on the release before: `inactive` counted, and so did `TOBEDELETED`.
    """
    place = bundle(tmp_path, having(file, "1.2", status))
    name = "resources" if file == "userResources" else file

    [ada, *_] = rows(place, "user")

    assert (name in ada) is (status in LIVE)
    if file == "roles":
        assert (ids(place, "student") != []) is (status in LIVE)


@pytest.mark.parametrize(
    ("resource", "shown"),
    [
        ("student", {"sourcedId": "u1", "status": "ToBeDeleted "}),
        ("user", {"sourcedId": "u1", "status": "ToBeDeleted "}),
        (
            "enrollment",
            {"sourcedId": "e1", "user": {"sourcedId": "u1"}, "status": "ToBeDeleted "},
        ),
        ("class", {"sourcedId": "c1", "status": "ToBeDeleted "}),
        ("demographics", {"sourcedId": "u1", "status": "ToBeDeleted "}),
    ],
)
def test_a_file_of_changes_tells_what_is_gone_by_its_id(tmp_path, resource, shown):
    """Its id and status, and whom it is about; nothing else of it is there any more."""
    file, _ = FILE_OF[resource]
    files = having(file, "1.2", "ToBeDeleted ")
    place = bundle(tmp_path, files, **{file: "delta"})

    [first, *_] = rows(place, resource, deltas=True)

    assert first == shown


def test_what_is_gone_is_told_only_with_its_status(tmp_path):
    """Without it no one could tell it from what is there; nor is a school told so."""
    files = having("users", "1.2", "tobedeleted")
    place = bundle(tmp_path, files, users="delta")
    adapter = OneRosterCSV(place, deltas=True)
    asked_for = wanted("user", "sourcedId", "givenName")
    (tmp_path / "b").mkdir()
    other = bundle(tmp_path / "b", having("orgs", "1.2", "inactive"), orgs="delta")

    assert list(adapter.fetch(asked_for)) == []
    assert rows(other, "school", deltas=True) == []


def test_a_school_that_is_not_active_is_not_found(tmp_path):
    """Its bundle is refused rather than read without it."""
    place = bundle(tmp_path, having("orgs", "1.2", "inactive"))

    assert refusal(place, "class", SCHOOL) == (
        0,
        "export.zip/orgs.csv: does not name one school by that identifier; correct"
        " `school`",
    )


def test_of_two_schools_of_one_identifier_the_live_one_is_meant(tmp_path):
    """The other is remembered only."""
    orgs = [*ORGS, ("s0", "inactive", "", "Old School", "school", SCHOOL, "d1")]

    assert ids(bundle(tmp_path, {**WHOLE["1.2"], "orgs": orgs}), "class", SCHOOL) == [
        "c1"
    ]


# ---- Roles that are held now ---------------------------------------------------------


@PLAIN
@given(begin=st.none() | st.dates(), end=st.none() | st.dates(), today=st.dates())
def test_a_role_is_held_from_its_first_day_to_its_last(begin, end, today):
    """Both included; an empty day bounds nothing, and a time of day is left aside."""
    row = {
        "beginDate": "" if begin is None else f"{begin}T23:59:59Z",
        "endDate": "" if end is None else f" {end} ",
    }

    held = (begin is None or begin <= today) and (end is None or today <= end)
    assert is_within(row, today) is held


@pytest.mark.parametrize(
    ("begin", "end", "counts"),
    [
        ("", "", True),
        ("2026-11-30", "2026-11-30", True),
        ("2020-09-01", "2020-12-19", False),
        ("", "2026-11-29", False),
        ("2026-12-01", "", False),
        ("2027-09-01", "2028-07-21", False),
    ],
)
@pytest.mark.parametrize("school", [SCHOOL, None])
def test_a_role_that_has_ended_or_not_begun_does_not_count(
    tmp_path, begin, end, counts, school
):
    """A user who has only such a role is neither a student nor at the school.

    Fails on the release before: a role that ended in 2020 was served as held.
    """
    roles = cells(cells(ROLES, "beginDate", begin), "endDate", end)
    place = bundle(tmp_path, {**WHOLE["1.2"], "roles": roles})

    assert ("u1" in listed(place, "student", school)) is counts
    assert ("u9" in listed(place, "teacher", school)) is counts
    assert ("u1" in listed(place, "demographics", SCHOOL)) is counts


def test_the_day_is_that_of_the_clock(tmp_path):
    """The host's clock says whose day it is; without one it is that of UTC."""
    place = bundle(
        tmp_path, {**WHOLE["1.2"], "roles": cells(ROLES, "endDate", "2026-11-29")}
    )
    before = OneRosterCSV(place, clock=lambda: datetime(2026, 11, 29, 23, tzinfo=UTC))
    ended = cells(ROLES, "endDate", "1999-01-01")
    (tmp_path / "b").mkdir()
    old = bundle(tmp_path / "b", {**WHOLE["1.2"], "roles": ended})

    assert len(list(before.fetch(everything("student")))) == 2
    assert (listed(place), ids(old, "student")) == ([], [])


@pytest.mark.parametrize(
    "text", ["01/09/2026", "2026-13-01", "2026-9-1", "soon", "2026-09-01x", "20260901"]
)
@pytest.mark.parametrize("column", ["beginDate", "endDate"])
def test_a_day_that_cannot_be_read_is_a_fault(tmp_path, text, column):
    """Whether the role counts cannot be told; the line is named, and no value."""
    roles = cells(ROLES, column, text, first=2)
    place = bundle(tmp_path, {**WHOLE["1.2"], "roles": roles})

    assert refusal(place) == (
        0,
        "export.zip/roles.csv, line 3: has a `beginDate` or `endDate` that is not a"
        " date; write 2026-09-01",
    )


# ---- Roles and types in any case -----------------------------------------------------

SPELT = {
    "capitals": str.upper,
    "a capital": str.title,
    "blanks around": lambda text: f" {text} ",
    "a blank that does not break": lambda text: f"{text}\u00a0",
}


@pytest.mark.parametrize("version", WHOLE)
@pytest.mark.parametrize("way", SPELT.values(), ids=SPELT)
@pytest.mark.parametrize("school", [SCHOOL, None])
def test_a_bundle_in_another_case_is_not_an_empty_school(
    tmp_path, version, way, school
):
    """Roles and types decide without regard to case and blanks around them.

    Fails on the release before: no pupil, and no school, were found.
    """
    files, file = dict(WHOLE[version]), "users" if version == "1.1" else "roles"
    for name, heading in (
        (file, "role"),
        ("orgs", "type"),
        ("academicSessions", "type"),
    ):
        found = files[name]
        place = found[0].index(heading)
        files[name] = [
            row if n == 0 else (*row[:place], way(row[place]), *row[place + 1 :])
            for n, row in enumerate(found)
        ]
    place = bundle(tmp_path, files, version=version)

    students = ["u1"] if school else ["u1", "u2"]
    assert (ids(place, "student", school), ids(place, "teacher", school)) == (
        students,
        ["u9"],
    )
    assert ids(place, "school", school) == (["s1"] if school else ["s1", "s2"])
    assert (ids(place, "term"), ids(place, "grading_period")) == (["t1"], ["g1"])


@pytest.mark.parametrize(
    ("version", "file", "resource"),
    [("1.1", "users", "student"), ("1.2", "roles", "teacher")],
)
@pytest.mark.parametrize(
    "text", ["pupil", "Learner", "students", "student,teacher", ""]
)
def test_a_role_that_no_one_knows_is_a_fault(tmp_path, version, file, resource, text):
    """Such a user may be one of those asked for; the line is named, and no value."""
    files = {**WHOLE[version], file: cells(WHOLE[version][file], "role", text, first=2)}
    place = bundle(tmp_path, files, version=version)

    given, problem = refusal(place, resource)

    assert problem.startswith(
        f"export.zip/{file}.csv, line 3: has in `role` none of `administrator`, `aide`,"
    )
    assert given == (1 if version == "1.1" else 0)
    assert ids(place, "user") != []


@pytest.mark.parametrize(
    ("file", "resource"), [("orgs", "school"), ("academicSessions", "term")]
)
@pytest.mark.parametrize("text", ["Academy", "schools", "", "trimester"])
def test_a_type_that_no_one_knows_is_a_fault(tmp_path, file, resource, text):
    """Such a row may be one of those asked for, so no other resource minds."""
    found = WHOLE["1.2"][file]
    files = {**WHOLE["1.2"], file: cells(found, "type", text, first=2)}
    place = bundle(tmp_path, files)

    _, problem = refusal(place, resource)

    assert problem.startswith(f"export.zip/{file}.csv, line 3: has in `type` none of `")
    assert len(ids(place, {"orgs": "org"}.get(file, "academic_session"))) == 3


@pytest.mark.parametrize("known", [ROLE_WORDS, ORG_TYPES, SESSION_TYPES])
def test_a_word_of_the_standard_or_of_ones_own_is_known(known):
    """What begins with `ext:` is a vendor's own; it is nothing that is asked for."""
    spelt = [way(each) for each in known for way in (str, *SPELT.values())]

    assert all(is_known(each, known) for each in (*spelt, "ext:nurse", " EXT:x"))
    assert not any(is_known(each, known) for each in ("x", "", None, 7, "external"))


def test_a_role_of_ones_own_is_no_students(tmp_path):
    """It is known, and it is another."""
    place = bundle(
        tmp_path, {**WHOLE["1.2"], "roles": cells(ROLES, "role", "ext:pupil")}
    )

    assert (ids(place, "student"), len(ids(place, "user"))) == ([], 4)


def test_what_is_gone_may_have_had_any_word(tmp_path):
    """A row that is not live stops no one from reading the others."""
    gone = ("r9", "inactive", "u1", "primary", "Pupil", "soon", "", "s1", "")
    lost = ("s9", "tobedeleted", "", "Closed", "Academy", "100009", "")
    files = {
        **WHOLE["1.2"],
        "roles": [*ROLES, gone],
        "orgs": [*WHOLE["1.2"]["orgs"], lost],
    }
    place = bundle(tmp_path, files)
    old = ("u8", "inactive", "", "s1", "Pupil", "", "", "Ed", "", "", "")
    (tmp_path / "b").mkdir()
    users = [*WHOLE["1.1"]["users"], old]
    other = bundle(tmp_path / "b", {**WHOLE["1.1"], "users": users}, version="1.1")

    assert (ids(place, "student"), ids(place, "school")) == (["u1", "u2"], ["s1", "s2"])
    assert ids(other, "student") == ["u1", "u2"]


# ---- Whose a row is ------------------------------------------------------------------


@pytest.mark.parametrize("text", ["S1", "s1 ", "\uff531", "s1;s2", "s2|s1", "s1,s2"])
@pytest.mark.parametrize(
    ("resource", "file", "column"),
    [
        ("class", "classes", "schoolSourcedId"),
        ("course", "courses", "orgSourcedId"),
        ("enrollment", "enrollments", "schoolSourcedId"),
        ("student", "roles", "orgSourcedId"),
    ],
)
def test_a_row_that_may_be_the_schools_is_not_passed_over(
    tmp_path, text, resource, file, column
):
    """Its id in another spelling, or among others, is a fault that names the line.

    Fails on the release before: the row was taken for another school's.
    """
    found = WHOLE["1.2"][file]
    place = bundle(tmp_path, {**WHOLE["1.2"], file: cells(found, column, text)})

    assert refusal(place, resource, SCHOOL) == (
        0,
        f"export.zip/{file}.csv, line 2: does not write the id of the school in"
        f" `{column}` as `orgs.csv` does; write it alike, and alone",
    )


@pytest.mark.parametrize("text", ["s1;s2", "s2 ; s1", "S1,s2", "s2|s1"])
def test_a_user_of_1_1_who_may_be_at_the_school_is_not_passed_over(tmp_path, text):
    """Ids are written alike, with commas between them.

    Fails on the release before: the school was empty without a word.
    """
    users = cells(WHOLE["1.1"]["users"], "orgSourcedIds", text)
    place = bundle(tmp_path, {**WHOLE["1.1"], "users": users}, version="1.1")

    assert refusal(place, "student", SCHOOL) == (
        0,
        "export.zip/users.csv, line 2: does not write the id of the school in"
        " `orgSourcedIds` as `orgs.csv` does; write ids alike, and commas between them",
    )
    assert ids(place, "student") == ["u1", "u2"]


def test_an_id_that_another_organisation_has_is_that_one(tmp_path):
    """Two may have ids that are alike; each row is of the one it names."""
    orgs = [
        *WHOLE["1.2"]["orgs"],
        ("S1", "active", "", "Third", "school", "100003", ""),
    ]
    classes = cells(WHOLE["1.2"]["classes"], "schoolSourcedId", "S1", first=2)
    place = bundle(tmp_path, {**WHOLE["1.2"], "orgs": orgs, "classes": classes})

    assert (ids(place, "class", SCHOOL), ids(place, "class", "100003")) == (
        ["c1"],
        ["c2"],
    )


# ---- A server ------------------------------------------------------------------------


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("status", [*GONE, *LIVE, None, 7])
def test_a_server_serves_what_is_active(server, way, status):
    """Whatever else it gives is not there, in a page or in a count.

    Fails on the release before: a student to be deleted came with their name.
    """
    server.serve({"users": [*PUPILS[:2], person(7, status=status), *PUPILS[2:]]})
    is_live_here = status is None or status in LIVE
    expected = 6 if is_live_here else 5

    found, error = fetched(way, interface(server), wanted())

    assert (len(found), error) == (expected, None)
    assert all("status" not in one for one in found)
    assert counted(way, interface(server), wanted()) == expected


@pytest.mark.parametrize("way", WAYS)
def test_where_no_filter_can_say_it_all_are_read_and_counted(server, way):
    """Two conditions leave no room for a third; not every server filters by it."""
    server.serve({"users": [*PUPILS, person(7, status="inactive")]})
    several = [("givenName", ">=", "A"), ("familyName", "=", PUPILS[0]["familyName"])]
    more = [("givenName", "in", ["Ada 1", "Ada 7"])]
    query = [
        (wanted(where=conditions(given)), n)
        for given, n in ((several[1:], 5), (more, 1))
    ]

    found = [
        *(counted(way, interface(server), asking) for asking, _ in query),
        counted(way, interface(server, filters_by=()), wanted()),
        counted(way, interface(server, lacks=["student.status"]), wanted()),
    ]

    assert found == [5, 1, 5, 6]


def conditions(given):
    """Return conditions on a student."""
    return [Condition(f"student.{name}", way, value) for name, way, value in given]


def test_a_change_tells_what_is_gone_by_its_id(server):
    """Its id, status and moment; without the status asked for, nothing."""
    moment = "2026-11-01T00:00:00.000Z"
    gone = person(7, status="tobedeleted", dateLastModified=moment)
    server.serve({"users": [*PUPILS, gone]})
    names = ("sourcedId", "status", "dateLastModified", "givenName")

    told = fetched(
        "sync", interface(server), wanted("student", *names, changed_since=SINCE)
    )
    untold = fetched("sync", interface(server), wanted(changed_since=SINCE))

    kept = {"sourcedId": "u7", "status": "tobedeleted", "dateLastModified": moment}
    assert (told, untold) == (([kept], None), ([], None))


def test_of_what_is_gone_it_is_said_whom_it_was_about():
    """So that a grant for some people keeps what is about others back."""
    record = {"sourcedId": "e1", "user": {"sourcedId": "u1"}, "role": "student"}

    assert remembered(record, "user.sourcedId") == {
        "sourcedId": "e1",
        "user": {"sourcedId": "u1"},
    }
    assert remembered(record) == {"sourcedId": "e1"}


@pytest.mark.parametrize("school", [SCHOOL, None])
@pytest.mark.parametrize("status", GONE)
def test_a_server_of_a_school_that_is_gone_is_a_fault(server, school, status):
    """By its identifier it is not found; as the only one it says of none."""
    server.serve({**RECORDS, "orgs": [{**HOME, "status": status}]})

    found, error = fetched(
        "sync", interface(server, school=school), wanted("school", "name")
    )

    problem = "school: no single school has that identifier; correct `school`"
    assert (found, str(error)) == ([], problem if school else "None")


def test_a_school_that_is_gone_midway_is_a_fault(server):
    """Where its id is known already, its record says so."""
    given = interface(server, school=SCHOOL)
    fetched("sync", given, wanted("school", "name"))
    server.serve({**RECORDS, "orgs": [{**HOME, "status": "tobedeleted"}]})

    found, error = fetched("sync", given, wanted("school", "name"))

    assert (found, str(error)) == (
        [],
        "school, page 1: the school is not `active` in the MIS; correct `school`",
    )


def test_no_app_is_given_the_name_of_who_is_gone(server, line):
    """Through the gate, whatever the app selects, and in a count."""
    server.serve({**RECORDS, "users": [*PUPILS, person(7, status="Inactive")]})
    adapter = HTTPAdapter(interface(server), line)

    with Scene(adapter).open() as access:
        names = list(
            access.read(adapter, Query("student", select=["student.givenName"]))
        )
        count = access.count(adapter, Query("student"))

    assert names == [{"givenName": one["givenName"]} for one in SHOWN]
    assert count == len(PUPILS)


def test_the_status_is_asked_for_and_not_given(server):
    """Where it is not wanted it decides, and stays behind."""
    found, _ = fetched("sync", interface(server), wanted("student", "givenName"))

    assert asked(server)[1] == page(0, fields="givenName")
    assert found == [{"givenName": one["givenName"]} for one in SHOWN]
    assert BASIC.endswith(",status")


@pytest.mark.parametrize("odd", [7, "u7", None, ["u7"]])
def test_what_is_no_record_is_left_to_the_gate(odd):
    """It has no status, and is malformed there."""
    given = [{"sourcedId": "u1", "status": "Active"}, odd, {"status": "gone"}]

    assert [*_served(given, wanted())] == [{"sourcedId": "u1"}, odd]
