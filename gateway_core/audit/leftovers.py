"""What migrations, typing errors and crashes leave behind."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path

from gateway_core.audit.context import AuditContext, Subject
from gateway_core.audit.model import (
    Finding,
    failed,
    passed,
    untold,
    warned,
)
from gateway_core.discovery.locks import LockFile
from gateway_core.distributions import DEFAULT_PROFILE, Distribution
from gateway_core.files import look_at, why_unlisted
from gateway_core.snapshot import State


def config_name(scene: AuditContext) -> Iterator[Finding]:
    """No config lies in a state dir under a name that its gateway passes over."""
    known = {name for distribution in scene.distributions for name in distribution.config_names}
    used = {os.path.realpath(item.config_path) for item in scene.subjects if item.config_path}
    for subject in scene.subjects:
        if subject.state_dir is None:
            continue
        unlisted = why_unlisted(subject.state_dir)
        if unlisted:
            yield untold(subject.id, unlisted, "run claw-tui as the owner of this directory")
            continue
        lying = (subject.state_dir / name for name in sorted(known))
        ignored = [path for path in lying if look_at(path).exists and os.path.realpath(path) not in used]
        yield _misnamed(subject, ignored) if ignored else passed(subject.id, f"none but {subject.config_path}")


def _misnamed(subject: Subject, ignored: Sequence[Path]) -> Finding:
    own = subject.config_path or Path(subject.distribution.config_names[0])
    evidence = f"{', '.join(map(str, ignored))} is never read: this gateway's config is {own}"
    if subject.discovered.config.exists:
        return warned(subject.id, evidence, f"remove {ignored[0]}, or merge it into {own.name}")
    return failed(subject.id, f"{evidence}, which is not there", shlex.join(["mv", str(ignored[0]), str(own)]))


def twin_state_dirs(scene: AuditContext) -> Iterator[Finding]:
    """A product that has had several names for its state dir has one such dir: otherwise its sessions are split."""
    for distribution in scene.distributions:
        if not distribution.legacy_state_dir_stems:
            continue
        dirs = _own_dirs(scene, distribution)
        default = _default_of(scene, distribution)
        if len(dirs) > 1 and (default or _is_used(dirs, distribution)):
            evidence = f"{' and '.join(map(str, dirs))} are both there; {distribution.title} uses {dirs[0]} only"
            remedy = f"move what is needed from {dirs[1]} to {dirs[0]}, then put {dirs[1]} aside"
            yield warned(default, evidence, remedy)
        elif default:
            yield passed(default, ", ".join(map(str, dirs)))


def _own_dirs(scene: AuditContext, distribution: Distribution) -> list[Path]:
    """Its state dirs under all names, links to another one of them left out; the one that it uses comes first."""
    stems = (distribution.state_dir_stem, *distribution.legacy_state_dir_stems)
    paths = [scene.host.home / stem for stem in stems]
    real = {look_at(path).inode: path for path in reversed(paths) if look_at(path).is_directory}
    return [path for path in paths if path in real.values()]


def _default_of(scene: AuditContext, distribution: Distribution) -> str | None:
    mine = (item for item in scene.subjects if item.distribution.name == distribution.name)
    return next((item.id for item in mine if item.discovered.installation.profile == DEFAULT_PROFILE), None)


def _is_used(dirs: Sequence[Path], distribution: Distribution) -> bool:
    return any(look_at(path / distribution.config_names[0]).exists for path in dirs)


def locks(scene: AuditContext) -> Iterator[Finding]:
    """Every lock file belongs to a gateway that runs: some versions take a stale one for a running gateway."""
    if scene.facts.processes_unseen is not None:
        yield untold(None, f"the processes could not be listed: {scene.facts.processes_unseen}")
        return
    known: set[Path] = set()
    for subject in scene.subjects:
        mine = {lock.path: lock for lock in subject.discovered.installation.locks}
        known |= mine.keys()
        yield _judged(scene, subject, list(mine.values()))
    for item in scene.facts.disk.evidence:
        if item.lock is not None and item.lock.path not in known:
            evidence = f"{item.lock.path} is for the config {item.lock.config_path}, which is not there any more"
            yield warned(None, evidence, _rm(item.lock.path))


def _judged(scene: AuditContext, subject: Subject, found: Sequence[LockFile]) -> Finding:
    alive, own = scene.facts.processes, subject.instance.signals.process
    stale = [lock for lock in found if lock.is_stale(alive.get(lock.pid))]
    doubtful = [lock for lock in found if lock.is_stale(alive.get(lock.pid)) is None and lock.pid != (own and own.pid)]
    if stale:
        evidence = "; ".join(_staleness(scene, lock) for lock in stale)
        remedy = f"nothing, if it starts; if it says that it runs already: {_rm(stale[0].path)}"
        return warned(subject.id, evidence, remedy)
    if doubtful:
        evidence = f"{doubtful[0].path} names pid {doubtful[0].pid}, but not since when: that may be another process"
        return untold(subject.id, evidence, f"{_rm(doubtful[0].path)}, if {subject.id} does not run")
    return passed(subject.id, ", ".join(f"{lock.path} is held by pid {lock.pid}" for lock in found) or "no lock file")


def _rm(path: Path) -> str:
    return shlex.join(["rm", str(path)])


def _staleness(scene: AuditContext, lock: LockFile) -> str:
    other = scene.facts.processes.get(lock.pid)
    now = f"is now {other.name}, another process" if other else "is gone"
    return f"{lock.path} names pid {lock.pid}, which {now}"


def profile(scene: AuditContext) -> Iterator[Finding]:
    """A state dir has a config: one without is an onboarding that was not finished, or a mistyped profile."""
    for subject in scene.subjects:
        if subject.instance.state is State.INCOMPLETE and not subject.discovered.config.exists:
            yield _junk(scene, subject)
        elif subject.discovered.config.exists:
            yield passed(subject.id, f"{subject.config_path} is there")


def _junk(scene: AuditContext, subject: Subject) -> Finding:
    name = subject.discovered.installation.profile or subject.id
    siblings = [item for item in scene.subjects if item.distribution.name == subject.distribution.name]
    others = [str(item.discovered.installation.profile) for item in siblings if item.discovered.config.exists]
    near = get_close_matches(name, others, n=1)
    meant = f"; did somebody mean {near[0]}?" if near else ""
    remedy = f"finish it with {subject.command} onboard; or, if nobody needs it, remove {subject.state_dir}"
    return warned(subject.id, f"{subject.state_dir} has no config{meant}", remedy)
