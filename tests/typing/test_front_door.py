"""The types that the front door promises; read by mypy, never run."""

from collections.abc import Iterator, Mapping
from typing import assert_type

from attrs import frozen

from scopegate import (
    Access,
    AccessRequest,
    Actor,
    Catalogue,
    Connection,
    ConsentRegister,
    Field,
    Gate,
    Grant,
    Permit,
    Presentation,
    Query,
    Scope,
    Subjects,
)
from scopegate.adapters.base import Adapter
from scopegate.adapters.files import FilesAdapter
from scopegate.adapters.records import RecordsAdapter
from scopegate.consent.codec import from_json, to_json
from scopegate.consent.decision import Proposal
from scopegate.ledgers.base import Ledger
from scopegate.ledgers.memory import MemoryLedger
from scopegate.policy.reason import Explanation, Permitted, Withheld


@frozen
class Student:
    """A record as a class."""

    id: int


def reading(access: Access, adapter: Adapter, query: Query) -> None:
    """Reading gives dicts, or objects of the class asked for."""
    assert_type(access.read(adapter, query), Iterator[dict[str, object]])
    assert_type(access.read(adapter, query, Student), Iterator[Student])
    assert_type(access.read(adapter, query, into=Student), Iterator[Student])


def filtering(access: Access, record: object) -> None:
    """Filtering takes anything and gives a dict or nothing."""
    assert_type(access.filter("student", record), dict[str, object] | None)
    assert_type(access.filter_many("student", [record]), Iterator[dict[str, object]])


def explaining(access: Access, permit: Permit) -> None:
    """An explanation says why, by one of two types."""
    assert_type(access.explain("student.id"), Explanation)
    assert_type(access.permit, Permit)
    assert_type(permit.why("student.id"), Permitted | Withheld)
    assert_type(permit.fields, frozenset[str])


def opening(gate: Gate) -> None:
    """An access is its own context."""
    with gate.open(school="1", app="app") as access:
        assert_type(access, Access)


def deciding(register: ConsentRegister, adapter: Adapter) -> None:
    """Each decision gives the value it comes to."""
    connected = register.connect(school="1", mis="arbor", adapter=adapter)
    assert_type(connected, Connection)
    shown = register.ask(school="1", app="app")
    assert_type(shown, Presentation)
    actor = Actor("Dana Head")
    decided = register.authorise(shown, optional=["a"], actor=actor)
    assert_type(decided, Grant | Proposal)
    assert_type(register.amend(shown, actor=actor), Grant | Proposal)


def describing(catalogue: Catalogue) -> None:
    """A catalogue is looked up by name."""
    assert_type(Catalogue.builtin("assembly"), Catalogue)
    assert_type(Catalogue.from_toml("a.toml"), Catalogue)
    assert_type(catalogue.fields, Mapping[str, Field])
    assert_type(catalogue.scope("a"), Scope)
    assert_type(catalogue.fields_of({"a"}), dict[str, tuple[str, ...]])


def asking() -> None:
    """Sets, lists and tuples of scopes are all taken; what is kept is a set."""
    request = AccessRequest("app", "to work", {"a"}, ["b"], {"a": "for it"})
    assert_type(request, AccessRequest)
    assert_type(request.required, frozenset[str])
    assert_type(AccessRequest.from_scope_string("a b:optional"), AccessRequest)
    assert_type(Subjects.only(student=[1, "2"]), Subjects)


def exchanging(grant: Grant) -> None:
    """A document gives a value of the type asked for."""
    assert_type(to_json(grant), bytes)
    assert_type(from_json(b"", Grant), Grant)
    assert_type(from_json("", AccessRequest), AccessRequest)


def plugging() -> tuple[Adapter, Adapter, Ledger]:
    """What ships keeps the promises of its protocol."""
    return RecordsAdapter({}), FilesAdapter("folder"), MemoryLedger()
