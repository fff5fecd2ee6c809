"""Dialects: each parameter is known and decided on, or refused; none is dropped."""

from contextlib import suppress
from urllib.parse import quote

import pytest
from hypothesis import given, settings, strategies as st

from scopegate import Catalogue
from scopegate.consent.subjects import Subjects
from scopegate.errors import (
    FilterError,
    PathError,
    QueryRefusedError,
    RouteRefusedError,
)
from scopegate.http import (
    AssemblyDialect,
    OneRosterDialect,
    Paging,
    PlainDialect,
    Route,
    WondeDialect,
)
from scopegate.http._dialects.client_query import Compare

from .scenes import (
    BASE,
    PUPILS,
    School,
    access_to,
    ask,
    body_of,
    fixed,
    guard,
    once,
    query_of,
    released,
)

CANARY = "canary-2014"
NAMES = [
    *("where", "lookup", "filter", "$filter", "q", "fields", "_fields", "expand"),
    *("include", "embed", "projection", "debug", "format", "callback", "_method"),
    *("sort", "orderBy", "limit", "offset", "page", "per_page", "cursor", "search"),
    *("dob", "DOB", "dob_gte", "dob[$gte]", "student.dob", "demographics", "date"),
]
DIALECTS = [PlainDialect(), OneRosterDialect(), WondeDialect(), AssemblyDialect()]
YEAR = PlainDialect(
    conditions={
        "year": "student.year_code",
        "after": ("student.year_code", ">"),
        "id_below": ("student.id", "<="),
        "named": ("student.first_name", "~"),
        "not": ("student.id", "!="),
    }
)


def students(access, dialect, name="student", place="data[]"):
    """Return a guard of one list in some dialect."""
    return guard(access, Route("/x", name, place, dialect=dialect))


def sent(access, dialect, query, name="student", body=None):
    """Return the parameters that an MIS is asked with."""
    mis = fixed({"data": []} if body is None else body)
    ask(students(access, dialect, name), f"/x?{query}", mis)
    [url] = mis.urls
    return query_of(url)


BASIC = access_to("students.basic")
ROSTER = access_to("students.basic", name="oneroster")


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda d: type(d).__name__)
@settings(deadline=None)
@given(st.sampled_from(NAMES) | st.text(max_size=4))
def test_no_parameter_is_passed_on_unknown(dialect, name):
    """A parameter reaches an MIS only if its dialect knows it, and then in its one way."""
    access = ROSTER if isinstance(dialect, OneRosterDialect) else BASIC
    mis = fixed({"data": []})
    with suppress(RouteRefusedError, QueryRefusedError, FilterError):
        ask(students(access, dialect), f"/x?{name}=true", mis)

    names = {*query_of(mis.urls[0])} if mis.urls else set()
    assert names <= {"include", "cursor", "fields", "orderBy"}


@pytest.mark.parametrize("name", NAMES)
def test_plain_dialect_knows_nothing_by_itself(name):
    """Without a declaration there is no parameter at all."""
    mis = fixed({"data": []})

    with pytest.raises(RouteRefusedError, match="known are: none"):
        ask(students(BASIC, PlainDialect()), f"/x?{name}=1", mis)

    assert mis.urls == []


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("year=7", [3, 6, 9, 12, 15, 18, 21, 24, 27]),
        ("after=8&id_below=8", [2, 5, 8]),
        ("id_below=3", [1, 2, 3]),
        ("id_below=x", []),
        ("named=ADA 2", [2, *range(20, 29)]),
        ("not=1&id_below=4", [2, 3, 4]),
        ("not=x&id_below=2", [1, 2]),
        ("year=7&year_code", None),
        ("year=", []),
    ],
)
def test_condition_is_decided_again(query, ids):
    """A condition holds on what is given, whatever an MIS makes of it."""
    guarded, mis = students(BASIC, YEAR), fixed({"data": PUPILS})
    if ids is None:
        with pytest.raises(RouteRefusedError):
            ask(guarded, f"/x?{query}", mis)
        return

    found = body_of(ask(guarded, f"/x?{query.replace(' ', '%20')}", mis))["data"]

    assert [record["id"] for record in found] == ids


@pytest.mark.parametrize(
    ("found", "comparison", "text", "holds"),
    [
        (True, "=", "true", True),
        (True, "=", "1", False),
        (False, "!=", "true", True),
        (7, "=", "7.0", True),
        (7, "<", "10", True),
        ("7", "<", "10", False),
        (0.1, "=", "0.1", True),
        (7, "=", "NaN", False),
        (7, "=", "1e1", False),
        (None, "!=", "x", False),
        ([1, 2], "=", "2", True),
        ([], "!=", "2", False),
        ({"x": 1}, "=", "2", False),
        (12, "~", "1", True),
    ],
)
def test_comparison_is_of_like_with_like(found, comparison, text, holds):
    """A text out of an address is compared as what it is compared with."""
    assert Compare("student.x", comparison, text).holds({"x": found}) is holds


@pytest.mark.parametrize("query", ["year=7", "after=6", "named=x"])
def test_condition_is_sent_as_it_was_meant(query):
    """A condition on what is permitted is sent on, escaped in one way."""
    assert sent(BASIC, YEAR, query) == dict([query.split("=")])


@pytest.mark.parametrize(
    "value",
    ["gte.7", "dob:2014", "7' OR dob>'2014", "7;dob=2014", "7 or dob", "NOT 7", "(7)",
     "*", "7|8", "7%", "$ne", '"7"', "7\\", "x,y", "=7", "'7'"],
)  # fmt: skip
def test_condition_in_a_language_is_decided_here_alone(value):
    """A value that an MIS might take for more than a text does not reach it."""
    asked = sent(BASIC, YEAR, f"named={quote(value)}")

    assert asked == ({"named": value} if value == "gte.7" else {})


@pytest.mark.parametrize(
    "value", ["7", "Ada Zed", "O'Brien", "a.b+c@d.e", "2026-01-31", "Zoë", "",
              "2026-01-31T12:00:00Z", "2026-01-31 12:00:00.123+01:00"],
)  # fmt: skip
def test_plain_value_is_sent(value):
    """A text, a date or an address of mail is sent on."""
    assert sent(BASIC, YEAR, f"named={quote(value)}") == {"named": value}


@pytest.mark.parametrize(
    "value", ["dob:2014", "a* OR b", "x'", "birth_date==2015", "(a)"]
)
def test_search_in_a_language_is_refused(value):
    """What is searched for is a date or a plain text: nothing can be decided again."""
    dialect = PlainDialect(looks={"q": "student.first_name"})

    with pytest.raises(RouteRefusedError, match="`q` holds what an MIS might take"):
        sent(BASIC, dialect, f"q={quote(value)}")


def test_condition_in_a_cut_list_is_refused():
    """In a list of which rows may be withheld, nothing may be chosen by."""
    access = access_to(
        "students.basic",
        "contacts.basic",
        subjects=Subjects.everyone_except(contact=[3]),
    )
    dialect = PlainDialect(conditions={"contact": "student.contacts[].contact_id"})
    mis = fixed({"data": []})

    with pytest.raises(QueryRefusedError, match="would reveal rows"):
        ask(students(access, dialect), "/x?contact=3", mis)

    assert mis.urls == []


def test_search_needs_all_that_is_searched():
    """A text is searched for only where every field that it is searched in may flow."""
    dialect = PlainDialect(looks={"q": ["student.first_name", "student.last_name"]})
    more = PlainDialect(looks={"q": ["student.first_name", "student.dob"]})

    assert sent(BASIC, dialect, "q=Ada") == {"q": "Ada"}
    with pytest.raises(QueryRefusedError, match=r"student\.dob"):
        sent(BASIC, more, "q=Ada")


def test_sorting_needs_the_field():
    """An order is one of those declared, and by a field that may flow."""
    orders = {"name": "student.last_name", "-dob": "student.dob"}
    dialect = PlainDialect(sort="sort", orders=orders)

    assert sent(BASIC, dialect, "sort=name") == {"sort": "name"}
    with pytest.raises(QueryRefusedError, match=r"student\.dob"):
        sent(BASIC, dialect, "sort=-dob")
    with pytest.raises(RouteRefusedError, match="`sort` is none of: `name`, `-dob`"):
        sent(BASIC, dialect, "sort=strcmp(dob,1)")


def test_words_have_declared_values():
    """A parameter without meaning has one of its values, on one record too."""
    dialect = PlainDialect(words={"format": "json", "v": ["1", "2"]})

    assert sent(BASIC, dialect, "v=2&format=json") == {"v": "2", "format": "json"}
    with pytest.raises(RouteRefusedError, match="`v` is none of: `1`, `2`"):
        sent(BASIC, dialect, "v=3")


def test_one_record_is_not_searched():
    """For one record there are no conditions, orders or pages."""
    dialect = PlainDialect(
        conditions={"year": "student.year_code"}, paging=Paging("page", "page")
    )
    route = Route("/x", "student", "data", dialect=dialect)
    for query in ("year=7", "page=1"):
        with pytest.raises(RouteRefusedError):
            ask(guard(BASIC, route), f"/x?{query}", fixed({"data": {}}))


@pytest.mark.parametrize(
    "declared",
    [
        {"conditions": {"x": "dob"}},
        {"conditions": {"x": ("student.dob", "like")}},
        {"looks": {"x": ()}},
        {"looks": {"x": "dob"}},
        {"sort": "sort"},
        {"orders": {"x": "student.dob"}},
        {"sort": "sort", "orders": {"x": "dob"}},
        {"words": {"x": "1"}, "conditions": {"x": "student.dob"}},
        {"words": {"page": "1"}, "paging": Paging("page", "page")},
        {"total": "x", "words": {"x": "1"}},
    ],
)
def test_declaration_holds_together(declared):
    """A declaration that could mean two things, or nothing, is refused."""
    with pytest.raises((PathError, ValueError)):
        PlainDialect(**declared)


# ---- OneRoster -----------------------------------------------------------------------

ALL = "sourcedId,status,givenName,familyName"


def test_oneroster_asks_for_permitted_fields():
    """Where a client names no fields, those that may flow are asked for, and no others."""
    fields = sent(ROSTER, OneRosterDialect(), "", body={"data": []})["fields"]

    permitted = {p.split(".")[1] for p in ROSTER.permit.fields_of("student")}
    assert set(fields.split(",")) == {name.removesuffix("[]") for name in permitted}
    assert "identifier" not in fields.split(",")


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ("fields=givenName", "givenName"),
        ("fields=familyName,%20givenName", "givenName,familyName"),
        ("fields=givenName&filter=familyName='Zed'", "givenName,familyName"),
    ],
)
def test_oneroster_asks_for_what_is_needed(query, fields):
    """What a client names is asked for, and what its filter needs."""
    assert sent(ROSTER, OneRosterDialect(), query)["fields"] == fields


def test_oneroster_gives_the_fields_named():
    """Of what is asked for only the fields that a client named are given."""
    records = [{"sourcedId": "a", "givenName": "Ada", "familyName": "Zed"}]
    url = "/x?fields=givenName&filter=familyName%3D%27Zed%27"

    response = ask(students(ROSTER, OneRosterDialect()), url, once(records))

    assert body_of(response) == {"data": [{"givenName": "Ada"}]}


def test_oneroster_asks_for_what_decides_on_rows():
    """What decides whether a row may flow is asked for, and not given."""
    access = access_to(
        "students.basic",
        name="oneroster",
        subjects=Subjects.everyone_except(user=["b"]),
    )
    records = [{"sourcedId": x, "givenName": x} for x in "abc"]
    mis = once(records)

    response = ask(students(access, OneRosterDialect()), "/x?fields=givenName", mis)

    assert query_of(mis.urls[0])["fields"] == "sourcedId,givenName"
    assert body_of(response) == {"data": [{"givenName": "a"}, {"givenName": "c"}]}


def test_oneroster_leaves_out_what_the_mis_lacks():
    """A name that an MIS does not know is not asked for: it would give everything."""
    asked = sent(ROSTER, OneRosterDialect(lacks={"status"}), "")["fields"]

    assert "status" not in asked.split(",")


@pytest.mark.parametrize(
    "query",
    ["fields=identifier", "fields=userIds", "filter=identifier='x'", "sort=identifier",
     "filter=familyName='Z' AND identifier>'2'", "filter=phone='1' OR familyName='Z'",
     "filter=userIds.identifier='x'", "fields=givenName,email"],
)  # fmt: skip
def test_oneroster_refuses_what_is_withheld(query):
    """A withheld field is neither asked for, nor filtered or sorted by, in any place."""
    mis = fixed({"data": []})

    with pytest.raises(QueryRefusedError, match="uses fields that are not permitted"):
        ask(
            students(ROSTER, OneRosterDialect()), f"/x?{query.replace(' ', '%20')}", mis
        )

    assert mis.urls == []


@pytest.mark.parametrize(
    "query",
    [f"fields={CANARY}", "fields=", "fields=givenName,", f"filter={CANARY}='x'",
     f"sort={CANARY}", f"orderBy={CANARY}", "sort=roles", "limit=x", "search=x",
     "fields=*", "fields=metadata", "fields=student.givenName"],
)  # fmt: skip
def test_oneroster_refuses_what_is_unknown(query):
    """A name that the catalogue does not have is refused and not shown."""
    mis = fixed({"data": []})

    with pytest.raises(RouteRefusedError) as caught:
        ask(students(ROSTER, OneRosterDialect()), f"/x?{query}", mis)

    assert mis.urls == []
    assert CANARY not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("familyName='Zed'", "ab"),
        ("familyName~'ED'", "ab"),
        ("familyName!='Zed'", "c"),
        ("familyName='Zed' AND givenName='Ada'", "a"),
        ("givenName='Bo' OR givenName='Cy'", "bc"),
    ],
)
def test_oneroster_filter_is_decided_again(text, ids):
    """A filter holds on what is given, whatever an MIS makes of it."""
    records = [
        {"sourcedId": "a", "givenName": "Ada", "familyName": "Zed"},
        {"sourcedId": "b", "givenName": "Bo", "familyName": "Zed"},
        {"sourcedId": "c", "givenName": "Cy", "familyName": "Yes"},
        {"sourcedId": "d", "givenName": "Di"},
    ]
    url = f"/x?filter={text.replace(' ', '%20')}"

    response = ask(students(ROSTER, OneRosterDialect()), url, once(records))

    assert [r["sourcedId"] for r in body_of(response)["data"]] == list(ids)


@pytest.mark.parametrize(
    "value", ["O''Brien", "x'' OR identifier=''1", "x AND y", "Art and Design", 'a"b'],
)  # fmt: skip
@pytest.mark.parametrize("predicate", ["=", "!=", "~"])
def test_oneroster_filter_in_a_language_is_decided_here_alone(value, predicate):
    """A filter that servers read in several ways is not sent; it is decided here."""
    text = f"familyName{predicate}'{value}' OR givenName='Ada'"
    name = value.replace("''", "'")
    records = [
        {"sourcedId": "a", "givenName": "Ada", "familyName": "Zed"},
        {"sourcedId": "b", "givenName": "Bo", "familyName": name},
        {"sourcedId": "c", "givenName": "Cy", "familyName": "Yes"},
    ]
    mis, guarded = once(records), students(ROSTER, OneRosterDialect())

    response = ask(guarded, f"/x?filter={quote(text)}", mis)

    assert "filter" not in query_of(mis.urls[0])
    assert [r["sourcedId"] for r in body_of(response)["data"]] == (
        ["a", "c"] if predicate == "!=" else ["a", "b"]
    )


def test_oneroster_sorts_by_what_is_permitted():
    """An order by a permitted field is sent on, with its direction."""
    asked = sent(ROSTER, OneRosterDialect(), "sort=familyName&orderBy=desc&limit=7")

    assert asked == {
        "sort": "familyName",
        "orderBy": "desc",
        "limit": "7",
        "fields": asked["fields"],
    }


def test_oneroster_finds_what_lies_deeper():
    """A field in an object or a list is named without brackets."""
    access = access_to("students.basic", "students.roles", name="oneroster")

    asked = sent(
        access, OneRosterDialect(), "filter=roles.org.sourcedId='s'&fields=roles"
    )

    assert asked["filter"] == "roles.org.sourcedId='s'"
    assert asked["fields"] == "roles"


# ---- Wonde ---------------------------------------------------------------------------


def wonde(*scopes, **more):
    """Return an access to some scopes of Wonde."""
    return access_to("students.read", *scopes, name="wonde", **more)


@pytest.fixture(scope="module")
def emails():
    """An access to pupils and where to write to them."""
    return wonde("students.contact_details.read")


def test_wonde_includes_what_is_permitted(emails):
    """A part with something that may flow may be included."""
    asked = sent(emails, WondeDialect(), "include=contact_details&per_page=5")

    assert asked == {"include": "contact_details", "per_page": "5"}


@pytest.mark.parametrize("query", ["include=education_details",
    "include=contact_details,education_details"])  # fmt: skip
def test_wonde_does_not_include_what_is_withheld(emails, query):
    """A part with nothing that may flow is not asked for, whatever is next to it."""
    with pytest.raises(QueryRefusedError, match="education_details"):
        sent(emails, WondeDialect(), query)


@pytest.mark.parametrize(
    "include",
    ["medical_conditions", "contacts", "contact_details.data", "x,", ",", CANARY],
)
def test_wonde_refuses_what_is_unknown(emails, include):
    """A part that the catalogue does not have is refused and not shown."""
    with pytest.raises(RouteRefusedError, match="names a part that") as caught:
        sent(emails, WondeDialect(), f"include={include}")

    assert CANARY not in str(caught.value)


def test_wonde_changes_need_the_date_of_change():
    """Who must not see when a record changed cannot ask what has."""
    with pytest.raises(QueryRefusedError, match=r"student\.updated_at\.date"):
        sent(wonde(), WondeDialect(), "updated_after=2026-01-01")


def test_wonde_changes_are_asked_for():
    """Who may see when a record changed can ask what has."""
    access = wonde("students.timestamps.read")

    asked = sent(access, WondeDialect(), "updated_after=2026-01-01%2012:00:00")

    assert asked == {"updated_after": "2026-01-01 12:00:00"}


@pytest.mark.parametrize("value", ["x", "2026", "", "2026-01-01' OR 1", CANARY])
def test_wonde_changes_are_since_a_date(value):
    """What has changed is asked for since a date, and nothing else."""
    access = wonde("students.timestamps.read")

    with pytest.raises(RouteRefusedError, match="`updated_before` is not a date"):
        sent(access, WondeDialect(), f"updated_before={quote(value)}")


def test_wonde_pages_in_one_way():
    """There are pages by number or by cursor, and not by both."""
    with pytest.raises(RouteRefusedError, match="give one of them"):
        sent(wonde(), WondeDialect(), "page=1&cursor=true")


def test_wonde_pages_by_cursor(emails):
    """A listing by cursor goes on at ours, at the guard's address."""
    link = "https://api.wonde.com/v1.0/x?cursor=canary&per_page=1"
    body = {
        "data": [{"id": "A1"}],
        "meta": {"pagination": {"next": link, "more": True, "per_page": 1}},
    }
    guarded, mis = students(emails, WondeDialect()), fixed(body)

    first = body_of(ask(guarded, "/x?cursor=true&per_page=1", mis))
    ask(guarded, first["meta"]["pagination"]["next"], mis)

    assert first["meta"]["pagination"] == {
        "next": f"{BASE}/x?cursor=page-1&per_page=1",
        "previous": None,
        "more": True,
        "per_page": 1,
    }
    assert [query_of(url)["cursor"] for url in mis.urls] == ["true", "canary"]


def test_wonde_pages_by_number(emails):
    """A listing by page says which page it is, and leads on at the guard's address."""
    body = {
        "data": [{"id": "A1"}],
        "meta": {"pagination": {"more": True, "next": "/x"}},
    }

    told = body_of(ask(students(emails, WondeDialect()), "/x?page=2", fixed(body)))

    assert told["meta"]["pagination"] == {
        "current_page": 2,
        "more": True,
        "next": f"{BASE}/x?page=3",
        "previous": f"{BASE}/x?page=1",
    }


# ---- Assembly ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scopes", "query", "asked"),
    [
        ((), "per_page=3&page=2", {"page": "2", "per_page": "3"}),
        (("students.gender",), "demographics=true", {"demographics": "true"}),
        (("students.gender",), "demographics=false", {}),
        (
            ("students.emails",),
            "emails=true&per_page=3",
            {"emails": "true", "per_page": "3"},
        ),
        ((), "year_code=7", {"year_code": "7", "page": "1", "per_page": "100"}),
        ((), "students=1+2", {"students": "1 2", "page": "1", "per_page": "100"}),
        (("students.dates",), "date=2026-01-01", {"date": "2026-01-01"}),
    ],
)
def test_assembly_asks_for_what_is_permitted(scopes, query, asked):
    """Flags, filters and pages that are permitted are sent on."""
    access = access_to("students.basic", *scopes)

    assert sent(access, AssemblyDialect(), query) == asked


@pytest.mark.parametrize(
    "query",
    ["demographics=true", "medical=true", "emails=true&year_code=7", "care=true",
     "date=2026-01-01", "start_date=2026-01-01", "contacts=true"],
)  # fmt: skip
def test_assembly_refuses_what_is_withheld(query):
    """A part with nothing to release, or a filter by a withheld field, is refused."""
    with pytest.raises(QueryRefusedError):
        sent(BASIC, AssemblyDialect(), query)


@pytest.mark.parametrize(
    ("resource", "query"),
    [
        ("student", "group_id=1"),
        ("student", "date=yesterday"),
        ("student", "teachers_only=true"),
        ("student", "demographics=1"),
        ("student", "demographics=TRUE"),
        ("group", "date=2026-01-01"),
        ("group", "academic_year_id=1"),
        ("staff_member", "teachers_only=false"),
        ("room", "year_code=7"),
        ("attendance", "if_modified_since=x"),
    ],
)
def test_assembly_refuses_what_is_unknown(resource, query):
    """A filter without a field, or an unknown flag, is refused."""
    scopes = ("groups", "timetables", "attendances", "staff_members.teaching_status")
    access = access_to("students.basic", *scopes)

    with pytest.raises(RouteRefusedError):
        sent(access, AssemblyDialect(), query, resource)


def test_assembly_filters_are_decided_again():
    """A filter holds on what is given: records that lack the field are left out."""
    mis = once([*PUPILS[:6], {"id": 99, "first_name": "None"}])
    url = "/x?year_code=7&students=3+6+9"

    response = ask(students(BASIC, AssemblyDialect()), url, mis)

    assert body_of(response)["data"] == released([PUPILS[2], PUPILS[5]])


def test_assembly_teachers_are_decided_again():
    """Who is not a teacher is left out where only teachers are asked for."""
    access = access_to("staff_members.basic", "staff_members.teaching_status")
    mis = once([{"id": n, "is_teaching_staff": n == 1} for n in (1, 2)])
    guarded = students(access, AssemblyDialect(), "staff_member")

    response = ask(guarded, "/x?teachers_only=true", mis)

    assert [r["id"] for r in body_of(response)["data"]] == [1]


def test_assembly_tells_of_pages_in_headers():
    """A page is described in the headers that Assembly has for it."""
    mis = fixed(PUPILS[:3], total="28", total_pages="10", next_page="2", page="1")

    response = ask(students(BASIC, AssemblyDialect(), place="[]"), "/x?per_page=3", mis)

    assert response.headers[2:] == (
        ("Page", "1"),
        ("Per-Page", "3"),
        ("Total", "28"),
        ("Total-Pages", "10"),
        ("Next-Page", "2"),
        ("Prev-Page", ""),
    )


@pytest.mark.parametrize(
    ("field", "flags"),
    [("kind", ["demographics"]), ("in_care", ["demographics", "care"])],
)
def test_parts_that_decide_on_rows_are_asked_for(field, flags):
    """A part that decides on a row, or holds what does, is asked for with the rest."""
    access = _cut_by_part(field)

    asked = sent(access, AssemblyDialect(), "per_page=3")

    assert asked == {**dict.fromkeys(flags, "true"), "page": "1", "per_page": "100"}


def _cut_by_part(field):
    table = {
        "id": "made-up",
        "version": "1",
        "resource": {
            "school": {"key": "urn", "field": {"urn": {"sensitivity": "public"}}},
            "student": {
                "key": "id",
                "field": {
                    "id": {},
                    f"demographics.{field}": {},
                    "demographics.sex": {},
                },
            },
        },
        "scope": {
            "school": {"sensitivity": "public", "fields": ["school.urn"]},
            "basic": {"fields": ["student.id"]},
            "kinds": {"fields": [f"student.demographics.{field}"]},
        },
        "rows": [
            {
                "resource": "student",
                "where": {f"demographics.{field}": "x"},
                "scope": "kinds",
            }
        ],
    }
    return School(Catalogue.from_dict(table)).authorise("basic")
