"""The school's pages, for any web framework (extra `web`).

`consent_app` is an ASGI app to mount; `Site` answers what any other framework was
asked; `Renderer` draws one page. Signing people in is the host's affair.
"""

from typing import TYPE_CHECKING

from .._base.face import hand_on

if TYPE_CHECKING:
    from .addresses import Addresses as Addresses
    from .asgi import consent_app as consent_app
    from .messages import Answered as Answered, Asked as Asked
    from .rendering import Renderer as Renderer
    from .site import Site as Site
    from .visitor import Authority as Authority, Visitor as Visitor
else:
    __all__, __getattr__, __dir__ = hand_on(
        __name__,
        {
            "addresses": "Addresses",
            "asgi": "consent_app",
            "messages": "Answered Asked",
            "rendering": "Renderer",
            "site": "Site",
            "visitor": "Authority Visitor",
        },
    )
