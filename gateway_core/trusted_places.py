"""The rule by which a place is trusted: whose it may be, and who may write to it, so that nobody else changes it.

As for ssh, a place and those above it belong to this user or to root, and nobody else may write to them.
"""

from __future__ import annotations

import os
import stat
from functools import lru_cache
from pathlib import Path

from gateway_core.accounts import Groups, account_of, read_groups
from gateway_core.decoding import whole_number
from gateway_core.files import FileContent, FileIdentity, identify, path_status, read_beginning, real_path
from gateway_core.shell_commands import shell_command

ROOT = Path("/")
"""The directory whose `/etc` tells the accounts and groups to which files of this process can belong."""
_OTHERS = stat.S_IWGRP | stat.S_IWOTH
_UNMAPPED = 65534  # how the owners of a host look in a container that does not know them, its root above all
_UID_MAP = Path("/proc/self/uid_map")
_LARGEST_MAP = 64 << 10


def why_untrusted(directory: Path, *, shared: bool = False) -> str | None:
    """Why what is in a directory may be somebody else's, with the remedy; `None` if it is not, or is not there.

    The first one of root's ends the way up: what is around the user's own is the administrator's. In a `shared` one,
    such as `/tmp`, all may write, but nobody may replace what is another's.
    """
    name = str(directory)
    reason, linked = _why_way_untrusted(name, shared=shared)
    if reason is None and (linked or ".." in directory.parts):
        reason, _ = _why_way_untrusted(real_path(name), shared=shared)
    return reason


def why_untrusted_file(content: FileContent) -> str | None:
    """Why a file that was read may be somebody else's, with the remedy; `None` if it is not, or was not read."""
    if content.mode is None or content.owner is None or content.group is None:
        return None
    reason = _why_theirs(str(content.path), content.mode, content.owner, content.group)
    if reason is None:
        reason = why_untrusted(content.path.parent)
    if reason is None and os.path.islink(content.path):  # noqa: PTH114 - `Path.is_symlink` raises
        reason = why_untrusted(Path(real_path(content.path)).parent)
    return reason


def why_unused(directory: Path) -> str | None:
    """Why a directory of claw-tui, there or to be made, cannot be used, with the remedy; `None` if it can."""
    place = next((one for one in (directory, *directory.parents) if path_status(one).exists), directory)
    return why_untrusted(place, shared=place != directory)


def _why_way_untrusted(start: str, *, shared: bool) -> tuple[str | None, bool]:
    """The same for one directory and those above it, by their names alone; and whether there is a link among them.

    Asked for each file that is read at a look, so with plain names and one system call for each.
    """
    user, path, linked = os.geteuid(), start, False
    while True:
        try:
            status = os.lstat(path)
            if stat.S_ISLNK(status.st_mode):
                status, linked = os.stat(path), True  # noqa: PTH116
        except (OSError, ValueError):
            return None, linked  # what cannot be looked at cannot be read either
        above = path != start
        if above and user != status.st_uid and _is_administrators(status.st_uid):
            return None, linked
        sticky = (shared or above) and status.st_mode & stat.S_ISVTX
        mode = status.st_mode & ~_OTHERS if sticky else status.st_mode
        if reason := _why_theirs(path, mode, status.st_uid, status.st_gid):
            return reason, linked
        if path == (parent := os.path.dirname(path)):  # noqa: PTH120
            return None, linked
        path = parent


def _why_theirs(path: str, mode: int, owner: int, group: int) -> str | None:
    """Why somebody else may change what has this owner and mode, with the remedy; `None` if nobody may."""
    if owner not in (0, os.geteuid()):
        other = _user_name(owner)
        return f"{path} belongs to {other}, not to {_user_name(os.geteuid())}; run claw-tui as {other}"
    if mode & stat.S_IWOTH or (mode & stat.S_IWGRP and not _is_private(group, owner)):
        return f"others may write to {path}; run {shell_command(('chmod', 'go-w', path))}"
    return None


def _is_private(group: int, owner: int) -> bool:
    accounts, groups = (identify(ROOT / "etc" / name) for name in ("passwd", "group"))
    return _groups_as_of(owner, accounts, groups).is_private(group, owner)


@lru_cache(maxsize=2)  # of this user and of root
def _groups_as_of(owner: int, *_: FileIdentity) -> Groups:
    """The groups that are listed; for this user alone, who may be of a directory such as LDAP, others are asked too."""
    listed = read_groups(ROOT)
    return listed.with_unlisted(owner) if owner == os.geteuid() and owner not in listed.users else listed


def _is_administrators(uid: int) -> bool:
    """Whether it is root, or stands for the root of a host in a container where no account has that number."""
    return uid == 0 or (uid == _UNMAPPED and _is_unmapped(uid))


def _is_unmapped(uid: int) -> bool:
    """Whether the user namespace has no such user; `False` where that cannot be told."""
    lines = read_beginning(_UID_MAP, _LARGEST_MAP).decode("ascii", "replace").splitlines()
    ranges = [[whole_number(field) or 0 for field in line.split()] for line in lines]
    return bool(ranges) and not any(first <= uid < first + count for first, _, count in ranges)


def _user_name(uid: int) -> str:
    name = account_of(ROOT, uid)
    return f"uid {uid}" if name == str(uid) else name
