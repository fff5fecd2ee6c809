"""A made-up school that ships with scopegate, for demos, tutorials and tests.

No one in it is real. The tests hold that every record fits the built-in catalogue.
"""

from typing import TYPE_CHECKING

from .._base.face import hand_on

if TYPE_CHECKING:
    from .folder import sample_school as sample_school
else:
    __all__, __getattr__, __dir__ = hand_on(
        __name__,
        {
            "folder": "sample_school",
        },
    )
