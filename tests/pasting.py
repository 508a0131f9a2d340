"""Commands pasted into real shells, in which every program is a recorder of its words."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

SHELLS = tuple(name for name in ("sh", "bash", "zsh", "fish") if shutil.which(name))
HOSTILE = (
    "with blanks  and more",
    "it's $(touch pwned)",
    "`touch pwned`",
    '"; touch pwned; "',
    "a;touch pwned&&touch pwned|touch pwned",
    "!!$HOME!x",
    "~/x",
    "~root",
    "--all",
    "-rf",
    "*",
    "[a-z]?{p,q}",
    "back\\slash\\\\'\\",
    "#nothing",
    "=ls",
    "%1",
    "$'\\x41'",
    "<in>out",
    "(touch pwned)",
    "漢字 é",
    "",
    "if",
)
"""Names that a shell would take for something else, each of which can be pasted all the same."""
UNPASTEABLE = (
    "two\nlines; touch pwned",
    "tab\there",
    "\x1b[31mred",
    "nul\x00",
    "bytes\udcff\udcfe",
    "left\u202eright",
    "\u200bnothing",
    "no\u00a0break",
    "del\x7f",
    "line\u2028end",
)

_RECORDER = """#!{python} -ISE
import json, os, sys
argv = [sys.argv[0].rpartition("/")[2], *sys.argv[1:]]
with open({record!r}, "a") as record:
    print(json.dumps([argv, os.environ.get("OPENCLAW_STATE_DIR")]), file=record)
"""


class Pasting:
    """A directory in which commands are pasted; `programs` are those that do nothing there but tell their words."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._bin = directory / "bin"
        self._record = directory / "record"
        for folder in (self._bin, directory / "home", directory / "work"):
            folder.mkdir(parents=True)
        (directory / "work" / "a").touch()

    def program(self, name: str) -> Path:
        """A recorder of that name, on PATH where the name is no path."""
        path = self._bin / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.write_text(_RECORDER.format(python=sys.executable, record=str(self._record)))
            path.chmod(0o755)
        return path

    def paste(self, shell: str, text: str) -> list[list[str]]:
        """Paste lines into a shell, and return the argv of each program that ran; nothing else may have happened."""
        return [argv for argv, _ in self.paste_with_state_dir(shell, text)]

    def paste_with_state_dir(self, shell: str, text: str) -> list[tuple[list[str], str | None]]:
        self._record.write_text("")
        before = {"bash": "set -o history; set -o histexpand\n", "zsh": "setopt extendedglob banghist\n"}.get(shell, "")
        subprocess.run(
            [shell],
            input=f"{before}{text}\n",
            encoding="utf-8",
            errors="surrogateescape",
            cwd=self.directory / "work",
            env={"PATH": f"{self._bin}:/usr/bin:/bin", "HOME": str(self.directory / "home"), "LC_ALL": "C.UTF-8"},
            capture_output=True,
            timeout=60,
        )
        assert {path.name for path in (self.directory / "work").iterdir()} == {"a"}
        assert list((self.directory / "home").glob("pwned")) == []
        return [tuple(json.loads(line)) for line in self._record.read_text().splitlines()]
