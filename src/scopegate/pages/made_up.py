"""A made-up record of a resource: every field filled in, and of no one real."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from itertools import islice, product

from ..catalogue.field import Field, Kind, Step, local_steps
from ..catalogue.resource import Plain, Resource
from ..policy.permit import Permit
from ..policy.rows import Selection, row_check
from ..policy.witness import plant

_BY_KIND: Mapping[Kind, object] = {
    Kind.TEXT: "Example",
    Kind.INTEGER: 7,
    Kind.NUMBER: 12.5,
    Kind.BOOLEAN: True,
    Kind.DATE: date(2026, 9, 1),
    Kind.TIME: time(9),
    Kind.DATETIME: datetime(2026, 9, 1, 9, tzinfo=UTC),
    Kind.BINARY: b"Example",
}
"""What a field holds whose name says nothing."""

_TEXTS: Mapping[str, tuple[str, ...]] = {
    "Alex": ("first name", "forename", "given name"),
    "Sam": ("middle name", "middle names"),
    "Example": ("last name", "surname", "family name"),
    "A E": ("initials",),
    "Not given": ("gender", "sex"),
    "they/them": ("pronouns",),
    "11 February 2014": ("dob", "birthdate", "date of birth"),
    "alex@example.org": ("email", "email address"),
    # One of the numbers that Ofcom keeps free for drama.
    "01632 960000": ("phone", "phone number", "telephone number", "mobile", "sms"),
    "1 Example Road": ("address", "address line 1", "street"),
    "Example Green": ("address line 2",),
    "Exampleton": ("town", "town city", "city"),
    "Exampleshire": ("county",),
    "AB1 2CD": ("postcode", "postal code"),
    "A000000000000": ("upn",),
    "0000000000": ("uln", "nhs number"),
    "QQ123456C": ("national insurance number",),
    "alex.example": ("username",),
    "********": ("password",),
    "https://example.org/": ("url", "uri"),
    "example-7": ("id",),
    "EX": ("code",),
    "7": ("year code", "nc year"),
    "2026": ("year",),
}
_DATES: Mapping[date, tuple[str, ...]] = {
    date(2014, 2, 11): ("dob", "birthdate", "date of birth"),
    date(2027, 7, 23): ("end date", "expiry date"),
}
_BY_NAME: Mapping[Kind, Mapping[str, object]] = {
    kind: {"".join(name.split()): value for value, names in known for name in names}
    for kind, known in ((Kind.TEXT, _TEXTS.items()), (Kind.DATE, _DATES.items()))
}
"""By kind, what a field holds whose name, folded, ends with the words named."""

_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|[0-9]+")

_MOST = 4_096
"""How many ways to fill in what decides on a row are tried; few need ten."""


def made_up_value(leaf: Field) -> object:
    """Return the value of *leaf* for somebody who is made up.

    It depends on the last name of the path and on the kind, and on nothing else.

    >>> made_up_value(Field("student.legal_first_name"))
    'Alex'
    """
    known = _BY_NAME.get(leaf.kind, {})
    words = [word.lower() for word in _WORD.findall(leaf.steps[-1].name)]
    endings = ("".join(words[n:]) for n in range(len(words)))
    found = (known[ending] for ending in endings if ending in known)
    return next(found, _BY_KIND[leaf.kind])


def made_up_record(home: Resource, permits: Sequence[Permit]) -> dict[str, object]:
    """Return a record of *home* with every field; each list has one element.

    Where rows are withheld by what they hold, each is filled in so that it passes
    by the first of *permits* by which one can, and anyhow where none can.

    Args:
        home: The resource.
        permits: What may flow, of one school; the last says where records tell
            whose they are, and there the record names that school.
    """
    own = permits[-1]
    start = len(home.name) + 1
    schools = {path[start:]: own.school for path in own.school_paths(home.name)}
    held = {leaf.local: made_up_value(leaf) for leaf in home.fields} | schools
    selections = [[s.of(home.name) for s in p.selections] for p in permits]
    for at in dict.fromkeys(at for s in selections[-1] for at in s.lists):
        rows = ([s.of(home.name, at) for s in parts] for parts in selections)
        held |= _passing(at, rows, held, schools)
    record: dict[str, object] = {}
    for leaf in home.fields:
        plant(record, leaf.steps, held[leaf.local])
    return record


def value_at(record: Mapping[str, object], steps: tuple[Step, ...]) -> object:
    """Return the value of *record* at *steps*, in a list its one element, or None."""
    found: object = record
    for step in steps:
        found = found.get(step.name) if isinstance(found, dict) else None
        if isinstance(found, list):
            found = found[0] if found else None
    return found


def _passing(
    at: str,
    rows: Iterable[Sequence[Selection]],
    held: Mapping[str, object],
    fixed: Iterable[str],
) -> dict[str, object]:
    """Return the values by which rows of the list *at* pass; nothing if none can.

    Args:
        at: The list, or empty for the records themselves.
        rows: The rules on those rows, by each permit in order.
        held: What the record holds, by path.
        fixed: The paths at which it must hold just that.
    """
    for parts in rows:
        checks = [check for part in parts if (check := row_check(part))]
        for choice in islice(_choices(at, parts, held, fixed), _MOST):
            row: dict[str, object] = {}
            for path, value in choice.items():
                plant(row, local_steps(path), value)
            if all(check(row) for check in checks):
                return {_whole(at, path): value for path, value in choice.items()}
    return {}


def _choices(
    at: str,
    parts: Iterable[Selection],
    held: Mapping[str, object],
    fixed: Iterable[str],
) -> Iterator[dict[str, object]]:
    """Yield ways to fill in what decides on a row, what is held already first."""
    known: dict[str, list[Plain]] = {}
    for rule in (rule for part in parts for rule in part.rules):
        for path, values in rule.where.items():
            if _whole(at, path) in held:  # otherwise the catalogue no longer has it
                known.setdefault(path, []).extend(values)
    options = [
        [held[whole]]
        if (whole := _whole(at, path)) in fixed
        else [held[whole], *_others(values)]
        for path, values in known.items()
    ]
    return (dict(zip(known, way, strict=True)) for way in product(*options))


def _others(values: Sequence[Plain]) -> Iterator[Plain]:
    """Yield values that may decide differently from the one held.

    For each type of *values* one that is not among them, where there is one, and each
    of them. True and 1 are different.
    """
    numbers = [v for v in values if type(v) is int]
    if numbers:
        yield max(numbers) + 1
    if any(type(v) is str for v in values):
        yield next(
            t for n in range(len(values) + 1) if (t := f"Other {n}") not in values
        )
    yield from {(type(v), v): v for v in values}.values()
    yield from (not v for v in values if type(v) is bool)


def _whole(at: str, path: str) -> str:
    return f"{at}.{path}" if at else path
