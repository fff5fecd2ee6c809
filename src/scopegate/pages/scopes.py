"""`ScopeView`: a scope as a person reads it before deciding, with every field."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby

from attrs import field, frozen

from .._base.values import EMPTY, texts
from ..arguments import made
from ..catalogue.field import Sensitivity
from ..consent.presentation import Mark, PresentedField, PresentedJoint, PresentedScope
from .words import counted

SENSITIVITY_WORDS = {
    Sensitivity.PUBLIC: "Public",
    Sensitivity.PERSONAL: "Personal",
    Sensitivity.SPECIAL: "Special care",
    Sensitivity.SECRET: "Secret",
}
"""What a school reads about a sensitivity; *special* is UK GDPR Art. 9, and more."""


@made
@frozen
class FieldView:
    """One field, in words.

    Attributes:
        path: Its path.
        title: Its title, or its path where it has none.
        is_special: Whether it asks for special care.
        is_new: Whether it is not authorised at present, where there is a grant.
    """

    path: str
    title: str
    is_special: bool
    is_new: bool

    @classmethod
    def of(cls, shown: PresentedField) -> "FieldView":
        """Return a presented field, in words."""
        is_special = shown.sensitivity.rank >= Sensitivity.SPECIAL.rank
        title = shown.title or shown.path
        return cls(shown.path, title, is_special, shown.mark is Mark.NEW)


@made
@frozen
class FieldGroup:
    """The fields of one kind of record, in the order shown."""

    resource: str
    fields: tuple[FieldView, ...] = field(converter=tuple[FieldView, ...])


def grouped(fields: Iterable[PresentedField]) -> tuple[FieldGroup, ...]:
    """Return fields by the kind of record they are of, in the order shown."""
    return tuple(
        FieldGroup(resource, map(FieldView.of, leaves))
        for resource, leaves in groupby(fields, _resource)
    )


def _resource(shown: PresentedField) -> str:
    """Return the everyday name of the record that a field is in."""
    return shown.path.partition(".")[0].replace("_", " ").capitalize()


@made
@frozen
class ScopeView:
    """One scope, in words.

    Attributes:
        key: Its key.
        title: Its title, or its key where it has none.
        description: Its one line.
        sensitivity: How much care it asks for, in words.
        is_special: Whether anything in it asks for special care.
        reason: Why the app asks for it, or empty.
        groups: Its fields, by kind of record; those that are shown above already
            are left to `above`.
        above: How many of its fields are shown above, in words, or empty.
        size: How many fields it has in all, in words.
        includes: The scopes that come along, by their titles where these are shown.
        writes: What the app could write to.
        is_new: Whether it is not authorised at present, where there is a grant.
        is_ticked: Whether its box is ticked; a required scope has no box.
    """

    key: str
    title: str
    description: str
    sensitivity: str
    is_special: bool
    reason: str
    groups: tuple[FieldGroup, ...] = field(converter=tuple[FieldGroup, ...])
    above: str
    size: str
    includes: tuple[str, ...] = field(converter=texts)
    writes: tuple[str, ...] = field(converter=texts)
    is_new: bool
    is_ticked: bool = False

    @classmethod
    def of(
        cls,
        shown: PresentedScope,
        ticked: frozenset[str] = frozenset(),
        above: frozenset[str] = frozenset(),
        titles: Mapping[str, str] = EMPTY,
    ) -> "ScopeView":
        """Return a presented scope, in words.

        Args:
            shown: The scope.
            ticked: The boxes that are ticked.
            above: The fields that are shown above it already.
            titles: What the scopes are called that are shown with it, by key.
        """
        fresh = [leaf for leaf in shown.fields if leaf.path not in above]
        count = len(shown.fields) - len(fresh)
        return cls(
            key=shown.key,
            title=shown.title or shown.key,
            description=shown.description,
            sensitivity=SENSITIVITY_WORDS[shown.sensitivity],
            is_special=shown.sensitivity.rank >= Sensitivity.SPECIAL.rank,
            reason=shown.reason,
            groups=grouped(fresh),
            above=f"{counted(count, 'field')} shown above" if count else "",
            size=counted(len(shown.fields), "field"),
            includes=(titles.get(key, key) for key in shown.includes),
            writes=shown.writes,
            is_new=shown.mark is Mark.NEW,
            is_ticked=shown.key in ticked,
        )


def scope_views(
    given: Iterable[PresentedScope],
    ticked: frozenset[str] = frozenset(),
    above: Iterable[PresentedScope] = (),
) -> tuple[ScopeView, ...]:
    """Return presented scopes in words, each without what those *above* show."""
    given, above = tuple(given), tuple(above)
    shown = frozenset(leaf.path for scope in above for leaf in scope.fields)
    titles = titles_of((*above, *given))
    return tuple(ScopeView.of(scope, ticked, shown, titles) for scope in given)


@made
@frozen
class JointView:
    """Fields that come only with several scopes together, in words."""

    scopes: tuple[str, ...] = field(converter=texts)
    groups: tuple[FieldGroup, ...] = field(converter=tuple[FieldGroup, ...])

    @classmethod
    def of(cls, shown: PresentedJoint, titles: dict[str, str]) -> "JointView":
        """Return the fields that wait for several scopes, in words, by title."""
        names = (titles.get(key, key) for key in shown.scopes)
        return cls(names, grouped(shown.fields))


def titles_of(scopes: Iterable[PresentedScope]) -> dict[str, str]:
    """Return the title of each scope by its key."""
    return dict(_titles(scopes))


def _titles(scopes: Iterable[PresentedScope]) -> Iterator[tuple[str, str]]:
    for scope in scopes:
        yield scope.key, scope.title or scope.key
