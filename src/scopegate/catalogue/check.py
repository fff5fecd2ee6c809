"""What must hold across the parts of a catalogue; every fault, with its place."""

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping
from itertools import combinations

from .._base.likeness import likeness
from .._base.values import quoted
from ..errors import Fault, PathError
from .field import Field, Sensitivity
from .mis_permissions import COMMON, Tables
from .resource import Plain, Resource, RowRule
from .scope import JointRule, Scope, closure


class Known:
    """The names that the parts define, for looking up what others refer to."""

    def __init__(self, resources: Iterable[Resource], scopes: Iterable[Scope]) -> None:
        self.resources = {r.name: r for r in resources}
        self.scopes = {s.key: s for s in scopes}
        self.fields = {f.path: f for r in resources for f in r.fields}


def faults_of(
    resources: Mapping[str, Resource],
    scopes: Mapping[str, Scope],
    policy_version: int,
    joints: Iterable[JointRule],
    rows: Iterable[RowRule],
    mis: Tables,
) -> tuple[Fault, ...]:
    """Return everything wrong with the parts of a catalogue, in its order."""
    known = Known(resources.values(), scopes.values())
    ruled = {r.scope for r in rows}.union(*(j.scopes for j in joints))
    return (
        *_filing_faults(resources, scopes),
        *_resource_faults(resources.values(), known),
        *_policy_faults(policy_version, known),
        *_scope_faults(scopes.values(), ruled, known),
        *_joint_faults(joints, known),
        *_row_faults(rows, known),
        *_alike_faults(rows),
        *mis_faults(mis, known.scopes),
    )


def _filing_faults(
    resources: Mapping[str, Resource], scopes: Mapping[str, Scope]
) -> Iterator[Fault]:
    """Yield the parts that are filed under a name that is not theirs."""
    for name, resource in resources.items():
        if name != resource.name:
            yield Fault(f"resource.{name}", f"is called `{resource.name}`")
    for key, scope in scopes.items():
        if key != scope.key:
            yield Fault(f'scope."{key}"', f"is called `{scope.key}`")


def _resource_faults(resources: Iterable[Resource], known: Known) -> Iterator[Fault]:
    for name in _twice(r.name for r in resources):
        yield Fault(f"resource.{name}", "is defined twice; merge the two")
    for resource in resources:
        place = f"resource.{resource.name}"
        yield from _shape_faults(resource, place)
        yield from _pointer_faults(resource, place, known)
        yield from _people_faults(resource, place, known)
        yield from _identifier_faults(resource, place, known)


def _shape_faults(resource: Resource, place: str) -> Iterator[Fault]:
    for path in _twice(f.path for f in resource.fields):
        yield Fault(f'{place}.field."{path}"', "is there twice; leave one out")
    leaves = {tuple(map(str, f.steps)) for f in resource.fields}
    spelt: dict[tuple[str, ...], str] = {}
    for leaf in resource.fields:
        where = f'{place}.field."{leaf.local}"'
        if leaf.resource != resource.name:
            yield Fault(where, f"belongs to resource `{leaf.resource}`")
        names = tuple(map(str, leaf.steps))
        for size in range(1, len(names) + 1):
            bare = tuple(step.name for step in leaf.steps[:size])
            if size < len(names) and names[:size] in leaves:
                whole = ".".join(names[:size])
                yield Fault(where, f"`{whole}` is a leaf and a branch; keep the leaves")
            elif spelt.setdefault(bare, names[size - 1]) != names[size - 1]:
                yield Fault(
                    where, f"`{bare[-1]}` is a list in one place and not in another"
                )


def _pointer_faults(resource: Resource, place: str, known: Known) -> Iterator[Fault]:
    for role in ("key", "subject", "school"):
        path = getattr(resource, role)
        target = known.fields.get(f"{resource.name}.{path}")
        if path is not None and target is None:
            yield Fault(f"{place}.{role}", f"names the unknown field `{path}`")
        elif target and target.is_listed:
            yield Fault(f"{place}.{role}", f"`{path}` is in a list; name one value")
    if (resource.subject is None) != (resource.person is None):
        yield Fault(place, "needs `subject` and `person` together, or neither")
    if resource.person is not None and resource.person not in known.resources:
        yield Fault(
            f"{place}.person", f"names the unknown resource `{resource.person}`"
        )


def _people_faults(resource: Resource, place: str, known: Known) -> Iterator[Fault]:
    for path, person in resource.people.items():
        where = f'{place}.people."{path}"'
        if f"{resource.name}.{path}" not in known.fields:
            yield Fault(where, f"names the unknown field `{path}`")
        elif "[]" not in path:
            yield Fault(where, "is not in a list; a record is about its `subject`")
        if person not in known.resources:
            yield Fault(where, f"names the unknown resource `{person}`")


def _identifier_faults(resource: Resource, place: str, known: Known) -> Iterator[Fault]:
    where = f"{place}.identifiers"
    if resource.identifiers and resource.subject is None:
        yield Fault(where, "needs a `subject`: the person who is identified")
    for path in _twice(resource.identifiers):
        yield Fault(where, f"names `{path}` twice; leave one out")
    for path in resource.identifiers:
        target = known.fields.get(f"{resource.name}.{path}")
        if target is None:
            yield Fault(where, f"names the unknown field `{path}`")
        elif target.sensitivity is Sensitivity.SECRET:
            yield Fault(where, f"`{path}` is secret; it is read for no one")


def _policy_faults(version: int, known: Known) -> Iterator[Fault]:
    for leaf in known.fields.values():
        if not 1 <= leaf.policy_version <= version:
            yield Fault(
                f'resource.{leaf.resource}.field."{leaf.local}".policy_version',
                f"must lie between 1 and the catalogue's, {version}",
            )
    if max((f.policy_version for f in known.fields.values()), default=1) < version:
        yield Fault(
            "policy_version",
            f"is {version}, but no field says that its meaning changed then;"
            " give those fields this policy_version",
        )


def _scope_faults(
    scopes: Iterable[Scope], ruled: Container[str | None], known: Known
) -> Iterator[Fault]:
    for key in _twice(s.key for s in scopes):
        yield Fault(f'scope."{key}"', "is defined twice; merge the two")
    for scope in scopes:
        place = f'scope."{scope.key}"'
        yield from _named_fields(scope.fields, place, known)
        yield from _openness_faults(scope, place, known)
        yield from _include_faults(scope, place, known)
        if not (scope.fields or scope.includes or scope.writes or scope.key in ruled):
            yield Fault(place, "is empty; give it fields, or leave it out")
        yield from _detail_faults(scope, place, known)


def _detail_faults(scope: Scope, place: str, known: Known) -> Iterator[Fault]:
    """Yield the faults of what a scope says about itself."""
    if scope.sensitivity is Sensitivity.SECRET:
        yield Fault(f"{place}.sensitivity", "is secret, which a scope cannot be")
    if strays := sorted(scope.guessed - set(scope.fields)):
        yield Fault(f"{place}.guessed", f"{quoted(strays)} is not among its fields")
    for name in scope.writes:
        if name not in known.resources:
            yield Fault(f"{place}.writes", f"names the unknown resource `{name}`")


def _named_fields(paths: tuple[str, ...], place: str, known: Known) -> Iterator[Fault]:
    """Yield the faults of a list of field paths."""
    for path in _twice(paths):
        yield Fault(f"{place}.fields", f"names `{path}` twice; leave one out")
    for index, path in enumerate(paths):
        target = known.fields.get(path)
        if target is None:
            yield Fault(f"{place}.fields[{index}]", f"names the unknown field `{path}`")
        elif target.sensitivity is Sensitivity.SECRET:
            yield Fault(
                f"{place}.fields[{index}]",
                f"`{path}` is secret and must not be in a scope; leave it out",
            )


def _openness_faults(scope: Scope, place: str, known: Known) -> Iterator[Fault]:
    """Yield the fields that a public scope must not hold, or bring along."""
    if scope.sensitivity is not Sensitivity.PUBLIC:
        return
    brought = closure([scope.key], known.scopes.get).values()
    for path in (path for one in brought for path in one.fields):
        target = known.fields.get(path)
        if target and target.sensitivity is not Sensitivity.PUBLIC:
            yield Fault(place, f"is public but holds `{path}`, which is not public")


def _include_faults(scope: Scope, place: str, known: Known) -> Iterator[Fault]:
    for key in scope.includes:
        if key not in known.scopes:
            yield Fault(f"{place}.includes", f"names the unknown scope `{key}`")
        elif scope.key in closure([key], known.scopes.get):
            yield Fault(f"{place}.includes", f"goes round in a circle through `{key}`")


def _joint_faults(joints: Iterable[JointRule], known: Known) -> Iterator[Fault]:
    for index, joint in enumerate(joints):
        place = f"joint[{index}]"
        yield from _named_fields(joint.fields, place, known)
        if len(set(joint.scopes)) < 2:
            yield Fault(f"{place}.scopes", "needs at least two scopes")
        for key in joint.scopes:
            if key not in known.scopes:
                yield Fault(f"{place}.scopes", f"names the unknown scope `{key}`")
        scopes = [known.scopes[key] for key in joint.scopes if key in known.scopes]
        if scopes and all(s.sensitivity is Sensitivity.PUBLIC for s in scopes):
            yield Fault(f"{place}.scopes", "needs a scope that is not public")


def _row_faults(rows: Iterable[RowRule], known: Known) -> Iterator[Fault]:
    for index, rule in enumerate(rows):
        place = f"rows[{index}]"
        if rule.scope is None and not rule.is_otherwise:
            yield Fault(f"{place}.scope", "is missing")
        elif rule.scope is not None and rule.scope not in known.scopes:
            yield Fault(f"{place}.scope", f"names the unknown scope `{rule.scope}`")
        resource = known.resources.get(rule.resource)
        if resource is None:
            yield Fault(
                f"{place}.resource", f"names the unknown resource `{rule.resource}`"
            )
        else:
            yield from _reach_faults(rule, resource, place)


def _alike_faults(rows: Iterable[RowRule]) -> Iterator[Fault]:
    """Yield the values by which rows of two scopes differ only in spelling.

    A rule withholds by likeness, so the rows of the one would wait for the other too.
    """
    for (first, one), (second, other) in combinations(enumerate(rows), 2):
        same_list = (one.resource, one.at) == (other.resource, other.at)
        if not same_list or one.scope == other.scope or not _may_meet(one, other):
            continue
        for path, values in other.where.items():
            before = _alike(one.where.get(path, ()))
            for kind, spelt in _alike(values).items():
                if spelt != before.get(kind, spelt):
                    message = (
                        f"`{path}` has {quoted(sorted(map(str, spelt)))}, which"
                        f" rows[{first}] spells in another way, for another scope; take"
                        " one spelling"
                    )
                    yield Fault(f"rows[{second}].where", message)


def _may_meet(one: RowRule, other: RowRule) -> bool:
    """Tell whether a row may match two rules, if spelling is left aside."""
    return all(
        not _alike(values).keys().isdisjoint(_alike(other.where.get(path, values)))
        for path, values in one.where.items()
    )


def _alike(values: Iterable[Plain]) -> dict[tuple[type, Plain], set[Plain]]:
    """Return the values by what they have in common with others that are alike."""
    found: dict[tuple[type, Plain], set[Plain]] = {}
    for value in values:
        found.setdefault(_kind(value), set()).add(value)
    return found


def _kind(value: Plain) -> tuple[type, Plain]:
    return type(value), likeness(value) if isinstance(value, str) else value


def _reach_faults(rule: RowRule, resource: Resource, place: str) -> Iterator[Fault]:
    """Yield the paths of *rule* that lead nowhere in *resource*."""
    try:
        at = rule.at_steps
    except PathError as error:
        yield Fault(f"{place}.at", error.problem)
        return
    below = {_below(leaf, at) for leaf in resource.fields}
    if below == {None} or (at and not at[-1].is_list):
        yield Fault(f"{place}.at", f"`{rule.at}` is not a list of `{rule.resource}`")
        return
    for path in rule.where:
        if path not in below or "[]" in path:
            yield Fault(f"{place}.where", f"`{path}` is not a single value of a row")


def _below(leaf: Field, at: tuple[object, ...]) -> str | None:
    """Return the path of *leaf* below *at*, or None if it is not below it."""
    if leaf.steps[: len(at)] != at:
        return None
    return ".".join(map(str, leaf.steps[len(at) :]))


def mis_faults(tables: Tables, scopes: Container[str]) -> Iterator[Fault]:
    """Yield the tables that are for one MIS, and the rows for none of *scopes*."""
    for first, second in combinations(tables, 2):
        if likeness(first) == likeness(second):
            yield Fault(f"mis.{second}", f"is the same MIS as `{first}`; leave one out")
    for mis, table in tables.items():
        for key in table:
            if key != COMMON and key not in scopes:
                yield Fault(f'mis.{mis}."{key}"', "is an unknown scope")


def _twice(names: Iterable[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]
