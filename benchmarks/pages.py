"""How long the school's pages take: the largest request found, and a trust's dashboard.

Run with `taskset -c 1 python benchmarks/pages.py`. What a team would write instead is
a template of its own over `register.present` and `register.state`, without a preview,
the boxes' order of steps, a picture or a history. The ratio is to that, the two in
turns; `first` is the first time a page is asked for, when nothing was read before.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable

from attrs import frozen
from jinja2 import Environment

from scopegate import AccessRequest, Actor, Catalogue, ConsentRegister, Terms
from scopegate.adapters.records import RecordsAdapter
from scopegate.ledgers.memory import MemoryLedger
from scopegate.web import Asked, Site, Visitor

DANA = Actor("Dana Head", role="Headteacher", id="dana")
OWN = Environment(autoescape=True)
OWN_REQUEST = OWN.from_string(
    """<h1>{{ shown.app }}</h1><p>{{ shown.purpose }}</p>
{% for scope in shown.required + shown.optional %}
<h2>{{ scope.title }}</h2><p>{{ scope.description }} {{ scope.reason }}</p>
<input type="checkbox" name="tick" value="{{ scope.key }}">
<ul>{% for field in scope.fields %}<li>{{ field.title }}</li>{% endfor %}</ul>
{% endfor %}"""
)
OWN_STATES = OWN.from_string(
    """<table>{% for school, consents in rows %}<tr><th>{{ school }}</th>
{% for consent in consents %}<td>{{ consent.status }}
{% if consent.current %}{{ consent.current.authorised_at }}
{{ consent.current.actor.name }}{% endif %}</td>{% endfor %}</tr>{% endfor %}</table>"""
)


@frozen
class Page:
    """A page of ours, and what a team would write instead."""

    site: Site
    asked: Asked
    own: Callable[[], object]

    def ours(self) -> None:
        """Ask for the page, which must be there."""
        if self.site.answer(self.asked).status != 200:
            sys.exit("the page was not there")


def large_catalogue(scopes: int = 60, fields: int = 300) -> Catalogue:
    """Return a catalogue of 60 scopes over 300 fields of one kind of record."""
    each = fields // scopes
    names = [f"field_{n}" for n in range(fields)]
    student = {n: {"title": f"Field of the record, number {n}"} for n in names}
    return Catalogue.from_dict({
        "id": "large",
        "version": "1",
        "resource": {
            "school": {
                "key": "urn",
                "field": {"urn": {"sensitivity": "public"}, "name": {"sensitivity": "public"}},
            },
            "student": {"key": "id", "subject": "id", "person": "student", "field": {"id": {}, **student}},
        },
        "scope": {
            "school": {"sensitivity": "public", "fields": ["school.urn", "school.name"]},
            **{
                f"scope{n}": {
                    "title": f"A scope of pupils' data, number {n}",
                    "description": "What it lets an app know, in one line of words.",
                    "fields": [f"student.{name}" for name in names[n * each : (n + 1) * each]],
                }
                for n in range(scopes)
            },
        },
    })  # fmt: skip


class Everywhere:
    """Lets one person decide for every school."""

    def __init__(self, schools: tuple[str, ...]) -> None:
        self.person = Visitor(DANA, schools)

    def visitor(self, asked: Asked) -> Visitor:
        """Return that person."""
        return self.person


def connected(catalogue: Catalogue, schools: tuple[str, ...]) -> ConsentRegister:
    """Return a register on which some schools are connected."""
    register = ConsentRegister(catalogue, MemoryLedger())
    for school in schools:
        record = {"urn": school, "name": f"School {school}"}
        register.connect(
            school=school, mis="arbor", adapter=RecordsAdapter({"school": [record]})
        )
    return register


def large_request() -> Page:
    """Return the request of the size found: 40 required, 20 optional, 300 fields."""
    register = connected(large_catalogue(), ("100001",))
    keys = [f"scope{n}" for n in range(60)]
    register.publish(
        AccessRequest(
            "large",
            "Do what a large app does",
            keys[:40],
            keys[40:],
            reasons=dict.fromkeys(keys, "Because the app shows it to teachers."),
            terms=Terms("a year", "public task", "privacy@large.example"),
        )
    )
    site = Site(register, authority=Everywhere(("100001",)))

    def own() -> str:
        shown = register.ask(school="100001", app="large")
        return OWN_REQUEST.render(shown=shown)

    return Page(site, Asked("GET", "/schools/100001/apps/large/request"), own)


def trust() -> Page:
    """Return the first page of somebody who decides for 60 schools, with 40 apps."""
    return dashboard(schools=60, apps=40, path="/")


def one_school() -> Page:
    """Return the dashboard of a school with 40 apps."""
    return dashboard(schools=1, apps=40, path="/schools/100001")


def dashboard(schools: int, apps: int, path: str) -> Page:
    """Return a page about some schools, two thirds of whose apps are authorised."""
    keys = tuple(f"{100001 + n}" for n in range(schools))
    register = connected(Catalogue.builtin("assembly"), keys)
    names = [f"app-{n}" for n in range(apps)]
    for app in names:
        register.publish(
            AccessRequest(app, "Show pupils", {"students.basic"}, {"students.dob"})
        )
    for n, school in enumerate(keys):
        for m, app in enumerate(names):
            if (n + m) % 3:
                shown = register.ask(school=school, app=app)
                register.authorise(shown, actor=DANA)

    def own() -> str:
        states = [(school, register.state(school)) for school in keys]
        rows = [(school, [s.consent(app) for app in names]) for school, s in states]
        return OWN_STATES.render(rows=rows)

    site = Site(register, authority=Everywhere(keys))
    return Page(site, Asked("GET", path), own)


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=21)
    rounds = parser.parse_args().rounds
    print(
        f"{'page':<40} {'median':>9} {'worst':>9} {'own':>9} {'ratio':>6} {'first':>9}"
    )
    for title, make in (
        ("request: 40 required, 20 optional", large_request),
        ("dashboard: 60 schools, 40 apps", trust),
        ("dashboard: one school, 40 apps", one_school),
    ):
        print(measured(title, make(), rounds))


def measured(title: str, page: Page, rounds: int) -> str:
    """Return a line of the table."""
    first = timed(page.ours)
    pairs = [(timed(page.ours), timed(page.own)) for _ in range(rounds)]
    ours, own = zip(*pairs, strict=True)
    ratio = statistics.median(a / b for a, b in pairs)
    figures = map(ms, (statistics.median(ours), max(ours), statistics.median(own)))
    return f"{title:<40} {' '.join(figures)} {ratio:>6.2f} {ms(first)}"


def timed(work: Callable[[], object]) -> float:
    """Return how many seconds something takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def ms(seconds: float) -> str:
    """Return milliseconds."""
    return f"{seconds * 1_000:>7.1f}ms"


if __name__ == "__main__":
    main()
