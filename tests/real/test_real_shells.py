"""Completion in real shells that not every machine has, and in bash for what `make test` does not try."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.real.debian import installed
from tests.shells import Shell, add_gateways, shell

pytestmark = pytest.mark.real

COMPLETED = (
    ("claw-tui wai", "claw-tui wait"),
    ("claw-tui show openclaw:r", "claw-tui show openclaw:rescue"),
    ("claw-tui show res", "claw-tui show rescue"),
    ("claw-tui stop openclaw@l", "claw-tui stop openclaw@lab"),
    ("claw-tui new --distribution claw", "claw-tui new --distribution clawdbot"),
    ("claw-tui new --distribution=claw", "claw-tui new --distribution=clawdbot"),
    ("claw-tui new --preset res", "claw-tui new --preset rescue"),
    ("claw-tui new --preset copy:clawdbot:d", "claw-tui new --preset copy:clawdbot:dev"),
    ("claw-tui new --preset=copy:openclaw:r", "claw-tui new --preset=copy:openclaw:rescue"),
    ("claw-tui wait rescue --until crash", "claw-tui wait rescue --until crash-looping"),
    ("claw-tui wait rescue --until=crash", "claw-tui wait rescue --until=crash-looping"),
    ("claw-tui ls --state degraded,wed", "claw-tui ls --state degraded,wedged"),
    ("claw-tui add --config {home}/lab/op", "claw-tui add --config {home}/lab/openclaw.json"),
    ("claw-tui add --config={home}/lab/op", "claw-tui add --config={home}/lab/openclaw.json"),
    ("claw-tui new --workspace {home}/.openclaw-r", "claw-tui new --workspace {home}/.openclaw-rescue/"),
)


@pytest.fixture(params=["bash", "zsh", "zsh-sourced", "fish"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shell]:
    program = installed(request.param.partition("-")[0])
    add_gateways(tmp_path)
    with shell(request.param, program, tmp_path) as found:
        yield found


def test_words_are_completed(opened: Shell, tmp_path: Path) -> None:
    for typed, wanted in COMPLETED:
        opened.completed(typed.format(home=tmp_path), wanted.format(home=tmp_path))


def test_what_is_named_already_is_not_offered_again(opened: Shell) -> None:
    opened.offered("claw-tui stop openclaw:rescue ", ("openclaw:dev", "clawdbot:dev", "lab"))
