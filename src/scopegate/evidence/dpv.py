"""Pieces of JSON-LD in the words of DPV 2.3, Dublin Core and schema.org.

    https://w3id.org/dpv   the vocabulary

What must be said and is not known is `not stated`.
"""

from collections.abc import Iterable
from datetime import UTC, datetime

from ..catalogue.field import Sensitivity
from ..consent.decision import Actor
from ..consent.presentation import PresentedField

Node = dict[str, object]

CONTEXT: Node = {
    "dpv": "https://w3id.org/dpv#",
    "loc": "https://w3id.org/dpv/loc#",
    "dct": "http://purl.org/dc/terms/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "schema": "https://schema.org/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "spdx": "http://spdx.org/rdf/terms#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
NOT_STATED = "not stated"

# `special` is wider than UK GDPR Art. 9, so no field is said to be of its categories.
_KINDS = {
    Sensitivity.PUBLIC: "dpv:NonPersonalData",
    Sensitivity.PERSONAL: "dpv:PersonalData",
    Sensitivity.SPECIAL: "dpv:SensitivePersonalData",
    Sensitivity.SECRET: "dpv:SensitivePersonalData",
}


def ref(iri: str) -> Node:
    """Return a reference to the thing with that name."""
    return {"@id": iri}


def words(kind: str, text: str) -> Node:
    """Return a thing of a kind that is only described."""
    return {"@type": kind, "dct:description": text or NOT_STATED}


def instant(at: datetime) -> Node:
    """Return an instant, in UTC."""
    text = at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return {"@type": "xsd:dateTime", "@value": text}


def entity(node: str, role: str, name: str, identifier: str, contact: str) -> Node:
    """Return an organisation; its address is not known here."""
    return {
        "@id": node,
        "@type": ["dpv:Organisation", role],
        "dpv:hasName": name or NOT_STATED,
        "dpv:hasIdentifier": identifier,
        "schema:contactPoint": words("schema:ContactPoint", contact),
        "schema:address": words("schema:PostalAddress", ""),
    }


def person(actor: Actor) -> Node:
    """Return the person who took a decision."""
    found: Node = {"@type": "dpv:NaturalPerson", "dpv:hasName": actor.name}
    if actor.role:
        found["schema:jobTitle"] = actor.role
    if actor.id:
        found["dpv:hasIdentifier"] = actor.id
    return found


def data(leaves: Iterable[PresentedField], necessity: str) -> Node:
    """Return fields, those of persons apart from those that name none."""
    found: dict[str, list[Node]] = {}
    for leaf in leaves:
        is_public = leaf.sensitivity is Sensitivity.PUBLIC
        relation = "dpv:hasData" if is_public else "dpv:hasPersonalData"
        found.setdefault(relation, []).append(_datum(leaf, necessity))
    return dict(found)


def _datum(leaf: PresentedField, necessity: str) -> Node:
    kind = _KINDS[leaf.sensitivity]
    return {
        "@type": kind,
        "skos:broader": ref(kind),
        "dct:identifier": leaf.path,
        "dct:title": leaf.title or leaf.path,
        "dpv:hasNecessity": ref(necessity),
    }


def storage(retention: str) -> list[Node]:
    """Return the storage: how long data is kept, and where, which is not known here."""
    return [
        {
            "@type": "dpv:StorageDuration",
            "dpv:hasDuration": {
                "@type": "dpv:Duration",
                "rdf:value": retention or NOT_STATED,
            },
        },
        words("dpv:StorageLocation", ""),
    ]


def right(contact: str) -> Node:
    """Return the rights: what people may ask for, and where."""
    return {
        "@type": "dpv:DataSubjectRight",
        "dct:title": "the rights of UK GDPR Art. 12 to 22",
        "dpv:isExercisedAt": f"the school, or the app: {contact or NOT_STATED}",
    }
