"""How the needs of an MIS account are shown, to people and to scripts."""

from collections.abc import Callable, Iterable

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from ..catalogue.catalogue import Catalogue
from ..consent.mis_account import MisAccount
from ..consent.request import AccessRequest
from .output import shown


def asked(catalogue: Catalogue, request: AccessRequest) -> Callable[[str], str]:
    """Return a function that says why a request includes a scope."""
    required = catalogue.expand(request.required)

    def label(key: str) -> str:
        if key in required:
            return "required"
        return "public" if key in catalogue.public_scopes else "optional"

    return label


def apps_of(found: MisAccount) -> Callable[[str], str]:
    """Return a function that lists the apps a scope is for."""
    return lambda key: ", ".join(sorted(found.apps[key])) or "public"


def needs_table(found: MisAccount, label: Callable[[str], str]) -> Table:
    """Return a table of what each scope needs besides the common, and what lacks."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for heading in ("Scope", "For", "Needs"):
        table.add_column(heading, overflow="fold")
    if found.held is not None:
        table.add_column("Lacks", overflow="fold")
    needed = found.needed or {}
    rows = [("every scope", "", _needs(found.common, "nothing"), found.common)]
    for key, whole in needed.items():
        row = whole - found.common
        nothing = "not known" if key in found.unlisted else "nothing more"
        rows.append((key, label(key), _needs(row, nothing), row))
    for key, whom, needs, row in rows:
        lacks = [] if found.held is None else [_names(row - found.held, "stopped")]
        table.add_row(shown(key), shown(whom), needs, *lacks)
    return table


def _needs(row: frozenset[str], nothing: str) -> Text:
    return _names(row) if row else Text(nothing, "quiet")


def _names(names: Iterable[str], style: str = "") -> Text:
    return shown(", ".join(sorted(names)), style)


def account_to_json(found: MisAccount) -> dict[str, object]:
    """Return an account for a script; null is what no one can tell."""
    missing = found.missing
    return {
        "mis": found.mis,
        "status": found.status,
        "held": _sorted(found.held),
        "needed": _sorted(found.permissions),
        "unneeded": _sorted(found.unneeded),
        "unjudged": _sorted(found.unjudged),
        "scopes": [
            {
                "scope": key,
                "apps": sorted(apps),
                "needs": None if found.needed is None else _sorted(found.needed[key]),
                "lacks": None if missing is None else sorted(missing.get(key, ())),
                "listed": found.needed is not None and key not in found.unlisted,
            }
            for key, apps in found.apps.items()
        ],
    }


def _sorted(names: frozenset[str] | None) -> list[str] | None:
    return None if names is None else sorted(names)
