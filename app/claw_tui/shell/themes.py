"""The themes: our two, and what our screens need of Textual's own.

Colours are told apart with any kind of colour vision, and every tone reads well (at least 4.5:1) on the background and
on the row under the cursor; symbols and words carry the meaning anyway.
"""

from functools import cache

from textual.color import Color
from textual.theme import BUILTIN_THEMES, Theme

DARK = "claw-dark"
LIGHT = "claw-light"


def tones(*lanes: str, **colours: str) -> dict[str, str]:
    """The variables of a theme for our tones: those of lanes in their order, the others by name."""
    named = {f"tone-{name}": colour for name, colour in colours.items()}
    return named | {f"tone-lane-{number}": colour for number, colour in enumerate(lanes, start=1)}


THEMES = (
    Theme(
        name=DARK,
        dark=True,
        primary="#7cc4ff",
        secondary="#9db4cc",
        accent="#7cc4ff",
        foreground="#d5dde6",
        background="#0f141a",
        surface="#131a22",
        panel="#1d2732",
        success="#6edcb0",
        warning="#f2c14e",
        error="#ff9077",
        variables={
            **tones(
                *("#c9a6ff", "#7fd6e0", "#f0a8d0", "#b9d97c", "#e6c79a", "#9fb8ff"),
                normal="#d5dde6",
                strong="#f4f7fa",
                title="#9fd3ff",
                muted="#94a3b3",
                faint="#5c6b7a",
                good="#6edcb0",
                notice="#7cc4ff",
                warning="#f2c14e",
                bad="#ff9077",
            ),
            "bar": "#1d2732",
            "row-cursor": "#22344a",
            "rule": "#2b3947",
        },
    ),
    Theme(
        name=LIGHT,
        dark=False,
        primary="#0a58a8",
        secondary="#4a5b6c",
        accent="#0a58a8",
        foreground="#1f2a35",
        background="#fbfaf7",
        surface="#f5f3ee",
        panel="#e9e6df",
        success="#0a6647",
        warning="#7d5000",
        error="#b02a12",
        variables={
            **tones(
                *("#6b3fb0", "#0b6372", "#a0256e", "#4d6408", "#7a4e1a", "#3450b0"),
                normal="#1f2a35",
                strong="#060b10",
                title="#0a4a8f",
                muted="#55636f",
                faint="#9aa5ae",
                good="#0a6647",
                notice="#0a58a8",
                warning="#7d5000",
                bad="#b02a12",
            ),
            "bar": "#e9e6df",
            "row-cursor": "#d8e6f5",
            "rule": "#d2cdc2",
        },
    ),
)


def names() -> tuple[str, ...]:
    """The names of all themes: ours, then Textual's own."""
    return (*(theme.name for theme in THEMES), *sorted(BUILTIN_THEMES))


def variables(theme: Theme) -> dict[str, str]:
    """Our own variables for a theme that does not define them itself."""
    if theme.ansi:
        return _ANSI_DARK if theme.dark else _ANSI_LIGHT
    return _derived(theme.name) if theme.name in BUILTIN_THEMES else _of_ours(dark=theme.dark)


def _of_ours(*, dark: bool) -> dict[str, str]:
    return next(theme.variables for theme in THEMES if theme.dark is dark)


_ANSI_DARK = {
    **tones(
        *("ansi_bright_magenta", "ansi_bright_cyan", "ansi_magenta", "ansi_green", "ansi_yellow", "ansi_bright_blue"),
        normal="ansi_default",
        strong="ansi_bright_white",
        title="ansi_bright_cyan",
        muted="ansi_white",
        faint="ansi_bright_black",
        good="ansi_bright_green",
        notice="ansi_cyan",
        warning="ansi_bright_yellow",
        bad="ansi_bright_red",
    ),
    "bar": "ansi_default",
    "row-cursor": "ansi_black",
    "rule": "ansi_bright_black",
}
_ANSI_LIGHT = {
    **tones(
        *("ansi_magenta", "ansi_cyan", "ansi_red", "ansi_green", "ansi_bright_black", "ansi_blue"),
        normal="ansi_default",
        strong="ansi_black",
        title="ansi_blue",
        muted="ansi_bright_black",
        faint="ansi_bright_black",
        good="ansi_green",
        notice="ansi_blue",
        warning="ansi_magenta",
        bad="ansi_red",
    ),
    "bar": "ansi_default",
    "row-cursor": "ansi_bright_white",
    "rule": "ansi_bright_black",
}
"""The 16 colours are the terminal's own, so that nothing can be computed: bright ones on dark, dark ones on light."""

_LEAST_CONTRAST = 4.5
_STEPS = 20
_BASES = ("background", "surface", "panel", "foreground", "primary", "success", "warning", "error")


@cache
def _derived(name: str) -> dict[str, str]:
    """Tones in the colours of that theme of Textual's, each moved as far from the backgrounds as it has to be."""
    theme = BUILTIN_THEMES[name]
    generated = theme.to_color_system().generate()
    colours = {base: Color.parse(generated[base]) for base in _BASES}
    background, foreground = colours["background"], colours["foreground"]
    far = Color.parse("#ffffff" if theme.dark else "#000000")
    row = background.blend(colours["primary"], 0.18)
    bar = background.blend(colours["panel"], 0.5)
    grounds = (background, colours["surface"], bar, row)
    lanes = [Color.parse(_of_ours(dark=theme.dark)[f"tone-lane-{number}"]) for number in range(1, 7)]
    tones = {
        "normal": foreground,
        "strong": foreground.blend(far, 0.6),
        "title": colours["primary"],
        "muted": foreground.blend(background, 0.35),
        "good": colours["success"],
        "notice": colours["primary"],
        "warning": colours["warning"],
        "bad": colours["error"],
    }
    return {
        **{f"tone-{tone}": _legible(colour, grounds, far).hex6 for tone, colour in tones.items()},
        **{f"tone-lane-{number}": _legible(lane, grounds, far).hex6 for number, lane in enumerate(lanes, start=1)},
        "tone-faint": foreground.blend(background, 0.6).hex6,
        "bar": bar.hex6,
        "row-cursor": row.hex6,
        "rule": foreground.blend(background, 0.75).hex6,
    }


def _legible(colour: Color, grounds: tuple[Color, ...], far: Color) -> Color:
    """Return the colour, or the nearest one to it on the way to white or black that reads well on these grounds."""
    ways = (colour.blend(far, step / _STEPS) for step in range(_STEPS + 1))
    return next((way for way in ways if min(_contrast(way, ground) for ground in grounds) >= _LEAST_CONTRAST), far)


def _contrast(first: Color, second: Color) -> float:
    """The contrast of two colours, after WCAG 2."""
    darker, lighter = sorted((_luminance(first), _luminance(second)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: Color) -> float:
    red, green, blue = (
        channel / 12.92 if channel <= 0.03928 else ((channel + 0.055) / 1.055) ** 2.4 for channel in colour.normalized
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
