"""All of a host that needs a person, in the order in which one would look at it, and the way from one to the next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from claw_tui.audit import text as audit
from claw_tui.ports.conflicts import ordered
from claw_tui.text.states import GRADE_STYLES, STATE_STYLES, needs_attention, state_rank
from claw_tui.text.values import clean, count, port_range
from gateway_core.audit.model import AuditReport
from gateway_core.snapshot import Problem, Snapshot


class Place(Enum):
    """Where an item is to be seen."""

    STATE = "state"
    CONFLICT = "conflict"
    AUDIT = "audit"
    PROBLEMS = "problems"


@dataclass(frozen=True, slots=True)
class AttentionItem:
    """Something that needs a person: where it is to be seen, the id of its instance or conflict, and what it is."""

    place: Place
    subject: str
    text: str

    @property
    def key(self) -> tuple[Place, str]:
        """What stays the same while its words change."""
        return self.place, self.subject


def attention_items(
    snapshot: Snapshot, report: AuditReport | None, problems: Sequence[Problem]
) -> tuple[AttentionItem, ...]:
    """Return states in the order of attention, then conflicts, failed audits, and what could not be seen."""
    return (*_states(snapshot), *_conflicts(snapshot), *_audits(snapshot, report), *_problems(problems))


def following(found: Sequence[AttentionItem], last: tuple[Place, str] | None, position: int) -> int:
    """Return the position of the one after the last that was looked at, which stood at `position`.

    If that one is over, the one that stands there now: from the worst on again, those at the end would never be seen
    while something comes and goes.
    """
    keys = [item.key for item in found]
    following = keys.index(last) + 1 if last in keys else position
    return following % len(keys)


def _states(snapshot: Snapshot) -> Iterator[AttentionItem]:
    for instance in sorted(snapshot.instances, key=lambda one: state_rank(one.state)):
        style = STATE_STYLES[instance.state]
        if needs_attention(style):
            yield AttentionItem(Place.STATE, instance.id, f"{clean(instance.id)}: {style.word}")


def _conflicts(snapshot: Snapshot) -> Iterator[AttentionItem]:
    for conflict in ordered(snapshot.conflicts):
        style = GRADE_STYLES[conflict.grade]
        if needs_attention(style):
            ports = port_range(conflict.ports.start, conflict.ports.end)
            yield AttentionItem(Place.CONFLICT, conflict.id, f"{style.word} conflict over {ports}")


def _audits(snapshot: Snapshot, report: AuditReport | None) -> Iterator[AttentionItem]:
    """Yield what fails of what is still there: the audit is made again only some time after an instance went."""
    for name in sorted(audit.failing(report) & {instance.id for instance in snapshot.instances}):
        yield AttentionItem(Place.AUDIT, name, f"{clean(name)} fails its audit")


def _problems(problems: Sequence[Problem]) -> Iterator[AttentionItem]:
    if problems:
        unseen = ": not all could be seen" if any(problem.unseen for problem in problems) else ""
        yield AttentionItem(Place.PROBLEMS, "", f"{count(len(problems), 'problem')}{unseen}")
