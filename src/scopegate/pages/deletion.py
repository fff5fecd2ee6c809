"""The draft of a letter by which a school asks an app to erase what it holds.

Revoking stops what flows and reaches nothing that has flowed.
"""

import textwrap
from collections.abc import Iterator
from datetime import datetime

from .._base.local_time import LONDON, LocalTime
from .._base.values import printable
from ..arguments import checked
from ..consent.lifecycle import GrantStatus
from ..consent.presentation import Presentation, every_field
from ..consent.state import GrantRevision
from .words import counted

_WIDTH = 78
_NOT_STATED = "not stated"


@checked
def deletion_request(
    revision: GrantRevision,
    shown: Presentation | None,
    now: datetime,
    zone: str = LONDON,
) -> str:
    """Return the draft of a letter to the app, in lines of at most 78 characters.

    It names the grant, its scopes and fields, and none of the people whom the data is
    about.

    Args:
        revision: The revision by which data flowed last; it has ended.
        shown: What the school was shown before it authorised that, for the names
            and titles; None where the ledger does not have it.
        now: An aware instant, the letter's date.
        zone: The time zone of the school, by its name in the tz database.

    Raises:
        ValueError: The revision has not ended, or a later one goes on.
    """
    ended, times = _ended(revision, now), LocalTime.of(zone)
    parts = (
        _head(revision, shown, times.day(now)),
        _wrapped("To whom it may concern,"),
        _what_ended(revision, ended, times),
        _wrapped("The app was authorised to receive this data:"),
        *_data(revision, shown),
        _asked(),
        _terms(revision),
        _wrapped("Yours faithfully,"),
        [f"{'.' * 40}", *_wrapped(_school(revision, shown))],
    )
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _ended(revision: GrantRevision, now: datetime) -> datetime:
    """Return the instant from which nothing flowed by the grant.

    Raises:
        ValueError: It goes on.
    """
    grant = revision.grant
    is_over = revision.status is GrantStatus.AUTHORISED and grant.is_expired(now)
    ended = grant.expires_at if is_over else revision.ended_at
    if ended is None or revision.status is GrantStatus.SUPERSEDED:
        message = "the grant has not ended; revoke it before its data is to be erased"
        raise ValueError(message)
    return ended


def _head(
    revision: GrantRevision, shown: Presentation | None, today: str
) -> Iterator[str]:
    grant = revision.grant
    contact = grant.decision.terms.contact or "data protection lead"
    yield from _wrapped(f"From: {_school(revision, shown)}")
    yield from _wrapped(f"To: {grant.app}, {contact}")
    yield from _wrapped(f"Date: {today}")
    yield from _wrapped(f"Subject: Erasure of data under grant {grant.id}")


def _school(revision: GrantRevision, shown: Presentation | None) -> str:
    key = revision.grant.school
    return f"{shown.school_name} ({key})" if shown and shown.school_name else key


def _what_ended(
    revision: GrantRevision, ended: datetime, times: LocalTime
) -> list[str]:
    grant = revision.grant
    return _wrapped(
        f"On {times.instant(grant.authorised_at)} we authorised {grant.app} to receive data"
        f" from our management information system (grant {grant.id}, revision"
        f" {grant.revision}). That ended {times.on(ended)} and no data"
        " flows under it any more."
    )


def _data(revision: GrantRevision, shown: Presentation | None) -> Iterator[list[str]]:
    """Yield each scope with those of its fields that were not listed before."""
    listed: set[str] = set()
    scopes, fields = _scope_titles(shown), _field_titles(shown)
    pins = revision.grant.pins
    order = dict.fromkeys((*fields, *pins))
    for key in revision.grant.scopes:
        held = [path for path in order if path in pins and key in pins[path].scopes]
        new = [path for path in held if path not in listed]
        listed.update(new)
        title = scopes.get(key)
        yield [
            *_lines(f"{title} ({key})" if title else key, "  "),
            *_fields([fields.get(path) or path for path in new], len(held) - len(new)),
        ]


def _scope_titles(shown: Presentation | None) -> dict[str, str]:
    parts = (*shown.required, *shown.optional) if shown else ()
    return {scope.key: scope.title for scope in parts}


def _field_titles(shown: Presentation | None) -> dict[str, str]:
    """Return the title of each field by its path, in the order shown."""
    if shown is None:
        return {}
    leaves = every_field((*shown.required, *shown.optional), shown.joint)
    return {leaf.path: leaf.title for leaf in leaves}


def _fields(titles: list[str], above: int) -> Iterator[str]:
    for title in titles:
        yield from _lines(title, "    - ", "      ")
    if above:
        yield from _lines(f"and {counted(above, 'field')} listed above", "    ")


def _asked() -> list[str]:
    return _wrapped(
        "Please erase all data that you received under this grant, in this revision"
        " and in earlier ones, with every copy, and have those erase it to whom you"
        " passed it on. Where you process it on our behalf we ask so under UK GDPR"
        " Art. 28(3)(g); where you are a controller of it, under Art. 17 as far as"
        " that applies. If the law requires you to keep part of it, tell us which"
        " part, which law and until when. Please confirm in writing when it is done."
    )


def _terms(revision: GrantRevision) -> list[str]:
    terms = revision.grant.decision.terms
    return _wrapped(
        "For reference, the terms on which you asked for the data: retention:"
        f" {terms.retention or _NOT_STATED}; lawful basis:"
        f" {terms.lawful_basis or _NOT_STATED}."
    )


def _wrapped(text: str) -> list[str]:
    return _lines(text, "")


def _lines(text: str, first: str, rest: str | None = None) -> list[str]:
    return textwrap.wrap(
        printable(text),
        _WIDTH,
        initial_indent=first,
        subsequent_indent=first if rest is None else rest,
        break_on_hyphens=False,
    )
