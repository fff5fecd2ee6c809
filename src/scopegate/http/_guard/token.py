"""Asking an MIS for a token: what is sent as it is, and what of the answer flows."""

from collections.abc import Mapping
from typing import Any

from ..._base.secret import Secret
from ..._wire.body_path import as_text, peek
from ..._wire.messages import Answer, Pairs, Request, RequestsTo, Response, constant
from ...errors import RouteRefusedError, SourceError
from .failures import refused

_SOURCE = "token"
_MOST_BYTES = 65_536
_FORMS = frozenset({"application/x-www-form-urlencoded", "application/json"})
_MEMBERS: Mapping[str, tuple[type, ...]] = {
    "access_token": (str,),
    "token_type": (str,),
    "expires_in": (int, str),
    "refresh_token": (str,),
    "scope": (str,),
}
"""What RFC 6749 §5.1 has in an answer. Whatever else an MIS adds does not flow."""

_ERRORS = frozenset(
    {
        *("invalid_request", "invalid_client", "invalid_grant", "invalid_scope"),
        *("unauthorized_client", "unsupported_grant_type"),
    }
)
"""What RFC 6749 §5.2 has in an answer that is an error."""


def token_steps(
    request: Request, url: str, path: str, headers: Secret[Pairs]
) -> RequestsTo[Response]:
    """Yield the request for a token, and return the response.

    Args:
        request: The client's request.
        url: The address to ask at.
        path: Its path, for messages.
        headers: What is sent along, except for the type of the body.

    Raises:
        RouteRefusedError: Its body does not ask for a token.
        SourceError: The answer is not a token.
    """
    given = [text for name, text in request.headers if name.lower() == "content-type"]
    kind = given[0].partition(";")[0].strip().lower() if len(given) == 1 else ""
    if request.body is None or len(request.body) > _MOST_BYTES or kind not in _FORMS:
        problem = "a token is asked for with a form or JSON, small and there at once"
        raise RouteRefusedError(request.method, path, problem)
    sent = Secret((*headers.value, ("content-type", kind)))
    answer = yield Request(request.method, url, sent.value, request.body)
    return _token(answer) if answer.is_good else _told(answer)


def _token(answer: Answer) -> Response:
    said = Secret(peek(answer))
    if answer.failure or type(said.value) is not dict:
        problem = "the answer is not a token in JSON; correct the address"
        raise SourceError(_SOURCE, problem)
    return Response(200, as_text(_members(said.value)).encode())


def _members(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members of an answer that a client needs of a token."""
    return {
        name: said[name]
        for name, kinds in _MEMBERS.items()
        if name in said and type(said[name]) in kinds
    }


def _told(answer: Answer) -> Response:
    """Return a response that says which of the known errors it is."""
    if not 400 <= answer.status < 600:
        problem = f"the MIS answered with status {answer.status}, and gives no token"
        raise SourceError(_SOURCE, problem)
    error = peek(answer, "error")
    if type(error) is str and error in _ERRORS:
        return constant(answer.status, error)
    return refused(answer)
