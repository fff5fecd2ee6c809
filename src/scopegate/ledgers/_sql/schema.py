"""The tables of the ledgers that speak SQL, how they came about, and the questions.

Written once, with `{name}` and `?` where dialects differ. Nothing from outside
ever enters the text of a statement.

A stream's head is found by the stream's key, its events are together in order under
(key, position). So the position is two steps down two trees, and appending touches one
page of each, however many streams there are. A head and its rows are found by one
statement, so in one consistent snapshot.
"""

from collections.abc import Mapping, Sequence

from attrs import frozen

from ...errors import DamagedLedgerError, UnfitLedgerError
from .rows import LONGEST


@frozen
class Step:
    """One change of the schema; it and its record are committed together.

    Attributes:
        tables: What every store carries out.
        guards: What refuses, where a store has triggers without a language of
            their own, that an event is changed or deleted by mistake. Elsewhere
            give the service's account no right to UPDATE or DELETE there.
    """

    tables: tuple[str, ...]
    guards: tuple[str, ...] = ()


STEPS: tuple[Step, ...] = (
    Step(
        tables=(
            "CREATE TABLE {schema} ("
            "version {whole} PRIMARY KEY, applied_at TEXT NOT NULL)",
            "CREATE TABLE {stream} (id {whole} PRIMARY KEY, name {bytes} NOT NULL, "
            "position {whole} NOT NULL, peaks {bytes} NOT NULL)",
            "CREATE TABLE {event} (stream {whole} NOT NULL, "
            "position {whole} NOT NULL, leaf {bytes} NOT NULL, "
            "body {bytes} NOT NULL, PRIMARY KEY (stream, position)){clustered}",
        ),
        guards=(
            "CREATE TRIGGER event_is_never_changed BEFORE UPDATE ON event "
            "BEGIN SELECT RAISE(ABORT, 'an event is never changed'); END",
            "CREATE TRIGGER event_is_never_deleted BEFORE DELETE ON event "
            "BEGIN SELECT RAISE(ABORT, 'an event is never deleted'); END",
        ),
    ),
)
"""In order; a step that was ever released is never edited."""

TEMPLATES = {
    "versions": "SELECT version FROM {schema} ORDER BY version",
    "record": "INSERT INTO {schema} (version, applied_at) VALUES (?, ?)",
    "head": (
        "SELECT s.name, s.position, s.peaks, "
        "(SELECT max(e.position) FROM {event} e WHERE e.stream = k.id) "
        "FROM (SELECT CAST(? AS {whole}) AS id) k LEFT JOIN {stream} s ON s.id = k.id"
    ),
    "read": (
        "SELECT s.name, s.position, s.peaks, e.position, e.leaf, {body} "
        "FROM (SELECT CAST(? AS {whole}) AS id) k LEFT JOIN {stream} s ON s.id = k.id "
        "LEFT JOIN {event} e ON e.stream = k.id AND e.position > ? "
        "ORDER BY e.position"
    ),
    # From each stream's rows a step to the next stream's, so that not all are read;
    # UNION, since in a damaged file the next may be one from before, for ever.
    "streams": (
        "WITH RECURSIVE kept(id) AS (SELECT min(stream) FROM {event} UNION "
        "SELECT (SELECT min(e.stream) FROM {event} e WHERE e.stream > kept.id) "
        "FROM kept WHERE kept.id IS NOT NULL) SELECT id, name FROM {stream}"
        "{written} UNION ALL SELECT id, CAST(NULL AS {bytes}) FROM kept WHERE id IS NOT NULL"
    ),
    "lock": (
        "SELECT name, position, peaks, position FROM {stream} WHERE id = ? FOR UPDATE"
    ),
    "watch": (
        "SELECT name, position, peaks, position FROM {stream} WHERE id = ? FOR SHARE"
    ),
    "add_head": (
        "INSERT INTO {stream} (id, name, position, peaks) VALUES (?, ?, 0, ?) "
        "ON CONFLICT (id) DO NOTHING"
    ),
    "put_head": (
        "INSERT INTO {stream} (id, name, position, peaks) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (id) DO UPDATE "
        "SET position = excluded.position, peaks = excluded.peaks"
    ),
    "put_event": (
        "INSERT INTO {event} (stream, position, leaf, body) VALUES (?, ?, ?, ?)"
    ),
}


@frozen
class Statements:
    """The statements of a ledger, as one kind of store wants them.

    Attributes:
        versions: Gives the schema versions recorded.
        record: Records a schema version.
        head: Gives one row, what `Stream.head` takes; wants a stream's key.
        read: Gives what `Stream.bodies` takes; wants a key and a position.
        streams: Gives what `names_of` takes.
        lock: As `head`, or no row, and locks it, where a store locks rows.
        watch: As `lock`, and lets others watch it too, but not write.
        add_head: Makes a head to lock; wants key, name and no peaks.
        put_head: Writes a head; wants key, name, position and peaks.
        put_event: Writes a row; wants key, position, leaf and body.
    """

    versions: str
    record: str
    head: str
    read: str
    streams: str
    lock: str
    watch: str
    add_head: str
    put_head: str
    put_event: str


@frozen
class Dialect:
    """How one kind of store writes SQL.

    Attributes:
        placeholder: The mark for a value.
        words: What each `{name}` of a statement becomes.
        has_guards: Whether the steps' guards are carried out.
    """

    placeholder: str
    words: Mapping[str, str]
    has_guards: bool

    def sql(self, statement: str) -> str:
        """Return *statement* as this store wants it."""
        return statement.format_map(self.words).replace("?", self.placeholder)

    def step(self, version: int) -> tuple[str, ...]:
        """Return the statements that make *version* from the one before."""
        step = STEPS[version - 1]
        statements = step.tables + (step.guards if self.has_guards else ())
        return tuple(map(self.sql, statements))

    def tables(self) -> list[str]:
        """Return the names of all tables, without that of their schema."""
        made = [text for step in STEPS for text in map(self.sql, step.tables)]
        return [text.split()[2].rpartition(".")[2] for text in made]

    def statements(self) -> Statements:
        """Return the statements of a ledger."""
        return Statements(**{n: self.sql(text) for n, text in TEMPLATES.items()})


SQLITE = Dialect(
    placeholder="?",
    words={
        "schema": "_schema",
        "stream": "stream",
        "event": "event",
        "whole": "INTEGER",
        "bytes": "BLOB",
        "clustered": " WITHOUT ROWID",
        "written": "",
        "body": "e.body",
    },
    has_guards=True,
)


def postgres(schema: str) -> Dialect:
    """Return the dialect of PostgreSQL, for tables in *schema*, a plain name."""
    return Dialect(
        placeholder="%s",
        words={
            "schema": f'"{schema}"._schema',
            "stream": f'"{schema}".stream',
            "event": f'"{schema}".event',
            "whole": "BIGINT",
            "bytes": "BYTEA",
            "clustered": "",
            "body": f"CASE WHEN octet_length(e.body) <= {LONGEST} THEN e.body END",
            # Where rows are locked, a head at 0 was made only to be locked.
            "written": " WHERE position <> 0",
        },
        has_guards=False,
    )


def missing_versions(ledger: str, found: Sequence[object]) -> range:
    """Return the versions still to be made.

    Args:
        ledger: The ledger, as errors name it.
        found: The versions it records, in order.

    Raises:
        UnfitLedgerError: A newer scopegate wrote it.
        DamagedLedgerError: A version's record is missing.
    """
    latest, at = len(STEPS), len(found)
    newest = found[-1] if found else 0
    if isinstance(newest, int) and newest > latest:
        problem = (
            f"its tables are of version {newest}, and this scopegate knows {latest}"
            "; use the scopegate that wrote it, or a newer one"
        )
        raise UnfitLedgerError(ledger, problem)
    if list(found) != list(range(1, at + 1)):
        raise DamagedLedgerError(ledger, "the record of its versions is not whole")
    return range(at + 1, latest + 1)
