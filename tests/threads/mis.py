"""Two forms of an MIS that choose by anything: a vendor's client, and one over HTTP."""

import base64
import json
import re
import unicodedata
from collections.abc import Iterator
from operator import eq, ge, gt, le, lt, ne
from urllib.parse import unquote

import httpx

from scopegate.records.condition import values_at

from .world import CANARY

BASE = "https://mis.example/v1"
PLACES = {
    **{name: (name,) for name in ("id", "name", "year", "dob", "status")},
    "town": ("home", "town"),
    "contacts": ("contacts", "name"),
    "contact": ("contacts", "name"),
    "students": ("students", "dob"),
    "mark": (),
    "marked": (),
}
"""The words by which the MIS knows its fields, and where each stands."""
MARKS = {1: "L", 3: "L"}
"""For a pupil the mark in a register, by which the MIS chooses pupils too."""
SIGNS = {"=": eq, "!=": ne, ">=": ge, ">": gt, "<=": le, "<": lt}
WORDS = {
    "eq": eq,
    "ne": ne,
    "gte": ge,
    "ge": ge,
    "gt": gt,
    "lte": le,
    "lt": lt,
    "startswith": str.startswith,
    "like": str.startswith,
    "contains": str.__contains__,
    "containss": str.__contains__,
}
_SORTS = {"sort", "order_by", "orderby", "$orderby", "ordering"}
_IGNORED = {"limit", "offset", "cursor", "count", "fields", "view", "named"}
_TEST = re.compile(r"([\w.]+)\s*(>=|<=|!=|=|>|<)\s*'([^']*)'")


class Web(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """An MIS that chooses by any parameter in which it finds the name of a field.

    As lenient ones do: whatever the spelling, the case or the escapes; what it
    does not understand it ignores. It keeps what it was asked.
    """

    def __init__(self, records):
        self.records, self.seen = records, []
        self.answer = self.page
        self.echoes = lambda chosen: {}

    def handle_request(self, request):
        """Answer a request."""
        headers = sorted(request.headers.multi_items())
        body = request.read()
        self.seen.append((request.method, str(request.url), headers, body))
        return self.answer(request)

    async def handle_async_request(self, request):
        """Answer a request without blocking."""
        return self.handle_request(request)

    def page(self, request):
        """Return one record, a list of values, or a page of records."""
        params = request.url.params.multi_items()
        last = _plain(request.url.path.rpartition("/")[2])
        if last.isdigit():
            found = [r for r in self.records if r["id"] == int(last)]
            return said({"data": found[0]} if found else {}, 200 if found else 404)
        chosen = self.chosen([*params, *_form(request)])
        if last in ("terms", "autocomplete", "suggest"):
            return said([record["dob"] for record in chosen])
        return self._paged(chosen, dict(params))

    def chosen(self, params):
        """Return the records that meet every parameter, in the order asked for."""
        found = [r for r in self.records if all(_meets(r, *pair) for pair in params)]
        for name, value in params:
            word = next((w for w in words_of(value) if w in PLACES), "")
            if name.lower() in _SORTS and word:
                found.sort(
                    key=lambda record, word=word: str(_first(record, word)),
                    reverse="-" in value or "desc" in value,
                )
        return found

    def _paged(self, chosen, params):
        size, start = int(params.get("limit", 100)), int(params.get("offset", 0))
        if "cursor" in params:
            start = _start(params["cursor"])
        page, end = chosen[start : start + size], start + size
        body = {"data": page, "total": len(chosen), **self.echoes(chosen)}
        if page and end < len(chosen):
            body["cursor"] = cursor_of(page[-1], end)
        return said(body, headers={"X-Total-Count": str(len(chosen))})


def cursor_of(record, end):
    """Return a cursor as many have it: where the page ends, and its last value."""
    last = {"at": end, "after": [record["dob"], record["id"]]}
    return base64.b64encode(json.dumps(last).encode()).decode()


def _start(cursor):
    """Return where a page starts; what is not a cursor starts at the first."""
    try:
        return json.loads(base64.b64decode(cursor))["at"]
    except ValueError:
        return 0


def said(body, status=200, headers=()):
    """Return an answer in JSON."""
    return httpx.Response(status, headers=dict(headers), json=body)


def _plain(text: str) -> str:
    """Return *text* without escapes, foreign forms of letters, and case."""
    whole = unquote(unquote(text)).replace("\0", "")
    return unicodedata.normalize("NFKC", whole).lower()


def words_of(text: str) -> list[str]:
    """Return the words of a text, however they are written."""
    return re.findall(r"[a-z0-9]+", _plain(text))


def _form(request):
    """Return what is asked in a body, a path or a header instead of the query."""
    matrix = request.url.path.partition(";")[2].partition("=")[::2]
    form = request.content.decode().partition("=")[::2]
    return [pair for pair in (matrix, form) if pair[1]]


def _meets(record, name, value):
    """Tell whether a record meets a parameter; what is not understood it meets."""
    if name.lower() in _SORTS | _IGNORED:
        return True
    if name in ("q", "search"):
        return value.lower() in json.dumps(record).lower()
    tests = _TEST.findall(_plain(value))
    if tests:
        some = any if " or " in value.lower() else all
        return some(_compared(record, _known(n), SIGNS[s], v) for n, s, v in tests)
    words = [*words_of(name), *words_of(value)]
    word = next((w for w in words if w in PLACES), "")
    how = next((WORDS[w] for w in words if w in WORDS), eq)
    wanted = re.findall(r"[\w-]+", _plain(value))[-1:] if "{" in value else [value]
    return not wanted or _compared(record, word, how, wanted[0])


def _known(name):
    return next((word for word in words_of(name) if word in PLACES), "")


def _compared(record, word, how, wanted):
    if word not in PLACES:
        return True
    return any(how(str(v), wanted) for v in _all(record, word))


def _first(record, word):
    return next(_all(record, word), None)


def _has(record, chosen):
    return all(
        word not in PLACES
        or value is None
        or str(value) in map(str, _all(record, word))
        for word, value in chosen.items()
    )


def _all(record, word):
    if not PLACES[word]:
        return iter([MARKS.get(record["id"], "N")])
    return values_at(record, PLACES[word])


# A client


class Vendor:
    """A vendor's client of an MIS; keeps what it was called with."""

    token = CANARY

    def __init__(self, records):
        self.records, self.calls = records, []

    def pupils(self, **chosen: object) -> list[dict]:
        """Return the pupils whose fields have these values."""
        self.calls.append(chosen)
        order = str(chosen.pop("sort", "id"))
        found = [r for r in self.records if _has(r, chosen)]
        return sorted(found, key=lambda record: str(record.get(order)))

    def each_pupil(self, **chosen: object) -> Iterator[dict]:
        """Yield them one by one."""
        yield from self.pupils(**chosen)

    async def pupils_async(self, **chosen: object) -> list[dict]:
        """Return them without blocking."""
        return self.pupils(**chosen)


TAKES = {
    "year": "pupil.year",
    "dob": "pupil.dob",
    "town": "pupil.home.town",
    "contacts": "pupil.contacts[].name",
    "page": None,
}
"""What each argument of the vendor's client chooses by."""
