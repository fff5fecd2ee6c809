"""`RequestPage` and `ChangesPage`: what a school reads before it decides.

What is decided on is the `Presentation`, and every word about it is taken from
there: the digest covers it. What is shown next to it (the connection, the preview, what
an MIS account lacks) is help, and no one decides on it.
"""

from collections.abc import Iterable
from datetime import datetime

from attrs import field, frozen

from .._base.local_time import LocalTime
from .._base.values import names
from ..arguments import made
from ..catalogue.catalogue import Catalogue
from ..consent.connection import Connection
from ..consent.decision import Proposal
from ..consent.mis_account import MisAccount
from ..consent.presentation import DecisionKind, Mark, Presentation, every_field
from ..consent.request import AccessRequest, Terms
from ..consent.standing import connection_of
from ..consent.subjects import Coverage
from ..evidence.receipt_facts import people_in_words
from ..register.case import Case
from .ending import Ending, school_year_end
from .preview import Preview, preview_of
from .scopes import (
    SENSITIVITY_WORDS,
    FieldGroup,
    JointView,
    ScopeView,
    grouped,
    scope_views,
    titles_of,
)
from .situation import Situation, situation_of
from .words import counted, opened, person, until_in_words

NOT_STATED = "The app does not say"
PEOPLE = {
    Coverage.EVERYONE: "Everyone",
    Coverage.EXCEPT: "Everyone but those the school left out",
    Coverage.ONLY: "Only those the school listed",
}
"""Whom a grant covers, in words that name no one."""


@made
@frozen
class Lacking:
    """A scope that the MIS account cannot serve, and what it lacks for it."""

    scope: str
    permissions: tuple[str, ...]


@made
@frozen
class Waiting:
    """What the first of two people authorised, and until when a second may.

    Attributes:
        by: Who it was.
        at: When.
        until: Until when a second person may authorise the same.
        ticked: The boxes they ticked.
        people: Whom it would cover; names no one.
        ends: When the grant would end.
    """

    by: str
    at: str
    until: str
    ticked: frozenset[str]
    people: str
    ends: str

    @classmethod
    def of(cls, proposal: Proposal, times: LocalTime) -> "Waiting":
        """Return a proposal, in words and in the time of the school."""
        decision, choice = proposal.decision, proposal.choice
        return cls(
            by=person(decision.actor),
            at=times.instant(decision.at),
            until=times.instant(proposal.lapses_at),
            ticked=decision.ticked,
            people=opened(people_in_words(choice.subjects)),
            ends=until_in_words(choice.expires_at, times),
        )


@made
@frozen
class RequestPage:
    """What a school is shown of a Data Access Request, with the boxes as ticked.

    Attributes:
        shown: What is decided on; every word about it comes from there.
        situation: The app's situation at the school.
        ticked: The boxes ticked so far; none of its own accord.
        ending: The last day as written so far.
        year_ends: The last day of this school year, in words.
        connection: The connection, in words.
        lacking: What the MIS account lacks for what is asked.
        unchecked: Why what is asked is not checked against what the account may do,
            or empty.
        lapses: Until when the school may decide, or empty.
        waiting: What the first of two people authorised of this very page.
        preview: One made-up record, before and after; None if no field is asked.
        zone: The time zone of the page, by its name in the tz database.
    """

    shown: Presentation = field(repr=False)
    situation: Situation
    ticked: frozenset[str] = field(converter=names)
    ending: Ending
    year_ends: str
    connection: str
    lacking: tuple[Lacking, ...] = field(converter=tuple[Lacking, ...])
    unchecked: str
    lapses: str
    waiting: Waiting | None
    preview: Preview | None = field(repr=False)
    zone: str

    @property
    def title(self) -> str:
        """What the page is called."""
        return f"{self.shown.app} asks {self.school} for data"

    @property
    def school(self) -> str:
        """The school, by its name or its key."""
        return self.shown.school_name or self.shown.school

    @property
    def required(self) -> tuple[ScopeView, ...]:
        """What comes with any authorisation."""
        return scope_views(self.shown.required)

    @property
    def optional(self) -> tuple[ScopeView, ...]:
        """What may be ticked."""
        shown = self.shown
        return scope_views(shown.optional, self.ticked, above=shown.required)

    @property
    def joint(self) -> tuple[JointView, ...]:
        """What flows only with several scopes together."""
        titles = titles_of((*self.shown.required, *self.shown.optional))
        return tuple(JointView.of(rule, titles) for rule in self.shown.joint)

    @property
    def summary(self) -> str:
        """How much is asked, in a sentence."""
        shown = self.shown
        paths = {
            leaf.path
            for leaf in every_field((*shown.required, *shown.optional), shown.joint)
        }
        required = counted(len(shown.required), "required scope")
        optional = counted(len(shown.optional), "optional scope")
        return f"{required} and {optional}, {counted(len(paths), 'field')} in all"

    @property
    def until_then(self) -> str:
        """What flows until somebody decides, in a sentence."""
        return "Nothing of this flows unless you authorise it."

    @property
    def two_people(self) -> str:
        """From which sensitivity on two people must authorise, or empty."""
        least = self.shown.two_people
        return SENSITIVITY_WORDS[least].lower() if least else ""

    @property
    def needs_second(self) -> bool:
        """Whether what is ticked, with what is required, needs two people."""
        least = self.shown.two_people
        held = self.shown.sensitivities(self.ticked)
        return least is not None and any(s.rank >= least.rank for s in held)

    @property
    def terms(self) -> tuple[tuple[str, str], ...]:
        """The terms, each with what it is called."""
        return terms_in_words(self.shown.terms)


@made
@frozen
class ChangesPage(RequestPage):
    """What a school is shown that has authorised the app already.

    The app asks for something else (a new version of its request), or the school
    changes what it authorised (an amendment).
    """

    @property
    def title(self) -> str:
        """What the page is called."""
        if self.is_amendment:
            return f"Change what {self.shown.app} may have"
        return f"{self.shown.app} asks {self.school} for something else"

    @property
    def until_then(self) -> str:
        """What flows until somebody decides, in a sentence."""
        if self.situation.is_stopped:
            return "What was authorised stays as it is until you decide."
        return "What was authorised goes on unchanged until you decide."

    @property
    def is_amendment(self) -> bool:
        """Whether it is the grant that is changed, not a request that is answered."""
        return self.shown.asking is DecisionKind.AMENDMENT

    @property
    def reminder(self) -> tuple[tuple[str, str], ...]:
        """The present grant: what it is, whom it covers, until when."""
        grant = self.shown.grant
        if grant is None:
            return ()
        ends = datetime.fromisoformat(grant.expires_at) if grant.expires_at else None
        return (
            ("Grant", f"{grant.id}, revision {grant.revision}"),
            ("People", PEOPLE[grant.coverage]),
            ("Until", until_in_words(ends, LocalTime.of(self.zone))),
        )

    @property
    def new(self) -> tuple[str, ...]:
        """The titles of the scopes that are not authorised at present."""
        scopes = (*self.shown.required, *self.shown.optional)
        return tuple(s.title or s.key for s in scopes if s.mark is Mark.NEW)

    @property
    def goes(self) -> tuple[FieldGroup, ...]:
        """What flows at present and is no longer offered."""
        return grouped(self.shown.dropped)


def terms_in_words(terms: Terms) -> tuple[tuple[str, str], ...]:
    """Return the terms an app states, each with what it is called."""
    return (
        ("How long the app keeps it", terms.retention or NOT_STATED),
        ("Lawful basis", terms.lawful_basis or NOT_STATED),
        ("Whom to ask", terms.contact or NOT_STATED),
    )


def page_of(
    case: Case, shown: Presentation, ticked: Iterable[str], last_day: str = ""
) -> RequestPage:
    """Return the page of *shown*, with the boxes that are *ticked* and offered.

    Args:
        case: The app's case at the school.
        shown: What is shown of it.
        ticked: The boxes ticked; those that are not offered are ignored.
        last_day: The last day of the grant, as somebody wrote it, or empty.
    """
    kind = RequestPage if shown.grant is None else ChangesPage
    chosen = names(ticked) & shown.offered
    connection = connection_of(case.state, case.school)
    proposal = case.consent.proposal_on(shown.digest, case.now)
    account = _account(case.catalogue, connection, shown)
    lapses = case.consent.lapses_at if case.consent.shown == shown else None
    times = LocalTime.of(case.state.zone)
    return kind(
        shown=shown,
        situation=situation_of(case),
        ticked=chosen,
        ending=Ending.read(last_day, case.now, case.state.zone),
        year_ends=school_year_end(case.now, case.state.zone),
        connection=connection_words(connection),
        lacking=lacking_of(account, case.catalogue),
        unchecked=account.unchecked if account else "",
        lapses=times.instant(lapses) if lapses else "",
        waiting=Waiting.of(proposal, times) if proposal else None,
        preview=preview_of(
            case.catalogue,
            connection,
            shown,
            chosen,
            now=case.now,
            held=case.consent.latest if case.grant else None,
        ),
        zone=times.zone,
    )


def connection_words(connection: Connection | None) -> str:
    """Return a connection in words."""
    if connection is None:
        return "Not connected: nothing flows"
    verified = LocalTime.of(connection.zone).instant(connection.verified_at)
    return f"Connected to {connection.mis}, verified {verified}"


def _account(
    catalogue: Catalogue, connection: Connection | None, shown: Presentation
) -> MisAccount | None:
    """Return the MIS account next to what is shown; None without a connection."""
    if connection is None:
        return None
    known = catalogue.scopes.keys()  # a grant may have one that is not there any more
    asked = AccessRequest(
        shown.app,
        required=shown.required_scopes & known,
        optional=shown.offered & known,
    )
    return MisAccount.for_request(
        catalogue, connection.mis, asked, held=connection.permissions
    )


def lacking_of(account: MisAccount | None, catalogue: Catalogue) -> tuple[Lacking, ...]:
    """Return the scopes that an account cannot serve, by title, with what it lacks."""
    missing = account.missing if account else None
    titles = {key: scope.title for key, scope in catalogue.scopes.items()}
    return tuple(
        Lacking(titles.get(key) or key, tuple(sorted(lacked)))
        for key, lacked in (missing or {}).items()
    )
