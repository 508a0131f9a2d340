"""Advice names commands in a shell, and keys in the dashboard."""

import pytest

from claw_tui.actions import registry
from claw_tui.text.hints import in_commands, in_keys
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
        (f"Try: {own_command('stop', 'a b')}", "Try: claw-tui stop 'a b'"),
        ("List it: claw-tui add --config /x", "List it: claw-tui add --config /x"),
    ],
)
def test_commands_become_keys(advice: str, in_the_dashboard: str) -> None:
    assert in_keys(advice, first_key) == in_the_dashboard
    assert in_commands(advice) == advice


def test_a_command_without_a_key_stays() -> None:
    assert in_keys("Try: claw-tui stop openclaw:p", lambda _: "") == "Try: claw-tui stop openclaw:p"
