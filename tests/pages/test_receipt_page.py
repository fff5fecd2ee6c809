"""The page of a receipt: what was shown and decided, as it stands, and what proves it."""

from datetime import timedelta

import pytest
from hypothesis import given

from scopegate import AccessRequest, Subjects
from scopegate.errors import UnknownGrantError
from scopegate.evidence.receipt import receipt_for
from scopegate.pages.desk import Desk
from scopegate.pages.receipt import Decider, ReceiptPage
from scopegate.proofs.signing import Ed25519Signer
from scopegate.testing.permits import NOON

from .worlds import APP, FEWER, REQUEST, SCHOOL, World, cases_of, histories


def receipt_of(world, revision=1):
    """Return the receipt of a grant of a world."""
    return Desk(world.register).receipt(SCHOOL, "grant-1", revision)


def page_of(world, revision=1):
    """Return its page."""
    return ReceiptPage.of(receipt_of(world, revision))


@FEWER
@given(histories())
def test_every_revision_has_its_receipt(history):
    """Whatever happened, each tells what was ticked, what was left, and who decided."""
    ledger, now = history
    for case in cases_of(*history):
        for revision in case.consent.revisions:
            grant = revision.grant
            page = ReceiptPage.of(
                receipt_for(
                    ledger,
                    school=case.school,
                    grant=grant.id,
                    revision=grant.revision,
                    clock=lambda: now,
                )
            )
            assert {view.key for view in page.ticked} == grant.ticked
            assert {view.key for view in page.left} == grant.unticked
            assert all(view.is_ticked for view in page.ticked)
            assert [d.at for d in page.deciders] == [
                Decider.of(d).at for d in grant.decisions
            ]


def test_a_receipt_in_words():
    """Every line of it, for one grant."""
    world = World()
    world.authorise(
        "dob", "needs", expires_at=NOON + timedelta(days=9), method="a page"
    )
    receipt = receipt_of(world)
    page = ReceiptPage.of(receipt)

    assert page.title == "Receipt: what gradebook may have"
    assert page.facts == (
        ("School", "Example School (100001)"),
        ("App", APP),
        ("Purpose", REQUEST.purpose),
        ("MIS", "arbor"),
        ("People", "Everyone"),
        ("Until", "2 December 2026, 12:00 GMT"),
        ("Stands", "Authorised, as of 23 November 2026, 12:00 GMT"),
        ("Grant", "grant-1, revision 1"),
    )
    assert page.deciders == (
        Decider("Dana Head, Headteacher", "a page", "23 November 2026, 12:00 GMT"),
    )
    assert page.terms[0] == ("How long the app keeps it", "one year")
    assert [view.key for view in page.required] == ["basic"]
    assert [rule.scopes for rule in page.joint] == [("Births", "Needs")]
    assert page.proof == (
        ("What was shown (SHA-256)", receipt.facts.shown.digest),
        ("Log", receipt.facts.checkpoint.origin),
        ("Place in the log", "3 of 3"),
        ("Leaf hash", receipt.facts.leaf.hex()),
        (
            "Signature",
            "Not signed; proved by the log. Keep a checkpoint to check it against.",
        ),
    )
    assert (page.is_live, page.names_people) == (True, False)


def test_those_who_signed_are_named():
    """A receipt that was signed names the keys, as the note has them."""
    world = World(REQUEST)
    world.authorise()
    key = Ed25519Signer.generate("school.example")
    receipt = receipt_for(world.ledger, school=SCHOOL, grant="grant-1", signers=[key])

    assert ReceiptPage.of(receipt).proof[-1] == ("Signed by", "school.example")


def test_what_is_not_stated_is_said_not_to_be():
    """A method, terms and an end that there are not."""
    world = World(AccessRequest(APP, "Marks", {"basic"}))
    world.authorise()
    page = page_of(world)

    assert page.deciders[0].how == "The app does not say"
    assert {text for _, text in page.terms} == {"The app does not say"}
    assert dict(page.facts)["Until"] == "It is revoked"


def test_a_receipt_of_what_was_revoked_says_by_whom():
    """How it stands now is on the page, and that it is not in force."""
    world = World()
    world.authorise("dob")
    world.pass_days(1)
    world.revoke()
    page = page_of(world)

    assert dict(page.facts)["Stands"] == (
        "Revoked on 24 November 2026, 12:00 GMT by Dana Head, Headteacher"
    )
    assert page.is_live is False


def test_people_who_are_listed_are_counted_and_not_named():
    """The page says that the event names them, and holds none of them."""
    world = World()
    world.authorise("dob", subjects=Subjects.only(pupil=["x1"]))
    page = page_of(world)

    assert page.names_people is True
    assert dict(page.facts)["People"] == (
        "Only 1 person whom the school listed (pupil: 1)"
    )
    assert "x1" not in repr(page)


@pytest.mark.parametrize(("grant", "revision"), [("grant-1", 2), ("grant-2", 1)])
def test_there_is_no_receipt_of_what_is_not_there(grant, revision):
    """A grant, or a revision, that the school has not is unknown."""
    world = World()
    world.authorise("dob")

    with pytest.raises(UnknownGrantError):
        Desk(world.register).receipt(SCHOOL, grant, revision)
