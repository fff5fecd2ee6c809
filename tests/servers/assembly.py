"""The Assembly Platform's API, version 1.1 and the list's envelope of 1.0.

Where the published description is silent the choice is marked "our reading".
A record's `_modified`, an ISO instant, says when it was last changed; it is not
sent. Records can also be served for a whole path, as `rooms/3/closures`.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import ClassVar

from .assembly_records import enveloped, has, overlaps, paging, shown, since, window
from .assembly_words import (
    ALL,
    CONDITIONAL,
    ENDPOINTS,
    FILTERS,
    GROUPS,
    OBJECTS,
    PEOPLE,
    SINGLES,
    SINGULAR,
)
from .base import Mis, run
from .messages import Answer, Refused, Request
from .tokens import Tokens, bearer, credentials

VERSION = re.compile(r"application/vnd\.assembly\+json; ?version=(1|1\.1)")
ERRORS = {
    400: "invalid_request",
    401: "invalid_token",
    403: "forbidden",
    404: "not_found",
    406: "unsupported_version",
    429: "too many requests",
}


class Assembly(Mis):
    """The data of one school, for the tokens that school has given.

    `school-token` is a token that the school has given already.
    """

    collections = ENDPOINTS
    singular = SINGULAR
    token_path = "/oauth/token"  # noqa: S105 - a path
    defaults: ClassVar = {
        "client_id": "app",
        "client_secret": "hush",
        "refresh_token": "refresh",
        "scopes": None,  # what the school has granted; None: all there are
        "token_seconds": 86_400,  # 0: expired as soon as given
        "token_uses": None,  # requests that a token is good for; None: any number
        "rate_limit": None,  # requests before 429; None: any number
        "today": "2026-01-14",
        "modified": "2026-01-01T00:00:00+00:00",  # for records without `_modified`
        "per_page": 100,
        "max_per_page": 1_500,
        "untold": [],  # headers of a page that are left out
    }

    def clear(self) -> None:
        """Forget all, tokens included."""
        super().clear()
        self.asked = 0
        self._give()

    def holds(self, name: str) -> bool:
        """Tell whether it is a list, or a whole path."""
        return name in ENDPOINTS or "/" in name

    def choose(self, options: Mapping[str, object]) -> None:
        """Set options; the school gets a new token, on their terms."""
        super().choose(options)
        self._give()

    def _give(self) -> None:
        self.tokens = Tokens()
        known = self.tokens.known
        known["school-token"] = known.pop(self._school_token())

    def _school_token(self) -> str:
        told = self.options
        scopes = ALL if told["scopes"] is None else told["scopes"]
        return self.tokens.give(scopes, told["token_seconds"], told["token_uses"])

    def failure(self, request: Request, status: int, text: str) -> Answer:
        """Return a StandardError; too many requests come with the counts."""
        told = {"error": ERRORS.get(status, "server_error"), "message": text}
        if status == 429:
            told["data"] = {"count": 601, "period": 300, "limit": 600}
        return Answer(told, status)

    def _refused(self, status: int, error: str, text: str) -> Refused:
        return Refused(Answer({"error": error, "message": text}, status))

    def answer(self, request: Request) -> Answer:
        """Return a token, a list or a record."""
        if request.path == self.token_path:
            return self._token(request)
        version = VERSION.fullmatch(request.header("accept"))
        if version is None:
            raise Refused(Answer({"error": "unsupported_version"}, 406))
        held = self._held(request)
        if request.method != "GET":
            raise self._refused(404, "not_found", "not found")
        if request.parts == ("me",):
            return Answer(self._me(held))
        return self._data(request, version[1], held)

    # -- Tokens --------------------------------------------------------------------

    def _token(self, request: Request) -> Answer:
        """Return an app's token, or a school's for the refresh token."""
        told, form = self.options, request.form
        if credentials(request) != (told["client_id"], told["client_secret"]):
            raise self._refused(401, "invalid_client", "bad credentials")
        if form.get("grant_type") == "client_credentials":
            token = self.tokens.give((), None, None)
            return Answer(_given(token, "app", None))
        if form.get("refresh_token") != told["refresh_token"]:
            raise self._refused(401, "invalid_grant", "bad grant")
        token = self._school_token()
        scopes = sorted(self.tokens.known[token].scopes)
        more = {"school_id": 123, "scopes": scopes}
        return Answer(_given(token, "school", told["token_seconds"]) | more)

    def _held(self, request: Request) -> frozenset[str]:
        """Return the scopes of the request's token, which must be good."""
        if not bearer(request):
            text = "an access_token is required."
            raise self._refused(401, "invalid_request", text)
        held = self.tokens.scopes(request)
        if held is None:
            raise self._refused(401, "invalid_token", "the access_token is not good.")
        self.asked += 1
        limit = self.options["rate_limit"]
        if limit is not None and self.asked > limit:
            data = {"count": self.asked, "period": 300, "limit": limit}
            raise Refused(Answer({"error": ERRORS[429], "data": data}, 429))
        return held

    def _me(self, held: frozenset[str]) -> dict:
        level = "school" if held else "app"
        token = {"access_level": level, "scopes": sorted(held)}
        return {"object": "application", "id": 1, "name": "An App", "token": token}

    # -- Data ----------------------------------------------------------------------

    def _data(self, request: Request, version: str, held: frozenset[str]) -> Answer:
        parts = request.parts
        *above, key = parts
        whole, list_name = "/".join(parts), "/".join(above)
        if whole in OBJECTS:
            rows = self._rows(whole, held)
            return self._single(request, whole, rows, held)
        if whole not in ENDPOINTS and list_name in SINGLES:
            name = "rank" if list_name == "assessment_points" else "id"
            rows = self._rows(list_name, held)
            found = [row for row in rows if str(row.get(name)) == key]
            return self._single(request, list_name, found, held)
        name, rows = self._listed(parts, held)
        return self._list(request, version, name, rows, held)

    def _rows(self, name: str, held: frozenset[str]) -> list[dict]:
        """Return the records of a list whose scope is held."""
        if name not in ENDPOINTS:
            raise self._refused(404, "not_found", "not found")
        if held.isdisjoint(ENDPOINTS[name]):
            text = f"one of these scopes is needed: {', '.join(ENDPOINTS[name])}"
            raise self._refused(401, "insufficient_scope", text)
        return self.records.get(name, [])

    def _listed(
        self, parts: tuple[str, ...], held: frozenset[str]
    ) -> tuple[str, list[dict]]:
        """Return the kind of list that a path leads to, and its records."""
        whole, last = "/".join(parts), parts[-1]
        if len(parts) != 3:
            return whole, self._rows(whole, held)
        above, key, _ = parts
        rows = self._rows(last, held)
        if whole in self.records:
            return last, self.records[whole]
        if above in GROUPS and last == "students":
            groups = [g for g in self._rows(above, held) if str(g.get("id")) == key]
            members = {n for group in groups for n in group.get("student_ids", ())}
            return last, [row for row in rows if row.get("id") in members]
        found = {"assessments": "assessment_id", "rooms": "id"}
        field = found.get(above, "assessment_point_rank")
        return last, [row for row in rows if has(row, field, {key})]

    def _single(
        self, request: Request, name: str, rows: list[dict], held: frozenset[str]
    ) -> Answer:
        if not rows:
            raise self._refused(404, "not_found", "not found")
        record = shown(rows[0], name, request.query, held)
        return Answer(record, record=record)

    def _list(
        self,
        request: Request,
        version: str,
        name: str,
        rows: list[dict],
        held: frozenset[str],
    ) -> Answer:
        rows = self._narrowed(request, name, rows)
        rows, headers = self._changed(request, name, rows)
        most = self.options["max_per_page"]
        size = min(_number(request, "per_page", self.options), most)
        number = _number(request, "page", {"page": 1})
        page = self.page(request, rows, (number - 1) * size, size)
        records = [shown(row, name, request.query, held) for row in page.records]
        page = replace(page, records=records)
        if version == "1":
            return page.answer(enveloped(page, number))
        told = paging(page, number) | headers
        for name in self.options["untold"]:
            told.pop(name, None)
        return page.answer(records, **told)

    # -- What narrows a list -------------------------------------------------------

    def _narrowed(self, request: Request, name: str, rows: list[dict]) -> list[dict]:
        query = request.query
        if name == "results" and "students" not in query:
            raise self._refused(400, "invalid_request", "students is required")
        by = FILTERS | PEOPLE.get(name, {})
        for asked in by.keys() & query.keys():
            wanted = set(query[asked].split())
            rows = [row for row in rows if has(row, by[asked], wanted, lacking=True)]
        if query.get("teachers_only") == "true":
            rows = [row for row in rows if row.get("is_teaching_staff")]
        start, end = window(name, self._dates(request), self.options["today"])
        return [row for row in rows if overlaps(row, start, end)]

    def _dates(self, request: Request) -> dict[str, str]:
        """Return the dates in the query, each as a day."""
        names = ("date", "start_date", "end_date")
        given = {name: request.query[name] for name in names if name in request.query}
        for told in given.values():
            try:
                datetime.fromisoformat(told)
            except ValueError:
                text = f"malformed date parameter: '{told}'"
                raise self._refused(400, "invalid_request", text) from None
        return {name: told[:10] for name, told in given.items()}

    def _changed(
        self, request: Request, name: str, rows: list[dict]
    ) -> tuple[list[dict], dict[str, str]]:
        """Return what has changed since the date of the request, and its validators.

        Where nothing has, the answer is 304. A malformed date is passed over
        (RFC 9110 §13.1.3), and so is either header where the list takes none.
        """
        if name not in CONDITIONAL:
            return rows, {}
        headers = {
            "Last-Modified": format_datetime(self._latest(rows), usegmt=True),
            "Etag": f'"{hashlib.sha256(json.dumps(rows).encode()).hexdigest()[:16]}"',
        }
        day = since(request.header("if-modified-since"))
        new = [row for row in rows if day is None or self._modified(row) > day]
        same = request.header("if-none-match") == headers["Etag"]
        if same or (day is not None and not new):
            raise Refused(Answer(None, 304, headers))
        return new, headers

    def _modified(self, row: Mapping) -> datetime:
        told = datetime.fromisoformat(row.get("_modified", self.options["modified"]))
        return told.astimezone(UTC).replace(microsecond=0)

    def _latest(self, rows: list[dict]) -> datetime:
        return max(self._modified(row) for row in [*rows, {}])


def _given(token: str, level: str, seconds: int | None) -> dict:
    return {
        "access_token": token,
        "token_type": "bearer",
        "level": level,
        "expires_in": seconds,
    }


def _number(request: Request, name: str, usual: Mapping) -> int:
    """Return a number of the query; anything else is passed over (our reading)."""
    given = request.query.get(name, "")
    good = given.isascii() and given.isdigit() and int(given) > 0
    return int(given) if good else usual[name]


if __name__ == "__main__":
    run(Assembly())
