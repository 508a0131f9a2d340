"""Operations in words: their outcome, their toasts, and what runs an instance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from claw_tui.operations.operation_log import advised
from claw_tui.operations.rules import leaves_list_with_process
from claw_tui.text.cells import Tone
from claw_tui.text.hints import Hint, in_commands
from claw_tui.text.sections import Fact, fact
from claw_tui.text.states import STATE_STYLES, StateStyle
from claw_tui.text.values import clean, count
from gateway_core.lifecycle.runner import ON_ITS_WAY, runner_of
from gateway_core.operations import ErrorCode, Operation, OperationResult, Step
from gateway_core.shell_commands import add_command
from gateway_core.snapshot import Instance, ServiceSignal

_NAMED = 4
_NOT_ALL_KEPT = "Not all of it could be written down, or kept apart from others: see the operations."
_COULD_NOT_TELL = (ErrorCode.UNKNOWN_STATE, ErrorCode.INTERNAL)


def outcome(result: OperationResult) -> StateStyle:
    if not result.ok:
        return StateStyle("■", f"not {result.operation.verb.done}", Tone.BAD)
    if result.operation is Operation.UNDO:  # there is nothing left that could have a state
        return StateStyle("●", result.operation.verb.done, Tone.GOOD)
    style = STATE_STYLES[result.state]
    return StateStyle(
        style.symbol, _achieved(result), style.tone if result.operation is not Operation.STOP else Tone.GOOD
    )


def explanation(result: OperationResult) -> str:
    """Tell why an operation failed; else what its last step found."""
    if result.error is not None:
        return clean(result.error.message)
    found = next((step.detail for step in reversed(result.steps) if step.detail), None)
    return clean(found or "")


def is_unclear(result: OperationResult) -> bool:
    """Whether an operation failed because something could not be seen, which is no answer."""
    return result.error is not None and result.error.code in _COULD_NOT_TELL


def step_text(step: Step) -> str:
    detail = clean(step.detail or "done") if step.ok else "failed"
    return f"{detail} ({seconds(step.seconds)})"


def seconds(duration: float) -> str:
    return f"{duration:.1f} s" if duration < 10 else f"{duration:.0f} s"


def _achieved(result: OperationResult) -> str:
    """Name what was achieved: an operation without a step that changed anything found it done already."""
    changed = result.operation is Operation.NEW or any(step.command for step in result.steps)
    done = result.operation.verb.done
    return done if changed else f"nothing to {result.operation.verb.base}"


@dataclass(frozen=True, slots=True)
class Toast:
    """A toast about operations that have ended."""

    title: str
    text: str
    good: bool
    warns: bool = False  # what it did could not all be written down


def toast(results: Sequence[OperationResult], hint: Hint = in_commands) -> Toast:
    """Return the toast for one outcome, or for several: how many went well, why others did not, what has a warning."""
    said = _outcomes([advised(result, hint) for result in results])
    if not any(result.warnings for result in results):
        return said
    return replace(said, text=f"{said.text}\n{_NOT_ALL_KEPT}", warns=True)


def _outcomes(results: Sequence[OperationResult]) -> Toast:
    if len(results) == 1:
        return _single(results[0])
    failed = [result for result in results if not result.ok]
    done = results[0].operation.verb.done if results else "done"
    if not failed:
        return Toast(f"{count(len(results), 'instance')} {done}", _names(results), good=True)
    lines = [_failure(result) for result in failed[:_NAMED]]
    if len(failed) > _NAMED:
        lines.append(f"and {len(failed) - _NAMED} more: see the operations")
    return Toast(
        f"{len(results) - len(failed)} of {len(results)} {done}, {len(failed)} failed", "\n".join(lines), False
    )


def _single(result: OperationResult) -> Toast:
    name, done = clean(result.instance), result.operation.verb.done
    if result.ok:
        return Toast(f"{name} {done}", explanation(result), good=True)
    return Toast(f"{name} not {done}", _failure(result), good=False)


def _failure(result: OperationResult) -> str:
    hint = result.error.hint if result.error else None
    return f"{explanation(result)} {clean(hint or '')}".rstrip()


def _names(results: Sequence[OperationResult]) -> str:
    names = [clean(result.instance) for result in results[:_NAMED]]
    more = len(results) - len(names)
    return ", ".join(names) + (f" and {more} more" if more else "")


def keeping_command(instance: Instance) -> str | None:
    """Return what keeps a passing instance on the list; `None`: it is none, or its config is not known."""
    if not leaves_list_with_process(instance) or instance.config_path is None:
        return None
    state_dir = ("--state-dir", instance.state_dir) if instance.state_dir else ()
    product = ("--distribution", instance.distribution)
    return str(add_command(instance.config_path, *state_dir, *product))


def runner_fact(instance: Instance) -> Fact:
    """Tell what runs the instance; else what a start would use."""
    known = instance.signals.services
    service, runs = runner_of(instance), instance.signals.process is not None
    owner = instance.owner
    if owner is not None and owner.kind == "supervisor":
        note = f"stop it there: {clean(owner.stop)}" if owner.stop else "stop it there"
        return fact("run by", f"{clean(owner.name)} (pid {owner.pid})", note)
    if owner is not None and owner.kind == "script":
        note = "its loop may start the gateway again: end it first"
        return fact("run by", f"{clean(owner.name)} (pid {owner.pid})", note)
    if service is not None and (runs or service.active in ON_ITS_WAY):
        return fact("run by", _service_name(service))
    if runs and owner is not None:
        return fact("run by", f"in the control group of {clean(owner.manager or '')} {clean(owner.name)}")
    if runs:
        note = "not by its service" if known else ""
        return fact("run by", "nothing but itself (direct)", note)
    if len(known) > 1:
        return fact("started by", "undecided", "several services would fight over its port", Tone.WARNING)
    return fact("started by", _service_name(known[0]) if known else "its own command (direct)")


def _service_name(service: ServiceSignal) -> str:
    return f"{clean(service.manager)} {clean(service.name)}"
