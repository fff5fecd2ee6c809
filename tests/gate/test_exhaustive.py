"""Every record of a small world under every permit of it, against the reference."""

from itertools import chain, combinations, product

import pytest

from scopegate.catalogue.catalogue import Catalogue
from scopegate.gate.projection.projection import compile_projection
from scopegate.testing.permits import permit_for
from scopegate.testing.reference import OUT, release
from scopegate.testing.strategies import tree_of

FIELDS = ("a", "l[]", "o.x", "r[].y")
GAP = object()
"""The mark of a key that is not there."""

VALUES = (
    GAP, None, 1, "x", {}, [], [None], [1], [[1]], {"x": 1}, {"x": None}, {"x": [1]},
    {"y": 1, "x": {}}, [{}], [{"y": 1}], [{"y": None}, None], [{"y": {}}, {"y": 2}],
    ({"y": 1}, 7),
)  # fmt: skip
"""What may be at any of the four names: fitting, malformed, null or a gap."""


def subsets():
    """Return every choice of fields that permits something."""
    sizes = range(1, len(FIELDS) + 1)
    return list(chain.from_iterable(combinations(FIELDS, size) for size in sizes))


def permit_of(some):
    """Return a permit for exactly *some* of the fields."""
    table = {
        "id": "small",
        "version": "1",
        "resource": {
            "s": {"key": "a", "field": {f: {} for f in FIELDS}},
            "school": {"key": "urn", "field": {"urn": {"sensitivity": "public"}}},
        },
        "scope": {
            "school": {"sensitivity": "public", "fields": ["school.urn"]},
            "k": {"fields": [f"s.{f}" for f in some]},
        },
    }
    return permit_for(Catalogue.from_dict(table), "k")


def records():
    """Yield every record with every value at every name."""
    for values in product(VALUES, repeat=4):
        pairs = zip("alor", values, strict=True)
        yield {name: value for name, value in pairs if value is not GAP}


@pytest.mark.slow
def test_every_small_record_is_released_as_the_reference_says(capsys):
    """Of all records and permits of the small world none is released otherwise."""
    cases = [
        (
            compile_projection(permit_of(some), "s"),
            tree_of(tuple(f.split(".")) for f in some),
        )
        for some in subsets()
    ]
    tried = 0
    for record in records():
        for project, tree in cases:
            notes, expected_notes = [], []
            expected = release(tree, "s", record, lambda _, __: True, expected_notes)
            assert expected is not OUT
            assert project(record, notes.append) == expected
            assert notes == expected_notes
            tried += 1

    assert tried == len(VALUES) ** 4 * (2 ** len(FIELDS) - 1)
    with capsys.disabled():
        print(f"\n{tried:,} records and permits tried")  # noqa: T201 - the count is the result
