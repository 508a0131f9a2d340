"""The next base port whose whole block is free, in words."""

from claw_tui.presentation.values import clean, port_range
from gateway_core.ports.free_blocks import FreeBlock, free_base
from gateway_core.ports.tenants import Tenant
from gateway_core.ports.untold import untold_ports, why_untold
from gateway_core.snapshot import Snapshot


def next_free_block(snapshot: Snapshot) -> str:
    """`19789–19899`, or why there is none, or that it cannot be told."""
    if snapshot.listeners_unseen is not None:
        return f"could not be told: {clean(snapshot.listeners_unseen)}"
    untold = untold_ports(snapshot)
    if any(instance.config.forbidden for instance in snapshot.instances):
        return f"could not be told: {clean(why_untold(untold))}"
    tenants = [
        Tenant(instance.id, instance.base_port.value if instance.base_port else None, instance.claims)
        for instance in snapshot.instances
    ]
    found = free_base(tenants, snapshot.listeners, snapshot.port_limits)
    if not isinstance(found, FreeBlock):
        return found.reason
    doubt = f", as far as could be told: {clean(why_untold(untold))}" if untold else ""
    return f"{port_range(found.base, found.end)}{doubt}"
