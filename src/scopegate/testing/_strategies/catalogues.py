"""Hypothesis strategies for catalogues, and for records and what may pass as one.

Fields are drawn from a fixed pool of paths, odd names and depths among them,
which is quick and shrinks well. Catalogues come as mappings in the file's shape,
so that a test can change them before they are built. Each has a public resource
`school`, identified by `urn`.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from ...catalogue.catalogue import Catalogue
from ...catalogue.field import Field

Draw = Callable[[st.SearchStrategy[Any]], Any]
"""What Hypothesis hands a composite strategy."""

Tree = dict[str, Any]
"""Fields by name: `True` at a leaf, names ending in `[]` for a list."""

SCHOOL = "100001"
"""The school that every generated public record names."""

POOL = (
    "name", "class", "a b", "é", "0", "keys", "get", "__dict__", "tags[]",
    "home.street", "home.town", "home.geo.lat", "home.geo.notes[]",
    "rows[].name", "rows[].kind", "rows[].geo.lat", "rows[].tags[]",
    "rows[].rows[].name", "rows[].rows[].kind", "rows[].rows[].a b.items[].x",
)  # fmt: skip
"""Paths that do not exclude each other."""

_PLAIN = (
    None, True, False, 0, 1, -7, 10**400, 0.5, float("nan"), float("-inf"), "", "x",
    "\ud800 alone", b"x", date(2010, 2, 11), time(8, 45), Decimal("1.10"), UUID(int=7),
    datetime(2026, 9, 1, tzinfo=UTC),
)  # fmt: skip

_NAMES = st.sampled_from(
    ["name", "class", "a b", "é", "0", "keys", "id", "rows", "home"]
)
_CHANCE = st.integers(0, 9)


def plain_values() -> st.SearchStrategy[Any]:
    """Return values of every plain type, at their odd ends too."""
    return st.sampled_from(_PLAIN) | st.integers() | st.text(max_size=5)


def json_values() -> st.SearchStrategy[Any]:
    """Return anything JSON could hold, and keys that it could not."""
    keys = _NAMES | st.integers(0, 3)
    return st.recursive(
        plain_values(),
        lambda below: (
            st.lists(below, max_size=3) | st.dictionaries(keys, below, max_size=4)
        ),
        max_leaves=5,
    )


_ANYTHING = json_values()


def field_paths() -> st.SearchStrategy[list[str]]:
    """Return the paths, below a resource, of some fields in some order."""
    return st.lists(st.sampled_from(POOL), min_size=1, max_size=8, unique=True)


def tree_of(leaves: Iterable[tuple[str, ...]]) -> Tree:
    """Return the tree that *leaves*, as names from the top, make."""
    tree: Tree = {}
    for leaf in leaves:
        here = tree
        for name in leaf[:-1]:
            here = here.setdefault(name, {})
        here[leaf[-1]] = True
    return tree


@st.composite
def catalogue_tables(draw: Draw) -> dict[str, Any]:
    """Return a sound catalogue in the file's shape, with joints and row rules."""
    pupil = ["key", *draw(field_paths())]
    fields = [f"pupil.{path}" for path in pupil]
    keys = [f"k{n}" for n in range(draw(st.integers(2, 4)))]
    some = st.lists(st.sampled_from(fields), min_size=1, max_size=6, unique=True)
    scopes: dict[str, Any] = {
        "school": {"sensitivity": "public", "fields": ["school.urn", "school.name"]}
    }
    for number, key in enumerate(keys):
        comes_along = [keys[number - 1]] if number and draw(st.booleans()) else []
        scopes[key] = {"fields": draw(some), "includes": comes_along}
    return {
        "id": "made-up",
        "version": "1",
        "resource": {
            "pupil": {
                "key": "key",
                "subject": "key",
                "person": "pupil",
                "people": _people(draw, pupil),
                "field": {path: {} for path in pupil},
            },
            "school": {
                "key": "urn",
                "field": {
                    "urn": {"sensitivity": "public"},
                    "name": {"sensitivity": "public"},
                    "head": {},
                },
            },
        },
        "scope": scopes,
        "joint": [{"scopes": keys[:2], "fields": draw(some)}]
        if draw(st.booleans())
        else [],
        "rows": _rules(draw, pupil, keys),
    }


def _people(draw: Draw, pupil: list[str]) -> dict[str, str]:
    """Draw places in lists that name people."""
    listed = [path for path in pupil if "[]" in path]
    return {path: "pupil" for path in listed if draw(_CHANCE) > 7}


def _rules(draw: Draw, pupil: list[str], keys: list[str]) -> list[dict[str, Any]]:
    """Draw row rules for the records, and for the lists of objects in them."""
    rules: list[dict[str, Any]] = []
    for path in pupil:
        at, _, value = path.rpartition("[].")
        if path != "key" and "[]" not in value and draw(_CHANCE) > 7:
            place = {"resource": "pupil", "at": f"{at}[]" if at else ""}
            known = draw(st.sampled_from(["x", 1, ["x", ""]]))
            scope = draw(st.sampled_from(keys))
            rules.append({**place, "where": {value: known}, "scope": scope})
            if draw(st.booleans()):
                rules.append({**place, "otherwise": "withhold"})
    return rules


def catalogues() -> st.SearchStrategy[Catalogue]:
    """Return sound catalogues; see `catalogue_tables`."""
    return catalogue_tables().map(Catalogue.from_dict)


@st.composite
def records(draw: Draw, fields: Iterable[Field]) -> dict[str, Any]:
    """Return a record of a resource with these fields: mostly sound, not always.

    Keys are missing, null and unknown ones are mixed in, and here and there something
    else is in place of a declared value, object or list.
    """
    return _object(draw, tree_of(tuple(map(str, leaf.steps)) for leaf in fields))


def _object(draw: Draw, tree: Tree) -> dict[str, Any]:
    record: dict[str, Any] = {}
    for name, below in tree.items():
        chance = draw(_CHANCE)
        if chance == 0:
            record["stray"] = "stray"
        elif chance == 1:
            record[name.removesuffix("[]")] = draw(_ANYTHING)
        else:
            record[name.removesuffix("[]")] = _value(
                draw, below, is_list=name.endswith("[]")
            )
    return record


def _value(draw: Draw, below: Any, *, is_list: bool) -> Any:
    if is_list:
        count = draw(st.integers(0, 2))
        return [_value(draw, below, is_list=False) for _ in range(count)]
    chance = draw(_CHANCE)
    if chance == 0:
        return None
    if below is True or chance == 1:
        return (
            draw(st.sampled_from(["x", 1]))
            if chance > 3
            else draw(st.sampled_from(_PLAIN))
        )
    return _object(draw, below)
