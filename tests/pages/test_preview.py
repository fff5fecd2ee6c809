"""The preview: what would flow of a made-up record, as the gate would have it."""

import copy

import pytest
from attrs import evolve
from hypothesis import assume, given, strategies as st

from scopegate import AccessRequest, Catalogue
from scopegate.catalogue.field import Sensitivity
from scopegate.consent.present import present
from scopegate.consent.subjects import Subjects
from scopegate.errors import UnknownResourceError
from scopegate.pages.preview import PreviewRow, preview_of
from scopegate.policy.reason import Reason, Withheld
from scopegate.testing import School
from scopegate.testing.permits import HEAD, NOON, connection
from scopegate.testing.strategies import (
    SCHOOL,
    catalogue_tables,
    catalogues,
    instants,
    presentations,
    requests,
)

RIGHTS = ("Emails", "Phones")
LINKED = connection()


class Real(School):
    """A school at which what was previewed is decided."""

    def __init__(self, catalogue, request, permissions=None, ledger=None):
        more = {"permissions": permissions, "ledger": ledger}
        super().__init__(catalogue, app=request.app, **more)
        self.register.publish(request)

    @property
    def state(self):
        """What is known of the school."""
        return self.register.state(SCHOOL)

    def preview(self, shown, ticked):
        """Return the preview of a page, as a service would make it."""
        held = self.consent().latest
        return preview_of(
            self.catalogue, self.state.connection, shown, ticked, now=NOON, held=held
        )


def flowing(preview):
    """Return the fields that a preview says the app would receive."""
    return {row.path for row in preview.rows if row.after is not None}


def released(permit, resource):
    """Return the fields that *permit* lets flow of some record there could be."""
    return {path for path in permit.fields_of(resource) if _has_record(permit, path)}


def _has_record(permit, path):
    shut = {**permit.reasons, path: Withheld(Reason.REFUSED)}
    return permit.diff(evolve(permit, reasons=shut)).witness is not None


def some_of(keys):
    """Return sets of some of *keys*."""
    known = sorted(keys)
    return st.frozensets(st.sampled_from(known)) if known else st.just(frozenset())


def with_rights(table):
    """Return catalogues in which some scopes need rights of the MIS account."""
    rows = st.dictionaries(
        st.sampled_from(sorted(table["scope"])), st.sets(st.sampled_from(RIGHTS))
    )
    return rows.map(
        lambda found: Catalogue.from_dict(
            {**table, "mis": {"arbor": {key: sorted(r) for key, r in found.items()}}}
        )
    )


def without_rows(table):
    """Return a catalogue whose rows all pass."""
    return Catalogue.from_dict({**table, "rows": [], "version": "2"})


def drawn(data, catalogue):
    """Return a page that offers something, a connection to it, and ticks."""
    shown = data.draw(presentations(catalogue))
    return shown, data.draw(some_of(shown.offered))


# Laws


@given(st.data(), catalogue_tables().flatmap(with_rights))
def test_a_preview_comes_true(data, catalogue):
    """What a preview says flows is what the gate lets flow once that is authorised."""
    real = Real(
        catalogue,
        data.draw(requests(catalogue)),
        data.draw(st.none() | some_of(RIGHTS)),
    )
    shown = real.present()
    ticked = data.draw(some_of(shown.offered))
    preview = real.preview(shown, ticked)

    real.register.authorise(shown, optional=ticked, actor=HEAD)

    if preview is not None:
        assert flowing(preview) == released(real.permit(), preview.resource)


@given(st.data(), catalogue_tables())
def test_the_preview_of_an_amendment_comes_true(data, table):
    """So it is for a grant that is amended after its row rules were lifted."""
    before = Real(Catalogue.from_dict(table), data.draw(requests_on(table)))
    shown = before.register.ask(school=SCHOOL, app=before.app)
    ticked = data.draw(some_of(shown.offered))
    before.register.authorise(shown, optional=ticked, actor=HEAD)
    request = before.register.published(before.app).request
    real = Real(without_rows(table), request, ledger=before.ledger)
    page = real.register.present_grant(school=SCHOOL, app=real.app)
    ticked = data.draw(some_of(page.offered))
    preview = real.preview(page, ticked)

    real.register.amend(page, optional=ticked, actor=HEAD)

    if preview is not None:
        assert flowing(preview) == released(real.permit(), preview.resource)


def requests_on(table):
    """Return requests that can be published on a catalogue in the file's shape."""
    return requests(Catalogue.from_dict(table))


@given(st.data(), catalogues())
def test_rows_are_the_fields_of_the_resource(data, catalogue):
    """A preview has each field of its resource once, in order, under its title."""
    shown, ticked = drawn(data, catalogue)
    name = data.draw(st.none() | st.sampled_from(sorted(catalogue.resources)))

    preview = preview_of(catalogue, LINKED, shown, ticked, now=NOON, resource=name)

    if preview is not None:
        home = catalogue.resource(preview.resource)
        assert name in (None, preview.resource)
        assert [(r.path, r.title, r.sensitivity) for r in preview.rows] == [
            (leaf.path, leaf.title, leaf.sensitivity) for leaf in home.fields
        ]


@given(st.data(), catalogues())
def test_ticking_more_withholds_nothing(data, catalogue):
    """What flows flows still with more boxes ticked, if what the MIS allows is unknown.

    Where that is known, a box can bring a right that is missing to a field it shares.
    """
    shown, fewer = drawn(data, catalogue)
    more = fewer | data.draw(some_of(shown.offered))

    few, many = (
        preview_of(catalogue, LINKED, shown, ticked, now=NOON)
        for ticked in (fewer, more)
    )

    assert few is None or flowing(few) <= flowing(many)


@given(st.data(), catalogues(), instants())
def test_only_boxes_that_are_offered_count(data, catalogue, later):
    """Ticks that are not offered change nothing, and neither does the instant."""
    shown, ticked = drawn(data, catalogue)
    strays = data.draw(some_of(catalogue.scopes.keys() - shown.offered))

    found = preview_of(
        catalogue, LINKED, shown, ticked | strays | {"unknown"}, now=later
    )

    assert found == preview_of(catalogue, LINKED, shown, ticked, now=NOON)


@given(st.data(), catalogue_tables().map(without_rows))
def test_a_row_names_the_scopes_that_bring_it(data, catalogue):
    """With all scopes of a row it flows; with none of them only if it is public."""
    shown, _ = drawn(data, catalogue)
    whole = preview_of(catalogue, LINKED, shown, shown.offered, now=NOON)

    assume(whole is not None)
    row = data.draw(st.sampled_from(whole.rows))
    scopes = frozenset(row.scopes)
    is_public = row.path in catalogue.public_fields

    with_it, without = (
        flowing(preview_of(catalogue, LINKED, shown, ticked, now=NOON))
        for ticked in (scopes, shown.offered - scopes)
    )

    assert scopes <= shown.offered | shown.required_scopes
    assert (row.path in with_it) is (bool(scopes) or is_public)
    if not scopes & shown.required_scopes:
        assert (row.path in without) is is_public


# Edges

TABLE = {
    "id": "made-up",
    "version": "1",
    "resource": {
        "school": {"key": "urn", "field": {"urn": {"sensitivity": "public"}}},
        "club": {"key": "id", "field": {"id": {}, "name": {}, "room": {}, "day": {}}},
        "pupil": {
            "title": "Pupil",
            "key": "id",
            "subject": "id",
            "person": "pupil",
            "school": "home.urn",
            "field": {
                "id": {"kind": "integer", "title": "Number"},
                "home.urn": {},
                "Legal Surname": {},
                "legal_forename": {},
                "birthDate": {"kind": "date", "sensitivity": "special"},
                "dob": {},
                "born_at": {"kind": "datetime"},
                "leaves": {"kind": "time"},
                "height": {"kind": "number"},
                "boards": {"kind": "boolean"},
                "photo": {"kind": "binary"},
                "é": {},
                "contacts[].phone": {},
                "contacts[].kind": {},
                "contacts[].until": {"kind": "date"},
                "contacts[].days[]": {},
            },
        },
        "staff": {"key": "id", "subject": "id", "person": "staff", "field": {"id": {}}},
    },
    "scope": {
        "school": {"sensitivity": "public", "fields": ["school.urn"]},
        "clubs": {"fields": ["club.id", "club.name", "club.room"]},
        "names": {"fields": ["pupil.id", "pupil.Legal Surname"]},
        "born": {"fields": ["pupil.birthDate"], "includes": ["names"]},
        "staff": {"fields": ["staff.id"]},
        "contacts": {"fields": ["pupil.contacts[].phone", "pupil.contacts[].days[]"]},
        "rows": {"writes": ["pupil"]},
    },
}


def made(*rows, **tables):
    """Return the catalogue with these row rules, which wait for the scope `rows`."""
    rules = [
        {"resource": "pupil", **row} | ({"scope": "rows"} if "where" in row else {})
        for row in rows
    ]
    return Catalogue.from_dict({**TABLE, **tables, "rows": rules})


def page(catalogue, required=(), optional=()):
    """Return what the school is shown of a request for these scopes."""
    request = AccessRequest("app", "To be tested", required, optional)
    return present(catalogue, LINKED, request, 1)


def previewed(catalogue, required=(), optional=(), ticked=(), **more):
    """Return the preview of a request for these scopes."""
    shown = page(catalogue, required, optional)
    return preview_of(catalogue, LINKED, shown, frozenset(ticked), now=NOON, **more)


def column(preview, part):
    """Return one part of every row, by the path below the resource."""
    return {
        row.path.removeprefix(f"{preview.resource}."): getattr(row, part)
        for row in preview.rows
    }


def test_a_preview_is_made_of_words():
    """Every kind of value is text for people, and no one is meant by it."""
    preview = previewed(made(), {"names"})

    assert column(preview, "before") == {
        "id": "7",
        "home.urn": SCHOOL,
        "Legal Surname": "Example",
        "legal_forename": "Alex",
        "birthDate": "11 February 2014",
        "dob": "11 February 2014",
        "born_at": "1 September 2026, 10:00 BST",
        "leaves": "09:00",
        "height": "12.5",
        "boards": "Yes",
        "photo": "7 bytes",
        "é": "Example",
        "contacts[].phone": "01632 960000",
        "contacts[].kind": "Example",
        "contacts[].until": "1 September 2026",
        "contacts[].days[]": "Example",
    }


def test_a_row_says_what_flows_and_what_would_bring_it():
    """A field withheld so far names the box that would let it flow."""
    preview = previewed(made(), {"names"}, {"born", "contacts"}, {"contacts"})

    assert preview.rows[0] == PreviewRow(
        "pupil.id", "Number", Sensitivity.PERSONAL, "7", "7", ("names", "born")
    )
    assert preview.rows[4] == PreviewRow(
        "pupil.birthDate",
        "birthDate",
        Sensitivity.SPECIAL,
        "11 February 2014",
        None,
        ("born",),
    )
    assert flowing(preview) == {
        "pupil.id",
        "pupil.Legal Surname",
        "pupil.contacts[].phone",
        "pupil.contacts[].days[]",
    }


def test_a_joint_field_names_every_box_that_has_a_part_in_it():
    """Fields that wait for two scopes name also the box that only includes one."""
    joint = {"scopes": ["names", "staff"], "fields": ["pupil.dob"]}
    catalogue = made(joint=[joint])

    previews = [
        previewed(catalogue, {"staff"}, {"born", "contacts"}, ticked)
        for ticked in ((), {"born"})
    ]

    assert [
        (column(p, "scopes")["dob"], column(p, "after")["dob"]) for p in previews
    ] == [
        (("staff", "born"), None),
        (("staff", "born"), "11 February 2014"),
    ]


def test_a_preview_counts_what_flows():
    """The fields that flow, and all there are, are counted."""
    preview = previewed(made(), {"names"})

    assert (preview.flowing, preview.total, preview.is_withheld) == (2, 16, False)


def test_what_has_no_title_is_called_by_its_name():
    """Where the catalogue gives no title a row and the preview have a name still."""
    titled = made()
    resources = dict(titled.resources)
    club = resources["club"]
    fields = [evolve(leaf, title="") for leaf in club.fields]
    resources["club"] = evolve(club, title="", fields=fields)

    preview = previewed(evolve(titled, resources=resources), {"clubs"})

    assert (preview.title, column(preview, "title")) == (
        "club",
        {"id": "id", "name": "name", "room": "room", "day": "day"},
    )


@pytest.mark.parametrize(
    ("scopes", "resource"),
    [
        ({"clubs", "names"}, "pupil"),
        ({"clubs", "staff"}, "staff"),
        ({"clubs", "school"}, "club"),
        ({"staff", "contacts"}, "pupil"),
    ],
)
def test_people_are_looked_at_first(scopes, resource):
    """The record is of somebody, if there is a choice; then of what most is asked."""
    preview = previewed(made(), {"school"}, scopes - {"school"})

    assert preview.resource == resource


def test_of_two_as_good_the_first_is_shown():
    """Where as much is offered of two resources the catalogue's first is shown."""
    table = copy.deepcopy(TABLE)
    table["scope"]["born"] = {"fields": ["pupil.birthDate"]}
    both = Catalogue.from_dict(table)

    assert previewed(both, {"staff", "born"}).resource == "pupil"


def test_any_resource_can_be_shown():
    """A resource that is not asked for is shown with nothing that flows."""
    preview = previewed(made(), {"names"}, resource="club")

    assert (preview.resource, preview.title, preview.is_withheld) == (
        "club",
        "club",
        True,
    )
    assert set(column(preview, "scopes").values()) == {()}


def test_an_unknown_resource_is_an_error():
    """A resource that the catalogue does not have is refused by its name."""
    with pytest.raises(UnknownResourceError, match="`pupils`"):
        previewed(made(), {"names"}, resource="pupils")


def test_there_is_no_preview_where_no_field_is_offered():
    """A request that only writes has nothing to show."""
    assert previewed(made(), {"rows"}) is None


def test_fields_that_the_catalogue_has_no_more_are_no_offer():
    """A page whose fields have all left the catalogue gives no preview."""
    table = copy.deepcopy(TABLE)
    table["resource"]["club"]["field"]["days"] = {}
    table["scope"]["clubs"]["fields"] = ["club.days"]
    shown = page(Catalogue.from_dict(table), {"clubs"})

    assert preview_of(made(), LINKED, shown, frozenset(), now=NOON) is None


@pytest.mark.parametrize("linked", [None, connection("100002")])
def test_without_its_connection_nothing_flows(linked):
    """Nothing flows of a school that is not connected, also not what is public."""
    catalogue = made()
    shown = page(catalogue, {"names", "school"})

    for name in ("pupil", "school"):
        preview = preview_of(
            catalogue, linked, shown, frozenset(), now=NOON, resource=name
        )

        assert preview.is_withheld


def test_what_the_mis_account_may_not_read_is_withheld():
    """A field whose right is missing stays, whatever is ticked."""
    catalogue = made(mis={"arbor": {"contacts": ["Phones"]}})
    shown = page(catalogue, {"names", "contacts"})
    linked = evolve(LINKED, permissions={"Emails"})

    preview = preview_of(catalogue, linked, shown, frozenset(), now=NOON)

    assert flowing(preview) == {"pupil.id", "pupil.Legal Surname"}


def test_a_record_is_of_the_school_that_decides():
    """Where the school itself is shown, its key is its own."""
    preview = previewed(made(), {"school"})

    assert column(preview, "after") == {"urn": SCHOOL}


# Rows that wait for a scope


@pytest.mark.parametrize(
    ("where", "path", "before"),
    [
        ({"boards": True}, "boards", "No"),
        ({"boards": False}, "boards", "Yes"),
        ({"id": [7, 9]}, "id", "10"),
        ({"é": ["Example", "Other 0"]}, "é", "Other 1"),
        ({"é": 7}, "é", "8"),
        ({"birthDate": "x"}, "birthDate", "Other 0"),
    ],
)
def test_a_record_passes_where_it_can(where, path, before):
    """A row rule that would withhold the record is met by what it holds."""
    preview = previewed(made({"where": where}), {"names"}, {"rows"})

    assert (column(preview, "before")[path], preview.flowing) == (before, 2)


def test_a_record_stays_the_same_whatever_is_ticked():
    """A box that opens rows changes no record that passes without it."""
    catalogue = made({"where": {"boards": True}})

    without, ticked = (
        previewed(catalogue, {"names"}, {"rows"}, ticks) for ticks in ((), {"rows"})
    )

    assert without == ticked


CLOSED = [{"where": {"é": "x"}}, {"otherwise": "withhold"}]


@pytest.mark.parametrize(("ticked", "before"), [((), "Example"), ({"rows"}, "x")])
def test_a_record_is_withheld_until_a_row_can_pass(ticked, before):
    """Where every row waits for a scope nothing flows until that is ticked."""
    preview = previewed(made(*CLOSED), {"names"}, {"rows"}, ticked)

    assert (preview.is_withheld, column(preview, "before")["é"]) == (
        not ticked,
        before,
    )


def test_a_rule_about_two_fields_is_met():
    """A record need not hold all that a rule names, if some of it will do."""
    rule = {"where": {"boards": True, "é": "Example"}}

    preview = previewed(made(rule), {"names"}, {"rows"})

    assert preview.flowing == 2


def test_a_record_never_passes_as_one_of_another_school():
    """The school is not changed to pass a rule; what then stays is withheld."""
    preview = previewed(made({"where": {"home.urn": SCHOOL}}), {"names"}, {"rows"})

    assert (preview.is_withheld, column(preview, "before")["home.urn"]) == (
        True,
        SCHOOL,
    )


def test_an_element_of_a_list_passes_where_it_can():
    """Rules on the rows of a list are met in the list."""
    rule = {"at": "contacts[]", "where": {"kind": "Example"}}

    preview = previewed(made(rule), {"contacts"}, {"rows"})

    assert (column(preview, "before")["contacts[].kind"], preview.flowing) == (
        "Other 0",
        2,
    )


def test_what_flows_of_a_record_goes_without_its_withheld_list():
    """Where no element can pass only what is in the list is withheld."""
    rule = {"at": "contacts[]", "otherwise": "withhold"}

    preview = previewed(made(rule), {"names", "contacts"})

    assert flowing(preview) == {"pupil.id", "pupil.Legal Surname"}


# A grant that is amended


def amended(before, after):
    """Return a decider on *after* and its page to amend a grant made on *before*."""
    request = AccessRequest("app", "To be tested", {"names"}, {"contacts"})
    first = Real(before, request)
    shown = first.register.ask(school=SCHOOL, app="app")
    first.register.authorise(shown, actor=HEAD)
    real = Real(after, request, ledger=first.ledger)
    return real, real.register.present_grant(school=SCHOOL, app="app")


def test_an_amendment_keeps_to_the_rows_of_its_grant():
    """A rule that was lifted since withholds still, but not from a new request."""
    real, shown = amended(made(*CLOSED), made(version="2"))

    amendment = real.preview(shown, frozenset())
    request = evolve(shown, asking="request")

    assert amendment.is_withheld
    assert not real.preview(request, frozenset()).is_withheld


def test_a_record_passes_the_rules_of_both_days():
    """The rules of the grant and those of today are met together."""
    rules = [{"where": {"é": text}} for text in ("Example", "Other 0")]
    before, after = made(rules[0]), made(rules[1], version="2")
    real, shown = amended(before, after)

    preview = real.preview(shown, frozenset())

    assert (column(preview, "before")["é"], preview.flowing) == ("Other 1", 2)


def test_what_decides_and_is_read_no_more_withholds():
    """A rule or a school's place at a field that has left the catalogue is not met."""
    table = copy.deepcopy(TABLE)
    table["resource"]["pupil"]["field"]["kind"] = {}
    table["rows"] = [{"resource": "pupil", "scope": "rows", "where": {"kind": "x"}}]
    ruled = Catalogue.from_dict(table)
    table["resource"]["pupil"]["field"]["house"] = {}
    del table["rows"]
    table["resource"]["pupil"]["school"] = "house"
    placed = Catalogue.from_dict(table)

    for before in (ruled, placed):
        real, shown = amended(before, made(version="2"))

        preview = real.preview(shown, frozenset())

        assert preview.is_withheld
        assert preview.total == 16


def test_an_amendment_shows_somebody_it_covers():
    """The record is about somebody covered, even where few are."""
    real, shown = amended(made(), made(version="2"))
    only = evolve(
        real.consent().latest,
        grant=evolve(
            real.consent().current,
            subjects=Subjects.only(pupil=["1"]),
        ),
    )

    preview = preview_of(made(), LINKED, shown, frozenset(), now=NOON, held=only)

    assert preview.flowing == 2


# The catalogues that ship with the package


@pytest.mark.parametrize("name", Catalogue.builtin_names())
def test_of_everything_asked_everything_flows(name):
    """In each built-in catalogue every field in a scope flows once all are required."""
    catalogue = Catalogue.builtin(name)

    for resource in catalogue.resources:
        preview = previewed(catalogue, catalogue.scopes.keys(), resource=resource)

        assert {row.path: row.after for row in preview.rows} == {
            row.path: row.before if catalogue.routes[row.path] else None
            for row in preview.rows
        }
