"""What guards a page: its headers, and the proof that a form came from a page.

A form is taken when it carries the text that the visitor's own cookie has (OWASP's
double submit), and the browser does not say that another site sent it
(`Sec-Fetch-Site`, or `Origin` without that).
"""

import secrets
from collections.abc import Iterator

from .messages import Asked, Pairs

CSRF = "scopegate_csrf"
"""The cookie, and the field of a form."""

HEADERS: Pairs = (
    (
        "Content-Security-Policy",
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self';"
        " connect-src 'self'; form-action 'self'; frame-ancestors 'none';"
        " base-uri 'none'",
    ),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
)
"""Of every answer. `no-referrer` would make browsers post forms without an origin."""

NO_STORE = ("Cache-Control", "no-store")
_LENGTH = 43


def token_of(asked: Asked) -> str:
    """Return the text that this visitor's forms must carry, a new one if needed."""
    found = asked.cookie(CSRF)
    return found if _is_token(found) else secrets.token_urlsafe(32)


def cookies(asked: Asked, token: str) -> Iterator[tuple[str, str]]:
    """Yield the header that keeps *token* with the visitor, unless they have it."""
    if asked.cookie(CSRF) != token:
        secure = "; Secure" if asked.origin.startswith("https://") else ""
        path = asked.root or "/"
        text = f"{CSRF}={token}; Path={path}; HttpOnly; SameSite=Strict{secure}"
        yield "Set-Cookie", text


def is_own_form(asked: Asked) -> bool:
    """Tell whether a posted form came from a page that this visitor was given."""
    cookie, posted = asked.cookie(CSRF), asked.first(CSRF)
    is_same = secrets.compare_digest(
        *(text.encode(errors="surrogatepass") for text in (cookie, posted))
    )
    return _is_token(cookie) and is_same and _is_from_here(asked)


def _is_token(text: str) -> bool:
    return len(text) == _LENGTH and text.isascii()


def _is_from_here(asked: Asked) -> bool:
    """Tell whether the browser does not deny that one of our pages sent it."""
    site = asked.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = asked.headers.get("origin")
    return origin is None or origin == asked.origin
