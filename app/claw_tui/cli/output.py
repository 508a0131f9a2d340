"""Printing: documents for scripts, text for people, once or on every change."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, TextIO, TypeVar

from claw_tui.cli.errors import CommandError, ExitCode, ReaderGone
from claw_tui.cli.source import SnapshotSource

if TYPE_CHECKING:
    from claw_tui.cli.documents import Document
    from claw_tui.cli.tables.table import TableStyle
    from gateway_core.snapshot import Snapshot

Outcome = TypeVar("Outcome")

_HOME_AND_CLEAR = "\x1b[H\x1b[2J"


def emit(text: str) -> None:
    """Print a text and its line end at once; a closed pipe ends the command quietly."""
    try:
        print(text, flush=True)
    except BrokenPipeError as error:
        raise ReaderGone from error


def look(source: SnapshotSource) -> Snapshot:
    """One snapshot, waited for."""
    return wait_for(source.snapshot())


def glance(source: SnapshotSource) -> Snapshot:
    """Which instances there are, waited for; how they are takes a `look`."""
    return wait_for(source.glance())


def show(
    source: SnapshotSource,
    document: Callable[[Snapshot], Document],
    text: Callable[[Snapshot], list[str]],
    *,
    as_json: bool,
    watch: bool,
) -> None:
    """Print the host as a document or as text, once or on every change."""
    from claw_tui.cli.documents import render

    if not watch:
        snapshot = look(source)
        emit(render(document(snapshot)) if as_json else "\n".join(text(snapshot)))
        return
    from claw_tui.cli.watching import print_changes

    def draw(snapshot: Snapshot) -> str:
        return render(document(snapshot), one_line=True) if as_json else _screen(text(snapshot))

    wait_for(print_changes(source, draw, emit))


def require_listeners(snapshot: Snapshot) -> None:
    """Refuse to call any port free where nobody could list who listens.

    Raises:
        CommandError: the listeners could not be seen.
    """
    if snapshot.listeners_unseen:
        message = f"could not tell which ports are taken: {snapshot.listeners_unseen}"
        raise CommandError("could-not-tell", message, None, ExitCode.UNKNOWN)


def require_readable_configs(snapshot: Snapshot) -> None:
    """Refuse to say that nothing collides where the ports of an instance are not known.

    Raises:
        CommandError: this user may not read a config.
    """
    hidden = [instance.id for instance in snapshot.instances if instance.config.forbidden]
    if hidden:
        message = f"could not tell which ports {', '.join(hidden)} would take: this user may not read the config"
        raise CommandError("could-not-tell", message, None, ExitCode.UNKNOWN)


def appearance(stream: TextIO | None = None) -> TableStyle:
    """How text is to look on stdout, or there: never cut without a terminal, in colour only where that is wanted."""
    from claw_tui.cli.tables.table import TableStyle

    if not (stream or sys.stdout).isatty():
        return TableStyle()
    colour = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return TableStyle(width=shutil.get_terminal_size().columns, colour=colour)


def _screen(lines: list[str]) -> str:
    """One picture of a running `--watch`: in place on a terminal, else followed by a blank line."""
    if sys.stdout.isatty():
        return _HOME_AND_CLEAR + "\n".join(_cut_to_height(lines))
    return "\n".join((*lines, ""))


def _cut_to_height(lines: list[str]) -> list[str]:
    height = shutil.get_terminal_size().lines - 1
    if len(lines) <= height:
        return lines
    return [*lines[: height - 1], f"… {len(lines) - height + 1} more lines: make the terminal higher"]


def wait_for(work: Coroutine[None, None, Outcome]) -> Outcome:
    """What comes of it. Ctrl+C cancels it first, so that it can leave in order."""
    import asyncio  # a fifth of the time that --help takes

    return asyncio.run(work)
