"""The made-up school that ships: whole, with no one real, and fit for its catalogue."""

import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from scopegate import Catalogue, Query
from scopegate.adapters.files import FilesAdapter
from scopegate.records.files import json_line
from scopegate.samples import sample_school
from scopegate.testing import School

ASSEMBLY = Catalogue.builtin("assembly")
SCRIPT = Path(__file__).parents[2] / "scripts" / "make_sample_school.py"
URN = "999901"
KINDS = sorted(path.stem for path in sample_school().iterdir())
ADAPTER = FilesAdapter(sample_school())
IN_NO_SCOPE = {"year_group.supervisor_ids[]", "year_group.student_ids[]"}

KEYS = {
    "student_id": "student.id",
    "student_ids[]": "student.id",
    "contact_id": "contact.id",
    "staff_member_id": "staff_member.id",
    "supervisor_ids[]": "staff_member.id",
    "created_by_id": "staff_member.id",
    "last_modified_by_id": "staff_member.id",
    "registration_group_id": "registration_group.id",
    "group_id": "group.id",
    "academic_year_id": "academic_year.id",
    "subject_id": "subject.id",
    "assessment_id": "assessment.id",
    "assessment_point_rank": "assessment_point.rank",
    "facet_id": "facet.id",
    "grade_id": "grade_set.grades[].id",
    "year_code": "year_group.code",
}
"""What a field of that name refers to."""

BEFORE_THE_SCHOOL = {"6"}
"""The year of the tests that pupils took at their primary schools."""


def leaves(path, value):
    """Yield the path and value of everything below *value* but objects and lists."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield from leaves(f"{path}.{name}", part)
    elif isinstance(value, list):
        for part in value:
            yield from leaves(f"{path}[]", part)
    else:
        yield path, value


def untagged(path, value):
    """Return *value* without type tags and without what no scope holds."""
    if isinstance(value, dict):
        names = {name: f"{path}.{name}" for name in value if name != "object"}
        return {
            name: untagged(below, value[name])
            for name, below in names.items()
            if f"{below}[]" not in IN_NO_SCOPE
        }
    if isinstance(value, list):
        return [untagged(f"{path}[]", part) for part in value]
    return value


def check_letter(upn):
    """Return the letter that the DfE's rule puts before the digits of a pupil number."""
    total = sum(int(digit) * weight for weight, digit in enumerate(upn[1:], start=2))
    return "ABCDEFGHJKLMNPQRTUVWXYZ"[total % 23]


@pytest.fixture(scope="module")
def school():
    """Return every record of the school, by resource."""
    return {
        path.stem: [json.loads(line) for line in path.read_bytes().splitlines()]
        for path in sample_school().iterdir()
    }


@pytest.fixture(scope="module")
def values(school):
    """Return all values of the school, by path."""
    found = {}
    for kind, records in school.items():
        for path, value in leaves(kind, records):
            found.setdefault(path.replace("[]", "", 1), []).append(value)
    return found


def open_access(*scopes):
    """Return an access of the school that authorised *scopes*."""
    school = School(ASSEMBLY, ADAPTER, key=URN, product="sims")
    school.authorise(*scopes)
    return school.open()


@pytest.fixture(scope="module")
def whole():
    """Return an access of the school that authorised every scope."""
    return open_access(*ASSEMBLY.scopes)


def test_the_script_writes_what_ships(tmp_path):
    """The script that is kept writes every file of the school, byte for byte."""
    subprocess.run([sys.executable, SCRIPT, tmp_path], check=True)  # noqa: S603 - ours

    written = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    assert written == {
        path.name: path.read_bytes() for path in sample_school().iterdir()
    }


def test_it_is_a_small_secondary_school(school):
    """The school has 120 pupils in five years, and 15 members of staff."""
    kinds = ("student", "staff_member", "year_group", "school")

    assert {kind: len(school[kind]) for kind in kinds} == dict(
        zip(kinds, (120, 15, 5, 1), strict=True)
    )


def test_every_key_is_known_to_the_catalogue(values):
    """Every value is at a field of the catalogue, except for type tags.

    Null may stand where the catalogue has an object or a list.
    """
    branches = {
        path[:end].removesuffix("[]")
        for path in ASSEMBLY.fields
        for end in (m.start() for m in re.finditer(r"\.", path))
    }
    unknown = {
        path
        for path, found in values.items()
        if path not in ASSEMBLY.fields
        and not path.endswith(".object")
        and not (set(found) == {None} and path in branches)
    }

    assert unknown == set()


def test_every_id_is_of_one_record(school):
    """No two records of a resource share the key that identifies them."""
    keys = {kind: ASSEMBLY.resource(kind).key for kind in KINDS}

    twice = {
        (kind, key)
        for kind, name in keys.items()
        for key, count in Counter(record[name] for record in school[kind]).items()
        if count > 1
    }

    assert twice == set()


def test_every_reference_resolves(values):
    """Every id that refers to another record is the id of one that ships."""
    dangling = {
        (path, value)
        for path, found in values.items()
        if (target := KEYS.get(path.rpartition(".")[2])) and path != target
        for value in set(found) - {None} - set(values[target])
    }

    assert dangling == {
        ("assessment_point.year_code", year) for year in BEFORE_THE_SCHOOL
    }


def test_pupils_and_contacts_agree_on_their_links(school):
    """A pupil lists a contact exactly when the contact lists the pupil."""
    from_pupils = {
        (pupil["id"], link["contact_id"])
        for pupil in school["student"]
        for link in pupil["contacts"]
    }

    from_contacts = {
        (link["student_id"], contact["id"])
        for contact in school["contact"]
        for link in contact["students"]
    }

    assert from_pupils == from_contacts


def test_mail_and_web_addresses_are_nobodys(values):
    """Every e-mail and web address is under a domain that is reserved for examples."""
    reserved = re.compile(r"(https://|[^@\s]+@)([\w-]+\.)*example\.(org|com)(/\S*)?")
    addresses = {
        value
        for found in values.values()
        for value in found
        if isinstance(value, str) and ("@" in value or "://" in value)
    }

    strays = {address for address in addresses if not reserved.fullmatch(address)}

    assert (strays, len(addresses) > 200) == (set(), True)


@pytest.mark.parametrize("kind", ["contact", "staff_member"])
def test_telephone_numbers_are_nobodys(values, kind):
    """Every telephone number is in a range that Ofcom keeps for drama."""
    numbers = values[f"{kind}.telephone_numbers[].telephone_number"]

    strays = {n for n in numbers if not re.fullmatch(r"(07700 900|01632 960)\d{3}", n)}

    assert strays == set()


def test_pupil_numbers_have_the_right_check_letter(values):
    """Each UPN is thirteen characters and starts with the letter its digits call for."""
    numbers = {n for n in values["student.upn"] if n is not None}

    wrong = {n for n in numbers if not re.fullmatch(rf"{check_letter(n)}\d{{11}}\w", n)}

    assert (wrong, len(numbers) > 100) == (set(), True)


def test_missing_null_and_empty_each_occur(school):
    """A pupil's record may lack a field, hold null, or hold an empty list."""
    pupils = school["student"]
    every_name = {name for pupil in pupils for name in pupil}

    is_missing = any(every_name - pupil.keys() for pupil in pupils)
    held = [value for pupil in pupils for value in pupil.values()]

    assert (is_missing, None in held, [] in held) == (True, True, True)


@pytest.mark.parametrize("kind", KINDS)
def test_all_scopes_release_each_record_as_it_is(whole, school, kind):
    """Under all scopes every record flows whole except for its tags, without a note.

    Only a result that does not say of which kind it is is withheld.
    """
    released = list(whole.read(ADAPTER, Query(kind)))

    expected = [
        untagged(kind, record)
        for record in school[kind]
        if kind != "result" or record.get("assessment_type")
    ]
    assert (released, whole.notes) == (expected, ())


@pytest.mark.parametrize(
    "scopes",
    [("students.basic",), ("students.legal_names", "students.dob", "students.fsm")],
)
def test_few_scopes_release_no_withheld_value(school, scopes):
    """In the bytes of all pupils, no value occurs that is at a withheld field.

    A value that is at a released field of any pupil too is not secret. Texts
    of four characters and more are searched for anywhere, other values where
    JSON has a value.
    """
    granted = ASSEMBLY.fields_of(scopes)
    allowed, withheld = {None, ""}, set()
    for pupil in school["student"]:
        for path, value in leaves("student", pupil):
            (allowed if path in granted else withheld).add(value)
    released = open_access(*scopes).read(ADAPTER, Query("student"))
    text = b"".join(map(json_line, released)).decode()

    def is_in_text(value):
        if isinstance(value, str) and len(value) > 3:
            return value in text
        shown = re.escape(json.dumps(value))
        return re.search(rf"[:\[,]{shown}[,\]}}]", text) is not None

    secrets = withheld - allowed
    found = {value for value in secrets if is_in_text(value)}
    assert (found, len(secrets) > 500) == (set(), True)
