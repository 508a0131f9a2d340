"""The namespaces and control groups of single processes, read from Linux's `/proc`."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from gateway_core.host import Placement, ProcessInfo
from gateway_core.redaction.terminal import printable
from gateway_core.system.procfs import read_bytes

_NAMESPACES = ("pid", "net", "mnt")
_MOST_LINKS = 40  # in one path, as Linux has it
_SYSTEMD_TREES = ("0::", "name=systemd:")  # its only tree, or the one of its own beside those of the first version

_Key = tuple[int, int, tuple[str, ...]]


class Placements:
    """Reads where processes are, each once: a program that enters a namespace does so before it runs another one."""

    def __init__(self, proc: str) -> None:
        self._proc = proc
        self._known: dict[_Key, Placement] = {}
        self._own, self._own_root = _namespaces(proc, "self"), root_of(proc, "self")

    def of(self, process: ProcessInfo) -> Placement | None:
        key = (*process.identity, process.argv)
        found = self._known.get(key)
        if found is None:
            found = self._read(process.pid)
            if found is not None:
                self._known[key] = found
        return found

    def forget_all_but(self, pids: set[int]) -> None:
        """Keep only what is known of these."""
        self._known = {key: placement for key, placement in self._known.items() if key[0] in pids}

    def _read(self, pid: int) -> Placement | None:
        cgroups = read_bytes(f"{self._proc}/{pid}/cgroup")
        if cgroups is None or self._own is None:
            return None
        seen, inner_pids = _namespaces(self._proc, str(pid)), _inner_pids(self._proc, pid)
        if seen is None:  # another user's: of its namespaces, only that of pids shows
            return Placement(
                own_pids=None if inner_pids is None else len(inner_pids) == 1,
                own_network=None,
                own_mounts=None,
                cgroups=parse_cgroups(cgroups.decode("utf-8", "replace")),
            )
        own_pids, own_network, own_mounts = (one == own for one, own in zip(seen, self._own, strict=True))
        own_mounts = own_mounts and root_of(self._proc, str(pid)) == self._own_root
        return Placement(
            own_pids=own_pids,
            own_network=own_network,
            own_mounts=own_mounts,
            files=None if own_mounts else Path(f"{self._proc}/{pid}/root"),
            inner_pid=inner_pids[-1] if inner_pids and not own_pids else None,
            cgroups=parse_cgroups(cgroups.decode("utf-8", "replace")),
        )


def root_of(proc: str, pid: str) -> str | None:
    """What a process has for `/`, as it is called here; `None` if that may not be seen, or the process is gone."""
    try:
        return os.readlink(f"{proc}/{pid}/root")  # noqa: PTH115 - cheaper
    except OSError:
        return None


def path_below(root: str | None, path: str) -> str:
    """The path as a process with that root calls it: what it holds open is called here as this process would."""
    if root is None or root == "/" or not path.startswith(f"{root}/"):
        return path
    return path.removeprefix(root)


def shares_file(proc: str, pid: int, path: Path, ours: Path) -> bool | None:
    """Whether a path of that process's own file system leads to that file of this one."""
    try:
        theirs = os.lstat(_resolved_below(f"{proc}/{pid}/root", path))
        return os.path.samestat(theirs, ours.stat())
    except (OSError, ValueError):
        return None


def _resolved_below(root: str, path: Path) -> str:
    """That path below that root without links, each followed as a process does that has it for `/`. Raises `OSError`.

    The kernel would follow an absolute link, and a `..` above the root, to a file of this process instead.
    """
    ahead, done, links = list(reversed(path.parts)), [root, ""], 0
    while ahead:
        part = ahead.pop().strip("/")
        if part in ("", "."):
            continue
        if part == "..":
            del done[max(2, len(done) - 1) :]
            continue
        try:
            target = os.readlink("/".join((*done, part)))  # noqa: PTH115 - a `Path` would be made for every part
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise
            done.append(part)
            continue
        links += 1
        if links > _MOST_LINKS:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
        if target.startswith("/"):
            del done[2:]
        ahead += reversed(target.split("/"))
    return "/".join(done)


def parse_cgroups(text: str) -> tuple[str, ...]:
    """The distinct paths of a `/proc/<pid>/cgroup`, without the roots of trees; that of systemd comes first.

    Any user may have given a group any name.
    """
    lines = sorted(
        (printable(line) for line in text.split("\n")),
        key=lambda line: not any(tree in line for tree in _SYSTEMD_TREES),
    )
    paths = (line.split(":", 2)[2] for line in lines if line.count(":") >= 2)
    return tuple(dict.fromkeys(path for path in paths if path != "/"))


def _namespaces(proc: str, pid: str) -> tuple[str, ...] | None:
    try:
        return tuple(os.readlink(f"{proc}/{pid}/ns/{name}") for name in _NAMESPACES)  # noqa: PTH115 - cheaper
    except OSError:
        return None


def _inner_pids(proc: str, pid: int) -> list[int] | None:
    """Its pids from this namespace inwards: a single one, unless it is in another. Every user may see them."""
    for line in (read_bytes(f"{proc}/{pid}/status") or b"").splitlines():
        if line.startswith(b"NSpid:"):
            return [int(word) for word in line.split()[1:]]
    return None
