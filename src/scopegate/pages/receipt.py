"""`ReceiptPage`: what a school decided, to read, print and file."""

from attrs import field, frozen

from ..arguments import made
from ..consent.decision import Decision
from ..consent.lifecycle import GrantStatus
from ..evidence.receipt import Receipt
from ..evidence.receipt_facts import ReceiptFacts
from ..evidence.verify_receipt import UNSIGNED
from .grant import ended_in_words
from .request import NOT_STATED, terms_in_words
from .scopes import JointView, ScopeView, scope_views, titles_of
from .words import UNTIL_REVOKED, end_of, instant, opened, person


@made
@frozen
class Decider:
    """Who decided, how and when, in words."""

    who: str
    how: str
    at: str

    @classmethod
    def of(cls, decision: Decision) -> "Decider":
        """Return a decision, in words."""
        method = decision.method or NOT_STATED
        return cls(person(decision.actor), method, instant(decision.at))


@made
@frozen
class ReceiptPage:
    """The receipt of one grant revision, in words.

    Attributes:
        school: The school's key.
        school_name: Its name.
        app: The app.
        grant: The grant's id.
        revision: Its revision.
        facts: What there is to say in a line each, by what it is called.
        deciders: Who decided, the last of several last.
        required: What was required, as it was shown.
        ticked: What was ticked.
        left: What was left empty, and does not flow.
        joint: What flows since several scopes came together.
        terms: The terms that were shown, by what they are called.
        proof: What proves it, by what it is called.
        is_live: Whether it is the revision in force.
        names_people: Whether the event names people whom the school listed, and so
            stays out of what is downloaded.
    """

    school: str
    school_name: str
    app: str
    grant: str
    revision: int
    facts: tuple[tuple[str, str], ...]
    deciders: tuple[Decider, ...] = field(converter=tuple[Decider, ...])
    required: tuple[ScopeView, ...] = field(converter=tuple[ScopeView, ...])
    ticked: tuple[ScopeView, ...] = field(converter=tuple[ScopeView, ...])
    left: tuple[ScopeView, ...] = field(converter=tuple[ScopeView, ...])
    joint: tuple[JointView, ...] = field(converter=tuple[JointView, ...])
    terms: tuple[tuple[str, str], ...]
    proof: tuple[tuple[str, str], ...]
    is_live: bool
    names_people: bool

    @property
    def title(self) -> str:
        """What the page is called."""
        return f"Receipt: what {self.app} may have"

    @classmethod
    def of(cls, receipt: Receipt) -> "ReceiptPage":
        """Return a receipt, in words."""
        facts = receipt.facts
        shown, grant = facts.shown, facts.grant
        titles = titles_of((*shown.required, *shown.optional))
        taken = [scope for scope, is_required in facts.authorised if not is_required]
        return cls(
            school=grant.school,
            school_name=shown.school_name or grant.school,
            app=grant.app,
            grant=grant.id,
            revision=grant.revision,
            facts=_facts(facts),
            deciders=map(Decider.of, grant.decisions),
            required=scope_views(shown.required),
            ticked=scope_views(taken, grant.ticked, above=shown.required),
            left=scope_views(facts.left_empty),
            joint=(JointView.of(rule, titles) for rule in facts.joint),
            terms=terms_in_words(grant.decision.terms),
            proof=_proof(facts),
            is_live=facts.revision.status is GrantStatus.AUTHORISED,
            names_people=receipt.names_people,
        )


def _facts(facts: ReceiptFacts) -> tuple[tuple[str, str], ...]:
    grant, shown = facts.grant, facts.shown
    until = end_of(grant.expires_at) if grant.expires_at else UNTIL_REVOKED
    return (
        ("School", f"{shown.school_name or NOT_STATED} ({grant.school})"),
        ("App", grant.app),
        ("Purpose", shown.purpose),
        ("MIS", shown.mis or NOT_STATED),
        ("People", opened(facts.people)),
        ("Until", until),
        ("Stands", _standing(facts)),
        ("Grant", f"{grant.id}, revision {grant.revision}"),
    )


def _standing(facts: ReceiptFacts) -> str:
    status = opened(facts.revision.status.value)
    return ended_in_words(facts.revision) or f"{status}, as of {instant(facts.made_at)}"


def _proof(facts: ReceiptFacts) -> tuple[tuple[str, str], ...]:
    return (
        ("What was shown (SHA-256)", facts.shown.digest),
        ("Log", facts.checkpoint.origin),
        ("Place in the log", f"{facts.position:,} of {facts.checkpoint.size:,}"),
        ("Leaf hash", facts.leaf.hex()),
        _signature(facts.signed_by),
    )


def _signature(signed_by: tuple[str, ...]) -> tuple[str, str]:
    """Return the names of those who signed, or what it means that no one did."""
    if signed_by:
        return "Signed by", ", ".join(signed_by)
    return "Signature", opened(UNSIGNED)
