"""A disk whose power fails, made in Python, and the SQLite ledger upon it.

The disk keeps what SQLite's unix VFS and POSIX promise, and no more. What is
written is pending, sector by sector, until that file is synced; a name that is
made or removed is pending until the folder is synced. SQLite syncs the folder
with the first sync of a new journal, and after an unlink only if it says so. When
the power fails, any of what is pending may be on the disk, in any combination.

It fails at the boundaries: before and after each sync of a file or of the folder.
What may be left of a crash anywhere between two boundaries is a part of what is
pending at the second, and so among what may be left there: nothing else need be
tried (CrashMonkey, OSDI 2018, finds the same of file systems).
"""

# ruff: noqa: N802 - the methods of a VFS have SQLite's names

from collections.abc import Container, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import PurePath

import apsw
from attrs import evolve, frozen

from scopegate.consent.codec import event_to_json
from scopegate.ledgers.sqlite import SQLiteLedger

SECTOR = 512
FOLDER = 0
"""Stands among the files for the folder they are in."""

_FLAGS = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE | apsw.SQLITE_OPEN_URI
_NUMBERS = count(1)


class Change:
    """What was done to a file or the folder, and is not durable yet."""

    def torn(self):
        """Return what is left when the power fails in the middle of it: all."""
        return self


@frozen
class Write(Change):
    """Part of one sector was written to a file."""

    of: int
    offset: int
    data: bytes

    def apply(self, files, _):
        """Do it, with zeros where nothing was written before it."""
        content = files[self.of]
        content.extend(bytes(max(0, self.offset - len(content))))
        content[self.offset : self.offset + len(self.data)] = self.data

    def torn(self):
        """Return the first half and noise: what the power leaves in a sector."""
        half = len(self.data) // 2
        noise = b"\xa5" * (len(self.data) - half)
        return evolve(self, data=self.data[:half] + noise)


@frozen
class Cut(Change):
    """A file was given another size."""

    of: int
    size: int

    def apply(self, files, _):
        """Do it, with zeros where it grows."""
        content = files[self.of]
        content.extend(bytes(max(0, self.size - len(content))))
        del content[self.size :]


@frozen
class Name(Change):
    """A name in the folder was given to a file, or removed: `file` is None."""

    name: str
    file: int | None
    of: int = FOLDER

    def apply(self, _, names):
        """Do it."""
        if self.file is None:
            names.pop(self.name, None)
        else:
            names[self.name] = self.file


@frozen
class Photo:
    """What a disk holds at one instant.

    Attributes:
        when: Which instant.
        names: The durable names, and the file that each is of.
        files: What is durable of each file.
        pending: What was done since, in order, and is not durable.
    """

    when: str
    names: Mapping[str, int]
    files: Mapping[int, bytes]
    pending: tuple[Change, ...]

    def left(
        self, kept: Container[int] = (), torn: int | None = None
    ) -> dict[str, bytes]:
        """Return the files that are found when the power is back.

        Args:
            kept: Which of what is pending did reach the disk, by number.
            torn: Which did by half, or None.
        """
        names = dict(self.names)
        files = {number: bytearray(held) for number, held in self.files.items()}
        for number, change in enumerate(self.pending):
            if number == torn:
                change.torn().apply(files, names)
            elif number in kept:
                change.apply(files, names)
        return {name: bytes(files[number]) for name, number in names.items()}


class Disk:
    """One folder on a disk whose power may fail.

    Args:
        files: What it holds at first, all durable.

    Attributes:
        photos: What it held at each boundary so far.
        fails_at: At which of them the power fails, counted from 1, and from then
            on nothing works; None, and there are only photos.
        has_power: Whether it has not failed yet.
        done: Every write, sync and unlink so far, in order.
    """

    def __init__(self, files: Mapping[str, bytes] | None = None) -> None:
        self.photos: list[Photo] = []
        self.fails_at: int | None = None
        self.has_power = True
        self.done: list[str] = []
        held = dict(enumerate((files or {}).values(), start=FOLDER + 1))
        self._durable = dict(held)
        self._files = {number: bytearray(content) for number, content in held.items()}
        self._names = dict(zip(files or {}, held, strict=True))
        self._durable_names = dict(self._names)
        self._pending: list[Change] = []
        self._numbers = count(len(held) + 1)

    def need_power(self):
        """Fail once the power has."""
        if not self.has_power:
            raise apsw.exception_for(apsw.SQLITE_IOERR)

    def holds(self, name):
        """Tell whether there is a file of that name."""
        return name in self._names

    def number_of(self, name):
        """Return the number of the file of that name, which is made if need be."""
        if name not in self._names:
            number = next(self._numbers)
            self._durable[number], self._files[number] = b"", bytearray()
            self._do(Name(name, number))
        return self._names[name]

    def content(self, number):
        """Return what is read of a file, durable or not."""
        return self._files[number]

    def write(self, number, data, offset):
        """Write, a sector at a time."""
        self.done.append("write")
        while data:
            room = SECTOR - offset % SECTOR
            self._do(Write(number, offset, data[:room]))
            data, offset = data[room:], offset + room

    def cut(self, number, size):
        """Give a file another size."""
        self.done.append("write")
        self._do(Cut(number, size))

    def remove(self, name):
        """Remove a name, which is pending until the folder is synced."""
        self.done.append("unlink")
        self._do(Name(name, None))

    def sync(self, number, *, is_new):
        """Make a file durable, and then its name if it is new."""
        self.photograph("before a sync")
        self._settle(number)
        self._durable[number] = bytes(self._files[number])
        self.done.append("sync")
        if is_new:
            self.sync_folder()
        else:
            self.photograph("after a sync")

    def sync_folder(self):
        """Make the names durable."""
        self.photograph("before a sync of the folder")
        self._settle(FOLDER)
        self._durable_names = dict(self._names)
        self.done.append("sync of the folder")
        self.photograph("after a sync of the folder")

    def photograph(self, when):
        """Take a photo; the power fails here if it is to fail."""
        names, files = dict(self._durable_names), dict(self._durable)
        self.photos.append(Photo(when, names, files, tuple(self._pending)))
        self.has_power = len(self.photos) != self.fails_at
        self.need_power()

    def _do(self, change):
        change.apply(self._files, self._names)
        self._pending.append(change)

    def _settle(self, number):
        self._pending = [change for change in self._pending if change.of != number]


class DiskFile:
    """A file as SQLite uses it.

    Its locks keep no one out: a disk has one connection.
    """

    def __init__(self, disk, name, *, is_journal):
        self._disk = disk
        self._is_new = is_journal and not disk.holds(name)
        self._number = disk.number_of(name)

    def xRead(self, amount, offset):
        """Return what is there, which at the end of the file is less."""
        self._disk.need_power()
        return bytes(self._disk.content(self._number)[offset : offset + amount])

    def xWrite(self, data, offset):
        """Write to it."""
        self._disk.need_power()
        self._disk.write(self._number, bytes(data), offset)

    def xTruncate(self, size):
        """Give it another size."""
        self._disk.need_power()
        self._disk.cut(self._number, size)

    def xSync(self, _):
        """Make it durable; the first time also the name of a new journal."""
        self._disk.need_power()
        self._disk.sync(self._number, is_new=self._is_new)
        self._is_new = False

    def xFileSize(self):
        """Return its size."""
        self._disk.need_power()
        return len(self._disk.content(self._number))

    def xLock(self, _):
        """Lock nothing."""
        self._disk.need_power()

    def xUnlock(self, _):
        """Unlock nothing."""

    def xCheckReservedLock(self):
        """Return that no one else writes."""
        return False

    def xFileControl(self, _, __):
        """Understand nothing more."""
        return False

    def xSectorSize(self):
        """Return what SQLite's unix VFS says."""
        return 4096

    def xDeviceCharacteristics(self):
        """Return what SQLite's unix VFS says: a write harms nothing next to it."""
        return apsw.SQLITE_IOCAP_POWERSAFE_OVERWRITE

    def xClose(self):
        """Close it, which makes nothing durable."""


class DiskVFS(apsw.VFS):
    """The file system that SQLite finds on a disk."""

    def __init__(self, disk):
        self.label = f"power-{next(_NUMBERS)}"
        self._disk = disk
        super().__init__(self.label, base="")

    def xFullPathname(self, name):
        """Return a path as it is."""
        return name

    def xAccess(self, path, _):
        """Tell whether a file is there."""
        self._disk.need_power()
        return self._disk.holds(PurePath(path).name)

    def xOpen(self, path, flags):
        """Open a file, which is made if it is not there."""
        self._disk.need_power()
        text = path.filename() if isinstance(path, apsw.URIFilename) else path
        is_journal = bool(flags[0] & apsw.SQLITE_OPEN_MAIN_JOURNAL)
        return DiskFile(self._disk, PurePath(text).name, is_journal=is_journal)

    def xDelete(self, path, sync_folder):
        """Remove a file."""
        self._disk.need_power()
        self._disk.remove(PurePath(path).name)
        if sync_folder:
            self._disk.sync_folder()


@frozen
class Moment:
    """One instant at which the power may fail.

    Attributes:
        photo: What the disk holds then.
        outcomes: What the ledger may hold when the power is back. The first is
            what was acknowledged; the other, if there is one, has what was being
            written as well.
    """

    photo: Photo
    outcomes: tuple[Mapping[str, tuple[bytes, ...]], ...]


class PowerLedger(SQLiteLedger):
    """The SQLite ledger as it is, on a disk whose power may fail.

    Attributes:
        moments: Each instant so far at which the power may fail.
    """

    _sqlite_version = tuple(map(int, apsw.sqlite_lib_version().split(".")))

    def __init__(self, path, disk, outcomes=({},)):
        self.moments = []
        self._disk, self._vfs = disk, DiskVFS(disk)
        with self._watched(outcomes):
            super().__init__(path)
        self._acknowledged = contents(self)
        self._acknowledge()

    def append(self, stream, events, expected, **more):
        """Append, and say at which instants that may be cut short."""
        before = self._acknowledged
        bodies = before.get(stream, ()) + tuple(map(event_to_json, events))
        after = before | {stream: bodies}
        with self._watched((before, after)):
            position = super().append(stream, events, expected, **more)
        self._acknowledged = after
        self._acknowledge()
        return position

    @contextmanager
    def _watched(self, outcomes):
        self._disk.photos.clear()
        try:
            yield
        finally:
            self.moments += [Moment(photo, outcomes) for photo in self._disk.photos]

    def _acknowledge(self):
        with self._watched((self._acknowledged,)):
            self._disk.photograph("after it was acknowledged")

    def _open_connection(self, uri):
        return apsw.Connection(uri, flags=_FLAGS, vfs=self._vfs.label)

    def _code_of(self, error):
        return error.extendedresult if isinstance(error, apsw.Error) else None


def contents(ledger):
    """Return all that a ledger holds, stream by stream."""
    return {stream: tuple(ledger.bodies(stream)) for stream in ledger.streams()}
