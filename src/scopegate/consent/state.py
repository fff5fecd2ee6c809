"""`SchoolState`: what is known of one school; `Consent`: of one app at it.

Values only; `fold_school` makes them of what the ledger holds.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from attrs import Factory, evolve, field, frozen
from attrs.converters import optional

from .._base.frozen import FrozenMapping
from .._base.local_time import LONDON
from .._base.values import aware
from ..arguments import made
from ..catalogue.catalogue import Catalogue
from .connection import Connection, Issuer
from .decision import Actor, Proposal, TwoPersonRule
from .events import PeopleChecked
from .grant import Grant
from .lifecycle import GRANT, REQUEST, GrantStatus, RequestStatus
from .presentation import Presentation
from .request import AccessRequest


@made
@frozen
class Published:
    """An app's newest request, and how many it has published.

    Attributes:
        request: The newest, or None when there is none.
        version: Its number, counted from 1; 0 when there is none.
        is_cancelled: Whether the app has taken it back.
    """

    request: AccessRequest | None = None
    version: int = 0
    is_cancelled: bool = False

    @property
    def asked(self) -> AccessRequest | None:
        """What the app asks for now: nothing when it has taken that back."""
        return None if self.is_cancelled else self.request


@made
@frozen
class Stop:
    """A stop by the school: who decided it, why and when.

    Attributes:
        actor: Who.
        reason: Why, or empty.
        at: When; aware.
        successor: The school that follows, where this one has closed and named one.
        holds: Whether only an actor with authority lifts it.
    """

    actor: Actor
    reason: str
    at: datetime = field(converter=aware)
    successor: str = ""
    holds: bool = True


@made
@frozen
class GrantRevision:
    """One revision of a grant, and how it ended if it did.

    Attributes:
        grant: What was authorised.
        page: What the school was shown last before it was authorised.
        status: Its state.
        ended_at: When it ended, or None.
        ended_by: Who ended it, or None.
        stopped: Those of its fields that were invalidated.
        issuer: Who issued the identifiers of the people it lists.
        checked: What the MIS last knew of the people it lists; None if it was not asked.
    """

    grant: Grant
    page: Presentation | None = None
    status: GrantStatus = GrantStatus.AUTHORISED
    ended_at: datetime | None = field(converter=optional(aware), default=None)
    ended_by: Actor | None = None
    stopped: frozenset[str] = frozenset()
    issuer: Issuer = ()
    checked: PeopleChecked | None = None

    @property
    def shown(self) -> Presentation | None:
        """What the school was shown and decided on, where the ledger has it."""
        digest = self.grant.decision.presentation
        return self.page if self.page and self.page.digest == digest else None

    def changed_fields(self, catalogue: Catalogue) -> frozenset[str]:
        """Return its fields that mean, or weigh, more by now than was authorised."""
        return frozenset(
            path
            for path in self.grant.fields & catalogue.fields.keys()
            if path in self.stopped or self.grant.has_changed(path, catalogue)
        )

    def live_fields(self, catalogue: Catalogue) -> frozenset[str]:
        """Return its fields that still mean what was authorised."""
        known = self.grant.fields & catalogue.fields.keys()
        return known - self.changed_fields(catalogue)

    def end(self, move: str, at: datetime, by: Actor | None) -> "GrantRevision":
        """Return this revision ended; one that has ended stays as it is."""
        status = GRANT.after(self.status, move)
        if status is None:
            return self
        return evolve(self, status=status, ended_at=at, ended_by=by)

    def stop(self, fields: Iterable[str], at: datetime) -> "GrantRevision":
        """Return this revision without *fields*; ended when none are left.

        One that has ended stays as it is.
        """
        if GRANT.after(self.status, "invalidate") is None:
            return self
        stopped = self.stopped.union(fields) & self.grant.fields
        narrowed = evolve(self, stopped=stopped)
        if stopped == self.grant.fields:
            return narrowed.end("invalidate", at, None)
        return narrowed


@made
@frozen
class Consent:
    """What one school has been shown of one app, and what it decided.

    Attributes:
        app: The app.
        shown: What of a request the school was shown last.
        lapses_at: Until when it may decide on that, or None for ever.
        status: What became of that.
        proposal: What the first of two people authorised of it, if that waits.
        amending: What the school was shown last to amend its grant.
        amendment: What the first of two people would have amended, if that waits.
        revisions: Every grant revision, the oldest first.
    """

    app: str
    shown: Presentation | None = None
    lapses_at: datetime | None = field(converter=optional(aware), default=None)
    status: RequestStatus = RequestStatus.DRAFT
    proposal: Proposal | None = None
    amending: Presentation | None = None
    amendment: Proposal | None = None
    revisions: tuple[GrantRevision, ...] = ()

    @property
    def latest(self) -> GrantRevision | None:
        """The newest grant revision, whatever became of it."""
        return self.revisions[-1] if self.revisions else None

    @property
    def current(self) -> Grant | None:
        """The grant that is authorised, expired or not; None if there is none."""
        latest = self.latest
        if latest is None or latest.status is not GrantStatus.AUTHORISED:
            return None
        return latest.grant

    @property
    def is_waiting(self) -> bool:
        """Whether what was shown waits for a decision, as far as the ledger says."""
        return not REQUEST.is_final(self.status) and self.shown is not None

    def status_at(self, now: datetime, published: Published) -> RequestStatus:
        """Return the status of the request at *now*, before that is written down."""
        if self.is_waiting and published.is_cancelled:
            return RequestStatus.CANCELLED
        if self.is_waiting and self.has_lapsed(now):
            return RequestStatus.LAPSED
        if self.proposal is not None and self.proposal.has_lapsed(now):
            return RequestStatus.LAPSED
        return self.status

    def has_lapsed(self, now: datetime) -> bool:
        """Tell whether *now* is too late to decide on what was shown."""
        return self.lapses_at is not None and aware(now) >= self.lapses_at

    def proposal_on(self, digest: str, now: datetime) -> Proposal | None:
        """Return the proposal on page *digest* that a second person can complete."""
        for proposal in (self.proposal, self.amendment):
            if proposal and proposal.decision.presentation == digest:
                return None if proposal.has_lapsed(now) else proposal
        return None

    def asks_for_more(self, published: Published) -> bool:
        """Tell whether the app asks for something other than its grant answers."""
        return (
            self.current is not None
            and published.asked is not None
            and published.version != self.current.request_version
        )

    def moved(self, move: str) -> "Consent":
        """Return this consent with its request moved; illegal moves change nothing."""
        status = REQUEST.after(self.status, move)
        if status is None:
            return self
        proposal = self.proposal if move == "propose" else None
        return evolve(self, status=status, proposal=proposal)


@made
@frozen
class SchoolState:
    """All that is known of one school: its connection and its consents by app.

    Attributes:
        connection: The verified connection, or None.
        consents: What was decided, by app.
        rule: Whether two people must authorise, and what.
        lifted: Rules that were weakened or ended, each with who did that: they still
            hold for that person, who could otherwise do alone what takes two.
        stopped: The school's own stop of the connection, until it is lifted.
        closed: The end of the school itself, which is final.
        pauses: The school's pauses by app; that of all apps has an empty name.
        zone: The time zone of the school, even while it has no connection, by its name
            in the tz database.
        last_connection: The newest connection, even after it was stopped.
    """

    connection: Connection | None = None
    consents: Mapping[str, Consent] = field(
        converter=FrozenMapping[str, Consent], factory=dict
    )
    rule: TwoPersonRule | None = None
    lifted: tuple[tuple[TwoPersonRule, Actor], ...] = ()
    stopped: Stop | None = None
    closed: Stop | None = None
    pauses: Mapping[str, Stop] = field(converter=FrozenMapping[str, Stop], factory=dict)
    zone: str = LONDON
    last_connection: Connection | None = Factory(
        lambda state: state.connection, takes_self=True
    )

    def pause_of(self, app: str) -> Stop | None:
        """Return the pause by which *app* gets nothing granted, or None."""
        return self.pauses.get("") or self.pauses.get(app)

    def rules_for(self, actor: Actor) -> tuple[TwoPersonRule, ...]:
        """Return the two-person rules that hold for what *actor* authorises."""
        own = (rule for rule, by in self.lifted if by.is_same_person(actor))
        return (*([self.rule] if self.rule else ()), *own)

    def with_rule(self, rule: TwoPersonRule | None, actor: Actor) -> "SchoolState":
        """Return this state under *rule*, which *actor* has set, or ended."""
        known = self.lifted
        if self.rule is not None:
            known = (*known, (self.rule, actor))
        lifted = tuple(
            (old, by) for old, by in known if rule is None or rule.is_weaker_than(old)
        )
        return evolve(self, rule=rule, lifted=lifted)

    def consent(self, app: str) -> Consent:
        """Return the school's consent on *app*, which may be empty yet."""
        return self.consents.get(app, Consent(app))

    def with_consent(self, consent: Consent) -> "SchoolState":
        """Return this state with *consent* in its app's place."""
        return evolve(self, consents={**self.consents, consent.app: consent})
