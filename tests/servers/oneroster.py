"""A OneRoster provider: rostering and demographics by REST, 1.1 and 1.2.

From the REST bindings of 1EdTech and the Ed-Fi Alliance's provider (its
config/swagger.yml, its scopes and its limits on pages). Records are kept by
collection; `schools`, `students`, `terms` and similar, where they are not given,
are picked out of `orgs`, `users` and `academicSessions`, and the other way round.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

from .base import Mis, run
from .messages import Answer, Page, Refused, Request, only, walk
from .oneroster_filter import FilterError, parse, sort_key
from .oneroster_words import (
    COLLECTIONS,
    CORE,
    DEMOGRAPHICS,
    FULL,
    PARTS,
    SINGULAR,
    codes,
    envelope,
    scopes,
    status_info,
)
from .tokens import Tokens, credentials

BASES = {
    ("ims", "oneroster", "v1p1"): "v1p1",
    ("ims", "oneroster", "rostering", "v1p2"): "v1p2",
}


class OneRoster(Mis):
    """Both versions over the same records."""

    collections = COLLECTIONS
    singular = SINGULAR
    key = "sourcedId"
    token_path = "/oauth/token"  # noqa: S105 - a path
    defaults: ClassVar = {
        "client_id": "app",
        "client_secret": "hush",
        "scopes": [*scopes("v1p1"), *scopes("v1p2")],  # what a token may be given
        "token_seconds": 3600,  # 0: expired as soon as given
        "token_uses": None,  # requests that a token is good for; None: any number
        "limit": 100,
        "max_limit": 500,
        "links": True,  # whether there is a Link header
        "total": True,  # whether there is an X-Total-Count
        "fold_case": False,  # whether filters take Zed and zed for the same
    }

    def clear(self) -> None:
        """Forget all, tokens included."""
        super().clear()
        self.tokens = Tokens()

    def failure(self, request: Request, status: int, text: str) -> Answer:
        """Return status information, as the version asked for puts it."""
        if request.path == self.token_path:
            word = "invalid_client" if status == 401 else "server_error"
            return Answer({"error": word, "error_description": text}, status)
        told = status_info("failure", "error", codes(status), text)
        old = self._version(request) == "v1p1"
        return Answer({"statusInfoSet": [told]} if old else told, status)

    def _version(self, request: Request) -> str:
        found = [v for base, v in BASES.items() if request.parts[: len(base)] == base]
        return found[0] if found else ""

    def answer(self, request: Request) -> Answer:
        """Return a token, a page of a collection or a single record."""
        if request.path == self.token_path:
            return self._token(request)
        version = self._version(request)
        if not version or request.method != "GET":
            raise self._refused(request, 404, "The specified resource was not found")
        parts = request.parts[next(len(b) for b, v in BASES.items() if v == version) :]
        self._check(request, version, parts)
        if len(parts) % 2 == 0:
            return self._single(request, version, parts)
        return self._collection(request, version, parts)

    def _refused(self, request: Request, status: int, text: str) -> Refused:
        return Refused(self.failure(request, status, text))

    # -- Tokens --------------------------------------------------------------------

    def _token(self, request: Request) -> Answer:
        """Return a token for client credentials (RFC 6749 §4.4)."""
        told = self.options
        if credentials(request) != (told["client_id"], told["client_secret"]):
            raise Refused(Answer({"error": "invalid_client"}, 401))
        if request.form.get("grant_type") != "client_credentials":
            raise Refused(Answer({"error": "unsupported_grant_type"}, 400))
        asked = request.form.get("scope", " ".join(told["scopes"])).split()
        given = [scope for scope in asked if scope in told["scopes"]]
        if not given:
            raise Refused(Answer({"error": "invalid_scope"}, 400))
        seconds, uses = told["token_seconds"], told["token_uses"]
        return Answer(
            {
                "access_token": self.tokens.give(given, seconds, uses),
                "token_type": "bearer",
                "expires_in": seconds,
                "scope": " ".join(given),
            }
        )

    def _check(self, request: Request, version: str, parts: tuple[str, ...]) -> None:
        """Let through a token with a scope for the collection, and no other.

        Demographics have a scope of their own, which the full one does not include
        (REST binding 4.3.3).
        """
        held = self.tokens.scopes(request)
        if held is None:
            raise self._refused(request, 401, "The token is not good")
        wanted = {DEMOGRAPHICS} if "demographics" in parts else {FULL, CORE}
        if held.isdisjoint(word.format(version) for word in wanted):
            raise self._refused(request, 403, "Insufficient scope")

    # -- Records -------------------------------------------------------------------

    def _rows(self, request: Request, parts: tuple[str, ...]) -> list[dict]:
        """Return the records that a path of pairs and a collection leads to."""
        *above, name = parts
        if name not in COLLECTIONS:
            raise self._refused(request, 404, "The specified resource was not found")
        rows = self._collected(name)
        for kind, key in zip(above[::2], above[1::2], strict=True):
            self._one(request, kind, key)
            rows = [row for row in rows if self._belongs(row, key)]
        return rows

    def _collected(self, name: str) -> list[dict]:
        """Return a collection, picked out of others if it was not given."""
        if name in self.records:
            return self.records[name]
        if name in PARTS:
            whole, is_part = PARTS[name]
            return [row for row in self.records.get(whole, ()) if is_part(row)]
        parts = (part for part, (whole, _) in PARTS.items() if whole == name)
        return [row for part in parts for row in self.records.get(part, ())]

    def _belongs(self, row: Mapping, key: str) -> bool:
        """Tell whether a record points at *key*, on its own or by an enrollment."""
        if _points_at(row, key):
            return True
        mine = row.get("sourcedId", "")
        enrollments = self.records.get("enrollments", ())
        return any(_points_at(e, key) and _points_at(e, mine) for e in enrollments)

    def _one(self, request: Request, name: str, key: str) -> dict:
        rows = self._collected(name) if name in COLLECTIONS else []
        for row in rows:
            if row.get("sourcedId") == key:
                return dict(row)
        raise self._refused(request, 404, f"Resource not found: {name}")

    # -- Answers -------------------------------------------------------------------

    def _single(self, request: Request, version: str, parts: tuple[str, ...]) -> Answer:
        self._rows(request, parts[:-1])
        record = self._one(request, *parts[-2:])
        [record], warning = self._selected(request, parts[-2], [record])
        payload = {envelope(parts[-2], one=True): record}
        return Answer(payload | _told(version, warning), record=record)

    def _collection(
        self, request: Request, version: str, parts: tuple[str, ...]
    ) -> Answer:
        name, told = parts[-1], self.options
        rows = self._filtered(request, name, self._rows(request, parts))
        rows, unsorted = self._sorted(request, name, rows)
        limit = self._number(request, "limit", told["limit"], least=1)
        start = self._number(request, "offset", 0, least=0)
        page = self.page(request, rows, start, min(limit, told["max_limit"]))
        records, warning = self._selected(request, name, page.records)
        page = replace(page, records=records)
        payload = {envelope(name): records} | _told(version, warning or unsorted)
        answer = page.answer(payload)
        if told["total"]:
            answer.headers["X-Total-Count"] = str(page.total)
        if told["links"]:
            answer.headers["Link"] = _links(request, page)
        return answer

    def _number(self, request: Request, name: str, usual: int, least: int) -> int:
        given = request.query.get(name, "") or str(usual)
        if not (given.isascii() and given.isdigit()) or int(given) < least:
            text = f"'{name}' must be {least} or greater"
            raise self._refused(request, 400, text)
        return int(given)

    def _filtered(self, request: Request, name: str, rows: list[dict]) -> list[dict]:
        told = request.query.get("filter")
        if told is None:
            return rows
        try:
            meets = parse(told, fold_case=self.options["fold_case"])
        except FilterError as err:
            raise self._refused(request, 400, str(err)) from err
        if unknown := meets.fields - self._fields(name):
            answer = self._refused(request, 400, f"cannot filter by {min(unknown)}")
            raise _as(answer, "invalid_filter_field")
        return [row for row in rows if meets(row)]

    def _sorted(
        self, request: Request, name: str, rows: list[dict]
    ) -> tuple[list[dict], str]:
        """Return the records in order; an unknown field is a warning and no order."""
        by = request.query.get("sort")
        if not by:
            return rows, ""
        if by.partition(".")[0] not in self._fields(name):
            return rows, "invalid_sort_field"
        downward = request.query.get("orderBy") == "desc"
        return sorted(rows, key=sort_key(by), reverse=downward), ""

    def _selected(
        self, request: Request, name: str, rows: list[dict]
    ) -> tuple[list[dict], str]:
        """Return the fields asked for: all of them where one has an unknown name."""
        told = request.query.get("fields")
        if told is None:
            return rows, ""
        wanted = [field.strip() for field in told.split(",")]
        if not all(wanted):
            answer = self._refused(request, 400, "a blank selection field")
            raise _as(answer, "invalid_blank_selection_field")
        if not self._fields(name).issuperset(wanted):
            return rows, "invalid_selection_field"
        return [only(row, wanted) for row in rows], ""

    def _fields(self, name: str) -> set[str]:
        """Return the fields of a collection: the standard ones and those in use."""
        return {*COLLECTIONS[name], *(f for row in self._collected(name) for f in row)}


def _points_at(row: Mapping, key: str) -> bool:
    inside = (value for value in row.values() if isinstance(value, dict | list))
    return any(o.get("sourcedId") == key for value in inside for o in walk(value))


def _as(refused: Refused, code: str) -> Refused:
    """Have the status information of a refusal give another reason."""
    payload = refused.answer.payload
    told = payload["statusInfoSet"][0] if "statusInfoSet" in payload else payload
    told["imsx_CodeMinor"]["imsx_codeMinorField"][0]["imsx_codeMinorFieldValue"] = code
    return refused


def _told(version: str, warning: str) -> dict:
    """Return what goes along with the records: nothing unless there is a warning."""
    if not warning:
        return {}
    told = status_info("success", "warning", warning, "all data is returned")
    return {"statusInfoSet": [told]} if version == "v1p1" else {"imsx_StatusInfo": told}


def _links(request: Request, page: Page) -> str:
    """Return the addresses of the pages around this one (RFC 8288)."""
    last = max(0, page.total - 1) // page.size * page.size
    places = {"first": 0, "last": last}
    if page.more:
        places["next"] = page.end
    if page.start:
        places["prev"] = max(0, page.start - page.size)
    return ", ".join(
        f'<{request.url(limit=page.size, offset=place)}>; rel="{rel}"'
        for rel, place in places.items()
    )


if __name__ == "__main__":
    run(OneRoster())
