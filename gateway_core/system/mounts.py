"""What is mounted where, by `/proc/<pid>/mountinfo` (proc(5)): every user may read that of every process."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from gateway_core.files import real_path
from gateway_core.system.procfs import read_bytes

LARGEST_MOUNTINFO = 4 << 20  # bytes; any user may have a mount namespace with very many mounts
_OCTAL = re.compile(r"\\([0-7]{3})")


class Mount(NamedTuple):
    """A line of mountinfo: a directory of the file system on that device can be seen at a point."""

    device: str
    root: str  # that directory
    point: str


def parse_mounts(text: str) -> Iterator[Mount]:
    """From lines such as `36 35 98:0 /mnt1 /mnt2 rw,noatime …`; blanks and the like in paths are octal."""
    for line in text.split("\n"):
        fields = line.split(" ")
        if len(fields) > 4:
            yield Mount(fields[2], _plain(fields[3]), _plain(fields[4]))


def mount_over(path: str, mounts: Sequence[Mount]) -> Mount | None:
    """The mount through which an absolute path is seen: the nearest one above it, of several there the last."""
    covering = (one for one in reversed(mounts) if path == one.point or path.startswith(f"{one.point.rstrip('/')}/"))
    return max(covering, key=lambda mount: len(mount.point), default=None)


def mounts_directory(proc: str, pid: int, ours: Path) -> bool:
    """Whether that directory itself is mounted for the process, wherever, and is no mount here."""
    own = list(_mounts(proc, "self"))
    path = real_path(ours)
    nearest = mount_over(path, own)
    if nearest is None:
        return False
    inside = os.path.normpath(f"{nearest.root}/{os.path.relpath(path, nearest.point)}")
    place = (nearest.device, inside.replace("//", "/"))
    return not _has(own, place) and _has(_mounts(proc, str(pid)), place)


def _has(mounts: Iterable[Mount], place: tuple[str, str]) -> bool:
    return any((mount.device, mount.root) == place for mount in mounts)


def _mounts(proc: str, pid: str) -> Iterator[Mount]:
    content = read_bytes(f"{proc}/{pid}/mountinfo", LARGEST_MOUNTINFO) or b""
    whole_lines = content.rpartition(b"\n")[0]
    return parse_mounts(whole_lines.decode("utf-8", "surrogateescape"))


def _plain(text: str) -> str:
    return _OCTAL.sub(lambda match: chr(int(match[1], 8)), text)
