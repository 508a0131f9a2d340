"""Instances of which it could not be told which ports they would take: nothing may be called free beside them."""

from collections import defaultdict

from gateway_core.config.model import ConfigReading
from gateway_core.ports.base_ports import UNSTATED
from gateway_core.ports.wording import listed
from gateway_core.snapshot import ConfigStatus, Instance, PortValue, Snapshot

FORBIDDEN = "this user may not read the config"
INVALID = "the config is invalid"


def why_unknown(config: ConfigStatus | ConfigReading, base: PortValue | None, live_port: int | None) -> str | None:
    """Why the ports of an instance could not be told; `None` if they could.

    An invalid config counts as empty: unless the gateway runs, or its service or `.env` gives the base port, only the
    default is left, which is not what the gateway takes once its config is mended.
    """
    if config.forbidden:
        return FORBIDDEN
    known = live_port is not None or (base is not None and base.source not in UNSTATED)
    return INVALID if config.exists and not config.valid and not known else None


def unknown_ports(snapshot: Snapshot) -> dict[str, str]:
    """The ids of the instances whose ports could not be told, each with why."""
    told = ((instance.id, _why(instance)) for instance in snapshot.instances)
    return {name: why for name, why in told if why is not None}


def unknown_ports_text(unknown: dict[str, str]) -> str:
    """`this user may not read the config of openclaw:rescue; the config of openclaw:dev is invalid`."""
    by_reason: defaultdict[str, list[str]] = defaultdict(list)
    for name, reason in unknown.items():
        by_reason[reason].append(name)
    return "; ".join(
        reason.replace("the config", f"the config of {listed(names)}") for reason, names in by_reason.items()
    )


def _why(instance: Instance) -> str | None:
    return why_unknown(instance.config, instance.base_port, instance.live_port)
