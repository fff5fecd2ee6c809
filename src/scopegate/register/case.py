"""`Case`: one app at one school, what has ended there, and what to show."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from attrs import evolve, field, frozen

from .._base.values import aware
from ..catalogue.catalogue import Catalogue
from ..catalogue.field import Sensitivity
from ..consent.connection import Issuer
from ..consent.decision import Actor
from ..consent.events import (
    Event,
    Invalidated,
    Presented,
)
from ..consent.fold import fold_school
from ..consent.grant import Grant
from ..consent.lifecycle import REQUEST, RequestStatus
from ..consent.overdue import dropped_by, overdue
from ..consent.present import present, present_amendment
from ..consent.presentation import DecisionKind, Presentation
from ..consent.state import Consent, GrantRevision, Published, SchoolState
from ..errors import (
    ClosedSchoolError,
    NoGrantError,
    NotAwaitingError,
    NotConnectedError,
    NotPublishedError,
    OlderCatalogueError,
    OtherCatalogueError,
    StaleGrantError,
    StalePresentationError,
)


@frozen
class Case:
    """One app's case at one school, with everything a decision depends on.

    Attributes:
        catalogue: The catalogue in force.
        state: What the ledger says of the school.
        published: What the app asks for.
        school: The school.
        app: The app.
        now: The instant; aware.
    """

    catalogue: Catalogue
    state: SchoolState
    published: Published
    school: str
    app: str
    now: datetime = field(converter=aware)

    @property
    def consent(self) -> Consent:
        """What was decided so far."""
        return self.state.consent(self.app)

    @property
    def status(self) -> RequestStatus:
        """The status of the request now."""
        return self.consent.status_at(self.now, self.published)

    @property
    def grant(self) -> Grant | None:
        """The grant that is authorised and not expired, or None."""
        current = self.consent.current
        return None if current is None or current.is_expired(self.now) else current

    @property
    def issuer(self) -> Issuer:
        """Who issued the identifiers that the newest grant lists."""
        return self.consent.latest.issuer if self.consent.latest else ()

    @property
    def waits(self) -> bool:
        """Whether what the app asks may be decided on, and was not answered for good.

        An answer stands until somebody asks again, or the app asks something else.
        A grant whose fields have come to mean more asks for another answer, too.
        """
        shown = self.consent.shown
        if shown is None or shown.request_version != self.published.version:
            return True
        if self.status is RequestStatus.AUTHORISED:
            return self.grant is not None
        return not REQUEST.is_final(self.status)

    def after(self, events: Sequence[Event]) -> "Case":
        """Return the case as it is after *events* of its school."""
        return evolve(self, state=fold_school(events, self.state))

    def check_grant(self, grant: str | None, revision: int | None) -> None:
        """Raise unless the grant that a decision ends is the one it was taken on.

        Args:
            grant: The grant that was shown; None for whichever is in force.
            revision: The revision that was shown; None for whichever.

        Raises:
            StaleGrantError: Another grant, or revision, is in force.
        """
        current = self.consent.current
        if current is None:
            return  # what is missing is said where it is needed
        is_same = grant in (None, current.id) and revision in (None, current.revision)
        if not is_same:
            raise StaleGrantError(self.school, self.app, current.revision)

    def authorised_revision(self, verb: str) -> GrantRevision:
        """Return the revision to end, even where its time is over by this clock.

        By another clock it might not be, and what ends it must be written.

        Raises:
            NoGrantError: None is authorised.
        """
        latest = self.consent.latest
        if latest is None or self.consent.current is None:
            raise NoGrantError(self.school, self.app, verb)
        return latest

    def live_revision(self, verb: str) -> GrantRevision:
        """Return the revision to *verb*.

        Raises:
            NoGrantError: None is authorised.
        """
        latest = self.authorised_revision(verb)
        if latest.grant.is_expired(self.now):
            raise NoGrantError(self.school, self.app, verb)
        return latest

    # What time and others have ended, before it is written down

    def overdue(self) -> Iterator[Event]:
        """Yield the events that time or the app has caused, not written yet."""
        return overdue(self.consent, self.published, self.now)

    def ended(self) -> list[Event]:
        """Return everything that has ended, also by the catalogue, not written yet."""
        found = [*self.overdue(), *self.invalidated()]
        return [*self.dropped_by(found), *found]

    def dropped_by(self, new: Sequence[Event]) -> Iterator[Event]:
        """Yield the events that a first person's yes ends by *new*, unanswered."""
        return dropped_by(new, self.state, self.app, self.now)

    def invalidated(self) -> Iterator[Event]:
        """Yield the event that fields of the grant mean more than was authorised."""
        latest, grant = self.consent.latest, self.grant
        if latest is None or grant is None or grant.catalogue != self.catalogue.id:
            return  # another catalogue says nothing about this one's meanings
        changed = latest.changed_fields(self.catalogue) - latest.stopped
        fields = tuple(path for path in grant.pins if path in changed)
        version = self.catalogue.policy_version
        if fields:
            yield Invalidated(
                self.app, grant.id, grant.revision, fields, version, self.now
            )

    # What is shown

    def request(self) -> Presentation:
        """Return the presentation of the request as the school would be shown it now.

        Raises:
            NotConnectedError: The school has no verified connection.
            NotPublishedError: The app asks for nothing.
            UnknownScopeError: The catalogue lacks a scope of the request.
        """
        check_open(self.state, self.school, self.app)
        if self.state.connection is None:
            raise NotConnectedError(self.school, self.app)
        if self.published.asked is None:
            raise NotPublishedError(self.school, self.app)
        latest = self.consent.latest
        return present(
            self.catalogue,
            self.state.connection,
            self.published.asked,
            self.published.version,
            held=latest if self.grant else None,
            two_people=self._two_people,
        )

    def amendment(self) -> Presentation:
        """Return the presentation by which the school could amend its grant now.

        Raises:
            NotConnectedError: The school has no verified connection.
            NoGrantError: There is no authorised grant.
            OtherCatalogueError: The grant is of another catalogue, or the ledger does
                not have what was shown when it was authorised.
        """
        check_open(self.state, self.school, self.app)
        latest = self.live_revision("amend")
        if self.state.connection is None:
            raise NotConnectedError(self.school, self.app)
        if latest.grant.catalogue != self.catalogue.id or latest.shown is None:
            raise OtherCatalogueError(self.school, self.app)
        return present_amendment(
            self.catalogue,
            self.state.connection,
            latest.shown,
            latest,
            two_people=self._two_people,
        )

    @property
    def _two_people(self) -> Sensitivity | None:
        """From which sensitivity on a page says that two people must authorise."""
        return self.state.rule.sensitivity if self.state.rule else None

    def authorisable(self, shown: Presentation) -> Grant | None:
        """Return the present grant, if there is one, that *shown* would supersede.

        Raises:
            NotAwaitingError: It is a grant, which is amended.
        """
        if shown.asking is DecisionKind.AMENDMENT:
            advice = "what was shown is its grant; change that with `amend`"
            raise NotAwaitingError(self.school, self.app, self.status, advice)
        return self.grant

    def amendable(self, shown: Presentation) -> Grant:
        """Return the grant that *shown* is to change.

        Raises:
            NoGrantError: There is none, or *shown* is a request.
        """
        if shown.asking is not DecisionKind.AMENDMENT:
            raise NoGrantError(self.school, self.app, "amend in what was shown")
        return self.live_revision("amend").grant

    def to_show(self) -> Presentation:
        """Return the presentation for the school: what is asked, or what it has.

        A request that its grant answers already is shown as that grant, to amend;
        but as the request where fields have stopped for meaning something
        else, or where the grant cannot be amended.

        Raises:
            DecisionError: See `request` and `amendment`.
        """
        return self.amendment() if self._is_answered else self.request()

    @property
    def _is_answered(self) -> bool:
        latest, grant = self.consent.latest, self.grant
        return (
            latest is not None
            and grant is not None
            and self.status is RequestStatus.AUTHORISED
            and grant.request_version == self.published.version
            and latest.shown is not None
            and not latest.changed_fields(self.catalogue)
        )

    def showing(
        self, shown: Presentation, lapses_at: datetime | None, actor: Actor | None
    ) -> list[Event]:
        """Return the event that *shown* was shown to *actor*, unless that waits already.

        Raises:
            OlderCatalogueError: It is of an older catalogue than what was shown last.
        """
        consent = self.consent
        if shown.asking is DecisionKind.AMENDMENT:
            before, waits = consent.amending, True
        else:
            before, waits = consent.shown, not REQUEST.is_final(self.status)
        if waits and before is not None and before.digest == shown.digest:
            return []
        if before is not None and shown.is_older_than(before):
            raise OlderCatalogueError(
                self.school, self.app, before.catalogue, shown.catalogue
            )
        until = None if shown.asking is DecisionKind.AMENDMENT else lapses_at
        return [Presented(shown, until, self.now, actor)]

    def confirmed(self, shown: Presentation) -> Presentation:
        """Return the current presentation, if that is what was *shown*.

        Raises:
            NotAwaitingError: Nothing waits for a decision.
            StalePresentationError: It would be shown differently by now.
            DecisionError: See `request` and `amendment`.
        """
        is_amendment = shown.asking is DecisionKind.AMENDMENT
        current = self.amendment() if is_amendment else self.to_show()
        if current.digest != shown.digest:
            changes = shown.changes(current)
            raise StalePresentationError(
                self.school, self.app, changes, current=current
            )
        if not is_amendment and not self.waits:
            advice = "let somebody ask again with `ask`, and decide on that"
            raise NotAwaitingError(self.school, self.app, self.status, advice)
        return current


def check_open(state: SchoolState, school: str, app: str) -> None:
    """Raise if a school has closed.

    Raises:
        ClosedSchoolError: It has.
    """
    if state.closed:
        raise ClosedSchoolError(school, app, state.closed.successor)
