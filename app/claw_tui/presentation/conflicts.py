"""How conflicts are told: in short for a list, in full for one of them."""

from collections.abc import Iterable, Iterator

from claw_tui.presentation.cells import Tone
from claw_tui.presentation.guide import GRADE_MEANINGS
from claw_tui.presentation.port_question import LONGEST_COMMAND, claims_at, listeners_at
from claw_tui.presentation.sections import Fact, Line, Piece, Section, fact
from claw_tui.presentation.states import grade_look, grade_rank, state_look
from claw_tui.presentation.values import clean, cut, pad, port_range
from gateway_core.snapshot import Conflict, Instance, InstanceParty, KernelParty, PortOwner, ProcessParty, Snapshot

Party = InstanceParty | ProcessParty | KernelParty

_GRADE_WIDTH = len("▲ ephemeral")
_PORTS_WIDTH = len("18800–18899")
_INDENT = " " * (_GRADE_WIDTH + 2)


def ordered(conflicts: Iterable[Conflict]) -> list[Conflict]:
    """What needs a person first, first."""
    return sorted(conflicts, key=lambda conflict: (grade_rank(conflict.grade), conflict.ports.start, conflict.id))


def instances_of(conflict: Conflict) -> list[str]:
    """The ids of the instances that take part, each once."""
    return list(dict.fromkeys(filter(None, map(_instance_of, conflict.parties))))


def parties(conflict: Conflict) -> str:
    """Both sides: `clawdbot:cb × openclaw:default`."""
    instances = [party.instance for party in conflict.parties if isinstance(party, InstanceParty)]
    sides = (party for party in conflict.parties if not _belongs_to(party, instances))
    return " × ".join(dict.fromkeys(map(party_name, sides)))


def party_name(party: Party) -> str:
    """An instance by its id, a process by its name and pid."""
    match party:
        case InstanceParty():
            return clean(party.instance)
        case ProcessParty():
            return _process_name(party.process)
        case KernelParty():
            return clean(party.kernel)


def entry(conflict: Conflict, columns: int) -> tuple[Line, ...]:
    """A conflict in three lines: what and who, why, and the remedy; each is cut at its end where it must be."""
    look = grade_look(conflict.grade)
    ports = port_range(conflict.ports.start, conflict.ports.end)
    what = f"{pad(look.text, _GRADE_WIDTH)}  {pad(ports, _PORTS_WIDTH)}  "
    room = columns - len(_INDENT)
    return (
        (Piece(what, look.tone), Piece(cut(parties(conflict), columns - len(what)), Tone.STRONG)),
        (Piece(_INDENT), Piece(cut(clean(conflict.why), room), Tone.NORMAL)),
        (Piece(_INDENT), Piece(cut(f"→ {clean(conflict.remedy or 'no remedy is known')}", room), Tone.NOTICE)),
    )


def sections(snapshot: Snapshot, conflict: Conflict) -> tuple[Section, ...]:
    """Everything about one conflict."""
    look = grade_look(conflict.grade)
    ports = conflict.ports
    return (
        Section(f"{look.text}  {port_range(ports.start, ports.end)}", tuple(_story(snapshot, conflict))),
        Section("Claimed there", claims_at(snapshot, ports.start, ports.end)),
        Section("Listening there now", listeners_at(snapshot, ports.start, ports.end)),
    )


def searchable(conflict: Conflict) -> str:
    """Everything that a conflict can be found by."""
    commands = (party.process.command or "" for party in conflict.parties if isinstance(party, ProcessParty))
    ports = port_range(conflict.ports.start, conflict.ports.end)
    return "\n".join((conflict.grade.value, ports, parties(conflict), conflict.why, conflict.remedy or "", *commands))


def _story(snapshot: Snapshot, conflict: Conflict) -> Iterator[Fact]:
    yield fact("grade", GRADE_MEANINGS[conflict.grade], tone=grade_look(conflict.grade).tone)
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
        look = state_look(instance.state)
        yield Piece(look.text, look.tone)


def _belongs_to(party: Party, instances: list[str]) -> bool:
    """Whether it is a process of an instance that is named anyway."""
    return isinstance(party, ProcessParty) and party.process.instance in instances


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
