"""Looks at a host again and again, and makes a stream of snapshots of it."""
