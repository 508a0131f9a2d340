"""The results of onboardings and of their undo, as the history of operations keeps them."""

from __future__ import annotations

from gateway_core.onboarding.plan import OnboardingResult
from gateway_core.onboarding.undo import UndoResult
from gateway_core.operations import Operation, OperationResult
from gateway_core.snapshot import State


def of_onboarding(result: OnboardingResult) -> OperationResult:
    return OperationResult(
        instance=result.instance,
        operation=Operation.NEW,
        ok=result.ok,
        state=result.state,
        steps=result.steps,
        error=result.error,
    )


def of_undo(result: UndoResult) -> OperationResult:
    """What was moved, and where it is, stands in its last step; what was left alone is a warning."""
    return OperationResult(
        instance=result.instance,
        operation=Operation.UNDO,
        ok=result.ok,
        state=State.UNKNOWN,
        steps=result.steps,
        error=result.error,
        warnings=tuple(f"{left.path} stays: {left.why}" for left in result.leaves),
    )
