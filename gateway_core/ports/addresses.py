"""Bind addresses: where a gateway listens, and which addresses get in each other's way."""

import socket
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network

from gateway_core.config.model import GatewaySettings

LOOPBACK = "127.0.0.1"  # in a claim, both loopbacks: the gateways bind 127.0.0.1 and ::1 together
EVERY_INTERFACE = "0.0.0.0"  # noqa: S104 - compared, never bound
TAILNET = "tailnet"
"""Stands for this host's address in its tailnet, which a config does not tell: whichever interface that is."""
ANY_IPV4 = "*"
ANY_IPV6 = "[*]"
_IPV6_LOOPBACK = "::1"
_TAILNET = ip_network("100.64.0.0/10")
"""The network in which Tailscale hands out IPv4 addresses: a host has one, so any of them is its own. Gateways that
listen in the tailnet take that one, never the IPv6 address."""

Places = frozenset[str]
"""Where a socket listens or would: single addresses, `ANY_IPV4`, `ANY_IPV6` and `TAILNET`."""


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
    address = (host or "").strip()
    try:
        socket.inet_pton(socket.AF_INET, address)
    except OSError:
        return EVERY_INTERFACE
    return address


@lru_cache(maxsize=4096)
def claimed_places(address: str) -> Places:
    """Return where a claim of that bind address listens."""
    return Places((LOOPBACK, _IPV6_LOOPBACK)) if address == LOOPBACK else _places(address)


@lru_cache(maxsize=4096)
def needed_places(address: str) -> Places:
    """Return where a gateway of that bind address has to listen, or else it does not start.

    Without the second loopback it logs a warning and goes on, in every version.
    """
    return claimed_places(address) - {_IPV6_LOOPBACK} if address == LOOPBACK else claimed_places(address)


@lru_cache(maxsize=4096)
def held_places(addresses: tuple[str, ...], *, v6_only: bool = False) -> Places:
    """Return where sockets with these addresses listen; with `v6_only`, a socket on `::` takes no IPv4 connection."""
    places = Places().union(*map(_places, addresses))
    return places - {ANY_IPV4} if v6_only and EVERY_INTERFACE not in addresses else places


def reached_at(address: str) -> str:
    """Return the address at which programs of this host reach a gateway of that bind address.

    What a tailnet's is cannot be told before a gateway listens there; then it is loopback.
    """
    return LOOPBACK if address in (TAILNET, EVERY_INTERFACE) else address


@lru_cache(maxsize=4096)
def _places(address: str) -> Places:
    """Return where one socket on that address listens: one on `::` for IPv4 too, as Linux and macOS do it."""
    bare = address.strip("[]").partition("%")[0]
    if bare in ("", "*"):
        return Places((ANY_IPV4, ANY_IPV6))
    try:
        parsed = ip_address(bare)
    except ValueError:
        return Places((LOOPBACK, _IPV6_LOOPBACK)) if bare == "localhost" else Places((bare,))
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is None:
            return Places((ANY_IPV4, ANY_IPV6)) if parsed.is_unspecified else Places((str(parsed),))
        parsed = parsed.ipv4_mapped
    if parsed.is_unspecified:
        return Places((ANY_IPV4,))
    return Places((TAILNET if parsed in _TAILNET else str(parsed),))


def collide(some: Places, others: Places) -> bool:
    """Whether sockets in these places get in each other's way on one port."""
    return not some.isdisjoint(others) or _covers_any(some, others) or _covers_any(others, some)


def _covers_any(wide: Places, places: Places) -> bool:
    """Whether a wildcard among `wide` takes in one of the places."""
    if ANY_IPV4 in wide and any(":" not in place and place != ANY_IPV6 for place in places):
        return True
    return ANY_IPV6 in wide and any(":" in place for place in places)
