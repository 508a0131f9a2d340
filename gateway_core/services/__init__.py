"""systemd and launchd: service files, parsing, states and commands."""
