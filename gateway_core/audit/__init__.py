"""The isolation audit: what the documents ask of several gateways on one machine, checked; and what has drifted apart.

Files are looked at and, apart from configs, never opened; nothing is changed, and no secret is in a report.
"""

from gateway_core.audit.context import AuditContext
from gateway_core.audit.model import AuditItem, AuditReport, Drift, Result
from gateway_core.audit.run import CHECKS, Check, audit_host, audit_seen, run_audit

__all__ = [
    "CHECKS",
    "AuditContext",
    "AuditItem",
    "AuditReport",
    "Check",
    "Drift",
    "Result",
    "audit_host",
    "audit_seen",
    "run_audit",
]
