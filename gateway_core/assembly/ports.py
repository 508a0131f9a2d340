"""What an instance claims, and how the conflict engine sees it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from gateway_core.assembly.occupancy import Occupancy
from gateway_core.discovery.survey import DiscoveredInstance
from gateway_core.ports.base_ports import UNSTATED
from gateway_core.ports.claimants import (
    BrokenOverride,
    Claimant,
    claims_at_next_start,
    claims_out_of_range,
)
from gateway_core.ports.claims import claims_of
from gateway_core.ports.unknown_ports import why_unknown
from gateway_core.snapshot import Claim, PortValue, Role, Source

_OVERRIDES = {
    "gateway.port": Role.GATEWAY,
    "canvasHost.port": Role.CANVAS,
    "browser.controlUrl": Role.BROWSER_CONTROL,
    "browser.cdpPortRangeStart": Role.CDP,
    "browser.cdpUrl": Role.CDP,
    "browser.profiles": Role.CDP,
    "mcp.apps.sandboxPort": Role.MCP_SANDBOX,
}
"""Config paths, or the beginnings of config paths, that hold a port."""


def instance_claims(item: Occupancy) -> tuple[Claim, ...]:
    """What it holds now while it runs, as its ports follow the one it was started with, and what it would take.

    A port that nobody has set is no reason to expect that the next start leaves the one that was given to this one.
    """
    base, discovered = item.base_port, item.discovered
    if item.live_port is None:
        return _claims_with(base, discovered) if is_configured(discovered) else ()
    if item.live_port == base.value:
        return _claims_with(base, discovered)
    held = _claims_with(PortValue(value=item.live_port, source=Source.LISTENER), discovered)
    return held if base.source in UNSTATED else (*held, *claims_at_next_start(_claims_with(base, discovered)))


def _claims_with(base: PortValue, discovered: DiscoveredInstance) -> tuple[Claim, ...]:
    installation, settings = discovered.installation, discovered.config.settings
    switched_on = settings.switched_on.union(*(service.switched_on for service in installation.services))
    settings = replace(settings, switched_on=switched_on)
    return claims_of(installation.distribution, discovered.version, settings, base)


def is_configured(discovered: DiscoveredInstance) -> bool:
    """Whether anything says which ports it would take; a mere default of what may not even be there is no claim."""
    return discovered.config.exists or bool(discovered.installation.services)


def claimant_of(item: Occupancy, claims: tuple[Claim, ...], pids: Collection[int]) -> Claimant:
    """That instance with its claims and its processes, for the conflict engine."""
    discovered = item.discovered
    base = item.live_port or item.base_port.value
    rules = discovered.installation.distribution.port_rules(discovered.version)
    return Claimant(
        id=discovered.id,
        base=base if claims else None,
        claims=claims,
        live=item.live_port is not None,
        pids=frozenset(pids),
        proven_ports=frozenset({base}) if _holds_unseen(item) else frozenset(),
        out_of_range=claims_out_of_range(claims, rules, base),
        broken_overrides=tuple(_broken_overrides(discovered)),
        ports_unknown=why_unknown(discovered.config, item.base_port, item.live_port) is not None,
    )


def _holds_unseen(item: Occupancy) -> bool:
    """It runs, and its port is held by an owner that this user may not see: then that is itself."""
    return item.proof is not None and bool(item.sockets) and all(socket.pid is None for socket in item.sockets)


def _broken_overrides(discovered: DiscoveredInstance) -> Iterator[BrokenOverride]:
    if discovered.config.valid:
        return
    for issue in discovered.config.issues:
        role = next((role for start, role in _OVERRIDES.items() if issue.path.startswith(start)), None)
        if role is not None:
            yield BrokenOverride(issue.path, role)
