"""Hints for whoever looks at the dashboard: a key in the place of each of claw-tui's own commands.

The core advises in commands, which are right in a shell. This is the one place where they become keys.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TypeAlias

from claw_tui.text.sections import Fact, Piece, Section

Hint: TypeAlias = Callable[[str], str]
"""Turns advice into that for whoever reads it: as it is in a shell, with keys in the dashboard."""

_PLAIN_ID = re.compile(r"[A-Za-z0-9_./+-]+[:@][A-Za-z0-9_./+:@-]+")
_AFTER_ID = ".,;:"  # what ends a sentence, or a part of one
_OF_INSTANCE = {
    "stop --kill": "kill",
    "stop": "stop",
    "start": "start",
    "restart": "restart",
    "logs": "logs-of-instance",
    "show": "details",
    "new --resume": "resume",
    "new --undo": "undo",
}
_OF_HOST = {"ls --watch": "mode-instances", "ls": "mode-instances", "ports": "mode-ports", "events": "mode-events"}
_COMMAND = re.compile(
    rf"claw-tui (?:(?P<of_instance>{'|'.join(_OF_INSTANCE)}) (?P<id>\S+)|(?P<of_host>{'|'.join(_OF_HOST)})(?![\w-]))"
)


def in_commands(text: str) -> str:
    return text


def in_keys(text: str, key_of: Callable[[str], str]) -> str:
    """Return the text with `key X on openclaw:rescue` for `claw-tui stop openclaw:rescue`.

    A command for which there is no key stays, and so does one about an id that a shell has to have quoted.
    """

    def key(found: re.Match[str]) -> str:
        verb, word = found["of_instance"], found["id"] or ""
        instance = word.rstrip(_AFTER_ID)
        shown = key_of(_OF_INSTANCE[verb] if verb else _OF_HOST[found["of_host"]])
        if not shown or (verb and not _PLAIN_ID.fullmatch(instance)):
            return found[0]
        return f"key {shown} on {instance}{word[len(instance) :]}" if verb else f"key {shown}"

    return _COMMAND.sub(key, text)


def sections_in_keys(sections: Iterable[Section], key_of: Callable[[str], str]) -> tuple[Section, ...]:
    """Return the sections with keys in the place of commands; what then is no command any more may be broken."""
    return tuple(
        Section(section.title, tuple(_fact_in_keys(one, key_of) for one in section.facts)) for section in sections
    )


def _fact_in_keys(one: Fact, key_of: Callable[[str], str]) -> Fact:
    return replace(one, pieces=tuple(_piece_in_keys(piece, key_of) for piece in one.pieces))


def _piece_in_keys(piece: Piece, key_of: Callable[[str], str]) -> Piece:
    text = in_keys(piece.text, key_of)
    return piece if text == piece.text else replace(piece, text=text, is_command=False)
