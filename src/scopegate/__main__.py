"""`python -m scopegate` is the command `scopegate`."""

import sys

from .cli import main

sys.exit(main())
