"""Reads one log in files, in both directions from the moment it was opened, through all its days."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from gateway_core.files import UnreadableFileError, open_regular
from gateway_core.host import Clock
from gateway_core.logs.file_lines import Appended, end_of_lines, lines_around, lines_backwards, offset_after
from gateway_core.logs.lines import Interpreter, LineSelection
from gateway_core.logs.model import LogLine
from gateway_core.logs.records import RawLine
from gateway_core.logs.sources import FileLog

_VANISHED = "was deleted or moved away; a new one is awaited"


class FileReader:
    """Reads one log in files. Blocks. Backwards and forwards may be read by two threads; each by one at a time."""

    def __init__(self, log: FileLog, wanted: LineSelection, clock: Clock, *, growing: bool) -> None:
        """With `growing`, a last line without a line break is one that is still being written, to be read forwards."""
        self._log = log
        self._clock = clock
        self._growing = growing
        self._worth = wanted.only.worth_parsing
        self._past = Interpreter(log.writers, wanted, backwards=True)
        self._future = Interpreter(log.writers, wanted)
        self._until = wanted.until
        self._ends: dict[Path, tuple[int, int]] = {}
        self._appended: dict[Path, Appended] = {}
        self._faults: dict[Path, str] = {}
        self.unread = 0
        """Bytes that `backwards` has not read yet, as far as they are known."""

    @property
    def descriptors(self) -> int:
        """The number of descriptors that it holds at most: one for each direction in each file."""
        return 2 * len(self._log.log.current(self._today()))

    @property
    def faults(self) -> dict[str, str]:
        """Reading errors by path; each completes the sentence "The file …"."""
        now = {path: log.fault for path, log in self._appended.items() if log.fault}
        if not any(log.reading for log in self._appended.values()):
            now |= {path: _VANISHED for path, log in self._appended.items() if log.vanished}
        return {str(path): fault for path, fault in (self._faults | now).items()}

    def open(self) -> None:
        """Fix where `backwards` begins and `read` goes on."""
        for path in self._log.log.current(self._today()):
            self._appended[path] = Appended(path)
            descriptor = self._opened(path)
            if descriptor is not None:
                end = self._end(descriptor)
                self._ends[path] = (descriptor, end)
                self._appended[path].begin_at(os.dup(descriptor), end)
                before, after = lines_around(descriptor, end)
                self._future.pass_by(before, str(path))
                self._past.pass_by(reversed(after), str(path))
                self.unread += end

    def backwards(self) -> Iterator[LogLine]:
        """The lines that were there at `open`, the newest first."""
        for path in self._log.log.existing():
            known = self._ends.pop(path, None)
            descriptor = known[0] if known else self._opened(path)
            if descriptor is None:
                continue
            try:
                end = known[1] if known else self._end(descriptor)
                self.unread += 0 if known else end
                yield from self._past.lines(self._counted(descriptor, end), str(path))
            finally:
                os.close(descriptor)

    def read(self) -> list[LogLine]:
        """The lines that were appended since `open`; a block of them at most."""
        today = self._log.log.current(self._today())
        for path in today:
            if path not in self._appended:
                self._appended[path] = Appended(path)
        for path in self._appended.keys() - today:
            self._appended.pop(path).close()
        return [
            line for path, appended in self._appended.items() for line in self._future.lines(appended.read(), str(path))
        ]

    @property
    def behind(self) -> bool:
        return any(appended.behind for appended in self._appended.values())

    def close(self) -> None:
        for descriptor, _ in self._ends.values():
            os.close(descriptor)
        self._ends = {}
        for appended in self._appended.values():
            appended.close()

    def _end(self, descriptor: int) -> int:
        end = end_of_lines(descriptor) if self._growing else os.fstat(descriptor).st_size
        return end if self._until is None else offset_after(descriptor, end, self._until)

    def _counted(self, descriptor: int, end: int) -> Iterator[RawLine]:
        for raw in lines_backwards(descriptor, end, self._worth):
            self.unread += raw.offset - end
            end = raw.offset
            yield raw

    def _opened(self, path: Path) -> int | None:
        try:
            return open_regular(path)
        except UnreadableFileError as error:
            if not error.absent:
                self._faults[path] = str(error)
            return None

    def _today(self) -> date:
        return self._clock.now().astimezone().date()
