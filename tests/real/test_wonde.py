"""Wonde's public examples: nested parts under `.data`, and dates as objects."""

import json
import re

import pytest

from scopegate import AccessDeniedError, AccessRequest, Catalogue, Query
from scopegate.adapters.records import RecordsAdapter

SCHOOL = "10000"
CATALOGUE = Catalogue.builtin("wonde")
STUDENT = AccessRequest(
    "register",
    "Take the register",
    {"students.read", "students.education_details.read"},
    {"students.gender.read", "students.date_of_birth.read"},
)
STAFF = AccessRequest("rota", "Plan the rota", {"employees.employment_dates.read"})


def leaves(value):
    """Yield every plain value that stands anywhere in *value*."""
    if isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from leaves(part)
    else:
        yield value


def found_in(text, values):
    """Return those of *values* that occur in *text*; a number as a whole one."""
    return {
        value
        for value in values
        if (value in text if isinstance(value, str) else is_number_in(text, value))
    }


def is_number_in(text, number):
    """Tell whether *number* is in *text* apart from other letters and digits."""
    return re.search(rf"(?<!\w){number}(?!\w)", text) is not None


@pytest.fixture
def examples(samples):
    """Return the example objects, by name."""
    path = samples / "wonde-openapi" / "wonde-examples.json"
    return json.loads(path.read_text(encoding="utf-8"))["objects"]


@pytest.fixture
def adapter(examples):
    """Return an adapter of the examples.

    The example school's `urn` is null, and a connection is verified by it. As a
    real adapter would, this one gives the `urn` under `region.identifiers`.
    """
    school = examples["School"]
    urn = school["region"]["identifiers"]["urn"]
    return RecordsAdapter(
        {
            "school": [{**school, "urn": urn}],
            "student": [examples["Student"]],
            "employee": [examples["Employee"]],
            "contact": [examples["Contact"]],
            "subject": [examples["Subject"]],
            "lesson": [examples["Lesson"]],
        }
    )


@pytest.fixture
def opened(decided, adapter):
    """Return the way to an access opened on a request with some boxes ticked."""

    def open_access(request, optional=()):
        outcome = decided(CATALOGUE, adapter, SCHOOL, request, optional)
        return outcome.open()

    return open_access


def test_parts_under_data_are_released_leaf_by_leaf(opened, adapter):
    """A part that Wonde nests under `.data` is released with the asked leaf alone."""
    access = opened(STUDENT, {"students.gender.read"})

    released = list(access.read(adapter, Query("student")))

    assert released == [
        {
            "id": "A1749191433",
            "initials": "TS",
            "surname": "Smith",
            "forename": "Tom",
            "gender": "MALE",
            "education_details": {"data": {"current_nc_year": None}},
        }
    ]


def test_dates_are_released_as_objects(opened, adapter):
    """Each date that Wonde gives as an object of three parts comes out as it is."""
    access = opened(STAFF)
    moment = {"date": "2015-10-29T14:53:59", "timezone_type": 3, "timezone": "UTC"}
    dates = {"employment_start_date": moment, "employment_end_date": moment}

    released = list(access.read(adapter, Query("employee")))

    assert released == [
        {
            "id": "A1329183376",
            "title": "Mrs",
            "initials": "SS",
            "surname": "Smith",
            "forename": "Sally",
            "employment_details": {"data": dates},
        }
    ]


@pytest.mark.parametrize(
    ("asked", "resource"), [(STUDENT, "student"), (STAFF, "employee")]
)
def test_no_other_example_value_occurs_in_the_json(
    opened, adapter, examples, asked, resource
):
    """The JSON of what is released holds no other value of any example."""
    access = opened(asked)

    released = list(access.read(adapter, Query(resource)))

    others = {v for v in leaves(examples) if v is not None} - {*leaves(released)}
    found = found_in(json.dumps(released), others)
    assert (found, len(others) > 20) == (set(), True)


def test_contacts_and_lessons_are_denied_when_not_granted(opened, adapter):
    """What no granted scope holds a field of is denied as a whole."""
    access = opened(STUDENT)

    with pytest.raises(AccessDeniedError, match="no field of `contact`"):
        access.read(adapter, Query("contact"))


def test_every_example_fits_the_catalogue(opened, adapter):
    """All scopes together release every example without a note."""
    access = opened(AccessRequest("all", "Everything", set(CATALOGUE.scopes)))

    for resource in CATALOGUE.resources:
        list(access.read(adapter, Query(resource)))

    assert access.notes == ()


def test_a_whole_student_is_what_all_scopes_release(opened, adapter, examples):
    """All scopes together release the example student as it is."""
    access = opened(AccessRequest("all", "Everything", set(CATALOGUE.scopes)))

    released = list(access.read(adapter, Query("student")))

    assert released == [examples["Student"]]
