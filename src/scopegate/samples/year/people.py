"""The people and schools of the made-up year, and who may decide for which school.

No one in it is real, and no school has these numbers.
"""

from datetime import datetime

from attrs import field, frozen

from ..._base.values import texts
from ...consent.decision import Actor
from .requests import LIBRARY, PLANNER


@frozen
class DemoSchool:
    """A made-up school.

    Attributes:
        key: Its URN.
        name: Its name, as its MIS gives it.
        mis: Its MIS, as the catalogue's permission tables call it.
    """

    key: str
    name: str
    mis: str


@frozen
class DemoPerson:
    """Somebody of the made-up year.

    Attributes:
        actor: Who they are; `id` tells them apart.
        schools: The schools whose pages they may look at.
        decides_for: The schools among these that they may decide for.
        apps: The apps they speak for; none for people of schools.
    """

    actor: Actor
    schools: tuple[str, ...] = field(converter=texts, default=())
    decides_for: tuple[str, ...] = field(converter=texts, default=())
    apps: tuple[str, ...] = field(converter=texts, default=())


LUDDERBY = DemoSchool("999901", "Ludderby Vale Academy", "sims")
MARROWBY = DemoSchool("999902", "Marrowby Green Primary School", "arbor")
FENNICK = DemoSchool("999903", "Fennick Cross High School", "bromcom")
SCHOOLS = (LUDDERBY, MARROWBY, FENNICK)

FREYA = Actor("Freya Underhill", role="Headteacher", id="freya.underhill")
TOBIAS = Actor("Tobias Merrick", role="Data lead", id="tobias.merrick")
ANWEN = Actor("Anwen Castle", role="Deputy headteacher", id="anwen.castle")
GWENDA = Actor("Gwenda Lark", role="Headteacher", id="gwenda.lark")
SUNIL = Actor("Sunil Ashdown", role="Data lead", id="sunil.ashdown")
MARGERY = Actor("Margery Flint", role="Deputy headteacher", id="margery.flint")
CORMAC = Actor("Cormac Tindle", role="Headteacher", id="cormac.tindle")
YASMIN = Actor("Yasmin Holloway", role="Data lead", id="yasmin.holloway")
PIERS = Actor("Piers Nettleton", role="Deputy headteacher", id="piers.nettleton")
ORIEL = Actor(
    "Oriel Danvers", role="Data lead, Westmarch Learning Trust", id="oriel.danvers"
)
HESTER = Actor("Hester Quill", role=f"Product lead, {LIBRARY}", id="hester.quill")
RUFUS = Actor("Rufus Pell", role=f"Director, {PLANNER}", id="rufus.pell")

_ALL = tuple(school.key for school in SCHOOLS)

PEOPLE = (
    DemoPerson(FREYA, LUDDERBY.key, LUDDERBY.key),
    DemoPerson(TOBIAS, LUDDERBY.key, LUDDERBY.key),
    DemoPerson(ANWEN, LUDDERBY.key),
    DemoPerson(GWENDA, MARROWBY.key, MARROWBY.key),
    DemoPerson(SUNIL, MARROWBY.key, MARROWBY.key),
    DemoPerson(MARGERY, MARROWBY.key),
    DemoPerson(CORMAC, FENNICK.key, FENNICK.key),
    DemoPerson(YASMIN, FENNICK.key, FENNICK.key),
    DemoPerson(PIERS, FENNICK.key),
    DemoPerson(ORIEL, _ALL, _ALL),
    DemoPerson(HESTER, apps=LIBRARY),
    DemoPerson(RUFUS, apps=PLANNER),
)
"""Heads and data leads decide for their school, and the trust's data lead for all;
deputies look; people who speak for an app see no school's pages."""


def may_decide(actor: Actor, school: str, _at: datetime) -> bool:
    """Tell whether *actor* may decide for *school*; the register's `authority`."""
    return any(p.actor == actor and school in p.decides_for for p in PEOPLE)
