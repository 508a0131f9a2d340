"""The listening TCP sockets of Linux and who owns them."""

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from os import geteuid, readlink
from pathlib import Path

from gateway_core.host import ListeningSocket, PortLimits, SocketScan
from gateway_core.system.listening import SocketEntry, ask_kernel, read_tables
from gateway_core.system.procfs import descriptor_links, process_ids, read_bytes, read_stat


@dataclass(frozen=True, slots=True)
class _Holder:
    """A process that holds a socket, and under which descriptor."""

    pid: int
    descriptor: int


class LinuxSockets:
    """Finds the owner of each listening socket through the descriptors of the processes.

    That search is the expensive part, so owners are remembered with their descriptor. One `readlink` later proves that
    this descriptor is still that socket, which a reused pid or a closed socket can not pass.

    A socket that several processes hold belongs to the one that started first: a gateway hands its sockets down to its
    children, never up.
    """

    def __init__(self, proc: Path = Path("/proc"), *, by_netlink: bool = True) -> None:
        self._proc = str(proc)
        self._by_netlink = by_netlink
        self._holders: dict[int, _Holder] = {}
        self._hidden: frozenset[int] = frozenset()
        """Inodes whose holder no visible process is; looked for again only in processes that are new since."""
        self._searched: frozenset[int] = frozenset()
        """The processes that do not hold a hidden socket."""

    def limits(self) -> PortLimits:
        """The kernel's port limits; the usual ones where it does not tell."""
        usual = PortLimits()
        settings = f"{self._proc}/sys/net/ipv4"
        ephemeral = _numbers(f"{settings}/ip_local_port_range")
        unprivileged = _numbers(f"{settings}/ip_unprivileged_port_start")
        start, end = ephemeral if len(ephemeral) == 2 else (usual.ephemeral_start, usual.ephemeral_end)
        return PortLimits(start, end, unprivileged[0] if unprivileged else usual.first_unprivileged)

    def scan(self) -> SocketScan:
        """All listening TCP sockets now, with their owners where they can be seen."""
        entries = self._entries()
        if entries is None:
            return SocketScan((), failure=f"Neither netlink nor {self._proc}/net gave the list of sockets.")
        holders = self._owners_of(frozenset(entry.inode for entry in entries))
        sockets = tuple(
            ListeningSocket(entry.address, entry.port, holders[entry.inode].pid if entry.inode in holders else None)
            for entry in entries
        )
        unseen = sum(1 for listening in sockets if listening.pid is None)
        return SocketScan(sockets, _explain_unseen(unseen, len(sockets)))

    def _entries(self) -> list[SocketEntry] | None:
        if self._by_netlink:
            try:
                return ask_kernel()
            except OSError:
                self._by_netlink = False
        return read_tables(self._proc)

    def _owners_of(self, inodes: frozenset[int]) -> Mapping[int, _Holder]:
        known = {inode: holder for inode, holder in self._holders.items() if inode in inodes}
        holders = {inode: holder for inode, holder in known.items() if self._still_holds(holder, inode)}
        missing = inodes - holders.keys()
        if missing:
            pids = frozenset(process_ids(self._proc))
            only_hidden = missing <= self._hidden
            holders |= self._search(missing, pids - self._searched if only_hidden else pids)
            self._searched = pids
        self._hidden = inodes - holders.keys()
        self._holders = holders
        return holders

    def _still_holds(self, holder: _Holder, inode: int) -> bool:
        try:
            return readlink(f"{self._proc}/{holder.pid}/fd/{holder.descriptor}") == f"socket:[{inode}]"  # noqa: PTH115
        except OSError:
            return False

    def _search(self, inodes: Iterable[int], pids: Iterable[int]) -> dict[int, _Holder]:
        wanted = {f"socket:[{inode}]": inode for inode in inodes}
        candidates: dict[int, dict[int, _Holder]] = {}
        for pid in pids:
            for descriptor, target in (descriptor_links(self._proc, pid) or {}).items():
                inode = wanted.get(target)
                if inode is not None:
                    candidates.setdefault(inode, {})[pid] = _Holder(pid, descriptor)
        return {inode: self._oldest(list(holders.values())) for inode, holders in candidates.items()}

    def _oldest(self, holders: list[_Holder]) -> _Holder:
        return holders[0] if len(holders) == 1 else min(holders, key=self._age)

    def _age(self, holder: _Holder) -> tuple[int, int]:
        stat = read_stat(self._proc, holder.pid)
        return (sys.maxsize if stat is None else stat.start_ticks, holder.pid)


def _numbers(path: str) -> tuple[int, ...]:
    return tuple(int(number) for number in (read_bytes(path) or b"").split() if number.isdigit())


def _explain_unseen(unseen: int, total: int) -> tuple[str, ...]:
    if unseen == 0:
        return ()
    if geteuid() == 0:
        reason = "they belong to the kernel or to processes of another container, which are not visible from here"
    else:
        reason = "they belong to other users or to privileged programs; run claw-tui with sudo to see them"
    return (f"The owners of {unseen} of {total} listening sockets could not be seen: {reason}.",)
