"""The ends of a command: its exit codes, and its error messages for people and for scripts."""

from __future__ import annotations

import re
import traceback
from enum import IntEnum
from pathlib import Path
from typing import TypeVar

import click

from claw_tui.cli.uncaught import DEBUG_VARIABLE

Capability = TypeVar("Capability")


class ExitCode(IntEnum):
    """The exit codes of every command."""

    DONE = 0
    NO = 1  # the answer is no: there is a conflict, what is wanted cannot be had here, or an operation failed
    USAGE = 2  # what was asked for makes no sense here: an unknown option, an instance that does not exist
    UNKNOWN = 3
    INTERRUPTED = 130  # Ctrl+C, by the number that shells use
    READER_GONE = 141  # the reader of stdout has closed it (`| head`), by the number that shells use


class CommandError(Exception):
    """The reason why a command cannot do its job, for people (`message`, `hint`) and for scripts (`code`)."""

    def __init__(self, code: str, message: str, hint: str | None = None, exit_code: ExitCode = ExitCode.USAGE) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.exit_code = exit_code


class ReaderGone(Exception):  # noqa: N818  it is an end, not an error
    """The reader of stdout has closed it; there is nobody left to tell."""


class OutputLost(CommandError):  # noqa: N818  it is an end as well
    """What was to be printed could not be written, wholly or in part: on a full disk, for example."""

    def __init__(self, reason: str | None) -> None:
        hint = "Whoever reads it must not take it for the whole answer."
        super().__init__("not-printed", f"the output could not be written: {reason}", hint, ExitCode.UNKNOWN)


def offered(capability: Capability | None) -> Capability:
    """Return what a host offers; raise `CommandError` if it does not."""
    if capability is None:
        raise CommandError("not-offered", "that cannot be done on this host", None, ExitCode.NO)
    return capability


def explain(error: Exception) -> CommandError:
    """Turn any exception into one that can be shown: click's own are bad usage, unexpected ones “could not tell”."""
    if isinstance(error, CommandError):
        return error
    if isinstance(error, click.UsageError):
        hint = f"See: {error.ctx.command_path} --help" if error.ctx else None
        message = re.sub(r"\n\t", " ", error.format_message())  # click lists choices on lines of their own
        return CommandError("usage", message, hint)
    if isinstance(error, click.ClickException):
        return CommandError("usage", error.format_message())
    return stopped("stopped", error, "the command that you ran", ExitCode.UNKNOWN)


def stopped(what: str, error: BaseException, doing: str, exit_code: ExitCode) -> CommandError:
    """Return the error for what stopped on an error that nobody expected."""
    from gateway_core.redaction.errors import error_in_words

    message = f"{what} on an error of its own: {error_in_words(error)} ({_place(error)})"
    hint = f"Please report this line together with {doing}. With {DEBUG_VARIABLE}=1 it says more."
    failure = CommandError("internal", message, hint, exit_code)
    failure.__cause__ = error
    return failure


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return "place unknown"
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}"
