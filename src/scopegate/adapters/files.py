"""`FilesAdapter`: a folder of CSV or JSON Lines files, read a record at a time."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from .._base.likeness import likeness
from .._base.values import EMPTY, quoted
from ..arguments import checked
from ..catalogue.field import Step, local_steps
from ..catalogue.resource import Resource
from ..errors import SourceError
from ..records.files import READERS, records_of
from ..records.untrusted import UNREADABLE, plain_at
from .base import NONE, Capabilities, Fetch


@checked
class FilesAdapter:
    """Serves a folder with one file per resource, such as `student.jsonl`.

    Args:
        folder: Where the files are.
        files: The names of files that are not called after their resource.
        school: Where the folder holds several schools, the one to serve: its
            rows are chosen by the field in which the catalogue says that a
            record names its school. A resource without such a field is not
            served then, since no one can tell whose its rows are. None: the
            folder holds one school, and the gate finds out which.

    Raises:
        SourceError: The folder is not there.
    """

    def __init__(
        self,
        folder: str | Path,
        files: Mapping[str, str] = EMPTY,
        school: str | None = None,
    ) -> None:
        self._folder = Path(folder).absolute()
        self._files = dict(files)
        self._school = school
        if not self._folder.is_dir():
            raise SourceError(
                str(folder), "is not a folder; name the one with the files"
            )

    @property
    def school(self) -> str | None:
        """The school it serves; see `Adapter.school`."""
        return self._school

    def capabilities(self, resource: Resource) -> Capabilities:
        """Return no capabilities: it gives whole records, all of them."""
        return NONE

    def fetch(self, wanted: Fetch) -> Iterator[object]:
        """Yield the records of a resource; see `Adapter.fetch`.

        Raises:
            SourceError: No file holds the resource, or it breaks off, or writes the
                school in another way.
        """
        records = records_of(self._file(wanted.resource.name))
        if self._school is None:
            yield from records
            return
        steps = self._school_steps(wanted)
        yield from (r for r in records if self._is_of(plain_at(r, steps), wanted))

    def _is_of(self, named: object, wanted: Fetch) -> bool:
        """Tell whether a record that names a school so is of the one served.

        Raises:
            SourceError: It may be, and is not written so; leaving it out would make
                a school that is written otherwise an empty one.
        """
        text, school = str(named), str(self._school)
        if named is UNREADABLE or text == school:
            return text == school
        if likeness(text) != likeness(school):
            return False
        problem = (
            f"names the school in another spelling than `{school}`; write"
            f" `{wanted.school_path}` as `school` says"
        )
        raise SourceError(self._file(wanted.resource.name).name, problem)

    def _file(self, resource: str) -> Path:
        named = self._files.get(resource)
        names = [named] if named else [f"{resource}{suffix}" for suffix in READERS]
        for name in names:
            if (self._folder / name).is_file():
                return self._folder / name
        problem = f"has no file for `{resource}`; looked for {quoted(names)}"
        raise SourceError(self._folder.name, problem)

    def _school_steps(self, wanted: Fetch) -> tuple[Step, ...]:
        if wanted.school_path is None:
            raise SourceError(
                self._folder.name,
                f"holds several schools, and `{wanted.resource.name}` records do not say"
                " whose they are; serve them from a folder of one school",
            )
        return local_steps(wanted.school_path)
