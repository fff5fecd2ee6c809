"""`scopegate demo`: the whole story, on a made-up school that ships."""

import shlex
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

import click
from rich.text import Text

from ..._base.local_time import LocalTime
from ..._base.values import quoted
from ...consent.codec import to_json
from ...consent.disclosures import fold_disclosures
from ...consent.grant import Grant
from ...consent.presentation import Presentation
from ...errors import AccessDeniedError, QueryRefusedError
from ...evidence.audit import checkpoint_of, verify
from ...gate.access import Access
from ...ledgers.base import disclosure_stream, school_stream
from ...ledgers.sqlite import SQLiteLedger
from ...records.condition import Condition
from ...records.query import Query
from ...samples.folder import sample_school
from ..drawing import (
    connection_table,
    decision_table,
    pairs_table,
    request_panel,
    sentence_panel,
)
from ..output import console, counted, shown
from .comparison import Comparison, leaves_of
from .story import APP, HEAD, REQUEST, SCHOOL, TICKED, Story

LEDGER = "demo.db"
"""The file in which `--export` keeps the demo's ledger."""


@click.command()
@click.option(
    "--export",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Also keep the grant and the ledger of the demo there, to try commands with.",
)
def demo(folder: Path | None) -> None:
    """Play the whole story on a made-up school: no one in it is real.

    A school is connected, an app asks, the head decides, data flows, and stops.
    """
    with ExitStack() as ends:
        kept = folder or Path(ends.enter_context(TemporaryDirectory()))
        story = Story(console(), ends.enter_context(new_ledger(kept, LEDGER)))
        grant = _play(story)
        _what_next(story, grant, folder)


def new_ledger(folder: Path, name: str) -> SQLiteLedger:
    """Return a new ledger in a file of a folder, which must not be there yet.

    Raises:
        BadParameter: There is such a file; nothing is written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    if path.exists():
        message = f"{quoted([str(path)])} is there already; give another folder"
        raise click.BadParameter(message)
    return SQLiteLedger(path)


def _play(story: Story) -> Grant:
    story.out.print(Text("scopegate: exactly what the school authorised", "bold"))
    _connect(story)
    _public_only(story)
    grant = _decide(story, _ask(story))
    with story.open() as access:
        _flow(story, access)
        _refuse(story, access)
        _revoke(story, access)
    _on_record(story)
    return grant


def _connect(story: Story) -> None:
    story.heading(
        "Connect",
        "The school links its MIS. Only the public fields of its school record are read,"
        " and the URN must match.",
    )
    connection = story.register.connect(school=SCHOOL, mis="sims", adapter=story.mis)
    story.out.print(connection_table(connection, story.mis.asked))


def _public_only(story: Story) -> None:
    story.heading(
        "Before any request",
        f"No one has decided anything yet, so the app {APP} gets public data and no more.",
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


def _ask(story: Story) -> Presentation:
    story.heading(
        "The Data Access Request",
        "The app publishes what it asks for. This is what the school is shown: every"
        " scope, why, and every field in it. No box is ticked.",
    )
    story.register.publish(REQUEST)
    presentation = story.register.present(school=SCHOOL, app=APP)
    story.out.print(request_panel(presentation))
    return presentation


def _decide(story: Story, presentation: Presentation) -> Grant:
    story.heading(
        "The decision",
        "The head ticks two boxes and leaves two. The ledger keeps who, when, and the"
        " digest of every word that was shown.",
    )
    decided = story.register.authorise(presentation, optional=TICKED, actor=HEAD)
    grant = cast(Grant, decided)  # this school has no rule that two must decide
    times = LocalTime.of(story.register.state(SCHOOL).zone)
    story.out.print(decision_table(grant, presentation, times))
    return grant


def _flow(story: Story, access: Access) -> None:
    story.heading(
        "One pupil, before and after",
        "Left: what the MIS holds. Right: what the app receives. Empty fields are not"
        " listed; what the app never asked for is folded together.",
    )
    wanted = access.releaser.fetch_for(access.permit, "student")
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


def _refuse(story: Story, access: Access) -> None:
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


def _revoke(story: Story, access: Access) -> None:
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


def _on_record(story: Story) -> None:
    story.heading(
        "On record",
        "The ledger holds every move, and how much the app received: never what, nor"
        " about whom. Its checkpoint, kept elsewhere, shows whether anybody rewrites it.",
    )
    usage = fold_disclosures(story.ledger.read(disclosure_stream(SCHOOL)), APP)
    rows = [
        (name, Text(counted(count, "record")))
        for (_, name), count in usage.records.items()
    ]
    story.out.print(pairs_table([(f"{APP} received", Text("")), *rows]))
    note = checkpoint_of(story.ledger, school_stream(SCHOOL)).to_text()
    lines = [("checkpoint", shown(line)) for line in note.split("\n") if line]
    story.out.print(
        pairs_table([(n if k == 0 else "", t) for k, (n, t) in enumerate(lines)])
    )
    found = verify(story.ledger)
    events, streams = counted(found.events, "event"), counted(found.streams, "stream")
    problem = counted(len(found.faults), "fault") if found.faults else "no faults"
    story.out.print(Text(f"{problem} in {streams}, {events}", "flows"))


def _what_next(story: Story, grant: Grant, folder: Path | None) -> None:
    story.out.print()
    story.out.rule(Text("What next", "step"), align="left")
    if folder is None:
        line = "scopegate demo --export FOLDER"
        _try(story, "Keep the grant and the ledger, and try the commands:", line)
    else:
        path = folder / "grant.json"
        path.write_bytes(to_json(grant))
        students = sample_school() / "student.jsonl"
        words = ["--grant", str(path), "--resource", "student", str(students)]
        line = f"scopegate filter --catalogue assembly {shlex.join(words)}"
        _try(story, "The grant, as it was, is written. Filter a file with it:", line)
        ledger = shlex.join(["--ledger", str(folder / LEDGER)])
        line = f"scopegate receipt {grant.id} {ledger}"
        _try(story, "The ledger is kept. Make the receipt of the grant:", line)
    _try(story, "See what there is to ask for:", "scopegate catalogue show assembly")


def _try(story: Story, what: str, line: str) -> None:
    """Show a command to try."""
    story.out.print(Text(what))
    story.out.print(shown(f"  {line}", "bold"), soft_wrap=True)
