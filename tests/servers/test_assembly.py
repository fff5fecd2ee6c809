"""The Assembly server does as the published description says."""

from email.utils import parsedate_to_datetime

import pytest

from .asking import ask
from .assembly_words import CONDITIONAL, ENDPOINTS, OBJECTS, SINGLES
from .fixtures import serving

ACCEPT = "application/vnd.assembly+json; version=1.1"
STUDENT = {
    "object": "student",
    "id": 1,
    "first_name": "Ada",
    "year_code": "9",
    "dob": "2012-02-11T00:00:00Z",
    "demographics": {"gender": "F", "in_care": True, "ever_in_care": True},
    "address": {"postcode": "EC3A 5DE"},
    "emails": [{"id": 5, "email": "ada@example.org"}],
    "contacts": [{"contact_id": 3, "relationship": {"priority": 1}}],
    "languages": {"home_language_code": "ENG"},
    "medical": {"nhs_number": "1", "conditions": [{"id": 1, "notes": [{"id": 2}]}]},
    "photo": {"url": "https://x.example/1"},
}
BARE = ("object", "id", "first_name", "year_code", "dob")
MANY = [{"id": n} for n in range(1, 251)]


running_server, server = serving("assembly", {"student": [STUDENT]})


def get(server, path, token="school-token", accept=ACCEPT, **headers):  # noqa: S107
    """Ask for a path."""
    authorization = f"Bearer {token}"
    url = server.url + path
    return ask(url, authorization=authorization, accept=accept, **headers)


def ids(told):
    """Return the identifiers in a list."""
    return [row["id"] for row in told.json]


# ---- Versions and tokens -------------------------------------------------------------


@pytest.mark.parametrize(
    "accept",
    [
        "*/*",
        "application/json",
        "application/vnd.assembly+json",
        "application/vnd.assembly+json; version=1.2",
        "application/vnd.assembly+json; version=1.10",
    ],
)
def test_another_version_is_406(server, accept):
    """The header names the version, exactly."""
    told = get(server, "/students", accept=accept)

    assert (told.status, told.json) == (406, {"error": "unsupported_version"})


def test_no_token_is_an_invalid_request(server):
    """401, and what is missing."""
    told = ask(f"{server.url}/students", accept=ACCEPT)

    assert told.status == 401
    assert told.json == {
        "error": "invalid_request",
        "message": "an access_token is required.",
    }


def test_an_unknown_token_is_invalid(server):
    """401, and so."""
    told = get(server, "/students", token="nonsense")  # noqa: S106 - made up

    assert (told.status, told.json["error"]) == (401, "invalid_token")


@pytest.mark.parametrize("options", [{"token_seconds": 0}, {"token_uses": 0}])
def test_a_token_expires(server, options):
    """With time or with use."""
    server.options(**options)

    assert get(server, "/students").status == 401


def test_a_resource_without_a_scope_is_401(server):
    """The whole request is refused, not only some of it."""
    server.options(scopes=["students.basi", "contacts.basic"])

    told = get(server, "/students")

    assert (told.status, told.json["error"]) == (401, "insufficient_scope")
    assert get(server, "/contacts").status == 200


@pytest.mark.parametrize("name", sorted(ENDPOINTS))
def test_every_list_needs_its_scope(server, name):
    """One of an endpoint's scopes opens it; none opens nothing."""
    server.serve({name: [{"id": 1}]})
    query = "?students=1"

    server.options(scopes=[ENDPOINTS[name][-1]])
    with_it = get(server, f"/{name}{query}").status
    server.options(scopes=[])
    without = get(server, f"/{name}{query}").status

    assert (with_it, without) == (200, 401)


def test_me_tells_the_scopes(server):
    """What a token is good for can be asked."""
    server.options(scopes=["students.dob", "students.basic"])

    told = get(server, "/me").json

    assert told["object"] == "application"
    assert told["token"] == {
        "access_level": "school",
        "scopes": ["students.basic", "students.dob"],
    }


BASIC = {"authorization": "Basic YXBwOmh1c2g="}


def test_a_school_token_is_refreshed(server):
    """A refresh token brings a new token, with the scopes in the body."""
    server.options(scopes=["students.basic"])
    url = f"{server.url}/oauth/token?grant_type=refresh_token&refresh_token=refresh"

    told = ask(url, "POST", **BASIC).json

    assert told | {"access_token": ""} == {
        "access_token": "",
        "token_type": "bearer",
        "level": "school",
        "expires_in": 86_400,
        "school_id": 123,
        "scopes": ["students.basic"],
    }
    assert get(server, "/students", told["access_token"]).status == 200


def test_an_app_token_opens_no_school(server):
    """It is about the app and about nothing else."""
    url = f"{server.url}/oauth/token?grant_type=client_credentials"

    told = ask(url, "POST", **BASIC).json

    assert (told["level"], told["expires_in"]) == ("app", None)
    assert get(server, "/students", told["access_token"]).status == 401
    me = get(server, "/me", told["access_token"]).json
    assert me["token"] == {"access_level": "app", "scopes": []}


@pytest.mark.parametrize(
    ("query", "headers", "error"),
    [
        ("grant_type=refresh_token&refresh_token=refresh", {}, "invalid_client"),
        ("grant_type=refresh_token&refresh_token=wrong", BASIC, "invalid_grant"),
        ("", BASIC, "invalid_grant"),
    ],
    ids=["credentials", "token", "nothing"],
)
def test_no_token_is_given_for_a_bad_request(server, query, headers, error):
    """Neither without credentials nor without a grant."""
    told = ask(f"{server.url}/oauth/token?{query}", "POST", **headers)

    assert (told.status, told.json["error"]) == (401, error)


def test_too_many_requests_are_429(server):
    """Over the limit the counts are told."""
    server.options(rate_limit=1)

    statuses = [get(server, "/students").status for _ in range(2)]

    assert statuses == [200, 429]
    assert get(server, "/students").json == {
        "error": "too many requests",
        "data": {"count": 3, "period": 300, "limit": 1},
    }


def test_a_fault_of_429_has_the_counts(server):
    """It looks like the real one."""
    server.fault("status:429", canary="Ada")

    told = get(server, "/students").json

    assert told["data"] == {"count": 601, "period": 300, "limit": 600}
    assert told["message"] == "Ada"


# ---- Lists and records ---------------------------------------------------------------


def test_a_list_is_bare(server):
    """In 1.1 the body is a list, and the page is told in headers."""
    server.serve({"students": MANY})

    told = get(server, "/students?per_page=100&page=2")

    assert told.json == MANY[100:200]
    names = ("Page", "Total", "Total-Pages", "Per-Page", "Next-Page", "Prev-Page")
    assert [told.headers[n] for n in names] == ["2", "250", "3", "100", "3", "1"]


@pytest.mark.parametrize(("page", "around"), [(1, ["2", ""]), (3, ["", "2"])])
def test_an_end_of_the_list_is_blank(server, page, around):
    """The first page has none before it, the last none after."""
    server.serve({"students": MANY})

    headers = get(server, f"/students?page={page}").headers

    assert [headers["Next-Page"], headers["Prev-Page"]] == around


@pytest.mark.parametrize(
    ("query", "size"),
    [
        ("", 100),
        ("?per_page=1500", 1_500),
        ("?per_page=1501", 1_500),
        ("?per_page=0", 100),
        ("?per_page=x", 100),
        ("?page=9", 100),
    ],
)
def test_a_page_has_a_hundred_unless_told(server, query, size):
    """100 by default and 1,500 at most; past the end it is empty."""
    server.serve({"students": [{"id": n} for n in range(1_600)]})

    told = get(server, f"/students{query}")

    assert (len(told.json), told.headers["Per-Page"]) == (size, str(size))


def test_past_the_end_there_is_nothing(server):
    """A page after the last is an empty list."""
    assert get(server, "/students?page=9").json == []


@pytest.mark.parametrize(
    ("page", "before", "after"), [(1, None, 2), (2, 1, 3), (3, 2, None)]
)
def test_version_1_has_an_envelope(server, page, before, after):
    """The older version tells the page in the body."""
    server.serve({"students": MANY})

    told = get(server, f"/students?page={page}", accept=ACCEPT.removesuffix(".1"))

    assert told.json == {
        "object": "list",
        "total_count": 250,
        "total_pages": 3,
        "current_page": page,
        "prev_page": before,
        "next_page": after,
        "data": MANY[(page - 1) * 100 : page * 100],
    }


@pytest.mark.parametrize("name", sorted(SINGLES))
def test_a_record_can_be_asked_for(server, name):
    """By its id, or an assessment point by its rank."""
    record = {"id": 3, "rank": 3}
    server.serve({name: [{"id": 2, "rank": 2}, record]})

    assert get(server, f"/{name}/3").json == record
    assert get(server, f"/{name}/4").status == 404


@pytest.mark.parametrize("name", sorted(OBJECTS))
def test_a_school_has_one_of_it(server, name):
    """The school and its status are not lists."""
    server.serve({name: [{"object": "x"}]})

    assert get(server, f"/{name}").json == {"object": "x"}


@pytest.mark.parametrize(
    "path", ["/", "/nonsense", "/contacts/1", "/students/none", "/school", "/a/b/c"]
)
def test_what_is_not_there_is_404(server, path):
    """Contacts cannot be asked for one by one, either."""
    told = get(server, path)

    assert (told.status, told.json["message"]) == (404, "not found")


def test_only_get_reads(server):
    """Another method finds nothing."""
    told = ask(
        f"{server.url}/students",
        "POST",
        authorization="Bearer school-token",
        accept=ACCEPT,
    )

    assert told.status == 404


@pytest.mark.parametrize(
    "group", ["groups", "registration_groups", "teaching_groups", "year_groups"]
)
def test_a_group_has_students(server, group):
    """Its members are listed, with the scope for groups held as well."""
    server.serve({"students": MANY, group: [{"id": 7, "student_ids": [3, 1]}]})

    assert ids(get(server, f"/{group}/7/students")) == [1, 3]


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/assessments/7/results?students=1+2", [1]),
        ("/assessment_points/9/results?students=1+2", [1, 2]),
        ("/rooms/4/lessons", [5]),
        ("/rooms/4/closures", [6]),
    ],
)
def test_lists_below_a_record(server, path, found):
    """Results of an assessment or a point, and what is in a room."""
    result = {"assessment_id": 7, "assessment_point_rank": 9, "student_id": 1}
    server.serve(
        {
            "results": [{"id": 1} | result, {"id": 2} | result | {"assessment_id": 8}],
            "lessons": [{"id": 5, "rooms": [{"id": 4}]}, {"id": 8, "rooms": []}],
            "rooms/4/closures": [{"id": 6}],
        }
    )

    assert ids(get(server, path)) == found


# ---- What comes along ----------------------------------------------------------------


def test_parts_come_only_with_their_flags(server):
    """A bare request brings no nested part, and other words do not raise a flag."""
    told = get(server, "/students?addresses=1&emails=false").json

    assert told == [{name: STUDENT[name] for name in BARE}]


@pytest.mark.parametrize(
    ("flag", "part"),
    [
        ("addresses", "address"),
        ("emails", "emails"),
        ("contacts", "contacts"),
        ("languages", "languages"),
        ("medical", "medical"),
        ("photo", "photo"),
    ],
)
@pytest.mark.parametrize("path", ["/students", "/students/1", "/students/left"])
def test_a_flag_brings_its_part(server, flag, part, path):
    """In a list and alone, and no other part with it."""
    server.serve({"students": [STUDENT], "students/left": [STUDENT]})

    told = get(server, f"{path}?{flag}=true").json
    record = told[0] if isinstance(told, list) else told

    assert record == {name: STUDENT[name] for name in (*BARE, part)}


@pytest.mark.parametrize(
    ("flags", "shown"),
    [
        ("demographics=true", {"gender": "F"}),
        ("demographics=true&care=true", {"gender": "F", "in_care": True}),
        (
            "demographics=true&care=true&ever_in_care=true",
            {"gender": "F", "in_care": True, "ever_in_care": True},
        ),
        ("care=true", None),
    ],
)
def test_care_needs_demographics_as_well(server, flags, shown):
    """Care is shown among the demographics, with both flags."""
    [told] = get(server, f"/students?{flags}").json

    assert told.get("demographics") == shown


def test_a_field_needs_its_scope(server):
    """Without it a field is absent, flag or no flag."""
    server.options(scopes=["students.basic", "students.medical.conditions"])

    told = get(server, "/students?addresses=true&medical=true&contacts=true").json

    assert told == [
        {
            "object": "student",
            "id": 1,
            "first_name": "Ada",
            "year_code": "9",
            "medical": {"conditions": [{"id": 1}]},
        }
    ]


def test_working_hours_show_without_the_scope_for_salaries(server):
    """Of a salary the hours alone come with the scope for contracts."""
    pay = {"hours_per_week": 37.5, "fte": 1.0, "weeks_per_year": 52.0}
    server.serve({"staff_contracts": [{"id": 1, "salaries": [pay | {"base_pay": 1}]}]})
    server.options(scopes=["staff_members.contracts"])

    told = get(server, "/staff_contracts?salaries=true").json

    assert told == [{"id": 1, "salaries": [pay]}]


# ---- What narrows a list -------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("students=1+3", [1, 3]),
        ("year_code=9", [2, 3]),
        ("group_id=1", [1, 2, 3]),
    ],
)
def test_a_list_is_narrowed(server, query, found):
    """By ids, and by fields that the records have."""
    codes = ["8", "9", "9"]
    rows = [{"id": n, "year_code": code} for n, code in enumerate(codes, 1)]
    server.serve({"students": rows})

    assert ids(get(server, f"/students?{query}")) == found


def test_contacts_are_narrowed_by_student(server):
    """The student is looked for among a contact's students."""
    server.serve(
        {"contacts": [{"id": n, "students": [{"student_id": n}]} for n in (1, 2)]}
    )

    assert ids(get(server, "/contacts?student_id=2")) == [2]


def test_only_teachers_can_be_asked_for(server):
    """One flag leaves out all other staff."""
    rows = [{"id": n, "is_teaching_staff": n == 2} for n in (1, 2)]
    server.serve({"staff_members": rows})

    assert ids(get(server, "/staff_members?teachers_only=true")) == [2]


def test_results_need_students(server):
    """Without them the request is a bad one."""
    told = get(server, "/results")

    assert (told.status, told.json["message"]) == (400, "students is required")


@pytest.mark.parametrize("name", ["date", "start_date", "end_date"])
def test_a_malformed_date_is_400(server, name):
    """The parameter's value is in the error."""
    told = get(server, f"/students?{name}=32-13-2019")

    assert told.status == 400
    assert told.json["message"] == "malformed date parameter: '32-13-2019'"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [2, 3]),
        ("?start_date=2026-01-01", [1, 2, 3]),
        ("?start_date=2026-01-18&end_date=2026-01-31", [3, 4]),
        ("?date=2026-01-19", [4]),
    ],
)
def test_attendances_are_of_this_week_unless_told(server, query, found):
    """Without dates only this week's are given: Monday to Sunday."""
    days = ["2026-01-11", "2026-01-12", "2026-01-18", "2026-01-19"]
    rows = [{"id": n, "session_date": day} for n, day in enumerate(days, 1)]
    server.serve({"attendances": rows})

    assert ids(get(server, f"/attendances{query}")) == found


@pytest.mark.parametrize(
    ("today", "found"), [("2026-01-14", [2, 3]), ("2026-09-01", [4])]
)
def test_exclusions_are_of_this_year_unless_told(server, today, found):
    """Without dates only this academic year's are given."""
    days = ["2025-08-31", "2025-09-01", "2026-08-31", "2026-09-01"]
    rows = [{"id": n, "start_date": d, "end_date": d} for n, d in enumerate(days, 1)]
    server.serve({"exclusions": rows})
    server.options(today=today)

    assert ids(get(server, "/exclusions")) == found


# ---- What has changed ----------------------------------------------------------------

DAY = "Thu, 01 Jan 2026 12:00:00 GMT"
CHANGED = [
    {"id": 1, "_modified": "2026-01-01T11:00:00+00:00"},
    {"id": 2, "_modified": "2026-01-01T12:00:00+00:00"},
    {"id": 3, "_modified": "2026-01-01T12:00:01+00:00"},
    {"id": 4},
]


@pytest.mark.parametrize("name", sorted(CONDITIONAL))
def test_only_what_has_changed_comes(server, name):
    """What was changed after the day of the request, and when it was is not sent."""
    server.serve({name: CHANGED})

    told = get(server, f"/{name}?students=1+2+3+4", if_modified_since=DAY)

    assert told.json == [{"id": 3}]


@pytest.mark.parametrize("name", sorted(ENDPOINTS.keys() - CONDITIONAL - OBJECTS))
def test_other_lists_tell_no_changes(server, name):
    """The header is passed over, and all records come."""
    server.serve({name: CHANGED})

    told = get(server, f"/{name}", if_modified_since=DAY)

    assert ids(told) == [1, 2, 3, 4]
    assert "Last-Modified" not in told.headers


def test_no_change_is_304(server):
    """With nothing to tell there is no body."""
    server.serve({"students": CHANGED[:2]})

    told = get(server, "/students", if_modified_since=DAY)

    assert (told.status, told.headers["Content-Length"]) == (304, "0")


def test_a_list_says_when_it_was_changed(server):
    """Its header can be sent back, and then nothing has changed."""
    server.serve({"students": CHANGED})

    day = get(server, "/students").headers["Last-Modified"]

    assert parsedate_to_datetime(day).second == 1
    assert get(server, "/students", if_modified_since=day).status == 304


def test_a_list_has_a_tag(server):
    """It changes with the list, and sent back means nothing has changed."""
    tag = get(server, "/students").headers["Etag"]
    same = get(server, "/students", if_none_match=tag).status
    server.serve({"students": CHANGED})

    other = get(server, "/students", if_none_match=tag).status

    assert (same, other) == (304, 200)


def test_a_day_that_is_none_is_passed_over(server):
    """A header that cannot be read brings everything."""
    assert get(server, "/students", if_modified_since="nonsense").status == 200
