"""Commands for people to paste into a shell: the one way from an argv to text.

Names of instances, files and units may come from anybody. Whatever is in them, the text runs this very argv in sh,
bash, zsh and fish, and nothing else; what no shell could be given by pasting is not offered as a command.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_PLAIN = re.compile(r"[A-Za-z0-9_./+:,@-][A-Za-z0-9_./+:,@%=-]*")
"""A word that means itself in every shell: zsh takes `=ls` for a path, and a `%` in front names a job."""
_PROGRAM = re.compile(r"[A-Za-z0-9_./+-]+")
_RESERVED = frozenset((
    "and", "begin", "builtin", "case", "command", "coproc", "do", "done", "elif", "else", "end", "esac", "exec", "fi",
    "for", "foreach", "function", "if", "in", "nocorrect", "noglob", "not", "or", "repeat", "select", "switch", "then",
    "time", "until", "while",
))  # fmt: skip
_PIECE = re.compile(r"(?:[^'\\]|\\(?![\\']|\Z))+|'+|\\+")
"""Text, a run of quotes, or of backslashes that fish would take for an escape within single quotes."""


@dataclass(frozen=True, slots=True)
class ShellCommand:
    """A command for people: its argv, and the variables that it is run with."""

    argv: tuple[str, ...]
    variables: tuple[tuple[str, str], ...] = ()

    @property
    def text(self) -> str | None:
        """The command to paste; `None` if a word holds what no paste carries: control or invisible characters."""
        words = (*self.argv, *(value for _, value in self.variables))
        return self._rendered() if all(map(can_be_pasted, words)) else None

    def __str__(self) -> str:
        """The command within a sentence. One that cannot be pasted says so, and is harmless when it is all the same."""
        return self.text or f"(cannot be pasted: {_visible(self._rendered())})"

    def _rendered(self) -> str:
        assignments = (f"{name}={quoted(value)}" for name, value in self.variables)
        program, *arguments = self.argv
        called = program if _PROGRAM.fullmatch(program) and program not in _RESERVED else _in_quotes(program)
        return " ".join((*assignments, called, *map(quoted, arguments)))


def shell_command(argv: Sequence[str], variables: Mapping[str, str] | None = None) -> ShellCommand:
    return ShellCommand(tuple(argv), tuple((variables or {}).items()))


def own_command(verb: str, *instances: str) -> ShellCommand:
    """A command of claw-tui, about those instances: `claw-tui stop openclaw:rescue`."""
    end_of_options = ("--",) if any(name.startswith("-") for name in instances) else ()
    return ShellCommand(("claw-tui", *verb.split(), *end_of_options, *instances))


def resume_command(instance: str) -> ShellCommand:
    """The command that goes on with an onboarding."""
    return ShellCommand(("claw-tui", "new", "--resume", instance))


def undo_command(instance: str) -> ShellCommand:
    """The command that takes an onboarding back."""
    return ShellCommand(("claw-tui", "new", "--undo", instance))


def add_command(config_path: object, *options: str) -> ShellCommand:
    """The command that lists the gateway of a config."""
    return ShellCommand(("claw-tui", "add", "--config", str(config_path), *options))


def can_be_pasted(word: str) -> bool:
    """Whether a terminal hands it to the shell as it is: text, of which every character shows."""
    return word.isprintable()


def quoted(word: str) -> str:
    """`word` as one argument in any shell."""
    return word if _PLAIN.fullmatch(word) else _in_quotes(word)


def _in_quotes(word: str) -> str:
    # Bash takes a `!` in double quotes for its history: only quotes and backslashes are in those.
    return "".join(map(_quoted_piece, _PIECE.findall(word))) or "''"


def _quoted_piece(piece: str) -> str:
    if piece[0] == "'":
        return f'"{piece}"'
    return f"'{piece}'" if piece.strip("\\") else f'"{piece * 2}"'


def _visible(text: str) -> str:
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)
