"""The desk makes pages of a ledger as it is now; only what is to be decided is recorded."""

import pytest

from scopegate import AccessRequest, ConsentRegister
from scopegate.consent.events import Presented
from scopegate.errors import NoGrantError, NotConnectedError, NotPublishedError
from scopegate.pages.desk import Desk
from scopegate.pages.stops import Deed

from .worlds import APP, DANA, SCHOOL, World


def written(world):
    """Return how many events there are, and of these how often something was shown."""
    events = world.events()
    return len(events), sum(isinstance(event, Presented) for event in events)


LOOKS = {
    "request": lambda d: d.request(SCHOOL, APP),
    "grant": lambda d: d.grant(SCHOOL, APP, None),
    "case": lambda d: d.case(SCHOOL, APP),
    "apps": lambda d: d.apps(SCHOOL),
    "name": lambda d: d.name(SCHOOL),
    "state": lambda d: d.state(SCHOOL),
    "events": lambda d: d.events(SCHOOL),
    "usages": lambda d: d.usages(SCHOOL),
    "card": lambda d: d.card(SCHOOL, APP),
    "history": lambda d: d.history(SCHOOL, APP),
    "school": lambda d: d.school(SCHOOL),
    "schools": lambda d: d.schools([SCHOOL, "other"]),
    "app": lambda d: d.app(APP),
    "before": lambda d: d.before(SCHOOL),
    "again": lambda d: d.again(d.grant(SCHOOL, APP, None).shown),
    "stop": lambda d: d.stop(SCHOOL, Deed.PAUSE),
    "receipt": lambda d: d.receipt(SCHOOL, "grant-1", 1),
}


@pytest.mark.parametrize("look", LOOKS)
def test_looking_writes_nothing(look):
    """Every page that is only looked at leaves the ledger as it is."""
    world = World()
    world.authorise("dob")
    before = written(world)
    LOOKS[look](Desk(world.register))

    assert written(world) == before


def test_to_look_at_a_page_records_nothing():
    """A request, and a grant to change, is on record with the decision on it.

    Fails on the release before: each first look was an event.
    """
    world = World()
    desk = Desk(world.register)
    counts = []
    for _ in range(2):
        desk.request(SCHOOL, APP)
        counts.append(written(world)[1])
    world.register.authorise(world.present(), actor=DANA, optional=["dob"])
    for _ in range(2):
        desk.grant(SCHOOL, APP, None)
        counts.append(written(world)[1])

    assert counts == [0, 0, 1, 1]


def test_what_is_shown_now_is_what_would_be_recorded():
    """The page that writes nothing is the very page that is put on record."""
    world = World()
    desk = Desk(world.register)
    assert desk.request(SCHOOL, APP, ["dob"]).shown == world.present()

    world.authorise("dob")
    now = desk.grant(SCHOOL, APP, ["needs", "x"])
    assert now == desk.grant(SCHOOL, APP, ["needs"])
    assert desk.grant(SCHOOL, APP, None).ticked == {"dob"}


def test_a_change_made_by_another_process_is_seen_at_once():
    """A desk reads what is new, also from other writers."""
    world = World()
    desk, other = Desk(world.register), ConsentRegister(world.catalogue, world.ledger)
    desk.school(SCHOOL)
    other.publish(AccessRequest("library", "Lend books", {"basic"}))
    other.disconnect(school=SCHOOL, actor=DANA)

    assert desk.apps(SCHOOL) == (APP, "library")
    assert desk.school(SCHOOL).connection == "Not connected: nothing flows"


def test_every_app_that_has_published_asks_every_school():
    """Unless the host says otherwise; those the school has seen are there in any case."""
    world = World()
    world.asks(AccessRequest("library", "Lend books", {"basic"}))
    world.app = "library"
    world.ask()

    assert Desk(world.register).apps("other") == (APP, "library")
    assert Desk(world.register).apps(SCHOOL) == (APP, "library")
    only = Desk(world.register, apps_of=lambda school: ["zoo"])
    assert (only.apps(SCHOOL), only.apps("other")) == (("library", "zoo"), ("zoo",))


def test_a_school_is_called_by_the_name_of_its_mis():
    """A school that is not connected is called by its key."""
    desk = Desk(World().register)

    assert [desk.name(SCHOOL), desk.name("other")] == ["Example School", "other"]


REFUSED = {
    "request without a connection": NotConnectedError,
    "request of nothing": NotPublishedError,
    "grant that there is not": NoGrantError,
}
ASKED = {
    "request without a connection": lambda d: d.request("other", APP),
    "request of nothing": lambda d: d.request(SCHOOL, "unknown"),
    "grant that there is not": lambda d: d.grant(SCHOOL, APP, None),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_decided_has_no_page(what):
    """Without a connection, a request or a grant there is nothing to show, or record."""
    world = World()
    before = written(world)

    with pytest.raises(REFUSED[what]):
        ASKED[what](Desk(world.register))
    assert written(world) == before
