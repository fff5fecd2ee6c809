"""A OneRoster server, read by its adapter: what it is asked, and what comes of it.

The server is in another process, and keeps a log of all that it was asked.
"""

import asyncio
from datetime import UTC, datetime, timedelta, timezone

import pytest

from scopegate import AccessDeniedError, Condition, Query
from scopegate.adapters._oauth import ClientCredentials, _Token
from scopegate.adapters._oneroster_pages import explain, total_of
from scopegate.adapters._oneroster_query import filter_of
from scopegate.adapters._oneroster_words import PER_SCHOOL
from scopegate.adapters.base import NONE, Fetch
from scopegate.adapters.http import AsyncHTTPAdapter, HTTPAdapter
from scopegate.adapters.oneroster import OneRoster
from scopegate.adapters.steps import Answer, Asking, Limits
from scopegate.errors import (
    QueryRefusedError,
    SourceError,
    UnverifiedSchoolError,
    WrongSchoolError,
)
from scopegate.field import Field
from scopegate.resource import Resource

from ..servers.client import running
from .driving import WAYS, async_client, chain, client, counted, fetched
from .oneroster_scene import (
    BASES,
    CANARY,
    CATALOGUE,
    HOME,
    OTHER,
    PUPILS,
    RECORDS,
    SCHOOL,
    Scene,
    asked,
    interface,
    person,
    wanted,
)

VERSIONS = list(BASES)
BASIC = "sourcedId,givenName"
SHOWN = [{"sourcedId": p["sourcedId"], "givenName": p["givenName"]} for p in PUPILS]
STUDENT = CATALOGUE.resource("student")
CLIENT = ClientCredentials("https://mis.example/token", "app", "hush")


@pytest.fixture(scope="module")
def running_server():
    """One server for all tests here."""
    with running("oneroster") as server:
        yield server


@pytest.fixture
def server(running_server):
    """The server, with a small school and no faults."""
    running_server.reset()
    running_server.serve(RECORDS)
    return running_server


def page(offset, resource="students", fields=BASIC, limit=2):
    """Return how a page is asked for."""
    return f"/{resource}?limit={limit}&offset={offset}&fields={fields}"


def only_page(server, resource, fields, **more):
    """Return what is asked of a server, besides the token, for the first page."""
    fetched("sync", interface(server, page_size=100, **more), wanted(resource, *fields))
    return asked(server)[1:]


# ---- What is asked -------------------------------------------------------------------


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("version", VERSIONS)
def test_a_resource_is_read_page_by_page(server, way, version):
    """A token for the one scope, then page after page up to the total, and no more."""
    found = fetched(way, interface(server, version), wanted())

    assert found == (SHOWN, None)
    assert asked(server) == ["token roster-core", page(0), page(2), page(4)]


def test_the_token_is_asked_for_with_the_clients_credentials(server):
    """By HTTP Basic, each written as in a form first (RFC 6749 §2.3.1)."""
    given = {"client_id": "a p", "client_secret": "h:sh"}

    fetched("sync", interface(server, **given), wanted())

    [entry] = server.log()
    assert entry["headers"]["Authorization"] == "Basic YStwOmglM0FzaA=="
    assert entry["body"] == (
        "grant_type=client_credentials&scope=https%3A%2F%2Fpurl.imsglobal.org%2Fspec"
        "%2For%2Fv1p2%2Fscope%2Froster-core.readonly"
    )


@pytest.mark.parametrize(
    ("resource", "place"),
    [
        ("school", "schools"),
        ("org", "orgs"),
        ("academic_session", "academicSessions"),
        ("term", "terms"),
        ("grading_period", "gradingPeriods"),
        ("course", "courses"),
        ("class", "classes"),
        ("student", "students"),
        ("teacher", "teachers"),
        ("user", "users"),
        ("enrollment", "enrollments"),
    ],
)
@pytest.mark.parametrize("version", VERSIONS)
def test_every_resource_has_a_place(server, resource, place, version):
    """What is read is what the server has there, in the envelope of its kind."""
    given = interface(server, version, page_size=100)

    found, error = fetched("sync", given, wanted(resource, "sourcedId"))

    assert (error, len(found) > 0) == (None, True)
    assert asked(server)[1:] == [page(0, place, "sourcedId", 100)]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", CATALOGUE.resources)
def test_every_field_of_the_catalogue_is_one_that_the_server_knows(
    server, version, name
):
    """Asked for all of them, it does not give what else it has, as it would of one."""
    more = {"metadata": {"note": CANARY}}
    server.serve({kind: [row | more for row in rows] for kind, rows in RECORDS.items()})
    names = [one.local for one in CATALOGUE.resource(name).fields]

    found, error = fetched("sync", interface(server, version), wanted(name, *names))

    assert (error, len(found) > 0) == (None, True)
    assert not any("metadata" in record for record in found)


@pytest.mark.parametrize(
    ("version", "names", "fields"),
    [
        ("1.1", ["role", "orgs[].sourcedId", "roles[].role"], "role,orgs"),
        ("1.2", ["role", "orgs[].sourcedId", "roles[].role"], "roles"),
        ("1.1", ["pronouns", "email"], "email"),
        ("1.2", ["pronouns", "email"], "pronouns,email"),
        ("1.2", ["roles[].role", "roles[].org.sourcedId"], "roles"),
        ("1.2", ["primaryOrg.sourcedId", "agents[].sourcedId"], "primaryOrg,agents"),
    ],
)
def test_only_what_the_version_publishes_is_asked_for(server, version, names, fields):
    """By names of the top level, each once; never one that the version has not."""
    lines = only_page(server, "student", names, version=version)

    assert lines == [page(0, fields=fields, limit=100)]


def test_a_password_is_never_asked_for(server):
    """Nor does the adapter ask for what a catalogue of one's own has beside it."""
    lines = only_page(server, "student", ["password", "sourcedId"])

    assert lines == [page(0, fields="sourcedId", limit=100)]


def test_what_a_server_lacks_is_not_asked_for(server):
    """A host that knows its server can leave out a field of one resource."""
    given = interface(server, lacks=["student.email", "user.givenName"])

    fetched("sync", given, wanted("student", "email", "givenName"))

    assert asked(server)[1] == page(0, fields="givenName")


@pytest.mark.parametrize("way", WAYS)
def test_what_the_version_has_nothing_of_is_not_read(server, way):
    """Where none of the fields is published the server is not asked at all."""
    found = fetched(way, interface(server, "1.1"), wanted("student", "pronouns"))

    assert (found[0], str(found[1]), server.log()) == (
        [],
        "student: OneRoster 1.1 has none of the fields asked for; ask for others",
        [],
    )


@pytest.mark.parametrize("way", WAYS)
def test_a_resource_that_oneroster_has_not_is_empty(server, way):
    """Nobody is asked about it, and it counts nothing."""
    pet = Resource("pet", "Pet", "id", [Field("pet.id")])
    given = interface(server)

    found = fetched(way, given, Fetch(pet, ["pet.id"], SCHOOL))

    assert (found, counted(way, given, Fetch(pet, ["pet.id"], SCHOOL))) == (
        ([], None),
        0,
    )
    assert (given.capabilities(pet), server.log()) == (NONE, [])


def test_a_limit_is_a_hint_for_the_size_of_a_page(server):
    """A page is no larger than what will be taken, and never empty."""
    for limit in (0, 1, 2, 3):
        fetched("sync", interface(server), wanted(limit=limit))

    sizes = [line.partition("&")[0] for line in asked(server) if "offset=0" in line]
    assert sizes == [f"/students?limit={size}" for size in (1, 1, 2, 2)]


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"version": "2.0"}, "a version is one of 1.1, 1.2"),
        ({"page_size": 0}, "a page has at least 1 record, not 0"),
    ],
)
def test_a_mistake_is_told_at_once(given, problem):
    """Before anything is asked."""
    needed = {"client_id": "a", "client_secret": "b", "token_url": "t"}

    with pytest.raises(ValueError, match=problem):
        OneRoster("u", **needed, **given)


# ---- Pages ---------------------------------------------------------------------------


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("count", [0, 1, 2, 3, 4])
@pytest.mark.parametrize(
    "options",
    [{}, {"links": False}, {"total": False}, {"total": False, "max_limit": 1}],
)
def test_all_records_come_however_a_server_pages(server, way, count, options):
    """With a total or without one, in pages as large as asked for or smaller."""
    server.options(**options)
    server.serve({"users": PUPILS[:count]})

    assert fetched(way, interface(server), wanted()) == (SHOWN[:count], None)


@pytest.mark.parametrize(
    ("count", "offsets"),
    [(0, [0]), (1, [0, 1]), (2, [0, 2]), (3, [0, 2]), (4, [0, 2, 4])],
)
def test_without_a_total_a_shorter_page_is_the_last(server, count, offsets):
    """Shorter than the one before it, or empty; the first alone may just be small."""
    server.options(total=False)
    server.serve({"users": PUPILS[:count]})

    fetched("sync", interface(server), wanted())

    assert asked(server)[1:] == [page(offset) for offset in offsets]


def test_a_total_that_is_no_number_is_none(server):
    """What a server says in its place is not heeded."""
    assert [
        total_of(Answer(200, {"X-Total-Count": told}))
        for told in ("7", "", "-1", "1e3", "\u0667", "9" * 19)
    ] == [7, None, None, None, None, None]


@pytest.mark.parametrize("way", WAYS)
def test_no_content_is_no_records(server, way):
    """Some servers say with a status that there is nothing."""
    server.fault("status:204", at=2)

    assert fetched(way, interface(server), wanted()) == (SHOWN[:2], None)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("version", VERSIONS)
def test_pages_without_an_id_may_be_the_same(server, way, version):
    """Where only statuses are asked for two pages can be equal, and are no fault."""
    found = fetched(way, interface(server, version), wanted("student", "status"))

    assert found == ([{"status": "active"}] * 5, None)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("options", [{}, {"total": False}])
@pytest.mark.parametrize("count", [0, 1, 5])
def test_a_total_is_the_servers_or_counted(server, way, options, count):
    """Where it is told one record is asked for; else all are read."""
    server.options(**options)
    server.serve({"users": PUPILS[:count]})

    assert counted(way, interface(server), wanted()) == count
    assert asked(server)[1] == page(0, limit=1)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_total_that_is_told_costs_one_request(server, version):
    """No page is read."""
    counted("sync", interface(server, version), wanted())

    assert asked(server) == ["token roster-core", page(0, limit=1)]


# ---- Tokens --------------------------------------------------------------------------


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
            "the MIS account may not read this (403); ask the school to allow it",
        ),
        ({}, {"kind": "html"}, "the answer is not JSON that can be read"),
        ({}, {"kind": "array_for_object"}, NONE_GIVEN),
        (
            {},
            {"kind": "redirect"},
            "the MIS answers from elsewhere (302); correct the address",
        ),
        (
            {},
            {"kind": "duplicate_keys"},
            "the answer has an object with one key twice",
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
    """Neither what is no token, nor one that is shown in another way."""
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

    assert caught.value.value == "a"


def test_a_token_that_somebody_else_replaced_is_kept():
    """Forgetting one that is not kept any more does nothing."""
    credentials = ClientCredentials("t", "a", "b", lambda: 0.0)
    given = credentials.steps(Asking(wanted()), "scope")
    next(given)
    with pytest.raises(StopIteration):
        given.send(Answer(200, body=b'{"access_token":"new"}'))

    credentials.forget("scope", "old")
    credentials.forget("other", "new")

    with pytest.raises(StopIteration) as caught:
        next(credentials.steps(Asking(wanted()), "scope"))
    assert caught.value.value == "new"


def test_what_the_client_proves_itself_with_is_not_shown():
    """Neither the interface nor what it keeps tokens in prints a secret."""
    given = interface(Nobody, client_secret=CANARY)

    assert CANARY not in f"{given!r} {given._client!r} {_Token('x' + CANARY, 1.0)!r}"


# ---- Conditions ----------------------------------------------------------------------


def filters(*conditions, resource="enrollment", **more):
    """Return the filter that conditions are sent as."""
    where = [Condition(f"{resource}.{path}", *rest) for path, *rest in conditions]
    return filter_of(wanted(resource, where=where, **more))


@pytest.mark.parametrize(
    ("conditions", "sent"),
    [
        ([("role", "=", "student")], "role='student'"),
        ([("role", "in", ["student"])], "role='student'"),
        ([("role", "in", ["student", "student"])], "role='student'"),
        ([("role", "in", ["aide", "guide"])], "role='aide' OR role='guide'"),
        ([("role", "in", ["a", "b", "c"])], None),
        ([("role", "in", [])], None),
        ([("role", "in", ["aide", 7])], None),
        ([("beginDate", "=", "2026-09-01")], "beginDate='2026-09-01'"),
        ([("beginDate", ">", "2026-09-01")], "beginDate>='2026-09-01'"),
        ([("beginDate", ">=", "2026-09-01")], "beginDate>='2026-09-01'"),
        ([("beginDate", "<", "2026-09-01")], "beginDate<='2026-09-01'"),
        ([("beginDate", "<=", "2026-09-01")], "beginDate<='2026-09-01'"),
        ([("beginDate", "=", "1.9.2026")], None),
        ([("beginDate", "in", ["2026-09-01", "soon"])], None),
        (
            [("beginDate", ">=", "2026-09-01"), ("beginDate", "<", "2027-09-01")],
            "beginDate>='2026-09-01' AND beginDate<='2027-09-01'",
        ),
        (
            [("role", "=", "a"), ("status", "=", "b"), ("sourcedId", "=", "c")],
            "role='a' AND status='b'",
        ),
        ([("role", "in", ["a", "b"]), ("status", "=", "c")], "status='c'"),
        ([("role", "=", "O'Zed"), ("status", "=", "c")], "status='c'"),
        ([], None),
    ],
)
def test_a_condition_is_sent_where_it_leaves_nothing_out(conditions, sent):
    """At most two comparisons, a date with its own day, and `in` as OR where it fits."""
    assert filters(*conditions) == sent


@pytest.mark.parametrize(
    "value",
    [
        "O'Zed", 'a"b', "a\\b", "", " a", "a ", "a  b", "a\tb", "a\nb", "Zo\u00eb", "a+b",
        "a%20b", "a AND b", "a or b", "x" * 201, 7, 1.0, True,
    ],
)  # fmt: skip
def test_a_value_that_might_be_read_otherwise_is_not_sent(value):
    """The gate decides it: no server needs to agree on quotes, signs and letters."""
    assert filters(("role", "=", value)) is None


@pytest.mark.parametrize(
    "value", ["a", "A b", "a.b@mis.example", "a-b_c:d", "Sandor Oram", "9", "x" * 200]
)
def test_a_plain_value_is_sent_as_it_is(value):
    """Letters, digits and a few signs mean the same everywhere."""
    assert filters(("role", "=", value)) == f"role='{value}'"


def test_which_comparisons_a_server_decides():
    """Of texts and dates outside lists; of neither others, nor what is unequal."""
    able = interface(Nobody).capabilities(CATALOGUE.resource("enrollment"))

    equal = frozenset({"=", "in"})
    dates = equal | {"<", "<=", ">", ">="}
    assert dict(able.conditions) == {
        "enrollment.sourcedId": equal,
        "enrollment.status": equal,
        "enrollment.role": equal,
        "enrollment.beginDate": dates,
        "enrollment.endDate": dates,
    }


def test_what_a_server_can_do_beside():
    """It projects, pages, counts and tells what changed; it sorts and searches not."""
    able = interface(Nobody).capabilities(STUDENT)

    assert (able.projects, able.page_size, able.totals) == (True, 2, True)
    assert (able.orders, able.searches) == (frozenset(), None)
    assert able.changes == {"student.dateLastModified"}


@pytest.mark.parametrize(
    ("paths", "decided", "changes"),
    [
        ([], [], None),
        (["student.role"], ["student.role"], None),
        (["student.dateLastModified"], [], {"student.dateLastModified"}),
    ],
)
def test_a_host_may_say_what_a_server_filters_by(paths, decided, changes):
    """Nothing else is asked of it then, the time of a change included."""
    able = interface(Nobody, "1.1", filters_by=paths).capabilities(STUDENT)

    assert (list(able.conditions), able.changes) == (decided, changes)


class Nobody:
    """A server that is not asked."""

    url = "http://mis.example"


@pytest.mark.parametrize(
    ("since", "sent"),
    [
        (datetime(2026, 11, 23, 12, tzinfo=UTC), "2026-11-23T12:00:00.000Z"),
        (datetime(2026, 11, 23, 12, 0, 0, 123_999, UTC), "2026-11-23T12:00:00.123Z"),
        (
            datetime(2026, 11, 23, 1, tzinfo=timezone(timedelta(hours=2))),
            "2026-11-22T23:00:00.000Z",
        ),
    ],
)
def test_changes_are_asked_for_by_when_a_record_was_changed(since, sent):
    """In UTC and milliseconds, rounded down; one condition goes along."""
    where = [("role", "=", "a"), ("status", "=", "b")]

    told = filters(*where, changed_since=since)

    assert told == f"dateLastModified>'{sent}' AND role='a'"


@pytest.mark.parametrize("options", [{}, {"fold_case": True}])
@pytest.mark.parametrize("version", VERSIONS)
def test_a_server_leaves_out_what_it_may(server, version, options):
    """Only records that may meet the conditions come over the line."""
    server.options(**options)
    where = [Condition("student.givenName", "in", ["Ada 1", "Ada 3"])]

    found = fetched("sync", interface(server, version), wanted(where=where))

    assert found == ([SHOWN[1], SHOWN[3]], None)


# ---- Order ---------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
def test_a_server_sorts_where_the_host_says_how(server, version):
    """Upward by one field, as the gate would."""
    given = interface(server, version, sorts_by_code_point=True)
    mixed = [PUPILS[n] for n in (3, 0, 2)]
    server.serve({"users": mixed})

    found = fetched("sync", given, wanted(order_by=["student.givenName"]))

    assert found == ([SHOWN[n] for n in (0, 2, 3)], None)
    assert asked(server)[1] == (
        f"/students?limit=2&offset=0&sort=givenName&orderBy=asc&fields={BASIC}"
    )


@pytest.mark.parametrize(
    ("paths", "sorts"),
    [
        (["student.givenName"], True),
        (["student.dateLastModified"], True),
        ([], False),
        (["student.givenName", "student.familyName"], False),
        (["student.grades[]"], False),
        (["student.enabledUser"], False),
        (["student.primaryOrg.sourcedId"], False),
        (["student.orgs[].sourcedId"], False),
    ],
)
def test_a_server_sorts_by_one_plain_field(paths, sorts):
    """OneRoster sorts by one at a time, and the gate by what is more."""
    able = interface(Nobody, sorts_by_code_point=True).capabilities(STUDENT)

    assert able.sorts_by(paths) is sorts


# ---- Several schools -----------------------------------------------------------------

BOTH = {
    **RECORDS,
    "orgs": [{**HOME, "sourcedId": "s2", "identifier": "100002"}, HOME],
    "users": [*PUPILS, person(7, org=OTHER), person(9, "teacher")],
    "classes": [*RECORDS["classes"], {"sourcedId": "c2", "school": OTHER}],
}
FOUND = (
    "/schools?limit=2&offset=0&filter=identifier='100001'&fields=sourcedId,identifier"
)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("version", VERSIONS)
def test_of_several_schools_only_one_is_asked_about(server, way, version):
    """It is looked up by its identifier, once, and read below its own address."""
    server.serve(BOTH)
    given = interface(server, version, school=SCHOOL, page_size=100)

    assert fetched(way, given, wanted()) == (SHOWN, None)
    assert fetched(way, given, wanted("class", "sourcedId")) == (
        [{"sourcedId": "c1"}],
        None,
    )
    assert asked(server) == [
        "token roster",
        FOUND.replace("limit=2", "limit=100"),
        page(0, "schools/s1/students", limit=100),
        page(0, "schools/s1/classes", "sourcedId", limit=100),
    ]


@pytest.mark.parametrize("resource", PER_SCHOOL[1:])
@pytest.mark.parametrize("version", VERSIONS)
def test_what_can_be_read_by_school_is(server, version, resource):
    """Each collection below a school is read as the one of all schools."""
    given = interface(server, version, school=SCHOOL)

    found, error = fetched("sync", given, wanted(resource, "sourcedId"))

    assert (error, len(found) > 0) == (None, True)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("version", VERSIONS)
def test_the_public_record_is_that_of_the_school(server, way, version):
    """It is one record and no list, whatever other schools there are."""
    server.serve(BOTH)
    given = interface(server, version, school=SCHOOL)

    found = fetched(way, given, wanted("school", "name", "identifier"))

    assert found == ([{"name": "Example School", "identifier": SCHOOL}], None)
    assert asked(server)[2:] == ["/schools/s1?fields=name,identifier"]
    assert counted(way, given, wanted("school", "name")) == 1
    assert given.capabilities(CATALOGUE.resource("school")).page_size is None


@pytest.mark.parametrize(
    "resource", ["org", "academic_session", "grading_period", "user", "demographics"]
)
@pytest.mark.parametrize("way", WAYS)
def test_what_cannot_be_read_by_school_is_refused(server, way, resource):
    """Rather than other schools' records nothing is read, and nobody asked."""
    given = interface(server, school=SCHOOL)

    found, error = fetched(way, given, wanted(resource, "sourcedId"))

    assert (found, str(error), server.log()) == (
        [],
        f"{resource}: a school's `{resource}` records cannot be asked for by themselves;"
        " ask for `school`, `term`, `course`, `class`, `student`, `teacher`,"
        " `enrollment`, or use an account of one school",
        [],
    )


def test_a_server_that_does_not_choose_is_looked_through(server):
    """An identifier that cannot be sent is looked for among all schools, in pages."""
    odd = {**HOME, "sourcedId": "s9", "identifier": "O'Zed"}
    server.serve({"orgs": [HOME, {**HOME, "sourcedId": "s3"}, odd]})

    fetched("sync", interface(server, school="O'Zed"), wanted())

    assert asked(server)[1:] == [
        page(0, "schools", "sourcedId,identifier"),
        page(2, "schools", "sourcedId,identifier"),
        page(0, "schools/s9/students"),
    ]


@pytest.mark.parametrize(
    "orgs",
    [
        [],
        [{**HOME, "identifier": "1000010"}],
        [HOME, {**HOME, "sourcedId": "s3"}],
        [{**HOME, "sourcedId": ""}],
        [{**HOME, "sourcedId": None}],
        [{**HOME, "sourcedId": "."}],
        [{**HOME, "sourcedId": ".."}],
        [{**HOME, "sourcedId": "a\nb"}],
        [{**HOME, "identifier": None}],
    ],
)
@pytest.mark.parametrize("way", WAYS)
def test_a_school_that_is_not_found_for_certain_is_not_read(server, way, orgs):
    """None, two, or one whose id would lead elsewhere: nothing else is asked for."""
    server.serve({**BOTH, "orgs": orgs})

    found, error = fetched(way, interface(server, school=SCHOOL), wanted())

    assert (found, str(error)) == (
        [],
        "student: the MIS has not one school of that identifier; correct `school`",
    )
    assert not any("students" in line for line in asked(server))


@pytest.mark.parametrize(
    ("sourced_id", "place"),
    [("a/b", "a%2Fb"), ("a?b#c", "a%3Fb%23c"), ("../x", "..%2Fx")],
)
def test_an_id_cannot_lead_elsewhere(server, sourced_id, place):
    """Whatever it holds, it is one part of an address."""
    server.serve({"orgs": [{**HOME, "sourcedId": sourced_id}]})

    fetched("sync", interface(server, school=SCHOOL), wanted())

    assert f"/schools/{place}/students?" in server.log()[-1]["path"]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("fault", ["array_for_object", "status:404"])
def test_a_school_without_a_record_is_a_fault(server, way, fault):
    """Where the one record is asked for, a list is none."""
    given = interface(server, school=SCHOOL)
    server.fault(fault, at=2)

    found, error = fetched(way, given, wanted("school", "name"))

    assert (found, type(error), error.page) == ([], SourceError, 1)


def test_an_adapter_of_one_school_says_which():
    """The gate need not find out, and refuses to read for another."""
    assert interface(Nobody, school=SCHOOL).school == SCHOOL
    assert interface(Nobody).school is None


# ---- Errors --------------------------------------------------------------------------

LACKS = "the MIS has not a field of its version; name it in `lacks`"


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        (
            "invalid_filter_field",
            "the MIS does not filter by a field asked for; give `filters_by` without it",
        ),
        ("invalid_selection_field", LACKS),
        ("invalid_blank_selection_field", LACKS),
        (
            "invalid_sort_field",
            "the MIS does not sort by the field asked for; leave out"
            " `sorts_by_code_point`",
        ),
        ("server_busy", "the MIS is busy; try again later"),
        ("forbidden", None),
        ("Ada", None),
    ],
)
@pytest.mark.parametrize(
    "told",
    [
        '{"imsx_CodeMinor":{"imsx_codeMinorField":[{"imsx_codeMinorFieldName":"x",'
        '"imsx_codeMinorFieldValue":"CODE"}]}}',
        '{"statusInfoSet":[{"imsx_codeMinor":"CODE","imsx_description":"Ada"}]}',
    ],
)
def test_status_information_is_explained(code, told, problem):
    """By what is known of its code, wherever a version puts it; else by the status."""
    assert explain(Answer(400, body=told.replace("CODE", code).encode())) == problem


@pytest.mark.parametrize(
    "body", [b"", b"Ada", b"[" * 10**5, b'{"imsx_codeMinor":7}', b'{"x":"server_busy"}']
)
def test_what_is_no_status_information_explains_nothing(body):
    """Nor does a code that stands elsewhere."""
    assert explain(Answer(400, body=body)) is None


def test_a_deep_answer_is_looked_through():
    """However deep JSON can be read, its codes are found."""
    deep = b'{"a":' * 200 + b'{"imsx_codeMinor":"server_busy"}' + b"}" * 200

    assert explain(Answer(503, body=deep)) == "the MIS is busy; try again later"


@pytest.mark.parametrize("version", VERSIONS)
def test_a_server_that_does_not_know_a_field_says_so(server, version):
    """What it refuses is told with what to do about it."""
    where = [Condition("student.nonsense", "=", "x")]

    _, error = fetched("sync", interface(server, version), wanted(where=where))

    assert str(error) == (
        "student, page 1: the MIS does not filter by a field asked for; give"
        " `filters_by` without it"
    )


LARGE = "the answer is larger than 8,388,608 bytes; ask for smaller pages"
UNREADABLE = "the answer is not JSON that can be read"
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
    "duplicate_keys": "the answer has an object with one key twice",
    "array_for_object": "there is no list of records at `users`; check its version",
    "long_string": LARGE,
    "gzip_bomb": LARGE,
    "bad_gzip": "the answer is cut short",
    "unknown_encoding": "the answer is packed in a way that was not asked for; ask for"
    " gzip, deflate",
    "redirect": "the MIS answers from elsewhere (302); correct the address",
    "same_page": "the page is one that came before; the MIS does not end",
    "status:400": "the MIS does not understand what was asked (400); check its version",
    "status:401": "the MIS does not accept the credentials (401); renew them",
    "status:403": "the MIS account may not read this (403); ask the school to allow it",
    "status:404": "the MIS has nothing at this address (404); check it",
    "status:429": "the MIS is busy; try again later",
    "status:500": "the MIS answered with status 500; try again later",
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("kind", BROKEN)
def test_what_is_wrong_is_told_by_resource_and_page(server, way, version, kind):
    """The first page stays delivered, and nothing of the second is shown."""
    at = [2, 3] if kind == "status:401" else [2]
    for number in at:
        server.fault(kind, at=number, canary=CANARY)

    found, error = fetched(way, interface(server, version), wanted())

    assert (found, str(error)) == (SHOWN[:2], f"student, page 2: {BROKEN[kind]}")
    assert CANARY not in chain(error)


@pytest.mark.parametrize("way", WAYS)
def test_pages_without_end_have_one(server, way):
    """A server whose total grows with every page is left at the most pages."""
    server.fault("endless")

    found, error = fetched(way, interface(server), wanted(), Limits(pages=4))

    assert (len(found), error.page) == (8, 5)


@pytest.mark.parametrize("way", WAYS)
def test_what_passes_is_borne(server, way):
    """A busy server is asked again, for a page and for a token."""
    server.fault("status:503", at=1, on="token", retry_after=0)
    server.fault("status:429", at=2, retry_after=0)

    assert fetched(way, interface(server), wanted(), Limits()) == (SHOWN, None)


# ---- Through the gate ----------------------------------------------------------------


@pytest.fixture
def line():
    """A client that blocks."""
    with client() as line:
        yield line


@pytest.fixture(params=VERSIONS)
def adapter(server, line, request):
    """An adapter that blocks, in both versions."""
    return HTTPAdapter(interface(server, request.param), line)


RELEASED = [
    {name: pupil[name] for name in ("sourcedId", "status", "givenName", "familyName")}
    for pupil in PUPILS
]


def test_a_school_is_verified_by_its_identifier(server, adapter):
    """Before any decision only public fields are asked for, and of schools alone."""
    Scene(adapter)

    public = "sourcedId,status,dateLastModified,name,type,identifier"
    assert asked(server) == ["token roster-core", page(0, "schools", public)]


def test_what_is_released_is_what_was_asked_for(server, adapter):
    """Only authorised fields are asked for, and only those come out."""
    scene = Scene(adapter)

    with scene.open() as access:
        assert list(access.read(adapter, Query("student"))) == RELEASED

    fields = "sourcedId,status,givenName,familyName"
    assert asked(server)[-3:] == [page(n, fields=fields) for n in (0, 2, 4)]


def test_reading_without_blocking_gives_the_same(server, adapter):
    """The same records by the same requests."""
    scene = Scene(adapter)

    async def read():
        async with async_client() as line:
            other = AsyncHTTPAdapter(adapter.interface, line)
            access = scene.open()
            found = [r async for r in access.read_async(other, Query("student"))]
            return found, await access.count_async(other, Query("student"))

    assert asyncio.run(read()) == (RELEASED, 5)


class Mistaken(OneRoster):
    """An interface that asks for a field that no server knows."""

    def _fields(self, asking, wanted):
        [(name, fields)] = super()._fields(asking, wanted)
        return ((name, f"{fields},nonsense"),)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_server_that_gives_everything_changes_nothing(server, line, version):
    """As it does for a name it does not know: what may not flow stays behind."""
    more = {"password": CANARY, "metadata": {"x": CANARY}}
    server.serve({**RECORDS, "users": [pupil | more for pupil in PUPILS]})
    adapter = HTTPAdapter(interface(server, version, kind=Mistaken), line)

    with Scene(adapter).open() as access:
        assert list(access.read(adapter, Query("student"))) == RELEASED

    raw, _ = fetched("sync", adapter.interface, wanted())
    assert raw == [pupil | more for pupil in PUPILS]


def test_conditions_are_decided_again(server, adapter):
    """A server that tells no difference in case lets more through, and the gate less."""
    server.options(fold_case=True)
    server.serve({**RECORDS, "users": [*PUPILS, person(6, givenName="ADA 1")]})
    query = Query("student", [Condition("student.givenName", "=", "Ada 1")])

    with Scene(adapter).open() as access:
        assert list(access.read(adapter, query)) == [RELEASED[1]]

    assert "filter=givenName='Ada 1'" in asked(server)[-1]


def test_a_withheld_field_is_not_asked_about(server, adapter):
    """Neither as a condition nor by when a record was changed."""
    access = Scene(adapter).open()
    before = len(server.log())
    since = datetime(2026, 11, 23, tzinfo=UTC)

    with pytest.raises(QueryRefusedError):
        access.read(
            adapter, Query("student", [Condition("student.email", "=", CANARY)])
        )
    with pytest.raises(QueryRefusedError):
        access.read(adapter, Query("student", changed_since=since))

    assert len(server.log()) == before


def test_changes_are_read_where_their_time_may_flow(server, adapter):
    """Only what the server says has changed since comes over the line."""
    old, new = "2026-11-22T12:00:00.000Z", "2026-11-23T12:00:00.000Z"
    changed = [pupil | {"dateLastModified": old} for pupil in PUPILS]
    changed[2]["dateLastModified"] = new
    server.serve({**RECORDS, "users": changed})
    query = Query("student", changed_since=datetime(2026, 11, 23, tzinfo=UTC))

    with Scene(adapter, "students.timestamps").open() as access:
        found = list(access.read(adapter, query))

    assert found == [RELEASED[2] | {"dateLastModified": new}]


@pytest.mark.parametrize(
    ("limit", "pages"), [(1, [(0, 1)]), (2, [(0, 2)]), (3, [(0, 2), (2, 2)])]
)
def test_a_limit_asks_for_no_more_than_it_needs(server, adapter, limit, pages):
    """The pages together hold hardly more than what is taken."""
    with Scene(adapter).open() as access:
        found = list(access.read(adapter, Query("student", limit=limit)))

    fields = "sourcedId,status,givenName,familyName"
    assert found == RELEASED[:limit]
    assert [line for line in asked(server) if "students" in line] == [
        page(offset, fields=fields, limit=size) for offset, size in pages
    ]


def test_counting_asks_the_server(server, adapter):
    """Where no record can be withheld its number is taken, and no page read."""
    with Scene(adapter).open() as access:
        assert access.count(adapter, Query("student")) == 5

    assert asked(server)[-1].startswith("/students?limit=1&offset=0&")


def test_after_a_revocation_no_further_page_is_asked_for(server, adapter):
    """What was delivered stays so; what follows is neither asked for nor given."""
    scene = Scene(adapter)
    records = scene.open().read(adapter, Query("student"))
    found = [next(records)]
    before = asked(server)

    scene.revoke()

    with pytest.raises(AccessDeniedError):
        next(records)
    assert (found, asked(server)) == (RELEASED[:1], before)


@pytest.mark.parametrize("kind", ["status:401", "status:503"])
def test_before_trying_again_what_may_be_asked_for_is_decided_anew(
    server, adapter, line, kind
):
    """What is revoked while a server is busy, or a token ends, is not asked for again.

    Nor is another token.
    """
    scene = Scene(adapter)
    access = scene.open()
    list(access.read(adapter, Query("school")))
    server.fault(kind, retry_after=0)
    line.event_hooks = {"response": [lambda _: scene.revoke()]}
    before = asked(server)

    with pytest.raises(AccessDeniedError):
        next(access.read(adapter, Query("student")))

    fields = "sourcedId,status,givenName,familyName"
    assert asked(server) == [*before, page(0, fields=fields)]


def test_a_school_of_another_identifier_is_a_fault(server, adapter):
    """One school more on the server, and nothing is connected."""
    server.serve(BOTH)

    with pytest.raises(WrongSchoolError):
        Scene(adapter)


def test_a_school_without_an_identifier_is_not_verified(server, adapter):
    """1.1 lets a school lack it; then nobody can tell whose the data is."""
    server.serve({"orgs": [{k: v for k, v in HOME.items() if k != "identifier"}]})

    with pytest.raises(UnverifiedSchoolError):
        Scene(adapter)


@pytest.mark.parametrize("version", VERSIONS)
def test_one_of_several_schools_is_served_from_end_to_end(server, line, version):
    """Connected, authorised and read, it gives that school's students alone."""
    server.serve(BOTH)
    adapter = HTTPAdapter(interface(server, version, school=SCHOOL), line)

    with Scene(adapter).open() as access:
        assert list(access.read(adapter, Query("student"))) == RELEASED


def test_demographics_flow_by_their_own_grant_and_scope(server, adapter):
    """What the school authorised comes, by a token for nothing else."""
    scene = Scene(adapter, "demographics.birth_date")

    with scene.open() as access:
        found = list(access.read(adapter, Query("demographics")))

    assert found == [{"sourcedId": "u1", "birthDate": "2014-02-11"}]
    assert asked(server)[-2:] == [
        "token roster-demographics",
        page(0, "demographics", "sourcedId,status,birthDate"),
    ]
