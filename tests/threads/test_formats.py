"""Whatever an answer is made of: it is read as records, or it is refused."""

import httpx

from scopegate.errors import RouteRefusedError
from scopegate.testing.leaks import assert_no_leak

from .claims import Outcome, Stage, must, refused, thread
from .mis import BASE
from .naive import Naive
from .world import CANARY, RELEASED

BULK = {
    "application/x-ndjson": CANARY,
    "application/fhir+ndjson": f'{{"dob": "{CANARY}"}}\n',
    "text/csv": f"id,dob\n1,{CANARY}",
    "text/html": CANARY,
    "text/plain": CANARY,
    "application/xml": f"<pupil><dob>{CANARY}</dob></pupil>",
    "application/octet-stream": CANARY,
    "application/zip": CANARY,
    "application/vnd.apache.arrow.stream": CANARY,
    "application/json-seq": CANARY,
    "": CANARY,
    "application/json": f'{{"data": "{CANARY}"}}',
    "Application/JSON; charset=utf-16": CANARY,
}
"""Bodies that hold no records as the route says; by their media types."""


def _answering(kind, text, status=200, **headers):
    named = {"Content-Type": kind, **headers} if kind else headers
    return lambda _: httpx.Response(status, headers=named, content=text.encode())


@thread("hapifhir/hapi-fhir PR #6854", naive=Naive, says="holds secret 1")
def test_hapi_fhir_6854(gate):
    """An answer in bulk, that is not read as records, is refused and not passed on.

    https://github.com/hapifhir/hapi-fhir/pull/6854 (issue #6855)
    """
    for kind, text in BULK.items():
        for path in ("/pupils", "/pupils/1", "/cursors", "/roster"):
            scene = Stage(gate)
            scene.web.answer = _answering(kind, text)
            outcome = Outcome.of(scene, lambda s, p=path: s.get(p))
            assert_no_leak(outcome, [CANARY])
            must(outcome.refusal, "what is not read looks like an answer")
    for path in (
        "/$export",
        "/pupils/$export",
        "/deletes",
        "/pupils.csv",
        "/keyChanges",
    ):
        refused(gate, lambda s, p=path: s.get(p), RouteRefusedError)


@thread(
    "Ed-Fi-Alliance-OSS/Ed-Fi-ODS PR #675",
    "Ed-Fi-Alliance-OSS/Ed-Fi-ODS PR #678",
    naive=Naive,
    says="holds secret 1",
)
def test_ed_fi_675(gate):
    """No media type, header, method or part that a client names switches the gate off.

    https://github.com/Ed-Fi-Alliance-OSS/Ed-Fi-ODS/pull/675 and
    https://github.com/Ed-Fi-Alliance-OSS/Ed-Fi-ODS/pull/678
    """
    kinds = (
        *("application/json", "application/vnd.ed-fi.pupil.teachers.readable+json"),
        *("text/csv", "application/xml", "*/*;q=0.1", "", "application/JSON;v=2"),
    )
    for kind in kinds:
        scene = Stage(gate)

        def negotiated(request, scene=scene):
            answer = scene.web.page(request)
            accepted = request.headers.get("accept", "")
            headers = {"Content-Type": accepted.partition(";q")[0]}
            return httpx.Response(200, headers=headers, content=answer.content)

        scene.web.answer = negotiated
        outcome = Outcome.of(
            scene, lambda s, k=kind: s.get("/pupils", headers={"Accept": k})
        )
        assert_no_leak(outcome, [CANARY])
    for status in (203, 206, 226, 300, 304):
        scene = Stage(gate)
        scene.web.answer = _answering("application/json", CANARY, status, ETag=CANARY)
        assert_no_leak(Outcome.of(scene, lambda s: s.get("/pupils")), [CANARY])
    for encoding in ("br", "zstd", "gzip, br", "x-none", "identity, gzip"):
        scene = Stage(gate)
        answer = httpx.Response(200, headers={"Content-Type": "application/json"})
        answer.headers["Content-Encoding"] = encoding
        answer.stream = httpx.ByteStream(CANARY.encode())
        scene.web.answer = lambda _, answer=answer: answer
        assert_no_leak(Outcome.of(scene, lambda s: s.get("/pupils")), [CANARY])
    for method in ("HEAD", "OPTIONS", "TRACE", "PATCH"):
        scene = Stage(gate)
        outcome = Outcome.of(scene, lambda s, m=method: s.client.request(m, "/pupils"))
        must(outcome.refusal and not scene.web.seen, "a method besides GET passed")


def test_the_media_type_of_a_profile_is_read(gate):
    """An answer in the media type of a profile is cleaned, and not only refused.

    https://github.com/Ed-Fi-Alliance-OSS/Ed-Fi-ODS/pull/675
    """
    scene = Stage(gate)
    kind = "application/vnd.ed-fi.pupil.teachers.readable+json; charset=utf-8"
    body = scene.web.page(httpx.Request("GET", f"{BASE}/pupils")).text
    scene.web.answer = _answering(kind, body)

    assert scene.client.get("/pupils").json()["data"] == RELEASED
