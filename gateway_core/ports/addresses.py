"""Bind addresses: where a gateway listens, and which addresses get in each other's way."""

import socket
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network

from gateway_core.config.model import GatewaySettings

LOOPBACK = "127.0.0.1"  # both loopbacks: the gateways bind 127.0.0.1 and ::1 together
EVERY_INTERFACE = "0.0.0.0"  # noqa: S104 - compared, never bound
TAILNET = "tailnet"
"""Stands for this host's address in its tailnet, which a config does not tell: whichever interface that is."""
ANY = "*"
"""Every interface, as `canonical` spells it: `::` too, because Linux and macOS bind it for both families."""
_TAILNETS = (ip_network("100.64.0.0/10"), ip_network("fd7a:115c:a1e0::/48"))
"""The networks in which Tailscale hands out addresses: a host has one of each, so any of them is its own."""


def bind_address(settings: GatewaySettings) -> str:
    """Return the address that the gateway binds. `auto` counts as loopback, but means all inside a container."""
    match settings.bind:
        case "lan":
            return EVERY_INTERFACE
        case "tailnet":
            return TAILNET
        case "custom":
            return _custom_address(settings.custom_bind_host)
        case _:
            return LOOPBACK


def _custom_address(host: str | None) -> str:
    """The gateways listen on every interface if the custom host is not an IPv4 address."""
    try:
        socket.inet_pton(socket.AF_INET, host or "")
    except OSError:
        return EVERY_INTERFACE
    return host or EVERY_INTERFACE


@lru_cache(maxsize=4096)
def canonical(address: str) -> str:
    """Spell an address in one way: `ANY` for wildcards, `LOOPBACK` for 127.0.0.1 and ::1, `TAILNET` for tailnets."""
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
