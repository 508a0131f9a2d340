"""What is said above a log: whose it is, what is left out, and whether it moves."""

from __future__ import annotations

from dataclasses import dataclass

from claw_tui.presentation.cells import LANES, Tone
from claw_tui.presentation.log_lines import LANE_MARK
from claw_tui.presentation.sections import Line, Piece
from claw_tui.presentation.values import clean, count, memory
from gateway_core.logs.model import Level

_NAMED = 4


@dataclass(frozen=True, slots=True)
class LogState:
    """What the mode of logs is at."""

    instances: tuple[str, ...] = ()
    level: Level | None = None
    pattern: str = ""
    following: bool = True
    waiting: int = 0
    """Lines that came during the pause."""
    searching: int | None = None
    """Bytes that a search has still before it."""
    around: bool = False
    """It stands at a line of the past."""
    empty: bool = False
    """Nothing of what is wanted has been logged, as far as is known."""
    trouble: str = ""
    """What could not be read, and why."""


def caption(state: LogState) -> Line:
    """One line."""
    left_out = []
    if state.level is not None:
        left_out.append(f"{state.level.name.lower()} and worse")
    if state.pattern:
        left_out.append(f"with “{clean(state.pattern)}”")
    hidden = Piece("".join(f"  {what}" for what in left_out), Tone.WARNING)
    return (*_names(state.instances), hidden, *_motion(state), *_lack(state))


def _names(instances: tuple[str, ...]) -> Line:
    if len(instances) == 1:
        return (Piece(clean(instances[0]), Tone.STRONG),)
    shown = [
        Piece(f"{LANE_MARK}{clean(name)} ", LANES[number % len(LANES)])
        for number, name in enumerate(instances[:_NAMED])
    ]
    more = len(instances) - len(shown)
    return (*shown, *((Piece(f"and {more} more", Tone.MUTED),) if more else ()))


def _lack(state: LogState) -> Line:
    if state.trouble:
        return (Piece(f"  ! {clean(state.trouble)}", Tone.BAD),)
    if state.empty and state.searching is None:
        return (Piece("  no such line" if state.pattern or state.level else "  nothing is logged yet", Tone.MUTED),)
    return ()


def _motion(state: LogState) -> Line:
    if state.searching is not None:
        return (Piece(f"  searching, {memory(state.searching)} to go", Tone.NOTICE),)
    if state.following:
        return (Piece("  following", Tone.GOOD),)
    if state.around:
        return (Piece("  in the past; space goes back to the end", Tone.NOTICE),)
    waiting = f", {count(state.waiting, 'new line')}" if state.waiting else ""
    return (Piece(f"  paused{waiting}; space follows", Tone.NOTICE),)
