"""Adapters with one fault each, and the obligations of the suite that it breaks.

None of these faults is made up: each is in some client or MIS, or in a first draft.
"""

import logging
from asyncio import sleep as sleep_async
from collections.abc import Callable
from copy import deepcopy
from itertools import count
from json import dumps, loads
from threading import Lock
from time import sleep

from attrs import evolve, frozen

from scopegate.adapters.base import NONE
from scopegate.condition import Comparison, names_of, values_at
from scopegate.errors import ScopegateError, SourceError
from scopegate.testing.strategies import SCHOOL

from .paged import PAGE, AsyncPaged, Cloud, Paged

LOG = logging.getLogger("scopegate.faulty")


@frozen
class Fault:
    """One fault.

    Attributes:
        made: The adapter that has it.
        breaks: Names of obligations that it must fail.
    """

    made: Callable[..., object]
    breaks: tuple[str, ...]


FAULTS: dict[str, Fault] = {}


def fails(*obligations):
    """Keep a class as one that must fail these obligations."""

    def keep(made):
        FAULTS[made.__name__] = Fault(made, obligations)
        return made

    return keep


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
    """Ends quietly where it may not go on, as if there were no more."""

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
        return page if len(page) == size else []


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


# Conditions, order and counts


@fails(
    "a_condition_leaves_out_no_record_that_meets_it__unequal_text",
    "as_many_are_counted_as_meet_a_condition__text",
)
class FoldsCase(Paged):
    """Takes texts that differ in case for equal, and so loses some that are not."""

    def meets(self, row, condition):
        """Compare texts by their lower case."""
        if condition.comparison is not Comparison.UNEQUAL:
            return super().meets(row, condition)
        names = names_of(condition.path)
        wanted = str(condition.value).lower()
        return any(str(v).lower() != wanted for v in values_at(row, names))


@fails("a_condition_leaves_out_no_record_that_meets_it__equal_list")
class ComparesWholeLists(Paged):
    """Compares a list as a whole, where any element should do."""

    def meets(self, row, condition):
        """Compare what stands at the first name."""
        (*_, last) = names_of(condition.path)
        found = row.get(last)
        if isinstance(found, list):
            return found == [condition.value]
        return super().meets(row, condition)


@fails("a_condition_leaves_out_no_record_that_meets_it__equal_list_of_objects")
class LooksAtTheFirstElement(Paged):
    """Of a list of objects compares the first alone."""

    def meets(self, row, condition):
        """Compare a record with its lists cut to one."""
        cut = {n: v[:1] if isinstance(v, list) else v for n, v in row.items()}
        return super().meets(cut, condition)


@fails("a_condition_leaves_out_no_record_that_meets_it__one_of_text")
class TakesTheFirstOfSeveral(Paged):
    """Of several values looks for the first."""

    def meets(self, row, condition):
        """Compare with the first value."""
        if condition.comparison is Comparison.ONE_OF:
            condition = evolve(condition, value=condition.value[:1])
        return super().meets(row, condition)


@fails("a_condition_leaves_out_no_record_that_meets_it__less_integer")
class ComparesNumbersAsTexts(Paged):
    """Compares numbers by their digits."""

    def meets(self, row, condition):
        """Compare texts of the values."""
        if condition.comparison is not Comparison.LESS:
            return super().meets(row, condition)
        found = values_at(row, names_of(condition.path))
        return any(str(value) < str(condition.value) for value in found)


@fails("a_condition_leaves_out_no_record_that_meets_it__at_least_date")
class LeavesTheBoundOut(Paged):
    """Sends `>` for `>=`."""

    def meets(self, row, condition):
        """Compare with the bound left out."""
        if condition.comparison is Comparison.AT_LEAST:
            condition = evolve(condition, comparison=">")
        return super().meets(row, condition)


@fails("a_condition_leaves_out_no_record_that_meets_it__equal_boolean")
class SendsTruthAsAWord(Paged):
    """Sends a truth value as Python writes it, which the MIS does not know."""

    def meets(self, row, condition):
        """Compare with the word."""
        if isinstance(condition.value, bool):
            condition = evolve(condition, value=str(condition.value))
        return super().meets(row, condition)


@fails("conditions_must_all_hold__text")
class DecidesWithTheLastValue(Paged):
    """Compares every field with the value of the last condition, as a loop may."""

    def rows(self, wanted):
        """Return what meets conditions that all have one value."""
        value = wanted.where[-1].value if len(wanted.where) > 1 else None
        where = [
            c
            if value is None or c.comparison is Comparison.ONE_OF
            else evolve(c, value=value)
            for c in wanted.where
        ]
        return super().rows(evolve(wanted, where=where))


@fails("any_text_can_be_looked_for__NUL", "any_text_can_be_looked_for__lone_surrogate")
class CannotSendSomeTexts(Paged):
    """Fails where a condition has a text that does not fit into a request."""

    def meets(self, row, condition):
        """Put the value into a request first."""
        if b"\0" in str(condition.value).encode():
            raise ValueError("a request holds no NUL")
        return super().meets(row, condition)


@fails(
    "records_come_in_the_order_asked_for__text",
    "one_path_is_enough_to_sort_by__text",
)
class SortsByLanguage(Paged):
    """Sorts texts as a person would, and says that this is the order."""

    def sorted(self, rows, wanted):
        """Return records sorted by folded texts."""
        ranked = super().sorted(rows, wanted)
        if not wanted.order_by:
            return ranked
        names = names_of(wanted.order_by[0])
        return sorted(
            ranked, key=lambda r: str(next(values_at(r, names), "")).casefold()
        )


@fails(
    "records_come_in_the_order_asked_for__date",
    "one_path_is_enough_to_sort_by__date",
    "pages_by_cursor_make_the_whole__date",
)
class SortsMissingFirst(Paged):
    """Puts records that lack the value first."""

    def sorted(self, rows, wanted):
        """Return records with those first that lack a value."""
        ranked = super().sorted(rows, wanted)
        if not wanted.order_by:
            return ranked
        names = names_of(wanted.order_by[0])
        return sorted(ranked, key=lambda r: next(values_at(r, names), None) is not None)


@fails("a_limit_gives_the_first__a_page", "pages_by_cursor_make_the_whole__text")
class SortsEachPage(Paged):
    """Sorts a page, and not what the page is taken from."""

    def rows(self, wanted):
        """Return the records, sorted by the page."""
        rows = super().rows(evolve(wanted, order_by=()))
        pages = [rows[n : n + PAGE] for n in range(0, len(rows), PAGE)]
        return [row for page in pages for row in self.sorted(page, wanted)]


@fails("it_sorts_by_nothing_in_a_list")
class SortsByLists(Paged):
    """Says that it sorts by what is in lists."""

    def capabilities(self, resource):
        """Return that it sorts by everything."""
        orders = [leaf.path for leaf in resource.fields]
        return evolve(super().capabilities(resource), orders=orders)


@fails("its_total_is_the_number_of_records__a_page_and_one")
class CountsPages(Paged):
    """Tells how many records fill the pages that there are."""

    def total(self, wanted):
        """Return the number of pages times their size."""
        return -(-super().total(wanted) // PAGE) * PAGE


@fails("its_total_is_renewed_for__one")
class CountsUnrenewed(Paged):
    """Asks for a total by what was permitted before."""

    def total(self, wanted):
        """Return the total without renewing."""
        return super().total(evolve(wanted, renewal=None))


@fails("its_total_is_the_number_of_records__one")
class CannotCount(Paged):
    """Says that it has totals, and has none."""

    total = None


# What it says that it can do


@fails(
    "it_projects_if_it_says_so__integer",
    "it_projects_several_fields_if_it_says_so",
    "no_more_is_asked_for_than_the_last_renewal_says__one",
)
class GivesWholeRecords(Paged):
    """Says that it projects, and gives everything."""

    def shown(self, row, wanted):
        """Return the whole record."""
        return deepcopy(row)


@fails(
    "it_projects_if_it_says_so__object", "it_projects_if_it_says_so__list_of_objects"
)
class ProjectsTheTopAlone(Paged):
    """Chooses among the names of a record, and gives whole objects below them."""

    def shown(self, row, wanted):
        """Return the record with the names at its top that are wanted."""
        tops = {names_of(path)[0] for path in wanted.fields}
        return deepcopy({n: v for n, v in row.items() if n in tops})


@fails("it_projects_if_it_says_so__key", "it_projects_several_fields_if_it_says_so")
class AddsALink(Paged):
    """Gives beside what is wanted where it can be read again."""

    def shown(self, row, wanted):
        """Return what is wanted, and an address."""
        return {**super().shown(row, wanted), "_links": {"self": "/1"}}


@fails(
    "a_search_looks_at_no_other_field__surname",
    "a_search_looks_at_no_other_field__tags",
)
class SearchesMoreThanItSays(Paged):
    """Says that it looks at names, and looks at every text."""

    def capabilities(self, resource):
        """Return that it searches one field."""
        able = super().capabilities(resource)
        one = [f.path for f in resource.fields if f.local == "status"]
        return evolve(able, searches=one)

    def matches(self, row, wanted):
        """Tell whether a word is anywhere in a record."""
        return wanted.search is None or wanted.search in str(row)


@fails("a_search_finds_what_is_there__surname")
class DoesNotSearch(Paged):
    """Says that it searches, and takes no notice of what for."""

    def matches(self, row, wanted):
        """Find everything."""
        return True


@fails("it_is_not_asked_to_search_unless_it_says_so")
class AsksWhatItCanDo(Paged):
    """Asks the MIS what it can do, where nothing may be asked yet."""

    def capabilities(self, resource):
        """Return what the MIS says."""
        self.cloud.requests += 1
        return evolve(super().capabilities(resource), searches=None)


@fails("to_tell_what_it_can_do_it_asks_nobody")
class KnowsTwoResources(Paged):
    """Fails where it is asked about a resource that it does not know."""

    def capabilities(self, resource):
        """Return what it can do with a resource that it knows."""
        known = {"school": super().capabilities, "pupil": super().capabilities}
        return known[resource.name](resource)


@fails("it_names_fields_of_the_resource_and_no_others")
class NamesColumns(Paged):
    """Names fields as its database does."""

    def capabilities(self, resource):
        """Return conditions by the names of columns."""
        able = super().capabilities(resource)
        return evolve(able, conditions={"tbl_pupil.surname": ["="]})


@fails("a_page_has_a_record")
class HasNoPages(Paged):
    """Says with a zero that it has no pages."""

    def capabilities(self, resource):
        """Return that a page holds nothing."""
        return evolve(super().capabilities(resource), page_size=0)


@fails("what_changed_is_among_what_is_there")
class GivesWhatWasDeleted(Paged):
    """Among what has changed gives what is there no more."""

    def rows(self, wanted):
        """Return the records, and one that was deleted."""
        rows = super().rows(wanted)
        gone = [{**row, wanted.resource.key: 1} for row in rows[:1]]
        return rows if wanted.changed_since is None else [*rows, *gone]


# Schools and resources


@fails("it_says_whose_data_it_serves_or_that_it_cannot_tell")
class NamesAnotherSchool(Paged):
    """Names the school by an identifier of its own."""

    school = "A100001"


@fails("its_public_record_is_no_echo")
class EchoesTheSchool(Paged):
    """Says of whatever school it is asked for that this is the one."""

    def shown(self, row, wanted):
        """Return a record with the key that was asked for."""
        shown = super().shown(row, wanted)
        return shown | {"urn": wanted.school} if "urn" in shown else shown


@fails("its_public_record_proves_the_school")
class HasNoPublicRecord(Paged):
    """Serves pupils alone."""

    def held(self, wanted):
        """Return the records of pupils."""
        return super().held(wanted) if wanted.resource.name == "pupil" else []


@fails("nothing_of_another_school_is_read")
class SaysThatAllIsOurs(Paged):
    """Puts the school that was asked for into whatever record it gives."""

    school = SCHOOL

    def shown(self, row, wanted):
        """Return a record that names the school."""
        shown = super().shown(row, wanted)
        return shown | {"school_urn": SCHOOL} if "school_urn" in shown else shown


@fails("a_resource_that_it_does_not_have_gives_no_record")
class ServesTheOnlyCollection(Paged):
    """Gives pupils, whatever is asked for."""

    def held(self, wanted):
        """Return pupils, or the school."""
        held = self.cloud.records
        return held.get(wanted.resource.name, held["pupil"])

    def shown(self, row, wanted):
        """Return the whole record."""
        return deepcopy(row)


# Values


@fails(
    "what_is_absent_stays_so__null_at_text",
    "objects_and_lists_may_be_empty_or_absent",
    "any_records_are_read_as_they_are",
    "any_query_gives_what_the_model_gives",
    "each_scope_alone_releases_what_the_model_does__names",
    "all_scopes_release_what_the_model_does",
    "any_scopes_release_what_the_model_does",
    "only_people_covered_are_read__everyone",
)
class DropsRecordsWithNull(Paged):
    """Leaves out records that lack something, as an inner join does."""

    def rows(self, wanted):
        """Return the records that are complete."""
        return [row for row in super().rows(wanted) if None not in row.values()]


@fails(
    "what_is_absent_stays_so__null_at_text",
    "every_value_is_given_back_as_it_was__text",
    "groups_are_counted_by_what_is_released__text",
)
class EmptiesNull(Paged):
    """Gives a text of no characters for null."""

    def shown(self, row, wanted):
        """Return a record without null."""
        shown = super().shown(row, wanted)
        return {n: "" if v is None else v for n, v in shown.items()}


@fails("what_is_absent_stays_so__no_key_at_date", "a_selection_is_all_that_comes__date")
class FillsIn(Paged):
    """Gives null for a key that is not there."""

    def shown(self, row, wanted):
        """Return a record with every key that is wanted at its top."""
        tops = [names_of(path)[0] for path in wanted.fields]
        return {**dict.fromkeys(tops), **super().shown(row, wanted)}


@fails("every_value_is_given_back_as_it_was__boolean")
class NumbersTruth(Paged):
    """Gives 1 and 0 for true and false, as a database does."""

    def shown(self, row, wanted):
        """Return a record without truth values."""
        shown = super().shown(row, wanted)
        return {n: int(v) if v in (True, False) else v for n, v in shown.items()}


@fails("a_number_is_given_back_as_it_was__more_than_a_double_holds")
class ReadsDoubles(Paged):
    """Reads every number as a double, as JavaScript does."""

    def shown(self, row, wanted):
        """Return a record with whole numbers that went through a double."""
        shown = super().shown(row, wanted)
        return {n: int(float(v)) if type(v) is int else v for n, v in shown.items()}


@fails(
    "a_text_is_given_back_as_it_was__outer_spaces",
    "every_field_of_texts_gives_them_back__surname",
)
class Strips(Paged):
    """Takes the blanks off a text."""

    def shown(self, row, wanted):
        """Return a record with trimmed texts."""
        shown = super().shown(row, wanted)
        return {n: v.strip() if isinstance(v, str) else v for n, v in shown.items()}


@fails("a_list_keeps_its_order__list", "every_value_is_given_back_as_it_was__list")
class SortsLists(Paged):
    """Gives each value of a list once, sorted."""

    def shown(self, row, wanted):
        """Return a record whose lists of texts are sets."""
        return {
            n: sorted(set(v))
            if isinstance(v, list) and all(isinstance(t, str) for t in v)
            else v
            for n, v in super().shown(row, wanted).items()
        }


@fails("what_is_malformed_is_left_to_the_gate__text")
class MendsLists(Paged):
    """Takes the first of a list where one value is declared."""

    def shown(self, row, wanted):
        """Return a record with the first of each list but those that are declared."""
        shown = super().shown(row, wanted)
        found = shown.get("surname")
        return {**shown, "surname": found[0]} if isinstance(found, list) else shown


@fails("what_the_catalogue_does_not_know_is_no_fault")
class RefusesUnknownKeys(Paged):
    """Fails on a key that it does not know."""

    def shown(self, row, wanted):
        """Return a record that has no other keys than the catalogue."""
        known = {leaf.steps[0].name for leaf in wanted.resource.fields}
        if not row.keys() <= known:
            raise ValueError("unknown key")
        return super().shown(row, wanted)


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
        while page := self.page(wanted.renew(), self.start):
            self.start += PAGE
            yield from page


@fails("fetches_of_several_fields_do_not_disturb_each_other")
class KeepsWhatIsWanted(Paged):
    """Keeps what was wanted last for all fetches together."""

    def page(self, wanted, start, size=PAGE):
        """Return a page of what was wanted by whoever came last."""
        if start == 0:
            self.wanted = wanted
        return super().page(self.wanted, start, size)


@fails(
    "several_may_fetch_at_the_same_time__one",
    "several_resources_may_be_fetched_at_the_same_time",
    "two_fetches_under_way_do_not_disturb_each_other__one",
)
class OneAtATime(Paged):
    """Refuses a second fetch while one is under way."""

    def __init__(self, *args):
        super().__init__(*args)
        self.busy = Lock()

    def fetch(self, wanted):
        """Yield the records, if nobody else is given any."""
        if not self.busy.acquire(blocking=False):
            raise ValueError("busy")
        try:
            for record in super().fetch(wanted):
                sleep(0.001)  # so that others come while it is under way
                yield record
        finally:
            self.busy.release()


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


ASYNC_FAULTS: dict[str, Fault] = {}


def fails_async(*obligations):
    """Keep a class that does not block as one that must fail these obligations."""

    def keep(made):
        ASYNC_FAULTS[made.__name__] = Fault(made, obligations)
        return made

    return keep


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
