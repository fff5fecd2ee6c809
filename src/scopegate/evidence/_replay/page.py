"""Whether a page is one that the school could have been shown."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from attrs import evolve, fields

from ...catalogue.catalogue import Catalogue
from ...consent.connection import Connection
from ...consent.events import Presented
from ...consent.lifecycle import REQUEST, RequestStatus
from ...consent.present import present, present_amendment, reminder_of
from ...consent.presentation import (
    DecisionKind,
    Mark,
    Presentation,
    PresentedField,
    PresentedScope,
    every_field,
)
from ...consent.request import AccessRequest
from ...consent.state import GrantRevision
from ...errors import InvalidRequestError, UnknownScopeError
from ...ledgers.base import app_stream
from .past import Past, Problems, published

_LANGUAGE = fields(Presentation).language.default
UNWRITTEN = "what was over by then is not written before it"


def presented(past: Past, event: Presented) -> Problems:
    """Yield the reasons why the register cannot have recorded that a page was shown."""
    page, consent = event.presentation, past.state.consent(event.presentation.app)
    is_amendment = page.asking is DecisionKind.AMENDMENT
    before = consent.amending if is_amendment else consent.shown
    waits = is_amendment or not REQUEST.is_final(consent.status)
    if any(past.unwritten(page.app, event.at)):
        yield UNWRITTEN
    if waits and before is not None and before.digest == page.digest:
        yield "that page waited already"
    if is_amendment and event.lapses_at is not None:
        yield "a grant that is shown does not lapse"
    if past.is_of_now and before is not None and page.is_older_than(before):
        yield "the school was shown a newer version of the catalogue before"
    if past.is_of_now and consent.proposal and not is_amendment:
        yield "the first person's yes to the page before is not ended by an event"
    yield from page_problems(past, page, event.at)


def page_problems(past: Past, page: Presentation, at: datetime) -> Problems:
    """Yield the reasons why the school cannot have been shown *page* at *at*."""
    connection = past.state.connection
    if connection is None:
        yield "the school was not connected"
        return
    rule, held = past.state.rule, past.in_force(page.app, at)
    named = page.school, page.school_name, page.mis
    if named != (connection.school, connection.name, connection.mis):
        yield "the page names another school or MIS than is connected"
    if page.two_people != (rule and rule.sensitivity):
        yield "the page has another rule of two people than the school"
    if page.grant != (held and reminder_of(held.grant)):
        yield "the page reminds of another grant than the one in force"
    if problem := _problem(past, page, connection, held):
        yield problem


def _problem(
    past: Past, page: Presentation, connection: Connection, held: GrantRevision | None
) -> str | None:
    """Return the first thing wrong with what a page says, or None."""
    if page.language != _LANGUAGE or not _is_whole(page):
        return "the parts of the page do not fit together"
    if not _is_marked(page, held):
        return "the page marks something other than the grant in force permits"
    if problem := _asking_problem(past, page, held):
        return problem
    if not _is_of_its_catalogue(past, page, connection, held):
        return "the page is not what its catalogue makes of the request"
    return None


def _asking_problem(
    past: Past, page: Presentation, held: GrantRevision | None
) -> str | None:
    if page.asking is DecisionKind.REQUEST:
        return _request_problem(past, page, held)
    if held is None or held.shown is None:
        return "there was no grant to amend"
    if not _is_amendment_of(page, held.shown, held):
        return "the page is not that of the grant in force"
    return None


# What fits together in any page


def _every_scope(page: Presentation) -> tuple[PresentedScope, ...]:
    return (*page.required, *page.optional)


def _every_field(page: Presentation) -> Iterator[PresentedField]:
    return every_field(_every_scope(page), page.joint)


def _is_whole(page: Presentation) -> bool:
    """Tell whether scopes, fields and sensitivities fit, whatever the catalogue."""
    scopes = _every_scope(page)
    keys = Counter(scope.key for scope in scopes)
    brought = {key for scope in scopes for key in (scope.key, *scope.includes)}
    return (
        keys.total() == len(keys)
        and all(map(_is_scope_whole, scopes))
        and all(brought.issuperset(rule.scopes) for rule in page.joint)
        and all(f.scopes == rule.scopes for rule in page.joint for f in rule.fields)
    )


def _is_scope_whole(scope: PresentedScope) -> bool:
    brought = {scope.key, *scope.includes}
    heaviest = max((f.sensitivity.rank for f in scope.fields), default=0)
    return (
        len(brought) == 1 + len(scope.includes)
        and scope.sensitivity.rank >= heaviest
        and all(f.scopes and brought.issuperset(f.scopes) for f in scope.fields)
    )


def _is_marked(page: Presentation, held: GrantRevision | None) -> bool:
    """Tell whether the marks are those of the grant in force, and what is dropped."""
    if held is None:
        scopes, fields_ = _every_scope(page), _every_field(page)
        marks = {*(s.mark for s in scopes), *(f.mark for f in fields_)}
        return not page.dropped and marks <= {None}
    shown = {field.path for field in _every_field(page)}
    dropped = tuple(
        (path, pin.sensitivity, pin.scopes, None)
        for path, pin in held.grant.pins.items()
        if path not in shown
    )
    return (
        all(s.mark is _mark(s.key in held.grant.scopes) for s in _every_scope(page))
        and all(_is_field_marked(page, held, field) for field in _every_field(page))
        and dropped
        == tuple((f.path, f.sensitivity, f.scopes, f.mark) for f in page.dropped)
    )


def _mark(is_authorised: bool) -> Mark:  # noqa: FBT001 - one question
    return Mark.AUTHORISED if is_authorised else Mark.NEW


def _is_field_marked(
    page: Presentation, held: GrantRevision, field: PresentedField
) -> bool:
    """Tell whether a field is marked as authorised only where it flows."""
    flows = field.path in held.grant.fields - held.stopped
    if field.mark is Mark.AUTHORISED:
        pinned = held.grant.pins.get(field.path)
        return (
            flows
            and pinned is not None
            and field.sensitivity.rank <= pinned.sensitivity.rank
        )
    is_same = held.shown and held.shown.catalogue_digest == page.catalogue_digest
    return field.mark is Mark.NEW and not (flows and is_same)


# What was asked


def _request_problem(
    past: Past, page: Presentation, held: GrantRevision | None
) -> str | None:
    consent = past.state.consent(page.app)
    if not _is_published(past, page):
        return "the page asks for something other than its app has published"
    if consent.shown and consent.shown.request_version > page.request_version:
        return "the school was shown a later request before"
    is_final = consent.status is RequestStatus.AUTHORISED
    if is_final and held and _is_answered(page, held):
        return "the grant in force answers that request already"
    return None


def _is_published(past: Past, page: Presentation) -> bool:
    try:
        fact = published(_asked_by(page), page.request_version)
    except InvalidRequestError:
        return False
    return not past.others.deny(app_stream(page.app), fact)


def _asked_by(page: Presentation) -> AccessRequest:
    """Return the request that a page is of.

    Raises:
        InvalidRequestError: There can be no such request.
    """
    reasons = {scope.key: scope.reason for scope in _every_scope(page)}
    required, offered = page.required_scopes, page.offered
    return AccessRequest(page.app, page.purpose, required, offered, reasons, page.terms)


def _is_answered(page: Presentation, held: GrantRevision) -> bool:
    """Tell whether the page asks what the grant answers, and all of that still flows."""
    fields = _every_field(page)
    return (
        held.grant.request_version == page.request_version
        and held.shown is not None
        and held.grant.catalogue == page.catalogue.rpartition(" ")[0]
        and not held.stopped
        and not page.dropped
        and all(f.mark is Mark.AUTHORISED for f in fields if f.path in held.grant.pins)
    )


# What may be amended


def _is_amendment_of(
    page: Presentation, before: Presentation, held: GrantRevision
) -> bool:
    """Tell whether a page shows a grant as it was shown when it was authorised.

    Scopes that are authorised keep what they are, with no field more; of the others
    only the reason stays.
    """
    kept = before.required_scopes | held.grant.ticked
    known = {scope.key: scope for scope in _every_scope(before)}
    offered = [scope.key for scope in page.optional]
    return (
        _said(page) == _said(before)
        and [s.key for s in page.required] == [s.key for s in before.required]
        and offered == [s.key for s in before.optional if s.key in offered]
        and held.grant.ticked <= page.offered
        and page.catalogue.rpartition(" ")[0] == held.grant.catalogue
        and all(
            _is_kept(scope, known[scope.key])
            if scope.key in kept
            else scope.reason == known[scope.key].reason
            for scope in _every_scope(page)
        )
    )


def _said(page: Presentation) -> tuple[object, ...]:
    return page.app, page.request_version, page.purpose, page.terms


def _is_kept(scope: PresentedScope, before: PresentedScope) -> bool:
    left = {field.path for field in scope.fields}
    kept = tuple(
        evolve(field, mark=Mark.AUTHORISED)
        for field in before.fields
        if field.path in left
    )
    return scope == evolve(before, fields=kept, mark=Mark.AUTHORISED)


def _is_of_its_catalogue(
    past: Past, page: Presentation, connection: Connection, held: GrantRevision | None
) -> bool:
    """Tell whether the register makes that very page, as far as anyone can tell."""
    catalogue = past.others.catalogue(page)
    if catalogue is None:
        return True
    try:
        return page == _made_again(catalogue, connection, page, held)
    except UnknownScopeError:
        return False


def _made_again(
    catalogue: Catalogue,
    connection: Connection,
    page: Presentation,
    held: GrantRevision | None,
) -> Presentation:
    shown = held.shown if held and page.asking is DecisionKind.AMENDMENT else None
    if held and shown:
        return present_amendment(
            catalogue, connection, shown, held, two_people=page.two_people
        )
    return present(
        catalogue,
        connection,
        _asked_by(page),
        page.request_version,
        held=held,
        two_people=page.two_people,
    )
