"""People who are left out stay out, and those let in stay in, on every way.

Every way to be given records is tried with identifiers in every spelling that is
alike, at every sort of place that names a person.
"""

import json
import logging
from contextlib import contextmanager
from random import Random

import httpx
import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, create_engine, insert
from sqlalchemy.pool import StaticPool

from scopegate import Query
from scopegate.adapters.files import FilesAdapter
from scopegate.adapters.records import RecordsAdapter
from scopegate.adapters.sql import Listed, SQLAdapter, SQLResource
from scopegate.http import Guard, Route
from scopegate.http.httpx import GuardTransport
from scopegate.testing import School

from .people import (
    CATALOGUE,
    LEFT_OUT,
    RESOURCES,
    SCOPES,
    World,
    contained,
    shuffled,
    texts,
)

URN = "100001"
HOME = {"urn": URN}


def by_filter(access, random, records, _):
    """Give each record that the app holds to the access."""
    return [
        released
        for name in RESOURCES
        for record in records[name]
        if (released := access.filter(name, contained(random, record))) is not None
    ]


def by_records(access, random, records, _):
    """Read what a process holds."""
    held = {n: [contained(random, r) for r in rows] for n, rows in records.items()}
    adapter = RecordsAdapter({"school": [HOME], **held})
    return [r for name in RESOURCES for r in access.read(adapter, Query(name))]


def by_files(access, random, records, folder):
    """Read a folder of files."""
    for name, rows in {"school": [HOME], **records}.items():
        lines = [json.dumps(shuffled(random, row)) for row in rows]
        (folder / f"{name}.jsonl").write_text("\n".join(lines), encoding="utf-8")
    adapter = FilesAdapter(folder)
    return [r for name in RESOURCES for r in access.read(adapter, Query(name))]


def by_guard(access, random, records, _):
    """Ask an MIS by a client of one's own, over a guarded transport."""

    def answer(request):
        name = request.url.path.removeprefix("/")
        given = [shuffled(random, row) for row in records[name]]
        return httpx.Response(200, json={"data": given})

    routes = [Route(f"/{name}", name, "data[]") for name in RESOURCES]
    guard = Guard(access, "https://mis.example", routes)
    transport = GuardTransport(guard, httpx.MockTransport(answer))
    with httpx.Client(transport=transport, base_url="https://mis.example") as client:
        return [r for n in RESOURCES for r in client.get(f"/{n}").json()["data"]]


class Database:
    """A database in memory with the records, and what reads them from it."""

    def __init__(self):
        self.data = MetaData()
        self.engine = create_engine("sqlite://", poolclass=StaticPool)
        self.schools = self._table("school", "urn")
        self.pupils = self._table("pupil", "id", "name")
        self.marks = self._table("mark", "code", "who", "grade")
        self.clubs = self._table("club", "code")
        self.members = self._table("member", "who")
        self.leaders = self._table("leader", "who", "since")
        self.terms = self._table("term", "name")
        self.meetings = self._table("meeting", "day")
        self.present = self._table("present", "who")
        self.minutes = self._table("minute", "who", "text")
        self.data.create_all(self.engine)

    def _table(self, name, *columns):
        """Return a table whose rows belong to one of another, and are numbered."""
        texts = [Column(each, String(200)) for each in columns]
        key, owner = Column("row", Integer, primary_key=True), Column("of", Integer)
        return Table(name, self.data, key, owner, *texts)

    def fill(self, records):
        """Hold these records and no others."""
        with self.engine.begin() as self.line:
            for table in reversed(self.data.sorted_tables):
                self.line.execute(table.delete())
            self._put(self.schools, 0, **HOME)
            for record in records["pupil"]:
                self._put(self.pupils, 0, **record)
            for record in records["mark"]:
                who = record["of"]["pupil"]["id"]
                self._put(self.marks, 0, record["code"], who, record["grade"])
            for record in records["club"]:
                self._club(record)

    def _club(self, record):
        club = self._put(self.clubs, 0, record["code"])
        for who in record["pupils"]:
            self._put(self.members, club, who)
        for leader in record["leaders"]:
            self._put(self.leaders, club, **leader)
        for term in record["terms"]:
            row = self._put(self.terms, club, term["name"])
            for meeting in term["meetings"]:
                day = self._put(self.meetings, row, meeting["day"])
                for who in meeting["present"]:
                    self._put(self.present, day, who)
                for minute in meeting["minutes"]:
                    self._put(self.minutes, day, minute["by"]["id"], minute["text"])

    def _put(self, table, owner, *values, **named):
        columns = [column.name for column in table.columns][2:]
        found = dict(zip(columns, values, strict=False)) | named
        result = self.line.execute(insert(table).values(of=owner, **found))
        return result.inserted_primary_key[0]

    def adapter(self):
        """Return what reads it."""
        meetings = Listed(
            self.meetings,
            {
                "day": self.meetings.c.day,
                "present[]": Listed(
                    self.present, self.present.c.who, by=self.present.c.of
                ),
                "minutes[]": Listed(
                    self.minutes,
                    {"by.id": self.minutes.c.who, "text": self.minutes.c.text},
                    by=self.minutes.c.of,
                ),
            },
            by=self.meetings.c.of,
        )
        leader = {"who": self.leaders.c.who, "since": self.leaders.c.since}
        term = {"name": self.terms.c.name, "meetings[]": meetings}
        club = {
            "code": self.clubs.c.code,
            "pupils[]": Listed(self.members, self.members.c.who, by=self.members.c.of),
            "leaders[]": Listed(self.leaders, leader, by=self.leaders.c.of),
            "terms[]": Listed(self.terms, term, by=self.terms.c.of),
        }
        mark = {
            "code": self.marks.c.code,
            "of.pupil.id": self.marks.c.who,
            "grade": self.marks.c.grade,
        }
        pupil = {"id": self.pupils.c.id, "name": self.pupils.c.name}
        mapping = {
            "school": SQLResource(self.schools, {"urn": self.schools.c.urn}),
            "pupil": SQLResource(self.pupils, pupil),
            "mark": SQLResource(self.marks, mark),
            "club": SQLResource(self.clubs, club),
        }
        return SQLAdapter(self.engine, CATALOGUE, mapping)


@contextmanager
def by_database():
    """Give the way to read a database."""
    database = Database()
    adapter = database.adapter()

    def read(access, _, records, __):
        database.fill({name: texts(rows) for name, rows in records.items()})
        return [r for name in RESOURCES for r in access.read(adapter, Query(name))]

    try:
        yield read
    finally:
        database.engine.dispose()


WAYS = {
    "filter": by_filter,
    "records": by_records,
    "files": by_files,
    "guard": by_guard,
}
SEED = 20261130


def opened(subjects):
    """Return an access to the records of those who are covered."""
    school = School(CATALOGUE, key=URN)
    school.authorise(*SCOPES, subjects=subjects)
    return school.open()


def tried(random, ways, caplog, folder, *, is_only):
    """Try a made-up school on every way, and return how many pairs that were."""
    world = World.of(random, is_only=is_only)
    made = world.records()
    records = {name: [record for record, _ in rows] for name, rows in made.items()}
    flowing = [f for name in RESOURCES for _, f in made[name] if f is not None]
    for name, read in ways.items():
        access = opened(world.subjects)
        caplog.clear()

        found = read(access, random, records, folder)

        assert found == (texts(flowing) if name == "database" else flowing)
        assert LEFT_OUT not in repr(found)
        assert access.notes == ()
        assert [r for r in caplog.records if r.name.startswith("scopegate")] == []
    return world.pairs * len(ways)


def hold(count, caplog, folder, *, is_only):
    """Try made-up schools until there were *count* pairs; return how many there were.

    A pair is a place in a record that names somebody on the list, on one way to be given
    it; each has a spelling of its own, and so has the list.
    """
    caplog.set_level(logging.DEBUG, "scopegate")
    random, pairs = Random(SEED), 0  # noqa: S311 - no secret, schools that are made up
    with by_database() as database:
        ways = {**WAYS, "database": database}
        while pairs < count:
            pairs += tried(random, ways, caplog, folder, is_only=is_only)
    return pairs


def test_someone_left_out_is_never_released(caplog, tmp_path):
    """On no way, at no place, in no spelling, and everyone else is; no note or log shows it.

    Fails on the release before: a list of 7 let 007 and 7.0 through.
    """
    assert hold(5_000, caplog, tmp_path, is_only=False) >= 5_000


def test_someone_let_in_is_released_by_the_exact_text(caplog, tmp_path):
    """On every way and at every place; a person who is only alike is not."""
    assert hold(5_000, caplog, tmp_path, is_only=True) >= 5_000


@pytest.mark.slow
def test_someone_left_out_is_never_released_in_any_of_many_ways(caplog, tmp_path):
    """The same, over a hundred thousand pairs of a list and a place."""
    assert hold(100_000, caplog, tmp_path, is_only=False) >= 100_000


@pytest.mark.slow
def test_someone_let_in_is_released_in_each_of_many_ways(caplog, tmp_path):
    """The same, over twenty thousand pairs of a list and a place."""
    assert hold(20_000, caplog, tmp_path, is_only=True) >= 20_000
