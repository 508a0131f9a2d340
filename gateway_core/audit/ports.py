"""Checks the ports and browsers of instances against each other, by the conflicts that `ports` concluded."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence

from gateway_core.audit.context import AuditContext, Subject
from gateway_core.audit.model import Finding, WordedRemedy, failed, passed, unknown, warned
from gateway_core.audit.sharing import same_things, shared_things
from gateway_core.ports.claimants import moves_with_base, why_unknown
from gateway_core.ports.overlaps import BOUND_TWICE, SEVERITY
from gateway_core.snapshot import Conflict, Grade, InstanceParty, ProcessParty, Role

_WITHOUT_REMEDY = WordedRemedy("move one of them to another base port")
_NOT_OF_TWO = (Grade.RESERVED, Grade.EPHEMERAL, Grade.INVALID)
"""Documented and harmless, or no matter of isolation."""


def base_port(context: AuditContext) -> Iterator[Finding]:
    """No other gateway of this host wants the same base port."""
    for subject in _with_ports(context):
        found = [conflict for conflict in _between_instances(context, subject) if _is_about_bases(conflict)]
        base, live = subject.instance.base_port, subject.instance.live_port
        yield _port_finding(subject, found, str(live or (base and base.value) or "no base port"))


def derived_ports(context: AuditContext) -> Iterator[Finding]:
    """The ports that follow from the base port keep clear of all other gateways' ports."""
    for subject in _with_ports(context):
        found = [conflict for conflict in _between_instances(context, subject) if not _is_about_bases(conflict)]
        claims = [claim for claim in subject.instance.claims if not claim.at_next_start and moves_with_base(claim)]
        yield _port_finding(subject, found, f"{min(item.start for item in claims)}–{max(item.end for item in claims)}")


def browser(context: AuditContext) -> Iterator[Finding]:
    """No two gateways are pointed at one browser with `cdpUrl` or `cdpPort`: they would drive each other's pages."""
    browsers = {subject.id: _browsers(subject) for subject in context.subjects if subject.discovered.config.exists}
    shared = shared_things(browsers)
    for owner, pinned in browsers.items():
        if found := shared[owner]:
            yield failed(owner, same_things(found, "the same browser as"), f"change or remove {found[0][0]} of {owner}")
        else:
            yield passed(owner, ", ".join(setting for _, setting in pinned) or "no browser is pinned")


def _browsers(subject: Subject) -> Sequence[tuple[Hashable, str]]:
    """A key for each browser that the config names (a local port, or the digest of a URL), and the setting for it."""
    claims = [claim for claim in subject.instance.claims if claim.role is Role.CDP and claim.start == claim.end]
    local = [(claim.start, claim.pinned_by) for claim in claims if claim.pinned_by]
    return [*local, *((remote.digest, remote.path) for remote in subject.settings.remote_browsers)]


def _with_ports(context: AuditContext) -> Iterator[Subject]:
    return (subject for subject in context.subjects if subject.instance.claims)


def _between_instances(context: AuditContext, subject: Subject) -> Iterator[Conflict]:
    mine = set(subject.instance.conflicts)
    for conflict in context.snapshot.conflicts:
        if conflict.id in mine and conflict.grade not in _NOT_OF_TWO and len(_instances(conflict)) > 1:
            yield conflict


def _instances(conflict: Conflict) -> set[str | None]:
    """The instances on either side: by claim, or by a process that holds the port."""
    claiming = {party.instance for party in conflict.parties if isinstance(party, InstanceParty)}
    holding = {party.process.instance for party in conflict.parties if isinstance(party, ProcessParty)}
    return (claiming | holding) - {None}


def _is_about_bases(conflict: Conflict) -> bool:
    return all(party.role is Role.GATEWAY for party in conflict.parties if isinstance(party, InstanceParty))


def _port_finding(subject: Subject, conflicts: Sequence[Conflict], fine: str) -> Finding:
    why = why_unknown(subject.instance)
    if why is not None:
        return unknown(subject.id, f"which ports it would take could not be told: {why}")
    if not conflicts:
        return passed(subject.id, fine)
    worst = min(conflicts, key=lambda conflict: SEVERITY[conflict.grade])
    more = f" {len(conflicts) - 1} more of this kind: see claw-tui ports." if len(conflicts) > 1 else ""
    judge = failed if worst.grade in BOUND_TWICE else warned
    remedy = WordedRemedy(worst.remedy, next(iter(worst.commands), None)) if worst.remedy else _WITHOUT_REMEDY
    return judge(subject.id, worst.why + more, remedy)
