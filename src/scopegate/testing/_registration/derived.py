"""Strategies for values that follow from others: made as the package makes them."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import TypeVar

from attrs import frozen
from hypothesis import strategies as st

from ...adapters.base import Capabilities, Fetch
from ...catalogue.catalogue import Catalogue
from ...catalogue.resource import Resource
from ...consent.events import Authorised, Connected, Event, Presented
from ...consent.grant import Grant
from ...consent.mis_account import MisAccount
from ...consent.presentation import Presentation
from ...evidence.receipt import Receipt, receipt_for
from ...ledgers.base import school_stream
from ...ledgers.memory import MemoryLedger
from ...policy.permit import Permit
from ...proofs.notes import Signature
from ...records.condition import Comparison
from .._strategies.catalogues import Draw, catalogues
from .._strategies.grants import grants, permits
from .._strategies.values import presentations, requests
from ..permits import NOON, connection

T = TypeVar("T")
V = TypeVar("V")

CATALOGUES = catalogues()


def on_catalogue(
    make: Callable[[Catalogue], st.SearchStrategy[T]],
) -> st.SearchStrategy[T]:
    """Return the strategy of *make*, on catalogues of every kind."""
    return CATALOGUES.flatmap(make)


def one_of_each(
    whole: st.SearchStrategy[T], parts: Callable[[T], Iterable[V]]
) -> st.SearchStrategy[V]:
    """Return a strategy for one of the *parts* of what is drawn, if it has any."""
    found = whole.map(lambda value: tuple(parts(value)))
    return found.filter(bool).flatmap(st.sampled_from)


SHOWN = on_catalogue(presentations)
GRANTS = on_catalogue(grants)
PERMITS = on_catalogue(permits)
FLOWING = PERMITS.filter(lambda permit: permit.fields)
"""Permits by which something may flow."""


def of_permit(
    make: Callable[[Permit, Resource], T], permits: st.SearchStrategy[Permit] = PERMITS
) -> st.SearchStrategy[T]:
    """Return the strategy of *make* for a permit and a resource of its catalogue."""
    return permits.flatmap(
        lambda permit: st.builds(
            make,
            st.just(permit),
            st.sampled_from(tuple(permit.catalogue.resources.values())),
        )
    )


@frozen
class Recorded:
    """A grant, and the ledger in which it is written down."""

    grant: Grant
    ledger: MemoryLedger

    @property
    def receipt(self) -> Receipt:
        """The receipt of the grant."""
        return receipt_for(
            self.ledger,
            school=self.grant.school,
            grant=self.grant.id,
            clock=lambda: NOON,
        )


@st.composite
def _recorded(draw: Draw) -> Recorded:
    catalogue: Catalogue = draw(CATALOGUES)
    shown: Presentation = draw(presentations(catalogue))
    grant: Grant = draw(grants(catalogue, presentations=st.just(shown)))
    ledger, linked = MemoryLedger(), connection(grant.school)
    written: list[Event] = [
        Connected(linked, NOON),
        Presented(shown, None, NOON),
        Authorised(grant, NOON),
    ]
    ledger.append(school_stream(grant.school), written, 0)
    return Recorded(grant, ledger)


RECORDED = _recorded()


@st.composite
def _mis_accounts(draw: Draw, catalogue: Catalogue) -> MisAccount:
    held = draw(st.none() | st.frozensets(st.sampled_from(["read", "Emails"])))
    mis = draw(st.sampled_from([*catalogue.mis, "another"]))
    return MisAccount.for_request(catalogue, mis, draw(requests(catalogue)), held=held)


MIS_ACCOUNTS = on_catalogue(_mis_accounts)


@st.composite
def _capabilities(draw: Draw, resource: Resource) -> Capabilities:
    paths = st.sampled_from([leaf.path for leaf in resource.fields])
    compared = st.frozensets(st.sampled_from(Comparison))
    some = st.frozensets(paths, max_size=4)
    return Capabilities(
        projects=draw(st.booleans()),
        page_size=draw(st.none() | st.integers(1, 500)),
        conditions=draw(st.dictionaries(paths, compared, max_size=4)),
        orders=draw(some),
        totals=draw(st.booleans()),
        searches=draw(st.none() | some),
        changes=draw(st.none() | some),
    )


CAPABILITIES = on_catalogue(
    lambda catalogue: st.sampled_from(tuple(catalogue.resources.values()))
).flatmap(_capabilities)


def fetch_for(permit: Permit, resource: Resource) -> Fetch:
    """Return the fetch that an adapter is asked for to serve a permit."""
    path = permit.catalogue.school_path(resource)
    return Fetch(resource, permit.fields_needed(resource.name), permit.school, path)


KEY_NAMES = st.sampled_from(["scopegate.example/log", "witness", "é"])
SIGNATURES = st.builds(
    Signature, KEY_NAMES, st.binary(min_size=4, max_size=4), st.binary(min_size=1)
)
MOMENTS = st.timedeltas(timedelta(), timedelta(days=1))
