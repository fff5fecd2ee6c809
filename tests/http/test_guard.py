"""A guard refuses what is not declared, before anything is sent, and shows no value."""

import logging

import pytest
from attrs import evolve

from scopegate import AccessDeniedError
from scopegate._wire.messages import Answer, Request
from scopegate.consent.subjects import Subjects
from scopegate.errors import (
    FilterError,
    LedgerError,
    QueryRefusedError,
    RouteRefusedError,
    ScopegateError,
    SourceError,
    UnknownResourceError,
    UnverifiedSchoolError,
    WrongSchoolError,
)
from scopegate.http import (
    Guard,
    Limits,
    OneRosterDialect,
    Paging,
    PlainDialect,
    Route,
    TokenRoute,
)
from scopegate.ledgers.base import disclosure_stream
from scopegate.testing.leaks import assert_no_leak

from .scenes import (
    BASE,
    PUPILS,
    Mis,
    School,
    access_to,
    ask,
    body_of,
    fixed,
    good,
    guard,
    released,
    releasing,
)

CANARY = "canary-2014"
BASIC = access_to("students.basic")
SOME = access_to("students.basic", subjects=Subjects.everyone_except(student=[3]))
FORM = (("Content-Type", "application/x-www-form-urlencoded"),)


def students():
    """Return an MIS that gives the students, and much besides."""
    body = {"data": PUPILS, "debug": CANARY, "links": {"next": f"/?after={CANARY}"}}
    return fixed(body, etag=CANARY, set_cookie=f"a={CANARY}", server_timing=CANARY)


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


# ---- Elsewhere -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("location", "given"),
    [
        ("/v1/pupils/3", f"{BASE}/pupils/3?year=7"),
        ("/v1/pupils/3?year=7", f"{BASE}/pupils/3?year=7"),
        ("../pupils/3", f"{BASE}/pupils/3?year=7"),
        (f"{BASE}/pupils/3", f"{BASE}/pupils/3?year=7"),
        ("/v1/all", f"{BASE}/all?year=7"),
    ],
)
def test_moved_within_the_routes_passes(location, given):
    """Who is sent to another route with the same values is told so, and may follow."""
    mis = fixed({"x": CANARY}, 307, location=location)
    plain = PlainDialect(words={"year": "7"})

    response = ask(guard(BASIC, *moving(plain)), "/students/3?year=7", mis)

    assert (response.status, dict(response.headers)["Location"]) == (307, given)
    assert body_of(response) == {"error": "moved"}


def test_moved_without_a_query_passes():
    """Where there was no query there is none behind the new address."""
    mis = fixed({}, 301, location="/v1/all")

    response = ask(guard(BASIC, *moving(PlainDialect())), "/students/3", mis)

    assert dict(response.headers)["Location"] == f"{BASE}/all"


def moving(plain):
    """Return routes from and to which an MIS may send a client."""
    return (
        Route("/students/{id}", "student", "data", dialect=plain),
        Route("/pupils/{id}", "student", "data", dialect=plain),
        Route("/all", "student", "data[]", dialect=plain),
    )


@pytest.mark.parametrize(
    "location",
    [
        "https://evil.example/v1/pupils/3",
        "http://mis.example/v1/pupils/3",
        "//evil.example/v1/pupils/3",
        "/v1/pupils/4",
        f"/v1/pupils/{CANARY}",
        f"/v1/pupils/3?after={CANARY}",
        "/v1/staff/3",
        "/v1/students/3",
        "",
        "https://[x",
        "javascript:alert(1)",
        f"/v1/pupils/3#{CANARY}",
        "/v1/pupils/../staff/3",
    ],
)
def test_moved_elsewhere_is_refused(location):
    """Who is sent to no route, or with another value, is told nothing of where."""
    mis = fixed({}, 302, location=location)

    with pytest.raises(SourceError, match="answers from elsewhere") as caught:
        ask(guard(BASIC, *moving(PlainDialect())), "/students/3", mis)

    assert CANARY not in str(caught.value)


# ---- Decisions meanwhile -------------------------------------------------------------


def test_revoked_before_the_answer_arrives():
    """What is revoked while an MIS answers is not given."""
    school = School()
    access = school.authorise("students.basic")

    def answer(_):
        school.revoke()
        return good({"data": PUPILS})

    with pytest.raises(AccessDeniedError):
        ask(guard(access), "/students", answer)


def test_revoked_before_an_error_arrives():
    """What is shown of an error is decided when it arrives, too."""
    school = School()
    access = school.authorise("students.basic")

    def answer(_):
        school.revoke()
        return good({}, 503)

    with pytest.raises(AccessDeniedError):
        ask(guard(access), "/students", answer)


def test_revoked_between_two_requests_for_one():
    """Where one page takes two requests, the second is not sent after a revocation."""
    school = School()
    access = school.authorise(
        "students.basic", subjects=Subjects.everyone_except(student=[1])
    )

    class Revoking(dict):
        def __contains__(self, _):
            school.revoke()
            return False

    page = good({"data": PUPILS[:1]})
    object.__setattr__(page, "headers", Revoking(page.headers))
    mis, paging = Mis(lambda _: page), Paging("page", "page", headers={"X": "total"})
    route = Route("/x", "student", "data[]", dialect=PlainDialect(paging=paging))

    with pytest.raises(AccessDeniedError):
        ask(guard(access, route), "/x", mis)

    assert len(mis.urls) == 1


def test_amended_before_the_answer_arrives():
    """A response is decided whole under what is permitted when it is given."""
    school = School()
    access = school.authorise("students.basic", "students.dob")
    asked = []

    def answer(request):
        asked.append(request)
        if len(asked) == 1:
            school.revoke()
            school.authorise("students.basic")
        return good({"data": PUPILS})

    response = ask(guard(access), "/students", answer)

    assert body_of(response)["data"] == released(PUPILS)
    assert len(asked) == 2


class Restless:
    """An access whose permit is another one after some number of looks at it."""

    def __init__(self, access, after, school=None):
        self._access, self._after, self._school, self._looks = access, after, school, 0

    def __getattr__(self, name):
        self._looks += 1
        if name in {"permit", "release"} and self._looks == self._after:
            self._school.revoke()
        return getattr(self._access, name)


@pytest.mark.parametrize("after", range(1, 40))
def test_revoked_at_any_moment(after):
    """Whenever it is revoked, a response is given whole before, or not at all."""
    school = School()
    releaser = school.authorise("students.basic").releaser
    access = releasing(Restless(releaser, after, school))
    try:
        response = ask(
            Guard(access, BASE, [Route("/x", "student", "data[]")]), "/x", students()
        )
    except AccessDeniedError:
        return

    assert body_of(response)["data"] == released(PUPILS)
    assert after > 30  # more looks than one response takes


class Around:
    """An access of which one record is released a little differently."""

    def __init__(self, access, last, released):
        self._access, self._last, self._released = access, last, released

    def __getattr__(self, name):
        return getattr(self._access, name)

    def release(self, resource, record, notice):
        """Release a record; of the last one let somebody see, and change, what came."""
        found = self._access.release(resource, record, notice)
        return self._released(found) if record["id"] == self._last else found


def test_revoked_after_the_last_record_was_released():
    """What was released and is revoked before it is given out is not given."""
    school = School()

    def revoked(found):
        school.revoke()
        return found

    releaser = school.authorise("students.basic").releaser
    access = releasing(Around(releaser, 28, revoked))

    with pytest.raises(AccessDeniedError):
        ask(Guard(access, BASE, [Route("/x", "student", "data[]")]), "/x", students())


def test_record_released_by_another_permit_is_not_given():
    """A record that was released by a permit that came and went is released again."""
    times = []

    def wider(found):
        times.append(1)
        other = (evolve(found[0]), {"dob": CANARY})
        return other if len(times) == 1 else found

    access = releasing(Around(BASIC.releaser, 7, wider))

    response = ask(
        Guard(access, BASE, [Route("/x", "student", "data[]")]), "/x", students()
    )

    assert body_of(response)["data"] == released(PUPILS)


def test_permit_that_is_never_the_same_gives_nothing():
    """An access that changes all the time ends in an error, not in a loop."""

    class Changing:
        def __init__(self, access):
            self._access = access

        def __getattr__(self, name):
            found = getattr(self._access, name)
            return evolve(found) if name == "permit" else found

    guarded = Guard(
        releasing(Changing(BASIC.releaser)), BASE, [Route("/x", "student", "data[]")]
    )

    with pytest.raises(SourceError, match="changes all the time"):
        ask(guarded, "/x", students())


def test_closed_access_gives_nothing():
    """Through a guard whose access was closed nothing is asked any more."""
    mis, access = students(), access_to("students.basic")
    guarded = guard(access)
    access.close()

    with pytest.raises(ValueError, match="this access is closed"):
        ask(guarded, "/students", mis)

    assert mis.urls == []


def test_what_cannot_be_written_down_is_not_given():
    """Where a disclosure must be written first and cannot be, nothing is given."""

    class Full:
        def __init__(self, access):
            self._access = access

        def __getattr__(self, name):
            return getattr(self._access, name)

        def disclose(self, *_):
            raise LedgerError

    guarded = Guard(
        releasing(Full(BASIC.releaser)), BASE, [Route("/x", "student", "data[]")]
    )

    with pytest.raises(LedgerError):
        ask(guarded, "/x", students())


def test_each_given_record_is_counted():
    """The ledger counts the records that a client is given, and no others."""
    school = School()
    access = school.authorise(
        "students.basic", subjects=Subjects.everyone_except(student=[3, 5])
    )
    ask(guard(access), "/students", students())
    ask(guard(access), "/students/3", fixed({"data": PUPILS[2]}))
    access.close()

    found = school.ledger.read(disclosure_stream("100001"))

    assert sum(event.count for event in found) == 26


def test_malformed_places_of_given_records_are_noted():
    """What is malformed is noted for records that are given, and for no others."""
    access = access_to("students.basic", subjects=Subjects.everyone_except(student=[3]))
    body = {"data": [{"id": n, "first_name": {"x": CANARY}} for n in (1, 2, 3)]}

    ask(guard(access), "/students", fixed(body))

    assert [(n.path, n.count) for n in access.notes] == [("student.first_name", 2)]


# ---- Declaring -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "base",
    ["mis.example", "https://mis.example/v1?x=1", "https://a@mis.example", "",
     "https://mis.example/v1/../x", "https://mis.example/v 1", "ftp://mis.example"],
)  # fmt: skip
def test_base_is_a_plain_address(base):
    """The base address of a guard is a plain one."""
    with pytest.raises(ValueError, match=r"address|word"):
        Guard(BASIC, base, [Route("/x", "student", "[]")])


@pytest.mark.parametrize("base", ["https://mis.example", "https://mis.example/"])
def test_base_may_be_a_host(base):
    """A base address without a path covers the whole host."""
    mis = fixed([])

    ask(
        Guard(BASIC, base, [Route("/x", "student", "[]")]), "https://mis.example/x", mis
    )

    assert mis.urls == ["https://mis.example/x"]


def test_two_routes_do_not_fit_the_same():
    """Two routes that fit the same addresses are refused where they are declared."""
    routes = Route("/s/{id}", "student", ""), Route("/s/{student.upn}", "student", "")

    with pytest.raises(ValueError, match="two routes fit the same addresses"):
        guard(BASIC, *routes)


def test_route_is_of_a_known_resource():
    """A route of a resource that the catalogue does not have is refused."""
    with pytest.raises(UnknownResourceError):
        guard(BASIC, Route("/x", "pupil", "[]"))


def test_variables_of_a_route_stand_in_its_path():
    """A variable is declared only if it is there."""
    with pytest.raises(ValueError, match=r"`/x/\{id\}` has no variable `group`"):
        Route("/x/{id}", "student", "[]", variables={"group": "group.id"})


@pytest.mark.parametrize(
    "variables", [{"id": ()}, {"id": "group"}, {"id": ["a.b", "c"]}]
)
def test_variable_stands_for_fields(variables):
    """A variable is at least one field, named in full."""
    with pytest.raises(ValueError, match=r"name|path"):
        Route("/x/{id}", "student", "[]", variables=variables)


def test_field_in_a_path_is_well_formed():
    """A variable that names a field in full names one that could be."""
    with pytest.raises(ValueError, match="path"):
        Route("/x/{student..id}", "student", "[]")


def test_guard_shows_where_it_leads():
    """What is printed of a guard is its base address and how many routes it has."""
    assert repr(guard(BASIC)) == "<guard of `https://mis.example/v1` with 2 routes>"


@pytest.mark.parametrize(
    "value",
    [
        Request("GET", CANARY, [("a", CANARY)], CANARY.encode()),
        good({"x": CANARY}, etag=CANARY),
        Route("/x", "student", "[]", dialect=OneRosterDialect()),
        Limits(),
    ],
)
def test_nothing_of_a_request_is_printed(value):
    """What is printed of a message has nothing of what is in it."""
    assert_no_leak([repr(value), str(value)], [CANARY])


def test_filter_error_is_a_refusal():
    """A filter that does not follow its grammar is refused, and kept as such."""
    route = Route("/students", "student", "[]", dialect=OneRosterDialect())
    access = access_to("students.basic", name="oneroster")
    guarded = guard(access, route)

    with pytest.raises(FilterError):
        ask(guarded, f"/students?filter={CANARY}", fixed([]))

    assert len(guarded.refusals) == 1
    assert CANARY not in guarded.refusals[0]


# ---- Whose data ----------------------------------------------------------------------

SCHOOL = Route("/school", "school", "")
KEY = (("Authorization", "Bearer x"),)


class Schools(Mis):
    """An MIS that serves many schools, by the credentials of the client."""

    def __init__(self, **records):
        super().__init__(self._answer_for)
        self.records = records

    def _answer_for(self, request):
        if request.url.endswith("/school"):
            key = dict(request.headers).get("authorization", "").lower()
            return self.records.get(key.removeprefix("bearer "), good({}, 401))
        return good({"data": PUPILS})


def proving(access=BASIC, school=SCHOOL, **more):
    """Return a guard that makes sure whose data it gives."""
    return guard(access, Route("/students", "student", "data[]"), school=school, **more)


def test_school_is_proven_once_for_each_credentials():
    """The public record is asked for first, and again for other credentials alone."""
    ours = good({"urn": 100001, "name": CANARY})
    mis, guarded = Schools(x=ours, y=ours), proving()

    for key, agent in (("x", "a"), ("x", "b"), ("y", "a"), ("x", "c")):
        headers = [("Authorization", f"Bearer {key}"), ("User-Agent", agent)]
        ask(guarded, "/students", mis, headers=headers)

    assert [url.rpartition("/")[2] for url in mis.urls] == [
        *("school", "students", "students", "school", "students", "students"),
    ]
    assert mis.asked[0].headers == mis.asked[1].headers


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (good({"urn": "100002"}), WrongSchoolError),
        (good({"urn": None}), UnverifiedSchoolError),
        (good({"name": CANARY}), UnverifiedSchoolError),
        (good({"urn": {"x": CANARY}}), UnverifiedSchoolError),
        (good([{"urn": "100001"}]), SourceError),
        (evolve(good({}), body=CANARY.encode()), SourceError),
        (
            evolve(good({}), failure="the answer is cut short; try again later"),
            SourceError,
        ),
        (good({"urn": "100001"}, 302), SourceError),
        (good({"urn": "100001"}, 206), SourceError),
    ],
)
def test_another_school_is_not_given(answer, error):
    """Where an MIS does not give this school's public record, it is asked no further."""
    mis = Schools(x=answer)

    with pytest.raises(error) as caught:
        ask(proving(), "/students", mis, headers=KEY)

    assert mis.urls == [f"{BASE}/school"]
    assert_no_leak([str(caught.value), caught.value.__context__], [CANARY, "100002"])


def test_every_public_record_is_of_the_school():
    """Where several schools are given, all of them have to be this one; and one there is."""
    route = Route("/school", "school", "[]")
    for given in ([{"urn": "100001"}, {"urn": "100002"}], []):
        with pytest.raises((WrongSchoolError, SourceError)):
            ask(proving(school=route), "/students", Schools(x=good(given)), headers=KEY)


def test_credentials_that_have_expired_are_told():
    """Where an MIS does not give its public record for an error, a client is told it."""
    response = ask(proving(), "/students", Schools(), headers=KEY)

    assert (response.status, body_of(response)["error"]) == (
        401,
        "the MIS answered with 401",
    )


def test_school_is_not_asked_for_what_is_refused():
    """What is not permitted is refused before the school is asked for."""
    mis = Schools(x=good({"urn": "100001"}))

    with pytest.raises(AccessDeniedError):
        ask(proving(School().open()), "/students", mis, headers=KEY)

    assert mis.urls == []


def test_proofs_are_bounded():
    """Of very many credentials those used first are proven again."""
    mis, guarded = Mis(lambda r: good({"urn": "100001", "data": []})), proving()
    for n in [*range(101), 0]:
        ask(guarded, "/students", mis, headers=[("Authorization", str(n))])

    assert len([url for url in mis.urls if url.endswith("/school")]) == 102


def test_school_is_asked_for_in_its_dialect():
    """Of the public record no more is asked for than may flow."""
    mis = fixed({"org": {"identifier": "100001"}, "data": []})
    route = Route("/orgs/s1", "school", "org", dialect=OneRosterDialect())
    access = access_to("students.basic", name="oneroster")

    ask(proving(access, route), "/students", mis)

    assert mis.urls[0] == (
        f"{BASE}/orgs/s1?fields=sourcedId%2Cstatus%2CdateLastModified%2Cname%2Ctype%2Cidentifier"
    )


@pytest.mark.parametrize(
    "route", [Route("/x", "student", ""), Route("/school/{id}", "school", "")]
)
def test_school_is_told_by_its_public_record(route):
    """Only the public record, at one address, proves a school."""
    with pytest.raises(ValueError, match="the route of the school is that"):
        proving(school=route)


# ---- Tokens --------------------------------------------------------------------------

TOKEN = {
    "access_token": "t",
    "token_type": "bearer",
    "expires_in": 60,
    "refresh_token": "r",
    "scope": "a b",
    "id_token": CANARY,
    "user": {"dob": CANARY},
}


@pytest.mark.parametrize(
    ("route", "url"),
    [
        ("/oauth/token", f"{BASE}/oauth/token"),
        ("https://mis.example/token", "https://mis.example/token"),
        ("https://id.example:444/t", "https://id.example:444/t"),
    ],
)
def test_token_passes(route, url):
    """A token is asked for as the client does, and of the answer what is one passes."""
    mis = fixed(TOKEN, cache_control=CANARY)
    guarded = guard(School().open(), TokenRoute(route))
    headers = [*FORM, ("Authorization", "Basic x"), ("Cookie", "a")]

    response = ask(guarded, url, mis, "POST", headers, b"grant_type=x")

    assert body_of(response) == {
        k: v for k, v in TOKEN.items() if CANARY not in repr(v)
    }
    assert mis.asked[0] == Request(
        "POST",
        url,
        [
            ("authorization", "Basic x"),
            ("accept-encoding", "gzip, deflate"),
            ("content-type", "application/x-www-form-urlencoded"),
        ],
        b"grant_type=x",
    )


@pytest.mark.parametrize("name", [k for k in TOKEN if CANARY not in repr(TOKEN[k])])
@pytest.mark.parametrize("value", [{"x": CANARY}, [CANARY], None, True, 1.5])
def test_token_is_of_plain_values(name, value):
    """What is not of the kind that a token has there does not pass."""
    response = ask_token(fixed(TOKEN | {name: value}))

    assert name not in body_of(response)


def ask_token(mis, method="POST", headers=FORM, body=b"x=1", url="/oauth/token"):
    """Return what a client is given that asks for a token."""
    return ask(guard(BASIC), url, mis, method, headers, body)


@pytest.mark.parametrize(
    "told",
    [
        {"method": "GET"},
        {"method": "PUT"},
        {"body": None},
        {"body": b"x" * 70_000},
        {"headers": ()},
        {"headers": [("Content-Type", "text/plain")]},
        {"headers": [*FORM, *FORM]},
        {"url": f"/oauth/token?x={CANARY}"},
        {"url": "/oauth/token/"},
        {"url": "/oauth/%74oken"},
        {"headers": [*FORM, ("Accept", "\n")]},
    ],
)
def test_other_requests_for_a_token_are_refused(told):
    """A token is asked for at its address alone, by POST, with a small form or JSON."""
    mis = fixed(TOKEN)

    with pytest.raises(RouteRefusedError):
        ask_token(mis, **told)

    assert mis.urls == []


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"error": "invalid_client", "error_description": CANARY}, "invalid_client"),
        ({"error": CANARY}, "the MIS answered with 401"),
        ({"error": ["invalid_client"]}, "the MIS answered with 401"),
        ([CANARY], "the MIS answered with 401"),
        ({}, "the MIS answered with 401"),
    ],
)
def test_known_errors_of_a_token_pass(body, said):
    """Of an error the words pass that RFC 6749 has, and no others."""
    response = ask_token(fixed(body, 401))

    assert (response.status, body_of(response)) == (401, {"error": said})


@pytest.mark.parametrize(
    "answer",
    [
        evolve(good(TOKEN), body=b"x"),
        evolve(good([TOKEN])),
        evolve(good(TOKEN), failure="the answer is cut short; try again later"),
        evolve(good(TOKEN), status=302),
        evolve(good(TOKEN), status=206),
    ],
)
def test_what_is_no_token_is_refused(answer):
    """An answer that is not a token is reported as such, and not shown."""
    with pytest.raises(SourceError, match="token"):
        ask_token(lambda _: answer)


def test_token_address_has_no_query():
    """The address of a token route is a plain one."""
    with pytest.raises(ValueError, match="no query"):
        guard(BASIC, TokenRoute("https://id.example/t?x=1"))


def test_closed_access_gets_no_token():
    """Through a guard whose access was closed no token is asked for."""
    access = access_to("students.basic")
    guarded = guard(access)
    access.close()

    with pytest.raises(ValueError, match="this access is closed"):
        ask(guarded, "/oauth/token", fixed(TOKEN), "POST", FORM, b"x")


def test_every_error_of_a_guard_is_ours():
    """What a guard raises by intention can be caught as one."""
    assert issubclass(RouteRefusedError, ScopegateError)
    assert issubclass(RouteRefusedError, PermissionError)
