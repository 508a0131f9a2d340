"""One audit: every check over one moment of a host."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from gateway_core.audit.checks import CHECKS, Check
from gateway_core.audit.drift import find_drift
from gateway_core.audit.model import AuditItem, AuditReport, Result
from gateway_core.audit.scene import Scene
from gateway_core.host import Host
from gateway_core.observer import Observer
from gateway_core.snapshot import Snapshot

_SEVERITY = {result: rank for rank, result in enumerate(Result)}


def run_audit(scene: Scene) -> AuditReport:
    """Ask all checks, worst answers first. Blocks while it looks at files: call it in a thread."""
    items = [item for check in CHECKS for item in _answers(check, scene)]
    return AuditReport(
        items=tuple(sorted(items, key=lambda item: _SEVERITY[item.result])),
        drift=tuple(find_drift(scene)),
    )


async def audit_host(host: Host) -> tuple[Snapshot, AuditReport]:
    """One complete look at the host, audited; the snapshot is the one that the report speaks of."""
    observer = Observer(host)
    try:
        await observer.look_at_system()
        await observer.look_at_http(observer.http_targets())
        snapshot = await asyncio.to_thread(observer.picture)
        scene = Scene(host, observer.distributions, observer.facts, snapshot)
        return snapshot, await asyncio.to_thread(run_audit, scene)
    finally:
        await observer.aclose()


def _answers(check: Check, scene: Scene) -> Iterator[AuditItem]:
    try:
        findings = list(check.ask(scene))
    except Exception as error:  # noqa: BLE001 - the boundary: one broken check must not hide what the others found
        why = f"this check stopped on an error of its own: {type(error).__name__}: {error}"
        yield AuditItem(instance=None, check=check.name, result=Result.UNKNOWN, evidence=why)
        return
    for found in findings:
        yield AuditItem(
            instance=found.instance,
            check=check.name,
            result=found.result,
            evidence=found.evidence,
            remedy=found.remedy,
        )
