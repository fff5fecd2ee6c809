"""The faces: what is public, what importing them brings along, and what users import."""

import ast
import importlib
import inspect
import re
import subprocess
import sys
from importlib import resources
from pathlib import Path

import pytest

import scopegate

from .house import FACES, LISTS, PUBLIC, SRC, WINGS, public, tree

ROOT = Path(__file__).parents[1]
NAMES = [
    "Access",
    "AccessDeniedError",
    "AccessRequest",
    "Actor",
    "Catalogue",
    "CatalogueError",
    "Condition",
    "Connection",
    "ConsentRegister",
    "Field",
    "Gate",
    "Grant",
    "InvalidRequestError",
    "Permit",
    "Presentation",
    "Query",
    "QueryRefusedError",
    "Resource",
    "RowRule",
    "Scope",
    "ScopegateError",
    "Subjects",
    "Terms",
]
OPTIONAL = {
    *("click", "cryptography", "httpx", "hypothesis", "jinja2", "msgspec", "psycopg"),
    *("pydantic", "pytest", "requests", "rich", "sqlalchemy", "sqlite3", "starlette"),
}
PAGES = [ROOT / "README.md", ROOT / "SECURITY.md", *sorted(ROOT.glob("docs/**/*.md"))]
IMPORT = re.compile(r"^\W*from (scopegate[\w.]*) import (\w+(?:, \w+)*)", re.MULTILINE)


def told(code):
    """Return what another interpreter prints when it runs *code*, as words."""
    ran = subprocess.run(  # noqa: S603 - this interpreter, and a text of ours
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    return ran.stdout.split()


def handed_on(path):
    """Return the names that a face gives type checkers, and those it exports."""
    seen, given = set(), set()
    for node in ast.walk(tree(path / "__init__.py")):
        if isinstance(node, ast.If):
            imports = (n for n in node.body if isinstance(n, ast.ImportFrom))
            seen = {
                (f"{'.' * (n.level - 1)}{n.module}", a.asname)
                for n in imports
                for a in n.names
            }
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "hand_on":
            table = ast.literal_eval(node.args[1])
            given = {(m, name) for m, names in table.items() for name in names.split()}
    return seen, given


def test_root_has_these_names_and_no_other():
    """The root lists exactly the names promised, in alphabetical order."""
    assert scopegate.__all__ == sorted(NAMES)


@pytest.mark.parametrize("path", [SRC, *WINGS], ids=lambda path: path.name)
def test_type_checkers_see_what_is_handed_on(path):
    """A face shows type checkers the names it exports, each from its module."""
    seen, given = handed_on(path)

    assert seen == given


@pytest.mark.parametrize(("face", "name"), PUBLIC)
def test_public_name_is_there_and_documented(face, name):
    """What a face lists can be imported from it; a class or function says what it is."""
    found = public(face, name)

    is_documented = inspect.isclass(found) or inspect.isfunction(found)
    assert not is_documented or vars(found).get("__doc__") or found.__doc__


def test_faces_say_what_is_here_and_what_is_not():
    """The docstring of a face is more than a line: it says what it never does too."""
    lines = [
        len(inspect.getdoc(importlib.import_module(f)).splitlines()) for f in FACES
    ]

    assert min(lines) >= 3


def test_public_names_mean_one_thing():
    """A name that two faces list is the same thing in both."""
    meanings = {(name, id(public(face, name))) for face, name in PUBLIC}

    assert len(meanings) == len({name for name, _ in meanings})


def test_importing_the_faces_imports_nothing_optional():
    """Importing every face but the kit's and the commands' imports no extra."""
    light = [f for f in FACES if f not in {"scopegate.cli", "scopegate.testing"}]

    loaded = told(f"import sys, {', '.join(light)}; print(*sys.modules)")

    assert set(loaded).isdisjoint(OPTIONAL)


@pytest.mark.parametrize(
    "line", ["from scopegate import samples", "hasattr(scopegate, '__wrapped__')"]
)
def test_what_python_looks_up_by_itself_imports_nothing_optional(line):
    """A module taken from the root, or a special name, brings no other face along."""
    loaded = told(f"import sys, scopegate; {line}; print(*sys.modules)")

    assert set(loaded).isdisjoint(OPTIONAL)


def test_the_root_imports_no_part_of_itself():
    """Importing the root loads nothing of the package but what hands names on."""
    loaded = told("import sys, scopegate; print(*sys.modules)")

    ours = {name for name in loaded if name.startswith("scopegate")}
    assert ours == {"scopegate", "scopegate._base", "scopegate._base.face"}


def test_a_face_lists_its_names_to_who_asks():
    """`dir` of a face has its names, also before one was asked for."""
    listed = told("import scopegate.ledgers as face; print(*dir(face))")

    assert {"SQLiteLedger", "__all__", "__name__"} <= set(listed)


@pytest.mark.parametrize(
    ("face", "name", "home"),
    [
        ("scopegate", "SQLiteLedger", "scopegate.ledgers"),
        ("scopegate.ledgers", "RecordsAdapter", "scopegate.adapters"),
        ("scopegate.adapters", "Query", "scopegate"),
    ],
)
def test_a_name_that_stands_elsewhere_is_said(face, name, home):
    """Importing a public name from the wrong face says which one hands it on."""
    with pytest.raises(ImportError) as caught:
        exec(f"from {face} import {name}")  # noqa: S102 - the statement above

    assert (
        str(caught.value)
        == f"`{name}` is in `{home}`; write `from {home} import {name}`"
    )


def test_a_name_that_is_nowhere_is_an_ordinary_attribute_error():
    """A name that no face exports is missing, as of any module."""
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = scopegate.nothing

    assert not hasattr(scopegate, "__wrapped__")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_docs_import_only_what_is_public(page):
    """A page imports names from faces only, and only names that they list."""
    imported = {
        (face, name)
        for face, names in IMPORT.findall(page.read_text())
        for name in names.split(", ")
    }

    slips = imported if page.name == "slips.md" else set()
    assert imported - slips <= {*PUBLIC, ("scopegate", "errors")}


def test_security_says_what_is_public():
    """The promise of what is public is in SECURITY.md, and names every list."""
    promise = (ROOT / "SECURITY.md").read_text()

    assert "Public is what a face lists" in promise
    assert all(f"`{name}`" in promise for name in LISTS[-2:])


def test_package_says_that_it_is_typed():
    """The installed package holds `py.typed` (PEP 561)."""
    assert (resources.files(scopegate) / "py.typed").is_file()


def test_a_face_that_cannot_be_imported_hides_no_other(monkeypatch):
    """A name is found in its face even where another face lacks its extra."""

    def missing(name, *rest):
        if name == "scopegate.adapters":
            raise ImportError(name)
        return importlib.import_module(name, *rest)

    monkeypatch.setattr("scopegate._base.face.import_module", missing)

    with pytest.raises(ImportError, match="`SQLiteLedger` is in `scopegate"):
        scopegate.gate.SQLiteLedger  # noqa: B018 - looking it up is what is tried
