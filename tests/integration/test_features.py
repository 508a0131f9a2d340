"""Features of `docs/features.md` on a real terminal of each size, in the demo, as somebody would try them."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.dashboard import SIZES
from tests.terminal import Terminal, terminal

ESC = "\x1b"
TO_DEFAULT = f"/openclaw:default\r{ESC}"
ON_RESCUE = "\x1b[<0;10;9M\x1b[<0;10;9m"  # a click on its row
TRIED = (
    ("config file", ",", "Where they are kept", ESC),
    ("mouse", ON_RESCUE, "\n openclaw:rescue", TO_DEFAULT),
    ("details of a conflict", "2\r", "grade  ", f"{ESC}1"),
    ("help, keymap", "?", "In the settings: filter", ESC),
    ("filter", "/resc\r", "1 of 8 instances, esc clears", f"{ESC}{TO_DEFAULT}"),
    ("filter by state", "f", "Show only", ESC),
    ("themes", "T", "catppuccin-latte", ESC),
    ("palette", ":copy", "Copy its id, port, pid", ESC),
    ("copy", "y", "Control UI address", ESC),
    ("confirm, with the command that will be run", "X", "$ kill -TERM", ESC),
    ("sort", "S", "Instance↓", "S"),
    ("graphs", "]]", "CPU ", "[["),
    ("bulk", "a", "✓ ○ stopped", ESC),
    ("log wrap, search and follow", "lw/ready\r", "1 of 1  following", f"{ESC}w1"),
    ("event history", "4", "[4 Events]", "1"),
    ("who has a port", "2m/PORT\r", "Who has PORT?", f"{ESC}m1"),
)
"""What is tried, the keys that reach it, what the screen shows then, and the keys that lead back."""
RUNNING = ("openclaw:default", "openclaw:dev", "clawdbot:cb")
"""What a start of is told in a toast that stays for seconds; one for each size, because it lies over other things."""
STARTED = (("U", "● started"), ("h", "launched pid"))
STOPPED = (("X", "$ kill -TERM"), ("y", "○ stopped"), ("h", "$ kill -TERM"))
OPERATED = (
    ("● running          openclaw:rescue", STARTED),
    ("○ stopped          openclaw:rescue", STOPPED),
    ("● running          openclaw:rescue", STARTED),
)
"""The row that is operated, and the keys that do it and show what was run, with what is seen of each."""
ROWS = 8
WORDS_OF_COUNTS = {80: "◐1", 120: "◐ 1 degraded", 160: "◐ 1 degraded"}


@pytest.fixture
def screen(tmp_path: Path) -> Iterator[Terminal]:
    (tmp_path / "tmp").mkdir()
    own = {"HOME": str(tmp_path), "TMPDIR": str(tmp_path / "tmp"), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
    with terminal(own, "demo", columns=SIZES[0][0], lines=SIZES[0][1]) as opened:
        opened.wait_for(lambda text: "openclaw:rescue" in text and "◐1" in text)
        yield opened
        opened.type(f"{ESC}{ESC}q")
        assert opened.read_to_end() == 0


@pytest.mark.slow
def test_features_are_reached_by_their_keys_in_every_size(screen: Terminal) -> None:
    found = re.search(r"openclaw:default +(\d+)", screen.text)
    assert found is not None
    for columns, lines in SIZES:
        screen.resize(columns, lines)
        until_shown(screen, WORDS_OF_COUNTS[columns])
        screen.type(TO_DEFAULT)
        screen.wait_for(is_as_before)
        for _, keys, wanted, back in TRIED:
            screen.type(keys.replace("PORT", found[1]))
            until_shown(screen, wanted.replace("PORT", found[1]))
            screen.type(back)
            screen.wait_for(is_as_before)
    for (columns, lines), name in zip(SIZES, RUNNING, strict=True):
        screen.resize(columns, lines)
        screen.type(f"/{name}\r{ESC}U")
        until_shown(screen, f"{name} runs already")
    screen.type(f"/openclaw:rescue\r{ESC}")
    until_shown(screen, "\n openclaw:rescue")
    for (columns, lines), (row, steps) in zip(SIZES, OPERATED, strict=True):
        screen.resize(columns, lines)
        for key, wanted in steps:
            screen.type(key)
            until_shown(screen, wanted)
        screen.type(ESC)
        until_closed(screen, row)


@pytest.mark.parametrize("size", SIZES)
def test_a_host_without_gateways_says_what_to_do_also_to_who_may_only_look(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    own = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
    with terminal(own, "--read-only", columns=size[0], lines=size[1]) as opened:
        opened.wait_for(lambda text: "read-only" in text and "No gateway" in text)
        opened.type("n")
        opened.wait_for(lambda text: "read-only" in text.replace("read-only", "", 1))
        opened.type("q")
        assert opened.read_to_end() == 0


def until_closed(screen: Terminal, row: str) -> None:
    screen.wait_for(lambda text: "Operations" not in text and row in text)


def until_shown(screen: Terminal, wanted: str) -> None:
    screen.wait_for(lambda text: wanted in text)


def is_as_before(text: str) -> bool:
    """Whether all rows of the table are seen in their usual order, and the overview of the one under the cursor."""
    rows = [row for row in text.splitlines() if re.match(r"[▌ ] {1,2}[●◐○!] \w+ .*:", row)]
    there = all(part in text for part in ("[1 Instances]", "Instance↑", "┤Overview├", "\n openclaw:default"))
    return len(rows) == ROWS and there and not any(part in text for part in ("╭", "▔", "esc Clear"))
