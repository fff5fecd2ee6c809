"""`Renderer`: draws the pages of `scopegate.pages` as HTML, with Jinja.

A file of the same name in the host's own folder is used instead of ours, and may
extend ours: `{% extends "@scopegate/base.html" %}`.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

from .._base.values import EMPTY, printable
from ..arguments import checked
from ..extras import needs
from ..pages.matrix import Cell
from ..pages.situation import Action
from .addresses import Addresses, spelt

with needs("web"):
    from jinja2 import (
        BaseLoader,
        ChoiceLoader,
        Environment,
        FileSystemLoader,
        PackageLoader,
        PrefixLoader,
        StrictUndefined,
    )
    from markupsafe import Markup

TEMPLATES = Path(__file__).parent / "templates"
"""The templates that ship, to look at before one is overridden."""

STATIC = Path(__file__).parent / "static"
"""The files that pages load: one style sheet, and one script that none needs."""


def text_of(value: object) -> object:
    """Return a value as a page shows it: text that can upset no reader.

    Control characters, and those that turn the direction of what follows, are
    written as escapes; Jinja escapes the rest. What a form sends back must be as it
    is, and is only escaped: `{{ key | e }}`.
    """
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return printable(value)


@checked
class Renderer:
    """Draws pages; may be shared by threads.

    Args:
        templates: A folder of the host's own templates, or several, the first
            that has a file wins.
        values: What every template is given besides its page.
    """

    def __init__(
        self,
        templates: str | Path | Iterable[str | Path] = (),
        values: Mapping[str, object] = EMPTY,
    ) -> None:
        own = [templates] if isinstance(templates, str | Path) else list(templates)
        ours: BaseLoader = PackageLoader("scopegate.web")
        loaders = [
            *map(FileSystemLoader, own),
            ours,
            PrefixLoader({"@scopegate": ours}),
        ]
        self._environment = Environment(
            loader=ChoiceLoader(loaders),
            autoescape=True,
            undefined=StrictUndefined,
            finalize=text_of,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters["spelt"] = spelt
        self._environment.globals.update({"Action": Action, "Cell": Cell, **values})

    def __call__(self, name: str, addresses: Addresses, **values: object) -> bytes:
        """Return a page.

        Args:
            name: The template's file name.
            addresses: Where the pages are.
            values: What the template is given.
        """
        template = self._environment.get_template(name)
        return template.render(at=addresses, **values).encode(errors="replace")
