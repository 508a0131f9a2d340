"""What of an instance can be copied."""

from collections.abc import Iterator

from claw_tui.text.sheets import Copyable
from gateway_core.snapshot import Instance


def copyables(instance: Instance) -> tuple[Copyable, ...]:
    """Everything that this instance has, the id first. Never a token: the Control UI's address is without one."""
    return tuple(_present(instance))


def _present(instance: Instance) -> Iterator[Copyable]:
    process = instance.signals.process
    port = instance.live_port or (instance.base_port.value if instance.base_port else None)
    candidates = (
        ("i", "id", instance.id),
        ("p", "port", str(port) if port else None),
        ("d", "pid", str(process.pid) if process else None),
        ("u", "Control UI address", instance.control_url),
        ("c", "config path", instance.config_path),
        ("s", "state dir", instance.state_dir),
        ("w", "workspace", instance.workspace),
        ("l", "log file", instance.log_file),
    )
    for key, what, text in candidates:
        if text:
            yield Copyable(key, what, text)
