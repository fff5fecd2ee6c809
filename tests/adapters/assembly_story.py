"""A made-up school behind Assembly's API, and how it is asked."""

from datetime import UTC, datetime

from scopegate import Catalogue, Condition
from scopegate.adapters._assembly.interface import PLACES
from scopegate.adapters._assembly.query import query
from scopegate.adapters.assembly import Assembly

from .rest_story import CANARY, SCHOOL, fetch_of

CATALOGUE = Catalogue.builtin("assembly")
STUDENT = CATALOGUE.resource("student")
ACCEPT = "application/vnd.assembly+json; version=1.1"
TOKEN = "school-token"  # noqa: S105 - made up
SINCE = datetime(2026, 1, 1, 12, tzinfo=UTC)
DAY = "2026-01-14"
HEADER = "Thu, 01 Jan 2026 11:59:59 GMT"

HOME = {"object": "school", "urn": SCHOOL, "name": "Example School"}


def pupil(number, **more):
    """Return a student with more parts than anybody asks for."""
    return {
        "object": "student",
        "id": number,
        "first_name": f"Ada {number}",
        "last_name": "Zed",
        "year_code": str(7 + number % 3),
        "dob": CANARY,
        "emails": [{"id": number, "email": f"ada{number}@mis.example"}],
        "address": {"postcode": CANARY},
        "demographics": {
            "gender": "F",
            "ethnicity_code": CANARY,
            "in_care": CANARY,
            "sen_needs": [{"id": number, "sen_need_type_code": CANARY}],
        },
        **more,
    }


PUPILS = [pupil(number) for number in range(1, 6)]
BASIC = ("id", "first_name", "last_name", "year_code")
RELEASED = [{name: one[name] for name in BASIC} for one in PUPILS]
RECORDS = {"school": [HOME], "student": PUPILS}


def interface(server, token=TOKEN, **more):
    """Return the interface to a server, with small pages."""
    return Assembly(server.url, token, **({"page_size": 2} | more))


def wanted(resource="student", *names, **more):
    """Return a fetch of some fields, by default of a student's basic ones."""
    chosen = names or (BASIC if resource == "student" else ())
    return fetch_of(CATALOGUE, resource, *chosen, **more)


def page(number, more="", size=2, place="students"):
    """Return how a page is asked for."""
    return f"/{place}?page={number}&per_page={size}{more}"


def where(resource, *given):
    """Return conditions on fields of a resource."""
    return [Condition(f"{resource}.{path}", *rest) for path, *rest in given]


def sent(resource, *given, fields=("id",), **more):
    """Return what a list is asked for, besides the page."""
    found = wanted(resource, *fields, where=where(resource, *given), **more)
    return dict(query(PLACES[resource], found))


IN_ROOMS = {
    "rooms": [{"id": 1}, {"id": 2}, {"id": 3}],
    "rooms/1/lessons": [{"id": 11}, {"id": 12}, {"id": 13}],
    "rooms/2/lessons": [{"id": 11}, {"id": 12}, {"id": 14}],
    "rooms/3/lessons": [],
    "rooms/1/closures": [{"id": 21}],
    "rooms/2/closures": [],
    "rooms/3/closures": [{"id": 22}, {"id": None}, {}, "no record"],
}


def names_in(resource):
    """Return the local paths of the fields of a resource."""
    return [leaf.local for leaf in CATALOGUE.resource(resource).fields]
