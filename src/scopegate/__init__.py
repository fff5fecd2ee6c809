"""Lets through exactly the school data that a school authorised, and nothing else.

The front door: everything most services need. Adapters, ledgers and the testing
kit are imported from their own modules.
"""

from .catalogue.catalogue import Catalogue
from .catalogue.field import Field
from .catalogue.resource import Resource, RowRule
from .catalogue.scope import Scope
from .consent.connection import Connection
from .consent.decision import Actor
from .consent.grant import Grant
from .consent.presentation import Presentation
from .consent.request import AccessRequest, Terms
from .consent.subjects import Subjects
from .errors import (
    AccessDeniedError,
    CatalogueError,
    InvalidRequestError,
    QueryRefusedError,
    ScopegateError,
)
from .gate.access import Access
from .gate.gate import Gate
from .policy.permit import Permit
from .records.condition import Condition
from .records.query import Query
from .register.register import ConsentRegister

__all__ = [
    "Access",
    "AccessDeniedError",
    "AccessRequest",
    "Actor",
    "Catalogue",
    "CatalogueError",
    "Condition",
    "Connection",
    "ConsentRegister",
    "Field",
    "Gate",
    "Grant",
    "InvalidRequestError",
    "Permit",
    "Presentation",
    "Query",
    "QueryRefusedError",
    "Resource",
    "RowRule",
    "Scope",
    "ScopegateError",
    "Subjects",
    "Terms",
]
