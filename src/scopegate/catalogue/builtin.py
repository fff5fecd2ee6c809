"""The text of the catalogues that ship with scopegate."""

from importlib import resources
from pathlib import Path

from ..errors import UnknownCatalogueError

_FOLDER = resources.files(__package__) / "toml"


def names() -> tuple[str, ...]:
    """Return the names of the catalogues that ship, in order."""
    files = (Path(entry.name) for entry in _FOLDER.iterdir())
    return tuple(sorted(file.stem for file in files if file.suffix == ".toml"))


def text(name: str) -> str:
    """Return the TOML of one of them.

    Raises:
        UnknownCatalogueError: None of that name ships; says which look like it.
    """
    known = names()
    if name not in known:
        raise UnknownCatalogueError(name, known)
    return (_FOLDER / f"{name}.toml").read_text(encoding="utf-8")
