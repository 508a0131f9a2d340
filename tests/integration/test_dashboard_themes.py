"""Themes of the dashboard, and how it looks without colours."""

import asyncio
from pathlib import Path
from threading import Event

import pytest

from claw_tui.settings import LoadedSettings, Settings, load_settings
from claw_tui.shell import theme_keeper
from claw_tui.shell.common_sheets import CopySheet
from claw_tui.shell.theme_sheet import ThemeSheet
from tests.dashboard import dashboard, screen_text
from tests.snapshots import sketch
from tests.until import eventually


async def test_theme_is_switched_and_kept(tmp_path: Path) -> None:
    settings = tmp_path / "settings.toml"
    settings.write_text('# mine\n[keys]\ncopy = "c"\n')
    async with dashboard(sketch(), settings=load_settings(tmp_path)) as (app, pilot):
        assert app.theme == "claw-dark"
        await pilot.press("t")
        await eventually(pilot, lambda: "claw-light" in settings.read_text())
    assert settings.read_text() == 'theme = "claw-light"\n# mine\n[keys]\ncopy = "c"\n'
    async with dashboard(sketch(), settings=load_settings(tmp_path)) as (app, pilot):
        assert app.theme == "claw-light"
        await pilot.press("c")
        assert isinstance(app.screen, CopySheet)


@pytest.mark.parametrize("theme", ["nord", "textual-light", "ansi-dark"])
async def test_themes_of_textual_can_be_used_too(theme: str) -> None:
    async with dashboard(sketch(), settings=LoadedSettings(Settings(theme=theme))) as (app, pilot):
        assert app.theme == theme
        assert "● running" in screen_text(app)
        await pilot.press("y")
        assert "Copy from clawdbot:cb" in screen_text(app)


async def test_a_theme_is_tried_on_under_the_cursor_and_kept_by_enter(tmp_path: Path) -> None:
    settings = LoadedSettings(path=tmp_path / "settings.toml")
    async with dashboard(sketch(), settings=settings) as (app, pilot):
        await pilot.press("T")
        sheet = app.screen
        assert isinstance(sheet, ThemeSheet)
        await pilot.press("down", "down")
        assert app.theme == "ansi-dark"
        await pilot.press("down", "down", "enter")
        assert app.screen is not sheet
        assert app.theme == "atom-one-dark"
        await eventually(pilot, lambda: load_settings(tmp_path).settings.theme == "atom-one-dark")
        await pilot.press("t")
        assert app.theme == "claw-light"
        await pilot.press("t")
        assert app.theme == "atom-one-dark"


async def test_a_theme_is_chosen_from_the_palette() -> None:
    async with dashboard(sketch()) as (app, pilot):
        await pilot.press("colon", *"choose a theme")
        await eventually(pilot, lambda: "Choose a theme" in screen_text(app))
        await pilot.press("enter")
        await eventually(pilot, lambda: isinstance(app.screen, ThemeSheet))


async def test_without_a_choice_the_theme_is_as_before_and_nothing_is_written(tmp_path: Path) -> None:
    settings = LoadedSettings(path=tmp_path / "settings.toml")
    async with dashboard(sketch(), settings=settings) as (app, pilot):
        await pilot.press("T", "end")
        assert app.theme == "tokyo-night"
        await pilot.press("escape")
        assert app.theme == "claw-dark"
    assert not (tmp_path / "settings.toml").exists()


async def test_unknown_theme_is_a_problem() -> None:
    async with dashboard(sketch(), settings=LoadedSettings(Settings(theme="pink"))) as (app, _):
        assert app.theme == "claw-dark"
        assert "There is no theme “pink”" in app.session.problems.all[0].message


async def test_theme_that_cannot_be_kept_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    settings = LoadedSettings(path=tmp_path / "file" / "settings.toml")
    async with dashboard(sketch(), settings=settings) as (app, pilot):
        await pilot.press("t")
        await eventually(pilot, lambda: bool(app.session.problems.all))
        assert "could not be kept" in app.session.problems.all[0].message


async def test_keys_do_not_wait_for_the_disk_that_keeps_the_theme(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer, kept = Event(), list[str]()

    def save(_path: Path, theme: str) -> None:
        answer.wait(30)
        kept.append(theme)

    monkeypatch.setattr(theme_keeper, "save_theme", save)
    async with dashboard(sketch(), settings=LoadedSettings(path=tmp_path / "settings.toml")) as (app, pilot):
        try:
            await pilot.press("t", "y")
            assert isinstance(app.screen, CopySheet)
            assert kept == []
            await pilot.press("escape", "t")
        finally:
            answer.set()
        await eventually(pilot, lambda: len(kept) == 2)
        assert kept[-1] == app.theme


async def test_the_last_of_several_choices_is_kept_although_the_dashboard_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, answer, kept = Event(), Event(), list[str]()

    def save(_path: Path, theme: str) -> None:
        begun.set()
        answer.wait(30)
        kept.append(theme)

    monkeypatch.setattr(theme_keeper, "save_theme", save)
    async with dashboard(sketch(), settings=LoadedSettings(path=tmp_path / "settings.toml")) as (app, pilot):
        await pilot.press("t")
        await eventually(pilot, begun.is_set)
        await pilot.press("t")
        last = app.theme
        asyncio.get_running_loop().call_later(0.2, answer.set)
    assert kept[-1] == last
    assert len(kept) == 2


async def test_the_end_does_not_wait_long_for_a_disk_that_does_not_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer, waited_for = Event(), Event()

    def save_in_vain(*_: object) -> None:
        if not answer.wait(10):
            waited_for.set()

    monkeypatch.setattr(theme_keeper, "LAST_SAVE_S", 0.01)
    monkeypatch.setattr(theme_keeper, "save_theme", save_in_vain)
    try:
        async with dashboard(sketch(), settings=LoadedSettings(path=tmp_path / "settings.toml")) as (_, pilot):
            await pilot.press("t")
        assert not waited_for.is_set()
    finally:
        answer.set()


async def test_no_color_leaves_symbols_and_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with dashboard(sketch(), (120, 36)) as (app, _):
        assert "● running" in screen_text(app)
        strips = app.screen._compositor.render_strips()
        colours = {
            segment.style.color.triplet
            for strip in strips
            for segment in strip.apply_filter(app._filters[0], app.screen.background_colors[1])
            if segment.style and segment.style.color and segment.style.color.triplet
        }
        assert colours
        assert all(red == green == blue for red, green, blue in colours)
