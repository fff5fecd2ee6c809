"""A school at a glance, and several: every app once, what waits first, true counts."""

from hypothesis import given

from scopegate import AccessRequest
from scopegate.consent.decision import TwoPersonRule
from scopegate.consent.standing import live_revisions
from scopegate.pages.desk import Desk
from scopegate.pages.request import Lacking
from scopegate.pages.school import SchoolDashboard
from scopegate.pages.schools import SchoolsPage
from scopegate.pages.situation import Situation, Tone
from scopegate.register.register import ConsentRegister
from scopegate.testing.strategies import SCHOOLS

from .worlds import APP, CATALOGUE, DANA, FEWER, REQUEST, SCHOOL, World, histories

LIBRARY = AccessRequest("library", "Lend books", {"basic"})


def desk_on(history):
    """Return the desk of a ledger and an instant."""
    ledger, now = history
    return Desk(ConsentRegister(CATALOGUE, ledger, clock=lambda: now))


@FEWER
@given(histories())
def test_every_app_stands_in_one_place(history):
    """Each has one card; what waits, what flows and the rest leave none out."""
    desk = desk_on(history)
    page = desk.school(SCHOOLS[0])
    apps = [card.app for card in page.cards]

    assert sorted(apps) == [*desk.apps(SCHOOLS[0])]
    assert {*page.waiting, *page.authorised, *page.others} == {*page.cards}
    assert not {*page.others} & {*page.waiting, *page.authorised}
    assert [card == desk.card(SCHOOLS[0], card.app) for card in page.cards] == [
        True
    ] * len(apps)


@FEWER
@given(histories())
def test_what_waits_comes_before_what_flows_before_the_rest(history):
    """Cards are in the order of what matters most, and by name where that is alike."""
    order = [Tone.ASKS, Tone.FLOWS, Tone.STOPPED, Tone.QUIET]
    cards = desk_on(history).school(SCHOOLS[0]).cards
    ranks = [(order.index(card.situation.tone), card.app) for card in cards]

    assert ranks == sorted(ranks)


@FEWER
@given(histories())
def test_an_app_has_data_where_a_grant_is_in_force(history):
    """Where the school is connected, those are the apps with a live grant, not paused."""
    desk, now = desk_on(history), history[1]
    state = desk.state(SCHOOLS[0])
    page = desk.school(SCHOOLS[0])
    live = live_revisions(state, school=SCHOOLS[0], now=now)

    if state.connection is not None:
        apps = {r.grant.app for r in live}
        assert {card.app for card in page.authorised} == {
            app for app in apps if state.pause_of(app) is None
        }


@FEWER
@given(histories())
def test_several_schools_say_what_each_says(history):
    """The cells are the situations of the cards, and the counts those of the pages."""
    desk = desk_on(history)
    page = desk.schools(SCHOOLS)

    assert page.apps == tuple(sorted({a for s in SCHOOLS for a in desk.apps(s)}))
    assert {line.school for line in page.lines} == {*SCHOOLS}
    for line in page.lines:
        own = desk.school(line.school)
        assert line.cells == tuple(
            desk.card(line.school, app).situation for app in page.apps
        )
        assert (line.name, line.connection) == (own.name, own.connection)
        assert line.waiting == len(own.waiting)
        assert page.lines == tuple(
            sorted(page.lines, key=lambda line: (line.name, line.school))
        )


def test_a_school_in_words():
    """Its name, its connection, its rule, and how much flows and waits."""
    world = World()
    world.authorise("dob")
    world.asks(LIBRARY)
    world.register.require_two_people(TwoPersonRule(), school=SCHOOL, actor=DANA)
    page = Desk(world.register).school(SCHOOL)

    assert page.title == "Example School: who gets what"
    assert page.connection == (
        "Connected to arbor, verified 23 November 2026, 12:00 GMT"
    )
    assert (
        page.summary == "1 app has data of this school, and 1 decision waits for you."
    )
    assert page.two_people == "special care"
    assert page.at == "23 November 2026, 12:00 GMT"
    assert [card.app for card in page.cards] == ["library", APP]
    assert len(page.history) == len(world.ledger.read(f"school/{SCHOOL}"))


def test_several_apps_and_decisions_are_counted():
    """None, one and several are told in their own numbers."""
    world = World()
    world.authorise()
    world.asks(LIBRARY)
    world.app = "library"
    world.authorise()
    page = Desk(world.register).school(SCHOOL)
    empty = Desk(World(LIBRARY).register).school("other")

    assert page.summary == (
        "2 apps have data of this school, and 0 decisions wait for you."
    )
    assert (empty.title, empty.connection) == (
        "other: who gets what",
        "Not connected: nothing flows",
    )
    assert (empty.two_people, empty.history) == ("", ())


def test_what_the_mis_account_lacks_is_said():
    """For what is authorised, and by the scope's title."""
    world = World(permissions=["Spare"])
    before = Desk(world.register).school(SCHOOL)
    world.authorise("needs")
    page = Desk(world.register).school(SCHOOL)

    assert (before.lacking, page.lacking) == ((), (Lacking("Needs", ("Needs",)),))


def test_what_the_mis_account_holds_without_need_is_said():
    """Where the table says what each scope needs, the rest is named."""
    table = {key: [f"Read {key}"] for key in CATALOGUE.scopes}
    catalogue = CATALOGUE.with_mis_permissions({"arbor": table}, version="2")
    held = [*(name for names in table.values() for name in names), "Spare"]
    world = World(catalogue=catalogue, permissions=held)
    world.authorise(*REQUEST.optional)
    page = Desk(world.register).school(SCHOOL)

    assert page.lacking == ()
    assert "Spare" in page.unneeded
    assert "Read basic" not in page.unneeded


def test_a_school_that_nobody_asks():
    """Without an app there is a page still, with nothing in it."""
    world = World()
    page = SchoolDashboard.of(
        CATALOGUE, SCHOOL, world.case().state, [], {}, [], None, world.clock()
    )  # fmt: skip

    assert (page.cards, page.waiting, page.authorised, page.others) == ((),) * 4


def test_a_card_says_what_the_app_asks():
    """Purpose, contact and which request; of what was shown where it no longer asks."""
    world = World()
    desk = Desk(world.register)
    world.ask()
    asks = desk.card(SCHOOL, APP)
    world.register.cancel(app=APP, actor=DANA)
    asked = desk.card(SCHOOL, APP)
    unknown = desk.card(SCHOOL, "unknown")

    assert (asks.purpose, asks.contact, asks.asked) == (
        REQUEST.purpose,
        "dpo@example.org",
        "Request 1",
    )
    assert (asked.purpose, asked.contact, asked.asked) == (
        REQUEST.purpose,
        "dpo@example.org",
        "It asks for nothing",
    )
    assert (unknown.purpose, unknown.contact, unknown.situation) == (
        "",
        "",
        Situation.NOT_ASKED,
    )
    assert (asks.has_grant, asks.grant) == (False, None)


def test_schools_in_words():
    """How many schools and apps there are, what is to be decided, and what flows."""
    world = World()
    world.authorise("dob")
    world.asks(LIBRARY)
    page = Desk(world.register).schools([SCHOOL, "other"])

    assert page.title == "Your schools"
    assert page.summary == "2 schools, 2 apps; 1 decision to take."
    assert [(line.name, line.waiting, line.flowing) for line in page.lines] == [
        ("Example School", 1, 1),
        ("other", 0, 0),
    ]
    assert SchoolsPage.of((), []).summary == "0 schools, 0 apps; 0 decisions to take."


def test_data_flows_while_more_is_asked():
    """An app that asks for more has what it had; it counts as flowing and as waiting."""
    world = World()
    world.authorise("dob")
    world.asks(AccessRequest(APP, "Staff lists", {"staff"}))
    (line,) = Desk(world.register).schools([SCHOOL]).lines

    assert (line.cells, line.waiting, line.flowing) == ((Situation.MORE_ASKED,), 1, 1)
