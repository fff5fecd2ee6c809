"""Each case finds what a naive gate gets wrong: by its assertion, and no accident."""

import re

import pytest

from . import (
    test_conditions,
    test_formats,
    test_fronts,
    test_orders,
    test_parameters,
    test_rows,
    test_shapes,
    test_totals,
)
from .claims import CASES

MODULES = (
    test_conditions,
    test_formats,
    test_fronts,
    test_orders,
    test_parameters,
    test_rows,
    test_shapes,
    test_totals,
)
"""Where the cases are; to read a module is to keep its cases."""
ROWS = [
    pytest.param(
        case, naive, id=case.name if n == 0 else f"{case.name}-{naive.__name__}"
    )
    for case in CASES
    for n, naive in enumerate(case.naive)
]


@pytest.mark.parametrize(("case", "naive"), ROWS)
def test_naive_gate_fails(case, naive):
    """A gate that deletes withheld keys afterwards does not pass the case."""
    with pytest.raises(AssertionError) as caught:
        case.must(naive)

    assert re.search(case.says, str(caught.value))
