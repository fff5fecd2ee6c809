"""What must hold of what an adapter says and raises: no value of a record is in it."""

from itertools import islice
from logging import LogRecord

from ...catalogue.field import Field, Kind
from ...errors import SourceError, UnreachableLedgerError
from ...records.condition import Condition
from ..hostile import CANARY
from ..laws import Laws
from ..leaks import assert_no_leak
from .adapter_kit import SIZES, AdapterKit, Size
from .alike import unordered
from .logs import listening, own
from .renewals import Renewals, rest_of
from .rows import FIRST_KEY, Row, put
from .shape import Part

LAWS = Laws()

_NUMBER = 736_154_209  # of so many digits that it is not found by chance
_KEYS = 40  # of so many records the keys are looked for
_PLACES = {name: size for name, size in SIZES.items() if "two" not in name}


def _breaks(kit: AdapterKit) -> bool:
    return kit.breaks is not None


def _secret(leaf: Field) -> object:
    """Return a value of a field that must not be seen outside its record."""
    if leaf.kind is Kind.TEXT:
        return [CANARY] if leaf.steps[-1].is_list else CANARY
    return _NUMBER if leaf.kind is Kind.INTEGER else None


def _secret_rows(kit: AdapterKit, count: int) -> list[Row]:
    """Return records that hold what must not be seen, in every text and number."""
    rows = kit.rows.several(count)
    for leaf in (*kit.free.values(), *kit.texts.values()):
        secret = kit.rows.held(_secret(leaf))
        for row in rows if secret is not None else []:
            put(row, leaf.steps, secret)
    return rows


def _check_secret(output: object, logged: list[LogRecord]) -> None:
    """Assert that neither *output* nor what was logged holds a value of a record.

    Keys are looked for in what scopegate logs: an address that some other library
    logs may have to name the record after which a page begins.
    """
    keys = [FIRST_KEY + n for n in range(_KEYS)]
    assert_no_leak([output, own(logged)], [CANARY, _NUMBER, *keys])
    assert_no_leak(logged, [CANARY, _NUMBER])


@LAWS.law(lambda _: _PLACES)
def what_is_read_is_in_no_log(kit: AdapterKit, size: Size) -> None:
    """While records are read no logger of the process receives a value of them."""
    with (
        kit.source(_secret_rows(kit, size(kit.page_size))) as source,
        listening() as logged,
    ):
        list(source.fetch(kit.wanted()))
        list(source.read(kit.story().open(), kit.query()))

    _check_secret(None, logged)


@LAWS.law(when=lambda kit: kit.shape.has(Part.MALFORMED))
def what_is_malformed_is_in_no_log(kit: AdapterKit) -> None:
    """Values that are not as declared are reported by their place, and not shown."""
    rows = _secret_rows(kit, len(kit.places))
    for row, leaf in zip(rows, kit.places.values(), strict=True):
        put(row, leaf.steps, {"a": [CANARY]})
    with kit.source(rows) as source, listening() as logged:
        _, raised = rest_of(source.read(kit.story().open(), kit.query()))

    _check_secret(raised, logged)


@LAWS.law(lambda _: _PLACES)
def what_is_refused_shows_no_value(kit: AdapterKit, size: Size) -> None:
    """Refused midway, neither the exception nor a log holds a value that was read."""
    page = kit.page_size
    with kit.source(_secret_rows(kit, 3 * page)) as source, listening() as logged:
        renewals = Renewals(kit.wanted())
        records = source.fetch(renewals.wanted)
        list(islice(records, size(page)))
        renewals.refusal = UnreachableLedgerError("ledger", "does not answer")

        _, raised = rest_of(records)

    _check_secret(raised, logged)


@LAWS.law()
def it_shows_no_value_itself(kit: AdapterKit) -> None:
    """Shown in a traceback or a log, an adapter shows none of its records."""
    with kit.source(_secret_rows(kit, 3)) as source:
        list(source.fetch(kit.wanted()))
        shown = [repr(source.adapter), str(source.adapter), repr(kit.able(source))]

    _check_secret(shown, [])


@LAWS.law(lambda kit: kit.texts)
def what_is_looked_for_is_not_logged(kit: AdapterKit, leaf: Field) -> None:
    """The value of a condition is in none of scopegate's logs."""
    query = kit.query([Condition(leaf.path, "=", CANARY)])
    with kit.source(kit.rows.several(3)) as source, listening() as logged:
        list(source.read(kit.story().open(), query))

    assert_no_leak(own(logged), [CANARY])


@LAWS.law(lambda _: _PLACES, when=_breaks)
def a_source_that_breaks_is_told_as_such(kit: AdapterKit, size: Size) -> None:
    """Where a source breaks midway a `SourceError` says so, and shows nothing of it."""
    page = kit.page_size
    rows, after = _secret_rows(kit, 3 * page + 1), size(page)
    with kit.broken(rows, after) as source, listening() as logged:
        given, raised = rest_of(source.fetch(kit.wanted()))

    assert isinstance(raised, SourceError)
    assert len(given) <= after
    _check_secret(raised, logged)


@LAWS.law(lambda _: _PLACES, when=_breaks)
def what_came_before_a_break_is_as_it_was(kit: AdapterKit, size: Size) -> None:
    """What is read before a source breaks is what it holds, and then comes the fault."""
    page = kit.page_size
    rows = kit.rows.several(3 * page + 1)
    access = kit.story().open()
    with kit.broken(rows, size(page)) as source:
        read, raised = rest_of(source.read(access, kit.query()))

    everything = unordered(kit.model(rows).read(access, kit.query()))
    assert isinstance(raised, SourceError)
    assert [record for record in unordered(read) if record not in everything] == []


@LAWS.law(when=_breaks)
def a_source_that_broke_is_asked_no_further(kit: AdapterKit) -> None:
    """After the fault nothing comes, and nothing more is asked."""
    with kit.broken(kit.rows.several(3 * kit.page_size + 1), 1) as source:
        records = source.fetch(kit.wanted())
        rest_of(records)
        before = kit.requests(source)

        assert (rest_of(records), kit.requests(source)) == (([], None), before)
