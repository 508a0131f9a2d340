"""The looks at a host, and their clocks: a stream of snapshots."""
