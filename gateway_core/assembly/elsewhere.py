"""Gateways in containers and other namespaces, as the snapshot tells of them."""

from __future__ import annotations

from collections.abc import Sequence

from gateway_core.assembly.facts import HostFacts
from gateway_core.assembly.occupancy import Occupancy
from gateway_core.discovery.processes import GatewayProcess
from gateway_core.host import Placement
from gateway_core.processes.containers import container_of, spoken_place
from gateway_core.snapshot import GatewayElsewhere


def gateways_elsewhere(facts: HostFacts, occupied: Sequence[Occupancy]) -> tuple[GatewayElsewhere, ...]:
    """One model for each that is not run by a service of this host, with the instances whose state dir it uses."""
    found, run_here = [], {one.process for one in occupied}
    for item in facts.elsewhere:
        if item.process in run_here:
            continue
        info, placement = item.process.info, item.process.placement or Placement()
        container = container_of(placement)
        found.append(
            GatewayElsewhere(
                distribution=item.process.distribution,
                pid=info.pid,
                started_at=info.started_at,
                place=where_it_runs(item.process),
                engine=container.engine if container is not None else None,
                container=container.name if container is not None else None,
                port=min((socket.port for socket in facts.sockets.sockets if socket.pid == info.pid), default=None),
                instances=tuple(one.id for one in occupied if one.installation.state_dir in item.state_dirs),
            )
        )
    return tuple(found)


def user_elsewhere(item: Occupancy, facts: HostFacts) -> str | None:
    """Who of another place works in the state dir of the instance, in words; `None` if nobody does."""
    others = (one for one in facts.elsewhere if one.process != item.process)
    user = next((one for one in others if item.installation.state_dir in one.state_dirs), None)
    return None if user is None else f"a gateway in {where_it_runs(user.process)} (pid {user.process.info.pid})"


def where_it_runs(gateway: GatewayProcess) -> str:
    """Where a gateway runs that is not of this host."""
    return spoken_place(gateway.placement or Placement())
