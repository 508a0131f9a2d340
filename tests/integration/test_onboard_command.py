"""What the distribution's `onboard` prints reaches nobody with the token in it, however it is printed."""

from __future__ import annotations

import gc
import os
import signal
import sys
from pathlib import Path

import psutil
import pytest

from gateway_core.lifecycle.invocation import Invocation
from gateway_core.onboarding.onboard import CommandOutcome, run_onboard
from tests.real_processes import has_ended

TOKEN = "".join(f"{number:02x}" for number in range(24))
SHORTEST_PART = 6
"""Nothing that is printed here holds so long a part of the token by chance."""


async def said_by(script: str, deadline_s: float = 20) -> tuple[CommandOutcome, list[str]]:
    """How these lines of Python ended, and what was heard while they ran; `token` and `say` are known to them."""
    begin = f"import sys, time; token = {TOKEN!r}; say = lambda text: print(text, end='', flush=True)\n"
    called = Invocation((sys.executable, "-c", begin + script), dict(os.environ), Path("/"), {})
    heard: list[str] = []

    async def started(_pid: int) -> None:
        pass

    outcome = await run_onboard(called, secret=TOKEN, deadline_s=deadline_s, on_line=heard.append, on_start=started)
    return outcome, heard


def parts_in(text: str) -> list[str]:
    """The parts of the token that are in it."""
    parts = (TOKEN[start : start + SHORTEST_PART] for start in range(len(TOKEN) - SHORTEST_PART + 1))
    return [part for part in parts if part in text]


@pytest.mark.parametrize("before", [1940, 1953, 1976, 1999, 2001, 3976])
async def test_a_token_where_a_long_line_is_cut_is_not_shown_in_halves(before: int) -> None:
    outcome, heard = await said_by(f"say('.' * {before} + token + '.' * 100)")
    assert len("".join(heard)) > before
    assert parts_in(repr((outcome, heard))) == []


WAYS = {
    "in two writes": "say('.' * 2010 + token[:30]); time.sleep(0.3); say(token[30:] + '.' * 90)",
    "in two colours": r"say(token[:20] + '\x1b[1m' + token[20:] + '\n')",
    "as the reason": """say('{"error": {"message": "refused: ' + token + ' is weak"}}')""",
}


@pytest.mark.parametrize("way", WAYS)
async def test_a_token_is_hidden_however_it_is_printed(way: str) -> None:
    outcome, heard = await said_by(WAYS[way])
    assert heard
    assert parts_in(repr((outcome, heard))) == []


async def test_the_reason_is_told_with_the_token_hidden() -> None:
    outcome, _ = await said_by(WAYS["as the reason"])
    assert outcome.stated == "refused: [redacted] is weak"


async def test_a_reason_that_is_nothing_but_a_colour_is_none() -> None:
    outcome, _ = await said_by(r"""say(r'{"message": "\u001b[0m"}'); sys.exit(3)""")
    assert (outcome.status, outcome.stated) == (3, "")


async def test_a_child_that_it_leaves_behind_does_not_make_it_unending() -> None:
    leaves = "import subprocess; print(subprocess.Popen(['sleep', '30']).pid, flush=True)"
    outcome, [pid] = await said_by(leaves, deadline_s=20)
    os.kill(int(pid), signal.SIGKILL)
    assert outcome.status == 0


async def test_nothing_of_it_stays_open_here_while_a_child_that_it_left_behind_lives() -> None:
    gc.collect()  # what earlier tests have left may be closed at any moment
    before = psutil.Process().num_fds()
    outcome, [pid] = await said_by("import subprocess; print(subprocess.Popen(['sleep', '30']).pid, flush=True)")
    try:
        assert outcome.status == 0
        assert not has_ended(int(pid))
        assert psutil.Process().num_fds() == before
    finally:
        os.kill(int(pid), signal.SIGKILL)
