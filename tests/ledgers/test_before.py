"""A ledger of the release before opens, verifies, and releases the same.

What it holds, and what wrote it, is in `before/README.md`.
"""

import json
import lzma
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scopegate import AccessDeniedError, Actor, Catalogue, ConsentRegister, Gate, Query
from scopegate.adapters.records import RecordsAdapter
from scopegate.evidence.audit import verify
from scopegate.evidence.receipt import receipt_for
from scopegate.evidence.receipt_check import check_receipt
from scopegate.ledgers.sqlite import SQLiteLedger
from scopegate.pages.desk import Desk

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
LUDDERBY, GRADEBOOK = "999901", "gradebook"
NOT_COMPARED = 3


def before(name):
    """Return a file that the release before wrote."""
    packed = Path(__file__).parent / "before" / f"{name}.xz"
    return lzma.decompress(packed.read_bytes())


YEAR = json.loads(before("year.json"))
PAIRS = [key.split(" ") for key in YEAR["released"]]


@pytest.fixture
def path(tmp_path):
    """Return a copy of the file."""
    copy = tmp_path / "ledger.db"
    copy.write_bytes(before("ledger.db"))
    return copy


@pytest.fixture
def ledger(path):
    """Return the ledger, open in this release."""
    with SQLiteLedger(path) as ledger:
        yield ledger


@pytest.fixture(params=["then", "now"])
def catalogue(request, tmp_path):
    """Return the built-in catalogue of the release before, and that of this one."""
    if request.param == "now":
        return Catalogue.builtin("assembly")
    file = tmp_path / "catalogue.toml"
    file.write_bytes(before("catalogue.toml"))
    return Catalogue.from_toml(file)


def released(gate, school, app):
    """Return what an app gets of a school: the fields, and the records by resource."""
    found = {}
    with gate.open(school=school, app=app) as access:
        for name in access.permit.catalogue.resources:
            try:
                read = access.read(RecordsAdapter(YEAR["mis"][school]), Query(name))
                found[name] = list(read)
            except AccessDeniedError:
                continue
        fields = sorted(access.permit.fields)
    return json.loads(json.dumps({"fields": fields, "records": found}, default=str))


def test_it_releases_the_same(ledger, catalogue):
    """To every app, of every school, the very records that were released then."""
    gate = Gate(catalogue, ledger, clock=lambda: NOW)

    now = {f"{school} {app}": released(gate, school, app) for school, app in PAIRS}

    assert now == YEAR["released"]


def test_what_was_released_has_something_of_everything():
    """There are grants and none, people left out, and withheld resources in it."""
    counts = {
        key: {name: len(rows) for name, rows in found["records"].items()}
        for key, found in YEAR["released"].items()
    }

    assert len(counts) == 18
    assert len(YEAR["mis"][LUDDERBY]["student"]) == 8
    assert counts[f"{LUDDERBY} {GRADEBOOK}"]["student"] == 6
    assert "student" not in counts["999902 gradebook"]


def test_it_verifies(ledger):
    """Every event of it is one that the register of this release could have written."""
    found = verify(ledger)

    assert (found.streams, found.events, found.faults) == (12, 148, ())


def test_opening_it_changes_no_event(path, ledger):
    """Each event is the bytes that were written, once opened and opened again."""
    kept = {stream: ledger.bodies(stream) for stream in ledger.streams()}
    ledger.close()

    with SQLiteLedger(path) as again:
        assert {stream: again.bodies(stream) for stream in again.streams()} == kept


def test_decisions_go_on_in_it(ledger, catalogue):
    """A school revokes what it authorised then, and nothing more flows by it."""
    register = ConsentRegister(catalogue, ledger, clock=lambda: NOW)

    register.revoke(school=LUDDERBY, app=GRADEBOOK, actor=Actor("Freya Oakes"))

    gate = Gate(catalogue, ledger, clock=lambda: NOW)
    assert "student" not in released(gate, LUDDERBY, GRADEBOOK)["records"]
    assert verify(ledger).faults == ()


def test_its_grants_have_receipts_and_pages(ledger, catalogue):
    """Each grant that is live has a receipt that holds, and each school a page."""
    register = ConsentRegister(catalogue, ledger, clock=lambda: NOW)
    desk = Desk(register)

    for school in YEAR["mis"]:
        assert desk.school(school).connection.startswith("Connected to")
        for consent in register.state(school).consents.values():
            if grant := consent.current:
                receipt = receipt_for(ledger, school=school, grant=grant.id)
                files = receipt.files(include_people=True)
                assert check_receipt(files).code == NOT_COMPARED
