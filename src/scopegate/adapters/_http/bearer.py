"""Bearer tokens (RFC 6750): the header that shows one, and what a refusal says."""

import re
from collections.abc import Callable
from typing import TypeGuard

from ..._base.secret import Secret
from ..._wire.body_path import peek
from ..steps import Answer

Token = str | Callable[[], str]
"""A token, or a function that returns the current one."""

_CLEAN = re.compile(r"[!-~]+")


def is_token(text: object) -> TypeGuard[str]:
    """Tell whether a token can be sent: it is a text that any header may hold."""
    return isinstance(text, str) and _CLEAN.fullmatch(text) is not None


def bearer(token: Secret[Token]) -> Callable[[], str]:
    """Return a function that returns the value of an `Authorization` header.

    Args:
        token: A token; or a function that returns one, called before every request.

    Raises:
        ValueError: The token is empty, or holds what no header may.
    """
    if isinstance(token.value, str):
        header = Secret(authorization(Secret(token.value)))
        return lambda: header.value
    ask = token.value
    return lambda: authorization(Secret(ask()))


def authorization(token: Secret[str]) -> str:
    """Return the value of an `Authorization` header.

    Raises:
        ValueError: The token is empty, or holds what no header may.
    """
    if not is_token(token.value):
        message = "a token has no spaces or line ends; check where it is read from"
        raise ValueError(message)
    return f"Bearer {token.value}"


def error_code(answer: Answer) -> str | None:
    """Return the `error` that the body of a refusal names, or None."""
    code = peek(answer, "error")
    return code if isinstance(code, str) else None
