"""Adapters that choose, sort or count wrongly, or say more than is so."""

from copy import deepcopy

from attrs import evolve

from scopegate.records.condition import Comparison, names_of, values_at
from scopegate.testing.strategies import SCHOOL

from .faulty import fails
from .paged import PAGE, Paged

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
        """Compare what is at the first name."""
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
    """Gives, besides what is wanted, where it can be read again."""

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
