"""Microsoft's UK CSV files: a request, a decision, and nothing else in the output."""

import logging
import re
from collections import Counter

import pytest

from scopegate import (
    AccessDeniedError,
    AccessRequest,
    Catalogue,
    CatalogueError,
    Query,
)
from scopegate.adapters.files import FilesAdapter
from scopegate.errors import SourceError, UnverifiedSchoolError, WrongSchoolError
from scopegate.testing import School

FOLDER = "microsoft-uk-format-25"
FILES = {
    "school": "School.csv",
    "student": "Student.csv",
    "teacher": "Teacher.csv",
    "section": "Section.csv",
    "student_enrolment": "StudentEnrollment.csv",
    "teacher_roster": "TeacherRoster.csv",
}
SCHOOL, OTHER = "10001", "10002"
SCHOOL_NAME = "Contoso High School"
TERM_YEARS = {"2017", "2018"}  # in the term dates, which are authorised
CATALOGUE = Catalogue.builtin("school-data-sync")
REQUEST = AccessRequest(
    app="gradebook",
    purpose="Record and share marks",
    required={"students.basic", "sections"},
    optional={"students.numbers", "students.birthdate"},
    reasons={"students.birthdate": "Birthday reminders"},
)
TICKED = {"students.numbers"}
STUDENT = (
    "ID",
    "School DfE Number",
    "First Name",
    "Last Name",
    "Student Number",
    "Grade",
)
SECTION = tuple(leaf.local for leaf in CATALOGUE.resource("section").fields)
RELEASED = {"Student.csv": STUDENT, "Section.csv": SECTION}


@pytest.fixture
def adapter(samples):
    """Return the adapter that serves the first of the two schools in the folder."""
    return FilesAdapter(samples / FOLDER, FILES, school=SCHOOL)


@pytest.fixture
def forbidden(cells):
    """Return every value of the folder that was not authorised for this school.

    A value that is also in an authorised column of a released row is not secret any
    more, and an empty cell never was one.
    """
    allowed, others = {""}, set()
    for name, row in cells(FOLDER):
        is_own = row.get("School DfE Number") == SCHOOL
        for column, value in row.items():
            is_released = is_own and column in RELEASED.get(name, ())
            (allowed if is_released else others).add(value)
    return others - allowed


@pytest.fixture
def opened(decided, adapter):
    """Return what the school decided, and the access the app opened on it."""
    outcome = decided(CATALOGUE, adapter, SCHOOL, REQUEST, TICKED)
    with outcome.open() as access:
        yield outcome, access


def found_in(text, values):
    """Return those of *values* whose bytes occur in *text*."""
    return {value for value in values if value.encode() in text}


def without_digests(text):
    """Return *text* without its SHA-256 digests, which may spell any short number."""
    return re.sub(rb"\b[0-9a-f]{64}\b", b"", text)


def test_forbidden_values_are_not_trivial(forbidden):
    """What is searched for holds the password and a value of every other kind."""
    telling = {
        "P@ssword",  # a password
        "Christopher",  # a middle name
        "OKlein",  # a username
        "4/2/2000",  # a date of birth whose box was left empty
        "Amy Roebuck",  # the head teacher
        "Beane",  # a teacher
        OTHER,
        "Fabrikam High School",
        "Phyical Education 2",  # a course that only the other school spells so
    }

    assert (telling - forbidden, len(forbidden) > 100) == (set(), True)


@pytest.mark.parametrize(
    ("resource", "inside"), [("student", set()), ("section", TERM_YEARS)]
)
def test_output_files_hold_no_unauthorised_value(
    opened, adapter, written, forbidden, resource, inside
):
    """No byte of any output file belongs to a value that was not authorised."""
    _, access = opened

    text = written(resource, list(access.read(adapter, Query(resource))))

    assert found_in(text, forbidden) == inside


def test_released_students_are_the_authorised_columns(opened, adapter, cells):
    """Every student of the school comes out, with the authorised columns alone."""
    _, access = opened
    expected = [
        {column: row[column] for column in row if column in STUDENT}
        for name, row in cells(FOLDER)
        if name == "Student.csv"
    ]

    released = list(access.read(adapter, Query("student")))

    assert (released, len(released)) == (expected, 22)


def test_columns_come_in_the_order_of_the_catalogue(opened, adapter):
    """A released record lists its fields as the catalogue does."""
    _, access = opened

    first = next(access.read(adapter, Query("student")))

    declared = [leaf.local for leaf in CATALOGUE.resource("student").fields]
    assert list(first) == [name for name in declared if name in STUDENT]


def test_only_the_school_asked_for_is_served(opened, adapter):
    """Of two schools in one folder, only the rows of the one asked for come out."""
    _, access = opened

    sections = list(access.read(adapter, Query("section")))

    assert Counter(row["School DfE Number"] for row in sections) == {SCHOOL: 14}


def test_nothing_beside_the_records_tells_a_value(
    opened, adapter, forbidden, cells, caplog
):
    """Notes, logs, `repr` and the ledger hold no value but the school's public name.

    Not even an authorised one. What is shorter than three characters (a year,
    a state) may be in any date and is left out.
    """
    caplog.set_level(logging.DEBUG)
    outcome, access = opened
    people = {
        value
        for name, row in cells(FOLDER)
        if name in ("Student.csv", "Teacher.csv")
        for value in row.values()
    }
    list(access.read(adapter, Query("student")))

    told = [access.notes, caplog.text, access, access.permit, outcome.grant]
    text = without_digests(outcome.written) + "\n".join(map(repr, told)).encode()

    searched = {v for v in forbidden | people if len(v) > 2}
    assert found_in(text, searched) == {SCHOOL, SCHOOL_NAME}


def test_records_fit_the_catalogue(opened, adapter):
    """Reading the real files leaves no note behind."""
    _, access = opened

    list(access.read(adapter, Query("student")))

    assert access.notes == ()


def test_empty_box_is_a_refusal(opened):
    """The permit says that the scope left empty was refused."""
    _, access = opened

    assert access.permit.withheld("student")["student.Birthdate"] == "refused"


def test_before_the_decision_only_the_school_is_asked_for(adapter, recorder):
    """Until a school has decided, students are denied and the files are not opened."""
    watched = recorder(adapter)
    school = School(CATALOGUE, watched, key=SCHOOL)

    with pytest.raises(AccessDeniedError):
        school.read(Query("student"))

    assert watched.asked == [tuple(CATALOGUE.public_fields)]


def test_another_school_cannot_be_connected(adapter):
    """A school that the adapter does not serve is not connected."""
    with pytest.raises(WrongSchoolError, match="the adapter"):
        School(CATALOGUE, adapter, key="10009")


def test_school_without_a_row_cannot_be_connected(samples):
    """A school that stands nowhere in the folder is not connected."""
    adapter = FilesAdapter(samples / FOLDER, FILES, school="10009")

    with pytest.raises(UnverifiedSchoolError, match=r"gave no `school\.DfE Number`"):
        School(CATALOGUE, adapter, key="10009")


def test_folder_of_two_schools_serves_neither_unasked(samples):
    """A folder of two schools is not connected unless it is told which to serve."""
    adapter = FilesAdapter(samples / FOLDER, FILES)

    with pytest.raises(WrongSchoolError, match="another school than `10001`"):
        School(CATALOGUE, adapter, key=SCHOOL)


def test_rows_of_nobody_knows_whom_are_not_served(decided, adapter):
    """Enrolments do not name their school, so a folder of several serves none."""
    request = AccessRequest("app", "Class lists", {"enrolments.students"})
    outcome = decided(CATALOGUE, adapter, SCHOOL, request)
    access = outcome.open()

    with pytest.raises(SourceError, match="`student_enrolment` records do not say"):
        list(access.read(adapter, Query("student_enrolment")))


@pytest.mark.parametrize(
    ("scope", "path"),
    [
        ("students.usernames", "student.Password"),
        ("teachers.usernames", "teacher.Password"),
        ("users.usernames", "user.password"),
    ],
)
def test_password_fits_in_no_scope(scope, path):
    """A catalogue that puts a password into a scope is refused, with the place."""
    source = CATALOGUE.to_dict()
    source["scope"][scope]["fields"] = [*source["scope"][scope]["fields"], path]

    with pytest.raises(CatalogueError) as refused:
        Catalogue.from_dict(source)

    places = [fault.place for fault in refused.value.faults]
    assert places == [f'scope."{scope}".fields[1]']


def test_password_column_is_released_by_no_scope():
    """All scopes of the catalogue together release everything but the passwords."""
    released = CATALOGUE.fields_of(CATALOGUE.scopes.keys())

    withheld = CATALOGUE.fields.keys() - released.keys()
    assert withheld == {"student.Password", "teacher.Password", "user.password"}
