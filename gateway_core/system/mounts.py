"""What is mounted where, by `/proc/<pid>/mountinfo` (proc(5)): every user may read that of every process."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from gateway_core.files import real_path
from gateway_core.system.procfs import read_bytes

_OCTAL = re.compile(r"\\([0-7]{3})")


class _Mount(NamedTuple):
    device: str
    root: str  # the directory of that file system which is mounted
    point: str


def mounts_directory(proc: str, pid: int, ours: Path) -> bool:
    """Whether that directory itself is mounted for the process, wherever, and is no mount here."""
    own = list(_mounts(proc, "self"))
    path = real_path(ours)
    covering = [mount for mount in own if path == mount.point or path.startswith(f"{mount.point.rstrip('/')}/")]
    nearest = max(reversed(covering), key=lambda mount: len(mount.point), default=None)  # the last hides the others
    if nearest is None:
        return False
    inside = os.path.normpath(f"{nearest.root}/{os.path.relpath(path, nearest.point)}")
    place = (nearest.device, inside.replace("//", "/"))
    return not _has(own, place) and _has(_mounts(proc, str(pid)), place)


def _has(mounts: Iterable[_Mount], place: tuple[str, str]) -> bool:
    return any((mount.device, mount.root) == place for mount in mounts)


def _mounts(proc: str, pid: str) -> Iterator[_Mount]:
    """From lines such as `36 35 98:0 /mnt1 /mnt2 rw,noatime …`; blanks and the like in paths are octal."""
    for line in (read_bytes(f"{proc}/{pid}/mountinfo") or b"").decode("utf-8", "surrogateescape").splitlines():
        fields = line.split(" ")
        if len(fields) > 4:
            yield _Mount(fields[2], _plain(fields[3]), _plain(fields[4]))


def _plain(text: str) -> str:
    return _OCTAL.sub(lambda match: chr(int(match[1], 8)), text)
