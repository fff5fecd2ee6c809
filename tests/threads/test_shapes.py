"""Whatever the shape of a record, and wherever in it, no more flows than is permitted."""

from collections import Counter
from types import MappingProxyType, SimpleNamespace

from attrs import define
from pydantic import BaseModel

from scopegate import Query
from scopegate.adapters.records import RecordsAdapter
from scopegate.testing.leaks import assert_no_leak
from scopegate.testing.strategies import SCHOOL

from .claims import Stage, must, thread
from .naive import Naive
from .variants import Shallow
from .world import CANARY, PERMITTED, RELEASED, pupils


def _class():
    """Return a class whose student is in a class, which is the class itself."""
    student = {"id": 1, "name": "Ada", "dob": CANARY}
    whole = {"id": "7A", "title": "Maths", "students": [student, None]}
    student["classes"] = [whole]
    return whole


@thread("zenstackhq/zenstack #814", naive=Shallow, says="holds secret 1")
def test_zenstack_814(gate):
    """What is nested is held to its fields, however free the record around it is.

    https://github.com/zenstackhq/zenstack/issues/814
    """
    below = [{"name": "Ada"}, None]
    nested = [{"title": "Maths", "students": below}]
    students = [{"id": 1, "name": "Ada", "classes": nested}, None]
    own = {"id": "7A", "title": "Maths"}
    expected = {
        ("classes", "students"): {**own, "students": students},
        ("classes",): own,
        ("students",): {"students": students},
    }
    for scopes, released in expected.items():
        access = Stage(gate, scopes).access
        mis = RecordsAdapter({"class": [_class()]}, SCHOOL)
        found = list(access.read(mis, Query("class")))
        assert_no_leak(found, [CANARY])
        must(found == [released], "what is nested is not what is permitted")


@define
class _Contact:
    """A contact as an attrs class."""

    name: str = "Cy"
    dob: str = CANARY


class _Model(BaseModel):
    """A contact as a model of pydantic."""

    name: str = "Cy"
    dob: str = CANARY


SHAPES = {
    "attrs": _Contact(),
    "pydantic": _Model(),
    "namespace": SimpleNamespace(name="Cy", dob=CANARY),
    "mapping": MappingProxyType({"name": "Cy", "dob": CANARY}),
    "dict": {"name": "Cy", "dob": CANARY, "kind": CANARY},
}
"""Shapes of which the name may flow, if contacts' names may, and nothing else."""
UNKNOWN = (
    *([{"name": CANARY}], (_Contact(),), {CANARY}, frozenset({CANARY}), CANARY),
    *([[CANARY]], CANARY.encode(), Counter([CANARY]).elements, type("T", (str,), {})),
)
"""Shapes that must not be released."""


@thread("ash-project/ash PR #713", naive=Naive, says="holds secret 1")
def test_ash_713(gate):
    """Whatever shape a value has, no more of it flows than is permitted there.

    https://github.com/ash-project/ash/pull/713
    """
    access = Stage(gate, (*PERMITTED, "contacts", "guarded")).access
    for name in ([{"first": CANARY}], _Contact(), {"dob": CANARY}, (CANARY,)):
        record = {**pupils()[0], "name": name, "contacts": []}
        found = access.filter("pupil", record)
        assert_no_leak(found, [CANARY])
        must(found == {"id": 1, "year": 8, "contacts": []}, "a malformed name flowed")
    contacts = [*SHAPES.values(), *UNKNOWN, None, (n for n in [CANARY])]
    found = access.filter("pupil", {**pupils()[0], "contacts": contacts})
    given = [{"name": "Cy"}] * 4 + [{"name": "Cy", "kind": CANARY}, None]
    must(
        found == {**RELEASED[0], "contacts": given}, "a contact is not as it should be"
    )
    notes = {note.path for note in access.notes}
    must(notes == {"pupil.name", "pupil.contacts[]"}, "it was not noted")


@thread("ash-project/ash #1287", naive=Naive, says="holds secret 1")
def test_ash_1287(gate):
    """A key that no catalogue names is not released, at any depth, however it came.

    https://github.com/ash-project/ash/issues/1287
    """
    more = {"secret": CANARY, "_id": CANARY, "dob2": CANARY, "Name": CANARY, "": CANARY}
    records = [
        {**record, **more, "home": more, "contacts": [more, {**more, "name": "Cy"}]}
        for record in pupils()
    ]
    scene = Stage(gate, (*PERMITTED, "contacts", "guarded"), records=records)
    for _ in range(2):
        found = scene.read()
        assert_no_leak(found, [CANARY])
        nested = {"contacts": [{}, {"name": "Cy"}]}
        must(
            found == [{**r, **nested} for r in RELEASED], "released is not as permitted"
        )
        records[0]["added"] = CANARY
    objects = [SimpleNamespace(**{k or "x": v for k, v in r.items()}) for r in records]
    guarded = scene.access.guard(lambda: objects, resource="pupil")
    assert_no_leak(guarded(), [CANARY])
