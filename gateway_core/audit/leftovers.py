"""Checks for what migrations, typing errors and crashes leave behind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path

from gateway_core.assembly.elsewhere import where_it_runs
from gateway_core.assembly.left_locks import left_locks, may_be_foreign, place_of_writer
from gateway_core.assembly.occupancy import occupancies, outlived_browsers
from gateway_core.audit.context import AuditContext, Subject
from gateway_core.audit.model import Finding, failed, passed, unknown, warned, worded_command
from gateway_core.discovery.locks import LockFile
from gateway_core.distributions.homes import caller_home
from gateway_core.distributions.model import DEFAULT_PROFILE, Distribution
from gateway_core.files import files_below, path_status, real_path, why_unlisted
from gateway_core.ports.wording import listed
from gateway_core.processes.containers import is_elsewhere
from gateway_core.shell_commands import ShellCommand, shell_command
from gateway_core.snapshot import State


def config_name(context: AuditContext) -> Iterator[Finding]:
    """No config lies in a state dir under a name that its gateway passes over."""
    known = {name for distribution in context.distributions for name in distribution.config_names}
    used = {real_path(item.config_path) for item in context.subjects if item.config_path}
    for subject in context.subjects:
        if subject.state_dir is None:
            continue
        unlisted = why_unlisted(subject.state_dir)
        if unlisted:
            yield unknown(subject.id, unlisted, "run claw-tui as the owner of this directory")
            continue
        lying = (subject.state_dir / name for name in sorted(known))
        ignored = [path for path in lying if path_status(path).exists and real_path(path) not in used]
        yield _misnamed_finding(subject, ignored) if ignored else passed(subject.id, f"none but {subject.config_path}")


def _misnamed_finding(subject: Subject, ignored: Sequence[Path]) -> Finding:
    own = subject.config_path or Path(subject.distribution.config_names[0])
    evidence = f"{', '.join(map(str, ignored))} is never read: this gateway's config is {own}"
    if subject.discovered.config.exists:
        return warned(subject.id, evidence, f"remove {ignored[0]}, or merge it into {own.name}")
    return failed(subject.id, f"{evidence}, which is not there", shell_command(("mv", str(ignored[0]), str(own))))


def twin_state_dirs(context: AuditContext) -> Iterator[Finding]:
    """A product that has had several names for its state dir has one such dir: otherwise its sessions are split."""
    for distribution in context.distributions:
        if not distribution.legacy_state_dir_stems:
            continue
        dirs = _own_dirs(context, distribution)
        default = _default_of(context, distribution)
        is_used = default or any(path_status(path / distribution.config_names[0]).exists for path in dirs)
        if len(dirs) > 1 and is_used:
            evidence = f"{' and '.join(map(str, dirs))} are both there; {distribution.title} uses {dirs[0]} only"
            remedy = f"move what is needed from {dirs[1]} to {dirs[0]}, then put {dirs[1]} aside"
            yield warned(default, evidence, remedy)
        elif default:
            yield passed(default, ", ".join(map(str, dirs)))


def _own_dirs(context: AuditContext, distribution: Distribution) -> list[Path]:
    """A product's state dirs under all names, without links to another of them; the one that it uses comes first."""
    stems = (distribution.state_dir_stem, *distribution.legacy_state_dir_stems)
    home = caller_home(context.host, distribution)
    paths = [home / stem for stem in stems]
    real = {path_status(path).inode: path for path in reversed(paths) if path_status(path).is_directory}
    return [path for path in paths if path in real.values()]


def _default_of(context: AuditContext, distribution: Distribution) -> str | None:
    mine = (item for item in context.subjects if item.distribution.name == distribution.name)
    return next((item.id for item in mine if item.discovered.installation.profile == DEFAULT_PROFILE), None)


def locks(context: AuditContext) -> Iterator[Finding]:
    """Every lock file belongs to a gateway that runs: some versions take a stale one for a running gateway."""
    if context.facts.processes_unseen is not None:
        yield unknown(None, f"the processes could not be listed: {context.facts.processes_unseen}")
        return
    known: set[Path] = set()
    for subject in context.subjects:
        mine = {lock.path: lock for lock in subject.discovered.installation.locks}
        known |= mine.keys()
        yield _lock_finding(context, subject, list(mine.values()))
    for item in context.facts.elsewhere:
        for path in sorted(item.locks - known):
            yield passed(None, f"{path} is held by a gateway in {where_it_runs(item.process)}")
    for left in left_locks(context.facts):
        yield (warned if left.dead else unknown)(None, f"{left.lock.path} is {left.what}", left.remedy)


def _lock_finding(context: AuditContext, subject: Subject, found: Sequence[LockFile]) -> Finding:
    alive, own = context.facts.processes, subject.instance.signals.process
    places = {lock.path: place for lock in found if (place := place_of_writer(lock, context.facts)) is not None}
    here = [lock for lock in found if lock.path not in places]
    stale = [lock for lock in here if lock.is_stale(alive.get(lock.pid))]
    foreign = [lock for lock in stale if may_be_foreign(lock, context.facts)]
    doubtful = [lock for lock in here if lock.is_stale(alive.get(lock.pid)) is None and lock.pid != (own and own.pid)]
    if foreign:
        evidence = f"{foreign[0].path} names pid {foreign[0].pid}, which may be that of a gateway in another namespace"
        return unknown(subject.id, evidence, "leave it, as long as that gateway runs")
    if stale:
        evidence = "; ".join(_staleness(context, lock) for lock in stale)
        remedy = worded_command(_rm(stale[0].path), before="nothing, if it starts; if it says that it runs already: ")
        return warned(subject.id, evidence, remedy)
    if doubtful:
        evidence = f"{doubtful[0].path} names pid {doubtful[0].pid}, but not since when: that may be another process"
        return unknown(
            subject.id, evidence, worded_command(_rm(doubtful[0].path), after=f", if {subject.id} does not run")
        )
    holders = [
        f"{lock.path} is held by {f'a gateway in {places[lock.path]}' if lock.path in places else f'pid {lock.pid}'}"
        for lock in found
    ]
    return passed(subject.id, ", ".join(holders) or "no lock file")


def _rm(path: Path) -> ShellCommand:
    return shell_command(("rm", str(path)))


def _staleness(context: AuditContext, lock: LockFile) -> str:
    other = context.facts.processes.get(lock.pid)
    now = f"is now {other.name}, another process" if other else "is gone"
    return f"{lock.path} names pid {lock.pid}, which {now}"


def leftover_browser(context: AuditContext) -> Iterator[Finding]:
    """No browser outlived the gateway that started it: the next one cannot use its port or its profile."""
    if context.facts.processes_unseen is not None:
        yield unknown(None, f"the processes could not be listed: {context.facts.processes_unseen}")
        return
    left = _leftover_browsers(context)
    for subject in context.subjects:
        pids = sorted(pid for pid, owner in left.items() if owner == subject.id)
        if pids:
            names = listed(f"{context.facts.processes[pid].name} (pid {pid})" for pid in pids)
            use = "uses a browser profile" if len(pids) == 1 else "use browser profiles"
            evidence = f"{names} {use} in {subject.state_dir}, and no gateway of {subject.id} runs"
            yield warned(subject.id, evidence, shell_command(("kill", *map(str, pids))))
        elif subject.state_dir is not None:
            yield passed(subject.id, "none")


def _leftover_browsers(context: AuditContext) -> dict[int, str]:
    """The browsers of instances at rest, by pid, those in containers aside: their paths are others."""
    processes = context.facts.processes
    found = outlived_browsers(context.facts, occupancies(context.facts), processes)
    placed = context.host.processes.placement
    return {pid: owner for pid, owner in found.items() if not is_elsewhere(placed(processes[pid]))}


def profile(context: AuditContext) -> Iterator[Finding]:
    """A state dir has a config: one without is an onboarding that was not finished, or a mistyped profile."""
    for subject in context.subjects:
        if subject.instance.state is State.INCOMPLETE and not subject.discovered.config.exists:
            yield _junk_finding(context, subject)
        elif subject.discovered.config.exists:
            yield passed(subject.id, f"{subject.config_path} is there")


def _junk_finding(context: AuditContext, subject: Subject) -> Finding:
    name = subject.discovered.installation.profile or subject.id
    siblings = [item for item in context.subjects if item.distribution.name == subject.distribution.name]
    others = [str(item.discovered.installation.profile) for item in siblings if item.discovered.config.exists]
    near = get_close_matches(name, others, n=1)
    meant = f"; did somebody mean {near[0]}?" if near else ""
    onboard, finish = subject.command("onboard"), "finish it with "
    held = _held(context, subject)
    if held:
        evidence = f"{subject.state_dir} has no config, but holds {held}{meant}"
        return warned(subject.id, evidence, worded_command(onboard, before=finish, after=", or leave it"))
    remedy = worded_command(onboard, before=finish, after=f"; or, if nobody needs it, remove {subject.state_dir}")
    return warned(subject.id, f"{subject.state_dir} has no config{meant}", remedy)


def _held(context: AuditContext, subject: Subject) -> str | None:
    """What would be lost with a directory: then nobody is told to remove it."""
    installation = subject.discovered.installation
    if installation.state_dir is None or installation.services or installation.locks or installation.processes:
        return "what a service or a lock file is for"
    real = real_path(installation.state_dir)
    for other in context.subjects:
        paths = (other.state_dir, other.config_path, other.instance.workspace)
        inside = (path for path in paths if path and real_path(path).startswith(f"{real}/"))
        if other is not subject and next(inside, None):
            return f"files of {other.id}"
    found = files_below(installation.state_dir)
    if found.files:
        return f"files, such as {found.files[0]}"
    return f"what cannot be looked at ({found.faults[0]})" if found.faults else None
