"""Where the real samples are, and the way from a request to an opened access."""

import csv
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from attrs import field, frozen

from scopegate.adapters.base import Adapter, Fetch
from scopegate.consent.codec import event_to_json
from scopegate.ledgers.base import app_stream, school_stream
from scopegate.records.files import csv_writer, json_line
from scopegate.testing import School

BESIDE = Path(__file__).parents[3] / "shared" / "samples"


@frozen
class Recorder:
    """An adapter that notes each question before it passes it on."""

    inner: Adapter
    asked: list[tuple[str, ...]] = field(factory=list)

    @property
    def school(self) -> str | None:
        """The school that the adapter behind it serves."""
        return self.inner.school

    def capabilities(self, resource):
        """Return what the adapter behind it can do."""
        return self.inner.capabilities(resource)

    def fetch(self, wanted: Fetch) -> Iterator[object]:
        """Note which fields are wanted, and ask the adapter behind it."""
        self.asked.append(wanted.fields)
        return self.inner.fetch(wanted)


class Decided(School):
    """A school that has decided on a request."""

    def __init__(self, catalogue, adapter, key, request, optional=()):
        super().__init__(catalogue, adapter, key=key, app=request.app)
        self.register.publish(request)
        self.grant = self.authorise(optional=optional)

    @property
    def written(self) -> bytes:
        """Everything the ledger keeps of the school and the app."""
        streams = school_stream(self.key), app_stream(self.app)
        events = [event for name in streams for event in self.ledger.read(name)]
        return b"\n".join(map(event_to_json, events))


def found(path: Path) -> Path:
    """Return *path* if it is there, or skip; where it must be there, fail."""
    if path.exists():
        return path
    reason = f"`{path.name}` is not here; name the samples in SCOPEGATE_SAMPLES"
    if os.environ.get("SCOPEGATE_REQUIRE_SAMPLES"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def samples() -> Path:
    """Return the folder of real samples."""
    return found(Path(os.environ.get("SCOPEGATE_SAMPLES", BESIDE)))


@pytest.fixture(scope="session")
def facts(samples):
    """Return what is publicly known of Assembly's scopes and records."""
    path = found(samples.parent / "facts" / "assembly.json")
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.fixture
def recorder() -> type[Recorder]:
    """Return the adapter that notes each question."""
    return Recorder


@pytest.fixture
def decided() -> type[Decided]:
    """Return the school that has decided on a request."""
    return Decided


@pytest.fixture
def written(tmp_path) -> Callable[..., bytes]:
    """Return the way to write released records to both kinds of file, and its bytes."""

    def write(name: str, records: list[dict[str, object]]) -> bytes:
        table, lines = tmp_path / f"{name}.csv", tmp_path / f"{name}.jsonl"
        with table.open("wb") as stream:
            row = csv_writer(stream, list(records[0]))
            for record in records:
                row(record)
        lines.write_bytes(b"".join(map(json_line, records)))
        return table.read_bytes() + lines.read_bytes()

    return write


@pytest.fixture
def cells(samples):
    """Return the way to read every cell of a folder of real CSV files."""

    def read(folder: str) -> Iterator[tuple[str, dict[str, str]]]:
        for path in sorted((samples / folder).glob("*.csv")):
            with path.open(encoding="utf-8-sig", newline="") as stream:
                for row in csv.DictReader(stream):
                    yield path.name, row

    return read
