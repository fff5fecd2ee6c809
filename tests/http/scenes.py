"""A guard over an MIS that is asked without I/O, and what a client is given."""

import json
from functools import cache
from urllib.parse import parse_qsl, urlsplit

from scopegate import Access, Catalogue, testing
from scopegate._wire.dialogue import Dialogue
from scopegate._wire.messages import Answer, Request
from scopegate.http import Guard, Limits, Paging, PlainDialect, Route, TokenRoute

from ..scene import APP

BASE = "https://mis.example/v1"
PUPILS = [
    {
        "id": n,
        "first_name": f"Ada {n}",
        "last_name": "Zed",
        "year_code": str(7 + n % 3),
        "dob": f"2014-02-{n:02}",
        "upn": f"canary-{n}",
    }
    for n in range(1, 29)
]
BASIC = ("id", "first_name", "last_name", "year_code")

builtin = cache(Catalogue.builtin)


class School(testing.School):
    """A school that can authorise scopes of a catalogue, and revoke them."""

    def __init__(self, catalogue=None):
        super().__init__(catalogue or builtin("assembly"), app=APP)

    def authorise(self, *scopes, subjects=None):
        """Let the school authorise *scopes*; return an open access."""
        super().authorise(*scopes, subjects=subjects)
        return self.open()


def access_to(*scopes, name="assembly", subjects=None):
    """Return an access to some scopes, that a school has authorised."""
    return School(builtin(name)).authorise(*scopes, subjects=subjects)


def releasing(releaser):
    """Return an access that releases records by *releaser*."""
    access = object.__new__(Access)
    access.releaser = releaser
    return access


def released(records, fields=BASIC):
    """Return what is released of records when only *fields* are permitted."""
    return [{name: r[name] for name in fields if name in r} for r in records]


class Mis:
    """An MIS that answers with what a function makes of a request, and keeps it."""

    def __init__(self, answer):
        self._answer, self.asked = answer, []

    def __call__(self, request: Request) -> Answer:
        """Return the answer to a request."""
        self.asked.append(request)
        return self._answer(request)

    @property
    def urls(self):
        """The addresses asked, in order."""
        return [request.url for request in self.asked]


def good(body, status=200, **headers):
    """Return an answer that holds *body* as JSON."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    text = json.dumps(body).encode()
    return Answer(status, {"content-type": "application/json", **named}, text)


def fixed(body, status=200, **headers):
    """Return an MIS that always gives *body*."""
    return Mis(lambda _: good(body, status, **headers))


def once(records):
    """Return an MIS that has one page of records, and says nothing of others."""
    mis = Mis(lambda _: good({"data": records if len(mis.asked) == 1 else []}))
    return mis


def query_of(url):
    """Return the parameters of an address."""
    return dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))


SIGNS = {
    "meta.total": "total",
    "meta.pages": "pages",
    "meta.page": "page",
    "meta.offset": "offset",
    "meta.size": "size",
    "meta.more": "more",
    "meta.next_page": "next_page",
    "meta.previous_page": "previous_page",
    "meta.next": "next_link",
    "meta.previous": "previous_link",
    "meta.cursor": "next_cursor",
}
PAGINGS = {
    "offset": Paging("offset", "offset", "limit", 5, body=SIGNS),
    "page": Paging("page", "page", "size", 5, body=SIGNS),
    "cursor": Paging("cursor", "cursor", "size", 5, body=SIGNS),
    "started": Paging("cursor", "cursor", "size", 5, "true", body=SIGNS),
    "links": Paging("offset", "offset", "limit", 5, headers={"Link": "links"}),
    "blind": Paging("offset", "offset", "limit", 5),
    "blind pages": Paging("page", "page", "size", 5),
    "totals": Paging(
        "offset", "offset", "limit", 5, headers={"X-Total-Count": "total"}
    ),
}


class Paged(Mis):
    """An MIS that gives records in pages, and says everything there is to say.

    Its cursors hold a value that is withheld, as those of some do.
    """

    def __init__(self, records, most=1_000):
        super().__init__(self._page)
        self.records, self._most = records, most

    def _page(self, request):
        query = query_of(request.url)
        size = int(query.get("limit", query.get("size", 5)))
        size = min(size, self._most)
        start = self._start(query, size)
        records = self.records[start : start + size]
        body = {
            "data": records,
            "meta": self._meta(query, start, size),
            "sort": "canary",
        }
        more = start + size < len(self.records)
        links = (
            f'<https://other.example/?offset={start + size}&after=canary>; rel="next"'
        )
        last = '<https://mis.example/?offset=99&x=canary>; rel="last"'
        return good(
            body,
            etag="canary",
            x_total_count=str(len(self.records)),
            link=f"{links}, {last}" if more else last,
        )

    def _start(self, query, size):
        if "page" in query:
            return (int(query["page"]) - 1) * size
        if "cursor" in query and query["cursor"] != "true":
            return int(query["cursor"].removeprefix("canary-"))
        return int(query.get("offset", 0))

    def _meta(self, query, start, size):
        total, end = len(self.records), start + size
        more = end < total
        page = int(query.get("page", 1))
        return {
            "total": total,
            "pages": -(-total // size) if size else 0,
            "page": page,
            "offset": start,
            "size": size,
            "more": more,
            "next_page": page + 1 if more else None,
            "previous_page": page - 1 if page > 1 else None,
            "next": f"https://other.example/x?cursor=canary-{end}" if more else None,
            "previous": "https://other.example/canary",
            "cursor": f"canary-{end}" if more else None,
            "highlight": "canary",
        }


def guard(access, *routes, **more):
    """Return a guard of *routes*; by default of students, as a list and one by one."""
    usual = [
        Route("/students", "student", "data[]"),
        Route("/students/{id}", "student", "data"),
        TokenRoute("/oauth/token"),
    ]
    return Guard(access, BASE, routes or usual, **more)


def listing(access, paging, **more):
    """Return a guard of one list of students, paged in some way."""
    plain = PlainDialect(paging=paging, **more)
    route = Route("/students", "student", "data[]", dialect=plain)
    return guard(access, route, limits=Limits(pages=200))


def ask(guarded, url, mis, method="GET", headers=(), body=b""):
    """Return what a client is given that asks *url*, below the base unless whole."""
    whole = url if "://" in url else BASE + url
    exchange = Dialogue(guarded.exchange(Request(method, whole, headers, body)))
    for asked in exchange:
        exchange.reply = mis(asked)
    return exchange.result


def body_of(response):
    """Return what the body of a response holds."""
    return json.loads(response.body)
