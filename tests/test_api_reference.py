"""The reference of the public API: whole, and what the docstrings say now."""

import importlib.util
import inspect
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from .house import LISTS, PUBLIC, public_classes

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "look-up" / "api"
SCRIPT = ROOT / "scripts" / "api_reference.py"
PAGES = sorted(FOLDER.glob("*.md"))
CODE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
LINK = re.compile(r"\]\(([\w-]*(?:\.md)?)#([\w-]+)\)")
NOISE = re.compile(r"(?<!\w)_(?!_)\w|<factory>|\b0x[0-9a-f]|= NOTHING\b")


def load():
    """Return the script as a module."""
    spec = importlib.util.spec_from_file_location(SCRIPT.stem, SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def page(face):
    """Return the page of what lists public names."""
    name = face.removeprefix("scopegate.").replace(".", "-")
    return (FOLDER / f"{name}.md").read_text(encoding="utf-8")


def headings(text):
    """Return the headings of a page, without the marks of code."""
    return [each.strip("`") for each in HEADING.findall(CODE.sub("", text))]


def anchors(text):
    """Return the anchors that GitHub gives the headings of a page; it counts repeats."""
    found, times = set(), Counter()
    for heading in headings(text):
        plain = re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
        found.add(f"{plain}-{times[plain]}" if times[plain] else plain)
        times[plain] += 1
    return found


def section(text, name):
    """Return what a page says of a name, its methods left out."""
    return re.split(r"^##+ ", text.partition(f"\n## `{name}`\n")[2], flags=re.M)[0]


def homes(name):
    """Return what is said of a name, wherever it is described and not only linked."""
    faces = [face for face, listed in PUBLIC if listed == name]
    said = [section(page(face), name) for face in faces]
    return [each for each in said if f".{name}`](" not in each]


def test_pages_are_what_the_docstrings_say():
    """The pages are, to the byte, what the script makes of the source."""
    found = {path.name: path.read_text(encoding="utf-8") for path in PAGES}

    assert found == load().pages(), f"run python scripts/{SCRIPT.name}"


@pytest.mark.parametrize("face", LISTS)
def test_every_public_name_has_a_heading(face):
    """A page has a heading for each name that its face lists, and for no other."""
    others = {face, "Other types"}
    found = [each for each in headings(page(face)) if "." not in each]

    assert {*found} - others == {name for listing, name in PUBLIC if listing == face}


def test_every_name_is_described_once():
    """A name that several faces list is described on one page; the others link there."""
    times = {name: len(homes(name)) for _, name in PUBLIC}

    assert {name: found for name, found in times.items() if found != 1} == {}


def test_every_public_method_has_a_heading():
    """What a public class defines as a method has a heading on a page."""
    methods = {
        f"{kind.__name__}.{name}"
        for kind in public_classes()
        for name, member in vars(kind).items()
        if not name.startswith("_")
        if inspect.isfunction(getattr(member, "__func__", member))
    }

    assert methods <= {each for face in LISTS for each in headings(page(face))}


def test_every_error_says_its_bases():
    """A page says which errors an error is too, so that one knows what catches it."""
    errors = [kind for kind in public_classes() if issubclass(kind, Exception)]
    said = {
        kind: re.search(r"^Bases: (.+)\.$", homes(kind.__name__)[0], re.MULTILINE)[1]
        for kind in errors
    }

    assert {kind: re.findall(r"`(\w+)`", found) for kind, found in said.items()} == {
        kind: [base.__name__ for base in kind.__bases__] for kind in errors
    }


def test_index_leads_to_every_name():
    """The list of all names has each public name, and no other."""
    listed = re.findall(r"\[`(\w+)`\]\(", page("index"))

    assert {*listed} == {name for _, name in PUBLIC}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_links_lead_to_headings(path):
    """Every anchor that a page links to is there."""
    text = path.read_text(encoding="utf-8")
    lost = [
        f"{name}#{anchor}"
        for name, anchor in LINK.findall(text)
        if anchor not in anchors((path.parent / (name or path.name)).read_text())
    ]

    assert lost == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_pages_show_what_a_reader_can_use(path):
    """A page shows no private name, no address in memory, and no mark of attrs."""
    assert NOISE.findall(path.read_text(encoding="utf-8")) == []
