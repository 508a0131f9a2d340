"""Textual's driver for terminals, with a parser that takes Esc for Esc, however soon the next key comes.

A terminal sends the same for Esc and then `d` as for Alt+d. For a tenth of a second after Esc, Textual hears Alt in it,
which no key of claw-tui has: a fast hand, a slow line or a paste would lose both keys.
"""

from __future__ import annotations

import codecs
import os
import re
import selectors
from collections.abc import Iterable
from time import monotonic

from textual._xterm_parser import BRACKETED_PASTE_END, BRACKETED_PASTE_START, XTermParser
from textual.constants import ESCAPE_DELAY
from textual.drivers.linux_driver import LinuxDriver
from textual.events import Key
from textual.message import Message

_ESCAPE = "\x1b"
_ALONE = re.compile(r"(\x1b(?![\[O\x7f\tbf]))")
"""Esc, unless it may begin what a terminal sends for a key: also Alt+←, Alt+→, Alt+Backspace and Shift+Tab."""
_TICK_S = 0.1
_MOST_BYTES = 4096


class KeyParser(XTermParser):
    """Turns what a terminal sends into events."""

    def __init__(self, debug: bool = False) -> None:
        super().__init__(debug)
        self._held_until: float | None = None  # an Esc came last: whether it begins something is not known yet
        self._pasting = False

    def feed(self, data: str) -> Iterable[Message]:
        if self._held_until is not None:
            data, self._held_until = _ESCAPE + data, None
        if data.endswith(_ESCAPE):
            data, self._held_until = data[:-1], monotonic() + ESCAPE_DELAY
        for part in filter(None, _ALONE.split(data)):
            if part == _ESCAPE:
                yield from self._escape()
            else:
                yield from super().feed(part)
                self._note_paste(part)

    @property
    def patience_s(self) -> float:
        """So long nothing has to be done if nothing comes."""
        return _TICK_S if self._held_until is None else max(0.0, self._held_until - monotonic())

    def tick(self) -> Iterable[Message]:
        if self._held_until is not None and monotonic() >= self._held_until:
            self._held_until = None
            yield from self._escape()
        yield from super().tick()

    def _escape(self) -> Iterable[Message]:
        """Return the key; nothing within a paste, where Textual would make keys of what follows."""
        return () if self._pasting else (Key("escape", _ESCAPE),)

    def _note_paste(self, part: str) -> None:
        begins, ends = part.rfind(BRACKETED_PASTE_START), part.rfind(BRACKETED_PASTE_END)
        if begins != ends:
            self._pasting = begins > ends


class TerminalDriver(LinuxDriver):
    """Reads with that parser. Bytes that are no text do not end it."""

    def run_input_thread(self) -> None:
        parser = KeyParser()
        decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                if selector.select(parser.patience_s):
                    data = os.read(self.fileno, _MOST_BYTES)
                    if not data:
                        return  # the terminal has gone
                    if text := decode(data):  # there is none yet of a character that comes in two reads
                        self._process_all(parser.feed(text))
                self._process_all(parser.tick())

    def _process_all(self, messages: Iterable[Message]) -> None:
        for message in messages:
            self.process_message(message)
