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
    │   └── UnknownGrantError
    ├── DecisionError             a decision that cannot be taken
    │   ├── NotConnectedError
    │   ├── NotPublishedError
    │   ├── NotOfferedError           also ValueError
    │   ├── StalePresentationError
    │   ├── NotAwaitingError          there is nothing to decide on
    │   ├── NoGrantError              there is no authorised grant
    │   ├── NoAuthorityError          also PermissionError
    │   ├── PastExpiryError           also ValueError
    │   └── SecondPersonError         two people must decide alike
    ├── UnverifiedSchoolError     the MIS did not prove whose data it serves
    ├── WrongSchoolError          data of another school turned up
    ├── AccessDeniedError         also PermissionError
    ├── QueryRefusedError         also PermissionError
    ├── RouteRefusedError         also PermissionError
    ├── UnsupportedQueryError     also ValueError
    ├── ArgumentRefusedError      also TypeError
    ├── ClassRefusedError         also TypeError
    ├── StructureError            also ValueError
    ├── SourceError               also ValueError
    ├── CodecError                also ValueError
    ├── ProofError                also ValueError
    └── LedgerError               a ledger that cannot be written or trusted
        ├── StaleWriteError           the stream moved on
        ├── UnreachableLedgerError    also ConnectionError
        ├── DamagedLedgerError        what is stored is not what was written
        └── UnfitLedgerError          it cannot keep its promises here

A message names things (fields, scopes, files, lines), never a record's value.
"""

import difflib
from collections.abc import Iterable, Mapping

from attrs import frozen

from ._base.values import Permitting, Shown, a, printable, quoted


class ScopegateError(Exception):
    """The base of everything scopegate raises by intention."""


@frozen
class Fault:
    """One thing wrong, and where.

    Attributes:
        place: Where it stands, such as `scope."students.basic".fields[2]`.
        message: What is wrong and what to do, as one sentence.
    """

    place: str
    message: str

    def __str__(self) -> str:
        return printable(f"{self.place}: {self.message}")


class FaultsError(ScopegateError):
    """Several faults of one thing, reported together.

    Attributes:
        subject: What the faults were found in.
        faults: Every fault found, in the order of their places.
    """

    def __init__(self, subject: str, faults: Iterable[Fault]) -> None:
        self.subject = subject
        self.faults = tuple(faults)
        count = f"{len(self.faults)} fault{'s' if len(self.faults) != 1 else ''}"
        listed = "; ".join(map(str, self.faults))
        super().__init__(f"{count} in {printable(subject)}: {listed}")


class CatalogueError(FaultsError, ValueError):
    """A catalogue that does not hold together."""


class InvalidRequestError(FaultsError, ValueError):
    """An access request that cannot be published or shown."""


class PathError(ScopegateError, ValueError):
    """A field path that does not follow the grammar.

    Attributes:
        path: The path as given.
        problem: What is wrong with it.
    """

    def __init__(self, path: object, problem: str) -> None:
        shown = f"`{printable(path)}`" if isinstance(path, str) else type(path).__name__
        super().__init__(
            f"path {shown} {problem}; write resource.name or resource.list[].name"
        )
        self.path = path
        self.problem = problem


class FilterError(ScopegateError, ValueError):
    """A OneRoster filter that does not follow the grammar.

    Attributes:
        problem: What is wrong with it, and what to do; nothing of its text.
        character: Where, counted from 1, or 0 where no one place is meant.
    """

    def __init__(self, problem: str, character: int = 0) -> None:
        place = f" at character {character}" if character else ""
        super().__init__(f"the filter is refused{place}: {problem}")
        self.problem = problem
        self.character = character


class UnknownNameError(ScopegateError, LookupError):
    """A name that nothing bears.

    Attributes:
        name: The name as given.
        near: Names that exist and look like it.
    """

    kind = "name"
    advice = ""

    def __init__(self, name: str, known: Iterable[str] = ()) -> None:
        self.name = name
        self.near = tuple(difflib.get_close_matches(name, list(known), n=3))
        hint = f"; did you mean {quoted(self.near)}?" if self.near else self.advice
        super().__init__(f"unknown {self.kind} `{printable(name)}`{hint}")


_SEE_CATALOGUE = "; `scopegate catalogue show` lists those of a catalogue"


class UnknownCatalogueError(UnknownNameError):
    """A built-in catalogue was named that does not ship with scopegate."""

    kind = "catalogue"
    advice = "; `scopegate catalogue list` shows which there are"


class UnknownResourceError(UnknownNameError):
    """A resource was named that the catalogue does not define."""

    kind = "resource"
    advice = _SEE_CATALOGUE


class UnknownFieldError(UnknownNameError):
    """A field was named that the catalogue does not define."""

    kind = "field"
    advice = _SEE_CATALOGUE


class UnknownScopeError(UnknownNameError):
    """A scope was named that the catalogue does not define."""

    kind = "scope"
    advice = _SEE_CATALOGUE


class UnknownGrantError(UnknownNameError):
    """A grant, or a revision of one, was named that the ledger does not hold."""

    kind = "grant"
    advice = "; `scopegate ledger export` shows which there are"


class DecisionError(ScopegateError):
    """A decision that cannot be taken; nothing was recorded.

    Attributes:
        school: The school it was to be taken for.
        app: The app it was about.
    """

    def __init__(self, school: str, app: str, problem: str) -> None:
        super().__init__(
            f"app `{printable(app)}` at school `{printable(school)}`: {problem}"
        )
        self.school = school
        self.app = app


class NotConnectedError(DecisionError):
    """A decision was asked for before the school's MIS connection was verified."""

    def __init__(self, school: str, app: str) -> None:
        super().__init__(
            school, app, "the school has no verified MIS connection; connect it first"
        )


class NotPublishedError(DecisionError):
    """A request was to be shown or decided that the app never published."""

    def __init__(self, school: str, app: str) -> None:
        super().__init__(
            school, app, "the app asks for nothing at present; let it publish a request"
        )


class NotOfferedError(DecisionError, ValueError):
    """A tick was made for a scope that the request does not offer as optional.

    Attributes:
        scopes: The scopes that were ticked and not offered.
        offered: The optional scopes of the request.
    """

    def __init__(
        self, school: str, app: str, scopes: Iterable[str], offered: Iterable[str]
    ) -> None:
        self.scopes = frozenset(scopes)
        self.offered = frozenset(offered)
        choice = quoted(sorted(self.offered)) or "none"
        super().__init__(
            school,
            app,
            f"{quoted(sorted(self.scopes))} was ticked but is not offered as optional"
            f"; the optional scopes are {choice}",
        )


class StalePresentationError(DecisionError):
    """What was decided on is no longer what the school would be shown.

    Attributes:
        current: The presentation to decide on instead.
    """

    def __init__(self, school: str, app: str, current: Shown) -> None:
        super().__init__(
            school,
            app,
            "the request has changed since it was shown; show `current` and ask again",
        )
        self.current = current


class NotAwaitingError(DecisionError):
    """There is nothing that waits for this decision.

    Attributes:
        status: Where the request stands.
    """

    def __init__(self, school: str, app: str, status: str, advice: str) -> None:
        super().__init__(school, app, f"the request stands at `{status}`; {advice}")
        self.status = status


class NoGrantError(DecisionError):
    """A grant was to be changed or ended and none is authorised."""

    def __init__(self, school: str, app: str, verb: str) -> None:
        super().__init__(
            school,
            app,
            f"there is no authorised grant to {verb}"
            "; nothing but public data flows until one is authorised",
        )


class NoAuthorityError(DecisionError, PermissionError):
    """Somebody was to decide who may not decide for that school.

    Attributes:
        actor: Their name.
    """

    def __init__(self, school: str, app: str, actor: str) -> None:
        super().__init__(
            school,
            app,
            f"`{printable(actor)}` has no authority to decide for the school"
            "; let somebody decide who has",
        )
        self.actor = actor


class PastExpiryError(DecisionError, ValueError):
    """A grant was to end before it begins."""

    def __init__(self, school: str, app: str) -> None:
        super().__init__(
            school, app, "`expires_at` is not after now; give a later instant"
        )


class SecondPersonError(DecisionError):
    """Two people must authorise, and this is not the second saying the same.

    Attributes:
        problem: What is not as it must be, and what to do.
    """

    def __init__(self, school: str, app: str, problem: str) -> None:
        super().__init__(school, app, problem)
        self.problem = problem


class UnverifiedSchoolError(ScopegateError):
    """An MIS connection could not be verified; nothing was recorded.

    Attributes:
        school: The school that was to be connected.
    """

    def __init__(self, school: str, problem: str) -> None:
        super().__init__(f"school `{printable(school)}` was not connected: {problem}")
        self.school = school


class WrongSchoolError(ScopegateError):
    """Data of another school turned up where one school's was asked for.

    Attributes:
        school: The school whose data was asked for.
        place: Where the other school showed: an adapter, or a field.
    """

    def __init__(self, school: str, place: str) -> None:
        super().__init__(
            f"{printable(place)} names another school than `{printable(school)}`"
            "; open the access for that school, or correct the adapter"
        )
        self.school = school
        self.place = place


class AccessDeniedError(ScopegateError, PermissionError):
    """A whole resource was asked for of which nothing is permitted.

    Attributes:
        resource: The resource asked for.
        permit: The permit that says so, with a reason for each field.
    """

    def __init__(self, resource: str, permit: Permitting) -> None:
        reasons = quoted(sorted(set(permit.withheld(resource).values())))
        super().__init__(
            f"app `{printable(permit.app)}` may read no field of `{printable(resource)}`"
            f" at school `{printable(permit.school)}`: {reasons}"
        )
        self.resource = resource
        self.permit = permit


class QueryRefusedError(ScopegateError, PermissionError):
    """A query would tell of fields that are not permitted.

    Attributes:
        resource: The resource the query reads.
        fields: The fields that made it refused.
    """

    def __init__(
        self,
        resource: str,
        fields: Iterable[str],
        problem: str = "uses fields that are not permitted",
    ) -> None:
        self.resource = resource
        self.fields = frozenset(fields)
        super().__init__(
            f"the query on `{printable(resource)}` {problem}: "
            f"{quoted(sorted(self.fields))}; leave them out"
        )


class RouteRefusedError(ScopegateError, PermissionError):
    """A request over HTTP that leads to no route of a guard, or asks for more.

    Attributes:
        method: Its method; `*` for one that is none of the usual.
        path: Its path as the route has it; of a path that leads to no route only
            the words that stand in some route, and `*` for all else.
        problem: Why it is refused; nothing of its query.
    """

    def __init__(self, method: str, path: str, problem: str) -> None:
        super().__init__(f"`{method} {printable(path)}` is refused: {problem}")
        self.method = method
        self.path = path
        self.problem = problem


class UnsupportedQueryError(ScopegateError, ValueError):
    """A query asks for what neither the MIS interface nor the gate can do.

    Attributes:
        resource: The resource the query reads.
        part: What cannot be done, such as `search`.
    """

    def __init__(self, resource: str, part: str, problem: str) -> None:
        super().__init__(
            f"the query on `{printable(resource)}` cannot be served: {problem}"
            f"; leave out `{printable(part)}`"
        )
        self.resource = resource
        self.part = part


class ArgumentRefusedError(ScopegateError, TypeError):
    """A guarded function was called with what its guard knows nothing of.

    Attributes:
        function: The name of the function.
        arguments: The arguments that made it refused.
    """

    def __init__(self, function: str, arguments: Iterable[str]) -> None:
        self.function = function
        self.arguments = tuple(arguments)
        super().__init__(
            f"guarded function `{printable(function)}` is not called with"
            f" {quoted(self.arguments)}; say in `arguments` which field each chooses by,"
            " or None"
        )


class ClassRefusedError(ScopegateError, TypeError):
    """A class needs fields that the permit withholds.

    Attributes:
        target: The name of the class.
        needs: Each field it needs and cannot have, with the reason.
    """

    def __init__(self, target: str, needs: Mapping[str, str]) -> None:
        self.target = target
        self.needs = dict(needs)
        listed = ", ".join(f"`{printable(f)}` ({why})" for f, why in needs.items())
        super().__init__(
            f"class `{target}` needs fields that are withheld: {listed}"
            "; give these attributes a default, or ask the school for the scope"
        )


class StructureError(ScopegateError, ValueError):
    """A released record does not fit the class it was to be structured into.

    Attributes:
        target: The name of the class.
        fields: The attributes that did not fit.
    """

    def __init__(self, target: str, fields: Iterable[str]) -> None:
        self.target = target
        self.fields = tuple(fields)
        super().__init__(
            f"a record does not fit class `{target}` at {quoted(self.fields)}"
            "; widen the types, or give the attributes defaults"
        )


class SourceError(ScopegateError, ValueError):
    """An MIS, or a file of records, cannot be read any further.

    What came before the place named was delivered; nothing of the place is shown.

    Attributes:
        source: The file's name, or the resource that was read.
        line: The line, counted from 1, or 0 when no line is meant.
        page: The page, counted from 1, or 0 when no page is meant.
    """

    def __init__(
        self, source: str, problem: str, line: int = 0, *, page: int = 0
    ) -> None:
        places = [source, f"line {line}" * bool(line), f"page {page}" * bool(page)]
        place = ", ".join(filter(None, places))
        super().__init__(f"{printable(place)}: {problem}")
        self.source = source
        self.line = line
        self.page = page


class CodecError(ScopegateError, ValueError):
    """A stored or exchanged value cannot be read back.

    Attributes:
        kind: What was to be read.
        problems: What does not fit, with the place.
    """

    def __init__(self, kind: str, problems: Iterable[str]) -> None:
        self.kind = kind
        self.problems = tuple(problems)
        super().__init__(f"this is not {a(kind)}: {'; '.join(self.problems)}")


class ProofError(ScopegateError, ValueError):
    """A proof, checkpoint or note that is malformed, or does not prove what it should.

    Attributes:
        kind: What was refused: a note, a checkpoint, a proof or a key.
        problem: What is wrong with it.
    """

    def __init__(self, kind: str, problem: str) -> None:
        super().__init__(f"the {kind} is refused: {printable(problem)}")
        self.kind = kind
        self.problem = problem


class LedgerError(ScopegateError):
    """A ledger that cannot be written to, or whose content cannot be trusted."""


class StaleWriteError(LedgerError):
    """A ledger stream has moved on since it was read; read it again and decide anew.

    Attributes:
        stream: The stream that was to be appended to.
        expected: The position the writer had read up to.
        found: The position the stream is at.
    """

    def __init__(self, stream: str, expected: int, found: int) -> None:
        super().__init__(
            f"stream `{printable(stream)}` is at {found}, not at {expected}"
            "; read it again and decide anew"
        )
        self.stream = stream
        self.expected = expected
        self.found = found


class UnreachableLedgerError(LedgerError, ConnectionError):
    """A ledger that does not answer, is locked for too long, or has no room left.

    Attributes:
        ledger: Which ledger: a file, or a server without its password.
    """

    def __init__(self, ledger: str, problem: str) -> None:
        super().__init__(f"ledger `{printable(ledger)}`: {printable(problem)}")
        self.ledger = ledger


class DamagedLedgerError(LedgerError):
    """What a ledger holds is not what was written to it; nothing of it is used.

    Attributes:
        ledger: Which ledger: a file, or a server without its password.
        place: Where: a stream and a position, or empty for the whole.
    """

    def __init__(self, ledger: str, problem: str, place: str = "") -> None:
        where = f", {printable(place)}" if place else ""
        super().__init__(
            f"ledger `{printable(ledger)}`{where}: {printable(problem)}"
            "; restore it from a copy, and run `scopegate ledger verify` on that"
        )
        self.ledger = ledger
        self.place = place


class UnfitLedgerError(LedgerError):
    """A ledger that cannot keep its promises as it is; it was not opened.

    Attributes:
        ledger: Which ledger: a file, or a server without its password.
    """

    def __init__(self, ledger: str, problem: str) -> None:
        super().__init__(
            f"ledger `{printable(ledger)}` was not opened: {printable(problem)}"
        )
        self.ledger = ledger
