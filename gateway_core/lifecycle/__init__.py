"""Service managers and operations: the only room that runs them or signals a process."""
