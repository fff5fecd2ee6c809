"""A school in a database: its tables, their mapping, and accesses to it."""

from contextlib import contextmanager
from functools import cache

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    Integer,
    MetaData,
    Numeric,
    String,
    Table,
    Text,
    create_engine,
    event,
)
from sqlalchemy.pool import StaticPool

from scopegate.adapters.base import Fetch
from scopegate.adapters.sql import Listed, SQLAdapter, SQLResource
from scopegate.catalogue.catalogue import Catalogue
from scopegate.testing import School
from scopegate.testing.strategies import SCHOOL

SCOPES = {
    "school": ["school.urn", "school.name"],
    "names": ["student.id", "student.name"],
    "years": ["student.year", "student.active"],
    "births": ["student.born", "student.seen"],
    "marks": ["student.points"],
    "homes": ["student.home.street", "student.home.town", "student.home.area.name"],
    "emails": ["student.emails[].address", "student.emails[].kind"],
    "notes": ["student.emails[].notes[].text"],
    "tags": ["student.tags[]"],
}
KINDS = {
    "id": "integer", "year": "integer", "points": "number", "active": "boolean",
    "born": "date", "seen": "datetime",
}  # fmt: skip
FIELDS = [path for paths in SCOPES.values() for path in paths]
CATALOGUE = Catalogue.from_dict({
    "id": "college",
    "version": "1",
    "resource": {
        name: {
            "key": key,
            "field": {
                path.removeprefix(f"{name}."): {
                    "sensitivity": "public" if name == "school" else "personal",
                    "kind": KINDS.get(path.rpartition(".")[2], "text"),
                }
                for path in FIELDS
                if path.startswith(f"{name}.")
            },
        }
        for name, key in (("school", "urn"), ("student", "id"))
    },
    "scope": {
        key: {
            "fields": paths,
            "sensitivity": "public" if key == "school" else "personal",
        }
        for key, paths in SCOPES.items()
    },
    "rows": [
        {
            "resource": "student",
            "at": "emails[]",
            "where": {"kind": "private"},
            "scope": "notes",
        }
    ],
})  # fmt: skip
STUDENT = CATALOGUE.resource("student")
STUDENT_FIELDS = [leaf.path for leaf in STUDENT.fields]


class Tables:
    """The tables, in a schema or in none.

    Args:
        schema: The schema of a PostgreSQL server; None for SQLite.
    """

    def __init__(self, schema=None):
        self.metadata = data = MetaData(schema=schema)
        number = Float() if schema is None else Numeric()
        self.schools = Table(
            "schools",
            data,
            Column("urn", Integer, primary_key=True),
            Column("title", String(50)),
        )
        self.students = Table(
            "students",
            data,
            Column("id", Integer, primary_key=True),
            Column("school_urn", Integer, index=True),
            Column("forename", String(50)),
            Column("year_group", Integer),
            Column("is_active", Boolean),
            Column("birth_date", Date),
            Column("last_seen", DateTime),
            Column("score", number),
            Column("medical", Text),
            Column("updated_at", DateTime),
        )
        self.homes = Table(
            "homes",
            data,
            Column("student_id", Integer, primary_key=True),
            Column("line_1", String(50)),
            Column("city", String(50)),
            Column("area_id", Integer),
        )
        self.areas = Table(
            "areas",
            data,
            Column("area_id", Integer, primary_key=True),
            Column("label", String(50)),
        )
        self.emails = Table(
            "emails",
            data,
            Column("email_id", Integer, primary_key=True),
            Column("pupil_id", Integer),
            Column("address", String(50)),
            Column("purpose", String(50)),
            Column("deleted", Integer),
        )
        self.notes = Table(
            "notes",
            data,
            Column("note_id", Integer, primary_key=True),
            Column("of_email", Integer),
            Column("body", String(50)),
        )
        self.tags = Table(
            "tags",
            data,
            Column("owner_id", Integer, primary_key=True),
            Column("position", Integer, primary_key=True),
            Column("tag", String(50)),
        )

    def mapping(self, **more):
        """Return where the resources stand."""
        student, home, area = self.students.c, self.homes.c, self.areas.c
        notes = Listed(
            self.notes, {"text": self.notes.c.body}, by=self.notes.c.of_email
        )
        emails = Listed(
            self.emails,
            {
                "address": self.emails.c.address,
                "kind": self.emails.c.purpose,
                "notes[]": notes,
            },
            by=self.emails.c.pupil_id,
            where=self.emails.c.deleted == 0,
        )
        return {
            "school": SQLResource(
                self.schools,
                {"urn": self.schools.c.urn, "name": self.schools.c.title},
                school=self.schools.c.urn,
            ),
            "student": SQLResource(
                self.students,
                {
                    "id": student.id,
                    "name": student.forename,
                    "year": student.year_group,
                    "active": student.is_active,
                    "born": student.birth_date,
                    "seen": student.last_seen,
                    "points": student.score,
                    "home.street": home.line_1,
                    "home.town": home.city,
                    "home.area.name": area.label,
                    "emails[]": emails,
                    "tags[]": Listed(
                        self.tags, self.tags.c.tag, by=self.tags.c.owner_id
                    ),
                },
                joins={
                    self.homes: home.student_id == student.id,
                    self.areas: area.area_id == home.area_id,
                },
                school=student.school_urn,
                **more,
            ),
        }


OPENED = []
"""The engines that are open, those of the test at hand last."""


@contextmanager
def disposing():
    """Dispose of the engines that are opened meanwhile."""
    before = len(OPENED)
    try:
        yield
    finally:
        while len(OPENED) > before:
            OPENED.pop().dispose()


def opened(url, **more):
    """Return an engine that is disposed of with the test, otherwise with the session."""
    engine = create_engine(url, **more)
    OPENED.append(engine)
    return engine


IN_MEMORY = {
    "url": "sqlite://",
    "poolclass": StaticPool,
    "connect_args": {"check_same_thread": False},
}
"""What an engine of a database in memory is made with, the same for every thread."""


def memory_engine():
    """Return an engine of a database in memory."""
    return opened(**IN_MEMORY)


def filled(bind, tables, students=()):
    """Put a school and *students*, as tables have them, into a database."""
    rows = {
        tables.schools: [{"urn": int(SCHOOL), "title": "Example School"}],
        tables.students: [],
        tables.homes: [],
        tables.areas: [{"area_id": 1, "label": "North"}],
        tables.emails: [],
        tables.notes: [],
        tables.tags: [],
    }
    for student in students:
        for table, found in student.items():
            rows[getattr(tables, table)] += found
    for table, found in rows.items():
        whole = [{c.name: row.get(c.name) for c in table.columns} for row in found]
        if whole:
            bind.execute(table.insert(), whole)


def student_rows(number, **more):
    """Return the rows of a plain student with an e-mail address and two tags."""
    return {
        "students": [
            {
                "id": number,
                "school_urn": int(SCHOOL),
                "forename": f"Ada {number}",
                "year_group": number % 3,
                "medical": "asthma",
                **more,
            }
        ],
        "homes": [
            {"student_id": number, "line_1": f"{number} Long Street", "area_id": 1}
        ],
        "emails": [
            {
                "email_id": 10 * number,
                "pupil_id": number,
                "address": f"ada{number}@example.org",
                "purpose": "school",
                "deleted": 0,
            }
        ],
        "notes": [
            {"note_id": number, "of_email": 10 * number, "body": f"note {number}"}
        ],
        "tags": [
            {"owner_id": number, "position": at, "tag": f"t{at}"} for at in (2, 1)
        ],
    }


def held(*students):
    """Return an engine of a database in memory, and its tables, with these students."""
    engine, tables = memory_engine(), Tables()
    tables.metadata.create_all(engine)
    with engine.begin() as connection:
        filled(connection, tables, students)
    return engine, tables


def adapter(bind, tables, page_size=500, school=SCHOOL, **more):
    """Return an adapter of the school."""
    return SQLAdapter(
        bind, CATALOGUE, tables.mapping(**more), school=school, page_size=page_size
    )


def wanted(*fields, **more):
    """Return a fetch of these fields of students; of all if none is named."""
    paths = [f"student.{path}" for path in fields] or STUDENT_FIELDS
    return Fetch(STUDENT, paths, SCHOOL, **more)


@cache
def having(scopes):
    """Return a school that has authorised *scopes*."""
    school = School(CATALOGUE)
    school.authorise(*scopes)
    return school


def access_to(*scopes):
    """Return an access to these scopes."""
    return having(frozenset(scopes)).open()


@contextmanager
def statements(engine):
    """Give a list of the statements that an engine sends meanwhile."""
    sent = []

    def note(connection, cursor, statement, parameters, context, executemany):
        sent.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


def ids(records):
    """Return the keys of records."""
    return [record["id"] for record in records]
