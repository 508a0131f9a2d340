"""The mode of logs."""
