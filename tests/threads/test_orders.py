"""Orders, groups and cursors: none of them by a field that is withheld."""

import base64
import binascii
import json
from datetime import timedelta

from scopegate import AccessDeniedError, Condition, Query, QueryRefusedError
from scopegate.adapters.base import Capabilities
from scopegate.consent.subjects import Subjects
from scopegate.errors import PathError, RouteRefusedError
from scopegate.testing.leaks import assert_no_leak

from ..model_mis import SORTABLE, regrant
from .claims import Outcome, Stage, must, probed, refused, thread, untold
from .naive import Naive
from .variants import Listing, Sanitising
from .world import CANARY, CATALOGUE, NAMES, NOWHERE, RELEASED, THERE, WHOLE, pupils

DOB = "pupil.dob"
RELEASED_PATHS = ("pupil.id", "pupil.name", "pupil.year")
_EITHER = (RouteRefusedError, QueryRefusedError)
SORTS = Capabilities(orders=SORTABLE)
"""An interface that sorts by any field outside lists."""


@thread(
    "Wave-RF/WaveHouse #223",
    naive=(Naive, Listing),
    says="schools were told apart by: outcome|more was given",
)
def test_wavehouse_223(gate):
    """What is left out of a query means what is permitted, never everything.

    https://github.com/Wave-RF/WaveHouse/issues/223 (fix: PR #273)
    """
    asked = {*RELEASED_PATHS, "pupil.status"}
    untold(gate, lambda s: s.count_by(DOB))
    untold(gate, lambda s: s.count_by("pupil.year", DOB, select=["pupil.id"]))
    for select in ((), [], [*RELEASED_PATHS]):
        scene = Stage(gate)
        found = scene.read(select=select)
        must(found == RELEASED, "more was given than is permitted")
        must(set(scene.mis.asked[0].fields) == asked, "the MIS was asked for more")
    for path in (DOB, "pupil.home.town", "pupil.DOB", "pupil.*"):
        refused(gate, lambda s, p=path: s.count_by(p))
        refused(gate, lambda s, p=path: s.read(select=[p, "pupil.id"]))
    for ask in (lambda s: s.read(), lambda s: s.count(), lambda s: s.get("/pupils")):
        refused(gate, ask, AccessDeniedError, scopes=("school",))


@thread("Wave-RF/WaveHouse #327", naive=Naive, says="it was answered")
def test_wavehouse_327(gate):
    """A field that is withheld is refused in the words of one that does not exist.

    https://github.com/Wave-RF/WaveHouse/issues/327
    """
    texts = [
        refused(gate, lambda s, p=path: s.read(order_by=[p])).text.replace(path, "it")
        for path in (DOB, "pupil.nonsense")
    ]
    must(texts[0] == texts[1], "the words tell which of the two exists")
    refused(gate, lambda s: s.read(order_by=["attendance.mark"]), PathError)


def test_two_permits_share_nothing(gate):
    """The same query over the same adapter gives each app what it may see.

    https://github.com/Wave-RF/WaveHouse/issues/223 (its cache key)
    """
    one, other = Stage(gate), Stage(gate, ("ids", "birth"))
    other.mis = one.mis

    given = [one.read()[0], other.read()[0], one.read()[0]]

    assert given == [RELEASED[0], {"id": 1, "dob": THERE["dob"]}, RELEASED[0]]


ORDERS = [
    *("dob", "-dob", "dob:desc", "dob desc", "dob,name", "name,dob", "+dob", "DOB"),
    *(
        "field(strcmp(dob,'x'),-1)",
        "1",
        "dob/**/",
        "name, dob",
        "name;dob",
        "contacts.dob",
    ),
]


@thread(
    "frappe/frappe PR #40515", naive=Naive, says="schools were told apart by: outcome"
)
def test_frappe_40515(gate):
    """What is withheld decides no order and no group, however the order is written.

    https://github.com/frappe/frappe/pull/40515
    """
    for able in (Capabilities(), SORTS):
        untold(gate, lambda s: s.read(order_by=[DOB]), able=able)
        untold(gate, lambda s: s.read(order_by=[DOB], limit=1), able=able)
        refused(gate, lambda s: s.read(order_by=["pupil.year", DOB]), able=able)
    for order in ORDERS:
        ask = lambda s, o=order: s.get("/pupils", params={"sort": o})  # noqa: E731
        untold(gate, ask)
        refused(gate, ask, *_EITHER)
    for name in ("order_by", "orderBy", "$orderby", "ordering", "group_by", "groupBy"):
        refused(gate, lambda s, n=name: s.get(f"/pupils?{n}=dob"), RouteRefusedError)
    released = untold(gate, lambda s: s.read(order_by=["pupil.name"])).given
    must([r["name"] for r in released] == sorted(NAMES), "a permitted order is lost")


@thread("makeplane/plane PR #9348", naive=Sanitising, says="it was answered")
def test_plane_9348(gate):
    """An order through a related record is refused, not replaced by another order.

    https://github.com/makeplane/plane/pull/9348
    """
    for path in ("pupil.contacts[].name", "pupil.home.town", "pupil.nonsense"):
        refused(gate, lambda s, p=path: s.read(order_by=[p]))
    for order in ("contacts__name", "home__town", "nonsense"):
        refused(gate, lambda s, o=order: s.get(f"/pupils?sort={o}"), RouteRefusedError)


@thread("Azure/data-api-builder PR #3553", naive=Naive, says="secret 1 at .*in base64")
def test_data_api_builder_3553(gate):
    """A cursor holds no withheld value, and means nothing that is withheld.

    https://github.com/Azure/data-api-builder/pull/3553
    """
    page = lambda s: s.get("/cursors?limit=2&sort=name")  # noqa: E731 - one line says it
    assert_no_leak(page(Stage(gate)), [CANARY])
    untold(gate, page)
    untold(gate, page, scopes=WHOLE)

    probed(gate, lambda s, v: s.read(order_by=[DOB], after=[v]))
    refused(gate, lambda s: s.get("/cursors?limit=2&sort=dob"))
    made = base64.b64encode(json.dumps({"at": 1, "after": ["2015", 1]}).encode())
    for cursor in (made.decode(), "page-1", "page-01", "2015-03-03"):
        refused(
            gate, lambda s, c=cursor: s.get(f"/cursors?cursor={c}"), RouteRefusedError
        )


def test_a_cursor_ends_with_what_it_was_given_for(gate):
    """A cursor of a listing whose order may no longer be used is refused.

    https://github.com/Azure/data-api-builder/pull/3553
    """
    scene = Stage(gate, (*WHOLE, "birth"), max_staleness=timedelta())
    cursor = json.loads(scene.get("/cursors?limit=2&sort=dob")[2])["cursor"]
    again = f"/cursors?limit=2&sort=dob&cursor={cursor}"
    before = Outcome.of(scene, lambda s: s.get(again))
    regrant(scene.ledger, *WHOLE, catalogue=CATALOGUE)

    after = Outcome.of(scene, lambda s: s.get(again))

    assert (before.refusal, after.refusal) == (None, QueryRefusedError)


@thread("Azure/data-api-builder #2903", naive=Naive, says="the cursor holds the key")
def test_data_api_builder_2903(gate):
    """Pages by cursor give every record once, even where its key is withheld.

    https://github.com/Azure/data-api-builder/issues/2903
    """
    alike = [{**record, "name": "Ada"} for record in pupils()]
    scene = Stage(gate, ("basic", "leavers"), records=alike)
    given, cursor = [], ""
    while cursor is not None:
        more = {"cursor": cursor} if cursor else {}
        *_, body = scene.get("/cursors", params={"limit": 1, "sort": "name", **more})
        page = json.loads(body)
        cursor = page.get("cursor")
        must(not _holds_key(cursor), "the cursor holds the key")
        given += page["data"]
    must([r["year"] for r in given] == [r["year"] for r in alike], "records are lost")


def _holds_key(cursor):
    """Tell whether a cursor is one of the MIS, which names its last record."""
    try:
        return b"after" in base64.b64decode(cursor or "")
    except binascii.Error:
        return False


@thread(
    "ash-project/ash #2786", naive=Naive, says="schools were told apart by: outcome"
)
def test_ash_2786(gate):
    """A second page by a withheld order is refused, and does not come empty.

    https://github.com/ash-project/ash/issues/2786 (fix: PR #2791)
    """
    untold(gate, lambda s: s.read(order_by=[DOB], after=["2012"]))
    for after in ([None], [""], [NOWHERE], ["2015-03"]):
        refused(gate, lambda s, a=after: s.read(order_by=[DOB], after=a, limit=2))


@thread(
    "opensearch-project/security #1579",
    naive=(Naive, Sanitising),
    says="a group of withheld records|schools were told apart by: outcome",
)
def test_opensearch_1579(gate):
    """Groups are of released records: none appears that only withheld ones are in.

    https://github.com/opensearch-project/security/issues/1579
    """
    left = [{**pupils()[0], "id": 9, "year": 9}, {**pupils()[0], "id": 10}]
    only = {"subjects": Subjects.only(pupil=[1, 2, 3, 4, 5])}
    schools = {"one": [*pupils(), *left], "other": pupils()}
    groups = Stage(gate, records=schools["one"], **only).count_by("pupil.year")
    must((9,) not in groups, "a group of withheld records is named")
    untold(gate, lambda s: s.count_by("pupil.year"), **schools, **only)

    def facets(stage):
        stage.web.echoes = lambda chosen: {
            "facets": {"year": [r["year"] for r in chosen]}
        }
        return stage.get("/pupils")

    untold(gate, facets, **schools, **only)


@thread(
    "Wave-RF/WaveHouse #385", naive=Naive, says="schools were told apart by: outcome"
)
def test_wavehouse_385(gate):
    """What is missing or withheld is unequal to nothing, and so meets no condition.

    https://github.com/Wave-RF/WaveHouse/issues/385
    """
    missing = [{k: v for k, v in r.items() if k != "name"} for r in pupils()]
    unlike = [Condition("pupil.name", "!=", "")]
    must(
        Stage(gate, records=missing).read(where=unlike) == [], "what is missing met it"
    )
    broken = [{**r, "name": {"first": CANARY}} for r in missing]
    untold(gate, lambda s: s.read(where=unlike), one=broken, other=_lists(missing))


def _lists(records):
    return [{**record, "name": [[CANARY]]} for record in records]


def test_what_a_query_holds_is_not_shown():
    """The values of a query, those of a cursor too, are in no representation of it.

    https://github.com/frappe/frappe/pull/40515
    """
    where = [Condition("pupil.name", "=", CANARY)]
    query = Query("pupil", where, ["pupil.name"], after=[CANARY], search=CANARY)

    assert CANARY not in repr(query)
