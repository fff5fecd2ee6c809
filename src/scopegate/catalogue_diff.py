"""What changed between two catalogues, and what each change means for grants."""

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum

from attrs import field, frozen

from ._types import quoted
from .catalogue import Catalogue
from .field import Field
from .resource import Resource, RowRule
from .scope import Scope


class Effect(StrEnum):
    """What a change does to what flows on the day it comes into force.

    *unchanged*: what is authorised flows as before; anything new waits for a
    decision. *narrows*: less flows at once. *widens*: more flows at once without
    a decision: public data, and what a grant holds and had been stopped for.
    *review*: it depends on the connection, or on the records.
    """

    UNCHANGED = "unchanged"
    NARROWS = "narrows"
    WIDENS = "widens"
    REVIEW = "review"


class Part(StrEnum):
    """What kind of thing changed."""

    CATALOGUE = "catalogue"
    RESOURCE = "resource"
    FIELD = "field"
    SCOPE = "scope"
    JOINT = "joint"
    ROWS = "rows"
    MIS = "mis"


@frozen
class Change:
    """One difference between two catalogues.

    Attributes:
        part: What kind of thing it is about.
        name: Which one: a field's path, a scope's key, a rule in words.
        what: What changed.
        effect: What it does to what flows.
        meaning: What it means for grants, as a sentence.
    """

    part: Part
    name: str
    what: str
    effect: Effect
    meaning: str


def _changes(given: Iterable[Change]) -> tuple[Change, ...]:
    return tuple(given)


@frozen
class CatalogueDiff:
    """Every difference between two catalogues.

    Attributes:
        old: Id and version of the first.
        new: Id and version of the second.
        changes: The differences: the catalogue itself, then its resources,
            fields, scopes, joint rules, row rules and MIS tables.
    """

    old: str
    new: str
    changes: tuple[Change, ...] = field(converter=_changes)

    @property
    def is_empty(self) -> bool:
        """Whether the two say the same."""
        return not self.changes

    def having(self, effect: Effect) -> tuple[Change, ...]:
        """Return the changes that have one effect."""
        return tuple(change for change in self.changes if change.effect is effect)


def diff(old: Catalogue, new: Catalogue) -> CatalogueDiff:
    """Return what changed from *old* to *new*, and what that means for grants.

    Fields of a resource that is new, or gone, are counted with the resource.
    """
    comparers = (_identity, _resources, _fields, _scopes, _public, _joints, _rows, _mis)
    return CatalogueDiff(
        f"{old.id} {old.version}",
        f"{new.id} {new.version}",
        [change for compare in comparers for change in compare(old, new)],
    )


_ASK = "existing grants do not have it; a school must decide before it flows"
_SHOWN = "only what schools are shown; a decision that is pending must be shown anew"
_PUBLIC = "it flows to every app over every connection, without a decision"
_AGAIN = "it flows again by grants that it had stopped for"


def _identity(old: Catalogue, new: Catalogue) -> Iterator[Change]:
    if what := _moved("id", old.id, new.id):
        meaning = "no grant made on the old catalogue permits anything by this one"
        yield Change(Part.CATALOGUE, new.id, what, Effect.NARROWS, meaning)
    if what := _moved("policy_version", old.policy_version, new.policy_version):
        effect, meaning = Effect.UNCHANGED, "grants stop for the fields that say so"
        if old.policy_version > new.policy_version:
            effect, meaning = Effect.NARROWS, "grants on the higher version stop"
        yield Change(Part.CATALOGUE, new.id, what, effect, meaning)


def _resources(old: Catalogue, new: Catalogue) -> Iterator[Change]:
    for name, resource in old.resources.items():
        if name not in new.resources:
            what = f"removed, with its {len(resource.fields)} fields"
            meaning = "nothing of it flows any more, whatever was authorised"
            yield Change(Part.RESOURCE, name, what, Effect.NARROWS, meaning)
        else:
            yield from _resource(resource, new.resources[name])
    for name, resource in new.resources.items():
        if name not in old.resources:
            what = f"added, with {len(resource.fields)} fields"
            yield Change(Part.RESOURCE, name, what, Effect.UNCHANGED, _ASK)


def _resource(old: Resource, new: Resource) -> Iterator[Change]:
    meanings = {
        "title": (Effect.UNCHANGED, _SHOWN),
        "key": (Effect.REVIEW, "the public resource's key is what verifies a school"),
        "subject": (Effect.REVIEW, "decides which records a list of people covers"),
        "person": (Effect.REVIEW, "decides which list of people a record is held to"),
        "school": (Effect.REVIEW, "records that name no school there are withheld"),
    }
    for attribute, (effect, meaning) in meanings.items():
        if what := _moved(attribute, getattr(old, attribute), getattr(new, attribute)):
            yield Change(Part.RESOURCE, new.name, what, effect, meaning)


def _moved(attribute: str, before: object, after: object) -> str:
    """Return how an attribute changed, or nothing if it did not."""
    return "" if before == after else f"{attribute} {before} -> {after}"


def _fields(old: Catalogue, new: Catalogue) -> Iterator[Change]:
    for path, leaf in old.fields.items():
        if path in new.fields:
            yield from _field(leaf, new.fields[path])
        elif leaf.resource in new.resources:
            meaning = "it stops flowing at once, whatever was authorised"
            yield Change(Part.FIELD, path, "removed", Effect.NARROWS, meaning)
    for path, leaf in new.fields.items():
        is_new = path not in old.fields and path not in new.public_fields
        if is_new and leaf.resource in old.resources:
            yield Change(Part.FIELD, path, "added", Effect.UNCHANGED, _ASK)


def _field(old: Field, new: Field) -> Iterator[Change]:
    for attribute in ("kind", "title"):
        if what := _moved(attribute, getattr(old, attribute), getattr(new, attribute)):
            yield Change(Part.FIELD, new.path, what, Effect.UNCHANGED, _SHOWN)
    if what := _moved("sensitivity", old.sensitivity, new.sensitivity):
        effect, meaning = Effect.NARROWS, "it stops for grants that pinned it lower"
        if new.sensitivity.rank < old.sensitivity.rank:
            effect, meaning = Effect.WIDENS, _AGAIN
        yield Change(Part.FIELD, new.path, what, effect, meaning)
    if what := _moved("policy_version", old.policy_version, new.policy_version):
        effect, meaning = Effect.NARROWS, "it stops for grants on older versions"
        if new.policy_version < old.policy_version:
            effect, meaning = Effect.WIDENS, _AGAIN
        yield Change(Part.FIELD, new.path, what, effect, meaning)


def _scopes(old: Catalogue, new: Catalogue) -> Iterator[Change]:
    for key in old.scopes:
        if key in new.scopes:
            yield from _scope(old, new, key)
        else:
            meaning = "it can be asked for no more; grants keep the fields they pinned"
            yield Change(Part.SCOPE, key, "removed", Effect.UNCHANGED, meaning)
    for key in (k for k in new.scopes if k not in old.scopes):
        what = f"added, with {len(new.fields_of([key]))} fields"
        yield Change(Part.SCOPE, key, what, *_arrival(new, key))


def _scope(old: Catalogue, new: Catalogue, key: str) -> Iterator[Change]:
    before, after = old.fields_of([key]), new.fields_of([key])
    if gained := after.keys() - before.keys():
        what = f"gains {quoted(sorted(gained))}"
        yield Change(Part.SCOPE, key, what, *_arrival(new, key))
    if lost := before.keys() - after.keys():
        what = f"loses {quoted(sorted(lost))}"
        meaning = "new grants do not have it; existing ones keep what they pinned"
        yield Change(Part.SCOPE, key, what, Effect.UNCHANGED, meaning)
    for what in _wording(old.scope(key), new.scope(key)):
        yield Change(Part.SCOPE, key, what, Effect.UNCHANGED, _SHOWN)


def _arrival(new: Catalogue, key: str) -> tuple[Effect, str]:
    """Return what it means that a scope holds something new."""
    if key in new.public_scopes:
        return Effect.WIDENS, _PUBLIC
    return Effect.UNCHANGED, _ASK


def _wording(old: Scope, new: Scope) -> Iterator[str]:
    """Yield what changed in how a scope is shown."""
    if old.description != new.description:
        yield "description reworded"
    for attribute in ("title", "sensitivity"):
        if what := _moved(attribute, getattr(old, attribute), getattr(new, attribute)):
            yield what
    for attribute in ("includes", "writes"):
        names = (", ".join(getattr(scope, attribute)) or "none" for scope in (old, new))
        if what := _moved(attribute, *names):
            yield what


def _public(old: Catalogue, new: Catalogue) -> Iterator[Change]:
    """Yield what starts and stops to flow without any grant."""
    for path in (p for p in new.public_fields if p not in old.public_fields):
        yield Change(Part.FIELD, path, "becomes public", Effect.WIDENS, _PUBLIC)
    for path in (p for p in old.public_fields if p not in new.public_fields):
        meaning = "it flows no more without a grant"
        yield Change(Part.FIELD, path, "is public no more", Effect.NARROWS, meaning)
    for key in sorted(new.public_scopes - old.public_scopes):
        if any(rule.scope == key for rule in new.rows):
            meaning = "rows that waited for it wait no longer, for any app"
            what = "becomes public and selects rows"
            yield Change(Part.SCOPE, key, what, Effect.WIDENS, meaning)


def _joints(old: Catalogue, new: Catalogue) -> Iterator[Change]:
    before = {(frozenset(j.scopes), path) for j in old.joints for path in j.fields}
    after = {(frozenset(j.scopes), path) for j in new.joints for path in j.fields}
    for scopes, path in sorted(before ^ after, key=lambda found: found[1]):
        verb, meaning = "no longer comes", "existing grants keep it if they pinned it"
        if (scopes, path) in after:
            verb, meaning = "now comes", _ASK
        what = f"{verb} with {' + '.join(sorted(scopes))}"
        yield Change(Part.JOINT, path, what, Effect.UNCHANGED, meaning)


def _rows(old: Catalogue, new: Catalogue) -> Iterator[Change]:
    for rule in (r for r in new.rows if r not in old.rows):
        meaning = "rows it withholds stop at once; a row must pass old and new rules"
        yield Change(Part.ROWS, _in_words(rule), "added", Effect.NARROWS, meaning)
    for rule in (r for r in old.rows if r not in new.rows):
        if any(path.startswith(f"{rule.resource}.") for path in new.public_fields):
            effect, meaning = Effect.WIDENS, "what is public in its rows flows at once"
        else:
            effect = Effect.UNCHANGED
            meaning = "existing grants keep the rule; new ones do not have it"
        yield Change(Part.ROWS, _in_words(rule), "removed", effect, meaning)


def _in_words(rule: RowRule) -> str:
    """Return a row rule as one line."""
    place = f"{rule.resource}.{rule.at}" if rule.at else rule.resource
    tests = [
        f"{path} in ({', '.join(map(str, values))})"
        for path, values in rule.where.items()
    ]
    when = f"where {' and '.join(tests)}" if tests else "otherwise"
    return f"{place} {when}: {rule.scope or 'nothing'} releases it"


def _mis(old: Catalogue, new: Catalogue) -> Iterator[Change]:
    before, after = _needs(old.mis), _needs(new.mis)
    for name in sorted(before.keys() | after.keys()):
        more = after.get(name, set()) - before.get(name, set())
        less = before.get(name, set()) - after.get(name, set())
        if more:
            what = f"needs {quoted(sorted(more))} as well"
            meaning = "stops where the MIS account is known to lack that"
            yield Change(Part.MIS, name, what, Effect.NARROWS, meaning)
        if less:
            what = f"needs {quoted(sorted(less))} no more"
            meaning = "what was authorised, and only lacked that, flows again"
            yield Change(Part.MIS, name, what, Effect.REVIEW, meaning)


def _needs(tables: Mapping[str, Mapping[str, tuple[str, ...]]]) -> dict[str, set[str]]:
    return {
        f"{mis} {scope}": set(needed)
        for mis, table in tables.items()
        for scope, needed in table.items()
    }
