"""The front door: which names it has, and what importing it brings along."""

import subprocess
import sys
from importlib import resources

import pytest

import scopegate

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
NOT_AT_THE_ROOT = {
    "click",
    "cryptography",
    "httpx",
    "hypothesis",
    "msgspec",
    "psycopg",
    "pydantic",
    "pytest",
    "rich",
    "sqlite3",
    "starlette",
}


def test_root_has_these_names_and_no_other():
    """The root lists exactly the names promised, in alphabetical order."""
    assert scopegate.__all__ == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_name_is_documented(name):
    """Every name of the root has a docstring of its own."""
    assert vars(getattr(scopegate, name)).get("__doc__")


def test_root_imports_nothing_optional():
    """Importing the root imports no extra and no database."""
    code = "import sys, scopegate; print(*sys.modules)"

    ran = subprocess.run(  # noqa: S603 - this interpreter, and the text above
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert NOT_AT_THE_ROOT & set(ran.stdout.split()) == set()


def test_package_says_that_it_is_typed():
    """The installed package holds `py.typed` (PEP 561)."""
    assert (resources.files(scopegate) / "py.typed").is_file()
