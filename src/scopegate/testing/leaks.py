"""`assert_no_leak`: no secret can be found in an output, however it is written."""

from collections import deque
from collections.abc import AsyncIterator, Coroutine, Iterable, Iterator
from functools import cache
from io import BytesIO, StringIO
from typing import Any

from attrs import frozen

from ..arguments import checked
from ._leaks.openers import BYTES, opened
from ._leaks.places import Place
from ._leaks.readings import How, readings
from ._leaks.secret import Secret, as_text, lowered, secrets_of

_MOST_SHOWN = 5


@checked
def assert_no_leak(output: object, secrets: str | Iterable[object]) -> None:
    """Assert that no secret can be found anywhere in *output*.

    Looked at are texts, bytes, keys, elements, attributes (private ones too), and
    what `str` and `repr` give; of exceptions also causes, contexts, notes and
    traceback; of log records message, arguments and exception; of responses of
    HTTP clients headers, content and addresses, the request's too. Secrets are
    found inside JSON and Python escapes, percent-encoding, HTML entities, base64,
    hexadecimal, UTF-16, gzip and zlib, four deep, in either case of ASCII letters.

    Args:
        output: Anything but what can be read only once, such as a generator.
        secrets: Texts, bytes, numbers, moments and UUIDs, each of at least four
            characters. A number counts where no other digit is next to it.

    Raises:
        AssertionError: A secret was found; says which by its number, and where,
            and does not show it.
        TypeError: *output* holds what can be read only once, or a secret is of a
            type that could be written in more than one way.
        ValueError: There is no secret, or one is so short that it would be found
            by chance; or the content of a response was not read.

    >>> assert_no_leak({"name": "Ada"}, ["Lovelace"])
    >>> assert_no_leak({"mail": "bG92ZWxhY2VAZXhhbXBsZS5vcmc="}, ["Lovelace"])
    Traceback (most recent call last):
    AssertionError: the output holds secret 1 at output['mail'] (in base64)
    """
    __tracebackhide__ = True
    search = _Search(secrets_of(secrets))
    found = tuple(search.through(output))
    if found:
        shown = [search.sentence(leak) for leak in found[:_MOST_SHOWN]]
        more = len(found) - len(shown)
        rest = [f"and {more} more"] if more else []
        message = f"the output holds {', '.join([*shown, *rest])}"
        raise AssertionError(message)


@frozen
class _Leak:
    """A secret that was found, where, and what must be decoded to read it there."""

    secret: Secret
    place: Place
    how: How


class _Search:
    """Looks for secrets; each text is looked through once."""

    def __init__(self, secrets: tuple[Secret, ...]) -> None:
        self._secrets = secrets
        self._found_in = cache(self._look)

    def through(self, output: object) -> Iterator[_Leak]:
        """Yield a leak for every secret found in *output*, once for each place."""
        for place, text in pieces(output):
            for secret, how in self._found_in(text):
                yield _Leak(secret, place, how)

    def sentence(self, leak: _Leak) -> str:
        """Return a sentence on where a secret is, without steps that reveal one."""
        steps = [s.safe if self._found_in(s.text) else s.text for s in leak.place.steps]
        place = f"output{''.join(steps)}"
        shown = leak.place.safe if self._found_in(place) else place
        how = f" (in {', in '.join(leak.how)})" if leak.how else ""
        return f"secret {leak.secret.number} at {shown}{how}"

    def _look(self, text: str) -> tuple[tuple[Secret, How], ...]:
        found: dict[int, tuple[Secret, How]] = {}
        for how, form in readings(text):
            lower = lowered(form)
            for secret in self._secrets:
                if secret.number not in found and secret.is_in(lower):
                    found[secret.number] = secret, how
        return tuple(found.values())


def pieces(output: object) -> Iterator[tuple[Place, str]]:
    """Yield every text that can be reached from *output*, with its place.

    Bytes come as texts of one character for each byte. No object is looked at
    twice, so cycles end; nothing is recursive, so depth does not matter.

    Raises:
        TypeError: Something in it can be read only once, and would be used up.
        ValueError: It holds a response whose content was not read.
    """
    seen: dict[int, object] = {}  # keeps them alive, so that no identity is reused
    waiting = deque[tuple[Place, Any]]([(Place(), output)])
    while waiting:
        place, found = waiting.popleft()
        if isinstance(found, str):
            yield place, str.__str__(found)
        elif isinstance(found, BYTES):
            yield place, as_text(bytes(found))
        if type(found) in (str, bytes, type(None)) or id(found) in seen:
            continue
        seen[id(found)] = found
        _refuse_one_shot(place, found)
        waiting.extend((place.to(step), below) for step, below in opened(found))


def _refuse_one_shot(place: Place, found: object) -> None:
    is_one_shot = isinstance(found, Iterator | AsyncIterator | Coroutine)
    if is_one_shot and not isinstance(found, StringIO | BytesIO):
        message = (
            f"{place.safe} can be read only once, and looking would use it up"
            "; give a list of what it yields"
        )
        raise TypeError(message)
