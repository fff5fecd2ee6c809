"""A client on httpx that somebody else published runs unchanged through the guard.

`timeback-oneroster` reads OneRoster 1.2 without blocking and builds models of what
it is given. It needs Python 3.12; on an older one these tests are skipped, and
`.ci/run` runs them on every newer one that the machine has.
"""

import asyncio
import sys

import pytest

from scopegate.errors import AccessDeniedError, QueryRefusedError, RouteRefusedError
from scopegate.http import Guard, OneRosterDialect, Route, TokenRoute
from scopegate.testing import assert_no_leak

from .clients import async_client
from .scenes import School, builtin

if sys.version_info < (3, 12):
    pytest.skip("timeback-oneroster needs Python 3.12", allow_module_level=True)

from timeback_common import BEYONDAI_ONEROSTER_PATHS
from timeback_oneroster import OneRosterClient
from timeback_oneroster.lib.transport import Transport

BASE = "/ims/oneroster/rostering/v1p2"
CANARY = "c4n4ry"
USERS = [
    {
        "sourcedId": f"u{n}",
        "status": "active",
        "givenName": f"Ada {n}",
        "familyName": "Zed" if n % 2 else "Young",
        "email": f"{CANARY}@example.sch.uk",
        "phone": CANARY,
        "metadata": {"x": CANARY},
    }
    for n in range(1, 6)
]
HIDDEN = ("email", "phone", "metadata")


def told(user):
    """Return what a model of the client holds of what the MIS has."""
    return {n: getattr(user, n) for n in ("sourced_id", "given_name", "family_name")}


EXPECTED = [
    {
        "sourced_id": user["sourcedId"],
        "given_name": user["givenName"],
        "family_name": user["familyName"],
    }
    for user in USERS
]


@pytest.fixture
def school(oneroster):
    """A school with a OneRoster provider in another process."""
    oneroster.serve({"users": USERS})
    return School(builtin("oneroster"))


async def asking(school, oneroster, ask):
    """Return what *ask* makes of the client as its maker ships it, over a guard."""
    routes = [
        TokenRoute("/oauth/token"),
        Route(f"{BASE}/users", "user", "users[]", dialect=OneRosterDialect()),
    ]
    guard = Guard(school.open(), oneroster.url, routes)
    async with async_client(guard, base_url=oneroster.url) as under:
        token = await token_of(under)
        under.headers["Authorization"] = f"Bearer {token}"
        transport = Transport(
            base_url=oneroster.url,
            paths=BEYONDAI_ONEROSTER_PATHS,
            http_client=under,
            no_auth=True,
        )
        async with OneRosterClient(transport=transport) as client:
            return await ask(client)


async def token_of(under):
    """Return a token of the provider, asked for through the guard."""
    form = {"grant_type": "client_credentials"}
    answer = await under.post("/oauth/token", data=form, auth=("app", "hush"))
    return answer.json()["access_token"]


def asked(oneroster):
    """Return which addresses of records the provider was asked for."""
    return [told["path"] for told in oneroster.log() if BASE in told["path"]]


def test_the_client_reads_pages_without_what_was_not_authorised(school, oneroster):
    """It makes its models of every user, page by page, and none holds an email."""
    school.authorise("users.basic")

    users = asyncio.run(
        asking(school, oneroster, lambda c: c.users.stream(limit=2).to_list())
    )

    assert [told(user) for user in users] == EXPECTED
    assert_no_leak([user.model_dump() for user in users], [CANARY])
    assert len(asked(oneroster)) == 3
    assert not any(name in path for path in asked(oneroster) for name in HIDDEN)


def test_the_clients_own_conditions_pass(school, oneroster):
    """A condition on a permitted field, as the client writes it, is answered."""
    school.authorise("users.basic")
    where = {"familyName": "Zed"}

    users = asyncio.run(
        asking(school, oneroster, lambda c: c.users.list(where=where, limit=10))
    )

    found = [told(user) for user in getattr(users, "data", users)]
    assert found == [u for u in EXPECTED if u["family_name"] == "Zed"]


def test_before_a_grant_the_client_asks_for_nothing(school, oneroster):
    """Without a grant its first request is refused, and the MIS sees none."""
    with pytest.raises(AccessDeniedError):
        asyncio.run(asking(school, oneroster, lambda c: c.users.list(limit=2)))

    assert asked(oneroster) == []


@pytest.mark.parametrize(
    "options",
    [{"where": {"email": CANARY}}, {"sort": "email"}, {"fields": ["email"]}],
    ids=["a condition", "an order", "a selection"],
)
def test_the_client_may_not_ask_by_what_is_withheld(school, oneroster, options):
    """A condition or an order on a withheld field is refused, and nothing is sent."""
    school.authorise("users.basic")

    with pytest.raises(QueryRefusedError) as caught:
        asyncio.run(asking(school, oneroster, lambda c: c.users.list(**options)))

    assert asked(oneroster) == []
    assert_no_leak(caught.value, [CANARY])


def test_the_client_may_not_ask_another_resource(school, oneroster):
    """An address that no route names is refused."""
    school.authorise("users.basic")

    with pytest.raises(RouteRefusedError):
        asyncio.run(asking(school, oneroster, lambda c: c.demographics.list(limit=1)))
