"""Adapters that change, lose or correct values."""

from scopegate.records.condition import names_of

from .faulty import fails
from .paged import Paged

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
