"""Proving whose data an adapter serves."""

import pytest

from scopegate.adapters._asking.school_check import prove_school
from scopegate.adapters.base import Fetch
from scopegate.adapters.records import RecordsAdapter
from scopegate.catalogue.catalogue import Catalogue
from scopegate.errors import UnverifiedSchoolError, WrongSchoolError

TABLE = {
    "id": "small",
    "version": "1",
    "resource": {
        "school": {
            "key": "of.urn",
            "field": {
                "of.urn": {"sensitivity": "public"},
                "Name": {"sensitivity": "public"},
                "head": {},
            },
        }
    },
    "scope": {
        "school": {"sensitivity": "public", "fields": ["school.of.urn", "school.Name"]},
        "heads": {"fields": ["school.head"]},
    },
}
CATALOGUE = Catalogue.from_dict(TABLE)
HOME = CATALOGUE.resource("school")


def serving(*records, school=None):
    """Return an adapter that serves these school records."""
    return RecordsAdapter({"school": records}, school)


@pytest.mark.parametrize(
    ("records", "name"),
    [
        ([{"of": {"urn": "1"}, "Name": "Example School"}], "Example School"),
        ([{"of": {"urn": 1}, "Name": "Example School"}], "Example School"),
        ([{"of": {"urn": "1"}}], ""),
        ([{"of": {"urn": "1"}, "Name": None}], ""),
        ([{"of": {"urn": "1"}, "Name": 7}], ""),
        ([{"of": {"urn": "1"}, "Name": "A"}, {"of": {"urn": "1"}, "Name": "B"}], "A"),
    ],
)
def test_a_school_is_proved_by_its_public_record(records, name):
    """The key must equal the school as text; the name is told where there is one."""
    assert prove_school(serving(*records), CATALOGUE, "1") == name


def test_an_adapter_that_names_the_school_is_read_all_the_same():
    """What an adapter claims of itself does not replace the public record."""
    with pytest.raises(UnverifiedSchoolError):
        prove_school(serving(school="1"), CATALOGUE, "1")


@pytest.mark.parametrize(
    "records",
    [
        [],
        [None],
        [{}],
        [{"of": {"urn": None}}],
        [{"of": {"urn": ["1"]}}],
        [{"of": "1"}],
        [{"of": {"urn": "1"}}, {}],
    ],
)
def test_a_public_record_without_its_key_proves_nothing(records):
    """A school is not verified where any public record does not say whose it is."""
    with pytest.raises(UnverifiedSchoolError) as caught:
        prove_school(serving(*records), CATALOGUE, "1")

    assert str(caught.value) == (
        "school `1` was not connected: the MIS gave no `school.of.urn`; check the"
        " adapter's mapping"
    )


@pytest.mark.parametrize("urns", [["2"], ["1", "2"], ["01"], [1.0], [True]])
def test_another_school_is_a_fault(urns):
    """One record of another school is enough, and its key is not shown."""
    with pytest.raises(WrongSchoolError) as caught:
        prove_school(serving(*({"of": {"urn": urn}} for urn in urns)), CATALOGUE, "1")

    assert vars(caught.value) == {"school": "1", "place": "field `school.of.urn`"}


def test_an_adapter_of_another_school_is_not_read():
    """An adapter that says whose it is, wrongly, is refused before it is asked."""
    unread = untouchable("2")

    with pytest.raises(WrongSchoolError, match="the adapter names another school"):
        prove_school(unread, CATALOGUE, "1")


def untouchable(school):
    """Return an adapter of *school* whose records must not be touched."""

    def fail():
        raise AssertionError
        yield

    return RecordsAdapter({"school": fail()}, school)


def test_a_catalogue_without_a_public_resource_proves_nothing():
    """Without a public key there is nothing to verify a school by."""
    table = {**TABLE, "scope": {"heads": {"fields": ["school.head"]}}}

    with pytest.raises(UnverifiedSchoolError, match="no public resource"):
        prove_school(serving({"of": {"urn": "1"}}), Catalogue.from_dict(table), "1")


def test_a_public_resource_need_not_have_a_name():
    """A catalogue whose public fields hold no name gives a school none."""
    scope = {"sensitivity": "public", "fields": ["school.of.urn"]}
    catalogue = Catalogue.from_dict({**TABLE, "scope": {"school": scope}})

    assert (
        prove_school(serving({"of": {"urn": "1"}, "Name": "A"}), catalogue, "1") == ""
    )


def test_only_public_fields_are_asked_for():
    """To prove a school the MIS is asked for its public fields and no other."""
    asked = []

    class Noting(RecordsAdapter):
        """An adapter that keeps what it was asked for."""

        def fetch(self, wanted):
            """Note what is wanted and serve it."""
            asked.append(wanted)
            return super().fetch(wanted)

    prove_school(Noting({"school": [{"of": {"urn": "1"}}]}), CATALOGUE, "1")

    assert asked == [Fetch(HOME, ["school.of.urn", "school.Name"], "1", "of.urn")]
