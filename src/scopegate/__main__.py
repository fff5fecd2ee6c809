"""`python -m scopegate`, and the command `scopegate`."""

import sys
from importlib import import_module

from .errors import MissingExtraError


def main() -> int:
    """Run the command line; ends the program with a documented exit code.

    Free of click and rich, so that a plain installation gets a sentence.
    """
    try:
        commands = import_module("scopegate.cli.commands")
    except MissingExtraError as error:
        sys.stderr.write(f"scopegate: {error}\n")
        return 2
    ended: int = commands.scopegate()
    return ended


if __name__ == "__main__":
    sys.exit(main())
