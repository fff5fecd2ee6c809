"""`ReceiptPage`: what a school decided, to read, print and file."""

from attrs import field, frozen

from .._base.local_time import LONDON, LocalTime
from ..arguments import made
from ..consent.decision import Decision
from ..consent.lifecycle import GrantStatus
from ..evidence.receipt import Receipt
from ..evidence.receipt_facts import ReceiptFacts
from ..evidence.verify_receipt import UNSIGNED
from .grant import ended_in_words
from .request import NOT_STATED, terms_in_words
from .scopes import JointView, ScopeView, scope_views, titles_of
from .words import opened, person, until_in_words


@made
@frozen
class Decider:
    """Who decided, how and when, in words."""

    who: str
    how: str
    at: str

    @classmethod
    def of(cls, decision: Decision, zone: str = LONDON) -> "Decider":
        """Return a decision, in words.

        Args:
            decision: The decision.
            zone: The time zone to show instants in, by its name in the tz database.
        """
        method, at = decision.method or NOT_STATED, LocalTime.of(zone).instant
        return cls(person(decision.actor), method, at(decision.at))


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
        zone: The time zone of the page, by its name in the tz database.
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
    zone: str

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
            deciders=(Decider.of(each, facts.zone) for each in grant.decisions),
            required=scope_views(shown.required),
            ticked=scope_views(taken, grant.ticked, above=shown.required),
            left=scope_views(facts.left_empty),
            joint=(JointView.of(rule, titles) for rule in facts.joint),
            terms=terms_in_words(grant.decision.terms),
            proof=_proof(facts),
            is_live=facts.revision.status is GrantStatus.AUTHORISED,
            names_people=receipt.names_people,
            zone=LocalTime.of(facts.zone).zone,
        )


def _facts(facts: ReceiptFacts) -> tuple[tuple[str, str], ...]:
    grant, shown, times = facts.grant, facts.shown, LocalTime.of(facts.zone)
    return (
        ("School", f"{shown.school_name or NOT_STATED} ({grant.school})"),
        ("App", grant.app),
        ("Purpose", shown.purpose),
        ("MIS", shown.mis or NOT_STATED),
        ("People", opened(facts.people)),
        ("Until", until_in_words(grant.expires_at, times)),
        ("Stands", _standing(facts, times)),
        ("Grant", f"{grant.id}, revision {grant.revision}"),
    )


def _standing(facts: ReceiptFacts, times: LocalTime) -> str:
    status, as_of = opened(facts.revision.status.value), times.instant(facts.made_at)
    return ended_in_words(facts.revision, times) or f"{status}, as of {as_of}"


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
