"""Asking a server something, to see what comes back byte for byte."""

import json
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPMessage
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Told:
    """An answer as it came."""

    status: int
    headers: HTTPMessage
    body: bytes

    @property
    def json(self) -> object:
        """The body, read as JSON."""
        return json.loads(self.body)


def ask(url: str, method: str = "GET", body: str | None = None, **headers: str) -> Told:
    """Ask once, on a connection of its own; underscores in names are hyphens."""
    parts = urlsplit(url)
    line = HTTPConnection(parts.hostname, parts.port, timeout=10)
    try:
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        line.request(method, target, body, named)
        answer = line.getresponse()
        return Told(answer.status, answer.headers, answer.read())
    finally:
        line.close()
