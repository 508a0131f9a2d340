"""Completion in a real bash on a terminal, where `:`, `=` and `@` end words."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.shells import Shell, add_gateways, shell


@pytest.fixture
def bash(tmp_path: Path) -> Iterator[Shell]:
    program = shutil.which("bash")
    assert program is not None
    add_gateways(tmp_path)
    with shell("bash", Path(program), tmp_path) as opened:
        yield opened


def test_bash_completes_words_in_which_it_sees_several(bash: Shell) -> None:
    for typed, wanted in (
        ("claw-tui show openclaw:r", "claw-tui show openclaw:rescue"),
        ("claw-tui show 'openclaw:r", "claw-tui show 'openclaw:rescue'"),
        ("claw-tui stop openclaw@l", "claw-tui stop openclaw@lab"),
        ("claw-tui new --preset=copy:openclaw:r", "claw-tui new --preset=copy:openclaw:rescue"),
        ("claw-tui wait rescue --until=crash", "claw-tui wait rescue --until=crash-looping"),
    ):
        bash.completed(typed, wanted)
    bash.offered("claw-tui stop openclaw:rescue ", ("openclaw:dev", "clawdbot:dev", "lab"))
