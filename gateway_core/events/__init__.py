"""The events that claw-tui saw or caused: made of snapshots and results, kept in a database of bounded size."""
