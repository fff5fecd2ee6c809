"""The invariants of consent, each as a test that has its number.

They are numbered as in the research this library was designed from: from what
the standards ask (ISO/IEC TS 27560, UK Open Banking, Australia's CDR, GNAP,
RFC 9396, GDPR Art. 7) and what the best systems do.
"""

import inspect
import json
import logging
from datetime import timedelta
from itertools import combinations

import pytest
from attrs import asdict, evolve
from hypothesis import HealthCheck, assume, given, settings, strategies as st

from scopegate import (
    AccessDeniedError,
    AccessRequest,
    Catalogue,
    ConsentRegister,
    Gate,
    Query,
)
from scopegate._base.canonical import digest_of
from scopegate.adapters.records import RecordsAdapter
from scopegate.catalogue.field import Sensitivity
from scopegate.consent.codec import event_from_json
from scopegate.consent.decision import Proposal, TwoPersonRule
from scopegate.consent.disclosures import Recording, fold_disclosures
from scopegate.consent.events import Amended, Authorised, Disclosed
from scopegate.consent.fold import fold_school
from scopegate.consent.lifecycle import GRANT, REQUEST, GrantStatus, RequestStatus
from scopegate.consent.presentation import DecisionKind
from scopegate.errors import (
    DecisionError,
    InvalidRequestError,
    SecondPersonError,
    StalePresentationError,
    StaleWriteError,
)
from scopegate.ledgers.base import app_stream, disclosure_stream, school_stream
from scopegate.ledgers.memory import MemoryLedger
from scopegate.policy.reason import Reason
from scopegate.proofs.merkle import (
    consistency_path,
    inclusion_path,
    leaf_hash,
    root_hash,
    verify_consistency,
    verify_inclusion,
)
from scopegate.testing import School
from scopegate.testing.permits import NOON
from scopegate.testing.strategies import (
    SCHOOL,
    catalogue_tables,
    catalogues,
    field_paths,
    records,
)

from .scene import APP, DANA, PUPILS, REQUEST as ASKED, SAM, VENDOR, Scene

FEWER = settings(
    max_examples=max(settings().max_examples // 4, 10),
    suppress_health_check=[HealthCheck.too_slow],  # the first draw builds tables
)
"""For what is slow to draw; the thorough profile makes up for it."""

PUBLIC = {"school.urn", "school.name"}


class Watched(RecordsAdapter):
    """An MIS that keeps every field it was asked for."""

    def __init__(self, records_):
        super().__init__(records_)
        self.asked = []

    def fetch(self, wanted):
        """Yield the records, having noted what was wanted."""
        self.asked.append(wanted)
        return super().fetch(wanted)


class World(School):
    """A drawn catalogue, a school connected by it, and an app that asks."""

    def __init__(self, catalogue, draw):
        mis = Watched({"school": [{"urn": SCHOOL, "name": "Example"}]})
        super().__init__(catalogue, mis)
        keys = [key for key in catalogue.scopes if key != "school"]
        asked = draw(st.lists(st.sampled_from(keys), min_size=1, unique=True))
        cut = draw(st.integers(0, len(asked)))
        brought = set(catalogue.expand(asked[:cut]))
        optional = [key for key in asked[cut:] if key not in brought]
        assume(asked[:cut] or optional)
        self.request = AccessRequest("app", "to be tested", asked[:cut], optional)
        self.ticks = frozenset(draw(st.sets(st.sampled_from([*optional, ""])))) - {""}
        self.register.publish(self.request)

    def register_on(self, catalogue):
        """Return the register of another catalogue, on the same ledger."""
        return ConsentRegister(catalogue, self.ledger, clock=self.clock)

    def authorise(self):
        """Let the school authorise with the boxes drawn."""
        return super().authorise(optional=self.ticks, actor=DANA)

    def open(self, catalogue=None):
        """Open an access by a new gate, on another catalogue if one is given."""
        gate = Gate(catalogue or self.catalogue, self.ledger, clock=self.clock)
        return gate.open(school=SCHOOL, app="app")

    def flowing(self, catalogue=None):
        """Return the fields that flow now."""
        return self.open(catalogue).permit.fields


@st.composite
def worlds(draw):
    """Draw a world in which nothing is decided."""
    return World(draw(catalogues()), draw)


@FEWER
@given(worlds())
def test_invariant_01_without_a_grant_only_public_data_is_even_asked_for(world):
    """No grant: public fields flow, and nothing else is requested of the MIS."""
    world.ask()
    access = world.open()

    assert access.permit.fields == PUBLIC
    with pytest.raises(AccessDeniedError):
        access.read(world.mis, Query("pupil"))
    list(access.read(world.mis, Query("school")))
    assert {path for wanted in world.mis.asked for path in wanted.fields} <= PUBLIC


@FEWER
@given(worlds(), st.sampled_from([OSError(), ValueError(), StaleWriteError("s", 1, 2)]))
def test_invariant_02_what_flows_is_pinned_and_trouble_means_no(world, error):
    """Released fields are pinned ones; a ledger that fails lets public data flow."""
    grant = world.authorise()
    access = world.open()
    assert access.permit.fields <= grant.fields | PUBLIC

    def fail(_stream):
        raise error

    world.ledger.head = fail
    world.register._work = evolve(world.register._work, ledger=MemoryLedger())
    world.register.connect(school="other", mis="x", adapter=other_school())
    assert access.permit.fields <= PUBLIC


def other_school():
    """Return the MIS of another school."""
    return RecordsAdapter({"school": [{"urn": "other"}]})


@FEWER
@given(worlds())
def test_invariant_03_granted_lies_between_required_and_all_that_was_shown(world):
    """Required <= granted <= required + optional, of the very version shown."""
    shown = world.present()
    grant = world.authorise()
    catalogue = world.catalogue

    least = set(catalogue.expand(shown.required_scopes))
    most = set(catalogue.expand(shown.required_scopes | shown.offered))
    assert least <= set(grant.scopes) <= most
    assert grant.request_version == shown.request_version


@FEWER
@given(worlds())
def test_invariant_04_no_tick_is_a_refusal_and_is_recorded(world):
    """Without ticks only the required comes, and each box left empty is on record."""
    shown = world.present()
    grant = world.register.authorise(shown, actor=DANA)

    assert grant.ticked == frozenset()
    assert grant.unticked == shown.offered == world.request.optional
    refused = set(world.catalogue.fields_of(world.request.optional)) - grant.fields
    permit = world.open().permit
    assert {permit.why(path).reason for path in refused - PUBLIC} <= {Reason.REFUSED}


@FEWER
@given(worlds(), st.data())
def test_invariant_05_only_a_decision_widens_and_narrowing_always_may(world, data):
    """Between two decisions nothing new flows; taking ticks away always works."""
    world.authorise()
    for _ in range(data.draw(st.integers(1, 4))):
        before, flows = len(world.events()), world.flowing()
        fewer = data.draw(
            st.sets(st.sampled_from([*world.consent().current.ticked, ""]))
        )
        page = world.register.present_grant(school=SCHOOL, app="app")
        world.register.publish(
            evolve(world.request, purpose=data.draw(st.sampled_from("ab")))
        )
        world.register.amend(page, actor=SAM, optional=fewer - {""})

        decided = [e for e in world.events()[before:] if isinstance(e, Amended)]
        assert world.flowing() <= flows
        assert len(decided) == 1


@FEWER
@given(catalogue_tables(), field_paths(), st.data())
def test_invariant_06_a_field_that_joins_a_scope_changes_no_release(table, new, data):
    """Scopes, includes and joints that grow leave a grant exactly as it was."""
    world = World(Catalogue.from_dict(table), data.draw)
    world.authorise()
    before = world.flowing()
    grown = json.loads(json.dumps(table))
    fields = {**grown["resource"]["pupil"]["field"]}
    all_fields = [f"pupil.{path}" for path in fields]
    keys = [key for key in grown["scope"] if key != "school"]
    for number, key in enumerate(keys):
        grown["scope"][key] |= {"fields": all_fields, "includes": keys[:number]}
    grown |= {"version": "2", "joint": [{"scopes": keys[:2], "fields": all_fields}]}
    later = Catalogue.from_dict(grown)

    assert world.flowing(later) == before
    assert world.register_on(later).settle(SCHOOL) == ()


@FEWER
@given(worlds(), st.data())
def test_invariant_07_a_new_meaning_stops_until_it_is_asked_again(world, data):
    """A policy version stops the fields concerned for good, and no other field."""
    grant = world.authorise()
    assume(grant.fields)
    changed = data.draw(st.sets(st.sampled_from(sorted(grant.fields)), min_size=1))
    table = world.catalogue.to_dict() | {"policy_version": 2, "version": "2"}
    for path in changed:
        resource, _, local = path.partition(".")
        table["resource"][resource]["field"][local]["policy_version"] = 2
    later = Catalogue.from_dict(table)
    before, after = world.flowing(), world.flowing(later)
    world.register_on(later).settle(SCHOOL)

    assert after == before - (changed - PUBLIC)
    assert world.flowing() == after  # taken back: nothing is migrated
    again = world.register_on(later)
    latest = world.consent().latest
    if latest.status is GrantStatus.AUTHORISED:
        again.revoke(school=SCHOOL, app="app", actor=DANA)
    page = again.ask(school=SCHOOL, app="app")
    again.authorise(page, actor=DANA, optional=page.offered)
    assert changed <= world.flowing(later)


@FEWER
@given(worlds(), st.data())
def test_invariant_08_a_changed_request_leaves_the_grant_alone(world, data):
    """Publishing, cancelling and showing more neither alter, extend nor end it."""
    grant = world.authorise()
    before = world.flowing()
    keys = [key for key in world.catalogue.scopes if key != "school"]
    more = data.draw(st.sets(st.sampled_from(keys), min_size=1))
    world.register.publish(AccessRequest("app", "for more", more))
    pending = world.consent().asks_for_more(world.register.published("app"))
    page = world.present()
    world.register.decline(
        page, actor=DANA
    ) if page.asking is DecisionKind.REQUEST else None
    world.register.cancel(app="app", actor=VENDOR)

    assert pending
    assert page.is_additional
    assert world.consent().current == grant
    assert world.flowing() == before


@FEWER
@given(worlds(), st.data())
def test_invariant_09_ends_are_final(world, data):
    """Whatever follows, an ended revision stays as it ended."""
    world.authorise()
    end = data.draw(st.sampled_from(["revoke", "relinquish", "expire", "amend"]))
    if end == "amend":
        world.register.amend(world.present(), actor=DANA)
    elif end == "expire":
        world.register.amend(
            world.present(), actor=DANA, expires_at=NOON + timedelta(hours=1)
        )
        world.clock.go_on(timedelta(hours=1))
        world.register.settle(SCHOOL)
    else:
        getattr(world.register, end)(school=SCHOOL, app="app", actor=DANA)
    ended = world.consent().revisions[0]
    world.clock.jump(timedelta(hours=-5))
    page = world.ask()
    if page.asking is DecisionKind.REQUEST:
        world.register.authorise(page, actor=SAM)

    assert GRANT.is_final(ended.status)
    assert world.consent().revisions[0] == ended


@FEWER
@given(worlds())
def test_invariant_10_state_is_a_fold_of_the_log(world):
    """Replaying the bytes that were kept, from nothing, gives the same state."""
    world.authorise()
    world.register.amend(world.present(), actor=SAM)
    world.revoke()

    bodies = world.ledger.bodies(school_stream(SCHOOL))
    replayed = fold_school(map(event_from_json, bodies))
    assert replayed == world.register.state(SCHOOL)


@FEWER
@given(worlds())
def test_invariant_11_a_stale_writer_fails_and_order_is_total(world):
    """Of two decisions on one page one is made; the ledger refuses what came late."""
    page = world.present()
    position = world.ledger.position(school_stream(SCHOOL))
    world.register.authorise(page, actor=DANA)

    with pytest.raises(StalePresentationError):
        world.register.authorise(page, actor=SAM)
    with pytest.raises(StaleWriteError):
        world.ledger.append(school_stream(SCHOOL), world.events()[-1:], position)
    revisions = [e.grant.revision for e in world.events() if isinstance(e, Authorised)]
    assert revisions == [1]


@FEWER
@given(worlds(), st.sampled_from(["revoke", "relinquish", "disconnect"]))
def test_invariant_12_after_revoke_returned_only_public_data_flows(world, how):
    """The next record of an access opened before is public data, or nothing."""
    world.authorise()
    access = world.open()
    before = access.permit.fields
    args = {"school": SCHOOL, "actor": DANA}
    if how != "disconnect":
        args["app"] = "app"
    getattr(world.register, how)(**args)

    assert before >= PUBLIC
    assert access.permit.fields <= PUBLIC
    assert access.filter("pupil", {"key": "x"}) is None


@FEWER
@given(worlds(), st.lists(st.integers(-90, 90), max_size=6))
def test_invariant_13_expiry_is_decided_at_read_and_nothing_revives(world, jumps):
    """Once an instant at or after the expiry was seen, no clock brings it back."""
    end = NOON + timedelta(minutes=30)
    world.register.authorise(
        world.present(), optional=world.ticks, actor=DANA, expires_at=end
    )
    access, seen = world.open(), False
    for minutes in jumps:
        world.clock.jump(timedelta(minutes=minutes))
        seen = seen or world.clock() >= end

        assert (access.permit.fields <= PUBLIC) or not seen
        assert (world.flowing() <= PUBLIC) or not seen


@FEWER
@given(worlds(), st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=5))
def test_invariant_14_a_decision_names_everything_it_rests_on(world, method):
    """Actor, authority, method, instant, digest, ticks, non-ticks and terms."""
    asked = []
    register = ConsentRegister(
        world.catalogue,
        world.ledger,
        clock=world.clock,
        authority=lambda actor, school, at: asked.append((actor, school, at)) or True,
    )
    page = world.present()
    grant = register.authorise(page, optional=world.ticks, actor=DANA, method=method)

    (decision,) = grant.decisions
    assert (decision.actor, decision.method, decision.at) == (DANA, method, NOON)
    assert (decision.presentation, decision.terms) == (page.digest, page.terms)
    assert decision.ticked == world.ticks
    assert decision.unticked == page.offered - world.ticks
    assert asked == [(DANA, SCHOOL, NOON)]


@FEWER
@given(worlds(), st.sampled_from(["purpose", "school_name", "catalogue", "language"]))
def test_invariant_15_another_digest_is_refused(world, attribute):
    """A page that differs anywhere from what would be shown decides nothing."""
    page = evolve(world.present(), **{attribute: "another"})
    before = world.events()

    for decide in (world.register.authorise, world.register.decline):
        with pytest.raises(StalePresentationError):
            decide(page, actor=DANA)
    assert world.events() == before


@FEWER
@given(worlds(), st.booleans())
def test_invariant_16_two_distinct_people_the_same_digest_in_time(world, late):
    """One person never suffices, nor the same twice, nor too late; one may revoke."""
    assume(world.catalogue.fields_of(world.request.required | world.ticks))
    rule = TwoPersonRule(Sensitivity.PUBLIC, days=1)
    world.register.require_two_people(rule, school=SCHOOL, actor=DANA)
    page = world.present()
    first = world.register.authorise(page, optional=world.ticks, actor=DANA)
    with pytest.raises(SecondPersonError):
        world.register.authorise(page, optional=world.ticks, actor=DANA)
    flows_meanwhile = world.flowing()
    if late:
        world.clock.go_on(timedelta(days=1))
        with pytest.raises(DecisionError):
            world.register.authorise(page, optional=world.ticks, actor=SAM)
        return
    grant = world.register.authorise(page, optional=world.ticks, actor=SAM)
    world.revoke()

    assert isinstance(first, Proposal)
    assert flows_meanwhile == PUBLIC
    assert {d.presentation for d in grant.decisions} == {page.digest}
    assert [d.actor for d in grant.decisions] == [DANA, SAM]
    assert world.consent().current is None


def test_invariant_17_revoking_is_no_harder_than_authorising():
    """Revoking wants nothing that authorising does not, and no page to be shown first."""

    def wanted(verb):
        return {
            name
            for name, p in inspect.signature(verb).parameters.items()
            if p.default is p.empty and name != "self"
        }

    assert wanted(ConsentRegister.authorise) == {"shown", "actor"}
    assert wanted(ConsentRegister.revoke) == {"school", "app", "actor"}
    scene = Scene()
    scene.register.require_two_people(
        TwoPersonRule(Sensitivity.PUBLIC), school="100001", actor=DANA
    )
    page = scene.ask()
    for actor in (DANA, SAM):
        scene.register.authorise(page, actor=actor)
    scene.revoke(actor=SAM)


@FEWER
@given(worlds())
def test_invariant_18_a_decision_is_of_one_school(world):
    """A grant of one school lets nothing of another flow, now or when it joins."""
    world.authorise()
    gate = Gate(world.catalogue, world.ledger, clock=world.clock)
    before = gate.open(school="other", app="app").permit.fields
    world.register.connect(school="other", mis="arbor", adapter=other_school())

    assert before == frozenset()
    assert gate.open(school="other", app="app").permit.fields == PUBLIC


@FEWER
@given(worlds())
def test_invariant_19_the_log_only_grows_and_proves_it(world):
    """Any two of its states are consistent, and each event is in every later one."""
    world.authorise()
    world.register.amend(world.present(), actor=SAM)
    world.revoke()
    leaves = [leaf_hash(body) for body in world.ledger.bodies(school_stream(SCHOOL))]

    for old, new in combinations(range(1, len(leaves) + 1), 2):
        path = consistency_path(leaves[:new], old)
        roots = root_hash(leaves[:old]), root_hash(leaves[:new])
        assert verify_consistency(old, roots[0], new, roots[1], path)
        assert verify_inclusion(
            leaves[old - 1],
            old - 1,
            new,
            inclusion_path(leaves[:new], old - 1),
            roots[1],
        )


@FEWER
@given(worlds(), st.data())
def test_invariant_20_no_value_and_no_pupil_is_written_anywhere(world, data):
    """Ledger, logs, errors, notes and reprs hold names and counts, never a value."""
    world.authorise()
    canary = "c4n4ry"
    record = data.draw(records(world.catalogue.resource("pupil").fields))
    record |= {"key": canary, "stray": canary, "class": [canary], "home": canary}
    lines, seen = [], logging.Handler()
    seen.emit = lambda entry: lines.append(entry.getMessage())
    logging.getLogger("scopegate").addHandler(seen)
    try:
        with world.open() as access:
            access.filter("pupil", record)
            told = [repr(access.notes), repr(access.permit), repr(access)]
    finally:
        logging.getLogger("scopegate").removeHandler(seen)

    kept = [b for s in world.ledger.streams() for b in world.ledger.bodies(s)]
    assert canary not in "".join([*lines, *told, *map(repr, world.events())])
    assert canary.encode() not in b"".join(kept)


@FEWER
@given(worlds(), st.data())
def test_invariant_21_what_is_withheld_cannot_be_told(world, data):
    """Records that differ only in what is withheld leave the same in every place."""
    grant = world.authorise()
    decides = {p for rule in world.catalogue.rows for p in rule.reads}
    withheld = [
        leaf.steps[0]
        for leaf in world.catalogue.resource("pupil").fields
        if len(leaf.steps) == 1
        and leaf.path not in grant.fields | decides | {"pupil.key"}
    ]
    record = data.draw(records(world.catalogue.resource("pupil").fields))
    other = dict(record)
    for step in withheld:
        other[step.name] = data.draw(st.sampled_from(["x", 1, None, [], {"a": 1}]))

    def observe(given_record):
        with world.open() as access:
            out = access.filter("pupil", given_record)
            return repr(out), repr(access.notes), repr(access.permit)

    assert observe(record) == observe(other)
    disclosed = world.ledger.read(disclosure_stream(SCHOOL))
    assert all(a == b for a, b in zip(disclosed[::2], disclosed[1::2], strict=False))


@FEWER
@given(worlds(), st.data())
def test_invariant_22_filtering_again_changes_nothing_and_shares_nothing(world, data):
    """What was released is released of itself again, record by record, unaliased."""
    world.authorise()
    assume(not world.catalogue.rows)
    some = data.draw(
        st.lists(records(world.catalogue.resource("pupil").fields), max_size=3)
    )
    access = world.open()
    once = [access.filter("pupil", record) for record in some]
    turned = [access.filter("pupil", record) for record in reversed(some)]
    kept = [record for record in once if record is not None]
    again = [access.filter("pupil", record) for record in kept]

    assert repr(turned[::-1]) == repr(once)
    assert repr(again) == repr(kept)
    assert all(a is not b for a, b in zip(again, kept, strict=True))


@FEWER
@given(worlds())
def test_invariant_23_the_answer_says_what_of_each_scope_flows(world):
    """Per scope an app learns what it may have, and why not the rest."""
    before = world.open().permit
    world.authorise()
    after = world.open().permit

    for key in world.request.scopes:
        fields = set(world.catalogue.fields_of([key]))
        pending, decided = before.standing(key), after.standing(key)
        assert set(pending.withheld.values()) <= {Reason.NOT_GRANTED}
        assert set(decided.permitted) | decided.withheld.keys() == fields
        assert set(decided.withheld.values()) <= {Reason.REFUSED}
        if key in world.consent().current.scopes:
            assert decided.is_whole or not fields


@FEWER
@given(worlds())
def test_invariant_24_what_is_displayed_is_what_is_pinned(world):
    """Included scopes are shown expanded, and exactly the fields shown are pinned."""
    page = world.present()
    grant = world.authorise()
    chosen = [*page.required, *(s for s in page.optional if s.key in world.ticks)]
    shown = {field.path for scope in chosen for field in scope.fields}
    held = set(grant.scopes)
    shown |= {f.path for j in page.joint if held >= set(j.scopes) for f in j.fields}

    assert grant.fields == shown
    assert shown == set(world.catalogue.fields_of(grant.scopes))
    assert page.digest == digest_of(json.loads(json.dumps(asdict(page))))


@pytest.mark.parametrize(
    "wrong",
    [
        {"required": set(), "optional": set()},
        {"required": {"students.nope"}},
        {"required": {"students.dob"}, "optional": {"students.basic"}},
        {"purpose": " "},
    ],
)
def test_invariant_24_malformed_combinations_are_refused_at_registration(wrong):
    """No one is ever shown a request that asks for nothing, the unknown, or twice."""
    scene = Scene()
    base = {"required": ASKED.required, "optional": frozenset(), "reasons": {}}

    with pytest.raises(InvalidRequestError):
        scene.register.publish(evolve(ASKED, **{**base, **wrong}))
    assert scene.ledger.position(app_stream(APP)) == 1


@FEWER
@given(st.integers(0, 30), st.integers(1, 9))
def test_invariant_25_every_disclosure_is_on_record(count, batch):
    """Grant revision, resource, fields, count and time of each batch add up."""
    scene = Scene(recording=Recording(records=batch))
    grant = scene.authorise()
    with scene.open() as access:
        for n in range(count):
            access.filter("student", PUPILS[n % len(PUPILS)])
            scene.pass_time(seconds=0.01)
    written = scene.ledger.read(disclosure_stream("100001"))

    assert all(isinstance(event, Disclosed) for event in written)
    assert sum(event.count for event in written) == count
    assert {(e.grant, e.revision, e.resource) for e in written} <= {
        (grant.id, 1, "student")
    }
    assert fold_disclosures(written, APP).last_accessed == (
        written[-1].at if written else None
    )


def test_the_states_that_are_final_are_those_of_the_standards():
    """DPV's and Open Banking's ends are ends here too."""
    assert {s for s in RequestStatus if REQUEST.is_final(s)} == {
        "authorised", "declined", "lapsed", "cancelled",
    }  # fmt: skip
    assert not GRANT.is_final(GrantStatus.AUTHORISED)
