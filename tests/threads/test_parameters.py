"""Addresses, parameters and echoes of an MIS over HTTP: only what is declared passes."""

import hashlib
import logging

import httpx

from scopegate import AccessDeniedError, QueryRefusedError
from scopegate.adapters.base import Capabilities
from scopegate.errors import RouteRefusedError
from scopegate.testing.leaks import assert_no_leak

from .claims import Outcome, Stage, must, probed, refused, thread, untold, whole
from .mis import BASE
from .naive import Naive
from .variants import Sanitising
from .world import CANARY, NOWHERE, RELEASED, THERE

EITHER = (RouteRefusedError, QueryRefusedError)
SUFFIXED = [
    *("dob_gte", "dob__gte", "dob[gte]", "dob[$gte]", "dob.gte", "dob-gte", "dob:gte"),
    *("filter[dob][gte]", "filters[dob][$gte]", "dob_startswith", "dob_containss"),
    *("dob_like", "dob__contains", "gte.dob", "and[0][dob][gte]", "dob>"),
]


@thread("strapi/strapi #11869", naive=Naive, says="values were told apart by: outcome")
def test_strapi_11869(gate):
    """A parameter for a withheld field is refused, whatever it ends with.

    https://github.com/strapi/strapi/issues/11869
    """
    for name in SUFFIXED:
        ask = lambda s, v, n=name: s.get("/pupils", params={n: v})  # noqa: E731
        probed(gate, ask, *EITHER, values=("2015-03", NOWHERE))
    for sign in ("=", "!=", ">", ">=", "<", "<=", "~"):
        for text in ("dob{}'{}'", "year='7' AND dob{}'{}'", "dob{}'{}' OR year='99'"):

            def roster(stage, value, text=text, sign=sign):
                return stage.get("/roster", params={"filter": text.format(sign, value)})

            probed(gate, roster, values=("2015-03", NOWHERE))


NAMES = [
    *("where", "lookup", "filter", "$filter", "q[]", "fields", "_fields", "expand"),
    *("include", "embed", "projection", "debug", "format", "callback", "_method"),
    *(
        "populate",
        "with",
        "select",
        "jsonp",
        "access_token",
        "school",
        "",
        "_",
        "$where",
    ),
    *(hashlib.sha256(bytes([n])).hexdigest()[:9] for n in range(200)),
]
"""Names of parameters that are not declared; two hundred of them made up."""


@thread(
    "strapi CVE-2026-27886",
    "HackTricks-wiki/hacktricks PR #2272",
    naive=(Naive,),
    says="values were told apart by: outcome",
)
def test_cve_2026_27886(gate):
    """A parameter that no one declared is refused, so that no total can answer it.

    https://nvd.nist.gov/vuln/detail/CVE-2026-27886, shown in
    https://github.com/HackTricks-wiki/hacktricks/pull/2272; the fix's option is
    described in https://github.com/strapi/strapi/pull/25528
    """
    for name in ("where[dob][$startsWith]", "where[dob][$lt]", "lookup[dob]"):
        for more in ({}, {"limit": 0}):
            probed(
                gate,
                lambda s, v, n=name, m=more: s.get("/pupils", params={n: v, **m}),
                RouteRefusedError,
                values=("2015-03-03", NOWHERE),
            )
    scene = Stage(gate)
    for path in ("/pupils", "/pupils/1", "/cursors", "/roster"):
        for name in NAMES:
            if path != "/roster" or name not in ("filter", "fields"):
                ask = lambda s, u=f"{path}?{name}=dob": s.get(u)  # noqa: E731
                refused(gate, ask, RouteRefusedError, scene=scene)


@thread(
    "strapi CVE-2026-27886 (besides the query)",
    naive=Naive,
    says="values were told apart by: outcome",
)
def test_cve_2026_27886_beside_the_query(gate):
    """What would be a parameter in a path, a body or a header is refused too.

    https://nvd.nist.gov/vuln/detail/CVE-2026-27886
    """
    values = ("2015-03-03 " + CANARY, NOWHERE)
    for path in ("/pupils;dob={}", "/pupils;v=1;dob={}", "/pupils/1;dob={}"):
        ask = lambda s, v, p=path: s.get(p.format(v))  # noqa: E731 - one line says it
        probed(gate, ask, RouteRefusedError, values=values)
    for method in ("POST", "GET", "QUERY", "REPORT", "PUT"):

        def send(stage, value, method=method):
            return whole(stage.client.request(method, "/pupils", data={"dob": value}))

        probed(gate, send, RouteRefusedError, values=values)
    scene = Stage(gate)
    names = (
        *("X-HTTP-Method-Override", "X-Page-Number", "X-Filter", "Prefer", "Cookie"),
        *("Range", "If-None-Match", "If-Modified-Since", "X-Original-URL"),
    )
    scene.get("/pupils", headers=dict.fromkeys(names, f"dob={CANARY}"))
    assert_no_leak(scene.web.seen, [CANARY])


@thread(
    "web2py/web2py PR #2657", naive=Naive, says="values were told apart by: outcome"
)
def test_web2py_2657(gate):
    """A method of text after a field's name is not a parameter.

    https://github.com/web2py/web2py/pull/2657
    """
    for name in (
        "dob.startswith",
        "dob.like",
        "not.dob",
        "dob.year",
        "contacts.contains",
    ):
        probed(
            gate,
            lambda s, v, n=name: s.get("/pupils", params={n: v, "limit": 0}),
            RouteRefusedError,
            values=("2015-03-03", NOWHERE),
        )


@thread("langwatch/langwatch PR #8176", naive=Naive, says="it was answered")
def test_langwatch_8176(gate):
    """No sign for all fields passes where fields are named, in a function either.

    https://github.com/langwatch/langwatch/pull/8176; so too
    https://github.com/Wave-RF/WaveHouse/issues/474
    """
    for star in ("*", "COLUMNS('d.*')", "id,count(*)", "max(*)", "id,*", "pupil.*", ""):
        refused(
            gate,
            lambda s, f=star: s.get("/roster", params={"fields": f}),
            RouteRefusedError,
        )
    refused(gate, lambda s: s.get("/roster?fields=id,dob"))


@thread(
    "gisaia/ARLAS-server #558",
    naive=(Naive, Sanitising),
    says="values were told apart by: outcome|it was answered",
)
def test_arlas_558(gate):
    """A withheld field is refused in filter, text, sort, include and group alike.

    https://github.com/gisaia/ARLAS-server/issues/558 (PR #559: not removed, but 403)
    """
    looks = Capabilities(searches=["pupil.name", "pupil.dob"])
    texts = {"values": ("2015-03-03", NOWHERE)}
    probed(gate, lambda s, v: s.get("/pupils", params={"q": v}), **texts)
    probed(gate, lambda s, v: s.read(search=v), able=looks, **texts)
    for url in ("/pupils?sort=dob", "/roster?sort=dob", "/roster?fields=dob"):
        refused(gate, lambda s, u=url: s.get(u))
    for url in ("/pupils?include=home", "/pupils?agg=dob", "/pupils?fetch_hits=dob"):
        refused(gate, lambda s, u=url: s.get(u), RouteRefusedError)
    for url in ("/describe", "/pupils/1/describe", "/", ""):
        refused(gate, lambda s, u=url: s.get(u), RouteRefusedError)
    refused(gate, lambda s: s.get("/pupils"), AccessDeniedError, scopes=("school",))


def test_a_text_is_looked_for_where_all_that_is_looked_at_flows(gate):
    """A search of permitted fields alone is passed on, and the MIS is told the text.

    https://github.com/gisaia/ARLAS-server/issues/558
    """
    scene = Stage(gate, able=Capabilities(searches=["pupil.name"]))

    found = scene.read(search="Bo")

    assert (found, [w.search for w in scene.mis.asked]) == ([RELEASED[1]], ["Bo"])


@thread(
    "elastic/elasticsearch PR #90701",
    "elastic/elasticsearch #83632",
    naive=(Naive, Sanitising),
    says="it was answered",
)
def test_elasticsearch_90701(gate):
    """An address of values, of terms or of hints is refused, and not answered by none.

    https://github.com/elastic/elasticsearch/pull/90701 and
    https://github.com/elastic/elasticsearch/issues/83632
    """
    for path in ("/terms", "/pupils/1/terms", "/autocomplete", "/suggest", "/PUPILS"):
        refused(gate, lambda s, p=path: s.get(p), RouteRefusedError)
        refused(gate, lambda s, p=path: s.get(f"{p}?dob=2015"), RouteRefusedError)
    for path in ("/pupils/terms", "/pupils/autocomplete"):  # as if it were a key
        assert_no_leak(Outcome.of(Stage(gate), lambda s, p=path: s.get(p)), [CANARY])


ECHOES = {
    "sort": [THERE["dob"]],
    "highlight": {"dob": [THERE["dob"]]},
    "links": {"next": f"{BASE}/pupils?after={CANARY}"},
    "debug": f"select * where dob > '{CANARY}'",
    "total": CANARY,
    "cursor": CANARY,
}
HEADERS = {
    "ETag": f'"{CANARY}"',
    "Link": f'<{BASE}/pupils?after={CANARY}>; rel="next"',
    "X-Total-Count": CANARY,
    "X-Debug": CANARY,
    "Set-Cookie": f"last={CANARY}",
    "Content-Disposition": f"attachment; filename={CANARY}",
}


@thread("DataBiosphere/consent PR #3003", naive=Naive, says="holds secret 1")
def test_consent_3003(gate):
    """Nothing that an MIS says besides its records reaches the caller.

    https://github.com/DataBiosphere/consent/pull/3003
    """
    for path in ("/pupils", "/pupils/1", "/cursors?limit=2", "/roster"):
        scene = Stage(gate)

        def echoing(request, scene=scene):
            answer = scene.web.page(request)
            body = {**answer.json(), **ECHOES}
            return httpx.Response(answer.status_code, headers=HEADERS, json=body)

        scene.web.answer = echoing
        seen = Outcome.of(scene, lambda s, p=path: s.get(p))
        must(seen.given, "nothing was given")
        assert_no_leak([seen, scene.access.notes], [CANARY])


@thread("DataBiosphere/consent PR #3003 (errors)", naive=Naive, says="holds secret 1")
def test_consent_3003_errors(gate):
    """Nor does anything that it says when it fails, in the log either.

    https://github.com/DataBiosphere/consent/pull/3003; an error as a channel also in
    https://github.com/opensearch-project/security/issues/5254
    """
    for status in (400, 401, 403, 404, 409, 418, 429, 500, 503):
        scene = Stage(gate)
        scene.web.answer = lambda _, status=status: httpx.Response(
            status, headers=HEADERS, json={"message": f"no index on {CANARY}", **ECHOES}
        )
        assert_no_leak(Outcome.of(scene, lambda s: s.get("/pupils")), [CANARY])


def test_refusals_are_told_without_values(gate, caplog):
    """What is refused is logged and kept with no value of it.

    https://github.com/DataBiosphere/consent/pull/3003
    """
    caplog.set_level(logging.DEBUG, "scopegate")
    for url in (f"/pupils?dob={CANARY}", f"/pupils?{CANARY}=1", f"/{CANARY}"):
        refused(gate, lambda s, u=url: s.get(u), *EITHER)

    assert_no_leak(caplog.records, [CANARY])


def test_the_schools_are_alike_by_every_address(gate):
    """What is released by each address is the same whatever is withheld.

    https://github.com/DataBiosphere/consent/pull/3003
    """
    for path in (
        "/pupils",
        "/pupils?limit=2&offset=1",
        "/pupils/2",
        "/roster",
        "/cursors",
    ):
        untold(gate, lambda s, p=path: s.get(p))
    must(untold(gate, lambda s: s.get("/pupils")).given, "nothing is released")
