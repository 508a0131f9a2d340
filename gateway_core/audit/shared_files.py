"""Files that early versions keep in one place for all profiles, and the bots that two configs log in as."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from gateway_core.audit.context import AuditContext, Subject
from gateway_core.audit.model import (
    Finding,
    failed,
    passed,
    untold,
    warned,
)
from gateway_core.distributions import SharedRule
from gateway_core.files import look_at


def shared_by_design(scene: AuditContext) -> Iterator[Finding]:
    """Device identity, approvals and canvas are each gateway's own; early versions share them among all profiles."""
    users: dict[Path, list[Subject]] = defaultdict(list)
    for subject in scene.subjects:
        for rule in _rules(scene, subject):
            users[scene.expanded(rule.path)].append(subject)
    for subject in scene.subjects:
        if subject.discovered.config.exists:
            yield _judged(scene, subject, users)


def _judged(scene: AuditContext, subject: Subject, users: dict[Path, list[Subject]]) -> Finding:
    for rule in _rules(scene, subject):
        path = scene.expanded(rule.path)
        others = [other for other in users[path] if other is not subject]
        look = look_at(path)
        if others and look.fault:
            return untold(subject.id, f"{path}: {look.fault}", "run claw-tui as the owner of this directory")
        if others and look.exists:
            evidence = f"{path} ({rule.what}) is also used by {', '.join(other.id for other in others)}"
            return warned(subject.id, evidence, _remedy(rule, [subject, *others]))
    return passed(subject.id, f"{subject.instance.version or 'this version'} shares none that is there")


def _rules(scene: AuditContext, subject: Subject) -> Sequence[SharedRule]:
    """Those that hold for its version, and those that lead into its own state dir, where earlier versions find it."""
    return [
        rule
        for rule in subject.distribution.shared
        if _is_bound(subject, rule) or scene.expanded(rule.path).parent == subject.state_dir
    ]


def _is_bound(subject: Subject, rule: SharedRule) -> bool:
    return rule.covers(subject.instance.version)


def _remedy(rule: SharedRule, users: Sequence[Subject]) -> str:
    bound = ", ".join(subject.id for subject in users if _is_bound(subject, rule))
    if rule.before is not None:
        return f"update {bound} to {rule.before} or later, which keeps it in the state dir"
    return f"{users[0].distribution.title} knows no other place for it: only a user account of its own keeps it apart"


def channel_accounts(scene: AuditContext) -> Iterator[Finding]:
    """No two gateways log in as the same bot: they would take each other's messages, or be thrown out in turn."""
    users: dict[bytes, list[tuple[str, str]]] = defaultdict(list)
    for subject in scene.subjects:
        for login in subject.settings.channel_logins:
            users[login.digest].append((subject.id, login.path))
    for subject in scene.subjects:
        if not subject.discovered.config.valid:
            continue
        shared = [
            f"{login.path} is the same as {path} of {owner}"
            for login in subject.settings.channel_logins
            for owner, path in users[login.digest]
            if owner != subject.id
        ]
        if shared:
            remedy = f"give {subject.id} a bot of its own, or switch the channel off in one of them"
            yield failed(subject.id, "; ".join(shared), remedy)
        else:
            names = ", ".join(subject.settings.channels)
            yield passed(subject.id, f"{names}: no other gateway has its token" if names else "no channel")
