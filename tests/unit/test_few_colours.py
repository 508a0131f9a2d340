"""Our themes on terminals of 256 and of 16 colours, as the colours come out there."""

import pytest
from rich.color import Color, ColorSystem
from textual.theme import BUILTIN_THEMES, Theme

from claw_tui.shell.few_colours import themes_for
from claw_tui.shell.themes import DARK, LIGHT, THEMES
from tests.unit.test_settings import contrast

SYSTEMS = {"256": ColorSystem.EIGHT_BIT, "standard": ColorSystem.STANDARD}
CASES = [
    pytest.param(theme, name, id=f"{theme.name} {name}")
    for name in SYSTEMS
    for theme in themes_for(name, no_color=False)
    if theme.name in (DARK, LIGHT)
]
LEAST = {"256": 4.4, "standard": 3.9}
LEAST_ON_ROW = {"256": 4.4, "standard": 3.1}  # no light colour of 16 but white leaves the grey more


def shown(colour: str | None, colours: str) -> str:
    """What such a terminal makes of that colour."""
    assert colour is not None
    found: str = Color.parse(colour).downgrade(SYSTEMS[colours]).get_truecolor().hex
    return found


@pytest.mark.parametrize(("theme", "colours"), CASES)
def test_every_tone_is_readable_on_every_background(theme: Theme, colours: str) -> None:
    tones = {name: tone for name, tone in theme.variables.items() if name.startswith("tone-")}
    if colours != "standard":
        del tones["tone-faint"]
    row = theme.variables["row-cursor"]
    for ground in (theme.background, theme.surface, theme.panel, theme.variables["bar"], row):
        least = (LEAST_ON_ROW if ground == row else LEAST)[colours]
        for name, tone in tones.items():
            assert contrast(shown(tone, colours), shown(ground, colours)) >= least, (name, ground)


@pytest.mark.parametrize(("theme", "colours"), CASES)
def test_the_row_under_the_cursor_is_not_the_background(theme: Theme, colours: str) -> None:
    cursor = shown(theme.variables["row-cursor"], colours)
    assert cursor not in [shown(one, colours) for one in (theme.background, theme.surface, theme.panel)]


@pytest.mark.parametrize("name", [DARK, LIGHT])
def test_without_colour_16_are_three_greys_that_can_be_read_on_each_other(name: str) -> None:
    theme = next(theme for theme in themes_for("standard", no_color=True) if theme.name == name)
    tones = {tone for key, tone in theme.variables.items() if key.startswith("tone-")}
    assert len({*tones, theme.background, theme.variables["row-cursor"]}) == 4
    assert all(tone[1:3] == tone[3:5] == tone[5:7] for tone in tones)
    for tone in tones:
        assert contrast(tone, str(theme.background)) >= 7
        assert contrast(tone, theme.variables["row-cursor"]) >= 3


@pytest.mark.parametrize(("theme", "colours"), CASES)
def test_what_is_bad_is_told_from_what_is_fine_and_what_is_odd(theme: Theme, colours: str) -> None:
    tones = {shown(theme.variables[f"tone-{name}"], colours) for name in ("good", "warning", "bad", "muted")}
    assert len(tones) == 4
    assert theme.variables.keys() >= THEMES[0].variables.keys()


@pytest.mark.parametrize("colours", [None, "truecolor", "256", "standard", "windows"])
def test_a_theme_has_its_name_in_every_terminal(colours: str | None) -> None:
    names = [theme.name for theme in themes_for(colours, no_color=False)]
    assert names[:2] == [DARK, LIGHT]
    assert len(names) == len(set(names))


def test_with_16_colours_each_other_theme_is_one_of_the_two() -> None:
    known = {theme.name: theme for theme in themes_for("standard", no_color=False)}
    for name, theme in BUILTIN_THEMES.items():
        assert theme.ansi or known[name].background == known[DARK if theme.dark else LIGHT].background
