"""Checks that gateways do not share config, state, workspaces, logins, logs, device files and bots."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gateway_core.audit.context import AuditContext, Subject, bound_at
from gateway_core.audit.model import Finding, Shared, failed, passed, unknown, warned
from gateway_core.distributions.model import SharedRule
from gateway_core.files import Inode, PathStatus, enclosing, path_status, paths_matching, real_path
from gateway_core.system.mounts import Mount

CREDENTIAL_DIRS = ("credentials", "identity", "devices", "nodes")
"""In the state dir; pairings, logins and device keys."""


@dataclass(frozen=True, slots=True)
class UsedPath:
    """A path that an instance uses, and what it leads to."""

    subject: Subject
    name: str  # in words: `state dir`, `workspace of agent main` …
    status: PathStatus

    @property
    def path(self) -> Path:
        return self.status.path

    @property
    def real(self) -> str:
        return real_path(self.path)

    @property
    def identity(self) -> Inode | str:
        """The same for two paths to one file or directory; of what does not exist, only the path can tell."""
        return self.status.inode or self.real


def used_path(subject: Subject, name: str, path: Path) -> UsedPath:
    return UsedPath(subject, name, path_status(path))


PathRemedy = Callable[[UsedPath, UsedPath], str]  # what to do about the first path, which is the second one too


def kept_apart(paths: Iterable[UsedPath], mounts: Sequence[Mount], remedy: PathRemedy) -> Iterator[Finding]:
    """One finding for each instance: a failure where one of its paths is another instance's as well."""
    known: dict[str, list[UsedPath]] = defaultdict(list)
    users: dict[Inode | str, list[UsedPath]] = defaultdict(list)
    for item in paths:
        known[item.subject.id].append(item)
        users[item.identity].append(item)
    for owner, mine in known.items():
        shared = [(item, other) for item in mine for other in users[item.identity] if other.subject.id != owner]
        unseen = [item for item in mine if item.status.fault]
        if shared:
            known_as = users[shared[0][0].identity][0]
            together = Shared(f"the {known_as.name} {known_as.real}", _ids(other for _, other in shared))
            yield failed(owner, _same_ones(shared, mounts), remedy(*shared[0]), together)
        elif unseen:
            why = "; ".join(f"{item.path} cannot be looked at: {item.status.fault}" for item in unseen)
            yield unknown(owner, why, "run claw-tui as a user who may see it")
        else:
            there = dict.fromkeys(str(item.path) for item in mine if item.status.exists)
            yield passed(owner, ", ".join(there) or "nothing there yet")


def _ids(paths: Iterable[UsedPath]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(path.subject.id for path in paths))


def listed(names: Sequence[str]) -> str:
    """Names in a sentence: `a`, `a and b`, `a, b and c`."""
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def _same_ones(shared: Iterable[tuple[UsedPath, UsedPath]], mounts: Sequence[Mount]) -> str:
    """The reasons why paths are one, from the point of view of the first; whose they are is said once for each."""
    users: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)
    for mine, other in shared:
        users[_same(mine, other, mounts)][other.subject.id] = None
    return "; ".join(f"{before}that of {listed(tuple(ids))}{after}" for (before, after), ids in users.items())


def _same(mine: UsedPath, other: UsedPath, mounts: Sequence[Mount]) -> tuple[str, str]:
    """The reason why two paths are one, from the point of view of the first: before and after whose the other is."""
    if mine.path == other.path:
        return f"the {mine.name} {mine.path} is also ", ""
    if mine.real == other.real:
        link = mine.path if str(mine.path) != mine.real else other.path
        return f"the {mine.name} {mine.path} is also ", f": {link} is or lies behind a link to {mine.real}"
    point = bound_at(Path(mine.real), mounts) or bound_at(Path(other.real), mounts)
    how = f"a bind mount at {point}" if point else "a bind mount" if mine.status.is_directory else "a hard link"
    return f"the {mine.name} {mine.path} and ", f", {other.path}, are the same through {how}"


def config_path(context: AuditContext) -> Iterator[Finding]:
    """The config is read and rewritten by one gateway only."""
    paths = [used_path(item, "config", item.config_path) for item in context.subjects if item.config_path]
    contested = {item.id: finding for item in context.subjects if (finding := _contested(item))}
    for found in kept_apart(paths, context.mounts, lambda mine, _: _own_profile(mine, "CONFIG_PATH")):
        yield contested.get(found.instance or "", found)


def _contested(subject: Subject) -> Finding | None:
    """Services that give one config to several state dirs: each of them would be a gateway of its own."""
    dirs = {str(service.state_dir) for service in subject.services if service.state_dir}
    if len(dirs) < 2:
        return None
    evidence = f"{subject.config_path} is used by services with different state dirs: {', '.join(sorted(dirs))}"
    return failed(subject.id, evidence, "keep one of the services, or give the other a config of its own")


def state_dir(context: AuditContext) -> Iterator[Finding]:
    """Sessions, credentials and caches belong to one gateway only."""
    paths = [used_path(item, "state dir", item.state_dir) for item in context.subjects if item.state_dir]
    return kept_apart(paths, context.mounts, lambda mine, _: _own_profile(mine, "STATE_DIR"))


def workspace(context: AuditContext) -> Iterator[Finding]:
    """The workspace, that of each agent included, is used by one gateway only, and holds no other's state."""
    paths = [item for subject in context.subjects for item in _workspaces(subject)]
    nested = _nested(context, paths)
    for found in kept_apart(paths, context.mounts, _own_workspace):
        inside = nested.get(found.instance or "")
        yield inside if inside and found.remedy is None else found


def _workspaces(subject: Subject) -> Iterator[UsedPath]:
    if subject.instance.workspace:
        yield used_path(subject, "workspace", Path(subject.instance.workspace))
    for agent, path in subject.settings.agent_workspaces:
        yield used_path(subject, f"workspace of agent {agent}", subject.expand(path))


def _nested(context: AuditContext, paths: list[UsedPath]) -> dict[str, Finding]:
    """Instances whose workspace lies in a workspace or state dir of another, or around one."""
    owners = defaultdict(list)
    states = [used_path(item, "state dir", item.state_dir) for item in context.subjects if item.state_dir]
    for item in (*paths, *states):
        if item.status.inode:
            owners[item.status.inode].append(item)
    found: dict[str, Finding] = {}
    for inner in (*paths, *states):
        around = (outer for inode in enclosing(inner.path) for outer in owners.get(inode, ()))
        for outer in (outer for outer in around if outer.subject.id != inner.subject.id):
            if inner.name != "state dir":
                found.setdefault(inner.subject.id, _lies_in(inner, outer))
            if outer.name != "state dir":
                found.setdefault(outer.subject.id, _lies_around(outer, inner))
    return found


def _lies_in(inner: UsedPath, outer: UsedPath) -> Finding:
    evidence = f"the {inner.name} {inner.path} lies in the {outer.name} of {outer.subject.id}, {outer.path}"
    return warned(inner.subject.id, evidence, _own_workspace(inner, outer))


def _lies_around(outer: UsedPath, inner: UsedPath) -> Finding:
    what = f"the {inner.name} of {inner.subject.id}"
    evidence = f"the {outer.name} {outer.path} has {what} in it, {inner.path}, so its agents can reach that"
    return warned(outer.subject.id, evidence, _own_workspace(outer, inner))


def credentials(context: AuditContext) -> Iterator[Finding]:
    """Logins, pairings and device keys are not shared: two gateways with one login throw each other out."""
    paths = [item for subject in context.subjects for item in _credentials(subject)]
    for found in kept_apart(paths, context.mounts, _own_credentials):
        leaked = _leaked_login(context, found.instance) if found.remedy is None else None
        yield leaked or found


def _credentials(subject: Subject) -> Iterator[UsedPath]:
    """The places of logins, those included that are not there yet."""
    if subject.oauth_dir:
        yield used_path(subject, "credentials dir", subject.oauth_dir)
    if subject.state_dir is None:
        return
    for name in CREDENTIAL_DIRS:
        yield used_path(subject, f"{name} dir", subject.state_dir / name)
    for agent, path in subject.settings.agent_dirs:
        yield used_path(subject, f"directory of agent {agent}", subject.expand(path))
    for status in map(path_status, paths_matching(subject.state_dir, "agents/*/agent").paths):
        yield UsedPath(subject, f"directory of agent {status.path.parent.name}", status)


def _leaked_login(context: AuditContext, instance_id: str | None) -> Finding | None:
    """A profile's WhatsApp login that the gateway put beside the default profile's (openclaw 2026.4.9)."""
    subject = next(item for item in context.subjects if item.id == instance_id)
    default = subject.discovered.installation.home / subject.distribution.state_dir_stem / "credentials" / "whatsapp"
    if subject.state_dir is None or "whatsapp" not in subject.settings.channels or subject.oauth_dir:
        return None
    own = subject.state_dir / "credentials" / "whatsapp"
    if path_status(own).exists or not path_status(default).exists:
        return None
    variable = f"{subject.distribution.environment_prefix}OAUTH_DIR"
    evidence = f"it uses WhatsApp, but has no login in {own}; there is one in {default}, which it may be using"
    return warned(subject.id, evidence, f"set {variable}={own.parent} in its service, and log in again")


def log_file(context: AuditContext) -> Iterator[Finding]:
    """Each gateway logs to a file of its own; early versions mix all profiles in one."""
    writers: dict[str, list[Subject]] = defaultdict(list)
    for subject in context.subjects:
        if subject.instance.log_file:
            writers[real_path(subject.instance.log_file)].append(subject)
    for together in writers.values():
        for subject in together:
            others = tuple(other.id for other in together if other is not subject)
            path = str(subject.instance.log_file)
            if others:
                remedy = f"set logging.file in the config of {subject.id} to a file of its own"
                shared = Shared(f"the log {real_path(path)}", others)
                yield warned(subject.id, f"{path} is also written by {listed(others)}", remedy, shared)
            else:
                yield passed(subject.id, path)


def _own_profile(mine: UsedPath, variable: str) -> str:
    prefix = mine.subject.distribution.environment_prefix
    linked = mine.real != str(mine.path)
    own = f"make {mine.path} its own, not a link" if linked else f"give {mine.subject.id} a profile of its own"
    return f"{own}, or set {prefix}{variable} for it; until then run only one of the two"


def _own_workspace(mine: UsedPath, _: UsedPath) -> str:
    agent = mine.name.removeprefix("workspace").removeprefix(" of agent ")
    setting = f"the workspace of agent {agent}" if agent else "agents.defaults.workspace"
    if mine.subject.state_dir is None:
        return f"set {setting} to a directory of its own"
    return f"set {setting} to a directory of its own, such as {mine.subject.state_dir / 'workspace'}"


def _own_credentials(mine: UsedPath, other: UsedPath) -> str:
    return f"make {mine.path} a directory of its own and log in again, apart from {other.subject.id}"


def shared_by_design(context: AuditContext) -> Iterator[Finding]:
    """Device identity, approvals and canvas are each gateway's own; early versions share them among all profiles."""
    users: dict[Path, list[Subject]] = defaultdict(list)
    for subject in context.subjects:
        for rule in _rules(subject):
            users[subject.expand(rule.path)].append(subject)
    for subject in context.subjects:
        if subject.discovered.config.exists:
            yield _shared_finding(subject, users)


def _shared_finding(subject: Subject, users: dict[Path, list[Subject]]) -> Finding:
    for rule in _rules(subject):
        path = subject.expand(rule.path)
        others = [other for other in users[path] if other is not subject]
        status = path_status(path)
        if others and status.fault:
            return unknown(subject.id, f"{path}: {status.fault}", "run claw-tui as the owner of this directory")
        if others and status.exists:
            ids = tuple(other.id for other in others)
            evidence, shared = (
                f"{path} ({rule.what}) is also used by {listed(ids)}",
                Shared(f"{path} ({rule.what})", ids),
            )
            return warned(subject.id, evidence, _remedy(rule, [subject, *others]), shared)
    return passed(subject.id, f"{subject.instance.version or 'this version'} shares none that is there")


def _rules(subject: Subject) -> Sequence[SharedRule]:
    """The rules for the instance's version, and those that lead into its state dir, where earlier versions find it."""
    version, shared = subject.instance.version, subject.distribution.shared
    return [rule for rule in shared if rule.covers(version) or subject.expand(rule.path).parent == subject.state_dir]


def _remedy(rule: SharedRule, users: Sequence[Subject]) -> str:
    bound = ", ".join(subject.id for subject in users if rule.covers(subject.instance.version))
    if rule.before is not None:
        return f"update {bound} to {rule.before} or later, which keeps it in the state dir"
    return f"{users[0].distribution.title} knows no other place for it: only a user account of its own keeps it apart"


def channel_accounts(context: AuditContext) -> Iterator[Finding]:
    """No two gateways log in as the same bot: they would take each other's messages, or be thrown out in turn."""
    by_owner = {subject.id: subject.settings.channel_logins for subject in context.subjects}
    logins = {owner: [(login.digest, login.path) for login in own] for owner, own in by_owner.items()}
    shared = shared_things(logins)
    for subject in context.subjects:
        if not subject.discovered.config.valid:
            continue
        if found := shared[subject.id]:
            remedy = f"give {subject.id} a bot of its own, or switch the channel off in one of them"
            yield failed(subject.id, same_things(found), remedy, _one_for_all(found))
        else:
            names = ", ".join(subject.settings.channels)
            yield passed(subject.id, f"{names}: no other gateway has its token" if names else "no channel")


def _one_for_all(found: Sequence[tuple[str, str, str]]) -> Shared | None:
    """What is shared, if all who share it call it the same."""
    names = {name for mine, theirs, _ in found for name in (mine, theirs)}
    others = tuple(dict.fromkeys(other for _, _, other in found))
    return Shared(f"what {names.pop()} says", others) if len(names) == 1 else None


def same_things(found: Iterable[tuple[str, str, str]], same: str = "the same as") -> str:
    """Say which things of an instance are the same as those of others, as `shared_things` gives them."""
    users: dict[tuple[str, str], list[str]] = defaultdict(list)
    for mine, theirs, other in found:
        users[mine, theirs].append(other)
    return "; ".join(f"{mine} is {same} {theirs} of {listed(ids)}" for (mine, theirs), ids in users.items())


def shared_things(things: Mapping[str, Sequence[tuple[Hashable, str]]]) -> dict[str, list[tuple[str, str, str]]]:
    """The things that each instance shares with others: its own name for one, the other's name, the other instance.

    `things`: by instance, a key and a name for each.
    """
    users: dict[Hashable, list[tuple[str, str]]] = defaultdict(list)
    for owner, own in things.items():
        for key, name in own:
            users[key].append((owner, name))
    return {
        owner: [(name, theirs, other) for key, name in own for other, theirs in users[key] if other != owner]
        for owner, own in things.items()
    }
