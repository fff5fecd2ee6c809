"""What a client is told of an answer that does not hold what was asked for."""

from ..._wire.messages import Answer, Response, constant

NOT_FOUND = constant(404, "not found")
"""What is not there, and what is withheld, look alike."""

MOVED = frozenset({301, 302, 303, 307, 308})
_GONE = frozenset({404, 410})
_HIDDEN = frozenset({403, 404, 410})
_WAITING = frozenset({429, 503})
_LONGEST = 6


def is_gone(answer: Answer, *, may_be_withheld: bool) -> bool:
    """Tell whether an answer says that there is no such record.

    Args:
        answer: The answer.
        may_be_withheld: Whether a record that is there may be withheld. Then an
            MIS that does not give one says no more than one that has none.
    """
    return answer.status in (_HIDDEN if may_be_withheld else _GONE)


def is_error(answer: Answer) -> bool:
    """Tell whether an answer is an error that a client may be told of."""
    return 400 <= answer.status < 600


def refused(answer: Answer) -> Response:
    """Return a response with the status of an error, and how long to wait."""
    waiting = answer.headers.get("retry-after", "") if answer.status in _WAITING else ""
    is_whole = waiting.isascii() and waiting.isdigit() and len(waiting) <= _LONGEST
    more = (("Retry-After", waiting),) if is_whole else ()
    return constant(answer.status, f"the MIS answered with {answer.status}", more)
