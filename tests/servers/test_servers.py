"""The servers' common part: they run elsewhere, keep a log and do as they are told."""

import subprocess
import sys
import time
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from .asking import ask
from .client import FOLDER, running
from .fixtures import serving

WONDE = "/v1.0/schools/S1"
RECORDS = {"schools": [{"id": "S1", "urn": 1}]}
TOKEN = "Bearer app-token"  # noqa: S105 - made up


running_server, server = serving("wonde", RECORDS)


def school(server, **headers):
    """Ask for the school."""
    return ask(server.url + WONDE, authorization=TOKEN, **headers)


def test_a_server_is_gone_when_its_test_is():
    """After the block no one listens at its address."""
    with running("wonde") as server:
        pass

    with pytest.raises(ConnectionError):
        ask(server.url + "/")


def test_a_server_ends_with_its_input():
    """A server whose test has died does not live on."""
    ran = subprocess.run(
        [sys.executable, "-m", "servers.wonde"],
        cwd=FOLDER.parent,
        input="",
        capture_output=True,
        text=True,
        timeout=10,
        check=True,
    )

    assert ran.stdout.strip().isdigit()


def test_the_server_is_another_process(server):
    """It is reached at its own port, on this machine."""
    assert urlsplit(server.url).hostname == "127.0.0.1"
    assert school(server).json == {"data": RECORDS["schools"][0]}


def test_two_servers_run_side_by_side(server):
    """Each has an address and records of its own."""
    with running("wonde") as other:
        other.serve({"schools": [{"id": "S1", "urn": 2}]})

        numbers = [school(one).json["data"]["urn"] for one in (server, other)]

    assert numbers == [1, 2]


# ---- The log -------------------------------------------------------------------------


def test_the_log_has_the_request_as_it_came(server):
    """Method, path and query byte for byte, headers in order, and the body."""
    target = "/v1.0/schools/S%31?per_page=2&name=O%27Z+d"
    ask(server.url + target, "POST", "a=1", authorization=TOKEN, X_Odd="é")

    [entry] = server.log()

    assert entry == {
        "method": "POST",
        "path": target,
        "headers": {
            "Accept": None,
            "Accept-Encoding": "identity",
            "Authorization": TOKEN,
            "If-Modified-Since": None,
        },
        "all_headers": [
            ["Host", urlsplit(server.url).netloc],
            ["Accept-Encoding", "identity"],
            ["Content-Length", "3"],
            ["authorization", TOKEN],
            ["X-Odd", "é"],
        ],
        "body": "a=1",
    }


def test_the_log_has_the_asked_for_headers(server):
    """What is most looked for can be looked up by its usual name."""
    school(server, accept="x/y", if_modified_since="then")

    seen = server.log()[0]["headers"]

    assert (seen["Accept"], seen["If-Modified-Since"]) == ("x/y", "then")


def test_control_is_not_logged(server):
    """Only what is asked of the MIS is in the log."""
    server.options(per_page=3)

    assert server.log() == []


def test_a_reset_forgets_all(server):
    """Records, options, faults and the log go."""
    server.options(token="other")  # noqa: S106 - made up
    server.fault("html")
    school(server)

    server.reset()

    assert server.log() == []
    assert school(server).status == 404


# ---- Control -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "tell"),
    [
        ("option", lambda server: server.options(nonsense=1)),
        ("fault", lambda server: server.fault("nonsense")),
        ("fault", lambda server: server.fault("status:bad")),
        ("collection", lambda server: server.serve({"nonsense": []})),
    ],
    ids=["option", "fault", "status", "collection"],
)
def test_an_unknown_name_is_told_of(server, name, tell):
    """A slip in a test does not pass for an MIS that does nothing."""
    with pytest.raises(ValueError, match=f"no such {name}"):
        tell(server)


def test_control_is_quick(server):
    """A reset takes less than a millisecond, the best of many."""
    times = []
    for _ in range(50):
        start = time.perf_counter()
        server.reset()
        times.append(time.perf_counter() - start)

    assert min(times) < 0.001


def test_options_stay_until_the_reset(server):
    """Setting one option leaves another as it was set."""
    server.options(token="other")  # noqa: S106 - made up
    server.options(per_page=1)

    assert school(server).status == 401


# ---- Answers -------------------------------------------------------------------------


def test_an_answer_is_the_same_every_time(server):
    """Nothing in it depends on the day: there is no Date and no Server."""
    first, second = school(server), school(server)

    assert (first.headers.items(), first.body) == (
        second.headers.items(),
        second.body,
    )
    assert set(first.headers) == {"Content-Type", "Content-Length"}


def test_a_connection_is_kept(server):
    """Two requests can be made on one connection."""
    line = HTTPConnection(urlsplit(server.url).netloc)
    answers = []
    for _ in range(2):
        line.request("GET", WONDE, headers={"Authorization": TOKEN})
        answers.append(line.getresponse().read())
        port = line.sock.getsockname()[1]
    same = line.sock.getsockname()[1] == port
    line.close()

    assert answers[0] == answers[1]
    assert same


def test_many_clients_are_answered_at_once(server):
    """One who is kept waiting does not keep the others waiting."""
    server.fault("timeout", at=1)
    line = HTTPConnection(urlsplit(server.url).netloc)
    line.request("GET", WONDE, headers={"Authorization": TOKEN})
    while not server.log():
        pass

    status = school(server).status
    line.close()

    assert status == 200


def test_an_answer_is_packed_for_who_can_unpack_it(server):
    """With gzip offered the body is packed, and says so."""
    told = school(server, accept_encoding="gzip")

    assert told.headers["Content-Encoding"] == "gzip"
    assert told.body[:2] == b"\x1f\x8b"


@pytest.mark.parametrize("offered", ["identity", "br"])
def test_an_answer_is_plain_for_who_cannot(server, offered):
    """Without gzip offered the body is plain."""
    told = school(server, accept_encoding=offered)

    assert "Content-Encoding" not in told.headers
    assert told.json["data"]["id"] == "S1"


def test_packing_can_be_turned_off(server):
    """With the option off the body is plain whatever is offered."""
    server.options(gzip=False)

    assert school(server, accept_encoding="gzip").json["data"]["id"] == "S1"
