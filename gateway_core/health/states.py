"""Sets of states, so that nobody has to enumerate them twice."""

from gateway_core.snapshot import State

LIVE_STATES = frozenset({State.RUNNING, State.DEGRADED})
"""Its identity is proven and it answers."""

UP_STATES = LIVE_STATES | {State.STARTING, State.STOPPING, State.WEDGED}
"""Something of the instance runs, or its service manager is about to run it."""

TRANSIENT_STATES = frozenset({State.STARTING, State.STOPPING})
"""Passes by itself: worth looking again soon."""

DOWN_STATES = frozenset({State.STOPPED, State.BLOCKED, State.INCOMPLETE})
"""Nothing of the instance runs, and that is certain."""

TROUBLED_STATES = frozenset({State.WEDGED, State.FOREIGN, State.CRASH_LOOPING})
"""Wants a person's attention."""
