"""Command lines to show."""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import accumulate, takewhile

from gateway_core.redaction.arguments import hidden_by_position
from gateway_core.redaction.names import REDACTED
from gateway_core.redaction.text import redact
from gateway_core.shell_commands import ShellCommand, quoted

LONGEST_COMMAND = 300  # characters
_MOST_LOOKED_AT = 4096  # characters; beyond that begins no argument that is shown
_CUT = "…"


def redact_command(argv: Sequence[str]) -> str:
    """A command line to show: redacted, quoted for a shell, on one line, cut to `LONGEST_COMMAND`.

    Of a very long one only the first arguments are looked at. They are whole: a part of one may hold a secret without
    what tells it.
    """
    end = len(argv)
    while end and not argv[end - 1].strip(" \0"):  # padding that a process leaves when it renames itself
        end -= 1
    first = argv[: min(end, LONGEST_COMMAND)]
    fitting = takewhile(lambda size: size <= _MOST_LOOKED_AT, accumulate(map(len, first)))
    looked_at = tuple(argv[: sum(1 for _ in fitting)])
    command = _redacted_command(looked_at)
    if len(looked_at) < end:
        command = f"{command} {_CUT}" if command else _CUT
    return command if len(command) <= LONGEST_COMMAND else command[: LONGEST_COMMAND - 1] + _CUT


@lru_cache(maxsize=512)
def _redacted_command(arguments: Sequence[str]) -> str:
    """Kept from tick to tick: redaction costs more than all the rest of a listener."""
    return " ".join(_quoted(argument) for argument in _redacted_arguments(arguments))[: LONGEST_COMMAND + 1]


def shown_command(argv: Sequence[str], variables: Mapping[str, str] | None = None) -> ShellCommand:
    """A command of ours to show, whole; a word is another one only where a secret is in it."""
    named = tuple((variables or {}).items())
    words = (*(f"{name}={value}" for name, value in named), *argv)
    hidden = zip(words, _redacted_arguments(words), strict=True)
    shown = [redacted if REDACTED in redacted else word for word, redacted in hidden]
    values = zip((name for name, _ in named), shown, strict=False)
    return ShellCommand(
        tuple(shown[len(named) :]), tuple((name, word.removeprefix(f"{name}=")) for name, word in values)
    )


def _redacted_arguments(arguments: Sequence[str]) -> Iterator[str]:
    """The arguments, each without what its place, its name or its shape tells to be secret."""
    for argument, instead in zip(arguments, hidden_by_position(arguments), strict=True):
        yield redact(argument.strip(" \0") if instead is None else instead)


def _quoted(argument: str) -> str:
    visible = argument.replace("\n", "\\n").replace("\t", "\\t")
    rest = visible.replace(REDACTED, "")
    return visible if rest != visible and (not rest or quoted(rest) == rest) else quoted(visible)
