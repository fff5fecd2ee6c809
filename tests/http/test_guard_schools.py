"""A guard proves whose data it is given, and passes tokens on."""

import pytest
from attrs import evolve

from scopegate import AccessDeniedError
from scopegate._wire.messages import Request
from scopegate.errors import (
    RouteRefusedError,
    ScopegateError,
    SourceError,
    UnverifiedSchoolError,
    WrongSchoolError,
)
from scopegate.http import (
    OneRosterDialect,
    Route,
    TokenRoute,
)
from scopegate.testing.leaks import assert_no_leak

from .guarded import BASIC, CANARY, FORM
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
)

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
