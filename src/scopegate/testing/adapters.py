"""The laws of `Adapter`, as a suite of tests for any implementation.

    TestMyAdapter = adapter_suite(make)

*make* is given records in the catalogue's shape, and gives an adapter that serves them
with its own machinery: a fake server, a database, files. Each call makes tests of its
own: Hypothesis refuses to run one test for two classes, so a base class to inherit from
could not hold properties.
"""

from collections.abc import Callable
from functools import partial

from hypothesis import settings

from ..arguments import checked
from ._adapters import (
    choosing,
    fidelity,
    midway,
    pages,
    promises,
    secrets,
    sharing,
    withheld,
)
from ._adapters.adapter_kit import AdapterKit
from ._adapters.shape import Part, Shape
from ._adapters.source import A, AsyncMade, B, Made, Records, blocking, not_blocking
from .laws import suite_of

__all__ = ["Part", "Records", "Shape", "adapter_suite", "async_adapter_suite"]

_LAWS = (
    *pages.LAWS,
    *midway.LAWS,
    *choosing.LAWS,
    *promises.LAWS,
    *fidelity.LAWS,
    *withheld.LAWS,
    *sharing.LAWS,
    *secrets.LAWS,
)
_EVERYTHING = Shape()


@checked
def adapter_suite(
    make: Callable[[Records], Made[A]],
    shape: Shape = _EVERYTHING,
    *,
    asked: Callable[[A], int] | None = None,
    breaking: Callable[[Records, int], Made[A]] | None = None,
    examples: int | None = None,
) -> type:
    """Return a class of tests that holds a kind of adapter to `Adapter`.

    Some hundred obligations, each a test that reports alone. What *shape* lacks
    is not tried; what an adapter does not declare is not asked of it.

    Args:
        make: Makes an adapter, or a context manager that gives one, of records by
            resource; called for each example. It serves exactly these: the public
            record of the school, and records of the resource. An adapter that has
            `close` is closed afterwards.
        shape: Which records the interface can hold.
        asked: Returns how many requests the source behind an adapter has had. With
            it the suite sees that none is made too early, too late or unrenewed;
            without it only what comes between renewals, as far as the adapter
            declares a `page_size`.
        breaking: Makes, of records and a number, an adapter whose source breaks
            once it has given that many records, or less by a part of a page.
        examples: How many examples each property is tried on; by default a
            quarter of what the Hypothesis profile says.
    """
    kit = AdapterKit(
        lambda records: blocking(partial(make, records)),
        shape,
        examples or _fewer(),
        asked,
        breaking
        and (lambda records, after: blocking(partial(breaking, records, after))),
    )
    return _suite(kit)


@checked
def async_adapter_suite(
    make: Callable[[Records], AsyncMade[B]],
    shape: Shape = _EVERYTHING,
    *,
    asked: Callable[[B], int] | None = None,
    breaking: Callable[[Records, int], AsyncMade[B]] | None = None,
    examples: int | None = None,
) -> type:
    """Return a class of tests as `adapter_suite` does, for adapters that do not block.

    The tests are ordinary functions: each runs a loop of its own. *make* is called
    while it runs, and may give an asynchronous context manager as well. An adapter
    that has `aclose` or `close` is closed afterwards, awaited where that must be.

    Args:
        make: As for `adapter_suite`.
        shape: As for `adapter_suite`.
        asked: As for `adapter_suite`.
        breaking: As for `adapter_suite`.
        examples: As for `adapter_suite`.
    """
    kit = AdapterKit(
        lambda records: not_blocking(partial(make, records)),
        shape,
        examples or _fewer(),
        asked,
        breaking
        and (lambda records, after: not_blocking(partial(breaking, records, after))),
        is_async=True,
    )
    return _suite(kit)


def _fewer() -> int:
    return max(1, settings().max_examples // 4)


def _suite(kit: AdapterKit) -> type:
    return suite_of(kit, _LAWS, "AdapterSuite", "An adapter keeps its promises.")
