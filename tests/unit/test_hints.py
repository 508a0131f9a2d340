"""Advice names commands in a shell, and keys in the dashboard."""

import pytest

from claw_tui.actions import registry
from claw_tui.text.hints import in_commands, in_keys, sections_in_keys
from claw_tui.text.sections import Section, command_fact, fact
from gateway_core.shell_commands import own_command, resume_command, undo_command


def first_key(action_id: str) -> str:
    return registry.named(action_id).keys.partition(",")[0]


@pytest.mark.parametrize(
    ("advice", "in_the_dashboard"),
    [
        (f"Stop it first: {own_command('stop', 'openclaw:rescue')}", "Stop it first: key X on openclaw:rescue"),
        (f"Then: {own_command('stop --kill', 'openclaw@x-1.y')}.", "Then: key K on openclaw@x-1.y."),
        (
            f"Go on with {resume_command('openclaw:p')}, or take it back with {undo_command('openclaw:p')}.",
            "Go on with key N on openclaw:p, or take it back with key Z on openclaw:p.",
        ),
        ("Follow it: claw-tui ls --watch, or see claw-tui ports", "Follow it: key 1, or see key 2"),
        (f"See its log: {own_command('logs', 'openclaw:p')}", "See its log: key l on openclaw:p"),
        ("claw-tui lsof", "claw-tui lsof"),
        ("claw-tui stop and start", "claw-tui stop and start"),
        (f"Try: {own_command('stop', 'a b')}", "Try: claw-tui stop 'a b'"),
        ("List it: claw-tui add --config /x", "List it: claw-tui add --config /x"),
    ],
)
def test_commands_become_keys(advice: str, in_the_dashboard: str) -> None:
    assert in_keys(advice, first_key) == in_the_dashboard
    assert in_commands(advice) == advice


def test_sections_say_keys_where_they_said_commands() -> None:
    stop, add = str(own_command("stop", "openclaw:p")), "claw-tui add --config /x"
    found = (Section("Why", (command_fact("run", stop), fact("", f"or: {stop}"), command_fact("run", add))),)
    (shown,) = sections_in_keys(found, first_key)
    pieces = [one.pieces[0] for one in shown.facts]
    assert [piece.text for piece in pieces] == ["key X on openclaw:p", "or: key X on openclaw:p", add]
    assert [piece.is_command for piece in pieces] == [False, False, True], "only what can be pasted is kept whole"


def test_a_command_without_a_key_stays() -> None:
    assert in_keys("Try: claw-tui stop openclaw:p", lambda _: "") == "Try: claw-tui stop openclaw:p"
