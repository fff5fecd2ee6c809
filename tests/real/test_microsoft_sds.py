"""Microsoft's v2.1 CSV files: flags and demographics, released one by one or not at all.

The format has no file of schools: a school is one row of `orgs.csv`. The adapter
here does what a service would do: it gives that row as the public record and
leaves all other files to `FilesAdapter`.
"""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from scopegate import AccessDeniedError, AccessRequest, Catalogue, Query
from scopegate.adapters.base import Fetch
from scopegate.adapters.files import FilesAdapter

FOLDER = "microsoft-sds-v2.1"
FILES = {
    "user": "users.csv",
    "demographics": "demographics.csv",
    "user_flag": "userFlags.csv",
    "relationship": "relationships.csv",
    "role": "roles.csv",
    "enrollment": "enrollments.csv",
    "class": "classes.csv",
    "course": "courses.csv",
    "academic_session": "academicSessions.csv",
    "org": "orgs.csv",
}
SCHOOL = "110003"
PART_OF_IDS = {"14"}  # a course's subject, and the middle of every user's id
CATALOGUE = Catalogue.builtin("school-data-sync")
SEX = AccessRequest("analysis", "Compare attainment by sex", {"demographics.sex"})


class OrgFiles:
    """Serves a v2.1 folder whose public record is the org that is a school."""

    school = None

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files = FilesAdapter(folder, FILES)

    def capabilities(self, resource):
        """Return what files can do."""
        return self._files.capabilities(resource)

    def fetch(self, wanted: Fetch) -> Iterator[object]:
        """Yield a resource's records; a school is an org of the type `school`."""
        if wanted.resource.name != "school":
            yield from self._files.fetch(wanted)
            return
        with (self._folder / "orgs.csv").open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream):
                if row["type"] == "school":
                    yield {"DfE Number": row["sourcedId"], "Name": row["name"]}


@pytest.fixture
def adapter(samples):
    """Return the adapter that serves the v2.1 folder."""
    return OrgFiles(samples / FOLDER)


@pytest.fixture
def opened(decided, adapter):
    """Return the way to an access opened on a request, all boxes ticked."""

    def open_access(request):
        outcome = decided(CATALOGUE, adapter, SCHOOL, request, request.optional)
        return outcome.open()

    return open_access


@pytest.fixture
def forbidden(cells):
    """Return every value of the folder but ids, names and sex."""
    open_columns = {
        "users.csv": {"sourcedId", "givenName", "familyName"},
        "demographics.csv": {"userSourcedId", "sex"},
    }
    allowed, others = {""}, set()
    for name, row in cells(FOLDER):
        for column, value in row.items():
            is_released = column in open_columns.get(name, ())
            (allowed if is_released else others).add(value)
    return others - allowed


def test_forbidden_values_are_not_trivial(forbidden):
    """What is searched for holds the password, flags, ethnicity and birthplaces."""
    telling = {"P@ssword123", "iep", "freeLunch", "504", "asian", "Redmond", "guardian"}

    assert telling - forbidden == set()


def test_sex_alone_is_released_of_demographics(opened, adapter):
    """An app that asks for sex gets no birth, birthplace or ethnicity with it."""
    access = opened(SEX)

    released = list(access.read(adapter, Query("demographics")))

    assert released == [
        {"userSourcedId": "114001", "sex": "male"},
        {"userSourcedId": "114003", "sex": "male"},
        {"userSourcedId": "114004", "sex": "female"},
        {"userSourcedId": "114006", "sex": "male"},
        {"userSourcedId": "114007", "sex": "female"},
        {"userSourcedId": "114008", "sex": "male"},
    ]


@pytest.mark.parametrize("resource", ["demographics", "user"])
def test_output_files_hold_no_unauthorised_value(
    opened, adapter, written, forbidden, resource
):
    """No output file holds a flag, a birthplace, an ethnicity or a password."""
    access = opened(SEX)

    text = written(resource, list(access.read(adapter, Query(resource))))

    assert {value for value in forbidden if value.encode() in text} == PART_OF_IDS


def test_flags_are_denied_unless_asked_for(opened, adapter):
    """Special needs and free meals are denied to an app that asked for sex only."""
    access = opened(SEX)

    with pytest.raises(AccessDeniedError, match="the app asks for none of it"):
        access.read(adapter, Query("user_flag"))


def test_flags_are_released_when_their_box_is_ticked(opened, adapter):
    """A ticked box for flags releases each flag with the user it is about."""
    access = opened(AccessRequest("meals", "Plan meals", optional={"user_flags"}))

    released = list(access.read(adapter, Query("user_flag")))

    assert released == [
        {"userSourcedId": "114001", "flag": "iep"},
        {"userSourcedId": "114003", "flag": "freeLunch"},
        {"userSourcedId": "114004", "flag": "504"},
    ]


def test_date_of_birth_does_not_bring_the_place(opened, adapter):
    """When a user was born is released without where."""
    access = opened(AccessRequest("cards", "Send cards", {"demographics.birth"}))

    first = next(access.read(adapter, Query("demographics")))

    assert first == {"userSourcedId": "114001", "birthDate": "2001-07-02"}


def test_every_file_fits_the_catalogue(opened, adapter):
    """All scopes together release every column of every file but the password."""
    access = opened(AccessRequest("all", "Everything", set(CATALOGUE.scopes)))

    released = {
        name: sorted(
            {key for record in access.read(adapter, Query(name)) for key in record}
        )
        for name in FILES
    }

    expected = {
        name: sorted(leaf.local for leaf in CATALOGUE.resource(name).fields)
        for name in FILES
    }
    expected["user"].remove("password")
    assert (released, access.notes) == (expected, ())
