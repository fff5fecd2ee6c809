"""A guard under decisions taken meanwhile, and what may be declared to it."""

import pytest
from attrs import evolve

from scopegate import AccessDeniedError
from scopegate._wire.messages import Request
from scopegate.consent.subjects import Subjects
from scopegate.errors import (
    FilterError,
    LedgerError,
    SourceError,
    UnknownResourceError,
)
from scopegate.http import (
    Guard,
    Limits,
    OneRosterDialect,
    Paging,
    PlainDialect,
    Route,
)
from scopegate.ledgers.base import disclosure_stream
from scopegate.testing.leaks import assert_no_leak

from .guarded import BASIC, CANARY, students
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
        is_look = name in {"permit", "release"}
        self._looks += is_look
        if is_look and self._looks == self._after:
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
