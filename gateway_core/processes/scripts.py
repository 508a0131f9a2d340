"""Scripts: what a shell or another interpreter was given to run, and whether that goes round in a loop."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gateway_core.files import read_text_file
from gateway_core.host import Host, ProcessInfo
from gateway_core.redaction.terminal import printable

_SHELL = re.compile(r"-?(a|ba|da|k|z|fi|tc|c)?sh")
_INTERPRETER = re.compile(r"(python|perl|ruby)[0-9.]*")
_COMMAND_FLAG = re.compile(r"-[a-z]*[ce]|--command")
_TAKES_A_WORD = re.compile(r"[-+][a-z]*[oO]|-[WX]|--rcfile|--init-file")
_MODULE = "-m"  # of Python: no file to read
_LOOP = re.compile(r"(?:^|[;&|({]|\b(?:do|then|else|begin))[^\S\n]*(?:while|until|for|loop)\b", re.MULTILINE)
_COMMENT = re.compile(r"(?:^|\s)#.*")
_LONGEST = 1 << 16


@dataclass(frozen=True, slots=True)
class Script:
    """A process that runs a script."""

    name: str  # of its file; of its interpreter, if the text stands on the command line
    file: str | None = None
    text: str | None = None


def script_of(info: ProcessInfo) -> Script | None:
    """The script that the process runs, if it is an interpreter that was given one."""
    return script_given(info.argv)


def script_given(argv: Sequence[str]) -> Script | None:
    """The script that a command line gives to an interpreter."""
    program = argv[0].rpartition("/")[2] if argv else ""
    if not (_SHELL.fullmatch(program) or _INTERPRETER.fullmatch(program)):
        return None
    words = iter(argv[1:])
    for word in words:
        if word == _MODULE:
            return None
        if _COMMAND_FLAG.fullmatch(word):
            return Script(program.removeprefix("-"), text=next(words, ""))
        if _TAKES_A_WORD.fullmatch(word):
            next(words, None)
        elif not word.startswith(("-", "+")):
            return Script(printable(word.rpartition("/")[2]), file=word)
    return None


def display_name(info: ProcessInfo) -> str:
    """The name by which people know the process: that of the script that it runs, else that of its program."""
    script = script_of(info)
    return script.name if script is not None else info.name


def is_shell_script(info: ProcessInfo) -> bool:
    """Whether it is a shell that runs a script: what does more than run other programs is mostly no shell's."""
    return script_of(info) is not None and _SHELL.fullmatch(info.argv[0].rpartition("/")[2]) is not None


def has_loop(host: Host, info: ProcessInfo, script: Script) -> bool:
    """Whether something in the script that the process runs is repeated. Blocks."""
    text = script.text
    if script.file is not None:
        directory = host.processes.working_dir(info.pid) or Path("/")
        text = read_text_file(directory / script.file, _LONGEST).text
    return _LOOP.search(_COMMENT.sub("", text or "")) is not None
