"""The target of an operation: one instance as a fresh look at the host shows it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from gateway_core.assembly.elsewhere import user_elsewhere
from gateway_core.assembly.facts import HostFacts
from gateway_core.assembly.occupancy import Occupancy, occupancies
from gateway_core.discovery.installations import Installation
from gateway_core.distributions.model import Distribution
from gateway_core.files import real_path
from gateway_core.host import Identity
from gateway_core.monitor.observer import Observer
from gateway_core.operations import ErrorCode, RefusedError
from gateway_core.snapshot import Instance, ServiceSignal, Snapshot, State


@dataclass(frozen=True, slots=True)
class Target:
    """An instance, what was concluded about it, and what that was concluded from."""

    instance: Instance
    occupancy: Occupancy
    snapshot: Snapshot
    facts: HostFacts
    key: str  # stays the same when the id does not: the real path of the config, else the id

    @property
    def id(self) -> str:
        return self.instance.id

    @property
    def installation(self) -> Installation:
        return self.occupancy.installation

    @property
    def services(self) -> tuple[ServiceSignal, ...]:
        return self.instance.signals.services

    @property
    def distribution(self) -> Distribution:
        return self.installation.distribution

    @property
    def identity(self) -> Identity | None:
        """The gateway process, if there is one."""
        return self.occupancy.process.info.identity if self.occupancy.process else None

    @property
    def runs_out_of_sight(self) -> bool:
        """Whether its service runs it where its ports cannot be seen, and has done so for a while."""
        process, unknown = self.instance.signals.process, self.instance.state is State.UNKNOWN
        return self.occupancy.has_own_network and unknown and process is not None and process.proof is not None

    @property
    def user_elsewhere(self) -> str | None:
        """Who of another namespace works in its state dir, in words."""
        return user_elsewhere(self.occupancy, self.facts)

    @property
    def place(self) -> Path | None:
        """The directory that all who operate on the instance lock: its state dir, else that of its config."""
        installation = self.installation
        return installation.state_dir or (installation.config_path.parent if installation.config_path else None)


async def find(observer: Observer, instance_id: str) -> Target:
    """The instance by what files and processes say now. Raises `RefusedError` if there is no such instance."""
    await asyncio.gather(observer.look_at_processes(), observer.look_at_disk())
    found = await find_target(observer, instance_id)
    if found is None:
        message = f"There is no instance {instance_id} on this host."
        raise RefusedError(ErrorCode.NO_SUCH_INSTANCE, message, "See: claw-tui ls")
    return found


async def look(observer: Observer, before: Target, *, ask: bool = True) -> Target | None:
    """The instance by what all signals say now, its own answer included; `None` if nothing is left of it.

    Without `ask` the gateway is not asked over HTTP.
    """
    await asyncio.gather(observer.look_at_processes(), observer.look_at_sockets())
    known = before.services or before.occupancy.discovered.seen_unit is not None
    if known or observer.facts.disk.templates or observer.facts.units:
        await observer.look_at_services()
    found = await find_target(observer, before.id, before.key)
    return await _ask(observer, found) if found is not None and ask else found


async def _ask(observer: Observer, target: Target) -> Target:
    """Ask the port of the instance, if there is anything to ask, and conclude anew."""
    targets = [item for item in observer.http_targets() if item.id == target.id]
    if not targets:
        return target
    await observer.look_at_http(targets)
    return await find_target(observer, target.id, target.key) or target


async def find_target(observer: Observer, instance_id: str, key: str | None = None) -> Target | None:
    """The instance in what was seen last: by its id, or by its key should the id have changed."""
    return await asyncio.to_thread(_target_in, observer, instance_id, key)


def _target_in(observer: Observer, instance_id: str, key: str | None) -> Target | None:
    facts, snapshot = observer.facts, observer.snapshot()
    known = [
        Target(instance, item, snapshot, facts, _key(item))
        for item in occupancies(facts)
        if (instance := snapshot.instance(item.id)) is not None
    ]
    by_id = (target for target in known if target.id == instance_id and key in (None, target.key))
    by_key = (target for target in known if target.key == key)
    return next(by_id, None) or next(by_key, None)


def _key(item: Occupancy) -> str:
    path = item.installation.config_path
    return real_path(path) if path is not None else item.id
