"""The groups and mounts of a machine, as its files list them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gateway_core.accounts import accounts
from gateway_core.files import read_text_file
from gateway_core.host import Host

_LARGEST = 4 << 20


@dataclass(frozen=True, slots=True)
class Groups:
    """The groups of one machine, and who is in them."""

    users: Mapping[int, tuple[str, int]]
    """The name and the primary group of each user, by user id."""
    names: Mapping[int, str]
    members: Mapping[int, frozenset[str]]
    """The names of a group's users, those for whom it is the primary group too."""

    def named(self, group: int) -> str:
        """The name of a group, or its number if it is not listed."""
        return self.names.get(group) or str(group)

    def is_private(self, group: int, owner: int | None) -> bool:
        """Whether a group is the user's own, bears the user's name, and holds nobody else."""
        if owner is None or owner not in self.users:
            return False
        user, primary = self.users[owner]
        return primary == group and self.names.get(group) == user and self.members[group] == {user}


def read_groups(host: Host) -> Groups:
    """The groups that `/etc/passwd` and `/etc/group` list; no others are asked for over a network."""
    users: dict[int, tuple[str, int]] = {}
    members: defaultdict[int, set[str]] = defaultdict(set)
    names: dict[int, str] = {}
    for user, _, uid, gid, *_ in accounts(host):
        if uid.isdecimal() and gid.isdecimal():
            users.setdefault(int(uid), (user, int(gid)))
            members[int(gid)].add(user)
    text = read_text_file(host.root / "etc" / "group", _LARGEST).text or ""
    for fields in (line.split(":") for line in text.splitlines()):
        if len(fields) == 4 and fields[2].isdecimal():
            names.setdefault(int(fields[2]), fields[0])
            members[int(fields[2])].update(filter(None, fields[3].split(",")))
    return Groups(users, names, {gid: frozenset(listed) for gid, listed in members.items()})


_LARGEST = 4 << 20
_OCTAL = re.compile(r"\\([0-7]{3})")


@dataclass(frozen=True, slots=True)
class Mount:
    """One line of mountinfo: `root` inside the file system can be seen at `point`."""

    device: str
    root: str
    point: Path


def read_mounts(host: Host) -> Sequence[Mount]:
    """The mounts that this process sees (proc(5)); none where there is no `/proc`."""
    text = read_text_file(host.root / "proc" / "self" / "mountinfo", _LARGEST).text or ""
    return list(parse_mounts(text))


def parse_mounts(text: str) -> Iterator[Mount]:
    """`36 35 98:0 /mnt1 /mnt2 rw,noatime …`; blanks and the like in paths are octal."""
    for line in text.splitlines():
        fields = line.split(" ")
        if len(fields) > 4:
            yield Mount(fields[2], _plain(fields[3]), Path(_plain(fields[4])))


def bound_at(path: Path, mounts: Sequence[Mount]) -> Path | None:
    """The mount point at or above `path` where only a part of a file system is mounted: a bind mount.

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
