"""`LeakWatch`: what the code under test logs and warns of must hold no secret."""

import logging
import warnings
from contextlib import ExitStack, suppress
from typing import Self

from ..arguments import checked
from ._leaks.keeper import OURS, Keeper
from .leaks import assert_no_leak


@checked
class LeakWatch:
    """Keeps all that is logged by scopegate, and every warning, while it is open.

    When it closes it asserts that no secret is in them; see `assert_no_leak`. An
    error that is under way then is let through instead. Warnings are given again
    when it closes, so other code that looks for them still finds them; one that a
    test has caught inside is not seen.

    Args:
        secrets: What must not be found; give more later to `watch_for`.

    >>> import logging
    >>> with LeakWatch("Lovelace"):  # doctest: +ELLIPSIS
    ...     logging.getLogger("scopegate.gate").debug("read %s", "Ada Lovelace")
    Traceback (most recent call last):
    AssertionError: the output holds secret 1 at output['logged'][0]...
    """

    def __init__(self, *secrets: object) -> None:
        self._secrets = list(secrets)
        self._keeper = Keeper()
        self._warned: list[warnings.WarningMessage] = []
        self._open = ExitStack()

    def watch_for(self, *secrets: object) -> None:
        """Watch for these secrets too, also in what was kept before."""
        self._secrets += secrets

    def __enter__(self) -> Self:
        logger = logging.getLogger(OURS)
        self._open.callback(logger.setLevel, logger.level)
        self._open.callback(logger.removeHandler, self._keeper)
        logger.setLevel(1)
        logger.addHandler(self._keeper)
        self._warned = self._open.enter_context(warnings.catch_warnings(record=True))
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        __tracebackhide__ = True
        self._open.close()
        for kept in self._warned:
            with suppress(Warning):  # where the block itself had switched that off
                warnings.warn_explicit(
                    kept.message, kept.category, kept.filename, kept.lineno
                )
        if kind is None:
            seen = {"logged": self._keeper.records, "warned": self._warned}
            assert_no_leak(seen, self._secrets)
