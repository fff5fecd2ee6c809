"""The ledger on a PostgreSQL server when something breaks between them.

A proxy stands between: it sees each statement, and may change it, keep it to
itself, or cut the line before or after the server has carried it out.
"""

import socket
import threading
import time
from contextlib import suppress
from datetime import timedelta

import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from scopegate.errors import StaleWriteError, UnfitLedgerError, UnreachableLedgerError
from scopegate.ledgers.postgres import PostgresLedger
from scopegate.testing._ledgers.machine import numbered

SHORT = timedelta(milliseconds=300)

CUT = "cut the line before the server gets the statement"
LOSE = "cut the line once the server has carried it out"
SILENT = "keep the statement, and the line"

RAISE = "DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{}'; END $$"


class Proxy:
    """A line to a server, on which statements can be interfered with."""

    def __init__(self, address):
        self.rule = lambda statement: statement
        self.statements = []
        given = conninfo_to_dict(address)
        self._server = given.get("host", "localhost"), int(given.get("port", 5432))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads, self._sockets = [], [self._listener]
        port = self._listener.getsockname()[1]
        self.address = make_conninfo(
            address,
            host="127.0.0.1",
            port=port,
            sslmode="disable",
            gssencmode="disable",
        )
        self._start(self._accept)

    def interfere(self, beginning, answer, times=1):
        """Treat the next statements with that beginning as *answer* says."""
        left = [times]

        def rule(statement):
            if not statement.startswith(beginning) or not left[0]:
                return statement
            left[0] -= 1
            return answer

        self.rule = rule

    def close(self):
        """Cut every line."""
        for end in self._sockets:
            cut(end)
        for thread in self._threads:
            thread.join()

    def _start(self, work, *args):
        thread = threading.Thread(target=work, args=args)
        self._threads.append(thread)
        thread.start()

    def _accept(self):
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(self._server)
                for end in (client, server):
                    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    self._sockets.append(end)
                lost = threading.Event()
                self._start(self._to_server, client, server, lost)
                self._start(self._to_client, client, server, lost)

    def _to_client(self, client, server, lost):
        with suppress(OSError):
            while data := server.recv(1 << 16):
                if lost.is_set():
                    break
                client.sendall(data)
        cut(client)

    def _to_server(self, client, server, lost):
        with suppress(OSError), client.makefile("rb") as stream:
            server.sendall(length := stream.read(4))
            server.sendall(stream.read(int.from_bytes(length) - 4))
            while kind := stream.read(1):
                body = stream.read(int.from_bytes(stream.read(4)) - 4)
                message = self._message(kind, body)
                if message is CUT:
                    break
                if message is LOSE:
                    lost.set()
                    message = framed(kind, body)
                if message is SILENT:
                    stream.read()  # whatever is sent from now on
                    break
                server.sendall(message)
        cut(server)

    def _message(self, kind, body):
        if kind not in {b"Q", b"P"}:
            return framed(kind, body)
        text = body.split(b"\0")[kind == b"P"].decode()
        self.statements.append(text)
        answer = self.rule(text)
        if answer in {CUT, LOSE, SILENT}:
            return answer
        return framed(kind, body if answer == text else answer.encode() + b"\0")


def framed(kind, body):
    """Return a message of the protocol."""
    return kind + (len(body) + 4).to_bytes(4) + body


def cut(end):
    """Close one end of a line, whatever state it is in."""
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()


@pytest.fixture
def proxy(server):
    """Give a line to the server."""
    proxy = Proxy(server.address)
    yield proxy
    proxy.close()


@pytest.fixture
def ledger(proxy, server, shared_schema):
    """Give a ledger on that line, with one event."""
    with PostgresLedger(proxy.address, schema=shared_schema, timeout=SHORT) as ledger:
        for table in ("event", "stream"):
            server.run(f"DELETE FROM {shared_schema}.{table}")  # noqa: S608 - ours
        ledger.append("s", [numbered(1)], 0)
        yield ledger


STATEMENTS = ["BEGIN", "SELECT name, position", "INSERT INTO", "COMMIT"]


@pytest.mark.parametrize("beginning", STATEMENTS[:3])
@pytest.mark.parametrize("answer", [CUT, LOSE])
def test_what_broke_before_the_commit_is_done_again(proxy, ledger, beginning, answer):
    """A line that breaks before COMMIT was sent costs nothing but another line."""
    proxy.interfere(beginning, answer)

    assert ledger.append("s", [numbered(2)], 1) == 2
    assert list(ledger.read("s")) == [numbered(1), numbered(2)]


def test_a_lost_acknowledgement_is_said_to_be_unknown(proxy, ledger):
    """When the answer to COMMIT is lost, reading again tells what became of it."""
    proxy.interfere("COMMIT", LOSE)

    with pytest.raises(UnreachableLedgerError, match="it is unknown whether"):
        ledger.append("s", [numbered(2)], 1)

    assert ledger.position("s") == 2
    with pytest.raises(StaleWriteError):
        ledger.append("s", [numbered(2)], 1)


def test_a_lost_commit_is_said_to_be_unknown(proxy, ledger):
    """When COMMIT never arrived no one can know, and nothing was written."""
    proxy.interfere("COMMIT", CUT)

    with pytest.raises(UnreachableLedgerError, match="it is unknown whether"):
        ledger.append("s", [numbered(2)], 1)

    assert ledger.append("s", [numbered(2)], 1) == 2


@pytest.mark.parametrize("beginning", STATEMENTS[-2:])
def test_a_silent_server_is_not_waited_for(proxy, ledger, beginning):
    """A server that says nothing is given up on, and tried again at the next call."""
    proxy.interfere(beginning, SILENT)
    begun = time.monotonic()

    with pytest.raises(
        UnreachableLedgerError, match="did not answer in time"
    ) as caught:
        ledger.append("s", [numbered(2)], 1)

    assert time.monotonic() - begun < 4
    assert ("unknown" in str(caught.value)) == (beginning == "COMMIT")
    assert ledger.append("s", [numbered(2)], 1) == 2


@pytest.mark.parametrize("code", ["40001", "40P01"])
@pytest.mark.parametrize("beginning", ["BEGIN", "COMMIT"])
def test_others_getting_in_the_way_is_tried_again(proxy, ledger, beginning, code):
    """A transaction that the server undid for another's sake is done again."""
    proxy.interfere(beginning, RAISE.format(code), times=2)

    assert ledger.append("s", [numbered(2)], 1) == 2


def test_others_getting_in_the_way_for_ever_is_unreachable(proxy, ledger):
    """What others keep undoing is given up, and nothing was written."""
    proxy.interfere("COMMIT", RAISE.format("40001"), times=99)

    with pytest.raises(
        UnreachableLedgerError, match=r"in the way; nothing was written"
    ):
        ledger.append("s", [numbered(2)], 1)

    assert ledger.position("s") == 1


@pytest.mark.parametrize(
    ("code", "sentence"),
    [("53100", "no room left"), ("53300", "too many"), ("22012", "SQLSTATE 22012")],
)
def test_what_the_server_refuses_is_unreachable(proxy, ledger, code, sentence):
    """A refusal has a sentence of ours; the server's own may quote rows."""
    proxy.interfere("BEGIN", RAISE.format(code))

    with pytest.raises(UnreachableLedgerError, match=sentence) as caught:
        ledger.append("s", [numbered(2)], 1)

    assert (caught.value.__cause__, caught.value.__suppress_context__) == (None, True)


def test_an_interrupted_append_leaves_no_trace(proxy, ledger, monkeypatch):
    """What is not the server's error comes out as it is, and nothing was written."""
    with monkeypatch.context() as broken:
        broken.setattr(type(ledger), "_locked_head", interrupted)
        with pytest.raises(KeyboardInterrupt):
            ledger.append("s", [numbered(2)], 1)

    assert ledger.append("s", [numbered(2)], 1) == 2


def interrupted(*_):
    """Be the user who presses Ctrl-C."""
    raise KeyboardInterrupt


def test_an_undo_that_fails_is_left_to_the_server(proxy, ledger):
    """A rollback that is not answered costs the line, nothing else."""
    proxy.interfere("ROLLBACK", CUT)

    with pytest.raises(StaleWriteError):
        ledger.append("s", [numbered(2)], 0)

    assert ledger.append("s", [numbered(2)], 1) == 2


@pytest.mark.parametrize("setting", ["fsync", "full_page_writes"])
def test_a_server_that_would_lose_writes_is_refused(proxy, schema, setting):
    """A server that does not wait for its disk keeps no ledger."""
    proxy.interfere(f"SHOW {setting}", "SELECT 'off'")

    with pytest.raises(UnfitLedgerError, match=f"`{setting} = off`"):
        PostgresLedger(proxy.address, schema=schema)


def test_a_server_that_does_not_take_the_setting_is_refused(proxy, ledger):
    """If a transaction turns out not to be durable nothing is written in it."""
    proxy.interfere(
        "BEGIN", "BEGIN; SET LOCAL synchronous_commit = off; SHOW synchronous_commit"
    )

    with pytest.raises(UnfitLedgerError, match="synchronous_commit = off"):
        ledger.append("s", [numbered(2)], 1)

    assert ledger.append("s", [numbered(2)], 1) == 2


def test_a_server_that_only_speaks_the_protocol_is_fit(proxy, schema):
    """Settings that a server does not know are neither set nor asked for."""
    proxy.interfere("SHOW", "SHOW nothing_of_the_kind", times=99)

    with PostgresLedger(proxy.address, schema=schema) as ledger:
        assert ledger.append("s", [numbered(1)], 0) == 1

    assert {s for s in proxy.statements if s.startswith("BEGIN")} == {
        "BEGIN ISOLATION LEVEL READ COMMITTED; SET CONSTRAINTS ALL IMMEDIATE"
        "; SELECT 'on'"
    }


POOL = RAISE.replace("no", "transaction blocks not allowed in statement pooling mode")


@pytest.mark.parametrize(
    ("refusal", "error", "sentence"),
    [
        (POOL, UnfitLedgerError, "a proxy before it pools single statements"),
        (RAISE, UnreachableLedgerError, "SQLSTATE 08P01"),
    ],
    ids=["statement pooling", "anything else"],
)
def test_a_server_without_transactions_is_not_opened(
    proxy, ledger, shared_schema, refusal, error, sentence
):
    """Where no transaction can begin a ledger says why at once, not at a write."""
    proxy.interfere("BEGIN", refusal.format("08P01"), times=99)

    with pytest.raises(error, match=sentence):
        PostgresLedger(proxy.address, schema=shared_schema)


def test_tables_that_others_made_meanwhile_are_used(proxy, schema):
    """A starter that comes second looks again, and finds what the first one made."""
    proxy.interfere("CREATE TABLE", RAISE.format("42P07"), times=2)

    with PostgresLedger(proxy.address, schema=schema) as ledger:
        assert ledger.append("s", [numbered(1)], 0) == 1


def test_tables_that_cannot_be_made_are_given_up(proxy, schema):
    """A starter that never gets its turn says so."""
    proxy.interfere("CREATE TABLE", RAISE.format("42P07"), times=99)

    with pytest.raises(UnreachableLedgerError, match="others keep making its tables"):
        PostgresLedger(proxy.address, schema=schema)


@pytest.mark.parametrize("answer", [CUT, SILENT])
def test_a_line_that_breaks_while_opening_is_unreachable(proxy, schema, answer):
    """A server that goes away while it is asked for its settings is not there."""
    proxy.interfere("SHOW fsync", answer)

    with pytest.raises(UnreachableLedgerError):
        PostgresLedger(proxy.address, schema=schema, timeout=SHORT)


def test_a_listener_that_never_answers_is_unreachable():
    """Something that listens and is not a server is given up on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        begun = time.monotonic()

        with pytest.raises(UnreachableLedgerError):
            PostgresLedger(f"postgresql://127.0.0.1:{port}/x", timeout=SHORT)

        assert time.monotonic() - begun < 10
