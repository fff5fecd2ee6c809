"""`Answers`: how a school answered each scope of one app, and what flows of it now.

Made of the permit, so that what the pages say cannot drift from what flows.
"""

from collections.abc import Mapping
from enum import StrEnum
from functools import cached_property

from attrs import frozen

from ..catalogue.field import Sensitivity
from ..consent.grant import Pin
from ..consent.lifecycle import RequestStatus
from ..consent.standing import connection_of, live_revision
from ..consent.state import GrantRevision
from ..policy.decide import permit
from ..policy.permit import Permit, Standing
from ..policy.reason import Permitted, Withheld
from ..register.case import Case


class Answer(StrEnum):
    """What a school has decided on a scope for an app, as it holds now."""

    GRANTED = "granted"
    REFUSED = "refused"
    PENDING = "pending"
    STOPPED = "stopped"
    NONE = "none"


@frozen
class Answers:
    """The answers of one school to one app at the instant of a case.

    Attributes:
        case: The app's case at the school.
    """

    case: Case

    @cached_property
    def permit(self) -> Permit:
        """What may flow to the app now."""
        case = self.case
        return permit(
            case.catalogue,
            case.state,
            school=case.school,
            app=case.app,
            now=case.now,
            request=case.published.asked,
        )

    @cached_property
    def live(self) -> GrantRevision | None:
        """The grant revision by which something may flow now, or None."""
        case = self.case
        return live_revision(case.state, school=case.school, app=case.app, now=case.now)

    @cached_property
    def latest(self) -> GrantRevision | None:
        """The newest grant revision of this very school and app, or None."""
        found, case = self.case.consent.latest, self.case
        if found and (found.grant.school, found.grant.app) == (case.school, case.app):
            return found
        return None

    @cached_property
    def asked(self) -> tuple[str, ...]:
        """The scopes the app asks for now, with what they include; in order.

        Those that the catalogue does not have are left out.
        """
        request = self.case.published.asked
        return self._expanded(request.scopes if request else frozenset())

    @cached_property
    def scopes(self) -> tuple[str, ...]:
        """Every scope there is an answer on, in the catalogue's order.

        Authorised ones that the catalogue no longer has come last.
        """
        keys = (*self.case.catalogue.scopes, *sorted(self._held))
        known = dict.fromkeys(keys)
        return tuple(key for key in known if self.answer(key) is not Answer.NONE)

    def of(self, answer: Answer) -> tuple[str, ...]:
        """Return the scopes of one answer, in the order of `scopes`."""
        return tuple(key for key in self.scopes if self.answer(key) is answer)

    def answer(self, key: str) -> Answer:
        """Return the school's answer on a scope; unknown ones have no answer.

        A public scope needs no decision, and counts as granted over a connection.
        """
        if key in self._granted:
            return Answer.GRANTED
        if key in self._held:
            return Answer.STOPPED
        if key in self._refused:
            return Answer.REFUSED
        return Answer.PENDING if key in self.asked else Answer.NONE

    def standing(self, key: str) -> Standing:
        """Return the fields of a scope that may flow, by whatever scope they do.

        For a scope that the catalogue no longer has, those that were authorised.
        """
        if key in self.case.catalogue.scopes:
            return self.permit.standing(key)
        whys = {path: self.permit.why(path) for path in self._pins(key)}
        return Standing(
            tuple(path for path, why in whys.items() if isinstance(why, Permitted)),
            {p: why.reason for p, why in whys.items() if isinstance(why, Withheld)},
        )

    def sensitivities(self, key: str) -> frozenset[Sensitivity]:
        """Return the sensitivity, when authorised, of the fields of a scope."""
        return frozenset(pin.sensitivity for pin in self._pins(key).values())

    def _pins(self, key: str) -> Mapping[str, Pin]:
        """Return the fields of a scope in the newest grant."""
        pins = self.latest.grant.pins if self.latest else {}
        return {path: pin for path, pin in pins.items() if key in pin.scopes}

    @cached_property
    def _held(self) -> frozenset[str]:
        """The scopes of the newest grant, whatever became of it."""
        return frozenset(self.latest.grant.scopes if self.latest else ())

    @cached_property
    def _granted(self) -> frozenset[str]:
        case = self.case
        if connection_of(case.state, case.school) is None:
            return frozenset()
        return case.catalogue.public_scopes | (self._held if self.live else set())

    @cached_property
    def _refused(self) -> frozenset[str]:
        """What the school was shown last and did not authorise, as the permit says."""
        shown = self.case.consent.shown
        if shown is None:
            return frozenset()
        answered: Mapping[RequestStatus, frozenset[str]] = {
            RequestStatus.AUTHORISED: shown.offered,
            RequestStatus.DECLINED: shown.offered | shown.required_scopes,
        }
        found = answered.get(self.case.consent.status, frozenset())
        return frozenset(self._expanded(found))

    def _expanded(self, scopes: frozenset[str]) -> tuple[str, ...]:
        known = scopes & self.case.catalogue.scopes.keys()
        return self.case.catalogue.expand(known)
