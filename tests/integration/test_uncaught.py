"""What the program says when it cannot go on: a plain line, on a terminal that is as it was before."""

from __future__ import annotations

import os
import signal
import subprocess
import textwrap
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.canaries import CANARY
from tests.terminal import CLAW_TUI, DEADLINE_S, Terminal, terminal

BROKEN_SCREEN = """
    from claw_tui.shell.splash import StartScreen

    def compose(self):
        token = bytes.fromhex(HEX).decode()
        raise RuntimeError("no screen: token=" + token)

    StartScreen.compose = compose
    """
BROKEN_KEY = """
    from claw_tui.app import ClawTui

    def action_help(self):
        token = bytes.fromhex(HEX).decode()
        return {}[token == "", "token", token]

    ClawTui.action_help = action_help
    """
BROKEN_WORKER = """
    from claw_tui.shell.background import Background

    async def fail():
        token = bytes.fromhex(HEX).decode()
        raise ExceptionGroup(f"token: {token}", [ValueError(token)])

    Background.run = lambda self, *_, **__: self._app.run_worker(fail)
    """
BROKEN_TERMINAL = """
    from textual.drivers.linux_driver import LinuxDriver

    def start(self):
        token = bytes.fromhex(HEX).decode()
        raise OSError(5, "Input/output error", token * 0)

    LinuxDriver.start_application_mode = start
    """
BROKEN_KEYBOARD = """
    from claw_tui.shell.terminal_driver import TerminalDriver

    def read(self):
        token = bytes.fromhex(HEX).decode()
        raise OSError(5, "Input/output error")

    TerminalDriver.run_input_thread = read
    """


ERROR_IN_THREAD = """
    import threading
    from claw_tui.app import ClawTui

    def fail():
        token = bytes.fromhex(HEX).decode()
        raise ValueError("no thread: token=" + token)

    ClawTui.action_help = lambda self: threading.Thread(target=fail).start()
    """
ERROR_IN_TASK = """
    import asyncio, gc
    from claw_tui.app import ClawTui

    async def fail():
        token = bytes.fromhex(HEX).decode()
        raise ValueError("no thread: token=" + token)

    def begin(self):
        loop = asyncio.get_running_loop()
        loop.create_task(fail()).add_done_callback(lambda _: loop.call_later(0.1, gc.collect))

    ClawTui.action_help = begin
    """
TWO_ERRORS_TWICE = """
    import threading
    from claw_tui.app import ClawTui

    def fail(what):
        token = bytes.fromhex(HEX).decode()
        if what == "first":
            raise ValueError("the first: token=" + token)
        raise ValueError("the second: token=" + token)

    def begin(self):
        for what in ("first", "second"):
            threading.Thread(target=fail, args=(what,)).start()

    ClawTui.action_help = begin
    """


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "tmp").mkdir()
    return {"HOME": str(tmp_path), "TMPDIR": str(tmp_path / "tmp"), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}


def spoiled(environment: Mapping[str, str], how: str) -> dict[str, str]:
    """That environment, where Python runs a program of ours before claw-tui."""
    program = textwrap.dedent(how).replace("HEX", repr(CANARY.encode().hex()))
    Path(environment["HOME"], "sitecustomize.py").write_text(program)
    return {**environment, "PYTHONPATH": environment["HOME"]}


@contextmanager
def broken(environment: Mapping[str, str], how: str) -> Iterator[Terminal]:
    with terminal(spoiled(environment, how), columns=250) as screen:
        before = screen.settings
        if how is BROKEN_KEY:
            screen.wait_for(lambda text: "Quit" in text or "quit" in text)
            screen.type("?")
        code = screen.read_to_end()
        assert code == 1, screen.text
        assert screen.settings == before, "keys are echoed as before"
        assert CANARY.encode() not in screen.raw
        yield screen


@pytest.mark.parametrize("how", [BROKEN_SCREEN, BROKEN_KEY, BROKEN_WORKER, BROKEN_TERMINAL, BROKEN_KEYBOARD])
def test_a_dashboard_that_cannot_go_on_says_so_in_one_line(environment: dict[str, str], how: str) -> None:
    with broken(environment, how) as screen:
        after = screen.raw.rpartition(b"\x1b[?1049l")[2]
        assert after.count(b"claw-tui: the dashboard stopped on an error of its own: ") == 1
        assert after.count(b"\n") == 2, "and one that says what to do"
        assert b"Traceback" not in screen.raw
        assert b"CLAW_TUI_DEBUG=1" in after


@pytest.mark.parametrize("how", [ERROR_IN_THREAD, ERROR_IN_TASK], ids=["thread", "task"])
def test_an_error_that_nothing_waits_for_is_shown_by_the_dashboard(environment: dict[str, str], how: str) -> None:
    with terminal(spoiled(environment, how), columns=250) as screen:
        screen.wait_for(lambda text: "Quit" in text or "quit" in text)
        screen.type("?")
        screen.wait_for(lambda text: "p Problems" in text and "ValueError" in text)
        screen.type("p")
        screen.wait_for(lambda text: "ValueError: no thread: token=[redacted]" in text)
        assert CANARY.encode() not in screen.raw


def test_errors_of_one_kind_are_told_apart_and_traced_when_the_dashboard_has_ended(environment: dict[str, str]) -> None:
    with terminal(spoiled({**environment, "CLAW_TUI_DEBUG": "1"}, TWO_ERRORS_TWICE), columns=250) as screen:
        screen.wait_for(lambda text: "Quit" in text or "quit" in text)
        screen.type("??")
        screen.wait_for(lambda text: "p Problems" in text)
        screen.type("p")
        screen.wait_for(lambda text: all(f"ValueError: the {which}: token" in text for which in ("first", "second")))
        screen.type("\x1b")
        screen.wait_for(lambda text: "ValueError: the first: token" not in text)
        screen.type("q")
        assert screen.read_to_end() == 0
        shown, _, after = screen.raw.rpartition(b"\x1b[?1049l")
        assert b"Traceback" not in shown
        assert after.count(b"Traceback (most recent call last):") == 2
        for which in ("first", "second"):
            assert f'raise ValueError("the {which}: token=" + token)'.encode() in after
            assert f"ValueError: the {which}: token=[redacted]".encode() in after
        assert CANARY.encode() not in screen.raw


def test_where_it_stopped_is_shown_to_who_asks_for_it(environment: dict[str, str]) -> None:
    with broken({**environment, "CLAW_TUI_DEBUG": "1"}, BROKEN_SCREEN) as screen:
        assert "Traceback" in screen.text
        assert 'raise RuntimeError("no screen: token=" + token)' in screen.text
        assert "no screen: token=[redacted]" in screen.text
        assert "locals" not in screen.text


@pytest.mark.parametrize(
    "setting",
    [
        {"LANG": "C", "LC_ALL": "C"},
        {"LC_ALL": "POSIX", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
        {"PYTHONIOENCODING": "ascii:strict"},
        {"LANG": "xx_YY.nonsense", "LC_ALL": "xx_YY.nonsense"},
        {"TERM": ""},
        {"TERM": "nonsense"},
        {"COLUMNS": "-1", "LINES": "nonsense"},
        {"PYTHONWARNINGS": "error"},
    ],
)
def test_a_strange_environment_ends_neither_dashboard_nor_command(
    environment: dict[str, str], setting: dict[str, str]
) -> None:
    with terminal({**environment, **setting}, "ls") as listing:
        assert listing.read_to_end() == 0
        assert b"Traceback" not in listing.raw
    with terminal({**environment, **setting}) as dashboard:
        dashboard.wait_for(lambda text: "Quit" in text or "quit" in text)
        dashboard.type("q")
        assert dashboard.read_to_end() == 0
        assert b"Traceback" not in dashboard.raw


ALL_CLOSED = "<&- >&- 2>&-"


@pytest.mark.parametrize(
    ("command", "closed"),
    [
        *((command, ALL_CLOSED) for command in ("", "ls", "ls --json", "events", "--help", "show nobody")),
        *(("ls", closed) for closed in ("<&-", ">&-", "2>&-", "<&- 2>&-")),
        ("ls --json", "2>&-"),
        ("", "<&-"),
    ],
)
def test_closed_streams_change_no_exit_code(environment: dict[str, str], command: str, closed: str) -> None:
    done = subprocess.run(
        ("sh", "-c", f"exec {CLAW_TUI} {command} {closed}"),
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
    )
    assert done.returncode == (2 if "nobody" in command else 0), done.stderr
    assert "error of its own" not in done.stderr


@pytest.mark.parametrize("command", ["--help", "--version", "ls --help", "nonsense"])
def test_a_reader_of_help_may_leave(environment: dict[str, str], command: str) -> None:
    program = subprocess.Popen(
        (CLAW_TUI, *command.split()), env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert program.stdout is not None
    assert program.stderr is not None
    program.stdout.close()
    with program.stderr:
        errors = program.stderr.read()
    assert program.wait(timeout=DEADLINE_S) == (2 if command == "nonsense" else 141)
    assert "Error" not in errors
    assert "Traceback" not in errors


FAILURES = {
    "RecursionError": "def deeper(): return 1 + deeper()\ndef fail(*_, **__): return deeper()",
    "MemoryError": "def fail(*_, **__): return bytearray(2**62)",
    "ExceptionGroup": "def fail(*_, **__): raise ExceptionGroup('several', [ValueError('1'), OSError('2')])",
    "AssertionError": "def fail(*_, **__): raise AssertionError",
}


@pytest.mark.parametrize(
    ("command", "kind"),
    [
        *(("ls", kind) for kind in FAILURES),
        *((each, "ExceptionGroup") for each in ("check", "free-port", "audit", "events", "report -o -", "stop a")),
        *((each, "RecursionError") for each in ("logs a", "stop a")),
    ],
)
def test_a_command_that_fails_says_so_in_one_line(environment: dict[str, str], command: str, kind: str) -> None:
    how = f"{FAILURES[kind]}\nimport gateway_core.discovery.instances as place, gateway_core.events.store as store\n"
    how += "place.InstanceFinder.look_at_files = fail\nstore.EventStore.__init__ = fail\n"
    done = subprocess.run(
        (CLAW_TUI, *command.split()),
        env=spoiled(environment, how),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
    )
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith(f"claw-tui: stopped on an error of its own: {kind}"), done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_no_signal_brings_a_traceback(environment: dict[str, str], number: signal.Signals) -> None:
    """Whatever it is doing, from its first moment on."""
    how = f"""
        import atexit, os, sys
        from claw_tui.cli import main
        main.cli.main = lambda *_, **__: os.kill(os.getpid(), {int(number)}) or input()
        """
    read, write = os.pipe()
    done = subprocess.run(
        (CLAW_TUI, "ls"), env=spoiled(environment, how), stdin=read, capture_output=True, text=True, timeout=DEADLINE_S
    )
    os.close(read)
    os.close(write)
    assert done.returncode == (130 if number == signal.SIGINT else -number)
    assert (done.stdout, done.stderr) == ("", "")
