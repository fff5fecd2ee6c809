"""Conditions on withheld fields: refused wherever they stand, and never dropped."""

from attrs import evolve

from scopegate import Condition, Query, QueryRefusedError
from scopegate.adapters.base import Capabilities
from scopegate.adapters.records import RecordsAdapter
from scopegate.consent.subjects import Subjects
from scopegate.errors import PathError, RouteRefusedError
from scopegate.records.condition import Comparison
from scopegate.testing.strategies import SCHOOL

from ..model_mis import CATALOGUE, PATHS
from .claims import Stage, must, probed, refused, thread, untold
from .mis import TAKES
from .naive import Naive
from .variants import Blanking, HalfLocal, Sanitising, Strict
from .world import NOWHERE, RELEASED, THERE, pupils

DOB, TOWN, CONTACTS = "pupil.dob", "pupil.home.town", "pupil.contacts[].name"
ODD = Condition("pupil.year", "=", 7)
PUSHES = Capabilities(conditions=dict.fromkeys(PATHS, Comparison))
"""An interface that decides any condition."""


@thread(
    "platformatic/platformatic #5119",
    naive=(Naive, Strict),
    says="values were told apart by: outcome|the school's own rule was refused",
)
def test_platformatic_5119(gate):
    """A condition on a withheld field is refused anywhere, one of the rule's own never.

    https://github.com/platformatic/platformatic/issues/5119 (fix: PR #5120)
    """
    rule = Stage(gate)
    found = _or_refused(lambda: rule.read())
    must(found is not None, "the school's own rule was refused")

    for comparison in Comparison:
        several = comparison is Comparison.ONE_OF
        values = [[v] if several else v for v in (THERE["dob"], NOWHERE)]
        for before, after in [((), ()), ((ODD,), ()), ((), (ODD,)), ((ODD,), (ODD,))]:

            def where(value, b=before, a=after, how=comparison):
                return [*b, Condition(DOB, how, value), *a]

            probed(gate, lambda s, v, w=where: s.read(where=w(v)), values=values)
            probed(gate, lambda s, v, w=where: s.count(where=w(v)), values=values)
    refused(gate, lambda s: s.read(order_by=[DOB]))
    must("pupil.status" in rule.mis.asked[0].fields, "the rule's field was not read")
    must(found == RELEASED, "the rule's field was given out")


def _or_refused(ask):
    try:
        return ask()
    except QueryRefusedError:
        return None


@thread("strapi/strapi #17372", naive=Sanitising, says="it was answered")
def test_strapi_17372(gate):
    """A query is refused whole that names a withheld field; its rest is not answered.

    https://github.com/strapi/strapi/issues/17372
    """
    query = {"where": [ODD, Condition(DOB, "=", NOWHERE)]}
    outcome = refused(gate, lambda s: s.read(**query))
    must(DOB in outcome.text, "the field is not named")
    refused(gate, lambda s: s.get(f"/pupils?year=7&dob={NOWHERE}"))

    def call(stage):
        guarded = stage.access.guard(
            stage.vendor.pupils, resource="pupil", arguments=TAKES
        )
        return guarded(year=7, dob=NOWHERE)

    refused(gate, call)


@thread("strapi/strapi #16169", naive=Sanitising, says="it was answered")
def test_strapi_16169(gate):
    """A condition through a related record that must not be read is refused, not dropped.

    https://github.com/strapi/strapi/issues/16169
    """
    for path in (CONTACTS, "pupil.contacts[].kind", TOWN):
        refused(gate, lambda s, p=path: s.read(where=[Condition(p, "=", NOWHERE)]))
    refused(gate, lambda s: s.get(f"/pupils?contacts={NOWHERE}"))


@thread("strapi/strapi #16172", naive=Sanitising, says="it was answered")
def test_strapi_16172(gate):
    """What meets no pupil gives none where it may be asked, and else no whole table.

    https://github.com/strapi/strapi/issues/16172
    """
    by_name = [Condition("pupil.name", "=", NOWHERE)]
    must(Stage(gate).read(where=by_name) == [], "a name that no one has was found")

    refused(gate, lambda s: s.read(where=[Condition(DOB, "=", NOWHERE)]))
    refused(gate, lambda s: s.count(where=[Condition(DOB, "=", NOWHERE)]))
    refused(gate, lambda s: s.get(f"/pupils?dob={NOWHERE}"))


SPELLINGS = [
    *(
        "pupil.DOB",
        "pupil.Dob",
        "pupil.t1.dob",
        "pupil..dob",
        ".pupil.dob",
        "pupil.dob.",
    ),
    *("pupil . dob", "pupil. dob", "pupil.dob ", "pupil.%64ob", "pupil.%2564ob"),
    *(
        "pupil.\uff44ob",
        "pupil.d\u043eb",
        "pupil.dob\0",
        "pupil.dob[]",
        "pupil.dob.dob",
    ),
    *("pupil[].dob", "PUPIL.dob", "pupil[dob]", "dob", "pupil.contacts.name"),
    *("pupil.contacts[]", "pupil.contacts[0].name", "pupil.home", "pupil.*", "*"),
]
"""Other ways to write a withheld field; whether some MIS reads them so or not."""
SPELT = [
    *(
        "%64ob",
        "%2564ob",
        "dob%00",
        "DOB",
        "t1.dob",
        "filter[dob]",
        "filter.dob",
        " dob",
    ),
    *("%EF%BD%84ob", "dob[]", "dob[0]", "filters[updatedBy][dob]", "year&dob", "a.dob"),
]


@thread(
    "strapi CVE-2023-22894",
    naive=Naive,
    says="values were told apart by: outcome",
)
def test_cve_2023_22894(gate):
    """No path through other records, and no other spelling, reaches a withheld field.

    https://nvd.nist.gov/vuln/detail/CVE-2023-22894, bypassed by CVE-2023-34235; both
    are described in https://github.com/strapi/strapi/pull/27142
    """
    for path, word in [(CONTACTS, "contacts"), (TOWN, "town")]:
        values = (THERE[word], NOWHERE)
        probed(
            gate,
            lambda s, v, p=path: s.read(where=[Condition(p, "=", v)]),
            values=values,
        )
        probed(
            gate, lambda s, v, w=word: s.get("/pupils", params={w: v}), values=values
        )
    for path in SPELLINGS:
        for part in ("where", "order_by", "select"):
            refused(
                gate,
                lambda s, p=path, at=part: s.read(**{at: _part(at, p)}),
                QueryRefusedError,
                PathError,
            )
    for name in SPELT:
        probed(
            gate,
            lambda s, v, n=name: s.get(f"/pupils?{n}={v}"),
            RouteRefusedError,
            QueryRefusedError,
            values=("2015-03-03", NOWHERE),
        )
    nested = '{"dob":{"$gte":"%s"}}'
    for _ in range(6):
        probed(
            gate,
            lambda s, v, text=nested: s.get("/pupils", params={"filters": text % v}),
            RouteRefusedError,
            values=("2015-03", NOWHERE),
        )
        nested = '{"$or":[{"$and":[%s]}]}' % nested  # noqa: UP031 - it holds braces
    refused(gate, lambda s: s.get("/pupils?year=7&year=8"), RouteRefusedError)


def _part(part, path):
    return [Condition(path, "=", THERE["dob"])] if part == "where" else [path]


@thread("prisma/prisma1 #711", naive=Naive, says="values were told apart by: outcome")
def test_prisma1_711(gate):
    """Neither a count nor an empty list tells if a withheld value is there.

    https://github.com/prisma/prisma1/issues/711
    """
    where = lambda value: [Condition(DOB, "=", value)]  # noqa: E731 - one line says it
    probed(gate, lambda s, v: s.count(where=where(v)))
    probed(gate, lambda s, v: s.read(where=where(v)) == [])
    probed(gate, lambda s, v: s.count_by("pupil.year", where=where(v)))


@thread(
    "prisma/prisma1 #711 (withheld records)",
    naive=(Blanking, Naive),
    says="schools were told apart by: outcome",
)
def test_prisma1_711_records(gate):
    """A withheld record changes no count, and leaves nothing in its place.

    https://github.com/prisma/prisma1/issues/711
    """
    hidden = {**pupils()[0], "id": 9, "name": "Zoe", "status": "left"}
    for where in ([], [Condition("pupil.name", "=", "Zoe")]):
        schools = {"one": pupils(), "other": [hidden, *pupils()]}
        untold(gate, lambda s, w=where: s.count(where=w), **schools)
        untold(gate, lambda s, w=where: s.read(where=w), **schools)
    untold(gate, lambda s: s.get("/pupils/9"), **schools)


@thread(
    "hapifhir/hapi-fhir #6065", naive=Naive, says="values were told apart by: outcome"
)
def test_hapi_fhir_6065(gate):
    """Nothing of one resource is chosen by what is withheld of another.

    https://github.com/hapifhir/hapi-fhir/issues/6065; a fix is described in
    https://github.com/LinuxForHealth/FHIR/issues/1849
    """
    looks = Capabilities(searches=["pupil.name", "attendance.mark"])
    for scopes in (("ids", "basic"), ("ids", "basic", "registers")):
        one = {"scopes": scopes, "values": ("L", NOWHERE)}
        probed(gate, lambda s, v: s.get(f"/pupils?marked={v}"), **one)
        probed(gate, lambda s, v: s.read(search=v), able=looks, **one)
        for name in ("_has:attendance:pupil:mark", "attendance.mark", "has.mark"):
            ask = lambda s, v, n=name: s.get(f"/pupils?{n}={v}")  # noqa: E731
            probed(gate, ask, RouteRefusedError, **one)
        for path in ("attendance.mark", "attendance.id"):
            where = lambda v, p=path: [Condition(p, "=", v)]  # noqa: E731 - one line
            probed(gate, lambda s, v, w=where: s.read(where=w(v)), PathError, **one)


@thread(
    "zenstackhq/zenstack PR #1661",
    naive=Blanking,
    says="schools were told apart by: outcome",
)
def test_zenstack_1661(gate):
    """A record that is withheld meets no condition on a field that others release.

    https://github.com/zenstackhq/zenstack/pull/1661 (issue #1644)
    """
    only = Subjects.only(pupil=[1, 3])
    without = [record for record in pupils() if record["name"] != "Bo"]
    for able in (Capabilities(), PUSHES):
        for ask in _asks(Condition("pupil.name", "=", "Bo")):
            given = untold(
                gate, ask, one=pupils(), other=without, able=able, subjects=only
            ).given
            must(given in ([], 0, {}), "what is withheld met a condition")


@thread(
    "zenstackhq/zenstack PR #1661 (values)",
    naive=Naive,
    says="what is malformed met a condition",
)
def test_zenstack_1661_values(gate):
    """A value that is withheld since it is malformed meets no condition either.

    https://github.com/zenstackhq/zenstack/pull/1661 (issue #1644)
    """
    broken = [{**pupils()[0], "name": ["Bo"]}]
    for able in (Capabilities(), PUSHES):
        for ask in _asks(Condition("pupil.name", "=", "Bo")):
            given = ask(Stage(gate, records=broken, able=able))
            must(given in ([], 0, {}), "what is malformed met a condition")
            other = [{**pupils()[0], "name": ["Cy"]}]
            untold(gate, ask, one=broken, other=other, able=able)


@thread(
    "zenstackhq/zenstack PR #1661 (lists)",
    naive=Naive,
    says="schools were told apart by: outcome",
)
def test_zenstack_1661_lists(gate):
    """An element of a list that is withheld meets no condition, and costs no request.

    https://github.com/zenstackhq/zenstack/pull/1661 (issue #1644)
    """
    schools = {
        which: [
            {**r, "contacts": [{"name": name, "kind": "guarded"}]} for r in pupils()
        ]
        for which, name in (("one", "Zed"), ("other", "Yan"))
    }
    for able in (Capabilities(), evolve(PUSHES, page_size=1)):
        for ask in _asks(Condition(CONTACTS, "=", "Zed")):
            found = untold(gate, ask, **schools, able=able, scopes=_OPEN_CONTACTS)
            must(found.given in ([], 0, {}), "it was met, or refused")


_OPEN_CONTACTS = ("ids", "basic", "leavers", "contacts")
"""Scopes that release the names of contacts, but of those who are guarded."""


def _asks(condition):
    yield lambda s: s.read(where=[condition])
    yield lambda s: s.count(where=[condition])
    yield lambda s: s.count_by("pupil.year", where=[condition])


@thread("ash-project/ash_postgres PR #206", naive=HalfLocal, says="the two differ")
def test_ash_postgres_206(gate):
    """An MIS that decides conditions is asked no more than one that gives records.

    https://github.com/ash-project/ash_postgres/pull/206, and again
    https://github.com/ash-project/ash/pull/2932
    """
    for path in PATHS:
        for value in (THERE["dob"], THERE["contacts"], "Bo", 7, NOWHERE):
            if not CATALOGUE.field(path).may_equal(value):
                continue
            query = Query("pupil", [Condition(path, "=", value)])
            pushing, holding = Stage(gate, able=PUSHES), Stage(gate)
            holding.mis = RecordsAdapter({"pupil": pupils()}, SCHOOL)
            must(_found(pushing, query) == _found(holding, query), "the two differ")


def _found(stage, query):
    try:
        return list(stage.access.read(stage.mis, query))
    except QueryRefusedError as error:
        return error.fields
