"""Starting a server, and telling it what to do."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

FOLDER = Path(__file__).parent


class Server:
    """The test's end of a running server.

    Attributes:
        url: Where it is, without a slash at the end.
    """

    def __init__(self, port: int):
        self.url = f"http://127.0.0.1:{port}"
        self._line = HTTPConnection("127.0.0.1", port, timeout=60)

    def log(self) -> list[dict]:
        """Return every request since the last reset, oldest first."""
        return self._tell("log")

    def reset(self) -> None:
        """Forget the records, the options, the faults, the tokens and the log."""
        self._tell("reset", {})

    def serve(self, records: Mapping[str, list[dict]]) -> None:
        """Serve these records, by collection, and no others."""
        self._tell("data", records)

    def fault(self, kind: str, at: int | None = None, **more: object) -> None:
        """Have a fault, besides those it has already.

        Args:
            kind: As in `faults`, or `status:` and a number.
            at: Which data request from now, 1 for the next; None for every one.
            more: What the kind takes; and `on="token"` for requests for a token.
        """
        self.faults([{"kind": kind, "at": at, **more}])

    def faults(self, faults: list[dict]) -> None:
        """Have several faults, besides those it has already."""
        self._tell("faults", faults)

    def options(self, **options: object) -> None:
        """Set options; those not named stay."""
        self._tell("options", options)

    def close(self) -> None:
        """Hang up; the server goes on."""
        self._line.close()

    def _tell(self, name: str, value: object = None) -> object:
        method, body = ("GET", None) if value is None else ("POST", json.dumps(value))
        self._line.request(method, f"/_control/{name}", body)
        answer = self._line.getresponse()
        told = json.loads(answer.read())
        if answer.status != 200:
            raise ValueError(told)
        return told


@contextmanager
def running(kind: str) -> Iterator[Server]:
    """Run a server in another process: `oneroster`, `assembly` or `wonde`."""
    process = subprocess.Popen(  # noqa: S603 - this interpreter, and a module of ours
        [sys.executable, "-S", "-m", f"{FOLDER.name}.{kind}"],
        cwd=FOLDER.parent,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            server = Server(int(process.stdout.readline()))
            yield server
            server.close()
        finally:
            process.kill()
