"""Processes for properties."""

from gateway_core.host import ProcessInfo
from tests.fixed_host import NOW, UID


def process_info(*argv: str) -> ProcessInfo:
    name = (argv[0] if argv else "x").rpartition("/")[2][:15]
    return ProcessInfo(4242, 987654, NOW, 1, UID, name, argv)
