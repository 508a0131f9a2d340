"""The accounts of this machine, as `/etc/passwd` lists them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from gateway_core.files import read_text_file
from gateway_core.host import Host

_LARGEST_PASSWD = 1 << 20


def accounts(host: Host) -> Iterator[list[str]]:
    """The entries of `/etc/passwd`: name, password, uid, gid, comment, home, shell."""
    text = read_text_file(host.root / "etc" / "passwd", _LARGEST_PASSWD).text or ""
    return (entry for line in text.splitlines() if len(entry := line.split(":")) > 5)


def account_home(host: Host, user: str) -> Path | None:
    """The home directory of an account that is listed in `/etc/passwd`; others are not asked for over a network."""
    fields = (entry for entry in accounts(host) if entry[0] == user)
    return next((Path(entry[5]) for entry in fields if entry[5].startswith("/")), None)


def account_name(host: Host) -> str | None:
    """What the calling user is called: as `/etc/passwd` says, else as the environment does."""
    listed = (entry[0] for entry in accounts(host) if entry[2] == str(host.uid))
    return next(listed, None) or host.environment.get("USER") or host.environment.get("LOGNAME")
