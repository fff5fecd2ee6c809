"""The house: imports only go down, and some wings never meet.

Two tables say it: the floors, and what is never imported. Everything else here reads
the tree of the package, so that the layout cannot drift from what they say.
"""

from collections import Counter

import pytest

from .house import (
    MODULES,
    SRC,
    circles,
    classes,
    foreign_imports,
    imported,
    name,
    wing,
    wings_imported,
)

FLOORS = (
    ("_base",),  # frozen values, canonical JSON, the strict converter
    ("errors",),  # what goes wrong
    ("arguments", "extras"),  # what a function takes; what a package comes with
    ("_wire",),  # HTTP read strictly
    ("catalogue", "proofs"),  # what there is; RFC 6962 and C2SP, of any bytes
    ("consent", "records"),  # what was decided; what a record is
    ("ledgers", "policy", "adapters"),  # kept; what follows; where records come from
    ("register", "gate", "evidence"),  # decide; enforce; prove
    ("pages", "http", "testing", "samples", "__init__"),  # what is built on them
    ("web",),  # the pages, as HTML
    ("cli",),  # the commands
    ("__main__",),
)
"""From the ground up. A wing imports from lower floors, never from its own."""

NEVER = {
    "catalogue": ("records",),
    "proofs": ("consent", "catalogue"),
    "consent": ("ledgers", "adapters", "records"),
    "policy": ("ledgers", "adapters", "register"),
    "ledgers": ("adapters", "records", "policy", "gate"),
    "adapters": ("consent", "policy", "register", "gate", "ledgers"),
    "register": ("policy", "gate", "records"),
    "gate": ("register",),
    "evidence": ("gate", "policy", "adapters"),
    "http": ("register", "ledgers", "consent"),
    "pages": ("adapters", "http"),
}
"""An adapter never sees a grant, a ledger never sees a record, no decision is taken
where it is enforced, and a proof knows nothing of what it proves."""

SYSTEMS = frozenset(
    ("_assembly", "_oneroster", "_wonde", "_sql", "_sqlite", "_postgres")
)
"""One folder for each foreign system, with the same file names in each."""

FLOOR_OF = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
WINGS = sorted({wing(path) for path in MODULES})


def of_wing(room):
    """Return the modules of a wing."""
    return [path for path in MODULES if wing(path) == room]


def twice(found):
    """Return what comes more than once."""
    return [each for each, count in Counter(found).items() if count > 1]


@pytest.mark.parametrize("room", WINGS)
def test_imports_go_down(room):
    """A module imports only from floors below its own."""
    above = {w for w in FLOOR_OF if FLOOR_OF[w] >= FLOOR_OF[room]}

    assert not [p for p in of_wing(room) if not wings_imported(p).isdisjoint(above)]


@pytest.mark.parametrize("room", NEVER)
def test_what_never_meets_does_not(room):
    """No module imports from a wing that its own never imports from."""
    never = NEVER[room]

    assert not [p for p in of_wing(room) if not wings_imported(p).isdisjoint(never)]


def test_imports_have_no_circle():
    """No two modules lead to each other by imports, however many stand between."""
    assert circles() == []


def test_nothing_imports_the_package_by_its_name():
    """Imports inside the package are relative, so that the floors can be read."""
    assert not [p for p in MODULES if "scopegate" in foreign_imports(p)]


def test_faces_are_for_the_outside():
    """No module of the package imports from a face; it names the module it needs."""
    assert not [
        (name(path), name(target))
        for path in MODULES
        for target in imported(path)
        if target.name == "__init__.py"
    ]


@pytest.mark.parametrize("room", ["adapters", "ledgers"])
def test_systems_do_not_know_each_other(room):
    """What speaks to one foreign system imports nothing of another."""
    shared = {"_sql"} if room == "ledgers" else set()
    for path in of_wing(room):
        own = {s for s in SYSTEMS if s in path.parts or s == f"_{_system(path.stem)}"}
        others = {s for target in imported(path) for s in SYSTEMS & set(target.parts)}

        assert others <= own | shared, name(path)


def _system(stem):
    """Return the system that an adapter or a ledger is for."""
    return stem.removesuffix("_csv")


def test_the_root_is_small():
    """At most eight modules are at the root; everything else is in a wing."""
    assert len(list(SRC.glob("*.py"))) <= 8


@pytest.mark.parametrize("room", WINGS)
def test_no_class_stands_twice_in_a_wing(room):
    """A class name means one thing in a wing."""
    assert not twice(found for path in of_wing(room) for found in classes(path))


@pytest.mark.parametrize("room", WINGS)
def test_no_stem_stands_twice_in_a_wing(room):
    """A module name means one thing in a wing, or the same thing of each system."""
    stems = [
        path.stem
        for path in of_wing(room)
        if path.name != "__init__.py" and SYSTEMS.isdisjoint(path.parts)
    ]

    assert not twice(stems)


@pytest.mark.parametrize("system", ["_assembly", "_oneroster", "_wonde"])
def test_each_system_has_the_same_rooms(system):
    """What an MIS is called, may be asked, and pages by is in the same files."""
    found = {path.stem for path in (SRC / "adapters" / system).glob("*.py")}

    assert {"interface", "pages", "query"} <= found


def test_underscores_mark_folders():
    """At most ten files begin with one underscore; machinery is in a folder."""
    files = [
        path
        for path in SRC.parent.rglob("*.py")
        if path.name.startswith("_") and not path.name.startswith("__")
    ]

    assert len(files) <= 10
