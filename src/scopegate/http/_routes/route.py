"""`Route` and `TokenRoute`: the addresses that a guard lets a client ask."""

import re
from collections.abc import Mapping

from attrs import evolve, field, frozen

from ..._base.values import EMPTY
from ..._wire.address import AddressError, Template
from ..._wire.body_path import BodyPath
from ...arguments import checked
from ...catalogue.field import parse_path
from ...catalogue.resource import Resource
from .._dialects.client_query import Ask, Compare, branches
from .._dialects.dialect import Dialect, PlainDialect

_PLAIN = PlainDialect()
_WORD = re.compile(r"[A-Za-z0-9._~-]+")  # `sis_id:7` looks by something else


def _path(given: str) -> BodyPath:
    return BodyPath.parse(given)


@checked
@frozen
class Route:
    """An address at which an MIS gives records of one resource.

    Attributes:
        path: Its path below the guard's base address, such as
            `/students/{id}`. A variable is the key of the resource, or
            for the field that it names in full, as `{student.upn}`.
        resource: The resource.
        records: Where the records are in the body: `data[]`, `result.items[]`,
            `[]` where the body is the list; `user` for one record alone, or
            nothing where the body is the record.
        dialect: Which parameters there are; by default none.
        variables: For a variable that is something else, the full paths of all
            that the MIS looks at for it, such as `{"group": ["group.id",
            "group.student_ids[]"]}`. Each must be permitted, and the value a word.

    Raises:
        PathError: A variable names a field that is malformed.
        ValueError: The path or the place of the records is malformed.
    """

    path: Template = field(converter=Template)
    resource: str
    records: BodyPath = field(converter=_path)
    dialect: Dialect = field(default=_PLAIN, kw_only=True)
    variables: Mapping[str, tuple[str, ...]] = field(
        converter=branches, default=EMPTY, kw_only=True, hash=False
    )

    def __attrs_post_init__(self) -> None:
        for name in self.path.variables:
            if "." in name:
                parse_path(name)
        unknown = self.variables.keys() - set(self.path.variables)
        if unknown:
            message = f"`{self.path.text}` has no variable `{min(unknown)}`"
            raise ValueError(message)

    def looked_at(self, home: Resource) -> dict[str, tuple[str, ...]]:
        """Return the full paths that each variable may be."""
        key = f"{home.name}.{home.key}"
        return {
            name: self.variables.get(name, (name if "." in name else key,))
            for name in self.path.variables
        }

    def records_in(self, body: object) -> list[object]:
        """Return the records in a parsed body.

        Raises:
            BodyError: There is none where one should be; names the place.
        """
        return self.records.records(body, "correct the route's `records`")

    def ask(
        self, home: Resource, values: Mapping[str, str], given: Mapping[str, str]
    ) -> Ask:
        """Return the query that a client makes by this route.

        Args:
            home: The resource, as the catalogue has it.
            values: The value of each variable.
            given: The parameters.

        Raises:
            AddressError: A parameter is unknown, or has a value that is not valid.
            FilterError: A filter does not follow its grammar.
        """
        ask = self.dialect.read(home, given, is_list=self.records.is_list)
        clauses, looks = list(ask.clauses), set(ask.looks)
        for name, paths in self.looked_at(home).items():
            if len(paths) == 1 and parse_path(paths[0])[0] == home.name:
                clauses.append((Compare(paths[0], "=", values[name]),))
            elif _WORD.fullmatch(values[name]):
                looks.update(paths)
            else:
                message = f"`{name}` in the path is not letters, digits and `._~-`"
                raise AddressError(message)
        return evolve(ask, clauses=clauses, looks=looks)


@checked
@frozen
class TokenRoute:
    """The address at which an MIS gives tokens (RFC 6749 §3.2), by POST.

    Attributes:
        path: Its path below the guard's base address, or a whole address.
    """

    path: str
