"""The command as a program: its exit codes, its streams, its size."""

import io
import json
import os
import runpy
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from click.testing import CliRunner

from scopegate.cli.commands import scopegate
from scopegate.samples import sample_school

STUDENTS = sample_school() / "student.jsonl"
PLAIN = {k: v for k, v in os.environ.items() if k not in {"FORCE_COLOR", "NO_COLOR"}}


def start(*arguments, stdin=subprocess.DEVNULL, **environment):
    """Start Python with *arguments* as a program of its own."""
    return subprocess.Popen(  # noqa: S603 - all arguments are made here
        [sys.executable, *map(str, arguments)],
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=PLAIN | environment,
    )


def program(*arguments, **environment):
    """Run the command as a program; return its exit code, stdout and stderr."""
    running = start("-m", "scopegate", *arguments, **environment)
    told = running.communicate()
    return running.returncode, *told


@pytest.fixture
def options(run, tmp_path):
    """Return the options that filter pupils by the grant of the demo."""
    run("demo", "--export", tmp_path)
    grant = tmp_path / "grant.json"
    return ["--catalogue", "assembly", "--grant", grant, "--resource", "student"]


def test_version_is_that_of_the_package(run):
    """`--version` tells the version that is installed."""
    result = run("--version")

    assert result.stdout.split()[-1] == version("scopegate")


def test_help_documents_the_exit_codes(run):
    """`--help` names the exit codes from 0 to 3."""
    result = run("--help")

    last = result.stdout.splitlines()[-4:]
    assert [line.split()[0] for line in last] == ["0", "1", "2", "3"]


@pytest.mark.parametrize("arguments", [["filtre"], ["filter"], ["catalogue", "x"]])
def test_wrong_usage_ends_with_2_and_the_usage(run, arguments):
    """What is not a command ends with 2 and how it is used."""
    result = run(*arguments)

    assert (result.exit_code, result.stdout, result.stderr[:6]) == (2, "", "Usage:")


def test_piped_output_is_plain_text():
    """Where stdout is not a terminal there is no escape sequence in it."""
    code, told, _ = program("demo", COLUMNS="80", TERM="xterm-256color")

    assert (code, b"\x1b" in told) == (0, False)


def test_output_that_is_not_unicode_gets_escapes():
    """Where stdout cannot hold a character it is written as an escape."""
    code, _, complaint = program("demo", PYTHONIOENCODING="ascii", COLUMNS="80")

    assert (code, complaint) == (0, b"")


@pytest.mark.parametrize(
    ("environment", "is_coloured"),
    [
        ({"FORCE_COLOR": "1", "NO_COLOR": None}, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ],
)
def test_no_color_is_honoured(environment, is_coloured):
    """With NO_COLOR set there is no colour even where colour is forced."""
    command = ["catalogue", "show", "wonde"]
    environment |= {"TERM": "xterm-256color"}

    result = CliRunner().invoke(scopegate, command, env=environment, color=True)

    assert any(f"\x1b[3{n}m" in result.stdout for n in range(8)) is is_coloured


def test_pipe_of_two_runs_ends_as_one_run_does(run, options):
    """What was filtered is not changed by being filtered again down the pipe."""
    command = ["-m", "scopegate", "filter", *options]
    alone = run("filter", *options, STUDENTS).stdout_bytes
    first = start(*command, STUDENTS)

    twice, _ = start(*command, stdin=first.stdout).communicate()

    first.stdout.close()
    first.communicate()
    assert twice == alone


@pytest.mark.parametrize("command", ["filter", "show"])
def test_reader_that_stops_early_is_no_error(command, options, tmp_path):
    """A pipe that is closed before the end ends the command quietly."""
    source = tmp_path / "many.jsonl"
    source.write_bytes(STUDENTS.read_bytes() * 10)
    arguments = {
        "filter": ["filter", *options, source],
        "show": ["catalogue", "show", "assembly"],
    }
    running = start("-m", "scopegate", *arguments[command])
    running.stdout.close()

    told = running.stderr.read()

    running.stderr.close()
    assert (running.wait(), told) == (0, b"")


def test_closed_pipe_is_told_apart_from_other_errors(monkeypatch):
    """In this process too, a stdout that no one reads ends with 0."""
    far, near = os.pipe()
    os.close(far)
    with os.fdopen(near, "w") as stream:
        monkeypatch.setattr(sys, "stdout", stream)

        code = scopegate.main(["catalogue", "list"], standalone_mode=False)

        monkeypatch.undo()
    assert code == 0


def test_stdout_may_be_any_object_that_writes(monkeypatch):
    """A stdout that cannot change how it encodes is written to as it is."""
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stdout", stream)

    scopegate.main(["catalogue", "list"], standalone_mode=False)

    assert "assembly" in stream.getvalue()


@pytest.fixture
def terminal(monkeypatch):
    """Return a function that makes streams a terminal, and one that reads it."""
    if sys.platform != "linux":
        pytest.skip("needs a pseudo-terminal")
    near, far = os.openpty()
    stream = os.fdopen(far, "w")

    def use(*names):
        for name in names:
            monkeypatch.setattr(sys, name, stream)
        monkeypatch.setenv("TERM", "xterm-256color")

    def some():
        try:
            return os.read(near, 4_096)
        except OSError:  # the far end is closed and everything was read
            return b""

    def shown():
        monkeypatch.undo()
        stream.close()
        return b"".join(iter(some, b"")).decode()

    yield use, shown
    stream.close()
    os.close(near)


@pytest.fixture
def three(tmp_path):
    """Return a file of three pupils."""
    path = tmp_path / "three.jsonl"
    path.write_bytes(b"".join(STUDENTS.read_bytes().splitlines(keepends=True)[:3]))
    return path


def test_bar_shows_how_much_is_read(terminal, options, three, tmp_path):
    """From a file to a file, a terminal is shown a bar and then the summary."""
    use, shown = terminal
    use("stderr")
    arguments = ["filter", *map(str, [*options, three, tmp_path / "out.jsonl"])]

    scopegate.main(arguments, standalone_mode=False)

    told = shown()
    assert ("Filtering" in told, "3 read; 3 released" in told) == (True, True)


def test_no_bar_runs_through_data_on_the_same_terminal(terminal, options, three):
    """Where the data itself goes to the terminal there is no bar."""
    use, shown = terminal
    use("stderr", "stdout")

    scopegate.main(["filter", *map(str, [*options, three])], standalone_mode=False)

    assert "Filtering" not in shown()


@pytest.mark.slow
def test_memory_does_not_grow_with_the_input(options, tmp_path):
    """Filtering 20 MB takes hardly more memory than filtering 250 kB."""
    small, large = tmp_path / "small.jsonl", tmp_path / "large.jsonl"
    small.write_bytes(STUDENTS.read_bytes())
    large.write_bytes(STUDENTS.read_bytes() * 90)
    measured = (
        "import resource\n"
        "from scopegate.__main__ import main\n"
        "try:\n"
        "    main()\n"
        "finally:\n"
        "    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)\n"
    )

    def peak(source: Path) -> int:
        arguments = ["filter", *options, source, os.devnull]
        told, _ = start("-c", measured, *arguments).communicate()
        return int(told.split()[-1])

    grown = peak(large) - peak(small)

    assert (large.stat().st_size > 20_000_000, grown < 5_000) == (True, True)


def test_without_the_extra_one_sentence_says_what_to_install():
    """Without rich the command names the extra on stderr, and ends with 2."""
    script = (
        "import sys; sys.modules['rich'] = None\n"
        "from scopegate.__main__ import main\n"
        "sys.exit(main())"
    )
    running = start("-c", script)

    out, told = running.communicate()

    assert (running.returncode, out) == (2, b"")
    assert told.decode().startswith(
        "scopegate: `rich` is not installed; the extra `scopegate[cli]` brings it: run"
        " `pip install 'click"
    )


def test_module_runs_as_the_command(monkeypatch, capsys):
    """`python -m scopegate` is the command."""
    monkeypatch.setattr(sys, "argv", ["scopegate", "catalogue", "list", "--json"])

    with pytest.raises(SystemExit):
        runpy.run_module("scopegate", run_name="__main__")

    assert json.loads(capsys.readouterr().out)[0]["id"] == "assembly"
