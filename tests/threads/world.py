"""Where each story begins: a catalogue, and pupils of whom something is withheld.

Withheld values all hold `CANARY`. Two schools of which one is `turned` agree on
everything that is released, and on nothing else.
"""

from scopegate import Catalogue

from ..model_mis import TABLE

CANARY = "c4n4ry"
PERMITTED = ("ids", "basic")
"""Scopes that release identifiers, names and years; leavers stay withheld."""
WHOLE = ("ids", "basic", "leavers", "guarded")
"""Scopes with which no row of a pupil is withheld."""

_STUDENTS = ("id", "name", "dob")
CATALOGUE = Catalogue.from_dict(
    TABLE
    | {
        "resource": TABLE["resource"]
        | {
            "class": {
                "key": "id",
                "field": {"id": {}, "title": {}}
                | {f"students[].{name}": {} for name in _STUDENTS}
                | {"students[].classes[].title": {}}
                | {f"students[].classes[].students[].{n}": {} for n in _STUDENTS},
            },
            "attendance": {"key": "id", "field": {"id": {}, "mark": {}}},
        },
        "scope": TABLE["scope"]
        | {
            "classes": {"fields": ["class.id", "class.title"]},
            "students": {
                "fields": [
                    "class.students[].id",
                    "class.students[].name",
                    "class.students[].classes[].title",
                    "class.students[].classes[].students[].name",
                ]
            },
            "registers": {"fields": ["attendance.id"]},
        },
    }
)
"""The model's catalogue, with classes that hold students that hold classes."""


def pupils(*, turned: bool = False) -> list[dict]:
    """Return five pupils; in a school that is turned all that is withheld differs."""
    days = (3, 5, 1, 4, 2)
    year, town = (2015, "ely") if not turned else (2009, "bath")
    return [
        {
            "id": n,
            "name": name,
            "year": 7 + n % 2,
            "status": "here",
            "dob": f"{year}-0{6 - day if turned else day}-03 {CANARY}",
            "home": {"town": f"{CANARY} {town} {n % 2}"},
            "tags": [f"{CANARY} {town}"],
            "contacts": [{"name": f"{CANARY} {town} {n}", "kind": "open"}],
        }
        for n, name, day in zip(range(1, 6), NAMES, days, strict=True)
    ]


def classes(*, turned: bool = False) -> list[dict]:
    """Return classes of one of the pupils each; turned round as pupils are."""
    kept = ("id", "name", "dob")
    return [
        {"id": r["id"], "title": "7A", "students": [{name: r[name] for name in kept}]}
        for r in pupils(turned=turned)
    ]


NAMES = ("Ada", "Bo", "Cy", "Di", "Ed")
THERE = {"dob": f"2015-03-03 {CANARY}", "town": f"{CANARY} ely 1"} | {
    "contacts": f"{CANARY} ely 1"
}
"""For each withheld field a value that some pupil has; no pupil has `NOWHERE`."""
NOWHERE = "3000-01-01"
RELEASED = [{"id": r["id"], "name": r["name"], "year": r["year"]} for r in pupils()]
"""What is released of the pupils: the same whether turned or not."""
