"""`Authority`: what the host service says about the visitor of a page."""

from typing import Protocol

from attrs import field, frozen
from attrs.converters import optional

from .._base.values import names
from ..arguments import checked
from ..consent.decision import Actor
from .messages import Asked


@checked
@frozen
class Visitor:
    """Somebody who is signed in to the host service, and for whom they may act.

    Attributes:
        actor: Who they are; what they decide carries this. Give it an `id`: two people
            of one name are one person without.
        schools: The schools whose pages they may see.
        decides_for: The schools among these that they may decide for; None is all of
            them. The register's own `authority` is asked besides this.
        apps: The apps whose side they may see, as their vendor.
    """

    actor: Actor
    schools: frozenset[str] = field(converter=names, default=frozenset())
    decides_for: frozenset[str] | None = field(converter=optional(names), default=None)
    apps: frozenset[str] = field(converter=names, default=frozenset())

    def may_see(self, school: str) -> bool:
        """Tell whether they may see the pages of *school*."""
        return school in self.schools

    def may_decide(self, school: str) -> bool:
        """Tell whether they may decide for *school*; never for one they cannot see."""
        decides_for = self.schools if self.decides_for is None else self.decides_for
        return self.may_see(school) and school in decides_for


class Authority(Protocol):
    """Says who is at the pages. Signing people in is the host's affair."""

    def visitor(self, asked: Asked) -> Visitor | None:
        """Return the visitor, or None for somebody who is not signed in.

        It is called for every page, and its answer is good for that page only. An
        error it raises ends in a page that reveals nothing.

        Args:
            asked: What is asked for; `asked.host` is the host framework's request.
        """
        ...
