"""Which ways to a clipboard an environment offers."""

import pytest

from claw_tui.shell.clipboard_ways import Way, desktop_ways, terminal_taking, tmux_ways

SSH = {"SSH_CONNECTION": "192.0.2.7 50000 192.0.2.8 22"}


def programs(environment: dict[str, str]) -> list[str]:
    return [way.program for way in desktop_ways(environment)]


def test_programs_of_a_display_are_asked_only_where_it_is() -> None:
    assert programs({}) == ["pbcopy", "clip.exe"]
    assert programs({"WAYLAND_DISPLAY": "wayland-0"}) == ["pbcopy", "clip.exe", "wl-copy"]
    assert programs({"DISPLAY": ":0"}) == ["pbcopy", "clip.exe", "xclip", "xsel"]


@pytest.mark.parametrize("display", ["", ":0", "unix/:0"])
def test_over_ssh_the_clipboard_of_the_other_machine_is_not_the_users(display: str) -> None:
    assert programs({"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": display, **SSH}) == []
    assert programs({"DISPLAY": display, "SSH_TTY": "/dev/pts/3"}) == []


@pytest.mark.parametrize("display", ["localhost:10.0", "nas:11"])
def test_a_display_that_ssh_brings_along_is_the_users(display: str) -> None:
    assert programs({"DISPLAY": display, **SSH}) == ["xclip", "xsel"]


def test_tmux_is_asked_only_from_within() -> None:
    assert list(tmux_ways({})) == []
    assert [way.argv[-2:] for way in tmux_ways({"TMUX": "/tmp/t,1,0"})] == [("-w", "-"), ("load-buffer", "-")]


@pytest.mark.parametrize(
    ("environment", "terminal", "takes"),
    [
        ({"TERM": "xterm-kitty"}, "kitty", True),
        ({"TERM": "foot-direct"}, "foot", True),
        ({"TERM": "alacritty"}, "Alacritty", True),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"}, "WezTerm", True),
        ({"TERM": "xterm-256color", "WT_SESSION": "x"}, "Windows Terminal", True),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "Apple_Terminal"}, "Apple's Terminal", False),
        ({"TERM": "linux"}, "The Linux console", False),
        ({"TERM": "dumb"}, "This terminal", False),
        ({"TERM": "screen.xterm-256color", "STY": "1.pts", "KITTY_WINDOW_ID": "1"}, "GNU screen", False),
        ({"TERM": "tmux-256color", "TMUX": "x", "TERM_PROGRAM": "tmux"}, "tmux", False),
        ({"TERM": "screen-256color"}, "tmux or screen", None),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, "iTerm2", None),
        ({"TERM": "xterm-256color", "XTERM_VERSION": "XTerm(390)"}, "xterm", None),
        ({"TERM": "xterm-256color"}, "Your terminal", None),
        ({}, "Your terminal", None),
    ],
)
def test_of_a_terminal_only_what_is_known_is_said(environment: dict[str, str], terminal: str, takes: bool) -> None:
    found = terminal_taking(environment)
    assert (found.terminal, found.takes) == (terminal, takes)


def test_of_a_long_text_nobody_knows_whether_a_terminal_takes_it() -> None:
    assert terminal_taking({"TERM": "xterm-kitty"}, 74_994).takes is True
    assert terminal_taking({"TERM": "xterm-kitty"}, 74_995).takes is None
    assert terminal_taking({"TERM": "linux"}, 74_995).takes is False


def test_windows_gets_other_letters_than_ascii_in_its_own_encoding() -> None:
    way = Way(("clip.exe",), "", wide=True)
    assert way.encoded("claw") == b"claw"
    assert way.encoded("é") == b"\xe9\x00"
    assert Way(("xsel",), "").encoded("é\udc80") == b"\xc3\xa9\x80"
    assert Way(("xsel",), "").encoded("\ud800") == b"?"
