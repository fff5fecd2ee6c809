"""`MisAccount`: what an MIS account holds, next to what must be served through it.

An MIS has permissions of its own, and the account that connects holds some. Too
few, and what a school authorised is withheld; too many, and the account could read what
no one authorised.
"""

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Self

from attrs import field, frozen

from .._base.values import frozen_mapping, names, printable, texts
from ..arguments import made
from ..catalogue.catalogue import Catalogue
from ..catalogue.mis_permissions import near_names, needed, table_of, unlisted
from ..errors import UnknownScopeError
from .connection import Connection
from .request import AccessRequest
from .state import GrantRevision

Permissions = frozenset[str]
"""Names of permissions, as the MIS writes them."""


class AccountStatus(StrEnum):
    """Whether an MIS account can serve what it is to serve."""

    SERVES_ALL = "serves_all"
    LACKS_PERMISSIONS = "lacks_permissions"
    PERMISSIONS_UNKNOWN = "permissions_unknown"
    NO_TABLE = "no_table"

    @property
    def sentence(self) -> str:
        """The status in words for a person."""
        return _SENTENCES[self]


_SENTENCES: Mapping[AccountStatus, str] = {
    AccountStatus.SERVES_ALL: "the MIS account lacks nothing that the catalogue names",
    AccountStatus.LACKS_PERMISSIONS: "the MIS account lacks permissions it needs",
    AccountStatus.PERMISSIONS_UNKNOWN: "no one has said what the MIS account holds",
    AccountStatus.NO_TABLE: "the catalogue has no permission table for the MIS",
}


def _needed(
    given: Mapping[str, Permissions] | None,
) -> Mapping[str, Permissions] | None:
    return None if given is None else frozen_mapping(given)


def _held(given: Iterable[str] | None) -> Permissions | None:
    return None if given is None else names(given)


def _apps(given: Mapping[str, Permissions]) -> Mapping[str, frozenset[str]]:
    return frozen_mapping(given)


@made
@frozen
class MisAccount:
    """What an MIS account holds, and what it must hold for some scopes.

    The scopes are those granted, or those of one request, and the public ones,
    which every connection serves.

    Attributes:
        mis: The MIS, as the catalogue's permission tables call it.
        held: What the account holds, or None when that is unknown.
        needed: For each scope all it needs, what is common to all included, in the
            order of the catalogue; None where the catalogue has no table.
        apps: For each scope the apps it is for; none for public data that no app
            asked for.
        common: What is needed whatever is asked.
        unlisted: Those scopes that the table does not mention. What is common is
            counted for them; whether they need more, the MIS must say.
        near: The MISs with similar names that have a table, if this one has none.
    """

    mis: str
    held: Permissions | None = field(converter=_held)
    needed: Mapping[str, Permissions] | None = field(converter=_needed)
    apps: Mapping[str, frozenset[str]] = field(converter=_apps)
    common: Permissions = field(converter=names, default=frozenset())
    unlisted: tuple[str, ...] = field(converter=texts, default=())
    near: tuple[str, ...] = field(converter=texts, default=())

    @classmethod
    def for_grants(
        cls,
        catalogue: Catalogue,
        connection: Connection,
        revisions: Iterable[GrantRevision],
    ) -> Self:
        """Return the account of a connected school, next to what it authorised.

        A scope counts while a field that it brought may flow, as far as the MIS is
        not what withholds it; and a scope that brought none, since it may open rows
        or let an app write.

        Args:
            catalogue: The catalogue in force.
            connection: The school's connection.
            revisions: The revisions of its grants that are live.
        """
        served = {r.grant.app: frozenset(_served(catalogue, r)) for r in revisions}
        return cls._of(catalogue, connection.mis, served, connection.permissions)

    @classmethod
    def for_request(
        cls,
        catalogue: Catalogue,
        mis: str,
        request: AccessRequest,
        *,
        optional: Iterable[str] | None = None,
        held: Iterable[str] | None = None,
    ) -> Self:
        """Return the account needed to serve a request, before any decision.

        `permissions` is then what to ask of the MIS, and no more is needed; with
        *held*, `missing` is what to add, and `unneeded` what this request needs
        none of, though other apps may.

        Args:
            catalogue: The catalogue in force.
            mis: The MIS, as the catalogue's permission tables call it.
            request: What the app asks for.
            optional: The optional scopes to count in; None counts all of them.
            held: What the account holds, where that is known.

        Raises:
            UnknownScopeError: The catalogue lacks a scope of the request, or the
                request does not offer one of *optional*.
        """
        ticked = request.optional if optional is None else names(optional)
        for key in sorted(ticked - request.optional):
            raise UnknownScopeError(key, request.optional)
        scopes = catalogue.expand(request.required | ticked)
        return cls._of(catalogue, mis, {request.app: frozenset(scopes)}, _held(held))

    @classmethod
    def _of(
        cls,
        catalogue: Catalogue,
        mis: str,
        served: Mapping[str, frozenset[str]],
        held: Permissions | None,
    ) -> Self:
        """Return the account that serves each app some scopes."""
        apps = _by_scope(catalogue, served)
        tables = catalogue.mis
        if table_of(tables, mis) is None:
            return cls(mis, held, None, apps, near=near_names(tables, mis))
        return cls(
            mis,
            held,
            needed={key: needed(tables, mis, [key]) for key in apps},
            apps=apps,
            common=needed(tables, mis, ()),
            unlisted=unlisted(
                tables, mis, (k for k in apps if k not in catalogue.public_scopes)
            ),
        )

    @property
    def status(self) -> AccountStatus:
        """Whether the account can serve everything, or None when no one can tell."""
        if self.needed is None:
            return AccountStatus.NO_TABLE
        if self.held is None:
            return AccountStatus.PERMISSIONS_UNKNOWN
        if self.missing:
            return AccountStatus.LACKS_PERMISSIONS
        return AccountStatus.SERVES_ALL

    @property
    def sentence(self) -> str:
        """The status in words, with the MIS that has no table by its name."""
        if self.needed is not None:
            return self.status.sentence
        words = f"the catalogue has no permission table for {printable(self.mis)}"
        if self.near:
            near = printable(", ".join(self.near))
            words += f"; it has one for {near}, which may be the same MIS"
        return words

    @property
    def unchecked(self) -> str:
        """Why nothing is checked against what the account holds, or empty if it is."""
        if self.missing is not None:
            return ""
        return f"Not checked against the account's permissions: {self.sentence}"

    @property
    def permissions(self) -> Permissions | None:
        """All that is needed, and no more; None where there is no table."""
        if self.needed is None:
            return None
        return frozenset().union(*self.needed.values())

    @property
    def missing(self) -> Mapping[str, Permissions] | None:
        """The scopes that cannot be served, each with what the account lacks.

        Empty when nothing is lacking, and None when no one can tell; see `status`.
        What is granted and comes with one of these is withheld, as
        `mis_permission_missing`; public data never is.
        """
        if self.needed is None or self.held is None:
            return None
        lacked = {key: row - self.held for key, row in self.needed.items()}
        return frozen_mapping({key: row for key, row in lacked.items() if row})

    @property
    def unneeded(self) -> Permissions | None:
        """What the account holds without need; None when what it holds is unknown.

        Empty while a scope is `unlisted`, since any of it may be what that needs;
        see `unjudged`. None, too, where there is no table.
        """
        spare = self._spare
        return frozenset() if spare is not None and self.unlisted else spare

    @property
    def unjudged(self) -> Permissions | None:
        """What the account holds and only an `unlisted` scope may need.

        With `unneeded` it is all that the table finds no need for.
        """
        spare = self._spare
        return spare if spare is None or self.unlisted else frozenset()

    @property
    def _spare(self) -> Permissions | None:
        if self.permissions is None or self.held is None:
            return None
        return self.held - self.permissions


def _by_scope(
    catalogue: Catalogue, served: Mapping[str, frozenset[str]]
) -> dict[str, frozenset[str]]:
    """Return the apps of each scope, in the order of the catalogue.

    The public scopes are among them; those that the catalogue no longer has are last.
    """
    keys = catalogue.public_scopes.union(*served.values())
    gone = sorted(keys - catalogue.scopes.keys())
    return {
        key: frozenset(app for app, own in served.items() if key in own)
        for key in (*(k for k in catalogue.scopes if k in keys), *gone)
    }


def _served(catalogue: Catalogue, revision: GrantRevision) -> Iterator[str]:
    """Yield the scopes that a live grant is served by."""
    grant = revision.grant
    pinned = frozenset(key for pin in grant.pins.values() for key in pin.scopes)
    for path in revision.live_fields(catalogue):
        yield from grant.pins[path].scopes
    if grant.catalogue == catalogue.id:
        yield from (frozenset(grant.scopes) - pinned) & catalogue.scopes.keys()
