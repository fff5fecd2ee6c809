"""A client that somebody else published runs unchanged through the guard.

`edfi-api-client` is built on requests, and reads an Ed-Fi API page by page. The
server is in another process.
"""

import json
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from edfi_api_client import EdFiClient

from scopegate import Catalogue
from scopegate.errors import AccessDeniedError, QueryRefusedError, RouteRefusedError
from scopegate.http import Guard, Paging, PlainDialect, Route
from scopegate.http.requests import GuardHTTPAdapter
from scopegate.testing import School, assert_no_leak

CATALOGUE = Catalogue.from_dict({
    "id": "ed-fi",
    "version": "1",
    "resource": {
        "school": {
            "key": "urn",
            "field": {"urn": {"sensitivity": "public"}, "name": {"sensitivity": "public"}},
        },
        "student": {
            "key": "id",
            "field": {
                name: {}
                for name in (
                    "id", "studentUniqueId", "firstName", "lastSurname", "birthDate"
                )
            },
        },
    },
    "scope": {
        "school": {"sensitivity": "public", "fields": ["school.urn", "school.name"]},
        "names": {
            "fields": ["student.id", "student.studentUniqueId", "student.firstName"]
        },
        "births": {"fields": ["student.birthDate"]},
    },
})  # fmt: skip
EXPECTED = [
    {"id": f"{n:032x}", "studentUniqueId": str(n), "firstName": f"Ada {n}"}
    for n in range(1, 6)
]


class Story(School):
    """A school, an app with a published client, and an MIS in another process."""

    def __init__(self, url):
        super().__init__(CATALOGUE, product="ed-fi")
        self.publish("names")
        self.url = url

    def client(self):
        """Return the client as its maker ships it, over a guarded adapter."""
        paging = Paging(
            "offset", "offset", "limit", 25, headers={"Total-Count": "total"}
        )
        dialect = PlainDialect(
            conditions={"birthDate": "student.birthDate"}, paging=paging
        )
        route = Route("/data/v3/ed-fi/students", "student", "[]", dialect=dialect)
        guarded = GuardHTTPAdapter(Guard(self.open(), self.url, [route]))
        client = EdFiClient(self.url, "key", "secret", verbose=False)
        client.session.connect()
        for scheme in ("https://", "http://"):
            client.session.session.mount(scheme, guarded)
        return client

    def asked(self):
        """Return which lists of pupils the MIS was asked for."""
        with urllib.request.urlopen(f"{self.url}/_asked") as answer:  # noqa: S310
            return json.loads(answer.read())


@pytest.fixture
def story():
    """Give a story, with a server that runs as long."""
    script = Path(__file__).with_name("edfi_server.py")
    with subprocess.Popen(  # noqa: S603 - this interpreter, and a script of ours
        [sys.executable, "-S", script], stdout=subprocess.PIPE, text=True
    ) as process:
        yield Story(f"http://127.0.0.1:{int(process.stdout.readline())}")
        process.kill()


def test_the_client_reads_pages_without_what_was_not_authorised(story):
    """Page by page it gets every pupil, and neither birth dates nor the unknown."""
    story.authorise()
    client = story.client()

    pages = list(client.resource("students").get_pages(page_size=2))

    assert [pupil for page in pages for pupil in page] == EXPECTED
    assert_no_leak(pages, ["c4n4ry"])


def test_before_a_grant_the_client_asks_for_nothing(story):
    """Without a grant its first request is refused, and the MIS sees none."""
    client = story.client()

    with pytest.raises(AccessDeniedError):
        list(client.resource("students").get_pages(page_size=2))

    assert story.asked() == []


@pytest.mark.parametrize(
    ("params", "kind"),
    [
        ({"birthDate": "c4n4ry-2014"}, QueryRefusedError),
        ({"surprise": "c4n4ry"}, RouteRefusedError),
    ],
    ids=["a withheld field", "an unknown parameter"],
)
def test_the_client_may_not_ask_by_what_is_withheld(story, params, kind):
    """A parameter for a withheld field, or an unknown one, is refused and not sent."""
    story.authorise()
    client = story.client()

    with pytest.raises(kind) as caught:
        client.resource("students").get(limit=2, params=params)

    assert story.asked() == []
    assert_no_leak(caught.value, ["c4n4ry"])


def test_the_client_may_not_ask_another_resource(story):
    """An address that no route names is refused."""
    story.authorise()

    with pytest.raises(RouteRefusedError):
        story.client().resource("staffs").get(limit=1)
