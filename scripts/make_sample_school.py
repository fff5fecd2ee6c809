"""Write the sample school: a made-up secondary school in Assembly's shapes.

The demo, the tutorial and the tests read it. Nobody in it is real: names are combined
at random, and every number comes from a range that is never given to anyone. The names,
the fixed rows and the shapes are in make_sample_school.json, beside this script.

Usage: python scripts/make_sample_school.py [folder]
"""

import argparse
import itertools
import json
import random
import unicodedata
from collections import Counter
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
MADE = """student contact staff_member staff_contract year_group registration_group
subject teaching_group group enrolment attendance attendance_summary grade_set result
lesson"""


def table(kind: str) -> list[Record]:
    """Read a table of fixed rows."""
    names = ["object", *DATA["tables"][kind]["fields"].split()]
    rows = DATA["tables"][kind]["rows"]
    return [dict(zip(names, [kind, *row], strict=True)) for row in rows]


def indexed(kind: str, name: str = "id") -> dict[Any, Record]:
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
        """Start a school of what is the same with any seed."""
        self.rng = random.Random(seed)  # noqa: S311 (made-up data keeps no secret)
        self.ids = itertools.count(50001)  # of the parts inside records
        self.school = {kind: table(kind) for kind in AS_IT_IS.split()}
        self.school |= {kind: [] for kind in MADE.split()}
        self.school["academic_year"] = [
            table("academic_year")[0] | {"terms": table("term")}
        ]
        quotas = DATA["quotas"].items()
        self.tags = {tag: self.rng.sample(STUDENTS, size) for tag, size in quotas}

    def fill(self, shape: str, *rows: Record, **values: Any) -> Record:
        """Make a record of a shape from values, named in it as "$name" or "{name}"."""
        merged = {name: value for row in (*rows, values) for name, value in row.items()}
        return self.filled(DATA["shapes"][shape], merged)

    def filled(self, part: Any, values: Record) -> Any:
        """Fill one part of a shape; "#" stands for the next free id."""
        if isinstance(part, dict):
            return {name: self.filled(inner, values) for name, inner in part.items()}
        if isinstance(part, list):
            return [self.filled(inner, values) for inner in part]
        if not isinstance(part, str):
            return part
        if part == "#":
            return next(self.ids)
        return values[part[1:]] if part[0] == "$" else part.format_map(values)

    def day(self, first: str, days: int) -> str:
        """Pick one of the days that follow a first one."""
        return str(date.fromisoformat(first) + timedelta(self.rng.randrange(days)))

    def one_of(self, text: str) -> str:
        """Pick one of the entries of a list in the data, such as the streets."""
        return self.rng.choice(text.split(", "))

    def row(self, kind: str) -> Record:
        """Pick a row of a table, by its weight if it has one."""
        rows = table(kind)
        return self.rng.choices(rows, [row.get("weight", 1) for row in rows])[0]

    def address(self) -> Record:
        """Make an address in a postcode area that does not exist."""
        rng, letters = self.rng, "ABDEFGHJLNPQRSTUWXYZ"
        values = {"number": rng.randint(1, 140), "flat": rng.randint(1, 12)}
        values |= {"district": rng.randint(1, 8), "sector": rng.randint(1, 9)}
        values |= {
            "street": self.one_of(DATA["streets"]),
            "unit": "".join(rng.choices(letters, k=2)),
        }
        return self.fill("address", values, town=self.one_of(DATA["villages"]))

    def person(self, names: str, gender: str) -> Record:
        """Make up what any person has."""
        first, middle = (self.one_of(DATA["names"][names][gender]) for _ in range(2))
        last = self.one_of(DATA["names"][names]["S"])
        person = {"first": first, "middle": middle, "last": last, "gender": gender}
        person["title"] = "Mr" if gender == "M" else self.one_of("Mrs, Ms, Miss")
        person |= {
            "mobile": self.rng.randrange(1000),
            "landline": self.rng.randrange(1000),
        }
        return person | {"address": self.address()}

    def family(self, *, fostered: bool) -> Record:
        """Make a household and the people to call about its children."""
        origin, household = self.row("background"), self.row("household")
        eal = origin["language"] != "English" and self.rng.random() < 0.6
        family = (
            origin | self.person(origin["names"], "F") | {"is_eal": eal, "contacts": []}
        )
        if fostered:
            household = table("household")[-1]
        for kind in household["relations"]:
            relation = indexed("relation", "kind")[kind]
            family["contacts"].append((self.contact(family, relation), relation))
        return family | {"fostered": fostered}

    def contact(self, family: Record, relation: Record) -> Record:
        """Make a contact, as yet of nobody."""
        kin = relation["kin"]
        person = self.person(family["names"] if kin else "british", relation["sex"])
        if kin:
            person["address"] = family["address"]
            person["last"] = self.rng.choice([family["last"]] * 4 + [person["last"]])
        number = 2001 + len(self.school["contact"])
        person["box"] = mailbox(person["first"], person["last"], str(number))
        contact = self.fill(
            "contact", person, id=number, type="Home" if kin else "Work"
        )
        del contact["telephone_numbers"][self.rng.randint(1, 2) :]
        self.school["contact"].append(contact)
        return contact

    def make_students(self) -> None:
        """Make the pupils, some of them brothers and sisters."""
        homes: list[Record] = []
        for place, number in enumerate(STUDENTS):
            peers, fostered = homes[place - place % 24 :], number in self.tags["care"]
            elders = [
                home for home in homes if home not in peers and not home["fostered"]
            ]
            if elders and not fostered and self.rng.random() < 0.13:
                homes.append(self.rng.choice(elders))
            else:
                homes.append(self.family(fostered=fostered))
            student = self.student(number, 7 + place // 24, homes[-1])
            self.school["student"].append(student)
            for rank, (contact, relation) in enumerate(homes[-1]["contacts"], start=1):
                tie = relation | {"contact_id": contact["id"], "student_id": number}
                tie["priority"] = rank
                student["contacts"].append(self.fill("student_contact", tie))
                contact["students"].append(self.fill("contact_student", tie))

    def student(self, number: int, year: int, home: Record) -> Record:
        """Make a pupil of a household."""
        tags = {tag for tag, members in self.tags.items() if number in members}
        pupil = home | self.person(home["names"], self.rng.choice("FM"))
        pupil |= {
            "id": number,
            "admission": number + 3000,
            "year": year,
            "uln": self.uln(),
        }
        pupil |= {
            "address": home["address"],
            "last": home["last"],
            "legal": pupil["first"],
        }
        pupil["first"] = DATA["short_names"].get(pupil["legal"], pupil["legal"])
        former = (
            self.one_of(DATA["names"]["british"]["S"]) if "renamed" in tags else None
        )
        pupil |= {"former_last": former, "legal_last": former or home["last"]}
        pupil["box"] = f"{mailbox(pupil['first'], home['last'])}{26 - year}"
        digits = f"{26 - year}{number * 37 % 1000:03}"
        pupil["upn"] = upn(f"999{self.rng.randint(2101, 2104)}{digits}")
        pupil["former_upn"] = upn(f"9993301{digits}") if "moved" in tags else None
        pupil |= {
            "dob": self.day(f"{2021 - year}-09-01", 365),
            "joined": f"{2033 - year}-09-02",
        }
        if "joined" in tags:
            pupil["joined"] = self.day("2026-09-07", 60)
        pupil |= {"status": "M" if number % 50 == 7 else "C", "learning_aim": None}
        if year == 11 and number % 3 == 0:
            pupil["learning_aim"] = self.fill("learning_aim", self.row("aim"))
        pupil["hash"] = f"{self.rng.getrandbits(128):032x}"
        self.add_census(pupil, tags)
        self.add_medical(pupil, tags)
        student = self.fill("student", pupil)
        if year < 9:  # learner numbers come at 14
            del student["uln"]
        return student

    def uln(self) -> str:
        """Make a learner number nobody holds: its first nine digits are never issued."""
        while remainder(digits := str(self.rng.randint(100_000_000, 999_999_999))):
            pass
        return f"{digits}{self.rng.randrange(10)}"

    def nhs_number(self) -> str:
        """Make an NHS number of the range kept for tests, with its check digit."""
        while remainder(digits := f"999{self.rng.randrange(1_000_000):06}") == 1:
            pass
        return f"{digits}{-remainder(digits) % 11}"

    def add_census(self, pupil: Record, tags: set[str]) -> None:
        """Add what the school census asks about a pupil."""
        since, fsm, care = self.day("2024-04-15", 700), "fsm" in tags, "care" in tags
        spans = [("2021-09-06", "2024-03-28")] * ("was_fsm" in tags) + [
            (since, None)
        ] * fsm
        meals = [self.fill("fsm", start=start, end=end) for start, end in spans]
        pupil |= {"is_fsm": fsm, "is_fsm6": bool(meals), "fsm_history": meals}
        pupil |= {"fsm_review": "2027-03-31" if fsm else None, "in_care": care}
        pupil["ever_in_care"] = care or "was_care" in tags
        pupil["is_pp"] = bool(meals) or pupil["ever_in_care"]
        pupil["pp_history"] = [self.fill("pp")] if pupil["is_pp"] else []
        stages = [stage for stage in table("sen_stage") if stage["tag"] in tags]
        ends = [stage["start"] for stage in stages[1:]] + [None]
        histories = [self.fill("sen_category", *pair) for pair in zip(stages, ends)]
        pupil["sen_category"] = stages[-1]["code"] if stages else None
        needs = self.rng.sample(
            table("sen_need"), self.rng.randint(1, 2) if stages else 0
        )
        ranked = [need | {"rank": rank} for rank, need in enumerate(needs, start=1)]
        pupil["sen_needs"] = [
            self.fill("sen_need", need, start=since) for need in ranked
        ]
        eal = pupil["is_eal"]
        pupil |= self.row("english") if eal else {"stage": None, "stage_name": None}
        pupil["first_code"] = pupil["language_code"] if eal else "ENG"
        pupil["first_language"] = pupil["language"] if eal else "English"
        pupil["born_in"] = (
            pupil["country"] if eal and self.rng.random() < 0.6 else "GBR"
        )
        pupil["nationalities"] = sorted({pupil["born_in"], "GBR"})
        pupil["service_child"] = "service" in tags

    def add_medical(self, pupil: Record, tags: set[str]) -> None:
        """Add what the school nurse keeps about a pupil."""
        since, ill = self.day("2023-09-11", 1000), "medical" in tags
        author = self.rng.choice([503, 513, 514])
        pupil |= {"nhs_number": self.nhs_number(), "consent": self.rng.random() < 0.9}
        girl = pupil["gender"] == "F" and pupil["year"] >= 9
        pupil |= {"is_pregnant": False if girl else None, "conditions": [], "notes": []}
        pupil["diet"] = [self.row("dietary_need")["code"]] if "diet" in tags else []
        if ill:
            row = self.row("medical_condition")
            about = indexed("condition_note", "code")[row["code"]]
            notes = [self.fill("note", about, since=since, author=author)]
            pupil["conditions"] = [
                self.fill("condition", row, since=since, notes=notes)
            ]
        if ill or self.rng.random() < 0.05:
            row = self.row("general_note")
            pupil["notes"] = [self.fill("note", row, since=since, author=author)]

    def make_staff(self) -> None:
        """Make the staff and their contracts, and the school they work for."""
        subjects = indexed("subject", "code")
        for post in table("post"):
            origin, gender = self.row("background"), self.rng.choice("FM")
            member = post | origin | self.person(origin["names"], gender)
            first, last, taught = member["first"], member["last"], post["teaches"]
            member |= {"legal": first, "code": f"{first[0]}{last[:2]}".upper()}
            member |= {"former_last": None, "box": mailbox(first[0], last)}
            if member["title"] == "Mrs":
                member["former_last"] = self.person(origin["names"], gender)["last"]
            member |= self.row("disability") | {"dob": self.day("1966-01-10", 11000)}
            member |= self.row("career") | {"started": self.day("2012-09-03", 4500)}
            member["hlta"] = post["post"] == "Teaching Assistant"
            member["route"] = "PGCE" if post["teacher"] else None
            member["teacher_number"] = f"000{post['id']}9" if post["teacher"] else None
            honours = self.one_of("First, Upper second, Upper second, Lower second")
            degrees = (
                [self.fill("degree", subjects[taught], honours=honours)]
                if taught
                else []
            )
            self.school["staff_member"].append(
                self.fill("staff_member", member, degrees=degrees)
            )
            numbers = {
                "insurance": self.rng.randrange(10**6),
                "contract_id": post["id"] + 100,
            }
            contract = self.fill("staff_contract", member, numbers)
            if post["allowance"]:
                contract["allowances"] = [self.fill("allowance", post)]
            self.school["staff_contract"].append(contract)
        head = self.school["staff_member"][0]
        name = f"{head['title']} {head['first_name']} {head['last_name']}"
        self.school["school"] = [table("school")[0] | {"head_teacher": name}]

    def make_groups(self) -> None:
        """Make the years, the classes and the clubs, and who is in them."""
        subjects = indexed("subject", "code")
        self.school["subject"] = [
            self.fill("full_subject", s) for s in subjects.values()
        ]
        years = {year: list(STUDENTS)[(year - 7) * 24 :][:24] for year in range(7, 12)}
        for year, ids in years.items():
            values = {
                "id": 50 + year,
                "year": year,
                "staff_ids": [497 + year],
                "students": ids,
            }
            self.school["year_group"].append(self.fill("year_group", values))
        for row in table("set"):
            members = years[row["year"]]
            if row["half"]:
                members = members[row["half"] - 1 :: 2]
            row |= {"students": members, "staff_ids": [row["staff"]]}
            row["year_code"] = str(row["year"])
            if row["subject"]:
                subject = subjects[row["subject"]]
                test = self.school["assessment"][row["assessment"] - 1]
                parts = {
                    "subject": self.fill("full_subject", subject),
                    "assessment": test,
                }
                self.school["teaching_group"].append(
                    self.fill("teaching_group", row, parts)
                )
                self.add_group(
                    row, "TeachingGroup", "Teacher", self.fill("group_subject", subject)
                )
            else:
                self.school["registration_group"].append(
                    self.fill("registration_group", row)
                )
                self.add_group(row, "RegistrationGroup", "Tutor", None)
        for row in table("user_group"):
            members = sorted(self.rng.sample(STUDENTS, row["members"]))
            row |= {"students": members, "staff_ids": row["staff"], "year_code": None}
            self.add_group(row, "user-defined", "Leader", None)

    def add_group(
        self, row: Record, kind: str, role: str, subject: Record | None
    ) -> None:
        """Add a group of any kind and the enrolments in it."""
        leaders = [
            self.fill("supervisor", id=number, role=role) for number in row["staff_ids"]
        ]
        values = {"type": kind, "supervisors": leaders, "mis_subject": subject}
        self.school["group"].append(self.fill("group", row, **values))
        enrolments = self.school["enrolment"]
        for student in row["students"]:
            values = {"student_id": student, "group_id": row["id"]}
            values |= {"id": 20001 + len(enrolments), "start": "2026-09-02"}
            enrolments.append(self.fill("enrolment", values))

    def make_attendance(self) -> None:
        """Make a week of marks for each pupil, and the term's totals."""
        tutors = self.school["registration_group"]
        for number in STUDENTS:
            group = next(g["id"] for g in tutors if number in g["student_ids"])
            ids, marks = {"student_id": number, "group_id": group}, Counter()
            for day in WEEK:
                row = self.row("marks")
                if self.excluded(number, day):
                    row |= {"day": "EE", "comment": None}
                for session, mark in zip(("AM", "PM"), row["day"], strict=True):
                    self.add_mark(
                        ids | {"day": day, "session": session, "mark": mark}, row
                    )
                marks.update(row["day"])
            self.add_summary(ids, marks)

    def excluded(self, number: int, day: str) -> bool:
        """Tell whether a pupil is suspended on a day."""
        rows = [row for row in table("exclusion") if row["student_id"] == number]
        return any(row["start_date"] <= day <= row["end_date"] for row in rows)

    def add_mark(self, values: Record, row: Record) -> None:
        """Add one mark of a register."""
        values["id"] = 10001 + len(self.school["attendance"])
        values["late"] = self.rng.randint(2, 25) if values["mark"] == "L" else None
        noted = values["mark"] not in "/\\" and self.rng.random() < 0.4
        record = self.fill(
            "attendance", values, comment=row["comment"] if noted else None
        )
        if not noted and values["session"] == "PM":
            del record["comments"]
        self.school["attendance"].append(record)

    def add_summary(self, ids: Record, marks: Counter[str]) -> None:
        """Add a pupil's totals: the week of marks and the 96 sessions before it."""
        away, unknown = (
            min(int(self.rng.expovariate(0.2)), 60),
            int(self.rng.expovariate(0.9)),
        )
        excused = away + sum(marks[mark] for mark in "IMCE")
        unexcused = unknown + sum(marks[mark] for mark in "ONU")
        totals = {"possible": 106.0, "attended": float(106 - excused - unexcused)}
        totals |= {"authorised": float(excused), "unauthorised": float(unexcused)}
        totals |= {"late": float(marks["L"] + int(self.rng.expovariate(0.5)))}
        summaries = self.school["attendance_summary"]
        summaries.append(
            self.fill("attendance_summary", ids, totals, id=40001 + len(summaries))
        )

    def make_results(self) -> None:
        """Make the grades and what the pupils got, where they sat the test."""
        sets, results = self.school["grade_set"], self.school["result"]
        for number, scale in enumerate(table("scale"), start=1):
            grades = [
                {"name": name, "value": rank}
                for rank, name in enumerate(scale["grades"])
            ]
            filled = [self.fill("grade", grade, id=next(self.ids)) for grade in grades]
            sets.append(self.fill("grade_set", scale, id=number, grades=filled))
        for batch in table("batch"):
            grades = sets[batch["assessment"] - 1]["grades"]
            sat = [
                s["id"]
                for s in self.school["student"]
                if s["year_code"] == str(batch["year"])
            ]
            for subject, student in itertools.product(batch["subjects"], sat):
                rank = int(
                    self.rng.triangular(0, len(grades) - 0.01, len(grades) * 0.65)
                )
                if self.rng.random() < 0.96:
                    values = {"student_id": student, "subject_id": subject}
                    values |= {
                        "id": 30001 + len(results),
                        "grade_id": grades[rank]["id"],
                    }
                    results.append(self.fill("result", batch, values))
        for result in self.rng.sample(results, 2):  # as in a feed that does not say
            del result["assessment_type"]

    def make_timetable(self) -> None:
        """Make two days of lessons, and cover for who is away."""
        subjects, sets, rooms = (
            indexed("subject", "code"),
            indexed("set"),
            indexed("room"),
        )
        days, periods = indexed("weekday"), indexed("clock", "order")
        lessons: dict[tuple[int, int], list[Record]] = {
            place: [] for place in itertools.product(days, periods)
        }
        for slot in table("lesson_slot"):
            place, row = (slot["day"], slot["period"]), sets[slot["set"]]
            subject = subjects[row["subject"]]
            room = {
                name: value
                for name, value in rooms[slot["room"]].items()
                if name != "maximum_capacity"
            }
            parts = {
                "mis_subject": self.fill("lesson_subject", subject),
                "subject": self.fill("subject", subject),
            }
            parts = {"group": self.fill("lesson_group", row, parts), "rooms": [room]}
            parts["supervisors"] = [
                self.fill("supervisor", id=slot["staff"], role=slot["role"])
            ]
            times = days[place[0]] | periods[place[1]]
            lesson = self.fill("lesson", times, slot, parts)
            lessons[place].append(lesson)
            self.school["lesson"].append(lesson)
        filled = []
        for number, day in days.items():
            parts = [
                self.fill("period", row, lessons=lessons[number, order])
                for order, row in periods.items()
            ]
            filled.append(self.fill("day", day, periods=parts))
        self.school["timetable"] = [self.fill("timetable", days=filled)]

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


def make_school(seed: int) -> dict[str, list[Record]]:
    """Make every record of the school, by resource."""
    maker = SchoolMaker(seed)
    maker.make_students()
    maker.make_staff()
    maker.make_groups()
    maker.make_attendance()
    maker.make_results()
    maker.make_timetable()
    maker.leave_gaps()
    return maker.school


def main() -> None:
    """Write one file of JSON lines for each resource."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path, nargs="?", default=FOLDER)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    for kind, records in make_school(SEED).items():
        with (folder / f"{kind}.jsonl").open(
            "w", encoding="utf-8", newline="\n"
        ) as file:
            for record in records:
                line = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
                file.write(f"{line}\n")


if __name__ == "__main__":
    main()
