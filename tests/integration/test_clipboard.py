"""What becomes of a text that is copied, with programs that stand in for those of a desktop."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import time
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from claw_tui.app import ClawTui
from claw_tui.shell import clipboard, copying
from claw_tui.shell.clipboard import copy_text
from claw_tui.shell.copying import Copied, bring, why_shown
from claw_tui.shell.input_queue import HANDLING_S
from claw_tui.shell.shown_text import ShownText
from tests.dashboard import BARE_HOST, DashboardPilot, piloted, screen_text
from tests.operated_dashboard import toasts
from tests.until import eventually

WAYLAND = {"WAYLAND_DISPLAY": "wayland-0"}
TERMINALS = {"kitty": "xterm-kitty", "some": "xterm-256color", "console": "linux"}


class Desktop:
    """Programs on a PATH of their own, and what they were given."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def install(self, name: str, script: str = 'cat > "$0.got"; echo "$#:$*" > "$0.called"') -> None:
        program = self.folder / name
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)

    def got(self, name: str) -> str:
        return (self.folder / f"{name}.got").read_text()

    def environment(self, **more: str) -> dict[str, str]:
        return {"PATH": f"{self.folder}:/usr/bin:/bin", **more}


@pytest.fixture
def desktop(tmp_path: Path) -> Desktop:
    folder = tmp_path / "bin"
    folder.mkdir()
    return Desktop(folder)


async def brought(text: str, environment: dict[str, str]) -> tuple[Copied, list[bytes]]:
    sent: list[bytes] = []
    return await bring(text, environment, sent.append), sent


@pytest.mark.parametrize(
    ("program", "environment", "called"),
    [
        ("pbcopy", {}, "0:"),
        ("clip.exe", {}, "0:"),
        ("wl-copy", WAYLAND, "0:"),
        ("xclip", {"DISPLAY": ":0"}, "3:-selection clipboard -in"),
        ("xsel", {"DISPLAY": ":0"}, "2:--clipboard --input"),
    ],
)
async def test_a_program_gets_the_text_as_its_input_and_never_as_an_argument(
    desktop: Desktop, program: str, environment: dict[str, str], called: str
) -> None:
    desktop.install(program)
    copied, sent = await brought("secret\n$(it)", desktop.environment(**environment))
    assert desktop.got(program) == "secret\n$(it)"
    assert (desktop.folder / f"{program}.called").read_text() == f"{called}\n"
    assert [program in place for place in copied.places] == [True]
    assert (copied.is_certain, sent) == (True, [])


async def test_a_text_of_megabytes_arrives_whole(desktop: Desktop) -> None:
    desktop.install("wl-copy")
    text = "line of a log\n" * 300_000
    await brought(text, desktop.environment(**WAYLAND))
    assert desktop.got("wl-copy") == text


async def test_what_serves_the_clipboard_from_then_on_keeps_nobody_waiting(desktop: Desktop) -> None:
    desktop.install("wl-copy", 'cat > "$0.got"; sleep 20 & echo $! > "$0.pid"')
    began = time.monotonic()
    copied, _ = await brought("x", desktop.environment(**WAYLAND))
    try:
        assert copied.is_certain
        assert time.monotonic() - began < 10
    finally:
        os.kill(int((desktop.folder / "wl-copy.pid").read_text()), signal.SIGKILL)


async def test_what_fails_is_told_and_the_next_one_asked(desktop: Desktop) -> None:
    desktop.install("wl-copy", "cat > /dev/null; echo 'no compositor' >&2; exit 1")
    desktop.install("xclip")
    copied, sent = await brought("x", desktop.environment(DISPLAY=":0", **WAYLAND))
    assert desktop.got("xclip") == "x"
    assert (copied.is_certain, sent) == (True, [])
    copied, sent = await brought("x", desktop.environment(TERM="linux", **WAYLAND))
    assert copied.failures == ("wl-copy: no compositor",)
    assert (copied.is_lost, sent) == (True, [b"x"])


async def test_what_hangs_is_given_up(desktop: Desktop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copying, "PATIENCE_S", 0.2)
    desktop.install("wl-copy", 'echo $$ > "$0.pid"; sleep 60')
    desktop.install("xsel", "exit 0")  # reads nothing of a text that no pipe holds
    copied, _ = await brought("x" * 1_000_000, desktop.environment(DISPLAY=":0", **WAYLAND))
    assert ["xsel" in place for place in copied.places] == [True]
    pid = (desktop.folder / "wl-copy.pid").read_text().strip()
    assert not Path(f"/proc/{pid}/cmdline").exists()


async def test_however_many_hang_the_answer_comes_while_keys_wait_for_it(
    desktop: Desktop, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert copying.PATIENCE_S + copying._LAST_BEGUN_S < HANDLING_S
    monkeypatch.setattr(copying, "PATIENCE_S", 0.2)
    monkeypatch.setattr(copying, "_LAST_BEGUN_S", 0.25)
    for name in ("tmux", "wl-copy", "xclip", "xsel"):
        desktop.install(name, 'echo >> "$0.ran"; exec sleep 60')
    environment = desktop.environment(DISPLAY=":0", TMUX="x", **WAYLAND)
    copied, _ = await brought("x", environment)
    assert {failure.partition(":")[0] for failure in copied.failures} >= {"tmux", "wl-copy"}
    assert not (desktop.folder / "xsel.ran").exists()
    assert "installed" not in why_shown(copied, environment), "it is, and failed"


def test_where_a_program_is_missing_it_is_named() -> None:
    assert "xclip installed" in why_shown(Copied((), ()), {"DISPLAY": ":0"})


async def test_what_cannot_be_run_is_told(desktop: Desktop) -> None:
    (desktop.folder / "wl-copy").write_text("#!/nowhere/at/all\n")
    (desktop.folder / "wl-copy").chmod(0o755)
    copied, _ = await brought("x", desktop.environment(**WAYLAND))
    assert copied.failures == ("wl-copy: No such file or directory",)


async def test_a_path_that_is_no_text_keeps_its_bytes(desktop: Desktop) -> None:
    path = os.fsdecode(b"/home/\xff")
    assert (await brought(path, desktop.environment(TERM="xterm-kitty")))[1] == [b"/home/\xff"]
    desktop.install("wl-copy")
    await brought(path, desktop.environment(**WAYLAND))
    assert (desktop.folder / "wl-copy.got").read_bytes() == b"/home/\xff"


async def test_what_fails_without_a_word_is_told_by_its_exit_code(desktop: Desktop) -> None:
    desktop.install("wl-copy", "cat > /dev/null; echo; exit 3")
    copied, _ = await brought("x", desktop.environment(**WAYLAND))
    assert copied.failures == ("wl-copy: exit code 3",)


async def test_a_terminal_that_cannot_be_written_to_is_told() -> None:
    def fail(_: bytes) -> None:
        raise OSError(errno.EIO, "Input/output error")

    copied = await bring("x", {"TERM": "xterm-kitty", "PATH": ""}, fail)
    assert copied.is_lost
    assert "Input/output error" in copied.failures[0]


# --- what the dashboard says ------------------------------------------------------------------------------------


@asynccontextmanager
async def copying_dashboard(environment: dict[str, str]) -> AsyncIterator[tuple[ClawTui, DashboardPilot]]:
    app = ClawTui(BARE_HOST, environment=environment)
    async with piloted(app, (80, 24)) as pilot:
        yield app, pilot


async def test_the_toast_says_where_the_text_is(desktop: Desktop) -> None:
    desktop.install("wl-copy")
    async with copying_dashboard(desktop.environment(**WAYLAND)) as (app, pilot):
        copy_text(app, "18789", "port")
        copy_text(app, "one\ntwo", "commands")
        await eventually(pilot, lambda: len(toasts(app)) == 2)
        first, second = toasts(app)
        assert first[:2] == ("Copied the port", "18789\nIt is in the clipboard, by wl-copy.")
        assert second[:2] == ("Copied the commands", "one … (2 lines)\nIt is in the clipboard, by wl-copy.")
        assert desktop.got("wl-copy") == "one\ntwo"
        assert app.clipboard == "one\ntwo"


async def test_a_terminal_that_is_known_to_take_it_is_named() -> None:
    async with copying_dashboard({"TERM": "xterm-kitty"}) as (app, pilot):
        copy_text(app, "18789", "port")
        await eventually(pilot, lambda: toasts(app))
        assert toasts(app)[0][:2] == ("Copied the port", "18789\nIt is in the clipboard of kitty (OSC 52).")


async def test_a_terminal_that_does_not_answer_gets_no_promise_and_once_more_shows_the_text() -> None:
    async with copying_dashboard({"TERM": "xterm-256color"}) as (app, pilot):
        copy_text(app, "18789", "port")
        await eventually(pilot, lambda: toasts(app))
        ((title, message, _),) = toasts(app)
        assert title == "Sent the port to the terminal"
        assert "does not say whether" in message
        copy_text(app, "18789", "port")
        await eventually(pilot, lambda: "To be selected: the port" in screen_text(app))
        assert "\n18789 " in screen_text(app)


async def test_where_nothing_took_it_the_whole_text_is_shown_and_why(desktop: Desktop) -> None:
    desktop.install("wl-copy", "echo 'no \x1b[31mcompositor' >&2; exit 1")
    text = "\n".join(f"{number} {'word ' * 30}" for number in range(40))
    async with copying_dashboard(desktop.environment(TERM="linux", **WAYLAND)) as (app, pilot):
        copy_text(app, text, "log")
        await eventually(pilot, lambda: "0 word" in screen_text(app))
        lines = screen_text(app).splitlines()
        shown = "\n".join(lines)
        assert "To be selected: the log" in shown
        assert "no \\x1b[31mcompositor" in shown
        assert "The Linux console takes no text" in shown
        assert any(line.startswith("0 word word") for line in lines)
        assert toasts(app) == []
        await pilot.press("end")
        await eventually(pilot, lambda: any(line.startswith("39 word") for line in screen_text(app).splitlines()))
        await pilot.press("escape")
        assert not isinstance(app.screen, ShownText)


async def test_while_a_text_is_shown_the_mouse_is_the_terminals(monkeypatch: pytest.MonkeyPatch) -> None:
    async with copying_dashboard({"TERM": "linux"}) as (app, pilot):
        written: list[str] = []
        driver = app._driver
        assert driver is not None
        monkeypatch.setattr(type(driver), "is_headless", False)
        monkeypatch.setattr(driver, "write", written.append)
        copy_text(app, "18789", "port")
        await eventually(pilot, lambda: "\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l" in written)
        assert isinstance(app.screen, ShownText)
        assert not any("1000h" in one for one in written)
        await pilot.press("escape")
        await eventually(pilot, lambda: "\x1b[?1000h\x1b[?1003h\x1b[?1015h\x1b[?1006h" in written)


async def test_what_textual_copies_by_itself_goes_the_same_way(desktop: Desktop) -> None:
    desktop.install("pbcopy")
    async with copying_dashboard(desktop.environment()) as (app, pilot):
        app.copy_to_clipboard("selected")
        await eventually(pilot, lambda: toasts(app))
        assert toasts(app)[0][0] == "Copied the text"
        assert desktop.got("pbcopy") == "selected"


async def test_leaving_ends_every_program_that_hangs(desktop: Desktop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clipboard, "LAST_COPY_S", 0.2)
    monkeypatch.setattr(copying, "PATIENCE_S", 60)
    desktop.install("pbcopy", 'echo $$ >> "$0.pids"; exec sleep 60')
    async with copying_dashboard(desktop.environment()) as (app, pilot):
        for text in ("one", "two"):
            copy_text(app, text, "text")
        await eventually(pilot, (desktop.folder / "pbcopy.pids").exists)
        app.exit("quit")
    left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    assert [task for task in left if "Clipboard" in str(task.get_coro())] == []
    pids = (desktop.folder / "pbcopy.pids").read_text().split()
    assert [pid for pid in pids if Path(f"/proc/{pid}/cmdline").exists()] == []


async def test_a_path_that_is_no_text_is_copied_by_the_dashboard_too(monkeypatch: pytest.MonkeyPatch) -> None:
    async with copying_dashboard({"TERM": "xterm-kitty"}) as (app, pilot):
        written: list[str] = []
        assert app._driver is not None
        monkeypatch.setattr(app._driver, "write", written.append)
        copy_text(app, os.fsdecode(b"/home/\xff"), "path")
        await eventually(pilot, lambda: toasts(app))
        assert toasts(app)[0][1].startswith("/home/\\udcff\n")
        sent = b64encode(b"/home/\xff").decode()
        assert f"\x1b]52;c;{sent}\a" in written


async def test_leaving_right_behind_a_copy_does_not_lose_it(desktop: Desktop) -> None:
    desktop.install("pbcopy", 'sleep 0.3; cat > "$0.got"')
    async with copying_dashboard(desktop.environment()) as (app, _):
        copy_text(app, "kept", "text")
        app.exit("quit")
    assert desktop.got("pbcopy") == "kept"


async def test_without_a_terminal_no_clipboard_of_this_machine_is_touched(
    desktop: Desktop, monkeypatch: pytest.MonkeyPatch
) -> None:
    desktop.install("pbcopy")
    monkeypatch.setenv("PATH", str(desktop.folder))
    async with piloted(ClawTui(BARE_HOST), (80, 24)) as pilot:
        copy_text(pilot.app, "x", "text")
        await eventually(pilot, lambda: pilot.app.clipboard == "x")
    assert [path.name for path in desktop.folder.iterdir()] == ["pbcopy"]


async def test_a_tmux_that_is_gone_is_told(desktop: Desktop, tmp_path: Path) -> None:
    desktop.install("tmux", "echo 'no server running' >&2; exit 1")
    copied, _ = await brought("x", desktop.environment(TMUX=f"{tmp_path}/none,1,0"))
    assert copied.failures == ("tmux: no server running",)
    assert copied.is_lost
