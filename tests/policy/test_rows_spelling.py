"""Row rules: a spelling of a value withholds, and never opens."""

import pytest
from hypothesis import given, strategies as st

from scopegate.catalogue.resource import RowRule
from scopegate.policy.rows import Selection, row_check

from ..spellings import SPELLINGS

WAITS = RowRule("group", "groups.user", {"type": ("user-defined", "UserGroup")})
OPEN = RowRule("group", "groups", {"type": "class"})
OTHERWISE = RowRule("group", None, {})


def passes(value, *rules, scopes=frozenset()):
    """Tell whether a row whose `type` is *value* passes *rules*."""
    check = row_check(Selection(rules, frozenset(scopes)))
    return check({"type": value})


@pytest.mark.parametrize("way", SPELLINGS)
def test_a_rule_that_withholds_meets_every_spelling(way):
    """A value that is written otherwise is withheld as the value itself is.

    Fails on the release before: 'User-Defined' and a padded CHAR flowed.
    """
    assert not passes(SPELLINGS[way]("user-defined"), WAITS)


@pytest.mark.parametrize("way", SPELLINGS)
def test_a_rule_that_opens_takes_the_exact_value_only(way):
    """Where all else is withheld, a spelling of a value that opens stays withheld."""
    written = SPELLINGS[way]("class")

    passed = passes(written, OPEN, OTHERWISE, scopes={"groups"})

    assert passed is (written == "class")


@given(st.text())
def test_a_value_no_one_knows_is_withheld_where_the_list_is_closed(value):
    """With `otherwise`, only a value that is listed and granted passes."""
    passed = passes(value, OPEN, OTHERWISE, scopes={"groups"})

    assert passed is (value == "class")


def test_a_value_like_one_that_withholds_does_not_pass_by_opening():
    """A value that opens and is like one that waits is withheld."""
    alike = RowRule("group", "groups", {"type": "USER-DEFINED"})

    assert not passes("USER-DEFINED", WAITS, alike, OTHERWISE, scopes={"groups"})


def test_a_number_is_not_a_truth():
    """A rule about 1 and true is met by each, and by nothing of another type."""
    number = RowRule("group", "wait", {"type": (1,)})

    assert [passes(v, number) for v in (1, True, "1", 2)] == [False, False, False, True]
