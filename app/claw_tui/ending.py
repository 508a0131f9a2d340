"""How the dashboard ends."""

from typing import Literal

Outcome = Literal["quit", "demo"]
"""Why it ended: the user left, or wants to see the demo."""

FAREWELL = "claw-tui has ended; the gateways keep running."
