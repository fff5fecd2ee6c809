"""Takes the pictures of the pages for the docs: `scripts/screenshots`."""

import argparse
from contextlib import closing
from pathlib import Path

from attrs import frozen
from playwright.sync_api import sync_playwright

from .conftest import NO_BROWSER, QUIET, chromium_path
from .places import FENNICK, LUDDERBY, ORIEL, YES, put_stops
from .stage import APP, OTHER, PAUSED, SCHOOL, Server, Year

DOCS = Path(__file__).parents[2] / "docs" / "pictures"
WIDE, NARROW, TALLEST = 1000, 320, 1150
LIGHT, DARK = "light", "dark"
TILL = f"{LUDDERBY}/apps/lunch-till/request"
GRADEBOOK = f"{LUDDERBY}/apps/gradebook"
AGAIN = f"/schools/{OTHER}/apps/{APP}/request?from={SCHOOL}"
MEALS = 'input[value="students.fsm"]'
RECEIPT = 'a[href*="/receipts/"]'


@frozen
class Picture:
    """A page to take pictures of.

    Attributes:
        name: What the files are called.
        path: Its address.
        clicks: What is clicked after that, as selectors.
        site: Which of the sites it is of.
        who: Who is there.
        top: What is at the top of the picture, as a selector.
        kept: In which widths and colours it is in the docs; the rest is
            taken with `--every`.
    """

    name: str
    path: str
    clicks: tuple[str, ...] = ()
    site: str = "year"
    who: str = ORIEL
    top: str = "body"
    kept: tuple[tuple[int, str], ...] = ((WIDE, LIGHT),)


EVERY = ((WIDE, LIGHT), (WIDE, DARK), (NARROW, LIGHT), (NARROW, DARK))
PICTURES = (
    Picture("schools", "/"),
    Picture("dashboard", LUDDERBY),
    Picture("app", GRADEBOOK),
    Picture("picture", LUDDERBY, top="[aria-labelledby=matrix]", kept=()),
    Picture("request", TILL, kept=(EVERY[0], EVERY[2])),
    Picture("boxes", TILL, (MEALS,), top="[aria-labelledby=optional]", kept=EVERY[1:2]),
    Picture("record", TILL, (MEALS,), top="#preview", kept=()),
    Picture("changes", f"{LUDDERBY}/apps/library-desk/request"),
    Picture("second-person", f"{FENNICK}/apps/lunch-till/request", kept=()),
    Picture("check", TILL, (MEALS, YES)),
    Picture("receipt", GRADEBOOK, (RECEIPT,)),
    Picture("revoke", f"{GRADEBOOK}/revoke"),
    Picture("paused", f"/schools/{PAUSED}/apps/{APP}", site="stops", who="una"),
    Picture("close", f"/schools/{PAUSED}/close/check", site="stops", who="una"),
    Picture("follows", f"/schools/{OTHER}", site="stops", who="una"),
    Picture("again", AGAIN, site="stops", who="una"),
    Picture("vendor", "/apps/library-desk", who="hester.quill"),
)


def take(browser, url, picture, folder, width, scheme):
    """Take one picture, cut off where it becomes too tall for a page of text."""
    context = browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme
    )
    context.add_cookies([{"name": "who", "value": picture.who, "url": url}])
    page = context.new_page()
    page.goto(url + picture.path)
    for selector in picture.clicks:
        page.locator(selector).first.click()
        page.wait_for_load_state("networkidle")
    page.evaluate("document.activeElement.blur()")
    top = page.locator(picture.top).evaluate("it => it.offsetTop")
    bottom = page.evaluate("document.documentElement.scrollHeight")
    height = min(bottom - top, TALLEST)
    page.screenshot(
        path=folder / f"{picture.name}-{width}-{scheme}.png",
        full_page=True,
        clip={"x": 0, "y": top, "width": width, "height": height},
    )
    context.close()


def main():
    """Take the pictures that the docs show, or with `--every` those of every look."""
    parser = argparse.ArgumentParser(prog="scripts/screenshots", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=DOCS)
    parser.add_argument(
        "--every", action="store_true", help="at every width and colour"
    )
    given = parser.parse_args()
    path = chromium_path() or parser.error(NO_BROWSER)
    given.folder.mkdir(parents=True, exist_ok=True)
    with closing(Server()) as server, sync_playwright() as playwright:
        sites = {"year": Year(server).url, "stops": put_stops(server)}
        args = (*QUIET, "--disable-lcd-text")  # coloured edges make large files
        browser = playwright.chromium.launch(executable_path=path, args=args)
        for picture in PICTURES:
            for width, scheme in EVERY if given.every else picture.kept:
                take(browser, sites[picture.site], picture, given.folder, width, scheme)
        browser.close()


if __name__ == "__main__":
    main()
