"""`play_year`: a made-up year of three schools and six apps, to open the pages on.

It is played through the register and the gate on a clock of its own, so that every
situation that a page can show is there, and all of it verifies.
"""

from datetime import datetime, timedelta

from attrs import frozen

from ...catalogue.catalogue import Catalogue
from ...consent.decision import Actor, TwoPersonRule
from ...consent.subjects import Subjects
from ...ledgers.base import Ledger
from .people import (
    CORMAC,
    FENNICK,
    FREYA,
    GWENDA,
    LUDDERBY,
    MARROWBY,
    ORIEL,
    PEOPLE,
    RUFUS,
    SCHOOLS,
    SUNIL,
    TOBIAS,
    YASMIN,
    DemoPerson,
    DemoSchool,
    may_decide,
)
from .requests import (
    APPS,
    BOOKING,
    CAREERS,
    EVENING,
    GRADEBOOK,
    LENDING,
    LENDING_TO_STAFF,
    LIBRARY,
    MARKS,
    MEALS,
    PLANNER,
    STEPS,
    TILL,
    TIMETABLE,
)
from .stage import DECIDE_WITHIN, Stage


@frozen
class DemoYear:
    """Who and what the made-up year is about; what happened is in its ledger.

    Attributes:
        catalogue: The catalogue in force.
        schools: The schools.
        apps: The apps.
        people: Everybody who may look at pages or decides; see `DemoPerson`.
        decide_within: How long a school has to decide on what it was shown.
    """

    catalogue: Catalogue
    schools: tuple[DemoSchool, ...] = SCHOOLS
    apps: tuple[str, ...] = APPS
    people: tuple[DemoPerson, ...] = PEOPLE
    decide_within: timedelta = DECIDE_WITHIN

    def may_decide(self, actor: Actor, school: str, at: datetime) -> bool:
        """Tell whether *actor* may decide for *school*; a register's `authority`."""
        return may_decide(actor, school, at)


def play_year(ledger: Ledger, *, now: datetime) -> DemoYear:
    """Fill an empty ledger with a made-up year of decisions and of reading.

    The same *now* writes the same bytes.

    Args:
        ledger: An empty ledger.
        now: When the year ends; an aware instant. Nothing is later.

    Returns:
        The schools, apps and people it is about.

    Raises:
        ValueError: *now* has no time zone.
        LedgerError: The ledger cannot be read or written.
    """
    catalogue = Catalogue.builtin("assembly")
    stage = Stage(catalogue, ledger, now)
    _connect(stage, catalogue)
    _begin(stage)
    _go_on(stage)
    _change(stage, catalogue)
    _end_some(stage)
    _ask_for_more(stage, catalogue)
    _last_week(stage)
    return DemoYear(catalogue)


def _rights(catalogue: Catalogue, *scopes: str) -> frozenset[str]:
    """Return the permissions an account in Bromcom must hold to serve *scopes*."""
    table = catalogue.mis["bromcom"]
    return frozenset(right for key in ("*", *scopes) for right in table[key])


def _account(catalogue: Catalogue) -> frozenset[str]:
    """Return the permissions of Fennick Cross's account: all but telephone numbers."""
    return _rights(
        catalogue,
        "contacts.basic",
        "contacts.emails",
        "staff_members.basic",
        "staff_members.absences",
    )


def _connect(stage: Stage, catalogue: Catalogue) -> None:
    """Three schools connect, and four apps are there from the beginning."""
    stage.go_to(52, "Mon", "09:05")
    stage.connect(LUDDERBY)
    stage.go_to(52, "Mon", "11:40")
    stage.publish(MARKS, BOOKING, LENDING, MEALS)
    stage.go_to(52, "Tue", "10:15")
    stage.connect(MARROWBY)
    stage.go_to(52, "Wed", "14:20")
    stage.connect(FENNICK, _account(catalogue))
    stage.go_to(52, "Wed", "14:35")
    stage.register.require_two_people(TwoPersonRule(), school=FENNICK.key, actor=CORMAC)


def _begin(stage: Stage) -> None:
    """The first decisions, and the first reading."""
    stage.go_to(51, "Mon", "10:20")
    some = Subjects.everyone_except(student=[1014, 1057])
    ticks = ["contacts.emails", "students.dob"]
    stage.authorise(GRADEBOOK, LUDDERBY, FREYA, ticks, subjects=some)
    stage.go_to(51, "Tue", "15:50")
    stage.authorise(GRADEBOOK, MARROWBY, SUNIL, ["contacts.emails"])
    stage.go_to(51, "Thu", "09:30")
    phones = ["contacts.telephone_numbers"]
    stage.authorise(EVENING, LUDDERBY, ORIEL, phones)
    stage.authorise(EVENING, MARROWBY, ORIEL)
    until = stage.instant(-10, "Fri", "17:00")
    stage.authorise(EVENING, FENNICK, ORIEL, phones, expires_at=until)
    stage.go_to(50, "Tue", "06:30")
    stage.read(GRADEBOOK, LUDDERBY, MARROWBY)
    stage.read(EVENING, LUDDERBY, FENNICK)
    stage.go_to(48, "Mon", "13:10")
    stage.authorise(LIBRARY, LUDDERBY, TOBIAS, ["students.emails"])
    stage.authorise(LIBRARY, MARROWBY, ORIEL, ["students.photo"])
    stage.go_to(48, "Wed", "16:05")
    stage.show(LIBRARY, FENNICK)


def _go_on(stage: Stage) -> None:
    """Two people decide, an app is declined, another lapses, and two more come."""
    stage.go_to(47, "Fri", "11:25")
    stage.authorise(TILL, MARROWBY, GWENDA, ["students.fsm", "students.photo"])
    stage.go_to(46, "Mon", "09:45")
    stage.authorise(GRADEBOOK, FENNICK, YASMIN, ["students.sen_provision"])
    stage.go_to(46, "Wed", "08:20")
    stage.authorise(GRADEBOOK, FENNICK, CORMAC, ["students.sen_provision"])
    stage.go_to(45, "Tue", "06:30")
    stage.read(LIBRARY, LUDDERBY, MARROWBY)
    stage.read(TILL, MARROWBY)
    stage.go_to(44, "Mon", "09:00")
    stage.publish(CAREERS)
    stage.go_to(44, "Thu", "02:00")
    stage.settle()
    stage.go_to(43, "Tue", "12:15")
    trial = stage.instant(20, "Fri", "17:00")
    ticks = ["assessments.examinations", "students.dob"]
    stage.authorise(STEPS, LUDDERBY, FREYA, ticks, expires_at=trial)
    stage.go_to(43, "Wed", "10:30")
    stage.decline(STEPS, MARROWBY, GWENDA, "Our oldest pupils are eleven.")
    stage.go_to(43, "Wed", "11:05")
    stage.show(STEPS, FENNICK)
    stage.go_to(42, "Mon", "09:00")
    stage.publish(TIMETABLE)
    stage.go_to(41, "Thu", "15:15")
    stage.authorise(PLANNER, LUDDERBY, TOBIAS, ["staff_members.emails", "calendar"])
    stage.go_to(40, "Tue", "06:30")
    stage.read(GRADEBOOK, LUDDERBY, MARROWBY, FENNICK)
    stage.read(STEPS, LUDDERBY)
    stage.read(PLANNER, LUDDERBY)


def _change(stage: Stage, catalogue: Catalogue) -> None:
    """The middle of the year: connections, permissions and ticks change."""
    stage.go_to(39, "Thu", "02:00")
    stage.settle()
    stage.go_to(38, "Thu", "16:40")
    reason = "Teachers keep their marks in the MIS again."
    stage.revoke(GRADEBOOK, MARROWBY, SUNIL, reason)
    stage.go_to(36, "Mon", "10:10")
    held = _account(catalogue) | _rights(catalogue, "contacts.telephone_numbers")
    stage.register.change_permissions(school=FENNICK.key, permissions=held)
    stage.go_to(35, "Tue", "09:20")
    reason = "The account of the connection belonged to somebody who has left."
    stage.register.disconnect(school=MARROWBY.key, actor=SUNIL, reason=reason)
    stage.go_to(34, "Mon", "11:05")
    stage.connect(MARROWBY, actor=SUNIL)
    stage.go_to(33, "Fri", "15:35")
    stage.revoke(TILL, MARROWBY, GWENDA, "The kitchen is closed for building work.")
    stage.go_to(32, "Tue", "06:30")
    stage.read(EVENING, LUDDERBY, FENNICK)
    stage.read(LIBRARY, LUDDERBY, MARROWBY)
    stage.go_to(30, "Wed", "14:00")
    stage.amend(EVENING, LUDDERBY, TOBIAS, [])
    stage.go_to(29, "Mon", "09:55")
    stage.show(PLANNER, FENNICK)
    stage.go_to(28, "Tue", "06:30")
    stage.read(PLANNER, LUDDERBY)


def _end_some(stage: Stage) -> None:
    """An app gives up, a trial ends, and a revoked app is authorised again."""
    stage.go_to(27, "Fri", "12:00")
    stage.register.cancel(app=PLANNER, actor=RUFUS, reason="We are closing down.")
    stage.go_to(27, "Sat", "02:00")
    stage.settle()
    stage.go_to(26, "Mon", "10:45")
    reason = "We are closing down, and have deleted what we held."
    stage.register.relinquish(
        school=LUDDERBY.key, app=PLANNER, actor=RUFUS, reason=reason
    )
    stage.go_to(24, "Thu", "13:30")
    ticks = ["students.fsm", "students.medical.dietary_needs"]
    stage.authorise(TILL, MARROWBY, GWENDA, ticks)
    stage.go_to(22, "Tue", "06:30")
    stage.read(GRADEBOOK, LUDDERBY, FENNICK)
    stage.read(STEPS, LUDDERBY)
    stage.read(TILL, MARROWBY)
    stage.go_to(20, "Sat", "02:00")
    stage.settle()
    stage.go_to(16, "Tue", "11:50")
    stage.amend(EVENING, LUDDERBY, TOBIAS, ["students.siblings"])
    stage.go_to(15, "Tue", "06:30")
    stage.read(EVENING, LUDDERBY, FENNICK)


def _ask_for_more(stage: Stage, catalogue: Catalogue) -> None:
    """The last weeks: an MIS account loses rights, and the library asks for more."""
    stage.go_to(9, "Wed", "17:15")
    stage.register.change_permissions(
        school=FENNICK.key, permissions=_account(catalogue)
    )
    stage.go_to(8, "Tue", "06:30")
    stage.read(GRADEBOOK, LUDDERBY, FENNICK)
    stage.read(EVENING, FENNICK)
    stage.read(TILL, MARROWBY)
    stage.go_to(6, "Mon", "09:00")
    stage.publish(LENDING_TO_STAFF)
    stage.go_to(5, "Thu", "10:05")
    stage.authorise(LIBRARY, MARROWBY, SUNIL, ["students.photo"])
    stage.go_to(3, "Tue", "06:30")
    stage.read(LIBRARY, LUDDERBY, MARROWBY)
    stage.go_to(2, "Wed", "14:45")
    stage.show(LIBRARY, LUDDERBY)


def _last_week(stage: Stage) -> None:
    """Last week: what still waits, and what was read last."""
    stage.go_to(1, "Mon", "06:30")
    stage.read(GRADEBOOK, LUDDERBY)
    stage.read(TILL, MARROWBY)
    stage.go_to(1, "Tue", "11:30")
    stage.show(TILL, LUDDERBY)
    stage.go_to(1, "Wed", "15:20")
    ticks = ["students.fsm", "students.medical.dietary_needs"]
    stage.authorise(TILL, FENNICK, YASMIN, ticks)
