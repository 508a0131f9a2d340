"""What a user has chosen, kept as TOML in the config dir; whatever is wrong with it is a problem, never a failure."""

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gateway_core.snapshot import Problem

FILE_NAME = "settings.toml"
_THEME_LINE = re.compile(r"^theme\s*=.*$", re.MULTILINE)
_FIRST_TABLE = re.compile(r"^\s*\[", re.MULTILINE)


class Settings(BaseModel):
    """All settings. Every one has a default, so that no file is needed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    theme: str = "claw-dark"
    """The theme's name: `claw-dark`, `claw-light`, or one of Textual's own."""
    keys: Mapping[str, str] = Field(default_factory=dict)
    """Other keys for actions: `filter = "f,slash"`. The ids of the actions are in the help."""


@dataclass(frozen=True, slots=True)
class LoadedSettings:
    """Settings, where they are kept, and what was wrong with the file."""

    settings: Settings = field(default_factory=Settings)
    path: Path | None = None
    """`None` keeps choices for this run only."""
    problems: tuple[Problem, ...] = ()


def load_settings(config_dir: Path) -> LoadedSettings:
    """The settings in that directory; defaults stand in for what is missing or wrong."""
    path = config_dir / FILE_NAME
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return LoadedSettings(path=path)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        problem = Problem(where=str(path), message=f"The settings could not be read, defaults are used: {error}")
        return LoadedSettings(path=path, problems=(problem,))
    try:
        return LoadedSettings(Settings.model_validate(raw), path)
    except ValidationError as error:
        return _without_what_is_wrong(raw, path, error)


def _without_what_is_wrong(raw: dict[str, object], path: Path, error: ValidationError) -> LoadedSettings:
    wrong = error.errors(include_url=False, include_input=False)
    problems = (
        Problem(where=str(path), message=f"{'.'.join(map(str, item['loc']))} was left out: {item['msg']}")
        for item in wrong
    )
    names = {item["loc"][0] for item in wrong if item["loc"]}
    kept = {name: value for name, value in raw.items() if name not in names}
    return LoadedSettings(Settings.model_validate(kept), path, tuple(problems))


def save_theme(path: Path, theme: str) -> None:
    """Keep the theme; everything else in the file, comments too, stays as it is. Raises `OSError`."""
    text = path.read_text("utf-8") if path.exists() else ""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}.tmp")
    draft.write_text(_with_theme(text, theme), "utf-8")
    draft.replace(path)


def _with_theme(text: str, theme: str) -> str:
    table = _FIRST_TABLE.search(text)
    end = table.start() if table else len(text)
    line = f'theme = "{theme}"'
    top, replaced = _THEME_LINE.subn(line, text[:end], count=1)
    return (top if replaced else f"{line}\n{top}") + text[end:]
