"""What the demo is about: a made-up school, the request of an app, and who decides."""

from collections.abc import Iterator

from attrs import Factory, define, field, frozen
from rich.console import Console
from rich.text import Text

from ...adapters.base import Adapter, Capabilities, Fetch
from ...adapters.files import FilesAdapter
from ...catalogue.catalogue import Catalogue
from ...catalogue.resource import Resource
from ...consent.decision import Actor
from ...consent.request import AccessRequest, Terms
from ...errors import AccessDeniedError
from ...gate.access import Access
from ...gate.gate import Gate
from ...ledgers.base import Ledger
from ...register.register import ConsentRegister
from ...samples.folder import sample_school
from ..drawing import pairs_table, sentence_panel
from ..output import shown

SCHOOL = "999901"
APP = "gradebook"
HEAD = Actor("Freya Underhill", role="Headteacher")
TICKED = frozenset({"students.emails", "contacts.emails"})

REQUEST = AccessRequest(
    app=APP,
    purpose="Record marks, and share them with pupils and their families.",
    required={"students.basic", "registration_groups"},
    optional={
        "students.emails",
        "students.dob",
        "students.sen_provision",
        "contacts.emails",
    },
    reasons={
        "students.basic": "To list each class by name.",
        "registration_groups": "To set the lists up as the school's own form groups.",
        "students.emails": "To send pupils their marks.",
        "students.dob": "To congratulate pupils on their birthday.",
        "students.sen_provision": "To let teachers plan extra time for tests.",
        "contacts.emails": "To send families the reports at the end of term.",
    },
    terms=Terms(
        retention="until the pupil leaves, and no longer than a year after that",
        lawful_basis="public task, UK GDPR Art. 6(1)(e)",
        contact="privacy@gradebook.example",
    ),
)


@frozen
class Watched:
    """The made-up MIS, with a note of everything that was asked of it."""

    mis: Adapter
    asked: list[Fetch] = field(factory=list)

    @property
    def school(self) -> str | None:
        """The school it serves."""
        return self.mis.school

    def capabilities(self, resource: Resource) -> Capabilities:
        """Return the capabilities of the adapter behind it."""
        return self.mis.capabilities(resource)

    def fetch(self, wanted: Fetch) -> Iterator[object]:
        """Note what is wanted, and give it."""
        self.asked.append(wanted)
        return self.mis.fetch(wanted)


@define
class Story:
    """What the steps of the demo share."""

    out: Console
    ledger: Ledger
    catalogue: Catalogue = Factory(lambda: Catalogue.builtin("assembly"))
    mis: Watched = Factory(lambda: Watched(FilesAdapter(sample_school())))
    step: int = 0

    @property
    def register(self) -> ConsentRegister:
        """Where the school decides."""
        return ConsentRegister(self.catalogue, self.ledger)

    def open(self) -> Access:
        """Return the app's access to the school."""
        return Gate(self.catalogue, self.ledger).open(school=SCHOOL, app=APP)

    def heading(self, title: str, explanation: str) -> None:
        """Start the next step."""
        self.step += 1
        self.out.print()
        self.out.rule(Text(f"{self.step}  {title}", "step"), align="left")
        self.out.print(Text(explanation))
        self.out.print()

    def denied(self, error: AccessDeniedError, title: str, access: Access) -> None:
        """Show that pupils cannot be read, and every reason in words."""
        self.out.print(sentence_panel(error, title))
        reasons = sorted(set(access.permit.withheld("student").values()))
        rows = [(f"  {reason}", shown(reason.sentence)) for reason in reasons]
        self.out.print(pairs_table(rows))
