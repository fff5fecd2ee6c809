"""OAuth 2 client credentials: a token fetched when it is needed, and kept."""

from base64 import b64encode
from collections.abc import Callable, Mapping
from math import inf
from threading import Lock
from typing import Any
from urllib.parse import quote_plus

from attrs import frozen

from ..._base.secret import Secret
from ..._base.values import seconds_awake
from ..steps import Answer, Asking, Call, StepsTo
from .bearer import error_code, is_token

_MARGIN = 30.0
"""How many seconds before its end a token counts as spent: it has to arrive first."""

_CLIENT = "the MIS does not know the client; check its id and secret"
_SCOPE = "the MIS does not give the client the scope needed; ask for it"
_ERRORS: Mapping[str, str] = {
    "invalid_client": _CLIENT,
    "unauthorized_client": _CLIENT,
    "invalid_scope": _SCOPE,
    "access_denied": _SCOPE,
}
"""What the errors of RFC 6749 §5.2 mean, where more can be said than the status."""


@frozen
class _Token:
    """A token, and the reading of the clock at which it counts as spent."""

    text: Secret[str]
    until: float


class ClientCredentials:
    """The tokens of one client, one for each scope; threads may share it.

    Args:
        token_url: Where tokens are given.
        client_id: Who asks.
        client_secret: The proof; never shown.
        elapsed: Gives seconds that only go on.

    Raises:
        ValueError: The id or the secret holds what no header may.
    """

    def __init__(
        self,
        token_url: str,
        client_id: str,
        client_secret: Secret[str],
        elapsed: Callable[[], float] = seconds_awake,
    ) -> None:
        self._url = token_url
        self._basic = _basic(client_id, client_secret)
        self._elapsed = elapsed
        self._tokens: dict[str, _Token] = {}
        self._lock = Lock()

    def steps(self, asking: Asking, scope: str) -> StepsTo[Secret[str]]:
        """Yield the steps to a token for *scope*, none where one is kept; return it.

        Two threads that need one at once may each fetch one.

        Raises:
            SourceError: None is given.
        """
        kept = self._tokens.get(scope)
        if kept is not None and self._elapsed() < kept.until:
            return kept.text
        asked_at = self._elapsed()
        answer = yield from asking.ask(lambda _: self._call(scope), _explain)
        text, seconds = _read(asking, answer)
        with self._lock:
            self._tokens[scope] = _Token(text, asked_at + seconds - _MARGIN)
        return text

    def forget(self, scope: str, text: Secret[str]) -> None:
        """Drop a token that was refused; another one is left alone."""
        with self._lock:
            kept = self._tokens.get(scope)
            if kept is not None and kept.text == text:
                del self._tokens[scope]

    def _call(self, scope: str) -> Call:
        form = {"grant_type": "client_credentials", "scope": scope}
        return Call(self._url, headers={"authorization": self._basic.value}, form=form)


def _basic(client_id: str, client_secret: Secret[str]) -> Secret[str]:
    """Return the header that shows who asks; each part as in a form (RFC 6749 §2.3.1).

    Raises:
        ValueError: One of them cannot be written.
    """
    try:
        pair = f"{quote_plus(client_id)}:{quote_plus(client_secret.value)}"
    except UnicodeEncodeError:  # it holds the whole secret
        message = "a client's id or secret is not a text; check where it is read from"
    else:
        return Secret(f"Basic {b64encode(pair.encode()).decode()}")
    raise ValueError(message)


def _read(asking: Asking, answer: Answer) -> tuple[Secret[str], float]:
    """Return the token in an answer, and for how many seconds it is good."""
    found = Secret(asking.parsed(answer))
    if problem := _problem(found.value):
        raise asking.fault(problem)
    told: Any = found.value
    seconds = told.get("expires_in")
    token = Secret[str](told["access_token"])
    return token, seconds if isinstance(seconds, int | float) else inf


def _problem(found: object) -> str:
    """Return a sentence on an answer that gives no token to use; empty if it does."""
    told = found if isinstance(found, dict) else {}
    if not is_token(told.get("access_token")):
        return "the MIS gave no access token; check the token address"
    if str(told.get("token_type", "bearer")).lower() != "bearer":
        return "the MIS gave a token of another kind than bearer; check its version"
    return ""


def _explain(answer: Answer) -> str | None:
    return _ERRORS.get(error_code(answer) or "")
