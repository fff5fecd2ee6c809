"""The laws of the projection, against the reference and on hostile input."""

import copy
import linecache
import logging
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, example, given, settings, strategies as st

from scopegate.catalogue.catalogue import Catalogue
from scopegate.catalogue.field import local_steps
from scopegate.consent.subjects import Subjects
from scopegate.gate.projection.projection import compile_projection
from scopegate.policy.rows import row_check
from scopegate.records.untrusted import plain_at
from scopegate.testing.hostile import CANARY, growing, hostile_values
from scopegate.testing.permits import permit_for
from scopegate.testing.reference import OUT, release
from scopegate.testing.strategies import (
    catalogues,
    field_paths,
    json_values,
    records,
    tree_of,
)

FEWER = settings(
    max_examples=settings().max_examples // 2,
    suppress_health_check=[HealthCheck.too_slow],  # the first draw builds tables
)
"""For laws that are slow to draw; `thorough` still tries twenty times as many."""

SCHOOL_PART = {
    "school": {"key": "urn", "field": {"urn": {"sensitivity": "public"}}},
}


def catalogue_of(fields, rows=()):
    """Return a catalogue of resource `s` in which scope `k` holds `id` and *fields*."""
    return Catalogue.from_dict(
        {
            "id": "made-up",
            "version": "1",
            "resource": {
                "s": {"key": "id", "field": {f: {} for f in ["id", *fields]}},
                **SCHOOL_PART,
            },
            "scope": {
                "school": {"sensitivity": "public", "fields": ["school.urn"]},
                "k": {"fields": ["s.id", *(f"s.{f}" for f in fields)]},
                "rows": {"fields": ["s.id"]},
            },
            "rows": list(rows),
        }
    )


def by_reference(permit, resource, record):
    """Return what the reference releases of *record*, and its notes in order."""
    home = permit.catalogue.resource(resource)
    permitted = set(permit.fields_of(resource))
    whole = tree_of([tuple(map(str, f.steps)) for f in home.fields])
    kept = tree_of(
        [tuple(map(str, f.steps)) for f in home.fields if f.path in permitted]
    )

    def passes(at, row):
        local = at.removeprefix(resource).removeprefix(".")
        parts = (part.of(resource, local) for part in permit.selections)
        checks = [check for part in parts if (check := row_check(part))]
        named = [n for n in permit.names(resource) if n.at == local]
        return all(check(row) for check in checks) and all(
            is_covered(permit.subjects, naming, row) for naming in named
        )

    notes = []
    if not permitted or not passes(resource, record):
        return None, notes
    released = release(in_order(whole, kept), resource, record, passes, notes)
    if released is None:
        notes.append(resource)
    return (None if released is OUT else released), notes


def is_covered(subjects, naming, row):
    """Tell whether whom *row* names may be read and is covered."""
    who = plain_at(row, local_steps(naming.path)) if naming.path else row
    return type(who) in (str, int) and subjects.covers(naming.person, who)


def in_order(whole, kept):
    """Return *kept* with its names in the order in which *whole* has them."""
    if kept is True:
        return True
    return {
        name: in_order(below, kept[name])
        for name, below in whole.items()
        if name in kept
    }


def projected(permit, resource, record):
    """Return what the projection releases of *record*, and its notes in order."""
    notes = []
    return compile_projection(permit, resource)(record, notes.append), notes


def alike(one, other):
    """Tell whether two released values are the same, NaN and key order included."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return list(one) == list(other) and all(alike(one[k], other[k]) for k in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(alike, one, other))
    return one is other or one == other


def leaves(value, at=()):
    """Return each place of a released record that holds a value."""
    if isinstance(value, dict):
        return {p for k, v in value.items() for p in leaves(v, (*at, k))}
    if isinstance(value, list):
        return {p for n, v in enumerate(value) for p in leaves(v, (*at, n))}
    return {at}


def containers(value, seen=None):
    """Return the identity of every dict and list within *value*."""
    seen = set() if seen is None else seen
    if type(value) in (dict, list) and id(value) not in seen:
        seen.add(id(value))
        for below in value.values() if type(value) is dict else value:
            containers(below, seen)
    return seen


PEOPLE = [
    *[Subjects.everyone()] * 2,
    Subjects.only(pupil=["x", 1]),
    Subjects.everyone_except(pupil=["x"]),
]


@st.composite
def cases(draw, values=None):
    """Draw a permit, a resource of its catalogue and something to project."""
    catalogue = draw(catalogues())
    keys = [key for key in catalogue.scopes if key != "school"]
    chosen = draw(st.lists(st.sampled_from(keys), min_size=1, unique=True))
    sound = records(catalogue.resource("pupil").fields)
    drawn = st.one_of(sound, json_values()) if values is None else values
    permit = permit_for(catalogue, *chosen, subjects=draw(st.sampled_from(PEOPLE)))
    return permit, "pupil", draw(drawn)


@given(cases())
def test_projection_equals_the_reference_on_json_like_input(case):
    """On anything JSON could hold, output, key order and notes equal the reference's."""
    permit, resource, record = case

    released, notes = projected(permit, resource, record)

    expected, expected_notes = by_reference(permit, resource, record)
    assert alike(released, expected)
    assert notes == expected_notes


@given(cases(hostile_values()))
def test_projection_equals_the_reference_on_hostile_input(case):
    """On objects made to slip through, output and notes equal the reference's."""
    permit, resource, record = case

    released, notes = projected(permit, resource, record)

    expected, expected_notes = by_reference(permit, resource, record)
    assert alike(released, expected)
    assert notes == expected_notes


@given(field_paths(), hostile_values())
def test_projection_is_total_and_tells_no_value(fields, record):
    """Whatever comes in, nothing is raised and no note holds a value."""
    permit = permit_for(catalogue_of(fields), "k")

    _, notes = projected(permit, "s", record)

    assert set(notes) <= {"s", *prefixes(f"s.{f}" for f in ["id", *fields])}


def prefixes(paths):
    """Return each of *paths* and every branch above it."""
    parts = (path.split(".") for path in paths)
    return {".".join(names[:n]) for names in parts for n in range(1, len(names) + 1)}


@FEWER
@given(field_paths(), hostile_values())
def test_hostile_values_leave_by_no_permitted_place_but_as_plain_values(fields, record):
    """Released are plain dicts, lists and values of exactly the plain types."""
    permit = permit_for(catalogue_of(fields), "k")

    released, _ = projected(permit, "s", record)

    assert all(exact(value) for value in everything(released))


def everything(value):
    """Yield *value* and all that is below it."""
    yield value
    if isinstance(value, dict | list):
        for below in value.values() if isinstance(value, dict) else value:
            yield from everything(below)


def exact(value):
    """Tell whether the type of *value* is one that may be released."""
    allowed = (
        "str int float bool NoneType date datetime time Decimal UUID bytes dict list"
    )
    kind = type(value)
    builtin = kind.__module__ in {"builtins", "datetime", "decimal", "uuid"}
    return builtin and kind.__name__ in allowed.split()


@FEWER
@given(field_paths(), st.data())
def test_projection_is_idempotent(fields, data):
    """Filtering what was released releases all of it again."""
    permit = permit_for(catalogue_of(fields), "k")
    record = data.draw(records(permit.catalogue.resource("s").fields))
    once, _ = projected(permit, "s", record)

    twice, notes = projected(permit, "s", once)

    assert alike(once, twice)
    assert notes == ([] if once is not None else ["s"])


@FEWER
@given(cases())
def test_output_shares_nothing_mutable_with_the_input(case):
    """No dict and no list of the output is one of the input."""
    permit, resource, record = case

    released, _ = projected(permit, resource, record)

    assert not containers(released) & containers(record)


@FEWER
@given(cases())
def test_input_is_not_changed(case):
    """A record is the same after it was filtered."""
    permit, resource, record = case
    before = copy.deepcopy(record)

    projected(permit, resource, record)

    assert repr(record) == repr(before)


@FEWER
@given(cases())
def test_released_keys_are_permitted_fields(case):
    """Every value released is at a field of the permit."""
    permit, resource, record = case

    released, _ = projected(permit, resource, record)

    places = (
        {".".join(map(str, at)) for at in bare(leaves(released))} if released else set()
    )
    permitted = {
        p.replace("[]", "").split(".", 1)[1] for p in permit.fields_of(resource)
    }
    assert {p for p in places if p} <= permitted | prefixes(permitted)


def bare(places):
    """Return *places* without the positions in lists."""
    return {tuple(name for name in at if isinstance(name, str)) for at in places}


@FEWER
@given(field_paths(), st.data())
def test_fewer_fields_never_release_more(fields, data):
    """With less permitted, every place that is released was released before."""
    some = data.draw(st.lists(st.sampled_from(fields), min_size=1, unique=True))
    table = catalogue_of(fields).to_dict()
    table["scope"]["some"] = {"fields": [f"s.{f}" for f in some]}
    catalogue = Catalogue.from_dict(table)
    record = data.draw(records(catalogue.resource("s").fields))

    less, _ = projected(permit_for(catalogue, "some"), "s", record)

    more, _ = projected(permit_for(catalogue, "k"), "s", record)
    assert within(less, more)


def within(less, more):
    """Tell whether *less* is *more* with some keys left out."""
    if isinstance(less, dict) and isinstance(more, dict):
        return all(k in more and within(v, more[k]) for k, v in less.items())
    if isinstance(less, list) and isinstance(more, list):
        return len(less) == len(more) and all(map(within, less, more))
    return alike(less, more)


@FEWER
@given(cases())
def test_key_order_is_the_catalogues(case):
    """Keys come in the order in which the catalogue first names them."""
    permit, resource, record = case

    released, _ = projected(permit, resource, record)

    fields = permit.catalogue.resource(resource).fields
    order = list(dict.fromkeys(f.steps[0].name for f in fields))
    keys = list(released or {})
    assert keys == sorted(keys, key=order.index)


@FEWER
@given(field_paths(), st.data())
def test_objects_release_what_dicts_release(fields, data):
    """A record of objects with attributes is released as the same record of dicts."""
    common = [path for path in fields if path != "__dict__"]  # every object has one
    permit = permit_for(catalogue_of(common), "k")
    record = data.draw(records(permit.catalogue.resource("s").fields))

    released, notes = projected(permit, "s", as_objects(record))

    expected, expected_notes = projected(permit, "s", record)
    assert alike(released, expected)
    assert notes == expected_notes


def as_objects(value):
    """Return *value* with every dict as an object; keys that are not texts are lost."""
    if isinstance(value, dict):
        texts = {k: as_objects(v) for k, v in value.items() if type(k) is str}
        return SimpleNamespace(**texts)
    return [as_objects(v) for v in value] if type(value) is list else value


@FEWER
@given(cases(hostile_values()))
def test_no_value_is_logged_or_shown(case):
    """Nothing hidden in a hostile value is seen in a log or a repr of the engine."""
    permit, resource, record = case
    projection = compile_projection(permit, resource)
    seen = logging.Handler()
    lines = []
    seen.emit = lambda entry: lines.append(entry.getMessage())
    logging.getLogger("scopegate").addHandler(seen)

    _, notes = projected(permit, resource, record)

    logging.getLogger("scopegate").removeHandler(seen)
    assert CANARY not in f"{lines} {notes} {projection!r} {permit!r}"


def test_a_list_that_grows_while_it_is_read_comes_to_an_end():
    """Reading an element may add another; only those there at first are read."""
    permit = permit_for(catalogue_of(["rows[].id"]), "k")

    released, _ = projected(permit, "s", {"rows": growing()})

    assert released == {"rows": [{"id": CANARY}]}


def test_a_key_that_adds_to_its_list_when_it_is_compared_comes_to_an_end():
    """In dicts too, only the elements that were there at first are read."""
    permit = permit_for(catalogue_of(["rows[].id"]), "k")
    rows = []

    class Adding:
        def __hash__(self):
            return hash("id")

        def __eq__(self, other):
            rows.append({self: CANARY})
            return False

    rows.append({Adding(): CANARY})

    assert compile_projection(permit, "s")({"rows": rows}) == {"rows": [{}]}


@pytest.mark.parametrize("depth", [2, 11, 12, 13, 60])
def test_any_depth_is_projected(depth):
    """Trees too deep to be unrolled are walked, with the same result."""
    path = ".".join([*(f"l{n}[]" for n in range(depth)), "leaf"])
    permit = permit_for(catalogue_of([path]), "k")
    record = {"leaf": 1, "stray": 2}
    for n in reversed(range(depth)):
        record = {f"l{n}": [record, None], "stray": 3}

    released, notes = projected(permit, "s", record)

    assert (released, notes) == by_reference(permit, "s", record)


def test_the_generated_text_holds_no_outside_data():
    """Names of fields are never in the source, whatever they look like."""
    permit = permit_for(
        catalogue_of(["__import__('os')", "a b", "'; import os #"]), "k"
    )

    source = compile_projection(permit, "s").source

    assert "import" not in source
    assert "a b" not in source


def test_the_generated_text_is_shown_by_tracebacks():
    """The source is registered where debuggers look for it."""
    projection = compile_projection(permit_for(catalogue_of([]), "k"), "s")

    texts = ["".join(entry[2]) for entry in linecache.cache.values() if len(entry) == 4]

    assert projection.source in texts


def test_equal_plans_are_compiled_once():
    """Two permits that release the same share one projection."""
    catalogue = catalogue_of(["name"])

    one = compile_projection(permit_for(catalogue, "k"), "s")

    assert one is compile_projection(permit_for(catalogue, "k", "rows"), "s")


@example(record={"id": 1})
@FEWER
@given(record=hostile_values())
def test_nothing_permitted_releases_nothing(record):
    """Where no field of a resource is permitted no record of it is released."""
    permit = permit_for(catalogue_of([]), "school")

    assert projected(permit, "s", record) == (None, [])


def test_the_reference_takes_no_list_that_is_none():
    """Where a list is declared and something else stands, the reference notes it."""
    notes = []
    tree = {"rows[]": {"name": True}, "tags[]": True}

    record = {"rows": {"name": "x"}, "tags": "x"}
    released = release(tree, "pupil", record, lambda _at, _row: True, notes)

    assert (released, notes) == ({}, ["pupil.rows[]", "pupil.tags[]"])


@pytest.mark.parametrize("kind", [KeyError, TypeError, RuntimeError, RecursionError])
def test_a_key_that_raises_when_it_is_compared_releases_nothing(kind):
    """Whatever a dict's own keys raise, no exception comes out."""

    class Raising:
        def __hash__(self):
            return hash("name")

        def __eq__(self, other):
            raise kind

    notes = []
    permit = permit_for(catalogue_of(["name"]), "k")

    found = compile_projection(permit, "s")({Raising(): CANARY}, notes.append)

    assert (found, notes) == ({}, ["s.name"])
