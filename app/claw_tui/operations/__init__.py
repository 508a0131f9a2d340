"""Starting, stopping and restarting from the dashboard, and the history of that."""
