"""What a failed gateway said, and where it said it."""

from __future__ import annotations

import json
import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from gateway_core.demo.home import DemoHome
from gateway_core.lifecycle.direct import exit_meaning
from gateway_core.logs.output import LARGEST_FILE, LAST_LINES, LogMark, opened_output, output_path, presentable
from tests.small_disk import fill, mounted


def test_only_what_is_new_counts(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("an old failure\n")
    mark = LogMark.at_end_of(log)
    with log.open("a") as file:
        file.write("first\n\nlast\n")

    assert mark.news() == ("first", "last")


def test_a_log_that_was_replaced_is_read_from_its_beginning(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("x" * 100)
    mark = LogMark.at_end_of(log)
    log.write_text("anew\n")

    assert mark.news() == ("anew",)


def test_a_log_that_is_not_there_says_nothing(tmp_path: Path) -> None:
    assert LogMark.at_end_of(tmp_path / "none").news() == ()


def test_lines_of_the_family_are_told_by_their_message_and_without_secrets() -> None:
    record = {"0": '{"subsystem":"gateway"}', "1": "listening", "2": "token=CANARY-1234567890", "time": "2026"}

    assert presentable(json.dumps(record)) == ("listening token=[redacted]",)


@pytest.mark.parametrize("line", ["plain text", "[1, 2]", '{"no": "message"}', "{broken"])
def test_any_other_line_is_shown_as_it_is(line: str) -> None:
    assert presentable(line) == (line,)


def test_a_long_log_is_cut_to_its_end(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("".join(f"line {number}\n" for number in range(100_000)))

    lines = LogMark(log, 0).news()

    assert len(lines) == LAST_LINES
    assert lines[-1] == "line 99999"


def test_the_output_is_private_appended_to_and_put_aside_when_it_is_large(tmp_path: Path) -> None:
    host = replace(DemoHome(tmp_path).host(), home=tmp_path, environment={})
    path = output_path(host, "openclaw@my/own bot")
    assert path.name == "openclaw@my%2Fown%20bot.log"
    for text in (b"one ", b"two"):
        with opened_output(path) as descriptor:
            os.write(descriptor, text)
    assert path.read_bytes() == b"one two"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600

    os.truncate(path, LARGEST_FILE + 1)
    with opened_output(path) as descriptor:
        os.write(descriptor, b"three")
    assert path.read_bytes() == b"three"
    assert path.with_suffix(".old.log").stat().st_size == LARGEST_FILE + 1


def test_on_a_full_disk_there_is_no_output(tmp_path: Path) -> None:
    with mounted(tmp_path / "disk") as disk:
        fill(disk)
        with pytest.raises(OSError, match="No space left"), opened_output(disk / "p.log"):
            pass


def test_a_link_in_the_place_of_the_output_is_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    (tmp_path / "a.log").symlink_to(victim)

    with pytest.raises(OSError, match="symbolic links"), opened_output(tmp_path / "a.log"):
        pass
    assert not victim.exists()


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        (78, "exit code 78: its config is wrong, or another gateway holds its lock"),
        (3, "exit code 3"),
        (-9, "ended by SIGKILL"),
        (-250, "exit code -250"),
    ],
)
def test_exit_codes_speak(code: int, meaning: str) -> None:
    assert exit_meaning(code) == meaning
