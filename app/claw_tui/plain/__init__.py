"""What commands print for people: pure functions from a snapshot to lines of text that survive a pipe."""
