"""Values that no MIS should give but some do, or that are made to slip through.

Each keeps the text CANARY where a careless filter would let it out: in a value,
a key, an exception, a `repr`.
"""

from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from types import MappingProxyType, SimpleNamespace
from typing import Any, Never

from hypothesis import strategies as st

from ..arguments import checked

CANARY = "canary-7f3a"
"""A text that must never be seen outside a permitted place."""


class Raising:
    """An object whose attributes raise, with the canary in the text."""

    def __getattr__(self, name: str) -> Never:
        if name.startswith("__"):  # what tools ask of any object
            raise AttributeError(name)
        message = f"{CANARY} {name}"
        raise RuntimeError(message)

    def __repr__(self) -> str:
        return CANARY


class RaisingMapping(Mapping[str, Any]):
    """A mapping whose every read raises, with the canary in the text."""

    def __getitem__(self, key: str) -> Never:
        message = f"{CANARY} {key}"
        raise ValueError(message)

    def __iter__(self) -> Iterator[str]:
        return iter([CANARY])

    def __len__(self) -> int:
        return 1


class Text(str):
    """A text that is not exactly a text, and says more than it seems to."""

    __slots__ = ()

    def __str__(self) -> str:
        return CANARY


class Number(int):
    """A number that is not exactly a number."""


class Items(list[Any]):
    """A list that is not exactly a list."""


class Liar(dict[str, Any]):
    """A dict whose methods say what its items do not."""

    def get(self, key: str, default: object = None) -> Any:
        """Return the canary, whatever is asked."""
        return CANARY

    def __getitem__(self, key: str) -> str:
        return CANARY


class Twin:
    """A key that hashes as a text, and raises when compared with it."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __hash__(self) -> int:
        return hash(self.name)

    def __eq__(self, other: object) -> bool:
        message = CANARY
        raise ValueError(message)


class _ClaimsToBeText(type):
    def __hash__(cls) -> int:
        return hash(str)

    def __eq__(cls, other: object) -> bool:
        return True


class Impostor(metaclass=_ClaimsToBeText):
    """An object whose class claims to be equal to every class."""

    secret = CANARY


class Zone(tzinfo):
    """A time zone that carries the canary along."""

    secret = CANARY

    def utcoffset(self, _: datetime | None) -> timedelta:
        """Return no offset."""
        return timedelta(0)

    def dst(self, _: datetime | None) -> None:
        """Return nothing."""

    def tzname(self, _: datetime | None) -> str:
        """Return the canary."""
        return CANARY


class Growing:
    """An object that puts another element into a list whenever it is read."""

    def __init__(self, home: list[Any]) -> None:
        self._home = home

    def __getattr__(self, name: str) -> str:
        self._home.append(self)
        return CANARY


def growing() -> list[Any]:
    """Return a list that grows by an element whenever one of it is read."""
    home: list[Any] = []
    home.append(Growing(home))
    return home


def _selfish() -> dict[str, Any]:
    record: dict[str, Any] = {"id": CANARY}
    for name in ("a b", "name", "keys", "home", "rows"):
        record[name] = record
    return record


def _ring() -> list[Any]:
    ring: list[Any] = []
    ring.append(ring)
    return ring


def _deep() -> list[Any]:
    deep: list[Any] = [CANARY]
    for _ in range(10_000):
        deep = [deep]
    return deep


def _deep_record() -> dict[str, Any]:
    deep: dict[str, Any] = {"id": CANARY}
    for _ in range(10_000):
        deep = dict.fromkeys(("name", "rows", "a b", "home"), deep)
    return deep


MAKERS: tuple[Callable[[], object], ...] = (
    Raising,
    RaisingMapping,
    lambda: Text("x"),
    lambda: Number(1),
    lambda: Items([{"id": CANARY}]),
    lambda: Liar(id=1),
    Impostor,
    _selfish,
    _ring,
    _deep,
    _deep_record,
    lambda: {Twin("id"): CANARY, Twin("name"): CANARY},
    lambda: {1: CANARY, None: CANARY, ("id",): CANARY},
    lambda: defaultdict(lambda: CANARY),
    lambda: OrderedDict(id=1, name=OrderedDict(id=2)),
    lambda: MappingProxyType({"id": 1, "name": CANARY}),
    lambda: SimpleNamespace(id=[CANARY], name=SimpleNamespace(id=CANARY)),
    lambda: datetime(2026, 1, 1, tzinfo=Zone()),
    lambda: datetime(2026, 1, 1, tzinfo=UTC),
    lambda: float("nan"),
    lambda: 10**5000,
    lambda: "\ud800",
    lambda: {CANARY},
    lambda: (part for part in [CANARY]),
    lambda: Raising,
    lambda: print,
    object,
)
"""One maker for each kind. Reading them changes nothing; see `growing` for that."""


_ALONE = st.sampled_from(MAKERS).map(lambda make: make())
_NAMES = st.sampled_from(["id", "name", "a b", "keys", "rows", "home", "tags", "é"])
_OBJECTS = st.dictionaries(_NAMES, _ALONE, max_size=4)


@checked
def hostile_values() -> st.SearchStrategy[Any]:
    """Return values of every hostile kind, alone and within records and lists."""
    rows = st.lists(_ALONE | _OBJECTS, max_size=3)
    return st.one_of(
        _ALONE,
        st.dictionaries(_NAMES, _ALONE | _OBJECTS | rows, max_size=4),
        st.dictionaries(_NAMES, _ALONE | rows, max_size=4).map(_as_object),
        rows,
    )


def _as_object(record: dict[str, Any]) -> SimpleNamespace:
    return SimpleNamespace(**record)
