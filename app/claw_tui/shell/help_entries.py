"""What the help lists, from where the user is: the actions of this mode first, and of those what can be done now."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from textual.binding import Binding

from claw_tui.actions import registry
from claw_tui.actions.model import APP, INSTANCES, MODES, Action, Group, Situation
from claw_tui.settings import SETTINGS, TABLES
from claw_tui.text.help import HelpEntry, topics
from claw_tui.text.sections import Section, fact
from claw_tui.text.values import clean

_TITLES = {mode.name: f"{mode.key} {mode.title}" for mode in MODES}
_ORDER = tuple(Group)


def help_entries(
    mode: str,
    situation: Situation,
    keymap: Mapping[str, str],
    display: Callable[[Binding], str],
    settings: Path | None,
) -> tuple[HelpEntry, ...]:
    """Return all entries. `situation` is that of the mode; `display` shows a key, `settings` is the user's file."""

    def entries() -> Iterator[HelpEntry]:
        for action in registry.from_here(mode):
            if not action.never_here(situation):
                raw = tuple(registry.keys_of(action, keymap))
                yield _entry(action, mode, situation, " ".join(registry.shown_keys(action, keymap, display)), raw)

    first = {group: at for at, group in enumerate(dict.fromkeys(_places(mode, situation)))}
    actions = sorted(entries(), key=lambda entry: (first[entry.group], not entry.possible))
    return (*actions, *topics(), *_settings(settings))


def _places(mode: str, situation: Situation) -> Iterator[str]:
    """Yield the groups in their order: those of this mode as their enumeration has them, then the others."""
    known = [action for action in registry.from_here(mode) if not action.never_here(situation)]
    here = sorted((action for action in known if action.scope == mode), key=lambda action: _ORDER.index(action.group))
    yield from (_group(action, mode) for action in (*here, *known))


def _group(action: Action, mode: str) -> str:
    """The title of its group. What another mode has is listed under that, and by group where it has several."""
    if action.scope in (APP, mode):
        return action.group
    title = _TITLES[action.scope]
    return f"{title}: {action.group[0].lower()}{action.group[1:]}" if action.scope == INSTANCES.name else title


def settings_sections(path: Path | None) -> tuple[Section, ...]:
    """Their file, and then each setting."""
    *settings, file = _settings(path)
    named = (("Where they are kept", file), *((entry.title, entry) for entry in settings))
    return tuple(Section(title, (fact("", entry.explanation),)) for title, entry in named)


def _settings(path: Path | None) -> Iterator[HelpEntry]:
    for setting in (*SETTINGS, *TABLES):
        name = f"[{setting.name}]" if setting in TABLES else setting.name
        yield HelpEntry(f"setting:{setting.name}", "Settings", "", name, setting.explanation)
    where = f"It is read from {clean(str(path))}." if path else "In a demo nothing is kept."
    yield HelpEntry("settings-file", "Settings", "", "their file", f"{where} `claw-tui settings` prints one of all.")


def _entry(action: Action, mode: str, situation: Situation, keys: str, raw: tuple[str, ...]) -> HelpEntry:
    possible = action.scope not in (APP, mode) or action.needs(situation)
    return HelpEntry(
        id=action.id,
        group=_group(action, mode),
        keys=keys,
        title=action.title,
        explanation=action.explanation,
        raw_keys=raw,
        name=action.id,
        refusal="" if possible else action.why_not(situation) or "",
        possible=possible,
    )
