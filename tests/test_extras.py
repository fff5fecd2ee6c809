"""What is optional: who needs it says which extra brings it, and how to install that."""

import json
import re
import subprocess
import sys
import tomllib
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from scopegate import extras
from scopegate.errors import MissingExtraError
from scopegate.extras import needs, requirements_of

from .house import MODULES, SRC, foreign_imports

PROJECT = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())
EXTRAS = PROJECT["project"]["optional-dependencies"]
BROUGHT = {
    re.match(r"[\w-]+", line)[0]: extra
    for extra, lines in EXTRAS.items()
    if extra not in {"all", "dev"}
    for line in lines
}
"""For each package that is optional, the extra that brings it."""
IMPORTED = BROUGHT | {"markupsafe": "web"}
"""The same of what is imported: Jinja brings MarkupSafe."""
HIDING = f"""
import sys
from importlib.abc import MetaPathFinder
class Hide(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name.partition(".")[0] in {sorted(IMPORTED)}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Hide())
"""
LOOKING = """
import importlib, json
found = {}
for name in json.loads(sys.argv[1]):
    try:
        importlib.import_module(name)
    except Exception as error:
        found[name] = [type(error).__name__, *map(str, error.args[:2]), str(error)]
print(json.dumps(found))
"""


def full_name(path):
    """Return what a module is imported by."""
    parts = path.relative_to(SRC.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def without_extras(code, *arguments):
    """Return a run of *code* in another interpreter, where no extra is installed."""
    return subprocess.run(  # noqa: S603 - this interpreter, and a text of ours
        [sys.executable, "-c", HIDING + code, *arguments],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def refusals():
    """Return what importing each module says where no extra is installed."""
    names = json.dumps([full_name(path) for path in MODULES if path.stem != "__main__"])
    return json.loads(without_extras(LOOKING, names).stdout)


def test_a_module_that_cannot_be_imported_names_an_extra(refusals):
    """Without extras a module is imported, or says which extra brings what is missing."""
    told = {
        name: (kind, extra, brought)
        for name, (kind, extra, brought, _) in refusals.items()
    }

    assert told
    for name, (kind, extra, package) in told.items():
        assert (kind, IMPORTED[package]) == ("MissingExtraError", extra), name


def test_every_module_that_needs_a_package_says_so(refusals):
    """Modules that import an optional package are those that cannot be imported."""
    needing = {
        full_name(path) for path in MODULES if foreign_imports(path) & IMPORTED.keys()
    }

    assert needing - {"scopegate.__main__"} <= refusals.keys()


def test_the_sentence_can_be_typed(refusals):
    """The sentence ends with a command that installs what the extra brings."""
    for _, extra, package, sentence in refusals.values():
        listed = " ".join(f"'{line}'" for line in EXTRAS[extra])
        assert sentence == (
            f"`{package}` is not installed; the extra `scopegate[{extra}]` brings it"
            f": run `pip install {listed}`"
        )


@pytest.mark.parametrize(
    "name",
    [
        "from scopegate.adapters import HTTPAdapter",
        "from scopegate.adapters import SQLAdapter",
        "from scopegate.ledgers import PostgresLedger",
        "from scopegate.proofs import Ed25519Signer",
        "from scopegate.http import GuardTransport",
        "from scopegate.http import GuardHTTPAdapter",
        "from scopegate.web import consent_app",
        "from scopegate.testing import adapter_suite",
        "from scopegate.cli import scopegate",
    ],
)
def test_a_name_that_needs_an_extra_says_so(name):
    """Importing a name that needs an extra is one sentence, and no bare module name."""
    ran = without_extras(name)

    assert ran.stderr.splitlines()[-1].startswith(
        "scopegate.errors.MissingExtraError: `"
    )


@pytest.mark.parametrize(
    ("missing", "extra", "command"),
    [
        ("psycopg", "postgres", ["ledger", "verify", "--ledger", "postgresql://u:s3cret@x/y"]),
        ("cryptography", "signing", ["ledger", "verify", "--ledger", __file__, "--key", "k"]),
        ("jinja2", "web", ["serve", "--demo"]),
    ],
)  # fmt: skip
def test_a_command_that_needs_an_extra_says_so(missing, extra, command):
    """A command without its extra ends with 2 and the sentence, and shows no secret."""
    code = (
        f"import sys; sys.modules[{missing!r}] = None\n"
        f"from scopegate.__main__ import main; sys.argv[1:] = {command!r}; main()"
    )

    ran = subprocess.run(  # noqa: S603 - this interpreter, and a text of ours
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )

    told = " ".join(ran.stderr.split())
    assert (ran.returncode, ran.stdout, "s3cret" in told) == (2, "", False)
    assert f"the extra `scopegate[{extra}]` brings it: run `pip install '" in told


def test_a_module_of_ours_that_is_missing_is_not_taken_for_an_extra():
    """What no extra brings is said as Python says it."""
    with (
        pytest.raises(ModuleNotFoundError, match=r"scopegate\.nothing") as caught,
        needs("http"),
    ):
        import scopegate.nothing  # noqa: F401 - there is no such module

    assert not isinstance(caught.value, MissingExtraError)


def test_without_metadata_the_extra_itself_is_named(monkeypatch):
    """Run from a folder that was never installed, the extra is what can be named."""

    def unknown(name):
        raise PackageNotFoundError(name)

    monkeypatch.setattr(extras, "requires", unknown)

    assert requirements_of("http") == ("scopegate[http]",)


def test_every_extra_says_its_lowest_versions():
    """No extra brings a package without saying from which version on."""
    assert all(">=" in line for name in {*BROUGHT.values()} for line in EXTRAS[name])


def test_what_is_missing_is_named_with_the_extra_that_brings_it():
    """A package that cannot be imported is named, and the extra that was said to bring it."""
    with (
        pytest.raises(MissingExtraError, match=r"extra `scopegate\[http\]`") as caught,
        needs("http"),
    ):
        import no_such_package  # noqa: F401 - there is none

    assert (caught.value.extra, caught.value.package) == ("http", "no_such_package")
