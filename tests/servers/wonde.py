"""Wonde's API for the schools of one app.

From meta/wonde.openapi.yaml of github:Edrolo/pywonde and github:wondeltd/php-client.
A record is served with all its parts, each under `<name>.data`, and sent with those
that `include` names. Records for one school only are served as `<id>/students`. The
wording of errors, 401 and 403 apart, is our reading.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import ClassVar

from .base import Mis, run
from .messages import Answer, Page, Refused, Request
from .tokens import bearer, credentials

PERSON = ("contact_details", "extended_details")
EMPLOYEE = (*PERSON, "employment_details")
STUDENT = (
    *("classes", "classes.employees", "classes.subject", "education_details"),
    *("contact_details", "attendance_summary", "extended_details", "contacts"),
    *("contacts.contact_details", "year", "year.employees", "house"),
    *("house.employees", "registration", "registration.employees", "boarding"),
    *("boarding.employees", "groups", "groups.employees", "campus", "permissions"),
    *("identifiers", "behaviours", "behaviours.employees", "achievements"),
    *("achievements.employees", "photo", "sen_needs", "siblings"),
    *("medical_conditions", "medical_conditions.notes", "medical_events"),
    *("medical_events.notes", "medical_notes", "doctors", "in_care_date_ranges"),
    *("sen_date_ranges", "fsm_date_ranges", "user_defined_fields", "results"),
    *("results.aspect", "results.resultset", "exclusions"),
    *("child_protection_plan_date_ranges", "upfsm_date_ranges"),
)
INCLUDES: Mapping[str, tuple[str, ...]] = {
    "students": STUDENT,
    "students-leaver": STUDENT,
    "employees": (*EMPLOYEE, "classes", "groups", "roles", "contracts", "photo"),
    "contacts": (*PERSON, "students"),
    "classes": (
        *("subject", "students", "employees", "lessons", "lessons.room"),
        *("lessons.period", *(f"employees.{name}" for name in EMPLOYEE)),
        *(f"students.{name}" for name in (*PERSON, "education_details", "house")),
        *(
            f"students.{name}"
            for name in ("registration", "year", "boarding", "campus")
        ),
    ),
    "subjects": (
        *("classes", "classes.lessons", "classes.lessons.period"),
        "classes.lessons.room",
    ),
    "lessons": ("class", "employee", "period", "room"),
    "deletions": (),
}
SINGULAR = {
    **{name[:-1]: name for name in INCLUDES if name[-2:] != "es"},
    "school": "schools",
    "class": "classes",
    "employee": "employees",
    "permission": "permissions",
}
BARE = ("class", "employee", "period", "room", "subject")
"""Parts that leave their id behind when they are not included."""

ERRORS = {
    401: "invalid_token",
    403: "invalid_permissions",
    404: "not_found",
    422: "invalid_input",
    429: "too_many_requests",
}


class Wonde(Mis):
    """Several schools, one app, one token."""

    collections = (*INCLUDES, "schools", "permissions", "acl")
    singular = SINGULAR
    defaults: ClassVar = {
        "token": "app-token",
        "permissions": None,  # as ["students.read"]; None: all there are
        "per_page": 50,
        "max_per_page": 200,
        "cursor_values": ["surname", "forename"],  # of the last record, in a cursor
    }

    def holds(self, name: str) -> bool:
        """Tell whether it is a collection, of all schools or of one."""
        return name.rpartition("/")[2] in self.collections

    def failure(self, request: Request, status: int, text: str) -> Answer:
        """Return an error."""
        error = ERRORS.get(status, "server_error")
        return Answer({"error": error, "error_description": text}, status)

    def _refused(self, request: Request, status: int, text: str) -> Refused:
        return Refused(self.failure(request, status, text))

    def answer(self, request: Request) -> Answer:
        """Return a page or a record."""
        if self.options["token"] not in (bearer(request), credentials(request)[0]):
            raise self._refused(request, 401, "the access token is not good")
        if request.parts[0] != "v1.0" or request.method != "GET":
            raise self._refused(request, 404, "not found")
        match request.parts[1:]:
            case ("schools",):
                return self._list(request, "schools", self._collected("", "schools"))
            case ("schools", school):
                record = dict(self._school(request, school))
                return Answer({"data": record}, record=record)
            case ("schools", school, name):
                return self._list(request, name, self._rows(request, school, name))
            case ("schools", school, name, key):
                rows = self._rows(request, school, name)
                return self._single(request, name, rows, key)
            case ("meta", "schools", school, "permissions" | "acl" as name):
                self._school(request, school)
                return Answer({"data": self._meta(school, name)})
        raise self._refused(request, 404, "not found")

    # -- Records -------------------------------------------------------------------

    def _school(self, request: Request, school: str) -> dict:
        for record in self._collected("", "schools"):
            if record.get("id") == school:
                return record
        raise self._refused(request, 404, "no such school, or none of yours")

    def _collected(self, school: str, name: str) -> list[dict]:
        return self.records.get(f"{school}/{name}", self.records.get(name, []))

    def _rows(self, request: Request, school: str, name: str) -> list[dict]:
        """Return a school's records of one kind, if there is a permission for it."""
        self._school(request, school)
        if name not in INCLUDES:
            raise self._refused(request, 404, "not found")
        held = self.options["permissions"]
        if held is not None and f"{name}.read" not in held:
            text = f"the {name} read permission is needed"
            raise self._refused(request, 403, text)
        return self._collected(school, name)

    def _meta(self, school: str, name: str) -> object:
        rows = self._collected(school, name)
        return rows if name == "permissions" else next(iter(rows), {})

    def _included(self, request: Request, name: str) -> list[str]:
        asked = [one for one in request.query.get("include", "").split(",") if one]
        if unknown := [one for one in asked if one not in INCLUDES.get(name, ())]:
            text = f"invalid include: {', '.join(unknown)}"
            raise self._refused(request, 422, text)
        return asked

    def _single(
        self, request: Request, name: str, rows: list[dict], key: str
    ) -> Answer:
        asked = self._included(request, name)
        for row in rows:
            if row.get("id") == key:
                record = _shown(row, asked)
                return Answer(
                    {"data": record, "meta": {"includes": asked}}, record=record
                )
        raise self._refused(request, 404, "not found")

    # -- Pages ---------------------------------------------------------------------

    def _list(self, request: Request, name: str, rows: list[dict]) -> Answer:
        """Return a page: by cursor if one is asked for, otherwise by number.

        With no word about pages, and no more records than one has, there is
        nothing about pages in the answer either.
        """
        asked, query = self._included(request, name), request.query
        rows = self._narrowed(request, name, rows)
        usual = self.options["per_page"]
        size = min(
            self._number(request, "per_page", usual), self.options["max_per_page"]
        )
        number = self._number(request, "page", 1)
        start = (number - 1) * size
        if query.get("cursor", "true") != "true":
            start = self._place(request, name)
        page = self.page(request, rows, start, size)
        meta = {"includes": asked} if asked else {}
        if page.more or query.keys() & {"per_page", "page", "cursor"}:
            meta["pagination"] = self._paging(request, name, page, number)
        shown = [_shown(row, asked) for row in page.records]
        page = replace(page, records=shown)
        return page.answer({"data": shown} | ({"meta": meta} if meta else {}))

    def _paging(self, request: Request, name: str, page: Page, number: int) -> dict:
        if "cursor" in request.query:
            after = {"cursor": self._cursor(name, page, page.end)}
            before = {"cursor": self._cursor(name, page, page.start - page.size)}
        else:
            after, before = {"page": number + 1}, {"page": number - 1}
        return {
            "next": request.url(**after) if page.more else None,
            "previous": request.url(**before) if page.start else None,
            "more": page.more,
            "per_page": page.size,
            "current_page": None if "cursor" in request.query else number,
        }

    def _cursor(self, name: str, page: Page, place: int) -> str:
        """Return a cursor: unpadded base64 of the last record's values in JSON."""
        last = page.records[-1] if page.records else {}
        values = {f"mis_{name}.id": max(0, place)}
        for field in self.options["cursor_values"]:
            if field in last:
                values[f"mis_{name}.{field}"] = last[field]
        packed = base64.urlsafe_b64encode(json.dumps(values).encode())
        return packed.decode().rstrip("=")

    def _place(self, request: Request, name: str) -> int:
        told = request.query["cursor"]
        try:
            padded = told + "=" * (-len(told) % 4)
            return int(json.loads(base64.urlsafe_b64decode(padded))[f"mis_{name}.id"])
        except (binascii.Error, ValueError, KeyError, TypeError):
            raise self._refused(request, 422, "invalid cursor") from None

    def _number(self, request: Request, name: str, usual: int) -> int:
        given = request.query.get(name, str(usual))
        if not (given.isascii() and given.isdigit() and int(given)):
            raise self._refused(request, 422, f"invalid {name}")
        return int(given)

    # -- What narrows a list -------------------------------------------------------

    def _narrowed(self, request: Request, name: str, rows: list[dict]) -> list[dict]:
        query = request.query
        field = "deleted_at" if name == "deletions" else "updated_at"
        if name == "deletions" and "type" in query:
            rows = [row for row in rows if row.get("type") == query["type"]]
        after, before = (
            self._instant(request, query.get(bound))
            for bound in ("updated_after", "updated_before")
        )
        if after is not None:
            rows = [row for row in rows if (_moment(row.get(field)) or after) > after]
        if before is not None:
            rows = [row for row in rows if (_moment(row.get(field)) or before) < before]
        return rows

    def _instant(self, request: Request, told: str | None) -> datetime | None:
        if told is None:
            return None
        try:
            return datetime.fromisoformat(told).replace(tzinfo=None)
        except ValueError:
            raise self._refused(request, 422, "invalid date") from None


def _moment(value: object) -> datetime | None:
    """Return the moment of a date as Wonde gives it: an object of three parts."""
    told = value.get("date") if isinstance(value, Mapping) else value
    return datetime.fromisoformat(told).replace(tzinfo=None) if told else None


def _is_part(value: object) -> bool:
    return isinstance(value, dict) and value.keys() == {"data"}


def _shown(row: Mapping, asked: list[str]) -> dict:
    """Return a record with the parts that are asked for."""
    record = {}
    for name, value in row.items():
        if not _is_part(value):
            record[name] = value
        elif name in {one.partition(".")[0] for one in asked}:
            within = [
                one.partition(".")[2] for one in asked if one.startswith(f"{name}.")
            ]
            record[name] = {"data": _part(value["data"], within)}
        elif name in BARE and value["data"]:
            record[name] = value["data"].get("id")
    return record


def _part(value: object, asked: list[str]) -> object:
    if isinstance(value, list):
        return [_part(one, asked) for one in value]
    return _shown(value, asked) if isinstance(value, dict) else value


if __name__ == "__main__":
    run(Wonde())
