"""Write the reference of the public API, a page for each wing, from the docstrings.

Griffe reads the source, so that annotations, defaults and sections stand as they are
written. What a class takes is asked of the class, since attrs makes its constructor.
Public is what a face lists; nothing else has a heading.

Usage: python scripts/api_reference.py [folder]
"""

import argparse
import inspect
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from enum import Enum
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import attrs
import griffe
from griffe import DocstringSectionKind as Section

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "look-up" / "api"
LISTS = ("scopegate.errors", "scopegate.testing.strategies")
"""Modules that list public names without being faces."""
WIDTH = 88
EMPTY = {"EMPTY", "FrozenMapping({})", "MappingProxyType({})", "dict()"}
TITLES = {Section.parameters: "Arguments", Section.raises: "Raises"}
CONTEXTS = {
    "__enter__": "It is a context manager.",
    "__aenter__": "It is an asynchronous context manager.",
}
MADE = "<!-- Made by `python scripts/api_reference.py`; change the docstrings. -->"
OTHERS = """\
## Other types

These are in signatures above, and no face lists them: they may change."""
INDEX = f"""\
# The public API

{MADE}

Public is what a face lists: the root and each of its wings. Everything else may change
in any release; [SECURITY.md](../../../SECURITY.md#versions-and-promises) says what is
promised. These pages are made from the docstrings."""

SOURCE = griffe.load(
    "scopegate", search_paths=[ROOT / "src"], docstring_parser="google"
)
FENCED = re.compile(r"(^```.*?^```$)", re.MULTILINE | re.DOTALL)
EXAMPLE = re.compile(r"^>>> .*(?:\n.+)*", re.MULTILINE)
WORD = re.compile(r"(?<![\[`])`([A-Za-z][\w.]*)`(?![\]`])")
PRIVATE = re.compile(r"_?[A-Z][A-Z_]+|_\w+")
QUOTED = re.compile(r"'([^'\"\\]*)'")
NOT_IN_ANCHORS = re.compile(r"[^\w -]")


# What is public, and where it is described.


@cache
def faces() -> dict[str, dict[str, object]]:
    """Return the names that each face lists, with what they stand for."""
    wings = iter_modules(import_module("scopegate").__path__)
    packages = [each.name for each in wings if each.ispkg and each.name[0] != "_"]
    lists = ["scopegate", *(f"scopegate.{name}" for name in packages), *LISTS]
    modules = {name: import_module(name) for name in sorted(lists)}
    return {
        face: {name: getattr(module, name) for name in sorted(module.__all__)}
        for face, module in modules.items()
    }


@cache
def homes() -> dict[str, str]:
    """Return the face that describes each name: its own wing's, or the first."""
    found: dict[str, str] = {}
    for face, listed in faces().items():
        for name, value in listed.items():
            module = getattr(value, "__module__", None) or ""
            is_own = module.startswith(f"{face}.") and face != "scopegate"
            if is_own or found.get(name, "scopegate") == "scopegate":
                found[name] = face
    return found


@cache
def public_classes() -> frozenset[type]:
    """Return the classes that a face lists."""
    values = (value for listed in faces().values() for value in listed.values())
    return frozenset(value for value in values if inspect.isclass(value))


@cache
def public_paths() -> frozenset[str]:
    """Return where in the source each public name stands."""
    return frozenset(source_of(face, name).path for name, face in homes().items())


def source(path: str) -> griffe.Object:
    """Return what stands in the source at a full path."""
    below = path.removeprefix("scopegate").removeprefix(".")
    found = SOURCE[below] if below else SOURCE
    return found.final_target if found.is_alias else found


def source_of(face: str, name: str) -> griffe.Object:
    """Return what a public name stands for in the source."""
    return source(f"{face}.{name}")


def own_classes(kind: type) -> Iterator[griffe.Class]:
    """Yield a class, and those of its bases that are described with it alone."""
    for base in kind.__mro__:
        is_ours = base.__module__.startswith("scopegate")
        if is_ours and (base is kind or base not in public_classes()):
            yield source(f"{base.__module__}.{base.__qualname__}")


def members_of(kind: type) -> list[griffe.Object]:
    """Return the public members of a class, in the order of the source."""
    found: dict[str, griffe.Object] = {}
    for written in own_classes(kind):
        for name, member in written.members.items():
            if not name.startswith("_") or (name == "__call__" and member.docstring):
                found.setdefault(name, member)
    return list(found.values())


def page_of(face: str) -> str:
    """Return the name of the page of a face."""
    return face.removeprefix("scopegate.").replace(".", "-")


def headings(face: str) -> Iterator[str]:
    """Yield the headings of a page in their order, without the marks of code."""
    yield face
    for name, value in faces()[face].items():
        yield name
        if inspect.isclass(value) and homes()[name] == face:
            for member in members_of(value):
                if member.is_function:
                    yield f"{name}.{member.name}"


@cache
def anchors(face: str) -> dict[str, str]:
    """Return the anchor that GitHub gives each heading of a page; it counts repeats."""
    found: dict[str, str] = {}
    times: Counter[str] = Counter()
    for heading in headings(face):
        plain = NOT_IN_ANCHORS.sub("", heading.lower()).replace(" ", "-")
        found[heading] = f"{plain}-{times[plain]}" if times[plain] else plain
        times[plain] += 1
    return found


@cache
def places() -> dict[str, str]:
    """Return the address of each public name, method and face, from a page's folder."""
    found = {face: f"{page_of(face)}.md" for face in faces() if face != "scopegate"}
    for face in faces():
        for heading, anchor in anchors(face).items():
            if homes().get(heading.partition(".")[0]) == face:
                found[heading] = f"{page_of(face)}.md#{anchor}"
    return found


# What is the same on every page.


def text_of(value: object) -> str:
    """Return an expression as it is written, with the quotes that the source has."""
    return QUOTED.sub(r'"\1"', str(value))


def call(name: str, parameters: Iterable[str], returns: str = "") -> str:
    """Return a signature, on one line if it fits."""
    given = list(parameters)
    line = f"{name}({', '.join(given)}){returns}"
    if len(line) <= WIDTH:
        return line
    lines = "".join(f"    {each},\n" for each in given)
    return f"{name}(\n{lines}){returns}"


def assigned(name: str, value: object) -> str:
    """Return how a constant or an alias is made: a long union by its parts."""
    line = f"{name} = {text_of(value)}"
    if len(line) <= WIDTH:
        return line
    parts = text_of(value).split(" | ")
    lines = "\n    | ".join(parts)
    return f"{name} = (\n    {lines}\n)" if parts[1:] else f"{name} = ..."


def code(text: str) -> str:
    """Return a block of Python."""
    return f"```python\n{text}\n```"


def item(name: str, text: str, kind: object = None, value: object = None) -> str:
    """Return one item of a list: a name, with its type or value, and what it is."""
    start = f"- `{name}`"
    start += f" = `{text_of(value)}`" if value is not None else ""
    start += f" (`{kind}`)" if kind is not None else ""
    if not text:
        return start
    indented = re.sub(r"\n(?=.)", "\n  ", text.strip())
    return f"{start}: {indented}"


def summary(written: griffe.Object) -> str:
    """Return the first line that is said of something."""
    return written.docstring.value.partition("\n")[0] if written.docstring else ""


class Page:
    """The page of one face; collects the other types that it shows."""

    def __init__(self, face: str) -> None:
        self.face = face
        self.others: dict[str, griffe.Object] = {}

    def text(self) -> str:
        """Return the whole page."""
        said = source(self.face).docstring.value
        blocks = [f"# `{self.face}`", MADE, self.linked(said)]
        rows = [
            f"| [`{name}`](#{anchor}) | {summary(source_of(self.face, name))} |"
            for name, anchor in anchors(self.face).items()
            if homes().get(name) == self.face
        ]
        if rows:
            table = "\n".join(["| name | what it is |", "|---|---|", *rows])
            blocks.append(self.linked(table))
        for name, value in faces()[self.face].items():
            blocks.append(f"## `{name}`")
            blocks += [self.linked(each, name) for each in self.of_name(name, value)]
        if self.others:
            items = [self.of_other(name) for name in self.others]
            blocks += [OTHERS, self.linked("\n".join(sorted(items)))]
        return "\n\n".join(block.strip() for block in blocks if block) + "\n"

    def linked(self, text: str, owner: str = "") -> str:
        """Return *text* with links from the names in it that are public."""

        def link(found: re.Match[str]) -> str:
            word = found[1]
            own = places().get(f"{owner}.{word}")
            is_name = own or not word.islower() or "_" in word or "." in word
            place = own or places().get(word)
            if place is None or not is_name or word == owner:
                return found[0]
            return f"[`{word}`]({place.removeprefix(f'{page_of(self.face)}.md')})"

        if text.startswith("#"):
            return text
        parts = FENCED.split(text)
        parts[::2] = [WORD.sub(link, part) for part in parts[::2]]
        return "".join(parts)

    # A name and its members.

    def of_name(self, name: str, value: object) -> Iterator[str]:
        """Yield the blocks that describe a public name."""
        written = source_of(self.face, name)
        home = homes()[name]
        if home != self.face:
            yield f"{summary(written)} See [`{home}.{name}`]({places()[name]})."
        elif inspect.isclass(value):
            yield from self.of_class(name, value)
        elif inspect.isfunction(value):
            yield code(self.signature(name, written))
            yield from self.described(name, written)
        elif written.is_function:  # a decorator made something else of it
            kind = type(value).__mro__[1]
            yield f"A `{kind.__module__.partition('.')[0]}.{kind.__name__}`."
            yield from self.described(name, written)
        else:
            yield code(assigned(name, written.value))
            yield from self.described(name, written)

    def of_class(self, name: str, kind: type) -> Iterator[str]:
        """Yield the blocks that describe a class, and each of its methods."""
        constructor = self.constructor(name, kind)
        if constructor:
            yield code(constructor)
        bases = [f"`{b.__name__}`" for b in kind.__bases__ if self.is_known(b)]
        if bases:
            yield f"Bases: {', '.join(bases)}."
        members = members_of(kind)
        yield from self.described(name, next(own_classes(kind)), self.listed(kind))
        for mark, sentence in CONTEXTS.items():
            if hasattr(kind, mark):
                yield sentence
        for member in members:
            if member.is_function:
                yield f"### `{name}.{member.name}`"
                yield code(self.signature(member.name, member))
                yield from self.described(name, member)

    def is_known(self, base: type) -> bool:
        """Tell whether a reader can look a base up, and learns something by it."""
        if base.__module__.startswith("scopegate"):
            return base in public_classes()
        return base.__module__ != "typing" and base is not object

    def listed(self, kind: type) -> list[str]:
        """Return what is said of attributes at their own place: members, properties."""
        found = []
        for member in members_of(kind):
            text = member.docstring.value if member.docstring else ""
            if issubclass(kind, Enum) and member.name in kind.__members__:
                found.append(item(member.name, text, value=member.value))
            elif member.is_attribute and "property" in member.labels:
                found.append(item(member.name, text, self.shown(member.annotation)))
        return found

    def of_other(self, name: str) -> str:
        """Return what another type is."""
        written = self.others[name]
        if written.is_attribute:
            text = written.docstring.value if written.docstring else ""
            return item(name, text, value=str(written.value).strip("'"))
        return item(name, summary(written))

    # Signatures.

    def constructor(self, name: str, kind: type) -> str:
        """Return how a class is called; empty where only scopegate makes what it needs."""
        if issubclass(kind, Enum):
            return ""
        if getattr(kind, "_is_protocol", False):
            return f"class {name}(Protocol)"
        needed = Page(self.face)
        made = (each.members.get("__init__") for each in own_classes(kind))
        written = next((each for each in made if each), None)
        if written is None and attrs.has(kind):
            parameters = needed.attrs_parameters(kind)
        else:
            parameters = needed.parameters(written) if written else []
        is_ours = any(each.is_class for each in needed.others.values())
        if is_ours and not issubclass(kind, Exception):
            return ""
        self.others |= needed.others
        return call(name, parameters)

    def attrs_parameters(self, kind: type) -> list[str]:
        """Return what the constructor that attrs makes of a class takes."""
        found: list[str] = []
        for each in sorted(attrs.fields(kind), key=lambda each: each.kw_only):
            if not each.init:
                continue
            if each.kw_only and "*" not in found:
                found.append("*")
            written = _attribute(kind, each.name)
            text = f"{each.alias}: {self.accepted(written)}"
            if each.default is not attrs.NOTHING:
                text += f" = {self.attrs_default(written)}"
            found.append(text)
        return found

    def accepted(self, written: griffe.Attribute) -> str:
        """Return the annotation of what an attribute is made of: of its converter."""
        converter = _keywords(written.value).get("converter")
        return self.taken(converter) or self.shown(written.annotation)

    def taken(self, converter: object) -> str:
        """Return the annotation of what a converter takes, if it is written here."""
        if isinstance(converter, griffe.ExprCall):  # `optional(...)`
            inner = self.taken(converter.arguments[0])
            return f"{inner} | None" if inner else ""
        path = getattr(converter, "canonical_path", "")
        found = source(path) if path.startswith("scopegate.") else None
        if found is None or not found.is_function:
            return ""
        return self.shown(found.parameters[0].annotation)

    def attrs_default(self, written: griffe.Attribute) -> str:
        """Return the default of an attribute of a class that attrs makes."""
        if str(getattr(written.value, "function", "")) != "field":
            return self.default(written.value)
        given = _keywords(written.value)
        if "factory" in given:
            return self.default(f"{given['factory']}()")
        return self.default(given.get("default", "..."))

    def default(self, value: object) -> str:
        """Return a default as a reader knows it: for a name of ours what it holds."""
        text = str(value)
        if isinstance(value, griffe.ExprName) and PRIVATE.fullmatch(text):
            found = source(value.canonical_path)
            if found.is_attribute and found.path not in public_paths():
                text = str(found.value)
        if text in EMPTY:
            return "{}"
        is_shown = len(text) <= 40 and not re.search(r"\b_[a-zA-Z]", text)
        return text_of(text) if is_shown else "..."

    def parameters(self, function: griffe.Function) -> list[str]:
        """Return the parameters of a function, as they are written."""
        given = [
            each for each in function.parameters if each.name not in {"self", "cls"}
        ]
        if _is_composite(function):
            given = given[1:]  # what Hypothesis hands it
        found: list[str] = []
        for each in given:
            kind = each.kind.value
            if kind == "positional-only":
                raise NotImplementedError(function.path)  # there is none so far
            if kind == "keyword-only" and not any(p[0] == "*" for p in found):
                found.append("*")
            stars = {"variadic positional": "*", "variadic keyword": "**"}.get(kind, "")
            text = f"{stars}{each.name}"
            text += f": {self.shown(each.annotation)}" if each.annotation else ""
            if each.default is not None and not stars:
                text += f" = {self.default(each.default)}"
            found.append(text)
        return found

    def signature(self, name: str, function: griffe.Function) -> str:
        """Return the signature of a function, or of each of its overloads."""
        if function.overloads:
            return "\n".join(self.signature(name, each) for each in function.overloads)
        marks = [m for m in ("classmethod", "staticmethod") if m in function.labels]
        start = "".join(f"@{mark}\n" for mark in marks)
        start += "async def" if "async" in function.labels else "def"
        returns = self.shown(function.returns)
        if _is_composite(function):
            returns = f"SearchStrategy[{returns}]"
        end = f" -> {returns}" if returns else ""
        return call(f"{start} {name}", self.parameters(function), end)

    def shown(self, annotation: griffe.Expr | str | None) -> str:
        """Return an annotation as it is written, and keep the other types in it."""
        if annotation is None:
            return ""
        for each in annotation.iterate() if isinstance(annotation, griffe.Expr) else ():
            if isinstance(each, griffe.ExprName):
                self.keep(each)
        return text_of(annotation)

    def keep(self, name: griffe.ExprName) -> None:
        """Keep a type of ours that no face lists, to be described below."""
        path = name.canonical_path
        if not path.startswith("scopegate.") or name.name in self.others:
            return
        found = source(path)
        if found.path in public_paths():
            return
        if str(getattr(found, "value", "")).startswith(("TypeVar(", "ParamSpec(")):
            return
        self.others[name.name] = found
        if found.is_attribute:
            self.shown(found.value)

    # Docstrings.

    def described(
        self, owner: str, written: griffe.Object, attributes: Iterable[str] = ()
    ) -> Iterator[str]:
        """Yield the blocks of a docstring, with more attributes than it lists."""
        more = list(attributes)
        title = "**Attributes**\n\n"
        for section in written.docstring.parsed if written.docstring else ():
            if section.kind is Section.text:
                yield self.prose(section.value, owner)
            elif section.kind is Section.attributes:
                items = [self.attribute(each) for each in section.value]
                yield title + "\n".join([*items, *more])
                more = []
            elif section.kind is Section.returns:
                yield f"**Returns** {section.value[0].description}"
            else:
                items = [_of_section(each) for each in section.value]
                yield f"**{TITLES[section.kind]}**\n\n" + "\n".join(items)
        if more:
            yield title + "\n".join(more)

    def attribute(self, each: griffe.DocstringAttribute) -> str:
        """Return what a docstring says of an attribute, with its type if it has one."""
        return item(each.name, each.description, self.shown(each.annotation) or None)

    def prose(self, text: str, owner: str) -> str:
        """Return a text, in which examples can be run as they stand."""
        start = f">>> from {self.face} import {owner}\n"
        return EXAMPLE.sub(lambda found: code(start + found[0]), text)


def _attribute(kind: type, name: str) -> griffe.Attribute:
    """Return an attribute of a class, or of the nearest base that has it."""
    for base in kind.__mro__:
        if base.__module__.startswith("scopegate"):
            written = source(f"{base.__module__}.{base.__qualname__}")
            if name in written.members:
                return written.members[name]
    raise LookupError(name)


def _keywords(value: object) -> dict[str, object]:
    """Return what a call is given by name."""
    return {
        each.name: each.value
        for each in getattr(value, "arguments", ())
        if isinstance(each, griffe.ExprKeyword)
    }


def _is_composite(function: griffe.Function) -> bool:
    """Tell whether Hypothesis makes a strategy of a function."""
    return any("composite" in str(each.value) for each in function.decorators)


def _of_section(each: griffe.DocstringElement) -> str:
    """Return one item of a section of arguments or errors."""
    name = getattr(each, "name", None) or str(each.annotation)
    return item(name, each.description)


def index() -> str:
    """Return the page that leads to the others, and to each name."""
    rows = [
        f"| [`{face}`]({page_of(face)}.md) | {summary(source(face))} |"
        for face in faces()
    ]
    table = "\n".join(["| module | what is there |", "|---|---|", *rows])
    letters: dict[str, list[str]] = {}
    for name in sorted(homes(), key=str.lower):
        link = f"[`{name}`]({places()[name]})"
        letters.setdefault(name[0].upper(), []).append(link)
    listed = [f"**{letter}**: {', '.join(links)}." for letter, links in letters.items()]
    return "\n\n".join([INDEX, table, "## Every name", *listed]) + "\n"


def pages() -> dict[str, str]:
    """Return the text of every page, by the name of its file."""
    found = {f"{page_of(face)}.md": Page(face).text() for face in faces()}
    return {"index.md": index(), **found}


def main() -> None:
    """Write the pages."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
