"""What the tests of guards are about: a canary, who may see what, and an MIS."""

from scopegate.consent.subjects import Subjects

from .scenes import (
    PUPILS,
    access_to,
    fixed,
)

CANARY = "canary-2014"
BASIC = access_to("students.basic")
SOME = access_to("students.basic", subjects=Subjects.everyone_except(student=[3]))
FORM = (("Content-Type", "application/x-www-form-urlencoded"),)


def students():
    """Return an MIS that gives the students, and much besides."""
    body = {"data": PUPILS, "debug": CANARY, "links": {"next": f"/?after={CANARY}"}}
    return fixed(body, etag=CANARY, set_cookie=f"a={CANARY}", server_timing=CANARY)
