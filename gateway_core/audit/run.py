"""An audit: every check over one moment of a host."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from gateway_core.audit import exposure, leftovers, ports, services, sharing
from gateway_core.audit.context import AuditContext
from gateway_core.audit.drift import find_drift
from gateway_core.audit.model import AuditItem, AuditReport, Finding, Result
from gateway_core.host import Host
from gateway_core.monitor.complete_look import complete_look
from gateway_core.monitor.observer import Observer
from gateway_core.redaction.errors import error_in_words
from gateway_core.snapshot import Snapshot


def run_audit(context: AuditContext) -> AuditReport:
    """Run all checks, worst answers first. Blocks."""
    items = [item for check in CHECKS for item in _answers(check, context)]
    items.sort(key=lambda item: list(Result).index(item.result))
    return AuditReport(items=tuple(items), drift=tuple(find_drift(context)), at=context.host.clock.now())


async def audit_seen(observer: Observer) -> tuple[Snapshot, AuditReport]:
    """Audit what an observer has seen so far; the snapshot is the one that the report speaks of."""
    facts = observer.facts
    snapshot = await asyncio.to_thread(observer.snapshot)
    context = AuditContext(observer.host, observer.distributions, facts, snapshot)
    return snapshot, await asyncio.to_thread(run_audit, context)


async def audit_host(host: Host) -> tuple[Snapshot, AuditReport]:
    """Look at the host once, and audit that; the snapshot is the one that the report speaks of."""
    async with complete_look(host) as observer:
        return await audit_seen(observer)


def _answers(check: Check, context: AuditContext) -> Sequence[AuditItem]:
    try:
        return [item_of(check, found) for found in check.ask(context)]
    except Exception as error:  # noqa: BLE001 - the boundary: one broken check must not hide what the others found
        why = f"this check stopped on an error of its own: {error_in_words(error)}"
        return [AuditItem(instance=None, check=check.name, result=Result.UNKNOWN, evidence=why)]


def item_of(check: Check, found: Finding) -> AuditItem:
    remedy, command = (found.remedy.text, found.remedy.command) if found.remedy else (None, None)
    return AuditItem(
        instance=found.instance,
        check=check.name,
        result=found.result,
        evidence=found.evidence,
        remedy=remedy,
        command=command,
        shared=found.shared.what if found.shared else None,
        shared_with=found.shared.others if found.shared else (),
    )


@dataclass(frozen=True, slots=True)
class Check:
    """A check. It yields a finding for each instance that it concerns, also where all is well."""

    name: str  # as in the JSON document; never changes
    ask: Callable[[AuditContext], Iterable[Finding]]

    @property
    def explanation(self) -> str:
        """The docstring of the check: how things should be, and why."""
        return (self.ask.__doc__ or "").strip()


CHECKS = (
    Check("config path", sharing.config_path),
    Check("state dir", sharing.state_dir),
    Check("workspace", sharing.workspace),
    Check("base port", ports.base_port),
    Check("derived ports", ports.derived_ports),
    Check("browser", ports.browser),
    Check("channel accounts", sharing.channel_accounts),
    Check("credentials", sharing.credentials),
    Check("shared files", sharing.shared_by_design),
    Check("log file", sharing.log_file),
    Check("secret files", exposure.secret_files),
    Check("service files", exposure.service_files),
    Check("bind", exposure.bind),
    Check("linger", services.linger),
    Check("services", services.services),
    Check("service target", services.service_target),
    Check("config name", leftovers.config_name),
    Check("twin state dirs", leftovers.twin_state_dirs),
    Check("locks", leftovers.locks),
    Check("leftover browser", leftovers.leftover_browser),
    Check("profile", leftovers.profile),
)
