"""Non-interference: what is withheld makes no difference that a client can observe."""

import json
import logging

import pytest

from scopegate.consent.subjects import Subjects
from scopegate.http import (
    AssemblyDialect,
    Guard,
    Limits,
    OneRosterDialect,
    Route,
    WondeDialect,
)
from scopegate.ledgers.base import disclosure_stream

from ..servers.asking import ask
from .clients import WAYS, outcome
from .scenes import School, access_to

LEFT_OUT = {3, 4, 7, 21, 22, 23}
HEADERS = {
    "Accept": "application/vnd.assembly+json; version=1.1",
    "Authorization": "Bearer school-token",
}


def pupil(n, secret):
    """Return a pupil of whom two things may flow, and who is left out or not."""
    return {
        "id": n,
        "first_name": f"Ada {n}" if n not in LEFT_OUT else f"{secret} {n}",
        "year_code": str(7 + n % 2) if n not in LEFT_OUT else secret[:1],
        "upn": f"{secret}-{n}",
        "dob": f"20{len(secret):02}-01-01",
        secret: {"first_name": secret},
        "demographics": {
            "gender": "F",
            "is_fsm": len(secret) == 3,
            "note": [secret] * n,
        },
        "contacts": [
            {"contact_id": 1, "relationship": {"priority": len(secret)}},
            {"contact_id": 9, "relationship": {"priority": n}},
        ],
    }


ONE = [pupil(n, "one") for n in range(1, 25)]
OTHER = [pupil(n, "another") for n in range(1, 25)]
FEWER = [p for p in OTHER if p["id"] not in LEFT_OUT]
MORE = [
    row
    for p in OTHER
    for row in ([p] if p["id"] not in LEFT_OUT else [p, p, p, p, p, p, p])
]
URLS = [
    "/students",
    "/students?per_page=4",
    "/students?per_page=4&page=2",
    "/students?per_page=4&page=5",
    "/students?per_page=4&page=99",
    "/students?demographics=true&per_page=7",
    "/students?year_code=7",
    "/students?year_code=o",
    "/students?year_code=7&per_page=2&page=3",
    "/students?students=3+4+5",
    "/students?students=3",
    "/students/3",
    "/students/5",
    "/students/99",
    "/students?contacts=true",
    "/students?dob=2003-01-01",
    "/students?date=2014-01-01",
    "/students?sen_needs=true",
    "/students/3?demographics=true",
    "/years/o/students",
    "/years/7/students?per_page=3",
]


def observed(way, mis, records, faults=()):
    """Return all that can be observed of asking for everything there is to ask.

    Of a fresh school, so that nothing is left of what was observed before.
    """
    school, seen = School(), []
    access = school.authorise(
        "students.basic",
        "students.gender",
        "contacts.basic",
        subjects=Subjects.everyone_except(student=LEFT_OUT, contact=[9]),
    )
    dialect = AssemblyDialect()
    routes = [
        Route("/students", "student", "[]", dialect=dialect),
        Route("/students/{id}", "student", "", dialect=dialect),
        Route("/years/{student.year_code}/students", "student", "[]", dialect=dialect),
    ]
    mis.reset()
    mis.serve({"student": records})
    mis.faults(list(faults))
    guarded = Guard(access, mis.url, routes, limits=Limits(pages=20))
    seen = [outcome(way, guarded, mis.url + url, headers=HEADERS) for url in URLS]
    notes, refusals = access.notes, guarded.refusals
    access.close()
    written = [
        (event.resource, event.fields, event.count)
        for event in school.ledger.read(disclosure_stream("100001"))
    ]
    return seen, notes, refusals, written


def asked(mis):
    """Return what the server was asked."""
    return [(e["method"], e["path"], e["all_headers"], e["body"]) for e in mis.log()]


@pytest.fixture
def logged(caplog):
    """Return a function that gives what scopegate logged since it was last asked."""
    caplog.set_level(logging.DEBUG, "scopegate")

    def since():
        found = [(r.name, r.levelname, r.getMessage()) for r in caplog.records]
        caplog.clear()
        return [each for each in found if each[0].startswith("scopegate.")]

    return since


@pytest.mark.parametrize("way", WAYS)
def test_withheld_values_make_no_difference(way, assembly, logged):
    """Two MISs that differ in what is withheld see and give the same, byte for byte."""
    found = [
        (observed(way, assembly, records), asked(assembly), logged())
        for records in (ONE, OTHER)
    ]

    assert found[0] == found[1]


@pytest.mark.parametrize(
    "way", ["httpx", *(pytest.param(w, marks=pytest.mark.slow) for w in WAYS[1:])]
)
@pytest.mark.parametrize("others", [FEWER, MORE], ids=["fewer", "more"])
def test_number_of_withheld_records_makes_no_difference(way, others, assembly, logged):
    """How many records are withheld, and where between the others, cannot be told."""
    found = [(observed(way, assembly, records), logged()) for records in (ONE, others)]

    assert found[0] == found[1]


@pytest.mark.parametrize(
    ("kind", "others"),
    [
        *((kind, OTHER) for kind in ("malformed", "html", "duplicate_keys", "nan")),
        *((kind, FEWER) for kind in ("status:500", "status:403", "status:404", "cut")),
    ],
)
def test_faults_make_no_difference(kind, others, assembly, logged):
    """When every answer fails alike, what is withheld in it cannot be told either."""
    found = []
    for records, canary in ((ONE, "one"), (others, "another")):
        fault = {"kind": kind, "canary": canary, "field": "upn"}
        found.append((observed("httpx", assembly, records, [fault]), logged()))

    assert found[0] == found[1]


def test_something_can_be_told(assembly):
    """The observation is not blind: what is released does make a difference."""
    released = [{**p, "first_name": "Other"} for p in ONE]

    assert observed("httpx", assembly, ONE) != observed("httpx", assembly, released)


def people(secret, *, extra=0):
    """Return users of whom some are left out, for OneRoster."""
    shown = [
        {
            "sourcedId": f"u{n}",
            "status": "active",
            "role": "student",
            "givenName": f"Ada {n}",
            "familyName": "Zed",
            "identifier": f"{secret}-{n}",
            "email": f"{secret}@x",
        }
        for n in range(9)
    ]
    left_out = [
        {**shown[0], "sourcedId": f"left{n}", "givenName": secret} for n in range(extra)
    ]
    return [*left_out, *shown[:5], *left_out, *shown[5:], *left_out]


@pytest.mark.parametrize(
    "query",
    ["limit=3", "limit=3&offset=3", "limit=3&offset=8", "", "fields=givenName&limit=2",
     "filter=familyName='Zed'&limit=4", "sort=givenName&orderBy=desc&limit=4",
     "filter=identifier='one-1'", "fields=email", "sort=identifier",
     "filter=givenName~'o'"],
)  # fmt: skip
def test_oneroster_tells_nothing_of_others(query, oneroster):
    """Over OneRoster withheld people make no difference, whatever is asked for."""
    found = []
    for records in (people("one", extra=2), people("another", extra=40), people("x")):
        oneroster.reset()
        oneroster.options(token_seconds=None)
        oneroster.serve({"users": records})
        token = _token(oneroster)
        left = Subjects.everyone_except(user=[f"left{n}" for n in range(40)])
        access = access_to("students.basic", name="oneroster", subjects=left)
        path = "/ims/oneroster/rostering/v1p2/students"
        route = Route(path, "student", "users[]", dialect=OneRosterDialect())
        guarded = Guard(access, oneroster.url, [route])
        headers = {"Authorization": f"Bearer {token}"}
        url = f"{oneroster.url}{path}?{query}"
        found.append((outcome("httpx", guarded, url, headers=headers), access.notes))

    assert found[0] == found[1] == found[2]


def _token(oneroster):
    form = "grant_type=client_credentials&client_id=app&client_secret=hush"
    return ask(f"{oneroster.url}/oauth/token", "POST", form).json["access_token"]


def test_wonde_cursors_tell_nothing_of_others(wonde):
    """Over Wonde's cursors, which hold names, withheld people make no difference."""
    found = []
    for extra in (0, 3, 120):
        shown = [
            {"id": f"A{n}", "surname": "Zed", "forename": f"B{n}"} for n in range(5)
        ]
        left = [{"id": f"L{n}", "surname": f"S{extra}"} for n in range(extra)]
        wonde.reset()
        records = [*shown[:2], *left, *shown[2:]]
        wonde.serve({"schools": [{"id": "S1", "urn": 1}], "students": records})
        subjects = Subjects.everyone_except(student=[f"L{n}" for n in range(120)])
        access = access_to("students.read", name="wonde", subjects=subjects)
        route = Route("/students", "student", "data[]", dialect=WondeDialect())
        base = f"{wonde.url}/v1.0/schools/S1"
        guarded, seen = Guard(access, base, [route]), []
        url = f"{base}/students?cursor=true&per_page=2"
        while url:
            told = outcome(
                "httpx", guarded, url, headers={"Authorization": "Bearer app-token"}
            )
            seen.append(told)
            url = json.loads(told.body)["meta"]["pagination"]["next"]
        found.append(seen)

    assert found[0] == found[1] == found[2]
    assert len(found[0]) == 3
