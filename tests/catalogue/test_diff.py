"""What changed between two catalogues, and that its meaning for grants is true."""

from copy import deepcopy

import pytest

from scopegate import Catalogue
from scopegate.catalogue.diff import CatalogueDiff, Change, Effect, Part, diff
from scopegate.policy.decide import permit
from scopegate.testing.permits import NOON, grant_of, permit_for, state_of
from scopegate.testing.strategies import SCHOOL

PUBLIC, SPECIAL = {"sensitivity": "public"}, {"sensitivity": "special"}
# fmt: off
TABLE = {
    "id": "small", "version": "1", "policy_version": 2,
    "resource": {
        "school": {"title": "School", "key": "urn",
                   "field": {"urn": PUBLIC, "town": PUBLIC, "head": {}}},
        "pupil": {"title": "Pupil", "key": "id",
                  "field": {"id": {}, "name": {}, "group_id": {},
                            "kind": {"policy_version": 2}, "health": SPECIAL}},
        "group": {"title": "Group", "key": "id", "field": {"id": {}}},
    },
    "scope": {
        "school": {**PUBLIC, "fields": ["school.urn", "school.town"]},
        "basic": {"title": "Basic", "fields": ["pupil.id", "pupil.name"]},
        "health": {"fields": ["pupil.health"]},
        "groups": {"fields": ["group.id", "pupil.kind"]},
        "guests": {"fields": ["pupil.id"]},
    },
    "joint": [{"scopes": ["basic", "groups"], "fields": ["pupil.group_id"]}],
    "rows": [{"resource": "pupil", "where": {"kind": "guest"}, "scope": "guests"}],
    "mis": {"arbor": {"basic": ["People"]}},
}
# fmt: on


def edited(edit):
    """Return the catalogue after *edit* has changed its table."""
    table = deepcopy(TABLE)
    edit(table)
    return Catalogue.from_dict(table)


def setting(*path, to):
    """Return the edit that sets what is at *path*."""

    def edit(table):
        *above, last = path
        for name in above:
            table = table[name]
        table[last] = to

    return edit


def without(*path):
    """Return the edit that removes what is at *path*."""

    def edit(table):
        *above, last = path
        for name in above:
            table = table[name]
        del table[last]

    return edit


def both(*edits):
    """Return the edit that makes several."""

    def edit(table):
        for one in edits:
            one(table)

    return edit


FIELDS = ("resource", "pupil", "field")
ROOM = {"title": "Room", "key": "id", "field": {"id": {}}}
OTHERWISE = {"resource": "pupil", "otherwise": "withhold"}
TOWNS = {"resource": "school", "where": {"town": ["X", "Y"]}, "scope": "basic"}
# fmt: off
CASES = [
    (setting("version", to="2"), []),
    (setting("id", to="other"), ["narrows: catalogue other: id small -> other"]),
    (both(setting("policy_version", to=3),
         setting(*FIELDS, "name", to={"policy_version": 3})),
     ["unchanged: catalogue small: policy_version 2 -> 3",
         "narrows: field pupil.name: policy_version 1 -> 3"]),
    (both(setting("policy_version", to=1), setting(*FIELDS, "kind", to={})),
     ["narrows: catalogue small: policy_version 2 -> 1",
         "review: field pupil.kind: policy_version 2 -> 1"]),
    (both(without("resource", "group"),
         setting("scope", "groups", "fields", to=["pupil.kind"])),
     ["narrows: resource group: removed, fields: 1",
         "unchanged: scope groups: loses `group.id`"]),
    (setting("resource", "room", to=ROOM),
     ["unchanged: resource room: added, fields: 1"]),
    (both(setting("resource", "pupil", "title", to="Student"),
         setting("resource", "pupil", "subject", to="id"),
         setting("resource", "pupil", "person", to="pupil")),
     ["unchanged: resource pupil: title Pupil -> Student",
         "review: resource pupil: subject None -> id",
         "review: resource pupil: person None -> pupil"]),
    (both(setting(*FIELDS, "friends[]", to={}),
         setting("resource", "pupil", "people", to={"friends[]": "pupil"})),
     ["review: resource pupil: people none -> friends[] = pupil",
         "unchanged: field pupil.friends[]: added"]),
    (setting(*FIELDS, "nick", to={}), ["unchanged: field pupil.nick: added"]),
    (setting("scope", "health", "fields", to=["pupil.health", "pupil.name"]),
     ["unchanged: scope health: gains `pupil.name`"]),
    (both(without(*FIELDS, "name"),
         setting("scope", "basic", "fields", to=["pupil.id"])),
     ["narrows: field pupil.name: removed",
         "unchanged: scope basic: loses `pupil.name`"]),
    (setting(*FIELDS, "name", to={"title": "Name", "kind": "number"}),
     ["unchanged: field pupil.name: kind text -> number",
         "unchanged: field pupil.name: title name -> Name"]),
    (setting(*FIELDS, "name", to=SPECIAL),
     ["narrows: field pupil.name: sensitivity personal -> special"]),
    (setting(*FIELDS, "health", to={}),
     ["review: field pupil.health: sensitivity special -> personal"]),
    (without("scope", "health"), ["unchanged: scope health: removed"]),
    (setting("scope", "kinds", to={"fields": ["pupil.kind"]}),
     ["unchanged: scope kinds: added, fields: 1"]),
    (setting(
         "scope",
         "health",
            to={
                "title": "Health",
                "description": "Health",
                "sensitivity": "special",
                "fields": ["pupil.health"],
                "includes": ["guests"],
                "writes": ["pupil"],
            }),
     ["unchanged: scope health: gains `pupil.id`",
         "unchanged: scope health: description reworded",
         "unchanged: scope health: title health -> Health",
         "unchanged: scope health: sensitivity personal -> special",
         "unchanged: scope health: includes none -> guests",
         "unchanged: scope health: writes none -> pupil"]),
    (both(setting("resource", "school", "field", "phase", to=PUBLIC),
         setting("scope", "more", to={**PUBLIC, "fields": ["school.phase"]})),
     ["widens: scope more: added, fields: 1",
         "widens: field school.phase: becomes public"]),
    (setting("scope", "school", "fields", to=["school.urn"]),
     ["unchanged: scope school: loses `school.town`",
         "narrows: field school.town: is no longer public"]),
    (setting("joint", 0, "scopes", to=["basic", "health"]),
     ["unchanged: joint pupil.group_id: no longer comes with basic + groups",
         "unchanged: joint pupil.group_id: now comes with basic + health"]),
    (setting("rows", to=[*TABLE["rows"], OTHERWISE, TOWNS]),
     ["narrows: rows pupil otherwise: nothing releases it: added",
         "review: rows school where town in (X, Y): basic releases it: added"]),
    (without("rows", 0),
     ["unchanged: rows pupil where kind in (guest): guests releases it: removed"]),
    (setting("mis", "arbor", "basic", to=["People", "Names"]),
     ["narrows: mis arbor basic: needs `Names` as well"]),
    (setting("mis", to={}), ["review: mis arbor basic: needs `People` no more"]),
]
# fmt: on
EACH = pytest.mark.parametrize(("edit", "changes"), CASES)
OLD = Catalogue.from_dict(TABLE)
GRANTED = ("basic", "health", "groups", "guests")


@EACH
def test_every_change_is_told_once_in_order(edit, changes):
    """An edit gives exactly these changes, in this order."""
    found = diff(OLD, edited(edit))

    assert [
        f"{one.effect}: {one.part} {one.name}: {one.what}" for one in found.changes
    ] == changes


@EACH
def test_fields_flow_as_the_effects_say(edit, changes):
    """Without *widens* or *review* no field more flows; without *narrows*, none less."""
    new = edited(edit)
    effects = {change.effect for change in diff(OLD, new).changes}
    state = state_of(grant_of(OLD, GRANTED))

    after = permit(new, state, school=SCHOOL, app="app", now=NOON).fields

    before = permit_for(OLD, *GRANTED).fields
    may_grow = bool(effects & {Effect.WIDENS, Effect.REVIEW})
    may_shrink = bool(effects & {Effect.NARROWS, Effect.REVIEW})
    assert (after <= before or may_grow, after >= before or may_shrink) == (True, True)


@pytest.mark.parametrize(
    ("old", "new", "what", "effect"),
    [
        ("public", "personal", "is no longer public, and selects rows", Effect.NARROWS),
        ("personal", "public", "becomes public, and selects rows", Effect.WIDENS),
    ],
)
def test_rows_wait_for_scopes_that_are_not_public(old, new, what, effect):
    """A row scope that becomes public, or ceases to be, opens and closes its rows."""
    as_public = setting(*FIELDS, "id", to=PUBLIC)
    before, after = (
        edited(both(as_public, setting("scope", "guests", "sensitivity", to=level)))
        for level in (old, new)
    )

    found = diff(before, after)

    told = [(c.what, c.effect) for c in found.changes if c.name == "guests"]
    assert told[-1] == (what, effect)


@pytest.mark.parametrize(
    ("rule", "effect", "meaning"),
    [
        (
            {"resource": "pupil", "where": {"kind": "guest"}, "scope": "guests"},
            Effect.NARROWS,
            "its rows are now among the others",
        ),
        (
            {"resource": "school", "where": {"town": "X"}, "scope": "basic"},
            Effect.WIDENS,
            "what is public in its rows may flow",
        ),
    ],
)
def test_rule_that_goes_may_leave_its_rows_to_others(rule, effect, meaning):
    """Where other rows are withheld, or rows are public, a lifted rule matters."""
    before = edited(setting("rows", to=[rule, OTHERWISE]))
    after = edited(setting("rows", to=[OTHERWISE]))

    (change,) = diff(before, after).changes

    assert (change.effect, change.meaning) == (effect, meaning)


def test_a_change_carries_its_meaning():
    """A change is one value with what changed and what that means for grants."""
    new = edited(setting(*FIELDS, "name", to=SPECIAL))

    found = diff(OLD, new)

    assert found.changes == (
        Change(
            Part.FIELD,
            "pupil.name",
            "sensitivity personal -> special",
            Effect.NARROWS,
            "it stops for grants that pinned it lower",
        ),
    )


def test_rule_in_a_list_is_named_with_its_list():
    """A rule on the elements of a list is told apart from one on the records."""
    edit = both(
        setting(*FIELDS, "lessons[].kind", to={}),
        setting(
            "rows",
            to=[
                *TABLE["rows"],
                {"resource": "pupil", "at": "lessons[]", "where": {"kind": "c"}}
                | {"scope": "basic"},
            ],
        ),
    )

    found = diff(OLD, edited(edit))

    assert found.changes[-1].name == (
        "pupil.lessons[] where kind in (c): basic releases it"
    )


def test_equal_catalogues_have_an_empty_diff():
    """A catalogue compared with itself, built again, has no changes."""
    found = diff(OLD, Catalogue.from_dict(TABLE))

    assert (found, found.is_empty) == (CatalogueDiff("small 1", "small 1", []), True)


def test_changes_can_be_had_by_effect():
    """Changes of one effect are those and in their order."""
    found = diff(OLD, edited(both(*(edit for edit, _ in CASES[11:13]))))

    assert [change.name for change in found.having(Effect.NARROWS)] == ["pupil.name"]
