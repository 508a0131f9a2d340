"""The ways to a clipboard that there are where the dashboard runs, by the environment alone.

Programs say whether they took a text. A terminal does not: what is known of it is whether it takes OSC 52, the escape
sequence for its clipboard, at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_LONGEST_SEQUENCE = 74_994  # bytes; in base64 those are the 100,000 characters at which many terminals stop reading
_FORWARDED_DISPLAY = re.compile(r"[^:/]+:\d+(\.\d+)?")
"""Of a display with a name in front, `localhost:10.0`: ssh brings it to the user's own machine."""


@dataclass(frozen=True, slots=True)
class Way:
    """A program that takes the text on its stdin: never as an argument, which everybody could see."""

    argv: tuple[str, ...]
    place: str  # where the text is then
    wide: bool = False  # it reads UTF-16, as Windows does

    @property
    def program(self) -> str:
        return self.argv[0]

    def encoded(self, text: str) -> bytes:
        return text.encode("utf-16-le", "replace") if self.wide and not text.isascii() else in_bytes(text)


def in_bytes(text: str) -> bytes:
    """Return the text as UTF-8; of a path that is none, the bytes that it has."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")


def tmux_ways(environment: Mapping[str, str]) -> Iterator[Way]:
    """The ways into tmux, the best first; the other one is for a tmux before 3.2."""
    if environment.get("TMUX"):
        yield Way(
            ("tmux", "load-buffer", "-w", "-"),
            "in tmux's buffer, and in your terminal's clipboard if that takes it from tmux",
        )
        yield Way(("tmux", "load-buffer", "-"), "in tmux's buffer")


def desktop_ways(environment: Mapping[str, str]) -> Iterator[Way]:
    """The ways into the clipboard of the desktop, the best first; over ssh only into the one that ssh brings along."""
    display, remote = environment.get("DISPLAY", ""), is_remote(environment)
    if not remote:
        yield Way(("pbcopy",), "in the clipboard, by pbcopy")
        yield Way(("clip.exe",), "in the clipboard of Windows, by clip.exe", wide=True)
        if environment.get("WAYLAND_DISPLAY"):
            yield Way(("wl-copy",), "in the clipboard, by wl-copy")
    if _FORWARDED_DISPLAY.fullmatch(display) if remote else display:
        yield Way(("xclip", "-selection", "clipboard", "-in"), "in the clipboard, by xclip")
        yield Way(("xsel", "--clipboard", "--input"), "in the clipboard, by xsel")


def is_remote(environment: Mapping[str, str]) -> bool:
    """Whether the user sits at another machine, the clipboard of which is meant."""
    return bool(environment.get("SSH_CONNECTION") or environment.get("SSH_TTY"))


@dataclass(frozen=True, slots=True)
class Taking:
    """Whether a terminal takes OSC 52, and what to do where it does not."""

    terminal: str
    takes: bool | None  # `None`: nobody can tell
    remedy: str = ""


_BY_VARIABLE = (
    ("TMUX", Taking("tmux", False, "`tmux set -s set-clipboard on` lets it pass.")),
    ("STY", Taking("GNU screen", False, "tmux passes text on to the terminal.")),
    ("KITTY_WINDOW_ID", Taking("kitty", True)),
    ("WT_SESSION", Taking("Windows Terminal", True)),
    ("ALACRITTY_WINDOW_ID", Taking("Alacritty", True)),
    ("XTERM_VERSION", Taking("xterm", None, "It takes text only with allowWindowOps, which is off by default.")),
    ("VTE_VERSION", Taking("This terminal", None, "Those of GNOME take no text in most versions.")),
)
_BY_PROGRAM = {
    "Apple_Terminal": Taking("Apple's Terminal", False, "iTerm2, kitty, WezTerm and Ghostty take text."),
    "iTerm.app": Taking("iTerm2", None, "It has to be allowed: Settings, General, Selection."),
    "WezTerm": Taking("WezTerm", True),
    "ghostty": Taking("Ghostty", True),
}
_BY_TERM = (
    ("linux", Taking("The Linux console", False, "It has no clipboard; tmux has a buffer.")),
    ("dumb", Taking("This terminal", False)),
    ("xterm-kitty", Taking("kitty", True)),
    ("xterm-ghostty", Taking("Ghostty", True)),
    ("wezterm", Taking("WezTerm", True)),
    ("foot", Taking("foot", True)),
    ("alacritty", Taking("Alacritty", True)),
    ("screen", Taking("tmux or screen", None, "In tmux, `tmux set -s set-clipboard on` lets it pass.")),
    ("tmux", Taking("tmux", None, "`tmux set -s set-clipboard on` lets it pass.")),
)


def terminal_taking(environment: Mapping[str, str], size: int = 0) -> Taking:
    """Whether the terminal takes a text of so many bytes."""
    found = _terminal(environment)
    if found.takes and size > _LONGEST_SEQUENCE:
        return Taking(found.terminal, None, "Terminals may cut off what is as long as this.")
    return found


def _terminal(environment: Mapping[str, str]) -> Taking:
    for variable, taking in _BY_VARIABLE[:2]:  # what is between comes first: it inherits the terminal's own variables
        if environment.get(variable):
            return taking
    term = environment.get("TERM", "")
    for name, taking in _BY_TERM:
        if term == name or term.startswith(f"{name}-"):
            return taking
    by_program = _BY_PROGRAM.get(environment.get("TERM_PROGRAM", ""))
    if by_program is not None:
        return by_program
    by_variable = (taking for variable, taking in _BY_VARIABLE if environment.get(variable))
    return next(by_variable, Taking("Your terminal", None))
