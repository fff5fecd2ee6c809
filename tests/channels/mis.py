"""One made-up school in every MIS that is read here, and a way to change its secrets.

A world is what an MIS holds. Two worlds of one MIS differ only in what the
school did not authorise: in values, and in parts that no one asked for.
"""

import csv
import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

from attrs import field, frozen
from sqlalchemy import (
    Column,
    Integer,
    MetaData,
    String,
    Table,
    create_engine,
    event,
)
from sqlalchemy.pool import StaticPool

from scopegate import Catalogue
from scopegate.adapters.assembly import Assembly
from scopegate.adapters.files import FilesAdapter
from scopegate.adapters.oneroster import OneRoster
from scopegate.adapters.oneroster_csv import OneRosterCSV
from scopegate.adapters.records import RecordsAdapter
from scopegate.adapters.sql import SQLAdapter, SQLResource
from scopegate.adapters.wonde import Wonde

from ..servers.client import running

SCHOOL = "100001"
COUNT = 5
"""How many pupils there are: with pages of two, three pages."""

NUMBERS = range(1, COUNT + 1)


@frozen
class Mis:
    """One kind of MIS.

    Attributes:
        catalogue: The built-in catalogue its records are in the shape of.
        scope: What the school authorised.
        server: The fake server that plays it, or None.
        world: Makes what it holds, given a secret.
        options: Options of the server.
        interface: Makes the interface to a server, for `HTTPAdapter`.
    """

    catalogue: str
    scope: str
    world: Callable[[str], dict[str, list[dict[str, Any]]]]
    server: str | None = None
    options: dict[str, Any] = field(factory=dict)
    interface: Callable[[str], Any] | None = None


def assembly_world(secret):
    """Return what an Assembly account holds."""
    pupils = [
        {
            "object": "student",
            "id": n,
            "first_name": f"Ada {n}",
            "last_name": "Zed",
            "year_code": "7",
            "dob": secret,
            "upn": secret,
            "demographics": {"ethnicity_code": secret},
            "unknown": {secret: secret},
        }
        for n in NUMBERS
    ]
    home = {"urn": SCHOOL, "name": "Example School", "head_teacher": secret}
    return {"school": [home], "student": pupils}


def oneroster_world(secret):
    """Return what a OneRoster server of one school holds."""
    own = {"sourcedId": "s1", "type": "org"}
    pupils = [
        {
            "sourcedId": f"u{n}",
            "status": "active",
            "givenName": f"Ada {n}",
            "familyName": "Zed",
            "email": secret,
            "role": "student",
            "orgs": [own],
            "roles": [{"role": "student", "org": own, "userProfile": secret}],
            "metadata": {"medical": secret},
        }
        for n in NUMBERS
    ]
    home = {
        "sourcedId": "s1",
        "status": "active",
        "name": "Example School",
        "type": "school",
        "identifier": SCHOOL,
        "metadata": {"head": secret},
    }
    born = [{"sourcedId": f"u{n}", "birthDate": secret} for n in NUMBERS]
    return {"orgs": [home], "users": pupils, "demographics": born}


def wonde_world(secret):
    """Return what Wonde holds of one school."""
    pupils = [
        {
            "id": f"A{n}",
            "surname": "Zed",
            "forename": f"Ada {n}",
            "date_of_birth": secret,
            "upi": secret,
            "education_details": {"data": {"current_nc_year": secret}},
            "medical_notes": {"data": [{"note": secret}]},
        }
        for n in NUMBERS
    ]
    home = {"id": "S1", "name": "Example School", "urn": int(SCHOOL), "notes": secret}
    return {"schools": [home], "students": pupils}


ASSEMBLY = Mis(
    "assembly",
    "students.basic",
    assembly_world,
    "assembly",
    interface=lambda url: Assembly(url, "school-token", page_size=2),
)
WONDE = Mis(
    "wonde",
    "students.read",
    wonde_world,
    "wonde",
    interface=lambda url: Wonde("app-token", "S1", url=f"{url}/v1.0", page_size=2),
)


def oneroster(version, base):
    """Return OneRoster of one version."""
    return Mis(
        "oneroster",
        "students.basic",
        oneroster_world,
        "oneroster",
        interface=lambda url: OneRoster(
            url + base,
            version=version,
            client_id="app",
            client_secret="hush",  # noqa: S106 - of a fake server
            token_url=f"{url}/oauth/token",
            page_size=2,
        ),
    )


ONEROSTER_1_1 = oneroster("1.1", "/ims/oneroster/v1p1")
ONEROSTER_1_2 = oneroster("1.2", "/ims/oneroster/rostering/v1p2")


class Served:
    """An MIS that a fake server plays in another process."""

    def __init__(self, mis, server):
        self.mis, self._server = mis, server
        self.url = server.url

    def hold(self, secret, *faults):
        """Hold the world of a secret, and forget what was asked."""
        self._server.reset()
        self._server.options(**self.mis.options)
        self._server.serve(self.mis.world(secret))
        self._server.faults(list(faults))

    def asked(self):
        """Return everything that was asked, byte for byte."""
        return self._server.log()


class Local:
    """An MIS that is read without asking anybody: files, or records at hand."""

    def __init__(self, mis, make):
        self.mis, self._make, self.adapter = mis, make, None

    def hold(self, secret, *faults):
        """Hold the world of a secret."""
        assert not faults, "no one is asked, so no one can fail"
        self.adapter = self._make(self.mis.world(secret))

    def asked(self):
        """Return nothing: no one is asked."""
        return []


def serving(mis, stack):
    """Return an MIS whose server runs until *stack* ends."""
    return Served(mis, stack.enter_context(running(mis.server)))


def records(mis):
    """Return an MIS of records at hand."""
    return Local(mis, RecordsAdapter)


def files(mis, folder):
    """Return an MIS of a folder of JSON Lines."""

    def write(world):
        for resource, rows in world.items():
            text = "".join(f"{json.dumps(row)}\n" for row in rows)
            (folder / f"{resource}.jsonl").write_text(text, encoding="utf-8")
        return FilesAdapter(folder)

    return Local(mis, write)


def bundle(mis, folder):
    """Return an MIS of a OneRoster bundle."""

    def write(world):
        path = folder / "export.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for name, text in _csv_files(world).items():
                archive.writestr(f"{name}.csv", text)
        return OneRosterCSV(path)

    return Local(mis, write)


def _csv_files(world):
    orgs = [
        [o["sourcedId"], o["name"], o["type"], o["identifier"]] for o in world["orgs"]
    ]
    users = [
        [
            u["sourcedId"],
            "active",
            u["givenName"],
            u["familyName"],
            u["email"],
            "student",
            "s1",
        ]
        for u in world["users"]
    ]
    held = {"orgs": "bulk", "users": "bulk"}
    kinds = ["academicSessions", "classes", "classResources", "courses"]
    kinds += ["courseResources", "demographics", "enrollments", "orgs", "users"]
    said = [[f"file.{kind}", held.get(kind, "absent")] for kind in kinds]
    top = [["manifest.version", "1.0"], ["oneroster.version", "1.1"]]
    return {
        "manifest": _csv(["propertyName", "value"], *top, *said),
        "orgs": _csv(["sourcedId", "name", "type", "identifier"], *orgs),
        "users": _csv(
            [
                "sourcedId",
                "status",
                "givenName",
                "familyName",
                "email",
                "role",
                "orgSourcedIds",
            ],
            *users,
        ),
    }


def _csv(*rows):
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


class Database:
    """An MIS in a database: what is asked is every statement, with its parameters."""

    def __init__(self, mis, engine, schema=None):
        self.mis, self._engine, self._asked = mis, engine, []
        data = self._data = MetaData(schema=schema)
        texts = [
            Column(n, String) for n in ("first_name", "last_name", "year_code", "dob")
        ]
        self._pupils = Table(
            "pupils", data, Column("id", Integer, primary_key=True), *texts
        )
        self._schools = Table(
            "schools",
            data,
            Column("urn", String, primary_key=True),
            Column("name", String),
        )
        data.create_all(engine)
        event.listen(engine, "before_cursor_execute", self._note)
        catalogue = Catalogue.builtin(mis.catalogue)
        self.adapter = SQLAdapter(engine, catalogue, self._mapping(), page_size=2)

    def _mapping(self):
        pupil, school = self._pupils.c, self._schools.c
        named = ("id", "first_name", "last_name", "year_code", "dob")
        return {
            "student": SQLResource(self._pupils, {n: pupil[n] for n in named}),
            "school": SQLResource(
                self._schools, {"urn": school.urn, "name": school.name}
            ),
        }

    def hold(self, secret, *faults):
        """Hold the world of a secret, and forget what was asked."""
        assert not faults, "the tests of the adapter have its faults"
        world = self.mis.world(secret.replace("\0", ""))
        with self._engine.begin() as line:
            for table, rows in ((self._pupils, "student"), (self._schools, "school")):
                line.execute(table.delete())
                kept = [
                    {k: v for k, v in r.items() if k in table.c} for r in world[rows]
                ]
                line.execute(table.insert(), kept)
        self._asked.clear()

    def asked(self):
        """Return the statements that were sent."""
        return list(self._asked)

    def close(self):
        """Leave nothing behind."""
        self._data.drop_all(self._engine)
        self._engine.dispose()

    def _note(self, connection, cursor, statement, parameters, context, executemany):
        self._asked.append((statement, repr(parameters)))


def sqlite(mis, stack):
    """Return an MIS in a SQLite database."""
    engine = create_engine(
        "sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False}
    )
    found = Database(mis, engine)
    stack.callback(found.close)
    return found


def postgres(mis, stack, address):
    """Return an MIS in a PostgreSQL database."""
    url = address.replace("postgresql://", "postgresql+psycopg://")
    found = Database(mis, create_engine(url))
    stack.callback(found.close)
    return found
