"""The pages on which something is decided, and what is done with a posted form.

Each step is an address with the ticks in it, so that going back, opening it again
and a second window need nothing kept here. Only the last step writes.
"""

import re
from collections.abc import Iterable

from attrs import evolve, frozen

from ..consent.decision import Decision, Proposal
from ..consent.events import Declined, Presented
from ..consent.grant import Grant
from ..consent.lifecycle import GrantStatus
from ..consent.presentation import DecisionKind
from ..errors import (
    ClosedSchoolError,
    DecisionError,
    NoAuthorityError,
    NoGrantError,
    NotConnectedError,
    SecondPersonError,
    SourceError,
    StaleGrantError,
)
from ..pages.request import RequestPage
from ..pages.school import AppCard
from ..pages.stops import stop_of_app
from .addresses import unspelt, with_query
from .messages import Answered
from .serving import Parts, Serving

METHOD = "the consent page"
REQUEST, GRANT = "request", "grant"
AUTHORISE, DECLINE = "authorise", "decline"
LAST_DAY = "until"
FROM = "from"


@frozen
class Subject:
    """What a page is about: an app at a school, and whether its request or grant.

    Attributes:
        school: The school.
        app: The app.
        part: `request`, or `grant` to change that.
    """

    school: str
    app: str
    part: str

    @classmethod
    def of(cls, parts: Parts) -> "Subject":
        """Return the subject of an address."""
        return cls(parts["school"], parts["app"], parts.get("part", REQUEST))

    @property
    def of_grant(self) -> "Subject":
        """The same, to change its grant."""
        return evolve(self, part=GRANT)

    @property
    def is_grant(self) -> bool:
        """Whether it is the grant that is to change."""
        return self.part == GRANT


# Reading


def show(serving: Serving, parts: Parts) -> Answered:
    """Answer with the page on which the boxes are ticked."""
    subject = Subject.of(parts)
    try:
        page = _begun(serving, subject, _as_ticked(serving, subject))
    except (ClosedSchoolError, NotConnectedError):
        return _stopped(serving, subject)
    if page.shown.asking is DecisionKind.AMENDMENT and not subject.is_grant:
        return serving.see(serving.at.app(subject.school, subject.app, GRANT))
    return _request(serving, subject, page)


def check(serving: Serving, parts: Parts) -> Answered:
    """Answer with the page that sums up what is about to be decided."""
    subject, asked = Subject.of(parts), serving.asked
    page = _now(serving, subject)
    if page is None or _is_decided(serving, subject, page):
        return _decided(serving, subject)
    if page.shown.digest != asked.first("shown"):
        return _stale(serving, subject)
    answer = DECLINE if asked.first("answer") == DECLINE else AUTHORISE
    if _is_wrong(page, answer):
        return _request(serving, subject, page, 422)
    return serving.page(
        "check.html",
        page=page,
        subject=subject,
        answer=answer,
        again=serving.desk.again(page.shown),
    )


def _stopped(serving: Serving, subject: Subject) -> Answered:
    """Answer that nothing can be decided on while no data can be asked for."""
    card = serving.desk.card(subject.school, subject.app)
    title, link = "This cannot be decided now", serving.at.school(subject.school)
    return serving.message(409, title, card.situation.sentence, link)


def _begun(serving: Serving, subject: Subject, page: RequestPage) -> RequestPage:
    """Return a page that was not touched yet, filled in as a closed school had it.

    The address names that school; without one no box is ticked.
    """
    school = unspelt(serving.asked.first(FROM))
    if subject.is_grant or serving.asked.first("shown") or not school:
        return page
    for again in serving.desk.again(page.shown):
        if again.before.school == school:
            return serving.desk.page(page.shown, again.ticked, again.last_day)
    return page


def _as_ticked(serving: Serving, subject: Subject) -> RequestPage:
    """Return the page as it is now, with the ticks and the last day asked for."""
    return _page(serving, subject, _ticked(serving, subject))


def _page(serving: Serving, subject: Subject, ticked: Iterable[str]) -> RequestPage:
    make = serving.desk.grant if subject.is_grant else serving.desk.request
    return make(subject.school, subject.app, ticked, serving.asked.first(LAST_DAY))


def _ticked(serving: Serving, subject: Subject) -> Iterable[str]:
    """Return the boxes to tick: until the page is touched, as the grant has them."""
    if not subject.is_grant or serving.asked.first("shown"):
        return serving.asked.all("tick")
    grant = serving.desk.case(subject.school, subject.app).grant
    return grant.ticked if grant else ()


def _now(serving: Serving, subject: Subject) -> RequestPage | None:
    """Return the page as it would be now, or None with nothing to decide on."""
    try:
        return _page(serving, subject, serving.asked.all("tick"))
    except DecisionError:
        return None


def _is_decided(serving: Serving, subject: Subject, page: RequestPage) -> bool:
    """Tell whether what is asked has had its answer since it was shown."""
    if subject.is_grant:
        return False
    is_answered = page.shown.asking is DecisionKind.AMENDMENT
    return is_answered or not serving.desk.case(subject.school, subject.app).waits


def _request(
    serving: Serving,
    subject: Subject,
    page: RequestPage,
    status: int = 200,
    *,
    notice: str = "",
    gone: tuple[str, ...] = (),
) -> Answered:
    case = serving.desk.case(subject.school, subject.app)
    return serving.page(
        "request.html",
        status,
        page=page,
        subject=subject,
        notice=notice,
        gone=gone,
        again=serving.desk.again(page.shown),
        pause=stop_of_app(case),
        is_open=page.shown.asking is DecisionKind.AMENDMENT or case.waits,
        may_decide=serving.visitor.may_decide(subject.school),
    )


def ask(serving: Serving, parts: Parts) -> Answered:
    """Put what the app asks before the school again, and answer with its page."""
    subject = Subject.of(parts)
    actor = serving.visitor.actor
    serving.desk.register.ask(school=subject.school, app=subject.app, actor=actor)
    return serving.see(serving.at.app(subject.school, subject.app, REQUEST))


def _is_wrong(page: RequestPage, answer: str) -> bool:
    """Tell whether a page is filled in so that no one can say yes to it."""
    return answer == AUTHORISE and bool(page.ending.problem)


# Deciding


def decide(serving: Serving, parts: Parts) -> Answered:
    """Do what was posted, once; or say kindly why not, and keep the ticks."""
    subject, answer = Subject.of(parts), parts["answer"]
    if done := _done_before(serving, subject, answer):
        return done
    found = _decide(serving, subject, answer)
    if found.status == 409:  # perhaps since the same form came in twice at once
        return _done_before(serving, subject, answer) or found
    return found


def _decide(serving: Serving, subject: Subject, answer: str) -> Answered:
    page = _now(serving, subject)
    if page is None or _is_decided(serving, subject, page):
        return _decided(serving, subject)
    if page.shown.digest != serving.asked.first("shown"):
        return _stale(serving, subject)
    if _is_wrong(page, answer):
        return _request(serving, subject, page, 422)
    act = _decline if answer == DECLINE else _authorise
    try:
        return act(serving, subject, page)
    except SecondPersonError as error:
        return _second(serving, subject, page, error)
    except NoAuthorityError:
        return no_authority(serving)
    except DecisionError:  # somebody was quicker, between the look and the decision
        return _decided(serving, subject)


def _authorise(serving: Serving, subject: Subject, page: RequestPage) -> Answered:
    register = serving.desk.register
    case = serving.desk.case(subject.school, subject.app)
    first = case.consent.proposal_on(page.shown.digest, case.now)
    say_yes = register.amend if subject.is_grant else register.authorise
    made = say_yes(
        page.shown,
        actor=serving.visitor.actor,
        optional=page.ticked,
        # Whom it covers and until when is shown to the second person, not asked again.
        subjects=first.choice.subjects if first else None,
        expires_at=first.choice.expires_at if first else page.ending.expires_at,
        method=METHOD,
    )
    return _after_yes(serving, subject, made, _done(subject))


def _after_yes(
    serving: Serving, subject: Subject, made: Grant | Proposal, done: str
) -> Answered:
    if isinstance(made, Grant):
        return _to_receipt(serving, made, done)
    return _to_app(serving, subject, "proposed")


def _done(subject: Subject) -> str:
    """Return the name of what a yes has done, for the page after it."""
    return "amended" if subject.is_grant else "authorised"


def _decline(serving: Serving, subject: Subject, page: RequestPage) -> Answered:
    reason = one_line(serving.asked.first("reason"))
    serving.desk.register.decline(
        page.shown, actor=serving.visitor.actor, reason=reason, method=METHOD
    )
    return _to_app(serving, subject, "declined")


LONGEST_REASON = 300
"""How many characters of a reason are put on record; a page takes no more."""


def one_line(text: str) -> str:
    """Return a text as one line, without characters that it must not hold."""
    words = "".join(c if c.isprintable() else " " for c in text).split()
    return " ".join(words)[:LONGEST_REASON]


def _to_receipt(serving: Serving, grant: Grant, done: str) -> Answered:
    address = serving.at.receipt(grant.school, grant.id, grant.revision)
    return serving.see(with_query(address, ("done", done)))


def _to_app(serving: Serving, subject: Subject, done: str) -> Answered:
    address = serving.at.app(subject.school, subject.app)
    return serving.see(with_query(address, ("done", done)))


# What was done already, or cannot be done


def _done_before(serving: Serving, subject: Subject, answer: str) -> Answered | None:
    """Return the answer to a decision that this very person has taken already.

    A form that is sent twice, by two clicks or by opening the answer again, is one
    decision.
    """
    consent = serving.desk.case(subject.school, subject.app).consent
    if answer == DECLINE:
        is_done = _is_declined(serving, subject)
        return _to_app(serving, subject, "declined") if is_done else None
    if consent.current is not None and _is_same(serving, consent.current.decision):
        return _to_receipt(serving, consent.current, _done(subject))
    for proposal in (consent.proposal, consent.amendment):
        if proposal is not None and _is_same(serving, proposal.decision):
            return _to_app(serving, subject, "proposed")
    return None


def _is_same(serving: Serving, decision: Decision) -> bool:
    asked, actor = serving.asked, serving.visitor.actor
    return (
        decision.presentation == asked.first("shown")
        and decision.ticked == frozenset(asked.all("tick"))
        and decision.actor.is_same_person(actor)
    )


def _is_declined(serving: Serving, subject: Subject) -> bool:
    """Tell whether this very person has declined this very page, and that stands."""
    for event in reversed(serving.desk.events(subject.school)):
        if isinstance(event, Presented) and event.presentation.app == subject.app:
            return False
        if isinstance(event, Declined) and event.app == subject.app:
            by, digest = event.decision.actor, event.decision.presentation
            is_mine = by.is_same_person(serving.visitor.actor)
            return is_mine and digest == serving.asked.first("shown")
    return False


def _stale(serving: Serving, subject: Subject) -> Answered:
    """Answer with the page as it is now, the boxes ticked that are offered still."""
    page = _as_ticked(serving, subject)
    ticked = frozenset(serving.asked.all("tick"))
    gone = tuple(sorted(ticked - page.shown.offered))
    return _request(serving, subject, page, 409, notice=STALE, gone=gone)


STALE = (
    "What is asked has changed since you opened this page, so nothing was decided."
    " Your ticks are kept. Read what is asked now, and decide again."
)


def _decided(serving: Serving, subject: Subject) -> Answered:
    """Answer that there is nothing to decide any more, and what became of it."""
    lines = serving.desk.history(subject.school, subject.app)
    last = next((line for line in lines if not line.is_showing), None)
    happened = ""
    if last is not None:
        by = f" by {last.by}" if last.by else ""
        happened = f" The last that happened: {last.what}{by}, {last.at}."
    card = serving.desk.card(subject.school, subject.app)
    return serving.message(
        409,
        "There is nothing to decide here any more",
        f"Nothing was decided by you just now.{happened} {card.situation.sentence}",
        serving.at.app(subject.school, subject.app),
    )


def _second(
    serving: Serving, subject: Subject, page: RequestPage, error: SecondPersonError
) -> Answered:
    waiting = page.waiting
    notice = f"Nothing was decided: {error.problem}."
    chosen = waiting.ticked if waiting else page.ticked
    again = serving.desk.page(page.shown, chosen)
    return _request(serving, subject, again, 409, notice=notice)


def no_authority(serving: Serving) -> Answered:
    """Answer that this person has no authority to decide for the school."""
    name = serving.visitor.actor.name
    text = f"{name} cannot decide for this school. Ask somebody who can."
    return serving.message(403, "You cannot decide this", text)


# The people it covers


def check_people(serving: Serving, parts: Parts) -> Answered:
    """Look up in the MIS the people whom a grant lists, where the host has given one."""
    subject, mis_of = Subject.of(parts), serving.mis_of
    if mis_of is None:
        return serving.not_found()
    try:
        serving.desk.register.check_people(
            school=subject.school,
            app=subject.app,
            adapter=mis_of(subject.school),
            actor=serving.visitor.actor,
        )
    except NoAuthorityError:
        return no_authority(serving)
    except SourceError as error:
        text = f"{error}. Nothing was changed. Try again later."
        back = serving.at.app(subject.school, subject.app)
        return serving.message(502, "The MIS cannot be read", text, back)
    return _to_app(serving, subject, "people")


# Ending and narrowing


def ask_revoke(serving: Serving, parts: Parts) -> Answered:
    """Answer with what revoking does and does not do, before it is done."""
    subject = Subject.of(parts)
    card = serving.desk.card(subject.school, subject.app)
    if not card.has_grant:
        return _decided(serving, subject)
    return _revoking(serving, subject, card)


def _revoking(
    serving: Serving,
    subject: Subject,
    card: AppCard,
    status: int = 200,
    *,
    notice: str = "",
) -> Answered:
    name = serving.desk.name(subject.school)
    return serving.page(
        "revoke.html",
        status,
        card=card,
        subject=subject,
        school_name=name,
        notice=notice,
    )


def revoke(serving: Serving, parts: Parts) -> Answered:
    """Revoke the grant that was shown, once."""
    subject = Subject.of(parts)
    grant, revision = _of_form(serving)
    try:
        serving.desk.register.revoke(
            school=subject.school,
            app=subject.app,
            actor=serving.visitor.actor,
            reason=one_line(serving.asked.first("reason")),
            method=METHOD,
            grant=grant,
            revision=revision,
        )
    except NoAuthorityError:
        return no_authority(serving)
    except StaleGrantError:
        card = serving.desk.card(subject.school, subject.app)
        return _revoking(serving, subject, card, 409, notice=STALE_GRANT)
    except NoGrantError:
        if not _is_revoked(serving, subject):
            return _decided(serving, subject)
    return _to_app(serving, subject, "revoked")


def _of_form(serving: Serving) -> tuple[str, int]:
    """Return the grant and the revision that a form was made for."""
    name, revision = (serving.asked.first(part) for part in ("grant", "revision"))
    grant = unspelt(name) or ""
    return grant, int(revision) if re.fullmatch("[0-9]{1,9}", revision) else 0


def _is_revoked(serving: Serving, subject: Subject) -> bool:
    """Tell whether this very person has revoked the grant of this very form."""
    latest = serving.desk.case(subject.school, subject.app).consent.latest
    return (
        latest is not None
        and latest.status is GrantStatus.REVOKED
        and (latest.grant.id, latest.grant.revision) == _of_form(serving)
        and latest.ended_by is not None
        and latest.ended_by.is_same_person(serving.visitor.actor)
    )


STALE_GRANT = (
    "What is authorised has changed since you opened this page, so nothing was done."
    " Read what is authorised now, and decide again."
)


def narrow(serving: Serving, parts: Parts) -> Answered:
    """Untick the scopes that were posted, and leave all else as the grant has it."""
    subject = Subject.of(parts)
    if done := _narrowed(serving, subject):
        return done
    try:
        found = _narrow(serving, subject)
    except NoAuthorityError:
        return no_authority(serving)
    except DecisionError:  # perhaps since the same form came in twice at once
        found = None
    return found or _narrowed(serving, subject) or _decided(serving, subject)


def _narrow(serving: Serving, subject: Subject) -> Answered | None:
    desk, unticked = serving.desk, frozenset(serving.asked.all("untick"))
    page = desk.grant(subject.school, subject.app, None)
    if not unticked & page.ticked:
        return None
    held = page.shown.grant
    if held is None or (held.id, held.revision) != _of_form(serving):
        return _request(serving, subject.of_grant, page, 409, notice=STALE_GRANT)
    made = desk.register.amend(
        page.shown,
        actor=serving.visitor.actor,
        optional=page.ticked - unticked,
        method=METHOD,
    )
    return _after_yes(serving, subject, made, "amended")


def _narrowed(serving: Serving, subject: Subject) -> Answered | None:
    """Return the receipt of a grant in which none of the posted scopes is ticked."""
    held = serving.desk.case(subject.school, subject.app).grant
    if held is None or held.ticked & frozenset(serving.asked.all("untick")):
        return None
    return _to_receipt(serving, held, "amended")
