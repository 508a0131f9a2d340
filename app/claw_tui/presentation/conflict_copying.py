"""What of a conflict can be copied."""

from claw_tui.presentation.conflicts import parties
from claw_tui.presentation.copying import Copyable
from claw_tui.presentation.values import port_range
from gateway_core.snapshot import Conflict


def copyables(conflict: Conflict) -> tuple[Copyable, ...]:
    """The remedy first, then what a person would write to a colleague."""
    ports = port_range(conflict.ports.start, conflict.ports.end)
    everything = f"{conflict.grade.value} {ports} {parties(conflict)}: {conflict.why}"
    candidates = (
        ("r", "remedy", conflict.remedy),
        *zip("cd", ("command", "other command"), conflict.commands, strict=False),
        ("p", "ports", ports),
        ("w", "reason", conflict.why),
        ("a", "all of it", f"{everything} Remedy: {conflict.remedy}" if conflict.remedy else everything),
    )
    return tuple(Copyable(key, what, text) for key, what, text in candidates if text)
