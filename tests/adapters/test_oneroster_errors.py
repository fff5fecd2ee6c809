"""A OneRoster server that fails: each failure is told, and nothing of its answer."""

import pytest

from scopegate import Condition
from scopegate.adapters._oneroster.pages import explain
from scopegate.adapters.steps import Answer, Limits

from ..servers.fixtures import serving
from .driving import WAYS, chain, fetched
from .oneroster_scene import CANARY, RECORDS, SHOWN, VERSIONS, interface, wanted
from .rest_story import TOLD_ALIKE

running_server, server = serving("oneroster", RECORDS)


LACKS = "the MIS does not have a field of its version; name it in `lacks`"


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        (
            "invalid_filter_field",
            "the MIS does not filter by a field asked for; give `filters_by` without it",
        ),
        ("invalid_selection_field", LACKS),
        ("invalid_blank_selection_field", LACKS),
        (
            "invalid_sort_field",
            "the MIS does not sort by the field asked for; leave out"
            " `sorts_by_code_point`",
        ),
        ("server_busy", "the MIS is busy; try again later"),
        ("forbidden", None),
        ("Ada", None),
    ],
)
@pytest.mark.parametrize(
    "told",
    [
        '{"imsx_CodeMinor":{"imsx_codeMinorField":[{"imsx_codeMinorFieldName":"x",'
        '"imsx_codeMinorFieldValue":"CODE"}]}}',
        '{"statusInfoSet":[{"imsx_codeMinor":"CODE","imsx_description":"Ada"}]}',
    ],
)
def test_status_information_is_explained(code, told, problem):
    """By its code where that is known, wherever it is put; otherwise by the status."""
    assert explain(Answer(400, body=told.replace("CODE", code).encode())) == problem


@pytest.mark.parametrize(
    "body", [b"", b"Ada", b"[" * 10**5, b'{"imsx_codeMinor":7}', b'{"x":"server_busy"}']
)
def test_what_is_no_status_information_explains_nothing(body):
    """Nor does a code that stands elsewhere."""
    assert explain(Answer(400, body=body)) is None


def test_a_deep_answer_is_looked_through():
    """However deep JSON can be read, its codes are found."""
    deep = b'{"a":' * 200 + b'{"imsx_codeMinor":"server_busy"}' + b"}" * 200

    assert explain(Answer(503, body=deep)) == "the MIS is busy; try again later"


@pytest.mark.parametrize("version", VERSIONS)
def test_a_server_that_does_not_know_a_field_says_so(server, version):
    """What it refuses is told with what to do about it."""
    where = [Condition("student.nonsense", "=", "x")]

    _, error = fetched("sync", interface(server, version), wanted(where=where))

    assert str(error) == (
        "student, page 1: the MIS does not filter by a field asked for; give"
        " `filters_by` without it"
    )


BROKEN = TOLD_ALIKE | {
    "array_for_object": "there is no list of records at `users`; check its version",
    "unknown_encoding": "the answer is packed in a way that was not asked for; ask for"
    " gzip, deflate",
    "status:401": "the MIS does not accept the credentials (401); renew them",
    "status:403": "the MIS account cannot read this (403); ask the school to allow it",
    "status:404": "the MIS has nothing at this address (404); check it",
    "status:429": "the MIS is busy; try again later",
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("kind", BROKEN)
def test_what_is_wrong_is_told_by_resource_and_page(server, way, version, kind):
    """The first page stays delivered, and nothing of the second is shown."""
    at = [2, 3] if kind == "status:401" else [2]
    for number in at:
        server.fault(kind, at=number, canary=CANARY)

    found, error = fetched(way, interface(server, version), wanted())

    assert (found, str(error)) == (SHOWN[:2], f"student, page 2: {BROKEN[kind]}")
    assert CANARY not in chain(error)


@pytest.mark.parametrize("way", WAYS)
def test_pages_without_end_have_one(server, way):
    """A server whose total grows with every page is left at the most pages."""
    server.fault("endless")

    found, error = fetched(way, interface(server), wanted(), Limits(pages=4))

    assert (len(found), error.page) == (8, 5)


@pytest.mark.parametrize("way", WAYS)
def test_what_passes_is_borne(server, way):
    """A busy server is asked again, for a page and for a token."""
    server.fault("status:503", at=1, on="token", retry_after=0)
    server.fault("status:429", at=2, retry_after=0)

    assert fetched(way, interface(server), wanted(), Limits()) == (SHOWN, None)
