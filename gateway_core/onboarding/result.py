"""How a run ended: the document of `claw-tui new --json`."""

from __future__ import annotations

from gateway_core.lifecycle.operations import Step
from gateway_core.onboarding.plan import Plan
from gateway_core.onboarding.progress import Failure
from gateway_core.snapshot import Model, State


class OnboardingResult(Model):
    """What was planned, what is there now, and what went wrong. Part of the JSON contract, schema 1."""

    instance: str
    ok: bool
    plan: Plan
    created: tuple[str, ...] = ()
    """What is there now and was not before; each directory stands for all that is in it."""
    error: Failure | None = None
    state: State = State.UNKNOWN
    """Concluded from a look at the system after the last step."""
    steps: tuple[Step, ...] = ()
    journal: str | None = None
    """By this a run that failed is resumed or undone; `None` if there is nothing to resume or undo."""
