"""A school's OneRoster server with little in it, and a story about it."""

from urllib.parse import parse_qs, unquote, urlsplit

from scopegate import Catalogue
from scopegate.adapters.base import Fetch
from scopegate.adapters.oneroster import OneRoster
from scopegate.testing import School

CATALOGUE = Catalogue.builtin("oneroster")
SCHOOL = "100001"
CANARY = "c4n4ry-Zed"
BASES = {"1.1": "/ims/oneroster/v1p1", "1.2": "/ims/oneroster/rostering/v1p2"}
OWN, OTHER = {"sourcedId": "s1", "type": "org"}, {"sourcedId": "s2", "type": "org"}
HOME = {
    "sourcedId": "s1",
    "status": "active",
    "name": "Example School",
    "type": "school",
    "identifier": SCHOOL,
}


def person(number, role="student", org=OWN, **more):
    """Return a user as both versions know them, with more than anybody asks for."""
    return {
        "sourcedId": f"u{number}",
        "status": "active",
        "givenName": f"Ada {number}",
        "familyName": CANARY,
        "email": f"{CANARY}-{number}@mis.example",
        "role": role,
        "orgs": [org],
        "roles": [{"role": role, "org": org}],
        **more,
    }


PUPILS = [person(number) for number in range(5)]
RECORDS = {
    "orgs": [HOME],
    "users": [*PUPILS, person(9, "teacher")],
    "classes": [{"sourcedId": "c1", "title": "Maths", "school": OWN}],
    "courses": [{"sourcedId": "k1", "title": "Maths", "org": OWN}],
    "enrollments": [
        {"sourcedId": "e1", "user": {"sourcedId": "u1"}, "school": OWN},
    ],
    "academicSessions": [
        {"sourcedId": "t1", "type": "term", "title": "Autumn", "org": OWN},
        {"sourcedId": "g1", "type": "gradingPeriod", "title": "First"},
    ],
    "demographics": [{"sourcedId": "u1", "birthDate": "2014-02-11"}],
}
BOTH = {
    **RECORDS,
    "orgs": [{**HOME, "sourcedId": "s2", "identifier": "100002"}, HOME],
    "users": [*PUPILS, person(7, org=OTHER), person(9, "teacher")],
    "classes": [*RECORDS["classes"], {"sourcedId": "c2", "school": OTHER}],
}
"""Records of two schools."""

VERSIONS = list(BASES)
BASIC = "sourcedId,givenName,status"
SHOWN = [{"sourcedId": p["sourcedId"], "givenName": p["givenName"]} for p in PUPILS]
"""What of the pupils is wanted unless a test says otherwise."""


def interface(server, version="1.2", kind=OneRoster, **more):
    """Return the interface to a server."""
    given = {"client_id": "app", "client_secret": "hush", "page_size": 2} | more
    token_url = f"{server.url}/oauth/token"
    url = server.url + BASES[version]
    return kind(url, version=version, token_url=token_url, **given)


def wanted(resource="student", *names, **more):
    """Return a fetch of some fields, by default of an id and a name."""
    chosen = names or ("sourcedId", "givenName")
    paths = [f"{resource}.{name}" for name in chosen]
    return Fetch(CATALOGUE.resource(resource), paths, SCHOOL, **more)


def page(offset, resource="students", fields=BASIC, limit=2):
    """Return how a page is asked for; always with the status, which decides."""
    names = fields.split(",")
    fields = ",".join([*names, *({"status"} - {*names})])
    return f"/{resource}?limit={limit}&offset={offset}&fields={fields}"


def asked(server):
    """Return what the MIS was asked: a token's scope, or an address and its query."""
    return [_said(entry) for entry in server.log()]


def _said(entry):
    if entry["method"] == "POST":
        [scope] = parse_qs(entry["body"])["scope"]
        return f"token {scope.rpartition('/')[2].removesuffix('.readonly')}"
    place = urlsplit(entry["path"])
    base = next(b for b in BASES.values() if place.path.startswith(b))
    return f"{place.path.removeprefix(base)}?{unquote(place.query)}"


class Scene(School):
    """A school that has authorised an app's reading of its pupils, and more."""

    def __init__(self, adapter, *optional):
        super().__init__(CATALOGUE, adapter)
        self.authorise("students.basic", optional=optional)
