"""The dashboard and the command line of claw-tui: the front ends of gateway_core."""
