"""Benchmarks: ratios and figures measured side by side in one run. They are read, and never fail by time."""
