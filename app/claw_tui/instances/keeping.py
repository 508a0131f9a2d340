"""Instances that nothing but a process tells of: when it ends, claw-tui knows of them no more."""

from claw_tui.text.values import clean
from gateway_core.redaction import redact_command
from gateway_core.snapshot import Instance

_PASSING = {"process", "lock"}
"""Witnesses that may be gone with the process; newer versions remove their lock."""


def is_passing(instance: Instance) -> bool:
    """Whether nothing of it will be found once its process has ended."""
    return bool(instance.found_by) and set(instance.found_by) <= _PASSING


def keeping_command(instance: Instance) -> str | None:
    """What keeps a passing instance on the list; `None`: it is none, or its config is not known."""
    if not is_passing(instance) or instance.config_path is None:
        return None
    state_dir = ("--state-dir", instance.state_dir) if instance.state_dir else ()
    product = ("--distribution", instance.distribution)
    return clean(redact_command(("claw-tui", "add", "--config", instance.config_path, *state_dir, *product)))
