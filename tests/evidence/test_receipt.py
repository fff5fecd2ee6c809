"""A receipt says what was decided, names no one, and can be checked without us."""

import json
import re
from datetime import timedelta
from hashlib import sha256

import pytest
from attrs import evolve
from hypothesis import given, settings, strategies as st
from tests.scene import APP, DANA, REQUEST, SAM, SCHOOL, Scene

from scopegate import AccessRequest, Actor, Connection, Subjects, Terms
from scopegate.catalogue.field import Sensitivity
from scopegate.consent.codec import event_from_json
from scopegate.consent.decision import TwoPersonRule
from scopegate.consent.events import (
    Authorised,
    Connected,
    Decided,
    Invalidated,
    Presented,
)
from scopegate.consent.presentation import PresentedJoint
from scopegate.errors import DamagedLedgerError, ProofError, UnknownGrantError
from scopegate.evidence.receipt import receipt_for, school_of
from scopegate.evidence.receipt_check import check_receipt
from scopegate.ledgers.base import school_stream
from scopegate.ledgers.memory import MemoryLedger
from scopegate.proofs.notes import TlogProof, verify_proof
from scopegate.proofs.signing import Ed25519Signer
from scopegate.testing.permits import NOON
from scopegate.testing.strategies import catalogues, memory_ledgers

STREAM = school_stream(SCHOOL)
LISTED = Subjects.everyone_except(student=["pupil-103", "pupil-107"])

# Every dpv: and loc: word that a receipt may use, as DPV 2.3 has them (2.3/dpv/dpv.csv
# and 2.3/loc/loc.csv of w3c/dpv at f01a55c, 28 February 2026), and the two of its
# schema/dpv-27560.ttl.
DPV = {
    "dpv:ConsentExpired", "dpv:ConsentGiven", "dpv:ConsentInvalidated",
    "dpv:ConsentNotice", "dpv:ConsentReceipt", "dpv:ConsentRecord",
    "dpv:ConsentRefused", "dpv:ConsentRevoked", "dpv:DataController",
    "dpv:DataSubject", "dpv:DataSubjectRight", "dpv:Duration", "dpv:EndlessDuration",
    "dpv:Entity", "dpv:ExpressedConsent", "dpv:LegalBasis", "dpv:NaturalPerson",
    "dpv:NonPersonalData", "dpv:Optional", "dpv:Organisation", "dpv:PersonalData",
    "dpv:Process", "dpv:Purpose", "dpv:Recipient", "dpv:RenewedConsentGiven",
    "dpv:Required", "dpv:SensitivePersonalData", "dpv:StorageDuration",
    "dpv:StorageLocation", "dpv:UntilEventDuration", "dpv:UntilTimeDuration",
    "dpv:WithdrawConsent", "dpv:hasConsentControl", "dpv:hasConsentStatus",
    "dpv:hasData", "dpv:hasDataController", "dpv:hasDataSubject", "dpv:hasDuration",
    "dpv:hasEntity", "dpv:hasIdentifier", "dpv:hasIndicationMethod",
    "dpv:hasJurisdiction", "dpv:hasLegalBasis", "dpv:hasName", "dpv:hasNecessity",
    "dpv:hasNotice", "dpv:hasPersonalData", "dpv:hasProcess", "dpv:hasPurpose",
    "dpv:hasRecipient", "dpv:hasRecordOfActivity", "dpv:hasRight",
    "dpv:hasStorageCondition", "dpv:isExercisedAt", "dpv:isIndicatedAtTime",
    "dpv:isIndicatedBy", "loc:GB",
    "https://w3id.org/dpv/schema/dpv-27560#receipt",
    "https://w3id.org/dpv/schema/dpv-27560#record",
}  # fmt: skip
# The fields that the guide of 15 February 2026 says MUST be present.
OF_A_RECEIPT = {
    "dct:conformsTo",
    "dpv:hasIdentifier",
    "dct:identifier",
    "dct:created",
    "dpv:hasRecordOfActivity",
    "dpv:hasEntity",
}
OF_A_RECORD = {
    "dct:conformsTo",
    "dct:identifier",
    "dpv:hasDataSubject",
    "dpv:hasNotice",
    "dpv:hasProcess",
    "dpv:hasStorageCondition",
    "dpv:hasDataController",
    "dpv:hasRecipient",
    "dpv:hasConsentControl",
    "dpv:hasJurisdiction",
    "dpv:hasRight",
    "dpv:hasLegalBasis",
    "dpv:hasConsentStatus",
}
OF_A_PROCESS = {"dpv:hasPurpose", "dpv:hasRecipient"}
OF_A_STATUS = {
    "@type",
    "dpv:isIndicatedAtTime",
    "dpv:hasDuration",
    "dpv:isIndicatedBy",
}
KEY = Ed25519Signer.generate("school.example/scopegate")
WIDE = AccessRequest(
    APP,
    "Run the school",
    {"school", "students.basic"},
    {"students.dob", "students.sen_provision"},
    reasons={"students.dob": "To group by age"},
    terms=Terms("a year", "public task", "privacy@gradebook.example"),
)


@pytest.fixture
def scene():
    """Return a connected school and an app that asks."""
    return Scene(MemoryLedger())


def receipt_of(scene, grant, **more):
    """Return the receipt of a grant at the scene's instant."""
    more = {"clock": scene.clock} | more
    return receipt_for(scene.ledger, school=SCHOOL, grant=grant.id, **more)


def record_of(receipt):
    """Return the record of what was authorised."""
    return receipt.to_json_ld()["dpv:hasRecordOfActivity"][0]


def states_of(receipt):
    """Return the states of what was authorised."""
    return [each["@type"][0] for each in record_of(receipt)["dpv:hasConsentStatus"]]


# -- What it proves


def test_event_is_the_leaf_and_the_decision(scene):
    """The receipt's event is, byte for byte, what the ledger keeps of the decision."""
    grant = scene.authorise("students.dob")

    receipt = receipt_of(scene, grant)

    assert receipt.event in scene.ledger.bodies(STREAM)
    assert event_from_json(receipt.event).grant == receipt.grant == grant


def test_presentation_hashes_to_the_digest_of_the_decision(scene):
    """The SHA-256 of the receipt's presentation is what the decision names."""
    grant = scene.authorise()

    receipt = receipt_of(scene, grant)

    found = sha256(receipt.presentation).hexdigest()
    assert found == grant.decision.presentation


@pytest.mark.parametrize("later", range(4))
def test_proof_leads_from_the_event_to_the_whole_stream(scene, later):
    """The proof holds for the event, under the checkpoint of the stream as it is."""
    grant = scene.authorise()
    for number in range(later):
        scene.register.change_permissions(school=SCHOOL, permissions=[str(number)])

    receipt = receipt_of(scene, grant)

    origin = f"scopegate/school/{SCHOOL}"
    checkpoint = verify_proof(receipt.proof, receipt.event, None, origin)
    assert checkpoint.size == scene.ledger.position(STREAM)


def test_signers_sign_the_checkpoint(scene):
    """A receipt made with a key verifies against that key, under the origin given."""
    grant = scene.authorise()

    receipt = receipt_of(scene, grant, signers=[KEY], origin="log.example")

    verify_proof(receipt.proof, receipt.event, [KEY.verifier], "log.example")
    assert "signed by     school.example/scopegate" in receipt.to_text()


def test_extra_line_holds_the_hashes_of_the_other_files(scene):
    """The proof that is written says the hashes, the state and the school's clocks."""
    receipt = receipt_of(scene, scene.authorise())

    files = dict(receipt.files())
    proof = TlogProof.from_text(files.pop("receipt.tlog-proof"))

    hashes = {name: sha256(content).hexdigest() for name, content in files.items()}
    assert json.loads(proof.extra) == {
        "clock": {
            "offsets": {"2026-11-23T12:00:00+00:00": "+00:00"},
            "zone": "Europe/London",
        },
        "files": hashes,
        "format": 2,
        "leaf": receipt.facts.leaf.hex(),
        "standing": {
            "as_of": "2026-11-23T12:00:00+00:00",
            "ended_at": None,
            "ended_by": None,
            "status": "authorised",
            "stopped": [],
        },
    }


# -- Which grant


def test_newest_revision_is_taken(scene):
    """Without a revision the receipt is of the newest one."""
    scene.authorise("students.dob")
    grant = scene.amend(actor=SAM)

    assert receipt_of(scene, grant).grant.revision == 2


def test_named_revision_is_taken(scene):
    """With a revision the receipt is of that one, superseded as it is."""
    grant = scene.authorise("students.dob")
    scene.amend(actor=SAM)

    receipt = receipt_of(scene, grant, revision=1)

    assert receipt.grant == grant
    assert record_of(receipt)["dct:isReplacedBy"] == f"{grant.id}/2"


def test_unknown_grant_is_told_with_those_alike(scene):
    """A grant that the school has not is an error, which names what looks like it."""
    grant = scene.authorise()
    wrong = evolve(grant, id=grant.id[:-1])

    with pytest.raises(UnknownGrantError) as caught:
        receipt_of(scene, wrong)

    assert (caught.value.name, caught.value.near) == (wrong.id, (grant.id,))


def test_unknown_revision_is_told(scene):
    """A revision that the grant never had is an error."""
    grant = scene.authorise()

    with pytest.raises(UnknownGrantError, match="revision 2"):
        receipt_of(scene, grant, revision=2)


def test_school_is_found_by_the_grant(scene):
    """Looking through all schools finds the one that authorised, telling how far it is."""
    scene.ledger.append(
        school_stream("1"), [Connected(Connection("1", "arbor", "", NOON), NOON)], 0
    )
    grant, steps = scene.authorise(), []

    found = school_of(scene.ledger, grant.id, lambda *step: steps.append(step))

    assert (found, steps) == (SCHOOL, [(0, 2), (1, 2)])


class OneDamaged(MemoryLedger):
    """A ledger in which one school cannot be read."""

    def bodies(self, stream, after=0):
        """Return the events, or fail."""
        if stream == school_stream("1"):
            raise DamagedLedgerError("a.db", "it is damaged")
        return super().bodies(stream, after)


def test_a_school_that_cannot_be_read_keeps_no_other_from_its_receipt():
    """A grant is found past a damaged school; one that is not found says why.

    Fails on the release before: the damaged school ended the search.
    """
    scene = Scene(OneDamaged())
    first = Connected(Connection("1", "arbor", "", NOON), NOON)
    scene.ledger.append(school_stream("1"), [first], 0)
    grant = scene.authorise()

    assert school_of(scene.ledger, grant.id) == SCHOOL
    with pytest.raises(DamagedLedgerError):
        school_of(scene.ledger, "nothing")


@pytest.mark.parametrize("name", [APP, "nothing", ""])
def test_a_text_in_an_event_is_no_grant(scene, name):
    """Only the id of a grant finds a school, not another text of its events."""
    scene.authorise()

    with pytest.raises(UnknownGrantError):
        school_of(scene.ledger, name)


# -- What is refused


def test_decision_on_nothing_shown_has_no_receipt(scene):
    """A grant whose presentation is not in the ledger gets no receipt."""
    grant = scene.authorise()
    lost = MemoryLedger()
    lost.append(STREAM, [Authorised(grant, NOON)], 0)

    with pytest.raises(ProofError, match="nothing the school was shown"):
        receipt_for(lost, school=SCHOOL, grant=grant.id)


def test_grant_of_more_than_was_shown_has_no_receipt(scene):
    """A grant that pins a field outside its ticks gets no receipt."""
    grant = scene.authorise()
    *before, _ = scene.ledger.read(STREAM)
    pins = grant.pins | {"student.upn": grant.pins["student.id"]}
    wider = MemoryLedger()
    wider.append(STREAM, [*before, Authorised(evolve(grant, pins=pins), NOON)], 0)

    with pytest.raises(ProofError):
        receipt_for(wider, school=SCHOOL, grant=grant.id)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"scopes": ("students.basic", "students.upn")}, "the scopes"),
        ({"app": "other"}, "the app"),
        ({"request_version": 7}, "the request"),
        ({"policy_version": 7}, "the catalogue"),
    ],
)
def test_grant_of_something_else_than_was_shown_has_no_receipt(scene, change, says):
    """A grant that differs from the page in anything the receipt says gets none.

    Fails on the release before: scopes that were never shown had a receipt, whose text
    did not mention them.
    """
    grant = scene.authorise()
    *before, _ = scene.ledger.read(STREAM)
    other = MemoryLedger()
    other.append(STREAM, [*before, Authorised(evolve(grant, **change), NOON)], 0)

    with pytest.raises(ProofError, match=f"the school was shown differ in {says}"):
        receipt_for(other, school=SCHOOL, grant=grant.id)


@pytest.mark.parametrize("size", [0, 2, 4])
def test_receipt_is_not_made_over_events_that_do_not_hold_the_decision(scene, size):
    """Events that do not reach the decision, or more than there are, prove nothing."""
    grant = scene.authorise()

    with pytest.raises(ProofError, match=f"event 3 of 3, .* over the first {size}"):
        receipt_of(scene, grant, size=size)


def test_receipt_over_the_first_events_is_of_their_checkpoint(scene):
    """A receipt of a size has the checkpoint that the log had then, whatever followed."""
    grant = scene.authorise()
    then = receipt_of(scene, grant).facts.checkpoint
    scene.register.change_permissions(school=SCHOOL, permissions=["more"])

    assert receipt_of(scene, grant, size=3).facts.checkpoint == then
    assert receipt_of(scene, grant).facts.checkpoint != then


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_every_revision_of_every_history_has_a_receipt_that_holds(data):
    """Amended, superseded or ended: what the register wrote has a receipt that holds."""
    ledger = data.draw(catalogues().flatmap(memory_ledgers))
    for stream in ledger.streams():
        for event in ledger.read(stream):
            if isinstance(event, Decided):
                grant = event.grant
                receipt = receipt_for(
                    ledger,
                    school=grant.school,
                    grant=grant.id,
                    revision=grant.revision,
                )
                found = check_receipt(receipt.files(include_people=True))
                assert found.faults == ()


# -- People


@pytest.mark.parametrize(
    ("subjects", "told"),
    [
        (Subjects.everyone(), "everyone"),
        (
            Subjects.everyone_except(student="pupil-103"),
            "everyone except 1 person whom the school listed (student: 1)",
        ),
        (
            Subjects.only(student=["pupil-103", "pupil-107"], contact=["parent-9"]),
            "only 3 people whom the school listed (contact: 1, student: 2)",
        ),
        (Subjects.only(), "only 0 people whom the school listed"),
    ],
)
def test_people_are_counted(scene, subjects, told):
    """The text and the JSON-LD say how many people the school listed."""
    receipt = receipt_of(scene, scene.authorise(subjects=subjects))

    (people,) = (
        e for e in receipt.to_json_ld()["dpv:hasEntity"] if "people" in e["@id"]
    )
    assert people["dct:description"] == f"whom the school has records of: {told}"
    text = receipt.to_text().replace("\n" + " " * 14, " ")
    assert f"people        {told}\n" in text


def test_no_file_names_people_unless_asked(scene):
    """No identifier that the school listed is in any file, or in any repr."""
    receipt = receipt_of(scene, scene.authorise(subjects=LISTED))

    written = b"".join(receipt.files().values()) + repr(receipt).encode()

    assert b"pupil-10" not in written
    assert "event.json" not in receipt.files()


def test_event_is_written_when_asked(scene):
    """With people included the event is one of the files, and names them."""
    receipt = receipt_of(scene, scene.authorise(subjects=LISTED))

    files = receipt.files(include_people=True)

    assert files["event.json"] == receipt.event
    assert b"pupil-103" in receipt.event


# -- In words


def test_text_says_who_what_when_and_how(scene):
    """The text has the school, the app, the decider, the fields, the ticks, the terms."""
    scene.register.publish(WIDE)
    grant = scene.authorise(
        "students.dob",
        method="the consent page",
        expires_at=NOON + timedelta(days=30),
    )

    text = receipt_of(scene, grant).to_text()

    for line in (
        "school        Example School (100001)",
        "MIS           arbor",
        "app           gradebook",
        "purpose       Run the school",
        "until         23 December 2026, 12:00:00 UTC+00:00",
        "stands        authorised, as of 23 November 2026, 12:00:00 UTC+00:00",
        "times         of Europe/London, each with its offset from UTC",
        "decided by    Dana Head, Headteacher",
        "how           the consent page",
        "[required] Student Basic Information (students.basic)",
        "[x] ticked Student Date of Birth (students.dob)",
        "    why: To group by age",
        "    student.dob (personal)  Date of birth",
        "    and 4 fields listed above",
        "kept          a year",
        "lawful basis  public task",
        "contact       privacy@gradebook.example",
    ):
        assert line in text.splitlines()
    assert re.search(r"^\[ \] .*\(students\.sen_provision\): \d+ fields$", text, re.M)


def test_every_authorised_field_is_in_the_text_once(scene):
    """Each field that was authorised is in the text once, and no other does."""
    scene.register.publish(WIDE)
    grant = scene.authorise("students.dob")

    text = receipt_of(scene, grant).to_text()

    found = re.findall(r"^    (\S+) \((?:public|personal|special)\)", text, re.M)
    assert sorted(found) == sorted(grant.pins)


def test_no_line_is_too_long_to_read(scene):
    """Every line fits 78 characters, except for fields, hashes and names of keys."""
    scene.register.publish(WIDE)

    text = receipt_of(scene, scene.authorise(subjects=LISTED)).to_text()

    long = [line for line in text.splitlines() if len(line) > 78]
    assert all(line.startswith("    ") for line in long)


def test_text_upsets_no_terminal(scene):
    """What an app calls itself is written with its invisible characters escaped."""
    scene.register.publish(evolve(REQUEST, purpose="Record\u202emarks"))

    text = receipt_of(scene, scene.authorise()).to_text()

    assert "Record\\u202emarks" in text


def test_writing_and_joint_fields_are_told():
    """The text says what the app may write to, and what flows since scopes meet."""
    scene = Scene(MemoryLedger())
    shown = scene.present()
    (basic,), (dob,) = shown.required, shown.optional
    leaf = evolve(dob.fields[-1], path="student.joined", scopes=(basic.key, dob.key))
    joint = PresentedJoint((basic.key, dob.key), (leaf,))
    other = PresentedJoint((basic.key, "other"), (leaf,))
    shown = evolve(
        shown, required=(evolve(basic, writes=("Marks",)),), joint=(joint, other)
    )
    receipt = receipt_of(*decided_on(scene, shown, {dob.key}))

    text = receipt.to_text()

    assert "    the app may write to: Marks" in text
    assert (
        "[together] since students.basic, students.dob all flow\n    student.joined"
        in text
    )
    assert named_fields(receipt) == receipt.grant.fields


def decided_on(scene, shown, ticked):
    """Return a scene whose school decided on what is given, and the grant."""
    grant = scene.authorise(*ticked)
    pins = {
        path: type(grant.pins["student.id"])(*found)
        for path, found in shown.fields_of(frozenset(ticked)).items()
    }
    decision = evolve(grant.decision, presentation=shown.digest)
    grant = evolve(grant, pins=pins, decisions=[decision])
    events = [Presented(shown, None, NOON), Authorised(grant, NOON)]
    scene.ledger = MemoryLedger()
    scene.ledger.append(STREAM, events, 0)
    return scene, grant


def named_fields(receipt):
    """Return the fields that the JSON-LD names as authorised."""
    return {
        datum["dct:identifier"]
        for process in record_of(receipt)["dpv:hasProcess"]
        for relation in ("dpv:hasData", "dpv:hasPersonalData")
        for datum in process.get(relation, [])
    }


def test_text_without_a_signature_says_what_that_means(scene):
    """A receipt that no one signed says that the log proves it, and what to keep.

    Fails on the release before: it said `signed by  no one`, which reads as invalid.
    """
    text = " ".join(receipt_of(scene, scene.authorise()).to_text().split())

    assert (
        "signature not signed; proved by the log. Keep a checkpoint to check it against."
        in text
    )


# -- How it stands


def test_first_revision_is_given_and_the_next_renewed(scene):
    """The first revision is ConsentGiven, each later one RenewedConsentGiven."""
    first = receipt_of(scene, scene.authorise())
    scene.register.publish(WIDE)

    second = receipt_of(scene, scene.authorise())

    given = "dpv:ConsentGiven", "dpv:RenewedConsentGiven"
    assert (*states_of(first), *states_of(second)) == given


@pytest.mark.parametrize(
    ("end", "words", "state"),
    [
        (
            lambda scene, _: scene.revoke(),
            "revoked on 23 November 2026, 12:00:00 UTC+00:00 by Dana Head, Headteacher,",
            "dpv:ConsentRevoked",
        ),
        (
            lambda scene, _: scene.relinquish(),
            "relinquished on 23 November 2026, 12:00:00 UTC+00:00 by Val Vendor, Data lead,",
            "dpv:ConsentRevoked",
        ),
        (
            lambda scene, _: scene.pass_time(days=1),
            "expired on 24 November 2026, 12:00:00 UTC+00:00,",
            "dpv:ConsentExpired",
        ),
        (
            lambda scene, grant: scene.ledger.append(
                STREAM,
                [Invalidated(APP, grant.id, 1, tuple(grant.pins), 2, NOON)],
                None,
            ),
            "invalidated on 23 November 2026, 12:00:00 UTC+00:00,",
            "dpv:ConsentInvalidated",
        ),
    ],
    ids=["revoked", "relinquished", "expired", "invalidated"],
)
def test_end_is_told(scene, end, words, state):
    """How a revision ended is told in words and by its state, an expiry unrecorded too."""
    grant = scene.authorise(expires_at=NOON + timedelta(days=1))

    end(scene, grant)

    receipt = receipt_of(scene, grant)
    text = " ".join(receipt.to_text().split())
    assert words in text
    assert "This revision has ended" in text
    assert states_of(receipt) == ["dpv:ConsentGiven", state]


def test_revocation_before_the_expiry_stays_one(scene):
    """A grant that was revoked is not told as expired once its time is over."""
    grant = scene.authorise(expires_at=NOON + timedelta(days=1))
    scene.revoke()

    scene.pass_time(days=2)

    assert states_of(receipt_of(scene, grant))[1] == "dpv:ConsentRevoked"


def test_stopped_fields_are_told(scene):
    """A field that came to mean more is told, while the rest goes on."""
    grant = scene.authorise("students.dob")
    stopped = Invalidated(APP, grant.id, 1, ("student.dob",), 2, NOON)
    scene.ledger.append(STREAM, [stopped], None)

    text = receipt_of(scene, grant).to_text()

    assert "stopped       student.dob: they came to mean more" in text


def test_both_of_two_people_are_told(scene):
    """Where two people authorised, both are in the text and in the JSON-LD."""
    rule = TwoPersonRule(Sensitivity.PERSONAL)
    scene.register.require_two_people(rule, school=SCHOOL, actor=DANA)
    scene.authorise()
    known = Actor("Sam Deputy", id="s-1")
    grant = scene.register.authorise(scene.present(), actor=known)

    receipt = receipt_of(scene, grant)

    (status,) = record_of(receipt)["dpv:hasConsentStatus"]
    names = [person["dpv:hasName"] for person in status["dpv:isIndicatedBy"]]
    assert names == ["Dana Head", "Sam Deputy"]
    assert "decided by    Sam Deputy (known to the service as s-1)" in receipt.to_text()


# -- For machines


def test_receipt_has_the_id_of_its_facts(scene):
    """The JSON-LD has the id that distinguishes the receipt, of grant and log alike."""
    receipt = receipt_of(scene, scene.authorise())

    found = receipt.to_json_ld()

    assert found["dct:identifier"] == found["dpv:hasIdentifier"] == receipt.facts.id


@pytest.fixture
def many(scene):
    """Return receipts that use every part of the JSON-LD."""
    plain = scene.authorise()
    scene.register.publish(WIDE)
    until = NOON + timedelta(days=1)
    wide = scene.authorise("students.sen_provision", expires_at=until, method="page")
    receipts = [receipt_of(scene, plain, revision=1), receipt_of(scene, wide)]
    scene.pass_time(days=2)
    receipts.append(receipt_of(scene, wide))
    gone = Invalidated(APP, wide.id, 2, tuple(wide.pins), 2, NOON)
    scene.ledger.append(STREAM, [gone], None)
    return [*receipts, receipt_of(scene, wide)]


def words_in(node):
    """Yield every key, `@id`, `@type` of a JSON-LD document but its context."""
    if isinstance(node, list):
        for each in node:
            yield from words_in(each)
    elif isinstance(node, dict):
        for key, value in node.items():
            yield key
            if key in {"@id", "@type"}:
                yield from [value] if isinstance(value, str) else value
            elif key != "@context":
                yield from words_in(value)


def test_every_word_of_dpv_exists(many):
    """Every dpv: and loc: term used is in DPV 2.3, and all of the list are used."""
    used = {
        word
        for receipt in many
        for word in words_in(receipt.to_json_ld())
        if word.startswith(("dpv:", "loc:", "https:"))
    }

    assert used == DPV


def test_every_prefix_is_explained(many):
    """Every prefix used in the document is in its context, and no other."""
    document = many[1].to_json_ld()

    used = {word.partition(":")[0] for word in words_in(document) if ":" in word}

    assert used - {"_", "https"} == set(document["@context"])


def test_every_field_that_must_be_there_is(many):
    """All fields that the guide says MUST be present are, in receipt and records."""
    for receipt in many:
        document = receipt.to_json_ld()
        assert document.keys() >= OF_A_RECEIPT
        for record in document["dpv:hasRecordOfActivity"]:
            assert record.keys() >= OF_A_RECORD
            assert record["dpv:hasNotice"]["dct:language"] == "en-GB"
            assert all(p.keys() >= OF_A_PROCESS for p in record["dpv:hasProcess"])
            assert all(s.keys() >= OF_A_STATUS for s in record["dpv:hasConsentStatus"])


def test_references_lead_to_entities(many):
    """Every blank node that is referred to is described in the document once."""
    for receipt in many:
        document = receipt.to_json_ld()
        described = [entity["@id"] for entity in document["dpv:hasEntity"]]

        used = {word for word in words_in(document) if word.startswith("_:")}

        assert sorted(used) == sorted(described)


def test_fields_are_those_pinned_with_their_necessity(many):
    """The JSON-LD names each pinned field, and says if its scope was required."""
    receipt = many[1]

    necessity = {
        process["dct:identifier"]: process["dpv:hasNecessity"]["@id"]
        for process in record_of(receipt)["dpv:hasProcess"]
    }

    assert named_fields(receipt) == receipt.grant.fields
    assert necessity == {
        "school": "dpv:Required",
        "students.basic": "dpv:Required",
        "students.sen_provision": "dpv:Optional",
    }


def test_what_was_left_is_a_record_of_its_own(many):
    """A scope left empty is refused in a second record, and in the first not at all."""
    given, left = many[1].to_json_ld()["dpv:hasRecordOfActivity"]

    (status,) = left["dpv:hasConsentStatus"]
    assert [p["dct:identifier"] for p in left["dpv:hasProcess"]] == ["students.dob"]
    assert status["@type"] == ["dpv:ConsentRefused"]
    assert "students.dob" not in json.dumps(given)
