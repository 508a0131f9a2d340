"""Lock files that no instance has: their config is gone, or may not be looked at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gateway_core.assembly.elsewhere import where_it_runs
from gateway_core.assembly.facts import HostFacts
from gateway_core.discovery.locks import LockFile
from gateway_core.files import path_status
from gateway_core.shell_commands import ShellCommand, shell_command


@dataclass(frozen=True, slots=True)
class LeftLock:
    """A lock file that no instance has."""

    lock: LockFile
    what: str  # completes the sentence "This lock file is …"
    remedy: str | ShellCommand
    dead: bool  # no gateway can need it: it may be removed


def left_locks(facts: HostFacts) -> Iterator[LeftLock]:
    """Every such lock that no gateway of another namespace is known to hold; none if processes could not be seen.

    Where its config is there, it is one of an instance that the user has left out.
    """
    held = {lock.path for item in facts.instances for lock in item.installation.locks}
    held.update(path for item in facts.elsewhere for path in item.locks)
    found = {item.lock.path: item.lock for item in facts.disk.evidence if item.lock is not None}
    for path, lock in found.items():
        if path not in held and facts.processes_unseen is None:
            yield from _judged(lock, facts)


def _judged(lock: LockFile, facts: HostFacts) -> Iterator[LeftLock]:
    config, what = path_status(lock.config_path), f"for the config {lock.config_path}"
    if config.fault is not None:
        what += f", which cannot be looked at: {config.fault}"
        yield LeftLock(lock, what, "look as a user who may see it", dead=False)
    elif config.exists:
        return
    elif may_be_foreign(lock, facts) or lock.is_stale(facts.processes.get(lock.pid)) is not True:
        what += f", which is not there, and names pid {lock.pid}: who wrote it could not be told"
        remedy = "leave it, as long as a gateway may run that this host does not show"
        yield LeftLock(lock, what, remedy, dead=False)
    else:
        what += ", which is not there any more"
        yield LeftLock(lock, what, shell_command(("rm", str(lock.path))), dead=True)


def place_of_writer(lock: LockFile, facts: HostFacts) -> str | None:
    """Where the gateway of another namespace runs that wrote the lock; its pid says nothing on this host."""
    return next((where_it_runs(item.process) for item in facts.elsewhere if lock.path in item.locks), None)


def may_be_foreign(lock: LockFile, facts: HostFacts) -> bool:
    """Whether a gateway of another namespace may have written it: one whose pid there is that one, or unknown."""
    processes = (item.process for item in facts.elsewhere if item.process.distribution == lock.distribution)
    return any((item.placement and item.placement.inner_pid) in (None, lock.pid) for item in processes)
