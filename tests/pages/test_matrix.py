"""The matrix: each cell is what flows, and says so in more ways than by a colour."""

import pytest
from attrs import evolve
from hypothesis import given

from scopegate import AccessRequest, Catalogue
from scopegate.catalogue.field import Sensitivity
from scopegate.ledgers.memory import MemoryLedger
from scopegate.pages.matrix import Cell, Column, Matrix, Row
from scopegate.testing.permits import NOON

from .worlds import (
    APP,
    CATALOGUE,
    FEWER,
    REQUEST,
    SCHOOL,
    TABLE,
    World,
    case_of,
    cases_of,
    flowing,
    histories,
)

FLOWS, PARTLY, REFUSED = Cell.FLOWS, Cell.PARTLY, Cell.REFUSED
PENDING, STOPPED, NONE = Cell.PENDING, Cell.STOPPED, Cell.NONE
ROW_SCOPES = {"leavers", "old"}
WITHOUT_FIELDS = {"leavers", "siblings"}


def column(world, app=APP):
    """Return the cells of the only app, by scope."""
    return {row.key: row.cells[0] for row in Matrix.of([world.case(app)]).rows}


def changed(**field):
    """Return the catalogue's next version, in which a pupil's name is another thing."""
    pupil = TABLE["resource"]["pupil"]
    fields = pupil["field"] | {"name": {"title": "Name", **field}}
    resources = TABLE["resource"] | {"pupil": pupil | {"field": fields}}
    return Catalogue.from_dict(
        TABLE | {"version": "2", "policy_version": 2, "resource": resources}
    )


@FEWER
@given(histories())
def test_a_cell_flows_if_and_only_if_the_gate_lets_all_of_it_flow(history):
    """A scope with fields, and no rows, flows exactly where they all pass the gate."""
    ledger, now = history
    cases = cases_of(ledger, now)
    matrix = Matrix.of(cases)

    for row in matrix.rows:
        fields = {*CATALOGUE.fields_of([row.key])}
        for case, cell in zip(cases, row.cells, strict=True):
            through = fields <= flowing(CATALOGUE, ledger, case)
            if row.key not in ROW_SCOPES | WITHOUT_FIELDS:
                assert (cell is FLOWS) == through
            assert cell is not FLOWS or through


@FEWER
@given(histories())
def test_a_scope_without_fields_of_its_own_flows_only_where_it_was_authorised(history):
    """What it includes may flow by other scopes; that does not make it flow."""
    cases = cases_of(*history)
    for row in Matrix.of(cases).rows:
        for case, cell in zip(cases, row.cells, strict=True):
            latest = case.consent.latest
            held = {*latest.grant.scopes} if latest else set()

            assert row.key not in WITHOUT_FIELDS - held or cell not in {FLOWS, PARTLY}


@FEWER
@given(histories())
def test_a_part_flows_only_where_the_gate_lets_a_part_flow(history):
    """A cell that flows in part has a field that passes the gate, and one that does not."""
    ledger, now = history
    cases = cases_of(ledger, now)
    for row in Matrix.of(cases).rows:
        fields = {*CATALOGUE.fields_of([row.key])}
        for case, cell in zip(cases, row.cells, strict=True):
            through = fields & flowing(CATALOGUE, ledger, case)

            assert cell is not PARTLY or 0 < len(through) < len(fields)


@FEWER
@given(histories())
def test_rows_are_what_is_asked_for_or_had(history):
    """Each scope asked for has a row, in order, and none of them is all empty."""
    cases = cases_of(*history)
    matrix = Matrix.of(cases)
    keys = [row.key for row in matrix.rows]
    asked = {k for c in cases if c.published.asked for k in c.published.asked.scopes}

    assert keys == [key for key in CATALOGUE.scopes if key in keys]
    assert asked <= {*keys}
    assert all(set(row.cells) != {NONE} for row in matrix.rows)


@FEWER
@given(histories())
def test_the_order_of_the_cases_does_not_matter(history):
    """Columns stand by name, whatever order the cases come in."""
    cases = cases_of(*history)

    assert Matrix.of(cases) == Matrix.of(reversed(cases))


def test_two_apps_stand_side_by_side():
    """Each app has a column, and each scope a row with a cell for each app."""
    world = World()
    world.asks(AccessRequest("alpha", "Seating", {"staff"}))
    world.authorise("dob")

    assert Matrix.of([world.case(), world.case("alpha")]) == Matrix(
        "Example School",
        [Column("alpha"), Column(APP)],
        [
            Row("school", "The school", Sensitivity.PUBLIC, [FLOWS, FLOWS]),
            Row("basic", "Basic", Sensitivity.PERSONAL, [NONE, FLOWS]),
            Row("dob", "Births", Sensitivity.PERSONAL, [NONE, FLOWS]),
            Row("needs", "Needs", Sensitivity.SPECIAL, [NONE, REFUSED]),
            Row("leavers", "Leavers", Sensitivity.PERSONAL, [NONE, REFUSED]),
            Row("staff", "staff", Sensitivity.PERSONAL, [PENDING, NONE]),
        ],
    )


def test_no_app_is_no_matrix():
    """Without an app there is neither a column nor a row."""
    assert Matrix.of([]) == Matrix("", (), ())


def test_a_school_is_called_by_the_name_that_it_gave_last():
    """One that has disconnected keeps its name; one that never gave any has its key."""
    world = World()
    world.disconnect()
    empty = case_of(CATALOGUE, MemoryLedger(), SCHOOL, APP, NOON)

    assert Matrix.of([world.case()]).school == "Example School"
    assert Matrix.of([empty]).school == SCHOOL


def test_a_scope_flows_in_part_where_the_mis_account_lacks_a_permission():
    """A field that needs it is withheld, in each of the scopes that it comes with."""
    world = World(permissions=[])
    world.authorise("needs")

    assert column(world) == {
        "school": FLOWS,
        "basic": PARTLY,
        "dob": REFUSED,
        "needs": STOPPED,
        "leavers": REFUSED,
    }


def test_a_scope_flows_in_part_where_a_field_came_to_mean_more():
    """A field of which the meaning changed is withheld; the rest of its scope flows."""
    world = World()
    world.authorise("dob")
    world.on(changed(policy_version=2))

    assert column(world) == {
        "school": FLOWS,
        "basic": PARTLY,
        "dob": PARTLY,
        "needs": REFUSED,
        "leavers": REFUSED,
    }


def test_a_scope_of_which_every_field_came_to_mean_more_is_stopped():
    """An authorised scope that nothing flows from any more says so."""
    world = World(AccessRequest(APP, "Marks", {"names", "staff"}))
    world.authorise()
    world.on(changed(policy_version=2))

    assert column(world) == {"school": FLOWS, "names": STOPPED, "staff": FLOWS}


def test_what_was_left_out_flows_if_all_of_it_comes_with_another_scope():
    """The picture says what is true: every field of the scope flows."""
    world = World(evolve(REQUEST, optional={"names"}))
    world.authorise()

    assert column(world) == {"school": FLOWS, "basic": FLOWS, "names": FLOWS}


def test_a_scope_without_fields_of_its_own_does_not_flow_by_what_it_includes():
    """An app that has what a scope includes, and never asked for it, has it not.

    Fails on the release before: the matrix said that it flows.
    """
    world = World()
    world.asks(AccessRequest("alpha", "Seating", {"siblings"}))
    world.authorise()
    rows = {row.key: row for row in Matrix.of([world.case(), world.case("alpha")]).rows}

    assert rows["basic"].cells == (PENDING, FLOWS)
    assert rows["siblings"].cells == (PENDING, NONE)


def test_a_scope_without_fields_of_its_own_flows_with_all_that_it_includes():
    """Where it was authorised it flows, and in part where a part is withheld."""
    world = World(evolve(REQUEST, optional={"siblings"}))
    world.authorise("siblings")

    assert column(world)["siblings"] is FLOWS

    world.on(changed(policy_version=2))

    assert column(world)["siblings"] is PARTLY


def test_a_scope_that_opens_rows_does_not_flow_by_its_fields():
    """Its fields come with another scope, and the rows that it would open do not."""
    world = World(evolve(REQUEST, optional={"old", "dob", "leavers"}))
    world.authorise("leavers", "dob")

    assert column(world) == {
        "school": FLOWS,
        "basic": FLOWS,
        "dob": FLOWS,
        "leavers": FLOWS,
        "old": REFUSED,
    }


def test_a_grant_that_ended_is_stopped():
    """What was revoked no longer flows, and the matrix remembers that it did."""
    world = World()
    world.authorise("dob")
    world.revoke()

    assert column(world)["dob"] is STOPPED


def test_a_scope_that_the_catalogue_lost_comes_last_by_its_key():
    """What it held flows still, and it is shown with the care it was pinned with."""
    world = World()
    world.authorise("dob", "leavers", "needs")
    scopes = {k: s for k, s in TABLE["scope"].items() if k not in {"leavers", "needs"}}
    lost = {"version": "2", "scope": scopes, "rows": [], "joint": [], "mis": {}}
    world.on(Catalogue.from_dict(TABLE | lost))

    assert Matrix.of([world.case()]).rows[-2:] == (
        Row("leavers", "leavers", Sensitivity.PERSONAL, [FLOWS]),
        Row("needs", "needs", Sensitivity.SPECIAL, [FLOWS]),
    )


def test_a_scope_asks_for_the_care_of_what_it_includes():
    """A scope that brings special data along is shown as special itself."""
    staff = TABLE["scope"]["staff"] | {"includes": ["needs"]}
    catalogue = Catalogue.from_dict(
        TABLE | {"scope": TABLE["scope"] | {"staff": staff}}
    )
    world = World(AccessRequest(APP, "Marks", {"staff"}), catalogue)

    assert Matrix.of([world.case()]).rows[-1] == Row(
        "staff", "staff", Sensitivity.SPECIAL, [PENDING]
    )


def test_counts_count_every_cell():
    """Each cell is counted once, and kinds that do not occur are there with 0."""
    world = World()
    world.authorise("dob")

    assert Matrix.of([world.case()]).counts == {
        FLOWS: 3,
        PARTLY: 0,
        REFUSED: 2,
        PENDING: 0,
        STOPPED: 0,
        NONE: 0,
    }


@pytest.mark.parametrize("look", ["word", "mark", "shape", "sentence"])
def test_no_two_kinds_of_cell_look_alike(look):
    """By its word, its mark, its shape and its sentence a cell is told from others."""
    looks = [getattr(cell, look) for cell in Cell]

    assert len({*looks}) == len(looks)


def test_a_row_names_the_apps_of_a_cell():
    """Of each scope the matrix gives the apps that stand so, in the columns' order."""
    row = Row("s", "Scope", Sensitivity.SPECIAL, [Cell.FLOWS, Cell.NONE, Cell.PARTLY])
    matrix = Matrix("School", [Column("b"), Column("a"), Column("c")], [row])

    assert matrix.apps(row, Cell.FLOWS, Cell.PARTLY) == ("b", "c")
    assert matrix.apps(row, Cell.PENDING) == ()
    assert row.care == "Special care"
