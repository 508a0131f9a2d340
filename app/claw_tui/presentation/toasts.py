"""What a toast says when operations have ended: what really is, never what was hoped for."""

from collections.abc import Sequence
from dataclasses import dataclass

from claw_tui.presentation.operations import explanation, words
from claw_tui.presentation.values import clean, count
from gateway_core.lifecycle.operations import OperationResult

_NAMED = 4


@dataclass(frozen=True, slots=True)
class Toast:
    """One toast."""

    title: str
    text: str
    good: bool


def toast(results: Sequence[OperationResult]) -> Toast:
    """For one operation its outcome; for several how many went well, and why the others did not."""
    if len(results) == 1:
        return _single(results[0])
    failed = [result for result in results if not result.ok]
    done = words(results[0].operation).done if results else "done"
    if not failed:
        return Toast(f"{count(len(results), 'instance')} {done}", _names(results), good=True)
    lines = [_failure(result) for result in failed[:_NAMED]]
    if len(failed) > _NAMED:
        lines.append(f"and {len(failed) - _NAMED} more: see the operations")
    return Toast(
        f"{len(results) - len(failed)} of {len(results)} {done}, {len(failed)} failed", "\n".join(lines), False
    )


def _single(result: OperationResult) -> Toast:
    name, done = clean(result.instance), words(result.operation).done
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
