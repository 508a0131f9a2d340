"""Printing: documents for scripts, text for people, once or on every change."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, TextIO, TypeVar

import click

from claw_tui.cli.errors import OutputLost, ReaderGone
from claw_tui.cli.uncaught import telling_of_strays
from claw_tui.hosts.gateway_host import GatewayHost

if TYPE_CHECKING:
    from claw_tui.cli.documents import Document
    from claw_tui.cli.tables.layout import TableStyle
    from gateway_core.snapshot import Snapshot

Outcome = TypeVar("Outcome")

PLAIN_VARIABLE = "CLAW_TUI_PLAIN"
PLAIN = f"{__name__}.plain"
"""In the `meta` of click's context: whether text is to be plain, as screen readers want it."""
_HOME_AND_CLEAR = "\x1b[H\x1b[2J"


def emit(text: str) -> None:
    """Print a text and its line end at once; a closed pipe ends the command quietly, a full disk with an error."""
    try:
        print(text, flush=True)
    except BrokenPipeError as error:
        raise ReaderGone from error
    except OSError as error:
        raise OutputLost(error.strerror) from error


def emit_lines(lines: Iterable[str]) -> None:
    emit("\n".join(lines))


def emit_document(document: Document) -> None:
    from claw_tui.cli.documents import render

    emit(render(document))


def emit_result(document: Callable[[], Document], lines: Callable[[], Iterable[str]], *, as_json: bool) -> None:
    if as_json:
        emit_document(document())
    else:
        emit_lines(lines())


def tell(lines: Iterable[str]) -> None:
    """Print lines for people on stderr, beside whatever stdout is for. Nothing ends because nobody can be told."""
    for line in lines:
        with suppress(OSError):
            click.echo(line, err=True)


def show(
    host: GatewayHost,
    document: Callable[[Snapshot], Document],
    text: Callable[[Snapshot], Awaitable[list[str]]],
    *,
    as_json: bool,
    watch: bool,
) -> Snapshot | None:
    """Print the host as a document or as text, once, and return how it was; or, with `watch`, on every change."""
    from claw_tui.cli.documents import render

    draw_text = "\n".join if not watch else Told().news if is_plain() else _screen

    async def draw(snapshot: Snapshot) -> str:
        if as_json:
            return render(document(snapshot), one_line=watch)
        return draw_text(await text(snapshot))

    async def print_once() -> Snapshot:
        snapshot = await host.snapshot()
        emit(await draw(snapshot))
        return snapshot

    if watch:
        from claw_tui.cli.watch import print_changes, while_read

        wait_for(while_read(print_changes(host, draw, emit)))
        return None
    return wait_for(print_once())


def appearance(stream: TextIO | None = None, *, watch: bool = False) -> TableStyle:
    """Return the style of text on `stream`, else on stdout: never cut without a terminal, coloured where wanted."""
    from claw_tui.cli.tables.layout import TableStyle

    if is_plain():
        return TableStyle(plain=True, steady=watch)
    if not (stream or sys.stdout).isatty():
        return TableStyle()
    colour = not os.environ.get("NO_COLOR") and not is_dumb()
    return TableStyle(width=shutil.get_terminal_size().columns, colour=colour)


def is_plain() -> bool:
    """Whether the running command is to print plain text, as its option says; the bare program asks the environment."""
    context = click.get_current_context(silent=True)
    if context is None:
        return False
    is_bare = context.parent is None and context.invoked_subcommand is None
    return bool(context.meta.get(PLAIN, is_bare and plain_by_environment()))


def plain_by_environment() -> bool:
    return os.environ.get(PLAIN_VARIABLE, "") not in ("", "0")


def is_dumb() -> bool:
    """Whether the terminal says that it only takes text: a line at a time, in no colour and at no place of its own."""
    return os.environ.get("TERM") in ("dumb", "unknown")


def _screen(lines: list[str]) -> str:
    """Return one picture of a running `--watch`: in place on a terminal, else followed by a blank line."""
    if sys.stdout.isatty() and not is_dumb():
        return _HOME_AND_CLEAR + "\n".join(_cut_to_height(lines))
    return "\n".join((*lines, ""))


class Told:
    """What a plain `--watch` has said already: only paragraphs that are new are said."""

    def __init__(self) -> None:
        self._before: frozenset[str] = frozenset()

    def news(self, lines: list[str]) -> str:
        paragraphs = "\n".join(lines).split("\n\n")
        new = [paragraph for paragraph in paragraphs if paragraph not in self._before]
        self._before = frozenset(paragraphs)
        return "\n\n".join(new) + "\n" if new else ""


def _cut_to_height(lines: list[str]) -> list[str]:
    height = shutil.get_terminal_size().lines - 1
    if len(lines) <= height:
        return lines
    return [*lines[: height - 1], f"… {len(lines) - height + 1} more lines: make the terminal higher"]


def wait_for(work: Coroutine[None, None, Outcome]) -> Outcome:
    """Run `work` and return its outcome. Ctrl+C cancels it first, so that it can end in order."""
    import asyncio  # a fifth of the time that --help takes

    return asyncio.run(telling_of_strays(work))
