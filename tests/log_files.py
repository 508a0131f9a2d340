"""Log lines as the gateways write them, and logs made of them."""

import json
import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gateway_core.logs.sources import FileLog, LogPath, Origin
from gateway_core.logs.writers import Writer

BEGIN = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
ALONE = Writer("openclaw:main")


def vendor_line(
    message: str,
    *data: object,
    after: float = 0,
    level: str = "INFO",
    subsystem: str = "gateway",
    newer: bool = True,
) -> str:
    """One line in the format of openclaw 2026.9.6, or of the early versions; `after` in seconds since `BEGIN`."""
    at = (BEGIN + timedelta(seconds=after)).isoformat(timespec="milliseconds")
    name = json.dumps({"subsystem": subsystem}, separators=(",", ":"))
    parts = {str(index): part for index, part in enumerate((name, *data, message))}
    meta = {"hostname": "vm", "date": at.replace("+00:00", "Z"), "logLevelName": level, "name": name}
    line = parts | {"_meta": meta, "time": at if newer else at.replace("+00:00", "Z")}
    return json.dumps(line | ({"hostname": "vm", "message": message} if newer else {}), separators=(",", ":"))


def file_log(path: Path, writers: Sequence[Writer] = (ALONE,)) -> FileLog:
    """That file as the own log of these instances."""
    return FileLog(Origin.FILE, LogPath(path), tuple(writers))


def append(path: Path, *lines: str) -> None:
    """Write whole lines at the end of the file, which need not be there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write("".join(f"{line}\n" for line in lines))


def take_from_user(directory: Path) -> None:
    """Put something in the place of a log directory that no gateway of this user takes for its own."""
    directory.parent.mkdir(parents=True, exist_ok=True)
    if os.getuid() == 0:
        directory.mkdir()
        os.chown(directory, 4242, -1)
    else:
        directory.symlink_to(directory.parent)
