"""What can go wrong does go wrong, when it is told to."""

import gzip
import json
import socket
import time
import zlib
from http.client import HTTPConnection, IncompleteRead
from urllib.parse import urlsplit

import pytest

from .asking import ask
from .base import KINDS
from .client import running
from .fixtures import serving

TOKEN = "Bearer app-token"  # noqa: S105 - made up
STUDENTS = [{"id": f"A{n}", "surname": "Zed"} for n in range(5)]
RECORDS = {"schools": [{"id": "S1"}], "students": STUDENTS}
PATH = "/v1.0/schools/S1/students"


running_server, server = serving("wonde", RECORDS)


def students(server, query="", **headers):
    """Ask for the students."""
    return ask(server.url + PATH + query, authorization=TOKEN, **headers)


def broken(server, kind, **more):
    """Return an answer with a fault."""
    server.fault(kind, **more)
    return students(server)


# ---- When ----------------------------------------------------------------------------


def test_a_fault_meets_the_request_it_is_told_to(server):
    """The nth request from now meets it, and no other does."""
    students(server)
    server.fault("status:503", at=2)

    statuses = [students(server).status for _ in range(3)]

    assert statuses == [200, 503, 200]


def test_a_fault_meets_every_request_unless_told(server):
    """Without a number all requests meet it, till the reset."""
    server.fault("status:503")

    statuses = {students(server).status for _ in range(3)}

    assert statuses == {503}


def test_faults_are_added_to_those_there_are(server):
    """Of two that meet the same request the one told first does."""
    server.fault("status:503", at=1)
    server.faults([{"kind": "status:500", "at": 1}, {"kind": "status:502", "at": 2}])

    statuses = [students(server).status for _ in range(3)]

    assert statuses == [503, 502, 200]


def test_a_fault_can_be_meant_for_tokens():
    """Requests for a token are counted on their own."""
    with running("oneroster") as server:
        server.fault("status:500", at=1, on="token")

        data = ask(f"{server.url}/ims/oneroster/v1p1/orgs").status
        token = ask(f"{server.url}/oauth/token", "POST").status

    assert (data, token) == (401, 500)


def test_no_fault_breaks_the_server(server):
    """After all of them it answers as before."""
    for kind in sorted(KINDS - {"timeout", "slow", "flood"}):
        server.fault(kind, at=1)
        line = HTTPConnection(urlsplit(server.url).netloc)
        line.request("GET", PATH, headers={"Authorization": TOKEN})
        line.getresponse()
        line.close()

    assert students(server).json["data"] == STUDENTS


# ---- Statuses ------------------------------------------------------------------------


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 502, 503])
def test_an_error_has_the_canary_in_it(server, status):
    """The body of an error is the MIS's, with the text that was told."""
    told = broken(server, f"status:{status}", canary="Ada Zed")

    assert told.status == status
    assert told.json["error_description"] == "Ada Zed"


@pytest.mark.parametrize("when", [3, "Wed, 21 Oct 2026 07:28:00 GMT"])
def test_an_error_says_when_to_try_again_if_told_to(server, when):
    """In seconds or as a date, as it was told."""
    told = broken(server, "status:429", retry_after=when)

    assert told.headers["Retry-After"] == str(when)


def test_an_error_says_not_when_unless_told(server):
    """There is no Retry-After of its own."""
    assert "Retry-After" not in broken(server, "status:429").headers


def test_nothing_is_not_packed(server):
    """An answer without a body is sent without one, whatever is offered."""
    server.fault("redirect")

    told = students(server, accept_encoding="gzip")

    assert (told.body, told.headers["Content-Encoding"]) == (b"", None)


def test_a_redirect_leads_where_it_is_told_to(server):
    """To another host, or to the same."""
    away = broken(server, "redirect", at=1)
    near = broken(server, "redirect", location="/x", status=307)

    assert (away.status, away.headers["Location"]) == (302, "http://other.example/")
    assert (near.status, near.headers["Location"]) == (307, "/x")


# ---- The wire ------------------------------------------------------------------------


def test_a_timeout_is_silence(server):
    """Nothing at all comes, however little one is ready to wait."""
    server.fault("timeout")
    where = urlsplit(server.url)

    with socket.create_connection((where.hostname, where.port), timeout=0.1) as line:
        line.sendall(f"GET {PATH} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        with pytest.raises(TimeoutError):
            line.recv(1)


def test_a_slow_answer_is_whole_in_the_end(server):
    """It takes as long as its drips take."""
    whole = len(students(server).body)
    start = time.perf_counter()

    told = broken(server, "slow", size=whole // 4, seconds=0.01)

    assert told.json["data"] == STUDENTS
    assert time.perf_counter() - start > 0.04


def test_a_cut_answer_is_shorter_than_it_says(server):
    """The connection ends in mid-body, in good order."""
    with pytest.raises(IncompleteRead) as caught:
        broken(server, "cut")

    assert 0 < len(caught.value.partial) < caught.value.expected + 2


def test_a_reset_answer_tears_the_connection_down(server):
    """The connection is reset in mid-body."""
    with pytest.raises(ConnectionResetError):
        broken(server, "reset")


def test_a_flood_does_not_end(server):
    """A body of no stated length goes on for as long as one reads."""
    server.fault("flood")
    line = HTTPConnection(urlsplit(server.url).netloc)
    line.request("GET", PATH, headers={"Authorization": TOKEN})
    answer = line.getresponse()

    read = len(answer.read(5_000_000))
    length = answer.length
    line.close()

    assert (read, length) == (5_000_000, None)


# ---- The body ------------------------------------------------------------------------


def test_malformed_is_not_json(server):
    """It cannot be read, and holds the canary."""
    told = broken(server, "malformed", canary="Ada Zed")

    with pytest.raises(ValueError, match="Expecting"):
        json.loads(told.body)
    assert b"Ada Zed" in told.body


def test_truncated_is_half_with_the_length_of_half(server):
    """The wire sees nothing wrong; JSON does."""
    told = broken(server, "truncated")

    assert int(told.headers["Content-Length"]) == len(told.body)
    assert (
        json.dumps({"data": STUDENTS}, separators=(",", ":"))
        .encode()
        .startswith(told.body)
    )


def test_html_is_a_page_with_status_200(server):
    """It looks like an answer until its type is looked at."""
    told = broken(server, "html")

    assert told.status == 200
    assert told.headers["Content-Type"].startswith("text/html")
    assert b"CANARY" in told.body


def test_utf16_is_not_what_the_headers_say(server):
    """The body is in UTF-16 and said to be in UTF-8."""
    told = broken(server, "utf16")

    assert json.loads(told.body.decode("utf-16"))["data"] == STUDENTS
    assert told.headers["Content-Type"].endswith("utf-8")


def test_bad_utf8_cannot_be_decoded(server):
    """One byte is none of UTF-8's."""
    body = broken(server, "bad_utf8").body

    with pytest.raises(UnicodeDecodeError):
        body.decode()
    assert json.loads(body.replace(b"\xff", b""))["data"] == STUDENTS


def test_an_unknown_encoding_is_only_said(server):
    """The header names a way of packing that was not offered."""
    assert broken(server, "unknown_encoding").headers["Content-Encoding"] == "br"


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_bomb_is_small_and_grows(server, encoding):
    """200 MB of records come in under a megabyte, and are JSON to the end."""
    told = broken(server, "gzip_bomb", encoding=encoding)
    unpack = zlib.decompressobj(zlib.MAX_WBITS | 32)

    size, last = 0, b""
    while piece := unpack.decompress(unpack.unconsumed_tail or told.body, 1 << 20):
        size, last = size + len(piece), piece

    assert told.headers["Content-Encoding"] == encoding
    assert len(told.body) < 1_000_000 < 200_000_000 <= size
    assert last.endswith(b'{"id":"A4","surname":"Zed"}]}')
    assert unpack.eof


def test_a_small_bomb_is_a_good_answer(server):
    """What it grows to is the first record over and over, in its envelope."""
    told = broken(server, "gzip_bomb", megabytes=1)

    records = json.loads(gzip.decompress(told.body))["data"]

    assert len(records) > 30_000
    assert all(record == STUDENTS[0] for record in records[:-5])


@pytest.mark.parametrize(
    ("how", "error"), [("truncated", EOFError), ("corrupt", gzip.BadGzipFile)]
)
def test_bad_gzip_cannot_be_unpacked(server, how, error):
    """Its end is missing, or its checksum wrong."""
    told = broken(server, "bad_gzip", how=how)

    with pytest.raises(error):
        gzip.decompress(told.body)


# ---- The content ---------------------------------------------------------------------


def test_a_long_string_is_long(server):
    """10 MB in the first record's first field, or in the one told."""
    first = broken(server, "long_string", at=1).json["data"][0]
    other = broken(server, "long_string", field="note", megabytes=0.5).json["data"][0]

    assert len(first["id"]) == 10_000_000
    assert len(other["note"]) == 500_000


def test_a_duplicate_key_is_there_twice(server):
    """First as it was, then as the canary; the rest as it was."""
    told = broken(server, "duplicate_keys", field="surname", canary="Other")

    pairs = json.loads(told.body, object_pairs_hook=list)[0][1][0]

    assert pairs == [("id", "A0"), ("surname", "Zed"), ("surname", "Other")]


def test_deep_is_deep(server):
    """100,000 lists, one inside the other."""
    body = broken(server, "deep").body

    assert b"[" * 100_000 + b"]" * 100_000 in body


@pytest.mark.parametrize("token", ["NaN", "Infinity", "-Infinity"])
def test_nan_is_a_number_that_json_has_not(server, token):
    """It is there as a bare word."""
    body = broken(server, "nan", token=token).body

    assert f'{{"id":{token},'.encode() in body


def test_a_huge_number_has_many_digits(server):
    """5,000 of them, as an integer."""
    body = broken(server, "huge_number").body

    assert b'{"id":' + b"9" * 5_000 + b"," in body


def test_a_list_stands_for_an_object(server):
    """The envelope is inside a list."""
    assert broken(server, "array_for_object").json == [{"data": STUDENTS}]


def test_an_object_stands_for_a_list():
    """Where a bare list is due, it is inside an object."""
    with running("assembly") as server:
        server.serve({"students": [{"id": 1}]})
        server.fault("array_for_object")

        told = ask(
            f"{server.url}/students",
            authorization="Bearer school-token",
            accept="application/vnd.assembly+json; version=1.1",
        )

    assert told.json == {"data": [{"id": 1}]}


@pytest.mark.parametrize("kind", ["long_string", "nan", "duplicate_keys", "deep"])
def test_a_fault_of_content_needs_no_record(server, kind):
    """It finds a place in an answer that has no records, too."""
    server.serve({"schools": [{"id": "S1"}], "students": []})

    assert broken(server, kind).body != b'{"data":[]}'


# ---- Pages ---------------------------------------------------------------------------


def follow(server, pages):
    """Return the ids on each of the first pages."""
    url, seen = f"{server.url}{PATH}?per_page=2&cursor=true", []
    for _ in range(pages):
        told = ask(url, authorization=TOKEN).json
        seen.append([record["id"] for record in told["data"]])
        url = told["meta"]["pagination"]["next"]
    return seen


def test_the_same_page_comes_for_ever(server):
    """Whatever page is asked for the first is given, and a next one named."""
    server.fault("same_page")

    assert follow(server, 9) == [["A0", "A1"]] * 9


def test_endless_pages_are_all_new(server):
    """No record comes twice, and a next page is always named."""
    server.fault("endless")

    seen = [one for page in follow(server, 9) for one in page]

    assert seen[:5] == ["A0", "A1", "A2", "A3", "A4"]
    assert len(set(seen)) == 18


def test_a_next_page_can_lead_elsewhere(server):
    """The address of the next page is whatever it is told to be."""
    server.faults([{"kind": "foreign_next", "location": "http://x.example/"}])

    told = students(server, "?per_page=2&cursor=true").json

    assert told["data"] == STUDENTS[:2]
    assert told["meta"]["pagination"]["next"] == "http://x.example/"


def test_a_record_may_hold_what_utf8_has_not(server):
    """Half a surrogate pair is sent, and cannot be decoded."""
    server.serve({"schools": [{"id": "S1"}], "students": [{"id": "\ud800"}]})

    with pytest.raises(UnicodeDecodeError):
        students(server).body.decode()
