"""The dashboard on terminals of few colours or none, as their screens show it."""

import re
from pathlib import Path

import pytest

from tests.terminal import Terminal, terminal

ROW = "openclaw:rescue"
FULL_COLOUR = re.compile(rb"\x1b\[[\d;]*[34]8;2;")
INDEXED = re.compile(rb"\x1b\[[\d;]*[34]8;5;")


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "tmp").mkdir()
    profile = tmp_path / ".openclaw-rescue"
    profile.mkdir()
    (profile / "openclaw.json").write_text('{"gateway": {"mode": "local", "port": 21345}}')
    config = tmp_path / ".config" / "claw-tui"
    config.mkdir(parents=True)
    (config / "settings.toml").write_text('theme = "claw-light"')
    return {"HOME": str(tmp_path), "TMPDIR": str(tmp_path / "tmp"), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}


def only_that_row(screen: Terminal) -> None:
    """Show that row alone, so that the cursor is on it, whatever else runs on the machine."""
    screen.wait_for(lambda text: ROW in text)
    screen.type(f"/{ROW}\r")
    screen.wait_for(lambda text: "1 of " in text and "esc" in text)


def backgrounds(screen: Terminal) -> tuple[str, str]:
    """The colours behind the row under the cursor, and behind the title of the table above it."""
    line = next(number for number, text in enumerate(screen.text.splitlines()) if f" {ROW} " in text)
    column = screen.text.splitlines()[line].index(ROW)
    buffer = screen._screen.buffer
    return buffer[line][column].bg, buffer[line - 1][column].bg


@pytest.mark.parametrize(
    ("variables", "written"),
    [
        ({"TERM": "linux"}, set()),
        ({"TERM": "xterm-256color"}, {INDEXED}),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, {FULL_COLOUR}),
        ({"TERM": "linux", "NO_COLOR": "1"}, set()),
    ],
    ids=lambda value: " ".join(value.values()) if isinstance(value, dict) else "",
)
def test_the_row_under_the_cursor_is_seen_in_the_colours_that_there_are(
    environment: dict[str, str], variables: dict[str, str], written: set[re.Pattern[bytes]]
) -> None:
    with terminal({**environment, **variables}) as screen:
        only_that_row(screen)
        screen.wait_for(lambda _: len(set(backgrounds(screen))) == 2)
        screen.type("q")
        screen.read_to_end()
        assert {pattern for pattern in (FULL_COLOUR, INDEXED) if pattern.search(screen.raw)} == written
