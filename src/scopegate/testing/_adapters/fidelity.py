"""What must hold of the values an adapter gives: they are those of its source."""

from collections.abc import Mapping

from ...catalogue.field import Field
from ...records.condition import Condition
from ..laws import Laws
from .adapter_kit import AdapterKit
from .alike import unordered
from .rows import GONE, Row, put
from .shape import Part

LAWS = Laws()

_TEXTS: Mapping[str, str] = {
    "single quote": "O'Brien' OR '1'='1",
    "double quote": 'a "b" c',
    "backslash": "a\\b\\n\\u0041",
    "percent": "100%",
    "underscore": "a_b",
    "asterisk": "a*b?",
    "statement": "x'; DROP TABLE pupil; --",
    "query string": "a&b=c+d#e",
    "percent encoding": "%27%00%2F",
    "path": "../../etc/passwd",
    "brackets": "[](){}<>",
    "comma": "a,b;c|d",
    "tab": "a\tb",
    "escape": "a\x1b[31mb",
    "line feed": "a\nb",
    "carriage return": "a\rb",
    "both line ends": "a\r\nb",
    "line separator": "a\u2028b\x85c",
    "NUL": "a\x00b",
    "lone surrogate": "a\ud800b",
    "byte order mark": "\ufeffa",
    "direction": "\u202eabc",
    "combining": "e\u0301",
    "ligature": "\ufb01",
    "beyond the basic plane": "\U0001d4b3 \U0001f469\u200d\U0001f467",
    "word for null": "null",
    "word for none": "None",
    "word for true": "true",
    "digits": "007",
    "number too large": "1e400",
    "no number": "NaN",
    "formula": "=1+1",
    "markup": "<script>alert(1)</script>&amp;",
    "template": "{{7*7}}${7*7}%s{0}",
    "empty": "",
    "blanks": "  ",
    "outer spaces": " a ",
    "long": "x" * 10_000,
}
"""Texts of which each has upset some interface, by what it has."""

_NEEDS: Mapping[str, Part] = {
    "line feed": Part.LINE_ENDS,
    "carriage return": Part.LINE_ENDS,
    "both line ends": Part.LINE_ENDS,
    "NUL": Part.NUL,
    "lone surrogate": Part.SURROGATES,
    "empty": Part.EMPTY,
    "blanks": Part.SPACES,
    "outer spaces": Part.SPACES,
    "long": Part.LONG,
}

_NUMBERS: Mapping[str, int] = {
    "zero": 0,
    "minus one": -1,
    "32 bits": 2**31 - 1,
    "more than 32 bits": 2**32,
    "more than a double holds": 2**53 + 1,
    "63 bits": 2**63 - 1,
    "more than 64 bits": 2**64 + 1,
    "thirty digits": 10**30 + 7,
}
_FRACTIONS: Mapping[str, float] = {
    "a tenth": 0.1,
    "seventeen digits": 0.30000000000000004,
    "very large": 1e300,
    "very small": 5e-324,
    "negative": -2.5,
}
_MALFORMED = ({"a": 1}, ["a"], [["a"]], [{"name": "a", "town": "b"}], "a", 7, True)
"""One or the other is not what is declared, wherever it is."""


def _texts(kit: AdapterKit) -> Mapping[str, str]:
    """Return the texts that can be held, if there is a field to hold them."""
    held = {
        n: t for n, t in _TEXTS.items() if n not in _NEEDS or kit.shape.has(_NEEDS[n])
    }
    return held if kit.text is not None else {}


def _texts_to_look_for(kit: AdapterKit) -> Mapping[str, str]:
    return _TEXTS if kit.text is not None else {}


def _numbers(kit: AdapterKit) -> Mapping[str, object]:
    """Return the numbers that can be held, whole ones where those are declared."""
    free = kit.shape.has(Part.NUMBERS)
    whole = _NUMBERS if free and "integer" in kit.free else {}
    if not kit.shape.has(Part.BIG):
        whole = {name: n for name, n in whole.items() if n < 2**63}
    return {**whole, **(_FRACTIONS if free and "number" in kit.free else {})}


def _malformed(kit: AdapterKit) -> Mapping[str, Field]:
    return _free_places(kit) if kit.shape.has(Part.MALFORMED) else {}


def _lists(kit: AdapterKit) -> Mapping[str, Field]:
    return {name: leaf for name, leaf in kit.places.items() if leaf.is_listed}


def _free_places(kit: AdapterKit) -> Mapping[str, Field]:
    return {name: leaf for name, leaf in kit.places.items() if name != "key"}


def _absent(kit: AdapterKit) -> Mapping[str, tuple[Field, object]]:
    return {
        f"{'no key' if absent is GONE else 'null'} at {place}": (leaf, absent)
        for place, leaf in _free_places(kit).items()
        for absent in kit.rows.absences(leaf.steps[-1])
    }


def _check_read(kit: AdapterKit, rows: list[Row]) -> None:
    """Assert that *rows* are read, and noted, as the model reads and notes them."""
    story = kit.story()
    access, model = story.open(), story.open()
    with kit.source(rows) as source:
        read = unordered(source.read(access, kit.query()))

    assert read == unordered(kit.model(rows).read(model, kit.query()))
    assert access.notes == model.notes


@LAWS.law(_texts)
def a_text_is_given_back_as_it_was(kit: AdapterKit, text: str) -> None:
    """Whatever characters a text has, it is read as the source holds it."""
    assert kit.text is not None
    _check_read(kit, [put(row, kit.text.steps, text) for row in kit.rows.several(2)])


@LAWS.law(_texts_to_look_for)
def any_text_can_be_looked_for(kit: AdapterKit, text: str) -> None:
    """A condition on any text, also one that cannot be there, finds just what is there."""
    assert kit.text is not None
    rows, access = kit.rows.several(3), kit.story().open()
    if text in _texts(kit).values():
        put(rows[1], kit.text.steps, text)
    with kit.source(rows) as source:
        for comparison, value in (("=", text), ("!=", text), ("in", [text, "b"])):
            query = kit.query([Condition(kit.text.path, comparison, value)])

            read = unordered(source.read(access, query))

            assert read == unordered(kit.model(rows).read(access, query))


@LAWS.law(lambda kit: kit.texts)
def every_field_of_texts_gives_them_back(kit: AdapterKit, leaf: Field) -> None:
    """In objects and lists, too, a text is read as the source holds it."""
    texts = _texts(kit).values()
    values = [[text] for text in texts] if leaf.steps[-1].is_list else list(texts)
    rows = kit.rows.several(len(values))
    _check_read(kit, [put(r, leaf.steps, v) for r, v in zip(rows, values, strict=True)])


@LAWS.law(_numbers)
def a_number_is_given_back_as_it_was(kit: AdapterKit, number: float) -> None:
    """Whole numbers keep every digit, and others are the same double."""
    leaf = kit.free["integer" if isinstance(number, int) else "number"]
    _check_read(kit, [put(row, leaf.steps, number) for row in kit.rows.several(2)])


@LAWS.law(_absent)
def what_is_absent_stays_so(kit: AdapterKit, case: tuple[Field, object]) -> None:
    """Null is read as null and a missing key as missing, and no record is left out."""
    leaf, absent = case
    rows = kit.rows.several(4)
    put(rows[1], leaf.steps, absent)
    _check_read(kit, rows)


@LAWS.law(lambda kit: kit.places)
def every_value_is_given_back_as_it_was(kit: AdapterKit, leaf: Field) -> None:
    """Each kind is read as what the catalogue declares: no truth value as a number."""
    _check_read(kit, kit.rows.around(leaf))


@LAWS.law(_lists)
def a_list_keeps_its_order(kit: AdapterKit, leaf: Field) -> None:
    """The elements of a list come in their order, equal ones too."""
    rows = kit.rows.several(3)
    for row in rows:
        found = row[leaf.steps[0].name]
        found[:] = [*found[::-1], *found, *found]
    _check_read(kit, rows)


@LAWS.law()
def objects_and_lists_may_be_empty_or_absent(kit: AdapterKit) -> None:
    """Where a whole object or list is null, missing or empty, it is read so."""
    _check_read(kit, kit.rows.varied())


@LAWS.law(_malformed)
def what_is_malformed_is_left_to_the_gate(kit: AdapterKit, leaf: Field) -> None:
    """What is not as declared is not corrected, nor a fault, and the rest is read."""
    rows = kit.rows.several(len(_MALFORMED))
    _check_read(
        kit, [put(r, leaf.steps, v) for r, v in zip(rows, _MALFORMED, strict=True)]
    )


@LAWS.law(when=lambda kit: kit.shape.has(Part.STRAYS))
def what_the_catalogue_does_not_know_is_no_fault(kit: AdapterKit) -> None:
    """Keys that no catalogue declares change nothing that is read."""
    rows = [
        {**row, "stray": "a", "other stray": {"a": [1]}} for row in kit.rows.several(3)
    ]
    _check_read(kit, rows)


@LAWS.law(when=lambda kit: kit.shape.has(Part.REPEATS))
def records_of_one_key_all_come(kit: AdapterKit) -> None:
    """Two records of one key are two, even where they are equal."""
    rows = kit.rows.several(3)
    _check_read(kit, [*rows, *kit.rows.several(2)])


@LAWS.law(drawn=lambda kit: kit.rows.drawn())
def any_records_are_read_as_they_are(kit: AdapterKit, rows: list[Row]) -> None:
    """Any records that the shape allows are read and noted as by the model."""
    _check_read(kit, rows)
