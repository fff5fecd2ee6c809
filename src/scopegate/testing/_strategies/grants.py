"""Hypothesis strategies for grants, and for the permits that follow from them."""

from collections.abc import Sequence
from datetime import datetime

from hypothesis import strategies as st

from ...catalogue.catalogue import Catalogue
from ...consent.connection import Connection
from ...consent.decision import Actor
from ...consent.events import Authorised, Connected, Event, Revoked
from ...consent.fold import fold_school
from ...consent.grant import Grant
from ...consent.presentation import Presentation
from ...consent.subjects import Subjects
from ...policy.decide import permit
from ...policy.permit import Permit
from ..permits import HEAD, NOON, decision_on
from .arguments import checked, drawn_or
from .catalogues import Draw
from .values import (
    actors,
    choices,
    connections,
    instants,
    presentations as all_presentations,
    requests,
    subjects as all_subjects,
)


@st.composite
def _grants(
    draw: Draw,
    catalogue: Catalogue,
    shown: st.SearchStrategy[Presentation],
    covered: st.SearchStrategy[Subjects],
    expiries: st.SearchStrategy[datetime | None] | None,
) -> Grant:
    page: Presentation = draw(shown)
    choice = draw(choices(page, subjects=covered, expiries=expiries))
    return Grant.of(
        catalogue,
        page,
        choice,
        id=draw(st.sampled_from(["grant-1", "grant-2"])),
        revision=draw(st.integers(1, 3)),
        decisions=[decision_on(page, choice.ticked, who) for who in draw(_deciders())],
    )


@st.composite
def _deciders(draw: Draw) -> Sequence[Actor]:
    """Draw one person, or two that are not the same."""
    first, second = draw(actors()), draw(st.none() | actors())
    return (
        [first] if second is None or second.is_same_person(first) else [first, second]
    )


def grants(
    catalogue: Catalogue,
    *,
    presentations: st.SearchStrategy[Presentation] | None = None,
    subjects: st.SearchStrategy[Subjects] | None = None,
    expiries: st.SearchStrategy[datetime | None] | None = None,
) -> st.SearchStrategy[Grant]:
    """Return grants that a school may have authorised at `NOON`.

    Grants that were amended, which rest on more than one day, are in `histories`.

    Args:
        catalogue: The catalogue.
        presentations: What the school was shown, made of that catalogue.
        subjects: Whom it covers; by default anyone the catalogue can identify.
        expiries: When it ends, after `NOON`; by default now and then.
    """
    shown = drawn_or("presentations", presentations, all_presentations(catalogue))
    covered = drawn_or("subjects", subjects, all_subjects(catalogue))
    return _grants(catalogue, shown, covered, expiries)


all_grants = grants


@st.composite
def _permits(
    draw: Draw, catalogue: Catalogue, granted: st.SearchStrategy[Grant]
) -> Permit:
    grant: Grant = draw(granted)
    linked: Connection = draw(connections(schools=st.just(grant.school)))
    revoked = Revoked(grant.app, grant.id, grant.revision, HEAD, "", "", NOON)
    events: list[Event] = [Authorised(grant, NOON), Connected(linked, NOON), revoked]
    happened = draw(st.sampled_from([2, 2, 2, 3, 1]))
    return permit(
        catalogue,
        fold_school(events[:happened]),
        school=grant.school,
        app=grant.app,
        now=draw(st.just(NOON) | instants()),
        request=draw(st.none() | requests(catalogue, apps=st.just(grant.app))),
    )


def permits(
    catalogue: Catalogue, *, grants: st.SearchStrategy[Grant] | None = None
) -> st.SearchStrategy[Permit]:
    """Return permits, decided at `NOON` or later.

    Mostly by a grant that holds; now and then it has expired or was revoked, or
    the school is not connected, and then there may be nothing that flows.

    Args:
        catalogue: The catalogue.
        grants: What was authorised, on that catalogue.
    """
    checked("catalogue", catalogue, Catalogue)
    return _permits(catalogue, drawn_or("grants", grants, all_grants(catalogue)))
