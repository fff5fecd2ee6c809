"""The record of processing: a line for each scope, and no text in it is a formula."""

import csv
import io
import re
import unicodedata
from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve
from hypothesis import given, strategies as st

from scopegate import AccessRequest, Actor, Catalogue
from scopegate.catalogue.field import Sensitivity
from scopegate.consent.connection import Connection
from scopegate.consent.decision import TwoPersonRule
from scopegate.consent.disclosures import Usage
from scopegate.consent.request import Terms
from scopegate.pages.processing import COLUMNS, processing_csv, safe_cell
from scopegate.testing.permits import NOON

from .worlds import (
    APP,
    CATALOGUE,
    DANA,
    FEWER,
    REQUEST,
    SCHOOL,
    TABLE,
    World,
    cases_of,
    histories,
)

SAM = Actor("Sam Deputy")
STARTS = "=+-@\t\r＝＋－＠﹢﹣−"
HOSTILE = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    " =1",
    "\u00a0=1",
    '"=1',
    "'=1",
    "“ =1",
    "＝1",
    "−1",
    "\u200b=1",
    "a;=1",
    'a";=1',
    'a; "+1',
    "=cmd|' /C calc'!A0",
]


def lines(world, usages=(), catalogue=None):
    """Return the record read back, a mapping for each line."""
    case = world.case()
    text = processing_csv(
        catalogue or world.catalogue,
        case.state,
        dict(usages),
        school=SCHOOL,
        now=case.now,
    )
    return read(text)


def read(text):
    """Return the lines below the header."""
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def is_formula(cell):
    """Tell whether a spreadsheet could take a cell, or a part of it, for a formula."""
    for part in re.split(r"[;\t\r\n]", cell):
        bare = unicodedata.normalize("NFKC", re.sub(r"^[\s\"'`´‘’‚“”„«»]+", "", part))
        if bare.startswith(("=", "+", "-", "@", "−")) and not part.startswith("'"):
            return True
    return False


@FEWER
@given(histories())
def test_there_is_a_line_for_each_scope_that_was_ever_authorised(history):
    """Each app and scope that a grant ever held has one line, and nothing else has."""
    case = cases_of(*history)[0]
    text = processing_csv(CATALOGUE, case.state, {}, school=case.school, now=case.now)
    found = [(line["Recipient"], line["Scope"]) for line in read(text)]
    held = {
        (app, scope)
        for app, consent in case.state.consents.items()
        for revision in consent.revisions
        for scope in revision.grant.scopes
    }

    assert sorted(found) == sorted(held)


@FEWER
@given(histories())
def test_a_line_is_authorised_exactly_where_the_grant_is(history):
    """What the record calls authorised a grant in force holds, and the other way."""
    case = cases_of(*history)[0]
    text = processing_csv(CATALOGUE, case.state, {}, school=case.school, now=case.now)
    found = {
        (line["Recipient"], line["Scope"])
        for line in read(text)
        if line["Status"] == "authorised"
    }
    held = {
        (app, scope)
        for app, consent in case.state.consents.items()
        if consent.current and not consent.current.is_expired(case.now)
        for scope in consent.current.scopes
    }

    assert found == held


@given(st.text() | st.text(st.sampled_from(STARTS + " ;\"'a\u200b"), max_size=6))
def test_no_cell_starts_a_formula(text):
    """Whatever a text holds, no part of its cell can be taken for a formula."""
    assert not is_formula(safe_cell(text))


@given(st.text(st.characters(categories=["L", "N"]), max_size=20))
def test_a_plain_text_stays_as_it_is(text):
    """Words and numbers are written as they are."""
    assert safe_cell(text) == text


@pytest.mark.parametrize("text", HOSTILE)
def test_what_starts_a_formula_stands_behind_an_apostrophe(text):
    """Each known way to start a formula is put behind an apostrophe, or an escape."""
    cell = safe_cell(text)

    assert cell != text
    assert re.search(r"(^|;)'", cell) or cell.startswith("\\")


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_fill_one_cell_each(text):
    """Whatever an app, a catalogue or a school calls itself, no cell is a formula."""
    table = TABLE | {
        "scope": TABLE["scope"] | {"names": {"title": text, "fields": ["pupil.name"]}},
        "resource": TABLE["resource"]
        | {"pupil": TABLE["resource"]["pupil"] | {"title": text}},
    }
    catalogue = Catalogue.from_dict(table)
    plain = "".join(c for c in text if unicodedata.category(c) != "Cc")
    terms = Terms(plain, plain, plain)
    world = World(catalogue=catalogue)
    world.asks(AccessRequest(plain, plain, {"names"}, terms=terms))
    actor = Actor(plain, role=plain)
    world.app = plain
    world.authorise(actor=actor)
    world.revoke(actor=actor)
    link = Connection(SCHOOL, "arbor", text, NOON)
    state = evolve(world.register.state(SCHOOL), connection=link)
    text_of = processing_csv(catalogue, state, {}, school=SCHOOL, now=NOON)
    (line,) = read(text_of)

    assert len(line) == len(COLUMNS)
    assert not any(is_formula(cell) for cell in line.values())
    assert not any(is_formula(cell) for cell in text_of.split(";")[1:])
    assert [line[name] for name in ("Recipient", "Purpose", "Retention")] == [
        safe_cell(plain)
    ] * 3
    assert line["Controller"] == line["Categories of data"] == safe_cell(text)


def test_a_line_tells_everything():
    """Every cell of a scope that was authorised, read, and revoked."""
    world = World(evolve(REQUEST, required={"names"}, optional={"needs"}))
    world.authorise("needs", expires_at=NOON + timedelta(days=300))
    world.pass_days(2)
    world.revoke()
    read_at = {"pupil.name": NOON + timedelta(hours=1), "pupil.needs": NOON}
    found = lines(world, {APP: Usage(APP, NOON, read_at)})
    shared = {
        "Controller": "Example School",
        "Controller key": SCHOOL,
        "Recipient": APP,
        "Purpose": "Record marks",
        "Categories of people": "Pupils",
        "Lawful basis": "public task",
        "Retention": "one year",
        "Contact": "dpo@example.org",
        "Status": "revoked",
        "Authorised at": "2026-11-23T12:00:00+00:00",
        "Authorised by": "Dana Head, Headteacher",
        "Until": "2027-09-19T13:00:00+01:00",
        "Ended at": "2026-11-25T12:00:00+00:00",
        "Ended by": "Dana Head, Headteacher",
        "Last accessed": "2026-11-23T13:00:00+00:00",
        "Grant": "grant-1",
        "Revision": "1",
        "Time zone": "Europe/London",
    }

    assert found == [
        shared
        | {
            "Categories of data": "Names",
            "Scope": "names",
            "Fields": "1",
            "Field names": "pupil.name",
            "Special category": "no",
        },
        shared
        | {
            "Categories of data": "Needs",
            "Scope": "needs",
            "Fields": "2",
            "Field names": "pupil.name, pupil.needs",
            "Special category": "yes",
        },
    ]


def test_what_was_not_stated_says_so():
    """A request without terms, and a school without a name, leave no cell to guess at."""
    world = World(AccessRequest(APP, "Marks", {"staff"}))
    world.authorise()
    world.disconnect()
    (line,) = lines(world)

    assert {name for name, cell in line.items() if cell == "not stated"} == {
        "Controller",
        "Lawful basis",
        "Retention",
        "Contact",
    }
    assert {name for name, cell in line.items() if not cell} == {
        "Ended at",
        "Ended by",
        "Last accessed",
    }
    assert line["Until"] == "until it is revoked"


def test_what_a_person_left_out_later_has_ended_with_that_revision():
    """A box that was unticked is listed by the last revision that held it."""
    world = World()
    world.authorise("dob")
    world.pass_days(1)
    world.amend(actor=SAM)
    found = {line["Scope"]: line for line in lines(world)}

    assert {key: line["Revision"] for key, line in found.items()} == {
        "basic": "2",
        "dob": "1",
    }
    assert found["dob"]["Status"] == "left out of a later revision"
    assert found["dob"]["Ended at"] == "2026-11-24T12:00:00+00:00"


def test_a_grant_whose_time_is_over_has_expired():
    """A grant has expired at its hour, also before that is written down."""
    world = World(AccessRequest(APP, "Marks", {"staff"}))
    world.authorise(expires_at=NOON + timedelta(days=1))
    world.pass_days(2)
    (line,) = lines(world)

    assert (line["Status"], line["Ended at"]) == ("expired", line["Until"])


def test_what_was_revoked_stays_revoked_when_its_time_would_be_over():
    """A grant that ended before its hour has not expired."""
    world = World(AccessRequest(APP, "Marks", {"staff"}))
    world.authorise(expires_at=NOON + timedelta(days=1))
    world.revoke()
    world.pass_days(2)
    (line,) = lines(world)

    assert (line["Status"], line["Ended at"]) == ("revoked", line["Authorised at"])


def test_fields_are_listed_in_the_catalogues_order():
    """Field names come as the catalogue has them, and not by the alphabet."""
    world = World(AccessRequest(APP, "Marks", {"old"}))
    world.authorise()
    (line,) = lines(world)

    assert line["Field names"] == "pupil.name, pupil.dob"


def test_two_people_are_both_named():
    """Where two people authorised, both did."""
    world = World(AccessRequest(APP, "Marks", {"staff"}))
    rule = TwoPersonRule(Sensitivity.PERSONAL)
    world.register.require_two_people(rule, school=SCHOOL, actor=DANA)
    world.authorise()
    world.register.authorise(world.present(), actor=SAM)

    assert lines(world)[0]["Authorised by"] == "Dana Head, Headteacher and Sam Deputy"


def test_a_scope_of_rows_has_no_fields_and_a_line():
    """A scope that only opens rows is on record, with nothing to count."""
    world = World(AccessRequest(APP, "Marks", {"leavers"}))
    world.authorise()
    (line,) = lines(world)

    assert (line["Scope"], line["Fields"], line["Field names"]) == ("leavers", "0", "")
    assert line["Categories of people"] == ""


def test_public_data_is_of_no_people():
    """A scope that names no one has no category of people."""
    world = World(AccessRequest(APP, "Marks", {"school"}))
    world.authorise()
    (line,) = lines(world)

    assert (line["Scope"], line["Categories of people"]) == ("school", "")


def test_what_the_catalogue_lost_is_on_record_still():
    """Of a scope that the catalogue no longer has, keys and names replace titles."""
    world = World(AccessRequest(APP, "Marks", {"staff"}))
    world.authorise()
    scopes = {key: one for key, one in TABLE["scope"].items() if key != "staff"}
    resources = {k: one for k, one in TABLE["resource"].items() if k != "staff"}
    lost = {"version": "2", "scope": scopes, "resource": resources}
    (line,) = lines(world, catalogue=Catalogue.from_dict(TABLE | lost))

    assert [line[name] for name in COLUMNS[4:10]] == [
        "staff",
        "staff",
        "staff",
        "1",
        "staff.id",
        "no",
    ]


def test_special_care_that_a_scope_came_to_ask_for_counts():
    """A scope that is special by now is, whatever it was when it was authorised."""
    world = World(AccessRequest(APP, "Marks", {"staff"}))
    world.authorise()
    staff = TABLE["scope"]["staff"] | {"sensitivity": "special"}
    later = TABLE | {"version": "2", "scope": TABLE["scope"] | {"staff": staff}}
    (line,) = lines(world, catalogue=Catalogue.from_dict(later))

    assert line["Special category"] == "yes"


def test_a_scope_that_came_along_has_the_catalogues_title():
    """An included scope was not shown under a title of its own, and has the present one."""
    world = World(AccessRequest(APP, "Marks", {"dob"}))
    world.authorise()

    assert [line["Categories of data"] for line in lines(world)] == ["Basic", "Births"]


def test_a_school_that_authorised_nothing_has_a_header_alone():
    """The record of a school without a grant is its header, ended by CRLF."""
    case = World().case()
    text = processing_csv(CATALOGUE, case.state, {}, school=SCHOOL, now=NOON)

    assert text == ",".join(f'"{name}"' for name in COLUMNS) + "\r\n"


@pytest.mark.parametrize(
    ("zone", "midnight", "expected"),
    [
        (
            "Europe/London",
            datetime(2027, 8, 31, 23, tzinfo=UTC),
            ("2026-11-23T12:00:00+00:00", "2027-08-31, end of day", "Europe/London"),
        ),
        (
            "Asia/Tokyo",
            datetime(2027, 8, 31, 15, tzinfo=UTC),
            ("2026-11-23T21:00:00+09:00", "2027-08-31, end of day", "Asia/Tokyo"),
        ),
        (
            "Mars/Utopia",
            datetime(2027, 8, 31, 15, tzinfo=UTC),
            ("2026-11-23T12:00:00+00:00", "2027-08-31T15:00:00+00:00", "UTC"),
        ),
    ],
)
def test_times_are_those_of_the_school_and_say_so(zone, midnight, expected):
    """Instants have the offset of the school, and an end at midnight is a last day.

    Fails on the release before: every instant was in UTC.
    """
    world = World()
    world.authorise(expires_at=midnight)
    case = world.case()
    state = evolve(case.state, zone=zone)
    text = processing_csv(CATALOGUE, state, {}, school=SCHOOL, now=case.now)
    columns = ("Authorised at", "Until", "Time zone")

    assert {tuple(line[c] for c in columns) for line in read(text)} == {expected}
