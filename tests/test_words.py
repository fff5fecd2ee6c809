"""The package, its messages and its documentation are written in plain English.

The words of the Python documentation and of GOV.UK: subject, verb, object, and the
noun of the domain first. `WORDS` is the list of what is not written, each with what
to write instead; add to it what a reader stumbles over.
"""

import ast
import io
import re
import tokenize
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

WORDS = (
    # What is not said of a thing
    (
        r"(?<!there )\b(is|are|was|were) no (?!larger|longer|one|more|matter|wider)\w",
        "is not a",
    ),
    (r"(?<!there )\b(is|are|was|were) (?-i:none)\b(?! of)", "is not one"),
    (r"\b(has|have|had) not (a|an|any|one|the)\b", "does not have"),
    (r"(?<!or )\bmay not\b", "must not, cannot, or might not"),
    (r"\bnobody\b", "no one, or a noun"),
    (r"(?<!there )\b(are|asks?|be|flows?|is) no more\b", "no longer, before the verb"),
    # Who and what
    (r"\bwho(m|so)?ever\b", "anyone who, the person who"),
    (r"\b(and|or) the like\b", "and similar"),
    (r"\bof which (are|is|most|no|none|nothing|only|some|something)\b", "with, whose"),
    # Verbs
    (r"\b(tell|tells|telling|told) of\b", "reveal, report, or say about"),
    (r"\btold by\b", "by, or reported by"),
    (r"\bspeaks? of\b", "mention, or be about"),
    (r"\b(stands?|stood) (above|at|below|for|in(?! (for|place))|on a|there)\b", "is"),
    (r"\b(bears?|bearing|bore|borne)\b", "carry, have, or accept"),
    (r"\bmend(s|ed|ing)?\b", "fix"),
    (r"\bhand(s|ed|ing)? on\b", "pass on, or export"),
    (r"\blet (it|them|this) be\b", "set it to, or have it"),
    # When and where
    (r"\banew\b", "again, or a new one"),
    (r"\bbeside\b", "next to, with, or besides"),
    (r"\b(what|which|that) came before\b", "everything before, or earlier"),
    (r"\bby (itself|themselves)\b", "on its own, or automatically"),
    (r"\balso (if|when|where|while)\b", "even if, even where"),
    # How sentences are joined
    (r"(?-i:\bElse\b)|[.,:;] else\b|\bor else\b", "otherwise"),
    (r"\bbut for\b", "except"),
    (r"\botherwise than\b", "differently from, or not"),
    (r"\bas good as\b", "almost"),
    (r"\bhence\b", "so"),
    (r"\blikewise\b", "the same, or too"),
    (r"\b(albeit|lest|there(by|in|of|to)|whence)\b", "a word of today"),
)
"""What is not written, as a pattern in any case of letters, and what is instead."""

CLAUSE = re.compile(r"(Return|Yield) (by|for|how|of|that|wh(at|en|ere|ich|om?|y))\b")
"""What the first line of a docstring is not: it names what is returned by a noun."""

_FSTRING = tuple(f"FSTRING_{part}" for part in ("START", "MIDDLE", "END"))  # from 3.12
_PROSE = {getattr(tokenize, k, None) for k in ("COMMENT", "STRING", *_FSTRING)}
_CODE = "\0"
"""Stands where a text has code, so that no phrase reaches across it."""


def test_words_are_plain():
    """No text of the package, its docs and its tests has a phrase that is in `WORDS`."""
    faults = [
        f"{path.relative_to(ROOT)}:{line}: `{phrase}`; write: {instead}"
        for path, text in _texts()
        for line, phrase, instead in _phrases(text)
    ]

    assert not faults, "\n".join(["", *faults])


def test_summaries_name_what_is_returned():
    """No docstring begins with a clause where the noun of what is returned belongs."""
    faults = [
        f"{path.relative_to(ROOT)}:{node.body[0].lineno}: `{found.group()}`; write: "
        "Return, then a noun such as `a function that` or `the records of`"
        for path in _files("src", "py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if (found := CLAUSE.match(ast.get_docstring(node) or ""))
    ]

    assert not faults, "\n".join(["", *faults])


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ('"""It is no list."""', [1]),
        ('"""\nIt is\n    no list."""', [2]),
        ("x = 1\n# It is\n# no list", [2]),
        ('f("it is"\n  " no list")', [1]),
        ('f"nobody {x}"', [1]),
        ('f("it is", "no list")', []),
        ('f"{nobody}"', []),
        ("nobody = 1", []),
        ('"""It is no longer, where there is no list."""', []),
        ('"""It is `NOBODY`, or may or may not."""', []),
    ],
)
def test_phrases_are_found_across_lines_and_not_in_code(text, lines):
    """A phrase is found wherever its line breaks, and the code around it is not read."""
    assert [line for line, _, _ in _phrases(_python(text))] == lines


def _texts() -> Iterator[tuple[Path, str]]:
    """Yield each file of the package, its docs and its tests, with its prose."""
    kinds: dict[str, Callable[[str], str]] = {
        "py": _python,
        "toml": lambda text: _only(_spans(r"#.*", text), text),
        "html": lambda text: _without(r"<[^>]*>|\{\{.*?\}\}|\{%.*?%\}", text),
        "js": lambda text: _only(_spans(r"//.*", text), text),
    }
    for kind, prose in kinds.items():
        for path in _files("src", kind):
            yield path, prose(path.read_text())
    for path in [*sorted(ROOT.glob("*.md")), *_files("docs", "md")]:
        yield path, _without(r"^```.*?^```|`[^`\n]*`", path.read_text())
    for path in _files("tests", "py"):  # what they compare with is not theirs
        if path != Path(__file__):
            yield path, _python(path.read_text(), has_strings=False)


def _files(folder: str, kind: str) -> list[Path]:
    """Return the files below a folder whose names end so, sorted."""
    return sorted((ROOT / folder).rglob(f"*.{kind}"))


def _python(text: str, *, has_strings: bool = True) -> str:
    """Return a program with nothing but its docstrings, comments and strings."""
    lines = [0, *accumulate(map(len, text.splitlines(keepends=True)))]
    spans = []
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        said = token.string
        if token.type in _PROSE and (has_strings or said.startswith(("#", '"""'))):
            if re.match(r"\w*[fF]\w*[\"']", said):  # until 3.12 with the code in it
                said = _without(r"\{[^{}]*\}", said)
            spans.append((lines[token.start[0] - 1] + token.start[1], said))
    return _without(r"`[^`\n]*`|\*\w+\*", _only(spans, text))  # names are not prose


def _spans(pattern: str, text: str) -> Iterator[tuple[int, str]]:
    """Yield where a pattern is found in a text, and what it finds."""
    return ((found.start(), found.group()) for found in re.finditer(pattern, text))


def _only(spans: Iterable[tuple[int, str]], text: str) -> str:
    """Return a text with code in the place of all but *spans*, and no marks on those."""
    kept = list(re.sub(r"\S", _CODE, text))
    for start, said in spans:
        bare = re.sub(
            r"^(#|//|\w*([\"']{3}|[\"']))|([\"']{3}|[\"'])$",
            lambda found: " " * len(found.group()),
            said,
        )
        kept[start : start + len(said)] = bare
    return "".join(kept)


def _without(pattern: str, text: str) -> str:
    """Return a text with code in the place of what a pattern finds."""
    return re.sub(
        pattern,
        lambda found: re.sub(r"\S", _CODE, found.group()),
        text,
        flags=re.MULTILINE | re.DOTALL,
    )


def _phrases(text: str) -> list[tuple[int, str, str]]:
    """Return the line of each phrase in a text, the phrase, and what to write."""
    # No phrase spans an empty line, nor code, of which one sign is enough.
    words = list(re.finditer(r"\0(?:[\0\s]*\0)?|[^\0\s]+|\n[ ]*\n", text))
    flat = " ".join(word.group() for word in words)
    starts = list(accumulate((len(word.group()) + 1 for word in words), initial=0))
    return sorted(
        (text.count("\n", 0, words[at].start()) + 1, found.group(), instead)
        for pattern, instead in WORDS
        for found in re.finditer(pattern, flat, re.IGNORECASE)
        if not found.group().isupper()
        for at in [bisect_right(starts, found.start()) - 1]
    )
