"""What is mounted where: says of two paths to one directory that a bind mount makes them the same (proc(5))."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from gateway_core.files import read_text_file
from gateway_core.host import Host

_LARGEST = 4 << 20
_OCTAL = re.compile(r"\\([0-7]{3})")


@dataclass(frozen=True, slots=True)
class Mount:
    """One line of mountinfo: `root` inside the file system can be seen at `point`."""

    device: str
    root: str
    point: Path


def read_mounts(host: Host) -> Sequence[Mount]:
    """The mounts that this process sees; none where there is no `/proc`."""
    text = read_text_file(host.root / "proc" / "self" / "mountinfo", _LARGEST).text or ""
    return list(parse_mounts(text))


def parse_mounts(text: str) -> Iterator[Mount]:
    """`36 35 98:0 /mnt1 /mnt2 rw,noatime …`; blanks and the like in paths are octal."""
    for line in text.splitlines():
        fields = line.split(" ")
        if len(fields) > 4:
            yield Mount(fields[2], _plain(fields[3]), Path(_plain(fields[4])))


def bound_at(path: Path, mounts: Sequence[Mount]) -> Path | None:
    """The mount point at or above `path` where only a part of a file system is mounted, if that is how it is seen.

    Of several mounts on one point the last hides the others.
    """
    covering = [mount for mount in mounts if path == mount.point or mount.point in path.parents]
    if not covering:
        return None
    nearest = max(covering, key=lambda mount: len(mount.point.parts))
    visible = next(mount for mount in reversed(covering) if mount.point == nearest.point)
    return visible.point if visible.root != "/" and visible.point != Path("/") else None


def _plain(text: str) -> str:
    return _OCTAL.sub(lambda match: chr(int(match[1], 8)), text)
