"""The events a ledger holds: everything that ever happened, and nothing else.

State is a fold of them (`consent`). They hold names, texts that were shown and
instants; never a record's value, never an identifier of a pupil unless the
school itself listed it as covered or left out.
"""

from datetime import datetime

from attrs import field, frozen

from ._types import aware, clean
from .connection import Connection
from .grant import Actor, Grant
from .presentation import Presentation
from .request import AccessRequest


@frozen
class Connected:
    """The school's MIS proved whose data it serves."""

    connection: Connection
    at: datetime = field(converter=aware)


@frozen
class RequestPublished:
    """An app published what it asks for; *version* counts from 1 for each app."""

    request: AccessRequest
    version: int
    at: datetime = field(converter=aware)


@frozen
class Presented:
    """A school was shown this; written once for each digest."""

    presentation: Presentation
    at: datetime = field(converter=aware)


@frozen
class Authorised:
    """A school authorised an app; the grant holds what, who, when and on what."""

    grant: Grant
    at: datetime = field(converter=aware)


@frozen
class Declined:
    """A school declined what it was shown."""

    app: str
    presentation: str
    actor: Actor
    reason: str = field(converter=clean)
    at: datetime = field(converter=aware)


@frozen
class Revoked:
    """A school ended a grant; what it covered may flow no more."""

    app: str
    grant: str
    revision: int
    actor: Actor
    reason: str = field(converter=clean)
    at: datetime = field(converter=aware)


Event = Connected | RequestPublished | Presented | Authorised | Declined | Revoked
