"""Hypothesis strategies for what is decided on, and for who decides what.

Whatever depends on a catalogue, or on what a school was shown, is given that and
fits it. What varies is a strategy, and by default varies much.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from attrs import evolve
from hypothesis import strategies as st

from ..._base.likeness import likeness
from ..._base.local_time import LONDON
from ..._base.values import aware
from ...catalogue.catalogue import Catalogue
from ...catalogue.field import Field, Sensitivity
from ...catalogue.resource import Resource, RowRule
from ...catalogue.scope import Scope
from ...consent.connection import Connection
from ...consent.decision import Actor, Choice, Decision, Proposal, TwoPersonRule
from ...consent.present import present
from ...consent.presentation import Presentation
from ...consent.request import AccessRequest, Terms
from ...consent.subjects import Subjects
from ..permits import NOON, decision_on
from .arguments import checked, drawn_or
from .catalogues import SCHOOL, Draw

APPS = ("gradebook", "library")
"""The apps that ask, where a test does not say which."""

_FIVE_YEARS = timedelta(days=1_826)


def instants(
    *, min_value: datetime = NOON, max_value: datetime = NOON + _FIVE_YEARS
) -> st.SearchStrategy[datetime]:
    """Return aware instants between two others, both included.

    They are in UTC, as all that is made of them.

    Args:
        min_value: The first; aware.
        max_value: The last; aware.
    """
    first, last = aware(min_value), aware(checked("max_value", max_value, datetime))
    return st.timedeltas(timedelta(), last - first).map(lambda by: first + by)


def texts() -> st.SearchStrategy[str]:
    """Return texts that may be kept and shown: without control characters."""
    return _TEXTS


_TEXTS = st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=12)
_WORDS = _TEXTS.filter(str.strip)


def resources(catalogue: Catalogue) -> st.SearchStrategy[Resource]:
    """Return resources of a catalogue."""
    found = checked("catalogue", catalogue, Catalogue).resources
    return st.sampled_from(tuple(found.values()))


def fields(catalogue: Catalogue) -> st.SearchStrategy[Field]:
    """Return fields of a catalogue."""
    found = checked("catalogue", catalogue, Catalogue).fields
    return st.sampled_from(tuple(found.values()))


def scopes(catalogue: Catalogue) -> st.SearchStrategy[Scope]:
    """Return scopes of a catalogue."""
    found = checked("catalogue", catalogue, Catalogue).scopes
    return st.sampled_from(tuple(found.values()))


@st.composite
def _row_rules(draw: Draw, catalogue: Catalogue) -> RowRule:
    unlisted = [leaf for leaf in catalogue.fields.values() if not leaf.is_listed]
    leaf = draw(st.sampled_from(unlisted))
    known = draw(st.lists(st.sampled_from(["x", 1, True, ""]), max_size=3))
    scopes = st.sampled_from(tuple(catalogue.scopes))
    scope = draw(scopes if known else st.none() | scopes)
    return RowRule(leaf.resource, scope, {leaf.local: known} if known else {})


def row_rules(catalogue: Catalogue) -> st.SearchStrategy[RowRule]:
    """Return rules for the records of a catalogue's resources, its own or not."""
    made = _row_rules(checked("catalogue", catalogue, Catalogue))
    return st.sampled_from(catalogue.rows) | made if catalogue.rows else made


def terms() -> st.SearchStrategy[Terms]:
    """Return the terms that apps state, which may be empty."""
    return st.builds(Terms, _TEXTS, _TEXTS, _TEXTS)


_IDENTIFIERS = _TEXTS.filter(
    lambda text: bool(likeness(text)) and not set(text) & set(",;| ")
)
"""Texts that may be an identifier of a person."""


def actors(
    *,
    names: st.SearchStrategy[str] | None = None,
    roles: st.SearchStrategy[str] | None = None,
) -> st.SearchStrategy[Actor]:
    """Return people who decide.

    Args:
        names: Their names; something can be seen of each.
        roles: The authority they act by.
    """
    known = st.sampled_from(["Dana Head", "Sam Deputy", "Val Vendor"])
    return st.builds(
        Actor,
        drawn_or("names", names, known | _WORDS.filter(likeness)),
        drawn_or("roles", roles, st.sampled_from(["", "Headteacher"]) | _TEXTS),
        st.sampled_from(["", "1", "2"]),
    )


def two_person_rules() -> st.SearchStrategy[TwoPersonRule]:
    """Return the rules by which a school may want two people to authorise."""
    return st.builds(TwoPersonRule, st.sampled_from(Sensitivity), st.integers(1, 60))


def connections(
    *,
    schools: st.SearchStrategy[str] | None = None,
    mis: st.SearchStrategy[str] | None = None,
    permissions: st.SearchStrategy[frozenset[str] | None] | None = None,
    zones: st.SearchStrategy[str] | None = None,
) -> st.SearchStrategy[Connection]:
    """Return verified connections.

    Args:
        schools: The schools; by default always `SCHOOL`.
        mis: What the MIS is called in the permission tables of catalogues.
        permissions: What the MIS account may do; by default that is not known.
        zones: The time zones of the schools; by default of several kinds, also such
            as no machine knows.
    """
    return st.builds(
        Connection,
        drawn_or("schools", schools, st.just(SCHOOL)),
        drawn_or("mis", mis, st.just("arbor")),
        st.just("Example School") | _TEXTS,
        instants(min_value=NOON - _FIVE_YEARS, max_value=NOON),
        drawn_or("permissions", permissions, st.none()),
        drawn_or("zones", zones, _ZONES),
    )


_ZONES = st.sampled_from([LONDON, "America/St_Johns", "Asia/Tokyo", "Nowhere", ""])


def subjects(
    catalogue: Catalogue,
    *,
    identifiers: st.SearchStrategy[str] | st.SearchStrategy[int] | None = None,
) -> st.SearchStrategy[Subjects]:
    """Return the people a grant may cover, by the resources that name people.

    Args:
        catalogue: The catalogue; where none of its records name anybody, the
            only answer is everyone.
        identifiers: How people are identified.
    """
    namings = checked("catalogue", catalogue, Catalogue).namings
    some: st.SearchStrategy[Any] = st.sampled_from(["x", 1]) | _IDENTIFIERS
    ids = drawn_or("identifiers", identifiers, some)
    people = st.dictionaries(
        st.sampled_from(sorted({naming.person for naming in namings}) or [""]),
        st.lists(ids, max_size=3),
    )
    kinds = st.sampled_from([Subjects.only, Subjects.everyone_except])
    chosen = st.builds(lambda kind, who: kind(**who), kinds, people)
    return st.just(Subjects.everyone()) | chosen if namings else st.just(Subjects())


@st.composite
def _requests(
    draw: Draw, catalogue: Catalogue, apps: st.SearchStrategy[str]
) -> AccessRequest:
    keys = tuple(catalogue.scopes)
    required = draw(st.sets(st.sampled_from(keys), max_size=3))
    free = [key for key in keys if key not in catalogue.expand(required)]
    few = 0 if required else 1
    optional = draw(_some_of(free, min_size=few, max_size=4))
    given = draw(st.dictionaries(_drawn_from({*required, *optional}), _TEXTS))
    purpose = draw(st.just("To be tested") | _WORDS)
    app, terms_ = draw(apps), draw(st.just(Terms()) | terms())
    return AccessRequest(app, purpose, required, optional, given, terms_)


def _drawn_from(keys: Iterable[str]) -> st.SearchStrategy[str]:
    return st.sampled_from(sorted(keys))


def _some_of(
    keys: Iterable[str], *, min_size: int = 0, max_size: int | None = None
) -> st.SearchStrategy[set[str]]:
    found = sorted(keys)
    if not found:
        return st.just(set())
    return st.sets(st.sampled_from(found), min_size=min_size, max_size=max_size)


def requests(
    catalogue: Catalogue, *, apps: st.SearchStrategy[str] | None = None
) -> st.SearchStrategy[AccessRequest]:
    """Return requests that can be published on a catalogue.

    Args:
        catalogue: The catalogue; it has at least one scope.
        apps: The apps that ask.
    """
    asking = drawn_or("apps", apps, st.sampled_from(APPS))
    return _requests(checked("catalogue", catalogue, Catalogue), asking)


def presentations(
    catalogue: Catalogue,
    *,
    requests: st.SearchStrategy[AccessRequest] | None = None,
    connections: st.SearchStrategy[Connection] | None = None,
) -> st.SearchStrategy[Presentation]:
    """Return presentations of requests, to a school that has no grant yet.

    Presentations of a grant, to amend it, are in `histories`.

    Args:
        catalogue: The catalogue.
        requests: What is asked; by default whatever can be published on it.
        connections: The school's connection.
    """
    return st.builds(
        present,
        st.just(checked("catalogue", catalogue, Catalogue)),
        drawn_or("connections", connections, _CONNECTIONS),
        drawn_or("requests", requests, _requests(catalogue, st.sampled_from(APPS))),
        st.integers(1, 9),
        two_people=st.none() | st.sampled_from(Sensitivity),
    )


_CONNECTIONS = connections()


def choices(
    shown: Presentation,
    *,
    subjects: st.SearchStrategy[Subjects] | None = None,
    expiries: st.SearchStrategy[datetime | None] | None = None,
) -> st.SearchStrategy[Choice]:
    """Return choices of a school besides yes or no.

    Args:
        shown: What it is shown; only what that offers is ticked.
        subjects: Whom it covers; by default everyone.
        expiries: When it ends, after `NOON`; by default now and then.
    """
    later = instants(min_value=NOON + timedelta(seconds=1))
    return st.builds(
        Choice,
        _some_of(checked("shown", shown, Presentation).offered),
        drawn_or("subjects", subjects, st.just(Subjects())),
        drawn_or("expiries", expiries, st.none() | later),
    )


def decisions(
    shown: Presentation, *, actors: st.SearchStrategy[Actor] | None = None
) -> st.SearchStrategy[Decision]:
    """Return decisions that somebody may take at `NOON` on what was shown.

    Args:
        shown: What the school is shown.
        actors: Who decides.
    """
    offered = checked("shown", shown, Presentation).offered
    deciding = drawn_or("actors", actors, _ACTORS)
    return st.builds(decision_on, st.just(shown), _some_of(offered), deciding)


_ACTORS = actors()


@st.composite
def _proposals(draw: Draw, shown: Presentation) -> Proposal:
    decision, days = draw(decisions(shown)), draw(st.integers(1, 60))
    choice = evolve(draw(choices(shown)), ticked=decision.ticked)
    return Proposal(shown.app, decision, choice, decision.at + timedelta(days=days))


def proposals(shown: Presentation) -> st.SearchStrategy[Proposal]:
    """Return proposals of the first of two people on what was shown."""
    return _proposals(checked("shown", shown, Presentation))
