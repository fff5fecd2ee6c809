"""Lets through exactly the school data that a school authorised, and nothing else.

The front door: what most services need. Everything else is exported by the wings,
such as `scopegate.adapters` and `scopegate.ledgers`; what they list is public.
"""

from typing import TYPE_CHECKING

from ._base.face import hand_on

if TYPE_CHECKING:
    from .catalogue.catalogue import Catalogue as Catalogue
    from .catalogue.field import Field as Field
    from .catalogue.resource import Resource as Resource, RowRule as RowRule
    from .catalogue.scope import Scope as Scope
    from .consent.connection import Connection as Connection
    from .consent.decision import Actor as Actor
    from .consent.grant import Grant as Grant
    from .consent.presentation import Presentation as Presentation
    from .consent.request import AccessRequest as AccessRequest, Terms as Terms
    from .consent.subjects import Subjects as Subjects
    from .errors import (
        AccessDeniedError as AccessDeniedError,
        CatalogueError as CatalogueError,
        InvalidRequestError as InvalidRequestError,
        QueryRefusedError as QueryRefusedError,
        ScopegateError as ScopegateError,
    )
    from .gate.access import Access as Access
    from .gate.gate import Gate as Gate
    from .policy.permit import Permit as Permit
    from .records.condition import Condition as Condition
    from .records.query import Query as Query
    from .register.register import ConsentRegister as ConsentRegister
else:
    __all__, __getattr__, __dir__ = hand_on(
        __name__,
        {
            "catalogue.catalogue": "Catalogue",
            "catalogue.field": "Field",
            "catalogue.resource": "Resource RowRule",
            "catalogue.scope": "Scope",
            "consent.connection": "Connection",
            "consent.decision": "Actor",
            "consent.grant": "Grant",
            "consent.presentation": "Presentation",
            "consent.request": "AccessRequest Terms",
            "consent.subjects": "Subjects",
            "errors": (
                "AccessDeniedError CatalogueError InvalidRequestError "
                "QueryRefusedError ScopegateError"
            ),
            "gate.access": "Access",
            "gate.gate": "Gate",
            "policy.permit": "Permit",
            "records.condition": "Condition",
            "records.query": "Query",
            "register.register": "ConsentRegister",
        },
    )
