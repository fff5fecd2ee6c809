"""The table of slips: what one writes by mistake, and the sentence one is told.

`python -m tests.test_slips` writes the sentences of the page again, from what is said.
"""

import asyncio
import logging
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

import scopegate
from scopegate import adapters, consent, http, ledgers, policy, records, testing
from scopegate.adapters import RecordsAdapter
from scopegate.ledgers import MemoryLedger

PAGE = Path(__file__).parents[1] / "docs" / "look-up" / "slips.md"
ROW = re.compile(r"^\| `([^`]+)` \| (.*) \|$", re.MULTILINE)
ROWS = ROW.findall(PAGE.read_text(encoding="utf-8"))
ADA = {"id": 1, "first_name": "Ada", "year_code": "7", "dob": "2015-02-03"}
PYTHONS_OWN = re.compile(
    r"\(\) (got|missing|takes)|has no attribute|not callable|not iterable|unhashable"
)
"""What Python itself says of a slip: in words of the code, not of the caller."""
SCHOOL = {"urn": "100001", "name": "Example School"}
NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)


class Table:
    """Rows and columns, as libraries for data frames hold them."""

    def __dataframe__(self):
        """Return what the protocol of data frames exchanges."""


class Blocking:
    """An MIS client that knows no `async`."""

    def capabilities(self, resource):
        """Say that nothing can be asked for."""
        return adapters.Capabilities()

    def fetch(self, wanted):
        """Yield nothing."""
        yield from ()


def told_names():
    """Return what the calls of the table are made of: a school that authorised an app."""
    catalogue = scopegate.Catalogue.builtin("assembly")
    ledger = MemoryLedger()
    register = scopegate.ConsentRegister(catalogue, ledger, clock=lambda: NOW)
    mis = RecordsAdapter({"school": [SCHOOL], "student": [ADA]})
    dana = scopegate.Actor("Dana Head", role="Headteacher")
    register.connect(school="100001", mis="arbor", adapter=mis)
    request = scopegate.AccessRequest(
        "gradebook", "Marks", {"students.basic"}, {"students.dob"}
    )
    register.publish(request)
    register.publish(
        scopegate.AccessRequest(
            "planner", "Plans", {"students.basic"}, {"students.dob"}
        )
    )
    shown = register.ask(school="100001", app="gradebook")
    register.authorise(shown, optional={"students.dob"}, actor=dana)
    gate = scopegate.Gate(catalogue, ledger, clock=lambda: NOW)
    names = {
        name: getattr(face, name)
        for face in (adapters, consent, http, ledgers, policy, records, testing)
        for name in face.__all__
    }
    names |= {name: getattr(scopegate, name) for name in scopegate.__all__}
    return names | {
        "access": gate.open(school="100001", app="gradebook"),
        "asyncio": asyncio,
        "blocking": Blocking(),
        "catalogue": catalogue,
        "dana": dana,
        "date": date,
        "datetime": datetime,
        "gate": gate,
        "ledger": ledger,
        "mis": mis,
        "other": RecordsAdapter({"school": [{**SCHOOL, "urn": "100002"}]}),
        "record": ADA,
        "register": register,
        "request": request,
        "shown": register.ask(school="100001", app="planner"),
        "table": Table(),
        "timedelta": timedelta,
        "UTC": UTC,
    }


def sentence(call):
    """Return the sentence for a caller who writes *call*: an error, or the log."""
    heard = logging.Handler()
    lines = []
    heard.emit = lambda record: lines.append(record.getMessage())
    log = logging.getLogger("scopegate")
    log.addHandler(heard)
    log.setLevel(logging.INFO)
    try:
        exec(call, told_names())  # noqa: S102 - calls of the page, and ours
    except Exception as error:
        return f"{type(error).__name__}: {error}".replace("|", "\\|")
    finally:
        log.removeHandler(heard)
        log.setLevel(logging.NOTSET)
    return f"log: {lines[-1]}" if lines else "nothing"


@pytest.mark.parametrize(("call", "told"), ROWS, ids=[call for call, _ in ROWS])
def test_a_slip_gets_the_sentence_of_the_table(call, told):
    """What the page says one is told is what one is told, in one line."""
    assert sentence(call) == told


def test_no_slip_is_answered_by_silence_or_by_an_error_of_python():
    """Each of the many slips is told in an error of scopegate's own, or in its log."""
    own = {each for each in vars(scopegate.errors) if each.endswith("Error")}
    kinds = {told.partition(":")[0] for _, told in ROWS}

    assert kinds <= {*own, "log", "ImportError", "TypeError", "ValueError"}
    assert not [told for _, told in ROWS if PYTHONS_OWN.search(told)]
    assert len(ROWS) >= 100


def test_no_sentence_shows_a_record():
    """No sentence of the table holds a value of the record that was misplaced."""
    assert not [told for _, told in ROWS if re.search(r"\bAda\b|2015", told)]


if __name__ == "__main__":
    text = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(
        ROW.sub(lambda row: f"| `{row[1]}` | {sentence(row[1])} |", text),
        encoding="utf-8",
    )
