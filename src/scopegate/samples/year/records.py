"""What the MISs of the made-up year hold: the sample school, and two small ones."""

import json
from collections.abc import Mapping
from functools import partial

from ...adapters.base import Adapter
from ...adapters.records import RecordsAdapter
from ..folder import sample_school
from .people import FENNICK, LUDDERBY, MARROWBY, DemoSchool

Record = dict[str, object]

_FIRST = ("Ada", "Bilal", "Cerys", "Dev", "Esme", "Finlay", "Grace", "Hamza")
_LAST = ("Ames", "Brook", "Croft", "Dunn", "Eddow", "Firth", "Gale")


def made_up_mis() -> Mapping[str, Adapter]:
    """Return an adapter for each school of the made-up year, by its key."""
    return {
        LUDDERBY.key: _sample(),
        MARROWBY.key: _small(MARROWBY, pupils=36, years=["3", "4", "5", "6"]),
        FENNICK.key: _small(FENNICK, pupils=60, years=["7", "8", "9", "10", "11"]),
    }


def _sample() -> RecordsAdapter:
    """Return the sample school, read once; a resource without a file has no record."""
    files = sorted(sample_school().glob("*.jsonl"))
    return RecordsAdapter(
        {
            file.stem: [
                json.loads(line) for line in file.read_text("utf-8").splitlines()
            ]
            for file in files
        }
    )


def _small(school: DemoSchool, *, pupils: int, years: list[str]) -> RecordsAdapter:
    """Return a small school: as many contacts as pupils, and two staff a year."""
    ids = range(1, pupils + 1)
    public: Record = {"urn": school.key, "name": school.name, "phase": "Made up"}
    staff = range(1, 2 * len(years) + 1)
    records = {
        "school": [public],
        "student": map(partial(_student, years=years), ids),
        "contact": map(_contact, ids),
        "staff_member": map(_teacher, staff),
        "registration_group": [
            {
                "id": n,
                "name": f"{year}A",
                "student_ids": [i for i in ids if i % len(years) == n],
            }
            for n, year in enumerate(years)
        ],
        "teaching_group": [{"id": n, "name": f"{n}/Ma"} for n in staff],
    }
    return RecordsAdapter({name: list(rows) for name, rows in records.items()})


def _student(number: int, *, years: list[str]) -> Record:
    first, last = _named(number)
    return {
        "id": number,
        "first_name": first,
        "last_name": last,
        "year_code": years[number % len(years)],
        "emails": [{"id": number, "email": f"pupil{number}@pupils.example"}],
        "demographics": {"is_fsm": number % 5 == 0, "sen_category": None},
        "medical": {"dietary_needs": ["VEG"] if number % 7 == 0 else []},
    }


def _contact(number: int) -> Record:
    first, last = _named(number + 3)
    return {
        "id": 500 + number,
        "first_name": first,
        "last_name": last,
        "emails": [{"id": number, "email": f"family{number}@families.example"}],
        "telephone_numbers": [{"id": number, "telephone_number": "01632 960000"}],
        "students": [{"student_id": number}],
    }


def _teacher(number: int) -> Record:
    first, last = _named(number + 5)
    return {"id": 900 + number, "first_name": first, "last_name": last}


def _named(number: int) -> tuple[str, str]:
    return _FIRST[number % len(_FIRST)], _LAST[number % len(_LAST)]
