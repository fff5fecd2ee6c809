"""Advice to an app's developer on a request: what a school is likely to ask back.

A fault keeps a request from being published; advice does not. Every rule here is
a rough one and says so: it looks at names and words, not at what an app does.
"""

import re
from collections.abc import Iterator
from enum import StrEnum

from attrs import frozen

from .._base.values import quoted
from ..arguments import checked, made
from ..catalogue.catalogue import Catalogue
from ..catalogue.field import Sensitivity
from .request import AccessRequest


class AdviceCode(StrEnum):
    """Which rule gave the advice."""

    NO_REASON = "no_reason"
    SPECIAL_REQUIRED = "special_required"
    COVERED = "covered"
    MORE_THAN_REASON = "more_than_reason"
    ROWS_ALONE = "rows_alone"
    NO_RETENTION = "no_retention"
    NO_LAWFUL_BASIS = "no_lawful_basis"
    NO_CONTACT = "no_contact"


@made
@frozen
class Advice:
    """One thing to reconsider in a request.

    Attributes:
        scope: The scope it is about, or empty where it is about the whole.
        code: Which rule gave it.
        message: What to reconsider, and why, as one sentence.
    """

    scope: str
    code: AdviceCode
    message: str

    def __str__(self) -> str:
        return f"{self.scope or 'terms'}: {self.message}"


@checked
def advise(request: AccessRequest, catalogue: Catalogue) -> tuple[Advice, ...]:
    """Return advice to the developer of an app, to consider before publishing.

    Scopes come in the catalogue's order, the terms last. Scopes the catalogue
    does not have are passed over: they are faults, see `AccessRequest.faults`.
    """
    case = _Case(request, catalogue)
    found = [advice for key in case.asked for advice in case.about(key)]
    return (*found, *_about_terms(request))


_TERMS = (
    ("retention", AdviceCode.NO_RETENTION, "how long the data is kept"),
    ("lawful_basis", AdviceCode.NO_LAWFUL_BASIS, "the lawful basis (UK GDPR Art. 6)"),
    ("contact", AdviceCode.NO_CONTACT, "whom the school can ask about its data"),
)


def _about_terms(request: AccessRequest) -> Iterator[Advice]:
    """Yield advice on the terms left open; a school has to know each of them."""
    for name, code, what in _TERMS:
        if not getattr(request.terms, name).strip():
            yield Advice("", code, f"say {what}")


@frozen
class _Case:
    """A request read against a catalogue."""

    request: AccessRequest
    catalogue: Catalogue

    @property
    def asked(self) -> tuple[str, ...]:
        """The scopes asked for that the catalogue has, in its order."""
        return tuple(k for k in self.catalogue.scopes if k in self.request.scopes)

    def about(self, key: str) -> Iterator[Advice]:
        """Yield the advice on one scope."""
        if key in self.request.required:
            yield from self._required(key)
        yield from self._covered(key)
        yield from self._reason(key)
        yield from self._rows(key)

    def _required(self, key: str) -> Iterator[Advice]:
        """Yield advice on a scope that a school cannot leave out."""
        if not self.request.reasons.get(key, "").strip():
            message = "is required without a reason; say what does not work without it"
            yield Advice(key, AdviceCode.NO_REASON, message)
        levels = map(self.catalogue.sensitivity_of, self.catalogue.expand([key]))
        if Sensitivity.SPECIAL in levels:
            message = (
                "is special-category data; make it optional if the app can do without"
            )
            yield Advice(key, AdviceCode.SPECIAL_REQUIRED, message)

    def _covered(self, key: str) -> Iterator[Advice]:
        """Yield advice if every field comes with another scope anyway.

        A required scope is covered only by a required one, since a school may
        leave an optional box empty. Of two with the same fields the first in the
        catalogue stays. A scope that selects rows, or lets an app write, does more than
        its fields show and is covered only where it is included.
        """
        own = self.catalogue.fields_of([key])
        rivals = self.asked if key in self.request.optional else self._required_asked
        for other in rivals:
            included = key in self.catalogue.expand([other])
            theirs = self.catalogue.fields_of([other])
            earlier = self.asked.index(other) < self.asked.index(key)
            less = own.keys() <= theirs.keys() and (
                own.keys() < theirs.keys() or earlier
            )
            if other != key and (included or (less and self._is_only_fields(key))):
                message = f"comes with {quoted([other])} anyway; leave one of them out"
                yield Advice(key, AdviceCode.COVERED, message)
                return

    @property
    def _required_asked(self) -> tuple[str, ...]:
        return tuple(key for key in self.asked if key in self.request.required)

    def _is_only_fields(self, key: str) -> bool:
        """Tell whether a scope holds fields and does nothing else."""
        selects = any(rule.scope == key for rule in self.catalogue.rows)
        scope = self.catalogue.scope(key)
        return bool(scope.fields) and not selects and not scope.writes

    def _reason(self, key: str) -> Iterator[Advice]:
        """Yield advice on the fields of a scope that its reason does not mention.

        Words of the reason are compared with words of the titles, after leaving
        out short ones, endings of plurals, and words that every title of the
        scope has. A reason that mentions all fields or none gives no advice;
        keys are left out, since a record is useless without one.
        """
        spoken, silent = self._by_reason(key)
        if not spoken or not silent:
            return
        titles = (self.catalogue.field(path).title or path for path in silent)
        message = f"its reason does not mention {quoted(titles)}"
        narrower = self._narrower(key, frozenset(spoken))
        if narrower:
            message += (
                f"; {quoted([narrower])} holds what it mentions, and less besides"
            )
        yield Advice(key, AdviceCode.MORE_THAN_REASON, message)

    def _by_reason(self, key: str) -> tuple[list[str], list[str]]:
        """Return the fields of a scope that its reason mentions, and the others."""
        keys = {f"{r.name}.{r.key}" for r in self.catalogue.resources.values()}
        paths = [p for p in self.catalogue.scope(key).fields if p not in keys]
        words = {p: _words(self.catalogue.field(p).title) for p in paths}
        shared = frozenset.intersection(*words.values()) if words else frozenset()
        reason = _words(self.request.reasons.get(key, ""))
        spoken = [p for p in paths if reason & (words[p] - shared)]
        return spoken, [p for p in paths if p not in spoken]

    def _narrower(self, key: str, wanted: frozenset[str]) -> str | None:
        """Return the smallest scope with the *wanted* fields, smaller than *key*."""
        own = self.catalogue.fields_of([key]).keys()
        found = {
            other: fields
            for other in self.catalogue.scopes
            if wanted <= (fields := self.catalogue.fields_of([other]).keys()) < own
        }
        return min(found, key=lambda other: len(found[other]), default=None)

    def _rows(self, key: str) -> Iterator[Advice]:
        """Yield advice if a scope selects rows none of whose fields is asked for."""
        held = self.catalogue.fields_of(self.asked)
        rules = [rule for rule in self.catalogue.rows if rule.scope == key]
        starts = {f"{r.resource}.{r.at}." if r.at else f"{r.resource}." for r in rules}
        if not rules or any(path.startswith(tuple(starts)) for path in held):
            return
        givers = [
            other
            for other in self.catalogue.scopes
            if any(
                path.startswith(tuple(starts))
                for path in self.catalogue.fields_of([other])
            )
        ]
        of = quoted(dict.fromkeys(rule.resource for rule in rules))
        message = f"only selects rows of {of}, and no field of them is asked for; ask"
        message += f" for one of {quoted(givers[:3])} as well"
        yield Advice(key, AdviceCode.ROWS_ALONE, message)


def _words(text: str) -> frozenset[str]:
    """Return the words of four letters and more, without the endings of plurals."""
    found = re.findall(r"[^\W\d_]{4,}", text.casefold())
    return frozenset(word.removesuffix("s") for word in found)
