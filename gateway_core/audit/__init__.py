"""The isolation audit: what the documents ask of several gateways on one machine, checked; and what has drifted apart.

Files are looked at and, apart from configs, never opened; nothing is changed, and no secret is in a report.
"""

from gateway_core.audit.model import AuditItem, AuditReport, Drift, Result
from gateway_core.audit.run import CHECKS, audit_host

__all__ = ["CHECKS", "AuditItem", "AuditReport", "Drift", "Result", "audit_host"]
