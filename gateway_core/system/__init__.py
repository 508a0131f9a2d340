"""The parts of a `Host` on a real machine: clock, process and socket tables, and HTTP to its loopback servers."""
