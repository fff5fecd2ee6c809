"""What was released is written down: how much, by which grant, and never what."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from hypothesis import given, strategies as st

from scopegate import Catalogue, Condition, Query, Subjects
from scopegate.adapters.records import RecordsAdapter
from scopegate.consent.disclosures import Recording, Usage, fold_disclosures
from scopegate.consent.events import Disclosed
from scopegate.errors import UnreachableLedgerError
from scopegate.gate.disclosure_log import Released
from scopegate.ledgers.base import disclosure_stream
from scopegate.testing.permits import NOON, permit_for

from ..scene import APP, DANA, PUPILS, RECORDS, SCHOOL, VENDOR, Scene

STREAM = disclosure_stream(SCHOOL)


def made(**gate):
    """Return a scene in which the school has authorised."""
    scene = Scene(**gate)
    scene.authorise()
    return scene


def written(scene):
    """Return the disclosures that the ledger holds."""
    return list(scene.ledger.read(STREAM))


def counts(scene):
    """Return how many records each disclosure counts."""
    return [event.count for event in written(scene)]


def test_closing_writes_what_was_released():
    """One disclosure tells app, grant, resource, fields, count and window."""
    scene = made()
    with scene.open() as access:
        access.filter("student", PUPILS[0])
        scene.pass_time(seconds=5)
        access.filter("student", PUPILS[1])
        fields = access.permit.fields_of("student")
        grant = access.permit.why("student.id").grant

    assert written(scene) == [
        Disclosed(
            app=APP,
            grant=grant,
            revision=1,
            resource="student",
            fields=fields,
            count=2,
            since=NOON,
            at=NOON + timedelta(seconds=5),
        )
    ]


def test_a_disclosure_ends_with_its_last_record():
    """An access that is closed long after its last record says when that was."""
    scene = made()
    with scene.open() as access:
        access.filter("student", PUPILS[0])
        scene.pass_time(hours=8)

    assert [event.at for event in written(scene)] == [NOON]


def test_nothing_released_writes_nothing():
    """A record with nothing that may flow is not disclosed."""
    scene = made()
    with scene.open() as access:
        access.filter("contact", {"id": 1})

    assert written(scene) == []


def test_public_data_is_counted_without_a_grant():
    """What flows before any grant names none."""
    scene = Scene()
    with scene.open() as access:
        access.filter("school", {"urn": SCHOOL})

    (event,) = written(scene)
    assert (event.grant, event.revision, event.resource) == ("", 0, "school")


def test_each_grant_revision_has_its_own_count():
    """Records released under different decisions are never counted together."""
    scene = made()
    with scene.open() as access:
        access.filter("student", PUPILS[0])
        scene.register.amend(scene.ask(), actor=VENDOR, optional={"students.dob"})
        access.filter("student", PUPILS[0])
        access.filter("student", PUPILS[1])

    found = [(e.revision, e.count, "student.dob" in e.fields) for e in written(scene)]
    assert found == [(1, 1, False), (2, 2, True)]


@given(st.integers(1, 5), st.integers(0, 17))
def test_a_batch_is_written_when_it_is_full(size, records):
    """At no time is more than a batch unwritten, and in the end nothing is."""
    scene = made(recording=Recording(records=size))
    with scene.open() as access:
        for n in range(records):
            access.filter("student", PUPILS[n % 8])
            assert n + 1 - sum(counts(scene)) < size

    assert sum(counts(scene)) == records


def test_a_batch_is_written_when_it_is_old():
    """A record is written down within the stated time, once another follows."""
    scene = made(recording=Recording(within=timedelta(seconds=10)))
    with scene.open() as access:
        access.filter("student", PUPILS[0])
        scene.pass_time(seconds=9)
        access.filter("student", PUPILS[1])
        before = counts(scene)
        scene.pass_time(seconds=1)
        access.filter("student", PUPILS[2])

        assert (before, counts(scene)) == ([], [3])


def test_written_before_released():
    """In that mode a record is on the ledger before the caller has it."""
    scene = made(recording=Recording.before_release())
    with scene.open() as access:
        for n in (1, 2, 3):
            access.filter("student", PUPILS[0])

            assert sum(counts(scene)) == n


def test_what_cannot_be_written_first_is_not_released():
    """In that mode a ledger that takes no writes gives no records."""
    scene = made(recording=Recording.before_release())
    with scene.open() as access:
        scene.ledger.down = UnreachableLedgerError("a.db", "gone")

        with pytest.raises(UnreachableLedgerError):
            access.filter("student", PUPILS[0])
        with pytest.raises(UnreachableLedgerError):
            next(access.read(scene.mis, Query("student")))
        scene.ledger.down = None

    assert written(scene) == []


def test_a_batch_that_cannot_be_written_is_kept_and_tried_again(caplog):
    """Trouble with the ledger loses no count, and is tried once a while, not each time."""
    scene = made(recording=Recording(records=2, within=timedelta(seconds=10)))
    with scene.open() as access:
        scene.ledger.down = OSError()
        for n in range(5):
            access.filter("student", PUPILS[n])
        tried = scene.ledger.asked
        access.filter("student", PUPILS[5])
        scene.ledger.down = None

        assert scene.ledger.asked == tried + 1
        assert "not written yet" in caplog.text
    assert counts(scene) == [2, 2, 2]


def test_closing_tells_what_it_could_not_write():
    """A batch that is lost at the end is an error, not a silence."""
    scene = made()
    access = scene.open()
    access.filter("student", PUPILS[0])
    scene.ledger.down = UnreachableLedgerError("a.db", "gone")

    with pytest.raises(UnreachableLedgerError):
        access.close()
    scene.ledger.down = None
    access.close()

    assert counts(scene) == [1]


def test_what_went_wrong_first_is_what_is_told(caplog):
    """An error in the caller's own code is not hidden by that of the ledger."""
    scene = made()

    def work():
        with scene.open() as access:
            access.filter("student", PUPILS[0])
            scene.ledger.down = UnreachableLedgerError("a.db", "gone")
            raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        work()

    assert "was not written" in caplog.text


def test_an_error_that_hides_nothing_is_told():
    """Leaving the context in peace, the ledger's error is raised."""
    scene = made()

    def work():
        with scene.open() as access:
            access.filter("student", PUPILS[0])
            scene.ledger.down = UnreachableLedgerError("a.db", "gone")

    with pytest.raises(UnreachableLedgerError):
        work()


def test_only_what_is_given_out_is_counted():
    """Records that a condition leaves out, or a limit, were not disclosed."""
    scene = made()
    query = Query("student", [Condition("student.id", ">", 3)], limit=2)
    with scene.open() as access:
        list(access.read(scene.mis, query))
        reading = access.read(scene.mis, Query("student"))
        next(reading)
        reading.close()

    assert sum(counts(scene)) == 3


def test_a_record_counts_under_what_it_was_released_by():
    """If something is decided between release and giving out, the old grant counts."""
    scene = made()
    with scene.open() as access:
        before = access.permit
        scene.revoke()
        assert access.filter("student", PUPILS[0]) is None
        access.releaser.disclose(before, "student")

    assert [(e.revision, e.count) for e in written(scene)] == [(1, 1)]


def test_threads_lose_no_count():
    """Eight threads that share an access are counted to the last record."""
    scene = made(recording=Recording(records=7))
    with scene.open() as access, ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: access.filter("student", PUPILS[n % 8]), range(400)))

    assert sum(counts(scene)) == 400


def test_no_value_and_no_pupil_is_written():
    """Neither what was released nor about whom is in the ledger's bytes."""
    scene = made()
    with scene.open() as access:
        access.filter("student", {"id": 424242, "first_name": "c4n4ry"})

    kept = b"".join(scene.ledger.bodies(STREAM))
    assert b"c4n4ry" not in kept
    assert b"424242" not in kept


@pytest.mark.parametrize("wrong", [{"records": -1}, {"within": timedelta(seconds=-1)}])
def test_a_batch_has_a_size(wrong):
    """A batch of less than nothing is refused."""
    with pytest.raises(ValueError, match="neither below 0"):
        Recording(**wrong)


# Reading it again


def test_usage_tells_when_each_field_was_read():
    """The last access, by field, and how many records of what by which grant."""
    scene = made()
    with scene.open() as access:
        access.filter("student", PUPILS[0])
    scene.register.amend(scene.ask(), actor=VENDOR, optional={"students.dob"})
    scene.pass_time(days=3)
    with scene.open() as access:
        access.filter("student", PUPILS[0])
        access.filter("school", {"urn": SCHOOL})

    usage = fold_disclosures(written(scene), APP)

    grant = scene.consent().current
    later = NOON + timedelta(days=3)
    assert usage.last_accessed == later
    assert usage.fields["student.dob"] == later
    assert usage.records == {(grant.id, "student"): 2, ("", "school"): 1}


def test_another_app_has_its_own_usage():
    """What one app reads says nothing about another."""
    scene = made()
    with scene.open() as access:
        access.filter("student", PUPILS[0])

    assert fold_disclosures(written(scene), "other") == Usage("other")


def test_what_was_granted_and_never_read():
    """After the days given, the fields that no record was released of are named."""
    scene = Scene()
    scene.authorise("students.dob")
    grant = scene.consent().current
    early = Usage(APP).unread(grant, NOON + timedelta(days=29), 30)
    never = Usage(APP).unread(grant, NOON + timedelta(days=30), 30)
    read = Usage(APP, fields=dict.fromkeys(grant.pins, NOON + timedelta(days=9)))
    some = Usage(APP, fields={"student.id": NOON + timedelta(days=9)})

    assert (early, set(never)) == ((), grant.fields)
    assert read.unread(grant, NOON + timedelta(days=30), 30) == ()
    assert set(some.unread(grant, NOON + timedelta(days=30), 30)) == grant.fields - {
        "student.id"
    }
    assert set(read.unread(grant, NOON + timedelta(days=39), 30)) == grant.fields


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(1, 9)), max_size=8))
def test_usage_adds_up_whatever_the_order(batches):
    """The fold of disclosures does not depend on the order they were written in."""
    events = [
        Disclosed(APP, "g", 1, "student", (f"student.f{day}",), n, NOON, NOON + timedelta(days=day))
        for day, n in batches
    ]  # fmt: skip

    usage = fold_disclosures(events, APP)

    assert usage == fold_disclosures(events[::-1], APP)
    assert sum(usage.records.values()) == sum(n for _, n in batches)


def test_a_batch_is_not_put_off_by_records_of_another_resource():
    """The time runs from the first record, whatever else is released meanwhile."""
    scene = made(recording=Recording(within=timedelta(seconds=10)))
    with scene.open() as access:
        access.filter("student", PUPILS[0])
        scene.pass_time(seconds=9)
        access.filter("school", {"urn": SCHOOL})
        scene.pass_time(seconds=1)
        access.filter("school", {"urn": SCHOOL})

        assert sorted(counts(scene)) == [1, 2]


def test_a_batch_that_cannot_be_written_is_tried_again_in_time():
    """After trouble with the ledger the next record past the stated time is a try."""
    scene = made(recording=Recording(within=timedelta(seconds=10)))
    with scene.open() as access:
        access.filter("student", PUPILS[0])
        scene.pass_time(seconds=10)
        append, scene.ledger.append = scene.ledger.append, None
        access.filter("student", PUPILS[1])
        scene.ledger.append = append
        scene.pass_time(seconds=10)
        access.filter("student", PUPILS[2])

        assert counts(scene) == [2, 1]


def test_a_batch_never_ends_before_it_began():
    """A clock that steps back turns no window round."""
    scene = made()
    with scene.open() as access:
        access.filter("student", PUPILS[0])
        scene.clock.jump(timedelta(hours=-1))

    (event,) = written(scene)
    assert (event.since, event.at) == (NOON, NOON)


def test_public_and_authorised_fields_are_counted_under_the_grant():
    """One authorised field is enough, though the first that flows is public."""
    catalogue = Catalogue.from_dict(
        {
            "id": "small",
            "version": "1",
            "resource": {
                "school": {
                    "key": "urn",
                    "field": {"urn": {"sensitivity": "public"}, "phone": {}},
                }
            },
            "scope": {
                "school": {"sensitivity": "public", "fields": ["school.urn"]},
                "phone": {"fields": ["school.phone"]},
            },
        }
    )

    found = Released.under(permit_for(catalogue, "phone"), "school")

    assert (found.grant, found.revision) == ("grant-1", 1)
    assert found.fields == ("school.urn", "school.phone")


def test_what_was_sorted_and_is_withheld_by_then_is_not_counted():
    """A record that waited, and whose person is left out by now, was not released."""
    scene = made()

    class Narrowing(RecordsAdapter):
        def fetch(self, wanted):
            yield from super().fetch(wanted)
            if wanted.resource.name == "student":
                scene.register.amend(
                    scene.ask(), actor=DANA, subjects=Subjects.only(student=[1])
                )

    with scene.open() as access:
        read = access.read(Narrowing(RECORDS), Query("student", (), ["student.id"]))
        given = list(read)

    assert len(given) == sum(counts(scene)) == 1


def test_a_field_was_read_last_when_it_was_read_last():
    """Batches that are written late do not make a field look unread."""
    days = [NOON + timedelta(days=day) for day in (1, 3, 2)]
    events = [
        Disclosed(APP, "g", 1, "student", ("student.id",), 1, NOON, at) for at in days
    ]

    usage = fold_disclosures(events, APP)

    assert (usage.fields["student.id"], usage.last_accessed) == (days[1], days[1])


def test_an_access_that_could_not_be_closed_cleanly_is_closed():
    """Nothing flows any more where the last batch could not be written."""
    scene = made()
    access = scene.open()
    access.filter("student", PUPILS[0])
    scene.ledger.down = UnreachableLedgerError("a.db", "gone")
    with pytest.raises(UnreachableLedgerError):
        access.close()
    scene.ledger.down = None

    with pytest.raises(ValueError, match="closed"):
        access.filter("student", PUPILS[0])
