"""Gateways in containers and other namespaces, in words."""

from __future__ import annotations

from collections.abc import Iterator

from claw_tui.text.values import clean
from gateway_core.snapshot import GatewayElsewhere, Snapshot


def elsewhere_lines(snapshot: Snapshot) -> Iterator[str]:
    """One line for each of them: what it is, where it runs, and what of this host it uses."""
    return map(elsewhere_line, snapshot.elsewhere)


def elsewhere_line(gateway: GatewayElsewhere) -> str:
    port = f", on port {gateway.port}" if gateway.port is not None else ""
    uses = f"; it works in the state dir of {' and '.join(gateway.instances)}" if gateway.instances else ""
    return clean(f"a gateway of {gateway.distribution} in {gateway.place} (pid {gateway.pid}){port}{uses}")
