"""The OneRoster server does as the specification says."""

import pytest

from .asking import ask
from .fixtures import serving
from .oneroster_words import CORE, DEMOGRAPHICS, FULL
from .tokens import Tokens

V1, V2 = "/ims/oneroster/v1p1", "/ims/oneroster/rostering/v1p2"
ALL = {V1: "v1p1", V2: "v1p2"}


def person(n, role="student", **more):
    """Return a user."""
    return {"sourcedId": f"u{n}", "role": role, "familyName": f"Zed {n}"} | more


USERS = [person(n) for n in range(5)] + [person(9, "teacher")]
RECORDS = {
    "orgs": [
        {"sourcedId": "s1", "type": "school", "name": "School"},
        {"sourcedId": "d1", "type": "district", "name": "District"},
    ],
    "users": USERS,
    "classes": [{"sourcedId": "c1", "school": {"sourcedId": "s1", "type": "org"}}],
    "enrollments": [
        {
            "sourcedId": f"e{n}",
            "role": "student",
            "user": {"sourcedId": f"u{n}"},
            "class": {"sourcedId": "c1"},
            "school": {"sourcedId": "s1"},
        }
        for n in (0, 2)
    ],
    "academicSessions": [
        {"sourcedId": "t1", "type": "term"},
        {"sourcedId": "g1", "type": "gradingPeriod"},
    ],
    "demographics": [{"sourcedId": "u0", "sex": "female"}],
}


running_server, server = serving("oneroster", RECORDS)


def token(server, **form):
    """Ask for a token, credentials in the body."""
    form = {
        "grant_type": "client_credentials",
        "client_id": "app",
        "client_secret": "hush",
    } | form
    body = "&".join(f"{name}={value}" for name, value in form.items())
    return ask(f"{server.url}/oauth/token", "POST", body)


def get(server, path, held=None):
    """Ask for a path with a good token, or with the one *held*."""
    held = held or token(server).json["access_token"]
    return ask(server.url + path, authorization=f"Bearer {held}")


def ids(told):
    """Return the identifiers in an answer."""
    [rows] = [rows for rows in told.json.values() if isinstance(rows, list)]
    return [row["sourcedId"] for row in rows]


def code(told):
    """Return the minor code of status information."""
    info = told.json.get("imsx_StatusInfo", told.json)
    [field] = info["imsx_CodeMinor"]["imsx_codeMinorField"]
    return told.status, field["imsx_codeMinorFieldValue"]


# ---- Tokens --------------------------------------------------------------------------


def test_a_token_is_given_for_credentials_in_the_body(server):
    """It is a bearer token with a life and scopes."""
    told = token(server, scope=FULL.format("v1p2")).json

    assert told == {
        "access_token": "token-1",
        "token_type": "bearer",
        "expires_in": 3600,
        "scope": FULL.format("v1p2"),
    }


def test_a_token_is_given_for_credentials_by_basic(server):
    """HTTP Basic does as well."""
    told = ask(
        f"{server.url}/oauth/token",
        "POST",
        "grant_type=client_credentials",
        authorization="Basic YXBwOmh1c2g=",
    )

    assert told.json["access_token"] == "token-1"  # noqa: S105 - made up


@pytest.mark.parametrize("packed", ["YXBwOndyb25n", "!", "/w=="])
def test_no_token_is_given_for_bad_credentials_by_basic(server, packed):
    """Neither for wrong ones nor for what cannot be read."""
    told = ask(
        f"{server.url}/oauth/token",
        "POST",
        "grant_type=client_credentials",
        authorization=f"Basic {packed}",
    )

    assert (told.status, told.json) == (401, {"error": "invalid_client"})


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"scope": "nonsense"}, 400, "invalid_scope"),
    ],
)
def test_no_token_is_given_for_a_bad_request(server, form, status, error):
    """The errors are those of RFC 6749 §5.2."""
    told = token(server, **form)

    assert (told.status, told.json) == (status, {"error": error})


@pytest.mark.parametrize("held", ["", "nonsense"])
def test_an_unknown_token_is_refused(server, held):
    """401, as status information."""
    told = ask(f"{server.url}{V2}/users", authorization=f"Bearer {held}")

    assert code(told) == (401, "unauthorisedrequest")


def test_a_token_expires_with_time(server):
    """A token that is good for no time is not good."""
    server.options(token_seconds=0)

    assert get(server, f"{V2}/users").status == 401


def test_a_token_expires_with_use(server):
    """A token can be good for a number of requests; the next is another."""
    server.options(token_uses=1)
    held = token(server).json["access_token"]

    statuses = [get(server, f"{V2}/users", held).status for _ in range(2)]

    assert statuses == [200, 401]
    assert get(server, f"{V2}/users").status == 200


def test_tokens_are_good_until_the_clock_says_no():
    """A token without a time does not expire."""
    tokens = Tokens()

    assert tokens.known[tokens.give((), None, None)].use()


@pytest.mark.parametrize("base", [V1, V2])
@pytest.mark.parametrize("scope", [FULL, CORE])
def test_a_scope_opens_its_own_version(server, base, scope):
    """Each version has scopes of its own."""
    held = token(server, scope=scope.format(ALL[base])).json["access_token"]

    statuses = [get(server, f"{b}/users", held).status for b in (base, V1, V2)]

    assert statuses == [200, *(200 if b == base else 403 for b in (V1, V2))]


@pytest.mark.parametrize("path", ["demographics", "demographics/u0"])
@pytest.mark.parametrize(
    ("scope", "status"), [(FULL, 403), (CORE, 403), (DEMOGRAPHICS, 200)]
)
def test_demographics_have_a_scope_of_their_own(server, path, scope, status):
    """No other scope opens them, the full one included."""
    held = token(server, scope=scope.format("v1p2")).json["access_token"]

    assert get(server, f"{V2}/{path}", held).status == status


def test_a_scope_is_matched_whole(server):
    """A scope that only begins with the wanted one opens nothing."""
    server.options(scopes=[FULL.format("v1p2") + ".more"])

    assert code(get(server, f"{V2}/users")) == (403, "forbidden")


# ---- Collections ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "name", "found"),
    [
        ("users", "users", ["u0", "u1", "u2", "u3", "u4", "u9"]),
        ("students", "users", ["u0", "u1", "u2", "u3", "u4"]),
        ("teachers", "users", ["u9"]),
        ("orgs", "orgs", ["s1", "d1"]),
        ("schools", "orgs", ["s1"]),
        ("classes", "classes", ["c1"]),
        ("terms", "academicSessions", ["t1"]),
        ("gradingPeriods", "academicSessions", ["g1"]),
        ("demographics", "demographics", ["u0"]),
        ("courses", "courses", []),
        ("schools/s1/students", "users", ["u0", "u2"]),
        ("schools/s1/classes", "classes", ["c1"]),
        ("classes/c1/students", "users", ["u0", "u2"]),
        ("schools/s1/classes/c1/students", "users", ["u0", "u2"]),
        ("users/u0/classes", "classes", ["c1"]),
    ],
)
@pytest.mark.parametrize("base", [V1, V2])
def test_a_collection_is_in_its_envelope(server, base, path, name, found):
    """Schools come as orgs, students and teachers as users, terms as sessions."""
    told = get(server, f"{base}/{path}")

    assert list(told.json) == [name]
    assert ids(told) == found


def test_roles_of_1_2_tell_students(server):
    """A user may have several roles, each in an organisation."""
    org = {"sourcedId": "s1", "type": "org"}
    server.serve(
        {
            "orgs": RECORDS["orgs"],
            "users": [{"sourcedId": "u1", "roles": [{"role": "student", "org": org}]}],
        }
    )

    assert ids(get(server, f"{V2}/schools/s1/students")) == ["u1"]


def test_users_are_those_given_as_students_and_teachers(server):
    """Records can be served as parts of a collection."""
    server.serve({"student": [person(1)], "teachers": [person(2)]})

    assert ids(get(server, f"{V2}/users")) == ["u1", "u2"]
    assert ids(get(server, f"{V2}/students")) == ["u1"]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("users/u1", "user"),
        ("students/u1", "user"),
        ("schools/s1", "org"),
        ("classes/c1", "class"),
        ("terms/t1", "academicSession"),
        ("demographics/u0", "demographics"),
        ("enrollments/e0", "enrollment"),
    ],
)
def test_a_single_record_is_in_its_envelope(server, path, name):
    """It is named in the singular."""
    told = get(server, f"{V2}/{path}").json

    assert list(told) == [name]
    assert told[name]["sourcedId"] == path.partition("/")[2]


@pytest.mark.parametrize(
    "path",
    ["users/none", "nonsense", "nonsense/1", "schools/none/students", "x/y/users"],
)
def test_what_is_not_there_is_404(server, path):
    """An unknown record, collection or parent."""
    assert code(get(server, f"{V2}/{path}")) == (404, "unknownobject")


@pytest.mark.parametrize("path", ["/", "/ims/oneroster/v9", "/users"])
def test_another_address_is_404(server, path):
    """Outside the two bases there is nothing, whatever the token."""
    assert get(server, path).status == 404


def test_errors_of_1_1_come_as_a_set(server):
    """1.1 has a list of status information, 1.2 a single one."""
    old, new = (get(server, f"{base}/users/none").json for base in (V1, V2))

    assert old == {"statusInfoSet": [new]}
    assert new["imsx_codeMajor"] == "failure"


def test_a_fault_of_the_token_endpoint_has_its_form(server):
    """A refused client is told in OAuth's words, with the canary."""
    server.fault("status:401", on="token", canary="Ada")

    assert token(server).json == {
        "error": "invalid_client",
        "error_description": "Ada",
    }


# ---- Pages ---------------------------------------------------------------------------


def test_a_page_says_what_is_around_it(server):
    """The total is told, and the pages next, before, first and last."""
    told = get(server, f"{V2}/users?limit=2&offset=2")

    assert ids(told) == ["u2", "u3"]
    assert told.headers["X-Total-Count"] == "6"
    at = f"{server.url}{V2}/users?limit=2&offset="
    assert told.headers["Link"].split(", ") == [
        f'<{at}0>; rel="first"',
        f'<{at}4>; rel="last"',
        f'<{at}4>; rel="next"',
        f'<{at}0>; rel="prev"',
    ]


def test_the_last_page_has_no_next(server):
    """Nothing leads on from it."""
    told = get(server, f"{V2}/users?limit=4&offset=4")

    assert ids(told) == ["u4", "u9"]
    assert 'rel="next"' not in told.headers["Link"]


def test_links_keep_the_query(server):
    """The rest of the query goes along to the next page."""
    told = get(server, f"{V2}/users?limit=1&filter=role%3D'student'&fields=sourcedId")

    assert "filter=role%3D%27student%27&fields=sourcedId" in told.headers["Link"]


def test_links_and_total_can_be_left_out(server):
    """Not every provider gives them."""
    server.options(links=False, total=False)

    told = get(server, f"{V2}/users")

    assert {"Link", "X-Total-Count"}.isdisjoint(told.headers)


def test_a_page_has_a_hundred_unless_told(server):
    """100 by default, and never more than the provider's most."""
    server.serve({"users": [person(n) for n in range(600)]})

    sizes = [len(ids(get(server, f"{V2}/users{q}"))) for q in ("", "?limit=600")]

    assert sizes == [100, 500]


@pytest.mark.parametrize("query", ["limit=0", "limit=-1", "limit=x", "offset=-1"])
def test_a_bad_page_is_400(server, query):
    """Only plain numbers are taken, and at least one record."""
    assert code(get(server, f"{V2}/users?{query}")) == (400, "invaliddata")


# ---- Order, filter, fields -----------------------------------------------------------


def test_records_are_sorted(server):
    """Upward unless told."""
    server.serve({"users": [person(2), person(3), person(1), {"sourcedId": "u0"}]})

    up, also_up, down = (
        ids(get(server, f"{V2}/users?sort=familyName{more}"))
        for more in ("", "&orderBy=asc", "&orderBy=desc")
    )

    assert up == also_up == ["u1", "u2", "u3", "u0"]
    assert down == ["u0", "u3", "u2", "u1"]


def test_an_unknown_order_is_a_warning(server):
    """All is given, in its own order, with status information."""
    told = get(server, f"{V2}/users?sort=nonsense")

    assert ids(told)[:2] == ["u0", "u1"]
    assert code(told) == (200, "invalid_sort_field")


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ("familyName='Zed 1'", ["u1"]),
        ("familyName = 'Zed 1'", ["u1"]),
        ("familyName!='Zed 1' AND role='student'", ["u0", "u2", "u3", "u4"]),
        ("familyName>'Zed 3'", ["u4", "u9"]),
        ("familyName>='Zed 4'", ["u4", "u9"]),
        ("familyName<'Zed 1'", ["u0"]),
        ("familyName<='Zed 1'", ["u0", "u1"]),
        ("familyName~'ed 4'", ["u4"]),
        ("familyName='zed 4'", []),
        ("familyName='Zed 1' OR familyName='Zed 2'", ["u1", "u2"]),
        ("role='x' OR role='student' AND familyName~'4'", ["u4"]),
        ("middleName='x'", []),
        ("role='teacher' AND middleName!='x'", ["u9"]),
    ],
)
def test_a_filter_narrows(server, told, found):
    """As its grammar says, from left to right."""
    asked = told.replace(" ", "%20").replace(">", "%3E").replace("<", "%3C")

    assert ids(get(server, f"{V2}/users?filter={asked}")) == found


def test_a_filter_can_fold_case(server):
    """Some providers tell no difference between Zed and zed."""
    server.options(fold_case=True)

    assert ids(get(server, f"{V2}/users?filter=familyName='zed%204'")) == ["u4"]


def test_a_filter_doubles_a_quote(server):
    """A quote inside a value is written twice."""
    server.serve({"users": [person(1, familyName="O'Zed")]})

    assert ids(get(server, f"{V2}/users?filter=familyName='O''Zed'")) == ["u1"]


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ("class.sourcedId='c1'", ["e0", "e2"]),
        ("user.sourcedId='u2'", ["e2"]),
        ("user.nonsense='u2'", []),
    ],
)
def test_a_filter_follows_dots(server, told, found):
    """A path leads into what a record refers to."""
    assert ids(get(server, f"{V2}/enrollments?filter={told}")) == found


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ("grades='09,10'", ["u1"]),
        ("grades~'10'", ["u1", "u2"]),
        ("enabledUser='true'", ["u2"]),
        ("identifier%3E'9'", ["u1"]),
    ],
)
def test_a_filter_knows_lists_booleans_and_numbers(server, told, found):
    """A list equals its values with commas; whole numbers compare as such."""
    server.serve(
        {
            "users": [
                person(1, grades=["09", "10"], identifier="10", sms=None),
                person(2, grades=["10"], enabledUser=True, identifier="9"),
            ]
        }
    )

    assert ids(get(server, f"{V2}/users?filter={told}")) == found


@pytest.mark.parametrize(
    "told", ["", "role", "role=student", "role='a'%20XOR%20role='b'", "role='a'%20AND"]
)
def test_a_bad_filter_is_400(server, told):
    """What the grammar has not is refused."""
    assert code(get(server, f"{V2}/users?filter={told}")) == (400, "invaliddata")


def test_a_filter_by_an_unknown_field_is_400(server):
    """A field of no collection's is refused by name."""
    told = get(server, f"{V2}/users?filter=nonsense='x'")

    assert code(told) == (400, "invalid_filter_field")


@pytest.mark.parametrize("path", ["users", "users/u1"])
def test_only_the_fields_asked_for_come(server, path):
    """Those and no others, in a collection and alone."""
    told = get(server, f"{V2}/{path}?fields=familyName,%20middleName").json

    [rows] = told.values()
    row = rows[1] if isinstance(rows, list) else rows
    assert row == {"familyName": "Zed 1"}


@pytest.mark.parametrize("base", [V1, V2])
def test_an_unknown_field_brings_all_of_them(server, base):
    """One unknown name and every field comes, with a warning and status 200."""
    told = get(server, f"{base}/users?fields=familyName,nonsense")

    name = "statusInfoSet" if base == V1 else "imsx_StatusInfo"
    warning = told.json[name][0] if base == V1 else told.json[name]
    assert told.json["users"] == USERS
    assert (told.status, warning["imsx_severity"]) == (200, "warning")
    assert "invalid_selection_field" in str(warning)


@pytest.mark.parametrize("fields", ["", "familyName,", "%20"])
def test_a_blank_field_is_400(server, fields):
    """A name of nothing is an error, not a warning."""
    told = get(server, f"{V2}/users?fields={fields}")

    assert code(told) == (400, "invalid_blank_selection_field")
