"""Check a receipt of scopegate; this file needs Python 3.11, and nothing else.

    python verify_receipt.py FOLDER [CHECKPOINT ...] [--without-event]

FOLDER holds the files of one receipt. A CHECKPOINT is a file that you keep, and that
did not come with the receipt. `--without-event` is for a receipt whose event.json was
left out, since it names people whom the school listed. It ends with

    0   it holds, and a checkpoint that you keep commits to the same log
    1   it does not hold
    2   it was called in a way that it does not understand
    3   it holds, but was not compared with a checkpoint that you keep
    4   nothing is wrong with it, but without event.json no one can tell what was decided

Each line says what holds, what is not true, or what was NOT CHECKED. Every word of
receipt.txt and receipt.jsonld follows from event.json, presentation.json and
receipt.tlog-proof. So they are written again here and compared byte for byte; scopegate
itself writes them with the functions below. In this order: the proof, what a decision
says, the words, the JSON-LD, the comparison, the command.
"""

import argparse
import base64
import hashlib
import json
import re
import sys
import textwrap
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote
from zoneinfo import ZoneInfo

Json = dict[str, Any]
"""An object of JSON."""

FORMAT = 2
"""Goes up when any word of a receipt changes, so that older ones are not called false.

In format 1 every time is that of UTC, and no `clock` is sent along.
"""
_FIRST = {"files", "format", "leaf", "standing"}
PARTS = {"1": _FIRST, "2": {*_FIRST, "clock"}}
"""By format, what a proof sends along."""

EVENT, PRESENTATION, PROOF = "event.json", "presentation.json", "receipt.tlog-proof"
TEXT, JSON_LD = "receipt.txt", "receipt.jsonld"
NAMES = EVENT, PRESENTATION, JSON_LD, PROOF, TEXT

HOLDS, DOES_NOT_HOLD, MISUSED, NOT_COMPARED, NOT_DECIDED = range(5)
CONCLUSIONS = {
    HOLDS: "It holds, and a checkpoint that you keep commits to the same log.",
    DOES_NOT_HOLD: "Do not rely on this receipt.",
    NOT_COMPARED: "It holds, but was not compared with a checkpoint that you keep.",
    NOT_DECIDED: "Nothing is wrong with it, but it does not show what was decided.",
}
SAID = {True: "holds:       ", False: "IS NOT TRUE: ", None: "NOT CHECKED: "}


# The proof: RFC 6962, RFC 9162, and C2SP's tlog-proof, tlog-checkpoint and signed-note


def sha(data: bytes) -> bytes:
    """Return the SHA-256 of *data*."""
    return hashlib.sha256(data).digest()


def to_base64(raw: bytes) -> str:
    """Return *raw* in base64."""
    return base64.b64encode(raw).decode()


def from_base64(text: str) -> bytes:
    """Return the bytes that `to_base64` writes as *text*."""
    raw = base64.b64decode(text, validate=True)
    if to_base64(raw) != text:
        message = "it is not exactly base64"
        raise ValueError(message)
    return raw


class Checkpoint(NamedTuple):
    """A log at one size: the root commits to each of its first entries."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The three lines that a note is made of, and signed."""
        return f"{self.origin}\n{self.size}\n{to_base64(self.root)}\n"


class Proof(NamedTuple):
    """A receipt.tlog-proof; no one vouches for what it sends along."""

    sent: Json
    place: int
    path: list[bytes]
    checkpoint: Checkpoint
    signatures: list[str]

    @property
    def leaf(self) -> bytes:
        """The hash of the event, as it was sent along."""
        return bytes.fromhex(self.sent["leaf"])

    @property
    def signed_by(self) -> list[str]:
        """Whose the signatures are, as far as they say."""
        return [*map(signer, self.signatures)]

    @property
    def is_of_its_log(self) -> bool:
        """Whether the path leads from the leaf to the root of the checkpoint."""
        size, is_exact = self.checkpoint.size, self.leaf.hex() == self.sent["leaf"]
        found = root_above(self.leaf, self.place, size, self.path)
        return is_exact and 0 <= self.place < size and found == self.checkpoint.root

    @property
    def text(self) -> str:
        """The file as it is written; there is one way to write a proof."""
        sent = json.dumps(
            self.sent, ensure_ascii=False, sort_keys=True, separators=(",", ":")
        )
        above = "c2sp.org/tlog-proof@v1", f"extra {to_base64(sent.encode())}"
        lines = *above, f"index {self.place}", *map(to_base64, self.path), ""
        return "\n".join([*lines, self.checkpoint.text, *self.signatures, ""])


def read_checkpoint(note: str) -> tuple[Checkpoint, list[str]]:
    """Return the checkpoint that a note holds, and the lines of its signatures."""
    text, _, below = note.rpartition("\n\n")
    origin, size, root, *_ = text.split("\n")
    *signatures, last = below.split("\n")
    if last or not origin or str(int(size)) != size:
        message = "it is not a checkpoint"
        raise ValueError(message)
    for line in signatures:
        dash, _, signature = line.split(" ")
        if dash != "—" or len(from_base64(signature)) < 5:
            message = "a line below the checkpoint is not a signature"
            raise ValueError(message)
    return Checkpoint(origin, int(size), from_base64(root)), signatures


def signer(line: str) -> str:
    """Return the name of the key that a signature's line says it is of."""
    return line.split(" ")[1]


def read_proof(raw: bytes) -> Proof:
    """Return the proof in a file; compare its `text` with the file as well."""
    above, _, note = raw.decode().partition("\n\n")
    _, extra, index, *path = above.split("\n")
    sent = json.loads(from_base64(extra.removeprefix("extra ")))
    place = int(index.removeprefix("index "))
    return Proof(sent, place, [*map(from_base64, path)], *read_checkpoint(note))


def root_above(leaf: bytes, index: int, size: int, path: Iterable[bytes]) -> bytes:
    """Return the root that a path leads to, or nothing (RFC 9162 section 2.1.3.2)."""
    node, last = leaf, size - 1
    for sibling in path:
        if not last:
            return b""
        if index & 1 or index == last:
            node = sha(b"\x01" + sibling + node)
            while index and not index & 1:
                index, last = index >> 1, last >> 1
        else:
            node = sha(b"\x01" + node + sibling)
        index, last = index >> 1, last >> 1
    return node if last == 0 else b""


# What a decision says


class Times(NamedTuple):
    """The clocks of a school: how far from UTC they are at each instant of a receipt.

    Both were sent along, so no table of the world's time zones is needed. In format 1
    both are empty, and times are those of UTC.
    """

    zone: str
    offsets: Mapping[str, str]

    def at(self, text: str) -> datetime:
        """Return the instant that the ledger writes as *text*, in local time."""
        offset = self.offsets[text] if self.zone else "+00:00"
        clock = datetime.fromisoformat(f"2000-01-01T00:00:00{offset}").tzinfo
        local = instant(text).astimezone(clock)
        if offset_of(local) != offset:
            message = "it is not an offset as scopegate writes it"
            raise ValueError(message)
        return local

    def words(self, text: str) -> str:
        """Return an instant as people write it; the one place that does."""
        at = self.at(text)
        return f"{day_in_words(at)}, {at:%H:%M:%S} {self._name(text)}"

    def end(self, text: str) -> str:
        """Return an end as people write it: where it is midnight, the day that ends."""
        at = self.at(text)
        if not self.zone or at.time() != time():
            return self.words(text)
        day = date.fromordinal(max(1, at.toordinal() - 1))
        return f"the end of {day_in_words(day)} ({self._name(text)})"

    def iso(self, text: str) -> str:
        """Return an instant as XML Schema has it."""
        at = self.at(text).isoformat()
        return at if self.zone else at.replace("+00:00", "Z")

    def _name(self, text: str) -> str:
        return f"UTC{self.offsets[text] if self.zone else ''}"


def offset_of(local: datetime) -> str:
    """Return the distance of a local time from UTC: `+01:00`, or with seconds."""
    return local.replace(microsecond=0).isoformat()[19:]


def day_in_words(day: date) -> str:
    """Return a day as people write it."""
    return f"{day.day:02} {MONTHS[day.month - 1]} {day.year}"


class Said(NamedTuple):
    """Everything that a receipt says: its words follow from this, and nothing else."""

    event: Json
    shown: Json
    digest: str
    standing: Json
    clock: Times
    leaf: str
    position: int
    checkpoint: Checkpoint
    signed_by: Sequence[str]

    @property
    def grant(self) -> Json:
        """What was authorised."""
        found: Json = self.event["value"]["grant"]
        return found

    @property
    def revision(self) -> str:
        """Which revision of which grant it is."""
        return f"{self.grant['id']}/{self.grant['revision']}"

    @property
    def decisions(self) -> list[Json]:
        """The decisions it rests on, the one that completed it last."""
        found: list[Json] = self.grant["decisions"]
        return found

    @property
    def decision(self) -> Json:
        """The decision that completed it."""
        return self.decisions[-1]

    @property
    def terms(self) -> Json:
        """The terms that were decided on."""
        found: Json = self.decision["terms"]
        return found

    @property
    def chosen(self) -> list[tuple[Json, bool]]:
        """Each scope authorised as it was shown, and whether it was required."""
        optional, ticked = self.shown["optional"], self.decision["ticked"]
        taken = [(scope, False) for scope in optional if scope["key"] in ticked]
        return [(scope, True) for scope in self.shown["required"]] + taken

    @property
    def joint(self) -> list[Json]:
        """What flows since several of the scopes authorised came together."""
        held = {*self.grant["scopes"]}
        return [rule for rule in self.shown["joint"] if held.issuperset(rule["scopes"])]

    @property
    def left(self) -> list[Json]:
        """Each optional scope that was left empty, as it was shown."""
        unticked = self.decision["unticked"]
        return [scope for scope in self.shown["optional"] if scope["key"] in unticked]

    @property
    def listed(self) -> dict[str, int]:
        """The number of people the school listed, by their resource."""
        people = self.grant["subjects"]["people"]
        return {kind: len(people[kind]) for kind in sorted(people) if people[kind]}

    @property
    def people(self) -> str:
        """Whom the grant covers, in words that name no one."""
        return people_in_words(self.grant["subjects"]["coverage"], self.listed)

    @property
    def instants(self) -> list[str]:
        """Every instant that the receipt tells, as the ledger writes it."""
        stands, until = self.standing, self.grant["expires_at"]
        decided = [decision["at"] for decision in self.decisions]
        found = [*decided, until, stands["as_of"], stands["ended_at"]]
        return [text for text in found if text is not None]

    @property
    def has_ended(self) -> bool:
        """Whether the revision was no longer in force."""
        return bool(self.standing["status"] != "authorised")


def people_in_words(coverage: str, listed: Mapping[str, int]) -> str:
    """Return a phrase for the people covered, of whom so many are listed, by resource."""
    total, kinds = (
        sum(listed.values()),
        ", ".join(f"{k}: {n}" for k, n in listed.items()),
    )
    noun = "person" if total == 1 else "people"
    named = f"{total:,} {noun} whom the school listed" + (kinds and f" ({kinds})")
    return {
        "everyone": "everyone",
        "everyone_except": f"everyone except {named}",
        "only": f"only {named}",
    }[coverage]


def differences(said: Said) -> list[str]:
    """Return the names of what was decided differently from what was shown."""
    grant, shown, decisions = said.grant, said.shown, said.decisions
    chosen = [scope for scope, _ in said.chosen]
    catalogue = f"{grant['catalogue']} {grant['catalogue_version']}"
    offered = sorted(scope["key"] for scope in shown["optional"])
    ticked = said.decision["ticked"]
    scopes = [key for scope in chosen for key in (scope["key"], *scope["includes"])]
    fields = [leaf for part in (*chosen, *said.joint) for leaf in part["fields"]]
    same = {
        "what was shown": all(d["presentation"] == said.digest for d in decisions),
        "the school": grant["school"] == shown["school"],
        "the app": grant["app"] == shown["app"],
        "the request": grant["request_version"] == shown["request_version"],
        "the catalogue": (catalogue, grant["policy_version"])
        == (shown["catalogue"], shown["policy_version"]),
        "the terms": all(_stated(d) == _stated(shown) for d in decisions),
        "the boxes": all(
            d["ticked"] == ticked and sorted(ticked + d["unticked"]) == offered
            for d in decisions
        ),
        "the scopes": grant["scopes"] == [*dict.fromkeys(scopes)],
        "the fields": grant["pins"] == _pinned(fields),
    }
    return [name for name, is_same in same.items() if not is_same]


def _stated(given: Json) -> Json:
    return {name: text for name, text in given["terms"].items() if text}


def _pinned(fields: Iterable[Json]) -> Json:
    """Return the pins of the fields shown: the scopes and sensitivity of each."""
    found: Json = {}
    for leaf in fields:
        before = found.get(leaf["path"], {"scopes": []})["scopes"]
        scopes = [*dict.fromkeys([*before, *leaf["scopes"]])]
        found[leaf["path"]] = {"scopes": scopes, "sensitivity": leaf["sensitivity"]}
    return found


def instant(text: str) -> datetime:
    """Return the instant that the ledger writes as *text*: in UTC, in one way."""
    at = datetime.fromisoformat(text)
    if at.astimezone(UTC).isoformat() != text:
        message = "it is not an instant as the ledger writes it"
        raise ValueError(message)
    return at


# The words: receipt.txt, in lines of at most 78 characters


# Not the names of `strftime`, which follow the language of the process.
MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
NOT_STATED = "not stated"
UNSIGNED = "not signed; proved by the log. Keep a checkpoint to check it against."


def text_of(said: Said) -> str:
    """Return receipt.txt; only a field's path and a key's name are never broken."""
    sections = (
        ("Receipt of an authorisation", _what(said)),
        ("Who decided", _who(said)),
        ("What may flow", _flows(said)),
        ("What was left empty, and does not flow", _left(said)),
        ("Terms, as the app states them", _terms(said)),
        ("How to withdraw", _withdraw(said)),
        ("What this proves", _proves(said)),
        ("What this does not prove", _does_not(said)),
    )
    texts = ("\n".join([title, "-" * len(title), *body]) for title, body in sections)
    return "\n\n".join(texts) + "\n"


def person_in_words(actor: Json) -> str:
    """Return a person's name, role and id."""
    role = f", {actor['role']}" if actor["role"] else ""
    known_as = f" (known to the service as {actor['id']})" if actor["id"] else ""
    return f"{actor['name']}{role}{known_as}"


def standing_in_words(said: Said) -> str:
    """Return the state that a receipt says the grant was in when it was made."""
    stands = said.standing
    as_of = f"as of {said.clock.words(stands['as_of'])}"
    if stands["ended_at"] is None:
        return f"{stands['status']}, {as_of}"
    by = f" by {person_in_words(stands['ended_by'])}" if stands["ended_by"] else ""
    return f"{stands['status']} on {said.clock.words(stands['ended_at'])}{by}, {as_of}"


def school_in_words(said: Said) -> str:
    """Return the school's name and key."""
    return f"{said.shown['school_name'] or NOT_STATED} ({said.grant['school']})"


def until_in_words(said: Said) -> str:
    """Return the end of the grant."""
    until = said.grant["expires_at"]
    return said.clock.end(until) if until else "it is withdrawn"


def times_in_words(said: Said) -> str:
    """Return whose time it is that the receipt tells; empty in format 1."""
    zone = said.clock.zone
    return zone and f"of {zone}, each with its offset from UTC"


def _what(said: Said) -> Iterator[str]:
    grant, shown = said.grant, said.shown
    yield from _row("school", school_in_words(said))
    yield from _row("MIS", shown["mis"] or NOT_STATED)
    yield from _row("app", grant["app"])
    yield from _row("purpose", shown["purpose"])
    yield from _row("grant", f"{grant['id']}, revision {grant['revision']}")
    yield from _row("people", said.people)
    yield from _row("until", until_in_words(said))
    yield from _row("stands", standing_in_words(said))
    if stopped := ", ".join(said.standing["stopped"]):
        yield from _row("stopped", f"{stopped}: they came to mean more")
    if times := times_in_words(said):
        yield from _row("times", times)


def _who(said: Said) -> Iterator[str]:
    for decision in said.decisions:
        yield from _row("decided by", person_in_words(decision["actor"]))
        yield from _row("when", said.clock.words(decision["at"]))
        yield from _row("how", decision["method"] or NOT_STATED)


def _flows(said: Said) -> Iterator[str]:
    listed: set[str] = set()
    for scope, is_required in said.chosen:
        mark = "[required]" if is_required else "[x] ticked"
        yield from _wrapped(f"{mark} {_named(scope)}")
        if scope["reason"]:
            yield from _wrapped(f"why: {scope['reason']}", indent=4)
        if scope["writes"]:
            writes = ", ".join(scope["writes"])
            yield from _wrapped(f"the app may write to: {writes}", indent=4)
        yield from _fields(scope["fields"], listed)
    for rule in said.joint:
        yield from _wrapped(f"[together] since {', '.join(rule['scopes'])} all flow")
        yield from _fields(rule["fields"], listed)


def _named(scope: Json) -> str:
    return f"{scope['title'] or scope['key']} ({scope['key']})"


def _fields(leaves: Sequence[Json], listed: set[str]) -> Iterator[str]:
    """Yield each field not listed yet, and how many are listed above."""
    new = [leaf for leaf in leaves if leaf["path"] not in listed]
    for leaf in new:
        title = f"  {leaf['title']}" if leaf["title"] else ""
        yield printable(f"    {leaf['path']} ({leaf['sensitivity']}){title}")
    listed.update(leaf["path"] for leaf in new)
    if len(new) < len(leaves):
        yield f"    and {_counted(len(leaves) - len(new))} listed above"


def _counted(fields: int) -> str:
    return f"{fields} field{'' if fields == 1 else 's'}"


def _left(said: Said) -> Iterator[str]:
    for scope in said.left:
        yield from _wrapped(f"[ ] {_named(scope)}: {_counted(len(scope['fields']))}")
    if not said.left:
        yield "No box was left empty."


def _terms(said: Said) -> Iterator[str]:
    yield from _row("kept", said.terms["retention"] or NOT_STATED)
    yield from _row("lawful basis", said.terms["lawful_basis"] or NOT_STATED)
    yield from _row("contact", said.terms["contact"] or NOT_STATED)


def _withdraw(said: Said) -> Iterator[str]:
    method = said.decision["method"]
    where = f"by {method}" if method else "where it was authorised"
    if said.has_ended:
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


def _proves(said: Said) -> Iterator[str]:
    yield from _wrapped(
        f"That the event of this decision is number {said.position} of the first"
        f" {said.checkpoint.size} in the log below, and that the words shown before the"
        " decision are those of presentation.json. `verify_receipt.py`, from the page"
        " `Check a receipt` of scopegate's documentation, checks it, and compares every"
        " word here with them."
    )
    yield from _row("log", said.checkpoint.origin)
    yield from _row("leaf hash", said.leaf)
    yield from _row("shown", said.digest)
    if said.signed_by:
        yield from _row("signed by", ", ".join(said.signed_by))
    else:
        yield from _row("signature", UNSIGNED)


def _does_not(said: Said) -> Iterator[str]:
    if said.listed:
        yield from _item(
            "What was decided, if event.json is not here: it names the people whom the"
            " school listed, and only with it can these words be compared."
        )
    yield from _item(
        "That the log was not rewritten since: for that, somebody else must hold"
        " a checkpoint of it."
    )
    yield from _item(
        "That it was these people who decided: the service that keeps the log says so."
    )
    yield from _item(
        "How it stands, what becomes of the decision later, or that the app keeps to it."
    )
    yield from _item("This text: where event.json says something else, that counts.")


def _item(text: str) -> list[str]:
    return _lines(text, "- ", "  ")


def _row(label: str, text: str) -> list[str]:
    return _lines(text, f"{label:<14}", " " * 14)


def _wrapped(text: str, indent: int = 0) -> list[str]:
    return _lines(text, " " * indent, " " * (indent + 2 if indent else 0))


def _lines(text: str, first: str, rest: str) -> list[str]:
    return textwrap.wrap(
        printable(text),
        78,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )


def printable(text: str) -> str:
    """Return *text* with what could upset a terminal written as escapes."""
    upsetting = {"Cc", "Cs", "Cf", "Zl", "Zp"}
    return "".join(
        ascii(c)[1:-1] if unicodedata.category(c) in upsetting else c for c in text
    )


# The JSON-LD: receipt.jsonld, in the W3C's profile of ISO/IEC TS 27560:2023, with the
# words of DPV 2.3, Dublin Core and schema.org: https://w3id.org/dpv/guides/consent-27560
# What the profile calls consent is a school's authorisation, whatever the lawful basis.

# fmt: off
CONTEXT = {
    "dpv": "https://w3id.org/dpv#", "loc": "https://w3id.org/dpv/loc#",
    "dct": "http://purl.org/dc/terms/", "schema": "https://schema.org/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "spdx": "http://spdx.org/rdf/terms#", "xsd": "http://www.w3.org/2001/XMLSchema#",
}
PROFILE = "https://w3id.org/dpv/schema/dpv-27560#"
SCHOOL, APP, PEOPLE = {"@id": "_:school"}, {"@id": "_:app"}, {"@id": "_:people"}
# `special` is wider than UK GDPR Art. 9, so no field is said to be of its categories.
KINDS = {
    "public": "dpv:NonPersonalData", "personal": "dpv:PersonalData",
    "special": "dpv:SensitivePersonalData", "secret": "dpv:SensitivePersonalData",
}
# DPV keeps ConsentWithdrawn for data subjects, and a school is not one. Its guide
# names a ConsentTerminated as well, which no version of the vocabulary has.
ENDED = {
    "superseded": "dpv:ConsentRevoked", "revoked": "dpv:ConsentRevoked",
    "relinquished": "dpv:ConsentRevoked", "expired": "dpv:ConsentExpired",
    "invalidated": "dpv:ConsentInvalidated",
}


def json_ld_of(said: Said) -> Json:
    """Return the receipt: a record of what was authorised, and of what was left."""
    school, app, name = said.grant["school"], said.grant["app"], said.shown["school_name"]
    receipt = f"{said.revision}@{said.checkpoint.size}"
    records = [_record(said, "", _processes(said), _statuses(said))]
    if said.left:
        refused = _decided(said, ["dpv:ConsentRefused"], _until("it is asked for again"))
        processes = [_process(said, scope, "dpv:Optional") for scope in said.left]
        records.append(_record(said, "/left-empty", processes, [refused]))
    return {
        "@context": CONTEXT, "@type": "dpv:ConsentReceipt",
        "dct:conformsTo": {"@id": f"{PROFILE}receipt"},
        "dct:identifier": receipt, "dpv:hasIdentifier": receipt,
        **_times(said),
        "dct:created": _instant(said, said.standing["as_of"]), "dct:audience": SCHOOL,
        "dct:source": {
            "dct:title": f"event {said.position} of the log, by its leaf hash (RFC 6962)",
            "dct:identifier": said.leaf,
            "dct:isPartOf": {
                "dct:identifier": said.checkpoint.origin,
                "dct:description": said.checkpoint.text,
            },
        },
        "dpv:hasEntity": [
            _entity(SCHOOL, "dpv:DataController", name, school, ""),
            _entity(APP, "dpv:Recipient", app, app, said.terms["contact"]),
            {**PEOPLE, "@type": "dpv:DataSubject",
             "dct:description": f"whom the school has records of: {said.people}"},
        ],
        "dpv:hasRecordOfActivity": records,
    }


def json_ld_text(document: Json) -> str:
    """Return receipt.jsonld as it is written."""
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _times(said: Said) -> Json:
    times = times_in_words(said)
    return {"dct:description": f"times are {times}"} if times else {}


def _record(said: Said, suffix: str, processes: list[Json], statuses: list[Json]) -> Json:
    where = f"the school, or the app: {said.terms['contact'] or NOT_STATED}"
    record = {
        "@type": "dpv:ConsentRecord", "dct:conformsTo": {"@id": f"{PROFILE}record"},
        "dct:identifier": said.revision + suffix,
        "dpv:hasIdentifier": said.revision + suffix,
        "dpv:hasDataSubject": PEOPLE,
        "dpv:hasNotice": {
            "@type": "dpv:ConsentNotice", "dct:identifier": said.digest,
            "dct:language": said.shown["language"],
            "spdx:checksum": {
                "@type": "spdx:Checksum", "spdx:checksumValue": said.digest,
                "spdx:algorithm": {"@id": "spdx:checksumAlgorithm_sha256"},
            },
        },
        "dpv:hasDataController": SCHOOL, "dpv:hasRecipient": APP,
        "dpv:hasJurisdiction": {"@id": "loc:GB"},
        "dpv:hasLegalBasis": _described("dpv:LegalBasis", said.terms["lawful_basis"]),
        "dpv:hasStorageCondition": [
            {"@type": "dpv:StorageDuration", "dpv:hasDuration": {
                "@type": "dpv:Duration",
                "rdf:value": said.terms["retention"] or NOT_STATED,
            }},
            _described("dpv:StorageLocation", ""),
        ],
        "dpv:hasConsentControl": {
            "@type": "dpv:WithdrawConsent",
            "dct:description": "one person who may decide for the school revokes it",
            "dpv:isExercisedAt": said.decision["method"] or "where it was authorised",
        },
        "dpv:hasRight": {
            "@type": "dpv:DataSubjectRight", "dpv:isExercisedAt": where,
            "dct:title": "the rights of UK GDPR Art. 12 to 22",
        },
        "dpv:hasProcess": processes, "dpv:hasConsentStatus": statuses,
    }
    if said.standing["status"] == "superseded" and not suffix:
        record["dct:isReplacedBy"] = f"{said.grant['id']}/{said.grant['revision'] + 1}"
    return record


def _entity(node: Json, role: str, name: str, identifier: str, contact: str) -> Json:
    """Return an organisation; its address is not known here."""
    return {
        **node, "@type": ["dpv:Organisation", role],
        "dpv:hasName": name or NOT_STATED, "dpv:hasIdentifier": identifier,
        "schema:contactPoint": _described("schema:ContactPoint", contact),
        "schema:address": _described("schema:PostalAddress", ""),
    }


def _processes(said: Said) -> list[Json]:
    processes = [
        _process(said, scope, "dpv:Required" if is_required else "dpv:Optional")
        for scope, is_required in said.chosen
    ]
    for rule in said.joint:
        processes.append({
            "@type": "dpv:Process",
            "dct:title": f"since {', '.join(rule['scopes'])} are all authorised",
            "dpv:hasPurpose": _described("dpv:Purpose", said.shown["purpose"]),
            "dpv:hasRecipient": APP, **_data(rule["fields"], "dpv:Optional"),
        })
    return processes


def _process(said: Said, scope: Json, necessity: str) -> Json:
    purpose = _described("dpv:Purpose", scope["reason"] or said.shown["purpose"])
    return {
        "@type": "dpv:Process", "dct:identifier": scope["key"],
        "dct:title": scope["title"] or scope["key"],
        "dpv:hasNecessity": {"@id": necessity}, "dpv:hasPurpose": purpose,
        "dpv:hasRecipient": APP, **_data(scope["fields"], necessity),
    }


def _data(leaves: Iterable[Json], necessity: str) -> Json:
    """Return fields, those of persons apart from those that name no one."""
    found: Json = {}
    for leaf in leaves:
        is_public, kind = leaf["sensitivity"] == "public", KINDS[leaf["sensitivity"]]
        relation = "dpv:hasData" if is_public else "dpv:hasPersonalData"
        found.setdefault(relation, []).append({
            "@type": kind, "skos:broader": {"@id": kind},
            "dct:identifier": leaf["path"], "dct:title": leaf["title"] or leaf["path"],
            "dpv:hasNecessity": {"@id": necessity},
        })
    return found


def _statuses(said: Said) -> list[Json]:
    is_first, until = said.grant["revision"] == 1, _until("it is withdrawn")
    if said.grant["expires_at"]:
        ends = _instant(said, said.grant["expires_at"])
        until = {"@type": "dpv:UntilTimeDuration", "rdf:value": ends}
    given = "dpv:ConsentGiven" if is_first else "dpv:RenewedConsentGiven"
    statuses = [_decided(said, [given, "dpv:ExpressedConsent"], until)]
    stands, by = said.standing, said.standing["ended_by"]
    if said.has_ended:
        statuses.append({
            "@type": [ENDED[stands["status"]]], "dct:title": stands["status"],
            "dpv:isIndicatedAtTime": _instant(said, stands["ended_at"] or stands["as_of"]),
            "dpv:isIndicatedBy": [
                _person(by) if by else _described("dpv:Entity", "the service")
            ],
            "dpv:hasDuration": {"@id": "dpv:EndlessDuration"},
        })
    return statuses


def _until(event: str) -> Json:
    return {"@type": "dpv:UntilEventDuration", "rdf:value": event}


def _decided(said: Said, kinds: list[str], until: Json) -> Json:
    return {
        "@type": kinds, "dpv:isIndicatedAtTime": _instant(said, said.decision["at"]),
        "dpv:isIndicatedBy": [_person(each["actor"]) for each in said.decisions],
        "dpv:hasIndicationMethod": said.decision["method"] or NOT_STATED,
        "dpv:hasDuration": until,
    }


def _person(actor: Json) -> Json:
    names = {"dpv:hasName": "name", "schema:jobTitle": "role", "dpv:hasIdentifier": "id"}
    told = {term: actor[name] for term, name in names.items() if actor[name]}
    return {"@type": "dpv:NaturalPerson", **told}


def _described(kind: str, text: str) -> Json:
    """Return something of a kind that is only described."""
    return {"@type": kind, "dct:description": text or NOT_STATED}


def _instant(said: Said, text: str) -> Json:
    return {"@type": "xsd:dateTime", "@value": said.clock.iso(text)}
# fmt: on


# The comparison


class Untrue(Exception):  # noqa: N818 - it ends the comparison, and is not a mistake
    """Something does not hold; what comes after it is not looked at."""


class Findings:
    """What was found out about a receipt.

    Attributes:
        claims: What holds (True), does not (False), or was not checked (None), in order.
        facts: What was decided, by what it is called; only if all holds.
        is_compared: Whether a checkpoint that somebody keeps commits to the same log.
    """

    def __init__(self) -> None:
        self.claims: list[tuple[bool | None, str]] = []
        self.facts: list[tuple[str, str]] = []
        self.is_compared = False

    def must(self, holds: object, claim: str, otherwise: str = "") -> None:
        """Note a claim; if it does not hold, end there, with what is wrong."""
        if not holds:
            raise Untrue(claim + otherwise)
        self.claims.append((True, printable(claim)))

    def refuse(self, claim: str) -> None:
        """Note what is not true."""
        self.claims.append((False, printable(claim)))
        self.facts = []

    def gap(self, what: str) -> None:
        """Note what was not checked."""
        self.claims.append((None, printable(what)))

    def saying(self, *, holds: bool | None) -> list[str]:
        """Return the claims that hold, do not hold, or were not checked."""
        return [claim for held, claim in self.claims if held is holds]

    @property
    def code(self) -> int:
        """What the command ends with."""
        if self.saying(holds=False):
            return DOES_NOT_HOLD
        if not self.facts:
            return NOT_DECIDED
        return HOLDS if self.is_compared else NOT_COMPARED


def examine(
    files: Mapping[str, bytes],
    kept: Mapping[str, Checkpoint],
    *,
    without_event: bool = False,
    vouch: Callable[[bytes], Sequence[str]] | None = None,
) -> Findings:
    """Return the findings about a receipt.

    Args:
        files: Its files, by name.
        kept: Checkpoints that did not come with it, by what to call them.
        without_event: Whether the event is known to have been left out; what comes
            with the receipt cannot say so, since anyone could take the event away.
        vouch: Gives the lines of a proof's signatures that are of known keys; without
            it no signature is checked.
    """
    found = Findings()
    try:
        _examine(found, files, kept, without_event=without_event)
        _name_gaps(found, files, vouch)
    except Untrue as error:
        found.refuse(str(error))
    except Exception as error:  # what cannot be read is not believed
        found.refuse(f"it is what scopegate writes ({type(error).__name__})")
    return found


def _examine(
    found: Findings,
    files: Mapping[str, bytes],
    kept: Mapping[str, Checkpoint],
    *,
    without_event: bool,
) -> None:
    needed = {*NAMES} - ({EVENT} if without_event else set())
    missing = ", ".join(sorted(needed - files.keys()))
    hint = "; one that leaves it out takes --without-event" * (missing == EVENT)
    found.must(not missing, "every file is here", f"; missing: {missing}{hint}")
    proof = read_proof(files[PROOF])
    found.must(proof.text.encode() == files[PROOF], f"{PROOF} is as C2SP writes it")
    is_known = _is_known(proof.sent)
    hint = "; take the program from the scopegate that wrote it"
    found.must(is_known, f"its format is known here: {proof.sent['format']}", hint)
    checkpoint, number = proof.checkpoint, proof.place + 1
    place = f"number {number} of {checkpoint.size} in {checkpoint.origin}"
    found.must(proof.is_of_its_log, f"its leaf is {place}")
    sent = proof.sent["files"]
    here = {n: sha(files[n]).hex() for n in NAMES if n in files and n != PROOF}
    other = sorted(n for n in here | sent if here.get(n) != sent.get(n))
    came = f"with it came {', '.join(here)}"
    found.must(not other, came, f"; but not: {', '.join(other)}")
    if EVENT in files:
        _examine_decision(found, files, proof)
    _compare(found, checkpoint, kept)


def _is_known(sent: Json) -> bool:
    """Tell whether a proof sends along exactly what this program can read."""
    return (
        PARTS.get(repr(sent["format"])) == {*sent}
        and ("clock" not in sent or _is_clock(sent["clock"]))
        and _is_standing(sent["standing"])
    )


def _is_clock(clock: Json) -> bool:
    """Tell whether the clocks of a school are written in the one way that there is."""
    return {*clock} == {"offsets", "zone"} and bool(
        re.fullmatch(r"[\w+-]+(/[\w+-]+)*", clock["zone"], re.ASCII)
    )


def _is_standing(stands: Json) -> bool:
    """Tell whether the state of a grant is written in the one way that there is."""
    by, stopped = stands["ended_by"], stands["stopped"]
    return (
        {*stands} == {"as_of", "ended_at", "ended_by", "status", "stopped"}
        and (by is None or stands["ended_at"] is not None)
        and (by is None or {*by} == {"id", "name", "role"})
        and (by is None or all(type(text) is str for text in by.values()))
        and stopped == sorted({*stopped})
    )


def said_in(files: Mapping[str, bytes], proof: Proof) -> Said:
    """Return everything that the receipt in *files* has to say."""
    return Said(
        event=json.loads(files[EVENT]),
        shown=json.loads(files[PRESENTATION]),
        digest=sha(files[PRESENTATION]).hex(),
        standing=proof.sent["standing"],
        clock=Times(**proof.sent.get("clock", {"zone": "", "offsets": {}})),
        leaf=proof.sent["leaf"],
        position=proof.place + 1,
        checkpoint=proof.checkpoint,
        signed_by=proof.signed_by,
    )


def _examine_decision(
    found: Findings, files: Mapping[str, bytes], proof: Proof
) -> None:
    leaf = sha(b"\x00" + files[EVENT])
    found.must(leaf == proof.leaf, f"{EVENT} is that leaf")
    said = said_in(files, proof)
    is_decision = said.event["value"]["event"] in {"Authorised", "Amended"}
    school, origin = said.grant["school"], proof.checkpoint.origin
    found.must(is_decision, f"it is a decision of school {school} on a grant")
    if origin.startswith("scopegate/"):
        name = quote(school, safe="", errors="surrogatepass")
        found.must(origin == f"scopegate/school/{name}", "the log is that school's")
    else:
        found.gap(f"whose log {origin} is: its name does not say that it is {school}'s")
    other = ", ".join(differences(said))
    claim = f"{PRESENTATION} is what that was decided on"
    found.must(not other, claim, f"; they differ in {other}")
    if said.clock.zone:
        exact = {*said.clock.offsets} == {*said.instants}
        found.must(exact, "each of its times has its offset from UTC, and no other has")
    found.must(text_of(said).encode() == files[TEXT], f"{TEXT} says so, word for word")
    linked = json_ld_text(json_ld_of(said)).encode()
    found.must(linked == files[JSON_LD], f"{JSON_LD} says so, word for word")
    found.facts = [*_facts(said)]
    _name_clock(found, said.clock)
    stopped = "".join(f"; stopped: {path}" for path in said.standing["stopped"])
    found.gap(
        f"how it stands: the receipt says `{standing_in_words(said)}{stopped}`, and"
        " nothing proves that; ask the school how it stands today"
    )


def _name_clock(found: Findings, clock: Times) -> None:
    """Note where this machine does not know that a zone's clocks show these times.

    Rules of zones change, so a receipt does not fail for that.
    """
    try:
        rules = ZoneInfo(clock.zone) if clock.zone else UTC
    except (LookupError, ValueError, OSError):
        why = "this machine does not know that zone"
    else:
        told = (instant(text).astimezone(rules) for text in clock.offsets)
        if [*map(offset_of, told)] == [*clock.offsets.values()]:
            return
        why = "by the rules of this machine they do not"
    found.gap(
        f"that the clocks of {clock.zone} show these times: {why}; each says how far it"
        " is from UTC, and was compared by that"
    )


def _facts(said: Said) -> Iterator[tuple[str, str]]:
    yield "school", school_in_words(said)
    yield "app", said.grant["app"]
    yield "purpose", said.shown["purpose"]
    for decision in said.decisions:
        yield "decided by", person_in_words(decision["actor"])
        yield "when", said.clock.words(decision["at"])
    yield "until", until_in_words(said)
    if times := times_in_words(said):
        yield "times", times
    yield "people", said.people
    yield f"{len(said.grant['pins'])} fields", ", ".join(sorted(said.grant["pins"]))


def _compare(
    found: Findings, checkpoint: Checkpoint, kept: Mapping[str, Checkpoint]
) -> None:
    for name, theirs in kept.items():
        found.must(theirs.origin == checkpoint.origin, f"{name} is of the same log")
        if theirs.size != checkpoint.size:
            found.gap(
                f"{name}: it is of {theirs.size} events, and the receipt of"
                f" {checkpoint.size}; ask for a receipt of {theirs.size}"
            )
            continue
        claim = f"{name}, of {theirs.size} events, commits to the same ones"
        found.must(theirs.root == checkpoint.root, claim)
        found.is_compared = True
    if not found.is_compared:
        found.gap(
            "that the log is the school's own: for that, keep a checkpoint of it, of"
            f" {checkpoint.size} events; anyone can make a log that fits a receipt"
        )


def _name_gaps(
    found: Findings,
    files: Mapping[str, bytes],
    vouch: Callable[[bytes], Sequence[str]] | None,
) -> None:
    """Note whatever else was not checked: the event, signatures, further files."""
    signatures = read_proof(files[PROOF]).signatures
    known = vouch(files[PROOF]) if vouch else ()
    if vouch:
        whose = ", ".join(map(signer, known))
        found.must(known, f"it is signed by a key that you know: {whose}")
    if not signatures:
        found.gap("who keeps the log: no one has signed it")
    if unknown := ", ".join(signer(each) for each in signatures if each not in known):
        found.gap(f"signatures said to be of {unknown}: that takes scopegate and a key")
    if EVENT not in files:
        found.gap(
            f"what was decided: {EVENT} is not here, so {PRESENTATION}, {TEXT} and"
            f" {JSON_LD} could say anything; only a hash is proved"
        )
    if further := ", ".join(sorted(files.keys() - {*NAMES})):
        found.gap(f"what is next to the receipt, and not part of it: {further}")


# The command


def main(arguments: Sequence[str] | None = None) -> int:
    """Check the receipt in a folder, print what was found, and return the code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("kept", type=Path, nargs="*", default=[], metavar="CHECKPOINT")
    parser.add_argument("--without-event", action="store_true")
    given = parser.parse_args(arguments)
    try:
        files = {path.name: _content(path) for path in given.folder.iterdir()}
        kept = {str(p): read_checkpoint(p.read_bytes().decode())[0] for p in given.kept}
    except (OSError, ValueError) as error:
        parser.error(f"it cannot be read: {error}")
    found = examine(files, kept, without_event=given.without_event)
    _print(found)
    return found.code


def _content(path: Path) -> bytes:
    return path.read_bytes() if path.name in NAMES and path.is_file() else b""


def _print(found: Findings) -> None:
    lines = [f"{SAID[holds]}{claim}" for holds, claim in found.claims]
    if found.facts:
        lines += ["", "So this was decided:"]
        lines += [line for fact in found.facts for line in _row(*fact)]
    # A terminal that lacks a letter of a name must not make a receipt look false.
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # it is a file
    print(*lines, "", CONCLUSIONS[found.code], sep="\n")


if __name__ == "__main__":
    sys.exit(main())
