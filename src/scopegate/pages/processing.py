"""The record of processing of a school (UK GDPR Art. 30), as CSV for a spreadsheet.

One line for each app and scope that is or was authorised. A text that an app, a
catalogue or an MIS supplied can neither start a formula nor end a cell.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from datetime import datetime

from attrs import field, frozen

from .._base.local_time import LocalTime
from .._base.values import aware, printable
from ..arguments import checked
from ..catalogue.catalogue import Catalogue
from ..catalogue.field import Sensitivity, parse_path
from ..consent.disclosures import Usage
from ..consent.grant import Pin
from ..consent.lifecycle import GrantStatus
from ..consent.standing import connection_of
from ..consent.state import Consent, GrantRevision, SchoolState
from .words import person

_NOT_STATED = "not stated"

COLUMNS = (
    "Controller",
    "Controller key",
    "Recipient",
    "Purpose",
    "Categories of people",
    "Categories of data",
    "Scope",
    "Fields",
    "Field names",
    "Special category",
    "Lawful basis",
    "Retention",
    "Contact",
    "Status",
    "Authorised at",
    "Authorised by",
    "Until",
    "Ended at",
    "Ended by",
    "Last accessed",
    "Grant",
    "Revision",
    "Time zone",
)
"""The header row."""

_STATUS: Mapping[GrantStatus, str] = {
    GrantStatus.AUTHORISED: "authorised",
    GrantStatus.SUPERSEDED: "left out of a later revision",
    GrantStatus.REVOKED: "revoked",
    GrantStatus.RELINQUISHED: "relinquished",
    GrantStatus.EXPIRED: "expired",
    GrantStatus.INVALIDATED: "invalidated",
}
# With what spreadsheets take for the same: full width, small, raised, lowered, minus.
_FORMULA = re.compile(r"(^|;)(?=[\s\"'`´‘’‚“”„«»]*[=+\-@＝＋－＠﹦﹢﹣﹫⁼⁺⁻₌₊₋−])")


@checked
def processing_csv(
    catalogue: Catalogue,
    state: SchoolState,
    usages: Mapping[str, Usage],
    *,
    school: str,
    now: datetime,
) -> str:
    """Return the record of processing of one school: a header, and a line a scope.

    Apps come by name, the scopes of each in the catalogue's order. If a scope was
    authorised several times, the newest revision that held it counts. Instants are in
    ISO 8601, in the time of the school; where something ends with a day, that is the
    day and `end of day`. Lines end in CRLF, every cell is quoted.

    Args:
        catalogue: The catalogue in force; titles the school was not shown, and
            the kinds of records, are read from it.
        state: What the ledger says of the school.
        usages: What each app has read; an app that is missing has read nothing.
        school: The school.
        now: An aware instant; a grant whose time is over by then has expired.
    """
    found, times = connection_of(state, school), LocalTime.of(state.zone)
    controller = (found.name if found else "") or _NOT_STATED, school
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for app in sorted(state.consents):
        usage = usages.get(app, Usage(app))
        for line in _lines(catalogue, state.consents[app], usage, now, times):
            writer.writerow(map(safe_cell, (*controller, *line.cells())))
    return text.getvalue()


def safe_cell(text: str) -> str:
    """Return a text as a cell that no spreadsheet takes for a formula.

    What could start one, at the start or after a semicolon (which ends a cell in
    some countries), is put after an apostrophe, even after spaces and quotes
    (OWASP, CSV injection). Control characters are written as escapes.

    >>> safe_cell("=1+1"), safe_cell("public task; -1"), safe_cell("until 2027")
    ("'=1+1", "public task;' -1", 'until 2027')
    """
    return _FORMULA.sub(r"\1'", printable(text))


@frozen
class _Line:
    """One scope of one app, by the newest revision that held it."""

    catalogue: Catalogue
    scope: str
    revision: GrantRevision
    usage: Usage
    now: datetime = field(converter=aware)
    times: LocalTime

    def cells(self) -> tuple[str, ...]:
        """Return the cells after the controller's."""
        grant = self.revision.grant
        return (
            grant.app,
            self._purpose,
            ", ".join(self._people),
            self._title,
            self.scope,
            str(len(self._pins)),
            ", ".join(self._pins),
            "yes" if self._is_special else "no",
            grant.decision.terms.lawful_basis or _NOT_STATED,
            grant.decision.terms.retention or _NOT_STATED,
            grant.decision.terms.contact or _NOT_STATED,
            *self._standing,
            self._last_accessed,
            grant.id,
            str(grant.revision),
            self.times.zone,
        )

    @property
    def _standing(self) -> Iterator[str]:
        """Yield its state, since when and by whom, until when, and its end."""
        revision, grant = self.revision, self.revision.grant
        is_over = revision.ended_at is None and grant.is_expired(self.now)
        ended = grant.expires_at if is_over else revision.ended_at
        yield "expired" if is_over else _STATUS[revision.status]
        yield self._iso(grant.authorised_at)
        yield " and ".join(person(decision.actor) for decision in grant.decisions)
        yield self._end(grant.expires_at) or "until it is revoked"
        yield self._end(ended)
        yield person(revision.ended_by) if revision.ended_by else ""

    @property
    def _pins(self) -> Mapping[str, Pin]:
        """The fields authorised by this scope, in the catalogue's order."""
        pins = self.revision.grant.pins
        order = dict.fromkeys((*self.catalogue.fields, *pins))
        paths = (path for path in order if path in pins)
        return {path: pins[path] for path in paths if self.scope in pins[path].scopes}

    @property
    def _purpose(self) -> str:
        shown = self.revision.shown
        return (shown.purpose if shown else "") or _NOT_STATED

    @property
    def _people(self) -> tuple[str, ...]:
        """Return the kinds of records that are about people; public ones are not."""
        kinds = dict.fromkeys(
            parse_path(path)[0]
            for path, pin in self._pins.items()
            if pin.sensitivity is not Sensitivity.PUBLIC
        )
        known = self.catalogue.resources
        return tuple((known[k].title if k in known else "") or k for k in kinds)

    @property
    def _title(self) -> str:
        """Return the scope's title as the school was shown it, or as it is now."""
        shown = self.revision.shown
        pages = (*shown.required, *shown.optional) if shown else ()
        titles = [scope.title for scope in pages if scope.key == self.scope]
        if self.scope in self.catalogue.scopes:
            titles.append(self.catalogue.scope(self.scope).title)
        return next((title for title in titles if title), self.scope)

    @property
    def _is_special(self) -> bool:
        """Whether it asked for special care then, or does by now."""
        held = {pin.sensitivity for pin in self._pins.values()}
        if self.scope in self.catalogue.scopes:
            held.add(self.catalogue.sensitivity_of(self.scope))
        return any(s.rank >= Sensitivity.SPECIAL.rank for s in held)

    @property
    def _last_accessed(self) -> str:
        """Return the instant when a field of it was last released, or nothing."""
        read = self.usage.fields
        return self._iso(
            max((read[path] for path in self._pins if path in read), default=None)
        )

    def _iso(self, at: datetime | None) -> str:
        return self.times.iso(at) if at else ""

    def _end(self, at: datetime | None) -> str:
        """Return an end, so that a spreadsheet sorts it: the day that ends, if one does."""
        day = self.times.last_day(at) if at else None
        return f"{day.isoformat()}, end of day" if day else self._iso(at)


def _lines(
    catalogue: Catalogue,
    consent: Consent,
    usage: Usage,
    now: datetime,
    times: LocalTime,
) -> Iterator[_Line]:
    newest = {key: r for r in consent.revisions for key in r.grant.scopes}
    order = dict.fromkeys((*catalogue.scopes, *newest))
    for key in order:
        if key in newest:
            yield _Line(catalogue, key, newest[key], usage, now, times)
