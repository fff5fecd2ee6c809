"""The letter that asks for erasure: what flowed and when, and no name but the app's."""

import unicodedata
from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve
from hypothesis import example, given, strategies as st

from scopegate import AccessRequest, Subjects
from scopegate.consent.lifecycle import GrantStatus
from scopegate.consent.request import Terms
from scopegate.pages.deletion import deletion_request
from scopegate.testing.permits import NOON

from .worlds import (
    APP,
    CATALOGUE,
    DANA,
    FEWER,
    REQUEST,
    SCHOOL,
    World,
    cases_of,
    histories,
)

BASIC = AccessRequest(APP, "Marks", {"basic"})
HOSTILE = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def letter(world):
    """Return the letter on the newest grant, now."""
    case = world.case()
    latest = case.consent.latest
    return deletion_request(latest, latest.shown, case.now)


def ended(request=REQUEST, *optional, **more):
    """Return a world in which a grant was revoked a day after it was authorised."""
    world = World(request)
    world.authorise(*optional, **more)
    world.pass_days(1)
    world.revoke()
    return world


@FEWER
@given(histories())
def test_a_letter_is_for_what_has_ended(history):
    """There is a letter exactly where a grant has ended, and none where it goes on."""
    for case in cases_of(*history):
        for revision in case.consent.revisions:
            goes_on = revision.status is GrantStatus.SUPERSEDED or (
                revision.status is GrantStatus.AUTHORISED
                and not revision.grant.is_expired(case.now)
            )
            try:
                text = deletion_request(revision, revision.shown, case.now)
            except ValueError:
                assert goes_on
            else:
                assert not goes_on
                assert all(f"({k})" in text or k in text for k in revision.grant.scopes)


@example("\u202eno", "a\u2028b\u200b")
@given(
    st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=200),
    st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=200),
)
def test_no_line_is_longer_than_78_characters(purpose, contact):
    """However long what an app wrote is, the letter can be sent as plain text."""
    world = World(evolve(REQUEST, terms=Terms(purpose, contact, contact)))
    world.authorise("dob", "needs")
    world.revoke()
    text = letter(world)

    assert max(map(len, text.split("\n"))) <= 78
    assert not {unicodedata.category(c) for c in text if c != "\n"} & HOSTILE


def test_the_whole_letter():
    """Who, which grant, which data, from when to when, what is asked and on what terms."""
    world = ended(REQUEST, "dob", "needs", "leavers")

    assert (
        letter(world)
        == """\
From: Example School (100001)
To: gradebook, dpo@example.org
Date: 24 November 2026
Subject: Erasure of data under grant grant-1

To whom it may concern,

On 23 November 2026, 12:00 GMT we authorised gradebook to receive data from
our management information system (grant grant-1, revision 1). That ended on
24 November 2026, 12:00 GMT and no data flows under it any more.

The app was authorised to receive this data:

  Basic (basic)
    - Id
    - Name

  Births (dob)
    - Date of birth
    - photo

  Needs (needs)
    - Needs
    and 2 fields listed above

  Leavers (leavers)

Please erase all data that you received under this grant, in this revision and
in earlier ones, with every copy, and have those erase it to whom you passed
it on. Where you process it on our behalf we ask so under UK GDPR Art.
28(3)(g); where you are a controller of it, under Art. 17 as far as that
applies. If the law requires you to keep part of it, tell us which part, which
law and until when. Please confirm in writing when it is done.

For reference, the terms on which you asked for the data: retention: one year;
lawful basis: public task.

Yours faithfully,

........................................
Example School (100001)
"""
    )


def test_a_grant_whose_time_is_over_has_ended_then():
    """A grant that has expired, and of which that is not written yet, has ended."""
    world = World()
    world.authorise(expires_at=NOON + timedelta(days=1))
    world.pass_days(2)

    assert "That ended on\n24 November 2026, 12:00 GMT" in letter(world)


@pytest.mark.parametrize(
    ("zone", "dated", "ended"),
    [
        ("Europe/London", "Date: 2 July 2027", "at the end of 1 July 2027 (BST)"),
        ("UTC", "Date: 1 July 2027", "on 1 July 2027, 23:00 UTC"),
    ],
)
def test_a_letter_is_dated_where_the_school_is(zone, dated, ended):
    """At half past midnight in London it is tomorrow's; a last day is told as such.

    Fails on the release before: it was dated in UTC.
    """
    world = World()
    world.authorise(expires_at=datetime(2027, 7, 1, 23, tzinfo=UTC))
    latest = world.consent().latest
    now = datetime(2027, 7, 1, 23, 30, tzinfo=UTC)

    text = deletion_request(latest, latest.shown, now, zone)

    assert dated in text
    assert f"That ended {ended}" in " ".join(text.split())


def test_without_what_was_shown_keys_and_paths_stand_for_titles():
    """The letter is whole even where the ledger does not hold the page."""
    latest = ended(AccessRequest(APP, "Marks", {"dob"})).case().consent.latest
    text = deletion_request(latest, None, NOON)

    assert f"From: {SCHOOL}\nTo: {APP}, data protection lead\n" in text
    assert (
        "  dob\n    - pupil.dob\n\n  basic\n    - pupil.id\n    - pupil.name\n" in text
    )
    assert "retention: not\nstated; lawful basis: not stated." in text


def test_there_is_no_letter_on_a_revision_that_goes_on_in_another():
    """Data that may be used under a newer revision is not asked to be erased."""
    world = World()
    world.authorise("dob")
    world.amend(actor=DANA)
    world.revoke()
    first, second = world.case().consent.revisions

    assert "revision 2" in deletion_request(second, second.shown, NOON)
    with pytest.raises(ValueError, match="has not ended"):
        deletion_request(first, first.shown, NOON)


def test_fields_are_listed_as_they_were_shown():
    """The order is the page's, and not the alphabet's."""
    text = letter(ended(AccessRequest(APP, "Marks", {"old"})))

    assert "  Old names (old)\n    - Name\n    - Date of birth\n" in text


@pytest.mark.parametrize("optional", [(), ("dob",)])
def test_nobody_is_named_whom_the_data_is_about(optional):
    """The letter names no pupil, whichever the school left out."""
    listed = Subjects.everyone_except(pupil=["pupil-103"])
    text = letter(ended(REQUEST, *optional, subjects=listed))

    assert "103" not in text


def test_a_long_title_goes_on_below_its_start():
    """What does not fit into a line is indented in the next."""
    latest = ended(BASIC).case().consent.latest
    page = latest.shown
    (basic,) = page.required
    leaf = evolve(basic.fields[0], title=" ".join(["word"] * 20))
    scope = evolve(basic, title=" ".join(["name"] * 20), fields=(leaf,))
    text = deletion_request(latest, evolve(page, required=(scope,)), NOON)
    title = f"  {' '.join(['name'] * 15)}\n  {' '.join(['name'] * 5)} (basic)\n"

    assert (
        f"{title}    - {' '.join(['word'] * 14)}\n      {' '.join(['word'] * 6)}\n"
        in text
    )


def test_a_scope_key_that_is_a_path_too_is_not_taken_for_one():
    """Titles of scopes and of fields are looked up apart."""
    latest = ended(BASIC).case().consent.latest
    page = latest.shown
    (basic,) = page.required
    named = evolve(basic.fields[0], path="basic", title="Wrong")
    other = evolve(page, required=(evolve(basic, fields=(named,)),))

    assert "  Basic (basic)\n    - pupil.id" in deletion_request(latest, other, NOON)


def test_every_title_is_of_the_catalogue_that_was_shown():
    """The fields listed are those authorised, and each is listed once."""
    text = letter(ended(REQUEST, "dob"))
    titles = [line[6:] for line in text.splitlines() if line.startswith("    - ")]

    assert titles == [
        CATALOGUE.field(path).title for path in ("pupil.id", "pupil.name", "pupil.dob")
    ]
