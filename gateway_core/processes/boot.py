"""The boot of a machine: process starts that are counted from it tell nothing after the next one."""

from __future__ import annotations

from gateway_core.files import read_text_file
from gateway_core.host import Host

_LARGEST = 1 << 10


def boot_id(host: Host) -> str:
    """The id of the boot that starts are counted from; empty where they need none, or it is not told. Blocks."""
    return (read_text_file(host.root / "proc/sys/kernel/random/boot_id", _LARGEST).text or "").strip()
