"""OneRoster's filters: one text for each, and nothing that it does not say."""

import re
import time
from datetime import date

import pytest
from hypothesis import example, given, strategies as st

from scopegate.adapters._oneroster.filter import (
    MOST_CHARACTERS,
    PREDICATES,
    Filter,
    Term,
    parse_filter,
    to_text,
)
from scopegate.errors import FilterError

CANARY = "c4n4ry"
NAME = r"[A-Za-z_][A-Za-z0-9_:-]*"
ONE = rf"{NAME}(\.{NAME})*(=|!=|>|>=|<|<=|~)'([^'\x00-\x1f\x7f-\x9f\ud800-\udfff]|'')*'"
GRAMMAR = re.compile(rf"{ONE}( (AND|OR) {ONE})?")
"""The whole grammar once more, as one pattern; slow, and only for short texts."""

NAMES = st.from_regex(NAME, fullmatch=True).map(lambda name: name[:8])
FIELDS = st.lists(NAMES, min_size=1, max_size=3).map(".".join)
ODD = st.lists(
    st.sampled_from(
        ["'", "''", " AND ", " OR ", "=", "!=", ">=", "~", "a='b'", "%", "\\", '"', "é", "\u2028", "𝒳"]
    ),
    max_size=6,
).map("".join)  # fmt: skip
VALUES = ODD | st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=12)
TERMS = st.builds(Term, FIELDS, st.sampled_from(PREDICATES), VALUES)
PAIRS = st.lists(TERMS, min_size=2, max_size=2)
EXPRESSIONS = st.one_of(
    st.builds(Filter, TERMS.map(lambda term: [term])),
    st.builds(Filter, PAIRS, is_either=st.booleans()),
)
PIECES = st.sampled_from(
    ["a", "b.c", "aé", ".", "=", "!=", ">", "<", "~", "'", "''", "'x'", " ", " AND ", " OR ",
     " and ", "(", ")", "\n", "\x00", "\ud800", "é", "1", "-", "[]"]
)  # fmt: skip
TEXTS = st.text(max_size=12) | st.lists(PIECES, max_size=12).map("".join)


@st.composite
def damaged(draw):
    """Draw a filter of which one character is left out, added or changed."""
    text = to_text(draw(EXPRESSIONS))
    place = draw(st.integers(0, len(text)))
    put, skip = draw(st.sampled_from(["", "'", " ", "=", "x"])), draw(st.integers(0, 1))
    return text[:place] + put + text[place + skip :]


def both(left, right):
    """Return a filter that asks for both of two comparisons."""
    return Filter([left, right])


def either(left, right):
    """Return a filter that asks for one of two comparisons."""
    return Filter([left, right], is_either=True)


def write_filter(*terms):
    """Return the text of the filter that asks for all of these."""
    return to_text(Filter(Term(*term) for term in terms))


def parsed(text):
    """Return what a text asks for, or the error it is refused with."""
    try:
        return parse_filter(text)
    except FilterError as error:
        return error


@given(EXPRESSIONS)
def test_what_is_written_is_read_back(expression):
    """Whatever a value holds, its filter asks for the same again."""
    assert parse_filter(to_text(expression)) == expression


@example("a='x'\n")
@example("a=''")
@example("a='''")
@example("a='' AND b=''")
@given(TEXTS | damaged())
def test_the_grammar_and_nothing_else_is_read(text):
    """A text is read exactly if it follows the grammar, and is refused otherwise."""
    is_read = not isinstance(parsed(text), FilterError)

    assert is_read == bool(GRAMMAR.fullmatch(text))


@given(TEXTS | damaged())
def test_whatever_is_read_is_written_as_it_was(text):
    """A filter has one text: no two texts that are read ask for the same."""
    found = parsed(text)

    assert isinstance(found, FilterError) or to_text(found) == text


@given(TEXTS | damaged())
def test_a_refusal_names_a_place_in_the_text(text):
    """A refusal says at which character, be it the one after the last."""
    found = parsed(text)

    place = found.character if isinstance(found, FilterError) else 1
    assert 1 <= place <= len(text) + 1


@given(EXPRESSIONS)
def test_fields_are_all_that_stand_outside_the_quotes(expression):
    """The fields of a filter are those named in its text, less what is quoted."""
    bare = re.sub(r"'(?:[^']|'')*'( AND | OR )?", " ", to_text(expression))

    fields = {term.field for term in expression.terms}
    assert fields == set(re.split(r"[=!<>~ ]+", bare)) - {""}


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("familyName='jones'", Filter([Term("familyName", "=", "jones")])),
        ("familyName~'Sjö'", Filter([Term("familyName", "~", "Sjö")])),
        ("status!='active'", Filter([Term("status", "!=", "active")])),
        ("roles.org.sourcedId='12'", Filter([Term("roles.org.sourcedId", "=", "12")])),
        ("middleName=''", Filter([Term("middleName", "=", "")])),
        ("familyName='O''Neil'", Filter([Term("familyName", "=", "O'Neil")])),
        ("a=''''", Filter([Term("a", "=", "'")])),
        ("a>='x' OR b<'y'", either(Term("a", ">=", "x"), Term("b", "<", "y"))),
        ("a>'x' AND b<='y'", both(Term("a", ">", "x"), Term("b", "<=", "y"))),
        ("a='x AND b=''y'", Filter([Term("a", "=", "x AND b='y")])),
    ],
)  # fmt: skip
def test_examples_are_read(text, expression):
    """Each form that OneRoster publishes is read as what it says."""
    assert parse_filter(text) == expression


FIELD = "a field is missing; write its name, such as `roles.org.sourcedId`"
PREDICATE = "a predicate is missing; write one of `= != > >= < <= ~`, without spaces"
VALUE = "a value is missing; write it in single quotes"
END = "a value has no end; close its quote, and double each quote inside it"
JOIN = "neither ` AND ` nor ` OR ` follows; write one of them, or leave out the rest"
THIRD = "a third comparison follows; a filter joins two at most, so leave it out"
UNCLEAN = "a control character or a lone surrogate is not text; leave it out"


@pytest.mark.parametrize(
    ("text", "character", "problem"),
    [
        ("", 1, FIELD),
        (" a='x'", 1, FIELD),
        ("(a='x')", 1, FIELD),
        ("1a='x'", 1, FIELD),
        ("é='x'", 1, FIELD),
        ("a", 2, PREDICATE),
        ("a.='x'", 2, PREDICATE),
        ("a..b='x'", 2, PREDICATE),
        ("a[]='x'", 2, PREDICATE),
        ("a ='x'", 2, PREDICATE),
        ("aé='x'", 2, PREDICATE),
        ("a='x' AND b", 12, PREDICATE),
        ("a=", 3, VALUE),
        ("a=x", 3, VALUE),
        ("a== 'x'", 3, VALUE),
        ("a= 'x'", 3, VALUE),
        ('a="x"', 3, VALUE),
        ("a='x", 3, END),
        ("a='x''", 3, END),
        ("a='x' OR b='y", 12, END),
        ("a='x'b='y'", 6, JOIN),
        ("a='x'  AND b='y'", 6, JOIN),
        ("a='x' and b='y'", 6, JOIN),
        ("a='x' AND b='y' ", 16, JOIN),
        ("a='x' AND ", 11, FIELD),
        ("a='x' AND b='y' OR c='z'", 16, THIRD),
        ("a='x\ny'", 5, UNCLEAN),
        ("a='x'\ud800", 6, UNCLEAN),
        ("\x00", 1, UNCLEAN),
    ],
)  # fmt: skip
def test_a_refusal_says_what_is_wrong_and_where(text, character, problem):
    """Each way to be wrong has one sentence, and the place where it shows."""
    found = parsed(text)

    expected = f"the filter is refused at character {character}: {problem}"
    assert (str(found), vars(found)) == (
        expected,
        {"problem": problem, "character": character},
    )


@pytest.mark.parametrize(
    ("conditions", "problem"),
    [
        ([], "it has no comparison; give it one or two"),
        ([("a", "=", "x")] * 3, THIRD),
        ([("a[].b", "=", "x")], FIELD),
        ([("a\n", "=", "x")], FIELD),
        ([("", "=", "x")], FIELD),
        ([("a", "in", "x")], PREDICATE),
        ([("a", "=", "x\x00")], UNCLEAN),
        ([("a", "=", "\ud800")], UNCLEAN),
    ],
)
def test_what_cannot_be_written_is_refused(conditions, problem):
    """What the grammar has no text for is refused, and nothing is written."""
    with pytest.raises(FilterError) as caught:
        write_filter(*conditions)

    assert str(caught.value) == f"the filter is refused: {problem}"


def test_a_value_that_is_no_text_is_refused():
    """A date is not written the way Python happens to show it."""
    with pytest.raises(TypeError):
        write_filter(("birthDate", "=", date(2015, 2, 3)))


LONGEST = Term("a", "=", "x" * (MOST_CHARACTERS - 4))


def test_the_longest_filter_is_read_back():
    """A filter of 8,192 characters is written and read."""
    assert parse_filter(to_text(Filter([LONGEST]))) == Filter([LONGEST])


@pytest.mark.parametrize(
    "attempt",
    [
        lambda: parse_filter(to_text(Filter([LONGEST])) + " "),
        lambda: write_filter(("a", "=", LONGEST.value + "x")),
        lambda: to_text(either(LONGEST, LONGEST)),
    ],
    ids=["read", "write", "joined"],
)
def test_a_longer_filter_is_refused(attempt):
    """A filter of more characters is neither read nor written."""
    with pytest.raises(FilterError) as caught:
        attempt()

    assert str(caught.value) == (
        "the filter is refused: it is longer than 8192 characters; ask for less at once"
    )


@given(EXPRESSIONS, st.integers(0, 60), st.sampled_from(["'", "", "\n", " "]))
def test_a_refusal_shows_nothing_of_the_text(expression, place, put):
    """Neither the text of an error, nor its context, tells a value or a name."""
    text = to_text(expression) + CANARY
    found = parsed(text[:place] + put + text[place:])

    shown = f"{found} {found!r} {vars(found)} {found.__context__}"
    assert (type(found), CANARY in shown) == (FilterError, False)


@given(EXPRESSIONS)
def test_an_expression_shows_no_value(expression):
    """The repr of a filter is the same whatever its values are."""
    hidden = re.sub(r"'(?:[^']|'')*'", f"'{CANARY}'", to_text(expression))

    assert repr(parse_filter(hidden)) == repr(expression)


HOSTILE = [
    "a" * MOST_CHARACTERS,
    "a." * (MOST_CHARACTERS // 2),
    "a='" + "'" * (MOST_CHARACTERS - 3),
    "a='" + "x''" * (MOST_CHARACTERS // 3 - 1),
    "a='" + "x" * (MOST_CHARACTERS - 3),
    "a='x' AND " * (MOST_CHARACTERS // 10),
    "a=''" + " " * (MOST_CHARACTERS - 4),
    "a='" + "é" * (MOST_CHARACTERS - 4) + "\x00",
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:8])
def test_hostile_texts_take_no_time(text):
    """A text made to be hard is answered in less than a tenth of a second."""
    before = time.process_time()

    for _ in range(10):
        parsed(text)

    assert time.process_time() - before < 1
