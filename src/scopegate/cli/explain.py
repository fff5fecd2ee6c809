"""`scopegate explain`: why each field may flow, or why not."""

from collections import Counter
from collections.abc import Iterable
from typing import assert_never

import click
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from .._base.values import quoted
from ..catalogue.catalogue import Catalogue
from ..consent.grant import Grant
from ..errors import UnknownFieldError
from ..policy.permit import Permit
from ..policy.reason import Explanation, Permitted, Withheld
from .arguments import access_for, catalogue_option, grant_option, json_option
from .output import console, counted, shown, write_json


@click.command()
@catalogue_option
@grant_option
@click.option("--resource", metavar="NAME", help="Only this resource.")
@json_option
@click.argument("fields", metavar="[FIELD]...", nargs=-1)
def explain(
    catalogue: Catalogue,
    grant: Grant,
    resource: str | None,
    fields: tuple[str, ...],
    *,
    as_json: bool,
) -> None:
    """Say why each FIELD, such as student.dob, may flow under a grant, or why not.

    Without FIELD: every field of the resources that any data flows from.
    """
    permit = access_for(catalogue, grant).permit
    found = [permit.explain(path) for path in fields or _paths(permit, resource)]
    if as_json:
        write_json([_to_json(explanation) for explanation in found])
    elif fields:
        for explanation in found:
            console().print(_sentence(explanation, catalogue), soft_wrap=True)
    else:
        _print_tables(console(), permit, found)


def _paths(permit: Permit, resource: str | None) -> Iterable[str]:
    """Return the fields that can be explained, or those of one resource."""
    if resource is None:
        return permit.reasons
    permit.catalogue.resource(resource)
    return [path for path in permit.reasons if _resource_of(path) == resource]


def _resource_of(path: str) -> str:
    return path.partition(".")[0]


def _sentence(explanation: Explanation, catalogue: Catalogue) -> Text:
    style = "flows" if explanation.is_permitted else "stays"
    text = shown(explanation, style)
    if explanation.field not in catalogue.fields:
        near = UnknownFieldError(explanation.field, catalogue.fields).near
        text.append(f"; did you mean {quoted(near)}?" if near else "")
    return text


def _print_tables(out: Console, permit: Permit, found: list[Explanation]) -> None:
    by_resource: dict[str, list[Explanation]] = {}
    for explanation in found:
        by_resource.setdefault(_resource_of(explanation.field), []).append(explanation)
    is_alone = len(by_resource) == 1
    for name, explanations in by_resource.items():
        if is_alone or any(e.is_permitted for e in explanations):
            out.print(_heading(name, explanations, permit))
            out.print(_table(explanations))
    closed = [n for n, es in by_resource.items() if not any(e.is_permitted for e in es)]
    if closed and not is_alone:
        out.print(Text("Nothing flows of"), shown(", ".join(closed), "stays"))


def _heading(name: str, explanations: list[Explanation], permit: Permit) -> Text:
    known = permit.catalogue.resources.get(name)
    title = shown(known.title if known else name, "bold")
    count = Counter(e.is_permitted for e in explanations)
    flows = counted(count[True], "field")
    return title.append(f"  {name}: {flows} of {len(explanations)} may flow", "quiet")


def _table(explanations: list[Explanation]) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("Field", overflow="fold")
    table.add_column("Title", overflow="fold")
    table.add_column("Why, or why not", overflow="fold")
    for explanation in explanations:
        local = explanation.field.partition(".")[2]
        table.add_row(shown(local), shown(explanation.title), _why(explanation))
    return table


def _why(explanation: Explanation) -> Text:
    match explanation.why:
        case Permitted(scopes):
            return shown(f"flows: {', '.join(scopes)}", "flows")
        case Withheld(reason):
            return Text(f"withheld: {reason.sentence}", "stays")
        case why:
            assert_never(why)


def _to_json(explanation: Explanation) -> dict[str, object]:
    why = explanation.why
    actor, since = why.actor, why.since
    found: dict[str, object] = {
        "field": explanation.field,
        "title": explanation.title,
        "permitted": explanation.is_permitted,
        "since": since.isoformat() if since else None,
        "actor": {"name": actor.name, "role": actor.role} if actor else None,
        "sentence": str(explanation),
    }
    match why:
        case Permitted(scopes, grant, revision):
            return found | {"scopes": scopes, "grant": grant, "revision": revision}
        case Withheld(reason):
            return found | {"reason": reason}
        case _:
            assert_never(why)
