"""How fast a projection is, compared with what people write by hand.

A pupil has 30 flat keys and 3 contacts of 12 keys with 2 phones of 4 keys: 46 leaf
paths, of which 17 are granted. Every output is compared with the literal's first.
Then all run in rounds, in a new order each round, and each time is divided by the
literal's of the same round, so that a machine that slows down does so for all.

    python benchmarks/projection.py --rounds 15
"""

import argparse
import importlib.metadata
import json
import os
import platform
import random
import re
import statistics
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from operator import truediv
from pathlib import Path
from typing import Any

import attrs

from scopegate import AccessRequest, Actor, Catalogue, ConsentRegister, Gate
from scopegate.adapters.records import RecordsAdapter
from scopegate.gate.access import Access
from scopegate.gate.projection.projection import compile_plan, compile_projection
from scopegate.ledgers.memory import MemoryLedger

try:
    from pydantic import TypeAdapter

    PYDANTIC = True
except ModuleNotFoundError:
    PYDANTIC = False

Record = dict[str, Any]
Way = tuple[str, Callable[[Any], object], list[Any]]

SEED = 20261123
RECORDS = 2_000

FLAT = [
    "id", "upn", "given_name", "middle_name", "family_name", "preferred_name", "dob",
    "sex", "gender_identity", "email", "phone", "address_line1", "address_line2", "town",
    "postcode", "nationality", "ethnicity", "religion", "first_language",
    "fsm_eligible", "sen_status", "ehcp", "medical_notes", "safeguarding_notes",
    "attendance_pct", "year_group", "form_group", "house", "admission_date", "photo_url",
]  # fmt: skip
GRANTED = [
    "id", "given_name", "middle_name", "family_name", "preferred_name", "dob", "email",
    "attendance_pct", "year_group", "form_group", "house", "admission_date",
]  # fmt: skip
CONTACT = [
    "contact_id", "title", "given_name", "family_name", "relationship", "priority",
    "parental_responsibility", "email", "address", "occupation", "court_order", "notes",
]  # fmt: skip
CONTACT_GRANTED = ["contact_id", "given_name", "family_name", "priority"]
PHONE = ["number", "kind", "verified", "note"]
PHONE_GRANTED = ["number"]

BOOLEANS = {"fsm_eligible", "ehcp", "parental_responsibility", "verified"}
OFTEN_NULL = {"middle_name", "address_line2", "note"}


def paths(flat: list[str], contact: list[str], phone: list[str]) -> list[str]:
    """Return the full paths of these fields of a student."""
    phones = [f"phones[].{name}" for name in phone]
    below = [f"contacts[].{name}" for name in (*contact, *phones)]
    return [f"student.{name}" for name in (*flat, *below)]


def value(rng: random.Random, name: str, number: int) -> object:
    """Return a made-up value for the field *name* of record *number*."""
    if name in {"id", "contact_id"}:
        return number
    if name in {"year_group", "priority"}:
        return rng.randint(1, 13)
    if name in BOOLEANS:
        return rng.random() < 0.3
    if name == "attendance_pct":
        return round(rng.random() * 100, 2)
    if name in OFTEN_NULL and rng.random() < 0.5:
        return None
    return f"{name[:4]}-{rng.getrandbits(48):012x}"


def student(rng: random.Random, number: int) -> Record:
    """Return a made-up record."""
    record = {name: value(rng, name, number) for name in FLAT}
    record["contacts"] = [
        {name: value(rng, name, number * 10 + c) for name in CONTACT}
        | {"phones": [{name: value(rng, name, c) for name in PHONE} for _ in range(2)]}
        for c in range(3)
    ]
    return record


def catalogue() -> Catalogue:
    """Return a catalogue of the workload, with one scope of what is granted."""
    public = {"sensitivity": "public"}
    every = [path.partition(".")[2] for path in paths(FLAT, CONTACT, PHONE)]
    granted = paths(GRANTED, CONTACT_GRANTED, PHONE_GRANTED)
    resources = {
        "school": {"key": "urn", "field": {"urn": public}},
        "student": {"key": "id", "field": {path: {} for path in every}},
    }
    scopes = {"school": public | {"fields": ["school.urn"]}, "it": {"fields": granted}}
    source = {"id": "bench", "version": "1", "resource": resources, "scope": scopes}
    return Catalogue.from_dict(source)


def opened() -> Access:
    """Return an access to what is granted, decided as in a running service."""
    ledger, what = MemoryLedger(), catalogue()
    register = ConsentRegister(what, ledger)
    mis = RecordsAdapter({"school": [{"urn": "100001"}]})
    register.connect(school="100001", mis="any", adapter=mis)
    register.publish(AccessRequest("app", "To be measured", {"it"}))
    shown = register.ask(school="100001", app="app")
    register.authorise(shown, actor=Actor("Dana Head", role="Headteacher"))
    return Gate(what, ledger).open(school="100001", app="app")


def literal(r: Record) -> Record:
    """Return what is granted, written out; fails if a key is missing."""
    return {
        "id": r["id"], "given_name": r["given_name"], "middle_name": r["middle_name"],
        "family_name": r["family_name"], "preferred_name": r["preferred_name"],
        "dob": r["dob"], "email": r["email"], "attendance_pct": r["attendance_pct"],
        "year_group": r["year_group"], "form_group": r["form_group"], "house": r["house"],
        "admission_date": r["admission_date"],
        "contacts": [
            {
                "contact_id": c["contact_id"], "given_name": c["given_name"],
                "family_name": c["family_name"], "priority": c["priority"],
                "phones": [{"number": phone["number"]} for phone in c["phones"]],
            }
            for c in r["contacts"]
        ],
    }  # fmt: skip


def comprehension(r: Record) -> Record:
    """Return what is granted by comprehensions; a missing key stays missing."""
    released = {name: r[name] for name in GRANTED if name in r}
    if "contacts" in r:
        released["contacts"] = contacts = []
        for c in r["contacts"]:
            contact = {name: c[name] for name in CONTACT_GRANTED if name in c}
            if "phones" in c:
                contact["phones"] = [
                    {name: p[name] for name in PHONE_GRANTED if name in p}
                    for p in c["phones"]
                ]
            contacts.append(contact)
    return released


def pydantic_ways(records: list[Record]) -> Iterator[Way]:
    """Yield pydantic's `dump_python(include=...)`, if pydantic is there."""
    if PYDANTIC:
        dump = TypeAdapter(dict[str, Any]).dump_python
        contact: Record = dict.fromkeys(CONTACT_GRANTED, True)
        contact["phones"] = {"__all__": set(PHONE_GRANTED)}
        include: Any = dict.fromkeys(GRANTED, True) | {"contacts": {"__all__": contact}}
        yield "pydantic dump_python(include=)", partial(dump, include=include), records


Student = attrs.make_class("Student", [*FLAT, "contacts"])
Contact = attrs.make_class("Contact", [*CONTACT, "phones"])
Phone = attrs.make_class("Phone", PHONE)


def as_object(record: Record) -> object:
    """Return a record as objects of attrs classes."""
    contacts = []
    for c in record["contacts"]:
        phones = [Phone(**phone) for phone in c["phones"]]
        contacts.append(Contact(**c | {"phones": phones}))
    return Student(**record | {"contacts": contacts})


def ways(records: list[Record]) -> list[Way]:
    """Return all that take part: a name, a function, and what it is given."""
    access = opened()
    projection = compile_projection(access.permit, "student")
    # Of another type than dict, so that the generated function hands them on.
    others, objects = list(map(OrderedDict, records)), list(map(as_object, records))
    return [
        ("hand-written literal", literal, records),
        ("hand-written comprehension", comprehension, records),
        ("scopegate projection, dicts", projection, records),
        ("scopegate Access.filter, dicts", partial(access.filter, "student"), records),
        ("scopegate careful walk, dicts", projection, others),
        ("scopegate careful walk, objects", projection, objects),
        *pydantic_ways(records),
    ]


def check(taking_part: list[Way]) -> None:
    """Stop unless all give what the first gives."""
    _, literally, records = taking_part[0]
    expected = list(map(literally, records))
    for name, project, given in taking_part:
        if list(map(project, given)) != expected:
            message = f"{name} releases something else than what is granted"
            raise SystemExit(message)


def compile_microseconds() -> float:
    """Return the median cost of a plan that was never compiled before."""
    permit = opened().permit
    taken = []
    for _ in range(200):
        compile_plan.cache_clear()
        start = time.perf_counter()
        compile_projection(permit, "student")
        taken.append(time.perf_counter() - start)
    return statistics.median(taken) * 1e6


def measure(rounds: int) -> dict[str, list[float]]:
    """Return the seconds of each that takes part, round by round."""
    rng = random.Random(SEED)  # noqa: S311 - the same records, the same order
    taking_part = ways([student(rng, number) for number in range(RECORDS)])
    check(taking_part)
    seconds: dict[str, list[float]] = {name: [] for name, _, _ in taking_part}
    for _ in range(rounds):
        for name, project, given in rng.sample(taking_part, len(taking_part)):
            start = time.perf_counter()
            deque(map(project, given), maxlen=0)
            seconds[name].append(time.perf_counter() - start)
    return seconds


def rows(seconds: Mapping[str, list[float]]) -> list[dict[str, object]]:
    """Return the median speed of each, and its median ratio to the first."""
    base = next(iter(seconds.values()))
    return [
        {
            "name": name,
            "records_per_second": round(RECORDS / statistics.median(taken)),
            "ratio": round(statistics.median(map(truediv, taken, base)), 2),
        }
        for name, taken in seconds.items()
    ]


def machine() -> dict[str, str]:
    """Return what the figures were measured on."""
    cpu = Path("/proc/cpuinfo")
    model = re.search(r"model name\s*: (.*)", cpu.read_text() if cpu.exists() else "")
    names = ["attrs", "pydantic", "scopegate"] if PYDANTIC else ["attrs", "scopegate"]
    return {
        "Python": platform.python_version(),
        "on": f"{platform.system()} {platform.machine()}",
        "processor": model[1] if model else platform.processor(),
        "cores": str(os.cpu_count()),
    } | {name: importlib.metadata.version(name) for name in names}


def table(report: Mapping[str, Any]) -> str:
    """Return the report for a person."""
    lines = [
        ", ".join(f"{name} {text}" for name, text in report["machine"].items()),
        f"{report['fields']} leaf paths, {report['granted']} granted;"
        f" {RECORDS:,} records, {report['rounds']} rounds, medians",
        f"\n{'':34}{'records/s':>12}{'x literal':>11}",
    ]
    for name, speed, ratio in (row.values() for row in report["results"]):
        lines.append(f"{name:34}{speed:>12,}{ratio:>11.2f}")
    lines.append(f"\na new plan takes {report['compile_microseconds']:,} microseconds")
    return "\n".join(lines)


def main() -> None:
    """Measure, and print a table or JSON."""
    parser = argparse.ArgumentParser(description="Measure the projection.")
    parser.add_argument("--rounds", type=int, default=15, help="how many, 15 if unsaid")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    report = {
        "machine": machine(),
        "fields": len([*FLAT, *CONTACT, *PHONE]),
        "granted": len([*GRANTED, *CONTACT_GRANTED, *PHONE_GRANTED]),
        "rounds": options.rounds,
        "results": rows(measure(options.rounds)),
        "compile_microseconds": round(compile_microseconds()),
    }
    print(json.dumps(report, indent=2) if options.json else table(report))


if __name__ == "__main__":
    main()
