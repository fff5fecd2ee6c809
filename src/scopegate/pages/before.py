"""`Before` and `Again`: what a closed school had authorised, for the one that follows.

Nothing of it counts there. The school that follows sees it so that it can authorise
the same again in one step; whom the closed school listed it does not see.
"""

from datetime import datetime, timedelta

from attrs import field, frozen

from .._base.days import day_in_words
from .._base.local_time import LocalTime
from .._base.values import names, texts
from ..arguments import made
from ..consent.decision import Choice
from ..consent.disclosures import Usage
from ..consent.grant import Grant
from ..consent.presentation import Presentation
from ..consent.state import GrantRevision
from ..consent.subjects import Subjects
from ..register.case import Case
from .answers import Answers
from .ending import Ending
from .grant import GrantView
from .situation import Situation, situation_of
from .words import name_of


@made
@frozen
class Before:
    """What a closed school had authorised for one app.

    Attributes:
        school: The closed school's key.
        name: Its name, or its key.
        app: The app.
        grant: What it had authorised, as it was when the school closed.
        here: The app's situation at the school that follows.
    """

    school: str
    name: str
    app: str
    grant: GrantView
    here: Situation

    @property
    def waits(self) -> bool:
        """Whether the school that follows has yet to decide on the app."""
        return self.here in _UNDECIDED

    @classmethod
    def of(cls, old: Case, here: Case) -> "Before":
        """Return the grant of a closed school for an app.

        Args:
            old: The app's case at the closed school, with a grant in force.
            here: Its case at the school that follows, whose time is shown.

        Raises:
            NoGrantError: The closed school has no grant in force.
        """
        revision, permit = old.live_revision("look at"), Answers(old).permit
        zone, usage = here.state.zone, Usage(old.app)
        return cls(
            school=old.school,
            name=name_of(old.school, old.state),
            app=old.app,
            grant=GrantView.of(old.catalogue, revision, permit, usage, here.now, zone),
            here=situation_of(here),
        )


_UNDECIDED = frozenset({Situation.NEW, Situation.AWAITING, Situation.AWAITING_SECOND})


@made
@frozen
class Again:
    """What a closed school had authorised, on the page of what the app asks now.

    Attributes:
        before: What that was.
        ticked: The boxes that were ticked there, and are offered here.
        gone: The titles of those that were ticked there, and are not offered here.
        last_day: The last day there, to be written here; empty where there is none.
        obstacle: Why one step is not enough to authorise the same, or empty.
    """

    before: Before
    ticked: frozenset[str] = field(converter=names)
    gone: tuple[str, ...] = field(converter=texts)
    last_day: str
    obstacle: str

    @classmethod
    def of(cls, old: Case, here: Case, shown: Presentation) -> "Again":
        """Return the grant of a closed school, next to what is shown now.

        Args:
            old: The app's case at the closed school, with a grant in force.
            here: Its case at the school that follows.
            shown: What that school is shown of it.

        Raises:
            NoGrantError: The closed school has no grant in force.
        """
        revision, before = old.live_revision("look at"), Before.of(old, here)
        held = revision.grant.ticked
        last_day = _last_day(revision.grant, here)
        scopes = before.grant.scopes
        return cls(
            before=before,
            ticked=held & shown.offered,
            gone=(s.title for s in scopes if s.key in held - shown.offered),
            last_day=last_day,
            obstacle=_obstacle(revision, here, shown, last_day),
        )


def _last_day(grant: Grant, here: Case) -> str:
    """Return the last whole day of a grant, as it is written on a page."""
    if grant.expires_at is None:
        return ""
    times = LocalTime.of(here.state.zone)
    whole = times.last_day(grant.expires_at)
    return day_in_words(whole or times.today(grant.expires_at) - timedelta(days=1))


def _obstacle(
    revision: GrantRevision, here: Case, shown: Presentation, last_day: str
) -> str:
    """Return the reason why one step is not enough, or nothing where it is."""
    if revision.grant.subjects != Subjects.everyone():
        return PEOPLE
    ending = Ending.read(last_day, here.now, here.state.zone)
    if ending.problem:
        return OVER
    if _is_same(revision, here, shown, ending.expires_at):
        return ""
    return MORE


def _is_same(
    revision: GrantRevision, here: Case, shown: Presentation, ends: datetime | None
) -> bool:
    """Tell whether to tick the same here is to authorise nothing more than there."""
    grant, catalogue = revision.grant, here.catalogue
    choice = Choice(grant.ticked & shown.offered, Subjects.everyone(), ends)
    would = Grant.of(
        catalogue, shown, choice, id=grant.id, revision=1, decisions=grant.decisions
    )
    page = revision.shown
    return (
        page is not None
        and would.is_within(grant, revision.live_fields(catalogue))
        and shown.means(choice.ticked) <= page.means(grant.ticked)
    )


PEOPLE = (
    "It did not cover everyone there, and whom it listed does not move. Authorised on"
    " this page it covers everyone: where some are to be left out here too, have them"
    " listed first"
)
OVER = "Its time is over within a day. Read the request, and decide for how long"
MORE = (
    "What the app asks here is more than was authorised there, or for something else."
    " Read the request, and decide on it"
)
