"""What every driver of an exchange needs, whatever it asks with."""

from ..._wire.messages import Answer, Request, Response
from ...errors import SourceError
from .exchange import Steps


def next_step(steps: Steps, answer: Answer | None) -> Request | Response:
    """Return the next request to the MIS, or the response that ends an exchange.

    Args:
        steps: The exchange.
        answer: The answer to the request before, or None at the start.
    """
    try:
        return next(steps) if answer is None else steps.send(answer)
    except StopIteration as end:
        response = end.value
    assert isinstance(response, Response)  # noqa: S101 - what an exchange promises
    return response


def message_of(kind: type[BaseException]) -> str:
    """Return what is said of an error of a client that is raised anew."""
    return f"the MIS could not be asked (`{kind.__name__}`); try again later"


def broken(error: BaseException) -> SourceError:
    """Return what stands for an error that no client knows; its text is not shown."""
    problem = f"the transport failed with `{type(error).__name__}`; look at it alone"
    return SourceError("MIS", problem)
