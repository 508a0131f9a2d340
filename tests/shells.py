"""Interactive shells on a pseudo terminal, in which `claw-tui` is completed as a person completes it."""

import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from claw_tui.cli.main import cli
from claw_tui.cli.shell_completion import script
from tests.terminal import CLAW_TUI, Terminal, terminal

PROMPT = "ready> "
_CLEAR_LINE = "\x15"  # Ctrl+U
_STARTS: Mapping[str, Sequence[str]] = {
    "bash": ("--norc", "--noprofile", "-i"),
    "zsh": ("-f", "-i"),
    "fish": ("--no-config", "-i"),
}
_BEGINNINGS = {
    "bash": "PS1='{prompt}'; bind 'set enable-bracketed-paste off'; . {script}",
    "zsh": "PS1='{prompt}'; fpath=({directory} $fpath); autoload -U compinit; compinit -D -u",
    "zsh-sourced": "PS1='{prompt}'; autoload -U compinit; compinit -D -u; . {script}",
    "fish": "function fish_prompt; echo -n '{prompt}'; end; . {script}",
}


def add_gateways(home: Path) -> None:
    """Put `openclaw:rescue`, two profiles `dev` and a registered `openclaw@lab` into that home."""
    for name in (".openclaw-rescue/openclaw", ".openclaw-dev/openclaw", ".clawdbot-dev/clawdbot", "lab/openclaw"):
        (home / f"{name}.json").parent.mkdir()
        (home / f"{name}.json").write_text('{"gateway": {"mode": "local"}}')
    added = (CLAW_TUI, "add", "--config", str(home / "lab" / "openclaw.json"))
    subprocess.run(added, env={"HOME": str(home), "PATH": "/usr/bin:/bin"}, check=True, capture_output=True)


class Shell:
    """A shell that knows the completion of claw-tui."""

    def __init__(self, screen: Terminal) -> None:
        self._screen = screen

    def completed(self, typed: str, wanted: str) -> None:
        """Type that and a tab, and read on until the command line is the wanted one."""
        self._screen.type(f"{typed}\t")
        self._screen.wait_for(lambda text: self._line(text) == wanted)
        self._screen.type(_CLEAR_LINE)
        self._screen.wait_for(lambda text: self._line(text) == "")

    def offered(self, typed: str, wanted: Sequence[str]) -> None:
        """Type that and two tabs, and read on until all of these words are listed."""
        self._screen.type(f"{typed}\t\t")
        self._screen.wait_for(lambda text: all(re.search(rf"(^|\s){re.escape(word)}(\s|$)", text) for word in wanted))
        self._screen.type(_CLEAR_LINE)

    @staticmethod
    def _line(text: str) -> str:
        """What stands behind the last prompt; the screen holds no spaces at the end of a line."""
        return text.rpartition(PROMPT.rstrip())[2].strip()


@contextmanager
def shell(kind: str, program: Path, home: Path) -> Iterator[Shell]:
    """That program as an interactive shell of that home, which knows the completion of claw-tui."""
    name = kind.partition("-")[0]
    source = home / "completion" / "_claw-tui"
    source.parent.mkdir()
    source.write_text(script(cli, "claw-tui", name))
    environment = {
        "HOME": str(home),
        "PATH": f"{CLAW_TUI.parent}:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "TERM": "xterm",
    }
    with terminal(environment, *_STARTS[name], program=program, columns=150, lines=30) as screen:
        screen.type(_BEGINNINGS[kind].format(prompt=PROMPT, script=source, directory=source.parent) + "\r")
        screen.wait_for(lambda text: f"\n{PROMPT.rstrip()}" in text and text.rstrip().endswith(PROMPT.rstrip()))
        yield Shell(screen)
