"""Values and errors travel: pickled, copied, hashed and compared they stay what they are.

Both are found by walking the faces, so that one that is added is held to it as well.
"""

import copy
import json
import pickle
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache

import attrs
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from scopegate import AccessDeniedError, Actor, Catalogue, ConsentRegister, errors
from scopegate.adapters import Page
from scopegate.adapters.records import RecordsAdapter
from scopegate.errors import (
    Denial,
    Fault,
    NotConnectedError,
    ScopegateError,
    SourceError,
    StalePresentationError,
)
from scopegate.gate import Note
from scopegate.gate.gate import Gate
from scopegate.http import (
    AssemblyDialect,
    Limits,
    OneRosterDialect,
    Paging,
    PlainDialect,
    Route,
    TokenRoute,
    WondeDialect,
)
from scopegate.ledgers.memory import MemoryLedger
from scopegate.pages.desk import Desk
from scopegate.pages.ending import Ending
from scopegate.pages.picture import MatrixPicture
from scopegate.pages.receipt import ReceiptPage
from scopegate.pages.scopes import JointView
from scopegate.pages.stops import Deed
from scopegate.records.query import Query
from scopegate.samples.year.requests import LIBRARY
from scopegate.samples.year.year import play_year
from scopegate.testing import Shape
from scopegate.testing.registration import STRATEGIES
from scopegate.web.addresses import Addresses
from scopegate.web.messages import Answered, Asked
from scopegate.web.visitor import Visitor

from .house import public_classes, public_values

FEW = settings(
    max_examples=3,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
WAYS = {
    "pickle": lambda found: pickle.loads(pickle.dumps(found)),  # noqa: S301 - ours
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
}


VALUES = public_values()
ERRORS = [kind for kind in public_classes() if issubclass(kind, ScopegateError)]
OTHERS = {
    Addresses: [Addresses(""), Addresses("/consent")],
    Answered: [Answered(200, b"page", [("a", "b")])],
    Asked: [Asked("GET", "/schools", "", [("a", "b")], headers={"Accept": "*"})],
    AssemblyDialect: [AssemblyDialect()],
    Note: [Note("student.dob", 2)],
    Limits: [Limits(), Limits(pages=3)],
    Ending: [Ending("31 August 2027", datetime(2027, 9, 1, tzinfo=UTC)), Ending()],
    Fault: [Fault("place", "message")],
    JointView: [JointView(["Groups", "Attendances"], [])],
    OneRosterDialect: [OneRosterDialect()],
    Paging: [Paging(), Paging("page", "page", headers={"Total": "total"})],
    PlainDialect: [PlainDialect(conditions={"year": "student.year_code"})],
    Route: [Route("/students", "student", "[]")],
    Shape: [Shape()],
    TokenRoute: [TokenRoute("/token")],
    Visitor: [Visitor(Actor("Dana"), ("100001",))],
    WondeDialect: [WondeDialect()],
}
"""Some of each value that has no strategy and is on no page."""


@cache
def _on_pages():
    """Return some of each value on the pages of a made-up year, by its class."""
    ledger, now = MemoryLedger(), datetime(2026, 11, 1, tzinfo=UTC)
    year = play_year(ledger, now=now)
    desk = Desk(ConsentRegister(year.catalogue, ledger, clock=lambda: now))
    schools = [school.key for school in year.schools]
    found = {}
    dashboards = [desk.school(school) for school in schools]
    pages = [*dashboards, *map(desk.app, year.apps), desk.schools(schools)]
    pages += [MatrixPicture.of(page.matrix) for page in dashboards]
    pages += [desk.card(school, app) for school in schools for app in year.apps]
    stopped = _stopped(desk, *schools)
    for page in [*pages, *_decided_on(desk, schools, year.apps), *stopped]:
        _collect(page, found)
    return found


def _stopped(desk, one, other, third):
    """Yield what is shown of stops, and of a school that closes for another."""
    register, who = desk.register, Actor("Dana Head")
    register.pause(school=one, actor=who)
    register.close(school=other, successor=third, actor=who)
    yield desk.school(one)
    yield desk.stop(one, Deed.RESUME)
    yield desk.before(third)
    yield desk.again(desk.request(third, LIBRARY).shown)


def _decided_on(desk, schools, apps):
    """Yield what can be decided on, and the receipts of what was."""
    for school in schools:
        for app in apps:
            with suppress(ScopegateError):
                yield desk.request(school, app)
            with suppress(ScopegateError):
                yield desk.grant(school, app, ())
        for consent in desk.state(school).consents.values():
            for revision in consent.revisions:
                grant = revision.grant
                receipt = desk.receipt(school, grant.id, grant.revision)
                yield receipt.facts
                yield ReceiptPage.of(receipt)


def _collect(value, found):
    if attrs.has(type(value)):
        some = found.setdefault(type(value), [])
        if len(some) < 20 and not any(value is each for each in some):
            some.append(value)
            for each in attrs.fields(type(value)):
                _collect(getattr(value, each.name), found)
    elif isinstance(value, Mapping):
        _collect(tuple(value.values()), found)
    elif isinstance(value, tuple | list | frozenset):
        for each in value:
            _collect(each, found)


def some_of(kind):
    """Return the strategy of a value's class."""
    if kind is Page:  # NaN, which an MIS may send, is not equal to itself
        return STRATEGIES[kind].filter(lambda page: "nan" not in repr(page.records))
    if kind in STRATEGIES:
        return STRATEGIES[kind]
    return st.sampled_from(OTHERS.get(kind) or _on_pages()[kind])


def test_there_are_many_values():
    """The walk finds the public values: about a hundred and twenty of them."""
    assert len(VALUES) > 110


@pytest.mark.parametrize("kind", VALUES, ids=lambda kind: kind.__name__)
def test_values_travel(kind):
    """A public value that was pickled or copied is equal to itself, and hashes alike."""

    @FEW
    @given(some_of(kind))
    def look(value):
        for name, way in WAYS.items():
            found = way(value)

            assert type(found) is kind, name
            assert found == value, name
            assert hash(found) == hash(value), name

    look()


TEXTS = st.text(st.characters(exclude_categories=()), max_size=6)
DRAWN = {
    "character": st.integers(0, 9),
    "denial": st.sampled_from(Denial),
    "expected": st.integers(0, 9),
    "faults": st.lists(st.builds(Fault, TEXTS, TEXTS), max_size=3),
    "found": st.integers(0, 9),
    "line": st.integers(0, 9),
    "needs": st.dictionaries(TEXTS, TEXTS, max_size=3),
    "page": st.integers(0, 9),
    "reasons": st.dictionaries(TEXTS, TEXTS, max_size=3),
}
"""What is drawn for an attribute of an error, by its name; otherwise texts."""
SEVERAL = {
    "arguments",
    "fields",
    "near",
    "offered",
    "problems",
    "requirements",
    "scopes",
}


def errors_of(kind):
    """Return errors of one class, whatever their evidence."""
    if not attrs.has(kind):
        return st.builds(kind, TEXTS)
    names = [each.name for each in attrs.fields(kind) if not each.kw_only]
    several = st.lists(TEXTS, max_size=3, unique=True)
    return st.builds(
        kind, *(DRAWN.get(n, several if n in SEVERAL else TEXTS) for n in names)
    )


@pytest.mark.parametrize("kind", ERRORS, ids=lambda kind: kind.__name__)
def test_errors_travel(kind):
    """An error that was pickled or copied is the same error, with its text and names."""

    @FEW
    @given(errors_of(kind), st.booleans())
    def look(error, is_noted):
        if is_noted:
            error.add_note("while syncing")
        for name, way in WAYS.items():
            found = way(error)

            assert type(found) is kind, name
            assert (found, str(found), repr(found)) == (error, str(error), repr(error))
            assert (hash(found), vars(found)) == (hash(error), vars(error)), name

    look()


@pytest.mark.parametrize("kind", ERRORS, ids=lambda kind: kind.__name__)
def test_an_error_is_made_again_of_what_json_keeps(kind):
    """`args` can be written as JSON, and what that gives back makes the same error."""

    @FEW
    @given(errors_of(kind))
    def look(error):
        assert kind(*json.loads(json.dumps(error.args))) == error

    look()


def test_errors_of_other_evidence_differ():
    """An error equals no error of another class, and none of other evidence."""
    error = SourceError("a.csv", "is not CSV", 3)

    assert error == SourceError("a.csv", "is not CSV", 3)
    assert error != SourceError("a.csv", "is not CSV", 4)
    assert NotConnectedError("1", "app") != errors.NotPublishedError("1", "app")
    assert len({error, SourceError("a.csv", "is not CSV", 3)}) == 1


CATALOGUE = Catalogue.builtin("assembly")


def denied():
    """Return the error of a resource with nothing that may flow, as the gate raises it."""
    mis = RecordsAdapter({"school": [{"urn": "100001", "name": "A"}]})
    with (
        Gate(CATALOGUE, MemoryLedger()).open(school="100001", app="app") as access,
        pytest.raises(AccessDeniedError) as caught,
    ):
        access.read(mis, Query("student"))
    return caught.value


def test_a_permit_stays_where_it_is():
    """A denied reader has the permit here; what travels is small, and holds none."""
    error = denied()
    sent = pickle.dumps(error)

    found = pickle.loads(sent)  # noqa: S301 - made above

    assert error.permit.school == "100001"
    assert (found, found.permit) == (error, None)
    assert len(sent) < len(pickle.dumps(error.permit)) / 3


def test_a_presentation_stays_where_it_is():
    """What to show instead is there where the decision was refused, and nowhere else."""
    error = StalePresentationError("1", "app", current=object())

    found = pickle.loads(pickle.dumps(error))  # noqa: S301 - made above

    assert (found, found.current) == (error, None)


class UsualError(Exception):
    """An error as they are often written: its sentence made when it is made."""

    def __init__(self, resource, permit):
        super().__init__(f"nothing of {resource} may flow to {permit.app}")
        self.resource = resource


def test_an_error_as_they_are_often_written_does_not_travel():
    """What the laws above hold off: such an error cannot even be read back."""
    sent = pickle.dumps(UsualError("student", denied()))

    with pytest.raises(TypeError, match="missing 1 required positional argument"):
        pickle.loads(sent)  # noqa: S301 - made above
