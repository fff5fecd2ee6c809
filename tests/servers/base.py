"""A school's MIS as a web server in a process of its own.

Run as a module from the folder above, `python -m servers.oneroster`, with the
standard library alone. It prints its port and ends when its input does, so that
none is left behind. `client.running` starts one.

Everything under `/_control/` is for the test: the records to serve, the options,
the faults to come and the log of what was asked. All else is the MIS.
"""

import gzip
import json
import os
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from http.client import responses
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import ClassVar

from .faults import CONTENT, ENDLESS, PAGED, WIRE
from .messages import Answer, Page, Refused, Request

CONTROL = "/_control/"
KINDS = {*PAGED, *CONTENT, *WIRE}


class Mis:
    """The common part of an MIS: its records, by collection, and its options."""

    collections: ClassVar[Iterable[str]] = ()
    singular: ClassVar[Mapping[str, str]] = {}
    defaults: ClassVar[Mapping[str, object]] = {}
    key = "id"
    token_path = ""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget all that was told or done."""
        self.records: dict[str, list[dict]] = {}
        self.options = {"gzip": True, **self.defaults}  # packed for who asks

    def serve(self, records: Mapping[str, list[dict]]) -> None:
        """Serve these records and no others."""
        named = {self.singular.get(name, name): rows for name, rows in records.items()}
        if unknown := sorted(n for n in named if not self.holds(n)):
            raise ValueError(f"no such collection: {', '.join(unknown)}")
        self.records = named

    def holds(self, name: str) -> bool:
        """Tell whether there can be a collection of that name."""
        return name in self.collections

    def choose(self, options: Mapping[str, object]) -> None:
        """Set options; those not named stay."""
        if unknown := sorted(options.keys() - self.options):
            raise ValueError(f"no such option: {', '.join(unknown)}")
        self.options |= options

    def answer(self, request: Request) -> Answer:
        """Return the MIS's answer, or raise `Refused`."""
        raise NotImplementedError

    def failure(self, request: Request, status: int, text: str) -> Answer:
        """Return an error as this MIS words it."""
        raise NotImplementedError

    def page(self, request: Request, rows: list[dict], start: int, size: int) -> Page:
        """Return a page, unless the fault of the request has pages without end."""
        kind = request.fault.get("kind")
        if kind not in ENDLESS:
            copies = [dict(row) for row in rows[start : start + size]]
            return Page(copies, start, size, len(rows))
        if kind == "same_page":
            made = [dict(row) for row in rows[:size]]
        else:
            made = [self._made(rows, start + n) for n in range(size)]
        return Page(made, start, size, start + 2 * size + 1)

    def _made(self, rows: list[dict], place: int) -> dict:
        """Return the record at *place*, made up where there are no more."""
        row = rows[place % len(rows)] if rows else {}
        if place < len(rows):
            return dict(row)
        number = isinstance(row.get(self.key), int)
        return row | {self.key: 1_000_000 + place if number else f"made-{place}"}


class Desk:
    """What a server keeps: the MIS, the log, the faults to come."""

    def __init__(self, mis: Mis) -> None:
        self.mis, self.lock = mis, threading.Lock()
        self.reset()

    def reset(self, _: object = None) -> None:
        """Start again."""
        self.mis.clear()
        self.log: list[dict] = []
        self.faults: list[dict] = []
        self.counts: Counter[str] = Counter()

    def add_faults(self, faults: list[dict]) -> None:
        """Have these faults too; `at` counts from now."""
        for fault in faults:
            kind = fault["kind"]
            if kind not in KINDS and not kind.removeprefix("status:").isdigit():
                raise ValueError(f"no such fault: {kind}")
        self.faults += [self._due(fault) for fault in faults]

    def _due(self, fault: dict) -> dict:
        on, at = fault.get("on", "data"), fault.get("at")
        return fault | {"on": on, "due": None if at is None else self.counts[on] + at}

    def control(self, name: str, body: bytes) -> object:
        """Do what the test asks for and return what it is told."""
        does: dict[str, Callable] = {
            "reset": self.reset,
            "data": self.mis.serve,
            "faults": self.add_faults,
            "options": self.mis.choose,
        }
        with self.lock:
            if name == "log":
                return list(self.log)
            return does[name](json.loads(body or b"{}"))

    def take(self, request: Request) -> tuple[Answer, Mapping]:
        """Note a request and return its answer, with the fault it meets."""
        with self.lock:
            self.log.append(_entry(request))
            fault = self._fault("token" if self._is_token(request) else "data")
            answer = self._answer(replace(request, fault=fault))
        return answer, fault

    def _is_token(self, request: Request) -> bool:
        return request.path == self.mis.token_path

    def _fault(self, on: str) -> dict:
        """Return the first fault that is due for the next request of its sort."""
        self.counts[on] += 1
        met = (f for f in self.faults if f["on"] == on)
        return next((f for f in met if f["due"] in (None, self.counts[on])), {})

    def _answer(self, request: Request) -> Answer:
        kind = request.fault.get("kind", "")
        if kind.startswith("status:"):
            return self._failure(request, int(kind.removeprefix("status:")))
        try:
            answer = self.mis.answer(request)
        except Refused as refused:
            answer = refused.answer
        CONTENT.get(kind, lambda *_: None)(answer, request.fault)
        if self.mis.options["gzip"] and "gzip" in request.header("accept-encoding"):
            _squeeze(answer)
        return answer

    def _failure(self, request: Request, status: int) -> Answer:
        fault = request.fault
        answer = self.mis.failure(request, status, fault.get("canary", "CANARY"))
        if "retry_after" in fault:
            answer.headers["Retry-After"] = str(fault["retry_after"])
        return answer


def _entry(request: Request) -> dict:
    """Return what the log says of a request."""
    seen = ("Accept", "Accept-Encoding", "Authorization", "If-Modified-Since")
    return {
        "method": request.method,
        "path": request.target,
        "headers": {name: request.header(name.lower()) or None for name in seen},
        "all_headers": request.headers,
        "body": request.body.decode("latin-1"),
    }


def _squeeze(answer: Answer) -> None:
    body = answer.encoded()
    if body and "Content-Encoding" not in answer.headers:
        answer.body = gzip.compress(body, 6, mtime=0)
        answer.headers["Content-Encoding"] = "gzip"


class Handler(BaseHTTPRequestHandler):
    """One connection of a client, kept as long as the client likes."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_: object) -> None:
        """Say nothing: the log is the desk's."""

    def take(self) -> None:
        """Answer one request."""
        target = self.requestline.split()[1]
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if target.startswith(CONTROL):
            self.send(*self._controlled(target.removeprefix(CONTROL), body))
            return
        headers = tuple(self.headers.items())
        answer, fault = self.server.desk.take(
            Request(self.command, target, headers, body)
        )
        try:
            WIRE.get(fault.get("kind"), _whole)(self, answer, fault)
        except OSError:
            self.close_connection = True

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = take  # noqa: N815

    def _controlled(self, name: str, body: bytes) -> tuple[Answer, bytes]:
        try:
            answer = Answer(self.server.desk.control(name, body))
        except (ValueError, KeyError, TypeError) as err:
            answer = Answer(str(err), status=400)
        return answer, answer.encoded()

    def send(self, answer: Answer, body: bytes) -> None:
        """Send an answer whole."""
        self.wfile.write(self.head(answer, len(body)) + body)

    def head(self, answer: Answer, length: int | None) -> bytes:
        """Return the status line and headers: nothing in them depends on the day."""
        headers = {"Content-Type": "application/json; charset=utf-8"} | answer.headers
        if length is not None:
            headers["Content-Length"] = str(length)
        lines = [f"HTTP/1.1 {answer.status} {responses.get(answer.status, 'Other')}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return "\r\n".join([*lines, "", ""]).encode("latin-1")


def _whole(handler: Handler, answer: Answer, _: Mapping) -> None:
    handler.send(answer, b"" if answer.status == 304 else answer.encoded())


class Server(ThreadingHTTPServer):
    """A server on a free port of this machine."""

    request_queue_size = 128
    server_bind = TCPServer.server_bind  # HTTPServer's would ask for a host name

    def __init__(self, mis: Mis) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.desk = Desk(mis)


def run(mis: Mis) -> None:
    """Serve an MIS until the input ends."""
    server = Server(mis)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdout.write(f"{server.server_address[1]}\n")
    sys.stdout.flush()
    sys.stdin.read()
    os._exit(0)  # without waiting for clients that are being kept waiting
