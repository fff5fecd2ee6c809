"""A made-up school behind Wonde's API, and how it is asked."""

import base64
import json
from datetime import UTC, datetime

from scopegate import Catalogue
from scopegate.adapters.wonde import Wonde

from .rest_story import CANARY, SCHOOL, fetch_of

CATALOGUE = Catalogue.builtin("wonde")
STUDENT = CATALOGUE.resource("student")
TOKEN = "app-token"  # noqa: S105 - made up
PLACE = "/v1.0/schools/A1"
SINCE = datetime(2026, 1, 1, 12, tzinfo=UTC)
HOME = {
    "id": "A1",
    "name": "Example School",
    "urn": None,
    "region": {"code": "GBR", "identifiers": {"urn": int(SCHOOL)}},
}


def moment(text):
    """Return a date as Wonde gives it."""
    return {"date": f"{text}.000000", "timezone_type": 3, "timezone": "UTC"}


def pupil(number, **more):
    """Return a student with more parts than anybody asks for."""
    return {
        "id": f"S{number}",
        "upi": CANARY,
        "initials": "AZ",
        "surname": "Zed",
        "forename": f"Ada {number}",
        "date_of_birth": CANARY,
        "updated_at": moment("2026-01-01 11:00:00"),
        "education_details": {"data": {"current_nc_year": "9", "local_upn": CANARY}},
        "contact_details": {"data": {"emails": {"email": f"ada{number}@mis.example"}}},
        "medical_notes": {"data": [{"note": CANARY}]},
        **more,
    }


PUPILS = [pupil(number) for number in range(1, 6)]
BASIC = ("id", "initials", "surname", "forename")
RELEASED = [{name: one[name] for name in BASIC} for one in PUPILS]
RECORDS = {"school": [HOME], "student": PUPILS}


def interface(server, token=TOKEN, **more):
    """Return the interface to a server, with small pages."""
    return Wonde(token, "A1", **({"url": f"{server.url}/v1.0", "page_size": 2} | more))


def wanted(resource="student", *names, **more):
    """Return a fetch of some fields, by default of a student's basic ones."""
    chosen = names or (BASIC if resource == "student" else ())
    return fetch_of(CATALOGUE, resource, *chosen, **more)


def cursor(place, surname="Zed", forename=None, collection="students"):
    """Return the cursor that the server makes."""
    values = {f"mis_{collection}.id": place, f"mis_{collection}.surname": surname}
    if forename is not None:
        values[f"mis_{collection}.forename"] = forename
    packed = base64.urlsafe_b64encode(json.dumps(values).encode())
    return packed.decode().rstrip("=")


def page(turn="true", more="", size=2, place="students"):
    """Return how a page is asked for by cursor."""
    return f"{PLACE}/{place}?cursor={turn}&per_page={size}{more}"


PAGES = [page(), page(cursor(2, forename="Ada 2")), page(cursor(4, forename="Ada 4"))]
