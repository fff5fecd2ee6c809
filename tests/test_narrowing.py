"""Authority only narrows on the way up: each step of the stair is a law."""

from datetime import timedelta

from attrs import evolve
from hypothesis import HealthCheck, assume, given, settings, strategies as st

from scopegate.catalogue.catalogue import Catalogue
from scopegate.consent.decision import Choice
from scopegate.consent.events import Authorised, Connected
from scopegate.consent.fold import fold_school
from scopegate.consent.grant import Grant
from scopegate.consent.present import present
from scopegate.consent.request import AccessRequest
from scopegate.gate.projection.projection import compile_projection
from scopegate.policy.decide import permit
from scopegate.policy.permit import Permit
from scopegate.testing.permits import (
    NOON,
    connection,
    decision_on,
    permit_for,
    state_of,
)
from scopegate.testing.strategies import (
    SCHOOL,
    catalogue_tables,
    catalogues,
    field_paths,
    records,
)

FEWER = settings(
    max_examples=settings().max_examples // 2,
    suppress_health_check=[HealthCheck.too_slow],  # the first draw builds tables
)
"""For laws that are slow to draw; `thorough` still tries twenty times as many."""


def keys_of(catalogue):
    """Return the scopes of *catalogue* that wait for a grant."""
    return [key for key in catalogue.scopes if key != "school"]


@st.composite
def decisions(draw):
    """Draw a catalogue, a request on it, and the grant a school made of it."""
    catalogue = draw(catalogues())
    asked = draw(st.lists(st.sampled_from(keys_of(catalogue)), min_size=1, unique=True))
    cut = draw(st.integers(0, len(asked)))
    request = AccessRequest("app", "to be tested", asked[:cut], asked[cut:])
    ticked = frozenset(draw(st.sets(st.sampled_from(asked[cut:] or [""])))) - {""}
    shown = present(catalogue, connection(), request, 1)
    grant = Grant.of(
        catalogue,
        shown,
        Choice(ticked),
        id="g",
        revision=1,
        decisions=[decision_on(shown, ticked)],
    )
    return catalogue, request, grant


def now_permitted(catalogue, grant):
    """Return the permit that *grant* comes to under *catalogue*."""
    return permit(catalogue, state_of(grant), school=SCHOOL, app="app", now=NOON)


@FEWER
@given(decisions())
def test_a_request_asks_for_fields_of_the_catalogue(decision):
    """What a request could release is in the catalogue."""
    catalogue, request, _ = decision

    assert catalogue.fields_of(request.scopes).keys() <= catalogue.fields.keys()


@FEWER
@given(decisions())
def test_a_grant_holds_fields_of_the_request(decision):
    """A grant pins no field that the request did not ask for."""
    catalogue, request, grant = decision

    assert grant.fields <= catalogue.fields_of(request.scopes).keys()


@FEWER
@given(decisions())
def test_a_grant_holds_the_required_and_of_the_rest_what_was_ticked(decision):
    """A grant pins exactly what its required and ticked scopes release."""
    catalogue, request, grant = decision

    expected = catalogue.fields_of(request.required | grant.ticked)
    assert grant.fields == expected.keys()


@FEWER
@given(decisions())
def test_a_permit_holds_fields_of_the_grant_and_public_ones(decision):
    """A permit lets nothing flow that is neither authorised nor public."""
    catalogue, _, grant = decision

    flowing = now_permitted(catalogue, grant).fields

    assert flowing <= grant.fields | catalogue.public_fields.keys()


@FEWER
@given(decisions(), st.data())
def test_a_released_record_holds_fields_of_the_permit(decision, data):
    """A released record has a value only at a field of the permit."""
    catalogue, _, grant = decision
    flowing = now_permitted(catalogue, grant)
    record = data.draw(records(catalogue.resource("pupil").fields))

    released = compile_projection(flowing, "pupil")(record)

    named = {path.replace("[]", "") for path in flowing.fields}
    assert set(values("pupil", released or {})) <= named


def values(at, released):
    """Yield the path, without list marks, of each value of a released record."""
    if isinstance(released, dict):
        for name, below in released.items():
            yield from values(f"{at}.{name}", below)
    elif isinstance(released, list):
        for below in released:
            yield from values(at, below)
    elif released is not None:
        yield at


@FEWER
@given(catalogues(), st.data())
def test_the_order_of_scopes_does_not_matter(catalogue, data):
    """The same scopes in another order permit the same."""
    scopes = data.draw(st.lists(st.sampled_from(keys_of(catalogue)), min_size=1))
    shuffled = data.draw(st.permutations(scopes))

    assert permit_for(catalogue, *scopes) == permit_for(catalogue, *shuffled)


@FEWER
@given(catalogues(), st.data())
def test_fewer_scopes_never_permit_more(catalogue, data):
    """With a scope less, every field that flows did so before."""
    scopes = data.draw(st.lists(st.sampled_from(keys_of(catalogue)), min_size=1))

    less = permit_for(catalogue, *scopes[1:], "school").fields

    assert less <= permit_for(catalogue, *scopes).fields


@FEWER
@given(catalogues(), st.data())
def test_fewer_scopes_never_release_a_row_more(catalogue, data):
    """With a scope less, every record that passes did so before."""
    scopes = data.draw(st.lists(st.sampled_from(keys_of(catalogue)), min_size=1))
    record = data.draw(records(catalogue.resource("pupil").fields))

    less = permit_for(catalogue, *scopes[1:], "school")
    more = permit_for(catalogue, *scopes)

    released = compile_projection(less, "pupil")(record)
    assert released is None or compile_projection(more, "pupil")(record) is not None


@FEWER
@given(catalogues(), st.data())
def test_the_order_of_grants_of_other_apps_does_not_matter(catalogue, data):
    """What one app may see does not depend on when another was authorised."""
    scopes = data.draw(st.lists(st.sampled_from(keys_of(catalogue)), min_size=1))
    mine = grant_for(catalogue, scopes, "app")
    theirs = grant_for(catalogue, keys_of(catalogue), "other")
    events = [Authorised(mine, NOON), Authorised(theirs, NOON)]

    one, two = (
        permit(
            catalogue,
            fold_school([Connected(connection(), NOON), *order]),
            school=SCHOOL,
            app="app",
            now=NOON,
        )
        for order in (events, events[::-1])
    )

    assert one == two


def grant_for(catalogue, scopes, app):
    """Return the grant by which a school authorised *scopes* for *app*."""
    request = AccessRequest(app, "to be tested", scopes)
    shown = present(catalogue, connection(), request, 1)
    return Grant.of(
        catalogue,
        shown,
        Choice(),
        id=app,
        revision=1,
        decisions=[decision_on(shown)],
    )


@FEWER
@given(catalogue_tables(), field_paths(), st.data())
def test_a_field_added_to_a_scope_changes_no_grant(table, added, data):
    """A grant releases the same after fields joined the scopes it was made of."""
    before = Catalogue.from_dict(table)
    scopes = data.draw(st.lists(st.sampled_from(keys_of(before)), min_size=1))
    grant = grant_for(before, scopes, "app")
    fields = [f"pupil.{path}" for path in table["resource"]["pupil"]["field"]]
    for key in keys_of(before):
        table["scope"][key]["fields"] = fields
    after = Catalogue.from_dict(table)

    assert now_permitted(after, grant).fields == now_permitted(before, grant).fields


@FEWER
@given(catalogue_tables(), st.data())
def test_lifting_row_rules_changes_no_grant(table, data):
    """A record withheld by a rule at the time of the grant stays withheld."""
    before = Catalogue.from_dict(table)
    scopes = data.draw(st.lists(st.sampled_from(keys_of(before)), min_size=1))
    grant = grant_for(before, scopes, "app")
    record = data.draw(records(before.resource("pupil").fields))
    table["rows"] = []
    after = Catalogue.from_dict(table)

    released = compile_projection(now_permitted(after, grant), "pupil")(record)

    then = compile_projection(now_permitted(before, grant), "pupil")(record)
    assert repr(released) == repr(then)


def test_a_row_must_pass_the_rules_of_the_grants_day_and_todays():
    """A rule that is replaced holds on for the grant, and so does the new one."""
    table = small_table({"kind": "old"})
    grant = grant_for(Catalogue.from_dict(table), ["k"], "app")
    after = Catalogue.from_dict(small_table({"kind": "new"}))
    project = compile_projection(now_permitted(after, grant), "pupil")

    passed = [k for k in ("old", "new", "other") if project({"key": 1, "kind": k})]

    assert passed == ["other"]


def small_table(where):
    """Return a catalogue whose rows that match *where* wait for the scope `rows`."""
    return {
        "id": "small",
        "version": "1",
        "resource": {
            "pupil": {"key": "key", "field": {"key": {}, "kind": {}}},
            "school": {"key": "urn", "field": {"urn": {"sensitivity": "public"}}},
        },
        "scope": {
            "school": {"sensitivity": "public", "fields": ["school.urn"]},
            "k": {"fields": ["pupil.key"]},
            "rows": {},
        },
        "rows": [{"resource": "pupil", "where": where, "scope": "rows"}],
    }


@FEWER
@given(catalogue_tables(), st.data())
def test_a_field_removed_from_the_catalogue_stops_at_once(table, data):
    """What the catalogue no longer has no longer flows, and is said to be gone."""
    before = Catalogue.from_dict(table)
    grant = grant_for(before, keys_of(before), "app")
    gone = data.draw(st.sampled_from(sorted(grant.fields)))
    assume(not table["rows"] and gone != "pupil.key")
    del table["resource"]["pupil"]["field"][gone.removeprefix("pupil.")]
    table["resource"]["pupil"]["people"].pop(gone.removeprefix("pupil."), None)
    for scope in (*table["scope"].values(), *table["joint"]):
        scope["fields"] = [p for p in scope["fields"] if p != gone] or ["pupil.key"]
    after = now_permitted(Catalogue.from_dict(table), grant)

    assert gone not in after.fields
    assert after.withheld("pupil")[gone] == "not_in_catalogue"


@FEWER
@given(decisions(), st.timedeltas(min_value=timedelta(-9), max_value=timedelta(9)))
def test_a_grant_permits_up_to_its_expiry_and_not_at_it(decision, distance):
    """Before `expires_at` a grant permits what it holds; from then on only public fields flow."""
    catalogue, _, grant = decision
    limited = evolve(grant, expires_at=NOON)

    flowing = permit(
        catalogue, state_of(limited), school=SCHOOL, app="app", now=NOON + distance
    ).fields

    expected = grant.fields if distance < timedelta(0) else frozenset()
    assert flowing == expected | catalogue.public_fields.keys()


@FEWER
@given(decisions())
def test_a_permit_gives_a_reason_for_every_field(decision):
    """Every field of the catalogue is either permitted or withheld with a reason."""
    catalogue, _, grant = decision
    flowing = now_permitted(catalogue, grant)

    withheld = {p for name in catalogue.resources for p in flowing.withheld(name)}

    assert flowing.fields | withheld == catalogue.fields.keys() | grant.fields
    assert not flowing.fields & withheld


@FEWER
@given(decisions())
def test_only_permitted_and_deciding_fields_are_asked_of_the_mis(decision):
    """The MIS is asked for what may flow and for what tells which rows may."""
    catalogue, _, grant = decision
    flowing = now_permitted(catalogue, grant)

    asked = set(flowing.fields_needed("pupil"))

    deciding = {path for rule in catalogue.rows for path in rule.reads}
    assert asked <= set(flowing.fields_of("pupil")) | deciding
    assert asked or not flowing.fields_of("pupil")


@FEWER
@given(decisions(), decisions())
def test_a_difference_is_shown_by_its_witness(one, other):
    """Where two permits differ in a field, the witness is released differently."""
    catalogue, _, grant = one
    left = now_permitted(catalogue, grant)
    right = other_permit(catalogue, other)

    difference = left.diff(right)

    differs = bool(difference.only_left | difference.only_right)
    if difference.witness is not None:
        resource, record = difference.witness
        mine = compile_projection(left, resource)(record)
        assert mine != compile_projection(right, resource)(record)
    elif not catalogue.rows:
        assert not differs  # without row rules there is always a witness


def other_permit(catalogue, decision):
    """Return what the scopes of another decision come to under *catalogue*."""
    known = [key for key in decision[2].scopes if key in catalogue.scopes]
    return permit_for(catalogue, *known, "school")


@FEWER
@given(decisions())
def test_a_permit_does_not_differ_from_itself(decision):
    """The difference of a permit to itself is empty."""
    catalogue, _, grant = decision
    flowing = now_permitted(catalogue, grant)

    assert flowing.diff(flowing).is_empty
    assert isinstance(flowing, Permit)


def test_a_scope_that_becomes_public_opens_no_row_of_a_grant():
    """Rows that waited for a scope when the school decided go on doing so."""
    table = small_table({"kind": "old"})
    grant = grant_for(Catalogue.from_dict(table), ["k"], "app")
    table["scope"]["rows"] = {"sensitivity": "public"}
    after = Catalogue.from_dict(table)

    project = compile_projection(now_permitted(after, grant), "pupil")

    assert [project({"key": 1, "kind": k}) for k in ("old", "new")] == [
        None,
        {"key": 1},
    ]
