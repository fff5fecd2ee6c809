"""A receipt as JSON-LD: the W3C's profile of ISO/IEC TS 27560:2023.

    https://w3id.org/dpv/guides/consent-27560   the profile

What the profile calls consent is here a school's authorisation, whatever the
lawful basis is.
"""

from collections.abc import Iterable, Iterator

from ..consent.lifecycle import GrantStatus
from ..consent.presentation import PresentedScope
from .dpv import (
    CONTEXT,
    NOT_STATED,
    Node,
    data,
    entity,
    instant,
    person,
    ref,
    right,
    storage,
    words,
)
from .receipt_facts import ReceiptFacts

_SCHEMA = "https://w3id.org/dpv/schema/dpv-27560#"
_SCHOOL, _APP, _PEOPLE = "_:school", "_:app", "_:people"

# DPV keeps ConsentWithdrawn for data subjects, and a school is not one. Its guide
# names a ConsentTerminated as well, which no version of the vocabulary has.
_ENDED = {
    GrantStatus.SUPERSEDED: "dpv:ConsentRevoked",
    GrantStatus.REVOKED: "dpv:ConsentRevoked",
    GrantStatus.RELINQUISHED: "dpv:ConsentRevoked",
    GrantStatus.EXPIRED: "dpv:ConsentExpired",
    GrantStatus.INVALIDATED: "dpv:ConsentInvalidated",
}


def receipt_json_ld(facts: ReceiptFacts) -> Node:
    """Return the receipt: a record of what was authorised, and of what was left."""
    records = [_record(facts, "", _processes(facts), _statuses(facts))]
    if facts.left_empty:
        left = (_process(facts, s, is_required=False) for s in facts.left_empty)
        records.append(_record(facts, "/left-empty", left, _refused(facts)))
    return {
        "@context": CONTEXT,
        "@type": "dpv:ConsentReceipt",
        "dct:conformsTo": {"@id": f"{_SCHEMA}receipt"},
        "dct:identifier": facts.id,
        "dpv:hasIdentifier": facts.id,
        "dct:created": instant(facts.made_at),
        "dct:audience": ref(_SCHOOL),
        "dct:source": _source(facts),
        "dpv:hasEntity": list(_entities(facts)),
        "dpv:hasRecordOfActivity": records,
    }


def _record(
    facts: ReceiptFacts, suffix: str, processes: Iterable[Node], statuses: list[Node]
) -> Node:
    grant, terms = facts.grant, facts.grant.decision.terms
    record: Node = {
        "@type": "dpv:ConsentRecord",
        "dct:conformsTo": {"@id": f"{_SCHEMA}record"},
        "dct:identifier": f"{grant.id}/{grant.revision}{suffix}",
        "dpv:hasIdentifier": f"{grant.id}/{grant.revision}{suffix}",
        "dpv:hasDataSubject": ref(_PEOPLE),
        "dpv:hasNotice": _notice(facts),
        "dpv:hasDataController": ref(_SCHOOL),
        "dpv:hasRecipient": ref(_APP),
        "dpv:hasJurisdiction": ref("loc:GB"),
        "dpv:hasLegalBasis": words("dpv:LegalBasis", terms.lawful_basis),
        "dpv:hasStorageCondition": storage(terms.retention),
        "dpv:hasConsentControl": _control(facts),
        "dpv:hasRight": right(terms.contact),
        "dpv:hasProcess": list(processes),
        "dpv:hasConsentStatus": statuses,
    }
    if facts.revision.status is GrantStatus.SUPERSEDED and not suffix:
        record["dct:isReplacedBy"] = f"{grant.id}/{grant.revision + 1}"
    return record


def _source(facts: ReceiptFacts) -> Node:
    """Return the event that is proved; compared with the proof by its verifiers."""
    return {
        "dct:title": f"event {facts.position} of the log, by its leaf hash (RFC 6962)",
        "dct:identifier": facts.leaf.hex(),
        "dct:isPartOf": {
            "dct:identifier": facts.checkpoint.origin,
            "dct:description": facts.checkpoint.to_text(),
        },
    }


def _notice(facts: ReceiptFacts) -> Node:
    return {
        "@type": "dpv:ConsentNotice",
        "dct:identifier": facts.shown.digest,
        "dct:language": facts.shown.language,
        "spdx:checksum": {
            "@type": "spdx:Checksum",
            "spdx:algorithm": ref("spdx:checksumAlgorithm_sha256"),
            "spdx:checksumValue": facts.shown.digest,
        },
    }


# Parties


def _entities(facts: ReceiptFacts) -> Iterator[Node]:
    grant, shown = facts.grant, facts.shown
    contact = grant.decision.terms.contact
    yield entity(_SCHOOL, "dpv:DataController", shown.school_name, grant.school, "")
    yield entity(_APP, "dpv:Recipient", grant.app, grant.app, contact)
    yield {
        "@id": _PEOPLE,
        "@type": "dpv:DataSubject",
        "dct:description": f"whom the school has records of: {facts.people}",
    }


# Processing


def _processes(facts: ReceiptFacts) -> Iterator[Node]:
    for scope, is_required in facts.authorised:
        yield _process(facts, scope, is_required=is_required)
    for rule in facts.joint:
        yield {
            "@type": "dpv:Process",
            "dct:title": f"since {', '.join(rule.scopes)} are all authorised",
            "dpv:hasPurpose": words("dpv:Purpose", facts.shown.purpose),
            "dpv:hasRecipient": ref(_APP),
            **data(rule.fields, "dpv:Optional"),
        }


def _process(facts: ReceiptFacts, scope: PresentedScope, *, is_required: bool) -> Node:
    necessity = "dpv:Required" if is_required else "dpv:Optional"
    return {
        "@type": "dpv:Process",
        "dct:identifier": scope.key,
        "dct:title": scope.title or scope.key,
        "dpv:hasNecessity": ref(necessity),
        "dpv:hasPurpose": words("dpv:Purpose", scope.reason or facts.shown.purpose),
        "dpv:hasRecipient": ref(_APP),
        **data(scope.fields, necessity),
    }


def _control(facts: ReceiptFacts) -> Node:
    return {
        "@type": "dpv:WithdrawConsent",
        "dct:description": "one person who may decide for the school revokes it",
        "dpv:isExercisedAt": facts.grant.decision.method or "where it was authorised",
    }


# Events


def _statuses(facts: ReceiptFacts) -> list[Node]:
    is_first = facts.grant.revision == 1
    given = "dpv:ConsentGiven" if is_first else "dpv:RenewedConsentGiven"
    ended, expires_at = facts.revision.status, facts.grant.expires_at
    until = _until_event("it is withdrawn")
    if expires_at:
        until = {"@type": "dpv:UntilTimeDuration", "rdf:value": instant(expires_at)}
    statuses = [_decided(facts, [given, "dpv:ExpressedConsent"], until)]
    if ended is not GrantStatus.AUTHORISED:
        statuses.append(_end(facts, _ENDED[ended]))
    return statuses


def _refused(facts: ReceiptFacts) -> list[Node]:
    until = _until_event("it is asked for again")
    return [_decided(facts, ["dpv:ConsentRefused"], until)]


def _until_event(event: str) -> Node:
    return {"@type": "dpv:UntilEventDuration", "rdf:value": event}


def _decided(facts: ReceiptFacts, kinds: list[str], until: Node) -> Node:
    decision = facts.grant.decision
    return {
        "@type": kinds,
        "dpv:isIndicatedAtTime": instant(decision.at),
        "dpv:isIndicatedBy": [person(each.actor) for each in facts.grant.decisions],
        "dpv:hasIndicationMethod": decision.method or NOT_STATED,
        "dpv:hasDuration": until,
    }


def _end(facts: ReceiptFacts, kind: str) -> Node:
    ended_at, by = facts.revision.ended_at, facts.revision.ended_by
    return {
        "@type": [kind],
        "dct:title": facts.revision.status.value,
        "dpv:isIndicatedAtTime": instant(ended_at or facts.made_at),
        "dpv:isIndicatedBy": [person(by) if by else words("dpv:Entity", "the service")],
        "dpv:hasDuration": ref("dpv:EndlessDuration"),
    }
