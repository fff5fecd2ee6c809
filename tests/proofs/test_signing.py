"""Ed25519 keys against RFC 8032, C2SP signed-note and Go's `note` package."""

import ast
from base64 import b64encode
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

import scopegate
from scopegate.errors import ProofError
from scopegate.proofs.notes import SignedNote, open_note, sign_note
from scopegate.proofs.signing import Ed25519Signer, Ed25519Verifier

# c2sp.org/signed-note, "Verifier keys": the example
FOO = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
FOO_NOTE = """\
This is an example message.

— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=
"""

# golang/mod, sumdb/note/example_test.go and note_test.go
PETER_PRIVATE = (
    "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
)
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
ENOCH = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
PETER_TEXT = """\
If you think cryptography is the answer to your problem,
then you don't know what your problem is.
"""
PETER_LINE = "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
ENOCH_LINE = "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n"

# RFC 8032 §7.1: secret key, public key, message, signature
RFC_8032 = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a3"
        "3bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15"
        "996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
]


@pytest.mark.parametrize(("secret", "public", "message", "signature"), RFC_8032)
def test_signatures_are_those_of_the_standard(secret, public, message, signature):
    """The keys of RFC 8032 §7.1 give the public keys and signatures printed there."""
    signer = Ed25519Signer("a", bytes.fromhex(secret))

    assert signer.verifier.public_key.hex() == public
    assert signer.sign(bytes.fromhex(message)).hex() == signature


def test_the_example_of_the_format_is_verified():
    """The verifier key printed in signed-note opens the note printed there."""
    note = open_note(FOO_NOTE, [Ed25519Verifier.from_text(FOO)])

    assert note.to_text() == FOO_NOTE


def test_the_example_of_go_is_signed_alike():
    """The private key of Go's example signs its text to the very same note."""
    signer = Ed25519Signer.from_text(PETER_PRIVATE)

    assert sign_note(PETER_TEXT, [signer]).to_text() == f"{PETER_TEXT}\n{PETER_LINE}"
    assert signer.verifier.to_text() == PETER


def test_the_note_of_go_with_two_signatures_is_verified():
    """Go's note of two keys is opened with both, and with one gives that one's."""
    raw = f"{PETER_TEXT}\n{PETER_LINE}{ENOCH_LINE}"
    peter, enoch = map(Ed25519Verifier.from_text, (PETER, ENOCH))

    assert open_note(raw, [peter, enoch]).to_text() == raw
    assert open_note(raw, [enoch]).to_text() == f"{PETER_TEXT}\n{ENOCH_LINE}"


def test_a_turned_bit_breaks_a_signature():
    """One bit of the signature or the text the other way, and the note is refused."""
    note, foo = SignedNote.from_text(FOO_NOTE), Ed25519Verifier.from_text(FOO)
    message, signature = note.text.encode(), note.signatures[0].signature

    assert foo.verify(message, signature)
    assert not any(foo.verify(message, wrong) for wrong in turned(signature))
    assert not any(foo.verify(wrong, signature) for wrong in turned(message))


def turned(raw):
    """Yield *raw* with one bit the other way, for each of its bits."""
    for place, value in enumerate(raw):
        for bit in range(8):
            yield raw[:place] + bytes([value ^ 1 << bit]) + raw[place + 1 :]


@pytest.mark.parametrize("length", [0, 1, 63, 65, 68])
def test_a_signature_of_another_length_is_false(length):
    """What does not have 64 bytes is not a signature, and does not raise."""
    assert not Ed25519Verifier.from_text(FOO).verify(b"message", bytes(length))


def test_a_public_key_that_is_no_point_verifies_nothing():
    """For 32 bytes that are not a point of the curve no signature is true."""
    broken = Ed25519Verifier("a", b"\x02" + bytes(31))

    assert not broken.verify(b"message", Ed25519Signer.generate("a").sign(b"message"))


def test_a_new_key_is_read_back_and_verified():
    """A generated key signs the same after a round trip, and its verifier knows it."""
    signer = Ed25519Signer.generate("school.example/consent")

    again = Ed25519Signer.from_text(signer.to_text())
    known = Ed25519Verifier.from_text(signer.verifier.to_text())

    assert again == signer
    assert known == signer.verifier
    assert open_note(sign_note("text\n", [again]).to_text(), [known]).text == "text\n"


def test_no_two_keys_are_the_same():
    """Two keys generated under one name do not know each other's signatures."""
    one, other = (Ed25519Signer.generate("a") for _ in range(2))

    assert not other.verifier.verify(b"message", one.sign(b"message"))


def test_a_name_is_part_of_the_id():
    """The same key under another name has another id (signed-note, key IDs)."""
    one = Ed25519Signer.from_text(PETER_PRIVATE).verifier

    assert one.key_id.hex() == "c74f20a3"
    assert Ed25519Verifier("Peter", one.public_key).key_id != one.key_id


def test_a_private_key_is_not_shown():
    """The representation of a signer has its name and nothing of its key."""
    secret = bytes(range(32))

    signer = Ed25519Signer("a", secret)

    assert repr(signer) == str(signer) == "Ed25519Signer(name='a')"


MALFORMED = [
    "",
    "name",
    "name+530d903a",
    FOO.replace("+530d903a", "+530d903b"),
    FOO.replace("+530d903a", "+530D903A"),
    FOO.replace("+530d903a", "+30d903a"),
    FOO.replace("+530d903a", ""),
    FOO.replace("foo", "bar"),
    FOO.replace("foo", "f oo"),
    FOO.replace("example.com/foo", ""),
    FOO.replace("foo", "f\ud800oo"),
    FOO.replace("foo", "f\x01oo"),
    FOO[:-1],
    FOO + "\n",
    FOO[:-1] + "l",
    FOO + "AAAA",
    "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
    "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    PETER_PRIVATE,
]


@pytest.mark.parametrize("text", MALFORMED)
def test_what_is_not_exactly_a_verifier_key_is_refused(text):
    """A line that departs from a verifier key in one thing is a ProofError.

    The two of PeterNeumann are from Go's tests: a key too long, and one of another
    kind, each with an id that fits.
    """
    with pytest.raises(ProofError, match="the key is refused: "):
        Ed25519Verifier.from_text(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        PETER,
        PETER_PRIVATE.lower(),
        PETER_PRIVATE.replace("c74f20a3", "c74f20a4"),
        PETER_PRIVATE.replace("Peter", "Carol"),
        PETER_PRIVATE[:-1],
        PETER_PRIVATE + " ",
        PETER_PRIVATE + "AAAA",
        PETER_PRIVATE.replace("+AYEK", "+BIEK"),
    ],
)
def test_a_malformed_private_key_is_refused_without_showing_it(text):
    """A line that is not a private key is a ProofError that does not show it."""
    with pytest.raises(ProofError, match="the key is refused: ") as refused:
        Ed25519Signer.from_text(text)

    assert "FALVFGyNhPJEMzD1QID" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_a_key_of_another_kind_is_called_that():
    """A public key for a private one, and another algorithm's, are told as such."""
    with pytest.raises(ProofError, match=r"a private key starts with PRIVATE\+KEY\+"):
        Ed25519Signer.from_text(PETER)
    with pytest.raises(ProofError, match="it is of another kind than Ed25519"):
        Ed25519Verifier.from_text(FOO.replace("+Aek", "+Bek"))


@given(st.text(max_size=60) | st.sampled_from([FOO, PETER_PRIVATE]))
def test_whatever_text_comes_is_a_key_or_refused(text):
    """A text is read as the one key that is written so, or is a ProofError."""
    for kind in (Ed25519Verifier, Ed25519Signer):
        try:
            written = kind.from_text(text).to_text()
        except ProofError:
            continue
        assert written == text


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_key_of_another_length_is_refused(length):
    """A private or public key that has not 32 bytes is a ProofError."""
    for kind in (Ed25519Verifier, Ed25519Signer):
        with pytest.raises(ProofError, match="an Ed25519 key has 32 bytes"):
            kind("a", bytes(length))


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u2003b", "a\nb"])
def test_a_key_whose_name_no_note_can_hold_is_refused(name):
    """A name that is empty, or has a space or a plus, is a ProofError."""
    with pytest.raises(ProofError, match="its name is empty, or has a space or a plus"):
        Ed25519Signer.generate(name)


def test_a_private_key_is_the_seed_in_base64():
    """The last part of a private key is the kind and the 32 bytes of RFC 8032 §5.1.5."""
    seed = bytes(range(32))

    last = Ed25519Signer("a", seed).to_text().split("+", 4)[-1]

    assert last == b64encode(b"\x01" + seed).decode()


def test_nothing_else_needs_cryptography():
    """No other module of the package imports `cryptography`, not even in a function."""
    package = Path(scopegate.__file__).parent

    found = {
        str(path.relative_to(package))
        for path in package.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if "cryptography" in {name.split(".")[0] for name in imported(node)}
    }

    assert found == {"proofs/signing.py"}


def imported(node):
    """Return the modules that a node of the syntax tree imports by name."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module:
        return [node.module]
    return []
