"""`Limits`: how much an MIS may make a reader wait for and hold."""

from attrs import fields, frozen

from ..arguments import checked

LONGEST_CURSOR = 8_192
"""The longest cursor of an MIS that is sent back; it goes into an address."""


@checked
@frozen
class Limits:
    """How much an MIS may make a reader wait for and hold.

    Attributes:
        answer_bytes: The most bytes of one answer, unpacked; of a guard also of
            one response.
        pages: The most pages of one fetch, or for one request to a guard.
        seconds: The longest one answer may take as a whole.
        retries: How often an adapter tries a call again that may succeed later.
        longest_wait: The longest pause that an MIS may ask an adapter for, in
            seconds.
        remembered: The most pages, and the most cursors, whose place in the MIS a
            guard remembers. A cursor that was forgotten is refused.

    Raises:
        ValueError: One of them is not above 0; `retries` may be 0.
    """

    answer_bytes: int = 8 * 2**20
    pages: int = 100_000
    seconds: float = 60.0
    retries: int = 2
    longest_wait: float = 60.0
    remembered: int = 10_000

    def __attrs_post_init__(self) -> None:
        for one in fields(Limits):
            given, may_be_0 = getattr(self, one.name), one.name == "retries"
            if given > 0 or (may_be_0 and given == 0):
                continue
            wanted = "at least" if may_be_0 else "above"
            message = (
                f"`Limits.{one.name}` is not {wanted} 0; give one such as {one.default}"
            )
            raise ValueError(message)


DEFAULT_LIMITS = Limits()
