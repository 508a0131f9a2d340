"""The user's keymap: what of the settings' `[keys]` can be used, and what is wrong with the rest."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from textual.binding import Binding
from textual.keys import KEY_NAME_REPLACEMENTS, Keys

from claw_tui.actions.model import APP
from claw_tui.actions.registry import ACTIONS, LEAVE, keys_of, named

_IDS = {action.id for action in ACTIONS}
_MODIFIERS = ("ctrl", "shift")  # Alt does nothing: terminals send the same for it as for Esc and a key
_NAMED = {name for key in Keys if (name := key.value.rpartition("+")[2]).isidentifier()} | {
    *KEY_NAME_REPLACEMENTS.values()
}
_LEAVING = {key for binding in LEAVE for key in binding.key.split(",")}
_MOVING = ("j", "k", "g", "G", "up", "down", "home", "end", "pageup", "pagedown")
_LONGEST_NAME = 40  # characters of a key, of which a fault shows no more


def read_keymap(given: Mapping[str, str]) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return the keys that can be used, by action and in Textual's names, and the faults of all that was given."""
    keymap: dict[str, str] = {}
    faults: list[str] = []
    for action_id, text in given.items():
        if action_id not in _IDS:
            faults.append(_no_action(action_id))
            continue
        keys = [_in_textuals_names(key) for key in text.split(",") if key.strip()]
        faults += filter(None, (_fault(action_id, key) for key in keys))
        usable = [key for key in keys if _is_key(key) and key not in _LEAVING]
        if usable:
            keymap[action_id] = ",".join(dict.fromkeys(usable))
    return keymap, (*faults, *dict.fromkeys(_given_twice(keymap)))


def _in_textuals_names(key: str) -> str:
    """Return `slash` for `/`, `ctrl+r` for `Ctrl+R`, `A` for `shift+a`, and a letter alone as it is."""
    before, plus, name = key.strip().rpartition("+") if len(key.strip()) > 1 else ("", "", key.strip())
    if len(name) != 1:
        return f"{before}{plus}{name}".lower()
    if before.lower() == "shift" and name.isalpha():
        return name.upper()
    (binding,) = Binding.make_bindings([Binding(name, "")])
    return f"{before}{plus}{binding.key}".lower() if plus else binding.key


def _is_key(key: str) -> bool:
    *modifiers, name = key.split("+")
    if not set(modifiers) <= set(_MODIFIERS):
        return False
    if len(name) == 1:
        return name.isprintable()
    return name in _NAMED or _is_character(name)


def _is_character(name: str) -> bool:
    try:
        return unicodedata.lookup(name.replace("_", " ")).isprintable()
    except KeyError:
        return False


def _fault(action_id: str, key: str) -> str | None:
    if key in _LEAVING:
        return f"The key “{key}” always leaves, and cannot be that of “{action_id}”."
    if not _is_key(key):
        return f"“{key[:_LONGEST_NAME]}” is no key; “{action_id}” is not heard by it."
    if key in _MOVING and key not in keys_of(named(action_id), {}):
        return f"The key “{key}” of “{action_id}” moves in lists and text, which hear it first."
    return None


def _no_action(name: str) -> str:
    meant = "".join(f"; “{near}” may be meant" for near in get_close_matches(name[:_LONGEST_NAME], _IDS, n=1))
    return f"There is no action “{name[:_LONGEST_NAME]}”{meant}. `claw-tui settings` lists all of them."


def _given_twice(keymap: Mapping[str, str]) -> Iterator[str]:
    for scope in {action.scope: None for action in ACTIONS if action.scope != APP}:
        owners: dict[str, str] = {}
        for action in (candidate for candidate in ACTIONS if candidate.scope in (scope, APP)):
            for key in keys_of(action, keymap):
                if owners.setdefault(key, action.id) != action.id:
                    yield f"The key “{key}” is given to both “{owners[key]}” and “{action.id}”: only one hears it."
