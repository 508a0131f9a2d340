"""Who is in which group, as `/etc/passwd` and `/etc/group` list it; others are not asked for over a network."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from gateway_core.files import read_text_file
from gateway_core.host import Host
from gateway_core.services.files import accounts

_LARGEST = 4 << 20


@dataclass(frozen=True, slots=True)
class Groups:
    """The groups of one machine."""

    users: Mapping[int, tuple[str, int]]
    """The name and the primary group of each user, by user id."""
    names: Mapping[int, str]
    members: Mapping[int, frozenset[str]]
    """Those for whom it is the primary group, too."""

    def named(self, group: int) -> str:
        """What a group is called; one that is not listed, by its number."""
        return self.names.get(group) or str(group)

    def is_private(self, group: int, owner: int | None) -> bool:
        """Whether it is that user's own group, bears the user's name, and holds nobody else."""
        if owner is None or owner not in self.users:
            return False
        user, primary = self.users[owner]
        return primary == group and self.names.get(group) == user and self.members[group] == {user}


def read_groups(host: Host) -> Groups:
    """The groups of that machine; none where its files cannot be read."""
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
