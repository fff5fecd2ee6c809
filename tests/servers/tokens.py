"""Access tokens: given for a client's credentials, good for a while."""

import base64
import binascii
import time
from collections.abc import Iterable
from dataclasses import dataclass

from .messages import Request


@dataclass
class Token:
    """What a token is good for. `until` is a reading of the monotonic clock."""

    scopes: frozenset[str]
    until: float | None
    uses: int | None

    def use(self) -> bool:
        """Tell whether it is still good, and count one use."""
        if self.uses is not None:
            self.uses -= 1
        spent = self.uses is not None and self.uses < 0
        return not spent and (self.until is None or time.monotonic() < self.until)


class Tokens:
    """All tokens of a server, numbered as they are given."""

    def __init__(self) -> None:
        self.known: dict[str, Token] = {}
        self._given = 0

    def give(
        self, scopes: Iterable[str], seconds: float | None, uses: int | None
    ) -> str:
        """Make a token."""
        self._given += 1
        until = None if seconds is None else time.monotonic() + seconds
        self.known[f"token-{self._given}"] = Token(frozenset(scopes), until, uses)
        return f"token-{self._given}"

    def scopes(self, request: Request) -> frozenset[str] | None:
        """Return the scopes of the request's token, or None if it is not good."""
        token = self.known.get(bearer(request))
        return token.scopes if token is not None and token.use() else None


def bearer(request: Request) -> str:
    """Return the token of a request, or nothing."""
    sort, _, token = request.header("authorization").partition(" ")
    return token.strip() if sort.lower() == "bearer" else ""


def credentials(request: Request) -> tuple[str, str]:
    """Return who asks for a token: by HTTP Basic, or in the body."""
    sort, _, packed = request.header("authorization").partition(" ")
    if sort.lower() != "basic":
        form = request.form
        return form.get("client_id", ""), form.get("client_secret", "")
    try:
        name, _, proof = base64.b64decode(packed, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return name, proof
