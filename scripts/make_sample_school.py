"""Write the sample school: a made-up secondary school in Assembly's shapes.

The demo, the tutorial and the tests read it. Nobody in it is real: names are drawn
from lists, and every number comes from a range that is never given to anyone.

Usage: python scripts/make_sample_school.py [folder]
"""

import argparse
import itertools
import json
import random
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

Record = dict[str, Any]

SEED = 999901
FOLDER = Path(__file__).parents[1] / "src/scopegate/samples/school"
DOMAIN = "ludderby.example.org"
TOWN = "Ludderby"
YEARS = (7, 8, 9, 10, 11)
PER_YEAR = 24
USER_GROUP = "user-defined"  # Assembly's client models call it "UserGroup"
COVER = "cover"  # and this "StaffCover"
MISSING = object()

STREETS = """Tanner's Row, Orchard Rise, Mill Lane, Pinfold Street, Kiln Close, Larkspur
Avenue, Old Quarry Road, Chapel Walk, Teasel Way, Station Parade, Ropewalk, Beacon
Gardens, Weir Street, Hawthorn Drive, Saddler's Yard, Coppice View"""
VILLAGES = """Ludderby, Ludderby, Ludderby, Ludderby, Nether Ludderby, Quillstow,
Marrowick, Thrapple End"""
SHORT_NAMES = {
    **{"Benjamin": "Ben", "Samuel": "Sam", "Matthew": "Matt", "Thomas": "Tom"},
    **{"Isabelle": "Izzy", "Eleanor": "Ellie", "Katarzyna": "Kasia", "Oluwaseun": "Seun"},
}
# Families, ethnicity, its group, home language, country, names.
BACKGROUNDS = [
    (76, "WBRI", "White", "ENG", "English", "GBR", "british"),
    (6, "WOTH", "White", "POL", "Polish", "POL", "polish"),
    (6, "APKN", "Asian", "URD", "Urdu", "PAK", "pakistani"),
    (5, "AIND", "Asian", "GUJ", "Gujarati", "IND", "indian"),
    (5, "BAFR", "Black", "YOR", "Yoruba", "NGA", "nigerian"),
    (4, "BCRB", "Black", "ENG", "English", "JAM", "caribbean"),
    (6, "MWBC", "Mixed", "ENG", "English", "GBR", "british"),
]
# Surnames, girls, boys.
NAMES = {
    "british": (
        """Ashdown, Barrowby, Birkett, Bramhall, Calloway, Cartwright, Clegg, Cotterill,
        Dunmore, Eastwood, Fairclough, Farrow, Garside, Greaves, Haddow, Hargreaves,
        Heywood, Ibbotson, Jowett, Kershaw, Lockwood, Marsden, Mellor, Nightingale,
        O'Connor, Oldroyd, Pemberton, Pickering, Rawlins, Redfern, Rhys-Evans,
        Shackleton, Sowerby, Tattersall, Thwaite, Underhill, Wainwright, Whitlock""",
        """Amelia, Bethan, Charlotte, Chloé, Eleanor, Erin, Evie, Florence, Freya, Grace,
        Imogen, Isabelle, Lily, Lucy, Maisie, Megan, Niamh, Phoebe, Poppy, Siân, Zoë""",
        """Alfie, Archie, Benjamin, Callum, Charlie, Daniel, Dylan, Ethan, Finlay, George,
        Harvey, Isaac, Jack, Jude, Leo, Matthew, Oscar, Reuben, Rory, Samuel, Thomas""",
    ),
    "polish": (
        "Baran, Jankowska, Kaczmarek, Mazur, Nowicki, Pawlak, Sikora, Wilk",
        "Aleksandra, Hanna, Julia, Katarzyna, Maja, Zofia",
        "Adam, Filip, Jakub, Kacper, Oskar, Szymon",
    ),
    "pakistani": (
        "Ahmed, Akhtar, Hussain, Iqbal, Mahmood, Mirza, Qureshi, Siddiqui",
        "Aisha, Fatima, Hafsa, Inaya, Maryam, Zainab",
        "Bilal, Hamza, Ibrahim, Musa, Yusuf, Zayn",
    ),
    "indian": (
        "Chauhan, Desai, Gohil, Joshi, Mistry, Patel, Shah, Solanki",
        "Anjali, Diya, Isha, Kavya, Meera, Priya",
        "Aarav, Dev, Jay, Nikhil, Rohan, Vivaan",
    ),
    "nigerian": (
        "Adebayo, Adeyemi, Afolabi, Balogun, Okafor, Olatunji, Onyeka, Sowande",
        "Abiola, Adaeze, Chidinma, Folake, Temi, Yetunde",
        "Ayo, Chidi, Emeka, Kelechi, Oluwaseun, Tobi",
    ),
    "caribbean": (
        "Baptiste, Campbell, Dacosta, Grant, Joseph, Linton, McKenzie, Reid",
        "Alisha, Gabrielle, Kiara, Naomi, Renée, Shanice",
        "Andre, Curtis, Elijah, Jaden, Malachi, Tyrell",
    ),
}
SUBJECTS = {
    **{"Ma": "Mathematics", "En": "English", "Sc": "Science", "Hi": "History"},
    **{"Gg": "Geography", "Fr": "French", "Ar": "Art and Design", "Cp": "Computing"},
    **{"Re": "Religious Studies", "Mu": "Music"},
}
GROUPS = {7: "Ma Ma En Sc", 8: "Ma Ma Gg Fr", 9: "Ma Ma Hi Cp", 10: "Ma Ma En Ar"}
GROUPS[11] = "Ma Ma Sc Re"
# Post, role, subject taught, pay range, base pay, full-time share, allowance.
POSTS = [
    ("Headteacher", "Head Teacher", None, "L24-30", 92_150.0, 1.0, None),
    ("Deputy Headteacher", "Deputy Head", "Re", "L14-18", 70_480.0, 1.0, None),
    ("SENCO", "Classroom Teacher", "Hi", "UPR2", 49_870.0, 0.8, ("SEN", 2_679.0)),
    ("Head of Maths", "Head of Department", "Ma", "UPR3", 51_690.0, 1.0, ("TLR", 9_782.0)),
    ("Teacher of Maths", "Classroom Teacher", "Ma", "MPR4", 39_940.0, 1.0, None),
    ("Teacher of Maths", "Classroom Teacher", "Ma", "MPR1", 33_300.0, 0.6, None),
    ("Head of English", "Head of Department", "En", "UPR1", 48_110.0, 1.0, ("TLR", 8_611.0)),
    ("Teacher of Science", "Classroom Teacher", "Sc", "MPR6", 46_020.0, 1.0, None),
    ("Teacher of Geography", "Classroom Teacher", "Gg", "MPR3", 37_600.0, 1.0, None),
    ("Teacher of French", "Classroom Teacher", "Fr", "MPR5", 42_480.0, 0.9, None),
    ("Teacher of Art", "Classroom Teacher", "Ar", "UPR1", 48_110.0, 0.6, ("TLR", 3_391.0)),
    ("Teacher of Computing", "Classroom Teacher", "Cp", "MPR2", 35_350.0, 1.0, None),
    ("Teaching Assistant", "Teaching Assistant", None, "G4", 25_180.0, 0.7, None),
    ("Attendance Officer", "Administrator", None, "G6", 28_620.0, 1.0, None),
    ("Cover Supervisor", "Cover Supervisor", None, "G5", 26_830.0, 0.9, None),
]
ABSENCES = """508 2026-09-15 2026-09-16 2 SIC, 513 2026-09-28 2026-10-02 3.5 SIC,
504 2026-10-08 2026-10-08 1 TRN, 510 2026-10-14 2026-10-14 0.5 MED,
512 2026-11-05 2026-11-06 2 SIC, 503 2026-11-12 2026-11-12 1 TRN,
505 2026-11-23 2026-11-24 2 SIC, 508 2026-11-23 null 1 SIC"""
AWAY = {505, 508}  # on the two days of the timetable
ABSENCE_NAMES = {"SIC": "Illness", "TRN": "Training", "MED": "Medical appointment"}
CONDITIONS = [
    ("ASTH", "Asthma", "Blue inhaler", "Carries it; a spare is kept in the office."),
    ("DIAB", "Type 1 diabetes", "Insulin pump", "May eat in lessons. See the care plan."),
    ("EPIL", "Epilepsy", "Absence seizures", "Last seizure in June; log and tell home."),
    ("NUTA", "Nut allergy", "Two adrenaline pens", "One in bag, one in the office."),
    ("ECZE", "Eczema", "Cream at break", "Needs a quiet place to put it on."),
    ("MIGR", "Migraine", "Paracetamol allowed", "Ring home if it lasts over an hour."),
    ("HEAR", "Hearing impairment", "Hearing aid, left", "Seat at the front, right side."),
    ("ANXI", "Anxiety", "Time-out card", "Has fortnightly sessions with a counsellor."),
]
DIETS = {"VEG": "Vegetarian", "VGN": "Vegan", "HAL": "Halal", "GLU": "Gluten free"}
SEN_NEEDS = [
    ("SPLD", "Specific learning difficulty", "CL", "Cognition and learning"),
    ("MLD", "Moderate learning difficulty", "CL", "Cognition and learning"),
    ("SLCN", "Speech, language and communication", "CI", "Communication and interaction"),
    ("ASD", "Autistic spectrum disorder", "CI", "Communication and interaction"),
    ("SEMH", "Social, emotional and mental health", "SE", "Social, emotional, mental"),
]
SEN_NAMES = {"K": "SEN support", "E": "Education, health and care plan"}
ENGLISH = {"B": "Early acquisition", "C": "Developing competence", "D": "Competent"}
# How many pupils are marked so, chosen at random.
QUOTAS = {"sen": 17, "ehcp": 5, "fsm": 24, "was_fsm": 8, "care": 2, "was_care": 3}
QUOTAS |= {"medical": 15, "service": 2, "diet": 16, "renamed": 6, "moved": 4}
# A day's morning and afternoon marks, and how common they are.
DAYS = {"/\\": 870, "L\\": 32, "II": 44, "/I": 8, "M\\": 9, "/M": 6, "OO": 10, "/O": 4}
DAYS |= {"NN": 5, "/N": 3, "U\\": 4, "BB": 4, "VV": 5, "CC": 3}
AUTHORISED, UNAUTHORISED = "IMCE", "ONU"
COMMENTS = {
    **{"I": "Sickness, parent rang at 08:10", "M": "Orthodontist, letter seen"},
    **{"O": "Seen in town, parent informed", "N": "No reason yet, text sent home"},
    **{"L": "Bus late", "V": "Geography field trip", "C": "Family funeral"},
}
# Type, assessment, point, facet, year, subjects.
RESULTS = [
    ("national", 3, 600, 1, 7, "En Ma"),
    ("internal", 2, 701, 4, 7, "Sc"),
    *[("internal", 2, year * 100 + 1, 1, year, "Ma En") for year in (8, 9, 10)],
    ("examination", 1, 1101, 1, 11, "En Ma"),
    ("examination", 1, 1103, 2, 11, "Ma"),
    ("examination", 1, 1103, 3, 11, "Sc"),
]
GRADES = {
    1: ("GCSE (9-1)", "U 1 2 3 4 5 6 7 8 9"),
    2: ("Progress", "Emerging Developing Secure Exceeding"),
    3: ("Scaled score", " ".join(map(str, range(80, 121)))),
}
# What a real feed leaves out: the path, what stands there, how often.
GAPS: dict[str, list[tuple[str, Any, float]]] = {
    "student": [
        ("photo", MISSING, 0.06),
        ("photo", None, 0.06),
        ("pan", None, 0.05),
        ("emails", [], 0.08),
        ("emails", MISSING, 0.04),
        ("address", None, 0.03),
        ("languages", None, 0.03),
        ("learning_aims", MISSING, 0.4),
        ("medical.nhs_number", None, 0.2),
        ("medical.has_emergency_consent", None, 0.1),
        ("medical.notes", MISSING, 0.1),
        ("demographics.country_of_birth", MISSING, 0.1),
        ("demographics.nationalities", [], 0.06),
        ("demographics.fsm_review_date", MISSING, 0.1),
    ],
    "contact": [
        ("gender", None, 0.08),
        ("salutation", MISSING, 0.06),
        ("address", None, 0.05),
        ("emails", [], 0.12),
        ("emails", MISSING, 0.04),
        ("telephone_numbers", [], 0.03),
        ("telephone_numbers", None, 0.03),
    ],
    "staff_member": [("address", MISSING, 0.2), ("telephone_numbers", [], 0.1)],
    "teaching_group": [("mis_level", MISSING, 0.2)],
    "result": [("result_date", None, 0.05), ("updated_at", MISSING, 0.05)],
}


@dataclass(eq=False)
class Family:
    """A household: what its children share."""

    surname: str
    background: tuple[Any, ...]
    eal: bool
    address: Record
    contacts: list[tuple[Record, str, bool]] = field(default_factory=list)


def entries(text: str) -> list[str]:
    """Split a list written as text with commas."""
    return [" ".join(entry.split()) for entry in text.split(",")]


def tagged(kind: str, names: str, *values: Any) -> Record:
    """Make one object of a kind from its field names and their values."""
    return {"object": kind, **dict(zip(names.split(), values, strict=True))}


def stamp(day: date | str, time: str = "00:00:00") -> str:
    """Write an instant as the platform does."""
    return f"{day}T{time}Z"


def handle(*names: str) -> str:
    """Turn names into the part of an e-mail address before the @."""
    plain = unicodedata.normalize("NFKD", ".".join(names)).encode("ascii", "ignore")
    return "".join(c for c in plain.decode().lower() if c.isalpha() or c == ".")


def upn(digits: str) -> str:
    """Put the DfE's check letter before the twelve digits of a pupil number."""
    total = sum(weight * int(c) for weight, c in enumerate(digits, start=2))
    return "ABCDEFGHJKLMNPQRTUVWXYZ"[total % 23] + digits


def weighted(digits: str) -> int:
    """Sum nine digits by the weights 10 to 2, modulo 11 (NHS number and ULN)."""
    return sum((10 - place) * int(c) for place, c in enumerate(digits)) % 11


def subject(code: str) -> Record:
    """Make the short form of a subject."""
    number = list(SUBJECTS).index(code) + 201
    return tagged("subject", "id code name", number, code, SUBJECTS[code])


def mis_subject(code: str, **extra: Any) -> Record:
    """Make the MIS's own form of a subject, without what it maps to."""
    number = list(SUBJECTS).index(code) + 251
    record = tagged("mis_subject", "id name code", number, SUBJECTS[code], code.upper())
    return record | extra


def full_subject(code: str) -> Record:
    """Make a subject together with the MIS subjects mapped to it."""
    alt = (f"{SUBJECTS[code]} (KS3)", f"{code.upper()}3") if code < "F" else (None, None)
    mapped = mis_subject(code, alt_name=alt[0], alt_code=alt[1], subject=subject(code))
    return subject(code) | {"mis_subjects": [mapped]}


def assessment(number: int) -> Record:
    """Make one of the three assessments."""
    names = {1: "GCSE", 2: "Ludderby Progress Check", 3: "Key Stage 2 SATs"}
    return tagged(
        "assessment",
        "id name family_id family_name mis_assessments",
        number,
        f"{names[number]} - {GRADES[number][0]}",
        number + 10,
        names[number],
        {1: ["GCSE Mock Nov", "GCSE Predicted"], 2: ["AUT1 Check"], 3: []}[number],
    )
