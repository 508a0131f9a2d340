"""Our two themes.

Colours are told apart with any kind of colour vision, and every tone reads well (at least 4.5:1) on the background and
on the row under the cursor; symbols and words carry the meaning anyway.
"""

from textual.theme import BUILTIN_THEMES, Theme

DARK = "claw-dark"
LIGHT = "claw-light"


def _tones(*lanes: str, **colours: str) -> dict[str, str]:
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
            **_tones(
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
            **_tones(
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
            "row-cursor": "#d8e6f5",
            "rule": "#d2cdc2",
        },
    ),
)


def names() -> tuple[str, ...]:
    """The names of all themes: ours, then Textual's own."""
    return (*(theme.name for theme in THEMES), *sorted(BUILTIN_THEMES))


def variables(*, dark: bool) -> dict[str, str]:
    return next(theme.variables for theme in THEMES if theme.dark is dark)
