"""The monitor of a host: looks at all that is known of it, their clocks, and the stream of snapshots they make."""
