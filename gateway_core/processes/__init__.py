"""Processes: identity, command lines, running commands, holding on to them."""
