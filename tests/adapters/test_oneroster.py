"""A OneRoster server, read by its adapter: what it is asked, and what comes of it.

The server is in another process, and keeps a log of all that it was asked.
"""

import pytest

from scopegate.adapters._oneroster.interface import PER_SCHOOL
from scopegate.adapters.base import NONE, Fetch
from scopegate.adapters.oneroster import OneRoster
from scopegate.catalogue.field import Field
from scopegate.catalogue.resource import Resource
from scopegate.errors import SourceError

from ..servers.fixtures import serving
from .driving import WAYS, counted, fetched
from .oneroster_scene import (
    BASIC,
    BOTH,
    CANARY,
    CATALOGUE,
    HOME,
    PUPILS,
    RECORDS,
    SCHOOL,
    SHOWN,
    VERSIONS,
    asked,
    interface,
    page,
    wanted,
)
from .rest_story import Nobody

STUDENT = CATALOGUE.resource("student")


running_server, server = serving("oneroster", RECORDS)


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
    """Nor does the adapter ask for what a catalogue of one's own has besides."""
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
    """No one is asked about it, and it counts nothing."""
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


@pytest.mark.parametrize("way", WAYS)
def test_no_content_is_no_records(server, way):
    """Some servers say with a status that there is nothing."""
    server.fault("status:204", at=2)

    assert fetched(way, interface(server), wanted()) == (SHOWN[:2], None)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("version", VERSIONS)
def test_pages_without_an_id_may_be_the_same(server, way, version):
    """Where only statuses are asked for two pages can be equal without a fault."""
    found = fetched(way, interface(server, version), wanted("student", "status"))

    assert found == ([{"status": "active"}] * 5, None)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("options", [{}, {"total": False}])
@pytest.mark.parametrize("count", [0, 1, 5])
def test_a_total_is_the_servers_or_counted(server, way, options, count):
    """Where it is given, one record is asked for; otherwise all are read."""
    server.options(**options)
    server.serve({"users": PUPILS[:count]})

    assert counted(way, interface(server), wanted()) == count
    assert asked(server)[1] == page(0, limit=1)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_total_that_is_told_costs_two_requests(server, version):
    """Of all, and of those that are live; no page is read."""
    counted("sync", interface(server, version), wanted())

    live = f"/students?limit=1&offset=0&filter=status='active'&fields={BASIC}"
    assert asked(server) == ["token roster-core", page(0, limit=1), live]


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

FOUND = (
    "/schools?limit=2&offset=0&filter=identifier='100001'"
    "&fields=sourcedId,identifier,status"
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
    assert asked(server)[2:] == ["/schools/s1?fields=name,identifier,status"]
    assert counted(way, given, wanted("school", "name")) == 1
    assert given.capabilities(CATALOGUE.resource("school")).page_size is None


@pytest.mark.parametrize(
    "resource", ["org", "academic_session", "grading_period", "user", "demographics"]
)
@pytest.mark.parametrize("way", WAYS)
def test_what_cannot_be_read_by_school_is_refused(server, way, resource):
    """Rather than other schools' records nothing is read, and no one asked."""
    given = interface(server, school=SCHOOL)

    found, error = fetched(way, given, wanted(resource, "sourcedId"))

    assert (found, str(error), server.log()) == (
        [],
        f"{resource}: a school's `{resource}` records cannot be asked for on their own;"
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
        "student: no single school has that identifier; correct `school`",
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
    """Where the one record is asked for, a list does not count."""
    given = interface(server, school=SCHOOL)
    server.fault(fault, at=2)

    found, error = fetched(way, given, wanted("school", "name"))

    assert (found, type(error), error.page) == ([], SourceError, 1)


def test_an_adapter_of_one_school_says_which():
    """The gate need not find out, and refuses to read for another."""
    assert interface(Nobody, school=SCHOOL).school == SCHOOL
    assert interface(Nobody).school is None
