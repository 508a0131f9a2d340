"""The keymap of the user: what of it can be used, and what is said of the rest."""

import pytest

from claw_tui.actions.keymap import read_keymap
from claw_tui.actions.registry import ACTIONS


@pytest.mark.parametrize(
    ("given", "keys"),
    [
        ("f5, f6", "f5,f6"),
        ("/", "slash"),
        ("F5", "f5"),
        ("Ctrl+R", "ctrl+r"),
        ("ctrl+/", "ctrl+slash"),
        ("Z", "Z"),
        ("shift+z", "Z"),
        ("shift+f5,f5,f5", "shift+f5,f5"),
        ("ü", "ü"),
        ("percent_sign", "percent_sign"),
        ("space,enter", "space,enter"),
    ],
)
def test_a_key_is_heard_however_it_is_written(given: str, keys: str) -> None:
    assert read_keymap({"unlisted": given})[0] == {"unlisted": keys}


@pytest.mark.parametrize("key", ["nosuch", "alt+x", "strg+x", "ctrl+", "<any>", "\x1b[31m", "esc", "x" * 60_000])
def test_what_is_no_key_is_said_and_never_shown_as_one(key: str) -> None:
    keymap, (fault,) = read_keymap({"copy": key})
    assert keymap == {}, "its own keys stay"
    assert "is no key" in fault
    assert "copy" in fault
    assert len(fault) < 200
    assert read_keymap({"unlisted": f"{key},f5"})[0] == {"unlisted": "f5"}


@pytest.mark.parametrize("key", ["ctrl+c", "Ctrl+Q"])
def test_no_keymap_takes_the_keys_that_leave_from_anywhere(key: str) -> None:
    keymap, (fault,) = read_keymap({"help": key})
    assert keymap == {}
    assert "always leaves" in fault


def test_a_key_that_moves_in_lists_is_said_but_for_where_it_is_the_actions_own() -> None:
    (fault,) = read_keymap({"unlisted": "j"})[1]
    assert "moves in lists" in fault
    assert read_keymap({action.id: action.keys for action in ACTIONS})[1] == ()


def test_keys_given_twice_are_told_in_whatever_words() -> None:
    (fault,) = {fault for fault in read_keymap({"unlisted": "/"})[1] if "“filter”" in fault}
    assert fault == "The key “slash” is given to both “filter” and “unlisted”: only one hears it."


def test_a_name_that_is_no_action_is_said_with_the_one_that_is_meant_and_where_all_are() -> None:
    (fault,) = read_keymap({"refrsh": "f5"})[1]
    assert fault == "There is no action “refrsh”; “refresh” may be meant. `claw-tui settings` lists all of them."
    (fault,) = read_keymap({"xyzzy": "f5"})[1]
    assert fault == "There is no action “xyzzy”. `claw-tui settings` lists all of them."
