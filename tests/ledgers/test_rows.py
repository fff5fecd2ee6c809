"""Rows: what is read is what was written, or it is refused."""

import pytest
from hypothesis import given, strategies as st

from scopegate.errors import DamagedLedgerError, StaleWriteError
from scopegate.ledgers._sql.rows import Stream, key_of, names_of, rows_behind
from scopegate.proofs.merkle import Frontier, leaf_hash

S = Stream("ledger", "school/1")
T = Stream("ledger", "school/2")
BODIES = st.lists(st.binary(max_size=5), min_size=1, max_size=9)


def stored(bodies, stream=S):
    """Return what a store holds of *stream*: its head, and a row for each body."""
    rows, head = rows_behind(Frontier(), bodies)
    return (stream.encoded, head.size, head.to_bytes()), rows


def joined(head, rows):
    """Return head and rows as a store finds them with one statement."""
    return [(*head, *row) for row in rows] or [(*head, None, None, None)]


def read(head, rows, after=0):
    """Return the bodies read behind *after*, or None if they are refused."""
    try:
        found = [row for row in rows if not isinstance(row[0], int) or row[0] > after]
        return S.bodies(after, joined(head, found))
    except DamagedLedgerError:
        return None


@given(BODIES, st.integers(0, 12))
def test_what_was_written_is_read(bodies, after):
    """Sound rows give the bodies behind a position, in order."""
    head, rows = stored(bodies)

    assert read(head, rows, after) == tuple(bodies[after:])


@given(BODIES, BODIES)
def test_a_stream_grows_as_if_written_at_once(first, then):
    """Rows written in two batches are those of one, and so is the head."""
    rows, head = rows_behind(Frontier(), first)
    more, after = rows_behind(head, then)

    assert ((*rows, *more), after) == rows_behind(Frontier(), first + then)


@given(BODIES, st.data())
def test_a_changed_row_is_refused(bodies, data):
    """One part of one row changed to anything else is damage, never other events."""
    head, rows = stored(bodies)
    at = data.draw(st.integers(0, len(rows) - 1))
    part = data.draw(st.integers(0, 2))
    other = data.draw(
        st.none() | st.text(max_size=2) | st.binary(max_size=5) | st.integers(1, 12)
    )
    changed = list(rows)
    changed[at] = tuple(other if n == part else v for n, v in enumerate(rows[at]))

    assert read(head, changed) in (
        None,
        *([tuple(bodies)] if changed == list(rows) else []),
    )


@given(BODIES, st.data())
def test_a_body_changed_with_its_leaf_is_refused(bodies, data):
    """Who changes an event and its hash as well is given away by the head."""
    head, rows = stored(bodies)
    at = data.draw(st.integers(0, len(rows) - 1))
    other = data.draw(st.binary(max_size=5).filter(lambda body: body != bodies[at]))
    changed = list(rows)
    changed[at] = (at + 1, leaf_hash(other), other)

    assert read(head, changed) is None


@given(BODIES, st.data())
def test_a_lost_row_is_refused(bodies, data):
    """A row that is gone is damage for every reader that it lies before."""
    head, rows = stored(bodies)
    at = data.draw(st.integers(0, len(rows) - 1))
    after = data.draw(st.integers(0, at))

    assert read(head, rows[:at] + rows[at + 1 :], after) is None


@given(BODIES, st.data())
def test_a_row_too_many_is_refused(bodies, data):
    """A sound row behind the head's position was not acknowledged with it."""
    head, rows = stored(bodies)
    after = data.draw(st.integers(0, len(rows)))
    more, _ = rows_behind(Frontier.of(leaf for _, leaf, _ in rows), [b"more"])

    assert read(head, rows + more, after) is None


@given(BODIES, st.data())
def test_a_changed_head_is_refused(bodies, data):
    """Another name, position or peaks is damage to who reads from the start."""
    head, rows = stored(bodies)
    part = data.draw(st.integers(0, 2))
    other = data.draw(
        st.none() | st.text(max_size=2) | st.binary(max_size=64) | st.integers(-1, 12)
    )
    changed = tuple(other if n == part else v for n, v in enumerate(head))

    assert read(changed, rows) in (None, *([tuple(bodies)] if changed == head else []))


@given(BODIES)
def test_rows_of_another_stream_are_refused(bodies):
    """A head and rows that were moved to another stream are not read as its own."""
    head, rows = stored(bodies, T)

    assert read(head, rows) is None


def test_a_stream_that_was_never_written_has_nothing():
    """Neither head nor rows is the empty stream."""
    assert (S.bodies(3, [(None,) * 6]), S.position((None,) * 4)) == ((), 0)


def test_a_lost_head_is_refused():
    """Events without a head are damage, not the end of them."""
    _, rows = stored([b"1"])

    with pytest.raises(DamagedLedgerError, match="there are events and no head"):
        S.bodies(0, joined((None,) * 3, rows))
    with pytest.raises(DamagedLedgerError, match="there are events and no head"):
        S.position((None, None, None, 1))


@given(BODIES, st.integers(0, 12))
def test_the_position_is_that_of_the_last_row(bodies, last):
    """A head that does not belong to the last row gives no position."""
    head, rows = stored(bodies)

    if last == len(rows):
        assert S.position((*head, last)) == last
    else:
        with pytest.raises(DamagedLedgerError, match="not that of the last event"):
            S.position((*head, last))


@given(BODIES)
def test_the_head_is_the_frontier_of_the_events(bodies):
    """A writer goes on from the tree over everything written."""
    head, rows = stored(bodies)

    assert S.head((*head, len(rows))) == Frontier.of(map(leaf_hash, bodies))


def test_damage_is_reported_with_its_place():
    """The error names the ledger, the stream and the position, and no body."""
    head, rows = stored([b"one", b"two"])

    with pytest.raises(DamagedLedgerError) as caught:
        S.bodies(0, joined(head, [rows[0], (2, rows[1][1], b"twp")]))

    assert (caught.value.ledger, caught.value.place, "tw" in str(caught.value)) == (
        "ledger",
        "stream `school/1`, position 2",
        False,
    )


def test_nothing_expected_is_never_stale():
    """A writer that expects no position gets the one found."""
    assert S.expect(None, 7) == 7


def test_another_position_than_expected_is_stale():
    """The error carries the stream and both positions."""
    with pytest.raises(StaleWriteError) as caught:
        S.expect(1, 7)

    assert vars(caught.value) == {"stream": "school/1", "expected": 1, "found": 7}


@given(st.lists(st.text(st.characters(exclude_categories=())), unique=True))
def test_any_names_are_listed_sorted(names):
    """Names are given back as they were, each with one head and some rows."""
    streams = [Stream("ledger", name) for name in names]
    found = [(s.key, s.encoded) for s in streams] + [(s.key, None) for s in streams]

    assert names_of("ledger", found) == sorted(names)


@pytest.mark.parametrize(
    "found",
    [
        [(S.key, S.encoded)],
        [(S.key, None)],
        [(S.key, S.encoded), (T.key, None)],
        [(S.key, T.encoded), (S.key, None)],
        [(S.key, "school/1"), (S.key, None)],
        [(S.key, S.encoded), (S.key, None), (None, None)],
    ],
)
def test_a_list_that_lost_a_stream_is_refused(found):
    """Heads and rows that are not of the same streams are damage, not fewer streams."""
    with pytest.raises(DamagedLedgerError, match="heads are not those of the events"):
        names_of("ledger", found)


def test_the_key_of_a_name_never_changes():
    """Ledgers written before are found again by these keys."""
    assert (key_of(b""), key_of(b"school/100001")) == (
        -2039914840885289964,
        -5430213455774884310,
    )
