"""Hosts for tests of the conflict engine: claimants as the real products claim their ports, and listeners."""

from gateway_core.config.model import BrowserProfile, GatewaySettings
from gateway_core.distributions.loader import built_in_distributions
from gateway_core.ports.claimants import Claimant
from gateway_core.ports.claims import claims_of
from gateway_core.snapshot import Listener, PortValue, Source

DISTRIBUTIONS = {distribution.name: distribution for distribution in built_in_distributions()}


def claimant(
    instance: str,
    base: int,
    version: str | None = "2026.9.6",
    *,
    settings: GatewaySettings | None = None,
    live: bool = False,
    proven_ports: tuple[int, ...] = (),
) -> Claimant:
    """The claimant that an instance of that product and version makes."""
    distribution = DISTRIBUTIONS[instance.partition(":")[0]]
    claims = claims_of(
        distribution, version, settings or GatewaySettings(), PortValue(value=base, source=Source.CONFIG)
    )
    return Claimant(
        id=instance,
        base=base,
        claims=claims,
        live=live,
        proven_ports=frozenset(proven_ports),
    )


def pinning(port: int, profile: str = "work") -> GatewaySettings:
    """Settings with one browser profile on an explicit port."""
    return GatewaySettings(browser_profiles=(BrowserProfile(name=profile, cdp_port=port),))


def listener(
    port: int,
    pid: int | None,
    process: str | None = "python3",
    *,
    addresses: tuple[str, ...] = ("127.0.0.1",),
    instance: str | None = None,
) -> Listener:
    """A listening socket; without a pid its owner cannot be seen."""
    known = pid is not None
    command = f"{process} -m something" if known else None
    return Listener(
        port=port, addresses=addresses, pid=pid, process=process if known else None, command=command, instance=instance
    )
