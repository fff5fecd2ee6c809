"""`st.from_type` works for every public value of scopegate, and costs nothing before."""

import importlib
import json
import subprocess
import sys
import types

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

import _scopegate_hypothesis as door
from scopegate import Actor, Grant
from scopegate.catalogue.field import Kind
from scopegate.testing import registration
from scopegate.testing.registration import STRATEGIES, register_strategies

from ..house import public_values

FEW = settings(
    max_examples=5,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),  # some are parts of large things
)
DRAWN_ELSEWHERE = {"http", "pages", "testing", "web"}
"""Wings whose values are drawn of others, or are settings that no one draws."""
VALUES = [
    kind
    for kind in public_values()
    if kind.__module__.split(".")[1] not in DRAWN_ELSEWHERE
]


def name(kind):
    """Return the name of a class as shown in a test report."""
    return f"{kind.__module__}.{kind.__name__}"


def run(code, **environment):
    """Return what another interpreter prints when it runs *code*, read as JSON."""
    ran = subprocess.run(  # noqa: S603 - this interpreter, and a text of ours
        [sys.executable, "-W", "error", "-c", f"import json, sys\n{code}"],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )
    return json.loads(ran.stdout)


@pytest.mark.parametrize("kind", VALUES, ids=name)
def test_value_has_a_strategy_of_its_own(kind):
    """No public value is left to what Hypothesis can guess of it."""
    assert kind in STRATEGIES


@pytest.mark.parametrize("kind", VALUES, ids=name)
def test_values_are_found_by_their_type(kind):
    """What `st.from_type` gives for a public value is such a value."""

    @FEW
    @given(st.from_type(kind))
    def look(value):
        assert type(value) is kind

    look()


@given(...)
def test_annotations_are_enough(grant: Grant, actors: list[Actor] | None):
    """A test that says which values it wants is given them."""
    assert grant.decisions
    assert all(actor.name for actor in actors or ())


def test_other_types_are_none_of_its_business():
    """For other values Hypothesis goes on as if scopegate had not been asked."""
    found = [door.strategy_for(kind) for kind in (int, list[Grant], Kind, None, 7)]

    assert found == [None] * 5


def test_importing_hypothesis_imports_no_part_of_scopegate():
    """The strategies are imported when one is wanted, not before."""
    before, after = run(
        "import hypothesis\n"
        "before = 'scopegate' in sys.modules\n"
        "from hypothesis import strategies as st\n"
        "from scopegate import Grant\n"
        "found = repr(st.from_type(Grant))\n"
        "print(json.dumps([before, found]))"
    )

    assert (before, after) == (False, repr(STRATEGIES[Grant]))


def test_the_order_of_imports_does_not_matter():
    """The same is found where scopegate was imported first."""
    found = run(
        "from scopegate import Grant\n"
        "from hypothesis import strategies as st\n"
        "print(json.dumps(repr(st.from_type(Grant))))"
    )

    assert found == repr(STRATEGIES[Grant])


def test_strategies_can_be_registered_where_plugins_are_off():
    """Without plugins `register_strategies` does what they would have done."""
    found = run(
        "from hypothesis import strategies as st\n"
        "from scopegate import Grant\n"
        "from scopegate.testing.registration import register_strategies\n"
        "register_strategies()\n"
        "print(json.dumps(repr(st.from_type(Grant))))",
        HYPOTHESIS_NO_PLUGINS="1",
    )

    assert found == repr(STRATEGIES[Grant])


def test_what_a_test_registers_counts():
    """Somebody's own strategy for a value is not overruled."""
    found = run(
        "from hypothesis import strategies as st\n"
        "from scopegate import Actor, Grant\n"
        "st.register_type_strategy(Actor, st.just(Actor('Mine')))\n"
        "st.from_type(Grant)\n"
        "print(json.dumps(repr(st.from_type(Actor))))",
    )

    assert found == repr(st.just(Actor("Mine")))


def test_strategies_are_registered_at_once_where_hypothesis_cannot_ask(monkeypatch):
    """Where Hypothesis has no list of packages to ask, they are registered."""
    registered = {}
    monkeypatch.setattr(st, "register_type_strategy", registered.__setitem__)

    door.offer_strategies(types.ModuleType("without_a_list"))

    assert registered == dict(STRATEGIES)


def test_what_has_its_own_strategy_is_what_is_registered(monkeypatch):
    """`register_strategies` registers every strategy there is."""
    registered = {}
    monkeypatch.setattr(st, "register_type_strategy", registered.__setitem__)

    register_strategies()

    assert registered == dict(STRATEGIES)


def test_keys_are_left_out_where_they_cannot_be_made(monkeypatch):
    """Without the extra `signing` everything else has its strategy still."""
    monkeypatch.setitem(sys.modules, "scopegate.proofs.signing", None)
    without = importlib.util.spec_from_file_location(
        "scopegate.testing.without_signing", registration.__file__
    )
    module = importlib.util.module_from_spec(without)

    without.loader.exec_module(module)

    lost = STRATEGIES.keys() - module.STRATEGIES.keys()
    assert {kind.__name__ for kind in lost} == {"Ed25519Signer", "Ed25519Verifier"}
