"""What a school's connection, its stops and its rules may have been."""

from ...consent.connection import Connection
from ...consent.events import (
    Closed,
    Connected,
    Disconnected,
    Paused,
    PermissionsChanged,
    Resumed,
    TwoPersonRuleSet,
)
from ...consent.state import SchoolState
from ...ledgers.base import app_stream
from .past import ASKS, Past, Problems


def connected(past: Past, event: Connected) -> Problems:
    """Yield the reasons why the register cannot have connected the school."""
    state, made = past.state, event.connection
    if event.at != made.verified_at:
        yield "the connection was verified at another instant"
    if not made.zone:
        yield "a school has a time zone"
    if state.closed:
        yield "the school had closed"
    stop = state.stopped
    if stop and event.actor is None and (stop.holds or past.is_of_now):
        yield "the school had disconnected, and no one is named who connects it again"
    if past.is_of_now and state.connection and state.connection.is_like(made):
        yield "nothing has changed by it"
    if past.is_of_now and _forgets(made, past.state.last_connection):
        yield "it no longer says what the MIS account may do"


def _forgets(made: Connection, before: Connection | None) -> bool:
    """Tell whether permissions are unknown that were known over the same MIS."""
    return (
        made.permissions is None
        and before is not None
        and before.permissions is not None
        and before.issuer[0] == made.issuer[0]
    )


def disconnected(past: Past, event: Disconnected) -> Problems:
    """Yield the reasons why the register cannot have ended the connection."""
    if past.state.connection is None:
        yield "the school was not connected"
    if past.is_of_now and not event.holds:
        yield "it does not hold, as a stop does"


def permissions_changed(past: Past, event: PermissionsChanged) -> Problems:
    """Yield the reasons why the register cannot have recorded other permissions."""
    connection = past.state.connection
    if connection is None:
        yield "the school was not connected"
    elif connection.permissions == event.permissions:
        yield "nothing has changed by it"


def rule_set(past: Past, _: TwoPersonRuleSet) -> Problems:
    """Yield the reasons why the register cannot have set a rule."""
    if past.state.connection is None:
        yield "the school was not connected"


def paused(past: Past, event: Paused) -> Problems:
    """Yield the reasons why the register cannot have paused an app, or all."""
    if past.state.closed:
        yield "the school had closed"
    if event.app in past.state.pauses:
        yield "it was paused already"
    is_known = not event.app or event.app in past.state.consents
    if not is_known and past.others.deny(app_stream(event.app), ASKS):
        yield f"app `{event.app}` has published nothing"


def resumed(past: Past, event: Resumed) -> Problems:
    """Yield the reasons why the register cannot have lifted a pause."""
    if past.state.closed:
        yield "the school had closed"
    if event.app not in past.state.pauses:
        yield "it was not paused"


def closed(past: Past, event: Closed) -> Problems:
    """Yield the reasons why the register cannot have closed the school."""
    before = past.state.closed
    if past.state == SchoolState():
        yield "nothing was known of the school"
    if event.successor == past.school:
        yield "the school cannot follow itself"
    if before and (before.successor or not event.successor):
        yield "the school had closed"
