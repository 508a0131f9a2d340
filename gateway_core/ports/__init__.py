"""Ports: what each instance claims, what listens on this host, where both collide, and where there is room."""
