"""Edits of a receipt, by somebody who then writes the hashes of its files again.

What a receipt sends along is signed by no one, so an edit is only worth trying with
hashes that fit. `benchmarks/receipts.py` counts what becomes of many of them.
"""

import json
from base64 import b64decode, b64encode
from contextlib import suppress
from hashlib import sha256

from scopegate._base.canonical import canonical_json
from scopegate.evidence.verify_receipt import (
    EVENT,
    JSON_LD,
    NAMES,
    PRESENTATION,
    PROOF,
    TEXT,
    read_proof,
)
from scopegate.proofs.merkle import leaf_hash

WORDS = (
    "data-broker",
    "Signed by Ofsted",
    "student.safeguarding",
    "for ever",
    "",
    "31 August 2099, 12:00:00 UTC+01:00",
    "é\u202e\n",
)


def edited(files, chance):
    """Return the name of an edit, and the files after it, with hashes that fit."""
    name, edit = chance.choice(EDITS)
    found = edit(dict(files), chance)
    if chance.random() < 0.2:
        found.pop(chance.choice(NAMES), None)
    return name, packed(found, fits_leaf=chance.random() < 0.5)


def packed(files, *, fits_leaf=False):
    """Return files whose proof has their hashes along with it, and the event's too."""
    with suppress(LookupError, ValueError, TypeError):
        sent = sent_along(files)
        sent["files"] = {
            name: sha256(content).hexdigest()
            for name, content in files.items()
            if name in NAMES and name != PROOF
        }
        if fits_leaf:
            sent["leaf"] = leaf_hash(files[EVENT]).hex()
        return sending(files, sent)
    return files


def sent_along(files):
    """Return what the proof of a receipt has along with it."""
    return json.loads(b64decode(files[PROOF].split(b"\n")[1].removeprefix(b"extra ")))


def sending(files, sent):
    """Return files whose proof has something else along with it."""
    head, _, *rest = files[PROOF].split(b"\n")
    lines = [head, b"extra " + b64encode(canonical_json(sent)), *rest]
    return {**files, PROOF: b"\n".join(lines)}


def gap_of(before, after):
    """Return what a line about an edit that cannot be checked must say.

    None if the edit can be checked, and must not hold.
    """
    if before.keys() - after.keys():
        return None
    old, new = read_proof(before[PROOF]), _proof_in(after)
    if new is None or any(before[name] != after[name] for name in {*NAMES} - {PROOF}):
        return None
    if before[PROOF] != after[PROOF]:
        is_gap = _but_signatures(old) == _but_signatures(new)
        names = ", ".join(new.signed_by)
        return f"signatures said to be of {names}" if is_gap else None
    return f"not part of it: {', '.join(sorted(after.keys() - before.keys()))}"


def _but_signatures(proof):
    """Return all that a proof says but its signatures; true is not taken for 1."""
    return repr((proof._replace(signatures=[]), proof.signed_by))


def _proof_in(files):
    """Return the proof in files, or None where it is not written as C2SP has it."""
    with suppress(LookupError, ValueError, TypeError):
        found = read_proof(files[PROOF])
        return found if found.text.encode() == files[PROOF] else None
    return None


def _bytes(files, chance):
    """Change, take out or put in a few bytes of any file."""
    name = chance.choice(NAMES)
    raw, at = bytearray(files[name]), chance.randrange(len(files[name]))
    match chance.randrange(5):
        case 0:
            raw[at] ^= 1 << chance.randrange(8)
        case 1:
            del raw[at : at + chance.randrange(1, 20)]
        case 2:
            raw[at:at] = chance.randbytes(chance.randrange(1, 6))
        case 3:
            del raw[at:]
        case _:
            other = chance.randrange(len(raw))
            raw[at], raw[other] = raw[other], raw[at]
    return {**files, name: bytes(raw)}


def _words(files, chance):
    """Change, take out, repeat or put in words or lines of the text."""
    lines = files[TEXT].decode().split("\n")
    at = chance.choice([n for n, line in enumerate(lines) if line.strip()])
    match chance.randrange(4):
        case 0:
            words = lines[at].split(" ")
            words[chance.randrange(len(words))] = chance.choice(WORDS)
            lines[at] = " ".join(words)
        case 1:
            del lines[at]
        case 2:
            lines.insert(at, lines[at])
        case _:
            lines.insert(at, chance.choice(WORDS))
    return {**files, TEXT: "\n".join(lines).encode(errors="replace")}


def _json(name):
    """Return an edit of one value, key or element in a file of JSON."""

    def edit(files, chance):
        document = json.loads(files[name])
        _in_json(document, chance)
        if name == JSON_LD:
            text = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
            return {**files, name: text.encode()}
        return {**files, name: canonical_json(document)}

    return edit


def _sent(files, chance):
    """Change one value, key or element in what the proof has along with it."""
    sent = sent_along(files)
    _in_json(sent, chance)
    return sending(files, sent)


def _in_json(document, chance):
    holders = [*_holders(document)]
    holder = chance.choice(holders)
    place = chance.choice([*holder] if isinstance(holder, dict) else range(len(holder)))
    match chance.randrange(4):
        case 0:
            del holder[place]
        case 1 if isinstance(holder, dict):
            holder["note"] = chance.choice(WORDS)
        case 1:
            holder.append(holder[place])
        case _:
            holder[place] = _other(holder[place], chance)


def _holders(node):
    """Yield every object and list of a document that has something in it."""
    if isinstance(node, dict | list) and node:
        yield node
        for each in node.values() if isinstance(node, dict) else node:
            yield from _holders(each)


def _other(value, chance):
    """Return another value, of the same kind or not."""
    match value:
        case str():
            return chance.choice([*WORDS, value + " ", value.upper(), None, [value]])
        case bool() | None:
            return chance.choice([True, False, 0, "", "yes", []])
        case int():
            return chance.choice([value + 1, value - 1, str(value), True])
        case dict():
            return chance.choice([{}, [], None, ""])
        case _:
            return chance.choice([value[::-1] * 2, [], {}, None, ""])


def _proof(files, chance):
    """Change the place, the path, the checkpoint or the signatures of the proof."""
    above, below = files[PROOF].decode().split("\n\n", 1)
    head, extra, index, *path = above.split("\n")
    origin, size, root, *rest = below.split("\n")
    number = int(index.removeprefix("index "))
    strange = b64encode(chance.randbytes(32)).decode()
    match chance.randrange(8):
        case 0:
            index = f"index {chance.choice([number + 1, number - 1, -1, f'0{number}'])}"
        case 1:
            size = str(chance.choice([int(size) + 1, int(size) - 1, f"0{size}"]))
        case 2:
            origin = chance.choice([origin + "1", "log.example", "scopegate/school/"])
        case 3:
            root = strange
        case 4:
            path = chance.choice([path[1:], [*path, strange], [strange, *path[1:]]])
        case 5:
            rest = [chance.choice(["extension", ""]), *rest]
        case 6:
            name = chance.choice(["ofsted.example", "school.example", "a b"])
            rest = [*rest[:-1], f"— {name} {strange}", ""]
        case _:
            rest = [_with_another_signature(line, strange) for line in rest]
            rest = chance.choice([rest, rest[:1] + rest[-1:]])
    lines = [head, extra, index, *path, "", origin, size, root, *rest]
    return {**files, PROOF: "\n".join(lines).encode()}


def _with_another_signature(line, signature):
    parts = line.split(" ")
    return line if len(parts) != 3 else " ".join([*parts[:2], signature])


def _missing(files, chance):
    """Take a file away."""
    files.pop(chance.choice(NAMES))
    return files


def _further(files, chance):
    """Put a further file with the others."""
    name = chance.choice(["README.txt", "event.json.sig", "verify_receipt.py"])
    return {**files, name: b"Signed by Ofsted"}


EDITS = (
    ("bytes of any file", _bytes),
    ("words of receipt.txt", _words),
    ("a value of receipt.jsonld", _json(JSON_LD)),
    ("a value of presentation.json", _json(PRESENTATION)),
    ("a value of event.json", _json(EVENT)),
    ("a value that the proof sends along", _sent),
    ("a line of the proof", _proof),
    ("a file taken away", _missing),
    ("a further file", _further),
)
