"""What gateways log: where, how it is read from the end and followed, and whose line each one is.

The way of a line: bytes of a file or of the journal → `RawLine` → `LogRecord` (parsed, with its secrets) → `LogLine`
(assigned to its instance and redacted). Nothing but `LogLine`s leaves this room, in lists, never one by one.
"""
