"""The user's settings, kept as TOML in the config dir; whatever is wrong with them is said, and never fatal."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway_core.files import FileContent

_LARGEST = 1 << 20
_THEME_LINE = re.compile(r"^theme\s*=.*$", re.MULTILINE)
_FIRST_TABLE = re.compile(r"^[^\S\n]*\[", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of the user. Every one has a default, so that no file is needed."""

    theme: str | None = None  # the theme's name: `claw-dark`, `claw-light`, or one of Textual's own
    keys: Mapping[str, str] = field(default_factory=dict)
    """Other keys for actions: `filter = "f,slash"`. The ids of the actions are in the help."""
    bell: bool = False
    """Ring the terminal's bell when a gateway dies that claw-tui did not end, or two begin to fight over a port."""


@dataclass(frozen=True, slots=True)
class LoadedSettings:
    """Settings, where they are kept, and what was wrong with the file."""

    settings: Settings = field(default_factory=Settings)
    path: Path | None = None  # `None` keeps choices for this run only
    faults: tuple[str, ...] = ()


def load_settings(config_dir: Path) -> LoadedSettings:
    """The settings in that directory; defaults stand in for what is missing or wrong."""
    from gateway_core.decoding import parse_toml
    from gateway_core.dirs import settings_file
    from gateway_core.own_files import read_own_text

    path = settings_file(config_dir)
    read = read_own_text(path, _LARGEST)
    if not read.exists:
        return LoadedSettings(path=path)
    try:
        raw = parse_toml(_text_of(read))
    except (OSError, ValueError) as error:
        return LoadedSettings(path=path, faults=(f"The settings could not be read, defaults are used: {error}",))
    return LoadedSettings(Settings(_theme(raw), dict(_keys(raw)), raw.get("bell") is True), path, tuple(_faults(raw)))


def _text_of(read: FileContent) -> str:
    """The text that was read. Raises `OSError` if there is none."""
    if read.text is None:
        raise OSError(f"{read.path} {read.fault}")
    return read.text


def _theme(raw: Mapping[str, object]) -> str | None:
    theme = raw.get("theme")
    return theme if isinstance(theme, str) else None


def _keys(raw: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    table = raw.get("keys")
    if isinstance(table, dict):
        yield from ((name, keys) for name, keys in table.items() if isinstance(keys, str) and keys.strip(" ,"))


def _faults(raw: Mapping[str, object]) -> Iterator[str]:
    yield from (f"“{name}” is no setting; it was left out." for name in raw if name not in ("theme", "keys", "bell"))
    if "theme" in raw and _theme(raw) is None:
        yield "“theme” must be the name of a theme, in quotes; it was left out."
    if not isinstance(raw.get("bell", False), bool):
        yield "“bell” must be true or false; it was left out."
    table = raw.get("keys", {})
    if not isinstance(table, dict):
        yield "“keys” must be a table, [keys]; it was left out."
        return
    understood = dict(_keys(raw))
    yield from (f"“keys.{name}” must be keys, in quotes; it was left out." for name in table if name not in understood)


def save_theme(path: Path, theme: str) -> None:
    """Keep the theme; all else stays as it is: comments, the file's mode, and that it is a link. Raises `OSError`."""
    from gateway_core.files import real_path
    from gateway_core.own_files import read_own_text, replace_file

    path = Path(real_path(path))
    read = read_own_text(path, _LARGEST)
    text = _text_of(read) if read.exists else ""
    replace_file(
        path, _with_theme(text, theme), durable=True, mode=None if read.mode is None else stat.S_IMODE(read.mode)
    )


def _with_theme(text: str, theme: str) -> str:
    table = _FIRST_TABLE.search(text)
    end = table.start() if table else len(text)
    line = f'theme = "{theme}"'
    top, replaced = _THEME_LINE.subn(line, text[:end], count=1)
    return (top if replaced else f"{line}\n{top}") + text[end:]
