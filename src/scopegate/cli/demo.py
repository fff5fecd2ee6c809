"""`scopegate demo`: the whole story, on a made-up school that ships."""

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import click
from attrs import Factory, define, field, frozen
from rich.console import Console
from rich.text import Text

from ..access import Access
from ..adapters.base import Adapter, Fetch
from ..adapters.files import FilesAdapter
from ..catalogue import Catalogue
from ..codec import to_json
from ..decision import Actor
from ..errors import AccessDeniedError, QueryRefusedError
from ..gate import Gate
from ..grant import Grant
from ..ledgers.memory import MemoryLedger
from ..presentation import Presentation
from ..query import Condition, Query
from ..register import ConsentRegister
from ..request import AccessRequest, Terms
from ..samples import sample_school
from .comparison import Comparison, leaves_of
from .drawing import (
    connection_table,
    decision_table,
    pairs_table,
    request_panel,
    sentence_panel,
)
from .output import console, counted, shown

SCHOOL = "999901"
APP = "gradebook"
HEAD = Actor("Freya Underhill", role="Headteacher")
TICKED = frozenset({"students.emails", "contacts.emails"})

REQUEST = AccessRequest(
    app=APP,
    purpose="Record marks, and share them with pupils and their families.",
    required={"students.basic", "registration_groups"},
    optional={
        "students.emails",
        "students.dob",
        "students.sen_provision",
        "contacts.emails",
    },
    reasons={
        "students.basic": "To list each class by name.",
        "registration_groups": "To set the lists up as the school's own form groups.",
        "students.emails": "To send pupils their marks.",
        "students.dob": "To congratulate pupils on their birthday.",
        "students.sen_provision": "To let teachers plan extra time for tests.",
        "contacts.emails": "To send families the reports at the end of term.",
    },
    terms=Terms(
        retention="until the pupil leaves, and no longer than a year after that",
        lawful_basis="public task, UK GDPR Art. 6(1)(e)",
        contact="privacy@gradebook.example",
    ),
)


@frozen
class _Watched:
    """The made-up MIS, with a note of everything that was asked of it."""

    mis: Adapter
    asked: list[Fetch] = field(factory=list)

    @property
    def school(self) -> str | None:
        """The school it serves."""
        return self.mis.school

    def fetch(self, wanted: Fetch) -> Iterator[object]:
        """Note what is wanted, and give it."""
        self.asked.append(wanted)
        return self.mis.fetch(wanted)


@define
class _Story:
    """What the steps of the demo share."""

    out: Console
    catalogue: Catalogue = Factory(lambda: Catalogue.builtin("assembly"))
    ledger: MemoryLedger = Factory(MemoryLedger)
    mis: _Watched = Factory(lambda: _Watched(FilesAdapter(sample_school())))
    step: int = 0

    @property
    def register(self) -> ConsentRegister:
        """Where the school decides."""
        return ConsentRegister(self.catalogue, self.ledger)

    def open(self) -> Access:
        """Return the app's access to the school."""
        return Gate(self.catalogue, self.ledger).open(school=SCHOOL, app=APP)

    def heading(self, title: str, explanation: str) -> None:
        """Start the next step."""
        self.step += 1
        self.out.print()
        self.out.rule(Text(f"{self.step}  {title}", "step"), align="left")
        self.out.print(Text(explanation))
        self.out.print()

    def denied(self, error: AccessDeniedError, title: str, access: Access) -> None:
        """Show that pupils may not be read, and every reason in words."""
        self.out.print(sentence_panel(error, title))
        reasons = sorted(set(access.permit.withheld("student").values()))
        rows = [(f"  {reason}", shown(reason.sentence)) for reason in reasons]
        self.out.print(pairs_table(rows))


@click.command()
@click.option(
    "--export",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Also write the grant of the demo there, to try `scopegate filter` with.",
)
def demo(folder: Path | None) -> None:
    """Play the whole story on a made-up school: nobody in it is real.

    A school is connected, an app asks, the head decides, data flows, and stops.
    """
    story = _Story(console())
    story.out.print(Text("scopegate: exactly what the school authorised", "bold"))
    _connect(story)
    _public_only(story)
    shown_request = _ask(story)
    grant = _decide(story, shown_request)
    with story.open() as access:
        _flow(story, access)
        _refuse(story, access)
        _revoke(story, access)
    _what_next(story, _export(grant, folder) if folder else None)


def _connect(story: _Story) -> None:
    story.heading(
        "Connect",
        "The school links its MIS. Only the public fields of its school record are read,"
        " and the URN must match.",
    )
    connection = story.register.connect(school=SCHOOL, mis="sims", adapter=story.mis)
    story.out.print(connection_table(connection, story.mis.asked))


def _public_only(story: _Story) -> None:
    story.heading(
        "Before any request",
        f"Nobody has decided anything yet, so the app {APP} gets public data and no more.",
    )
    with story.open() as access:
        for record in access.read(story.mis, Query("school")):
            found = leaves_of(record)
            names = ("name", "urn", "phase", "town", "postcode")
            story.out.print(
                Text("school   ", "flows"),
                shown(" · ".join(found[name] for name in names)),
                sep="",
            )
        try:
            access.read(story.mis, Query("student"))
        except AccessDeniedError as denied:
            story.denied(denied, "reading students", access)


def _ask(story: _Story) -> Presentation:
    story.heading(
        "The Data Access Request",
        "The app publishes what it asks for. This is what the school is shown: every"
        " scope, why, and every field in it. No box is ticked.",
    )
    story.register.publish(REQUEST)
    presentation = story.register.present(school=SCHOOL, app=APP)
    story.out.print(request_panel(presentation))
    return presentation


def _decide(story: _Story, presentation: Presentation) -> Grant:
    story.heading(
        "The decision",
        "The head ticks two boxes and leaves two. The ledger keeps who, when, and the"
        " digest of every word that was shown.",
    )
    decided = story.register.authorise(presentation, optional=TICKED, actor=HEAD)
    grant = cast(Grant, decided)  # this school has no rule that two must decide
    story.out.print(decision_table(grant, presentation))
    return grant


def _flow(story: _Story, access: Access) -> None:
    story.heading(
        "One pupil, before and after",
        "Left: what the MIS holds. Right: what the app receives. Empty fields are not"
        " listed; what the app never asked for is folded together.",
    )
    wanted = access.fetch_for(access.permit, "student")
    pupil = max(
        (
            Comparison(access.permit, "student", r, access.filter("student", r))
            for r in story.mis.fetch(wanted)
        ),
        key=lambda found: (found.refused, len(found.after), len(found.before)),
    )
    story.out.print(pupil.table(APP))
    story.out.print()
    story.out.print(Text("Withheld", "bold"))
    story.out.print(pupil.withheld())


def _refuse(story: _Story, access: Access) -> None:
    story.heading(
        "A question that would tell",
        "Asking for the pupils with SEN support would give away what was withheld, so the"
        " MIS is never asked.",
    )
    path = "student.demographics.sen_category"
    before = len(story.mis.asked)
    try:
        access.read(story.mis, Query("student", where=[Condition(path, "=", "K")]))
    except QueryRefusedError as refused:
        story.out.print(sentence_panel(refused, "refused"))
    asked = counted(len(story.mis.asked) - before, "request")
    story.out.print(Text(f"{asked} reached the MIS.", "quiet"))


def _revoke(story: _Story, access: Access) -> None:
    story.heading(
        "Revoke",
        "The school says stop while the app is in the middle of reading.",
    )
    reading = access.read(story.mis, Query("student"))
    taken = [next(reading), next(reading)]
    story.out.print(Text(f"reading students: {len(taken)} received", "flows"))
    story.register.revoke(school=SCHOOL, app=APP, actor=HEAD, reason="no longer used")
    story.out.print(Text(f"{HEAD.name}, {HEAD.role}: revoked", "bold"))
    try:
        next(reading)
    except AccessDeniedError as denied:
        story.denied(denied, "the next record", access)
    left = access.permit.fields
    public = counted(len(left), "public field")
    story.out.print(Text(f"What still flows: {public}, none of them about a person."))


def _export(grant: Grant, folder: Path) -> Path:
    """Write the grant as it was before it was revoked, and return where."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "grant.json"
    path.write_bytes(to_json(grant))
    return path


def _what_next(story: _Story, grant: Path | None) -> None:
    story.out.print()
    story.out.rule(Text("What next", "step"), align="left")
    students = sample_school() / "student.jsonl"
    if grant is None:
        line = "scopegate demo --export FOLDER"
        story.out.print(Text("Keep the grant, and filter a file with it:"))
    else:
        words = ["--grant", str(grant), "--resource", "student", str(students)]
        line = f"scopegate filter --catalogue assembly {shlex.join(words)}"
        story.out.print(
            Text("The grant, as it was, is written. Filter a file with it:")
        )
    story.out.print(shown(f"  {line}", "bold"), soft_wrap=True)
    story.out.print(Text("See what there is to ask for:"))
    story.out.print(Text("  scopegate catalogue show assembly", "bold"))
