"""The same laws for httpx, httpx without blocking, and requests, over real servers."""

import json
import threading

import pytest
import requests

from scopegate import AccessDeniedError
from scopegate.consent.subjects import Subjects
from scopegate.errors import QueryRefusedError, RouteRefusedError, SourceError
from scopegate.http import (
    AssemblyDialect,
    Guard,
    OneRosterDialect,
    Route,
    TokenRoute,
    WondeDialect,
)
from scopegate.testing.leaks import assert_no_leak

from .clients import WAYS, client, get, session
from .scenes import School, access_to

CANARY = "canary-2014"
AS_JSON = {"Accept": "application/vnd.assembly+json; version=1.1"}
HEADERS = {**AS_JSON, "Authorization": "Bearer school-token"}
PUPILS = [
    {
        "id": n,
        "first_name": f"Ada é {n}",
        "last_name": "Zed",
        "year_code": str(7 + n % 2),
        "upn": CANARY,
        "dob": "2014-02-11",
        "demographics": {"gender": "F", "is_fsm": CANARY},
        "emails": [{"id": 1, "email": CANARY}],
    }
    for n in range(1, 13)
]
ROUTES = (
    Route("/students", "student", "[]", dialect=AssemblyDialect()),
    Route("/students/{id}", "student", "", dialect=AssemblyDialect()),
    Route("/school", "school", "", dialect=AssemblyDialect()),
    TokenRoute("/oauth/token"),
)


def guard(server, access, routes=ROUTES, **more):
    """Return a guard before a server."""
    return Guard(access, server.url, routes, **more)


@pytest.fixture
def mis(assembly):
    """An Assembly with twelve pupils."""
    assembly.serve({"student": PUPILS, "school": [{"urn": "100001"}]})
    return assembly


def as_bytes(value):
    """Return JSON as a guard writes it."""
    return json.dumps(value, separators=(",", ":")).encode()


# ---- What is given -------------------------------------------------------------------


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("is_packed", [True, False])
def test_assembly_gives_what_filter_gives(way, is_packed, mis):
    """Of a list of Assembly a client gets, byte for byte, what `Access.filter` gives."""
    mis.options(gzip=is_packed)
    access = access_to("students.basic", "students.gender")
    url = f"{mis.url}/students?demographics=true&per_page=5"

    told = get(way, guard(mis, access), url, headers=HEADERS)

    assert told.body == as_bytes([access.filter("student", p) for p in PUPILS[:5]])
    assert told.headers == {
        "content-type": "application/json",
        "content-length": str(len(told.body)),
        "page": "1",
        "per-page": "5",
        "total": "12",
        "total-pages": "3",
        "next-page": "2",
        "prev-page": "",
    }
    assert_no_leak(told.response, [CANARY])


@pytest.mark.parametrize("way", WAYS)
def test_oneroster_gives_what_filter_gives(way, oneroster):
    """Of a list of OneRoster a client gets what `Access.filter` gives, over a token."""
    people = [
        {
            "sourcedId": f"u{n}",
            "status": "active",
            "role": "student",
            "givenName": f"Ada {n}",
            "familyName": "Zed",
            "identifier": CANARY,
            "metadata": {"x": CANARY},
        }
        for n in range(6)
    ]
    oneroster.serve({"users": people})
    access = access_to("students.basic", name="oneroster")
    dialect = OneRosterDialect()
    routes = (
        TokenRoute("/oauth/token"),
        Route("/ims/oneroster/v1p1/students", "student", "users[]", dialect=dialect),
    )
    guarded = guard(oneroster, access, routes)
    form = {
        "grant_type": "client_credentials",
        "client_id": "app",
        "client_secret": "hush",
    }
    asked = get(way, guarded, f"{oneroster.url}/oauth/token", method="POST", data=form)
    token = json.loads(asked.body)["access_token"]
    url = f"{oneroster.url}/ims/oneroster/v1p1/students?limit=2&offset=2"

    told = get(way, guarded, url, headers={"Authorization": f"Bearer {token}"})

    given = [access.filter("student", person) for person in people[2:4]]
    assert told.body == as_bytes({"users": given})
    assert told.headers["x-total-count"] == "6"
    assert told.headers["link"] == (
        f'<{oneroster.url}/ims/oneroster/v1p1/students?limit=2&offset=4>; rel="next", '
        f'<{oneroster.url}/ims/oneroster/v1p1/students?limit=2&offset=0>; rel="prev"'
    )
    assert CANARY not in oneroster.log()[1]["path"]
    assert "identifier" not in oneroster.log()[1]["path"]


@pytest.mark.parametrize("way", WAYS)
def test_wonde_gives_what_filter_gives(way, wonde):
    """A client of Wonde follows cursors to the end, and sees none of Wonde's own."""
    people = [
        {
            "id": f"A{n}",
            "surname": "Zed",
            "forename": f"Ada {n}",
            "date_of_birth": CANARY,
            "education_details": {
                "data": {"current_nc_year": "7", "local_upn": CANARY}
            },
        }
        for n in range(5)
    ]
    wonde.serve({"schools": [{"id": "S1", "urn": 1}], "students": people})
    access = access_to("students.education_details.read", name="wonde")
    route = Route("/students", "student", "data[]", dialect=WondeDialect())
    guarded = Guard(access, f"{wonde.url}/v1.0/schools/S1", [route])
    start = f"{wonde.url}/v1.0/schools/S1/students"
    url = f"{start}?cursor=true&per_page=2&include=education_details"
    found, seen = [], []
    while url is not None:
        told = get(way, guarded, url, headers={"Authorization": "Bearer app-token"})
        seen.append(told.body)
        body = json.loads(told.body)
        found += body["data"]
        url = body["meta"]["pagination"]["next"]

    assert found == [access.filter("student", person) for person in people]
    assert len(seen) == 3
    assert_no_leak(seen, [CANARY])


@pytest.mark.parametrize("way", WAYS)
def test_following_pages_gives_every_released_record(way, mis):
    """Going from page to page, where some pupils are left out, gives all the others."""
    access = access_to(
        "students.basic", subjects=Subjects.everyone_except(student=[1, 4, 5, 6, 12])
    )
    guarded, found, page = guard(mis, access), [], "1"
    while page:
        url = f"{mis.url}/students?per_page=3&page={page}"
        told = get(way, guarded, url, headers=HEADERS)
        found.append([r["id"] for r in json.loads(told.body)])
        page = told.headers["next-page"]
        assert "total" not in told.headers

    assert found == [[2, 3, 7], [8, 9, 10], [11]]


@pytest.mark.parametrize("way", WAYS)
def test_withheld_and_missing_look_alike(way, mis):
    """To a client one pupil who is left out, and one who is not there, are the same."""
    access = access_to("students.basic", subjects=Subjects.everyone_except(student=[3]))
    guarded = guard(mis, access)

    withheld, missing = (
        get(way, guarded, f"{mis.url}/students/{n}", headers=HEADERS) for n in (3, 99)
    )

    assert withheld == missing
    assert withheld.status == 404


# ---- What is not sent ----------------------------------------------------------------


@pytest.mark.parametrize("way", WAYS)
def test_nothing_is_asked_before_a_grant(way, mis):
    """Before a grant the server hears nothing at all."""
    guarded = guard(mis, School().open())

    for path in ("/students", "/students/1"):
        with pytest.raises(AccessDeniedError):
            get(way, guarded, mis.url + path, headers=HEADERS)

    assert mis.log() == []


REFUSED = [
    ("GET", "/students?dob=2014", RouteRefusedError),
    ("GET", "/students?students=1&students=2", RouteRefusedError),
    ("GET", "/students?q=Ada", RouteRefusedError),
    ("GET", "/students?demographics=true", QueryRefusedError),
    ("GET", "/students?emails=true&per_page=1", QueryRefusedError),
    ("GET", "/students?date=2026-01-01", QueryRefusedError),
    ("GET", "/staff_members", RouteRefusedError),
    ("GET", "/students/1/", RouteRefusedError),
    ("GET", "/students//1", RouteRefusedError),
    ("GET", "/students/1%2F..%2Fstaff_members", RouteRefusedError),
    ("GET", "/students;x=1", RouteRefusedError),
    ("GET", "/Students", RouteRefusedError),
    ("HEAD", "/students", RouteRefusedError),
    ("OPTIONS", "/students", RouteRefusedError),
    ("POST", "/students", RouteRefusedError),
    ("DELETE", "/students/1", RouteRefusedError),
    ("GET", "/oauth/token", RouteRefusedError),
    ("GET", "/_control/log", RouteRefusedError),
]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("method", "path", "error"), REFUSED)
def test_refused_requests_are_not_sent(way, method, path, error, mis):
    """What a guard refuses the server does not hear of."""
    guarded = guard(mis, access_to("students.basic"))

    with pytest.raises(error):
        get(way, guarded, mis.url + path, method=method, headers=HEADERS)

    assert mis.log() == []


@pytest.mark.parametrize("way", WAYS)
def test_another_host_is_not_asked(way, mis):
    """By another name the same server is not asked, nor is any other."""
    guarded = guard(mis, access_to("students.basic"))
    port = mis.url.rpartition(":")[2]

    for host in (
        f"localhost:{port}",
        f"a@127.0.0.1:{port}",
        "127.0.0.1:1",
        "evil.example",
    ):
        with pytest.raises(RouteRefusedError):
            get(way, guarded, f"http://{host}/students", headers=HEADERS)

    assert mis.log() == []


@pytest.mark.parametrize("way", WAYS)
def test_body_of_a_get_is_refused(way, mis):
    """A GET with a body is refused, even where the body is made while it is sent."""
    guarded = guard(mis, access_to("students.basic"))
    more = {"data": b"x"} if way == "requests" else {"content": b"x"}

    with pytest.raises(RouteRefusedError, match="without a body"):
        get(way, guarded, f"{mis.url}/students", headers=HEADERS, **more)

    assert mis.log() == []


@pytest.mark.parametrize("way", ["httpx", "requests"])
def test_body_that_streams_is_refused(way, mis):
    """A body that is made while it is sent is refused unseen, for a token too."""
    guarded, read = guard(mis, access_to("students.basic")), []
    name = "data" if way == "requests" else "content"

    def body():
        read.append(1)
        yield b"x"

    for method, path in (("GET", "/students"), ("POST", "/oauth/token")):
        with pytest.raises(RouteRefusedError):
            get(way, guarded, mis.url + path, method=method, **{name: body()})

    assert (mis.log(), read) == ([], [])


@pytest.mark.parametrize("way", WAYS)
def test_headers_that_arrive_are_chosen(way, mis):
    """Of a client's headers the server sees those that are let through, and ours."""
    headers = {
        **HEADERS,
        "X-HTTP-Method-Override": "DELETE",
        "If-Modified-Since": "Wed, 21 Oct 2026 07:28:00 GMT",
        "If-None-Match": '"x"',
        "Range": "bytes=0-9",
        "Cookie": "a=b",
        "X-Page-Number": "2",
        "Accept-Encoding": "br",
    }

    told = get(
        way,
        guard(mis, access_to("students.basic")),
        f"{mis.url}/students",
        headers=headers,
    )

    sent = {n.lower(): v for n, v in mis.log()[0]["all_headers"]}
    assert told.status == 200
    assert sent.pop("user-agent").startswith("python-")
    assert sent == {
        "host": mis.url.removeprefix("http://"),
        "accept": AS_JSON["Accept"],
        "authorization": "Bearer school-token",
        "accept-encoding": "gzip, deflate",
    }


@pytest.mark.parametrize("way", WAYS)
def test_token_is_asked_for_as_the_client_does(way, mis):
    """A form for a token arrives as it was, and of the answer only a token is left."""
    form = {
        "grant_type": "client_credentials",
        "client_id": "app",
        "client_secret": "hush",
    }
    url = f"{mis.url}/oauth/token"

    told = get(way, guard(mis, School().open()), url, method="POST", data=form)

    assert mis.log()[0]["body"] == (
        "grant_type=client_credentials&client_id=app&client_secret=hush"
    )
    assert json.loads(told.body).keys() == {"access_token", "token_type"}


# ---- Errors, redirects, decisions ----------------------------------------------------


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 503])
def test_errors_are_told_by_status(way, status, mis):
    """Of an error a client sees the status, and nothing that the server says."""
    mis.fault(f"status:{status}", canary=CANARY, retry_after=7)

    told = get(
        way,
        guard(mis, access_to("students.basic")),
        f"{mis.url}/students",
        headers=HEADERS,
    )

    assert told.status == status
    assert told.body == as_bytes({"error": f"the MIS answered with {status}"})
    assert told.headers.get("retry-after") == ("7" if status in {429, 503} else None)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("status", [206, 304])
def test_other_answers_are_refused(way, status, mis):
    """An answer that says that nothing changed, or is a part, is refused."""
    mis.fault(f"status:{status}", canary=CANARY)

    with pytest.raises(SourceError, match=f"status {status}"):
        get(
            way,
            guard(mis, access_to("students.basic")),
            f"{mis.url}/students",
            headers=HEADERS,
        )


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("follow", [False, True])
@pytest.mark.parametrize(
    "location", ["http://127.0.0.1:1/students", f"/students?x={CANARY}", "/staff"]
)
def test_redirects_elsewhere_are_refused(way, follow, location, mis):
    """No one follows an MIS that sends a client out of the routes."""
    mis.fault("redirect", 1, location=location)

    with pytest.raises(SourceError, match="from elsewhere"):
        get(
            way,
            guard(mis, access_to("students.basic")),
            f"{mis.url}/students/1",
            headers=HEADERS,
            follow=follow,
        )

    assert len(mis.log()) == 1


@pytest.mark.parametrize("way", WAYS)
def test_redirect_to_a_route_is_followed_through_the_guard(way, mis):
    """A client that follows to another route is guarded there too."""
    mis.fault("redirect", 1, location="/students", status=307)
    access = access_to("students.basic")

    told = get(
        way, guard(mis, access), f"{mis.url}/students/1", headers=HEADERS, follow=True
    )

    assert json.loads(told.body) == [access.filter("student", p) for p in PUPILS]
    assert_no_leak([told.body, told.headers, *told.response.history], [CANARY])


@pytest.mark.parametrize("way", WAYS)
def test_revoked_between_pages(way, mis):
    """After a revocation the next page is not even asked for."""
    school = School()
    guarded = guard(mis, school.authorise("students.basic"))
    url = f"{mis.url}/students?per_page=3"
    get(way, guarded, url, headers=HEADERS)
    school.revoke()

    with pytest.raises(AccessDeniedError):
        get(way, guarded, f"{url}&page=2", headers=HEADERS)

    assert len(mis.log()) == 1


# ---- Streaming, threads --------------------------------------------------------------


def test_httpx_streams_what_is_released(mis):
    """However a response of httpx is streamed, it is what was released."""
    access = access_to("students.basic")
    wanted = as_bytes([access.filter("student", p) for p in PUPILS])
    found = []
    with client(guard(mis, access), headers=HEADERS) as made:
        for read in ("iter_bytes", "iter_raw", "iter_lines", "iter_text"):
            with made.stream("GET", f"{mis.url}/students") as response:
                pieces = [*getattr(response, read)()]
                found.append(
                    b"".join(p.encode() if isinstance(p, str) else p for p in pieces)
                )
                assert_no_leak([response.headers, response.extensions], [CANARY])

    assert found == [wanted] * 4


def test_requests_streams_what_is_released(mis):
    """However a response of requests is streamed, it is what was released."""
    access = access_to("students.basic")
    wanted = as_bytes([access.filter("student", p) for p in PUPILS])
    reads = (
        lambda r: b"".join(r.iter_content(7)),
        lambda r: b"\n".join(r.iter_lines()),
        lambda r: r.raw.read(),
        lambda r: b"".join(r.raw.stream(7)),
        lambda r: r.content,
    )
    found = []
    with session(guard(mis, access)) as made:
        for read in reads:
            with made.get(
                f"{mis.url}/students", headers=HEADERS, stream=True
            ) as response:
                found.append(read(response))
                assert response.raw.headers["Content-Type"] == "application/json"
                assert response.url == f"{mis.url}/students"

    assert found == [wanted] * 5


def test_requests_may_retry_by_itself(mis):
    """An adapter below that tries again on its own does so, and is guarded."""
    mis.fault("status:503", 1)
    inner = requests.adapters.HTTPAdapter(
        max_retries=requests.adapters.Retry(2, status_forcelist=[503], backoff_factor=0)
    )

    with session(guard(mis, access_to("students.basic")), inner) as made:
        response = made.get(f"{mis.url}/students", headers=HEADERS)

    assert (response.status_code, len(response.json())) == (200, 12)


@pytest.mark.parametrize("way", WAYS)
def test_threads_share_a_guard(way, mis):
    """Threads that share a guard each get their own pages, whole and in order."""
    access = access_to(
        "students.basic", subjects=Subjects.everyone_except(student=[2, 7])
    )
    guarded, found = guard(mis, access), {}

    def walk(size):
        ids, page = [], "1"
        while page:
            url = f"{mis.url}/students?per_page={size}&page={page}"
            told = get(way, guarded, url, headers=HEADERS)
            ids += [r["id"] for r in json.loads(told.body)]
            page = told.headers["next-page"]
        found[size] = ids

    threads = [threading.Thread(target=walk, args=[size]) for size in range(2, 8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    kept = [n for n in range(1, 13) if n not in {2, 7}]
    assert found == dict.fromkeys(range(2, 8), kept)
