"""What changed between two catalogues, and what each change means for grants."""

from collections.abc import Iterator, Mapping
from enum import StrEnum

from attrs import field, frozen

from .._base.values import quoted
from ..arguments import made
from .catalogue import Catalogue
from .field import Field
from .resource import Resource, RowRule


class Effect(StrEnum):
    """What a change does to what flows on the day it comes into force.

    *unchanged*: what is authorised flows as before; anything new waits for a
    decision. *narrows*: less flows at once. *widens*: more flows at once without
    a decision, which is so for public data only. *review*: it depends on the
    connection, on the records, or on grants that had been stopped before.
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


@made
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


@made
@frozen
class CatalogueDiff:
    """Every difference between two catalogues.

    Attributes:
        old: Id and version of the first.
        new: Id and version of the second.
        changes: The differences, in the order of `Part`.
    """

    old: str
    new: str
    changes: tuple[Change, ...] = field(converter=tuple[Change, ...])

    @property
    def is_empty(self) -> bool:
        """Whether the two say the same."""
        return not self.changes

    def having(self, effect: Effect) -> tuple[Change, ...]:
        """Return the changes that have one effect."""
        return tuple(change for change in self.changes if change.effect is effect)


def diff(old: Catalogue, new: Catalogue) -> CatalogueDiff:
    """Return the differences from *old* to *new*, and what they mean for grants."""
    comparers = (_identity, _resources, _fields, _scopes, _public, _joints, _rows, _mis)
    changes = [change for compare in comparers for change in compare(old, new)]
    before, after = (f"{one.id} {one.version}" for one in (old, new))
    return CatalogueDiff(before, after, changes)


_ASK = "existing grants do not have it; a school must decide before it flows"
_SHOWN = "only what schools are shown; a decision that is pending must be shown again"
_PUBLIC = "it flows to every app over every connection, without a decision"
_WAIT = "rows now wait for it, for apps that were not granted it"
_WAIT_NO_MORE = "rows that waited for it no longer wait, for any app"
_AGAIN = "it flows again by grants that it had stopped for"


def _identity(old: Catalogue, new: Catalogue) -> Iterator[Change]:
    for what in _moved(old, new, "id"):
        meaning = "no grant made on the old catalogue permits anything by this one"
        yield Change(Part.CATALOGUE, new.id, what, Effect.NARROWS, meaning)
    for what in _moved(old, new, "policy_version"):
        effect, meaning = Effect.UNCHANGED, "grants stop for the fields that say so"
        if old.policy_version > new.policy_version:
            effect, meaning = Effect.NARROWS, "grants on the higher version stop"
        yield Change(Part.CATALOGUE, new.id, what, effect, meaning)


def _resources(old: Catalogue, new: Catalogue) -> Iterator[Change]:
    for name, resource in old.resources.items():
        if name not in new.resources:
            what = f"removed, fields: {len(resource.fields)}"
            meaning = "nothing of it flows any more, whatever was authorised"
            yield Change(Part.RESOURCE, name, what, Effect.NARROWS, meaning)
        else:
            yield from _resource(resource, new.resources[name])
    for name, resource in new.resources.items():
        if name not in old.resources:
            what = f"added, fields: {len(resource.fields)}"
            yield Change(Part.RESOURCE, name, what, Effect.UNCHANGED, _ASK)


def _resource(old: Resource, new: Resource) -> Iterator[Change]:
    meanings = {
        "title": _SHOWN,
        "key": "the public resource's key is what verifies a school",
        "subject": "decides which records a list of people covers",
        "person": "decides which list of people a record is held to",
        "school": "records that name no school there are withheld",
        "people": "decides which elements of lists a list of people covers",
        "identifiers": "decides by which fields a school may list people",
    }
    for attribute, meaning in meanings.items():
        effect = Effect.UNCHANGED if attribute == "title" else Effect.REVIEW
        for what in _moved(old, new, attribute):
            yield Change(Part.RESOURCE, new.name, what, effect, meaning)


def _moved(old: object, new: object, *attributes: str) -> Iterator[str]:
    """Yield a sentence for each of *attributes* that changed."""
    for attribute in attributes:
        before, after = getattr(old, attribute), getattr(new, attribute)
        if before != after:
            yield f"{attribute} {_told(before)} -> {_told(after)}"


def _told(value: object) -> str:
    if isinstance(value, Mapping):
        value = tuple(f"{key} = {item}" for key, item in value.items())
    if isinstance(value, tuple):
        return ", ".join(value) or "none"
    return str(value)


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
    for what in _moved(old, new, "kind", "title"):
        yield Change(Part.FIELD, new.path, what, Effect.UNCHANGED, _SHOWN)
    for what in _moved(old, new, "sensitivity"):
        effect, meaning = Effect.NARROWS, "it stops for grants that pinned it lower"
        if new.sensitivity.rank < old.sensitivity.rank:
            effect, meaning = Effect.REVIEW, _AGAIN
        yield Change(Part.FIELD, new.path, what, effect, meaning)
    for what in _moved(old, new, "policy_version"):
        effect, meaning = Effect.NARROWS, "it stops for grants on older versions"
        if new.policy_version < old.policy_version:
            effect, meaning = Effect.REVIEW, _AGAIN
        yield Change(Part.FIELD, new.path, what, effect, meaning)


def _scopes(old: Catalogue, new: Catalogue) -> Iterator[Change]:
    for key in old.scopes:
        if key in new.scopes:
            yield from _scope(old, new, key)
        else:
            meaning = "it can no longer be asked for; grants keep their pinned fields"
            yield Change(Part.SCOPE, key, "removed", Effect.UNCHANGED, meaning)
    for key in (k for k in new.scopes if k not in old.scopes):
        what = f"added, fields: {len(new.fields_of([key]))}"
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
    was, now = old.scope(key), new.scope(key)
    if was.description != now.description:
        what = "description reworded"
        yield Change(Part.SCOPE, key, what, Effect.UNCHANGED, _SHOWN)
    for what in _moved(was, now, "title", "sensitivity", "includes", "writes"):
        yield Change(Part.SCOPE, key, what, Effect.UNCHANGED, _SHOWN)


def _arrival(new: Catalogue, key: str) -> tuple[Effect, str]:
    """Return the effect and the meaning of something new in a scope."""
    is_public = key in new.public_scopes
    return (Effect.WIDENS, _PUBLIC) if is_public else (Effect.UNCHANGED, _ASK)


def _public(old: Catalogue, new: Catalogue) -> Iterator[Change]:
    """Yield the changes to what flows without any grant."""
    for path in (p for p in new.public_fields if p not in old.public_fields):
        yield Change(Part.FIELD, path, "becomes public", Effect.WIDENS, _PUBLIC)
    for path in (p for p in old.public_fields if p not in new.public_fields):
        meaning = "it no longer flows without a grant"
        yield Change(Part.FIELD, path, "is no longer public", Effect.NARROWS, meaning)
    selecting = {rule.scope for rule in new.rows if rule.scope}
    for key in sorted(selecting & (new.public_scopes - old.public_scopes)):
        what = "becomes public, and selects rows"
        yield Change(Part.SCOPE, key, what, Effect.WIDENS, _WAIT_NO_MORE)
    for key in sorted(selecting & (old.public_scopes - new.public_scopes)):
        what = "is no longer public, and selects rows"
        yield Change(Part.SCOPE, key, what, Effect.NARROWS, _WAIT)


def _joints(old: Catalogue, new: Catalogue) -> Iterator[Change]:
    before, after = _joined(old), _joined(new)
    for path, scopes in sorted(before ^ after):
        verb, meaning = "no longer comes", "existing grants keep it if they pinned it"
        if (path, scopes) in after:
            verb, meaning = "now comes", _ASK
        what = f"{verb} with {' + '.join(scopes)}"
        yield Change(Part.JOINT, path, what, Effect.UNCHANGED, meaning)


def _joined(catalogue: Catalogue) -> set[tuple[str, tuple[str, ...]]]:
    return {(p, tuple(sorted(j.scopes))) for j in catalogue.joints for p in j.fields}


def _rows(old: Catalogue, new: Catalogue) -> Iterator[Change]:
    public = {new.fields[path].resource for path in new.public_fields}
    for rule in (r for r in new.rows if r not in old.rows):
        effect = Effect.REVIEW if rule.resource in public else Effect.NARROWS
        meaning = "rows it withholds stop at once; a row must pass old and new rules"
        yield Change(Part.ROWS, _in_words(rule), "added", effect, meaning)
    closed = {(rule.resource, rule.at) for rule in new.rows if rule.is_otherwise}
    for rule in (r for r in old.rows if r not in new.rows):
        effect = Effect.UNCHANGED
        meaning = "existing grants keep the rule; new ones do not have it"
        if rule.resource in public:
            effect, meaning = Effect.WIDENS, "what is public in its rows may flow"
        elif (rule.resource, rule.at) in closed:
            effect, meaning = Effect.NARROWS, "its rows are now among the others"
        yield Change(Part.ROWS, _in_words(rule), "removed", effect, meaning)


def _in_words(rule: RowRule) -> str:
    place = f"{rule.resource}.{rule.at}" if rule.at else rule.resource
    where = rule.where.items()
    tests = [f"{path} in ({', '.join(map(str, known))})" for path, known in where]
    when = f"where {' and '.join(tests)}" if tests else "otherwise"
    return f"{place} {when}: {rule.scope or 'nothing'} releases it"


def _mis(old: Catalogue, new: Catalogue) -> Iterator[Change]:
    before, after = _needs(old), _needs(new)
    for name in sorted(before.keys() | after.keys()):
        had, has = before.get(name, set()), after.get(name, set())
        if more := has - had:
            what = f"needs {quoted(sorted(more))} as well"
            meaning = "stops where the MIS account is known to lack that"
            yield Change(Part.MIS, name, what, Effect.NARROWS, meaning)
        if less := had - has:
            what = f"needs {quoted(sorted(less))} no more"
            meaning = "what was authorised, and only lacked that, flows again"
            yield Change(Part.MIS, name, what, Effect.REVIEW, meaning)


def _needs(catalogue: Catalogue) -> dict[str, set[str]]:
    return {
        f"{mis} {scope}": set(needed)
        for mis, table in catalogue.mis.items()
        for scope, needed in table.items()
    }
