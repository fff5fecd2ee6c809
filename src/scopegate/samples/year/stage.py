"""`Stage`: what plays the made-up year, on a clock that is set by hand."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from itertools import count

from ..._base.values import aware
from ...catalogue.catalogue import Catalogue
from ...consent.decision import Actor
from ...consent.presentation import Presentation
from ...consent.request import AccessRequest
from ...consent.subjects import Subjects
from ...gate.gate import Gate
from ...ledgers.base import Ledger
from ...records.query import Query
from ...register.register import ConsentRegister
from .people import SCHOOLS, DemoSchool, may_decide
from .records import made_up_mis
from .requests import USED

DECIDE_WITHIN = timedelta(days=28)
"""How long the schools of the made-up year have to decide."""

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_METHOD = "the consent page"


class Stage:
    """The made-up year as it is played: a register, a gate and the time of both.

    Everything goes the way it goes in a host: nothing is written by hand.

    Args:
        catalogue: The catalogue in force all year.
        ledger: An empty ledger.
        end: When the year ends; aware.
    """

    def __init__(self, catalogue: Catalogue, ledger: Ledger, end: datetime) -> None:
        self.end = aware(end)
        self.now = self.end
        self._catalogue = catalogue
        self._mis = made_up_mis()
        ids = count(1)
        self.register = ConsentRegister(
            catalogue,
            ledger,
            clock=lambda: self.now,
            new_id=lambda: f"demo-{next(ids):04}",
            authority=may_decide,
            decide_within=DECIDE_WITHIN,
        )
        self._gate = Gate(
            catalogue,
            ledger,
            clock=lambda: self.now,
            # On a slow machine real seconds would end a batch of readings midway.
            elapsed=lambda: self.now.timestamp(),
        )

    def instant(self, weeks_ago: int, day: str, at: str) -> datetime:
        """Return an instant in UTC, counted from the week in which the year ends.

        Args:
            weeks_ago: How many weeks before that week; below zero for after it.
            day: The day of the week, "Mon" to "Sun".
            at: The time of day, "09:10".
        """
        today = self.end.date()
        days = _DAYS.index(day) - today.weekday() - 7 * weeks_ago
        return datetime.combine(
            today + timedelta(days=days), time.fromisoformat(at), tzinfo=UTC
        )

    def go_to(self, weeks_ago: int, day: str, at: str) -> None:
        """Set the clock; see `instant`."""
        self.now = self.instant(weeks_ago, day, at)

    def connect(
        self,
        school: DemoSchool,
        permissions: Iterable[str] | None = None,
        *,
        actor: Actor | None = None,
    ) -> None:
        """Connect a school to its MIS; *actor* lifts its stop."""
        self.register.connect(
            school=school.key,
            mis=school.mis,
            adapter=self._mis[school.key],
            permissions=permissions,
            actor=actor,
        )

    def publish(self, *requests: AccessRequest) -> None:
        """Publish what apps ask for."""
        for request in requests:
            self.register.publish(request)

    def show(self, app: str, school: DemoSchool) -> Presentation:
        """Show a school what an app asks for."""
        return self.register.ask(school=school.key, app=app)

    def authorise(
        self,
        app: str,
        school: DemoSchool,
        actor: Actor,
        ticked: Iterable[str] = (),
        *,
        subjects: Subjects | None = None,
        expires_at: datetime | None = None,
    ) -> None:
        """Show a school what an app asks for, and have it authorised."""
        self.register.authorise(
            self.show(app, school),
            optional=ticked,
            actor=actor,
            subjects=subjects,
            expires_at=expires_at,
            method=_METHOD,
        )

    def amend(
        self, app: str, school: DemoSchool, actor: Actor, ticked: Iterable[str]
    ) -> None:
        """Show a school its grant, and have other boxes ticked."""
        shown = self.register.present_grant(school=school.key, app=app)
        self.register.amend(shown, optional=ticked, actor=actor, method=_METHOD)

    def decline(self, app: str, school: DemoSchool, actor: Actor, reason: str) -> None:
        """Show a school what an app asks for, and have it declined."""
        shown = self.show(app, school)
        self.register.decline(shown, actor=actor, reason=reason, method=_METHOD)

    def revoke(self, app: str, school: DemoSchool, actor: Actor, reason: str) -> None:
        """Have a grant revoked."""
        self.register.revoke(
            school=school.key, app=app, actor=actor, reason=reason, method=_METHOD
        )

    def settle(self) -> None:
        """Record what time and the apps have ended, as a host does every night."""
        for school in SCHOOLS:
            self.register.settle(school.key)

    def read(self, app: str, *schools: DemoSchool) -> None:
        """Have an app read what it uses, so far as it may, of some schools."""
        for school in schools:
            with self._gate.open(school=school.key, app=app) as access:
                for query in self._queries(app, access.permit.fields):
                    for _ in access.read(self._mis[school.key], query):
                        pass

    def _queries(self, app: str, permitted: frozenset[str]) -> list[Query]:
        """Return the queries of an app: the permitted fields that it uses."""
        wanted = defaultdict(list)
        for scope in USED[app]:
            for path in self._catalogue.scope(scope).fields:
                if path in permitted:
                    wanted[path.partition(".")[0]].append(path)
        return [Query(name, select=paths) for name, paths in wanted.items()]
