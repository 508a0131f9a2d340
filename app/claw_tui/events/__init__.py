"""The mode of events."""
