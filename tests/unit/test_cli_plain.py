"""`--plain`: what a screen reader is given by `ls`, `show` and `events`."""

import re
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from claw_tui.cli.main import run
from claw_tui.cli.tables.events import events_text
from claw_tui.cli.tables.layout import TableStyle
from claw_tui.cli.tables.plain_sentences import closed, said, sentence
from claw_tui.text.sections import command_fact, fact
from claw_tui.text.values import clock_time
from gateway_core.events.model import Event, Kind
from gateway_core.snapshot import Snapshot, State
from tests.cli_pictures import BLOCKED, EMPTY, FULL, NOW, RESCUE, Pictures, host_at, picture

DRAWN = re.compile("[\u2190-\u21ff\u2500-\u27bf·…×≠–§\x1b]|  ")
"""Arrows, boxes, blocks, symbols, two spaces: what is only there to be seen."""

LS = """\
2 gateways on mini: 1 blocked, 1 running.

openclaw:default is blocked: the config is not valid.
Version: not known.
Conflict, certain: 18789, with python3 (pid 77).
Remedy: move openclaw:default to base 19789.
Process: no gateway process.
Base port: 18789, from its config.

openclaw:rescue is running: live and ready.
Version: 2026.9.6.
Conflict, certain: 18789, with openclaw:default (gateway), python3 (pid 77).
Remedy: move openclaw:default to base 19789.
Process: pid 1234, up 3 hours 2 minutes, CPU 0.4%, 614 megabytes, proven by its lock file, since SINCE.
Base port: 19001, from its config.

Problems:
/home/ada/.moltbot: may not be read by this user.
"""


class Told:
    """Runs a command over some pictures, and returns what it printed."""

    def __init__(self, home: Path, captured: pytest.CaptureFixture[str]) -> None:
        self._home, self._captured = home, captured

    def __call__(self, *arguments: str, of: Sequence[Snapshot] = (FULL,)) -> str:
        assert run(arguments, Pictures(host_at(self._home), of).gateway_host()) == 0
        return self._captured.readouterr().out


@pytest.fixture
def told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Told:
    return Told(tmp_path, capsys)


def test_ls_says_each_gateway_in_sentences(told: Told) -> None:
    assert told("ls", "--plain") == LS.replace("SINCE", clock_time(NOW - timedelta(hours=3, minutes=2)))


def test_show_says_all_of_a_gateway_and_draws_nothing(told: Told) -> None:
    text = told("show", "rescue", "--plain")
    assert text.startswith("openclaw:rescue is running: live and ready.\n")
    assert "\nPaths:\nConfig: /home/ada/.openclaw-rescue/openclaw.json\n" in text
    assert "\nWhy: both want it.\n" in text
    assert "\nCDP: 19012 to 19111, not bound, " in text
    assert [line for line in text.splitlines() if DRAWN.search(line)] == []
    assert len(text.splitlines()) > len(told("show", "rescue").splitlines()) - 3


def test_the_environment_asks_for_it_as_well(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAW_TUI_PLAIN", "1")
    plain = told("ls", "--plain")
    assert told("ls") == told() == plain
    monkeypatch.setenv("CLAW_TUI_PLAIN", "always")
    assert told("ls") == told() == plain
    for none in ("0", ""):
        monkeypatch.setenv("CLAW_TUI_PLAIN", none)
        assert told("ls") == told() != plain


def test_a_port_that_is_taken_is_called_so(told: Told) -> None:
    taken = BLOCKED.model_copy(update={"state": State.FOREIGN, "reason": "of nginx"})
    lines = told("ls", "--plain", of=(picture(taken, RESCUE),)).splitlines()
    assert lines[0] == "2 gateways on mini: 1 port taken, 1 running."
    assert "openclaw:default has its port taken: of nginx." in lines


def test_an_empty_host_is_told_without_columns(told: Told) -> None:
    assert not DRAWN.search(told("ls", "--plain", of=(EMPTY,)))


def test_watching_says_only_the_gateway_that_changed(told: Told) -> None:
    busier = RESCUE.signals.process
    assert busier is not None
    signals = RESCUE.signals.model_copy(update={"process": busier.model_copy(update={"cpu_percent": 90.0})})
    gone = BLOCKED.model_copy(update={"state": State.STOPPED, "reason": "nothing runs"})
    pictures = (
        picture(RESCUE, BLOCKED),
        picture(RESCUE.model_copy(update={"signals": signals}), BLOCKED),
        picture(RESCUE, gone),
    )
    first, _, later = told("ls", "--plain", "--watch", of=pictures).partition(
        "2 gateways on mini: 1 running, 1 stopped."
    )
    assert "openclaw:rescue is running" in first
    assert later.startswith("\n\nopenclaw:default is stopped: nothing runs.")
    assert "rescue" not in later
    assert "90%" not in first + later


def test_events_are_a_sentence_each() -> None:
    died = Event(at=NOW, instance="openclaw:rescue", kind=Kind.DIED, detail={"pid": 7}, cause="exit status 1")
    changed = Event(
        at=NOW,
        instance="openclaw:rescue",
        kind=Kind.STATE_CHANGED,
        detail={"from": "running", "to": "stopped", "reason": "nothing runs"},
    )
    assert events_text([died, changed], TableStyle(plain=True)) == [
        f"{clock_time(NOW)}, openclaw:rescue: pid 7 is gone: exit status 1.",
        f"{clock_time(NOW)}, openclaw:rescue: running to stopped: nothing runs.",
    ]


def test_a_command_stays_as_it_is_typed() -> None:
    command = "claw-tui start 'a – b' → x"
    assert sentence(command_fact("run", command)) == f"Run: {command}."


@pytest.mark.parametrize(
    ("drawn", "words"),
    [
        ("● running", "running"),
        ("? could not tell", "could not tell"),
        ("18800–18899", "18800 to 18899"),
        ("2026.9.5 → 2026.9.6", "2026.9.5 to 2026.9.6"),
        ("up 1h01", "up 1 hour 1 minute"),
        ("up 42s", "up 42 seconds"),
        ("up 5d07", "up 5 days 7 hours"),
        ("~/.openclaw", "~/.openclaw"),
        ("- x", "- x"),
    ],
)
def test_signs_become_words(drawn: str, words: str) -> None:
    assert said(drawn) == words


def test_a_path_at_the_end_gets_no_full_stop() -> None:
    assert closed("see /srv/x") == "see /srv/x"
    assert closed("it is so") == "it is so."
    assert sentence(fact("log", "–")) == "Log: not known."
