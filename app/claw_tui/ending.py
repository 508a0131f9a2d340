"""How the dashboard ends."""

from typing import Literal

Outcome = Literal["quit", "demo"]
"""Why it ended: the user left, or wants to see the demo."""

FAREWELL = "claw-tui has ended; the gateways keep running."
DEMO_FAREWELL = "The demo has ended, and its gateways with it."
