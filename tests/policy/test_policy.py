"""The decision: every reason, and that nothing but a clear yes is a yes."""

from datetime import datetime, timedelta

import pytest
from attrs import evolve

from scopegate.catalogue.catalogue import Catalogue
from scopegate.consent.decision import Actor, Choice
from scopegate.consent.events import (
    Authorised,
    Connected,
    Declined,
    Expired,
    Invalidated,
    Presented,
    Relinquished,
    Revoked,
)
from scopegate.consent.fold import fold_school
from scopegate.consent.grant import Grant
from scopegate.consent.present import present
from scopegate.consent.request import AccessRequest
from scopegate.consent.state import Consent, GrantRevision, SchoolState
from scopegate.consent.subjects import Subjects
from scopegate.gate.projection.projection import compile_projection
from scopegate.policy.decide import permit, public_only
from scopegate.policy.reason import Permitted, Reason, Withheld
from scopegate.testing.permits import (
    HEAD,
    NOON,
    connection,
    decision_on,
    grant_of,
    permit_for,
)
from scopegate.testing.strategies import SCHOOL

LATER = NOON + timedelta(hours=1)
TABLE = {
    "id": "schools",
    "version": "1",
    "policy_version": 1,
    "resource": {
        "school": {"key": "urn", "field": {"urn": {"sensitivity": "public"}}},
        "pupil": {
            "key": "id",
            "field": {"id": {}, "name": {}, "dob": {}, "needs": {}, "photo": {}},
        },
    },
    "scope": {
        "school": {"sensitivity": "public", "fields": ["school.urn"]},
        "basic": {"fields": ["pupil.id", "pupil.name"]},
        "dob": {"fields": ["pupil.dob"]},
        "needs": {"fields": ["pupil.needs"]},
    },
    "mis": {"arbor": {"*": ["Base"], "dob": ["Dates"]}},
}
CATALOGUE = Catalogue.from_dict(TABLE)
REQUEST = AccessRequest("app", "to be tested", {"basic"}, {"dob"})
SHOWN = present(CATALOGUE, connection(), REQUEST, 1)
GRANT = Grant.of(
    CATALOGUE,
    SHOWN,
    Choice({"dob"}),
    id="g",
    revision=1,
    decisions=[decision_on(SHOWN, {"dob"})],
)
CONNECTED = Connected(connection(), NOON)
PRESENTED = Presented(SHOWN, None, NOON)
AUTHORISED = Authorised(GRANT, NOON)
SAM = Actor("Sam Deputy")
REVOKED = Revoked("app", "g", 1, SAM, "", "", LATER)
RELINQUISHED = Relinquished("app", "g", 1, SAM, "", LATER)
EXPIRED = Expired("app", "g", 1, LATER)
INVALIDATED = Invalidated("app", "g", 1, ["pupil.id"], 2, LATER)
DECLINED = Declined("app", decision_on(SHOWN), "", NOON)


def decided(*events, catalogue=CATALOGUE, request=REQUEST, now=LATER, school=SCHOOL):
    """Return the permit that *events* lead to."""
    return permit(
        catalogue,
        fold_school(events),
        school=school,
        app="app",
        now=now,
        request=request,
    )


def unticked():
    """Return the authorisation of the same request with its box left empty."""
    basic = {path: pin for path, pin in GRANT.pins.items() if path != "pupil.dob"}
    left = evolve(GRANT, pins=basic, decisions=[decision_on(SHOWN)])
    return Authorised(left, NOON)


REASONS = [
    ([], "pupil.id", Reason.NO_CONNECTION),
    ([], "school.urn", Reason.NO_CONNECTION),
    ([CONNECTED], "pupil.id", Reason.NOT_GRANTED),
    ([CONNECTED, PRESENTED], "pupil.dob", Reason.NOT_GRANTED),
    ([CONNECTED], "pupil.needs", Reason.NOT_REQUESTED),
    ([CONNECTED], "pupil.photo", Reason.NOT_REQUESTED),
    ([CONNECTED, PRESENTED, DECLINED], "pupil.id", Reason.REFUSED),
    ([CONNECTED, PRESENTED, DECLINED], "pupil.dob", Reason.REFUSED),
    ([CONNECTED, PRESENTED, unticked()], "pupil.dob", Reason.REFUSED),
    ([CONNECTED, PRESENTED, AUTHORISED, REVOKED], "pupil.id", Reason.REVOKED),
    ([CONNECTED, PRESENTED, AUTHORISED, RELINQUISHED], "pupil.id", Reason.RELINQUISHED),
    ([CONNECTED, PRESENTED, AUTHORISED, EXPIRED], "pupil.id", Reason.EXPIRED),
    (
        [CONNECTED, PRESENTED, AUTHORISED, INVALIDATED],
        "pupil.id",
        Reason.POLICY_CHANGED,
    ),
    ([CONNECTED, PRESENTED, AUTHORISED], "pupil.needs", Reason.NOT_REQUESTED),
    ([CONNECTED], "pupil.nonsense", Reason.NOT_IN_CATALOGUE),
]


@pytest.mark.parametrize(("events", "path", "reason"), REASONS)
def test_each_withheld_field_has_its_reason(events, path, reason):
    """The reason says what has to happen for the field to flow."""
    assert decided(*events).why(path).reason is reason


def test_a_permitted_field_names_its_grant():
    """An authorised field says by which grant, scope, person and when."""
    found = decided(CONNECTED, PRESENTED, AUTHORISED).why("pupil.dob")

    assert found == Permitted(("dob",), "g", 1, HEAD, NOON)


def test_a_public_field_needs_only_the_connection():
    """A public field flows by its scope, from the instant the school was verified."""
    found = decided(CONNECTED).why("school.urn")

    assert found == Permitted(("school",), None, 0, None, NOON)


def test_a_revoked_grant_says_when_and_by_whom():
    """A revoked field says when that happened and who did it."""
    found = decided(CONNECTED, AUTHORISED, REVOKED).why("pupil.id")

    assert found == Withheld(Reason.REVOKED, LATER, Actor("Sam Deputy"))


def test_an_expired_grant_permits_nothing_from_that_instant():
    """At its expiry a grant is over, and says since when."""
    limited = Authorised(evolve(GRANT, expires_at=LATER), NOON)

    found = decided(CONNECTED, limited).why("pupil.id")

    assert found == Withheld(Reason.EXPIRED, LATER)


def test_a_permit_is_valid_until_its_grant_expires():
    """The permit says when time alone may change it."""
    limited = Authorised(evolve(GRANT, expires_at=LATER), NOON)

    assert decided(CONNECTED, limited, now=NOON).valid_until == LATER
    assert decided(CONNECTED, limited, now=LATER).valid_until is None


def changed(**fields):
    """Return the catalogue of policy version 2 with some fields defined otherwise."""
    pupil = TABLE["resource"]["pupil"]
    resource = {**pupil, "field": {**pupil["field"], **fields}}
    whole = {**TABLE, "policy_version": 2, "version": "2"}
    whole["resource"] = {**TABLE["resource"], "pupil": resource}
    return Catalogue.from_dict(whole)


def test_a_field_whose_meaning_changed_stops_and_the_others_go_on():
    """A grant made before a policy version stops for the fields that version changed."""
    after = decided(
        CONNECTED, AUTHORISED, catalogue=changed(name={"policy_version": 2})
    )

    assert after.withheld("pupil")["pupil.name"] is Reason.POLICY_CHANGED
    assert {"pupil.id", "pupil.dob"} <= after.fields


def test_a_field_that_was_re_classified_upwards_stops():
    """What was authorised as personal does not flow once it is special."""
    catalogue = changed(dob={"sensitivity": "special"}, photo={"policy_version": 2})

    after = decided(CONNECTED, AUTHORISED, catalogue=catalogue)

    assert after.withheld("pupil")["pupil.dob"] is Reason.POLICY_CHANGED


def test_an_older_catalogue_than_the_grants_permits_nothing_of_it():
    """After a catalogue is rolled back, the newer words have no known meaning."""
    newer = Authorised(evolve(GRANT, policy_version=2), NOON)

    assert decided(CONNECTED, newer).fields == {"school.urn"}


def test_a_grant_on_another_catalogue_permits_nothing():
    """Fields of the same name in another catalogue are other fields."""
    other = Authorised(evolve(GRANT, catalogue="other"), NOON)

    assert decided(CONNECTED, other).fields == {"school.urn"}


def test_a_grant_of_another_school_permits_nothing():
    """A grant that names another school is none of this school's."""
    other = Authorised(evolve(GRANT, school="100002"), NOON)

    assert decided(CONNECTED, other).fields == {"school.urn"}


def test_a_connection_of_another_school_permits_nothing():
    """A connection that names another school verifies nothing here."""
    other = Connected(evolve(connection(), school="100002"), NOON)

    assert decided(CONNECTED, other, AUTHORISED).fields == frozenset()


def test_a_grant_of_another_app_permits_nothing():
    """What one school authorised for one app is nothing to another."""
    other = Authorised(evolve(GRANT, app="other"), NOON)

    assert decided(CONNECTED, other).fields == {"school.urn"}


@pytest.mark.parametrize(
    ("held", "missing"),
    [
        (None, set()),
        (["Base", "Dates"], set()),
        (["Base"], {"pupil.dob"}),
        (["Dates"], {"pupil.id", "pupil.name", "pupil.dob"}),
        ([], {"pupil.id", "pupil.name", "pupil.dob"}),
    ],
)
def test_what_the_mis_account_may_not_read_is_said(held, missing):
    """A granted field that the MIS account cannot serve says so, where that is known."""
    linked = Connected(evolve(connection(), permissions=held), NOON)

    withheld = decided(linked, AUTHORISED).withheld("pupil")

    found = {p for p, r in withheld.items() if r is Reason.MIS_PERMISSION_MISSING}
    assert found == missing


def test_an_mis_without_a_table_is_not_judged():
    """Permissions are compared only with a table of the same MIS."""
    linked = Connected(evolve(connection(), mis="sims", permissions=[]), NOON)

    assert decided(linked, AUTHORISED).fields >= GRANT.fields


def test_a_request_for_scopes_that_are_gone_is_still_explained():
    """A scope the catalogue no longer has is left out of the reasons."""
    gone = AccessRequest("app", "to be tested", {"gone", "needs"})

    assert (
        decided(CONNECTED, request=gone).why("pupil.needs").reason is Reason.NOT_GRANTED
    )


def test_nothing_is_requested_where_no_request_is_known():
    """Without a request every field that is not public was not asked for."""
    reasons = set(decided(CONNECTED, request=None).withheld("pupil").values())

    assert reasons == {Reason.NOT_REQUESTED}


def test_an_instant_without_a_zone_is_refused():
    """Expiry is compared in UTC, so an instant must say its zone."""
    with pytest.raises(ValueError, match="aware"):
        decided(now=datetime(2026, 11, 23))  # noqa: DTZ001 - the point of the test


def test_the_subject_is_asked_of_the_mis_where_it_decides():
    """Where only some people are covered the MIS must say whom a record is about."""
    table = {**TABLE, "resource": {**TABLE["resource"]}}
    table["resource"]["pupil"] = TABLE["resource"]["pupil"] | {
        "subject": "id",
        "person": "pupil",
    }
    catalogue = Catalogue.from_dict(table)

    asked = permit_for(
        catalogue, "dob", subjects=Subjects.only(pupil=[1])
    ).fields_needed("pupil")

    assert asked == ("pupil.id", "pupil.dob")
    assert permit_for(catalogue, "dob").fields_needed("pupil") == ("pupil.dob",)


def test_what_a_row_rule_reads_is_asked_of_the_mis_while_it_decides():
    """The MIS is asked for a rule's field until the rule's scope is granted."""
    rule = {"resource": "pupil", "where": {"photo": "x"}, "scope": "needs"}
    catalogue = Catalogue.from_dict({**TABLE, "rows": [rule]})

    waiting = permit_for(catalogue, "dob").fields_needed("pupil")

    assert waiting == ("pupil.dob", "pupil.photo")
    assert permit_for(catalogue, "dob", "needs").fields_needed("pupil") == (
        "pupil.dob",
        "pupil.needs",
    )


def test_the_empty_state_permits_nothing():
    """Before anything happened nothing flows, not even public data."""
    found = permit(CATALOGUE, SchoolState(), school=SCHOOL, app="app", now=NOON)

    assert found.fields == frozenset()


@pytest.mark.parametrize(
    ("events", "path", "sentence"),
    [
        (
            [CONNECTED, AUTHORISED],
            "pupil.dob",
            "pupil.dob may flow: Dana Head, Headteacher authorised dob on 23 November 2026 (UTC)",
        ),
        ([CONNECTED], "school.urn", "school.urn may flow: it is public (school)"),
        (
            [CONNECTED],
            "pupil.needs",
            "pupil.needs is withheld: the app did not ask for it",
        ),
    ],
)
def test_an_explanation_reads_as_a_sentence(events, path, sentence):
    """An explanation is one sentence for a person."""
    explanation = decided(*events).explain(path)

    assert str(explanation) == sentence
    assert explanation.is_permitted is ("may flow" in sentence)


def test_an_explanation_leaves_out_a_role_it_does_not_know():
    """Who decided is named without a role where none was given."""
    plain = Authorised(
        evolve(GRANT, decisions=[decision_on(SHOWN, actor=Actor("Sam"))]), NOON
    )

    sentence = str(decided(CONNECTED, plain).explain("pupil.id"))

    assert (
        sentence == "pupil.id may flow: Sam authorised basic on 23 November 2026 (UTC)"
    )


def test_every_reason_has_a_sentence():
    """No reason is left without words."""
    assert all(reason.sentence for reason in Reason)


def test_a_difference_names_fields_rows_and_people():
    """The difference of two permits is exact, and shows a record that tells them apart."""
    more = permit_for(CATALOGUE, "basic", "dob")
    less = permit_for(CATALOGUE, "basic", subjects=Subjects.only(pupil=[1]))

    found = more.diff(less)

    assert (found.only_left, found.only_right) == ({"pupil.dob"}, frozenset())
    assert (found.rows, found.subjects) == (frozenset(), True)
    assert found.witness == ("pupil", {"dob": "witness"})
    assert not found.is_empty


def test_a_field_that_was_re_classified_downwards_goes_on():
    """What was authorised as special flows as well when it is only personal."""
    special = evolve(GRANT.pins["pupil.dob"], sensitivity="special")
    grant = evolve(GRANT, pins={**GRANT.pins, "pupil.dob": special})

    after = decided(CONNECTED, Authorised(grant, NOON))

    assert "pupil.dob" in after.fields


ENDINGS = {
    "before": lambda events: events[:1],
    "revoked": lambda events: [
        *events,
        Revoked("app", "grant-1", 1, SAM, "", "", NOON),
    ],
    "expired": lambda events: [*events, Expired("app", "grant-1", 1, NOON)],
}


@pytest.mark.parametrize("ending", [*ENDINGS, "unsure"])
def test_rows_of_public_data_wait_for_a_living_grant(ending):
    """What a scope opens is shut before, after, and when no ledger has one."""
    table = TABLE | {
        "rows": [{"resource": "school", "where": {"urn": "1"}, "scope": "dob"}]
    }
    catalogue = Catalogue.from_dict(table)
    events = [CONNECTED, Authorised(grant_of(catalogue, ["dob"]), NOON)]
    held = decided(*events, catalogue=catalogue)
    assert compile_projection(held, "school")({"urn": "1"}) == {"urn": "1"}

    if ending == "unsure":
        found = public_only(held)
    else:
        found = decided(*ENDINGS[ending](events), catalogue=catalogue)

    project = compile_projection(found, "school")
    assert [project({"urn": urn}) for urn in ("1", "2")] == [None, {"urn": "2"}]


def test_a_grant_filed_under_another_app_permits_nothing():
    """What a grant itself names counts, wherever a state holds it."""
    strayed = GrantRevision(evolve(GRANT, app="other"))
    state = SchoolState(connection(), {"app": Consent("app", revisions=(strayed,))})

    found = permit(CATALOGUE, state, school=SCHOOL, app="app", now=NOON)

    assert found.fields == {"school.urn"}
