"""The laws of a catalogue's scopes, routes and digest."""

from hypothesis import HealthCheck, given, settings, strategies as st

from scopegate.catalogue.catalogue import Catalogue
from scopegate.catalogue.field import Field
from scopegate.catalogue.resource import Resource, RowRule
from scopegate.errors import CatalogueError
from scopegate.testing.strategies import catalogues

FEWER = settings(
    max_examples=settings().max_examples // 4,
    suppress_health_check=[HealthCheck.too_slow],  # the first draw builds tables
)
"""For what is slow to draw; the thorough profile makes up for it."""


@st.composite
def scopes_of(draw, catalogue):
    """Draw some of the scope keys of *catalogue*."""
    return draw(st.sets(st.sampled_from(list(catalogue.scopes))))


@FEWER
@given(catalogues())
def test_a_catalogue_written_and_read_is_the_same(catalogue):
    """Reading what was written gives an equal catalogue with the same digest."""
    again = Catalogue.from_dict(catalogue.to_dict())

    assert (again, again.digest) == (catalogue, catalogue.digest)


@FEWER
@given(st.data())
def test_expanding_twice_changes_nothing(data):
    """What comes along with scopes brings nothing further along."""
    catalogue = data.draw(catalogues())
    once = catalogue.expand(data.draw(scopes_of(catalogue)))

    assert catalogue.expand(once) == once


@FEWER
@given(st.data())
def test_expanding_keeps_what_was_given(data):
    """The scopes asked for are among those that come along, in catalogue order."""
    catalogue = data.draw(catalogues())
    given_scopes = data.draw(scopes_of(catalogue))

    expanded = catalogue.expand(given_scopes)

    assert expanded == tuple(
        key for key in catalogue.scopes if key in {*given_scopes, *expanded}
    )


@FEWER
@given(st.data())
def test_more_scopes_never_release_less(data):
    """Each field that some scopes release is released by more scopes, too."""
    catalogue = data.draw(catalogues())
    fewer, more = data.draw(scopes_of(catalogue)), data.draw(scopes_of(catalogue))

    assert catalogue.fields_of(fewer).keys() <= catalogue.fields_of(fewer | more).keys()


@FEWER
@given(st.data())
def test_fields_are_released_by_exactly_their_routes(data):
    """A field is released when all scopes of one of its routes are held, only then."""
    catalogue = data.draw(catalogues())
    scopes = data.draw(scopes_of(catalogue))

    held = set(catalogue.expand(scopes))
    released = {
        p for p, ways in catalogue.routes.items() if any(w <= held for w in ways)
    }
    assert set(catalogue.fields_of(scopes)) == released


def test_a_rule_that_no_file_could_hold_is_not_built():
    """Rows that match and wait for no scope are written and read, or are a fault."""
    rule = RowRule("school", None, {"urn": "7"})
    school = Resource("school", "School", "urn", [Field("school.urn", title="URN")])
    try:
        catalogue = Catalogue("c", "1", {"school": school}, {}, rows=[rule])
    except CatalogueError:
        return

    assert Catalogue.from_dict(catalogue.to_dict()) == catalogue
