"""`Projection`: a permit compiled for one resource into a function record -> record."""

from collections.abc import Callable, Container
from functools import lru_cache

from attrs import field, frozen

from ...arguments import checked, made
from ...catalogue.field import local_steps
from ...catalogue.resource import Naming, Resource
from ...consent.subjects import Subjects
from ...policy.permit import Permit
from ...policy.rows import RowCheck, Selection, row_check
from ...records.untrusted import plain_at
from .unrolled import DEEPEST, Record, compiled, source_of
from .walk import Branch, Notice, grow


@made
@frozen
class Plan:
    """All of a permit that decides what one resource releases.

    Equal plans release the same of every record, so a projection is compiled
    once for each.

    Attributes:
        resource: The resource.
        fields: The permitted fields, in the catalogue's order.
        selections: The rules by which rows are withheld.
        subjects: Which people are covered.
        namings: Where records name people, if not everyone is covered.
    """

    resource: Resource
    fields: tuple[str, ...]
    selections: frozenset[Selection]
    subjects: Subjects
    namings: tuple[Naming, ...]

    @property
    def rows(self) -> tuple[object, ...]:
        """All of it that decides which rows pass."""
        return self.selections, self.subjects, self.namings

    @classmethod
    def of(cls, permit: Permit, resource: str) -> "Plan":
        """Return the plan that *permit* makes for *resource*.

        Raises:
            UnknownResourceError: The catalogue has no such resource.
        """
        return cls(
            permit.catalogue.resource(resource),
            permit.fields_of(resource),
            permit.rows(resource),
            permit.subjects,
            permit.names(resource),
        )

    @classmethod
    def narrow(cls, permit: Permit, resource: str, fields: Container[str]) -> "Plan":
        """Return a plan that keeps only *fields* of released records of *resource*.

        Their rows have passed, and what decided on that may be gone from them.
        """
        kept = [path for path in permit.fields_of(resource) if path in fields]
        home = permit.catalogue.resource(resource)
        return cls(home, tuple(kept), frozenset(), Subjects(), ())


def _ignore(_: str) -> None:
    """Take no notice."""


@checked
@frozen
class Projection:
    """Releases of a record exactly what a plan permits; holds no record.

    It is total: any object in, no exception out but those that end the program.
    It shares nothing mutable with its input. It may be shared by threads.

    Attributes:
        plan: What it was compiled from.
        source: The text of the generated function; empty where the tree is so
            deep that it is only walked.
    """

    plan: Plan
    source: str = field(repr=False)
    _passes: tuple[RowCheck, ...] = field(repr=False, eq=False)
    _release: Callable[[object, Notice], Record] = field(repr=False, eq=False)

    def __call__(self, record: object, notice: Notice = _ignore) -> Record:
        """Return the permitted part of *record*, or None when that is not a record.

        Args:
            record: Anything; a mapping or an object with attributes is read.
            notice: Called with the path of each permitted place that is malformed. A
                record withheld by its row or subject leaves no notice.
        """
        for passes in self._passes:
            if not passes(record):
                return None
        return self._release(record, notice)

    def __reduce__(self) -> tuple[Callable[[Plan], "Projection"], tuple[Plan]]:
        return compile_plan, (self.plan,)  # what is generated is made again


@checked
def compile_projection(permit: Permit, resource: str) -> Projection:
    """Return the projection of one resource under *permit*.

    Raises:
        UnknownResourceError: The catalogue has no such resource.
    """
    return compile_plan(Plan.of(permit, resource))


@lru_cache(maxsize=512)
def compile_plan(plan: Plan) -> Projection:
    """Return the projection of one plan; the same for equal plans."""
    tree = _tree(plan)

    def walk(record: object, notice: Notice) -> Record:
        released = tree.release(record, notice)
        if released is None:  # null is not a record
            notice(plan.resource.name)
        return released if isinstance(released, dict) else None

    passes = _row_passes(plan)
    if not plan.fields:
        return Projection(plan, "", passes, lambda _record, _notice: None)
    if tree.depth > DEEPEST:
        return Projection(plan, "", passes, walk)
    text, bound = source_of(tree, walk)
    return Projection(plan, text, passes, compiled(text, bound))


def _tree(plan: Plan) -> Branch:
    declared = [leaf.steps for leaf in plan.resource.fields]
    permitted = [
        leaf.steps for leaf in plan.resource.fields if leaf.path in plan.fields
    ]
    lists = {at for selection in plan.selections for at in selection.lists if at}
    lists.update(naming.at for naming in plan.namings if naming.at)
    checks = {at: check for at in lists if (check := _check_at(plan, at))}
    return grow(plan.resource.name, declared, permitted, checks)


def _row_passes(plan: Plan) -> tuple[RowCheck, ...]:
    """Return the checks a record as a whole must pass."""
    whole = _check_at(plan, "")
    return (whole,) if whole else ()


def _check_at(plan: Plan, at: str) -> RowCheck | None:
    """Return one check made of all that is said about one list."""
    parts = (selection.of(plan.resource.name, at) for selection in plan.selections)
    checks = [check for part in parts if (check := row_check(part))]
    named = (naming for naming in plan.namings if naming.at == at)
    checks += [_person_check(naming, plan.subjects) for naming in named]
    if len(checks) < 2:
        return checks[0] if checks else None
    return lambda row: all(check(row) for check in checks)


def _person_check(naming: Naming, subjects: Subjects) -> RowCheck:
    """Return the check that the person named is covered."""
    steps = local_steps(naming.path) if naming.path else ()

    def check(row: object) -> bool:
        found = plain_at(row, steps) if steps else row
        if type(found) is not str and type(found) is not int:
            return False
        return subjects.covers(naming.person, found)

    return check
