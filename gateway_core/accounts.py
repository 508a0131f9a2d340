"""The accounts and groups of this machine, as `/etc/passwd` and `/etc/group` list them."""

from __future__ import annotations

import grp
import pwd
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from gateway_core.decoding import whole_number
from gateway_core.files import read_text_file
from gateway_core.host import Host

_LARGEST = 4 << 20
_ROOT = 0
_NAMES_OF_ROOTS_GROUP = ("root", "wheel")  # the latter on macOS


def accounts(root: Path) -> Iterator[list[str]]:
    """The entries of `/etc/passwd` below a root directory: name, password, uid, gid, comment, home, shell."""
    text = read_text_file(root / "etc" / "passwd", _LARGEST).text or ""
    return (entry for line in text.splitlines() if len(entry := line.split(":")) > 5)


def account_home(root: Path, user: str) -> Path | None:
    """The home directory of an account that is listed in `/etc/passwd`; others are not asked for over a network."""
    homes = (entry[5] for entry in accounts(root) if entry[0] == user)
    return next((Path(home) for home in homes if home.startswith("/")), None)


def account_of(root: Path, uid: int) -> str:
    """The name of the account with that user id, or the id if it is not listed."""
    return next((entry[0] for entry in accounts(root) if entry[2] == str(uid)), str(uid))


def account_uid(root: Path, user: str) -> int | None:
    """The user id of an account, which may be given as a number; `None` if it is not listed."""
    listed = (whole_number(entry[2]) for entry in accounts(root) if entry[0] == user)
    number = whole_number(user)
    return next(listed, None) if number is None else number


def account_name(host: Host) -> str | None:
    """The name of the calling user: as `/etc/passwd` says, else as the environment does."""
    listed = (entry[0] for entry in accounts(host.root) if entry[2] == str(host.uid))
    return next(listed, None) or host.environment.get("USER") or host.environment.get("LOGNAME")


@dataclass(frozen=True, slots=True)
class Groups:
    """The groups of one machine, and who is in them."""

    users: Mapping[int, tuple[str, int]]
    """The name and the primary group of each user, by user id."""
    names: Mapping[int, str]
    members: Mapping[int, frozenset[str]]
    """The names of a group's users, those for whom it is the primary group too, but for root's: accounts of the system
    and the arbitrary users of containers have it as theirs."""

    def named(self, group: int) -> str:
        """The name of a group, or its number if it is not listed."""
        return self.names.get(group) or str(group)

    def is_private(self, group: int, owner: int | None) -> bool:
        """Whether a group is root's or the user's own, whose name it bears, and nobody else was put into it."""
        if owner is None or group not in self.names:
            return False
        user, primary = self.users.get(owner, ("root", _ROOT))
        is_own = primary == group and self.names[group] == user
        is_roots = group == _ROOT and self.names[group] in _NAMES_OF_ROOTS_GROUP
        return (is_own or is_roots) and self.members[group] <= {user, "root"}

    def with_unlisted(self, uid: int) -> Groups:
        """The same with a user who is not listed, and the primary group, as the name service tells. Blocks.

        It may ask a directory such as LDAP over a network.
        """
        try:
            account = pwd.getpwuid(uid)
            group = grp.getgrgid(account.pw_gid)
        except KeyError:  # as for the arbitrary user of a container
            return self
        gid, together = group.gr_gid, {account.pw_name, *group.gr_mem}
        return Groups(
            users={uid: (account.pw_name, gid), **self.users},
            names={gid: group.gr_name, **self.names},
            members={**self.members, gid: self.members.get(gid, frozenset()) | together},
        )


def read_groups(root: Path) -> Groups:
    """The groups that `/etc/passwd` and `/etc/group` list; no others are asked for over a network."""
    users: dict[int, tuple[str, int]] = {}
    members: defaultdict[int, set[str]] = defaultdict(set)
    names: dict[int, str] = {}
    for user, _, uid, gid, *_ in accounts(root):
        own, primary = whole_number(uid), whole_number(gid)
        if own is not None and primary is not None:
            users.setdefault(own, (user, primary))
            members[primary].update([user] if primary != _ROOT else [])
    text = read_text_file(root / "etc" / "group", _LARGEST).text or ""
    for fields in (line.split(":") for line in text.splitlines()):
        if len(fields) == 4 and (group := whole_number(fields[2])) is not None:
            names.setdefault(group, fields[0])
            members[group].update(filter(None, fields[3].split(",")))
    return Groups(users, names, {gid: frozenset(listed) for gid, listed in members.items()})
