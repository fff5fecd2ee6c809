"""`AppDashboard`: the state of an app at each school, as its vendor may see it."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Self

from attrs import field, frozen

from .._base.local_time import LocalTime
from .._base.values import texts
from ..arguments import made
from ..catalogue.catalogue import Catalogue
from ..consent.standing import connection_of
from ..consent.state import Published, SchoolState
from ..consent.subjects import Coverage
from ..register.case import Case
from .answers import Answer, Answers
from .situation import Situation, Tone, situation_of
from .words import name_of, opened

_COVERS: Mapping[Coverage, str] = {
    Coverage.EVERYONE: "Everyone",
    Coverage.EXCEPT: "Everyone except some people",
    Coverage.ONLY: "Only some people",
}
"""Whom a grant covers, in words that neither name nor count anybody."""


@made
@frozen
class AtSchool:
    """The state of an app at one school, in words.

    Attributes:
        school: The school's key.
        name: Its name, or its key where it has none.
        situation: The app's situation, as the app may know it.
        since: The instant at which its newest grant was authorised, or ended if it has
            ended; empty where there was none.
        expires: When the grant in force ends; empty where it does not, or there is
            none.
        granted: The titles of the scopes that are authorised, public ones too.
        refused: Of those that the school was shown, the ones it left out.
        pending: Of those asked for, the ones not decided yet.
        stopped: Of those that were authorised, the ones that no longer are.
        covers: Whom the grant in force covers; empty without one.
        grant: The id of the grant in force; empty without one.
        revision: Its revision, or 0.
    """

    school: str
    name: str
    situation: Situation
    since: str
    expires: str
    granted: tuple[str, ...] = field(converter=texts)
    refused: tuple[str, ...] = field(converter=texts)
    pending: tuple[str, ...] = field(converter=texts)
    stopped: tuple[str, ...] = field(converter=texts)
    covers: str
    grant: str
    revision: int

    @property
    def label(self) -> str:
        """The situation in a word or two, for a tag."""
        awaits = self.situation is Situation.AWAITING
        return "Waiting for the school" if awaits else self.situation.label

    @property
    def tone(self) -> Tone:
        """What it means for the flow of data."""
        return self.situation.tone

    @property
    def sentence(self) -> str:
        """What it means for the app."""
        return _SENTENCES[self.situation]

    @classmethod
    def of(cls, case: Case) -> Self:
        """Return the line of an app at one school, in words."""
        answers = Answers(case)
        grant = answers.live.grant if answers.live else None
        expires_at, times = grant and grant.expires_at, LocalTime.of(case.state.zone)
        return cls(
            school=case.school,
            name=_name(case),
            situation=situation_of(case).for_app,
            since=_since(answers, times),
            expires=opened(times.end(expires_at)) if expires_at else "",
            granted=_titles(answers, Answer.GRANTED),
            refused=_titles(answers, Answer.REFUSED),
            pending=_titles(answers, Answer.PENDING),
            stopped=_titles(answers, Answer.STOPPED),
            covers=_COVERS[grant.subjects.coverage] if grant else "",
            grant=grant.id if grant else "",
            revision=grant.revision if grant else 0,
        )


_NOTHING = "Only public data about the school may be read."
_SENTENCES: Mapping[Situation, str] = {
    Situation.CLOSED: "The school has closed, so nothing can be read.",
    Situation.PAUSED: f"The school has paused the app. {_NOTHING}",
    Situation.NOT_CONNECTED: "The school has no verified connection to its MIS,"
    " so nothing can be read.",
    Situation.NOT_ASKED: f"The app asks for no data. {_NOTHING}",
    Situation.NEW: f"The school has not been shown what the app asks for. {_NOTHING}",
    Situation.AWAITING: f"The school has not decided. {_NOTHING}",
    Situation.AWAITING_SECOND: "One person at the school has authorised it, and the"
    " school wants two.",
    Situation.AUTHORISED: "What the school authorised can be read.",
    Situation.CHANGED: "Some of what was authorised has come to mean more, and cannot"
    " be read until the school decides again.",
    Situation.IDENTIFIERS_CHANGED: "The school has listed people by identifiers of"
    " another MIS. What names people cannot be read until it lists them again.",
    Situation.MORE_ASKED: "What the school authorised can be read as before; it has"
    " not decided on what the app asks for now.",
    Situation.DECLINED: f"The school declined. {_NOTHING}",
    Situation.LAPSED: f"The school did not decide in time. {_NOTHING}",
    Situation.CANCELLED: f"The app has cancelled its request. {_NOTHING}",
    Situation.REVOKED: f"The school revoked it. {_NOTHING}",
    Situation.RELINQUISHED: f"The app has given back what was authorised. {_NOTHING}",
    Situation.EXPIRED: f"The time for which it was authorised is over. {_NOTHING}",
    Situation.INVALIDATED: "Everything that was authorised has come to mean more."
    f" {_NOTHING}",
}


@made
@frozen
class AppDashboard:
    """The state of an app at every school that its vendor may know of.

    Attributes:
        app: The app.
        version: The number of its newest request, 0 if it has published none.
        purpose: What that asks for, or empty.
        is_cancelled: Whether it has taken that back.
        schools: A line for each school, by name.
    """

    app: str
    version: int
    purpose: str
    is_cancelled: bool
    schools: tuple[AtSchool, ...] = field(converter=tuple[AtSchool, ...])

    @classmethod
    def of(
        cls,
        catalogue: Catalogue,
        app: str,
        published: Published,
        states: Mapping[str, SchoolState],
        now: datetime,
    ) -> Self:
        """Return the dashboard of one app.

        A school is on it that has been shown something of the app, or is connected
        while the app asks. Nothing of other apps is in it, nor whom a school left out.

        Args:
            catalogue: The catalogue in force.
            app: The app.
            published: What it asks for.
            states: What the ledger says of each school, by its key.
            now: An aware instant.
        """
        cases = (
            Case(catalogue, state, published, school, app, now)
            for school, state in states.items()
        )
        lines = [AtSchool.of(case) for case in cases if _is_known(case)]
        return cls(
            app=app,
            version=published.version,
            purpose=published.request.purpose if published.request else "",
            is_cancelled=published.is_cancelled,
            schools=sorted(lines, key=lambda line: (line.name.casefold(), line.school)),
        )

    @property
    def counts(self) -> Mapping[Situation, int]:
        """How many schools there are of each situation that occurs, in their order."""
        found = Counter(line.situation for line in self.schools)
        return {
            situation: found[situation] for situation in Situation if found[situation]
        }


def _is_known(case: Case) -> bool:
    """Tell whether an app's vendor may know of the school."""
    if case.app in case.state.consents:
        return True
    connection = connection_of(case.state, case.school)
    return connection is not None and case.published.asked is not None


def _name(case: Case) -> str:
    """Return a school's name while it is connected; otherwise its key."""
    is_connected = connection_of(case.state, case.school) is not None
    return name_of(case.school, case.state) if is_connected else case.school


def _since(answers: Answers, times: LocalTime) -> str:
    latest = answers.latest
    if latest is None:
        return ""
    grant, expired = latest.grant, latest.grant.is_expired(answers.case.now)
    ended = latest.ended_at or (grant.expires_at if expired else None)
    return times.instant(ended or grant.authorised_at)


def _titles(answers: Answers, answer: Answer) -> tuple[str, ...]:
    known = answers.case.catalogue.scopes
    keys = answers.of(answer)
    return tuple((known[k].title if k in known else "") or k for k in keys)
