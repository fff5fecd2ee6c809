"""Wonde's API, read by its adapter: what it is asked, and what comes of it.

The server is in another process, and keeps a log of all that it was asked.
"""

import asyncio
import base64
import json
import logging
from datetime import UTC, datetime, timedelta, timezone

import pytest

from scopegate import AccessDeniedError, Catalogue, Condition, Query, Subjects
from scopegate.adapters._http.page_cursor import PageCursor
from scopegate.adapters._wonde.interface import COLLECTIONS, parts
from scopegate.adapters._wonde.pages import explain, next_turn
from scopegate.adapters.base import NONE, Fetch
from scopegate.adapters.http import AsyncHTTPAdapter, HTTPAdapter
from scopegate.adapters.steps import Answer, Asking, Limits
from scopegate.adapters.wonde import Wonde
from scopegate.catalogue.field import Field
from scopegate.catalogue.resource import Resource
from scopegate.errors import (
    QueryRefusedError,
    SourceError,
    UnsupportedQueryError,
    UnverifiedSchoolError,
    WrongSchoolError,
)

from ..servers.fixtures import serving
from .driving import WAYS, async_client, chain, client, fetched
from .rest_story import CANARY, SCHOOL, Story, fetch_of, lines

CATALOGUE = Catalogue.builtin("wonde")
STUDENT = CATALOGUE.resource("student")
TOKEN = "app-token"  # noqa: S105 - made up
PLACE = "/v1.0/schools/A1"
SINCE = datetime(2026, 1, 1, 12, tzinfo=UTC)
HOME = {
    "id": "A1",
    "name": "Example School",
    "urn": None,
    "region": {"code": "GBR", "identifiers": {"urn": int(SCHOOL)}},
}


def moment(text):
    """Return a date as Wonde gives it."""
    return {"date": f"{text}.000000", "timezone_type": 3, "timezone": "UTC"}


def pupil(number, **more):
    """Return a student with more parts than anybody asks for."""
    return {
        "id": f"S{number}",
        "upi": CANARY,
        "initials": "AZ",
        "surname": "Zed",
        "forename": f"Ada {number}",
        "date_of_birth": CANARY,
        "updated_at": moment("2026-01-01 11:00:00"),
        "education_details": {"data": {"current_nc_year": "9", "local_upn": CANARY}},
        "contact_details": {"data": {"emails": {"email": f"ada{number}@mis.example"}}},
        "medical_notes": {"data": [{"note": CANARY}]},
        **more,
    }


PUPILS = [pupil(number) for number in range(1, 6)]
BASIC = ("id", "initials", "surname", "forename")
RELEASED = [{name: one[name] for name in BASIC} for one in PUPILS]
RECORDS = {"school": [HOME], "student": PUPILS}


running_server, server = serving("wonde", RECORDS)


class Nobody:
    """A server that is not asked."""

    url = "http://mis.example"


def interface(server, token=TOKEN, **more):
    """Return the interface to a server, with small pages."""
    return Wonde(token, "A1", **({"url": f"{server.url}/v1.0", "page_size": 2} | more))


def wanted(resource="student", *names, **more):
    """Return a fetch of some fields, by default of a student's basic ones."""
    chosen = names or (BASIC if resource == "student" else ())
    return fetch_of(CATALOGUE, resource, *chosen, **more)


def cursor(place, surname="Zed", forename=None, collection="students"):
    """Return the cursor that the server makes."""
    values = {f"mis_{collection}.id": place, f"mis_{collection}.surname": surname}
    if forename is not None:
        values[f"mis_{collection}.forename"] = forename
    packed = base64.urlsafe_b64encode(json.dumps(values).encode())
    return packed.decode().rstrip("=")


def page(turn="true", more="", size=2, place="students"):
    """Return how a page is asked for by cursor."""
    return f"{PLACE}/{place}?cursor={turn}&per_page={size}{more}"


PAGES = [page(), page(cursor(2, forename="Ada 2")), page(cursor(4, forename="Ada 4"))]


# ---- What is asked -------------------------------------------------------------------


@pytest.mark.parametrize("way", WAYS)
def test_a_resource_is_read_page_by_page(server, way):
    """By the cursor of each page to the one after it, without any part."""
    found, error = fetched(way, interface(server), wanted())

    parts = ("education_details", "contact_details", "medical_notes")
    bare = [{n: v for n, v in one.items() if n not in parts} for one in PUPILS]
    assert (found, error) == (bare, None)
    assert lines(server) == PAGES


def test_the_token_is_shown_with_every_request(server):
    """As a bearer's."""
    fetched("sync", interface(server), wanted())

    shown = {entry["headers"]["Authorization"] for entry in server.log()}
    assert shown == {f"Bearer {TOKEN}"}


def test_a_token_may_be_asked_for_before_every_request(server):
    """What gives one is asked each time."""
    given = iter([TOKEN, "other"])

    found, error = fetched("sync", interface(server, lambda: next(given)), wanted())

    assert (len(found), error.page) == (2, 2)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("resource", "asked"),
    [
        ("student", page()),
        ("employee", page(place="employees")),
        ("subject", page(place="subjects")),
        ("lesson", f"{PLACE}/lessons?per_page=2"),
        ("student_deletion", f"{PLACE}/deletions?per_page=2&type=student"),
        ("employee_deletion", f"{PLACE}/deletions?per_page=2&type=employee"),
        ("subject_deletion", f"{PLACE}/deletions?per_page=2&type=subject"),
        ("lesson_deletion", f"{PLACE}/deletions?per_page=2&type=lesson"),
    ],
)
def test_every_resource_has_a_place(server, way, resource, asked):
    """By cursor where the description has one, and deletions by their kind."""
    kind = resource.removesuffix("_deletion")
    row = {"id": "X1", "type": kind}
    served = "deletions" if kind != resource else COLLECTIONS[resource].name
    server.serve({"school": [HOME], served: [row, {"id": "X2", "type": "other"}][:1]})

    found = fetched(way, interface(server), wanted(resource, "id"))

    assert (found, lines(server)) == (([row], None), [asked])


def test_contact_persons_are_read_nowhere(server):
    """What Wonde lists as contacts are parents and carers, and no contact persons."""
    server.serve({**RECORDS, "contacts": [{"id": "C1", "first_name": CANARY}]})

    found = fetched("sync", interface(server), wanted("contact"))

    assert (found, server.log()) == (([], None), [])


def test_the_catalogue_has_nothing_else_that_has_no_place():
    """Each of its other resources is read somewhere."""
    assert {*COLLECTIONS, "school", "contact"} == set(CATALOGUE.resources)


@pytest.mark.parametrize("way", WAYS)
def test_a_resource_that_wonde_has_not_is_empty(server, way):
    """No one is asked about it."""
    pet = Resource("pet", "Pet", "id", [Field("pet.id")])
    given = interface(server)

    found = fetched(way, given, Fetch(pet, ["pet.id"], SCHOOL))

    assert (found, given.capabilities(pet), server.log()) == (([], None), NONE, [])


@pytest.mark.parametrize(
    ("names", "included"),
    [
        (["id", "surname"], []),
        (["updated_at.date"], []),
        (["contact_details.data.emails.email"], ["contact_details"]),
        (
            ["education_details.data.local_upn", "contact_details.data.emails.home"],
            ["education_details", "contact_details"],
        ),
        (
            ["contacts.data[].contact_details.data.emails.email", "contacts.data[].id"],
            ["contacts", "contacts.contact_details"],
        ),
    ],
)
def test_a_part_is_included_only_where_it_holds_something_wanted(names, included):
    """And with it whatever part it is in."""
    assert list(parts(f"student.{name}" for name in names)) == included


@pytest.mark.parametrize("way", WAYS)
def test_every_field_of_the_catalogue_can_come(server, way):
    """The server, which gives parts only where they are included, gives all of them."""
    for resource in ("student", "employee", "subject", "lesson"):
        record = {}
        for leaf in CATALOGUE.resource(resource).fields:
            *above, last = leaf.steps
            here = record
            for step in above:
                here = here.setdefault(step.name, {})
            here[last.name] = "x"
        server.serve({"school": [HOME], resource: [record]})

        found = fetched(way, interface(server), fetch_of(CATALOGUE, resource))

        assert found == ([record], None)


def test_parts_are_asked_for_with_every_page(server):
    """After the page, by the names that Wonde has for them."""
    fetched("sync", interface(server), fetch_of(CATALOGUE, "student"))

    include = "&include=contact_details,education_details"
    assert [line.partition("&per_page=2")[2] for line in lines(server)] == [include] * 3


def test_a_limit_is_a_hint_for_the_size_of_a_page(server):
    """A page is no larger than what will be taken, and never empty."""
    for limit in (0, 1, 2, 3):
        fetched("sync", interface(server), wanted(limit=limit))

    first = [line for line in lines(server) if "cursor=true" in line]
    assert first == [page(size=size) for size in (1, 1, 2, 2)]


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"page_size": 0}, "a page has at least 1 record, not 0"),
        ({"token": "a b"}, "a token has no spaces or line ends; check where it is"),
        ({"school_id": ""}, "a school's id is letters and digits, such as"),
        ({"school_id": ".."}, "a school's id is letters and digits, such as"),
        ({"school_id": "A1/students"}, "a school's id is letters and digits, such as"),
        ({"school_id": "A1\n"}, "a school's id is letters and digits, such as"),
        ({"school_id": "Ä1"}, "a school's id is letters and digits, such as"),
    ],
)
def test_a_mistake_is_told_at_once(given, problem):
    """Before anything is asked, and nowhere else."""
    with pytest.raises(ValueError, match=problem):
        Wonde(**({"token": "t", "school_id": "A1"} | given))


def test_the_address_is_wondes_unless_told(server):
    """The one of the region that most schools are in."""
    call = next(Wonde("t", "A1").steps(Asking(wanted("school"))))

    assert call.url == "https://api.wonde.com/v1.0/schools/A1"


def test_the_token_is_not_shown():
    """Neither the interface nor a request prints it."""
    given = interface(Nobody, CANARY)

    call = next(given.steps(Asking(wanted())))

    assert CANARY not in f"{given!r} {vars(given)!r} {call!r}"


def test_an_interface_says_whose_id_it_has_where_that_is_known():
    """Otherwise the gate finds out."""
    known = interface(Nobody, school=SCHOOL).school, interface(Nobody).school

    assert known == (SCHOOL, None)


def test_wonde_decides_no_condition():
    """Nor does it sort, count or search; the gate does what can be done."""
    able = interface(Nobody).capabilities(STUDENT)

    assert (able.projects, able.page_size, dict(able.conditions)) == (False, 2, {})
    assert (able.orders, able.totals, able.searches) == (frozenset(), False, None)


# ---- The school ----------------------------------------------------------------------


@pytest.mark.parametrize("way", WAYS)
def test_the_school_has_its_number_in_either_place(server, way):
    """Where it is null at the top it is that of the region."""
    [found], error = fetched(way, interface(server), wanted("school"))

    assert (found, error) == ({**HOME, "urn": int(SCHOOL)}, None)
    assert lines(server) == [PLACE]


@pytest.mark.parametrize(
    ("home", "urn"),
    [
        (HOME | {"urn": 7}, 7),
        ({"id": "A1", "urn": 7}, 7),
        ({"id": "A1", "urn": None}, None),
        ({"id": "A1", "region": None}, None),
        ({"id": "A1", "region": {"identifiers": [7]}}, None),
        ({"id": "A1", "region": {"identifiers": {"urn": None}}}, None),
        ({"id": "A1", "region": {"identifiers": {"urn": [7]}}}, None),
        ({"id": "A1", "region": {"identifiers": {"urn": 7}}}, 7),
        (HOME | {"urn": {"x": 1}}, {"x": 1}),
    ],
)
def test_a_number_that_is_there_is_not_replaced(server, home, urn):
    """Nor is one made of what is not a number."""
    server.serve({"school": [home]})

    [found], _ = fetched("sync", interface(server), wanted("school"))

    assert found.get("urn") == urn


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("fault", "problem"),
    [
        ("array_for_object", "there is no record at `data`; check its version"),
        ("html", "the answer is not JSON that can be read; tell the MIS's operator"),
    ],
)
def test_a_school_without_a_record_is_a_fault(server, way, fault, problem):
    """As of a page, of which there is none."""
    server.fault(fault)

    found, error = fetched(way, interface(server), wanted("school"))

    assert (found, str(error)) == ([], f"school: {problem}")


@pytest.mark.parametrize("body", [b'{"data":[]}', b'{"data":null}', b"{}", b"7"])
def test_what_is_no_record_of_a_school_is_a_fault(body):
    """Whatever stands where it should."""
    steps = interface(Nobody).steps(Asking(wanted("school")))
    next(steps)

    with pytest.raises(SourceError, match="there is no record at `data`"):
        steps.send(Answer(200, body=body))


# ---- Pages ---------------------------------------------------------------------------

URL = "https://api.wonde.com/v1.0/schools/A1/students"


def reading(turn=(("cursor", "true"),), url=URL, page=1):
    """Return a list of which that many pages were asked for, of two at most."""
    asking = Asking(wanted(), page=page)
    return PageCursor(asking, url, lambda _: (), 2, next_turn, turn)


def paged(**pagination):
    """Return a page that says so of the next one."""
    return {"data": [], "meta": {"pagination": pagination}}


def answered(page):
    """Return an answer that holds a page."""
    return Answer(200, body=json.dumps(page).encode())


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("count", [0, 1, 2, 3, 4])
@pytest.mark.parametrize("resource", ["student", "lesson"])
def test_all_records_come(server, way, count, resource):
    """By cursor or by number, and however the last page is filled."""
    server.serve({"school": [HOME], resource: PUPILS[:count]})

    found, error = fetched(way, interface(server), wanted(resource, "id"))

    assert ([one["id"] for one in found], error) == (
        [f"S{n}" for n in range(1, count + 1)],
        None,
    )


def test_pages_without_a_cursor_follow_by_number(server):
    """Each is the one after the page before."""
    server.serve({"school": [HOME], "lesson": PUPILS})

    fetched("sync", interface(server), wanted("lesson", "id"))

    start = f"{PLACE}/lessons?"
    assert lines(server) == [
        f"{start}per_page=2",
        f"{start}page=2&per_page=2",
        f"{start}page=3&per_page=2",
    ]


@pytest.mark.parametrize(
    ("link", "turn"),
    [
        (f"{URL}?cursor=abc&per_page=2", ("cursor", "abc")),
        (f"{URL}/?cursor=abc", ("cursor", "abc")),
        (f"{URL}?include=contacts&cursor=abc&per_page=50", ("cursor", "abc")),
        (f"{URL}?cursor=a%2Bb%0A", ("cursor", "a+b\n")),
        (URL.replace("wonde.com", "wonde.com:443") + "?cursor=abc", ("cursor", "abc")),
        (URL.replace("api", "API") + "?cursor=abc", ("cursor", "abc")),
        (f"{URL}?page=2", ("page", "2")),
        (f"{URL}?page=2#x", ("page", "2")),
    ],
)
def test_of_a_link_only_the_cursor_is_taken(link, turn):
    """Or the number of the page; whatever else it would ask for is left."""
    here = reading()

    here.take(answered(paged(next=link, more=True)), 2)

    assert (here.turn, here.is_over) == ((turn,), False)


@pytest.mark.parametrize(
    "link",
    [
        "https://other.example/v1.0/schools/A1/students?cursor=abc",
        "https://api.wonde.com.other.example/v1.0/schools/A1/students?cursor=abc",
        "https://api.wonde.com@other.example/v1.0/schools/A1/students?cursor=abc",
        "https://user@api.wonde.com/v1.0/schools/A1/students?cursor=abc",
        "https://:x@api.wonde.com/v1.0/schools/A1/students?cursor=abc",
        "http://api.wonde.com/v1.0/schools/A1/students?cursor=abc",
        "https://api.wonde.com:8443/v1.0/schools/A1/students?cursor=abc",
        "https://api.wonde.com:x/v1.0/schools/A1/students?cursor=abc",
        "https://[api.wonde.com/v1.0/schools/A1/students?cursor=abc",
        "https://api.wonde.com/v1.0/schools/A2/students?cursor=abc",
        "https://api.wonde.com/v1.0/schools/A1/employees?cursor=abc",
        "https://api.wonde.com/v1.0/schools/A1/x/../students?cursor=abc",
        "//api.wonde.com/v1.0/schools/A1/students?cursor=abc",
        "/v1.0/schools/A1/students?cursor=abc",
        "?cursor=abc",
        "",
        7,
        {"href": "x"},
        True,
    ],
)
def test_a_link_that_leads_elsewhere_is_a_fault(link):
    """To another host, port, school or collection, or with other credentials."""
    with pytest.raises(SourceError) as caught:
        reading().take(answered(paged(next=link, more=True)), 2)

    assert str(caught.value) == (
        "student, page 1: the link to the next page leads elsewhere; check the address"
    )


@pytest.mark.parametrize(
    "query",
    [
        "",
        "per_page=2",
        "cursor=",
        "cursor=a&cursor=b",
        "cursor=a&page=2",
        "cursor=true",
        "page=1",
        "page=3",
        "page=02",
        "page=two",
        f"cursor={'a' * 8_193}",
    ],
)
def test_a_link_that_does_not_lead_on_is_a_fault(query):
    """To the same page, to one further on, or to none in particular."""
    with pytest.raises(SourceError, match="does not lead on; check its version"):
        reading().take(answered(paged(next=f"{URL}?{query}", more=True)), 2)


@pytest.mark.parametrize(
    ("page", "count"),
    [
        ({"data": []}, 0),
        ({"data": [], "meta": {}}, 1),
        ({"data": [], "meta": {"pagination": None}}, 1),
        ([], 1),
        (paged(next=None, more=False), 2),
        (paged(next=None), 2),
        (paged(), 3),
    ],
)
def test_a_page_without_a_link_is_the_last(page, count):
    """Where it says that there is no more, or is not full."""
    here = reading()

    here.take(answered(page), count)

    assert here.is_over


@pytest.mark.parametrize(
    ("page", "count"),
    [
        ({"data": []}, 2),
        ({"data": [], "meta": []}, 3),
        ({"data": [], "meta": {"pagination": None}}, 2),
        (paged(next=None, more=True), 1),
    ],
)
def test_a_page_that_does_not_say_what_is_next_is_a_fault(page, count):
    """Rather than that the reading ends too early."""
    with pytest.raises(SourceError, match="does not say where the next page is"):
        reading().take(answered(page), count)


@pytest.mark.parametrize("way", WAYS)
def test_a_server_that_leads_elsewhere_is_not_followed(server, way):
    """Neither it nor anybody else is asked again, and the token stays here."""
    server.fault("foreign_next", location=f"http://other.example{PLACE}/students")

    found, error = fetched(way, interface(server), wanted())

    assert (found, str(error)) == (
        [],
        "student, page 1: the link to the next page leads elsewhere; check the address",
    )
    assert lines(server) == [page()]


# ---- Changes -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (SINCE, "2026-01-01 11:59:59"),
        (SINCE + timedelta(microseconds=999_999), "2026-01-01 11:59:59"),
        (
            datetime(2026, 1, 1, 14, tzinfo=timezone(timedelta(hours=2))),
            "2026-01-01 11:59:59",
        ),
    ],
)
def test_changes_are_asked_for_a_second_early(server, at, text):
    """In UTC; Wonde keeps no fractions, and nothing that changed may be missed."""
    fetched("sync", interface(server), wanted(changed_since=at))

    assert lines(server) == [page(more=f"&updated_after={text}")]


@pytest.mark.parametrize("way", WAYS)
def test_only_what_has_changed_comes(server, way):
    """With every page, by when Wonde changed a record."""
    new = {"updated_at": moment("2026-01-01 12:00:00")}
    server.serve({**RECORDS, "student": [pupil(1), *(pupil(n, **new) for n in "234")]})

    found, error = fetched(way, interface(server), wanted(changed_since=SINCE))

    assert ([one["id"] for one in found], error) == (["S2", "S3", "S4"], None)
    assert all("&updated_after=2026-01-01 11:59:59" in line for line in lines(server))


@pytest.mark.parametrize("resource", CATALOGUE.resources)
def test_a_change_is_told_by_the_moments_that_say_when(resource):
    """They must be permitted before changes can be asked for."""
    home = CATALOGUE.resource(resource)

    changes = interface(Nobody).capabilities(home).changes

    parts = ("date", "timezone_type", "timezone")
    moments = ("updated_at",)
    if resource.endswith("_deletion"):
        moments = ("deleted_at", "restored_at")
    told = {f"{resource}.{at}.{part}" for at in moments for part in parts}
    assert changes == (None if resource in {"school", "contact"} else told)


def test_a_catalogue_without_those_moments_cannot_tell_changes():
    """One of them is not enough, since changes of the others would show as well."""
    kept = [leaf for leaf in STUDENT.fields if leaf.local != "updated_at.timezone"]
    small = Resource("student", "Student", "id", kept)

    assert interface(Nobody).capabilities(small).changes is None


# ---- Errors --------------------------------------------------------------------------

LARGE = "the answer is larger than 8,388,608 bytes; ask for smaller pages"
UNREADABLE = "the answer is not JSON that can be read; tell the MIS's operator"
UNKNOWN = "Wonde does not know the token (401 invalid_token); check it"
CLOSED = (
    "the school has not approved a permission that this needs (403"
    " invalid_permissions); ask it to, in Wonde"
)
BROKEN = {
    "cut": "the connection to the MIS broke off; try again later",
    "reset": "the connection to the MIS broke off; try again later",
    "malformed": UNREADABLE,
    "html": UNREADABLE,
    "truncated": UNREADABLE,
    "utf16": UNREADABLE,
    "bad_utf8": UNREADABLE,
    "deep": UNREADABLE,
    "nan": UNREADABLE,
    "huge_number": UNREADABLE,
    "duplicate_keys": "the answer has an object with one key twice; tell the MIS's operator",
    "array_for_object": "there is no list of records at `data`; check its version",
    "long_string": LARGE,
    "gzip_bomb": LARGE,
    "bad_gzip": "the answer is cut short; try again later",
    "redirect": "the MIS answers from elsewhere (302); correct the address",
    "same_page": "the page is the same as an earlier one; the MIS does not end",
    "foreign_next": "the link to the next page leads elsewhere; check the address",
    "status:400": "the MIS does not understand what was asked (400); check its version",
    "status:401": UNKNOWN,
    "status:403": CLOSED,
    "status:404": "Wonde has no such school for the app (404); check the school's id,"
    " and that it has approved the app",
    "status:422": "Wonde does not know something that was asked for (422); check its"
    " version",
    "status:429": "the MIS asks to wait longer (429); try again later",
    "status:500": "the MIS answered with status 500; try again later",
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", BROKEN)
def test_what_is_wrong_is_told_by_resource_and_page(server, way, kind):
    """The first page stays delivered, and nothing of the second is shown."""
    server.fault(kind, at=2, canary=CANARY)

    found, error = fetched(way, interface(server), wanted())

    assert ([one["id"] for one in found], str(error)) == (
        ["S1", "S2"],
        f"student, page 2: {BROKEN[kind]}",
    )
    assert CANARY not in chain(error)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("options", "problem"),
    [({"token": "other"}, UNKNOWN), ({"permissions": ["employees.read"]}, CLOSED)],
)
def test_a_token_and_a_permission_are_told_apart(server, way, options, problem):
    """One is the app's to fix, the other the school's."""
    server.options(**options)

    _, error = fetched(way, interface(server), wanted())

    assert str(error) == f"student, page 1: {problem}"


@pytest.mark.parametrize("status", [401, 403, 418])
@pytest.mark.parametrize("body", [b"", b"Ada", b'{"error":"Ada"}', b'{"error":[1]}'])
def test_a_refusal_without_a_known_code_has_its_usual_meaning(status, body):
    """Nothing of it is shown, whatever it is."""
    assert explain(Answer(status, body=body)) is None


def test_a_code_means_what_it_does_with_its_status_alone():
    """One that stands elsewhere explains nothing."""
    body = b'{"error":"invalid_permissions"}'

    assert [explain(Answer(status, body=body)) for status in (401, 403)] == [
        None,
        CLOSED,
    ]


@pytest.mark.parametrize("way", WAYS)
def test_pages_without_end_have_one(server, way):
    """A server whose pages grow is left at the most pages."""
    server.fault("endless")

    found, error = fetched(way, interface(server), wanted(), Limits(pages=4))

    assert (len(found), error.page) == (8, 5)


@pytest.mark.parametrize("way", WAYS)
def test_what_passes_is_borne(server, way):
    """A busy server is asked again, after as long as it says, for the same page."""
    server.faults(
        [
            {"kind": "status:429", "at": 2, "retry_after": 0},
            {"kind": "status:503", "at": 3, "retry_after": 0},
        ]
    )

    found, error = fetched(way, interface(server), wanted(), Limits())

    assert ([one["id"] for one in found], error) == ([f"S{n}" for n in "12345"], None)
    assert lines(server) == [PAGES[0], PAGES[1], PAGES[1], PAGES[1], PAGES[2]]


# ---- Through the gate ----------------------------------------------------------------


@pytest.fixture
def line():
    """A client that blocks."""
    with client() as line:
        yield line


@pytest.fixture
def adapter(server, line):
    """An adapter that blocks."""
    return HTTPAdapter(interface(server), line)


def test_a_school_is_verified_by_its_public_record(server, adapter):
    """Until the school decides only that is asked for, by a token that can do more."""
    Story(CATALOGUE, adapter, "students.read")

    assert lines(server) == [PLACE]


@pytest.mark.parametrize(
    ("home", "error"),
    [
        (HOME | {"urn": 100002}, WrongSchoolError),
        ({"id": "A1", "name": "Example School"}, UnverifiedSchoolError),
    ],
)
def test_an_id_of_another_school_connects_nothing(server, adapter, home, error):
    """The record must name the school, and nothing else is asked for."""
    server.serve({"school": [home]})

    with pytest.raises(error):
        Story(CATALOGUE, adapter, "students.read")

    assert lines(server) == [PLACE]


def test_only_authorised_fields_are_released(server, adapter):
    """Though Wonde gives all that its token is good for."""
    story = Story(CATALOGUE, adapter, "students.read")

    with story.open() as access:
        assert list(access.read(adapter, Query("student"))) == RELEASED

    assert lines(server)[-3:] == PAGES


def test_parts_are_included_as_far_as_they_are_authorised(server, adapter):
    """What is ticked comes, from the part it is in and no other."""
    story = Story(
        CATALOGUE, adapter, "students.read", "students.education_details.read"
    )

    with story.open() as access:
        found = list(access.read(adapter, Query("student", limit=1)))

    year = {"education_details": {"data": {"current_nc_year": "9"}}}
    assert found == [RELEASED[0] | year]
    assert lines(server)[-1] == page(size=1, more="&include=education_details")


def test_reading_without_blocking_gives_the_same(server, adapter):
    """The same records by the same requests, and the same count."""
    story = Story(CATALOGUE, adapter, "students.read")

    async def read():
        async with async_client() as line:
            other = AsyncHTTPAdapter(adapter.interface, line)
            access = story.open()
            found = [r async for r in access.read_async(other, Query("student"))]
            return found, await access.count_async(other, Query("student"))

    assert asyncio.run(read()) == (RELEASED, 5)
    assert lines(server)[-6:] == PAGES * 2


def test_conditions_are_the_gates(server, adapter):
    """None is sent, and the records are chosen here."""
    story = Story(CATALOGUE, adapter, "students.read")
    where = [Condition("student.forename", "in", ["Ada 2", "Ada 9"])]

    with story.open() as access:
        assert list(access.read(adapter, Query("student", where))) == [RELEASED[1]]

    assert lines(server)[-3:] == PAGES


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        (
            Query("student", [Condition("student.gender", "=", CANARY)]),
            QueryRefusedError,
        ),
        (Query("student", changed_since=SINCE), QueryRefusedError),
        (Query("student", search=CANARY), UnsupportedQueryError),
        (Query("student_deletion"), AccessDeniedError),
        (Query("employee"), AccessDeniedError),
    ],
)
def test_what_is_withheld_is_not_asked_about(server, adapter, asked, error):
    """Neither as a condition, nor by when it changed, nor by what is gone."""
    access = Story(CATALOGUE, adapter, "students.read").open()
    before = len(server.log())

    with pytest.raises(error):
        access.read(adapter, asked)

    assert len(server.log()) == before


def test_changes_flow_where_their_moments_may(server, adapter):
    """What Wonde says has changed since, and when."""
    new = {"updated_at": moment("2026-01-01 12:00:00")}
    server.serve({**RECORDS, "student": [pupil(1), pupil(2, **new)]})
    story = Story(CATALOGUE, adapter, "students.read", "students.timestamps.read")

    with story.open() as access:
        found = list(access.read(adapter, Query("student", changed_since=SINCE)))

    assert found == [RELEASED[1] | new]


def test_after_a_revocation_no_further_page_is_asked_for(server, adapter):
    """What was delivered stays so; what follows is neither asked for nor given."""
    story = Story(CATALOGUE, adapter, "students.read")
    records = story.open().read(adapter, Query("student"))
    found = [next(records)]
    before = lines(server)

    story.revoke()

    with pytest.raises(AccessDeniedError):
        next(records)
    assert (found, lines(server)) == (RELEASED[:1], before)


@pytest.mark.parametrize("way", ["page", "again"])
def test_what_is_taken_back_midway_is_not_asked_for_again(server, adapter, line, way):
    """From the next page on, or the next try, its part is left out of the request."""
    year, emails = "students.education_details.read", "students.contact_details.read"
    story = Story(CATALOGUE, adapter, "students.read", year, emails)
    access = story.open()
    list(access.read(adapter, Query("school")))
    if way == "again":
        server.fault("status:503", at=1, retry_after=0)
    narrowed = iter([lambda: story.amend(optional=[year])])
    line.event_hooks = {"response": [lambda _: next(narrowed, lambda: None)()]}

    found = list(access.read(adapter, Query("student")))

    both = "&include=contact_details,education_details"
    one = "&include=education_details"
    start = [page(more=both), page(more=one)] if way == "again" else [page(more=both)]
    asked = [asked for asked in lines(server) if "students" in asked]
    assert asked == [*start, PAGES[1] + one, PAGES[2] + one]
    shown = {"education_details": {"data": {"current_nc_year": "9"}}}
    assert found == [one | shown for one in RELEASED]


# ---- Deletions -----------------------------------------------------------------------


def deletion(kind, number, **more):
    """Return a deletion as Wonde reports it."""
    return {
        "type": kind,
        "id": f"{kind[0].upper()}{number}",
        "mis_id": number,
        "deleted_at": moment("2026-01-02 09:00:00"),
        "restored_at": None,
        **more,
    }


GONE = [
    deletion("student", 1),
    deletion("employee", 2),
    deletion("contact", 3, note=CANARY),
    deletion("student", 4, restored_at=moment("2026-01-03 09:00:00")),
    deletion("student", 5, type=None),
    deletion("student", 6, type="Student"),
    {"id": "S7"},
]


@pytest.mark.parametrize("kind", ["student", "employee", "subject", "lesson"])
def test_deletions_are_released_by_kind(server, adapter, kind):
    """Each with the scope for it: everything about one kind, and about no other."""
    own = [deletion(kind, 8), deletion(kind, 9, restored_at=moment("2026-01-03 09:00"))]
    others = [one for one in GONE if one.get("type") != kind]
    server.serve({**RECORDS, "deletions": [*others, *own]})
    story = Story(CATALOGUE, adapter, f"{kind}s.deletions.read")

    with story.open() as access:
        found = list(access.read(adapter, Query(f"{kind}_deletion")))
        other = "employee" if kind == "student" else "student"
        with pytest.raises(AccessDeniedError):
            access.read(adapter, Query(f"{other}_deletion"))

    assert found == own
    assert [line for line in lines(server) if "deletions" in line] == [
        f"{PLACE}/deletions?per_page=2&type={kind}"
    ]


class Unkind(Wonde):
    """An interface to a server that reports every kind, whichever is asked for."""

    def _call(self, url, params):
        return super()._call(url, [pair for pair in params if pair[0] != "type"])


def test_a_deletion_of_another_kind_is_withheld(server, line):
    """Even where the server gives it, or a kind that no one knows."""
    server.serve({**RECORDS, "deletions": GONE})
    given = Unkind(TOKEN, "A1", url=f"{server.url}/v1.0", page_size=2)
    story = Story(CATALOGUE, HTTPAdapter(given, line), "students.deletions.read")

    with story.open() as access:
        found = list(access.read(story.mis, Query("student_deletion")))

    assert found == [GONE[0], GONE[3]]
    assert len([line for line in lines(server) if "deletions" in line]) == 4


@pytest.mark.parametrize(
    ("subjects", "found"),
    [
        (Subjects.everyone_except(student=["S1"]), ["S4"]),
        (Subjects.only(student=["S1"]), ["S1"]),
        (Subjects.everyone_except(employee=["E2"]), ["S1", "S4"]),
        (Subjects.only(employee=["E2"]), []),
    ],
)
def test_a_deletion_is_about_the_person_who_was_deleted(
    server, adapter, subjects, found
):
    """A person whom a grant leaves out is not revealed by a deletion, either."""
    server.serve({**RECORDS, "deletions": GONE})
    story = Story(CATALOGUE, adapter, "students.deletions.read", subjects=subjects)

    with story.open() as access:
        released = list(access.read(adapter, Query("student_deletion")))

    assert [one["id"] for one in released] == found


def test_what_is_gone_since_can_be_asked_for(server, adapter):
    """By the moments at which it went or came back."""
    old = deletion("student", 1, deleted_at=moment("2025-12-31 09:00:00"))
    server.serve({**RECORDS, "deletions": [old, *GONE[1:4]]})
    story = Story(CATALOGUE, adapter, "students.deletions.read")

    with story.open() as access:
        asked = Query("student_deletion", changed_since=SINCE)
        found = list(access.read(adapter, asked))

    assert found == [GONE[3]]


@pytest.mark.parametrize("way", WAYS)
def test_a_cursor_is_in_no_log(server, way, caplog):
    """It holds values of a record, and httpx logs every address it asks for."""
    caplog.set_level(logging.DEBUG)

    fetched(way, interface(server), wanted())

    told = [r.getMessage() for r in caplog.records if r.name == "httpx"]
    assert [line.split()[3] for line in told] == [f"{server.url}{PLACE}/students"] * 3


def test_what_others_ask_is_logged_as_ever(server, line, caplog):
    """Only our own addresses lose their queries, and only while we ask."""
    caplog.set_level(logging.INFO, "httpx")
    records = HTTPAdapter(interface(server), line).fetch(wanted())
    next(records)
    line.get(f"{server.url}/v1.0/schools?cursor=true")
    records.close()

    assert [r.getMessage().split()[3] for r in caplog.records] == [
        f"{server.url}{PLACE}/students",
        f"{server.url}/v1.0/schools?cursor=true",
    ]


def test_what_goes_on_is_not_written_down(server, adapter, caplog):
    """Our log holds no value of a record, nor the token, nor a cursor."""
    caplog.set_level(logging.DEBUG, "scopegate")
    story = Story(CATALOGUE, adapter, "students.read")

    with story.open() as access:
        list(access.read(adapter, Query("student")))

    ours = [r.getMessage() for r in caplog.records if r.name.startswith("scopegate")]
    secrets = (CANARY, TOKEN, "Ada", cursor(2, forename="Ada 2"))
    assert not any(secret in " ".join(ours) for secret in secrets)
