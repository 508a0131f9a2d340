"""Who else on this machine can read the secrets of a gateway."""

from __future__ import annotations

import shlex
import stat
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from pathlib import Path

from gateway_core.audit.context import AuditContext, Subject
from gateway_core.audit.groups import Groups
from gateway_core.audit.model import (
    Finding,
    failed,
    passed,
    untold,
    warned,
)
from gateway_core.files import (
    Sight,
    files_below,
    look_at,
    why_unlisted,
)
from gateway_core.services.reader import ServiceDefinition

SECRET_PLACES = (
    ".env",
    "credentials",
    "identity",
    "devices",
    "nodes",
    "exec-approvals.json",
    "agents/*/agent/auth*.json",
    "gateway/tls/*.pem",
)
"""In the state dir, files or whole directories."""
_MOST_NAMED = 3


def secret_files(scene: AuditContext) -> Iterator[Finding]:
    """Config, credentials and keys can be read by their owner only (0600, in directories of 0700)."""
    for subject in scene.subjects:
        if subject.state_dir is None:
            continue
        files, faults = _secrets_of(subject)
        looks = [look_at(path) for path in files]
        faults += [f"{look.path}: {look.fault}" for look in looks if look.fault]
        yield _judged(scene, subject, [look for look in looks if look.exists], faults)


def _judged(scene: AuditContext, subject: Subject, looks: Sequence[Sight], faults: Sequence[str]) -> Finding:
    loose = [look for look in looks if look.permissions & TO_READ]
    exposed = _by_readers(scene, loose)
    if exposed:
        return failed(subject.id, _who_can_read(exposed), _chmod(_paths(exposed)))
    if loose:
        return warned(subject.id, _what_keeps_others_away(scene, loose), _chmod(look.path for look in loose))
    if faults:
        return untold(subject.id, "; ".join(faults[:_MOST_NAMED]), "run claw-tui as the owner of these files")
    state_dir = look_at(subject.state_dir or Path())
    visitors = _visitors(scene, state_dir)
    if looks and visitors:
        evidence = f"{visitors} can look into the state dir {state_dir.path} (mode {state_dir.permissions:04o})"
        return warned(subject.id, evidence, shlex.join(["chmod", "700", str(state_dir.path)]))
    return passed(subject.id, f"{len(looks)} for their owner only" if looks else "there is none yet")


def _secrets_of(subject: Subject) -> tuple[list[Path], list[str]]:
    """Every file that may hold a secret, and what could not be listed."""
    state_dir, config = subject.state_dir, subject.config_path
    roots = [path for pattern in SECRET_PLACES for path in sorted(state_dir.glob(pattern))] if state_dir else []
    if config is not None:
        roots += [config, *sorted(config.parent.glob(f"{config.name}.bak*")), *subject.discovered.config.files]
    if subject.oauth_dir:
        roots.append(subject.oauth_dir)
    found = [files_below(root) for root in dict.fromkeys(roots)]
    files = dict.fromkeys(path for contents in found for path in contents.files)
    unlisted = why_unlisted(state_dir) if state_dir else None
    return list(files), [*([unlisted] if unlisted else []), *(fault for item in found for fault in item.faults)]


def service_files(scene: AuditContext) -> Iterator[Finding]:
    """A unit or plist with a token in it can be read by its owner only."""
    for subject in scene.subjects:
        if not subject.services:
            continue
        looks = [look_at(path) for service in subject.services if service.holds_token for path in _files(service)]
        loose = [look for look in looks if look.permissions & TO_READ]
        exposed = _by_readers(scene, loose)
        if exposed:
            remedy = f"{_chmod(_paths(exposed))}; then give the gateway a new token"
            yield failed(subject.id, f"its service has a token in it: {_who_can_read(exposed)}", remedy)
        elif loose:
            evidence = f"its service has a token in it: {_what_keeps_others_away(scene, loose)}"
            yield warned(subject.id, evidence, _chmod(look.path for look in loose))
        else:
            paths = ", ".join(str(service.path) for service in subject.services)
            yield passed(subject.id, f"{paths}: no token that others can read")


def _files(service: ServiceDefinition) -> list[Path]:
    """The definition and its drop-ins."""
    return [service.path, *sorted(service.path.parent.glob(f"{service.path.name}.d/*.conf"))]


def _by_readers(scene: AuditContext, looks: Iterable[Sight]) -> Mapping[str, list[Sight]]:
    """Those files that somebody besides their owner can read, by who that is."""
    found: dict[str, list[Sight]] = {}
    for look in looks:
        if who := readers(look, map(look_at, _around(scene, look.path)), scene.groups):
            found.setdefault(who, []).append(look)
    return found


def _visitors(scene: AuditContext, directory: Sight) -> str | None:
    """Whom that directory's own bits let in; what is around it may still be closed."""
    if directory.permissions & stat.S_IRWXO:
        return "others"
    group = directory.group
    if not directory.permissions & stat.S_IRWXG or group is None or scene.groups.is_private(group, directory.owner):
        return None
    return f"group {scene.groups.named(group)}"


def _who_can_read(exposed: Mapping[str, Sequence[Sight]]) -> str:
    return "; ".join(f"{who} can read {_named(looks)}" for who, looks in exposed.items())


def _what_keeps_others_away(scene: AuditContext, loose: Iterable[Sight]) -> str:
    """Of files that nobody else can read, although their modes are not their owner's only."""
    kept: dict[str, list[Sight]] = {}
    for look in loose:
        private = look.group is not None and scene.groups.is_private(look.group, look.owner)
        keeper = "a directory around it"
        if private and not look.permissions & stat.S_IRWXO:
            keeper = "that their group has no other member"
        kept.setdefault(keeper, []).append(look)
    return "; ".join(f"only {keeper} keeps others from {_named(looks)}" for keeper, looks in kept.items())


def _paths(exposed: Mapping[str, Iterable[Sight]]) -> Iterator[Path]:
    return (look.path for looks in exposed.values() for look in looks)


def _around(scene: AuditContext, path: Path) -> Iterator[Path]:
    for parent in path.parents:
        yield parent
        if parent in (scene.host.home, scene.host.root):
            return


def _named(looks: Sequence[Sight]) -> str:
    named = ", ".join(f"{look.path} (mode {look.permissions:04o})" for look in looks[:_MOST_NAMED])
    return named + (f" and {len(looks) - _MOST_NAMED} more" if len(looks) > _MOST_NAMED else "")


def _chmod(paths: Iterable[Path]) -> str:
    listed = list(paths)
    named = map(str, listed[:_MOST_NAMED])
    return shlex.join(["chmod", "600", *named]) + (" and the others" if len(listed) > _MOST_NAMED else "")


TO_READ = stat.S_IROTH | stat.S_IWOTH | stat.S_IRGRP | stat.S_IWGRP
"""Bits that let others, or a group, read or write a file."""
_TO_PASS = stat.S_IXOTH | stat.S_IXGRP


def readers(look: Sight, around: Iterable[Sight], groups: Groups) -> str | None:
    """Who besides its owner can read or write that file through all directories around it; `None`: nobody.

    In words for people: everybody, if it is everybody; else one group, or those who are in several.
    """
    dirs = [directory for directory in around if directory.exists]
    owning = {sight.group for sight in (look, *dirs) if sight.group is not None}
    foreign = sorted(group for group in owning if not groups.is_private(group, look.owner))
    for count in range(len(foreign) + 1):
        for together in combinations(foreign, count):
            if _lets_in(look, together, TO_READ) and all(_lets_in(item, together, _TO_PASS) for item in dirs):
                return _called([groups.named(group) for group in together])
    return None


def _lets_in(look: Sight, groups: Collection[int], wanted: int) -> bool:
    """Whether one of the wanted bits is set for those in all these groups: a group's bits beat those for others."""
    return bool(look.permissions & wanted & (stat.S_IRWXG if look.group in groups else stat.S_IRWXO))


def _called(names: Collection[str]) -> str:
    if not names:
        return "other users"
    return f"group {' and '.join(names)}" if len(names) == 1 else f"whoever is in the groups {' and '.join(names)}"
