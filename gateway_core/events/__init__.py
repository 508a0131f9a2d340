"""What claw-tui saw and did: told from two snapshots or a result, kept in a small database of bounded size."""
