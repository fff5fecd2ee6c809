"""Totals and pages over HTTP: of what is released, or none at all."""

import json

from scopegate.consent.subjects import Subjects
from scopegate.errors import RouteRefusedError, UnsupportedQueryError

from .claims import Stage, must, refused, thread, untold
from .naive import Naive
from .variants import Blanking
from .world import RELEASED, WHOLE, pupils

LEFT = [{**pupils()[0], "id": 10 + n, "status": "left"} for n in range(4)]
"""Pupils whose rows wait for a scope."""
SCHOOLS = {"one": [*LEFT[:3], *pupils(), *LEFT[3:]], "other": pupils()}
"""Two schools of which one has more pupils, all of them withheld."""
TOLD_APART = "schools were told apart by: outcome"


@thread("hapifhir/hapi-fhir #1507", naive=(Naive, Blanking), says=TOLD_APART)
def test_hapi_fhir_1507(gate):
    """No total, in a body or a header, counts a record that is withheld.

    https://github.com/hapifhir/hapi-fhir/issues/1507
    """
    for path in ("/pupils", "/roster", "/cursors"):
        untold(gate, lambda s, p=path: s.get(p), **SCHOOLS, beside="asked")
    _, headers, body = Stage(gate).get("/pupils")
    must("total" not in json.loads(body), "the body has a total")
    must("x-total-count" not in dict(headers), "a header has a total")


@thread("hapifhir/hapi-fhir #1507 (functions)", naive=Naive, says="a total came")
def test_hapi_fhir_1507_functions(gate):
    """What a function gives besides its records, such as how many, does not come.

    https://github.com/hapifhir/hapi-fhir/issues/1507
    """
    scene = Stage(gate)
    for total in (5, "5", 5.0, {"total": 5}, (5, "of 9")):
        guarded = scene.access.guard(lambda total=total: total, resource="pupil")
        must(guarded() in (None, {}, []), "a total came")
    beside = scene.access.guard(lambda: (*pupils(), 5, {}, [5]), resource="pupil")
    must(beside() == RELEASED, "a total came with the records")


@thread("hapifhir/hapi-fhir #2012", naive=(Naive, Blanking), says=TOLD_APART)
def test_hapi_fhir_2012(gate):
    """Nor does one on any page, the first, the last or one behind the last.

    https://github.com/hapifhir/hapi-fhir/issues/2012
    """
    for size in (1, 2, 5):
        for start in (0, 1, 4, 5, 99):
            url = f"/pupils?limit={size}&offset={start}"
            given = untold(gate, lambda s, u=url: s.get(u), **SCHOOLS, beside="asked")
            page = json.loads(given.given[2])
            must(page == {"data": RELEASED[start : start + size]}, "it is another page")
    only = {"subjects": Subjects.everyone_except(pupil=[10, 11, 12, 13])}
    for start in (0, 4):
        url = f"/pupils?limit=2&offset={start}"
        untold(
            gate,
            lambda s, u=url: s.get(u),
            **{**SCHOOLS, **only},
            scopes=WHOLE,
            beside="asked",
        )


@thread(
    "hapifhir/hapi-fhir PR #2020",
    "hapifhir/hapi-fhir #3418",
    naive=(Naive, Blanking),
    says="it was answered",
)
def test_hapi_fhir_2020(gate):
    """A total that is asked for is refused where a record may be withheld, not left out.

    https://github.com/hapifhir/hapi-fhir/pull/2020, and for totals that are asked for
    https://github.com/hapifhir/hapi-fhir/issues/3418
    """
    refused(gate, lambda s: s.get("/pupils?count=true"), UnsupportedQueryError)
    for url in (
        "/pupils?totalCount=true",
        "/pupils?$count=true",
        "/pupils?_summary=count",
    ):
        refused(gate, lambda s, u=url: s.get(u), RouteRefusedError)
    refused(gate, lambda s: s.get("/count"), RouteRefusedError)
    url = "/pupils?count=true&year=8"
    refused(gate, lambda s: s.get(url), UnsupportedQueryError, scopes=WHOLE)


def test_a_total_is_told_where_all_records_are_released(gate):
    """Where no record can be withheld the total passes, and is the number of records.

    https://github.com/hapifhir/hapi-fhir/pull/2020
    """
    _, headers, body = Stage(gate, WHOLE).get("/pupils?count=true&limit=2")

    assert (json.loads(body)["total"], dict(headers)["x-total-count"]) == (5, "5")


@thread("hapifhir/hapi-fhir PR #5119", naive=(Naive, Blanking), says=TOLD_APART)
def test_hapi_fhir_5119(gate):
    """A page of the MIS with nothing left is passed over, and the list goes on.

    https://github.com/hapifhir/hapi-fhir/pull/5119 (issue #5125)
    """
    for size in (1, 2, 3):
        url = f"/cursors?limit={size}"
        untold(gate, lambda s, u=url: s.get(u), **SCHOOLS, beside="asked")
    scene, cursor, given = Stage(gate, records=SCHOOLS["one"]), "", []
    while cursor is not None:
        more = {"cursor": cursor} if cursor else {}
        page = json.loads(scene.get("/cursors", params={"limit": 2, **more})[2])
        given += page["data"]
        cursor = page.get("cursor")
    must(given == RELEASED, "the list ended before its end")
