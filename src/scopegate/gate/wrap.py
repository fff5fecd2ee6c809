"""Guards for what already exists: functions that fetch records, and client objects.

What a guarded function returns is filtered as every record is; what it is asked
for is gated as every query is. Nothing of what it raises is shown.
"""

import inspect
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Awaitable,
    Callable,
    Iterable,
    Iterator,
    Mapping,
)
from contextlib import aclosing, closing
from typing import Any, Never, Protocol

from attrs import evolve, field, frozen
from typing_extensions import TypeIs

from .._base.frozen import FrozenMapping
from .._base.values import EMPTY, quoted
from ..adapters._asking.foreign import Foreign
from ..arguments import checked
from ..errors import ArgumentRefusedError
from ..policy.permit import Permit
from ..records.untrusted import is_record
from .query_rules import check_arguments, check_resource
from .release import Ahead

Guarded = Callable[..., Any]
"""A function whose result is filtered."""


class Filters(Protocol):
    """What a guard needs of the access it belongs to."""

    @property
    def permit(self) -> Permit:
        """What may flow at this instant."""
        ...

    def filter(self, resource: str, record: object) -> dict[str, object] | None:
        """Return the permitted part of a record, or None."""
        ...

    def ahead(self) -> Ahead:
        """Return the same for one coroutine, which looks up where it can wait."""
        ...


@checked
@frozen
class Fetching:
    """What a function fetches, and what its arguments choose by.

    Attributes:
        resource: The resource whose records it gives.
        arguments: For each parameter that a caller may pass, the full path of
            the field by which it chooses records, or None where it chooses by
            none, such as the size of a page. Any other argument is refused: no one has
            said what it chooses by.
    """

    resource: str
    arguments: Mapping[str, str | None] = field(
        converter=FrozenMapping[str, str | None], default=EMPTY
    )


def guard(access: Filters, function: Guarded, fetching: Fetching) -> Guarded:
    """Return a function that gives what `Access.guard` says, and raises it too."""
    guarding = _Guarding(access, function, fetching)

    async def call_async(*args: object, **kwargs: object) -> object:
        ahead = access.ahead()
        await ahead.look()
        evolve(guarding, access=ahead.releaser).check(args, kwargs)
        return await guarding.awaited(guarding.begun(args, kwargs))

    def call(*args: object, **kwargs: object) -> object:
        guarding.check(args, kwargs)
        return guarding.released(guarding.call(args, kwargs))

    guarded: Any = call_async if inspect.iscoroutinefunction(function) else call
    guarded.__name__ = guarded.__qualname__ = guarding.name
    guarded.__doc__ = getattr(function, "__doc__", None)
    guarded.__signature__ = guarding.signature
    return guarded  # type: ignore[no-any-return]  # it has a signature of its own


def guard_client(
    access: Filters, client: object, methods: Mapping[str, Fetching]
) -> Any:
    """Return an object that has the guarded *methods* of *client*, and nothing else.

    It does not lead back to the client: it has no attributes, and cannot be
    copied or pickled.

    Raises:
        TypeError: The client lacks one of the methods, or its name is private.
    """
    lacking = [name for name in methods if not _is_method(client, name)]
    if lacking:
        message = f"the client has no public method {quoted(lacking)}; correct the name"
        raise TypeError(message)

    def describe(_: object) -> str:
        return f"<guarded client: {', '.join(methods)}>"

    def refuse(_: object, *__: object) -> Never:
        message = "a guarded client cannot be copied or pickled; guard the client again"
        raise TypeError(message)

    guarded = {
        name: staticmethod(guard(access, getattr(client, name), fetching))
        for name, fetching in methods.items()
    }
    kept = {"__slots__": (), "__repr__": describe, "__reduce_ex__": refuse}
    return type("GuardedClient", (), {**kept, **guarded})()


def _is_method(client: object, name: str) -> bool:
    return not name.startswith("_") and callable(getattr(client, name, None))


@frozen
class _Guarding:
    """One function under guard."""

    access: Filters = field(repr=False)
    function: Guarded = field(repr=False)
    fetching: Fetching

    @property
    def name(self) -> str:
        """What the function is called in errors."""
        return getattr(self.function, "__name__", type(self.function).__name__)

    @property
    def _foreign(self) -> Foreign:
        return Foreign(self.name, "failed with", "call it without a guard to see why")

    @property
    def signature(self) -> inspect.Signature:
        """The parameters that may be passed; no default of theirs is shown."""
        known = [
            parameter.replace(
                annotation=inspect.Parameter.empty,
                default=inspect.Parameter.empty
                if parameter.default is inspect.Parameter.empty
                else ...,
            )
            for name, parameter in self._parameters().items()
            if name in self.fetching.arguments
        ]
        return inspect.Signature(known)

    def check(self, args: tuple[object, ...], kwargs: Mapping[str, object]) -> None:
        """Raise unless the function may be called so."""
        permit, resource = self.access.permit, self.fetching.resource
        check_resource(permit, resource)
        passed = self._passed(args, kwargs)
        unknown = [name for name in passed if name not in self.fetching.arguments]
        if unknown:
            raise ArgumentRefusedError(self.name, unknown)
        chosen = [self.fetching.arguments[name] for name in passed]
        check_arguments(permit, resource, [path for path in chosen if path])

    def call(self, args: tuple[object, ...], kwargs: Mapping[str, object]) -> object:
        """Return the permitted part of what the function returns."""
        return self._foreign.told(lambda: self.function(*args, **kwargs))

    def begun(
        self, args: tuple[object, ...], kwargs: Mapping[str, object]
    ) -> Awaitable[object]:
        """Return the coroutine that the function returns."""
        return self.call(args, kwargs)  # type: ignore[return-value]  # a coroutine function

    def released(self, found: object) -> object:
        """Return the permitted part of what the function returned."""
        if isinstance(found, Awaitable):
            return self.awaited(found)
        if isinstance(found, AsyncIterator):
            return self._each_async(found)
        if isinstance(found, Iterator):
            return self._each(found)
        if _is_several(found):
            return list(self._each(found))
        if is_record(found):
            return self.access.filter(self.fetching.resource, found)
        return None

    async def awaited(self, found: Awaitable[object]) -> object:
        """Return the permitted part of what a coroutine returns."""
        told = await self._foreign.told_async(lambda: found)
        if isinstance(told, Awaitable | AsyncIterator | Iterator):
            return self.released(told)  # which is looked at later
        ahead = self.access.ahead()
        await ahead.look()
        released = evolve(self, access=ahead.releaser).released(told)
        await ahead.settle()
        return released

    def _each(self, found: Iterable[object]) -> Iterator[dict[str, object]]:
        with closing(self._foreign.each(lambda: found)) as records:
            for record in records:
                yield from self._released_one(record)
                check_resource(self.access.permit, self.fetching.resource)

    async def _each_async(
        self, found: AsyncIterator[object]
    ) -> AsyncGenerator[dict[str, object]]:
        ahead = self.access.ahead()
        now = evolve(self, access=ahead.releaser)
        async with aclosing(self._foreign.each_async(lambda: found)) as records:
            async for record in records:
                await ahead.look()
                for released in now._released_one(record):
                    await ahead.settle()
                    yield released
                    await ahead.look()
                check_resource(now.access.permit, self.fetching.resource)

    def _released_one(self, record: object) -> list[dict[str, object]]:
        released = self.access.filter(self.fetching.resource, record)
        return [] if released is None else [released]

    def _parameters(self) -> Mapping[str, inspect.Parameter]:
        try:
            return inspect.signature(self.function).parameters
        except (TypeError, ValueError):  # some of C have none to tell
            return {}

    def _passed(
        self, args: tuple[object, ...], kwargs: Mapping[str, object]
    ) -> tuple[str, ...]:
        """Return the names of the parameters that are passed."""
        takes = (
            inspect.Parameter.POSITIONAL_ONLY,
            inspect.Parameter.POSITIONAL_OR_KEYWORD,
        )
        names = [n for n, p in self._parameters().items() if p.kind in takes]
        beyond = [f"argument {n + 1}" for n in range(len(names), len(args))]
        return (*names[: len(args)], *beyond, *kwargs)


def _is_several(found: object) -> TypeIs[Iterable[object]]:
    """Tell whether *found* holds records, and is not one itself.

    Mappings are records, and so are objects that can be iterated but neither
    counted nor indexed: models of pydantic yield their own attributes.
    """
    if isinstance(found, Mapping | str | bytes | bytearray):
        return False
    countable = hasattr(found, "__len__") or hasattr(found, "__getitem__")
    return isinstance(found, Iterable) and countable
