"""A OneRoster server gives tokens: when one is asked for, and what may go wrong."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from scopegate._base.secret import Secret
from scopegate.adapters._http.oauth import ClientCredentials, _Token
from scopegate.adapters.http import HTTPAdapter
from scopegate.adapters.steps import Answer, Asking
from scopegate.errors import SourceError

from ..servers.fixtures import serving
from .driving import WAYS, chain, client, fetched
from .oneroster_scene import (
    CANARY,
    RECORDS,
    SHOWN,
    VERSIONS,
    asked,
    interface,
    page,
    wanted,
)
from .rest_story import Nobody

CLIENT = ClientCredentials("https://mis.example/token", "app", Secret("hush"))


running_server, server = serving("oneroster", RECORDS)


@pytest.mark.parametrize("way", WAYS)
def test_a_token_is_kept(server, way):
    """A second fetch asks for none."""
    given = interface(server, page_size=100)

    fetched(way, given, wanted())
    fetched(way, given, wanted("teacher"))

    assert [line for line in asked(server) if "token" in line] == ["token roster-core"]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("version", VERSIONS)
def test_demographics_have_a_token_of_their_own(server, way, version):
    """Their scope is asked for when they are read, and only then."""
    given = interface(server, version)

    fetched(way, given, wanted())
    found = fetched(way, given, wanted("demographics", "birthDate"))

    assert found == ([{"birthDate": "2014-02-11"}], None)
    tokens = [line for line in asked(server) if "token" in line]
    assert tokens == ["token roster-core", "token roster-demographics"]


def test_another_scope_can_be_asked_for(server):
    """Where a school allowed only that; demographics have their own all the same."""
    scope = "https://purl.imsglobal.org/spec/or/v1p2/scope/roster.readonly"
    given = interface(server, roster_scope=scope)

    fetched("sync", given, wanted())
    fetched("sync", given, wanted("demographics", "sex"))

    tokens = [line for line in asked(server) if "token" in line]
    assert tokens == ["token roster", "token roster-demographics"]


@pytest.mark.parametrize("way", WAYS)
def test_a_token_that_ends_midway_is_replaced(server, way):
    """The page that was refused is asked for again, and the reading goes on."""
    server.options(token_uses=1)

    assert fetched(way, interface(server), wanted()) == (SHOWN, None)
    assert asked(server) == [
        *["token roster-core", page(0), page(2)],
        *["token roster-core", page(2), page(4)],
        *["token roster-core", page(4)],
    ]


@pytest.mark.parametrize(
    ("seconds", "tokens"), [(31, 2), (40, 1), (3600, 1), (None, 1)]
)
def test_a_token_near_its_end_is_not_used(server, seconds, tokens):
    """Half a minute before it ends another is asked for; without an end, never."""
    server.options(token_seconds=seconds)
    now = iter([0.0, *[5.0] * 9])
    given = interface(server, page_size=3, elapsed=lambda: next(now))

    assert fetched("sync", given, wanted()) == (SHOWN, None)
    assert sum("token" in line for line in asked(server)) == tokens


@pytest.mark.parametrize("way", WAYS)
def test_a_token_that_is_refused_at_once_is_a_fault(server, way):
    """A new one is asked for once, and then the refusal stands."""
    server.options(token_uses=0)

    _, error = fetched(way, interface(server), wanted())

    assert str(error) == (
        "student, page 1: the MIS does not accept the credentials (401); renew them"
    )
    assert asked(server) == ["token roster-core", page(0)] * 2


NONE_GIVEN = "the MIS gave no access token; check the token address"


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("options", "fault", "problem"),
    [
        (
            {"client_secret": "other"},
            {},
            "the MIS does not know the client; check its id and secret",
        ),
        (
            {"scopes": ["other"]},
            {},
            "the MIS does not give the client the scope needed; ask for it",
        ),
        (
            {},
            {"kind": "status:500"},
            "the MIS answered with status 500; try again later",
        ),
        (
            {},
            {"kind": "status:403"},
            "the MIS account cannot read this (403); ask the school to allow it",
        ),
        (
            {},
            {"kind": "html"},
            "the answer is not JSON that can be read; tell the MIS's operator",
        ),
        ({}, {"kind": "array_for_object"}, NONE_GIVEN),
        (
            {},
            {"kind": "redirect"},
            "the MIS answers from elsewhere (302); correct the address",
        ),
        (
            {},
            {"kind": "duplicate_keys"},
            "the answer has an object with one key twice; tell the MIS's operator",
        ),
    ],
)
def test_a_token_that_is_not_given_is_a_fault(server, way, options, fault, problem):
    """The reason is told in words, and the MIS is asked for no record."""
    server.options(**options)
    if fault:
        server.fault(**fault, on="token", canary=CANARY)

    found, error = fetched(way, interface(server), wanted())

    assert (found, str(error)) == ([], f"student: {problem}")
    assert (CANARY in chain(error), asked(server)) == (False, ["token roster-core"])


@pytest.mark.parametrize(
    ("told", "problem"),
    [
        (b'{"access_token":""}', NONE_GIVEN),
        (b'{"access_token":7}', NONE_GIVEN),
        (b'{"access_token":"a\\r\\nX: b"}', NONE_GIVEN),
        (
            b'{"access_token":"a","token_type":"mac"}',
            "the MIS gave a token of another kind than bearer; check its version",
        ),
    ],
)
def test_a_token_that_cannot_be_shown_is_refused(told, problem):
    """Neither what is not a token, nor one that is shown in another way."""
    steps = CLIENT.steps(Asking(wanted()), "scope")
    next(steps)

    with pytest.raises(SourceError) as caught:
        steps.send(Answer(200, body=told))

    assert str(caught.value) == f"student: {problem}"


def test_a_token_without_a_kind_is_a_bearer():
    """Some servers leave out what they should say."""
    steps = CLIENT.steps(Asking(wanted()), "another")
    next(steps)

    with pytest.raises(StopIteration) as caught:
        steps.send(Answer(200, body=b'{"access_token":"a"}'))

    assert caught.value.value.value == "a"


def test_a_token_that_somebody_else_replaced_is_kept():
    """Forgetting one that is not kept any more does nothing."""
    credentials = ClientCredentials("t", "a", Secret("b"), lambda: 0.0)
    given = credentials.steps(Asking(wanted()), "scope")
    next(given)
    with pytest.raises(StopIteration):
        given.send(Answer(200, body=b'{"access_token":"new"}'))

    credentials.forget("scope", Secret("old"))
    credentials.forget("other", Secret("new"))

    with pytest.raises(StopIteration) as caught:
        next(credentials.steps(Asking(wanted()), "scope"))
    assert caught.value.value.value == "new"


def test_what_the_client_proves_itself_with_is_not_shown():
    """Neither the interface nor what it keeps tokens in prints a secret."""
    given = interface(Nobody, client_secret=CANARY)

    assert CANARY not in f"{given!r} {given._client!r} {_Token(Secret(CANARY), 1.0)!r}"


def test_threads_may_share_an_adapter(server):
    """Eight that read at once, while a token ends, get all that there is."""
    # One only: a second could meet the very request that is sent again.
    server.faults([{"kind": "status:401", "at": 3}])
    with client() as line, ThreadPoolExecutor(8) as pool:
        adapter = HTTPAdapter(interface(server), line)

        found = list(pool.map(lambda _: list(adapter.fetch(wanted())), range(8)))

    assert found == [SHOWN] * 8
