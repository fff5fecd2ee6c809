"""Every example in the docs runs, every link leads somewhere, and the commands agree."""

import doctest
import re
from pathlib import Path

import pytest

from scopegate import ScopegateError, errors

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
CONTRIBUTING = ROOT / "CONTRIBUTING.md"
SECURITY = ROOT / "SECURITY.md"
PAGES = [README, CONTRIBUTING, *sorted(ROOT.glob("docs/**/*.md"))]
DEMO = (
    'python3 -m venv .venv && .venv/bin/pip install -q ".[cli]"'
    " && .venv/bin/scopegate demo"
)
TESTS = (
    'python3 -m venv .venv && .venv/bin/pip install -q -e ".[dev]"'
    " && .venv/bin/python -m pytest"
)
FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`([^`\n]+)`")
PLACE = re.compile(r"(?<![\w./:<>*-])(?:[\w.<>*-]+/[\w./<>*-]*|\w+\.py)(?![\w/])")
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#]+)[^)]*\)")


def name(page: Path) -> str:
    """Return *page* as shown in a test report."""
    return str(page.relative_to(ROOT))


def links(page: Path) -> list[str]:
    """Return the relative links of *page*, without their anchors."""
    return LINK.findall(FENCED.sub("", page.read_text(encoding="utf-8")))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_examples_run(page, tmp_path, monkeypatch):
    """The examples of a page print what the page says they print."""
    monkeypatch.chdir(tmp_path)  # where they may write their files
    # A closing fence would be read as expected output; a blank line ends it.
    text = re.sub(r"^```.*$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    test = doctest.DocTestParser().get_doctest(text, {}, page.name, str(page), 0)

    assert doctest.DocTestRunner().run(test).failed == 0


@pytest.mark.parametrize("page", [*PAGES, SECURITY], ids=name)
def test_links_lead_somewhere(page):
    """Every relative link of a page leads to something in the repository."""
    lost = [link for link in links(page) if not (page.parent / link).exists()]

    assert lost == []


def test_every_kind_of_weakness_has_tests():
    """Each row of what was found names files of tests, and one of them says it failed."""
    text = SECURITY.read_text(encoding="utf-8")
    part = text.partition("how it is tested now")[2].partition("\n## ")[0]
    rows = [line for line in part.splitlines() if line.startswith("| ")][1:]

    assert len(rows) > 10
    for row in rows:
        files = [SECURITY.parent / link for link in LINK.findall(row)]
        tests = [file.read_text(encoding="utf-8") for file in files]
        assert all(file.name.startswith("test_") for file in files), row
        assert any("ails on the release before" in text for text in tests), row


def test_contributing_names_what_is_there():
    """Every file and folder that a newcomer is sent to is in the repository."""
    text = FENCED.sub("", CONTRIBUTING.read_text(encoding="utf-8"))
    named = {place for code in CODE.findall(text) for place in PLACE.findall(code)}
    patterns = {re.sub(r"<\w+>", "*", place).rstrip("/") for place in named}
    lost = {
        pattern
        for pattern in patterns
        if not pattern.startswith(".venv")
        if not any([*ROOT.glob(pattern), *(ROOT / "src" / "scopegate").glob(pattern)])
        if "/" in pattern or not any((ROOT / "tests").rglob(pattern))
    }

    assert len(patterns) > 40
    assert lost == set()


def test_contributing_holds_the_command():
    """How to run the tests is there as in the README, word for word."""
    text = CONTRIBUTING.read_text(encoding="utf-8")

    assert f"```sh\n{TESTS}\n```" in FENCED.findall(text)


@pytest.mark.parametrize("command", [DEMO, TESTS], ids=["demo", "tests"])
def test_readme_holds_the_command(command):
    """The README has the command, word for word, in a fenced block of its own."""
    blocks = FENCED.findall(README.read_text(encoding="utf-8"))

    assert f"```sh\n{command}\n```" in blocks


def test_ci_runs_the_readme_command():
    """What CI runs as the tests is what the README tells people to run."""
    lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()

    assert TESTS in [line.strip() for line in lines]


def test_every_exception_is_on_its_page():
    """The page on errors names every exception that scopegate raises."""
    page = (ROOT / "docs" / "look-up" / "errors.md").read_text(encoding="utf-8")
    named = set(re.findall(r"\w+Error\b", page))

    assert {
        found.__name__
        for found in vars(errors).values()
        if isinstance(found, type) and issubclass(found, ScopegateError)
    } <= named


@pytest.mark.parametrize("page", PAGES[1:], ids=name)
def test_page_is_reachable(page):
    """Every page of the docs is linked from their index."""
    index = ROOT / "docs" / "index.md"
    linked = {(index.parent / link).resolve() for link in links(index)}

    assert page.resolve() in {index, *linked}
