"""Small readings of single values: ports as environment variables give them, and URLs that may pin a local port."""

import re
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TypeAlias
from urllib.parse import urlsplit

JsonValue: TypeAlias = "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None"
"""What a JSON5 text holds."""

LAST_PORT = 65535
_PORT_VARIABLE = re.compile(r"(?:\[[^\]]+\]:|[^:\[\]]+:)?([0-9]{1,9})")
_DEFAULT_PORTS = {"http": 80, "ws": 80, "https": 443, "wss": 443}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a configured URL leads: to a port of this host, or to another host."""

    local_port: int | None

    @property
    def remote(self) -> bool:
        """Another host: nothing is claimed on this one."""
        return self.local_port is None


def port_from_variable(text: str | None) -> int | None:
    """The port in `<PREFIX>GATEWAY_PORT`: `18789`, `host:18789` or `[::1]:18789`; `None` if it is not valid.

    As openclaw 2026.9.6 reads it; the gateways ignore an invalid one.
    """
    match = _PORT_VARIABLE.fullmatch((text or "").strip())
    return valid_port(int(match[1])) if match else None


def is_switched_on(text: str | None) -> bool:
    """Whether a variable's value turns something on, as openclaw 2026.9.6 reads it."""
    return (text or "").strip().lower() in ("1", "true", "yes", "on")


def valid_port(number: float) -> int | None:
    """`number` as a TCP port, or `None` if it is none; JSON does not tell 18789 from 18789.0."""
    whole = not isinstance(number, bool) and number == number // 1
    return int(number) if whole and 1 <= number <= LAST_PORT else None


def endpoint(url: str) -> Endpoint | None:
    """Where an http(s) or ws(s) URL leads; `None` if it is not such a URL."""
    try:
        parts = urlsplit(url.strip())
        port = _DEFAULT_PORTS[parts.scheme] if parts.port is None else parts.port
    except (KeyError, ValueError):
        return None
    if not parts.hostname or valid_port(port) is None:
        return None
    return Endpoint(port if _is_loopback(parts.hostname) else None)


def _is_loopback(hostname: str) -> bool:
    name = hostname.rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False
