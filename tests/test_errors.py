"""What every exception says, and the evidence it carries."""

import inspect

import pytest
from attrs import frozen

from scopegate import errors
from scopegate.errors import (
    AccessDeniedError,
    CatalogueError,
    ClassRefusedError,
    ClosedSchoolError,
    CodecError,
    DamagedLedgerError,
    DecisionError,
    Denial,
    Fault,
    InvalidRequestError,
    MissingExtraError,
    NoAuthorityError,
    NoGrantError,
    NotAwaitingError,
    NotConnectedError,
    NotOfferedError,
    NotPublishedError,
    OlderCatalogueError,
    OtherCatalogueError,
    PastExpiryError,
    PathError,
    QueryRefusedError,
    ScopegateError,
    SecondPersonError,
    SourceError,
    StaleGrantError,
    StalePresentationError,
    StaleWriteError,
    StoppedError,
    StructureError,
    UnfitLedgerError,
    UnknownFieldError,
    UnknownNameError,
    UnknownScopeError,
    UnmatchedPeopleError,
    UnreachableLedgerError,
    UnsupportedQueryError,
    UnverifiedSchoolError,
    WrongSchoolError,
)


@frozen
class ShownStub:
    """A presentation's part that an error carries."""

    digest: str = "abc"


SAMPLES = [
    (Fault("app", "is missing"), "app: is missing"),
    (CatalogueError("catalogue `c`", []), "0 faults in catalogue `c`: "),
    (
        CatalogueError("catalogue `c`", [Fault("id", "is missing"), Fault("x\n", "y")]),
        r"2 faults in catalogue `c`: id: is missing; x\n: y",
    ),
    (
        InvalidRequestError("the request\n", [Fault("app", "is missing")]),
        r"1 fault in the request\n: app: is missing",
    ),
    (
        PathError("a\x1b", "is bad"),
        r"path `a\x1b` is bad; write resource.name or resource.list[].name",
    ),
    (UnknownNameError("x\n"), r"unknown name `x\n`"),
    (UnknownFieldError("s.nme", ["s.name"]), "unknown field `s.nme`; did you mean `s.name`?"),
    (
        DecisionError("1\n", "a\n"),
        r"app `a\n` at school `1\n`: the decision cannot be taken",
    ),
    (
        NotConnectedError("1", "app"),
        "app `app` at school `1`: the school has no verified MIS connection; connect it first",
    ),
    (NotPublishedError("1", "app"), "app `app` at school `1`: the app asks for nothing at present; let it publish a request"),
    (
        NotOfferedError("1", "app", {"b", "a"}, {"d", "c"}),
        "app `app` at school `1`: `a`, `b` was ticked but is not offered as optional;"
        " the optional scopes are `c`, `d`",
    ),
    (
        NotOfferedError("1", "app", {"a"}, ()),
        "app `app` at school `1`: `a` was ticked but is not offered as optional;"
        " the optional scopes are none",
    ),
    (
        StalePresentationError("1", "app", current=ShownStub()),
        "app `app` at school `1`: what is asked changed since it was shown;"
        " show `current`, and decide on that",
    ),
    (
        StalePresentationError("1", "app", ("the purpose", "the terms", "the MIS")),
        "app `app` at school `1`: the purpose, the terms and the MIS changed since it"
        " was shown; show `current`, and decide on that",
    ),
    (
        StaleGrantError("1", "app", 3),
        "app `app` at school `1`: revision 3 of the grant is in force, and not the one"
        " that was shown; look at it, and decide on that",
    ),
    (
        UnmatchedPeopleError("1", "app", "look them up"),
        "app `app` at school `1`: look them up",
    ),
    (
        OlderCatalogueError("1", "app", "a 2", "a 1"),
        "app `app` at school `1`: the school was shown catalogue `a 2`, and this service"
        " has `a 1`; give it the newer one",
    ),
    (
        StoppedError("1", "any", "Dana Head"),
        "app `any` at school `1`: `Dana Head` stopped the school's connection; connect"
        " with the `actor` who may lift that",
    ),
    (
        ClosedSchoolError("1", "any", "2"),
        "app `any` at school `1`: the school has closed, and `2` follows it; nothing"
        " flows under it",
    ),
    (
        ClosedSchoolError("1", "any", ""),
        "app `any` at school `1`: the school has closed; nothing flows under it",
    ),
    (
        NoGrantError("1", "app", "revoke"),
        "app `app` at school `1`: there is no authorised grant to revoke"
        "; nothing but public data flows until one is authorised",
    ),
    (
        NotAwaitingError("1", "app", "declined", "present it again"),
        "app `app` at school `1`: the request is `declined`; present it again",
    ),
    (
        NoAuthorityError("1", "app", "Sam\n"),
        r"app `app` at school `1`: `Sam\n` has no authority to decide for the school"
        "; ask somebody who has",
    ),
    (
        PastExpiryError("1", "app"),
        "app `app` at school `1`: `expires_at` is not after now; give a later instant",
    ),
    (
        UnreachableLedgerError("a\n", "it is locked\n"),
        r"ledger `a\n`: it is locked\n",
    ),
    (
        DamagedLedgerError("a.db", "an event is missing", "school/1, event 2"),
        "ledger `a.db`, school/1, event 2: an event is missing; restore it from a copy,"
        " and run `scopegate ledger verify` on that",
    ),
    (
        DamagedLedgerError("a.db", "it is no database"),
        "ledger `a.db`: it is no database; restore it from a copy, and run"
        " `scopegate ledger verify` on that",
    ),
    (UnfitLedgerError("a.db", "it is newer"), "ledger `a.db` was not opened: it is newer"),
    (UnverifiedSchoolError("1\n", "no name"), r"school `1\n` was not connected: no name"),
    (
        WrongSchoolError("1\n", "the adapter"),
        r"the adapter names another school than `1\n`; give the adapter of that school",
    ),
    (
        AccessDeniedError("student", "1", "app", "ended", {"student.a": "revoked"}),
        "app `app` may read no field of `student` at school `1` (`revoked`): what was"
        " authorised has ended; stop reading",
    ),
    (
        AccessDeniedError("student", "1", "app", Denial.NOT_REQUESTED),
        "app `app` may read no field of `student` at school `1`: the app asks for none"
        " of it; publish a request that does",
    ),
    (
        OtherCatalogueError("1", "app"),
        "app `app` at school `1`: the grant was made on another catalogue, or what was"
        " shown is not in the ledger; present the request and authorise it again",
    ),
    (
        MissingExtraError("http", "httpx", ["httpx>=0.28"]),
        "`httpx` is not installed; the extra `scopegate[http]` brings it: run"
        " `pip install 'httpx>=0.28'`",
    ),
    (
        QueryRefusedError("student", ["student.b", "student.a", "student.a"]),
        "the query on `student` uses fields that are not permitted:"
        " `student.a`, `student.b`; leave them out",
    ),
    (
        ClassRefusedError("Pupil", {"student.dob": "refused", "student.upn": "revoked"}),
        "class `Pupil` needs fields that are withheld: `student.dob` (refused),"
        " `student.upn` (revoked); give these attributes a default, or ask the school"
        " for the scope",
    ),
    (
        StructureError("Pupil", ["name", "dob"]),
        "a record does not fit class `Pupil` at `name`, `dob`; widen the types, or give"
        " the attributes defaults",
    ),
    (SourceError("a.csv\n", "is no CSV"), r"a.csv\n: is no CSV"),
    (SourceError("a.csv", "is no CSV", 3), "a.csv, line 3: is no CSV"),
    (CodecError("grant", ["is missing", "is odd"]), "this is not a grant: is missing; is odd"),
    (
        StaleWriteError("school/1\n", 2, 3),
        r"stream `school/1\n` is at 3, not at 2; read it again and decide again",
    ),
]  # fmt: skip

RAISED = [error for error, _ in SAMPLES if isinstance(error, Exception)]

KINDS = [
    kind
    for _, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, ScopegateError)
]


@pytest.mark.parametrize(("error", "sentence"), SAMPLES)
def test_an_error_says_what_is_wrong(error, sentence):
    """The text of an error is the whole sentence written here, in one line."""
    assert str(error) == sentence


@pytest.mark.parametrize("error", RAISED)
def test_a_sentence_has_no_full_stop(error):
    """A message is one line without a full stop, so that it can be quoted."""
    assert not str(error).endswith(".")


def test_a_fault_is_printed_without_control_characters():
    """Whatever a file calls its things, a fault upsets no terminal."""
    assert str(Fault("x", "names the unknown scope `\x1b[2J`")).isprintable()


@pytest.mark.parametrize("kind", KINDS, ids=lambda k: k.__name__)
def test_the_tree_is_what_the_module_shows(kind):
    """Each exception is in the tree of the docstring, below its own base."""
    lines = errors.__doc__.splitlines()
    found = next(n for n, line in enumerate(lines) if kind.__name__ in line.split())
    depth = lines[found].index(kind.__name__)

    base = next(
        (line for line in reversed(lines[:found]) if 4 <= start(line) < depth),
        "Exception",
    )

    assert kind.__bases__[0].__name__ in base.split()


def start(line):
    """Return the column at which the first name of a line of the tree stands."""
    return next((n for n, c in enumerate(line) if c.isalpha()), -1)


@pytest.mark.parametrize("kind", KINDS, ids=lambda k: k.__name__)
def test_the_built_in_base_is_what_the_module_shows(kind):
    """`also ValueError` in the tree is true of the class or of its base, and complete."""
    line = next(x for x in errors.__doc__.splitlines() if kind.__name__ in x.split())

    also = " and ".join(base.__name__ for base in kind.__bases__[1:])
    assert also == line.partition("also ")[2]


@pytest.mark.parametrize(
    ("error", "evidence"),
    [
        (CatalogueError("c", [Fault("a", "b")]), {"subject": "c", "faults": (Fault("a", "b"),)}),
        (PathError("a", "b"), {"path": "a", "problem": "b"}),
        (UnknownScopeError("ab", ["abc"]), {"name": "ab", "near": ("abc",)}),
        (NotConnectedError("1", "app"), {"school": "1", "app": "app"}),
        (NotOfferedError("1", "app", ["a"], ["b"]), {"school": "1", "app": "app", "scopes": {"a"}, "offered": {"b"}}),
        (StalePresentationError("1", "app", current=ShownStub()), {"school": "1", "app": "app", "changes": (), "current": ShownStub()}),
        (SecondPersonError("1", "app", "x"), {"school": "1", "app": "app", "problem": "x"}),
        (UnverifiedSchoolError("1", "x"), {"school": "1", "problem": "x"}),
        (WrongSchoolError("1", "x"), {"school": "1", "place": "x"}),
        (
            AccessDeniedError("s", "1", "app", "pending", {"s.a": "not_granted"}),
            {"resource": "s", "school": "1", "app": "app", "denial": Denial.PENDING,
             "reasons": {"s.a": "not_granted"}, "permit": None},
        ),
        (QueryRefusedError("s", ["s.a"]), {"resource": "s", "fields": {"s.a"}, "problem": "uses fields that are not permitted"}),
        (ClassRefusedError("C", {"s.a": "x"}), {"target": "C", "needs": {"s.a": "x"}}),
        (StructureError("C", ["a"]), {"target": "C", "fields": ("a",)}),
        (SourceError("f", "x", 2), {"source": "f", "problem": "x", "line": 2, "page": 0}),
        (SourceError("s", "x", page=3), {"source": "s", "problem": "x", "line": 0, "page": 3}),
        (UnsupportedQueryError("s", "search", "x"), {"resource": "s", "part": "search", "problem": "x"}),
        (CodecError("grant", ["x"]), {"kind": "grant", "problems": ("x",)}),
        (StaleWriteError("s", 1, 2), {"stream": "s", "expected": 1, "found": 2}),
    ],
)  # fmt: skip
def test_an_error_carries_its_evidence(error, evidence):
    """What a program needs to know is an attribute, and nothing else is one."""
    assert vars(error) == evidence
