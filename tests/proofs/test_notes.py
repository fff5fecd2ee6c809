"""Signed notes, checkpoints and proofs against the texts of C2SP."""

import hmac
from base64 import b64encode
from contextlib import nullcontext
from itertools import product

import pytest
from attrs import evolve, frozen
from hypothesis import given, strategies as st

from scopegate.errors import ProofError
from scopegate.proofs.checkpoints import origin_of
from scopegate.proofs.merkle import MOST_LEAVES, inclusion_path, leaf_hash, root_hash
from scopegate.proofs.note_text import is_key_name
from scopegate.proofs.notes import (
    Checkpoint,
    Signature,
    SignedNote,
    TlogProof,
    open_note,
    sign_note,
    verify_proof,
)

# -- The examples of c2sp.org/signed-note, /tlog-checkpoint, /tlog-cosignature, /tlog-proof

NOTE = """\
Ognuno sta solo sul cuor della terra
trafitto da un raggio di sole:

ed è subito sera.

— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=
"""
CHECKPOINT = """\
example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
"""
COSIGNED = f"""\
{CHECKPOINT}
— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==
"""
PROOF = f"""\
c2sp.org/tlog-proof@v1
extra YWdlLXYxLjIuMS1kYXJ3aW4tYXJtNjQudGFyLmd6kYXJ3aW4tYXJ
index 73894
gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=
B95lDa8R83lS8n0eG+o0buTxRKQTYFi//1U8anccXmA=
EKNzoDWG8LGC0Yp9o+sv3qllpMP9uHQ9B20KNL+Q1zs=
RoopEkOdqkYqMB4MJXrbt/hMjOxsVn0IrWjpz1ZMMes=
AHCioX9nLjsrse6YhjRRmk1WUEirVOLLRoOQ6vfO5vk=

{COSIGNED}"""


@frozen
class Seal:
    """A signer and verifier of the standard library's making, for tests only."""

    name: str
    key_id: bytes = b"seal"
    secret: bytes = b"secret"

    def sign(self, message):
        """Return a code that only who knows the secret can make."""
        return hmac.digest(self.secret, message, "sha256")

    def verify(self, message, signature):
        """Tell whether the code was made with the same secret."""
        return hmac.compare_digest(self.sign(message), signature)


LOG = Seal("log.example")
WITNESS = Seal("witness.example", b"wit1")
ORIGIN = "log.example"
TEXT = "first\n\nsecond\n"
ENTRIES = [b"entry %d" % n for n in range(7)]
LEAVES = [leaf_hash(entry) for entry in ENTRIES]


def proof_of(index, signers=(LOG,), extra=b""):
    """Return the proof that an entry of the log stands where it does."""
    checkpoint = Checkpoint(ORIGIN, len(LEAVES), root_hash(LEAVES))
    note = sign_note(checkpoint.to_text(), signers)
    return TlogProof(index, inclusion_path(LEAVES, index), note, extra)


# -- What is valid

CHARS = st.characters(exclude_categories=["Cs"], min_codepoint=32)
LINES = st.text(CHARS, min_size=1, max_size=12)
NAMES = LINES.filter(is_key_name)
NOTE_TEXTS = st.lists(st.just("") | LINES, max_size=5).map(
    lambda x: "\n".join([*x, ""])
)
SIGNATURES = st.builds(
    Signature,
    NAMES,
    st.binary(min_size=4, max_size=4),
    st.binary(min_size=1, max_size=70),
)
HASHES = st.binary(min_size=32, max_size=32)
EMPTY_LOGS = st.builds(Checkpoint, LINES, st.just(0), st.just(root_hash([])))
CHECKPOINTS = EMPTY_LOGS | st.builds(
    Checkpoint,
    LINES,
    st.integers(1, MOST_LEAVES),
    HASHES,
    st.lists(LINES, max_size=2),
)
SIGNED = st.lists(SIGNATURES, max_size=3)
NOTES = st.builds(SignedNote, NOTE_TEXTS.filter(bool), SIGNED)
PROOFS = st.builds(
    TlogProof,
    st.integers(0, MOST_LEAVES),
    st.lists(HASHES, max_size=64),
    st.builds(lambda c, s: SignedNote(c.to_text(), s), CHECKPOINTS, SIGNED),
    st.binary(max_size=50),
)


@given(NOTES | CHECKPOINTS | PROOFS)
def test_what_is_written_is_read_back(value):
    """Each note, checkpoint and proof is read from its text as what it was."""
    assert type(value).from_text(value.to_text()) == value
    assert type(value).from_text(value.to_text().encode()) == value


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (SignedNote, NOTE),
        (SignedNote, COSIGNED),
        (Checkpoint, CHECKPOINT),
        (TlogProof, PROOF),
    ],
    ids=["note", "cosigned", "checkpoint", "proof"],
)
def test_the_examples_of_the_documents_are_written_as_they_are_read(kind, text):
    """The documents' own examples are read, and come out byte for byte the same."""
    assert kind.from_text(text).to_text() == text


def test_the_example_of_a_note_is_taken_apart_at_its_last_empty_line():
    """The text of the document's note keeps its own empty line and its last newline."""
    note = SignedNote.from_text(NOTE)

    assert note.text == NOTE[: NOTE.index("\n— ")]
    assert [(s.name, s.key_id.hex()) for s in note.signatures] == [
        ("quasimodo.example/salvatore", "367ba04b")
    ]


def test_the_example_of_a_proof_has_the_parts_the_document_names():
    """The document's proof has its index, five hashes, extra data and a checkpoint."""
    proof = TlogProof.from_text(PROOF)

    assert (proof.index, len(proof.path), len(proof.extra)) == (73894, 5, 39)
    assert proof.checkpoint == Checkpoint.from_text(CHECKPOINT)
    assert (proof.checkpoint.origin, proof.checkpoint.size) == (
        "example.com/behind-the-sofa",
        20852163,
    )


# -- What is not

HOSTILE = st.text(max_size=60) | st.binary(max_size=60) | NOTE_TEXTS


@st.composite
def damaged(draw):
    """Draw one of the examples with a piece of it replaced."""
    text = draw(st.sampled_from([NOTE, CHECKPOINT, COSIGNED, PROOF]))
    start = draw(st.integers(0, len(text)))
    end = draw(st.integers(start, start + 50))
    piece = draw(
        st.text(max_size=5) | st.sampled_from(["\n", "\n\n", "— a AAAAAAA=\n"])
    )
    return text[:start] + piece + text[end:]


@pytest.mark.parametrize("kind", [SignedNote, Checkpoint, TlogProof])
@given(raw=HOSTILE | damaged())
def test_what_is_read_is_written_back_or_refused(kind, raw):
    """Whatever text or bytes come, they are read exactly or are a ProofError."""
    try:
        written = kind.from_text(raw).to_text()
    except ProofError:
        return

    assert written == (raw.decode() if isinstance(raw, bytes) else raw)


SIGNATURE = "— a AAAAAAA=\n"
LINE = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
HEAD = "c2sp.org/tlog-proof@v1\n"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "text\n",
        f"text\n{SIGNATURE}",
        f"text\n\n{SIGNATURE[:-1]}",
        f"text\n\n{SIGNATURE}\n{SIGNATURE[:-1]}",
        f"text\n\n{SIGNATURE}and more\n",
        "text\n\n- a AAAAAAA=\n",
        "text\n\n—  a AAAAAAA=\n",
        "text\n\n— a AAAAAAA= \n",
        "text\n\n— AAAAAAA=\n",
        "text\n\n—  AAAAAAA=\n",
        "text\n\n— a+b AAAAAAA=\n",
        "text\n\n— a\u00a0b AAAAAAA=\n",
        "text\n\n— a\u2028b AAAAAAA=\n",
        "text\n\n— a AAAAAA==\n",
        "text\n\n— a AAAA\n",
        "text\n\n— a \n",
        "text\n\n— a AAAAAAA\n",
        "text\n\n— a AAAAAAB=\n",
        "text\n\n— a AAAAAA-_\n",
        "text\n\n— a AAAAAAÄ=\n",
        f"te\x00xt\n\n{SIGNATURE}",
        f"te\txt\n\n{SIGNATURE}",
        f"te\rxt\n\n{SIGNATURE}",
        f"te\x1fxt\n\n{SIGNATURE}",
        f"te\ud800xt\n\n{SIGNATURE}",
        f"te\ud800xt\n\n{SIGNATURE}".encode(errors="surrogatepass"),
        f"text\n\n{SIGNATURE}".encode("utf-16"),
        b"t\xe9xt\n\n" + SIGNATURE.encode(),
    ],
)
def test_what_is_not_exactly_a_note_is_refused(text):
    """A text that departs from signed-note in one thing only is a ProofError."""
    with pytest.raises(ProofError, match="the note is refused: "):
        SignedNote.from_text(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        f"log\n1\n{LINE[:-1]}",
        "log\n1\n",
        f"\n1\n{LINE}",
        f"1\n{LINE}",
        f"log\n1\n{LINE}\n",
        f"log\n1\n{LINE}extension",
        f"log\n1\n{LINE}\nextension\n",
        f"log\n01\n{LINE}",
        f"log\n00\n{LINE}",
        f"log\n+1\n{LINE}",
        f"log\n-1\n{LINE}",
        f"log\n 1\n{LINE}",
        f"log\n1_0\n{LINE}",
        f"log\n1.0\n{LINE}",
        f"log\n\u0661\n{LINE}",
        f"log\n\n{LINE}",
        f"log\n{MOST_LEAVES + 1}\n{LINE}",
        f"log\n{'9' * 5000}\n{LINE}",
        f"log\n0\n{LINE}",
        "log\n1\n\n",
        "log\n1\nAAAA\n",
        f"log\n1\nAAAA{LINE}",
        f"log\n1\n{LINE.replace('A=', 'B=')}",
        f"log\r\n1\n{LINE}",
        f"log\n1\n{LINE}exten\tsion\n",
    ],
)
def test_what_is_not_exactly_a_checkpoint_is_refused(text):
    """A text that departs from tlog-checkpoint in one thing only is a ProofError."""
    with pytest.raises(ProofError, match="the checkpoint is refused: "):
        Checkpoint.from_text(text)


NOTHING_SIGNED = f"\nlog\n1\n{LINE}\n"


@pytest.mark.parametrize(
    "text",
    [
        "",
        HEAD,
        f"{HEAD}index 0\n",
        f"{HEAD}{NOTHING_SIGNED}",
        f"index 0\n{NOTHING_SIGNED}",
        f"c2sp.org/tlog-proof@v2\nindex 0\n{NOTHING_SIGNED}",
        f" {HEAD}index 0\n{NOTHING_SIGNED}",
        f"{HEAD}0\n{NOTHING_SIGNED}",
        f"{HEAD}index\n{NOTHING_SIGNED}",
        f"{HEAD}index \n{NOTHING_SIGNED}",
        f"{HEAD}index  0\n{NOTHING_SIGNED}",
        f"{HEAD}index 00\n{NOTHING_SIGNED}",
        f"{HEAD}index -1\n{NOTHING_SIGNED}",
        f"{HEAD}index {MOST_LEAVES + 1}\n{NOTHING_SIGNED}",
        f"{HEAD}Index 0\n{NOTHING_SIGNED}",
        f"{HEAD}extra AAAA\n{NOTHING_SIGNED}",
        f"{HEAD}extra \nindex 0\n{NOTHING_SIGNED}",
        f"{HEAD}extra\nindex 0\n{NOTHING_SIGNED}",
        f"{HEAD}extra AAA\nindex 0\n{NOTHING_SIGNED}",
        f"{HEAD}index 0\nextra AAAA\n{NOTHING_SIGNED}",
        f"{HEAD}extra AAAA\nextra AAAA\nindex 0\n{NOTHING_SIGNED}",
        f"{HEAD}index 0\nAAAA\n{NOTHING_SIGNED}",
        f"{HEAD}index 0\n{LINE[:-1]} \n{NOTHING_SIGNED}",
        f"{HEAD}index 0\n\n{LINE}{NOTHING_SIGNED}",
        f"{HEAD}index 0\n{LINE * 65}{NOTHING_SIGNED}",
        f"{HEAD}index 0\n{NOTHING_SIGNED[1:]}",
        f"{HEAD}index 0\n{NOTHING_SIGNED[:-1]}",
        f"{HEAD}index 0\n\n{NOTHING_SIGNED}",
        f"{HEAD}index 0\n{NOTHING_SIGNED}\n",
        f"{HEAD}index 0\n\nno checkpoint\n\n",
    ],
)
def test_what_is_not_exactly_a_proof_is_refused(text):
    """A text that departs from tlog-proof in one thing only is a ProofError."""
    with pytest.raises(ProofError, match=r"the (proof|note|checkpoint) is refused: "):
        TlogProof.from_text(text)


def test_what_those_texts_depart_from_is_read():
    """Without the one departure, the texts of the three tests above are valid."""
    assert SignedNote.from_text(f"text\n\n{SIGNATURE}").text == "text\n"
    assert Checkpoint.from_text(f"log\n1\n{LINE}extension\n").size == 1
    assert TlogProof.from_text(f"{HEAD}index 0\n{LINE * 64}{NOTHING_SIGNED}").index == 0
    assert TlogProof.from_text(f"{HEAD}extra AAAA\nindex 0\n{NOTHING_SIGNED}").extra


@pytest.mark.parametrize(
    "build",
    [
        lambda: SignedNote(""),
        lambda: SignedNote("no newline"),
        lambda: SignedNote("\x01\n"),
        lambda: SignedNote("\ud800\n"),
        lambda: Signature("", b"1234", b"x"),
        lambda: Signature("a b", b"1234", b"x"),
        lambda: Signature("a\nb", b"1234", b"x"),
        lambda: Signature("a\x01b", b"1234", b"x"),
        lambda: Signature("a\ud800b", b"1234", b"x"),
        lambda: Signature("a", b"123", b"x"),
        lambda: Signature("a", b"1234", b""),
        lambda: Checkpoint("", 1, bytes(32)),
        lambda: Checkpoint("a\nb", 1, bytes(32)),
        lambda: Checkpoint("a", -1, bytes(32)),
        lambda: Checkpoint("a", MOST_LEAVES + 1, bytes(32)),
        lambda: Checkpoint("a", 1, bytes(31)),
        lambda: Checkpoint("a", 1, bytes(32), [""]),
        lambda: Checkpoint("a\ud800", 1, bytes(32)),
        lambda: evolve(proof_of(0), index=-1),
        lambda: evolve(proof_of(0), index=MOST_LEAVES + 1),
        lambda: evolve(proof_of(0), path=[bytes(32)] * 65),
        lambda: evolve(proof_of(0), path=[bytes(31)]),
        lambda: evolve(proof_of(0), note=sign_note("no checkpoint\n")),
        lambda: evolve(proof_of(0), extra=bytes(2**20)),
    ],
    ids=range(24),
)
def test_nothing_is_made_that_could_not_be_read(build):
    """A part that has no place in the text is a ProofError when the value is made."""
    with pytest.raises(ProofError):
        build()


def test_the_largest_log_has_a_checkpoint_and_its_last_entry_a_proof():
    """The bounds of a size and an index are themselves within bounds."""
    largest = Checkpoint("log", MOST_LEAVES, bytes(32))
    proof = TlogProof(MOST_LEAVES, [], sign_note(largest.to_text()))

    assert Checkpoint.from_text(largest.to_text()) == largest
    assert TlogProof.from_text(proof.to_text()) == proof


def test_sizes_are_bounded():
    """A note holds 100 signatures and a mebibyte; one more of either is refused."""
    longest = f"{'x' * (2**20 - 2)}\n\n"

    assert SignedNote.from_text(longest).to_text() == longest
    assert len(SignedNote.from_text(f"text\n\n{SIGNATURE * 100}").signatures) == 100
    for wrong in (f"x{longest}", b"x" * 2**21, f"text\n\n{SIGNATURE * 101}"):
        with pytest.raises(ProofError, match=r"longer than|more than 100"):
            SignedNote.from_text(wrong)


def test_the_bound_is_of_bytes():
    """A text that has fewer characters than a mebibyte and more bytes is refused."""
    with pytest.raises(ProofError, match="longer than 1048576 bytes"):
        SignedNote("é" * 2**19 + "\n")


# -- Signatures


def test_a_note_is_opened_by_whoever_knows_a_key():
    """The signatures of known keys are returned, and those of unknown ones are not."""
    note = sign_note(TEXT, [LOG, WITNESS])

    assert open_note(note.to_text(), [WITNESS, Seal("other")]) == SignedNote(
        TEXT, note.signatures[1:]
    )
    assert open_note(note.to_text(), [LOG, WITNESS, LOG]) == note


def test_a_key_that_signed_twice_counts_once():
    """Of two true signatures of one key the first is returned, to be counted once."""
    note = sign_note(TEXT, [LOG, LOG])

    assert open_note(note.to_text(), [LOG]).signatures == note.signatures[:1]


def test_a_second_signature_of_a_known_key_must_be_true_too():
    """A false signature of a known key refuses the note, wherever it stands."""
    true = sign_note(TEXT, [LOG, WITNESS])
    false = sign_note(TEXT, [evolve(LOG, secret=b"guessed")]).signatures

    for signatures in (true.signatures + false, false + true.signatures):
        with pytest.raises(ProofError, match=r"signature of `log\.example` is false"):
            evolve(true, signatures=signatures).verified([LOG, WITNESS])


def test_a_key_is_known_by_name_and_id_together():
    """A signature that shares only the name, or only the id, is of an unknown key."""
    strangers = [evolve(LOG, key_id=b"1234"), evolve(LOG, name="other.example")]
    note = sign_note(TEXT, [evolve(s, secret=b"theirs") for s in strangers])

    with pytest.raises(ProofError, match="no known key signed it"):
        note.verified([LOG])
    both = evolve(note, signatures=note.signatures + sign_note(TEXT, [LOG]).signatures)
    assert both.verified([LOG]) == sign_note(TEXT, [LOG])


def test_of_two_keys_with_the_same_name_and_id_both_must_agree():
    """Where two known keys cannot be told apart, what one refuses is refused."""
    with pytest.raises(ProofError, match="is false"):
        sign_note(TEXT, [LOG]).verified([LOG, evolve(LOG, secret=b"another")])


@pytest.mark.parametrize("verifiers", [[], [WITNESS]])
def test_a_note_that_nobody_known_signed_is_not_opened(verifiers):
    """Without a signature of a known key a note is refused, unsigned or not."""
    for note in (sign_note(TEXT), sign_note(TEXT, [LOG])):
        with pytest.raises(ProofError, match="no known key signed it"):
            open_note(note.to_text(), verifiers)


def test_an_unsigned_note_is_signed_by_appending_a_line():
    """An unsigned note is its text and an empty line; a signature goes below that."""
    unsigned, signed = sign_note(TEXT).to_text(), sign_note(TEXT, [LOG])

    assert unsigned == f"{TEXT}\n"
    assert f"{unsigned}{signed.signatures[0].to_line()}\n" == signed.to_text()


def test_a_text_that_looks_like_a_signed_note_is_not_one():
    """Signature lines inside a text are text: without one below, no one signed it."""
    inner = sign_note(TEXT, [LOG]).to_text()

    outer = SignedNote.from_text(sign_note(inner).to_text())

    assert outer == SignedNote(inner)


# -- Proofs


@pytest.mark.parametrize("index", range(len(ENTRIES)))
def test_a_proof_proves_its_entry_and_no_other(index):
    """Read from its text, a proof holds for one entry and is refused for the others."""
    proof = TlogProof.from_text(proof_of(index).to_text())

    assert verify_proof(proof, ENTRIES[index], [LOG], ORIGIN) == proof.checkpoint
    for other in ENTRIES[:index] + ENTRIES[index + 1 :]:
        with pytest.raises(ProofError, match="is not in the log where it says"):
            verify_proof(proof, other, [LOG], ORIGIN)


def test_a_proof_is_of_the_log_it_should_be():
    """A proof of another log than the one named is refused, though it holds."""
    assert verify_proof(proof_of(0), ENTRIES[0], [LOG], origin=ORIGIN).size == 7
    with pytest.raises(ProofError, match=r"another log, `log\.example`"):
        verify_proof(proof_of(0), ENTRIES[0], [LOG], origin="other.example")


def test_a_proof_is_never_verified_without_saying_of_which_log():
    """Without a log's name nothing is verified, so that no stream passes for another.

    Fails on the release before: the origin could be left out, and then a proof of
    another school's stream, signed by the same key, held.
    """
    for names in ((), (None,)):
        with pytest.raises(TypeError):
            verify_proof(proof_of(0), ENTRIES[0], [LOG], *names)


@given(st.text(), st.text())
def test_a_proof_of_another_schools_stream_is_refused(one, other):
    """A proof is believed for the stream that it is of, and for no other."""
    origin, named = (origin_of(f"school/{key}") for key in (one, other))
    checkpoint = Checkpoint(origin, len(LEAVES), root_hash(LEAVES))
    note = sign_note(checkpoint.to_text(), [LOG])
    proof = TlogProof(0, inclusion_path(LEAVES, 0), note)

    with pytest.raises(ProofError) if one != other else nullcontext():
        verify_proof(proof, ENTRIES[0], [LOG], named)


def test_an_unsigned_proof():
    """With no signer a proof ends in its checkpoint and an empty line."""
    proof = proof_of(2, signers=())

    expected = [
        "c2sp.org/tlog-proof@v1",
        "index 2",
        *(b64encode(h).decode() for h in inclusion_path(LEAVES, 2)),
        "",
        "log.example",
        "7",
        b64encode(root_hash(LEAVES)).decode(),
        "",
        "",
    ]
    assert proof.to_text().split("\n") == expected


def test_an_unsigned_proof_holds_only_for_who_asks_for_no_signature():
    """None asks for no signature; any list of verifiers, the empty one too, does."""
    proof = proof_of(2, signers=())

    assert verify_proof(proof, ENTRIES[2], None, ORIGIN) == proof.checkpoint
    for verifiers in ([], [LOG]):
        with pytest.raises(ProofError, match="no known key signed it"):
            verify_proof(proof, ENTRIES[2], verifiers, ORIGIN)


def test_without_verifiers_inclusion_is_checked_all_the_same():
    """Who asks for no signature is still refused an entry that is not there."""
    with pytest.raises(ProofError, match="is not in the log"):
        verify_proof(proof_of(2), ENTRIES[3], None, ORIGIN)


def is_refused(raw, entry, verifiers):
    """Tell whether a proof is refused, when it is read or when it is verified."""
    try:
        verify_proof(TlogProof.from_text(raw), entry, verifiers, ORIGIN)
    except ProofError:
        return True
    return False


@pytest.mark.parametrize("verifiers", [[LOG], None], ids=["signed", "unsigned"])
def test_a_bit_turned_anywhere_in_a_proof_is_noticed(verifiers):
    """Whichever bit of its text is the other way, a proof is refused, signed or not."""
    raw = proof_of(5, signers=[LOG] if verifiers else []).to_text().encode()

    taken = {
        place
        for place, bit in product(range(len(raw)), range(8))
        if not is_refused(with_bit(raw, place, bit), ENTRIES[5], verifiers)
    }

    assert taken == set()


def with_bit(raw, place, bit):
    """Return *raw* with one bit the other way."""
    return raw[:place] + bytes([raw[place] ^ 1 << bit]) + raw[place + 1 :]


def test_a_proof_cut_short_anywhere_is_refused():
    """Every beginning of a signed proof's text, and every end, is refused."""
    raw = proof_of(5).to_text().encode()

    assert all(is_refused(raw[:n], ENTRIES[5], [LOG]) for n in range(len(raw)))
    assert all(is_refused(raw[n:], ENTRIES[5], [LOG]) for n in range(1, len(raw)))


def test_an_error_carries_its_evidence():
    """What was refused and why are attributes of the error as well as its sentence."""
    error = ProofError("proof", "it is of log `a\x1b`")

    assert vars(error) == {"kind": "proof", "problem": "it is of log `a\x1b`"}
    assert str(error) == r"the proof is refused: it is of log `a\x1b`"
