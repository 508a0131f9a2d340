"""The host's listening sockets as people think of them: who holds which port, on which addresses."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from gateway_core.files import absolute_path, real_path
from gateway_core.host import ListeningSocket, Placement, ProcessInfo, SocketScan
from gateway_core.ports.addresses import Places, held_places
from gateway_core.ports.claimants import Claimant, moves_with_base
from gateway_core.ports.port_line import PortGroup
from gateway_core.ports.publishers import place_behind
from gateway_core.redaction.commands import redact_command
from gateway_core.redaction.terminal import printable
from gateway_core.snapshot import Listener

_USER_DATA_DIR = "--user-data-dir="
_HELPER = "--type="
_LEVELS_ABOVE = 16  # so many directories around it may be its state dir; the third one is, as far as is known
_DEBUGGING = "--remote-debugging-"  # a port, or a pipe


def listeners_of(
    scan: SocketScan,
    processes: Mapping[int, ProcessInfo],
    owners: Mapping[int, str],
    placements: Mapping[int, Placement] | None = None,
    *,
    outlived: Collection[int] = (),
) -> tuple[Listener, ...]:
    """Return one listener per port and owner, sorted by port, then pid; `owners` maps pids to instance ids.

    `outlived` are the pids of browsers whose gateway is gone.

    Sockets of one port whose owners cannot be seen are one listener without an owner, whether or not it is the same.
    """
    sockets: dict[tuple[int, int | None], list[ListeningSocket]] = defaultdict(list)
    for socket in scan.sockets:
        sockets[socket.port, socket.pid].append(socket)
    return tuple(
        _listener(sockets[key], processes, owners, placements or {}, outlived=key[1] in outlived)
        for key in sorted(sockets, key=lambda key: (key[0], key[1] is None, key[1] or 0))
    )


def chrome_owner(process: ProcessInfo, state_dirs: Mapping[Path, str]) -> str | None:
    """Return the instance whose gateway started this Chrome; `state_dirs` maps state dirs to instance ids.

    Gateways start it with `--user-data-dir=<state dir>/browser/<browser profile>/user-data`, to be debugged. The
    state dir may be spelled as it is or through a symbolic link that a migration left behind. Chrome's own helpers
    (`--type=`) do not count.
    """
    if not any(argument.startswith(_DEBUGGING) for argument in process.argv):
        return None
    if any(argument.startswith(_HELPER) for argument in process.argv):
        return None
    for argument in process.argv:
        if argument.startswith(_USER_DATA_DIR):
            user_data = absolute_path(argument.removeprefix(_USER_DATA_DIR))
            return _owner_of(user_data, state_dirs) if user_data is not None else None
    return None


def _owner_of(user_data: Path, state_dirs: Mapping[Path, str]) -> str | None:
    above = user_data.parents[:_LEVELS_ABOVE]
    known = next((state_dirs[parent] for parent in above if parent in state_dirs), None)
    real = (Path(real_path(parent)) for parent in above)
    return known or next((state_dirs[parent] for parent in real if parent in state_dirs), None)


def _listener(
    sockets: Sequence[ListeningSocket],
    processes: Mapping[int, ProcessInfo],
    owners: Mapping[int, str],
    placements: Mapping[int, Placement],
    *,
    outlived: bool,
) -> Listener:
    """Return the listener that these sockets of one port and one owner make."""
    pid = sockets[0].pid
    process = None if pid is None else processes.get(pid)
    return Listener(
        port=sockets[0].port,
        addresses=tuple(sorted({socket.address for socket in sockets}, key=_ipv4_first)),
        pid=pid,
        process=None if process is None else _full_name(process),
        command=None if process is None else (redact_command(process.argv) or None),
        instance=None if pid is None else owners.get(pid),
        outlived=outlived,
        v6_only=all(socket.v6_only for socket in sockets if socket.address == "::")
        and any(socket.address == "::" for socket in sockets),
        place=None if process is None else place_behind(process, placements.get(process.pid)),
    )


def _full_name(process: ProcessInfo) -> str:
    """The name of the process. The kernel cuts it at 15 characters; a command line that begins so tells the rest."""
    program = printable(process.argv[0].rpartition("/")[2]) if process.argv else ""
    return program if program.startswith(process.name) else printable(process.name)


def _ipv4_first(address: str) -> tuple[bool, str]:
    return (":" in address, address)


def places_of(listener: Listener) -> Places:
    """Return where it listens, to compare with other places."""
    return held_places(listener.addresses, v6_only=listener.v6_only)


def sockets_places(sockets: Iterable[ListeningSocket]) -> Places:
    """Return where these sockets listen."""
    return Places().union(*(held_places((socket.address,), v6_only=socket.v6_only) for socket in sockets))


@dataclass(frozen=True, slots=True)
class Holding:
    """A listener and whose it is; no owner means a process outside the family, or one that cannot be seen."""

    listener: Listener
    owner: Claimant | None
    port_group: PortGroup | None  # the owner's, or one for itself if its settings pin the port


class Owners:
    """The owners of listeners among the claimants."""

    def __init__(self, port_groups: Sequence[PortGroup]) -> None:
        self._port_groups = port_groups

    def holding(self, listener: Listener) -> Holding:
        owner = self.owner(listener)
        if owner is None:
            return Holding(listener, None, None)
        there = [claim for claim in owner.claims if claim.start <= listener.port <= claim.end]
        pinned = bool(there) and not any(moves_with_base(claim) for claim in there)
        alone = PortGroup(owner.id, (owner,))
        return Holding(listener, owner, alone if pinned else self._group_of.get(owner.id, alone))

    def owner(self, listener: Listener) -> Claimant | None:
        """Return the instance that the listener belongs to; `None` for an outsider's, or if its owner is not seen.

        A browser that outlived its gateway is an outsider's: the next gateway will not take it for its own.
        """
        if listener.outlived:
            return None
        if listener.instance is not None:
            return self._by_id.get(listener.instance) or Claimant(listener.instance, None, ())
        return None if listener.pid is not None else self._by_proof.get(listener.port)

    @property
    def _claimants(self) -> Iterator[Claimant]:
        return (claimant for port_group in self._port_groups for claimant in port_group.members)

    @cached_property
    def _group_of(self) -> dict[str, PortGroup]:
        return {claimant.id: port_group for port_group in self._port_groups for claimant in port_group.members}

    @cached_property
    def _by_id(self) -> dict[str, Claimant]:
        return {claimant.id: claimant for claimant in self._claimants}

    @cached_property
    def _by_proof(self) -> dict[int, Claimant]:
        return {port: claimant for claimant in self._claimants for port in claimant.proven_ports}
