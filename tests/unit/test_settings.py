import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from textual.theme import BUILTIN_THEMES, Theme

from claw_tui.settings import LoadedSettings, Settings, load_settings, save_theme
from claw_tui.shell.painting import tone_styles
from claw_tui.shell.themes import THEMES, variables
from tests.small_disk import fill, mounted


def write(tmp_path: Path, text: str) -> LoadedSettings:
    (tmp_path / "settings.toml").write_text(text)
    return load_settings(tmp_path)


def test_without_a_file_there_are_defaults_and_no_fault(tmp_path: Path) -> None:
    loaded = load_settings(tmp_path / "missing")
    assert loaded.settings == Settings()
    assert loaded.faults == ()


def test_a_good_file_is_read(tmp_path: Path) -> None:
    loaded = write(tmp_path, 'theme = "claw-light"\n[keys]\ncopy = "c,y"\n')
    assert loaded.settings == Settings("claw-light", {"copy": "c,y"})
    assert loaded.faults == ()


@pytest.mark.parametrize("text", ["a." * 100_000, f"bell = {'9' * 5000}", f"bell = {'[' * 5000}", "x" * (1 << 21)])
@pytest.mark.timeout(10)
def test_a_file_that_takes_too_long_or_breaks_its_reader_is_said(tmp_path: Path, text: str) -> None:
    loaded = write(tmp_path, text)
    assert loaded.settings == Settings()
    assert "could not be read" in loaded.faults[0]


@pytest.mark.parametrize("spoil", [os.mkfifo, Path.mkdir, lambda path: path.symlink_to("/dev/zero")])
@pytest.mark.timeout(10)
def test_what_is_no_file_is_said_and_no_choice_is_kept_there(tmp_path: Path, spoil: Callable[[Path], object]) -> None:
    path = tmp_path / "settings.toml"
    spoil(path)
    loaded = load_settings(tmp_path)
    assert loaded.settings == Settings()
    assert str(path) in loaded.faults[0]
    with pytest.raises(OSError, match="not a file"):
        save_theme(path, "claw-light")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("theme = ", "could not be read"),
        ('colour = "red"', "“colour” is no setting"),
        ("theme = 3", "“theme” must be"),
        ('theme = ""', "“theme” must be"),
        (f'"{"n" * 60_000}" = 1', "…” is no setting"),
        ("bell = 1", "“bell” must be"),
        ("keys = 3", "“keys” must be a table"),
        ("[keys]\ncopy = 3", "“keys.copy” must be"),
        ('[keys]\ncopy = " , "', "“keys.copy” must be"),
    ],
)
def test_what_is_wrong_is_said_and_the_rest_is_used(tmp_path: Path, text: str, said: str) -> None:
    loaded = write(tmp_path, text)
    assert said in loaded.faults[0]
    assert loaded.settings == Settings()


def test_the_bell_is_silent_unless_it_is_asked_for(tmp_path: Path) -> None:
    assert Settings().bell is False
    assert write(tmp_path, "bell = true\n").settings.bell is True


def test_a_broken_part_leaves_the_others(tmp_path: Path) -> None:
    loaded = write(tmp_path, 'theme = "claw-light"\nx = 1\n[keys]\ncopy = 3\nfilter = "f"\n')
    assert loaded.settings == Settings("claw-light", {"filter": "f"})
    assert len(loaded.faults) == 2


def test_a_file_that_is_no_text_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_bytes(b"\xff\xfe\x00")
    assert load_settings(tmp_path).faults


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", 'theme = "x"\n'),
        ('# c\ntheme = "y" # d\n', '# c\ntheme = "x"\n'),
        ('[keys]\ntheme = "t"\n', 'theme = "x"\n[keys]\ntheme = "t"\n'),
        ('  theme = "y"\r\nbell = true\r\n', 'theme = "x"\r\nbell = true\r\n'),
        ('"theme" = "y"\n', 'theme = "x"\n'),
        ('a = [\n[1],\n]\ntheme = "y"\n', 'a = [\n[1],\n]\ntheme = "x"\n'),
        ('a = """\ntheme = "y"\n"""\ntheme = "z"\n', 'a = """\ntheme = "y"\n"""\ntheme = "x"\n'),
        ('#theme = "y"\n#bell = true\n[keys]\n', '#theme = "y"\ntheme = "x"\n#bell = true\n[keys]\n'),
        ('[keys]\n# theme = "t"\n', 'theme = "x"\n[keys]\n# theme = "t"\n'),
    ],
)
def test_saving_the_theme_changes_nothing_else(tmp_path: Path, before: str, after: str) -> None:
    path = tmp_path / "new" / "settings.toml"
    if before:
        path.parent.mkdir()
        path.write_bytes(before.encode())
    save_theme(path, "x")
    assert path.read_bytes().decode() == after
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize(
    "text",
    ['theme = """\ny\n"""\n', "theme.x = 1\n", "[theme]\n", "bell = \n", "#" * (1 << 17)],
    ids=lambda text: text[:9],
)
def test_a_file_that_would_break_or_is_broken_is_left_as_it_is(tmp_path: Path, text: str) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(text)
    with pytest.raises(OSError, match="it is left as it is"):
        save_theme(path, "x")
    assert path.read_text() == text


def contrast(first: str, second: str) -> float:
    lighter, darker = sorted((luminance(first), luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    channels = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


EVERY = (*THEMES, *BUILTIN_THEMES.values())
WITH_COLOURS = [theme for theme in EVERY if not theme.ansi]


@pytest.mark.parametrize("theme", WITH_COLOURS, ids=lambda theme: theme.name)
def test_every_tone_is_readable_on_every_background(theme: Theme) -> None:
    ours, generated = variables(theme), theme.to_color_system().generate()
    tones = {name: colour for name, colour in ours.items() if name.startswith("tone-")}
    del tones["tone-faint"]
    for background in (generated["background"], generated["surface"], ours["bar"], ours["row-cursor"]):
        for name, colour in tones.items():
            assert contrast(colour, background) >= 4.5, (name, background)


@pytest.mark.parametrize("theme", EVERY, ids=lambda theme: theme.name)
def test_tones_that_tell_states_and_lanes_apart_are_not_the_same(theme: Theme) -> None:
    ours = variables(theme)
    assert ours.keys() == THEMES[0].variables.keys()
    assert len({ours[f"tone-{name}"] for name in ("muted", "good", "notice", "warning", "bad")}) == 5
    assert len({ours[f"tone-lane-{number}"] for number in range(1, 7)}) == 6
    assert ours["row-cursor"] not in {colour for name, colour in ours.items() if name != "row-cursor"}


@pytest.mark.parametrize("theme", [theme for theme in EVERY if theme.ansi], ids=lambda theme: theme.name)
def test_where_the_terminal_has_its_own_colours_only_those_are_used(theme: Theme) -> None:
    assert {colour.startswith("ansi_") for colour in variables(theme).values()} == {True}
    assert all(style.color is not None for style in tone_styles(variables(theme)).values())


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o444])
def test_the_file_keeps_its_mode(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "settings.toml"
    path.write_text("# mine\nown = 1\n")
    path.chmod(mode)
    save_theme(path, "claw-light")
    assert path.read_text() == 'theme = "claw-light"\n# mine\nown = 1\n'
    assert stat.S_IMODE(path.stat().st_mode) == mode


def test_on_a_full_disk_the_settings_stay_as_they_are(tmp_path: Path) -> None:
    with mounted(tmp_path / "disk") as disk:
        path = disk / "settings.toml"
        path.write_text('theme = "claw-dark"\n')
        fill(disk)
        with pytest.raises(OSError, match="No space left"):
            save_theme(path, "claw-light")
        assert path.read_text() == 'theme = "claw-dark"\n'
        assert sorted(file.name for file in disk.iterdir()) == ["filler", "settings.toml"]


def test_a_symbolic_link_to_the_file_stays_one(tmp_path: Path) -> None:
    real = tmp_path / "dotfiles" / "claw-tui.toml"
    real.parent.mkdir()
    real.write_text("bell = true\n")
    path = tmp_path / "settings.toml"
    path.symlink_to(real)
    save_theme(path, "claw-light")
    assert path.is_symlink()
    assert real.read_text() == 'theme = "claw-light"\nbell = true\n'
    assert [file.name for file in real.parent.iterdir()] == [real.name]
