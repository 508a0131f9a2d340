"""Files that early versions keep in one place for all profiles, and the bots that two configs log in as."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from pathlib import Path

from gateway_core.audit.context import AuditContext, Subject
from gateway_core.audit.model import Finding, failed, passed, unknown, warned
from gateway_core.distributions import SharedRule
from gateway_core.files import path_status


def shared_by_design(context: AuditContext) -> Iterator[Finding]:
    """Device identity, approvals and canvas are each gateway's own; early versions share them among all profiles."""
    users: dict[Path, list[Subject]] = defaultdict(list)
    for subject in context.subjects:
        for rule in _rules(context, subject):
            users[context.expand(rule.path)].append(subject)
    for subject in context.subjects:
        if subject.discovered.config.exists:
            yield _shared_finding(context, subject, users)


def _shared_finding(context: AuditContext, subject: Subject, users: dict[Path, list[Subject]]) -> Finding:
    for rule in _rules(context, subject):
        path = context.expand(rule.path)
        others = [other for other in users[path] if other is not subject]
        status = path_status(path)
        if others and status.fault:
            return unknown(subject.id, f"{path}: {status.fault}", "run claw-tui as the owner of this directory")
        if others and status.exists:
            evidence = f"{path} ({rule.what}) is also used by {', '.join(other.id for other in others)}"
            return warned(subject.id, evidence, _remedy(rule, [subject, *others]))
    return passed(subject.id, f"{subject.instance.version or 'this version'} shares none that is there")


def _rules(context: AuditContext, subject: Subject) -> Sequence[SharedRule]:
    """The rules for the instance's version, and those that lead into its state dir, where earlier versions find it."""
    return [
        rule
        for rule in subject.distribution.shared
        if _is_bound(subject, rule) or context.expand(rule.path).parent == subject.state_dir
    ]


def _is_bound(subject: Subject, rule: SharedRule) -> bool:
    return rule.covers(subject.instance.version)


def _remedy(rule: SharedRule, users: Sequence[Subject]) -> str:
    bound = ", ".join(subject.id for subject in users if _is_bound(subject, rule))
    if rule.before is not None:
        return f"update {bound} to {rule.before} or later, which keeps it in the state dir"
    return f"{users[0].distribution.title} knows no other place for it: only a user account of its own keeps it apart"


def channel_accounts(context: AuditContext) -> Iterator[Finding]:
    """No two gateways log in as the same bot: they would take each other's messages, or be thrown out in turn."""
    logins = {
        subject.id: [(login.digest, login.path) for login in subject.settings.channel_logins]
        for subject in context.subjects
    }
    shared = shared_things(logins)
    for subject in context.subjects:
        if not subject.discovered.config.valid:
            continue
        if found := shared[subject.id]:
            evidence = "; ".join(f"{mine} is the same as {theirs} of {other}" for mine, theirs, other in found)
            remedy = f"give {subject.id} a bot of its own, or switch the channel off in one of them"
            yield failed(subject.id, evidence, remedy)
        else:
            names = ", ".join(subject.settings.channels)
            yield passed(subject.id, f"{names}: no other gateway has its token" if names else "no channel")


def shared_things(things: Mapping[str, Sequence[tuple[Hashable, str]]]) -> dict[str, list[tuple[str, str, str]]]:
    """What each instance shares with others: its own name for that, the other's name, and the other instance.

    `things`: by instance, what stands for each of its things, and its name.
    """
    users: dict[Hashable, list[tuple[str, str]]] = defaultdict(list)
    for owner, own in things.items():
        for key, name in own:
            users[key].append((owner, name))
    return {
        owner: [(name, theirs, other) for key, name in own for other, theirs in users[key] if other != owner]
        for owner, own in things.items()
    }
