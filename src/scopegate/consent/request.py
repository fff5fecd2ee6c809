"""`AccessRequest`: what an app asks of a school, before anything is decided."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Self

from attrs import asdict, field, frozen

from .._base.frozen import FrozenMapping
from .._base.values import EMPTY, is_clean, quoted
from ..arguments import checked
from ..catalogue.catalogue import Catalogue
from ..errors import Fault, InvalidRequestError, UnknownScopeError


@checked
@frozen
class Terms:
    """On what terms an app asks; shown to the school word for word.

    Attributes:
        retention: How long the app keeps the data, "until the pupil leaves".
        lawful_basis: The basis under UK GDPR Art. 6 (and 9), "public task".
        contact: Where the school reaches the app's data protection lead.
    """

    retention: str = ""
    lawful_basis: str = ""
    contact: str = ""


_ANY = "the request"


def _scopes(given: Iterable[str]) -> frozenset[str]:
    if isinstance(given, str):
        fault = Fault(
            "scopes", "is one text; pass a set of scopes, or from_scope_string"
        )
        raise InvalidRequestError(_ANY, [fault])
    return frozenset(given)


@checked
@frozen
class AccessRequest:
    """A Data Access Request: required and optional scopes, with reasons and terms.

    A request may be drafted without an app or a purpose; publishing it then
    says what is missing.

    Attributes:
        app: The app that asks.
        purpose: What it asks for, in words for the school.
        required: Scopes without which the app does not work.
        optional: Scopes the school may tick or leave.
        reasons: Why a scope is asked for, by scope.
        terms: Retention, lawful basis, contact.

    Raises:
        InvalidRequestError: A scope is both required and optional, is not a scope key
            at all, or a reason is given for a scope that is not asked for.
    """

    app: str = ""
    purpose: str = ""
    required: frozenset[str] = field(converter=_scopes, default=frozenset())
    optional: frozenset[str] = field(converter=_scopes, default=frozenset())
    reasons: Mapping[str, str] = field(converter=FrozenMapping[str, str], default=EMPTY)
    terms: Terms = Terms()

    def __attrs_post_init__(self) -> None:
        if faults := tuple(self._form_faults()):
            raise InvalidRequestError(self._subject, faults)

    @classmethod
    def from_scope_string(
        cls,
        text: str,
        *,
        app: str = "",
        purpose: str = "",
        reasons: Mapping[str, str] = EMPTY,
        terms: Terms = Terms(),
    ) -> Self:
        """Return the request that a platform's scope string spells.

        Scopes stand apart by spaces; `:required` and `:optional` may follow a
        key, and a key without either is required.

        Raises:
            InvalidRequestError: A suffix is neither, or a scope is asked both ways.

        >>> request = AccessRequest.from_scope_string(
        ...     "students.basic students.emails:optional"
        ... )
        >>> sorted(request.required), sorted(request.optional)
        (['students.basic'], ['students.emails'])
        """
        asked: dict[str, set[str]] = {"required": set(), "optional": set()}
        faults = []
        for word in text.split():
            key, colon, suffix = word.partition(":")
            if key and (suffix if colon else "required") in asked:
                asked[suffix or "required"].add(key)
            else:
                message = "is written key, key:required or key:optional"
                faults.append(Fault(f"scope `{word}`", message))
        if faults:
            raise InvalidRequestError(_ANY, faults)
        return cls(app, purpose, **asked, reasons=reasons, terms=terms)

    @property
    def scopes(self) -> frozenset[str]:
        """Every scope asked for."""
        return self.required | self.optional

    def faults(self, catalogue: Catalogue) -> tuple[Fault, ...]:
        """Return all the faults that keep this request from being published."""
        return tuple(self._publishing_faults(catalogue))

    @property
    def _subject(self) -> str:
        return f"the request of app `{self.app}`" if self.app else _ANY

    def _form_faults(self) -> Iterator[Fault]:
        for key in sorted(self.required & self.optional):
            yield Fault(f"scope `{key}`", "is required and optional; choose one")
        for key in sorted(set(self.reasons) - self.scopes):
            yield Fault(
                f"reason for `{key}`", "is given, but the scope is not asked for"
            )
        for key in sorted(self.scopes):
            if not key or not is_clean(key) or any(c.isspace() for c in key):
                yield Fault(f"scope `{key}`", "is not a scope key")
        for name, text in self._texts():
            if not is_clean(text):
                yield Fault(name, "holds a control character")

    def _texts(self) -> Iterator[tuple[str, str]]:
        """Yield every text that a school is shown, with its place."""
        yield from (("app", self.app), ("purpose", self.purpose))
        yield from asdict(self.terms).items()
        for key, reason in self.reasons.items():
            yield f"reason for `{key}`", reason

    def _publishing_faults(self, catalogue: Catalogue) -> Iterator[Fault]:
        if not self.app.strip():
            yield Fault("app", "is missing; name the app that asks")
        if not self.purpose.strip():
            yield Fault("purpose", "is missing; tell the school what the app does")
        if not self.scopes:
            yield Fault("scopes", "are missing; ask for at least one")
        for key in sorted(self.scopes):
            yield from self._scope_faults(key, catalogue)

    def _scope_faults(self, key: str, catalogue: Catalogue) -> Iterator[Fault]:
        part = "required" if key in self.required else "optional"
        try:
            catalogue.scope(key)
        except UnknownScopeError as error:
            hint = f"; did you mean {quoted(error.near)}?" if error.near else ""
            yield Fault(part, f"names the unknown scope {quoted([key])}{hint}")
            return
        if part == "optional" and key in catalogue.expand(
            self.required & catalogue.scopes.keys()
        ):
            yield Fault(
                part,
                f"offers {quoted([key])}, which a required scope already brings along"
                "; leave it out, or ask for less as required",
            )
