"""What a shell is offered for a word, and what bash has to put in the place of a part of it."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from claw_tui.cli.main import run
from tests.cli_pictures import FULL, Pictures, host_at, picture, renamed
from tests.cli_pictures import RESCUE as RUNNING

OPENCLAWS = picture(RUNNING, renamed(RUNNING, "openclaw:dev"), renamed(RUNNING, "clawdbot:dev"))


class Asked:
    """Asks for completions as the script of a shell does; what is offered, in its words."""

    def __init__(self, home: Path, patch: pytest.MonkeyPatch, captured: pytest.CaptureFixture[str]) -> None:
        self._home, self._patch, self._captured = home, patch, captured

    def bash(self, line: str, replaced: str) -> list[str]:
        """With what bash takes for the word at the cursor."""
        said = self._say({"_CLAW_TUI_COMPLETE": "bash_complete", "COMP_WORDS": line, "COMP_CWORD": replaced})
        return [answer.partition(",")[2] for answer in said]

    def fish(self, line: str) -> list[str]:
        word = line.rpartition(" ")[2]
        said = self._say({"_CLAW_TUI_COMPLETE": "fish_complete", "COMP_WORDS": line, "COMP_CWORD": word})
        return [answer.partition(",")[2].partition("\t")[0] for answer in said]

    def _say(self, environment: Mapping[str, str]) -> list[str]:
        for name, value in environment.items():
            self._patch.setenv(name, value)
        assert run([], Pictures(host_at(self._home), (OPENCLAWS, FULL)).gateway_host()) == 0
        return self._captured.readouterr().out.splitlines()


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Asked:
    return Asked(tmp_path, monkeypatch, capsys)


@pytest.mark.parametrize(
    ("line", "replaced", "offered"),
    [
        ("claw-tui show openclaw:", "", ["rescue", "dev"]),
        ("claw-tui show openclaw:r", "r", ["rescue"]),
        ("claw-tui show 'openclaw:r", "'openclaw:r", ["openclaw:rescue"]),
        ("claw-tui show openclaw:r", "openclaw:r", ["openclaw:rescue"]),  # where the user made `:` no break
        ("claw-tui new --preset=copy:openclaw:r", "r", ["rescue"]),
        ("claw-tui new --preset=", "", ["main", "rescue", "dev", *(f"copy:{one.id}" for one in OPENCLAWS.instances)]),
        ("claw-tui wait a --until=st", "st", ["stopped", "starting", "stopping"]),
        ("claw-tui ", "", None),
    ],
)
def test_bash_gets_what_follows_the_last_break(
    asked: Asked, line: str, replaced: str, offered: list[str] | None
) -> None:
    found = asked.bash(line, replaced)
    assert "restart" in found if offered is None else found == offered


def test_other_shells_get_whole_words(asked: Asked) -> None:
    assert asked.fish("claw-tui new --preset=copy:openclaw:r") == ["--preset=copy:openclaw:rescue"]
    assert asked.fish("claw-tui show openclaw:r") == ["openclaw:rescue"]


@pytest.mark.parametrize("command", ["new", "add", "free-port"])
def test_products_are_offered(asked: Asked, command: str) -> None:
    products = {"clawdbot", "moltbot", "openclaw", "mazelclaw", "omniclaw"}
    assert set(asked.fish(f"claw-tui {command} --distribution ")) == products
    assert asked.fish(f"claw-tui {command} --distribution omni") == ["omniclaw"]


def test_what_is_named_already_is_not_offered_again(asked: Asked) -> None:
    assert set(asked.fish("claw-tui stop rescue ")) == {"openclaw:dev", "clawdbot:dev"}
    assert asked.fish("claw-tui stop openclaw:dev openclaw:") == ["openclaw:rescue"]
