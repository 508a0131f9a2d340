"""Recognises a gateway's command line, and reads what it says about profile and port."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from gateway_core.config import port_from_variable
from gateway_core.distributions import DEV_PROFILE, Distribution

_SHELLS = frozenset({"sh", "bash", "dash", "zsh", "ksh"})
_TAKES_COMMAND = frozenset((*_SHELLS, "su", "runuser"))  # behind `-c`, as one text
_SWITCHES_USER = re.compile(r"(?:-[a-zA-Z]*u|--user)(?:=(?P<name>.+))?")
_SHELL_COMMAND_FLAG = re.compile(r"-[a-z]*c")
_MOST_WRAPPING = 8  # interpreter, its flags, `env` and its assignments: how far in front the program may still be
WRAPPERS = ("env", "nice", "nohup", "timeout", "time", "flock", "sudo", "su", "doas", "runuser", "setpriv", "script")
_CONTAINER_TOOLS = (
    "docker",
    "docker-compose",
    "podman",
    "podman-compose",
    "nerdctl",
    "lxc",
    "lxc-attach",
    "incus",
    "kubectl",
)
_SYSTEM_TOOLS = ("machinectl", "systemd-nspawn", "nsenter", "chroot", "distrobox", "distrobox-enter", "toolbox")
_ELSEWHERE = frozenset((*_CONTAINER_TOOLS, *_SYSTEM_TOOLS, "ssh", "autossh", "mosh"))
"""Programs that run a command in another system, whose files and ports are not those of this one."""
_LAUNCHERS = frozenset((*_SHELLS, *WRAPPERS, "npm", "npx", "pnpm", "yarn", "node", "nodejs", "bun", "deno"))
"""Programs that run another one; an editor or a terminal only mentions the program, or ran it long ago."""
_WORD = re.compile(r"[a-z][a-z-]*")
_SEPARATOR = re.compile(r"[;&|()]+")
_ASSIGNMENT = re.compile(r"(?P<name>[A-Za-z_]\w*)=(?P<value>.*)", re.DOTALL)
RUN = "run"
_SECRET_FLAGS = ("--token", "--password", "--gateway-token", "--gateway-password")


@dataclass(frozen=True, slots=True)
class ProgramCall:
    """A call of a distribution's program."""

    distribution: Distribution
    program: str  # the command or script, as written
    subcommand: str | None
    verb: str | None  # `run`, else the word right behind the subcommand, if it is no option: `gateway status`
    profile: str | None  # given by `--profile` or `--dev` in front of the subcommand; they do not count behind it
    secret: bool  # whether a token or password stands on the command line

    @property
    def runs_gateway(self) -> bool:
        """Whether it becomes a gateway: `gateway status` and the like only ask one, or a service manager."""
        return self.subcommand == "gateway" and self.verb in (None, RUN)


def find_call(argv: Sequence[str], distributions: Iterable[Distribution]) -> ProgramCall | None:
    """The call of a distribution's program in that command line, be it behind an interpreter, `env` or a shell."""
    words = _unwrapped(argv)
    return next(_calls(words, tuple(distributions), _MOST_WRAPPING), None)


def assignments(argv: Sequence[str], distributions: Iterable[Distribution]) -> Iterator[tuple[str, str]]:
    """The variables that `env` or a shell is told to set before it runs a distribution's program."""
    known, words = tuple(distributions), _unwrapped(argv)
    at = next((at for at, word in enumerate(words) if any(_is_program(word, item) for item in known)), 0)
    matches = (_ASSIGNMENT.fullmatch(word) for word in words[:at])
    return ((match["name"], match["value"]) for match in matches if match is not None)


def launcher_calls(argv: Sequence[str], distributions: Iterable[Distribution]) -> tuple[ProgramCall, ...]:
    """All calls that a shell, a runtime or another wrapper was told to make; none if it is no such program."""
    return tuple(_calls(_unwrapped(_words(argv)), tuple(distributions))) if is_launcher(argv) else ()


def is_launcher(argv: Sequence[str]) -> bool:
    """Whether that is a program that runs another one, and then waits for it."""
    if not argv:
        return False
    name = _words(argv)[0].rpartition("/")[2]
    return name.removeprefix("-") in _LAUNCHERS or name.rstrip("0123456789.").removesuffix("-") in _LAUNCHERS


def _words(argv: Sequence[str]) -> Sequence[str]:
    """The words of a command line; of one that was overwritten by a title (`npm exec …`), those of the title."""
    return argv[0].split() or argv if len(argv) == 1 else argv


def _calls(words: Sequence[str], known: Sequence[Distribution], within: int | None = None) -> Iterator[ProgramCall]:
    """The calls in these words; `within` so many words of a command, of which a shell's text may hold several."""
    begun = 0
    for index, word in enumerate(words):
        if _SEPARATOR.fullmatch(word):
            begun = index + 1
        if within is not None and index >= begun + within:
            continue
        found = next((one for one in known if _is_program(word, one)), None)
        if found is not None and _ELSEWHERE.isdisjoint(map(_name, words[begun:index])):
            yield _call(found, word, words[index + 1 :])


def _name(word: str) -> str:
    return word.rpartition("/")[2]


def port_option(argv: Sequence[str]) -> int | None:
    """The port that a command line gives, whatever program it runs."""
    return port_from_variable(_option(_unwrapped(argv), "--port"))


def bind_option(argv: Sequence[str]) -> str | None:
    """The `--bind` that a command line gives, whatever program it runs."""
    return _option(_unwrapped(argv), "--bind")


def starts_unconfigured(argv: Sequence[str]) -> bool:
    """Whether a command line has its gateway start without a config, or without `gateway.mode` in it."""
    return "--allow-unconfigured" in _unwrapped(argv)


def _unwrapped(argv: Sequence[str]) -> Sequence[str]:
    """The words that a shell, `su` or the like is told to run, behind those in front of it; else the arguments."""
    at = next((at for at, word in enumerate(argv[:_MOST_WRAPPING]) if _name(word) in _TAKES_COMMAND), len(argv))
    flags = [index for index, word in enumerate(argv[at + 1 : -1], at + 1) if _SHELL_COMMAND_FLAG.fullmatch(word)]
    if not flags or runs_elsewhere(argv[:at]):
        return argv
    try:
        return (*argv[:at], *_shell_words(argv[flags[0] + 1]))
    except ValueError:
        return argv


def runs_elsewhere(argv: Sequence[str]) -> bool:
    """Whether a command line has another system run something: a container, a machine reached by ssh."""
    return not _ELSEWHERE.isdisjoint(map(_name, argv[:_MOST_WRAPPING]))


def switched_user(argv: Sequence[str]) -> str | None:
    """The account as which `sudo`, `su` or the like is told to run the rest."""
    for index, word in enumerate(argv[:_MOST_WRAPPING]):
        options = argv[index + 1 :]
        if _name(word) in ("sudo", "doas", "runuser", "su"):
            named = next((match for one in options if (match := _SWITCHES_USER.fullmatch(one))), None)
            if named is not None:
                return named["name"] or next(iter(options[options.index(named[0]) + 1 :]), None)
            login = next((one for one in options if not one.startswith("-")), None)
            return login if _name(word) in ("runuser", "su") else "root"
    return None


def _shell_words(text: str) -> Iterable[str]:
    """The words of a shell's command, with `;`, `&&`, `>` and the like as words of their own. Raises `ValueError`."""
    words = shlex.shlex(text, posix=True, punctuation_chars=True)
    words.whitespace_split = True
    words.commenters = ""
    return words


def _is_program(word: str, distribution: Distribution) -> bool:
    name = word.rpartition("/")[2]
    places = (f"node_modules/{distribution.package}/", f"/{distribution.package}/dist/")
    return name in (distribution.command, f"{distribution.command}.mjs") or any(place in word for place in places)


def _call(distribution: Distribution, program: str, arguments: Sequence[str]) -> ProgramCall:
    at = _subcommand_at(arguments)
    flags = arguments[:at]
    behind = arguments[at + 1 :]
    following = RUN if RUN in behind else next(iter(behind), "-")
    return ProgramCall(
        distribution=distribution,
        program=program,
        subcommand=arguments[at] if at < len(arguments) else None,
        verb=following if _WORD.fullmatch(following) else None,
        profile=_option(flags, "--profile") or (DEV_PROFILE if "--dev" in flags else None),
        secret=any(_option(arguments, flag) for flag in _SECRET_FLAGS),
    )


def _subcommand_at(arguments: Sequence[str]) -> int:
    """The position of the first word that is neither a flag nor the profile's name."""
    for index, word in enumerate(arguments):
        if not word.startswith("-") and (index == 0 or arguments[index - 1] != "--profile"):
            return index
    return len(arguments)


def _option(arguments: Sequence[str], name: str) -> str | None:
    for index, word in enumerate(arguments):
        if word == name and index + 1 < len(arguments):
            return arguments[index + 1]
        if word.startswith(f"{name}="):
            return word.partition("=")[2]
    return None
