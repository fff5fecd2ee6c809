"""What people do at the pages, and how the tests read what came of it."""

from scopegate.consent.events import Amended, Authorised, Declined, Proposed, Revoked

from .stage import APP, SCHOOL

REQUEST_PAGE = f"/schools/{SCHOOL}/apps/{APP}/request"
APP_PAGE = f"/schools/{SCHOOL}/apps/{APP}"
METHOD = "the consent page"
DOB, EMAILS, GENDER = "students.dob", "students.emails", "students.gender"


def box(page, scope):
    """Return the box of a scope."""
    return page.locator(f'input[name=tick][value="{scope}"]')


def button(page, name):
    """Return the button or link that is called *name*."""
    of_form = page.get_by_role("button", name=name, exact=True)
    return of_form.or_(page.get_by_role("link", name=name, exact=True))


def press(page, name):
    """Click what leads to another page, and return the status of its answer."""
    with page.expect_navigation() as navigation:
        button(page, name).click()
    return navigation.value.status


def ticked(page):
    """Return the scopes whose boxes are ticked."""
    boxes = page.locator("input[name=tick]:checked").all()
    return {box.get_attribute("value") for box in boxes}


def notices(page):
    """Return what the page says on top of what it is for."""
    return page.locator(".notice").all_inner_texts()


def heading(page):
    """Return what the page is called."""
    return page.locator("h1").inner_text()


def count(page):
    """Return the sentence that counts what would flow."""
    return page.locator("#preview-count").inner_text()


def address(page):
    """Return where the page is, without the ticks in it."""
    return page.url.partition("?")[0].partition("#")[0]


def to_check(page, *scopes, answer="Authorise"):
    """Tick some boxes, and go on to the page that sums up."""
    for scope in scopes:
        box(page, scope).check()
    press(page, answer)
    assert heading(page) == "Check your answer"


def decisions(stage):
    """Return what was decided: the kind, by whom, how, on what, and the ticks."""
    return [line for event in stage.events() for line in _lines(event)]


def _lines(event):
    match event:
        case Authorised(grant=grant) | Amended(grant=grant):
            yield _line(event, grant.decisions[-1])
        case Proposed(proposal=proposal):
            yield _line(event, proposal.decision)
        case Declined(decision=decision):
            yield _line(event, decision)
        case Revoked(actor=actor, method=method):
            yield "Revoked", actor, method
        case _:
            yield type(event).__name__


def _line(event, one):
    kind = type(event).__name__
    return kind, one.actor, one.method, one.presentation, one.ticked
