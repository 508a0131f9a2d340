"""Conflicts in words: in short for the list, in full for the one under the cursor."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from claw_tui.ports.who_has import LONGEST_COMMAND, asked_port, claims_at, listeners_at
from claw_tui.text.cells import Tone
from claw_tui.text.filtering import NO_FILTER, RowFilter, parse_filter
from claw_tui.text.help import GRADE_MEANINGS
from claw_tui.text.sections import Fact, Line, Piece, Section, fact
from claw_tui.text.sheet_contents import Copyable, copyables_of
from claw_tui.text.states import GRADE_STYLES, STATE_STYLES, grade_rank
from claw_tui.text.values import clean, cut, pad, port_range
from gateway_core.snapshot import (
    Conflict,
    Grade,
    Instance,
    InstanceParty,
    KernelParty,
    PortOwner,
    ProcessParty,
    Snapshot,
)

Party = InstanceParty | ProcessParty | KernelParty

_GRADE_WIDTH = len("▲ ephemeral")
_PORTS_WIDTH = len("18800–18899")
_INDENT = " " * (_GRADE_WIDTH + 2)


def ordered(conflicts: Iterable[Conflict]) -> list[Conflict]:
    """Sort conflicts: what needs a person first, first."""
    return sorted(conflicts, key=lambda conflict: (grade_rank(conflict.grade), conflict.ports.start, conflict.id))


def instances_of(conflict: Conflict) -> list[str]:
    return list(dict.fromkeys(filter(None, map(_instance_of, conflict.parties))))


def parties(conflict: Conflict) -> str:
    """Name both sides: `clawdbot:cb × openclaw:default`."""
    return " × ".join(dict.fromkeys(map(party_name, sides(conflict))))


def sides(conflict: Conflict) -> Iterator[Party]:
    """Yield each party; a process of an instance that is a party itself says nothing new."""
    instances = {party.instance for party in conflict.parties if isinstance(party, InstanceParty)}
    for party in conflict.parties:
        if not (isinstance(party, ProcessParty) and party.process.instance in instances):
            yield party


def party_name(party: Party) -> str:
    match party:
        case InstanceParty():
            return clean(party.instance)
        case ProcessParty():
            return _process_name(party.process)
        case KernelParty():
            return clean(party.kernel)


def conflict_lines(conflict: Conflict, columns: int) -> tuple[Line, ...]:
    """Tell a conflict in three lines: what and who, why, and the remedy; each is cut at its end where it must be."""
    style = GRADE_STYLES[conflict.grade]
    ports = port_range(conflict.ports.start, conflict.ports.end)
    what = f"{pad(style.text, _GRADE_WIDTH)}  {pad(ports, _PORTS_WIDTH)}  "
    room = columns - len(_INDENT)
    return (
        (Piece(what, style.tone), Piece(cut(parties(conflict), columns - len(what)), Tone.STRONG)),
        (Piece(_INDENT), Piece(cut(clean(conflict.why), room), Tone.NORMAL)),
        (Piece(_INDENT), Piece(cut(f"→ {clean(conflict.remedy or 'no remedy is known')}", room), Tone.NOTICE)),
    )


def sections(snapshot: Snapshot, conflict: Conflict) -> tuple[Section, ...]:
    style = GRADE_STYLES[conflict.grade]
    ports = conflict.ports
    return (
        Section(f"{style.text}  {port_range(ports.start, ports.end)}", tuple(_story(snapshot, conflict))),
        Section("Claimed there", claims_at(snapshot, ports.start, ports.end)),
        Section("Listening there now", listeners_at(snapshot, ports.start, ports.end)),
    )


def searchable(conflict: Conflict) -> str:
    commands = (party.process.command or "" for party in conflict.parties if isinstance(party, ProcessParty))
    ports = port_range(conflict.ports.start, conflict.ports.end)
    return "\n".join((conflict.grade.value, ports, parties(conflict), conflict.why, conflict.remedy or "", *commands))


def _story(snapshot: Snapshot, conflict: Conflict) -> Iterator[Fact]:
    yield fact("grade", GRADE_MEANINGS[conflict.grade], tone=GRADE_STYLES[conflict.grade].tone)
    for number, party in enumerate(dict.fromkeys(tuple(_party(snapshot, party)) for party in conflict.parties)):
        yield Fact("" if number else "between", party)
    yield fact("why", clean(conflict.why))
    yield fact("remedy", clean(conflict.remedy or "none that is known to work"), tone=Tone.STRONG)
    for command in conflict.commands:
        yield fact("command", clean(command), tone=Tone.NOTICE)


def _party(snapshot: Snapshot, party: Party) -> Iterator[Piece]:
    yield Piece(party_name(party), Tone.STRONG)
    if isinstance(party, InstanceParty):
        yield Piece(party.role.value, Tone.MUTED)
        yield from _state(snapshot.instance(party.instance))
    elif isinstance(party, ProcessParty) and party.process.command:
        yield Piece(cut(clean(party.process.command), LONGEST_COMMAND), Tone.MUTED)


def _state(instance: Instance | None) -> Iterator[Piece]:
    if instance is not None:
        style = STATE_STYLES[instance.state]
        yield Piece(style.text, style.tone)


def _instance_of(party: Party) -> str | None:
    match party:
        case InstanceParty():
            return party.instance
        case ProcessParty():
            return party.process.instance
        case KernelParty():
            return None


def _process_name(process: PortOwner) -> str:
    if process.pid is None:
        return "a process that you may not see"
    owned = f"{clean(process.instance)}'s " if process.instance else ""
    return f"{owned}{clean(process.name or 'process')} (pid {process.pid})"


@dataclass(frozen=True, slots=True)
class ConflictView:
    """The filter of the list of conflicts, and the grade it is narrowed to."""

    filter: RowFilter = NO_FILTER
    grade: Grade | None = None  # the only grade that is shown

    @property
    def port(self) -> int | None:
        """The port that is asked about, if what was typed is a port number."""
        return asked_port(self.filter.text)

    @property
    def narrowed(self) -> bool:
        return bool(self.filter.text) or self.grade is not None

    def typed(self, text: str) -> ConflictView:
        """Filter by another text: a port number, the id of an instance, or a regular expression."""
        return replace(self, filter=parse_filter(text))

    def next_grade(self, conflicts: Iterable[Conflict]) -> ConflictView:
        """Show only the next grade among those that there are; after the last one all of them."""
        present = sorted({conflict.grade for conflict in conflicts}, key=grade_rank)
        following = present.index(self.grade) + 1 if self.grade in present else 0
        return replace(self, grade=present[following] if following < len(present) else None)

    def conflicts(self, snapshot: Snapshot) -> list[Conflict]:
        graded = [one for one in ordered(snapshot.conflicts) if self.grade in (None, one.grade)]
        if whole := snapshot.instance(self.filter.text):
            return [one for one in graded if whole.id in instances_of(one)]
        if (port := self.port) is not None:
            return [one for one in graded if one.ports.start <= port <= one.ports.end]
        return self.filter.pick(graded, searchable)


def copyables(conflict: Conflict) -> tuple[Copyable, ...]:
    """Return what can be copied: the remedy first, then what a person would write to a colleague."""
    ports = port_range(conflict.ports.start, conflict.ports.end)
    everything = f"{conflict.grade.value} {ports} {parties(conflict)}: {conflict.why}"
    return copyables_of(
        ("r", "remedy", conflict.remedy),
        *zip("cd", ("command", "other command"), conflict.commands, strict=False),
        ("p", "ports", ports),
        ("w", "reason", conflict.why),
        ("a", "all of it", f"{everything} Remedy: {conflict.remedy}" if conflict.remedy else everything),
    )
