"""The mode of instances: their table and details."""
