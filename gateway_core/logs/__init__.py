"""Finds the logs of gateways, reads them from their ends, follows them, and assigns each line to its instance.

Bytes of a file or of the journal → `RawLine` → `LogRecord` (parsed, with its secrets) → `LogLine` (assigned and
redacted). Nothing but `LogLine`s leaves this package, in lists, never one by one.
"""
