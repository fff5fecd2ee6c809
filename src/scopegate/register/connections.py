"""What a school's connection needs: proof, permissions, and the school's own rules."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from .._base.values import names
from ..adapters._asking.school_check import prove_school
from ..adapters.base import Adapter
from ..consent.connection import Connection
from ..consent.decision import Actor, TwoPersonRule
from ..consent.events import (
    Connected,
    Disconnected,
    Event,
    PermissionsChanged,
    TwoPersonRuleSet,
)
from ..consent.fold import fold_school
from ..consent.mis_account import MisAccount
from ..consent.standing import account_of
from ..errors import NotConnectedError
from ..ledgers.base import school_stream
from .transaction import Office

ANY_APP = "any"
"""Stands for the app where a decision is about none."""


class Connecting(Office):
    """The decisions on a school's connection; part of `ConsentRegister`."""

    def connect(
        self,
        *,
        school: str,
        mis: str,
        adapter: Adapter,
        permissions: Iterable[str] | None = None,
    ) -> Connection:
        """Verify a school's MIS connection and record it.

        Only the public scope of the public resource is read.

        Args:
            school: The school, by the key of the public resource (its URN).
            mis: The MIS, as the catalogue's permission tables call it.
            adapter: The interface to verify.
            permissions: What the MIS account may do, where that is known.

        Raises:
            WrongSchoolError: The MIS serves another school.
            UnverifiedSchoolError: The MIS does not say which school it serves.
        """
        name = prove_school(adapter, self._catalogue, school)

        def decide(_: Sequence[Event]) -> tuple[list[Event], Connection]:
            at = self._clock()
            connection = Connection(school, mis, name, at, permissions)
            return [Connected(connection, at)], connection

        return self._commit(school_stream(school), decide)

    def disconnect(self, *, school: str, actor: Actor, reason: str = "") -> None:
        """End the school's connection: nothing flows until it is connected again.

        Grants are not ended by it, and count again over the next connection.

        Raises:
            NotConnectedError: There is none.
            NoAuthorityError: *actor* may not decide for the school.
        """
        self._at_school(school, actor, lambda at: Disconnected(actor, reason, at))

    def change_permissions(
        self, *, school: str, permissions: Iterable[str] | None
    ) -> None:
        """Record what the school's MIS account may do by now.

        Fields that need more are withheld at once. Recording what is recorded
        already does nothing.

        Args:
            school: The school.
            permissions: What the account may do, or None when that is unknown.

        Raises:
            NotConnectedError: The school has no connection.
        """
        held = None if permissions is None else names(permissions)

        def decide(events: Sequence[Event]) -> tuple[list[Event], None]:
            connection = fold_school(events).connection
            if connection is None:
                raise NotConnectedError(school, ANY_APP)
            if connection.permissions == held:
                return [], None
            return [PermissionsChanged(held, self._clock())], None

        self._commit(school_stream(school), decide)

    def mis_account(self, *, school: str) -> MisAccount:
        """Return what the school's MIS account holds, beside what it authorised.

        It says which granted scopes the account cannot serve now, and what it holds
        without need; nothing is recorded.

        Raises:
            NotConnectedError: The school has no connection.
        """
        state, now = self.state(school), self._clock()
        account = account_of(self._catalogue, state, school=school, now=now)
        if account is None:
            raise NotConnectedError(school, ANY_APP)
        return account

    def require_two_people(
        self, rule: TwoPersonRule | None, *, school: str, actor: Actor
    ) -> None:
        """Set, or with None end, the school's rule that two people authorise.

        It counts for decisions from now on; no grant changes. For whoever ends
        or weakens a rule it holds on, until one as strict is set again: else one
        person could do alone, in two steps, what takes two.

        Raises:
            NotConnectedError: The school has no connection.
            NoAuthorityError: *actor* may not decide for the school.
        """
        self._at_school(school, actor, lambda at: TwoPersonRuleSet(rule, actor, at))

    def _at_school(
        self, school: str, actor: Actor, event: Callable[[datetime], Event]
    ) -> None:
        """Record what a school decides on its connection or its rules."""

        def decide(events: Sequence[Event]) -> tuple[list[Event], None]:
            at = self._clock()
            if fold_school(events).connection is None:
                raise NotConnectedError(school, ANY_APP)
            self._check_authority(actor, school, ANY_APP, at)
            return [event(at)], None

        self._commit(school_stream(school), decide)
