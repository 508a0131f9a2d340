"""Who may see the dashboard in a browser: who knows its address, from pages of its own server only.

A web page of anybody can make a browser send requests to this machine, and by changing what a name means (DNS
rebinding) even read the answers. So each request has to name the server by an address of its own, a web socket has to
be opened by a page of the server itself, and all of it lies below a path that nobody can guess.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from secrets import token_urlsafe

_KEY_BYTES = 24
_AUTHORITY = re.compile(r"(?:\[(?P<number>[0-9a-fA-F:.]+)\]|(?P<name>[^\[\]:%]+))(?::(?P<port>\d{1,5}))?", re.ASCII)
_PORT_OF_HTTP = 80  # which browsers leave out


def new_key() -> str:
    """Return what nobody can guess, and every address of one run of the server begins with."""
    return token_urlsafe(_KEY_BYTES)


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server there."""
    return host == "localhost" or (is_address(host) and ipaddress.ip_address(host).is_loopback)


def is_address(host: str) -> bool:
    """Whether that is a number of a machine, not a name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def authority(host: str, port: int) -> str:
    """The host and the port as an address has them: `127.0.0.1:8000`, `[::1]:8000`."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


@dataclass(frozen=True, slots=True)
class Guard:
    """The rule for requests to a server that listens at one host and port."""

    host: str
    port: int
    names: frozenset[str] = frozenset()  # the names by which it may be called as well

    def refuses(self, host: str | None, origin: str | None, *, is_socket: bool) -> str | None:
        """Return why a request with these headers is refused, if it is."""
        if host is None or not self._names_server(host):
            return "This server is not called that. Use the address that claw-tui web printed."
        if origin is None and not is_socket:
            return None
        return None if origin == f"http://{host}" else "A page from elsewhere may not use this server."

    def _names_server(self, host: str) -> bool:
        """Whether that is this server's address. Names but localhost may mean any machine tomorrow; numbers do not."""
        found = _AUTHORITY.fullmatch(host)
        if found is None or int(found["port"] or _PORT_OF_HTTP) != self.port:
            return False
        name = found["number"] or found["name"]
        if name.casefold() in {known.casefold() for known in ("localhost", self.host, *self.names)}:
            return True
        return is_address(name) and (is_loopback(name) or not is_loopback(self.host))
