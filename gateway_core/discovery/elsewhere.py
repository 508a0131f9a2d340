"""Gateways in containers and other namespaces: which state dirs and locks of this host they use.

They are shown, and never joined with an instance: what they call pid 7, port 18789 or `/home/node/.openclaw` is
something else on this host, unless it is the very same file.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from gateway_core.discovery.installations import Installation
from gateway_core.discovery.locks import LockFile
from gateway_core.discovery.naming import standard_state_dir
from gateway_core.discovery.processes import GatewayProcess, named_places
from gateway_core.distributions.loader import Distributions
from gateway_core.distributions.model import DEFAULT_PROFILE
from gateway_core.host import Host


@dataclass(frozen=True, slots=True)
class DiscoveredElsewhere:
    """A gateway of another namespace, with what it shares with this host."""

    process: GatewayProcess
    state_dirs: frozenset[Path] = frozenset()  # those of instances of this host that it works in
    locks: frozenset[Path] = frozenset()  # those seen here that it wrote


def known_elsewhere(
    before: Iterable[DiscoveredElsewhere], recognised: Iterable[GatewayProcess]
) -> tuple[DiscoveredElsewhere, ...]:
    """Those of the recognised gateways that run elsewhere, each with what was known of it before.

    What bears the title of the product's commands, too, is one only if it has a lock. Of the two processes that many
    versions are, the child is the gateway.
    """
    known = {item.process: item for item in before}
    there = [
        gateway for gateway in recognised if gateway.elsewhere and (gateway.lock_paths or not gateway.by_name_only)
    ]
    parents = {(gateway.distribution, gateway.info.parent) for gateway in there}
    return tuple(
        known.get(gateway, DiscoveredElsewhere(gateway))
        for gateway in there
        if (gateway.distribution, gateway.info.pid) not in parents
    )


def find_elsewhere(
    host: Host,
    distributions: Distributions,
    gateways: Iterable[GatewayProcess],
    installations: Sequence[Installation],
    locks: Collection[LockFile],
) -> tuple[DiscoveredElsewhere, ...]:
    """Each of those gateways with the state dirs of these installations and those of these locks that are its own."""
    state_dirs = [item.state_dir for item in installations if item.state_dir is not None]
    found = []
    for gateway in gateways:
        own = [lock for lock in locks if is_lock_of(host, lock, gateway)]
        places = {*_work_places(distributions, gateway), *(lock.state_dir or lock.config_path.parent for lock in own)}
        shared = set(_shared(host, gateway.info.pid, places, state_dirs))
        placement = gateway.placement
        if placement is not None and placement.own_mounts is None:  # another user's: no path of it shows
            shared |= {path for path in state_dirs if host.processes.mounts(gateway.info.pid, path)}
        found.append(DiscoveredElsewhere(gateway, frozenset(shared), frozenset(lock.path for lock in own)))
    return tuple(found)


def is_lock_of(host: Host, lock: LockFile, gateway: GatewayProcess) -> bool:
    """Whether a gateway of another pid namespace wrote that lock: the pid in there is its pid in its own namespace.

    The start in there may be that of a process of this host: of the one that its `/proc` has under that pid.
    """
    inner_pid = gateway.placement.inner_pid if gateway.placement is not None else None
    if lock.pid != (inner_pid or gateway.info.pid):
        return False
    return lock.start == gateway.info.start or any(
        host.processes.shares_file(gateway.info.pid, path, lock.path) for path in gateway.lock_paths
    )


def names_same_config(host: Host, lock: LockFile, gateway: GatewayProcess) -> bool:
    """Whether the config that a lock of that gateway names is for the gateway the file that it is here."""
    return host.processes.shares_file(gateway.info.pid, lock.config_path, lock.config_path) is True


def _shared(host: Host, pid: int, theirs: Iterable[Path], ours: Sequence[Path]) -> Iterator[Path]:
    for path in theirs:
        for state_dir in ours:
            if host.processes.shares_file(pid, path, state_dir):
                yield state_dir


def _work_places(distributions: Distributions, gateway: GatewayProcess) -> Iterator[Path]:
    """The state dirs that it may work in, as it calls them: where nothing names one, its product's default."""
    named = list(named_places(gateway))
    yield from named
    distribution = distributions.named(gateway.distribution)
    if not named and distribution is not None and gateway.home is not None:
        yield standard_state_dir(distribution, gateway.home, gateway.profile or DEFAULT_PROFILE)
