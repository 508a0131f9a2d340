"""Commands on several lines, as a shell reads them."""

import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claw_tui.text.command_lines import command_lines, has_word_beyond
from claw_tui.text.values import width
from gateway_core.shell_commands import shell_command
from tests.pasting import HOSTILE

WORDS = st.one_of(st.sampled_from(HOSTILE), st.text("ab漢 /'\"\\!$=-", max_size=60))


def words_in(shell: str, lines: str) -> list[str]:
    """The arguments of a `printf '%s\\0'` that is pasted into that shell."""
    return subprocess.run((shell,), input=lines, capture_output=True, encoding="utf-8", timeout=60).stdout.split("\0")


@pytest.mark.parametrize("shell", ["sh", "bash"])
@settings(max_examples=60)
@given(columns=st.integers(8, 60), words=st.lists(WORDS, min_size=1, max_size=5))
def test_pasted_lines_are_the_same_command(shell: str, columns: int, words: list[str]) -> None:
    command = str(shell_command(("printf", "%s\\0", *words)))
    lines = command_lines(command, columns)
    assert all(width(line) <= columns for line in lines)
    assert words_in(shell, "\n".join(lines)) == [*words, ""]
    if not has_word_beyond(command, columns):
        assert words_in(shell, "\n        ".join(lines)) == [*words, ""], "indented"


def test_a_command_is_broken_between_words_where_a_line_is_full() -> None:
    command = "chmod 600 /home/me/.openclaw/openclaw.json '/srv/with blanks/openclaw.json'"
    assert command_lines(command, 80) == [command]
    assert command_lines(command, 46) == [
        "chmod 600 /home/me/.openclaw/openclaw.json \\",
        "'/srv/with blanks/openclaw.json'",
    ]
    assert not has_word_beyond(command, 46)


def test_quotes_are_closed_and_opened_again_where_a_word_is_broken() -> None:
    command = "rm '/srv/very long path name/with blanks'"
    assert has_word_beyond(command, 24)
    assert command_lines(command, 24) == ["rm \\", "'/srv/very long path '\\", "'name/with blanks'"]


def test_a_prompt_stays_with_the_program() -> None:
    assert command_lines("$ /usr/local/bin/openclaw gateway", 28) == ["$ /usr/local/bin/openclaw \\", "gateway"]


@pytest.mark.parametrize("text", ["(cannot be pasted: it's gone)", "ends with a \\", 'an open " quote ' * 5])
def test_what_is_no_command_is_broken_too(text: str) -> None:
    lines = command_lines(text, 12)
    assert all(width(line) <= 12 for line in lines)
