"""Decisions on a school's connection: proof, permissions, and the school's own rules."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from zoneinfo import available_timezones

from attrs import evolve, frozen

from .._base.likeness import tidy
from .._base.values import quoted
from ..adapters._asking.school_check import prove_school
from ..adapters.base import Adapter
from ..catalogue.catalogue import Catalogue
from ..catalogue.mis_permissions import near_names
from ..consent.connection import Connection
from ..consent.decision import Actor
from ..consent.events import Connected, Event, PermissionsChanged
from ..consent.fold import fold_school
from ..consent.state import SchoolState
from ..errors import (
    NotConnectedError,
    StoppedError,
    UnknownZoneError,
)
from ..ledgers.base import school_stream
from .case import check_open
from .transaction import Seen, Transactions

_LOG = logging.getLogger("scopegate.register")

ANY_APP = "any"
"""The app's name where a decision is about none."""


@frozen
class Wanted:
    """A connection that is asked for.

    Attributes:
        school: The school.
        mis: The MIS.
        permissions: What the MIS account may do; None for what is known of it.
        id_space: Which identifiers the MIS gives; None for what is known of it.
        zone: The time zone of the school; None for the one it has.
    """

    school: str
    mis: str
    permissions: frozenset[str] | None
    id_space: str | None
    zone: str | None

    def over(self, name: str, now: Connection | None, at: datetime) -> Connection:
        """Return the connection, taking from *now* what is not said; see `connect`."""
        made = Connection(self.school, tidy(self.mis), tidy(name), at)
        if now is not None and now.issuer[0] == made.issuer[0]:
            made = evolve(made, permissions=now.permissions, id_space=now.id_space)
        if self.permissions is not None:
            made = evolve(made, permissions=self.permissions)
        if self.id_space is not None:
            made = evolve(made, id_space=tidy(self.id_space))
        return made


def connect(
    work: Transactions, wanted: Wanted, adapter: Adapter, actor: Actor | None
) -> Connection:
    """Verify a connection and record it; see `ConsentRegister.connect`."""
    check_zone(wanted.zone)
    _warn_of_near_names(work.catalogue, wanted)
    name = prove_school(adapter, work.catalogue, wanted.school)

    def decide(events: Sequence[Event], _: Seen) -> tuple[list[Event], Connection]:
        state, at = fold_school(events), work.clock()
        _check_may_connect(work, state, wanted.school, actor, at)
        made = wanted.over(name, state.last_connection, at)
        made = evolve(made, zone=wanted.zone or state.zone)
        if state.connection is not None and state.connection.is_like(made):
            return [], state.connection
        return [Connected(made, at, actor)], made

    return work.commit(school_stream(wanted.school), decide)


def _warn_of_near_names(catalogue: Catalogue, wanted: Wanted) -> None:
    """Log that the account is not checked, where a slip in the MIS's name may be why."""
    if near := near_names(catalogue.mis, wanted.mis):
        _LOG.warning(
            "`%s`: no permission table for %s; is it %s? What the MIS account may do is"
            " not checked",
            *(wanted.school, quoted([wanted.mis]), quoted(near)),
        )


def _check_may_connect(
    work: Transactions,
    state: SchoolState,
    school: str,
    actor: Actor | None,
    at: datetime,
) -> None:
    check_open(state, school, ANY_APP)
    if actor is not None:
        work.check_authority(actor, school, ANY_APP, at)
    elif state.stopped:
        raise StoppedError(school, ANY_APP, state.stopped.actor.name)


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

    def decide(events: Sequence[Event], _: Seen) -> tuple[list[Event], None]:
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

    def decide(events: Sequence[Event], _: Seen) -> tuple[list[Event], None]:
        at = work.clock()
        if fold_school(events).connection is None:
            raise NotConnectedError(school, ANY_APP)
        work.check_authority(actor, school, ANY_APP, at)
        return [event(at)], None

    work.commit(school_stream(school), decide)
