"""What there is: the resources, fields and scopes of an MIS, and the rules for rows.

A catalogue is read from TOML, checked whole, and never changes afterwards. It
imports neither records nor anything that was decided on them.
"""

from typing import TYPE_CHECKING

from .._base.face import hand_on

if TYPE_CHECKING:
    from .catalogue import Catalogue as Catalogue
    from .diff import (
        CatalogueDiff as CatalogueDiff,
        Change as Change,
        Effect as Effect,
        Part as Part,
    )
    from .field import (
        Field as Field,
        Kind as Kind,
        Sensitivity as Sensitivity,
        Step as Step,
    )
    from .resource import Naming as Naming, Resource as Resource, RowRule as RowRule
    from .scope import JointRule as JointRule, Scope as Scope
else:
    __all__, __getattr__, __dir__ = hand_on(
        __name__,
        {
            "catalogue": "Catalogue",
            "diff": "CatalogueDiff Change Effect Part",
            "field": "Field Kind Sensitivity Step",
            "resource": "Naming Resource RowRule",
            "scope": "JointRule Scope",
        },
    )
