"""Sets of states, so that nobody has to enumerate them twice."""

from gateway_core.snapshot import State

LIVE_STATES = frozenset({State.RUNNING, State.DEGRADED})
"""Its identity is proven and it answers."""
