"""The school's pages, for any web framework; needs the extra `web`.

`consent_app` is an ASGI app to mount; `Site` answers what any other framework
was asked; `Renderer` draws one page. Signing people in is the host's affair.
"""

from .asgi import consent_app
from .messages import Answered, Asked
from .rendering import Renderer
from .site import Site
from .visitor import Authority, Visitor

__all__ = [
    "Answered",
    "Asked",
    "Authority",
    "Renderer",
    "Site",
    "Visitor",
    "consent_app",
]
