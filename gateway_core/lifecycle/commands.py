"""Runs one short command to its end, and never longer than it may take."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gateway_core.lifecycle.own_children import kill_session_of


@dataclass(frozen=True, slots=True)
class Reply:
    """How a command ended and what it said."""

    status: int
    output: str
    complaints: str

    @property
    def complaint(self) -> str:
        """The first line of stderr."""
        return next(iter(self.complaints.splitlines()), "")


class NoReplyError(Exception):
    """The command could not be run or did not end in time; the message says which, for people."""


async def run(
    command: Sequence[str], environment: Mapping[str, str], *, deadline: float, directory: Path | None = None
) -> Reply:
    """Run it without input, in a session of its own, with exactly this environment. Raises `NoReplyError`.

    `deadline` is in seconds. What has not ended by then, or when the caller is cancelled, is killed.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=environment,
            cwd=directory,
            start_new_session=True,
        )
    except FileNotFoundError:
        raise NoReplyError(f"{command[0]} is not installed") from None
    except OSError as error:
        raise NoReplyError(f"{command[0]} could not be run: {error.strerror}") from error
    try:
        async with asyncio.timeout(deadline):
            output, complaints = await process.communicate()
    except TimeoutError:
        raise NoReplyError(f"{command[0]} did not answer within {deadline:.0f} s") from None
    finally:
        await kill_session_of(process)  # what it started may hold the pipes, and would keep us waiting
    return Reply(process.returncode or 0, output.decode("utf-8", "replace"), complaints.decode("utf-8", "replace"))
