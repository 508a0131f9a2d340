"""The man page: all that the help says, and nothing that troff would take for itself."""

import re
from itertools import pairwise

import click
import pytest

from claw_tui.cli.main import cli
from claw_tui.cli.man_page import man_page


@pytest.fixture(scope="module")
def page() -> str:
    return man_page(cli, "claw-tui", "1.2.3", "2026-11-30")


def test_every_command_and_each_of_its_options_is_described(page: str) -> None:
    context = click.Context(cli)
    told = page.replace("\\-", "-")
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        assert command is not None
        part = told.partition(f'.SS "{name} ')[2].partition("\n.S")[0]
        assert "Examples:" in part, name
        for option in command.params:
            if isinstance(option, click.Option):
                assert re.search(rf"\.TP\n\\fB[^\n]*{option.opts[-1]}\b", part), option


def test_it_is_ascii_and_every_request_is_known(page: str) -> None:
    assert page.isascii()
    assert ".PP" not in [after for line, after in pairwise(page.splitlines()) if line.startswith((".S", ".PP"))]
    requests = {line.split()[0] for line in page.splitlines() if line.startswith((".", "'"))}
    assert requests == {".TH", ".SH", ".SS", ".PP", ".TP", ".B", ".RI", ".I", ".br", ".nf", ".fi", ".RS", ".RE"}


def test_what_troff_would_take_for_itself_is_escaped() -> None:
    @click.group()
    def group() -> None:
        """Do it."""

    @group.command(epilog="\b\nExamples:\n  .hidden 'a' \\n ~ – x")
    def odd() -> None:
        """.dots begin this, and a\\b."""

    page = man_page(group, "odd-one", "1", "2026-11-30")
    assert "\n\\&.dots begin this, and a\\eb.\n" in page
    assert "\n\\&.hidden \\(aqa\\(aq \\en \\(ti \\[u2013] x\n" in page
