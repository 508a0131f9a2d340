"""Recognises a gateway's command line, and reads what it says about profile and port."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gateway_core.config import port_from_variable
from gateway_core.distributions import DEV_PROFILE, Distribution

_SHELLS = frozenset({"sh", "bash", "dash", "zsh", "ksh"})
_SHELL_COMMAND_FLAG = re.compile(r"-[a-z]*c")
_MOST_WRAPPING = 8  # interpreter, its flags, `env` and its assignments: how far in front the program may still be
_SECRET_FLAGS = ("--token", "--password", "--gateway-token", "--gateway-password")


@dataclass(frozen=True, slots=True)
class ProgramCall:
    """A call of a distribution's program."""

    distribution: Distribution
    program: str  # the command or script, as written
    subcommand: str | None
    profile: str | None  # given by `--profile` or `--dev` in front of the subcommand; they do not count behind it
    secret: bool  # whether a token or password stands on the command line


def find_call(argv: Sequence[str], distributions: Iterable[Distribution]) -> ProgramCall | None:
    """The call of a distribution's program in that command line, be it behind an interpreter, `env` or a shell."""
    known = tuple(distributions)
    words = _unwrapped(argv)
    for index, word in enumerate(words[:_MOST_WRAPPING]):
        for distribution in known:
            if _is_program(word, distribution):
                return _call(distribution, word, words[index + 1 :])
    return None


def port_option(argv: Sequence[str]) -> int | None:
    """The port that a command line gives, whatever program it runs."""
    return port_from_variable(_option(_unwrapped(argv), "--port"))


def _unwrapped(argv: Sequence[str]) -> Sequence[str]:
    """The words that a shell is told to run, if this is a shell; else the arguments as they are."""
    if len(argv) < 3 or argv[0].rpartition("/")[2] not in _SHELLS:
        return argv
    flags = [index for index, word in enumerate(argv[1:-1], 1) if _SHELL_COMMAND_FLAG.fullmatch(word)]
    try:
        return shlex.split(argv[flags[0] + 1]) if flags else argv
    except ValueError:
        return argv


def _is_program(word: str, distribution: Distribution) -> bool:
    name = word.rpartition("/")[2]
    places = (f"node_modules/{distribution.package}/", f"/{distribution.package}/dist/")
    return name in (distribution.command, f"{distribution.command}.mjs") or any(place in word for place in places)


def _call(distribution: Distribution, program: str, arguments: Sequence[str]) -> ProgramCall:
    at = _subcommand_at(arguments)
    flags = arguments[:at]
    return ProgramCall(
        distribution=distribution,
        program=program,
        subcommand=arguments[at] if at < len(arguments) else None,
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
