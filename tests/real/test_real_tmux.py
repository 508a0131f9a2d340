"""Copying from within a real tmux that has no configuration: the text is really in its buffer."""

import asyncio
import os
import shlex
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from claw_tui.shell.copying import Copied, bring
from tests.real.debian import installed

pytestmark = pytest.mark.real

Tmux = Callable[..., str]


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[Tmux]:
    """Runs a command of a tmux server of its own."""
    program = installed("tmux")
    environment = {name: value for name, value in os.environ.items() if name not in ("TMUX", "TMUX_PANE")}

    def run(*arguments: str) -> str:
        command = [str(program), "-S", str(tmp_path / "socket"), "-f", "/dev/null", *arguments]
        return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=30).stdout

    run("new-session", "-d", "-x", "80", "-y", "24", "sleep 300")
    try:
        yield run
    finally:
        run("kill-server")


async def copied_within(tmux: Tmux, text: str, path: str) -> tuple[Copied, list[bytes]]:
    variable = await asyncio.to_thread(tmux, "display-message", "-p", "#{socket_path},#{pid},0")
    sent: list[bytes] = []
    environment = {"PATH": path, "TMUX": variable.strip(), "TERM": "tmux-256color"}
    return await bring(text, environment, sent.append), sent


async def test_the_text_is_in_its_buffer_and_goes_no_other_way(tmux: Tmux) -> None:
    copied, sent = await copied_within(tmux, "first\n\tsecond", os.environ["PATH"])
    assert await asyncio.to_thread(tmux, "show-buffer") == "first\n\tsecond"
    assert copied.places == ("in tmux's buffer, and in your terminal's clipboard if that takes it from tmux",)
    assert sent == []


async def test_one_that_sends_nothing_on_yet_has_the_text_in_its_buffer(tmux: Tmux, tmp_path: Path) -> None:
    """As before tmux 3.2."""
    older = tmp_path / "bin" / "tmux"
    older.parent.mkdir()
    refusing = '[ "$2" = -w ] && echo "unknown flag -w" >&2 && exit 1'
    older.write_text(f'#!/bin/sh\n{refusing}\nexec {shlex.quote(str(installed("tmux")))} "$@"\n')
    older.chmod(0o755)
    copied, sent = await copied_within(tmux, "x", f"{older.parent}:{os.environ['PATH']}")
    assert await asyncio.to_thread(tmux, "show-buffer") == "x"
    assert copied.places == ("in tmux's buffer",)
    assert sent == []
