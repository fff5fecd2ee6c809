"""What goes back and forth: a request, an answer, a page of records."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from .faults import ELSEWHERE


@dataclass(frozen=True)
class Request:
    """One request as it was received, and the fault that it is to meet."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    fault: Mapping = field(default_factory=dict)

    def header(self, name: str) -> str:
        """Return the last header of that name, or nothing."""
        found = [value for key, value in self.headers if key.lower() == name]
        return found[-1] if found else ""

    @property
    def path(self) -> str:
        """The path as received, without the query."""
        return urlsplit(self.target).path

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts of the path, decoded; a slash at the end makes none."""
        return tuple(unquote(part) for part in self.path.strip("/").split("/"))

    @property
    def query(self) -> dict[str, str]:
        """The query; of two values for one name the last."""
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    @property
    def form(self) -> dict[str, str]:
        """What a form in the body says, or the query without one."""
        return self.query | dict(parse_qsl(self.body.decode("latin-1")))

    def url(self, **changes: object) -> str:
        """Return the full address of this request with its query changed.

        It is where links lead, unless the fault of the request has them mislead.
        """
        if self.fault.get("kind") == "foreign_next":
            return self.fault.get("location", ELSEWHERE)
        query = urlencode(self.query | changes)
        return f"http://{self.header('host')}{self.path}?{query}"


@dataclass
class Answer:
    """What is sent back. `record` is where a fault of the content goes."""

    payload: object = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    record: dict | None = None
    raw: tuple[str, str] | None = None
    body: bytes | None = None

    def text(self) -> str:
        """Return the payload as JSON, with the raw text of a fault put in."""
        text = json.dumps(self.payload, ensure_ascii=False, separators=(",", ":"))
        return text.replace(*self.raw, 1) if self.raw else text

    def encoded(self) -> bytes:
        """Return the body; half a surrogate pair goes out as it is."""
        if self.body is not None:
            return self.body
        return self.text().encode("utf-8", "surrogatepass")


class Refused(Exception):  # noqa: N818 - the MIS says no; nothing went wrong
    """The MIS answers something else than what was asked for."""

    def __init__(self, answer: Answer):
        super().__init__(answer.status)
        self.answer = answer


@dataclass(frozen=True)
class Page:
    """Some of many records, copied: from `start` on, of `total`."""

    records: list[dict]
    start: int
    size: int
    total: int

    @property
    def end(self) -> int:
        """The place after the last record."""
        return self.start + len(self.records)

    @property
    def more(self) -> bool:
        """Whether there is a page after this one."""
        return self.end < self.total

    def answer(self, payload: object, **headers: str) -> Answer:
        """Return an answer that shows this page, its first record marked."""
        return Answer(payload, headers=headers, record=next(iter(self.records), None))


def only(record: Mapping, names: Iterable[str]) -> dict:
    """Return the named fields of a record, in the record's order."""
    wanted = set(names)
    return {name: value for name, value in record.items() if name in wanted}


def walk(value: object) -> Iterator[dict]:
    """Yield every object inside *value*, itself included."""
    if isinstance(value, dict):
        yield value
    for inside in _inside(value):
        yield from walk(inside)


def _inside(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
