"""Packages that only some modules need: each says which extra brings what it lacks.

with needs("http"):
    import httpx
"""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, requires

from .errors import MissingExtraError

_PACKAGE = __name__.partition(".")[0]


@contextmanager
def needs(extra: str) -> Iterator[None]:
    """Import what an extra brings; what is missing is said with what to install.

    Args:
        extra: The extra, as `pyproject.toml` calls it.

    Raises:
        MissingExtraError: A package of it is not installed.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package == _PACKAGE:  # a module of our own: no extra brings that
            raise
        missing = MissingExtraError(extra, package, requirements_of(extra))
    else:
        return
    raise missing


def requirements_of(extra: str) -> tuple[str, ...]:
    """Return the packages of an extra, as pip takes them; its name if unknown."""
    try:
        listed = requires(_PACKAGE) or ()
    except PackageNotFoundError:  # it runs from a folder, and was never installed
        listed = ()
    found = (line.partition(";") for line in listed)
    marks = (f"extra == '{extra}'", f'extra == "{extra}"')
    brought = tuple(what.strip() for what, _, mark in found if mark.strip() in marks)
    return brought or (f"{_PACKAGE}[{extra}]",)
