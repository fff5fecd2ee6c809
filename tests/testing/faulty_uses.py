"""Adapters that cannot be shared, hold too much, or say what they hold."""

import logging
from asyncio import sleep as sleep_async
from json import dumps, loads
from threading import get_ident

from scopegate.adapters.base import NONE
from scopegate.errors import SourceError

from .faulty import fails, fails_async
from .paged import PAGE, AsyncPaged, Cloud, Paged

LOG = logging.getLogger("scopegate.faulty")


# Used twice, or at once


@fails("a_record_given_stays_as_it_was")
class OneDict(Paged):
    """Fills one dict with record after record."""

    def fetch(self, wanted):
        """Yield the same dict again and again."""
        shared = {}
        for record in super().fetch(wanted):
            shared.clear()
            shared.update(record)
            yield shared


@fails(
    "two_fetches_under_way_do_not_disturb_each_other__a_page_and_one",
    "a_fetch_left_midway_harms_no_other__one",
    "two_fetches_give_the_same__one",
)
class KeepsItsPlace(Paged):
    """Keeps how far it has read for all fetches together."""

    start = 0

    def fetch(self, wanted):
        """Yield the records from where somebody stopped."""
        if wanted.resource.name == "school":
            yield from super().fetch(wanted)
            return
        while page := self.page(wanted.renew(), self.start):
            self.start += PAGE
            yield from page


@fails("fetches_of_several_fields_do_not_disturb_each_other")
class KeepsWhatIsWanted(Paged):
    """Keeps what was wanted last for all fetches together."""

    def page(self, wanted, start, size=PAGE):
        """Return a page of what was wanted by the one who came last."""
        if start == 0:
            self.wanted = wanted
        return super().page(self.wanted, start, size)


@fails("two_fetches_under_way_do_not_disturb_each_other__one")
class OneAtATime(Paged):
    """Refuses a second fetch while one is under way."""

    is_busy = False

    def fetch(self, wanted):
        """Yield the records, if no one else is given any."""
        if self.is_busy:
            raise ValueError("busy")
        self.is_busy = True
        yield from super().fetch(wanted)
        self.is_busy = False


@fails(
    "several_may_fetch_at_the_same_time__one",
    "several_resources_may_be_fetched_at_the_same_time",
)
class BelongsToAThread(Paged):
    """Serves the thread that made it, as a connection of SQLite does."""

    def __init__(self, *args):
        super().__init__(*args)
        self.thread = get_ident()

    def fetch(self, wanted):
        """Yield the records to the thread that may have them."""
        if get_ident() != self.thread:
            raise ValueError("made in another thread")
        yield from super().fetch(wanted)


# What is held, logged and raised


@fails("no_more_is_held_than_a_page")
class HoldsEverything:
    """Reads a file at once, and says that it holds a record at a time."""

    school = None

    def __init__(self, records):
        self.kept = dumps({name: list(rows) for name, rows in records.items()})
        self.cloud = Cloud({})

    def capabilities(self, resource):
        """Return that it can do nothing."""
        return NONE

    def fetch(self, wanted):
        """Yield the records, after all of them were read."""
        yield from loads(self.kept).get(wanted.resource.name, [])


@fails(
    "what_is_read_is_in_no_log__one",
    "what_is_refused_shows_no_value__one",
    "what_is_malformed_is_in_no_log",
    "what_is_withheld_changes_nothing__births",
    "nothing_withheld_ever_changes_anything",
)
class LogsRecords(Paged):
    """Logs what it reads, at DEBUG."""

    def page(self, wanted, start, size=PAGE):
        """Return a page, having logged what the MIS gave."""
        LOG.debug("read %s", self.rows(wanted)[start : start + size])
        return super().page(wanted, start, size)


@fails("what_is_looked_for_is_not_logged__surname")
class LogsConditions(Paged):
    """Logs what it asks."""

    def page(self, wanted, start, size=PAGE):
        """Return a page, having logged what was asked."""
        for condition in wanted.where:
            LOG.info("%s %s", condition.path, condition.value)
        return super().page(wanted, start, size)


@fails("it_shows_no_value_itself")
class ShowsItself(Paged):
    """Shows in its `repr` what it holds, as a dataclass does."""

    def __repr__(self):
        return f"ShowsItself({self.cloud.records})"


@fails(
    "a_source_that_breaks_is_told_as_such__one",
    "a_source_that_breaks_is_told_as_such__a_page",
)
class ShowsWhatBroke(Paged):
    """Says what could not be read, and where, with all that was there."""

    def page(self, wanted, start, size=PAGE):
        """Return a page, or raise what it holds."""
        rows = [self.shown(row, wanted) for row in self.rows(wanted)]
        try:
            return self.cloud.answer(rows, start, size)
        except ValueError as error:
            raise SourceError(wanted.resource.name, str(error)) from None


@fails("a_source_that_breaks_is_told_as_such__none")
class ShowsWhatBrokeBehind(Paged):
    """Raises an error that says nothing, with one behind it that says everything."""

    def page(self, wanted, start, size=PAGE):
        """Return a page, or raise with a context."""
        rows = [self.shown(row, wanted) for row in self.rows(wanted)]
        try:
            return self.cloud.answer(rows, start, size)
        except ValueError:
            raise SourceError(wanted.resource.name, "the MIS breaks off") from None


@fails(
    "a_source_that_breaks_is_told_as_such__a_page",
    "what_came_before_a_break_is_as_it_was__one",
)
class EndsWhereItBreaks(Paged):
    """Takes a source that breaks off for the end of it."""

    def fetch(self, wanted):
        """Yield what can be read."""
        try:
            yield from super().fetch(wanted)
        except SourceError:
            return


@fails_async(
    "no_generator_is_left_open__one", "no_generator_is_left_open__a_page_and_one"
)
class LeavesPagesOpen(AsyncPaged):
    """Reads from a generator, and does not close it when it is closed itself."""

    async def fetch(self, wanted):
        """Yield the records of a generator."""
        async for record in super().fetch(wanted):
            yield record


@fails_async(
    "after_a_refusal_no_further_page_comes__one",
    "nothing_is_asked_before_the_first_record_is",
)
class AsyncEager(AsyncPaged):
    """Reads everything when `fetch` is called."""

    def fetch(self, wanted):
        """Return the records, read already."""
        return given(list(self.paged.fetch(wanted)))


async def given(records):
    """Yield records."""
    for record in records:
        yield record


@fails_async("several_may_fetch_at_the_same_time__a_page_and_one")
class AsyncKeepsItsPlace(AsyncPaged):
    """Keeps how far it has read for all fetches together."""

    start = 0

    async def fetch(self, wanted):
        """Yield the records from where somebody stopped."""
        while page := self.paged.page(wanted.renew(), self.start):
            self.start += PAGE
            await sleep_async(0)
            for record in page:
                yield record
