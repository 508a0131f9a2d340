"""The isolation audit of several gateways on one machine, and the drift between their config, service and process.

Files are looked at and, apart from configs, never opened; nothing is changed, and no secret is in a report.
"""
