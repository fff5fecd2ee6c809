"""A guard refuses what is not declared, before anything is sent, and shows no value."""

import logging

import pytest
from attrs import evolve

from scopegate import AccessDeniedError
from scopegate._wire.messages import Answer
from scopegate.consent.subjects import Subjects
from scopegate.errors import (
    QueryRefusedError,
    RouteRefusedError,
    SourceError,
)
from scopegate.http import (
    PlainDialect,
    Route,
)
from scopegate.testing.leaks import assert_no_leak

from .guarded import BASIC, CANARY, SOME, students
from .scenes import (
    BASE,
    PUPILS,
    School,
    access_to,
    ask,
    body_of,
    fixed,
    good,
    guard,
    released,
)

# ---- Methods, bodies, headers --------------------------------------------------------


@pytest.mark.parametrize(
    "method",
    ["POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT", "get",
     "GET ", "PROPFIND", CANARY, ""],
)  # fmt: skip
def test_only_get_passes(method):
    """Records are asked for by GET; any other method is refused and not shown."""
    mis = students()

    with pytest.raises(
        RouteRefusedError, match="records are asked for by GET"
    ) as caught:
        ask(guard(BASIC), "/students", mis, method=method)

    assert mis.urls == []
    assert CANARY not in str(caught.value)


@pytest.mark.parametrize("body", [b"x", b"{}", None])
def test_get_has_no_body(body):
    """A request for records has no body, nor one that would be sent later."""
    mis = students()

    with pytest.raises(RouteRefusedError, match="without a body"):
        ask(guard(BASIC), "/students", mis, body=body)

    assert mis.urls == []


def test_headers_of_a_client_are_chosen():
    """Of a client's headers those pass that are known, and those that the guard names."""
    mis, given = students(), [
        *(("Authorization", "Bearer x"), ("X-API-Key", "k"), ("Accept", "a/b")),
        *(("User-Agent", "u"), ("Accept-Language", "cy"), ("Accept-Encoding", "br")),
        *(("X-HTTP-Method-Override", "PUT"), ("X-Page-Number", "2"), ("Range", "bytes=0-9")),
        *(("If-None-Match", '"x"'), ("If-Modified-Since", "x"), ("Cookie", "a=b")),
        *(("Host", "evil"), ("Connection", "x"), ("Content-Length", "0"), ("Prefer", "x")),
    ]  # fmt: skip

    ask(guard(BASIC, headers=["X-Api-Key"]), "/students", mis, headers=given)

    assert mis.asked[0].headers == (
        ("accept", "a/b"),
        ("accept-language", "cy"),
        ("authorization", "Bearer x"),
        ("user-agent", "u"),
        ("x-api-key", "k"),
        ("accept-encoding", "gzip, deflate"),
    )


@pytest.mark.parametrize(
    "headers",
    [
        [("Authorization", "a"), ("authorization", "b")],
        [("Accept", f"a\r\nX-HTTP-Method-Override: {CANARY}")],
        [("User-Agent", "\x00")],
    ],
)
def test_unclear_header_is_refused(headers):
    """A header that comes twice, or could end another, is refused."""
    mis = students()

    with pytest.raises(
        RouteRefusedError, match="a header is given twice, or"
    ) as caught:
        ask(guard(BASIC), "/students", mis, headers=headers)

    assert mis.urls == []
    assert CANARY not in str(caught.value)


@pytest.mark.parametrize(
    "name",
    ["Cookie", "range", "If-Match", "X-HTTP-Method-Override", "host", "X-Method-Override",
     "X-Forwarded-Host", "X-Original-URL", "Transfer-Encoding", "Accept-Encoding"],
)  # fmt: skip
def test_some_headers_are_never_sent_on(name):
    """No guard can name a header that changes what is asked, or tells what changed."""
    with pytest.raises(ValueError, match="is never sent on"):
        guard(BASIC, headers=[name])


# ---- Before anything is sent ---------------------------------------------------------


@pytest.mark.parametrize("path", ["/students", "/students/3"])
def test_nothing_is_sent_before_a_grant(path):
    """Before a school authorises anything an MIS is not even asked."""
    mis, access = students(), School().open()

    with pytest.raises(AccessDeniedError):
        ask(guard(access), path, mis)

    assert mis.urls == []


def test_public_data_flows_before_a_grant():
    """What is public flows over a connection without a grant."""
    mis = fixed({"urn": "100001", "name": "Example School", "head_teacher": CANARY})
    route = Route("/school", "school", "")

    response = ask(guard(School().open(), route), "/school", mis)

    assert CANARY not in response.body.decode()
    assert body_of(response)["urn"] == "100001"


def test_key_that_is_withheld_leads_nowhere():
    """Who must not see the key of a record cannot ask for one by its key."""
    mis = students()
    route = Route("/students/{student.upn}", "student", "data")

    with pytest.raises(QueryRefusedError, match=r"student\.upn") as caught:
        ask(guard(BASIC, route), f"/students/{CANARY}", mis)

    assert mis.urls == []
    assert CANARY not in str(caught.value)


def test_variable_of_another_resource_is_looked_at():
    """A variable that leads from another resource needs all that it leads by."""
    route = Route(
        "/groups/{group}/students",
        "student",
        "data[]",
        variables={"group": ("group.id", "group.student_ids[]")},
    )
    both = access_to("students.basic", "groups")
    cut = access_to(
        "students.basic", "groups", subjects=Subjects.everyone_except(student=[3])
    )
    ungranted = []
    for access in (BASIC, cut):
        mis = students()
        with pytest.raises(QueryRefusedError, match="group"):
            ask(guard(access, route), "/groups/7/students", mis)
        ungranted += mis.urls

    # Groups have a row rule, so that what leads by one may lead by a withheld one.
    with pytest.raises(QueryRefusedError, match="rows that may be withheld"):
        ask(guard(both, route), "/groups/7/students", students())

    assert ungranted == []


def test_variable_of_another_resource_passes_where_all_flows():
    """Where all that a variable leads by may flow, it leads."""
    route = Route("/years/{year_group.id}/students", "student", "data[]")
    mis = students()

    response = ask(guard(BASIC, route), "/years/7/students", mis)

    assert mis.urls == [f"{BASE}/years/7/students"]
    assert body_of(response)["data"] == released(PUPILS)


@pytest.mark.parametrize("value", ["sis_id:7", "a=b", "a,b", "a@b", "a+b"])
def test_variable_of_another_resource_is_a_word(value):
    """A value that an MIS may take for a search by something else leads nowhere."""
    route = Route("/years/{year_group.id}/students", "student", "data[]")
    mis = students()

    with pytest.raises(RouteRefusedError, match="is not letters, digits"):
        ask(guard(BASIC, route), f"/years/{value}/students", mis)

    assert mis.urls == []


def test_condition_in_a_path_is_decided_again():
    """What an MIS gives for a value in a path is looked at once more."""
    route = Route("/years/{student.year_code}/students", "student", "data[]")

    response = ask(guard(BASIC, route), "/years/7/students", students())

    assert body_of(response)["data"] == [
        r for r in released(PUPILS) if r["year_code"] == "7"
    ]


@pytest.mark.parametrize(
    ("query", "error"),
    [
        (f"dob={CANARY}", RouteRefusedError),
        (f"where[dob]={CANARY}", RouteRefusedError),
        (f"{CANARY}", RouteRefusedError),
        (f"year=7&year={CANARY}", RouteRefusedError),
        (f"born={CANARY}", QueryRefusedError),
        (f"q={CANARY}", QueryRefusedError),
        ("sort=dob", QueryRefusedError),
        (f"sort={CANARY}", RouteRefusedError),
        (f"format={CANARY}", RouteRefusedError),
    ],
)
def test_refusal_shows_no_value(query, error, caplog):
    """A refusal names parameters and fields; no value is in it, in a log or a `repr`."""
    caplog.set_level(logging.DEBUG)
    plain = PlainDialect(
        conditions={"year": "student.year_code", "born": ("student.dob", ">")},
        looks={"q": ("student.first_name", "student.dob")},
        sort="sort",
        orders={"dob": "student.dob"},
        words={"format": "json"},
    )
    mis, route = students(), Route("/students", "student", "data[]", dialect=plain)
    guarded = guard(BASIC, route)

    with pytest.raises(error) as caught:
        ask(guarded, f"/students?{query}", mis)

    assert mis.urls == []
    assert guarded.refusals == (str(caught.value),)
    shown = [str(caught.value), vars(caught.value).get("fields"), repr(guarded)]
    assert_no_leak([shown, caplog.records], [CANARY])


def test_path_in_a_refusal_shows_only_known_words():
    """Of a path that leads nowhere those words are shown that are in some route."""
    with pytest.raises(RouteRefusedError) as caught:
        ask(guard(BASIC), f"/students/{CANARY}/oauth/{CANARY}", students())

    assert caught.value.path == "/v1/students/*/oauth/*"
    assert caught.value.method == "GET"
    assert caught.value.problem.startswith("there is no such route")


def test_path_of_another_host_is_not_shown():
    """Of an address of another host not even known words are shown."""
    with pytest.raises(RouteRefusedError) as caught:
        ask(guard(BASIC), "https://evil.example/v1/students", students())

    assert caught.value.path == "*"


def test_refusals_are_kept_and_bounded():
    """A guard keeps the last hundred refusals, for clients that swallow errors."""
    guarded = guard(BASIC)
    for _ in range(150):
        with pytest.raises(RouteRefusedError):
            ask(guarded, "/students?x=1", students())

    assert len(guarded.refusals) == 100


# ---- Answers -------------------------------------------------------------------------


def test_headers_of_an_answer_do_not_pass():
    """A response has headers of its own, whatever an MIS sends."""
    response = ask(guard(BASIC), "/students", students())

    assert response.headers == (
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(response.body))),
    )


@pytest.mark.parametrize("status", [200, 201, 203, 299])
def test_what_is_good_is_200(status):
    """Whatever an MIS calls a good answer, a client is told 200."""
    response = ask(guard(BASIC), "/students", fixed({"data": []}, status))

    assert (response.status, response.body) == (200, b'{"data":[]}')


@pytest.mark.parametrize("status", [0, 100, 101, 206, 300, 304, 305, 306, 600, 999])
def test_other_statuses_are_refused(status):
    """A status that says that nothing, or not all, is there is no answer."""
    mis = fixed({"data": PUPILS, "x": CANARY}, status)

    with pytest.raises(SourceError, match=f"student, page 1: .* status {status}"):
        ask(guard(BASIC), "/students", mis)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 422, 429, 500, 503, 599])
def test_errors_keep_their_status_and_nothing_else(status):
    """Of an error of an MIS a client is told the status, in a body that is always so."""
    mis = fixed({"error": CANARY}, status, retry_after="30", www_authenticate=CANARY)

    response = ask(guard(BASIC), "/students", mis)

    waits = (("Retry-After", "30"),) * (status in {429, 503})
    assert response.status == status
    assert response.headers[2:] == waits
    assert body_of(response) == {"error": f"the MIS answered with {status}"}


@pytest.mark.parametrize("wait", ["x", "-1", "1.5", "\u0665", "9" * 7, CANARY, ""])
def test_wait_is_a_number(wait):
    """How long to wait is told as seconds, and not otherwise."""
    response = ask(guard(BASIC), "/students", fixed({}, 503, retry_after=wait))

    assert len(response.headers) == 2


@pytest.mark.parametrize("status", [403, 404, 410])
def test_withheld_and_missing_look_alike(status):
    """One record that is withheld, and one that is not there, give the same bytes."""
    withheld = ask(guard(SOME), "/students/3", fixed({"data": PUPILS[2]}))
    missing = ask(guard(SOME), "/students/99", fixed({"x": CANARY}, status))

    assert withheld == missing
    assert withheld.headers == missing.headers
    assert withheld.status == 404


def test_another_record_than_asked_for_is_not_there():
    """A record that does not have the key that was asked for is not given."""
    mis = fixed({"data": PUPILS[4]})

    found = [
        ask(guard(BASIC), f"/students/{key}", mis).status for key in (5, 6, CANARY)
    ]

    assert found == [200, 404, 404]


def test_mis_that_may_not_read_is_told_where_nothing_is_withheld():
    """Where no record may be withheld, an MIS account without rights is told as such."""
    response = ask(guard(BASIC), "/students/3", fixed({}, 403))

    assert response.status == 403


@pytest.mark.parametrize(
    "kind",
    ["text/html", "text/csv", "application/xml", "", "application/jsonp", "json",
     f"text/{CANARY}", "application/json, text/html"],
)  # fmt: skip
def test_other_formats_are_refused(kind):
    """An answer in another format than JSON is not passed on."""
    answer = evolve(good({"data": PUPILS}), headers={"content-type": kind})

    with pytest.raises(SourceError, match="the answer is not JSON") as caught:
        ask(guard(BASIC), "/students", lambda _: answer)

    assert CANARY not in str(caught.value)


@pytest.mark.parametrize(
    "kind",
    ["application/json; charset=utf-8", "Application/JSON", "application/x.y+json"],
)
def test_json_by_other_names_is_json(kind):
    """JSON is read whatever it is called in full."""
    answer = evolve(good({"data": []}), headers={"content-type": kind})

    assert ask(guard(BASIC), "/students", lambda _: answer).status == 200


@pytest.mark.parametrize(
    "body", [b"", b"x", b'{"data":[],"data":[]}', b"\xff", b"[" * 100_000, b"NaN"]
)
def test_unreadable_answers_are_refused(body):
    """JSON that cannot be read, or in two ways, is not an answer."""
    answer = evolve(good({}), body=body)

    with pytest.raises(SourceError, match="student, page 1: the answer"):
        ask(guard(BASIC), "/students", lambda _: answer)


def test_failure_of_a_body_is_told():
    """What was wrong with a body while it arrived is told in the same words."""
    answer = evolve(good({}), failure="the answer is cut short; try again later")

    with pytest.raises(
        SourceError, match="student, page 1: the answer is cut short; try again later"
    ):
        ask(guard(BASIC), "/students", lambda _: answer)


def test_page_of_a_fault_is_not_told_where_records_are_withheld():
    """The number of requests is not shown where it would reveal withheld records."""
    with pytest.raises(SourceError, match=r"^student: the answer is not JSON"):
        ask(guard(SOME), "/students", lambda _: Answer(200, {}, b"x"))
