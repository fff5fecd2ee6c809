"""The response to a client where no answer came, or one without what was asked for."""

from collections.abc import Mapping
from types import ModuleType
from typing import Any

from ..._wire.messages import Answer, Response, constant
from ...adapters._asking.foreign import Foreign

_TRANSPORT = Foreign("MIS", "the transport failed with", "look at it alone")

NOT_FOUND = constant(404, "not found")
"""What is not there, and what is withheld, look the same."""

MOVED = frozenset({301, 302, 303, 307, 308})
_GONE = frozenset({404, 410})
_HIDDEN = frozenset({403, 404, 410})
_WAITING = frozenset({429, 503})


def is_gone(answer: Answer, *, may_be_withheld: bool) -> bool:
    """Tell whether an answer says that there is no such record.

    Args:
        answer: The answer.
        may_be_withheld: Whether a record that is there may be withheld. Then an
            MIS that does not give one says no more than one that has none.
    """
    return answer.status in (_HIDDEN if may_be_withheld else _GONE)


def is_error(answer: Answer) -> bool:
    """Tell whether an answer is an error that a client may see."""
    return 400 <= answer.status < 600


def refused(answer: Answer) -> Response:
    """Return a response with the status of an error, and how long to wait."""
    seconds = answer.number("retry-after", digits=6)
    is_told = answer.status in _WAITING and seconds is not None
    more = (("Retry-After", str(seconds)),) if is_told else ()
    return constant(answer.status, f"the MIS answered with {answer.status}", more)


def kinds_in(module: ModuleType, base: type) -> dict[type, type[Any]]:
    """Return the kinds of *base* that *module* has, each as a client sees it."""
    found = [kind for kind in vars(module).values() if isinstance(kind, type)]
    return {kind: kind for kind in found if issubclass(kind, base)}


def told(
    error: Exception, kinds: Mapping[type, type[Any]], request: object
) -> Exception:
    """Return an error of the same kind, with nothing of what *error* says.

    Its text, and what hangs on it, may hold what was sent.

    Args:
        error: What was raised instead of an answer.
        kinds: What a client sees of each kind that it knows.
        request: The request of the client.
    """
    ways = type(error).__mro__
    kind = next((kinds[way] for way in ways if way in kinds), None)
    if kind is None:
        return _TRANSPORT.failed(type(error).__name__)
    message = f"the MIS could not be asked (`{kind.__name__}`); try again later"
    raised: Exception = kind(message, request=request)
    return raised
