"""Command lines to show."""

from collections.abc import Iterator, Mapping, Sequence

from gateway_core.redaction.arguments import told_by_place
from gateway_core.redaction.names import REDACTED
from gateway_core.redaction.text import redact
from gateway_core.shell_commands import ShellCommand, quoted

LONGEST_COMMAND = 300  # characters


def redact_command(argv: Sequence[str]) -> str:
    """A command line to show: redacted, quoted for a shell, on one line, cut to `LONGEST_COMMAND`."""
    arguments = list(argv)
    while arguments and not arguments[-1].strip(" \0"):  # padding that a process leaves when it renames itself
        arguments.pop()
    command = " ".join(_quoted(argument) for argument in _redacted_arguments(arguments))
    return command if len(command) <= LONGEST_COMMAND else command[: LONGEST_COMMAND - 1] + "…"


def shown_command(argv: Sequence[str], variables: Mapping[str, str] | None = None) -> ShellCommand:
    """A command of ours to show, whole; a word is another one only where a secret is in it."""
    named = tuple((variables or {}).items())
    words = (*(f"{name}={value}" for name, value in named), *argv)
    hidden = zip(words, _redacted_arguments(words), strict=True)
    told = [redacted if REDACTED in redacted else word for word, redacted in hidden]
    values = zip((name for name, _ in named), told, strict=False)
    return ShellCommand(
        tuple(told[len(named) :]), tuple((name, word.removeprefix(f"{name}=")) for name, word in values)
    )


def _redacted_arguments(arguments: Sequence[str]) -> Iterator[str]:
    """The arguments, each without what its place, its name or its shape tells to be secret."""
    for argument, instead in zip(arguments, told_by_place(arguments), strict=True):
        yield redact(argument.strip(" \0") if instead is None else instead)


def _quoted(argument: str) -> str:
    visible = argument.replace("\n", "\\n").replace("\t", "\\t")
    rest = visible.replace(REDACTED, "")
    return visible if rest != visible and (not rest or quoted(rest) == rest) else quoted(visible)
