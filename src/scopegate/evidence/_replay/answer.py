"""Whether a yes or a no is one that the register could have taken."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from ...consent.connection import Issuer
from ...consent.decision import Choice, Decision
from ...consent.events import (
    Amended,
    Authorised,
    Decided,
    Declined,
    PeopleChecked,
    Proposed,
)
from ...consent.grant import Grant
from ...consent.lifecycle import REQUEST
from ...consent.presentation import Presentation
from ...consent.state import Consent
from ...consent.subjects import Subjects
from ...consent.two_people import permits_no_more, rule_covering, rule_for
from .page import UNWRITTEN, page_problems
from .past import Past, Problems

_SUFFICED = "one person sufficed"
_NOT_SHOWN = "what it was decided on is not what the school was shown"


def people_checked(past: Past, event: PeopleChecked) -> Problems:
    """Yield the reasons why the people of a grant cannot have been looked up."""
    held = past.in_force(event.app, event.at)
    named = event.grant, event.revision
    if held is None or named != (held.grant.id, held.grant.revision):
        yield "it checks the people of a grant that is not in force"
    elif not held.grant.subjects.people:
        yield "that grant lists no one"
    else:
        counts = event.found, event.alike, event.missing
        has_people = any(held.grant.subjects.people.values())
        if min(counts) < 0 or bool(sum(counts)) is not has_people:
            yield "it counts more people than there are, or fewer"
    if any(past.unwritten(event.app, event.at)):
        yield UNWRITTEN


def declined(past: Past, event: Declined) -> Problems:
    """Yield the reasons why the register cannot have recorded a no."""
    consent, decision = past.state.consent(event.app), event.decision
    page = _page(consent, decision)
    if page is None:
        yield _NOT_SHOWN
        return
    first = consent.proposal_on(page.digest, event.at)
    if page is consent.amending and first is None:
        yield "no one had proposed to amend the grant"
    if decision.ticked:
        yield "a no ticks nothing"
    yield from _decision_problems(past, page, decision, event.at)


def proposed(past: Past, event: Proposed) -> Problems:
    """Yield the reasons why the register cannot have taken the first of two people's yes."""
    first, decision = event.proposal, event.proposal.decision
    consent = past.state.consent(first.app)
    page = _page(consent, decision)
    if page is None:
        yield _NOT_SHOWN
        return
    waits = consent.amendment if page is consent.amending else consent.proposal
    if waits and (past.is_of_now or waits.decision.presentation == page.digest):
        yield "a first person's yes waited already"
    rule = rule_covering(past.state, page, decision.ticked, decision.actor)
    if rule is None:
        yield _SUFFICED
    elif first.lapses_at != event.at + timedelta(days=rule.days):
        yield "the second person has more time, or less, than the rule gives"
    if first.choice.ticked != decision.ticked:
        yield "its decision and its choice differ"
    yield from _grant_problems(past, page, event)
    yield from _choice_problems(past, first.app, first.choice, event.at)
    yield from _decision_problems(past, page, decision, event.at)


def authorised(past: Past, event: Decided) -> Problems:
    """Yield the reasons why the register cannot have made a grant, or its next revision."""
    grant, consent = event.grant, past.state.consent(event.grant.app)
    page = consent.shown if isinstance(event, Authorised) else consent.amending
    if page is None or page.digest != grant.decision.presentation:
        yield _NOT_SHOWN
        return
    held = past.in_force(grant.app, event.at)
    before = held.grant if held else None
    if not _follows(past, before, grant):
        yield "its revision does not follow from the events before it"
    if past.is_of_now and consent.amendment not in (
        None,
        consent.proposal_on(page.digest, event.at),
    ):
        yield "the first person's yes to another page is not ended by an event"
    amended = before if isinstance(event, Amended) else None
    if parts := ", ".join(_other_parts(past, page, grant, amended)):
        yield f"it covers something other than the school was shown: {parts}"
    yield from _choice_problems(past, grant.app, _choice(grant), event.at)
    yield from _people_problems(past, page, event)
    yield from _decision_problems(past, page, grant.decision, event.at)


def _page(consent: Consent, decision: Decision) -> Presentation | None:
    """Return the page that was decided on, if it is one of those shown last."""
    pages = (consent.shown, consent.amending)
    found = (p for p in pages if p and p.digest == decision.presentation)
    return next(found, None)


def _decision_problems(
    past: Past, page: Presentation, decision: Decision, at: datetime
) -> Problems:
    """Yield the problems of a decision on a page that was shown."""
    consent = past.state.consent(page.app)
    if page is consent.shown and REQUEST.is_final(consent.status):
        yield "nothing waited for a decision"
    if any(past.unwritten(page.app, at)):
        yield UNWRITTEN
    if decision.at != at:
        yield "it was decided at another instant"
    if not _is_on(page, decision):
        yield "its ticks or its terms are not those of the page"
    yield from page_problems(past, page, at)


def _is_on(page: Presentation, decision: Decision) -> bool:
    ticked, actor = decision.ticked, decision.actor
    made = Decision.on(
        page, ticked, actor=actor, method=decision.method, at=decision.at
    )
    return ticked <= page.offered and decision == made


# What was chosen


def _choice(grant: Grant) -> Choice:
    return Choice(grant.ticked, grant.subjects, grant.expires_at, grant.issuer)


def _choice_problems(past: Past, app: str, choice: Choice, at: datetime) -> Problems:
    if choice.expires_at is not None and choice.expires_at <= at:
        yield "it would have ended before it began"
    if choice.issuer not in _issuers(past, app, choice.subjects, at):
        yield "the people it lists are identified by another MIS than is connected"


def _issuers(
    past: Past, app: str, subjects: Subjects, at: datetime
) -> Iterator[Issuer]:
    """Yield the issuers that a choice may name; earlier releases named none."""
    if not past.is_of_now or not subjects.people:
        yield ()
    if subjects.people and past.state.connection:
        yield past.state.connection.issuer
    held = past.in_force(app, at)
    if subjects.people and held and held.grant.subjects == subjects:
        yield held.issuer


# What was made of it


def _follows(past: Past, before: Grant | None, grant: Grant) -> bool:
    """Tell whether *grant* is the next revision, or the first of a new grant."""
    if before is not None:
        return (grant.id, grant.revision) == (before.id, before.revision + 1)
    made = (event.grant.id for event in past.before if isinstance(event, Decided))
    return grant.revision == 1 and grant.id not in made


def _other_parts(
    past: Past, page: Presentation, grant: Grant, before: Grant | None
) -> Iterator[str]:
    """Yield in words the parts of a grant that the page cannot have led to."""
    versions = f"{grant.catalogue} {grant.catalogue_version}", grant.policy_version
    are_right = {
        "its scopes": grant.scopes == page.scopes_of(grant.ticked),
        "its fields": is_pinned_as(grant, page),
        "its catalogue": versions == (page.catalogue, page.policy_version),
        "its request": grant.request_version == page.request_version,
        "its row rules": _keeps(grant.rows, before.rows if before else (), most=1),
        "the places that say whose a record is": _keeps(
            grant.schools, before.schools if before else ()
        ),
        "the places that name people": _are_named(grant, before),
        "what its catalogue pins": _is_of_its_catalogue(past, page, grant, before),
    }
    return (part for part, is_right in are_right.items() if not is_right)


def _is_of_its_catalogue(
    past: Past, page: Presentation, grant: Grant, before: Grant | None
) -> bool:
    """Tell whether the register makes that very grant, as far as anyone can tell."""
    catalogue = past.others.catalogue(page)
    if catalogue is None:
        return True
    return grant == Grant.of(
        catalogue,
        page,
        _choice(grant),
        id=grant.id,
        revision=grant.revision,
        decisions=grant.decisions,
        before=before,
    )


def is_pinned_as(grant: Grant, page: Presentation) -> bool:
    """Tell whether *grant* pins exactly what its ticks meant on *page*."""
    pinned = {path: (pin.scopes, pin.sensitivity) for path, pin in grant.pins.items()}
    return pinned == page.fields_of(grant.ticked)


def _keeps(
    now: Sequence[object], before: Sequence[object], most: int | None = None
) -> bool:
    """Tell whether everything of before is there first, and at *most* so much more."""
    is_right = most is None or len(now) - len(before) <= most
    return bool(now) and is_right and tuple(now[: len(before)]) == tuple(before)


def _are_named(grant: Grant, before: Grant | None) -> bool:
    """Tell whether people whom a grant lists are of kinds that records name."""
    if grant.subjects == Subjects():
        return not grant.namings
    named = {naming.person for naming in grant.namings}
    kept = before.namings if before else ()
    is_kept = grant.namings[: len(kept)] == kept
    return is_kept and grant.subjects.people.keys() <= named


# Whether two people must


def _grant_problems(past: Past, page: Presentation, event: Proposed) -> Problems:
    """Yield the problems of what would be granted, if the catalogue is known."""
    catalogue, first = past.others.catalogue(page), event.proposal
    if catalogue is None:
        return
    held = past.in_force(first.app, event.at)
    is_amendment = page is past.state.consent(first.app).amending
    grant = Grant.of(
        catalogue,
        page,
        first.choice,
        id="",
        revision=1,
        decisions=[first.decision],
        before=held.grant if held and is_amendment else None,
    )
    if rule_for(past.state, page, grant, event.at) is None:
        yield _SUFFICED
    if not _are_named(grant, None):
        yield "it lists people of a kind that no record names"


def _people_problems(past: Past, page: Presentation, event: Decided) -> Problems:
    """Yield the problems of who decided: one person, or two where two must."""
    grant = event.grant
    rule = rule_for(past.state, page, grant, event.at)
    *firsts, last = grant.decisions
    if not firsts:
        if rule and not _sufficed(past, page, event):
            yield "one person decided, where two must"
        return
    waits = past.state.consent(grant.app).proposal_on(page.digest, event.at)
    if rule is None or len(firsts) > 1:
        yield "more people decided than must"
    if waits is None or firsts != [waits.decision] or _choice(grant) != waits.choice:
        yield "no first person's yes to the same waited"
    elif past.are_one(last.actor, waits.decision.actor):
        yield "the second person is the first"


def _sufficed(past: Past, page: Presentation, event: Decided) -> bool:
    """Tell whether earlier releases, which compared data alone, took one for enough."""
    return not past.is_of_now and permits_no_more(
        past.state, page, event.grant, event.at
    )
