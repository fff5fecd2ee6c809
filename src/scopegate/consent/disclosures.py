"""What was released, to whom, by which grant: how it is written, and read again.

Never a value and never an identifier of a person: field names, counts, instants.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Self

from attrs import field, frozen
from attrs.converters import optional

from .._base.frozen import FrozenMapping
from .._base.values import aware
from ..arguments import checked, made
from .events import Disclosed, Event
from .grant import Grant


@checked
@frozen
class Recording:
    """When a release is written to the ledger.

    Attributes:
        records: After how many records at the latest; 0 writes each one before
            it is released.
        within: After how long at the latest, once a record is released.
        unrecorded: How many records of a school may be released by a grant while the
            ledger takes no record of it, from its first refusal on and in one process;
            after that only public data flows until it does.

    Raises:
        ValueError: A number is below zero.
    """

    records: int = 1_000
    within: timedelta = timedelta(seconds=60)
    unrecorded: int = 10_000

    def __attrs_post_init__(self) -> None:
        if min(self.records, self.unrecorded) < 0 or self.within < timedelta():
            message = "a batch ends after some records and some time, neither below 0"
            raise ValueError(message)

    @classmethod
    def before_release(cls) -> Self:
        """Return the recording that loses nothing: each record is written first.

        It costs a durable write for each record; one that cannot be written is
        not released.
        """
        return cls(records=0)


IN_BATCHES = Recording()
"""A thousand records, or a minute: a crash loses at most the batch in flight."""


def _instants(given: Mapping[str, datetime]) -> Mapping[str, datetime]:
    return FrozenMapping({path: aware(at) for path, at in given.items()})


@made
@frozen
class Usage:
    """What one app has read of one school's data, as far as it was written down.

    Attributes:
        app: The app.
        last_accessed: When it last received a record of anything, or None.
        fields: For each field that was permitted then, when it was last released.
        records: How many records it received, by grant id and resource; the
            grant is empty where public data was all that was permitted.
    """

    app: str
    last_accessed: datetime | None = field(converter=optional(aware), default=None)
    fields: Mapping[str, datetime] = field(converter=_instants, factory=dict)
    records: Mapping[tuple[str, str], int] = field(
        converter=FrozenMapping[tuple[str, str], int], factory=dict
    )

    def unread(self, grant: Grant, now: datetime, days: int) -> tuple[str, ...]:
        """Return the fields *grant* permits and the app has not read for *days*.

        Nothing before the grant is that many days old, counted from its newest
        revision: it may simply not have been used yet.

        Args:
            grant: The grant, of this app.
            now: An aware instant.
            days: At least how many days ago a field was last read.
        """
        limit = aware(now) - timedelta(days=days)
        if grant.authorised_at > limit:
            return ()
        read = {path for path, at in self.fields.items() if at > limit}
        return tuple(path for path in grant.pins if path not in read)


@checked
def fold_disclosures(events: Iterable[Event], app: str) -> Usage:
    """Return the usage of *app*, from the disclosures of one school."""
    fields: dict[str, datetime] = {}
    records: Counter[tuple[str, str]] = Counter()
    last: datetime | None = None
    for event in events:
        if isinstance(event, Disclosed) and event.app == app:
            last = event.at if last is None else max(last, event.at)
            records[event.grant, event.resource] += event.count
            for path in event.fields:
                fields[path] = max(fields.get(path, event.at), event.at)
    return Usage(app, last, fields, records)


@checked
def fold_usages(events: Iterable[Event]) -> Mapping[str, Usage]:
    """Return the usage of each app, from the disclosures of one school."""
    by_app: dict[str, list[Event]] = {}
    for event in events:
        if isinstance(event, Disclosed):
            by_app.setdefault(event.app, []).append(event)
    return {app: fold_disclosures(own, app) for app, own in by_app.items()}
