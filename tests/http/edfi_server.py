"""A small Ed-Fi API in a process of its own: what a published client needs of one."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

PUPILS = [
    {
        "id": f"{n:032x}",
        "studentUniqueId": str(n),
        "firstName": f"Ada {n}",
        "lastSurname": "Zed",
        "birthDate": "c4n4ry-2014",
        "_etag": "c4n4ry",
    }
    for n in range(1, 6)
]
ASKED: list[str] = []


class Handler(BaseHTTPRequestHandler):
    """Answers as an Ed-Fi API of version 7.1 does: pages by offset, a bare list."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Give the version, the pupils, or what was asked so far."""
        place = urlsplit(self.path)
        if place.path == "/_asked":
            self._give(ASKED)
        elif place.path == "/":
            self._give({"version": "7.1", "apiMode": "Shared Instance"})
        elif place.path == "/data/v3/ed-fi/students":
            ASKED.append(self.path)
            query = {k: v[-1] for k, v in parse_qs(place.query).items()}
            start, size = int(query.get("offset", 0)), int(query.get("limit", 25))
            self._give(PUPILS[start : start + size])
        else:
            self._give({"message": "c4n4ry"}, 404)

    def do_POST(self) -> None:
        """Give a token."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self._give(
            {"access_token": "token", "expires_in": 1800, "token_type": "bearer"}
        )

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _give(self, found: object, status: int = 200) -> None:
        body = json.dumps(found).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Total-Count", str(len(PUPILS)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        print(server.server_port, flush=True)  # noqa: T201 - its starter reads it
        server.serve_forever()
