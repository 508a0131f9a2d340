"""The part of the instances that is to be shown, beside what a typed filter leaves of them."""

from __future__ import annotations

from dataclasses import dataclass

from claw_tui.instances.rows import InstanceRow
from claw_tui.text.groups import InstanceGroup
from claw_tui.text.states import GRADE_STYLES, STATE_STYLES, needs_attention, state_rank
from claw_tui.text.values import clean
from gateway_core.snapshot import State

ATTENTION = "needs attention"


@dataclass(frozen=True, slots=True)
class Facets:
    """The states and groups that are to be shown, and whether only what needs a person; each says more or nothing."""

    states: frozenset[State] = frozenset()
    groups: tuple[InstanceGroup, ...] = ()
    attention: bool = False

    def __bool__(self) -> bool:
        return bool(self.states or self.groups or self.attention)

    def keeps(self, row: InstanceRow) -> bool:
        in_state = not self.states or row.instance.state in self.states
        in_group = not self.groups or any(group.has(row.key) for group in self.groups)
        return in_state and in_group and (not self.attention or row_needs_attention(row))

    @property
    def title(self) -> str:
        """What is shown, in words: `degraded, group bots`; empty if all is."""
        states = [STATE_STYLES[state].word for state in sorted(self.states, key=state_rank)]
        groups = [f"group {clean(group.name)}" for group in self.groups]
        parts = (" or ".join(states), " or ".join(groups), ATTENTION if self.attention else "")
        return ", ".join(filter(None, parts))


EVERYTHING = Facets()


def row_needs_attention(row: InstanceRow) -> bool:
    """Whether a person should look at it: for its state, a conflict, its audit, or an onboarding that did not end."""
    in_conflict = row.grade is not None and needs_attention(GRADE_STYLES[row.grade])
    in_state = needs_attention(STATE_STYLES[row.instance.state])
    return in_state or in_conflict or row.fails_audit or bool(row.unfinished)
