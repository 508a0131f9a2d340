"""Config, state, workspaces, credentials and logs: what the documents want each gateway to have to itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from gateway_core.audit.context import AuditContext, Subject
from gateway_core.audit.model import (
    Finding,
    failed,
    passed,
    warned,
)
from gateway_core.audit.places import Place, kept_apart, place
from gateway_core.files import Inode, enclosing, look_at

CREDENTIAL_DIRS = ("credentials", "identity", "devices", "nodes")
"""In the state dir; pairings, logins and device keys."""


def config_path(scene: AuditContext) -> Iterator[Finding]:
    """The config is read and rewritten by one gateway only."""
    places = [place(item, "config", item.config_path) for item in scene.subjects if item.config_path]
    contested = {item.id: finding for item in scene.subjects if (finding := _contested(item))}
    for found in kept_apart(places, scene.mounts, lambda mine, _: _own_profile(mine, "CONFIG_PATH")):
        yield contested.get(found.instance or "", found)


def _contested(subject: Subject) -> Finding | None:
    """Services that give one config to several state dirs: each of them would be a gateway of its own."""
    dirs = {str(service.state_dir) for service in subject.services if service.state_dir}
    if len(dirs) < 2:
        return None
    evidence = f"{subject.config_path} is used by services with different state dirs: {', '.join(sorted(dirs))}"
    return failed(subject.id, evidence, "keep one of the services, or give the other a config of its own")


def state_dir(scene: AuditContext) -> Iterator[Finding]:
    """Sessions, credentials and caches belong to one gateway only."""
    places = [place(item, "state dir", item.state_dir) for item in scene.subjects if item.state_dir]
    return kept_apart(places, scene.mounts, lambda mine, _: _own_profile(mine, "STATE_DIR"))


def workspace(scene: AuditContext) -> Iterator[Finding]:
    """The workspace, that of each agent included, is used by one gateway only, and holds no other's state."""
    places = [item for subject in scene.subjects for item in _workspaces(scene, subject)]
    nested = _nested(scene, places)
    for found in kept_apart(places, scene.mounts, _own_workspace):
        inside = nested.get(found.instance or "")
        yield inside if inside and found.remedy is None else found


def _workspaces(scene: AuditContext, subject: Subject) -> Iterator[Place]:
    if subject.instance.workspace:
        yield place(subject, "workspace", Path(subject.instance.workspace))
    for agent, path in subject.settings.agent_workspaces:
        yield place(subject, f"workspace of agent {agent}", scene.expanded(path))


def _nested(scene: AuditContext, places: list[Place]) -> dict[str, Finding]:
    """Instances whose workspace lies in a workspace or state dir of another, or around one."""
    owners = defaultdict(list)
    states = [place(item, "state dir", item.state_dir) for item in scene.subjects if item.state_dir]
    for item in (*places, *states):
        if item.sight.inode:
            owners[item.sight.inode].append(item)
    found: dict[str, Finding] = {}
    for inner in (*places, *states):
        for outer in _around(inner, owners):
            if inner.name != "state dir":
                found.setdefault(inner.subject.id, _lies_in(inner, outer))
            if outer.name != "state dir":
                found.setdefault(outer.subject.id, _lies_around(outer, inner))
    return found


def _around(inner: Place, owners: dict[Inode, list[Place]]) -> Iterator[Place]:
    for inode in enclosing(inner.path):
        yield from (outer for outer in owners.get(inode, ()) if outer.subject.id != inner.subject.id)


def _lies_in(inner: Place, outer: Place) -> Finding:
    where = f"the {outer.name} of {outer.subject.id}"
    evidence = f"the {inner.name} {inner.path} lies in {where}, {outer.path}"
    return warned(inner.subject.id, evidence, _own_workspace(inner, outer))


def _lies_around(outer: Place, inner: Place) -> Finding:
    what = f"the {inner.name} of {inner.subject.id}"
    evidence = f"the {outer.name} {outer.path} has {what} in it, {inner.path}, so its agents can reach that"
    return warned(outer.subject.id, evidence, _own_workspace(outer, inner))


def credentials(scene: AuditContext) -> Iterator[Finding]:
    """Logins, pairings and device keys are not shared: two gateways with one login throw each other out."""
    places = [item for subject in scene.subjects for item in _credentials(scene, subject)]
    for found in kept_apart(places, scene.mounts, _own_credentials):
        leaked = _leaked_login(scene, found.instance) if found.remedy is None else None
        yield leaked or found


def _credentials(scene: AuditContext, subject: Subject) -> Iterator[Place]:
    """Where logins lie; what is not there yet is still a place of its own."""
    if subject.oauth_dir:
        yield place(subject, "credentials dir", subject.oauth_dir)
    if subject.state_dir is None:
        return
    for name in CREDENTIAL_DIRS:
        yield place(subject, f"{name} dir", subject.state_dir / name)
    for agent, path in subject.settings.agent_dirs:
        yield place(subject, f"directory of agent {agent}", scene.expanded(path))
    for sight in map(look_at, sorted(subject.state_dir.glob("agents/*/agent"))):
        yield Place(subject, f"directory of agent {sight.path.parent.name}", sight)


def _leaked_login(scene: AuditContext, instance_id: str | None) -> Finding | None:
    """A profile's WhatsApp login that the gateway put beside the default profile's (openclaw 2026.4.9)."""
    subject = next(item for item in scene.subjects if item.id == instance_id)
    default = scene.host.home / subject.distribution.state_dir_stem / "credentials" / "whatsapp"
    if subject.state_dir is None or "whatsapp" not in subject.settings.channels or subject.oauth_dir:
        return None
    own = subject.state_dir / "credentials" / "whatsapp"
    if look_at(own).exists or not look_at(default).exists:
        return None
    variable = f"{subject.distribution.environment_prefix}OAUTH_DIR"
    evidence = f"it uses WhatsApp, but has no login in {own}; there is one in {default}, which it may be using"
    return warned(subject.id, evidence, f"set {variable}={own.parent} in its service, and log in again")


def log_file(scene: AuditContext) -> Iterator[Finding]:
    """Each gateway logs to a file of its own; early versions mix all profiles in one."""
    writers: dict[str, list[Subject]] = defaultdict(list)
    for subject in scene.subjects:
        if subject.instance.log_file:
            writers[place(subject, "log", Path(subject.instance.log_file)).real].append(subject)
    for together in writers.values():
        for subject in together:
            others = ", ".join(other.id for other in together if other is not subject)
            path = str(subject.instance.log_file)
            remedy = f"set logging.file in the config of {subject.id} to a file of its own"
            yield (
                warned(subject.id, f"{path} is also written by {others}", remedy)
                if others
                else passed(subject.id, path)
            )


def _own_profile(mine: Place, variable: str) -> str:
    prefix = mine.subject.distribution.environment_prefix
    linked = mine.real != str(mine.path)
    own = f"make {mine.path} its own, not a link" if linked else f"give {mine.subject.id} a profile of its own"
    return f"{own}, or set {prefix}{variable} for it; until then run only one of the two"


def _own_workspace(mine: Place, _: Place) -> str:
    agent = mine.name.removeprefix("workspace").removeprefix(" of agent ")
    setting = f"the workspace of agent {agent}" if agent else "agents.defaults.workspace"
    if mine.subject.state_dir is None:
        return f"set {setting} to a directory of its own"
    return f"set {setting} to a directory of its own, such as {mine.subject.state_dir / 'workspace'}"


def _own_credentials(mine: Place, other: Place) -> str:
    return f"make {mine.path} a directory of its own and log in again, apart from {other.subject.id}"
