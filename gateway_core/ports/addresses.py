"""Which bind addresses get in each other's way."""

from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network

from gateway_core.ports.claims import TAILNET

ANY = "*"
"""Every interface. `::` counts as this too, because Linux and macOS bind it for both families."""
LOOPBACK = "127.0.0.1"
"""Both loopbacks: the gateways bind 127.0.0.1 and ::1 together."""
_TAILNETS = (ip_network("100.64.0.0/10"), ip_network("fd7a:115c:a1e0::/48"))
"""Where Tailscale hands out addresses: a host has one of each, so any of them is its own."""


@lru_cache(maxsize=4096)
def canonical(address: str) -> str:
    """One spelling per address: `ANY` for wildcards, `LOOPBACK` for 127.0.0.1 and ::1, `TAILNET` for the tailnet's."""
    bare = address.strip("[]").partition("%")[0]
    if bare in ("", "*"):
        return ANY
    try:
        parsed = ip_address(bare)
    except ValueError:
        return LOOPBACK if bare == "localhost" else bare
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    if parsed.is_unspecified:
        return ANY
    if any(parsed in network for network in _TAILNETS):
        return TAILNET
    return LOOPBACK if parsed == IPv6Address("::1") else str(parsed)


def collide(one: str, other: str) -> bool:
    """Whether two canonical addresses cannot both be bound on the same port."""
    return one == other or ANY in (one, other)
