"""What is withheld cannot be learnt by asking either, whatever the MIS does of it."""

from attrs import evolve
from hypothesis import HealthCheck, given, settings, strategies as st

from scopegate import Subjects
from scopegate.adapters.base import Capabilities
from scopegate.errors import ScopegateError
from scopegate.ledgers.base import disclosure_stream
from scopegate.ledgers.memory import MemoryLedger
from scopegate.records.condition import Comparison

from ..model_mis import (
    CONTACTS,
    DAYS,
    LOOKED_AT,
    NAMES,
    PATHS,
    SCHOOL,
    SINCE,
    SORTABLE,
    Model,
    abilities,
    grants,
    log_lines,
    opened,
    people,
    pupils,
    queries,
)

FEWER = settings(
    max_examples=settings().max_examples // 2,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
"""Each example asks two MISs three things; `thorough` tries a thousand pairs."""

ALL = Capabilities(
    projects=True,
    conditions=dict.fromkeys(PATHS, Comparison),
    orders=SORTABLE,
    totals=True,
    searches=LOOKED_AT,
    changes=LOOKED_AT,
)
"""An interface that can do everything, and all of it on raw values."""

WHOLE = evolve(ALL, projects=False)
"""One that gives whole records all the same."""
BY_DAY = evolve(ALL, searches=["pupil.dob"], changes=["pupil.dob"])
"""One that looks at a single field."""


def observed(who, records, able, query, sloppy=()):
    """Return all that is seen of asking an MIS of *records* for the same three ways."""
    scopes, subjects = who
    ledger, told = MemoryLedger(), []
    access = opened(*scopes, subjects=subjects, ledger=ledger)
    mis = Model(records, able, sloppy=sloppy)
    ways = (
        lambda: list(access.read(mis, query)),
        lambda: access.count(mis, query),
        lambda: sorted(access.count_by(mis, query).items(), key=repr),
    )
    with log_lines() as lines:
        for way in ways:
            try:
                told.append(repr(way()))
            except ScopegateError as error:
                told.append(f"{error!r}")
        access.close()
    asked = {repr(wanted) for wanted in (*mis.asked, *mis.totals)}
    return told, access.notes, lines, asked, ledger.bodies(disclosure_stream(SCHOOL))


class Telling:
    """What of a pupil may be seen, and what decides whether it may.

    Args:
        scopes: What is authorised.
        subjects: Who is covered.
    """

    def __init__(self, scopes, subjects):
        self.permitted = opened(*scopes, subjects=subjects).permit.fields
        self.subjects = subjects
        self.sees_leavers, self.sees_guarded = (
            "leavers" in scopes,
            "guarded" in scopes,
        )

    @property
    def everyone(self):
        """Whether everyone is covered."""
        return self.subjects == Subjects.everyone()

    def passes(self, pupil):
        """Tell whether a pupil may be seen."""
        is_covered = self.everyone or self.subjects.covers("pupil", pupil["id"])
        return is_covered and (self.sees_leavers or pupil.get("status") != "left")

    def shows(self, contact):
        """Tell whether an element of a pupil's contacts may be seen."""
        if contact is None:
            return True
        kind, person = contact.get("kind"), contact.get("person")
        if not self.sees_guarded and (kind is None or kind == "guarded"):
            return False
        if self.everyone:
            return True
        return person is not None and self.subjects.covers("pupil", person)


@st.composite
def alike(draw, telling, pupil):
    """Draw a pupil of whom the same is released."""
    other = dict(pupil)
    if "pupil.status" not in telling.permitted:
        other["status"] = draw(st.sampled_from(["here", "there", ""]))
    for name, values in (("name", NAMES), ("year", st.integers(1, 9)), ("dob", DAYS)):
        if f"pupil.{name}" not in telling.permitted:
            other[name] = draw(values)
    for name, malformed in (
        ("name", st.sampled_from([["Ada"], ["Bo"], {"x": "Ada"}])),
        ("home", st.sampled_from([["Ada"], "Ada", 7])),
    ):
        if malformed_at(telling, name, pupil):
            other[name] = draw(malformed)
    if "pupil.home.town" not in telling.permitted:
        other["home"] = draw(st.fixed_dictionaries({"town": NAMES}) | NAMES)
        other["tags"] = draw(st.lists(NAMES, max_size=2))
    if type(pupil.get("contacts")) is list:
        other["contacts"] = draw(contacts(telling, pupil["contacts"]))
    other["stray"] = draw(NAMES)
    return other


def malformed_at(telling, name, pupil):
    """Tell whether something malformed stands where a value might be released."""
    path = {"name": "pupil.name", "home": "pupil.home.town"}[name]
    kind = {"name": str, "home": dict}[name]
    return path in telling.permitted and name in pupil and type(pupil[name]) is not kind


@st.composite
def contacts(draw, telling, listed):
    """Draw contacts of which the same are released, among others that are not."""
    if not any(path.startswith("pupil.contacts[]") for path in telling.permitted):
        return draw(CONTACTS)
    shown = [
        draw(alike_contacts(telling, contact))
        for contact in listed
        if telling.shows(contact)
    ]
    hidden = [c for c in draw(CONTACTS) + draw(CONTACTS) if not telling.shows(c)]
    places = [draw(st.integers(0, len(shown))) for _ in hidden]
    for place, contact in sorted(
        zip(places, hidden, strict=True), key=lambda found: -found[0]
    ):
        shown.insert(place, contact)
    return shown


@st.composite
def alike_contacts(draw, telling, contact):
    """Draw an element of a pupil's contacts of which the same is released."""
    if contact is None:
        return None
    other = contact | {"stray": draw(NAMES)}
    if not telling.sees_guarded:
        other["kind"] = draw(st.sampled_from(["open", "shut"]))
    if telling.everyone:
        other["person"] = draw(st.integers(1, 9))
    if "pupil.contacts[].name" not in telling.permitted:
        other["name"] = draw(NAMES)
    return other


@st.composite
def pairs(draw):
    """Draw who asks, what the MIS can do, a query, and two MISs that release the same."""
    who = draw(grants()), draw(people())
    telling = Telling(*who)
    one = draw(pupils())
    two = [draw(alike(telling, pupil)) for pupil in one if telling.passes(pupil)]
    hidden = [pupil for pupil in draw(pupils()) if not telling.passes(pupil)]
    for pupil in hidden:
        two.insert(draw(st.integers(0, len(two))), pupil)
    able = draw(st.sampled_from([ALL, WHOLE, BY_DAY]) | abilities())
    permit = opened(*who[0], subjects=who[1]).permit
    query = draw(queries(permit))
    asked = {
        "search": draw(st.none() | st.none() | NAMES | DAYS),
        "changed_since": draw(st.sampled_from([None, None, SINCE])),
    }
    return who, able, evolve(query, **asked), one, two


def released(who, records):
    """Return what may flow of *records*."""
    access = opened(*who[0], subjects=who[1])
    found = [access.filter("pupil", record) for record in records]
    return repr([record for record in found if record is not None]), access.notes


@FEWER
@given(pairs())
def test_pairs_release_the_same(pair):
    """What the pairs below are drawn to be, they are."""
    who, _, _, one, two = pair

    assert released(who, one) == released(who, two)


@FEWER
@given(pairs(), st.sets(st.integers(1, 6), max_size=2))
def test_what_is_withheld_changes_nothing_of_any_answer(pair, sloppy):
    """Two MISs that release the same cannot be told apart by any query.

    Not by records, numbers, groups, notes, log lines, errors, what the MIS was
    asked, or what was written down.
    """
    who, able, query, one, two = pair

    assert observed(who, one, able, query) == observed(who, two, able, query)
