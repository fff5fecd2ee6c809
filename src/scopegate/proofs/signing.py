"""Ed25519 keys for signed notes, as C2SP signed-note writes them.

This is the one module that needs the `cryptography` package, which the extra
`signing` installs; nothing else in scopegate imports it. Keys from elsewhere, such as a
security module, only need the shape of `notes.Signer`.
"""

from typing import Self

from attrs import field, frozen

from .._base.secret import Secret
from ..arguments import checked
from ..errors import ProofError
from ..extras import needs
from .note_text import from_base64, is_key_name, key_id_of, to_base64

with needs("signing"):
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (
        Ed25519PrivateKey,
        Ed25519PublicKey,
    )

_KEY = "key"
_ED25519 = 0x01
_TYPE = bytes([_ED25519])
_PRIVATE = "PRIVATE+KEY+"


@checked
@frozen
class Ed25519Verifier:
    """Knows the signatures of one Ed25519 key.

    Attributes:
        name: The key's name, best a URL without `https://`.
        public_key: The 32 bytes of RFC 8032 §5.1.5.
    """

    name: str
    public_key: bytes

    def __attrs_post_init__(self) -> None:
        _check(self.name, len(self.public_key))

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Return the key that a line such as `name+id+base64` holds.

        Raises:
            ProofError: It is not such a line, not of an Ed25519 key, or its id is
                wrong.
        """
        name, public_key = _parts(text)
        verifier = cls(name, public_key)
        if verifier.to_text() != text:
            raise ProofError(_KEY, "its id is not that of its name and key")
        return verifier

    def to_text(self) -> str:
        """Return the key as a line to publish, without a newline."""
        return f"{self.name}+{self.key_id.hex()}+{to_base64(_TYPE + self.public_key)}"

    @property
    def key_id(self) -> bytes:
        """The four bytes that, with the name, say which key this is."""
        return key_id_of(self.name, _ED25519, self.public_key)

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Tell whether *signature* is this key's, of *message*."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(
                signature, message
            )
        except InvalidSignature:
            return False
        return True


@checked
@frozen(init=False)
class Ed25519Signer:
    """Signs notes with an Ed25519 key; anyone who has it can sign in its name.

    Args:
        name: The key's name, best a URL without `https://`.
        seed: The 32 bytes of RFC 8032 §5.1.5; never shown.

    Attributes:
        name: The key's name.

    Raises:
        ProofError: *name* is empty, or has a space or a plus; or there are not 32 bytes.
    """

    name: str
    _seed: Secret[bytes] = field(repr=False)

    def __init__(self, name: str, seed: bytes) -> None:
        secret = Secret(seed)
        del seed  # a frame that an error leaves holds no key
        _check(name, len(secret.value))
        self.__attrs_init__(name, secret)

    @classmethod
    def generate(cls, name: str) -> Self:
        """Return a new key, made from the system's randomness.

        Raises:
            ProofError: *name* is empty, or has a space or a plus.
        """
        return cls(name, Ed25519PrivateKey.generate().private_bytes_raw())

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Return the key that `to_text` wrote, as Go's `note` package also does.

        Raises:
            ProofError: It is not such a line, not of an Ed25519 key, or its id is
                wrong.
        """
        secret = Secret(text)
        del text  # a frame that an error leaves holds no key
        try:
            return cls._parsed(secret.value)
        except ProofError as error:
            problem = error.problem
        raise ProofError(_KEY, problem)

    @classmethod
    def _parsed(cls, text: str) -> Self:
        if not text.startswith(_PRIVATE):
            raise ProofError(_KEY, f"a private key starts with {_PRIVATE}")
        signer = cls(*_parts(text.removeprefix(_PRIVATE)))
        if signer.to_text() != text:
            raise ProofError(_KEY, "its id is not that of its name and key")
        return signer

    def to_text(self) -> str:
        """Return the private key itself, as a line to keep secret.

        It is `PRIVATE+KEY+name+id+base64`, without a newline.
        """
        seed = to_base64(_TYPE + self._seed.value)
        return f"{_PRIVATE}{self.name}+{self.key_id.hex()}+{seed}"

    @property
    def verifier(self) -> Ed25519Verifier:
        """What others need to verify what this key signs."""
        return Ed25519Verifier(self.name, self._key.public_key().public_bytes_raw())

    @property
    def key_id(self) -> bytes:
        """The four bytes that, with the name, say which key this is."""
        return self.verifier.key_id

    def sign(self, message: bytes) -> bytes:
        """Return the signature of *message*, 64 bytes."""
        return self._key.sign(message)

    @property
    def _key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self._seed.value)


def _check(name: str, size: int) -> None:
    if not is_key_name(name):
        raise ProofError(_KEY, "its name is empty, or has a space or a plus")
    if size != 32:
        raise ProofError(_KEY, "an Ed25519 key has 32 bytes")


def _parts(text: str) -> tuple[str, bytes]:
    """Return the name and the key that `name+id+base64` holds."""
    parts = text.split("+", 2)
    if len(parts) != 3:
        raise ProofError(_KEY, "it is not a name, an id and a key")
    raw = from_base64(_KEY, parts[2])
    if raw[:1] != _TYPE:
        raise ProofError(_KEY, "it is of another kind than Ed25519")
    return parts[0], raw[1:]
