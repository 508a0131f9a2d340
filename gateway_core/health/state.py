"""From the four signals to one state and one line that says why. Pure: the same facts give the same verdict."""

from __future__ import annotations

from gateway_core.health import with_process, without_process
from gateway_core.health.facts import HealthFacts
from gateway_core.snapshot import State


def conclude(facts: HealthFacts) -> tuple[State, str]:
    """The state of an instance and a one-line reason for people.

    The truth table is two lists of small rules, tried in order; the last of each list always has an answer.
    """
    process = facts.signals.process
    if process is None:
        verdicts = (rule(facts) for rule in without_process.RULES)
    else:
        verdicts = (rule(facts, process) for rule in with_process.RULES)
    return next(verdict for verdict in verdicts if verdict is not None)


LIVE_STATES = frozenset({State.RUNNING, State.DEGRADED})
"""Its identity is proven and it answers."""
