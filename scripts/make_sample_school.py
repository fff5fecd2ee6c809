"""Write the sample school: a made-up secondary school in Assembly's shapes.

The demo, the tutorial and the tests read it. No one in it is real: names are combined
at random, and every number comes from a range that is never given to anyone. The names,
the fixed rows and the shapes are in make_sample_school.json, next to this script.

Usage: python scripts/make_sample_school.py [folder]
"""

import argparse
import itertools
import json
import random
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Hashable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

Record = dict[str, Any]

SEED = 999901
DATA = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
FOLDER = Path(__file__).parents[1] / "src/scopegate/samples/school"
STUDENTS = range(1001, 1121)
WEEK = [f"2026-11-{day}" for day in range(16, 21)]
AS_IT_IS = """school_status room calendar_event medical_condition dietary_need exclusion
staff_absence assessment assessment_point facet"""


def table(kind: str) -> list[Record]:
    """Read a table of fixed rows."""
    names = ["object", *DATA["tables"][kind]["fields"].split()]
    rows = DATA["tables"][kind]["rows"]
    return [dict(zip(names, [kind, *row], strict=True)) for row in rows]


def indexed(kind: str, name: str = "id") -> dict[Hashable, Record]:
    """Read a table whose rows are looked up by one of their fields."""
    return {row[name]: row for row in table(kind)}


def mailbox(*names: str) -> str:
    """Turn names into what stands before the @."""
    plain = unicodedata.normalize("NFKD", ".".join(names).lower())
    return "".join(c for c in plain if c.isascii() and (c.isalnum() or c == "."))


def upn(digits: str) -> str:
    """Put the DfE's check letter before the twelve digits of a pupil number."""
    total = sum(weight * int(digit) for weight, digit in enumerate(digits, start=2))
    return "ABCDEFGHJKLMNPQRTUVWXYZ"[total % 23] + digits


def remainder(digits: str) -> int:
    """Weigh nine digits as NHS numbers and ULNs do: by 10 down to 2, modulo 11."""
    return sum((10 - place) * int(digit) for place, digit in enumerate(digits)) % 11


class SchoolMaker:
    """Makes one school's records, always in the same order."""

    def __init__(self, seed: int) -> None:
        """Start a school, and choose which pupils have which traits."""
        self.rng = random.Random(seed)  # noqa: S311 (made-up data keeps no secret)
        self.ids = itertools.count(50001)  # of the parts inside records
        self.subjects = indexed("subject", "code")
        self.school: dict[str, list[Record]] = defaultdict(list)
        self.school |= {kind: table(kind) for kind in AS_IT_IS.split()}
        year = table("academic_year")[0] | {"terms": table("term")}
        self.school["academic_year"] = [year]
        rows = table("background")
        self.origins = [row for row in rows for _ in range(row["weight"])]
        self.rng.shuffle(self.origins)
        self.traits: dict[int, Record] = {number: {} for number in STUDENTS}
        for group in DATA["traits"].values():
            chosen = iter(self.rng.sample(STUDENTS, sum(size for size, _ in group)))
            for size, trait in group:
                for number in itertools.islice(chosen, size):
                    self.traits[number] |= trait

    def fill(self, shape: Any, *rows: Record, **values: Any) -> Any:
        """Fill a shape: "$name" and "{name}" are values, "#" the next free id."""
        values = {name: v for row in (*rows, values) for name, v in row.items()}
        if isinstance(shape, dict):
            return {name: self.fill(part, values) for name, part in shape.items()}
        if isinstance(shape, list):
            return [self.fill(part, values) for part in shape]
        if not isinstance(shape, str):
            return shape
        if shape == "#":
            return next(self.ids)
        return values[shape[1:]] if shape[0] == "$" else shape.format_map(values)

    def made(self, shape: str, *rows: Record, **values: Any) -> Record:
        """Make a part of a record from the shape of that name."""
        record: Record = self.fill(DATA["shapes"][shape], *rows, values)
        return record

    def add(self, kind: str, *rows: Record, **values: Any) -> Record:
        """Make a record of a kind and add it to the school."""
        record = self.made(kind, *rows, values)
        self.school[kind].append(record)
        return record

    def day(self, first: str, days: int) -> str:
        """Pick one of the days that follow a first one."""
        return str(date.fromisoformat(first) + timedelta(self.rng.randrange(days)))

    def one_of(self, text: str) -> str:
        """Pick one of the entries of a list in the data, such as the streets."""
        return self.rng.choice(text.split(", "))

    def row(self, kind: str) -> Record:
        """Pick a row of a table by its weight."""
        rows = table(kind)
        return self.rng.choices(rows, [row["weight"] for row in rows])[0]

    def person(self, names: str, gender: str) -> Record:
        """Make up a person, who lives in a postcode area that does not exist."""
        rng, listed = self.rng, DATA["names"][names]
        first, middle = rng.sample(listed[gender].split(", "), 2)
        person: Record = {"legal": first, "middle": middle}
        person["last"] = self.one_of(listed["S"])
        person["first"] = DATA["short_names"].get(first, first)
        person["title"] = "Mr" if gender == "M" else self.one_of("Mrs, Ms, Miss")
        person |= {"gender": gender, "former_last": None}
        person |= {"mobile": rng.randrange(1000), "landline": rng.randrange(1000)}
        home: Record = {"number": rng.randint(1, 140), "flat": rng.randint(1, 12)}
        home |= {"district": rng.randint(1, 8), "sector": rng.randint(1, 9)}
        home |= {name: self.one_of(DATA[name]) for name in ("street", "town", "unit")}
        return person | {"address": self.made("address", home)}

    def household(self, *, fostered: bool) -> Record:
        """Make a household and the people to call about its children."""
        origin, household = self.origins.pop(), self.row("household")
        if fostered:
            household = table("household")[-1]
        home = household | origin | self.person(origin["names"], "F") | {"contacts": []}
        for kind in household["relations"]:
            relation = indexed("relation", "kind")[kind]
            home["contacts"].append((self.contact(home, relation), relation))
        return home

    def contact(self, home: Record, relation: Record) -> Record:
        """Make a contact, not yet of anyone."""
        names = home["names"] if relation["kin"] else "british"
        person = self.person(names, relation["sex"]) | {"type": relation["type"]}
        if relation["home"]:
            person["address"] = home["address"]
        if relation["kin"] and self.rng.random() < 0.8:
            person["last"] = home["last"]
        person["id"] = 2001 + len(self.school["contact"])
        person["box"] = mailbox(person["first"], person["last"], str(person["id"]))
        contact = self.add("contact", person)
        del contact["telephone_numbers"][self.rng.randint(1, 2) :]
        return contact

    def make_students(self) -> None:
        """Make the pupils, some of them brothers and sisters."""
        homes: list[Record] = []
        for place, number in enumerate(STUDENTS):
            peers = homes[place - place % 24 :]
            elders = [h for h in homes if h not in peers and not h["fostered"]]
            fostered = "in_care" in self.traits[number]
            if elders and not fostered and self.rng.random() < 0.13:
                homes.append(self.rng.choice(elders))
            else:
                homes.append(self.household(fostered=fostered))
            student = self.student(number, 7 + place // 24, homes[-1])
            for rank, (contact, relation) in enumerate(homes[-1]["contacts"], start=1):
                tie = relation | {"contact_id": contact["id"], "student_id": number}
                tie["priority"] = rank
                student["contacts"].append(self.made("student_contact", tie))
                contact["students"].append(self.made("contact_student", tie))

    def student(self, number: int, year: int, home: Record) -> Record:
        """Make a pupil of a household."""
        pupil = home | self.person(home["names"], self.one_of("F, M")) | DATA["pupil"]
        digits = f"{26 - year}{number * 37 % 1000:03}"
        pupil |= {
            "id": number,
            "admission": number + 3000,
            "year": year,
            "upn": upn(f"9992{self.rng.randint(101, 104)}{digits}"),
            "old_upn": upn(f"9993301{digits}"),
            "uln": self.uln(),
            "nhs": self.nhs(),
            "last": home["last"],
            "legal_last": home["last"],
            "other_last": self.one_of(DATA["names"]["british"]["S"]),
            "dob": self.day(f"{2021 - year}-09-01", 365),
            "joined": f"{2033 - year}-09-02",
            "since": self.day("2024-04-15", 700),
            "noted": self.day("2026-09-07", 70),
            "box": f"{mailbox(pupil['first'], home['last'])}{number % 1000}",
            "address": home["address"],
            "hash": f"{self.rng.getrandbits(128):032x}",
        }
        if year == 11 and number % 3 == 0:
            pupil["learning_aim"] = self.rng.choice(DATA["learning_aims"])
        if year >= 9 and pupil["gender"] == "F":
            pupil["is_pregnant"] = False
        student = self.add("student", pupil, self.fill(self.traits[number], pupil))
        if year < 9:  # learner numbers come at 14
            del student["uln"]
        return student

    def uln(self) -> str:
        """Make a learner number no one holds: its check digit would be ten."""
        while remainder(digits := str(self.rng.randint(100_000_000, 999_999_999))):
            pass
        return f"{digits}{self.rng.randrange(10)}"

    def nhs(self) -> str:
        """Make an NHS number of the range kept for tests, with its check digit."""
        while remainder(digits := f"999{self.rng.randrange(1_000_000):06}") == 1:
            pass
        return f"{digits}{-remainder(digits) % 11}"

    def make_staff(self) -> None:
        """Make the staff and their contracts, and the school they work for."""
        for post in table("post"):
            origin = self.row("background") | self.row("disability")
            member = origin | self.person(origin["names"], self.one_of("F, M")) | post
            first, last = member["first"], member["last"]
            member |= {
                "code": f"{first[0]}{last[0]}{post['id'] % 100:02}",
                "box": mailbox(first[0], last),
                "dob": self.day("1966-01-10", 10000),
                "started": f"{self.rng.randint(2018, 2026)}-09-01",
                "insurance": self.rng.randrange(10**6),
                "contract_id": post["id"] + 100,
                "degrees": [],
            }
            if member["title"] == "Mrs":
                member["former_last"] = self.one_of(DATA["names"]["british"]["S"])
            if post["teaches"]:
                honours = self.one_of("First, Upper second, Upper second, Lower second")
                subject = self.subjects[post["teaches"]]
                member["degrees"] = [self.made("degree", subject, honours=honours)]
            self.add("staff_member", member)
            contract = self.add("staff_contract", member)
            if post["allowance"]:
                contract["allowances"].append(self.made("allowance", post))
        head = self.school["staff_member"][0]
        name = f"{head['title']} {head['first_name']} {head['last_name']}"
        self.school["school"] = [table("school")[0] | {"head_teacher": name}]

    def make_groups(self) -> None:
        """Make the years, the classes and the clubs, and who is in them."""
        for subject in self.subjects.values():
            self.school["subject"].append(self.made("full_subject", subject))
        years = {year: list(STUDENTS)[(year - 7) * 24 :][:24] for year in range(7, 12)}
        for year, ids in years.items():
            values = {"id": 50 + year, "year": year, "staff": [497 + year]}
            self.add("year_group", values, students=ids)
        for row in table("set"):
            row |= {"students": years[row["year"]], "code": str(row["year"])}
            if row["half"]:
                row["students"] = row["students"][row["half"] - 1 :: 2]
            if row["subject"]:
                subject = self.subjects[row["subject"]]
                row["assessment"] = self.school["assessment"][row["assessment"] - 1]
                row["subject"] = self.made("full_subject", subject)
                self.add("teaching_group", row)
                row["mis_subject"] = self.made("group_subject", subject)
                self.add_group("TeachingGroup", "Teacher", row)
            else:
                self.add("registration_group", row)
                self.add_group("RegistrationGroup", "Tutor", row)
        for row in table("user_group"):
            row["students"] = sorted(self.rng.sample(STUDENTS, row["members"]))
            self.add_group("UserGroup", "Leader", row)

    def add_group(self, kind: str, role: str, row: Record) -> None:
        """Add a group of any kind and the enrolments in it."""
        leaders = [self.made("supervisor", id=n, role=role) for n in row["staff"]]
        blank = {"code": None, "mis_subject": None}
        self.add("group", blank, row, type=kind, supervisors=leaders)
        for student in row["students"]:
            number = 20001 + len(self.school["enrolment"])
            self.add("enrolment", id=number, student_id=student, group_id=row["id"])

    def make_attendance(self) -> None:
        """Make a week of marks for each pupil, and the term's totals."""
        for number in STUDENTS:
            groups = self.school["registration_group"]
            group = next(row["id"] for row in groups if number in row["student_ids"])
            ids, marks = {"student_id": number, "group_id": group}, Counter[str]()
            for day in WEEK:
                row = self.row("marks") | ids | {"date": day}
                marks.update(row["day"])
                for session, mark in zip(("AM", "PM"), row["day"], strict=True):
                    self.add_mark(row | {"session": session, "mark": mark})
            before = [int(self.rng.expovariate(rate)) for rate in (0.2, 0.9, 0.5)]
            excused = min(before[0], 60) + sum(marks[mark] for mark in "IMC")
            unexcused = before[1] + sum(marks[mark] for mark in "ONU")
            totals = {"possible": 106.0, "attended": 106.0 - excused - unexcused}
            totals |= {"authorised": float(excused), "unauthorised": float(unexcused)}
            totals |= {"late": float(before[2] + marks["L"]), "id": number + 39000}
            self.add("attendance_summary", ids, totals)

    def add_mark(self, row: Record) -> None:
        """Add one mark of a register."""
        row |= {"id": 10001 + len(self.school["attendance"]), "late": None}
        if row["mark"] == "L":
            row["late"] = self.rng.randint(2, 25)
        if self.rng.random() < 0.6:
            row["comment"] = None
        attendance = self.add("attendance", row)
        if row["mark"] in "/\\":
            del attendance["minutes_late"], attendance["comments"]

    def make_results(self) -> None:
        """Make the grades, and the results of those who sat the tests."""
        sets, results = self.school["grade_set"], self.school["result"]
        pupils = self.school["student"]
        for scale in table("scale"):
            names = enumerate(scale["names"])
            grades = [self.made("grade", name=name, value=rank) for rank, name in names]
            self.add("grade_set", scale, grades=grades)
        for batch in table("batch"):
            grades = sets[batch["assessment"] - 1]["grades"]
            year = [s for s in pupils if s["year_code"] == batch["year"]]
            for subject, pupil in itertools.product(batch["subjects"], year):
                best = self.rng.triangular(0, len(grades) - 0.01, len(grades) * 0.65)
                values = {"student_id": pupil["id"], "subject_id": subject}
                values["grade_id"] = grades[int(best)]["id"]
                if self.rng.random() < 0.96:
                    self.add("result", batch, values, id=30001 + len(results))
        for result in self.rng.sample(results, 2):
            del result["assessment_type"]  # as in a feed that does not say

    def make_timetable(self) -> None:
        """Make two days of lessons, with cover for who is away."""
        sets, rooms = indexed("set"), indexed("room")
        days = [self.made("day", row) for row in table("weekday")]
        for slot in table("lesson_slot"):
            row = sets[slot["set"]]
            subject = self.subjects[row["subject"]]
            row |= {"subject": self.made("subject", subject)}
            row |= {"mis_subject": self.made("lesson_subject", subject)}
            period = days[slot["day"] - 1]["periods"][slot["period"] - 1]
            values = {"start": period["start_time"], "end": period["end_time"]}
            values |= {"date": days[slot["day"] - 1]["occurs_on"][-1][:10]}
            values["group"] = self.made("lesson_group", row)
            values["supervisors"] = [self.made("supervisor", slot, id=slot["staff"])]
            values["rooms"] = [self.made("room", rooms[slot["room"]])]
            period["lessons"].append(self.add("lesson", slot, values))
        self.school["timetable"] = [self.made("timetable", days=days)]

    def leave_gaps(self) -> None:
        """Leave out what a real feed leaves out."""
        for gap in table("gap"):
            kind, *path, name = gap["path"].split(".")
            for record in self.school[kind]:
                part = record
                for step in path:
                    part = part.get(step) or {}
                if name in part and self.rng.random() < gap["chance"]:
                    part[name] = gap["left"]
                    if gap["left"] == "missing":
                        del part[name]

    def make(self) -> dict[str, list[Record]]:
        """Make every record of the school, by resource."""
        self.make_students()
        self.make_staff()
        self.make_groups()
        self.make_attendance()
        self.make_results()
        self.make_timetable()
        self.leave_gaps()
        return self.school


def main() -> None:
    """Write a file of JSON lines for each resource."""
    parser = argparse.ArgumentParser(description="Write the sample school.")
    parser.add_argument("folder", type=Path, nargs="?", default=FOLDER)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
    for kind, records in SchoolMaker(SEED).make().items():
        text = "".join(f"{encode(record)}\n" for record in records)
        (folder / f"{kind}.jsonl").write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
