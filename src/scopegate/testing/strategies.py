"""Hypothesis strategies for catalogues, records and everything a record may be.

Catalogues come as mappings in the file's shape, so that a test can change them
before they are built. Each has a public resource `school`, identified by `urn`.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from ..catalogue import Catalogue
from ..field import Field

_LEAF = st.sampled_from([True])

Draw = Any
"""What Hypothesis hands a composite strategy."""

Shape = dict[str, Any]
"""A tree of fields: `True` at a leaf, names ending in `[]` where a list stands."""

SCHOOL = "100001"
"""The school that every generated public record names."""

_ODD_NAMES = ("id", "class", "keys", "get", "__dict__", "a b", "é", "name", "0")


def names() -> st.SearchStrategy[str]:
    """Return names that may stand in a path, common and odd."""
    letters = st.text(st.sampled_from("abcdxyz_-/'\"\\ é"), min_size=1, max_size=3)
    return st.sampled_from(_ODD_NAMES) | letters


def plain_values() -> st.SearchStrategy[Any]:
    """Return values of every plain type, at their odd ends too."""
    return st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.just(10**400),
        st.floats(),
        st.text(max_size=5),
        st.just("\ud800 alone"),
        st.binary(max_size=3),
        st.just(date(2010, 2, 11)),
        st.just(time(8, 45)),
        st.just(datetime(2026, 9, 1, tzinfo=UTC)),
        st.just(Decimal("1.10")),
        st.just(UUID(int=7)),
    )


def json_values() -> st.SearchStrategy[Any]:
    """Return anything JSON could hold, and keys that it could not."""
    keys = names() | st.integers(0, 3)
    return st.recursive(
        plain_values(),
        lambda below: (
            st.lists(below, max_size=3)
            | st.tuples(below)
            | st.dictionaries(keys, below, max_size=4)
        ),
        max_leaves=10,
    )


def shapes() -> st.SearchStrategy[Shape]:
    """Return trees of fields, up to four levels deep."""
    listed = st.booleans()

    def named(below: st.SearchStrategy[Any]) -> st.SearchStrategy[Shape]:
        entries = st.dictionaries(
            names(), st.tuples(listed, below), min_size=1, max_size=4
        )
        return entries.map(
            lambda found: {
                f"{name}[]" if is_list else name: tree
                for name, (is_list, tree) in found.items()
            }
        )

    return named(st.recursive(_LEAF, named, max_leaves=6))


def paths(shape: Shape, start: str = "") -> list[str]:
    """Return the leaves of *shape* as paths, in order."""
    found = []
    for name, below in shape.items():
        found += (
            [f"{start}{name}"] if below is True else paths(below, f"{start}{name}.")
        )
    return found


@st.composite
def catalogue_tables(draw: Draw) -> dict[str, Any]:
    """Return a sound catalogue in the file's shape, with joints and row rules."""
    resources = {
        name: _resource(draw, name)
        for name in draw(
            st.lists(st.sampled_from("stu"), min_size=1, max_size=2, unique=True)
        )
    }
    fields = [
        f"{name}.{path}" for name, table in resources.items() for path in table["field"]
    ]
    school = {
        "key": "urn",
        "field": {
            "urn": {"sensitivity": "public"},
            "name": {"sensitivity": "public"},
            "head": {},
        },
    }
    keys = [f"k{n}" for n in range(draw(st.integers(2, 4)))]
    scopes: dict[str, Any] = {
        "school": {"sensitivity": "public", "fields": ["school.urn", "school.name"]}
    }
    for number, key in enumerate(keys):
        scopes[key] = {
            "fields": draw(st.lists(st.sampled_from(fields), min_size=1, unique=True)),
            "includes": draw(st.lists(st.sampled_from(keys[:number]), max_size=1))
            if number
            else [],
        }
    return {
        "id": "made-up",
        "version": "1",
        "resource": {**resources, "school": school},
        "scope": scopes,
        "joint": draw(st.lists(_joints(fields, keys), max_size=1)),
        "rows": [
            rule for name in resources for rule in _rules(draw, name, resources, keys)
        ],
    }


def _resource(draw: Draw, name: str) -> dict[str, Any]:
    found = paths(draw(shapes()))
    fields = {
        path: {"sensitivity": draw(st.sampled_from(["personal", "special"]))}
        for path in found
    }
    fields["key"] = {}
    return {"key": "key", "subject": "key", "person": name, "field": fields}


def _joints(fields: list[str], keys: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "scopes": st.lists(
                st.sampled_from(keys), min_size=2, max_size=2, unique=True
            ),
            "fields": st.lists(
                st.sampled_from(fields), min_size=1, max_size=2, unique=True
            ),
        }
    )


def _rules(
    draw: Draw, resource: str, resources: dict[str, Any], keys: list[str]
) -> list[dict[str, Any]]:
    """Draw row rules for the records of a resource, and for its lists of objects."""
    places: dict[str, list[str]] = {}
    for path in resources[resource]["field"]:
        at, _, value = path.rpartition("[].")
        if "[]" not in value:
            places.setdefault(f"{at}[]" if at else "", []).append(value)
    rules: list[dict[str, Any]] = []
    for at, values in places.items():
        if draw(st.booleans()):
            where = {draw(st.sampled_from(values)): draw(st.sampled_from(["x", 1]))}
            scope = draw(st.sampled_from(keys))
            rules.append(
                {"resource": resource, "at": at, "where": where, "scope": scope}
            )
            if draw(st.booleans()):
                rules.append({"resource": resource, "at": at, "otherwise": "withhold"})
    return rules


def catalogues() -> st.SearchStrategy[Catalogue]:
    """Return sound catalogues; see `catalogue_tables`."""
    return catalogue_tables().map(Catalogue.from_dict)


def records(fields: tuple[Field, ...]) -> st.SearchStrategy[dict[str, Any]]:
    """Return records of a resource with these fields: mostly sound, some not.

    Keys are missing, null and unknown ones are mixed in, and here and there
    something else stands where a value, an object or a list is declared.
    """
    return _objects(tree_of([tuple(map(str, leaf.steps)) for leaf in fields]))


def tree_of(leaves: list[tuple[str, ...]]) -> Shape:
    """Return the tree that *leaves*, as names from the top, make."""
    tree: Shape = {}
    for leaf in leaves:
        here = tree
        for name in leaf[:-1]:
            here = here.setdefault(name, {})
        here[leaf[-1]] = True
    return tree


def _objects(tree: Shape) -> st.SearchStrategy[dict[str, Any]]:
    known: Mapping[Any, Any] = {
        name.removesuffix("[]"): _values(name, below) for name, below in tree.items()
    }
    strays = st.dictionaries(
        st.sampled_from(["stray", "id", "keys"]), json_values(), max_size=1
    )
    return st.tuples(strays, st.fixed_dictionaries({}, optional=known)).map(
        lambda pair: {**pair[0], **pair[1]}
    )


def _values(name: str, below: Any) -> st.SearchStrategy[Any]:
    fitting = (
        st.sampled_from(["x", 1]) | plain_values() if below is True else _objects(below)
    )
    if name.endswith("[]"):
        elements = st.one_of(fitting, st.none(), json_values())
        fitting = st.lists(st.one_of(fitting, elements), max_size=3)
    return st.one_of(fitting, fitting, fitting, st.none(), json_values())
