"""`SchoolDashboard`: what a school sees at a glance: who gets what, and what waits."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from attrs import field, frozen

from .._base.local_time import LocalTime
from ..arguments import made
from ..catalogue.catalogue import Catalogue
from ..consent.disclosures import Usage
from ..consent.events import Event
from ..consent.mis_account import MisAccount
from ..consent.standing import connection_of
from ..consent.state import GrantRevision, SchoolState
from ..register.case import Case
from .answers import Answers
from .before import Before
from .grant import GrantView
from .history import HistoryLine, history_of
from .matrix import Matrix
from .request import Lacking, connection_words, lacking_of
from .scopes import SENSITIVITY_WORDS
from .situation import Action, Situation, Tone, situation_beneath, situation_of
from .stops import Deed, StopView, stop_of_app, stops_of
from .words import counted, name_of


@made
@frozen
class AppCard:
    """One app at a school: its situation, and what it may have.

    Attributes:
        app: The app.
        purpose: What it says it asks for, or did last.
        contact: Whom the app names to ask, or empty.
        situation: Its situation.
        action: The one thing to do next.
        besides: What else can be done while it is paused: what is next without that.
        leads_to_grant: Whether what is done about its data is done on its grant, and
            not on its request.
        pause: The school's pause of it, or of all apps, or None.
        asked: Which of its requests is the newest, in words.
        grant: Its newest grant, live or ended, or None.
    """

    app: str
    purpose: str
    contact: str
    situation: Situation
    action: Action
    besides: Action
    leads_to_grant: bool
    pause: StopView | None
    asked: str
    grant: GrantView | None

    @property
    def has_grant(self) -> bool:
        """Whether it has a grant in force, by which something may flow."""
        return self.grant is not None and self.grant.is_live

    @property
    def has_data(self) -> bool:
        """Whether something flows to it by a grant, as no stop is in the way."""
        return self.has_grant and not self.situation.is_stopped


@made
@frozen
class SchoolDashboard:
    """What a school authorised, for which apps, and what waits for it.

    Attributes:
        school: The school's key.
        name: Its name, or its key.
        connection: Its connection, in words.
        stops: The school's own stops of the whole, in words.
        deeds: What it can do to stop the flow of all.
        two_people: The school's own rule, in words, or empty.
        lacking: The authorised scopes that the MIS account cannot serve, and so do
            not flow whole.
        unneeded: The permissions that the account holds and nothing needs.
        unchecked: Why nothing is checked against what the account may do, or empty.
        cards: Its apps: those that wait first, then those that have something.
        before: What the closed schools had authorised that this one follows.
        matrix: Scopes by apps.
        history: What happened, the newest first.
        at: As of when, in words.
        zone: The time zone of the page, by its name in the tz database.
    """

    school: str
    name: str
    connection: str
    stops: tuple[StopView, ...] = field(converter=tuple[StopView, ...])
    deeds: tuple[Deed, ...] = field(converter=tuple[Deed, ...])
    two_people: str
    lacking: tuple[Lacking, ...]
    unneeded: tuple[str, ...]
    unchecked: str
    cards: tuple[AppCard, ...] = field(converter=tuple[AppCard, ...])
    before: tuple[Before, ...] = field(converter=tuple[Before, ...])
    matrix: Matrix = field(repr=False)
    history: tuple[HistoryLine, ...] = field(
        converter=tuple[HistoryLine, ...], repr=False
    )
    at: str
    zone: str

    @property
    def title(self) -> str:
        """What the page is called."""
        return f"{self.name}: who gets what"

    @property
    def waiting(self) -> tuple[AppCard, ...]:
        """The apps that wait for a decision."""
        return tuple(card for card in self.cards if card.situation.is_waiting)

    @property
    def authorised(self) -> tuple[AppCard, ...]:
        """The apps that receive something by a grant."""
        return tuple(card for card in self.cards if card.has_data)

    @property
    def others(self) -> tuple[AppCard, ...]:
        """The apps that receive nothing, and wait for no decision."""
        shown = {*self.waiting, *self.authorised}
        return tuple(card for card in self.cards if card not in shown)

    @property
    def to_authorise_again(self) -> tuple[Before, ...]:
        """What closed schools had authorised, and this one has yet to decide on."""
        asking = {card.app for card in self.cards}
        return tuple(b for b in self.before if b.waits and b.app in asking)

    @property
    def predecessors(self) -> tuple[str, ...]:
        """The names of the closed schools whose grants are in `before`, each once."""
        return tuple(dict.fromkeys(one.name for one in self.before))

    @property
    def summary(self) -> str:
        """The whole in a sentence."""
        apps = counted(len(self.authorised), "app")
        has = "has" if len(self.authorised) == 1 else "have"
        waits = counted(len(self.waiting), "decision")
        wait = "waits" if len(self.waiting) == 1 else "wait"
        return f"{apps} {has} data of this school, and {waits} {wait} for you."

    @classmethod
    def of(
        cls,
        catalogue: Catalogue,
        school: str,
        state: SchoolState,
        cases: Iterable[Case],
        usages: Mapping[str, Usage],
        events: Iterable[Event],
        account: MisAccount | None,
        now: datetime,
        before: Iterable[Before] = (),
    ) -> "SchoolDashboard":
        """Return the dashboard of one school.

        Args:
            catalogue: The catalogue in force.
            school: The school's key.
            state: What is known of it.
            cases: Its case of each app; there may be none.
            usages: What each app has read of it, by app.
            events: Its events, the oldest first.
            account: Its MIS account next to what is authorised; None without a
                connection.
            now: The instant; aware.
            before: What the closed schools had authorised that this one follows.
        """
        apps = [Answers(case) for case in sorted(cases, key=_by_urgency)]
        connection = connection_of(state, school)
        least = state.rule.sensitivity if state.rule else None
        return cls(
            school=school,
            name=name_of(school, state),
            connection=connection_words(connection),
            stops=stops_of(state),
            deeds=_deeds(state),
            two_people=SENSITIVITY_WORDS[least].lower() if least else "",
            lacking=lacking_of(account, catalogue),
            unneeded=tuple(sorted((account.unneeded if account else None) or ())),
            unchecked=account.unchecked if account else "",
            cards=(_card(a, usages.get(a.case.app, Usage(a.case.app))) for a in apps),
            before=before,
            matrix=Matrix.of_answers(apps),
            history=history_of(events, zone=state.zone),
            at=LocalTime.of(state.zone).instant(now),
            zone=LocalTime.of(state.zone).zone,
        )


def _deeds(state: SchoolState) -> Iterator[Deed]:
    """Yield the deeds that stop the flow of all; none where the school has closed."""
    if state != SchoolState() and not state.closed:
        stopping = (Deed.PAUSE, Deed.DISCONNECT, Deed.CLOSE)
        yield from (deed for deed in stopping if deed.is_open(state))


def card_of(case: Case, usage: Usage) -> AppCard:
    """Return one app's card.

    Args:
        case: The app's case at the school.
        usage: What it has read of the school.
    """
    return _card(Answers(case), usage)


def _card(answers: Answers, usage: Usage) -> AppCard:
    case = answers.case
    situation, latest = situation_of(case), case.consent.latest
    action, besides = action_of(case, situation), Action.NOTHING
    if action.is_resuming:
        besides = action_of(case, situation_beneath(case))
    asked, last = case.published.asked, case.published.request
    return AppCard(
        app=case.app,
        purpose=last.purpose if last else "",
        contact=last.terms.contact if last else "",
        situation=situation,
        action=action,
        besides=besides,
        leads_to_grant=any(_leads_to_grant(case, each) for each in (action, besides)),
        pause=stop_of_app(case),
        asked=f"Request {case.published.version}" if asked else "It asks for nothing",
        grant=_grant(answers, latest, usage) if latest else None,
    )


def _grant(answers: Answers, latest: GrantRevision, usage: Usage) -> GrantView:
    case = answers.case
    return GrantView.of(
        case.catalogue, latest, answers.permit, usage, case.now, case.state.zone
    )


def action_of(case: Case, situation: Situation) -> Action:
    """Return the one thing to do next; what is not asked can only be changed."""
    is_asked = case.published.asked is not None
    if is_asked and situation.action is Action.ASK_AGAIN and case.waits:
        return Action.DECIDE  # what stopped on its own had no answer
    if is_asked or situation.action in _UNASKED or situation.action.is_lifting:
        return situation.action
    is_changeable = situation in {Situation.AUTHORISED, Situation.CHANGED}
    return Action.CHANGE if is_changeable else Action.NOTHING


_UNASKED = frozenset({Action.CONFIRM, Action.LIST_AGAIN})
"""What is done about a grant whether or not the app asks for anything now."""


def _leads_to_grant(case: Case, action: Action) -> bool:
    """Tell whether the next action is on the grant: the request says less."""
    waits = case.consent.amendment
    is_amended = waits is not None and not waits.has_lapsed(case.now)
    on_grant = action in {Action.CHANGE, Action.LIST_AGAIN}
    return on_grant or (action is Action.CONFIRM and is_amended)


_URGENCY = (Tone.ASKS, Tone.FLOWS, Tone.STOPPED, Tone.QUIET)


def _by_urgency(case: Case) -> tuple[int, str]:
    """Return the sort key of an app's card: first what waits, then what flows."""
    return _URGENCY.index(situation_of(case).tone), case.app
