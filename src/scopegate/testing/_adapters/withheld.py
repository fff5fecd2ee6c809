"""What must hold of an adapter under any permit: it reveals nothing withheld."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from hypothesis import strategies as st

from ...consent.subjects import Subjects
from ..laws import Laws
from .adapter_kit import AdapterKit
from .alike import in_order, unordered
from .logs import listening, own
from .renewals import rest_of
from .rows import Row
from .source import Source
from .story import Story

LAWS = Laws()


def _scopes(kit: AdapterKit) -> Mapping[str, tuple[str, ...]]:
    """Return a choice of scopes each: one that matters, one that does not, none."""
    catalogue = kit.shape.catalogue
    others = [
        s for s in catalogue.scopes if s not in {*kit.scopes, *catalogue.public_scopes}
    ]
    return {**{scope: (scope,) for scope in (*kit.scopes, *others[:1])}, "no grant": ()}


def _some(kit: AdapterKit) -> st.SearchStrategy[list[str]]:
    drawn = st.sampled_from(kit.scopes) if kit.scopes else st.nothing()
    return st.lists(drawn, unique=True)


def _people(kit: AdapterKit) -> Mapping[str, Subjects]:
    """Return ways to cover some people, if records say whom they are about."""
    home = kit.shape.home
    if home.subject is None or home.person is None or not kit.scopes:
        return {}
    rows = kit.rows.several(2)
    some = {home.person: kit.values_at(rows, f"{home.name}.{home.subject}")}
    return {
        "everyone": Subjects.everyone(),
        "everyone but some": Subjects.everyone_except(**some),
        "only some": Subjects.only(**some),
        "no_one": Subjects.only(**{home.person: []}),
    }


def _check_under(kit: AdapterKit, story: Story, rows: list[Row] | None = None) -> None:
    """Assert that under a permit everything comes out as from the model."""
    held = kit.rows.varied() if rows is None else rows
    with kit.source(held) as source:
        found = _outcome(kit, source, story)

    assert found == _outcome(kit, kit.model(held), story)


def _outcome(kit: AdapterKit, source: Source, story: Story) -> tuple[object, ...]:
    access = story.open()
    read, raised = rest_of(source.read(access, kit.query()))
    return unordered(read), type(raised), str(raised), access.notes


@LAWS.law(_scopes)
def each_scope_alone_releases_what_the_model_does(
    kit: AdapterKit, scopes: tuple[str, ...]
) -> None:
    """Under one scope alone what is read is what the model gives, or as denied."""
    _check_under(kit, kit.story(scopes))


@LAWS.law()
def all_scopes_release_what_the_model_does(kit: AdapterKit) -> None:
    """Under every scope together what is read is what the model gives."""
    _check_under(kit, kit.story())


@LAWS.law(_people)
def only_people_covered_are_read(kit: AdapterKit, subjects: Subjects) -> None:
    """Of people whom a grant does not cover no record is read, of others every one."""
    _check_under(kit, Story(kit.grants).authorise(kit.scopes, subjects))


@LAWS.law(drawn=lambda kit: st.tuples(kit.rows.drawn(), _some(kit)))
def any_scopes_release_what_the_model_does(
    kit: AdapterKit, drawn: tuple[list[Row], list[str]]
) -> None:
    """Under any scopes, of any records, what is read is what the model gives."""
    rows, scopes = drawn
    _check_under(kit, kit.story(scopes), rows)


@LAWS.law(_scopes)
def what_is_withheld_changes_nothing(kit: AdapterKit, scopes: tuple[str, ...]) -> None:
    """Sources that differ in withheld values alone cannot be told apart.

    Not by what is read, its order, notes, exceptions, log lines, the bytes of the
    ledger, or how often the source was asked.
    """
    rows = kit.rows.several(2 * kit.page_size + 1)
    _check_indistinct(kit, scopes, rows, seed=1)


@LAWS.law(drawn=lambda kit: st.tuples(kit.rows.drawn(), _some(kit), st.integers(0, 99)))
def nothing_withheld_ever_changes_anything(
    kit: AdapterKit, drawn: tuple[list[Row], list[str], int]
) -> None:
    """Any sources that differ in withheld values alone cannot be told apart."""
    rows, scopes, seed = drawn
    _check_indistinct(kit, scopes, rows, seed)


def _check_indistinct(kit: AdapterKit, scopes: Any, rows: list[Row], seed: int) -> None:
    story = kit.story(scopes)
    kept = story.open().permit.fields_needed(kit.shape.resource)
    other = kit.rows.altered(deepcopy(rows), kept, seed)

    assert _observed(kit, scopes, rows) == _observed(kit, scopes, other)


def _observed(kit: AdapterKit, scopes: Any, rows: list[Row]) -> tuple[object, ...]:
    """Return everything that can be observed of reading *rows*."""
    story = kit.story(scopes)
    with kit.source(rows) as source, listening() as logged:
        access, before = story.open(), kit.requests(source)
        read, raised = rest_of(source.read(access, kit.query()))
        access.close()
        asked = kit.requests(source) - before
    lines = [record.getMessage() for record in own(logged)]
    kept = [(name, story.ledger.bodies(name)) for name in story.ledger.streams()]
    return in_order(read), repr(raised), repr(access.notes), lines, asked, kept
