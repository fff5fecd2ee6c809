"""The suite for adapters: who keeps every promise passes, and who breaks one does not."""

import csv
import doctest
import json
import re
import tempfile
import tracemalloc
from contextlib import asynccontextmanager, contextmanager
from datetime import date
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from hypothesis import Phase, settings

from scopegate.adapters.base import NONE, Fetch
from scopegate.adapters.files import FilesAdapter
from scopegate.adapters.http import AsyncHTTPAdapter
from scopegate.adapters.records import RecordsAdapter
from scopegate.catalogue.catalogue import Catalogue
from scopegate.catalogue.field import Field
from scopegate.catalogue.resource import Resource
from scopegate.errors import SourceError, UnknownResourceError
from scopegate.testing import Shape, adapter_suite, async_adapter_suite
from scopegate.testing._adapters.renewals import excess
from scopegate.testing.adapters import Part
from scopegate.testing.strategies import SCHOOL

from . import faulty_pages, faulty_queries, faulty_uses, faulty_values
from .faulty import ASYNC_FAULTS, FAULTS
from .paged import AsyncPaged, Paged

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "docs" / "how-to" / "write-an-adapter.md"
FEW = 5
"""Examples where it is shown that a shape is served, not the laws once more."""

CSV = Shape(
    [
        "numbers",
        "booleans",
        "null",
        "null objects",
        "missing",
        "lists",
        "strays",
        "malformed",
        "lone surrogates",
    ]
)


def asked(adapter):
    """Return how many requests the MIS of an adapter has had."""
    return adapter.cloud.requests


@contextmanager
def json_lines(records, breaks_after=None):
    """Give an adapter of JSON Lines; after some records a line is not a record."""
    with tempfile.TemporaryDirectory() as folder:
        for name, rows in records.items():
            lines = [json.dumps(row) for row in rows]
            if breaks_after is not None and name == "pupil":
                lines[breaks_after] = json.dumps(list(rows[0].values()))
            Path(folder, f"{name}.jsonl").write_text("".join(f"{n}\n" for n in lines))
        yield FilesAdapter(folder)


@contextmanager
def csv_files(records):
    """Give an adapter of CSV files, in which objects are dotted headings."""
    with tempfile.TemporaryDirectory() as folder:
        for name, rows in records.items():
            flat = [dict(leaves(row)) for row in rows]
            path = Path(folder, f"{name}.csv")
            with path.open("w", newline="", encoding="utf-8") as stream:
                writer = csv.DictWriter(stream, flat[0] if flat else ["id"])
                writer.writeheader()
                writer.writerows(flat)
        yield FilesAdapter(folder)


def leaves(row, start=""):
    """Yield the values of a record by their headings."""
    for name, value in row.items():
        if isinstance(value, dict):
            yield from leaves(value, f"{start}{name}.")
        else:
            yield f"{start}{name}", value


@cache
def of_page():
    """Return what the page on adapters defines, its examples having run."""
    text = re.sub(r"^```.*$", "", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    test = doctest.DocTestParser().get_doctest(text, {}, PAGE.name, str(PAGE), 0)
    doctest.DocTestRunner().run(test, clear_globs=False)
    return test.globs


TestRecordsAdapter = adapter_suite(RecordsAdapter)
TestCSVFiles = adapter_suite(csv_files, CSV)
PAGED = adapter_suite(Paged, asked=asked, breaking=Paged, examples=FEW)

BARE = Catalogue.from_dict(
    {
        "id": "bare",
        "version": "1",
        "resource": {
            "lesson": {"key": "room.code", "field": {"room.code": {}, "hours[]": {}}}
        },
        "scope": {"lessons": {"fields": ["lesson.room.code", "lesson.hours[]"]}},
    }
)
"""A catalogue without a public resource, of records that are about no one."""

ODD = Catalogue.from_dict(
    {
        "id": "odd",
        "version": "1",
        "resource": {
            "site": {
                "key": "of.number",
                "field": {
                    "of.number": {"kind": "integer", "sensitivity": "public"},
                    "of.name": {"sensitivity": "public"},
                    "head": {},
                },
            },
            "mark": {
                "key": "code",
                "school": "of.number",
                "subject": "pupil",
                "person": "pupil",
                "field": {
                    "code": {},
                    "of.number": {"kind": "integer"},
                    "of.house": {},
                    "pupil": {},
                    "given": {"kind": "date"},
                    "kind": {},
                    "points": {"kind": "integer"},
                    "more": {},
                },
            },
            "pupil": {"key": "id", "field": {"id": {}}},
            "term": {
                "key": "number",
                "field": {
                    "number": {"kind": "number", "sensitivity": "public"},
                    "name": {"sensitivity": "public"},
                },
            },
        },
        "scope": {
            "site": {
                "sensitivity": "public",
                "fields": [
                    "site.of.number",
                    "site.of.name",
                    "term.number",
                    "term.name",
                ],
            },
            "marks-1": {"fields": ["mark.code", "mark.kind", "mark.given"]},
            "marks.1": {"fields": ["mark.of.house", "mark.points", "pupil.id"]},
            "pupils": {"fields": ["mark.pupil"]},
            "tests": {"fields": ["pupil.id"]},
        },
        "joint": [{"scopes": ["pupils", "tests"], "fields": ["mark.more"]}],
        "rows": [{"resource": "mark", "where": {"kind": "test"}, "scope": "marks.1"}],
    }
)
"""A catalogue in which keys are nested, of other kinds, or chosen from."""

ODD_SHAPE = Shape(
    "repeated keys",
    resource="mark",
    catalogue=ODD,
    fields=[
        "mark.of.house",
        "mark.pupil",
        "mark.given",
        "mark.kind",
        "mark.points",
        "mark.more",
    ],
    values={
        "mark.code": [f"mark-{n:03}" for n in range(300)],
        "mark.kind": ["test", "work"],
        "mark.of.house": ["red", "blue"],
    },
    dates=date,
)


@asynccontextmanager
async def of_page_async(records):
    """Give the adapter of the page, driven without blocking."""
    with of_page()["serving"](records) as made:
        transport = made._client._transport
        async with httpx.AsyncClient(transport=transport) as line:
            adapter = AsyncHTTPAdapter(made.interface, line)
            adapter.asked = made.asked
            yield adapter


def requests_of_page(adapter):
    """Return how many requests the server of the page has had."""
    return len(adapter.asked)


OTHERS = {
    "JSON Lines": adapter_suite(json_lines, breaking=json_lines),
    "paged": PAGED,
    "async": async_adapter_suite(
        AsyncPaged, asked=asked, breaking=AsyncPaged, examples=FEW
    ),
    "bare": adapter_suite(
        lambda records: RecordsAdapter(records, SCHOOL),
        Shape(resource="lesson", catalogue=BARE),
        examples=FEW,
    ),
    "odd": adapter_suite(RecordsAdapter, ODD_SHAPE, examples=FEW),
    "public": adapter_suite(
        RecordsAdapter, Shape(resource="term", catalogue=ODD), examples=FEW
    ),
    "bounded": adapter_suite(
        RecordsAdapter,
        Shape(["big integers", "long texts", "empty texts", "outer spaces", "objects"]),
        examples=FEW,
    ),
    "page": of_page()["TestCloudMIS"],
}
"""Suites of which the quick run tries one obligation of each law."""


def obligations(suite):
    """Return the names of the tests of a suite."""
    return {name.removeprefix("test_") for name in vars(suite) if name[:5] == "test_"}


def laws(suite):
    """Return the names of the laws that the tests of a suite come from."""
    return {name.partition("__")[0] for name in obligations(suite)}


def run(suite, *names):
    """Carry out some obligations of a suite."""
    for name in names:
        getattr(suite(), f"test_{name}")()


@pytest.mark.parametrize("name", OTHERS)
def test_who_keeps_every_promise_passes(name):
    """Adapters of all kinds and shapes pass an obligation of each law."""
    of_law = {o.partition("__")[0]: o for o in sorted(obligations(OTHERS[name]))}

    run(OTHERS[name], *of_law.values())


@pytest.mark.slow
def test_the_adapter_of_the_page_need_not_block():
    """Driven without blocking, the interface of the page keeps every promise too."""
    of_page_too = async_adapter_suite(
        of_page_async, of_page()["shape"], asked=requests_of_page
    )

    run(of_page_too, *sorted(obligations(of_page_too)))


@pytest.mark.slow
@pytest.mark.parametrize("name", OTHERS)
def test_who_keeps_every_promise_passes_everything(name):
    """Adapters of all kinds and shapes pass every obligation."""
    run(OTHERS[name], *sorted(obligations(OTHERS[name])))


@pytest.fixture(scope="module")
def _found_and_left():
    """Let properties stop at the first example that fails, the same each time."""
    before = settings.get_current_profile_name()
    settings.register_profile(
        "found-and-left", phases=[Phase.generate], database=None, derandomize=True
    )
    settings.load_profile("found-and-left")
    yield
    settings.load_profile(before)


KINDS = (faulty_pages, faulty_queries, faulty_uses, faulty_values)
"""Where the faults are; each keeps its own when it is imported."""

CASES = [(n, o, adapter_suite) for n, f in FAULTS.items() for o in f.breaks]
CASES += [
    (n, o, async_adapter_suite) for n, f in ASYNC_FAULTS.items() for o in f.breaks
]


FAILURES = (AssertionError, pytest.fail.Exception, SourceError, KeyError, ValueError)
"""How an obligation fails: it says so, or lets through what the adapter raised."""


@pytest.mark.usefixtures("_found_and_left")
@pytest.mark.parametrize(("name", "obligation", "suite"), CASES)
def test_a_fault_is_found(name, obligation, suite):
    """An adapter with one fault fails the obligation that is about it."""
    made = (FAULTS | ASYNC_FAULTS)[name].made
    test = getattr(suite(made, asked=asked, breaking=made)(), f"test_{obligation}")

    with pytest.raises(FAILURES):
        test()


def test_no_law_is_idle():
    """Each law of the suite finds at least one of the faults."""
    found = {obligation.partition("__")[0] for _, obligation, _ in CASES}

    assert found == laws(PAGED) | laws(OTHERS["async"])


def test_there_are_many_faults():
    """More than twenty adapters with one fault each are found out."""
    assert len(FAULTS) + len(ASYNC_FAULTS) > 60


@pytest.mark.parametrize(
    "suite",
    [TestRecordsAdapter, TestCSVFiles, PAGED],
    ids=["records", "CSV", "paged"],
)
def test_a_suite_has_a_hundred_obligations(suite):
    """Even where much is lacking there are a hundred tests that report alone."""
    assert len(obligations(suite)) >= 100


def test_each_obligation_is_a_claim():
    """Every test carries the claim of its law, a sentence."""
    claims = [vars(PAGED)[f"test_{name}"].__doc__ for name in obligations(PAGED)]

    assert [claim for claim in claims if not claim.splitlines()[0].endswith(".")] == []


def test_suites_share_no_test():
    """Each call makes tests of its own, as Hypothesis demands."""
    one, other = (set(vars(adapter_suite(RecordsAdapter)).values()) for _ in "12")

    assert [t for t in one & other if callable(t)] == []


@pytest.mark.parametrize(
    ("part", "law"),
    [
        ("strays", "what_the_catalogue_does_not_know_is_no_fault"),
        ("malformed", "what_is_malformed_is_left_to_the_gate"),
        ("repeated keys", "records_of_one_key_all_come"),
        ("long texts", "no_more_is_held_than_a_page"),
        ("lists", "a_list_keeps_its_order"),
        ("numbers", "a_number_is_given_back_as_it_was"),
    ],
)
def test_what_is_lacking_is_not_tried(part, law):
    """What the interface cannot hold is left out of the suite, and nothing else is."""
    lacking = laws(adapter_suite(RecordsAdapter, Shape(part)))

    assert laws(TestRecordsAdapter) - lacking - {"what_is_malformed_is_in_no_log"} == {
        law
    }


def test_without_null_and_missing_nothing_is_absent():
    """An interface that tells no absence from a value is not asked to."""
    lacking = laws(
        adapter_suite(RecordsAdapter, Shape(["null", "null objects", "missing"]))
    )

    assert laws(TestRecordsAdapter) - lacking == {"what_is_absent_stays_so"}


def test_requests_and_breaks_are_tried_where_they_can_be_seen():
    """Without a way to count requests, or to break a source, no law pretends to."""
    assert laws(PAGED) - laws(TestRecordsAdapter) == {
        "a_renewal_comes_before_every_request",
        "a_source_that_breaks_is_told_as_such",
        "a_source_that_broke_is_asked_no_further",
        "what_came_before_a_break_is_as_it_was",
    }


def test_scopes_that_are_called_alike_are_all_tried():
    """Two scopes whose names differ in signs alone are two obligations."""
    law = "each_scope_alone_releases_what_the_model_does__marks_1"

    assert obligations(OTHERS["odd"]) >= {law, f"{law}_"}


@pytest.mark.parametrize(
    ("given", "error", "says"),
    [
        ({"lacks": ["nulls"]}, ValueError, "nulls"),
        ({"resource": "student"}, UnknownResourceError, "unknown resource `student`"),
        ({"resource": "school"}, ValueError, "`school` has one record"),
    ],
)
def test_a_shape_that_cannot_be_is_refused(given, error, says):
    """An unknown part or resource, and the public resource, are refused at once."""
    with pytest.raises(error, match=says):
        Shape(**given)


def test_parts_are_named_one_or_several():
    """One name counts as a list of one, and a part is its name."""
    assert Shape("null") == Shape([Part.NULL]) != Shape()


WANTED = Fetch(
    Resource("pupil", "Pupil", "id", [Field("pupil.id"), Field("pupil.home.town")]),
    ["pupil.id"],
    "1",
)
TREE = {"id": True, "home": {"town": True}, "tags[]": True}


@pytest.mark.parametrize(
    ("record", "places"),
    [
        ({"id": 1}, []),
        ({"id": 1, "home": {}}, []),
        ({"id": 1, "tags": []}, []),
        ({"home": None}, ["pupil.home"]),
        ({"home": {"town": "a"}}, ["pupil.home.town"]),
        ({"home": "a"}, ["pupil.home"]),
        ({"tags": ["a", "b"]}, ["pupil.tags[]"]),
        ({"stray": {"a": 1}}, ["pupil.stray"]),
        (SimpleNamespace(id=1, home=SimpleNamespace(town="a")), ["pupil.home.town"]),
        (SimpleNamespace(id=1), []),
    ],
)
def test_excess_is_what_was_not_wanted(record, places):
    """Mappings and objects are looked through for what no one asked for."""
    assert excess(record, TREE, WANTED) == places


class Unclosable:
    """An adapter, of either kind, whose records cannot be closed."""

    school = SCHOOL

    def __init__(self, records):
        self.records = records

    def capabilities(self, resource):
        """Return that it gives whole records."""
        return NONE


class UnclosableRecords(Unclosable):
    """One that blocks."""

    def fetch(self, wanted):
        """Return an iterator without `close`."""
        return iter(self.records.get(wanted.resource.name, []))


class AsyncUnclosable(Unclosable):
    """One that does not, and is closed itself in the way given."""

    def fetch(self, wanted):
        """Return an iterator without `aclose`."""
        return AsyncOnce(self.records.get(wanted.resource.name, []))


class AsyncOnce:
    """An asynchronous iterator that is not a generator."""

    def __init__(self, records):
        self.left = iter(records)

    def __aiter__(self):
        return self

    async def __anext__(self):
        for record in self.left:
            return record
        raise StopAsyncIteration


def test_what_cannot_be_closed_need_not_be():
    """An iterator without `close` keeps the contract: the gate lets it go."""
    run(adapter_suite(UnclosableRecords), "to_close_is_the_end__one")
    run(
        async_adapter_suite(AsyncUnclosable),
        "to_close_is_the_end__one",
        "no_generator_is_left_open__one",
    )


@pytest.mark.parametrize(
    "way", ["close", "aclose", "awaited close", "context", "async"]
)
def test_an_adapter_that_does_not_block_is_closed(way):
    """Whatever way an adapter is closed in, it is closed once after its law."""
    closed = []

    def make(records):
        return AsyncUnclosable(records)

    async def close_async():
        closed.append(way)

    def closable(records):
        adapter = make(records)
        if way == "close":
            adapter.close = lambda: closed.append(way)
        else:
            setattr(adapter, way.split()[-1], close_async)
        return adapter

    @contextmanager
    def context(records):
        yield make(records)
        closed.append(way)

    @asynccontextmanager
    async def async_context(records):
        yield make(records)
        closed.append(way)

    made = {"context": context, "async": async_context}.get(way, closable)
    run(async_adapter_suite(made), "a_page_has_a_record")

    assert closed == [way]


def test_an_adapter_that_blocks_is_closed():
    """An adapter that has `close` is closed after its law."""
    closed = []

    def make(records):
        adapter = RecordsAdapter(records)
        adapter.close = lambda: closed.append(1)
        return adapter

    run(adapter_suite(make), "a_page_has_a_record")

    assert closed == [1]


def test_whoever_traces_memory_goes_on_tracing():
    """A law that looks at memory leaves a trace that was under way as it was."""
    tracemalloc.start()
    try:
        run(TestRecordsAdapter, "no_more_is_held_than_a_page")

        assert tracemalloc.is_tracing()
    finally:
        tracemalloc.stop()


def test_the_adapter_of_the_page_is_short():
    """The page writes a whole adapter in fewer than forty lines."""
    text = PAGE.read_text(encoding="utf-8")
    code = text.partition("<!-- adapter: begin -->")[2].partition("<!-- adapter: end")[
        0
    ]

    assert len(re.findall(r"^(?:>>>|\.\.\.)", code, re.MULTILINE)) < 40


def test_what_the_page_warns_of_is_found(monkeypatch):
    """Had its adapter used `get`, the obligation that the page names would fail."""
    page = of_page()

    def careless(self, row):
        return {ours: row.get(name) for ours, name in self.names.items()}

    monkeypatch.setattr(page["CloudMIS"], "renamed", careless)

    with pytest.raises(AssertionError):
        run(page["TestCloudMIS"], "what_is_absent_stays_so__no_key_at_text")


def test_the_suite_of_the_page_is_one_line():
    """The page holds its adapter to the suite in one line."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()

    assert len([line for line in lines if "= adapter_suite(" in line]) == 1


def test_the_page_names_every_part():
    """The page says of each part what it means to lack it."""
    text = PAGE.read_text(encoding="utf-8")

    assert [part for part in Part if f"`{part}`" not in text] == []
