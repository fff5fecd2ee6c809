"""Adapters that renew, ask or cut pages wrongly."""

from itertools import count

from attrs import evolve

from scopegate.errors import ScopegateError, SourceError

from .faulty import fails
from .paged import PAGE, Paged

# Renewals


@fails(
    "a_renewal_is_good_for_a_page_and_no_more__one",
    "a_renewal_comes_before_every_request__a_page",
    "what_is_refused_at_once_gives_nothing",
    "after_a_refusal_no_further_page_comes__one",
)
class NeverRenews(Paged):
    """Sends for every page what was permitted when it began."""

    def fetch(self, wanted):
        """Yield the records."""
        return super().fetch(evolve(wanted, renewal=None))


@fails(
    "a_renewal_is_good_for_a_page_and_no_more__a_page_and_one",
    "a_renewal_comes_before_every_request__a_page_and_one",
)
class RenewsOnce(Paged):
    """Renews before the first page, and not before the others."""

    def fetch(self, wanted):
        """Yield the records."""
        renewed = evolve(wanted.renew(), renewal=None)
        yield from super().fetch(renewed)


@fails("no_more_is_asked_for_than_the_last_renewal_says__one")
class ForgetsTheRenewal(Paged):
    """Renews, and goes on with what it was given at first."""

    def page(self, wanted, start, size=PAGE):
        """Return a page of what was wanted at first."""
        if start == 0:
            self.first = wanted
        return super().page(self.first, start, size)


@fails("an_amendment_holds_from_the_next_record__a_page")
class StartsAnew(Paged):
    """Loses its place where the MIS is asked for other fields than before."""

    def fetch(self, wanted):
        """Yield the records, from the first where what is wanted has changed."""
        start, page = 0, [None]
        while page:
            renewed = wanted.renew()
            start = start if renewed == wanted else 0
            wanted, page = renewed, self.page(renewed, start)
            yield from page
            start += PAGE


@fails("no_more_is_asked_for_than_the_last_renewal_says__one")
class Prefetches(Paged):
    """Asks for the next page before it gives the one it has."""

    def fetch(self, wanted):
        """Yield the records, one page behind."""
        start, page = PAGE, self.page(wanted.renew(), 0)
        while page:
            following = self.page(wanted.renew(), start)
            yield from page
            start, page = start + PAGE, following


@fails("nothing_is_asked_before_the_first_record_is")
class Eager(Paged):
    """Reads everything when `fetch` is called."""

    def fetch(self, wanted):
        """Return the records, read already."""
        return iter(list(super().fetch(wanted)))


@fails("a_renewal_is_good_for_a_page_and_no_more__two_pages")
class ReadsAllFirst(Paged):
    """Waits for the first record to be asked for, and then reads everything."""

    def fetch(self, wanted):
        """Yield the records, all read already."""
        yield from list(super().fetch(wanted))


@fails("a_renewal_is_good_for_a_page_and_no_more__two_pages")
class HoldsLargerPages(Paged):
    """Asks for pages of twice the size that it says."""

    def fetch(self, wanted):
        """Yield the records by large pages."""
        for start in count(0, 2 * PAGE):
            page = self.page(wanted.renew(), start, 2 * PAGE)
            yield from page
            if len(page) < 2 * PAGE:
                return


@fails(
    "after_a_refusal_no_further_page_comes__a_page",
    "what_is_refused_at_once_gives_nothing",
    "a_refusal_is_the_end__a_page",
    "what_refuses_is_let_through__refused_query",
)
class SwallowsRefusals(Paged):
    """Ends quietly where it must not go on, as if there were no more."""

    def fetch(self, wanted):
        """Yield the records."""
        try:
            yield from super().fetch(wanted)
        except ScopegateError:
            return


@fails("what_refuses_is_let_through__wrong_school")
class RenamesRefusals(Paged):
    """Says of whatever happens that the MIS cannot be read."""

    def fetch(self, wanted):
        """Yield the records."""
        failed = False
        try:
            yield from super().fetch(wanted)
        except ScopegateError:
            failed = True
        if failed:
            raise SourceError(wanted.resource.name, "the MIS cannot be read")


@fails(
    "to_close_is_the_end__one",
    "a_refusal_is_the_end__a_page",
    "a_revocation_holds_from_the_next_record__one",
    "a_source_that_broke_is_asked_no_further",
)
class SaysGoodbye(Paged):
    """Makes a last request whenever it ends, and once more if it is asked again."""

    def fetch(self, wanted):
        """Return the records."""
        return Goodbye(self, super().fetch(wanted))


class Goodbye:
    """Records, and a request for the next one even where there is none."""

    def __init__(self, adapter, records):
        self.adapter, self.records = adapter, records

    def __iter__(self):
        return self

    def __next__(self):
        try:
            return next(self.records)
        except (StopIteration, ScopegateError):
            self.adapter.cloud.requests += 1
            raise

    def close(self):
        """Make the last request."""
        self.adapter.cloud.requests += 1
        self.records.close()


# Pages


@fails(
    "every_record_comes_once__a_page_and_one",
    "as_many_records_are_given_as_there_are__one",
    "several_may_fetch_at_the_same_time__one",
    "a_fetch_left_midway_harms_no_other__one",
    "a_limit_is_a_hint__one",
    "several_resources_may_be_fetched_at_the_same_time",
    "a_limit_without_an_order_gives_as_many__two_pages_and_one",
)
class LosesTheLastPage(Paged):
    """Takes a page that is not full for the end, and drops it."""

    def page(self, wanted, start, size=PAGE):
        """Return a page if it is full."""
        page = super().page(wanted, start, size)
        is_full = len(page) == size or wanted.resource.name == "school"
        return page if is_full else []


@fails(
    "every_record_comes_once__two_pages",
    "as_many_records_are_given_as_there_are__a_page",
    "as_many_are_counted_as_are_read__a_page",
)
class RepeatsTheLastPage(Paged):
    """Gives the last page again where there is none behind it."""

    def page(self, wanted, start, size=PAGE):
        """Return a page, or the one before."""
        page = super().page(wanted, start, size)
        return page if page or not start else super().page(wanted, start - size, size)


@fails("a_limit_is_a_hint__one")
class TakesTheLimitForAnOrder(Paged):
    """Gives no more records than the limit, though some may be withheld."""

    def rows(self, wanted):
        """Return as many records as the limit."""
        rows = super().rows(wanted)
        return rows if wanted.limit is None else rows[: wanted.limit]


@fails("records_of_one_key_all_come")
class TellsRecordsApartByKey(Paged):
    """Keeps records by their key."""

    def rows(self, wanted):
        """Return one record of each key."""
        key = wanted.resource.key
        return list({row.get(key): row for row in super().rows(wanted)}.values())


@fails("two_fetches_give_the_same__a_page", "two_adapters_give_the_same")
class GivesAnyOrder(Paged):
    """Gives records in another order each time, as a database may."""

    turns, step = count(), 1

    def fetch(self, wanted):
        """Yield the records, every other time from the end."""
        if wanted.resource.name == "pupil":
            self.step = -1 if next(self.turns) % 2 else 1
        yield from super().fetch(wanted)

    def rows(self, wanted):
        """Return the records from the beginning or the end."""
        return super().rows(wanted)[:: self.step]
