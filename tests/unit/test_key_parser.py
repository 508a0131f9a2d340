"""What a terminal sends, as keys: Esc is Esc, whatever follows and however soon."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import ioctl
from termios import FIONREAD
from threading import Event, Thread
from typing import TypeGuard

import pytest
from textual.events import Key, Paste
from textual.message import Message

from claw_tui.shell import terminal_driver
from claw_tui.shell.terminal_driver import KeyParser, TerminalDriver
from tests.real_processes import until


def keys_of(*reads: str) -> list[str]:
    parser, found = KeyParser(), []
    for data in reads:
        found += [*parser.feed(data), *parser.tick()]
    told = (f"paste {event.text}" if isinstance(event, Paste) else event.key for event in found if _is_input(event))
    return list(told)


def _is_input(event: Message) -> TypeGuard[Key | Paste]:
    return isinstance(event, Key | Paste)


@pytest.mark.parametrize(
    ("reads", "keys"),
    [
        (["\x1bd"], ["escape", "d"]),
        (["\x1b/dev"], ["escape", "slash", "d", "e", "v"]),
        (["x\x1b1y"], ["x", "escape", "1", "y"]),
        (["\x1b\x1b?"], ["escape", "escape", "question_mark"]),
        (["\x1bX\x1bn"], ["escape", "X", "escape", "n"]),
        (["\x1b\r"], ["escape", "enter"]),
        (["\x1b", "q"], ["escape", "q"]),
        (["\x1b", "\x1b", "é"], ["escape", "escape", "é"]),
        (["\x1b", "[A"], ["up"]),
        (["\x1b[A\x1b[B\x1bOP"], ["up", "down", "f1"]),
        (["\x1bb\x1b\x7f"], ["ctrl+left", "ctrl+w"]),
        (["\x1b[Zj"], ["shift+tab", "j"]),
        (["q\x1b[200~a\x1bd\x1b[201~q"], ["q", "paste ad", "q"]),
        (["\x1b[200~U", "\x1b", "[201~", "\x1bq"], ["paste U", "escape", "q"]),
    ],
)
def test_no_key_is_lost_behind_an_esc(reads: list[str], keys: list[str]) -> None:
    assert keys_of(*reads) == keys


def test_an_esc_that_nothing_follows_waits_for_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal_driver, "ESCAPE_DELAY", 0)
    assert keys_of("\x1b") == ["escape"]
    assert keys_of("a\x1b", "b") == ["a", "escape", "b"]


@contextmanager
def driver_reading() -> Iterator[tuple[int, list[str]]]:
    """A driver that reads from a pipe, whose writing end it gives; and the keys that came."""
    keys: list[str] = []
    reading, writing = os.pipe()
    driver = TerminalDriver.__new__(TerminalDriver)  # all else of it needs the terminal of this process
    driver.fileno = reading
    driver.exit_event = Event()
    driver.process_message = lambda message: keys.extend([message.key] if isinstance(message, Key) else [])  # type: ignore[method-assign]  # instead of an app
    thread = Thread(target=driver.run_input_thread)
    thread.start()
    try:
        yield writing, keys
    finally:
        driver.exit_event.set()
        os.close(writing)
        thread.join(10)
        os.close(reading)
    assert not thread.is_alive()


def test_a_character_that_comes_in_two_reads_is_one_key_and_ends_nothing() -> None:
    with driver_reading() as (terminal, keys):
        for byte in "é€x".encode():
            os.write(terminal, bytes([byte]))
            until(lambda: _is_read(terminal))
        until(lambda: "x" in keys)
    assert keys == ["é", "euro_sign", "x"]


def _is_read(pipe: int) -> bool:
    """Whether the other end has taken all that was written."""
    return int.from_bytes(ioctl(pipe, FIONREAD, bytes(4)), sys.byteorder) == 0


def test_bytes_that_are_no_text_end_nothing() -> None:
    with driver_reading() as (terminal, keys):
        os.write(terminal, b"\xff\xfej")
        until(lambda: "j" in keys)
