"""What is said when something ends that nobody waits for: one line each, and no traceback.

Python prints a traceback for an error in a thread, in a callback or in a destructor, and asyncio for one in a task that
nobody asks. With `CLAW_TUI_DEBUG=1` they are shown, but never the values of variables, for those may be secrets; while
something is drawn over stderr, they wait for its end.
"""

from __future__ import annotations

import os
import sys
import threading
import warnings
from collections.abc import Awaitable, Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import asyncio

Outcome = TypeVar("Outcome")

DEBUG_VARIABLE = "CLAW_TUI_DEBUG"


Tell = Callable[[Hashable, str], bool]
"""Tells of an error, by its origin and in words, from whatever thread; returns whether it could."""
MOST_TRACEBACKS = 50  # so many wait for the end of a dashboard, the first: what comes later may follow from them
_listeners: list[Tell] = []
_waiting: dict[Hashable, list[str]] = {}  # the lines that are to be printed when nobody listens anymore, by origin


@contextmanager
def told_to(tell: Tell) -> Iterator[None]:
    """Have errors that nothing catches told to `tell`: nobody sees stderr while something is drawn over it."""
    _listeners.append(tell)
    try:
        yield
    finally:
        _listeners.remove(tell)
        while _waiting and not _listeners:
            _print(_waiting.pop(next(iter(_waiting))))


def debugging() -> bool:
    return os.environ.get(DEBUG_VARIABLE, "0") not in ("", "0")


def traceback_lines(error: BaseException) -> list[str]:
    """The lines of a traceback and of those of its causes, the first cause first; of each error what is in words."""
    import traceback

    from gateway_core.redaction.errors import error_in_words
    from gateway_core.redaction.text import redact

    lines: list[str] = []
    causes: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in causes:
        causes.append(cause)
        frames = redact("".join(traceback.format_tb(cause.__traceback__))).splitlines()
        lines[:0] = ["Traceback (most recent call last):", *frames, error_in_words(cause)]
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return lines


def install() -> None:
    """Replace what Python prints about errors that nothing catches."""
    if not sys.warnoptions:  # of a pattern that somebody types, Python warns with the line of ours that compiles it
        warnings.simplefilter("ignore")
    sys.excepthook = _end
    sys.unraisablehook = lambda unraisable: _say("while clearing up", unraisable.exc_value)
    threading.excepthook = lambda failed: _say("in a thread", failed.exc_value)


def replace_closed_streams() -> None:
    """Open the standard streams that are closed, as on nothing: else the next file would be taken for one of them."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(descriptor, True)
    os.close(descriptor)
    sys.stdin = sys.stdin or open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - by descriptor, to stay
    sys.stdout = sys.stdout or open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = sys.stderr or open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115


async def telling_of_strays(work: Awaitable[Outcome]) -> Outcome:
    """Run `work` on a loop that tells in one line of errors that nobody asked for."""
    import asyncio

    asyncio.get_running_loop().set_exception_handler(_tell_of_stray)
    return await work


def _tell_of_stray(_: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
    error = context.get("exception")
    _say("in the background", error if isinstance(error, BaseException) else RuntimeError(str(context.get("message"))))


def _end(_: type[BaseException], error: BaseException, __: TracebackType | None) -> None:
    if not isinstance(error, KeyboardInterrupt):  # Python ends by that signal itself
        _say("of its own", error)


def _say(where: str, error: BaseException | None) -> None:
    from claw_tui.text.values import clean

    if error is None or isinstance(error, SystemExit):
        return
    from gateway_core.redaction.errors import error_in_words

    told = clean(f"an error {where}: {error_in_words(error)}")
    lines = [*(traceback_lines(error) if debugging() else ()), f"claw-tui: {told}"]
    origin = _origin(error)
    if not any(tell(origin, f"{told[0].upper()}{told[1:]}") for tell in _listeners):
        _print(lines)
    elif debugging() and len(_waiting) < MOST_TRACEBACKS:
        _waiting.setdefault(origin, lines)


def _origin(error: BaseException) -> Hashable:
    """What two errors have in common that are the same fault: the kind and the way to it, or else the words."""
    from traceback import walk_tb

    lines = frozenset((frame.f_code.co_filename, line) for frame, line in walk_tb(error.__traceback__))
    return type(error), lines or str(error)


def _print(lines: Iterable[str]) -> None:
    with suppress(OSError):
        for line in lines:
            print(line, file=sys.stderr, flush=True)
