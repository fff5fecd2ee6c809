"""A receipt in words, for the person who decided to file."""

import textwrap
from collections.abc import Iterable, Iterator

from .._base.local_time import LocalTime
from .._base.values import printable
from ..consent.decision import Actor
from ..consent.lifecycle import GrantStatus
from ..consent.presentation import PresentedField, PresentedScope
from .receipt_facts import ReceiptFacts

_WIDTH = 78
_LABEL = 14
_NOT_STATED = "not stated"


def receipt_text(facts: ReceiptFacts) -> str:
    """Return the receipt as text, in lines of at most 78 characters.

    Only a field's path and a key's name are never broken, however long.
    """
    sections = (
        ("Receipt of an authorisation", _what(facts)),
        ("Who decided", _who(facts)),
        ("What may flow", _flows(facts)),
        ("What was left empty, and does not flow", _left(facts)),
        ("Terms, as the app states them", _terms(facts)),
        ("How to withdraw", _withdraw(facts)),
        ("What this proves", _proves(facts)),
        ("What this does not prove", _does_not(facts)),
    )
    texts = ("\n".join([title, "-" * len(title), *body]) for title, body in sections)
    return "\n\n".join(texts) + "\n"


def _what(facts: ReceiptFacts) -> Iterator[str]:
    grant, shown = facts.grant, facts.shown
    yield from _row("school", f"{shown.school_name or _NOT_STATED} ({grant.school})")
    yield from _row("MIS", shown.mis or _NOT_STATED)
    yield from _row("app", grant.app)
    yield from _row("purpose", shown.purpose)
    yield from _row("grant", f"{grant.id}, revision {grant.revision}")
    yield from _row("people", facts.people)
    times, ends = _times(facts), grant.expires_at
    yield from _row("until", times.end(ends) if ends else "it is withdrawn")
    yield from _row("stands", _standing(facts, times))
    yield from _row("times", f"of {times.zone}")
    if facts.revision.stopped:
        stopped = ", ".join(sorted(facts.revision.stopped))
        yield from _row("stopped", f"{stopped}: they came to mean more")


def _times(facts: ReceiptFacts) -> LocalTime:
    return LocalTime.of(facts.zone, to="seconds")


def _standing(facts: ReceiptFacts, times: LocalTime) -> str:
    revision = facts.revision
    as_of = f"as of {times.instant(facts.made_at)}"
    if revision.ended_at is None:
        return f"{revision.status.value}, {as_of}"
    by = f" by {_person(revision.ended_by)}" if revision.ended_by else ""
    return f"{revision.status.value} {times.on(revision.ended_at)}{by}, {as_of}"


def _who(facts: ReceiptFacts) -> Iterator[str]:
    times = _times(facts)
    for decision in facts.grant.decisions:
        yield from _row("decided by", _person(decision.actor))
        yield from _row("when", times.instant(decision.at))
        yield from _row("how", decision.method or _NOT_STATED)


def _person(actor: Actor) -> str:
    role = f", {actor.role}" if actor.role else ""
    known_as = f" (known to the service as {actor.id})" if actor.id else ""
    return f"{actor.name}{role}{known_as}"


def _flows(facts: ReceiptFacts) -> Iterator[str]:
    listed: set[str] = set()
    for scope, is_required in facts.authorised:
        mark = "[required]" if is_required else "[x] ticked"
        yield from _wrapped(f"{mark} {scope.title or scope.key} ({scope.key})")
        yield from _details(scope)
        yield from _fields(scope.fields, listed)
    for rule in facts.joint:
        yield from _wrapped(f"[together] since {', '.join(rule.scopes)} all flow")
        yield from _fields(rule.fields, listed)


def _details(scope: PresentedScope) -> Iterator[str]:
    if scope.reason:
        yield from _wrapped(f"why: {scope.reason}", indent=4)
    if scope.writes:
        yield from _wrapped(
            f"the app may write to: {', '.join(scope.writes)}", indent=4
        )


def _fields(leaves: Iterable[PresentedField], listed: set[str]) -> Iterator[str]:
    """Yield each field not listed yet, and how many are listed above."""
    leaves = tuple(leaves)
    new = [leaf for leaf in leaves if leaf.path not in listed]
    yield from map(_field, new)
    listed.update(leaf.path for leaf in new)
    if len(new) < len(leaves):
        yield f"    and {_counted(len(leaves) - len(new))} listed above"


def _counted(fields: int) -> str:
    return f"{fields} field{'' if fields == 1 else 's'}"


def _field(leaf: PresentedField) -> str:
    title = f"  {leaf.title}" if leaf.title else ""
    return f"    {printable(leaf.path)} ({leaf.sensitivity.value}){printable(title)}"


def _left(facts: ReceiptFacts) -> Iterator[str]:
    for scope in facts.left_empty:
        name = f"{scope.title or scope.key} ({scope.key})"
        yield from _wrapped(f"[ ] {name}: {_counted(len(scope.fields))}")
    if not facts.left_empty:
        yield "No box was left empty."


def _terms(facts: ReceiptFacts) -> Iterator[str]:
    terms = facts.grant.decision.terms
    yield from _row("kept", terms.retention or _NOT_STATED)
    yield from _row("lawful basis", terms.lawful_basis or _NOT_STATED)
    yield from _row("contact", terms.contact or _NOT_STATED)


def _withdraw(facts: ReceiptFacts) -> Iterator[str]:
    method = facts.grant.decision.method
    where = f"by {method}" if method else "where it was authorised"
    if facts.revision.status is not GrantStatus.AUTHORISED:
        yield from _wrapped("This revision has ended: nothing flows by it any more.")
    else:
        yield from _wrapped(
            "It is as easy as it was to authorise (UK GDPR Art. 7(3)): one person who"
            " may decide for the school revokes it, at any time and without a reason,"
            f" {where}. Nothing more flows then, in other processes of the service"
            " within the time that it states."
        )
    yield from _wrapped(
        "What has flowed is with the app on the terms above; its contact can erase it."
    )


def _proves(facts: ReceiptFacts) -> Iterator[str]:
    checkpoint = facts.checkpoint
    yield from _wrapped(
        f"That the event of this decision is number {facts.position} of the first"
        f" {checkpoint.size} in the log below, and that the words shown before the"
        " decision are those of presentation.json. The page `Check a receipt` of"
        " scopegate's documentation has a program of a page that checks it."
    )
    yield from _row("log", checkpoint.origin)
    yield from _row("leaf hash", facts.leaf.hex())
    yield from _row("shown", facts.shown.digest)
    yield from _row("signed by", ", ".join(facts.signed_by) or "no one")


def _does_not(facts: ReceiptFacts) -> Iterator[str]:
    if facts.listed:
        yield from _item(
            "Whom the school listed: only with event.json, which names them, can the"
            " decision be compared with its proof."
        )
    yield from _item(
        "That the log was not rewritten since: for that, somebody else must hold"
        " a checkpoint of it."
    )
    yield from _item(
        "That it was these people who decided: the service that keeps the log says so."
    )
    yield from _item("What becomes of the decision later, or that the app keeps to it.")
    yield from _item("This text: where event.json says something else, that counts.")


def _item(text: str) -> list[str]:
    return _lines(text, "- ", "  ")


def _row(label: str, text: str) -> list[str]:
    return _lines(text, f"{label:<{_LABEL}}", " " * _LABEL)


def _wrapped(text: str, indent: int = 0) -> list[str]:
    return _lines(text, " " * indent, " " * (indent + 2 if indent else 0))


def _lines(text: str, first: str, rest: str) -> list[str]:
    return textwrap.wrap(
        printable(text),
        _WIDTH,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )
