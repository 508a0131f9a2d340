"""The host's listening sockets as people think of them: who holds which port, on which addresses."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

from gateway_core.host import ProcessInfo, SocketScan
from gateway_core.redaction import printable, redact_command
from gateway_core.snapshot import Listener

_USER_DATA_DIR = "--user-data-dir="
_DEBUGGING_PORT = "--remote-debugging-port="


def listeners_of(
    scan: SocketScan, processes: Mapping[int, ProcessInfo], owners: Mapping[int, str]
) -> tuple[Listener, ...]:
    """One listener per port and owner, sorted by port, then pid; `owners` maps pids to instance ids.

    Sockets of one port whose owners cannot be seen are one listener without an owner, whether or not it is the same.
    """
    addresses: dict[tuple[int, int | None], set[str]] = defaultdict(set)
    for socket in scan.sockets:
        addresses[socket.port, socket.pid].add(socket.address)
    return tuple(
        _listener(port, pid, addresses[port, pid], processes, owners)
        for port, pid in sorted(addresses, key=lambda key: (key[0], key[1] is None, key[1] or 0))
    )


def chrome_owner(process: ProcessInfo, state_dirs: Mapping[Path, str]) -> str | None:
    """The instance whose gateway started this Chrome; `state_dirs` maps state dirs to instance ids.

    Gateways start it with `--user-data-dir=<state dir>/browser/<browser profile>/user-data` and a debugging port. The
    state dir may be spelled as it is or through a symbolic link that a migration left behind.
    """
    if not any(argument.startswith(_DEBUGGING_PORT) for argument in process.argv):
        return None
    for argument in process.argv:
        if argument.startswith(_USER_DATA_DIR):
            user_data = Path(argument.removeprefix(_USER_DATA_DIR))
            return _owner_of(user_data, state_dirs)
    return None


def _owner_of(user_data: Path, state_dirs: Mapping[Path, str]) -> str | None:
    if user_data.name != "user-data" or len(user_data.parents) < 3 or user_data.parents[1].name != "browser":
        return None
    state_dir = user_data.parents[2]
    return state_dirs.get(state_dir) or state_dirs.get(state_dir.resolve())


def _listener(
    port: int,
    pid: int | None,
    addresses: Iterable[str],
    processes: Mapping[int, ProcessInfo],
    owners: Mapping[int, str],
) -> Listener:
    process = None if pid is None else processes.get(pid)
    return Listener(
        port=port,
        addresses=tuple(sorted(addresses, key=_ipv4_first)),
        pid=pid,
        process=None if process is None else _full_name(process),
        command=None if process is None else _command(process.argv),
        instance=None if pid is None else owners.get(pid),
    )


@lru_cache(maxsize=1024)
def _command(argv: tuple[str, ...]) -> str | None:
    """Kept from tick to tick: redaction costs more than all the rest of a listener."""
    return redact_command(argv) if argv else None


def _full_name(process: ProcessInfo) -> str:
    """The kernel cuts names at 15 characters; a command line that begins with the name tells the rest."""
    program = printable(process.argv[0].rpartition("/")[2]) if process.argv else ""
    return program if program.startswith(process.name) else printable(process.name)


def _ipv4_first(address: str) -> tuple[bool, str]:
    return (":" in address, address)
