"""Commands to paste: whatever a name holds, a shell gets this very argv; and nothing else makes such a command."""

import ast
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import TypeGuard

import click
import pytest

from claw_tui.cli.main import cli
from gateway_core.redaction.commands import redact_command, shown_command
from gateway_core.redaction.names import REDACTED
from gateway_core.shell_commands import ShellCommand, add_command, own_command, resume_command, shell_command
from tests.canaries import CANARY
from tests.pasting import HOSTILE, UNPASTEABLE
from tests.source_tree import found_in_modules, nodes

DEMO = "gateway_core/demo/"  # it writes scripts, and shows none


def test_what_needs_no_quotes_gets_none() -> None:
    assert str(own_command("stop", "openclaw:rescue")) == "claw-tui stop openclaw:rescue"
    assert str(own_command("stop", "openclaw@alice-1.x")) == "claw-tui stop openclaw@alice-1.x"
    assert str(resume_command("openclaw:dev")) == "claw-tui new --resume openclaw:dev"
    assert str(add_command(Path("/srv/bots/openclaw.json"))) == "claw-tui add --config /srv/bots/openclaw.json"
    assert str(shell_command(("openclaw", "gateway"), {"HOME": "/a"})) == "HOME=/a openclaw gateway"


def test_what_a_shell_acts_upon_is_quoted() -> None:
    assert str(own_command("stop", "openclaw@$(touch x)")) == "claw-tui stop 'openclaw@$(touch x)'"
    assert str(add_command("~/it's")) == """claw-tui add --config '~/it'"'"'s'"""
    assert str(shell_command(("if", "=ls"), {"A": "b c"})) == "A='b c' 'if' '=ls'"


def test_an_id_that_looks_like_an_option_is_none() -> None:
    assert str(own_command("stop", "--all")) == "claw-tui stop -- --all"


@pytest.mark.parametrize("name", UNPASTEABLE)
def test_what_cannot_be_pasted_is_not_offered_and_says_so(name: str) -> None:
    command = own_command("stop", name)
    assert command.text is None
    assert str(command).startswith("(cannot be pasted: claw-tui stop ")
    assert str(command).isprintable()
    assert shell_command(("openclaw",), {"HOME": name}).text is None


@pytest.mark.parametrize("name", [*HOSTILE, *UNPASTEABLE])
def test_all_of_it_is_shown_on_one_line(name: str) -> None:
    assert str(own_command("stop", name)).isprintable()
    assert str(shown_command(("systemctl", "stop", name), {"HOME": name})).isprintable()


def test_a_command_to_show_is_whole_and_without_its_secrets() -> None:
    token, path = CANARY, "/srv/" + "x" * 400
    shown = shown_command(("openclaw", "--token", token, path), {"OPENCLAW_TOKEN": token, "HOME": "/a b"})
    assert str(shown) == f"OPENCLAW_TOKEN='{REDACTED}' HOME='/a b' openclaw --token '{REDACTED}' {path}"


def test_a_name_with_invisible_characters_is_not_shown_as_that_of_another() -> None:
    assert shown_command(("systemctl", "stop", "a\x1b[31mb\u200b")).text is None


def test_a_foreign_command_line_cannot_be_pasted_for_another_one() -> None:
    assert redact_command(("=ls", "[a]", "$(touch x)")) == "'=ls' '[a]' '$(touch x)'"


# --- nothing else makes one -----------------------------------------------------------------------------------------

_PROGRAMS = "systemctl|launchctl|journalctl|loginctl|docker|podman|sudo|openclaw|clawdbot|moltbot|kill|rm|mv|chmod|pm2"
_OWN = f"claw-tui (?:{'|'.join(cli.list_commands(click.Context(cli)))})"
_BEFORE_A_NAME = re.compile(rf"(?:^|[\s:`$(])(?:{_PROGRAMS}|{_OWN})(?: [a-z-]+| --?[\w-]+)*[ =]$")


def commands_of_strings(source: str) -> Iterator[int]:
    """The lines that paste a name into the text of a command, or quote words by other means."""
    for node in nodes(source):
        match node:
            case ast.JoinedStr(values=parts):
                texts = [str(part.value) for part, name in pairwise(parts) if _is_before_a_name(part, name)]
                if any(map(_BEFORE_A_NAME.search, texts)):
                    yield node.lineno
            case ast.Attribute(value=ast.Name(id="shlex"), attr="quote" | "join"):
                yield node.lineno
            case ast.ImportFrom(module="shlex"):
                yield node.lineno


def _is_before_a_name(part: ast.expr, name: ast.expr) -> TypeGuard[ast.Constant]:
    return isinstance(part, ast.Constant) and isinstance(name, ast.FormattedValue)


def test_only_one_module_makes_commands_to_paste() -> None:
    assert found_in_modules(commands_of_strings, except_in={DEMO}) == {}


@pytest.mark.parametrize(
    "line",
    [
        'f"Stop it first: claw-tui stop {target.id}"',
        'f"claw-tui add --config {path}"',
        'f"Go on with it (`claw-tui new --resume {name}`)"',
        'f"kill {pid}"',
        'f"By hand: systemctl --user stop {unit}"',
        'f"rm {path} if it is old"',
        "shlex.join(words)",
        "shlex.quote(word)",
        "from shlex import quote",
    ],
)
def test_each_way_to_paste_a_command_together_is_noticed(line: str) -> None:
    assert list(commands_of_strings(f"pass\n{line}")) == [2]


def test_prose_about_commands_may_stay() -> None:
    assert not list(commands_of_strings('f"claw-tui {name} failed"\nf"{count} rm"\n"claw-tui stop ID"'))


def test_a_command_is_a_frozen_value() -> None:
    assert own_command("stop", "a") == ShellCommand(("claw-tui", "stop", "a"))


def test_of_a_very_long_command_only_the_first_arguments_are_looked_at() -> None:
    assert redact_command(["node", "-e", "x" * 100_000]) == "node -e …"
    assert redact_command(["x" * 100_000]) == "…"
    assert redact_command(["", *["a"] * 100_000, ""]) == f"''{' a' * 148} …"
    hidden = redact_command(["node", f"--token={'x' * 4000}", "postgres://user:secret" + "e" * 200 + "@host/db"])
    assert hidden == f"node --token={REDACTED} …"
