"""`claw-tui settings`: the commented file of all settings."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from claw_tui.actions.keymap import read_keymap
from claw_tui.actions.registry import ACTIONS
from claw_tui.cli.main import run
from claw_tui.cli.settings_file import default_file
from claw_tui.settings import SETTINGS, TABLES, LoadedSettings, Settings, load_settings, save_theme
from claw_tui.shell.themes import names
from tests.dashboard import BARE_HOST

ASSIGNMENT = re.compile(r"^#(?=\S+ = )", re.MULTILINE)


def written(tmp_path: Path, text: str) -> LoadedSettings:
    (tmp_path / "settings.toml").write_text(text)
    return load_settings(tmp_path)


def test_as_it_is_it_changes_nothing(tmp_path: Path) -> None:
    loaded = written(tmp_path, default_file(tmp_path, names()))
    assert loaded.settings == Settings()
    assert loaded.faults == ()


def test_with_every_line_in_force_it_says_what_is_the_default_anyway(tmp_path: Path) -> None:
    loaded = written(tmp_path, ASSIGNMENT.sub("", default_file(tmp_path, names())))
    keys = {action.id: action.keys for action in ACTIONS}
    assert loaded.settings == replace(loaded.settings, theme="claw-dark", keys=keys, bell=Settings().bell)
    assert loaded.faults == ()
    assert read_keymap(loaded.settings.keys)[1] == ()


def test_it_has_every_setting_and_every_action_with_its_words(tmp_path: Path) -> None:
    text = " ".join(default_file(tmp_path, names()).replace("\n# ", " ").split())
    for one in (*SETTINGS, *TABLES):
        assert one.name in text
        assert one.explanation in text
    for action in ACTIONS:
        assert f'#{action.id} = "{action.keys}" # {action.title}' in text
    assert all(name in text for name in names())
    assert str(tmp_path) in text


def test_a_place_with_a_line_break_in_its_name_puts_nothing_into_force(tmp_path: Path) -> None:
    assert written(tmp_path, default_file(Path("/x\nbell = true"), names())).settings == Settings()


def test_a_choice_of_theme_is_written_below_its_comment(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    written(tmp_path, default_file(path, names()))
    save_theme(path, "nord")
    assert '#theme = "claw-dark"\ntheme = "nord"\n\n# Ring' in path.read_text()
    assert load_settings(tmp_path).settings.theme == "nord"


def test_the_command_prints_the_file_and_where_it_belongs(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    host = replace(BARE_HOST, settings=lambda: LoadedSettings(path=tmp_path / "settings.toml"))
    assert run(["settings"], host) == 0
    assert capsys.readouterr().out == default_file(tmp_path / "settings.toml", names()) + "\n"
    assert run(["settings", "--path"], host) == 0
    assert capsys.readouterr().out == f"{tmp_path}/settings.toml\n"


def test_where_no_settings_are_kept_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["settings", "--path"], BARE_HOST) == 1
    assert "not kept" in capsys.readouterr().err
