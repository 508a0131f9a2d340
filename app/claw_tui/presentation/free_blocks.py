"""The next base port whose whole block is free, in words."""

from claw_tui.presentation.values import clean, port_range
from gateway_core.ports.free_blocks import FreeBlock, free_base
from gateway_core.ports.tenants import Tenant
from gateway_core.snapshot import Snapshot


def next_free_block(snapshot: Snapshot) -> str:
    """`19789–19899`, or why there is none, or that it cannot be told."""
    if snapshot.listeners_unseen is not None:
        return f"could not be told: {clean(snapshot.listeners_unseen)}"
    hidden = [instance.id for instance in snapshot.instances if instance.config.forbidden]
    if hidden:
        return f"could not be told: this user may not read the config of {clean(', '.join(hidden))}"
    tenants = [
        Tenant(instance.id, instance.base_port.value if instance.base_port else None, instance.claims)
        for instance in snapshot.instances
    ]
    found = free_base(tenants, snapshot.listeners, snapshot.port_limits)
    return port_range(found.base, found.end) if isinstance(found, FreeBlock) else found.reason
