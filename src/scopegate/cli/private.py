"""Files that name people: made for their owner only, whatever the umask."""

import os
from pathlib import Path
from typing import IO

FOLDER_MODE = 0o700


def new_file(path: Path) -> IO[bytes]:
    """Return a new file, open to be written.

    Raises:
        OSError: It is there already, or cannot be made.
    """
    return open(path, "xb", opener=_for_owner)


def written_file(path: Path) -> IO[bytes]:
    """Return a file, open to be written from its start; one that is there stays as is.

    Raises:
        OSError: It cannot be written.
    """
    return open(path, "wb", opener=_for_owner)


def _for_owner(path: str, flags: int) -> int:
    return os.open(path, flags, mode=0o600)
