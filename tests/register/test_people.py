"""People whom a school lists, looked up in its MIS: who is meant, and who learns of it."""

import json

import pytest
from hypothesis import given, strategies as st
from tests.deciding import APP, DANA, MIS, REQUEST, SAM, SCHOOL, Scene
from tests.spellings import respelt

from scopegate import Catalogue, ConsentRegister, Query, Subjects
from scopegate.adapters.records import RecordsAdapter
from scopegate.consent import TwoPersonRule, event_to_json
from scopegate.errors import (
    CatalogueError,
    ClosedSchoolError,
    NoAuthorityError,
    NoGrantError,
    NotConnectedError,
    SourceError,
    StaleGrantError,
    UnknownFieldError,
    UnknownResourceError,
    UnmatchedPeopleError,
    UnverifiedSchoolError,
    WrongSchoolError,
)
from scopegate.ledgers.memory import MemoryLedger
from scopegate.pages import Desk, authorization_details

HOME = {"urn": SCHOOL, "name": "Example School"}


def pupil(key, upn=None, **more):
    """Return the record of a pupil."""
    return {"id": key, "upn": upn, "first_name": f"Pupil {key}", **more}


PUPILS = [
    pupil(101, "A123456789012"),
    pupil(102, "B123456789012"),
    pupil(103, "b 123456789012"),
    pupil(104, "C123456789012", former_upn="B123456789012"),
]


class Noting(RecordsAdapter):
    """An MIS that notes what it is asked for."""

    asked = ()

    def fetch(self, wanted):
        """Note what is asked for, and answer."""
        self.asked = (*self.asked, (wanted.resource.name, wanted.fields))
        return super().fetch(wanted)


def mis_of(*pupils, **more):
    """Return an MIS with some pupils."""
    return Noting({"school": [HOME], "student": list(pupils), **more})


def everyone_except(**people):
    """Return everyone but some people."""
    return Subjects.everyone_except(**people)


BY_UPN = "student.upn"


class PeopleScene(Scene):
    """A connected school whose app has asked, and an MIS with pupils."""

    def __init__(self, *pupils):
        super().__init__()
        self.mis = mis_of(*(pupils or PUPILS))
        self.page = self.shown()
        self.mis.asked = ()  # except to connect

    def matched(self, subjects):
        """Return what the MIS knows of people."""
        return self.register.match_people(SCHOOL, self.mis, subjects)

    def authorised(self, subjects):
        """Authorise what was shown, for some people."""
        return self.register.authorise(self.page, actor=DANA, subjects=subjects)

    def released(self):
        """Return the ids of the pupils that the app is given."""
        return {row["id"] for row in self.read(Query("student"))}

    def latest(self):
        """Return the newest revision of the grant."""
        return self.consent().latest

    def seen_by_app(self):
        """Return all that the app may learn of its grant."""
        desk = Desk(self.register)
        with self.open() as access:
            list(access.read(self.mis, Query("student")))
            notes = access.notes
        case = desk.case(SCHOOL, APP)
        return notes, authorization_details(case), desk.app(APP)

    def check(self):
        """Look up the people of the grant."""
        return self.register.check_people(
            school=SCHOOL, app=APP, adapter=self.mis, actor=DANA
        )


_UPNS = st.text("ABab019-", min_size=1, max_size=6)


class TestWhoIsMeant:
    """Whom an entry of a list means, by how it is written."""

    @given(st.data(), st.lists(_UPNS, min_size=1, max_size=6))
    def test_nobody_like_an_entry_is_released(self, data, upns):
        """Somebody is released whose UPN is alike to one that the school left out."""
        chosen = data.draw(st.integers(0, len(upns) - 1))
        spelt = respelt(data.draw(st.randoms()), upns[chosen])
        others = (pupil(n, upn) for n, upn in enumerate(upns) if n != chosen)
        people = PeopleScene(*others, pupil(chosen, spelt))
        found = people.matched(everyone_except(**{BY_UPN: upns[chosen]}))
        people.authorised(found)
        assert chosen not in people.released()

    @given(st.data(), st.lists(_UPNS, min_size=1, max_size=6))
    def test_only_those_surely_meant_are_let_in(self, data, upns):
        """Somebody is let in whose UPN is not, to the letter, one that is listed."""
        random, entry = data.draw(st.randoms()), data.draw(st.sampled_from(upns))
        spelt = [
            data.draw(st.sampled_from([upn, respelt(random, upn)])) for upn in upns
        ]
        people = PeopleScene(*(pupil(n, upn) for n, upn in enumerate(spelt)))
        found = people.matched(Subjects.only(**{BY_UPN: entry}))
        people.authorised(found.without_unmatched())
        assert all(spelt[key] == entry for key in people.released())

    def test_an_entry_is_found_alike_or_missing(self):
        """An entry is called what it is not, or a number is off by one."""
        entries = ["A123456789012", "b123456789012", "Z123456789012"]
        found = PeopleScene().matched(everyone_except(**{BY_UPN: entries}))
        (one,) = found.lists
        assert (one.found, one.alike, one.missing) == tuple(
            frozenset({entry}) for entry in entries
        )
        assert (found.found, found.alike, found.missing) == (1, 1, 1)
        assert (one.by, one.person) == (BY_UPN, "student")

    def test_several_people_with_one_identifier_are_all_left_out(self):
        """One of two pupils with the same UPN is still released."""
        twins = PeopleScene(pupil(1, "A1"), pupil(2, "A1"), pupil(3, "A3"))
        found = twins.matched(everyone_except(**{BY_UPN: "A1"}))
        assert (found.found, found.alike) == (0, 1)
        twins.authorised(found)
        assert twins.released() == {3}

    def test_of_several_people_with_one_identifier_none_is_let_in(self):
        """One of two pupils with the same UPN is let in by it."""
        twins = PeopleScene(pupil(1, "A1"), pupil(2, "A1"), pupil(3, "A3"))
        found = twins.matched(Subjects.only(**{BY_UPN: ["A1", "A3"]}))
        assert found.unmatched == {BY_UPN: {"A1"}}
        assert found.subjects.people == {"student": {"3"}}

    def test_lists_by_several_identifiers_are_joined(self):
        """A list by one identifier takes the place of a list by another."""
        lists = {BY_UPN: "A123456789012", "student.former_upn": "B123456789012"}
        found = PeopleScene().matched(everyone_except(student=999, **lists))
        assert found.subjects == everyone_except(student=[101, 104, 999])

    def test_people_listed_by_their_key_stay_as_listed(self):
        """Somebody whom the MIS does not have yet drops off the list."""
        scene = PeopleScene()
        found = scene.matched(everyone_except(student=[101, 999]))
        assert (found.found, found.missing, found.unmatched) == (1, 1, {})
        assert found.subjects == everyone_except(student=[101, 999])

    def test_another_identifier_listed_as_the_key_is_missing(self):
        """A UPN that is listed where the key belongs is said to be somebody's."""
        found = PeopleScene().matched(everyone_except(student="A123456789012"))
        assert (found.found, found.alike, found.missing) == (0, 0, 1)

    def test_the_key_may_be_named_as_a_field(self):
        """`student.id` is not known as an identifier of a student."""
        found = PeopleScene().matched(everyone_except(**{"student.id": 101}))
        assert found.subjects == everyone_except(student=[101])

    def test_identifiers_in_lists_are_looked_at(self):
        """A person listed by one of several identifiers of theirs is missed."""
        catalogue = Catalogue.builtin("oneroster")
        register = ConsentRegister(catalogue, MemoryLedger())
        user = {"sourcedId": "u1", "userIds": [{"type": "x", "identifier": "A1"}]}
        mis = RecordsAdapter({"school": [{"identifier": SCHOOL}], "user": [user]})
        register.connect(school=SCHOOL, mis="made-up", adapter=mis)
        listed = everyone_except(**{"user.userIds[].identifier": "a1"})
        found = register.match_people(SCHOOL, mis, listed)
        assert found.subjects == everyone_except(user=["u1"])

    @pytest.mark.parametrize("held", ["A1", None, ["A1"], [{"identifier": None}], 7])
    def test_a_list_that_is_not_one_of_objects_identifies_no_one(self, held):
        """What stands where a list of objects belongs is taken for an identifier."""
        register = ConsentRegister(Catalogue.builtin("oneroster"), MemoryLedger())
        user = {"sourcedId": "u1", "userIds": held}
        mis = RecordsAdapter({"school": [{"identifier": SCHOOL}], "user": [user]})
        register.connect(school=SCHOOL, mis="made-up", adapter=mis)
        listed = everyone_except(**{"user.userIds[].identifier": ["A1", "7"]})
        assert register.match_people(SCHOOL, mis, listed).missing == 2

    @pytest.mark.parametrize("key", [None, "", 1.5, True, {"id": 1}])
    def test_people_without_a_key_are_passed_over(self, key):
        """A record that no list could name is taken for a person."""
        found = PeopleScene(pupil(key, "A1")).matched(everyone_except(**{BY_UPN: "A1"}))
        assert found.missing == (key != "")


class TestWhatIsRead:
    """What is asked of the MIS, and what it is never trusted with."""

    def test_only_identifiers_are_read(self):
        """More of a pupil is asked for than what they are listed by."""
        scene = PeopleScene()
        scene.matched(everyone_except(student=1, **{BY_UPN: "A1"}))
        (home, _), asked = scene.mis.asked
        assert home == "school"  # whose public record proves it
        assert asked == ("student", ("student.id", "student.upn"))

    def test_a_resource_is_read_once(self):
        """An MIS is asked for its pupils once for each list."""
        scene = PeopleScene()
        lists = {BY_UPN: "A1", "student.mis_id": "2", "contact.mis_id": "3"}
        scene.matched(everyone_except(**lists))
        assert [name for name, _ in scene.mis.asked[1:]] == ["student", "contact"]

    def test_an_mis_that_knows_its_school_need_not_prove_it(self):
        """The public record is read of an MIS that says which school it serves."""
        scene = PeopleScene()
        scene.mis = Noting({"student": PUPILS}, school=SCHOOL)
        scene.matched(everyone_except(student=1))
        assert [name for name, _ in scene.mis.asked] == ["student"]

    @pytest.mark.parametrize("upn", [None, 1.5, True, ["A1"], {"A1": 1}, b"A1"])
    def test_what_is_not_an_identifier_matches_no_one(self, upn):
        """A value that is neither text nor a whole number is compared as text."""
        scene = PeopleScene(pupil(1, upn))
        entries = ["1.5", "True", "A1", "None"]
        assert scene.matched(everyone_except(**{BY_UPN: entries})).missing == 4

    def test_another_schools_mis_is_refused(self):
        """People are looked up in the MIS of another school."""
        scene = PeopleScene()
        other = RecordsAdapter({"school": [{"urn": "999"}], "student": PUPILS})
        with pytest.raises(WrongSchoolError):
            scene.register.match_people(SCHOOL, other, everyone_except(student=1))
        with pytest.raises(UnverifiedSchoolError):
            scene.register.match_people(
                SCHOOL, RecordsAdapter({"student": PUPILS}), everyone_except(student=1)
            )

    def test_a_failure_is_no_answer(self):
        """People count as missing because the MIS failed."""

        class Failing(Noting):
            def fetch(self, wanted):
                yield from super().fetch(wanted)
                if wanted.resource.name == "student":
                    raise OSError

        scene = PeopleScene()
        scene.mis = Failing({"school": [HOME], "student": PUPILS[:1]})
        with pytest.raises(SourceError):
            scene.matched(everyone_except(**{BY_UPN: "B123456789012"}))

    def test_records_of_a_table_of_several_schools(self):
        """A record of another school, or of none, is matched."""
        catalogue = Catalogue.from_dict(
            {
                "id": "made-up",
                "version": "1",
                "resource": {
                    "school": {
                        "key": "urn",
                        "field": {"urn": {"sensitivity": "public"}},
                    },
                    "pupil": {
                        "key": "id",
                        "subject": "id",
                        "person": "pupil",
                        "school": "urn",
                        "identifiers": ["upn"],
                        "field": {"id": {}, "urn": {}, "upn": {}},
                    },
                },
                "scope": {
                    "home": {"sensitivity": "public", "fields": ["school.urn"]},
                    "pupils": {"fields": ["pupil.id", "pupil.urn", "pupil.upn"]},
                },
            }
        )
        register = ConsentRegister(catalogue, MemoryLedger())
        rows = [{"id": 1, "upn": "A1"}, {"id": 2, "upn": "A2", "urn": SCHOOL}]
        mis = RecordsAdapter({"school": [{"urn": SCHOOL}], "pupil": rows})
        register.connect(school=SCHOOL, mis="made-up", adapter=mis)
        listed = everyone_except(**{"pupil.upn": ["A1", "A2"]})
        found = register.match_people(SCHOOL, mis, listed)
        assert (found.found, found.missing) == (1, 1)
        rows.append({"id": 3, "upn": "A3", "urn": "999"})
        with pytest.raises(WrongSchoolError):
            register.match_people(SCHOOL, mis, listed)


class TestDeciding:
    """What a decision takes, and what it refuses."""

    def test_unmatched_lists_are_refused(self):
        """A list by an identifier that no record has is decided on, and names no one."""
        scene = PeopleScene()
        with pytest.raises(
            UnmatchedPeopleError, match="look them up with `match_people`"
        ):
            scene.authorised(everyone_except(**{BY_UPN: "A123456789012"}))
        assert not everyone_except(**{BY_UPN: "A1"}).covers("student", 101)

    def test_an_entry_that_names_nobody_is_refused_unless_said_otherwise(self):
        """A mistyped UPN is decided on, and the pupil meant is released.

        Fails on the release before: a UPN listed as the key left out no one, and
        neither `authorise` nor a page said so.
        """
        scene = PeopleScene()
        found = scene.matched(everyone_except(**{BY_UPN: ["A123456789012", "X1"]}))
        with pytest.raises(
            UnmatchedPeopleError, match=r"\(1 by `student.upn`\)"
        ) as caught:
            scene.authorised(found)
        assert "X1" not in str(caught.value)
        grant = scene.authorised(found.without_unmatched())
        assert grant.subjects == everyone_except(student=[101])

    def test_people_of_another_mis_are_refused(self):
        """People who were looked up in one MIS are decided on over another."""
        scene = PeopleScene()
        found = scene.matched(everyone_except(**{BY_UPN: "A123456789012"}))
        scene.register.connect(school=SCHOOL, mis="another", adapter=MIS)
        scene.page = scene.ask()
        with pytest.raises(UnmatchedPeopleError, match="another MIS"):
            scene.authorised(found)

    def test_an_amendment_takes_them(self):
        """A grant is not amended to people who were looked up."""
        scene = PeopleScene()
        scene.authorised(None)
        page = scene.register.present_grant(school=SCHOOL, app=APP)
        found = scene.matched(everyone_except(**{BY_UPN: "A123456789012"}))
        grant = scene.register.amend(page, actor=DANA, subjects=found)
        assert grant.subjects == everyone_except(student=[101])
        assert scene.events()[-2:] == ["Amended", "PeopleChecked"]

    @pytest.mark.parametrize(
        "by", ["student.dob", "student.", "pupil.upn", "student.upns"]
    )
    def test_what_is_not_an_identifier_is_refused(self, by):
        """People are listed by a field that identifies no one, without a word."""
        with pytest.raises(UnknownFieldError):
            PeopleScene().matched(everyone_except(**{by: "1"}))

    def test_kinds_that_no_record_names_are_refused(self):
        """People of a kind that nothing names are looked up."""
        with pytest.raises(UnknownResourceError):
            PeopleScene().matched(everyone_except(room=1))

    def test_without_a_connection_nothing_is_read(self):
        """An MIS is read for a school that is not connected, or has closed."""
        scene, listed = PeopleScene(), everyone_except(student=1)
        scene.register.disconnect(school=SCHOOL, actor=DANA)
        with pytest.raises(NotConnectedError):
            scene.matched(listed)
        scene.register.close(school=SCHOOL, actor=DANA)
        with pytest.raises(ClosedSchoolError):
            scene.matched(listed)
        assert scene.mis.asked == ()


class TestWhatIsRecorded:
    """What the ledger has of a check, and an app has not."""

    def test_counts_only(self):
        """The event of a check holds an identifier."""
        scene = PeopleScene()
        scene.authorised(scene.matched(everyone_except(**{BY_UPN: "a123456789012"})))
        event = scene.ledger.read(f"school/{SCHOOL}")[-1]
        assert json.loads(event_to_json(event))["value"] == {
            "event": "PeopleChecked",
            "actor": {"id": "", "name": "Dana Head", "role": "Headteacher"},
            "alike": 1,
            "app": APP,
            "at": event.at.isoformat(),
            "found": 0,
            "grant": "grant-1",
            "missing": 0,
            "revision": 1,
        }

    def test_the_first_of_two_people_checks_nothing(self):
        """A check is recorded of a grant that is not made yet."""
        scene = PeopleScene()
        scene.register.require_two_people(
            TwoPersonRule("personal"), school=SCHOOL, actor=DANA
        )
        scene.page = scene.ask()
        found = scene.matched(everyone_except(student=101))
        scene.authorised(found)
        assert scene.events()[-1] == "Proposed"
        scene.register.authorise(scene.page, actor=SAM, subjects=found)
        assert scene.events()[-2:] == ["Authorised", "PeopleChecked"]

    def test_a_check_is_known_while_the_list_stays(self):
        """A check is forgotten when other ticks change, or kept for another list."""
        scene = PeopleScene()
        scene.authorised(everyone_except(student=101))
        assert scene.latest().checked is None
        scene.check()
        assert scene.latest().checked.found == 1
        self._amend(scene, optional={"students.dob"})
        assert scene.latest().checked.found == 1
        self._amend(scene, subjects=everyone_except(student=102))
        assert scene.latest().checked is None

    def test_a_check_is_not_known_of_another_mis(self):
        """What one MIS knew of a list is said of another."""
        scene = PeopleScene()
        scene.authorised(scene.matched(everyone_except(student=101)))
        scene.register.connect(school=SCHOOL, mis="another", adapter=MIS)
        self._amend(scene, subjects=everyone_except(student=101))
        assert scene.latest().checked is None

    @staticmethod
    def _amend(scene, **choice):
        page = scene.register.present_grant(school=SCHOOL, app=APP)
        scene.register.amend(page, actor=DANA, **choice)

    def test_a_grant_for_everyone_has_nothing_to_check(self):
        """A check of no one is recorded."""
        scene = PeopleScene()
        scene.authorised(None)
        assert scene.check().lists == ()
        assert scene.events()[-1] == "Authorised"

    def test_a_check_needs_a_grant_and_authority(self):
        """The people of no grant, or for somebody without authority, are looked up."""
        scene = PeopleScene()
        with pytest.raises(NoGrantError):
            scene.check()
        scene.authorised(everyone_except(student=101))
        register = scene.on(authority=lambda *_: False)
        with pytest.raises(NoAuthorityError):
            register.check_people(school=SCHOOL, app=APP, adapter=scene.mis, actor=SAM)
        assert scene.mis.asked == ()

    def test_a_check_that_no_one_asked_for_names_no_one(self):
        """A service that checks people by night has to name somebody."""
        scene = PeopleScene()
        scene.authorised(everyone_except(student=101))
        scene.register.check_people(school=SCHOOL, app=APP, adapter=scene.mis)
        assert scene.latest().checked.actor is None

    def test_a_check_of_a_grant_that_changed_meanwhile_is_refused(self):
        """A check of one list is recorded for the list that took its place."""
        scene = PeopleScene()
        scene.authorised(everyone_except(student=101))
        amend = self._amend

        class Slow(Noting):
            def fetch(self, wanted):
                if wanted.resource.name == "student":
                    amend(scene, subjects=everyone_except(student=102))
                return super().fetch(wanted)

        scene.mis = Slow({"school": [HOME], "student": PUPILS})
        with pytest.raises(StaleGrantError):
            scene.check()

    def test_a_check_of_another_revision_changes_nothing(self):
        """A check that names a revision of before counts for the one after."""
        scene = PeopleScene()
        scene.authorised(scene.matched(everyone_except(student=101)))
        event = scene.ledger.read(f"school/{SCHOOL}")[-1]
        self._amend(scene, subjects=everyone_except(student=102))
        scene.ledger.append(
            f"school/{SCHOOL}",
            [event],
            expected=len(scene.ledger.read(f"school/{SCHOOL}")),
        )
        assert scene.latest().checked is None

    def test_an_app_sees_nothing_of_it(self):
        """What an app is given, or is told, differs by whether people were checked."""
        checked, unchecked = PeopleScene(), PeopleScene()
        for scene in (checked, unchecked):
            scene.authorised(everyone_except(student=[101, 999]))
        checked.check()
        assert checked.released() == unchecked.released() == {102, 103, 104}
        assert checked.seen_by_app() == unchecked.seen_by_app()


class TestCatalogue:
    """What a catalogue may declare as an identifier."""

    @pytest.mark.parametrize(
        ("resource", "fault"),
        [
            ({"identifiers": ["upn"]}, "needs a `subject`"),
            (
                {"subject": "id", "person": "pupil", "identifiers": ["x"]},
                "unknown field `x`",
            ),
            ({"subject": "id", "person": "pupil", "identifiers": ["pin"]}, "is secret"),
            (
                {"subject": "id", "person": "pupil", "identifiers": ["upn", "upn"]},
                "names `upn` twice",
            ),
            (
                {"subject": "id", "person": "pupil", "identifiers": "upn"},
                "list of texts",
            ),
        ],
    )
    def test_faults(self, resource, fault):
        """An identifier that cannot identify anybody is taken into a catalogue."""
        fields = {"id": {}, "upn": {}, "pin": {"sensitivity": "secret"}}
        table = {
            "id": "made-up",
            "version": "1",
            "resource": {"pupil": {"key": "id", "field": fields, **resource}},
            "scope": {"pupils": {"fields": ["pupil.id"]}},
        }
        with pytest.raises(CatalogueError, match=fault):
            Catalogue.from_dict(table)

    @pytest.mark.parametrize("name", Catalogue.builtin_names())
    def test_built_in_catalogues_have_identifiers_of_people(self, name):
        """A catalogue knows people by nothing but the keys of its own interface."""
        catalogue = Catalogue.builtin(name)
        assert any(resource.identifiers for resource in catalogue.resources.values())
        assert Catalogue.from_dict(catalogue.to_dict()) == catalogue


def test_values_show_no_identifier():
    """What was looked up shows identifiers where it is printed."""
    scene = PeopleScene()
    found = scene.matched(everyone_except(**{BY_UPN: ["A123456789012", "X1"]}))
    assert "A123456789012" not in repr(found)
    assert "X1" not in repr(found)
    assert "101" not in repr(found).replace(SCHOOL, "")
    assert REQUEST.app == APP
