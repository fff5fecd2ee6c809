"""Decisions on a school's connection: proof, permissions, and the school's own rules."""

from collections.abc import Callable, Sequence
from datetime import datetime
from zoneinfo import available_timezones

from ..adapters._asking.school_check import prove_school
from ..adapters.base import Adapter
from ..consent.connection import Connection
from ..consent.decision import Actor
from ..consent.events import Connected, Event, PermissionsChanged
from ..consent.fold import fold_school
from ..errors import NotConnectedError, UnknownZoneError
from ..ledgers.base import school_stream
from .transaction import Transactions

ANY_APP = "any"
"""The app's name where a decision is about none."""


def connect(
    work: Transactions,
    school: str,
    mis: str,
    adapter: Adapter,
    permissions: frozenset[str] | None,
    zone: str | None,
) -> Connection:
    """Verify a connection and record it; see `ConsentRegister.connect`."""
    check_zone(zone)
    name = prove_school(adapter, work.catalogue, school)

    def decide(events: Sequence[Event]) -> tuple[list[Event], Connection]:
        at, kept = work.clock(), fold_school(events).zone
        connection = Connection(school, mis, name, at, permissions, zone or kept)
        return [Connected(connection, at)], connection

    return work.commit(school_stream(school), decide)


def check_zone(zone: str | None) -> None:
    """Raise unless *zone* is in the tz database, or is None.

    Raises:
        UnknownZoneError: This machine has no such zone.
    """
    if zone is not None and zone not in (known := available_timezones()):
        raise UnknownZoneError(zone, known)


def change_permissions(
    work: Transactions, school: str, permissions: frozenset[str] | None
) -> None:
    """Record what an account may do; see `ConsentRegister.change_permissions`."""

    def decide(events: Sequence[Event]) -> tuple[list[Event], None]:
        connection = fold_school(events).connection
        if connection is None:
            raise NotConnectedError(school, ANY_APP)
        if connection.permissions == permissions:
            return [], None
        return [PermissionsChanged(permissions, work.clock())], None

    work.commit(school_stream(school), decide)


def record_at_school(
    work: Transactions, school: str, actor: Actor, event: Callable[[datetime], Event]
) -> None:
    """Record what a school decides on its connection or its rules.

    Raises:
        NotConnectedError: The school has no connection.
        NoAuthorityError: *actor* has no authority to decide for the school.
    """

    def decide(events: Sequence[Event]) -> tuple[list[Event], None]:
        at = work.clock()
        if fold_school(events).connection is None:
            raise NotConnectedError(school, ANY_APP)
        work.check_authority(actor, school, ANY_APP, at)
        return [event(at)], None

    work.commit(school_stream(school), decide)
