"""A made-up record that shows what one field lets flow."""

from collections.abc import Iterable, Iterator
from itertools import count, islice, product

from ..catalogue.catalogue import Catalogue
from ..catalogue.field import Step, local_steps
from ..catalogue.resource import Naming, Plain, Resource
from ..consent.subjects import Coverage, Subjects
from .rows import Selection, row_check

_TOLD = "witness"
"""What a made-up record holds at a field that only has to be there."""


_MOST = 4_096
"""How many ways to fill in what decides are tried; few catalogues have ten."""


def witness(
    catalogue: Catalogue,
    path: str,
    school: str,
    selections: Iterable[Selection],
    people: tuple[Subjects, Iterable[Naming]],
) -> dict[str, object] | None:
    """Return a record that holds *path* and passes every rule, or None.

    None means that no row with *path* could pass, or that the first
    few thousand ways to fill in what decides did not.
    """
    leaf = catalogue.field(path)
    home = catalogue.resource(leaf.resource)
    named = _named(*people, leaf.steps)
    if named is None:
        return None
    rules = [selection.of(home.name) for selection in selections]
    for choice in islice(_choices(rules, leaf.steps), _MOST):
        record: dict[str, object] = {}
        plant(record, leaf.steps, _TOLD)
        for steps, person in named:
            plant(record, steps, person)
        if (whose := catalogue.school_path(home)) is not None:
            plant(record, catalogue.field(f"{home.name}.{whose}").steps, school)
        for steps, value in choice:
            plant(record, steps, value)
        if _passes(record, leaf.steps, home, rules):
            return record
    return None


def _named(
    subjects: Subjects, namings: Iterable[Naming], steps: tuple[Step, ...]
) -> list[tuple[tuple[Step, ...], str]] | None:
    """Return the people to name on the way to *steps*, or None if no one is covered."""
    found = []
    for naming in namings:
        at = local_steps(naming.at) if naming.at else ()
        if steps[: len(at)] == at:
            person = _covered(subjects, naming.person)
            if person is None:
                return None
            path = local_steps(naming.path) if naming.path else ()
            found.append(((*at, *path), person))
    return found


def _covered(subjects: Subjects, person: str) -> str | None:
    """Return the identifier of somebody covered, or None if no one is."""
    listed = subjects.people.get(person, frozenset())
    if subjects.coverage is Coverage.ONLY:
        return min(listed, default=None)
    made_up = (f"{_TOLD}-{n}" for n in count())
    return next(each for each in made_up if subjects.covers(person, each))


def _choices(
    rules: list[Selection], steps: tuple[Step, ...]
) -> Iterator[tuple[tuple[tuple[Step, ...], Plain], ...]]:
    """Yield ways to fill in what decides: each path with one of the values known."""
    known: dict[tuple[Step, ...], dict[Plain, None]] = {}
    for rule in (rule for selection in rules for rule in selection.rules):
        at = rule.at_steps
        if steps[: len(at)] != at:
            continue
        for path, values in rule.where.items():
            spelt = (*at, *local_steps(path))
            other = _unlike(values)
            known.setdefault(spelt, {}).update(dict.fromkeys((*values, other)))
    return product(*([(path, v) for v in values] for path, values in known.items()))


def _unlike(values: tuple[Plain, ...]) -> Plain:
    """Return a value of the type of *values* but not among them, if there is one."""
    first = values[0]
    if isinstance(first, bool):
        return not first
    if isinstance(first, int):
        return max(v for v in values if isinstance(v, int)) + 1
    return f"{_TOLD} {''.join(map(str, values))}"


def plant(record: dict[str, object], steps: tuple[Step, ...], value: object) -> None:
    """Put *value* at *steps* of *record*; lists have one element."""
    here = record
    for step in steps[:-1]:
        if step.is_list:
            here = here.setdefault(step.name, [{}])[0]  # type: ignore[index]  # made here
        else:
            here = here.setdefault(step.name, {})  # type: ignore[assignment]  # made here
    last = steps[-1]
    here[last.name] = [value] if last.is_list else value


def _passes(
    record: dict[str, object],
    steps: tuple[Step, ...],
    home: Resource,
    rules: list[Selection],
) -> bool:
    """Tell whether the record, and each row on the way to *steps*, passes."""
    rows: list[tuple[str, object]] = [("", record)]
    here: object = record
    for index, step in enumerate(steps[:-1], 1):
        here = here[step.name]  # type: ignore[index]  # made above
        if step.is_list:
            here = here[0]  # type: ignore[index]  # made above
            rows.append((".".join(map(str, steps[:index])), here))
    checks = [
        (row_check(selection.of(home.name, at)), row)
        for selection in rules
        for at, row in rows
    ]
    return all(check(row) for check, row in checks if check)
