"""No error shows a credential: not by its text, and not by the frames that it leaves.

An error tracker prints the variables of each frame of a traceback, as
`traceback.TracebackException(capture_locals=True)` does. Each way below is given a
secret and ends in an error.
"""

import json
import traceback
from base64 import b64encode
from types import FunctionType
from urllib.parse import quote, quote_plus

import httpx
import pytest
import sqlalchemy
from hypothesis import example, given, settings, strategies as st

from scopegate import Catalogue
from scopegate._base.secret import Secret
from scopegate.adapters import (
    Assembly,
    HTTPAdapter,
    OneRoster,
    SQLAdapter,
    SQLResource,
    Wonde,
)
from scopegate.adapters.base import Fetch
from scopegate.arguments import checked
from scopegate.errors import LedgerError, ProofError, ScopegateError
from scopegate.http import Route, TokenRoute
from scopegate.ledgers import PostgresLedger, SQLiteLedger
from scopegate.proofs import Ed25519Signer

from .http.guarded import FORM
from .http.scenes import School, ask, fixed, good, guard

SECRET = "hush+/=hush"  # noqa: S105 - made up
HERE = "127.0.0.1:1"  # where nothing listens


def forms_of(secret):
    """Return the texts in which a secret may be shown."""
    basic = b64encode(f"id:{quote_plus(secret, errors='replace')}".encode())
    return {
        secret,
        repr(secret)[1:-1],
        quote_plus(secret, errors="replace"),
        basic.decode(),
    }


def chain_of(error):
    """Yield an error, and those that lead to it, shown or not."""
    seen = []
    while error is not None and error not in seen:
        seen.append(error)
        yield error
        error = error.__cause__ or error.__context__


def shown_by(error):
    """Return all that an error shows: its texts, and the variables of our frames."""
    found = []
    for each in chain_of(error):
        found += [("text", f"{each} {each!r} {each.args!r}")]
        for frame, _ in traceback.walk_tb(each.__traceback__):
            module = frame.f_globals.get("__name__", "")
            if module.partition(".")[0] == "scopegate":
                place = f"{module}.{frame.f_code.co_name}"
                held = frame.f_locals.items()
                found += [(f"{place}.{name}", told(value)) for name, value in held]
    return found


def told(value):
    """Return the `repr` of a value, or nothing where it is only half made."""
    try:
        return repr(value)
    except AttributeError:
        return ""


def leaks(error, secret):
    """Return the places that show a secret; fail where no frame of ours was left."""
    found = shown_by(error)
    assert len(found) > 1
    return [place for place, text in found if any(f in text for f in forms_of(secret))]


# -- PostgreSQL

ADDRESSES = {
    "libpq's": "postgresql://u:{}@127.0.0.1:1/x",
    "libpq's, short": "postgres://u:{}@127.0.0.1:1/x",
    "SQLAlchemy's": "postgresql+psycopg://u:{}@127.0.0.1:1/x",
    "in capitals": "POSTGRESQL://u:{}@127.0.0.1:1/x",
    "SQLAlchemy's, with a driver of its own": "postgresql+asyncpg://u:{}@127.0.0.1:1/x",
    "by a parameter": "postgresql://127.0.0.1:1/x?user=u&password={}",
    "for its own key": "postgresql://127.0.0.1:1/x?sslpassword={}",
    "in words": "host=127.0.0.1 port=1 user=u password='{}' dbname=x",
    "of no database": "postgresql://u:{}@127.0.0.1:5432/nosuchdb",
    "of another kind": "mysql://u:{}@127.0.0.1:1/x",
    "not whole": "postgresql://u:{}@[::1/x",
    "without a scheme": "u:{}@127.0.0.1/x",
}


@pytest.mark.parametrize("name", ADDRESSES)
def test_no_form_of_an_address_shows_its_password(name):
    """A server that is not there, or an address that is not one, shows no password.

    Fails on the release before: the frame of `connect` held the whole address.
    """
    with pytest.raises(LedgerError) as caught:
        PostgresLedger(ADDRESSES[name].format(quote(SECRET, safe="")))

    assert leaks(caught.value, SECRET) == []
    assert leaks(caught.value, quote(SECRET, safe="")) == []


@pytest.mark.parametrize(
    "name", [n for n in ADDRESSES if n not in {"of another kind", "not whole"}][:8]
)
def test_every_form_of_an_address_is_read(name):
    """What SQLAlchemy's users have is an address as well, and is tried."""
    with pytest.raises(LedgerError, match=r"127\.0\.0\.1:1/x`: connection"):
        PostgresLedger(ADDRESSES[name].format("x"))


@settings(deadline=None, max_examples=60)
@given(
    st.text(min_size=6, max_size=12).map(lambda text: f"s3{text}s3"),
    st.sampled_from(
        [form for name, form in ADDRESSES.items() if name != "of no database"]
    ),
)
@example("12/s3cret", ADDRESSES["libpq's"])
@example("p@s3cret", ADDRESSES["libpq's"])
@example("p@s3cret:1/s3cret", ADDRESSES["libpq's"])
@example("s3' s3cret=1", ADDRESSES["in words"])
@example("s3\ud800cret", ADDRESSES["libpq's"])
@example("s3\0cret", ADDRESSES["in words"])
def test_a_password_that_is_not_escaped_is_not_shown(password, form):
    """A password that cuts its address elsewhere is not shown as a host or a name."""
    with pytest.raises(LedgerError) as caught:
        PostgresLedger(form.format(password), schema="scopegate")

    assert leaks(caught.value, password) == []
    assert not [text for _, text in shown_by(caught.value) if "s3cret" in text]


def test_a_bad_name_for_a_schema_shows_no_password():
    """What is wrong with another argument shows nothing of the address."""
    with pytest.raises(ValueError, match="small letters") as caught:
        PostgresLedger(f"postgresql://u:{SECRET}@{HERE}/x", schema="A b")

    assert leaks(caught.value, SECRET) == []


def test_the_address_of_a_server_is_not_shown_by_a_file():
    """Where a path is wanted an address is refused, and nothing of it shown."""
    with pytest.raises(LedgerError) as caught:
        SQLiteLedger(f"postgresql://u:{SECRET}@{HERE}/x")

    assert leaks(caught.value, SECRET) == []


# -- An MIS


def mis(token=None, answer=403):
    """Return a client of an MIS that gives a token, and refuses all else."""

    def handle(request):
        is_token = "token" in request.url.path
        given = {"access_token": SECRET, "expires_in": 60} if token is None else token
        status = 200 if is_token and isinstance(given, dict) else answer
        content = json.dumps(given).encode() if is_token else b"{}"
        return httpx.Response(status, stream=httpx.ByteStream(content))

    return httpx.Client(transport=httpx.MockTransport(handle))


def down(request):
    """Be an MIS that is not there."""
    raise httpx.ConnectError(SECRET)


def oneroster(**more):
    """Return a OneRoster interface with a secret."""
    usual = {"client_id": "id", "client_secret": SECRET}
    token_url = "https://mis.example/token"  # noqa: S105 - an address
    return OneRoster("https://mis.example/or", token_url=token_url, **usual | more)


def fetched(interface, client, catalogue):
    """Read all students of an MIS."""
    resource = Catalogue.builtin(catalogue).resource("student")
    wanted = Fetch(resource, [leaf.path for leaf in resource.fields], "100001")
    with client:
        list(HTTPAdapter(interface, client).fetch(wanted))


def unreadable():
    """Return what makes of a token one that no header may hold."""
    return f"{SECRET} {SECRET}\n"


ASKED = {
    "a refused read": lambda: fetched(oneroster(), mis(), "oneroster"),
    "a refused client": lambda: fetched(oneroster(), mis(token=[]), "oneroster"),
    "a token that ends at once": lambda: fetched(
        oneroster(), mis(None, 401), "oneroster"
    ),
    "a token that is none": lambda: fetched(
        oneroster(), mis({"access_token": f"{SECRET}\n"}), "oneroster"
    ),
    "a token of another kind": lambda: fetched(
        oneroster(), mis({"access_token": SECRET, "token_type": "mac"}), "oneroster"
    ),
    "a token in a list": lambda: fetched(oneroster(), mis([SECRET]), "oneroster"),
    "an MIS that is not there": lambda: fetched(
        oneroster(), httpx.Client(transport=httpx.MockTransport(down)), "oneroster"
    ),
    "Wonde": lambda: fetched(Wonde(SECRET, "A1"), mis(), "wonde"),
    "Wonde, by a function": lambda: fetched(
        Wonde(lambda: SECRET, "A1"), mis(), "wonde"
    ),
    "Wonde, by a bad function": lambda: fetched(
        Wonde(unreadable, "A1"), mis(), "wonde"
    ),
    "Assembly": lambda: fetched(
        Assembly("https://mis.example", SECRET), mis(), "assembly"
    ),
    "Assembly, by a bad function": lambda: fetched(
        Assembly("https://mis.example", unreadable), mis(), "assembly"
    ),
}


@pytest.mark.parametrize("way", ASKED)
def test_no_read_of_an_mis_shows_its_credentials(way):
    """Whatever an MIS answers, the error shows neither the secret nor a token.

    Fails on the release before: `OneRoster._answer` held the token.
    """
    with pytest.raises((ScopegateError, ValueError)) as caught:
        ASKED[way]()

    assert leaks(caught.value, SECRET) == []


MADE = {
    "OneRoster, no such version": lambda s: oneroster(client_secret=s, version="9"),
    "OneRoster, no page": lambda s: oneroster(client_secret=s, page_size=0),
    "OneRoster, not a text": lambda s: oneroster(client_secret=f"{s}\ud800"),
    "OneRoster, no number": lambda s: oneroster(client_secret=s, page_size="x"),
    "Wonde, no page": lambda s: Wonde(s, "A1", page_size=0),
    "Wonde, no id": lambda s: Wonde(s, "A/1"),
    "Wonde, no token": lambda s: Wonde(f"{s} {s}", "A1"),
    "Assembly, no page": lambda s: Assembly("https://mis.example", s, page_size=0),
    "Assembly, no token": lambda s: Assembly("https://mis.example", f"{s}\r\n"),
    "Assembly, no type": lambda s: Assembly(
        "https://mis.example", s, assessment_types={1: "x"}
    ),
    "a key without a name": lambda s: Ed25519Signer(
        "", s.encode().ljust(32, b"x")[:32]
    ),
    "a key that is too short": lambda s: Ed25519Signer("a", s.encode()[:31]),
    "a key in text": lambda s: Ed25519Signer.from_text(s),
    "a key without an end": lambda s: Ed25519Signer.from_text(f"PRIVATE+KEY+a+{s}"),
    "a key with another id": lambda s: Ed25519Signer.from_text(
        "PRIVATE+KEY+a+00000000+"
        + b64encode(b"\1" + s.encode().ljust(32, b"x")[:32]).decode()
    ),
}
"""What cannot be made, given a secret."""

_TOKENS = st.text(
    st.characters(codec="ascii", exclude_categories=["Z", "C"]), min_size=8
)


@pytest.mark.parametrize("way", MADE)
@settings(deadline=None, max_examples=20)
@given(secret=_TOKENS.map(lambda text: f"q~{text[:18]}"))  # in no name of ours
def test_what_cannot_be_made_shows_no_secret(way, secret):
    """Whatever is wrong with an interface or a key, the error shows no part of it."""
    with pytest.raises((ScopegateError, ValueError)) as caught:
        MADE[way](secret)

    assert leaks(caught.value, secret) == []
    padded = secret.encode().ljust(32, b"x")[:32]
    whole = {repr(padded)[2:-1], b64encode(b"\1" + padded).decode()}
    assert not [
        p for p, text in shown_by(caught.value) if any(w in text for w in whole)
    ]


def test_a_database_shows_no_password():
    """A database that is not there is told without the password to it."""
    engine = sqlalchemy.create_engine(
        f"postgresql+psycopg://u:{quote(SECRET)}@{HERE}/x"
    )
    key = sqlalchemy.Column("id", sqlalchemy.Integer, primary_key=True)
    table = sqlalchemy.Table("students", sqlalchemy.MetaData(), key)
    catalogue = Catalogue.builtin("assembly")
    resource = catalogue.resource("student")
    fields = {"id": key}
    mis = SQLAdapter(engine, catalogue, {"student": SQLResource(table, fields)})

    with pytest.raises(ScopegateError) as caught:
        list(mis.fetch(Fetch(resource, ["student.id"], "100001")))

    assert leaks(caught.value, SECRET) == []


# -- A guard under a client

KEY = ("Authorization", f"Bearer {SECRET}")
PROOF = Route("/school", "school", "")

GUARDED = {
    "no route": ("/other", "GET", [KEY], fixed({})),
    "a header twice": ("/students", "GET", [KEY, KEY], fixed({})),
    "an MIS that is not understood": ("/students", "GET", [KEY], fixed("x")),
    "an MIS that fails": ("/students", "GET", [KEY], fixed({}, 302)),
    "no token": ("/oauth/token", "POST", [*FORM, KEY], fixed([SECRET])),
    "a token that is a text": ("/oauth/token", "POST", [*FORM, KEY], fixed(SECRET)),
    "a token from elsewhere": ("/oauth/token", "POST", [*FORM, KEY], fixed({}, 302)),
    "a token by GET": ("/oauth/token", "GET", [*FORM, KEY], fixed({})),
    "a token with a bad header": (
        "/oauth/token",
        "POST",
        [*FORM, ("Authorization", f"{SECRET}\n")],
        fixed({}),
    ),
}


@pytest.mark.parametrize("way", GUARDED)
@pytest.mark.parametrize("school", [None, PROOF])
def test_no_guard_shows_the_credentials_of_a_client(way, school):
    """What a guard refuses, or an MIS does to it, shows no header of the client."""
    url, method, headers, answers = GUARDED[way]
    routes = [Route("/students", "student", "data[]"), TokenRoute("/oauth/token")]
    guarded = guard(School().open(), *routes, school=school)
    body = f"client_secret={SECRET}".encode() if method == "POST" else b""

    with pytest.raises(ScopegateError) as caught:
        ask(guarded, url, answers, method, headers, body)

    assert leaks(caught.value, SECRET) == []


def test_a_school_that_is_not_proven_shows_no_credentials():
    """An MIS that gives another school's data is told without the client's headers."""
    guarded = guard(
        School().open(), Route("/students", "student", "data[]"), school=PROOF
    )

    with pytest.raises(ScopegateError) as caught:
        ask(guarded, "/students", lambda _: good({"urn": "other"}), headers=[KEY])

    assert leaks(caught.value, SECRET) == []


# -- What it rests on


def test_a_secret_is_not_shown_in_any_way():
    """A secret prints as nothing, is equal to itself, and gives its value when asked."""
    secret = Secret(SECRET)

    assert [SECRET in text for text in (repr(secret), str(secret), f"{secret}")] == [
        False,
        False,
        False,
    ]
    assert (secret.value, secret, len({secret, Secret(SECRET)})) == (
        SECRET,
        Secret(SECRET),
        1,
    )


def test_what_checks_arguments_keeps_none_of_them():
    """The frame that checks what a function is given holds nothing when that fails."""

    @checked
    def fail(word: str) -> None:
        del word
        raise ProofError("key", "it failed")

    with pytest.raises(ProofError) as caught:
        fail(SECRET)

    assert not [text for _, text in shown_by(caught.value) if SECRET in text]


def fail_with(token):
    """Fail with a variable that holds what was given."""
    raise ValueError(len(token))


def test_the_law_finds_a_secret_in_a_frame():
    """A variable of a function of ours that holds a secret is found."""
    ours = FunctionType(fail_with.__code__, {**globals(), "__name__": "scopegate.x"})

    with pytest.raises(ValueError, match="11") as caught:
        ours(SECRET)

    assert leaks(caught.value, SECRET) == ["scopegate.x.fail_with.token"]
