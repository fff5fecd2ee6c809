"""`scopegate page` prints what a school is shown, or writes it, and records nothing."""

import json
from html.parser import HTMLParser

import pytest
from attrs import evolve

from scopegate import AccessRequest, Actor, Catalogue, ConsentRegister
from scopegate._base.values import utc_now
from scopegate.adapters.records import RecordsAdapter
from scopegate.cli.output import console
from scopegate.cli.page.text import page_text
from scopegate.consent.request import Terms
from scopegate.ledgers.sqlite import SQLiteLedger
from scopegate.pages.desk import Desk
from scopegate.pages.matrix import Cell
from scopegate.samples.year.people import FENNICK, LUDDERBY, MARROWBY
from scopegate.samples.year.requests import (
    EVENING,
    GRADEBOOK,
    LIBRARY,
    PLANNER,
    STEPS,
    TILL,
)
from scopegate.samples.year.year import play_year
from scopegate.testing import School

from ..pages.worlds import APP, DANA, SCHOOL, World

WIDE = {"COLUMNS": "80"}
HOSTILE = "x\N{RIGHT-TO-LEFT OVERRIDE}[bold]<script src='//evil.test'>\"&amp;"
EVIL = f"""
id = "evil"
version = "1"
[resource.school]
key = "urn"
[resource.school.field]
"urn" = {{ sensitivity = "public" }}
[resource.pupil]
title = '''{HOSTILE}'''
key = "id"
subject = "id"
person = "pupil"
[resource.pupil.field]
"id" = {{ title = '''{HOSTILE}''' }}
"needs" = {{ title = '''{HOSTILE}''', sensitivity = "special" }}
"photo" = {{ title = "Photo" }}
[scope."school"]
sensitivity = "public"
fields = ["school.urn"]
[scope."basic"]
title = '''{HOSTILE}'''
description = '''{HOSTILE}'''
fields = ["pupil.id"]
[scope."needs"]
fields = ["pupil.needs"]
includes = ["basic"]
writes = ["pupil"]
[[joint]]
scopes = ["basic", "needs"]
fields = ["pupil.photo"]
"""
ASKED = AccessRequest(
    HOSTILE,
    HOSTILE,
    {"basic"},
    {"needs"},
    reasons={"basic": HOSTILE, "needs": HOSTILE},
    terms=Terms(HOSTILE, HOSTILE, f"javascript:{HOSTILE}"),
)


@pytest.fixture(scope="module")
def year(tmp_path_factory):
    """Return the ledger of the made-up year, which ends now."""
    path = tmp_path_factory.mktemp("year") / "consent.db"
    with SQLiteLedger(path) as ledger:
        play_year(ledger, now=utc_now())
    return path


@pytest.fixture
def evil(tmp_path):
    """Return the options for a world in which every text is hostile, with a grant."""
    catalogue, path = tmp_path / "evil.toml", tmp_path / "evil.db"
    catalogue.write_text(EVIL)
    with SQLiteLedger(path) as ledger:
        names = {"app": HOSTILE, "product": HOSTILE}
        mis = {"school": [{"urn": "100001", "name": HOSTILE}]}
        school = School(Catalogue.from_toml(catalogue), mis, ledger=ledger, **names)
        school.register.publish(ASKED)
        head = Actor(HOSTILE)
        school.authorise(optional={"needs"}, actor=head, method=HOSTILE)
    return "--catalogue", catalogue, "--ledger", path


def grant_of(run, *options):
    """Return the id of a school's first grant."""
    found = json.loads(run("page", "dashboard", *options, "--json").stdout)
    return next(c["grant"]["id"] for c in found["cards"] if c["grant"])


@pytest.fixture
def page(run, year, monkeypatch):
    """Return a function that runs a command on the made-up year, and what it gives."""
    monkeypatch.setenv("COLUMNS", "80")

    def invoke(name, *arguments):
        options = ["--ledger", year]
        if name != "receipt":
            options += ["--catalogue", "assembly"]
        result = run("page", name, *options, *arguments)
        assert (result.exit_code, result.stderr) == (0, "")
        return result.stdout

    return invoke


@pytest.fixture(
    params=[
        ("request", "--school", LUDDERBY.key, "--app", LIBRARY),
        ("request", "--school", FENNICK.key, "--app", TILL),
        ("request", "--school", LUDDERBY.key, "--app", GRADEBOOK),
        ("dashboard", "--school", LUDDERBY.key),
        ("app", "--app", LIBRARY),
        ("receipt", "demo-0001"),
    ],
    ids=["changes", "request", "amendment", "dashboard", "app", "receipt"],
)
def one(request):
    """Return the arguments of one page after another."""
    return request.param


def words(text):
    """Return a text as one line."""
    return " ".join(text.split())


# What holds for every page


def test_ledger_is_not_written(page, one, year, tmp_path):
    """Printing a page, or writing it, leaves the ledger as it is, byte for byte."""
    before = year.read_bytes()

    for more in ([], ["--json"], ["--out", tmp_path / "page.html"]):
        page(*one, *more)

    assert (year.read_bytes(), [*year.parent.iterdir()]) == (before, [year])


def test_no_line_is_wider_than_the_terminal(page, one):
    """At 80 columns no line is longer."""
    assert max(map(len, page(*one).splitlines())) <= 80


def test_json_is_what_a_script_can_read(page, one):
    """With --json the page is an object, and its texts are those that are printed."""
    found = json.loads(page(*one, "--json"))

    printed = words(page(*one))
    title = found["title"] if "title" in found else f"{found['app']} at its schools"
    assert words(title) in printed


class Elements(HTMLParser):
    """What a file is made of: tags, attributes, text, and whether it is in order."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.open, self.text = set(), [], [], ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        """Keep a tag."""
        self.tags.add(tag)
        self.attributes += [(tag, *pair) for pair in attrs]
        if tag not in {"meta", "br", "input"}:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        """Keep an empty tag."""
        self.tags.add(tag)

    def handle_endtag(self, tag):
        """Close the innermost tag."""
        assert self.open.pop() == tag

    def handle_data(self, data):
        """Keep text."""
        self.text += data


def test_file_is_whole_and_does_nothing(page, one, tmp_path):
    """A file loads nothing, leads nowhere, sends nothing, and is its owner's only."""
    path = tmp_path / "page.html"

    told = page(*one, "--out", path)

    found = Elements(path.read_text())
    names = {name for _, name, _ in found.attributes}
    assert (told, found.open) == (f"{path}\n", [])
    assert path.stat().st_mode & 0o777 == 0o600
    assert found.tags.isdisjoint(
        {"a", "button", "form", "iframe", "img", "link", "script", "textarea"}
    )
    assert names.isdisjoint({"action", "formaction", "href", "src", "style"})
    assert not [name for name in names if name.startswith("on")]
    assert ".wide {" in path.read_text()  # its style sheet is in it


def test_file_has_the_page_and_nothing_to_do(page, tmp_path):
    """A request in a file has every scope, boxes that cannot be ticked, no answers."""
    path = tmp_path / "page.html"
    ticks = ["--tick", "students.photo"]

    page("request", "--school", FENNICK.key, "--app", TILL, *ticks, "--out", path)

    found = Elements(path.read_text())
    told = words(found.text)
    inputs = [pair for tag, *pair in found.attributes if tag == "input"]
    names, kinds = [name for name, _ in inputs], {v for n, v in inputs if n == "type"}
    to_do = ("Your decision", "Decline", "with these ticks")
    kept = ("Student Photo", "Link to the photo", "one made-up record", "in this file")
    assert (names.count("checked"), names.count("disabled")) == (1, 4)
    assert kinds == {"checkbox"}
    assert [text for text in (*kept, *to_do) if text in told] == [*kept]


def test_file_that_is_there_is_left(run, year, tmp_path):
    """A file is never overwritten; one sentence says so."""
    path = tmp_path / "page.html"
    path.write_text("mine")
    options = ["--catalogue", "assembly", "--ledger", year, "--app", LIBRARY]

    result = run("page", "app", *options, "--out", path)

    assert (result.exit_code, path.read_text()) == (2, "mine")
    assert "is there already; name a new file" in words(result.stderr)


def test_where_the_file_is_is_told_to_scripts(page, tmp_path):
    """With --json the file's path is told as JSON, as other commands do."""
    path = tmp_path / "page.html"

    told = page("app", "--app", LIBRARY, "--out", path, "--json")

    assert json.loads(told) == {"files": [str(path)]}


# Hostile texts


def evil_pages(run, evil):
    """Return the arguments of each page of the hostile world."""
    school = ("--school", "100001")
    return [
        ("request", *evil, *school, "--app", HOSTILE),
        ("dashboard", *evil, *school),
        ("app", *evil, "--app", HOSTILE),
        ("receipt", *evil[2:], grant_of(run, *evil, *school)),
    ]


def test_hostile_text_is_printed_as_it_is(run, evil):
    """What others wrote is neither markup for the terminal nor turns its text round."""
    for arguments in evil_pages(run, evil):
        told = run("page", *arguments).stdout

        assert "".join(told.split()).count("x\\u202e[bold]<scriptsrc=") >= 3
        assert told.isascii() or not {c for c in told if c in "\x1b\u202e"}


def test_hostile_text_in_a_file_is_text(run, evil, tmp_path):
    """In a file it is text on the page, and makes no tag and no attribute."""
    for n, arguments in enumerate(evil_pages(run, evil)):
        path = tmp_path / f"{n}.html"
        run("page", *arguments, "--out", path)

        found = Elements(path.read_text())
        assert HOSTILE.replace("\u202e", "\\u202e") in found.text
        assert (found.open, "script" in found.tags) == ([], False)
        assert "\u202e" not in path.read_text()


def test_hostile_text_in_json_is_whole(run, evil):
    """A script is given the text as it was written."""
    found = json.loads(run("page", "app", *evil, "--app", HOSTILE, "--json").stdout)

    assert (found["app"], found["purpose"]) == (HOSTILE, HOSTILE)


# A request


def test_every_field_asked_for_is_printed(page, year):
    """Each scope has its box, and every field of it is there by its title."""
    told = words(page("request", "--school", MARROWBY.key, "--app", TILL))

    with SQLiteLedger(year) as ledger:
        desk = Desk(ConsentRegister(Catalogue.builtin("assembly"), ledger))
        found = desk.request(MARROWBY.key, TILL)
    for scope in (*found.required, *found.optional):
        assert f"{scope.title} {scope.key}" in told
        titles = [leaf.title for group in scope.groups for leaf in group.fields]
        assert [title for title in titles if title not in told] == []


def test_boxes_are_as_they_are_ticked(page):
    """On a request only what --tick names is ticked, and the record follows."""
    arguments = ["request", "--school", FENNICK.key, "--app", TILL]

    empty, some = page(*arguments), page(*arguments, "--tick", "students.photo")

    assert ("[x]" in empty, some.count("[x]")) == (False, 1)
    assert "[x] Student Photo" in some
    assert "Link to the photo                      https://example.org/   nothing" in (
        empty
    )


def test_boxes_of_a_grant_are_as_it_has_them(page):
    """To change a grant the boxes start as it has them; --tick starts from none."""
    arguments = ["request", "--school", LUDDERBY.key, "--app", GRADEBOOK, "--json"]

    held = json.loads(page(*arguments))["ticked"]
    chosen = json.loads(page(*arguments, "--tick", "students.dob"))["ticked"]

    assert (held, chosen) == (["contacts.emails", "students.dob"], ["students.dob"])


def test_what_waits_is_told(page):
    """Who authorised first, until when a second may, and what the account lacks."""
    till = words(page("request", "--school", FENNICK.key, "--app", TILL))
    evening = words(page("request", "--school", FENNICK.key, "--app", EVENING))

    assert "Two people authorise what is special care, or weighs more" in till
    assert "The MIS account lacks, for Contact Telephone Numbers:" in evening


def test_change_says_what_is_new(page):
    """A request for something else names what is new, and that nothing changes yet."""
    told = words(page("request", "--school", LUDDERBY.key, "--app", LIBRARY))

    new = "New Staff Member Basic Information, Student Photo, Contact Emails"
    assert new in told
    assert "What was authorised goes on unchanged until the school decides." in told


def printed(world):
    """Return what the present page of a world is in a terminal, as one line."""
    page = Desk(world.register).request(SCHOOL, APP)
    out = console()
    with out.capture() as captured:
        out.print(page_text(page))
    return words(captured.get())


def test_change_says_what_would_stop():
    """A request that asks for less says what flows now and would stop."""
    world = World()
    world.authorise("dob")
    world.asks(AccessRequest(APP, "Fewer marks", {"basic"}, {"leavers"}))

    told = printed(world)

    assert "Flows now, and would stop: Pupil: Date of birth" in told


def test_change_to_nothing_new_says_so():
    """Where nothing is asked that is not authorised, the page says so."""
    world = World()
    world.authorise("dob")
    world.asks(AccessRequest(APP, "Other marks", {"basic"}, {"dob"}))

    told = printed(world)

    assert "New Nothing: no scope is asked for that is not authorised" in told


def test_request_without_fields_has_no_record():
    """Where no field is asked for there is no made-up record, and no table of one."""
    told = printed(World(AccessRequest(APP, "Find leavers", {"leavers"})))

    assert ("Leavers leavers" in told, "made-up" in told) == (True, False)


# The others


def test_dashboard_has_every_app_once(page):
    """Each app stands under one heading: what waits, what flows, what does not."""
    told = page("dashboard", "--school", LUDDERBY.key)

    starts = [
        line.split()[0]
        for line in told.splitlines()
        if line.startswith("  ") and line[2:3].isalpha() and "  " in line.strip()
    ]
    apps = [EVENING, GRADEBOOK, LIBRARY, PLANNER, STEPS, TILL]
    assert sorted(start for start in starts if start in apps) == sorted(apps)
    assert "Also library-desk, above." in told


def test_dashboard_says_what_the_mis_account_lacks_and_what_it_does_not_need(capsys):
    """Each in a line of its own, by the names that the MIS has for them."""
    world = World(permissions=["Other"])
    world.authorise("needs")
    found = evolve(Desk(world.register).school(SCHOOL), unneeded=("Spare",))

    console().print(page_text(found))

    told = words(capsys.readouterr().out)
    assert "The MIS account lacks, for Needs: Needs" in told
    assert "The MIS account holds, and nothing needs: Spare" in told


def test_dashboard_says_what_the_school_has_stopped(capsys):
    """By whom and when, and what flows until that is lifted."""
    world = World()
    world.authorise("needs")
    world.register.pause(school=SCHOOL, actor=DANA)

    console().print(page_text(Desk(world.register).school(SCHOOL)))

    told = words(capsys.readouterr().out)
    assert "All apps were paused by Dana Head, Headteacher, 23 November 2026" in told
    assert "gradebook Paused with all apps" in told


def test_dashboard_says_what_closed_schools_had_authorised(capsys):
    """Of each app that waits here: who authorised what there."""
    world = World()
    world.authorise("needs")
    world.register.close(school=SCHOOL, actor=DANA, successor="9")
    mis = RecordsAdapter({"school": [{"urn": "9", "name": "Next School"}]})
    world.register.connect(school="9", mis="arbor", adapter=mis)

    console().print(page_text(Desk(world.register).school("9")))

    told = words(capsys.readouterr().out)
    assert "Authorised at a closed school: 1 gradebook, at Example School" in told
    assert "Scopes Basic, Needs" in told


def test_dashboard_says_that_the_mis_account_is_not_checked(capsys):
    """Where no one said what it holds there is a line, instead of what it lacks."""
    console().print(page_text(Desk(World().register).school(SCHOOL)))

    told = words(capsys.readouterr().out)
    assert "Not checked against the account's permissions: no one has said" in told


def test_matrix_has_the_marks_of_its_cells(page):
    """Each row has a mark for each app, in the order of the numbers below it."""
    lines = page("dashboard", "--school", LUDDERBY.key).splitlines()
    found = json.loads(page("dashboard", "--school", LUDDERBY.key, "--json"))

    matrix = found["matrix"]
    (head,) = [line for line in lines if line.startswith(" Scope  ")]
    places = [head.index(str(n)) for n, _ in enumerate(matrix["columns"], 1)]
    for row in matrix["rows"]:
        (line,) = [line for line in lines if line.startswith(f" {row['title']}  ")]
        marks = [line[place].strip() for place in places]
        assert marks == [Cell(cell).mark for cell in row["cells"]]


def test_school_without_apps_has_a_dashboard(run, small, tmp_path):
    """Where no app asks yet there is no matrix, and the connection is there."""
    path = tmp_path / "new.db"
    with SQLiteLedger(path) as ledger:
        School(Catalogue.from_toml(small), ledger=ledger)
    options = ["--catalogue", small, "--ledger", path, "--school", "100001"]

    told = run("page", "dashboard", *options).stdout

    assert "0 apps have data of this school, and 0 decisions wait for you." in told
    assert ("The flow of data" in told, "Connected to arbor" in told) == (False, True)


def test_app_is_told_of_each_school(page):
    """An app's page has each school with where it stands and what it left out."""
    told = words(page("app", "--app", LIBRARY))

    assert "Fennick Cross High School New request" in told
    assert "Left out Student Emails, Contact Basic Information, Contact Emails" in told


def test_receipt_says_what_was_left_empty(page):
    """A receipt has who decided, what was ticked, and what was left empty."""
    told = words(page("receipt", "demo-0001", "--school", LUDDERBY.key))

    assert "Freya Underhill, Headteacher" in told
    assert "Left empty, does not flow [ ] " in told


# What cannot be printed


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["--school", "9", "--app", GRADEBOOK], 2, "has nothing of school `9`"),
        (["--school", LUDDERBY.key, "--app", "nix"], 1, "the app asks for nothing"),
        (
            ["--school", LUDDERBY.key, "--app", TILL, "--tick", "students.uln"],
            2,
            "`students.uln` cannot be ticked; `contacts.emails`, `students.fsm`,",
        ),
    ],
    ids=["school", "app", "box"],
)
def test_what_cannot_be_shown_is_one_sentence(run, year, arguments, code, sentence):
    """A school, an app or a box that there is not is named."""
    options = ["--catalogue", "assembly", "--ledger", year, *arguments]

    result = run("page", "request", *options)

    assert (result.exit_code, result.stdout) == (code, "")
    assert sentence in words(result.stderr)


def test_school_that_is_not_connected_is_one_sentence(run, evil):
    """Nothing can be asked of a school whose connection has ended."""
    with SQLiteLedger(evil[3]) as ledger:
        register = ConsentRegister(Catalogue.from_toml(evil[1]), ledger)
        register.disconnect(school="100001", actor=Actor("Dana Head"))

    result = run("page", "request", *evil, "--school", "100001", "--app", HOSTILE)

    assert (result.exit_code, result.stdout) == (1, "")
    assert "connection" in result.stderr


def test_app_that_is_unknown_is_one_sentence(run, year):
    """An app that never published has no page."""
    options = ["--catalogue", "assembly", "--ledger", year]

    result = run("page", "app", *options, "--app", "nix")

    assert (result.exit_code, result.stdout) == (2, "")
    assert "the ledger has nothing of app `nix`" in words(result.stderr)


def test_grant_that_is_unknown_is_one_sentence(run, year):
    """A grant that there is not has no receipt."""
    result = run("page", "receipt", "--ledger", year, "nix")

    assert (result.exit_code, result.stdout) == (2, "")
    assert "nix" in result.stderr
