"""Supervisors: programs and loops above a gateway that would start it again once it has ended."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gateway_core.host import Host, ProcessInfo
from gateway_core.processes.ancestry import ancestors, starters
from gateway_core.processes.scripts import has_loop, script_of
from gateway_core.shell_commands import shell_command


@dataclass(frozen=True, slots=True)
class _Kind:
    """A program that supervises others, how it is told, and how one of these is stopped there."""

    name: str
    program: str  # pattern of the title or of the program's name, or of its script behind an interpreter
    stop: str | None = None  # with `{name}` or `{dir}`
    variable: str | None = None  # what names the process there, in its environment


_DESKTOP_APP = _Kind("a desktop app", r"ClawX|clawx|(openclaw|clawdbot|moltbot)-desktop|OpenClaw|Clawdbot|Moltbot")
# Their patterns are compiled when they are first needed, which is never on most hosts.
_KINDS = (
    _Kind("pm2", r"PM2 v[\w.-]+: God Daemon.*|pm2-(runtime|docker)", "pm2 stop {name}", "name"),
    _Kind("supervisord", r"(supervisor\.)?supervisord", "supervisorctl stop {name}", "SUPERVISOR_PROCESS_NAME"),
    _Kind("s6", r"s6-supervise", "s6-svc -d {dir}"),
    _Kind("runit", r"runsv", "sv down {dir}"),
    _Kind("daemontools", r"supervise", "svc -d {dir}"),
    _Kind("perp", r"perpd", "perpctl d {dir}"),
    _Kind("circus", r"circusd", "circusctl stop"),
    _Kind("dinit", r"dinit", "dinitctl stop"),
    _Kind("OpenRC", r"supervise-daemon|openrc-run"),
    _Kind("immortal", r"immortal", "immortalctl stop"),
    _Kind("monit", r"monit", "monit stop"),
    _Kind("god", r"god"),
    _Kind("forever", r"forever(-monitor)?|monitor(\.js)?", "forever stop"),
    _Kind("nodemon", r"nodemon(\.js)?"),
    _Kind("watchexec", r"watchexec"),
    _Kind("process-compose", r"process-compose", "process-compose process stop"),
    _Kind("overmind", r"overmind", "overmind stop"),
    _DESKTOP_APP,
)
_INTERPRETERS = re.compile(r"(node|nodejs|bun|deno|python|ruby|perl)[0-9.]*")
_TAKE_A_WORD = ("-r", "--require", "--import", "--loader", "--experimental-loader", "-W", "-X")  # of interpreters
_ELECTRON = re.compile(r"electron[0-9]*", re.IGNORECASE)
_APP = re.compile(r"(clawx|openclaw|clawdbot|moltbot)(-desktop)?(\.app|\.asar)?", re.IGNORECASE)
_DATA_DIR = "--user-data-dir="
_SOME_HOME = re.compile(r"/(home|Users)/[^/]+")
_MONITOR = re.compile(r"monitor(\.js)?")  # a word of many scripts: only that of `forever` counts
_SHELL = re.compile(r"(a|ba|da|k|z|fi|tc|c|pw)?sh|nu|xonsh|elvish")
_COMMAND_FLAG = re.compile(r"-(?!(no)?rc$)[a-z]*c|--commands?=.*")
_PROMPT_OPTIONS = {
    "bash": ("--init-file", "--rcfile"),
    "fish": ("--init-command", "-C"),
    "pwsh": ("-workingdirectory", "-wd"),
    "nu": ("--config", "--env-config", "--execute", "-e"),
    "xonsh": ("--rc",),
    "elvish": ("-rc",),
}
"""The options of shells that take a word, and still lead to a prompt."""
_USERS_OWN = re.compile(r"tmux.*|screen|SCREEN|sshd.*|login|claw-tui|systemd|init")
"""Below these a user has started what runs; what is above them starts nothing again."""


@dataclass(frozen=True, slots=True)
class Supervision:
    """A supervisor of a gateway, or a script that runs it in a loop."""

    name: str
    pid: int
    stop: str | None = None  # the command that ends the gateway there, where it is known
    by_script: bool = False


def supervision_of(host: Host, gateway: ProcessInfo, processes: Mapping[int, ProcessInfo]) -> Supervision | None:
    """The nearest supervisor above that process, else the nearest loop, up to whatever a user has started it from.

    The first process of a container adopts what others have started, too: by its variable it is told what it runs.
    """
    loop = None
    for pid in starters(gateway.pid, processes):
        above = processes.get(pid)
        if above is None or pid == os.getpid():
            return loop
        kind = _kind_of(above)
        if kind is not None:
            if pid == 1 and kind.variable is not None and not _names_it(host, kind.variable, gateway):
                return loop
            return Supervision(kind.name, pid, _stop_command(host, kind, gateway, above))
        if is_users_own(above):
            return loop
        loop = loop or _loop(host, above, processes)
    return loop


def _loop(host: Host, above: ProcessInfo, processes: Mapping[int, ProcessInfo]) -> Supervision | None:
    """The process as a script with a loop; what claw-tui itself is run by waits for it meanwhile."""
    script = script_of(above)
    if script is None or above.pid == 1 or above.pid in ancestors(os.getpid(), processes):
        return None
    return Supervision(script.name, above.pid, by_script=True) if has_loop(host, above, script) else None


def _names_it(host: Host, variable: str, gateway: ProcessInfo) -> bool:
    """Whether the process has the variable of a supervisor, or may have it: its environment could not be seen."""
    values = host.processes.environment(gateway.pid, frozenset({variable}))
    return values is None or variable in values


def _kind_of(info: ProcessInfo) -> _Kind | None:
    title = info.argv[0] if info.argv else info.name
    words = [title, _program(info)]
    if info.argv and _ELECTRON.fullmatch(_program(info)):
        return _DESKTOP_APP if _names_app(info) else None
    if _INTERPRETERS.fullmatch(_program(info)) or _SHELL.fullmatch(_program(info)):
        words.append(_first_word(info.argv[1:]).rpartition("/")[2])
    for kind in _KINDS:
        for word in words:
            if re.fullmatch(kind.program, word) and (not _MONITOR.fullmatch(word) or "forever" in " ".join(info.argv)):
                return kind
    return None


def _first_word(words: Sequence[str]) -> str:
    """The script or module that an interpreter was given: the first word that belongs to no option of its own."""
    pairs = zip(words, ("", *words), strict=False)
    found = (word for word, before in pairs if not word.startswith("-") and before not in _TAKE_A_WORD)
    return next((word for word in found if word != "run"), "")


def _names_app(info: ProcessInfo) -> bool:
    """Whether electron runs the desktop app of a product, and not an editor that has a folder of that name open."""
    paths = (_SOME_HOME.sub("", path, count=1) for path in (info.argv[0], _first_word(info.argv[1:])))
    names = [part for path in paths for part in path.split("/")]
    names += [word.rpartition("/")[2] for word in info.argv if word.startswith(_DATA_DIR)]
    return any(_APP.fullmatch(name) for name in names)


def is_users_own(info: ProcessInfo) -> bool:
    """Whether users start things in it, by hand."""
    return _USERS_OWN.fullmatch(_program(info)) is not None or is_prompt(info)


def is_prompt(info: ProcessInfo) -> bool:
    """Whether it is a shell that was given neither a script nor a command."""
    name = _program(info).removeprefix("-")
    if not _SHELL.fullmatch(name):
        return False
    argv, options = info.argv, _PROMPT_OPTIONS.get(name, ())
    if name == "pwsh":  # the only one that takes options in any case
        argv = tuple(word.lower() for word in argv)
        if "-noexit" in argv:
            return True
    words = [word for word, before in zip(argv[1:], argv, strict=False) if before not in options]
    return all(word.startswith("-") and not _COMMAND_FLAG.fullmatch(word) for word in words)


def _program(info: ProcessInfo) -> str:
    return info.argv[0].rpartition("/")[2] if info.argv else info.name


def _stop_command(host: Host, kind: _Kind, gateway: ProcessInfo, above: ProcessInfo) -> str | None:
    if kind.stop is None:
        return None
    directory = host.processes.working_dir(above.pid) if "{dir}" in kind.stop else None
    name = None
    if kind.variable is not None:
        values = host.processes.environment(gateway.pid, frozenset({kind.variable}))
        name = values.get(kind.variable) if values is not None else None
    filled = {"{name}": name or "NAME", "{dir}": str(directory or "DIR")}
    words = [filled.get(word, word) for word in kind.stop.split()]
    if any(word.startswith("-") and word in filled.values() for word in words):
        return None  # whether it would take that for an option is not known
    return shell_command(words).text
