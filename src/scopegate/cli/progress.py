"""A bar on stderr for work that takes long."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import Progress

from .output import console

Step = Callable[[int, int], None]
"""Is told how much is done, and of how much."""


@contextmanager
def progress_bar(title: str, *, is_quiet: bool = False) -> Iterator[Step]:
    """Give a function that moves a bar; it does nothing without a terminal or a need.

    Args:
        title: What is done, above the bar.
        is_quiet: Whether to show no bar even then.
    """
    if is_quiet or not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    with Progress(console=console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
