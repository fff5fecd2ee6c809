"""The pages that are looked at: nothing is decided here."""

import io
import json
import zipfile

from ..errors import ProofError, UnknownGrantError
from ..evidence.receipt import Receipt
from ..pages.deletion import deletion_request
from ..pages.desk import Desk
from ..pages.details import authorization_details
from ..pages.picture import MatrixPicture
from ..pages.processing import processing_csv
from ..pages.receipt import ReceiptPage
from ..pages.school import AppCard
from ..pages.situation import Situation
from .addresses import spelt
from .messages import Answered
from .serving import Parts, Serving
from .stops import said

_CSV = "text/csv; charset=utf-8"
_TEXT = "text/plain; charset=utf-8"
_JSON = "application/json"
_ZIP = "application/zip"

NOTICES = {
    "authorised": {Situation.AUTHORISED: "You have authorised it."},
    "amended": {
        Situation.AUTHORISED: "You have changed it. It holds at once.",
        Situation.MORE_ASKED: "You have changed it. It holds at once.",
    },
    "proposed": {
        Situation.AWAITING_SECOND: "You have authorised it as the first of two people."
        " Nothing more flows until a second person authorises the same."
    },
    "declined": {
        Situation.DECLINED: "You have declined. Nothing has changed in what flows.",
        Situation.AUTHORISED: "You have declined. What was authorised before goes on.",
        Situation.CHANGED: "You have declined. What was authorised before goes on.",
    },
    "revoked": {
        Situation.REVOKED: "You have revoked it. From now on nothing but public data"
        " about the school flows to the app."
    },
}
"""What a page says after a decision, while that is how things stand."""


def home(serving: Serving, _: Parts) -> Answered:
    """Answer with the schools of a visitor, or with their only page."""
    schools, apps = sorted(serving.visitor.schools), sorted(serving.visitor.apps)
    if len(schools) == 1 and not apps:
        return serving.see(serving.at.school(schools[0]))
    if len(apps) == 1 and not schools:
        return serving.see(serving.at.vendor(apps[0]))
    page = serving.desk.schools(schools)
    return serving.page("schools.html", page=page, apps=apps)


def school(serving: Serving, parts: Parts) -> Answered:
    """Answer with a school's dashboard."""
    page, may_decide = serving.desk.school(parts["school"]), serving.may_decide(parts)
    return serving.page(
        "school.html",
        page=page,
        picture=MatrixPicture.of(page.matrix),
        notice=said(serving, page.school) if may_decide else "",
        may_decide=may_decide,
    )


def processing(serving: Serving, parts: Parts) -> Answered:
    """Answer with a school's record of processing, as CSV."""
    desk, key = serving.desk, parts["school"]
    text = processing_csv(
        desk.register.catalogue,
        desk.state(key),
        desk.usages(key),
        school=key,
        now=desk.register.now(),
    )
    # Spreadsheets take a file without the mark for one in an old encoding.
    body = text.encode("utf-8-sig", errors="replace")
    return serving.file(f"record-of-processing-{spelt(key)}.csv", body, _CSV)


def app(serving: Serving, parts: Parts) -> Answered:
    """Answer with the page of an app at a school, and the one thing to do next."""
    key, name = parts["school"], parts["app"]
    card = serving.desk.card(key, name)
    return serving.page(
        "app.html",
        card=card,
        school=key,
        school_name=serving.desk.name(key),
        history=serving.desk.history(key, name),
        notice=_notice(serving, key, card) if serving.may_decide(parts) else "",
        may_decide=serving.may_decide(parts),
        can_check=serving.mis_of is not None,
    )


def _notice(serving: Serving, school: str, card: AppCard) -> str:
    """Return the notice about a decision just taken, while it is true."""
    done, stands = serving.asked.first("done"), card.situation
    if done == "revoked" and card.grant is not None and card.grant.is_revoked:
        stands = Situation.REVOKED  # where the app asks for something else by now too
    found = NOTICES.get(done, {}).get(stands, "")
    return found or said(serving, school, card.app)


def deletion(serving: Serving, parts: Parts) -> Answered:
    """Answer with the draft of a letter that asks the app to delete what it holds."""
    key, name = parts["school"], parts["app"]
    text = letter(serving.desk, key, name)
    if not text:
        return serving.not_found()
    body = text.encode(errors="replace")
    return serving.file(f"deletion-request-{spelt(name)}.txt", body, _TEXT)


def letter(desk: Desk, school: str, app: str) -> str:
    """Return the draft of that letter, or nothing while data flows or if none did."""
    case = desk.case(school, app)
    latest = case.consent.latest
    if latest is None or case.grant is not None:
        return ""
    return deletion_request(latest, latest.shown, case.now, case.state.zone)


def receipt(serving: Serving, parts: Parts) -> Answered:
    """Answer with a receipt: a page, or a file of it."""
    try:
        found = serving.desk.receipt(
            parts["school"], parts["grant"], int(parts["revision"])
        )
    except UnknownGrantError:
        return serving.not_found()
    except ProofError as error:
        return serving.message(500, "This receipt cannot be made", f"{error}.")
    if parts.get("file"):
        return _receipt_file(serving, found, parts["file"])
    page, may_decide = ReceiptPage.of(found), serving.may_decide(parts)
    said = NOTICES.get(serving.asked.first("done"), {})
    is_news = page.is_live and may_decide
    return serving.page(
        "receipt.html",
        page=page,
        notice=said.get(Situation.AUTHORISED, "") if is_news else "",
        may_decide=may_decide,
    )


def _receipt_file(serving: Serving, found: Receipt, kind: str) -> Answered:
    name = f"receipt-{spelt(found.grant.id)}-{found.grant.revision}"
    if kind == "receipt.txt":
        return serving.file(f"{name}.txt", found.to_text().encode(), _TEXT)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, content in found.files().items():
            # An instant of its own would make two downloads of one receipt differ.
            archive.writestr(zipfile.ZipInfo(member, (1980, 1, 1, 0, 0, 0)), content)
    return serving.file(f"{name}.zip", packed.getvalue(), _ZIP)


def vendor(serving: Serving, parts: Parts) -> Answered:
    """Answer with an app's own side: its state at each school."""
    return serving.page("vendor.html", page=serving.desk.app(parts["app"]))


def grants(serving: Serving, parts: Parts) -> Answered:
    """Answer with what was granted to an app by each school, as JSON for it to read."""
    desk = serving.desk
    lines = desk.app(parts["app"]).schools
    found = [
        detail
        for line in lines
        for detail in authorization_details(desk.case(line.school, parts["app"]))
    ]
    body = json.dumps({"authorization_details": found}, indent=2).encode()
    return serving.file(
        f"grants-{spelt(parts['app'])}.json", body, _JSON, as_download=False
    )
