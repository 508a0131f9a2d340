"""The isolation audit of several gateways on one machine, and the drift between their config, service and process.

Files are looked at and, apart from configs, never opened; nothing is changed, and no secret is in a report.
"""

from gateway_core.audit.model import AuditItem, AuditReport, Drift, Result
from gateway_core.audit.run import CHECKS, audit_host

__all__ = ["CHECKS", "AuditItem", "AuditReport", "Drift", "Result", "audit_host"]
