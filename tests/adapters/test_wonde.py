"""Wonde's API, read by its adapter: what it is asked, and what comes of it.

The server is in another process, and keeps a log of all that it was asked.
"""

import json
from datetime import datetime, timedelta, timezone

import pytest

from scopegate.adapters._http.page_cursor import PageCursor
from scopegate.adapters._wonde.interface import COLLECTIONS, parts
from scopegate.adapters._wonde.pages import next_turn
from scopegate.adapters.base import NONE, Fetch
from scopegate.adapters.steps import Answer, Asking
from scopegate.adapters.wonde import Wonde
from scopegate.catalogue.field import Field
from scopegate.catalogue.resource import Resource
from scopegate.errors import (
    SourceError,
)

from ..servers.fixtures import serving
from .driving import WAYS, fetched
from .rest_story import CANARY, SCHOOL, Nobody, fetch_of, lines
from .wonde_story import (
    CATALOGUE,
    HOME,
    PAGES,
    PLACE,
    PUPILS,
    RECORDS,
    SINCE,
    STUDENT,
    TOKEN,
    interface,
    moment,
    page,
    pupil,
    wanted,
)

running_server, server = serving("wonde", RECORDS)

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
