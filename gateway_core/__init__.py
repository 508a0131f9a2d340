"""Discovers, watches and operates OpenClaw-family gateways on one host. No user interface in here."""
