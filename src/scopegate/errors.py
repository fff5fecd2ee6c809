"""Every exception of scopegate, with the evidence it carries.

    ScopegateError
    ├── FaultsError               everything wrong with one thing, at once
    │   ├── CatalogueError            also ValueError
    │   └── InvalidRequestError       also ValueError
    ├── PathError                 also ValueError
    ├── FilterError               also ValueError
    ├── UnknownNameError          also LookupError
    │   ├── UnknownCatalogueError
    │   ├── UnknownResourceError
    │   ├── UnknownFieldError
    │   ├── UnknownScopeError
    │   ├── UnknownGrantError
    │   └── UnknownZoneError
    ├── DecisionError             a decision that cannot be taken
    │   ├── NotConnectedError
    │   ├── NotPublishedError
    │   ├── NotOfferedError           also ValueError
    │   ├── StalePresentationError
    │   ├── StoppedError              the school stopped its connection
    │   ├── ClosedSchoolError         the school has closed
    │   ├── NotPausedError            what is to be resumed is not paused
    │   ├── StaleGrantError           the grant has another revision by now
    │   ├── UnmatchedPeopleError      people are listed whom the MIS does not know
    │   ├── OlderCatalogueError       the school was shown a newer catalogue
    │   ├── NotAwaitingError          there is nothing to decide on
    │   ├── NoGrantError              there is no authorised grant
    │   ├── NoAuthorityError          also PermissionError
    │   ├── PastExpiryError           also ValueError
    │   ├── SecondPersonError         two people must decide alike
    │   └── OtherCatalogueError       the grant was made on another catalogue
    ├── UnverifiedSchoolError     the MIS did not prove whose data it serves
    ├── WrongSchoolError          data of another school turned up
    ├── AccessDeniedError         also PermissionError
    ├── QueryRefusedError         also PermissionError
    ├── RouteRefusedError         also PermissionError
    ├── UnsupportedQueryError     also ValueError
    ├── ArgumentError             also TypeError and ValueError
    ├── ArgumentRefusedError      also TypeError
    ├── ClassRefusedError         also TypeError
    ├── StructureError            also ValueError
    ├── SourceError               also ValueError
    ├── MissingExtraError         also ModuleNotFoundError
    ├── CodecError                also ValueError
    ├── ProofError                also ValueError
    └── LedgerError               a ledger that cannot be written or trusted
        ├── StaleWriteError           the stream moved on
        ├── UnreachableLedgerError    also ConnectionError
        ├── DamagedLedgerError        what is stored is not what was written
        └── UnfitLedgerError          it cannot keep its promises here

A message names things (fields, scopes, files, lines), never a record's value.

An error is its evidence: attributes, from which `str` makes the sentence. So it can be
pickled, copied and compared, and what another process raised is what is caught here.
"""

import difflib
from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Self

from attrs import define, field, fields, frozen, has

from ._base.values import (
    Permitting,
    Shown,
    a,
    frozen_mapping,
    names,
    printable,
    quoted,
    texts,
)

if TYPE_CHECKING:
    from attrs import define as evidence  # as type checkers know it
else:
    # Not in slots: what is also an `OSError` has a layout of its own. Everything else
    # that attrs would make of an exception is said by `ScopegateError`.
    evidence = partial(define, slots=False, repr=False, eq=False, auto_exc=False)

__all__ = [
    "AccessDeniedError",
    "ArgumentError",
    "ArgumentRefusedError",
    "CatalogueError",
    "ClassRefusedError",
    "ClosedSchoolError",
    "CodecError",
    "DamagedLedgerError",
    "DecisionError",
    "Denial",
    "Fault",
    "FaultsError",
    "FilterError",
    "InvalidRequestError",
    "LedgerError",
    "MissingExtraError",
    "NoAuthorityError",
    "NoGrantError",
    "NotAwaitingError",
    "NotConnectedError",
    "NotOfferedError",
    "NotPausedError",
    "NotPublishedError",
    "OlderCatalogueError",
    "OtherCatalogueError",
    "PastExpiryError",
    "PathError",
    "ProofError",
    "QueryRefusedError",
    "RouteRefusedError",
    "ScopegateError",
    "SecondPersonError",
    "SourceError",
    "StaleGrantError",
    "StalePresentationError",
    "StaleWriteError",
    "StoppedError",
    "StructureError",
    "UnfitLedgerError",
    "UnknownCatalogueError",
    "UnknownFieldError",
    "UnknownGrantError",
    "UnknownNameError",
    "UnknownResourceError",
    "UnknownScopeError",
    "UnknownZoneError",
    "UnmatchedPeopleError",
    "UnreachableLedgerError",
    "UnsupportedQueryError",
    "UnverifiedSchoolError",
    "WrongSchoolError",
]


class ScopegateError(Exception):
    """The base of everything scopegate raises by intention.

    `args` holds the evidence as JSON can write it, and makes the same error again.
    What is given by keyword only stays in this process.
    """

    says: ClassVar[str] = ""
    """The sentence, with the names of attributes in braces."""

    def __attrs_post_init__(self) -> None:
        kind = type(self)
        assert has(kind)  # noqa: S101 - only attrs calls this
        evidence = (each.name for each in fields(kind) if not each.kw_only)
        self.args = tuple(_plain(getattr(self, name)) for name in evidence)

    def __str__(self) -> str:
        return self.says.format_map(_Told(self)) if self.says else super().__str__()

    def __reduce__(self) -> tuple[type[Self], tuple[object, ...], dict[str, object]]:
        notes = getattr(self, "__notes__", None)
        return type(self), self.args, {"__notes__": notes} if notes else {}

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self.args == other.args

    def __hash__(self) -> int:
        return hash((type(self), str(self)))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"


class _Told(dict[str, str]):
    """The attributes of an error as its sentence shows them, each read when needed."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __missing__(self, name: str) -> str:
        value = getattr(self._error, name)
        if isinstance(value, frozenset | tuple):
            named = sorted(value) if isinstance(value, frozenset) else value
            return quoted(named) or "none"
        return printable(str(value))


def _plain(value: object) -> object:
    """Return evidence as JSON can write it; the converters take that back."""
    match value:
        case StrEnum():
            return value.value
        case Fault():
            return [value.place, value.message]
        case frozenset():
            return sorted(value)
        case tuple():
            return [_plain(each) for each in value]
        case Mapping():
            return {str(key): str(each) for key, each in value.items()}
        case _:
            return value


class Denial(StrEnum):
    """What to do about a resource that cannot be read: wait, stop, or try again.

    Where several reasons hold, a ledger that does not answer counts first, then a
    grant that has ended.
    """

    TEMPORARY = "temporary"
    """The ledger does not answer, so no one can tell; try again later."""
    DISCONNECTED = "disconnected"
    """The school has no connection to its MIS at present; wait until it has."""
    PAUSED = "paused"
    """The school has paused the app; wait until it lets it go on."""
    MIS_PERMISSION = "mis_permission"
    """The MIS account lacks a permission; the school can give it."""
    PENDING = "pending"
    """The school has not decided, or must decide again; wait."""
    ENDED = "ended"
    """Revoked, relinquished, expired or declined; stop, and delete as agreed."""
    NOT_REQUESTED = "not_requested"
    """The app has asked for none of it; publish a request that does."""


_WHAT_TO_DO = {
    Denial.TEMPORARY: "the ledger does not answer; try again later",
    Denial.DISCONNECTED: "the school has no MIS connection; wait until it is connected",
    Denial.PAUSED: "the school has paused the app; wait until it goes on",
    Denial.MIS_PERMISSION: "the MIS account lacks a permission; ask the school for it",
    Denial.PENDING: "the school has yet to decide; wait",
    Denial.ENDED: "what was authorised has ended; stop reading",
    Denial.NOT_REQUESTED: "the app asks for none of it; publish a request that does",
}


@frozen
class Fault:
    """One thing wrong, and where.

    Attributes:
        place: Where it is, such as `scope."students.basic".fields[2]`.
        message: What is wrong and what to do, as one sentence.
    """

    place: str
    message: str

    def __str__(self) -> str:
        return printable(f"{self.place}: {self.message}")


def _faults(given: Iterable[Fault | Iterable[str]]) -> tuple[Fault, ...]:
    return tuple(each if isinstance(each, Fault) else Fault(*each) for each in given)


def _by_name(given: Mapping[str, str]) -> Mapping[str, str]:
    return frozen_mapping({name: str(each) for name, each in given.items()})


@evidence
class FaultsError(ScopegateError):
    """Several faults of one thing, reported together.

    Attributes:
        subject: What the faults were found in.
        faults: Every fault found, in the order of their places.
    """

    subject: str
    faults: tuple[Fault, ...] = field(converter=_faults)

    def __str__(self) -> str:
        count = f"{len(self.faults)} fault{'s' if len(self.faults) != 1 else ''}"
        listed = "; ".join(map(str, self.faults))
        return f"{count} in {printable(self.subject)}: {listed}"


@evidence
class CatalogueError(FaultsError, ValueError):
    """A catalogue that does not hold together."""


@evidence
class InvalidRequestError(FaultsError, ValueError):
    """An access request that cannot be published or shown."""


def _name(given: object) -> str:
    return given if isinstance(given, str) else f"<{type(given).__name__}>"


@evidence
class PathError(ScopegateError, ValueError):
    """A field path that does not follow the grammar.

    Attributes:
        path: The path as given; of what is not a text, its type.
        problem: What is wrong with it.
    """

    says: ClassVar[str] = (
        "path `{path}` {problem}; write resource.name or resource.list[].name"
    )

    path: str = field(converter=_name)
    problem: str


@evidence
class FilterError(ScopegateError, ValueError):
    """A OneRoster filter that does not follow the grammar.

    Attributes:
        problem: What is wrong with it, and what to do; nothing of its text.
        character: Where, counted from 1, or 0 where no single place is meant.
    """

    problem: str
    character: int = 0

    def __str__(self) -> str:
        place = f" at character {self.character}" if self.character else ""
        return f"the filter is refused{place}: {self.problem}"


@evidence
class UnknownNameError(ScopegateError, LookupError):
    """A name that nothing has.

    Attributes:
        name: The name as given; of what is not a text, its type.
        near: Names that exist and look like it; made of all that exist.
    """

    kind: ClassVar[str] = "name"
    advice: ClassVar[str] = ""

    name: str = field(converter=_name)
    near: tuple[str, ...] = field(converter=texts, default=())

    def __attrs_post_init__(self) -> None:
        self.near = tuple(difflib.get_close_matches(self.name, self.near, n=3))
        super().__attrs_post_init__()

    def __str__(self) -> str:
        hint = f"; did you mean {quoted(self.near)}?" if self.near else self.advice
        return f"unknown {self.kind} `{printable(self.name)}`{hint}"


_SEE_CATALOGUE = "; `scopegate catalogue show` lists those of a catalogue"


@evidence
class UnknownCatalogueError(UnknownNameError):
    """A built-in catalogue was named that does not ship with scopegate."""

    kind: ClassVar[str] = "catalogue"
    advice: ClassVar[str] = "; `scopegate catalogue list` shows which there are"


@evidence
class UnknownResourceError(UnknownNameError):
    """A resource was named that the catalogue does not define."""

    kind: ClassVar[str] = "resource"
    advice: ClassVar[str] = _SEE_CATALOGUE


@evidence
class UnknownFieldError(UnknownNameError):
    """A field was named that the catalogue does not define."""

    kind: ClassVar[str] = "field"
    advice: ClassVar[str] = _SEE_CATALOGUE


@evidence
class UnknownScopeError(UnknownNameError):
    """A scope was named that the catalogue does not define."""

    kind: ClassVar[str] = "scope"
    advice: ClassVar[str] = _SEE_CATALOGUE


@evidence
class UnknownGrantError(UnknownNameError):
    """A grant, or a revision of one, was named that the ledger does not hold."""

    kind: ClassVar[str] = "grant"
    advice: ClassVar[str] = "; `scopegate ledger export` shows which there are"


@evidence
class UnknownZoneError(UnknownNameError):
    """A time zone was named that this machine's tz database does not have."""

    kind: ClassVar[str] = "time zone"
    advice: ClassVar[str] = (
        "; write one of the tz database, such as `Europe/London`, or if this machine"
        " has no such database `pip install tzdata`"
    )


@evidence
class DecisionError(ScopegateError):
    """A decision that cannot be taken; nothing was recorded.

    Attributes:
        school: The school it was to be taken for.
        app: The app it was about.
    """

    says: ClassVar[str] = "app `{app}` at school `{school}`: {why}"
    because: ClassVar[str] = "the decision cannot be taken"
    """Why not, and what to do; with the names of attributes in braces."""

    school: str
    app: str

    @property
    def why(self) -> str:
        """Why not, and what to do."""
        return self.because.format_map(_Told(self))


@evidence
class NotConnectedError(DecisionError):
    """A decision was asked for before the school's MIS connection was verified."""

    because: ClassVar[str] = (
        "the school has no verified MIS connection; connect it first"
    )


@evidence
class StoppedError(DecisionError):
    """A school's connection was to be made again that the school has stopped.

    Attributes:
        actor: The name of the one who stopped it.
    """

    because: ClassVar[str] = (
        "`{actor}` stopped the school's connection; connect with the `actor` who may"
        " lift that"
    )

    actor: str


@evidence
class ClosedSchoolError(DecisionError):
    """Something was to be done at a school that has closed.

    Attributes:
        successor: The school that follows it, or empty.
    """

    because: ClassVar[str] = "the school has closed{follows}; nothing flows under it"

    successor: str

    @property
    def follows(self) -> str:
        """The words that name the successor, or empty."""
        return f", and `{printable(self.successor)}` follows it" * bool(self.successor)


@evidence
class NotPausedError(DecisionError):
    """A pause was to be lifted that there is not.

    Attributes:
        problem: What is paused instead, if anything is.
    """

    because: ClassVar[str] = "{problem}"

    problem: str


@evidence
class NotPublishedError(DecisionError):
    """A request was to be shown or decided that the app never published."""

    because: ClassVar[str] = (
        "the app asks for nothing at present; let it publish a request"
    )


@evidence
class NotOfferedError(DecisionError, ValueError):
    """A tick was made for a scope that the request does not offer as optional.

    Attributes:
        scopes: The scopes that were ticked and not offered.
        offered: The optional scopes of the request.
    """

    because: ClassVar[str] = (
        "{scopes} was ticked but is not offered as optional"
        "; the optional scopes are {offered}"
    )

    scopes: frozenset[str] = field(converter=names)
    offered: frozenset[str] = field(converter=names)


@evidence
class StalePresentationError(DecisionError):
    """What was decided on is no longer what the school would be shown.

    Attributes:
        changes: What is shown otherwise by now, in words.
        current: The presentation to decide on instead; None where the error came
            from another process. Present the request again there.
    """

    because: ClassVar[str] = (
        "{changed} changed since it was shown; show `current`, and decide on that"
    )

    changes: tuple[str, ...] = field(converter=texts, default=())
    current: Shown | None = field(default=None, kw_only=True)

    @property
    def changed(self) -> str:
        """What has changed, as the subject of a sentence."""
        *rest, last = self.changes or ("what is asked",)
        return f"{', '.join(rest)} and {last}" if rest else last


@evidence
class StaleGrantError(DecisionError):
    """A decision was to end or change a grant that has another revision by now.

    Attributes:
        revision: The revision that is in force.
    """

    because: ClassVar[str] = (
        "revision {revision} of the grant is in force, and not the one that was shown"
        "; look at it, and decide on that"
    )

    revision: int


@evidence
class UnmatchedPeopleError(DecisionError):
    """People were listed whom the MIS does not know so, or was not asked about.

    Attributes:
        problem: What is wrong, and what to do.
    """

    because: ClassVar[str] = "{problem}"

    problem: str


@evidence
class OlderCatalogueError(DecisionError):
    """A page of an older catalogue was to take the place of one of a newer.

    Attributes:
        shown: The catalogue of what was shown.
        older: The catalogue of this register.
    """

    because: ClassVar[str] = (
        "the school was shown catalogue `{shown}`, and this service has `{older}`"
        "; give it the newer one"
    )

    shown: str
    older: str


@evidence
class NotAwaitingError(DecisionError):
    """There is nothing that waits for this decision.

    Attributes:
        status: The state of the request.
        advice: What to do.
    """

    because: ClassVar[str] = "the request is `{status}`; {advice}"

    status: str = field(converter=str)
    advice: str


@evidence
class NoGrantError(DecisionError):
    """A grant was to be changed or ended and none is authorised.

    Attributes:
        verb: What was to be done with it, such as `revoke`.
    """

    because: ClassVar[str] = (
        "there is no authorised grant to {verb}"
        "; nothing but public data flows until one is authorised"
    )

    verb: str


@evidence
class NoAuthorityError(DecisionError, PermissionError):
    """Somebody was to decide who has no authority to decide for that school.

    Attributes:
        actor: Their name.
    """

    because: ClassVar[str] = (
        "`{actor}` has no authority to decide for the school; ask somebody who has"
    )

    actor: str


@evidence
class PastExpiryError(DecisionError, ValueError):
    """A grant was to end before it begins."""

    because: ClassVar[str] = "`expires_at` is not after now; give a later instant"


@evidence
class SecondPersonError(DecisionError):
    """Two people must authorise, and this is not the second saying the same.

    Attributes:
        problem: What is not as it must be, and what to do.
    """

    because: ClassVar[str] = "{problem}"

    problem: str


@evidence
class OtherCatalogueError(DecisionError):
    """A grant cannot be amended on the catalogue of this register."""

    because: ClassVar[str] = (
        "the grant was made on another catalogue, or what was shown is not in the"
        " ledger; present the request and authorise it again"
    )


@evidence
class UnverifiedSchoolError(ScopegateError):
    """An MIS connection could not be verified; nothing was recorded.

    Attributes:
        school: The school that was to be connected.
        problem: What the MIS did not prove, and what to do.
    """

    says: ClassVar[str] = "school `{school}` was not connected: {problem}"

    school: str
    problem: str


@evidence
class WrongSchoolError(ScopegateError):
    """Data of another school turned up where one school's was asked for.

    Attributes:
        school: The school whose data was asked for.
        place: Where the other school showed: an adapter, or a field.
    """

    says: ClassVar[str] = (
        "{place} names another school than `{school}`; give the adapter of that school"
    )

    school: str
    place: str


@evidence
class AccessDeniedError(ScopegateError, PermissionError):
    """A whole resource was asked for, and nothing in it is permitted.

    Attributes:
        resource: The resource asked for.
        school: The school whose data it is.
        app: The app that asked.
        denial: What to do: wait, stop, or try again.
        reasons: Each field that the app asked for, with why it is withheld; empty
            where it asked for none.
        permit: The permit that says so; None where the error came from another
            process, for a permit is large.
    """

    resource: str
    school: str
    app: str
    denial: Denial = field(converter=Denial)
    reasons: Mapping[str, str] = field(converter=_by_name, factory=dict)
    permit: Permitting | None = field(default=None, kw_only=True)

    def __str__(self) -> str:
        reasons = quoted(sorted({str(why) for why in self.reasons.values()}))
        return (
            f"app `{printable(self.app)}` may read no field of"
            f" `{printable(self.resource)}` at school `{printable(self.school)}`"
            f"{f' ({reasons})' if reasons else ''}: {_WHAT_TO_DO[self.denial]}"
        )


@evidence
class QueryRefusedError(ScopegateError, PermissionError):
    """A query would reveal fields that are not permitted.

    Attributes:
        resource: The resource the query reads.
        fields: The fields that made it refused.
        problem: What it does with them.
    """

    says: ClassVar[str] = (
        "the query on `{resource}` {problem}: {fields}; leave them out"
    )

    resource: str
    fields: frozenset[str] = field(converter=names)
    problem: str = "uses fields that are not permitted"


@evidence
class RouteRefusedError(ScopegateError, PermissionError):
    """A request over HTTP that leads to no route of a guard, or asks for more.

    Attributes:
        method: Its method; `*` for one that is none of the usual.
        path: Its path as the route has it; of a path that leads to no route only
            the words that some route has, and `*` for all else.
        problem: Why it is refused; nothing of its query.
    """

    says: ClassVar[str] = "`{method} {path}` is refused: {problem}"

    method: str
    path: str
    problem: str


@evidence
class UnsupportedQueryError(ScopegateError, ValueError):
    """A query asks for what neither the MIS interface nor the gate can do.

    Attributes:
        resource: The resource the query reads.
        part: What cannot be done, such as `search`.
        problem: Why not.
    """

    says: ClassVar[str] = (
        "the query on `{resource}` cannot be served: {problem}; leave out `{part}`"
    )

    resource: str
    part: str
    problem: str


@evidence
class ArgumentError(ScopegateError, TypeError, ValueError):
    """A function was called with something that does not belong there.

    Attributes:
        function: The name of the function, or of the class that was to be made.
        problems: What belongs where, and what was given instead; nothing of a value.
        advice: How to write it, or empty.
    """

    function: str
    problems: tuple[str, ...] = field(converter=texts)
    advice: str = ""

    def __str__(self) -> str:
        takes = ", and ".join(self.problems)
        advice = f"; {self.advice}" if self.advice else ""
        return f"`{printable(self.function)}` takes {takes}{advice}"


@evidence
class ArgumentRefusedError(ScopegateError, TypeError):
    """A guarded function was called with what its guard knows nothing of.

    Attributes:
        function: The name of the function.
        arguments: The arguments that made it refused.
    """

    says: ClassVar[str] = (
        "guarded function `{function}` is not called with {arguments}"
        "; say in `arguments` which field each chooses by, or None"
    )

    function: str
    arguments: tuple[str, ...] = field(converter=texts)


@evidence
class ClassRefusedError(ScopegateError, TypeError):
    """A class needs fields that the permit withholds.

    Attributes:
        target: The name of the class.
        needs: Each field it needs and cannot have, with the reason.
    """

    target: str
    needs: Mapping[str, str] = field(converter=_by_name)

    def __str__(self) -> str:
        listed = ", ".join(f"`{printable(f)}` ({why})" for f, why in self.needs.items())
        return (
            f"class `{self.target}` needs fields that are withheld: {listed}"
            "; give these attributes a default, or ask the school for the scope"
        )


@evidence
class StructureError(ScopegateError, ValueError):
    """A released record does not fit the class it was to be structured into.

    Attributes:
        target: The name of the class.
        fields: The attributes that did not fit.
    """

    says: ClassVar[str] = (
        "a record does not fit class `{target}` at {fields}"
        "; widen the types, or give the attributes defaults"
    )

    target: str
    fields: tuple[str, ...] = field(converter=texts)


@evidence
class SourceError(ScopegateError, ValueError):
    """An MIS, or a file of records, cannot be read any further.

    Everything before the place named was delivered; nothing of the place is shown.

    Attributes:
        source: The file's name, or the resource that was read.
        problem: What is wrong with it, and what to do.
        line: The line, counted from 1, or 0 when no line is meant.
        page: The page, counted from 1, or 0 when no page is meant.
    """

    source: str
    problem: str
    line: int = 0
    page: int = 0

    def __str__(self) -> str:
        line, page = f"line {self.line}" * bool(self.line), f"page {self.page}"
        places = (self.source, line, page * bool(self.page))
        return f"{printable(', '.join(filter(None, places)))}: {self.problem}"


@evidence
class MissingExtraError(ScopegateError, ModuleNotFoundError):
    """A module of scopegate needs a package that is not installed.

    Attributes:
        extra: The extra of scopegate that brings the package.
        package: The package.
        requirements: What the extra brings, as pip takes it.
    """

    extra: str
    package: str
    requirements: tuple[str, ...] = field(converter=texts)

    def __str__(self) -> str:
        listed = " ".join(f"'{each}'" for each in self.requirements)
        return (
            f"`{self.package}` is not installed; the extra `scopegate[{self.extra}]`"
            f" brings it: run `pip install {listed}`"
        )


@evidence
class CodecError(ScopegateError, ValueError):
    """A stored or exchanged value cannot be read back.

    Attributes:
        kind: What was to be read.
        problems: What does not fit, with the place.
    """

    kind: str
    problems: tuple[str, ...] = field(converter=texts)

    def __str__(self) -> str:
        return f"this is not {a(self.kind)}: {'; '.join(self.problems)}"


@evidence
class ProofError(ScopegateError, ValueError):
    """A proof, checkpoint or note that is malformed, or does not prove what it should.

    Attributes:
        kind: What was refused: a note, a checkpoint, a proof or a key.
        problem: What is wrong with it.
    """

    says: ClassVar[str] = "the {kind} is refused: {problem}"

    kind: str
    problem: str


class LedgerError(ScopegateError):
    """A ledger that cannot be written to, or whose content cannot be trusted."""


@evidence
class StaleWriteError(LedgerError):
    """A ledger stream has moved on since it was read; read it again and decide again.

    Attributes:
        stream: The stream that was to be appended to.
        expected: The position the writer had read up to.
        found: The position the stream is at.
    """

    says: ClassVar[str] = (
        "stream `{stream}` is at {found}, not at {expected}; read it again and decide again"
    )

    stream: str
    expected: int
    found: int


@evidence
class UnreachableLedgerError(LedgerError, ConnectionError):
    """A ledger that does not answer, is locked for too long, or has no room left.

    Attributes:
        ledger: Which ledger: a file, or a server without its password.
        problem: What is wrong, and what to do.
    """

    says: ClassVar[str] = "ledger `{ledger}`: {problem}"

    ledger: str
    problem: str


@evidence
class DamagedLedgerError(LedgerError):
    """What a ledger holds is not what was written to it; nothing of it is used.

    Attributes:
        ledger: Which ledger: a file, or a server without its password.
        problem: What is not as it was written.
        place: Where: a stream and a position, or empty for the whole.
    """

    ledger: str
    problem: str
    place: str = ""

    def __str__(self) -> str:
        where = f", {printable(self.place)}" if self.place else ""
        return (
            f"ledger `{printable(self.ledger)}`{where}: {printable(self.problem)}"
            "; restore it from a copy, and run `scopegate ledger verify` on that"
        )


@evidence
class UnfitLedgerError(LedgerError):
    """A ledger that cannot keep its promises as it is; it was not opened.

    Attributes:
        ledger: Which ledger: a file, or a server without its password.
        problem: Why not, and what to do.
    """

    says: ClassVar[str] = "ledger `{ledger}` was not opened: {problem}"

    ledger: str
    problem: str
