"""What a database may be trusted with of the values of one column.

A condition may be sent to it only if it never leaves out a record that meets the
condition as Python compares, and an order only if it is `Query.rank`'s. That
depends on the type of the column and on the database: SQLite lets any column hold any
value, and dates there are texts of any spelling; collations find texts equal that are
not, or sort them as a dictionary does. What is not known to be right is left to the
gate.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from attrs import frozen
from sqlalchemy import (
    ARRAY,
    CHAR,
    NCHAR,
    VARCHAR,
    BigInteger,
    Boolean,
    ColumnElement,
    Date,
    DateTime,
    Dialect,
    Float,
    Integer,
    Numeric,
    String,
    Text,
    Uuid,
    collate,
    func,
    literal,
    or_,
    select,
    types as sql,
)
from sqlalchemy.dialects.postgresql import CITEXT, DOMAIN
from sqlalchemy.dialects.sqlite import DATETIME
from sqlalchemy.types import TypeEngine

from ...records.condition import COMPARE, Comparison, Condition

EQUALITIES = frozenset({Comparison.EQUAL, Comparison.UNEQUAL, Comparison.ONE_OF})
_ALL = frozenset(Comparison)
_MOST_VALUES = 500
"""How many values `in` is sent with; databases have a limit."""

_SHORT_TEXTS = {String, sql.Unicode}
_LONG_TEXTS = {Text, sql.UnicodeText, sql.TEXT}
_BINARY = {"postgresql": "ucs_basic", "sqlite": "BINARY"}
"""The collation that sorts by code point. PostgreSQL's "C" does so only in UTF-8."""

_EXACT = frozenset({"binary", "c", "default", "posix", "ucs_basic", "unicode"})
_LOCALE = re.compile(r"[a-z]{2,3}_[A-Z]{2}(?:[.@][\w.@-]+)?|[\w-]+-x-icu")
"""PostgreSQL's own collations; all of them keep apart what is spelt differently."""

_ENCODING = func.pragma_encoding().table_valued("encoding")
_IS_UTF_16 = select(_ENCODING.c.encoding != literal("UTF-8")).scalar_subquery()
"""Whether a SQLite file keeps its texts so that bytes sort otherwise."""

_BRIEF = DATETIME(truncate_microseconds=True)  # type: ignore[no-untyped-call]  # SQLAlchemy's own
"""SQLite compares moments as texts, and not every text has a fraction of a second."""


@frozen(eq=False)
class Kind:
    """How a database compares the values of a column.

    Attributes:
        takes: Whether a value may be sent to be compared with, and is compared
            as Python does.
        bound: The type it is sent as.
        comparisons: Which are right.
        collation: What texts are sorted by; None where it does not matter.
        is_sorted: Whether it sorts as `Query.rank` does.
        is_key: Whether a record can be found again by such a value.
        is_exact: Whether what it finds equal is equal.
        unless: Where this holds the database does not sort as it should.
    """

    takes: Callable[[object], bool]
    bound: TypeEngine[Any]
    comparisons: frozenset[Comparison] = _ALL
    collation: str | None = None
    is_sorted: bool = True
    is_key: bool = False
    is_exact: bool = True
    unless: ColumnElement[bool] | None = None

    def literal(self, value: object) -> ColumnElement[Any]:
        """Return *value* as a bound parameter."""
        return literal(value, self.bound)

    def sorted(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return *column* as it is sorted and compared by order."""
        return column if self.collation is None else collate(column, self.collation)

    def identical(
        self, column: ColumnElement[Any], value: object
    ) -> tuple[ColumnElement[bool], ...]:
        """Return the conditions that hold where *column* is exactly *value*.

        The first part finds it by an index, the second is exact.
        """
        near = column == self.literal(value)
        if self.collation is None:
            return (near,)
        return near, self.sorted(column) == self.literal(value)

    def meets(
        self, column: ColumnElement[Any], condition: Condition
    ) -> ColumnElement[bool] | None:
        """Return a condition that holds at least where *condition* does, or None."""
        if condition.comparison is Comparison.UNEQUAL:
            return column.is_not(None)  # null meets nothing, and any other value may
        values = condition.values
        if len(values) > _MOST_VALUES or not all(map(self.takes, values)):
            return None
        bound = [self.literal(value) for value in values]
        if condition.comparison in EQUALITIES:
            return column.in_(bound)
        compare = COMPARE[condition.comparison]
        found: ColumnElement[bool] = compare(self.sorted(column), bound[0])
        return found if self.unless is None else or_(found, self.unless)


def kind_of(column: ColumnElement[Any], dialect: Dialect) -> Kind | None:
    """Return the kind by which *column* is compared, or None where it is not known."""
    declared = column.type
    if not type(declared).__module__.startswith("sqlalchemy.") or (
        declared._variant_mapping  # what it is depends on the database
    ):
        return None
    if isinstance(declared, Integer):
        is_sorted = dialect.name in _BINARY  # elsewhere null cannot be put last
        return Kind(_is_whole, BigInteger(), is_sorted=is_sorted, is_key=True)
    if _is_text(declared, dialect):
        return _text_kind(dialect)
    return _native_kind(declared) if dialect.name == "postgresql" else None


def looseness(column: ColumnElement[Any], dialect: Dialect) -> str | None:
    """Return the reason why *column* is not compared exactly, and what to map; or None.

    None where the database is not known to take several spellings for one. A default
    of the database, such as a collation, cannot be seen here.
    """
    return _looseness(column.type, dialect)


def _looseness(declared: TypeEngine[Any], dialect: Dialect) -> str | None:
    match declared._variant_mapping.get(dialect.name, declared):
        case ARRAY(item_type=inner) | DOMAIN(data_type=inner):
            return _looseness(inner, dialect)
        case CHAR() | NCHAR() if dialect.name != "sqlite":
            return (
                "the database pads it with blanks; map"
                " `func.rtrim(column, type_=String)`"
            )
        case CITEXT():
            return (
                "the database takes no notice of its case; map `cast(column, Text)`,"
                " or one case of it"
            )
        case String(collation=str(name)) if not _is_exact(name, dialect):
            return (
                "its collation may take several spellings for one; map"
                " `collate(column, ...)` with one that is exact, or one spelling of it"
            )
        case _:
            return None


def _is_exact(collation: str, dialect: Dialect) -> bool:
    """Tell whether a collation is known to find equal only what is the same."""
    name = collation.casefold()
    if name in _EXACT or name.endswith(("_bin", "_bin2")):
        return True
    is_own = dialect.name == "postgresql" and _LOCALE.fullmatch(collation)
    return bool(is_own)


def _is_text(declared: TypeEngine[Any], dialect: Dialect) -> bool:
    """Tell whether texts come back as they are compared.

    `CHAR` pads, `CITEXT` and `Enum` are texts of another order, and elsewhere
    long texts cannot always be compared.
    """
    exact = type(declared)
    if exact in _SHORT_TEXTS or isinstance(declared, VARCHAR | sql.NVARCHAR):
        return True
    return exact in _LONG_TEXTS and dialect.name in _BINARY


def _text_kind(dialect: Dialect) -> Kind:
    collation = _BINARY.get(dialect.name)
    is_known = collation is not None
    return Kind(
        _is_storable,
        String(),
        _ALL if is_known else EQUALITIES,
        collation,
        is_sorted=is_known,
        is_key=True,
        is_exact=is_known,
        unless=_IS_UTF_16 if dialect.name == "sqlite" else None,
    )


def _native_kind(declared: TypeEngine[Any]) -> Kind | None:
    """Return the kind of a PostgreSQL column, which holds values of its type only."""
    match declared:
        case Boolean():
            return Kind(lambda v: type(v) is bool, Boolean())
        case Date():
            return Kind(lambda v: type(v) is date, Date())
        case DateTime(timezone=True):
            # Python compares moments of one zone by the clock on its wall.
            return Kind(_is_utc, DateTime(timezone=True), is_sorted=False)
        case DateTime():
            return Kind(_is_naive, DateTime())
        case Uuid(as_uuid=True):
            return Kind(lambda v: type(v) is UUID, Uuid(), is_key=True)
        case Numeric(asdecimal=True) if not isinstance(declared, Float):
            # The gate sorts what is not a number as infinity, PostgreSQL after it.
            return Kind(_is_decimal, Numeric(), is_sorted=False)
        case _:
            return None


def _is_whole(value: object) -> bool:
    return type(value) is int and -(2**63) <= value < 2**63  # beyond, databases raise


def _is_storable(value: object) -> bool:
    return type(value) is str and is_storable(value)


def is_storable(text: str) -> bool:
    """Tell whether a database can be asked for *text*: it has no NUL or surrogate."""
    return "\0" not in text and not any("\ud800" <= c <= "\udfff" for c in text)


def _is_utc(value: object) -> bool:
    return type(value) is datetime and value.tzinfo is UTC


def _is_naive(value: object) -> bool:
    return type(value) is datetime and value.tzinfo is None


def _is_decimal(value: object) -> bool:
    if type(value) is not int and type(value) is not Decimal:
        return False
    number = Decimal(value)
    is_small = number.is_finite() and abs(number.adjusted()) < 1_000
    return is_small and len(number.as_tuple().digits) < 1_000


def since(column: ColumnElement[Any], moment: datetime) -> ColumnElement[bool]:
    """Return the condition that the moment in *column* is not before *moment*.

    A column without a time zone is read as UTC.
    """
    is_zoned = isinstance(column.type, DateTime) and column.type.timezone
    instant = moment.astimezone(UTC)
    value = instant if is_zoned else instant.replace(tzinfo=None)
    bound = DateTime(timezone=is_zoned).with_variant(_BRIEF, "sqlite")
    later: ColumnElement[bool] = column >= literal(value, bound)
    return later
