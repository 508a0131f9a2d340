"""The contents of sheets: things to copy, and a question that has to be confirmed."""

from __future__ import annotations

from dataclasses import dataclass

from claw_tui.text.sections import Section


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A question that has to be confirmed."""

    heading: str
    sections: tuple[Section, ...]
    agree: str  # the answer that agrees: `Stop it`
    decline: str
    label_width: int = 8
    word: str | None = None  # the word that has to be typed to agree, where one key is not enough
    action: str = ""  # the id of the action that asks; empty where Esc does


@dataclass(frozen=True, slots=True)
class Copyable:
    """A thing to copy: the key that picks it (empty: only the cursor does), what it is, and the exact text."""

    key: str
    what: str
    text: str


def copyables_of(*candidates: tuple[str, str, str | None]) -> tuple[Copyable, ...]:
    """Return those of the candidates (key, what, text) that have a text."""
    return tuple(Copyable(key, what, text) for key, what, text in candidates if text)
