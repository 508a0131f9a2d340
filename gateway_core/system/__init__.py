"""What a `Host` is on a real machine: its clock, its process and socket tables, and HTTP to its loopback servers."""
