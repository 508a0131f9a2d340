"""The user's settings, kept as TOML in the config dir; whatever is wrong with them is said, and never fatal.

Each setting is declared once, as a `Setting` or a `SettingTable`: from that the file is read and checked, and the
default file, the help and the documentation are made. Another one is a declaration, a field of `Settings`, and its
name in `SETTINGS`.
"""

from __future__ import annotations

import errno
import re
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from gateway_core.files import FileContent

Value = TypeVar("Value")

_LARGEST = 1 << 20
_MOST_PATTERNS = 100
_LONGEST_PATTERN = 200
_LONGEST_NAME = 60
_THEME_LINE = r"""(?m)^[ \t]*["']?theme["']?[ \t]*=[^\r\n]*"""
_THEME_COMMENT = r"(?m)^#\s*theme\s*=.*\n"
_MOST_WAYS = 20  # so many are tried to write the theme


@dataclass(frozen=True, slots=True)
class Setting(Generic[Value]):
    """A setting of one value."""

    name: str
    explanation: str
    default: Value
    default_text: str  # the default as TOML, for the default file
    must_be: str  # what a value must be: `true or false`
    parse: Callable[[object], Value | None]  # the value of what TOML has; `None` if it is none

    def of(self, raw: Mapping[str, object]) -> Value:
        """The value in the file, else the default."""
        parsed = self.parse(raw[self.name]) if self.name in raw else None
        return self.default if parsed is None else parsed

    def faults(self, raw: Mapping[str, object]) -> Iterator[str]:
        if self.name in raw and self.parse(raw[self.name]) is None:
            yield f"“{self.name}” must be {self.must_be}; it was left out."


@dataclass(frozen=True, slots=True)
class SettingTable(Generic[Value]):
    """A table of settings that the user names: `[keys]`, with a line for each action."""

    name: str
    explanation: str
    example: str  # a line of the table as TOML
    must_be: str  # what the value of each line must be
    parse: Callable[[object], Value | None]
    most: int = 1000  # so many lines are read
    names: Callable[[str], bool] = bool  # whether a line may be called like this

    def of(self, raw: Mapping[str, object]) -> Mapping[str, Value]:
        """The lines of the table that are understood."""
        parsed = {name: self.parse(value) for name, value in self._lines(raw).items() if self.names(name)}
        return {name: value for name, value in parsed.items() if value is not None}

    def faults(self, raw: Mapping[str, object]) -> Iterator[str]:
        if not isinstance(raw.get(self.name, {}), dict):
            yield f"“{self.name}” must be a table, [{self.name}]; it was left out."
        understood = self.of(raw)
        for name in self._lines(raw):
            if not self.names(name):
                yield f"“{self.name}.{_shortened(name)}” is no name: it is empty or long; it was left out."
            elif name not in understood:
                yield f"“{self.name}.{name}” must be {self.must_be}; it was left out."
        if len(self._all_lines(raw)) > self.most:
            yield f"“{self.name}” has more than {self.most} lines; those after them were left out."

    def _lines(self, raw: Mapping[str, object]) -> Mapping[str, object]:
        return dict(islice(self._all_lines(raw).items(), self.most))

    def _all_lines(self, raw: Mapping[str, object]) -> Mapping[str, object]:
        table = raw.get(self.name)
        return table if isinstance(table, dict) else {}


def _theme(value: object) -> str | None:
    return value if isinstance(value, str) and value.strip() else None


def _keys(value: object) -> str | None:
    return value if isinstance(value, str) and value.strip(" ,") else None


def _patterns(value: object) -> tuple[str, ...] | None:
    patterns: Sequence[object] = value if isinstance(value, list) else [value]
    found = tuple(one.strip() for one in patterns if isinstance(one, str) and one.strip())
    if not found or len(found) != len(patterns) or len(found) > _MOST_PATTERNS:
        return None
    return found if all(len(one) <= _LONGEST_PATTERN for one in found) else None


def _is_name(name: str) -> bool:
    return bool(name.strip()) and len(name) <= _LONGEST_NAME


def _flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


THEME: Setting[str | None] = Setting(
    "theme",
    "The colours. `T`, also in the command palette, tries each theme on and keeps one; `t` turns light and dark.",
    None,
    '"claw-dark"',
    "the name of a theme, in quotes",
    _theme,
)
BELL: Setting[bool] = Setting(
    "bell",
    "Ring the terminal's bell when a gateway dies that nobody ended from here, or two begin to fight over a port.",
    False,
    "false",
    "true or false",
    _flag,
)
KEYS: SettingTable[str] = SettingTable(
    "keys",
    "Other keys for an action, comma-separated, in Textual's names (f5, ctrl+r, slash). They replace its own keys.",
    'refresh = "f5,r"',
    "keys, in quotes",
    _keys,
)

GROUPS: SettingTable[tuple[str, ...]] = SettingTable(
    "groups",
    "Names for some of your gateways, by patterns over their ids (*, ?, [ab]); one without a product is about profiles "
    "and labels. For `f` in the dashboard, and for --group of the commands.",
    'bots = ["openclaw:bot*", "helper"]',
    "a pattern in quotes, or a list of them (at most 100, of at most 200 characters each)",
    _patterns,
    most=100,
    names=_is_name,
)

SETTINGS: tuple[Setting[str | None] | Setting[bool], ...] = (THEME, BELL)
TABLES: tuple[SettingTable[str] | SettingTable[tuple[str, ...]], ...] = (KEYS, GROUPS)
"""All settings, in the order of the default file: tables come last in TOML."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of the user. Every one has a default, so that no file is needed."""

    theme: str | None = THEME.default  # the name of a theme; `None`: the user has chosen none
    keys: Mapping[str, str] = field(default_factory=dict)  # other keys by the id of their action
    bell: bool = BELL.default
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # the patterns of each group, by its name


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
    settings = Settings(THEME.of(raw), KEYS.of(raw), BELL.of(raw), GROUPS.of(raw))
    return LoadedSettings(settings, path, tuple(_faults(raw)))


def _text_of(read: FileContent) -> str:
    """The text that was read. Raises `OSError` if there is none."""
    if read.text is None:
        raise OSError(f"{read.path} {read.fault}")
    return read.text


def _shortened(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"


def _faults(raw: Mapping[str, object]) -> Iterator[str]:
    declared = (*SETTINGS, *TABLES)
    known = {setting.name for setting in declared}
    yield from (f"“{_shortened(name)}” is no setting; it was left out." for name in raw if name not in known)
    for setting in declared:
        yield from setting.faults(raw)


def save_theme(path: Path, theme: str) -> None:
    """Keep the theme; all else stays as it is: comments, the file's mode, and that it is a link. Raises `OSError`."""
    from gateway_core.files import real_path
    from gateway_core.own_files import read_own_text, replace_file

    path = Path(real_path(path))
    read = read_own_text(path, _LARGEST)
    text = _with_theme(_text_of(read) if read.exists else "", theme, path)
    replace_file(path, text, durable=True, mode=None if read.mode is None else stat.S_IMODE(read.mode))


def _with_theme(text: str, theme: str, path: Path) -> str:
    """Return the text with that theme, and with all other settings as they were.

    What a line of TOML means depends on those before it, so each way to write it is read again. Raises `OSError`.
    """
    from gateway_core.decoding import parse_toml

    try:
        wanted = {**parse_toml(text), THEME.name: theme}
    except ValueError as error:
        raise OSError(errno.EINVAL, f"it is left as it is until it can be read: {error}", str(path)) from error
    for changed in islice(_ways_to_write(text, f'{THEME.name} = "{theme}"'), _MOST_WAYS):
        with suppress(ValueError):
            if parse_toml(changed) == wanted:
                return changed
    raise OSError(errno.EINVAL, f"it is left as it is: write {THEME.name} on a line of its own, on top", str(path))


def _ways_to_write(text: str, line: str) -> Iterator[str]:
    """Yield the text with that line: in the place of the setting, below the default file's comment, or on top."""
    for found in re.finditer(_THEME_LINE, text):
        yield f"{text[: found.start()]}{line}{text[found.end() :]}"
    below = next((found.end() for found in re.finditer(_THEME_COMMENT, text)), 0)
    for place in dict.fromkeys((below, 0)):
        yield f"{text[:place]}{line}\n{text[place:]}"
