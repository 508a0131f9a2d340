"""Our themes for terminals of 256 and of 16 colours, where the nearest colours to those of the full ones are poor.

Of 256 the nearest to a dark blue grey is a bright navy; of 16 green, yellow and cyan cannot be read on white, and the
row under the cursor has the colour of the background. Symbols, words and brackets carry the meaning anyway.
"""

from dataclasses import replace

from textual.theme import BUILTIN_THEMES, Theme

from claw_tui.shell.themes import DARK, LIGHT, THEMES, tones

_OF_256 = (
    Theme(
        name=DARK,
        dark=True,
        primary="#87d7ff",
        secondary="#afafd7",
        accent="#87d7ff",
        foreground="#d7d7d7",
        background="#121212",
        surface="#1c1c1c",
        panel="#262626",
        success="#5fd7af",
        warning="#ffd75f",
        error="#ff8787",
        variables={
            **tones(
                *("#d7afff", "#5fd7d7", "#ffafd7", "#afd787", "#d7af87", "#87afff"),
                normal="#d7d7d7",
                strong="#ffffff",
                title="#87d7ff",
                muted="#afafaf",
                faint="#767676",
                good="#5fd7af",
                notice="#87d7ff",
                warning="#ffd75f",
                bad="#ff8787",
            ),
            "bar": "#262626",
            "row-cursor": "#303030",
            "rule": "#444444",
        },
    ),
    Theme(
        name=LIGHT,
        dark=False,
        primary="#005faf",
        secondary="#5f5f87",
        accent="#005faf",
        foreground="#262626",
        background="#ffffff",
        surface="#ffffff",
        panel="#eeeeee",
        success="#005f00",
        warning="#875f00",
        error="#af0000",
        variables={
            **tones(
                *("#5f00af", "#005f5f", "#87005f", "#5f5f00", "#5f0000", "#0000af"),
                normal="#262626",
                strong="#000000",
                title="#005f87",
                muted="#4e4e4e",
                faint="#8a8a8a",
                good="#005f00",
                notice="#005faf",
                warning="#875f00",
                bad="#af0000",
            ),
            "bar": "#eeeeee",
            "row-cursor": "#d7ffff",
            "rule": "#bcbcbc",
        },
    ),
)
_OF_16 = (
    Theme(
        name=DARK,
        dark=True,
        primary="#55ffff",
        secondary="#aaaaaa",
        accent="#55ffff",
        foreground="#ffffff",
        background="#000000",
        surface="#000000",
        panel="#000000",
        success="#55ff55",
        warning="#ffff55",
        error="#ff5555",
        variables={
            **tones(
                *("#ff55ff", "#55ffff", "#ffffff", "#55ff55", "#ffff55", "#aaaaaa"),
                normal="#ffffff",
                strong="#ffffff",
                title="#55ffff",
                muted="#aaaaaa",
                faint="#aaaaaa",
                good="#55ff55",
                notice="#55ffff",
                warning="#ffff55",
                bad="#ff5555",
            ),
            "bar": "#000000",
            "row-cursor": "#0000aa",
            "rule": "#555555",
            "text-disabled": "#aaaaaa",
        },
    ),
    Theme(
        name=LIGHT,
        dark=False,
        primary="#0000aa",
        secondary="#555555",
        accent="#0000aa",
        foreground="#000000",
        background="#ffffff",
        surface="#ffffff",
        panel="#ffffff",
        success="#000000",
        warning="#aa00aa",
        error="#aa0000",
        variables={
            **tones(
                *("#aa00aa", "#0000aa", "#aa0000", "#000000", "#555555", "#aa00aa"),
                normal="#000000",
                strong="#000000",
                title="#0000aa",
                muted="#555555",
                faint="#555555",
                good="#000000",
                notice="#0000aa",
                warning="#aa00aa",
                bad="#aa0000",
            ),
            "bar": "#ffffff",
            "row-cursor": "#55ffff",
            "rule": "#aaaaaa",
            "text-disabled": "#555555",
        },
    ),
)
"""In the 16 colours of a console, which others make a little lighter or darker."""


_GREYS = {True: ("#ffffff", "#aaaaaa", "#555555"), False: ("#000000", "#555555", "#aaaaaa")}
"""What is left of 16 colours without hue, on dark and on light: for text, for muted text, for the row of the cursor."""


def themes_for(color_system: str | None, *, no_color: bool) -> tuple[Theme, ...]:
    """The themes to register in a terminal of these colours, as Rich calls them; `no_color` makes greys of all.

    With 16 colours there is no more than dark and light: each of Textual's own themes becomes one of the two.
    """
    if color_system not in ("256", "standard", "windows"):
        return THEMES
    if color_system == "256":
        return THEMES if no_color else _OF_256  # the greys of the full colours are among 256
    ours = tuple(map(_grey, _OF_16)) if no_color else _OF_16
    by_darkness = {theme.dark: theme for theme in ours}
    others = (replace(by_darkness[theme.dark], name=theme.name) for theme in BUILTIN_THEMES.values() if not theme.ansi)
    return (*ours, *others)


def _grey(theme: Theme) -> Theme:
    """The theme in what a colour that loses its hue is not mistaken for: black, white and two greys."""
    text, muted, row = _GREYS[theme.dark]
    texts = {name: text for name in theme.variables if name.startswith("tone-")}
    return replace(
        theme,
        primary=text,
        secondary=text,
        accent=text,
        success=text,
        warning=text,
        error=text,
        variables={**theme.variables, **texts, "tone-muted": muted, "tone-faint": muted, "row-cursor": row},
    )
