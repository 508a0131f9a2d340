"""The questions before something is ended: which instances are meant, what will be run, and how to agree."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence, Set

from claw_tui.operations.operation_log import OperationRecord
from claw_tui.operations.record_text import headline
from claw_tui.operations.text import keeping_command, runner_fact
from claw_tui.text.cells import Tone
from claw_tui.text.sections import Fact, Piece, Section, command_fact, fact
from claw_tui.text.sheet_contents import Confirmation
from claw_tui.text.states import STATE_STYLES
from claw_tui.text.values import clean, count
from gateway_core.lifecycle.runner import ending_command, runner_of
from gateway_core.operations import Operation, makes_sense
from gateway_core.redaction.commands import shown_command
from gateway_core.snapshot import Instance

_LISTED = 12
_KILL = "kill"


StartCommand = Callable[[Instance], str | None]  # what a start without a service runs, if that is known


def before_ending(
    operation: Operation, meant: Sequence[Instance], busy: Set[str], uid: int, start_command: StartCommand
) -> Confirmation:
    """Ask before a stop, a restart or a kill of exactly these, as they were when the key was pressed.

    Those that something is being done to already, and those of which nothing runs, are left alone.
    """
    free = [instance for instance in meant if instance.id not in busy]
    to_do = [instance for instance in free if makes_sense(operation, instance)]
    verb = operation.verb.base.capitalize()
    listed = [_instance_section(operation, one, uid, start_command) for one in to_do[:_LISTED]]
    if len(to_do) > _LISTED:
        listed.append(Section(f"and {len(to_do) - _LISTED} more", tuple(_names(to_do[_LISTED:]))))
    if len(to_do) < len(meant):
        down = [instance for instance in free if instance not in to_do]
        listed.insert(0, _left_alone(down, [instance for instance in meant if instance.id in busy], len(meant)))
    share = f"{len(to_do)} of " if len(to_do) < len(meant) else ""
    who, it = (clean(to_do[0].id), "it") if len(to_do) == 1 else (f"{share}{count(len(meant), 'instance')}", "them")
    return Confirmation(
        f"{verb} {who}?",
        tuple(listed),
        f"{verb} {it}",
        f"Leave {it}",
        word=_word(operation, len(to_do)),
        action=operation.value,
    )


def _left_alone(down: Sequence[Instance], busy: Sequence[Instance], number: int) -> Section:
    whys = (("nothing of it runs", down), ("something is being done to it already", busy))
    facts = [one for why, some in whys if some for one in (fact("", f"because {why}:"), *_names(some))]
    return Section(f"Left alone: {len(down) + len(busy)} of {number}", tuple(facts))


def before_leaving(open_ones: Sequence[OperationRecord]) -> Confirmation:
    """Ask before claw-tui ends while operations run."""
    running = [Fact("", headline(one)) for one in open_ones[:_LISTED]]
    if len(open_ones) > _LISTED:
        running.append(fact("", f"and {len(open_ones) - _LISTED} more"))
    what = "What was begun goes its way: a gateway that starts goes on starting, one that was told to stop stops."
    sections = (
        Section("Still running", tuple(running)),
        Section("If you leave", (fact("", what), fact("", "Nobody sees how it ends, and what waits is not begun."))),
    )
    return Confirmation("Leave while operations run?", sections, "Leave", "Stay", label_width=0, action="quit")


def _word(operation: Operation, number: int) -> str | None:
    if operation is Operation.KILL:
        return _KILL
    return str(number) if number > 1 else None


def _instance_section(operation: Operation, instance: Instance, uid: int, start_command: StartCommand) -> Section:
    afterwards = start_command(instance) if operation is Operation.RESTART and runner_of(instance) is None else None
    return Section(clean(instance.id), tuple(_instance_facts(operation, instance, uid, afterwards)))


def _instance_facts(operation: Operation, instance: Instance, uid: int, afterwards: str | None) -> Iterator[Fact]:
    process, style = instance.signals.process, STATE_STYLES[instance.state]
    pid = f"pid {process.pid}" if process else "no process"
    yield Fact("is", (Piece(style.text, style.tone), Piece(pid), Piece(clean(instance.reason), Tone.MUTED)))
    if instance.owner is not None and instance.owner.kind != "unit":
        yield runner_fact(instance)
    command = ending_command(operation, instance, uid)
    if command is not None:
        yield command_fact("runs", f"$ {shown_command(command)}", tone=Tone.STRONG)
    if afterwards is not None:
        yield command_fact("then", f"$ {clean(afterwards)}", tone=Tone.STRONG)
    if operation in (Operation.STOP, Operation.KILL) and (keeping := keeping_command(instance)):
        yield fact("beware", "only its process tells of it: once that has ended, it is not listed any more")
        yield command_fact("keep it", f"$ {keeping}")
    if operation is Operation.KILL:
        yield fact("beware", "it cannot finish or save what it is working on", tone=Tone.WARNING)


def _names(instances: Sequence[Instance]) -> Iterator[Fact]:
    yield fact("", ", ".join(clean(instance.id) for instance in instances), tone=Tone.MUTED)
