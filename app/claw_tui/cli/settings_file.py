"""The default file of the settings: every setting and every action, commented out, with what it does."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap
from typing import TYPE_CHECKING

from claw_tui.actions.model import APP
from claw_tui.actions.registry import ACTIONS
from claw_tui.settings import KEYS, SETTINGS, TABLES, THEME

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from claw_tui.actions.model import Action

_COLUMNS = 118
_TITLE = "# The settings of claw-tui, with their defaults. Take the # away from what you want to change."


def default_file(path: Path | None, themes: Sequence[str]) -> str:
    """The text of the file; `path` is where it belongs, `themes` are the names that there are."""
    return "\n".join(_lines(path, themes))


def _lines(path: Path | None, themes: Sequence[str]) -> Iterator[str]:
    yield _TITLE
    if path is not None:
        yield f"# Its place: {ascii(str(path))[1:-1]}"
    for setting in SETTINGS:
        yield from ("", *_comment(setting.explanation))
        if setting is THEME:
            yield from _comment(f"One of: {', '.join(themes)}.")
        yield f"#{setting.name} = {setting.default_text}"
    for table in TABLES:
        yield from ("", *_comment(table.explanation), f"[{table.name}]")
        yield from _actions() if table is KEYS else (f"#{table.example}",)


def _actions() -> Iterator[str]:
    """A line for each action, with what it does behind it; below the name of its mode."""
    widest = max(len(_assignment(action)) for action in ACTIONS)
    for scope in dict.fromkeys((APP, *(action.scope for action in ACTIONS))):
        yield from ("", f"# {'Everywhere' if scope == APP else scope.capitalize()}")
        for action in ACTIONS:
            if action.scope == scope:
                yield f"#{_assignment(action):{widest}}  # {action.title}"


def _assignment(action: Action) -> str:
    return f'{action.id} = "{action.keys}"'


def _comment(text: str) -> list[str]:
    return [f"# {line}" for line in wrap(text, _COLUMNS, break_on_hyphens=False)]
