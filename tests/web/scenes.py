"""Where the tests of the site play: a school, an app that asks, and people at browsers."""

from datetime import timedelta
from itertools import count
from urllib.parse import parse_qsl

from scopegate import AccessRequest, Actor, Catalogue, ConsentRegister
from scopegate.adapters.records import RecordsAdapter
from scopegate.consent.request import Terms
from scopegate.ledgers.base import app_stream, school_stream
from scopegate.testing.clock import FakeClock
from scopegate.testing.permits import NOON
from scopegate.web import Asked, Renderer, Site, Visitor
from scopegate.web.addresses import spelt

from ..scene import Unreachable
from .reading import Page, with_fields

SCHOOL, OTHER, APP = "100001", "100002", "gradebook"
DANA = Actor("Dana Head", role="Headteacher", id="dana")
SAM = Actor("Sam Deputy", role="Deputy", id="sam")
VAL = Actor("Val Vendor", id="val")
HEAD, DEPUTY = Visitor(DANA, SCHOOL), Visitor(SAM, SCHOOL)
LOOKER = Visitor(Actor("Lou Looker", role="Governor", id="lou"), SCHOOL, ())
STRANGER = Visitor(Actor("Alex Next", role="Headteacher", id="alex"), OTHER)
TRUST = Visitor(Actor("Tia Trust", id="tia"), (SCHOOL, OTHER))
VENDOR = Visitor(VAL, apps=APP)


def table(text="", **more):
    """Return a small catalogue with every kind of thing, *text* in each of its texts."""
    return {
        "id": "small",
        "version": "1",
        "resource": {
            "school": {
                "title": f"School{text}",
                "key": "urn",
                "field": {
                    "urn": {"title": f"URN{text}", "sensitivity": "public"},
                    "name": {"title": f"Name{text}", "sensitivity": "public"},
                },
            },
            "pupil": {
                "title": f"Pupils{text}",
                "key": "id",
                "subject": "id",
                "person": "pupil",
                "field": {
                    "id": {"title": f"Id{text}"},
                    "name": {"title": f"Pupil's name{text}"},
                    "dob": {"title": f"Date of birth{text}"},
                    "needs": {"title": f"Needs{text}", "sensitivity": "special"},
                    "photo": {"title": f"Photo{text}"},
                },
            },
        },
        "scope": {
            "school": {
                "title": f"The school{text}",
                "sensitivity": "public",
                "fields": ["school.urn", "school.name"],
            },
            "basic": {
                "title": f"Basic{text}",
                "description": f"Who is at the school{text}",
                "fields": ["pupil.id", "pupil.name"],
            },
            "dob": {
                "title": f"Births{text}",
                "description": f"When they were born{text}",
                "fields": ["pupil.dob"],
                "includes": ["basic"],
            },
            "needs": {"title": f"Special needs{text}", "fields": ["pupil.needs"]},
            "marks": {"title": f"Marks{text}", "writes": ["pupil"]},
        },
        "joint": [{"scopes": ["dob", "needs"], "fields": ["pupil.photo"]}],
        "mis": {"arbor": {"needs": [f"Needs{text}"]}},
        **more,
    }


CATALOGUE = Catalogue.from_dict(table())
REQUEST = AccessRequest(
    APP,
    "Record and share marks",
    {"basic"},
    {"dob", "needs", "marks"},
    {"dob": "Birthday reminders"},
    terms=Terms("Until the end of the year", "Public task", "dpo@example.org"),
)
LATER = AccessRequest(APP, "Record marks only", {"basic"}, {"dob"})
_RENDERER = Renderer()


class Ledger(Unreachable):
    """A ledger that stops answering when it is told to, also for receipts."""

    def bodies(self, stream, after=0):
        """Return what is kept, or fail."""
        self._answer()
        return super().bodies(stream, after)


class Browser:
    """Somebody at the pages, with their cookie; sends what a browser would."""

    def __init__(self, scene, visitor):
        self.scene, self.visitor, self.cookie = scene, visitor, ""

    def ask(self, method, address, form=(), headers=()):
        """Return the answer to one request."""
        path, _, query = address.partition("?")
        asked = Asked(
            method,
            path.removeprefix(self.scene.root),
            self.scene.root,
            parse_qsl(query, keep_blank_values=True),
            form,
            {"cookie": self.cookie, "sec-fetch-site": "same-origin", **dict(headers)},
            "https://mis.example",
            host=self.visitor,
        )
        answer = self.scene.site.answer(asked)
        if cookie := answer.header("set-cookie"):
            self.cookie = cookie.partition(";")[0]
        return answer

    def get(self, address):
        """Return the answer to a GET."""
        return self.ask("GET", address)

    def page(self, address, status=200):
        """Return a page, having followed where it leads."""
        return self.read(self.get(address), status)

    def read(self, answer, status=200):
        """Return the page of an answer, having followed where it leads."""
        while answer.status == 303:
            answer = self.get(answer.header("location"))
        assert answer.status == status, (answer.status, answer.body)
        return Page(answer.body)

    def click(self, page, text, ticks=None, **filled):
        """Return the answer to a click on a button."""
        method, address, fields = page.sent(text, ticks, **filled)
        if method == "GET":
            return self.get(with_fields(address, fields))
        return self.ask("POST", address, fields)

    def token(self):
        """Return what a form of this visitor must carry."""
        if not self.cookie:
            self.get("/nowhere")
        return self.cookie.partition("=")[2]

    def post(self, address, *fields, **headers):
        """Return the answer to a form, sent with the right token."""
        form = [("scopegate_csrf", self.token()), *fields]
        return self.ask("POST", address, form, headers.items())

    def authorise(self, *ticks, part="request"):
        """Return the answer to a decision, taken on the pages step by step."""
        page = self.page(self.scene.app(part))
        check = self.read(self.click(page, page.yes, ticks))
        return self.click(check, check.yes)


class Scene:
    """A connected school, an app's published request, a site, and a clock set by hand."""

    def __init__(
        self,
        request=REQUEST,
        *,
        catalogue=CATALOGUE,
        school=SCHOOL,
        name="Example School",
        root="/consent",
        permissions=None,
        zone=None,
        site=(),
        **register,
    ):
        self.school, self.root, self.request = school, root, request
        self.clock, self.ledger, ids = FakeClock(NOON), Ledger(), count(1)
        self._register = {
            "clock": self.clock,
            "new_id": lambda: f"grant-{next(ids)}",
        } | register
        self._site = dict(site)
        self.use(catalogue)
        self.mis = RecordsAdapter({"school": [{"urn": school, "name": name}]})
        self.register.connect(
            school=school,
            mis="arbor",
            adapter=self.mis,
            permissions=permissions,
            zone=zone,
        )
        if request is not None:
            self.register.publish(request)

    def use(self, catalogue):
        """Put another catalogue into force, on the same ledger."""
        self.register = ConsentRegister(catalogue, self.ledger, **self._register)
        given = {"mis_of": self.mis_of} | self._site
        self.site = Site(self.register, authority=self, **given)
        if "templates" not in self._site and "values" not in self._site:
            self.site._render = _RENDERER  # has read its templates already

    def mis_of(self, school):
        """Return the interface to the MIS of a school, whichever it is."""
        return self.mis

    @staticmethod
    def visitor(asked):
        """Return the person at the browser."""
        return asked.host

    def browser(self, visitor=HEAD):
        """Return a browser of somebody."""
        return Browser(self, visitor)

    # Addresses

    def home(self, part=""):
        """Return the address of the school, or of a part of it."""
        return f"{self.root}/schools/{self.school}" + (f"/{part}" if part else "")

    def app(self, part=""):
        """Return the address of the app at the school, or of a part of it."""
        return self.home(f"apps/{APP}") + (f"/{part}" if part else "")

    # What happens outside the pages

    def case(self):
        """Return school and app, as verbs of the register want them."""
        return {"school": self.school, "app": self.request.app}

    def held(self):
        """Return the fields of a form that say which grant it was made for."""
        latest = self.register.state(self.school).consent(self.request.app).latest
        if latest is None:
            return ()
        grant = latest.grant
        return (("grant", spelt(grant.id)), ("revision", str(grant.revision)))

    def put(self):
        """Put what is asked before the school, again if need be."""
        return self.register.ask(**self.case())

    def authorise(self, *optional, actor=DANA, **more):
        """Let the school authorise, with the boxes named ticked."""
        shown = self.put()
        return self.register.authorise(shown, optional=optional, actor=actor, **more)

    def revoke(self):
        """Let the school revoke."""
        self.register.revoke(**self.case(), actor=DANA)

    def pass_days(self, days):
        """Let days pass."""
        self.clock.go_on(timedelta(days=days))

    def events(self, *kinds):
        """Return the names of the school's events, or how many there are of *kinds*."""
        names = [type(e).__name__ for e in self.ledger.read(school_stream(self.school))]
        return [name for name in names if not kinds or name in kinds]

    def written(self):
        """Return how far the streams of school and app have come."""
        streams = school_stream(self.school), app_stream(APP)
        return [*map(self.ledger.position, streams)]
