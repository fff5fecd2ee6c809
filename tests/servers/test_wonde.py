"""The Wonde server does as the published description says."""

import base64
import json
from urllib.parse import parse_qs, urlsplit

import pytest

from .asking import ask
from .fixtures import serving

S1 = "/v1.0/schools/S1"
SCHOOLS = [{"id": "S1", "name": "One"}, {"id": "S2", "name": "Two"}]
STUDENT = {
    "id": "A1",
    "surname": "Zed",
    "education_details": {"data": {"current_nc_year": "9"}},
    "contact_details": {"data": {"emails": {"email": "ada@example.org"}}},
    "contacts": {
        "data": [{"id": "C1", "contact_details": {"data": {"emails": {}}}}],
    },
    "year": {"data": None},
}


def moment(day):
    """Return a date as Wonde gives it."""
    return {"date": f"{day} 00:00:00.000000", "timezone_type": 3, "timezone": "UTC"}


running_server, server = serving("wonde", {"schools": SCHOOLS, "students": [STUDENT]})


def get(server, path):
    """Ask for a path."""
    return ask(server.url + path, authorization="Bearer app-token")


def serve_many(server, number):
    """Serve that many students."""
    rows = [{"id": f"A{n}", "surname": f"Zed {n}"} for n in range(number)]
    server.serve({"schools": SCHOOLS, "students": rows})
    return rows


# ---- Who may ask ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "authorization", ["Bearer app-token", "Basic YXBwLXRva2VuOg=="]
)
def test_a_token_comes_as_bearer_or_as_basic(server, authorization):
    """As a bearer's, or as the name before an empty password."""
    assert ask(server.url + S1, authorization=authorization).status == 200


@pytest.mark.parametrize("authorization", ["Bearer wrong", "Basic eDo=", "app-token"])
def test_another_token_is_401(server, authorization):
    """Whatever it is asked for."""
    told = ask(server.url + S1, authorization=authorization)

    assert (told.status, told.json["error"]) == (401, "invalid_token")


def test_what_there_is_no_permission_for_is_403(server):
    """Without its permission an endpoint is closed, and the others are not."""
    server.options(permissions=["students.read"])

    told = get(server, f"{S1}/employees")

    assert (told.status, told.json["error"]) == (403, "invalid_permissions")
    assert get(server, f"{S1}/students").status == 200


# ---- Schools -------------------------------------------------------------------------


def test_the_schools_are_listed(server):
    """All that have approved the app."""
    assert get(server, "/v1.0/schools").json == {"data": SCHOOLS}


def test_a_school_can_be_asked_for(server):
    """By its id."""
    assert get(server, S1).json == {"data": SCHOOLS[0]}


def test_a_school_has_records_of_its_own(server):
    """Records can be served for one school."""
    server.serve({"school": SCHOOLS, "S2/students": [{"id": "B1"}]})

    told = [get(server, f"/v1.0/schools/{s}/students").json for s in ("S1", "S2")]

    assert told == [{"data": []}, {"data": [{"id": "B1"}]}]


def test_permissions_and_access_can_be_asked_for(server):
    """What the app was permitted, and whom it may see."""
    permissions, access = [{"identity": "students"}], {"mode": "allow", "ids": []}
    server.serve({"schools": SCHOOLS, "permissions": permissions, "acl": [access]})

    meta = "/v1.0/meta/schools/S1"
    assert get(server, f"{meta}/permissions").json == {"data": permissions}
    assert get(server, f"{meta}/acl").json == {"data": access}


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/v2.0/schools",
        "/v1.0/nonsense",
        "/v1.0/schools/none",
        "/v1.0/schools/none/students",
        "/v1.0/schools/S1/nonsense",
        "/v1.0/schools/S1/students/none",
        "/v1.0/meta/schools/none/acl",
    ],
)
def test_what_is_not_there_is_404(server, path):
    """An unknown school, collection or record."""
    told = get(server, path)

    assert (told.status, told.json["error"]) == (404, "not_found")


def test_only_get_reads(server):
    """Another method finds nothing."""
    told = ask(f"{server.url}{S1}", "DELETE", authorization="Bearer app-token")

    assert told.status == 404


# ---- Parts ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("include", "parts"),
    [
        ("", set()),
        ("education_details", {"education_details"}),
        ("education_details,contact_details", {"education_details", "contact_details"}),
        ("year", {"year"}),
    ],
)
def test_parts_come_only_when_included(server, include, parts):
    """Each under its name and `data`; of those asked for the page tells."""
    told = get(server, f"{S1}/students?include={include}").json

    names = {"id", "surname"} | parts
    assert told["data"] == [{n: v for n, v in STUDENT.items() if n in names}]
    assert told.get("meta", {}).get("includes", []) == [
        p for p in include.split(",") if p
    ]


def test_parts_of_parts_come_only_when_included(server):
    """A contact comes without details, unless those are asked for too."""
    bare, full = (
        get(server, f"{S1}/students?include=contacts{more}").json["data"][0]["contacts"]
        for more in ("", ",contacts.contact_details")
    )

    assert bare == {"data": [{"id": "C1"}]}
    assert full == STUDENT["contacts"]


def test_a_single_record_has_the_same_parts(server):
    """One student, with a slash at the end or none."""
    path = f"{S1}/students/A1"

    told = get(server, f"{path}?include=education_details").json

    assert set(told["data"]) == {"id", "surname", "education_details"}
    assert get(server, f"{path}/").json["data"] == {"id": "A1", "surname": "Zed"}


@pytest.mark.parametrize(
    "include", ["nonsense", "education_details,nonsense", "contact_details.emails"]
)
@pytest.mark.parametrize("path", ["/students", "/students/A1"])
def test_an_unknown_part_is_422(server, include, path):
    """One unknown name refuses the whole request."""
    told = get(server, f"{S1}{path}?include={include}")

    assert (told.status, told.json["error"]) == (422, "invalid_input")


@pytest.mark.parametrize(
    ("include", "room"), [("", "R1"), ("?include=room", {"data": {"id": "R1"}})]
)
def test_a_lesson_names_its_room(server, include, room):
    """By its id, or on its own if it is included."""
    lesson = {"id": "L1", "room": {"data": {"id": "R1"}}}
    server.serve({"schools": SCHOOLS, "lessons": [lesson]})

    assert get(server, f"{S1}/lessons{include}").json["data"][0]["room"] == room


# ---- Pages ---------------------------------------------------------------------------


def test_a_short_list_says_nothing_of_pages(server):
    """With 50 records or fewer, and none asked for, there is no pagination."""
    rows = serve_many(server, 50)

    assert get(server, f"{S1}/students").json == {"data": rows}


def test_a_long_list_comes_in_pages(server):
    """With more, the first 50 come, and where the next are."""
    rows = serve_many(server, 51)

    told = get(server, f"{S1}/students").json

    assert told["data"] == rows[:50]
    assert told["meta"]["pagination"] == {
        "next": f"{server.url}{S1}/students?page=2",
        "previous": None,
        "more": True,
        "per_page": 50,
        "current_page": 1,
    }


def test_the_last_page_leads_nowhere(server):
    """There is no more, and no next."""
    serve_many(server, 3)

    told = get(server, f"{S1}/students?per_page=2&page=2").json["meta"]["pagination"]

    assert (told["next"], told["more"], told["current_page"]) == (None, False, 2)
    assert told["previous"].endswith("/students?per_page=2&page=1")


def test_a_page_has_no_more_than_the_most(server):
    """200 is the most."""
    serve_many(server, 300)

    assert len(get(server, f"{S1}/students?per_page=300").json["data"]) == 200


def test_cursors_lead_through_all(server):
    """Every next is a whole address, with the query of the first."""
    rows = serve_many(server, 5)
    url, seen = f"{server.url}{S1}/students?cursor=true&per_page=2&include=photo", []
    while url:
        told = ask(url, authorization="Bearer app-token").json
        seen += told["data"]
        url = told["meta"]["pagination"]["next"]

    assert seen == rows


def test_a_cursor_holds_values_of_the_last_record(server):
    """It is unpadded base64 of JSON: a number, and a name."""
    serve_many(server, 5)

    told = get(server, f"{S1}/students?cursor=true&per_page=2").json
    [cursor] = parse_qs(urlsplit(told["meta"]["pagination"]["next"]).query)["cursor"]

    assert "=" not in cursor
    assert json.loads(base64.urlsafe_b64decode(cursor + "==")) == {
        "mis_students.id": 2,
        "mis_students.surname": "Zed 1",
    }


def test_a_cursor_leads_back(server):
    """The page before can be asked for."""
    rows = serve_many(server, 4)
    first = get(server, f"{S1}/students?cursor=true&per_page=2").json
    [after] = parse_qs(urlsplit(first["meta"]["pagination"]["next"]).query)["cursor"]
    second = get(server, f"{S1}/students?cursor={after}&per_page=2").json

    back = ask(
        second["meta"]["pagination"]["previous"], authorization="Bearer app-token"
    )

    assert back.json["data"] == rows[:2]


@pytest.mark.parametrize(
    "query",
    ["cursor=nonsense", "cursor=W10", "cursor=é", "per_page=0", "per_page=x", "page=0"],
)
def test_a_bad_page_is_422(server, query):
    """A malformed cursor, or a malformed number."""
    told = get(server, f"{S1}/students?{query.replace('é', '%C3%A9')}")

    assert (told.status, told.json["error"]) == (422, "invalid_input")


# ---- What has changed ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("updated_after=2026-01-02", ["A3"]),
        ("updated_after=2026-01-01+12:00:00", ["A2", "A3"]),
        ("updated_before=2026-01-02", ["A1"]),
        ("updated_after=2026-01-01&updated_before=2026-01-03", ["A2"]),
    ],
)
def test_records_are_narrowed_by_when_they_changed(server, query, found):
    """After and before, neither instant included; what tells no time does not come."""
    rows = [{"id": f"A{n}", "updated_at": moment(f"2026-01-0{n}")} for n in (1, 2, 3)]
    server.serve({"schools": SCHOOLS, "students": [*rows, {"id": "A4"}]})

    told = get(server, f"{S1}/students?{query}").json

    assert [row["id"] for row in told["data"]] == found


def test_a_bad_date_is_422(server):
    """What is not a date is refused."""
    assert get(server, f"{S1}/students?updated_after=nonsense").status == 422


def test_deletions_are_told(server):
    """By kind, and by when they happened."""
    rows = [
        {"type": "student", "id": "A1", "deleted_at": moment("2026-01-01")},
        {"type": "student", "id": "A2", "deleted_at": moment("2026-01-03")},
        {"type": "contact", "id": "C1", "deleted_at": moment("2026-01-03")},
    ]
    server.serve({"schools": SCHOOLS, "deletions": rows})

    told = get(server, f"{S1}/deletions?type=student&updated_after=2026-01-02").json

    assert told == {"data": [rows[1]]}


def test_a_fault_is_worded_as_wonde_words_it(server):
    """An error and its description."""
    server.fault("status:429", canary="Ada")

    assert get(server, S1).json == {
        "error": "too_many_requests",
        "error_description": "Ada",
    }
