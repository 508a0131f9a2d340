"""Who else on this machine can read the secrets of a gateway."""

from __future__ import annotations

import stat
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from gateway_core.audit.finding import Finding, failed, passed, untold, warned
from gateway_core.audit.scene import Scene, Subject
from gateway_core.discovery.services import ServiceDefinition
from gateway_core.inspection import Sight, files_below, look_at, why_unlisted

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
_FOR_OTHERS = stat.S_IROTH | stat.S_IWOTH
_FOR_ANYBODY = _FOR_OTHERS | stat.S_IRGRP | stat.S_IWGRP
_MOST_NAMED = 3


def secret_files(scene: Scene) -> Iterator[Finding]:
    """Config, credentials and keys can be read by their owner only (0600, in directories of 0700)."""
    for subject in scene.subjects:
        if subject.state_dir is None:
            continue
        files, faults = _secrets_of(subject)
        looks = [look_at(path) for path in files]
        faults += [f"{look.path}: {look.fault}" for look in looks if look.fault]
        yield _judged(scene, subject, [look for look in looks if look.exists], faults)


def _judged(scene: Scene, subject: Subject, looks: Sequence[Sight], faults: Sequence[str]) -> Finding:
    loose = [look for look in looks if look.permissions & _FOR_ANYBODY]
    exposed = [look for look in loose if _is_exposed(scene, look)]
    remedy = _chmod(look.path for look in exposed or loose)
    if exposed:
        return failed(subject.id, f"other users can read {_named(exposed)}", remedy)
    if loose:
        return warned(subject.id, f"only a directory around it keeps others from {_named(loose)}", remedy)
    if faults:
        return untold(subject.id, "; ".join(faults[:_MOST_NAMED]), "run claw-tui as the owner of these files")
    state_dir = look_at(subject.state_dir or Path())
    if looks and state_dir.permissions & (_FOR_ANYBODY | stat.S_IXOTH):
        evidence = f"others can look into the state dir {state_dir.path} (mode {state_dir.permissions:04o})"
        return warned(subject.id, evidence, f"chmod 700 {state_dir.path}")
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


def service_files(scene: Scene) -> Iterator[Finding]:
    """A unit or plist with a token in it can be read by its owner only."""
    for subject in scene.subjects:
        if not subject.services:
            continue
        looks = [look_at(path) for service in subject.services if service.holds_token for path in _files(service)]
        loose = [look for look in looks if look.permissions & _FOR_ANYBODY]
        exposed = [look for look in loose if _is_exposed(scene, look)]
        remedy = f"{_chmod(look.path for look in exposed or loose)}; then give the gateway a new token"
        if exposed:
            yield failed(subject.id, f"its service has a token in it: other users can read {_named(exposed)}", remedy)
        elif loose:
            evidence = f"its service has a token in it: only a directory keeps others from {_named(loose)}"
            yield warned(subject.id, evidence, _chmod(look.path for look in loose))
        else:
            paths = ", ".join(str(service.path) for service in subject.services)
            yield passed(subject.id, f"{paths}: no token that others can read")


def _files(service: ServiceDefinition) -> list[Path]:
    """The definition and its drop-ins."""
    return [service.path, *sorted(service.path.parent.glob(f"{service.path.name}.d/*.conf"))]


def _is_exposed(scene: Scene, look: Sight) -> bool:
    """Whether everybody can read it: by its own mode, and through every directory around it up to the home."""
    return bool(look.permissions & _FOR_OTHERS) and all(
        around.permissions & stat.S_IXOTH for around in map(look_at, _around(scene, look.path)) if around.exists
    )


def _around(scene: Scene, path: Path) -> Iterator[Path]:
    for parent in path.parents:
        yield parent
        if parent in (scene.host.home, scene.host.root):
            return


def _named(looks: Sequence[Sight]) -> str:
    named = ", ".join(f"{look.path} (mode {look.permissions:04o})" for look in looks[:_MOST_NAMED])
    return named + (f" and {len(looks) - _MOST_NAMED} more" if len(looks) > _MOST_NAMED else "")


def _chmod(paths: Iterable[Path]) -> str:
    listed = list(paths)
    named = " ".join(str(path) for path in listed[:_MOST_NAMED])
    return f"chmod 600 {named}" + (" and the others" if len(listed) > _MOST_NAMED else "")
