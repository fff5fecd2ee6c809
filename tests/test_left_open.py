"""What looks for things left open finds each kind of them, and says in which module."""

import re
import subprocess
import sys
from pathlib import Path

from . import left_open

KINDS = {
    "connection": 'sqlite3.connect(":memory:")',
    "engine": 'asked(create_engine("sqlite://", poolclass=StaticPool))',
    "file": "open(__file__)",
    "socket": "socket.create_server(('127.0.0.1', 0))",
    "loop": "asyncio.new_event_loop()",
    "client": "got(httpx.Client(transport=httpx.MockTransport(answer)))",
}
"""For each kind of module, what opens one."""
MODULE = """
import asyncio, socket, sqlite3
import httpx
from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool

def answer(request):
    return httpx.Response(200)

def got(client):
    client.get("http://x")
    return client

def asked(engine):
    engine.connect().close()
    return engine

class Circle:
    def __init__(self, held):
        self.held, self.me = held, self

def test_opens():
    Circle({})

def test_does_not():
    pass
"""


def test_the_module_that_leaves_something_open_fails(tmp_path):
    """Each module fails that leaves one open in a circle, at its end, and no other."""
    for name, opening in KINDS.items():
        path = tmp_path / f"test_{name}.py"
        path.write_text(MODULE.replace("{}", opening))
    (tmp_path / "test_nothing.py").write_text(MODULE.replace("{}", "None"))

    ran = subprocess.run(  # noqa: S603 - this interpreter, and texts of ours
        [
            *(sys.executable, "-m", "pytest", "-c", "/dev/null", "--rootdir", tmp_path),
            *("-p", "left_open", "-p", "no:cacheprovider", "-W", "error", tmp_path),
        ],
        env={"PYTHONPATH": str(Path(left_open.__file__).parent)},
        capture_output=True,
        text=True,
        check=False,
    )

    found = re.findall(r"^ERROR \S*\btest_(\w+)\.py::test_does_not", ran.stdout, re.M)
    assert sorted(found) == sorted(KINDS), ran.stdout
    assert " 6 errors in " in ran.stdout
