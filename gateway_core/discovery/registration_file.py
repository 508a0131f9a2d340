"""The file `instances.json`: read whole, written atomically, by one writer at a time."""

from __future__ import annotations

import fcntl
import json
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway_core.files import read_text_file

_LIMIT_BYTES = 1 << 20
_LOCK_DEADLINE_S = 5.0
_LOCK_RETRY_S = 0.05


class RegistrationError(Exception):
    """Why something cannot be registered or forgotten, and what to do about it (`hint`)."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


class RegistrationFile:
    """`{"instances": [entry, …]}`; entries are whatever JSON stands there."""

    def __init__(self, config_dir: Path) -> None:
        self.path = config_dir / "instances.json"

    def entries(self) -> list[object]:
        """All entries; none if there is no file.

        Raises:
            RegistrationError: the file cannot be read or understood.
        """
        return _entries(self._content())

    @contextmanager
    def writing(self) -> Iterator[list[object]]:
        """The entries, to be changed in place; written back if they were. Everything else in the file stays.

        Raises:
            RegistrationError: the file cannot be read, understood, locked or written; it is as before.
        """
        try:
            with self._locked():
                content = self._content()
                entries = _entries(content)
                before = list(entries)
                yield entries
                if entries != before:
                    self._write({**content, "instances": entries})
        except OSError as error:
            raise RegistrationError(
                f"{self.path} cannot be written ({error.strerror})", "Nothing was changed."
            ) from error

    def _content(self) -> dict[str, object]:
        read = read_text_file(self.path, _LIMIT_BYTES)
        if not read.exists:
            return {}
        if read.text is None:
            raise RegistrationError(f"{self.path} {read.fault}", "It holds the gateways that you registered.")
        try:
            content = json.loads(read.text)
        except (json.JSONDecodeError, RecursionError) as error:
            raise RegistrationError(
                f"{self.path} is not valid JSON ({error})", "Correct it, or move it away."
            ) from error
        if not isinstance(content, dict):
            raise RegistrationError(f"{self.path} does not hold an object", "Correct it, or move it away.")
        return content

    def _write(self, content: dict[str, object]) -> None:
        target = self.path.resolve()
        descriptor, temporary = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(json.dumps(content, indent=2) + "\n")
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(target)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Exclusive among writers: a lock on the directory, so that no lock file stays behind."""
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        directory = os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            self._lock(directory)
            yield
        finally:
            os.close(directory)

    def _lock(self, directory: int) -> None:
        deadline = time.monotonic() + _LOCK_DEADLINE_S
        while True:
            try:
                fcntl.flock(directory, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise RegistrationError(
                        f"{self.path} is being written by another claw-tui", "Try again when it has finished."
                    ) from None
                time.sleep(_LOCK_RETRY_S)
            else:
                return


def _entries(content: dict[str, object]) -> list[object]:
    entries = content.get("instances", [])
    if not isinstance(entries, list):
        raise RegistrationError(
            "“instances” in the file of registrations is not a list", "Correct it, or move it away."
        )
    return entries
