"""Checks who else can reach a gateway or read its secrets: over the network, or on this machine."""

from __future__ import annotations

import glob
import stat
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from ipaddress import ip_address
from itertools import chain, combinations
from pathlib import Path

from gateway_core.accounts import Groups
from gateway_core.audit.context import AuditContext, Subject
from gateway_core.audit.model import Finding, WordedRemedy, failed, passed, unknown, warned, worded
from gateway_core.files import PathStatus, files_below, path_status, paths_matching, why_unlisted
from gateway_core.ports.addresses import bind_address
from gateway_core.shell_commands import shell_command

SECRET_PLACES = (
    ".env", "credentials", "identity", "devices", "nodes", "exec-approvals.json",
    "agents/*/agent/auth*.json", "gateway/tls/*.pem",
)  # fmt: skip
"""In the state dir, files or whole directories."""
_MOST_NAMED = 3
_MOST_IN_COMMAND = 24
TO_READ = stat.S_IROTH | stat.S_IWOTH | stat.S_IRGRP | stat.S_IWGRP
"""Bits that let others, or a group, read or write a file."""
_TO_PASS = stat.S_IXOTH | stat.S_IXGRP


def bind(context: AuditContext) -> Iterator[Finding]:
    """A gateway that other machines can reach asks for a token or a password."""
    for subject in context.subjects:
        config = subject.discovered.config
        if not config.exists:
            continue
        openings = _openings(subject)
        if not openings and not config.valid:
            yield unknown(subject.id, "its config cannot be read, and it does not run", "mend the config")
        elif not openings and subject.instance.signals.process and subject.instance.signals.socket.bound is None:
            evidence = "its config says loopback only; where it really listens could not be seen"
            yield unknown(subject.id, evidence, "audit again with the rights to see the listeners")
        elif not openings:
            yield passed(subject.id, f"loopback only, as {_bind_source(subject)}")
        else:
            yield _bind_finding(subject, ", ".join(openings))


def _openings(subject: Subject) -> list[str]:
    """Every way in from outside, as configured and as it is now."""
    settings = subject.discovered.start_settings
    found = []
    if not _is_loopback(bind_address(settings)):
        found.append(_bind_source(subject))
    outer = [address for address in subject.instance.signals.socket.addresses if not _is_loopback(address)]
    if outer and subject.instance.live_port is not None:
        found.append(f"it listens on {', '.join(outer)}")
    if settings.tailscale_mode in ("serve", "funnel"):
        found.append(f"gateway.tailscale.mode is {settings.tailscale_mode}")
    return found


def _bind_source(subject: Subject) -> str:
    """What decides where the next start listens."""
    service = subject.discovered.bind_service
    return (
        f"--bind of {service.name} is {service.bind}"
        if service
        else f"gateway.bind is {subject.settings.bind or 'not set'}"
    )


def _bind_finding(subject: Subject, how: str) -> Finding:
    settings, mode = subject.settings, subject.settings.auth_mode
    service = subject.discovered.bind_service
    place = f"--bind in {service.decided_in.get('program', service.path)}" if service else "gateway.bind"
    remedy = f"set {place} to loopback, or gateway.auth.mode to token with a token of its own"
    if mode == "none":
        return failed(subject.id, f"{how}, and gateway.auth.mode is {mode}", remedy)
    if mode == "trusted-proxy":
        evidence = f"{how}, and a proxy in front of it is trusted to know its users"
        return warned(subject.id, evidence, "make sure that nothing but the proxy can reach the port")
    if settings.auth_secret:
        return passed(subject.id, f"{how}; clients need the {mode or 'token or password'}")
    if not subject.discovered.config.complete:
        return unknown(subject.id, f"{how}; whether it asks for a token could not be read", "mend the config")
    if any(service.holds_token for service in subject.services):
        evidence = f"{how}; the config has no token, but there is a secret in its service that may be one"
        return unknown(subject.id, evidence, "set gateway.auth.token in the config, where it can be seen")
    return failed(subject.id, f"{how}, and no token or password is configured", remedy)


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address.partition("%")[0]).is_loopback
    except ValueError:
        return False


def secret_files(context: AuditContext) -> Iterator[Finding]:
    """Config, credentials and keys can be read by their owner only (0600, in directories of 0700)."""
    for subject in context.subjects:
        if subject.state_dir is None:
            continue
        paths, faults = _secrets_of(subject)
        files = [path_status(path) for path in paths]
        faults += [f"{file.path}: {file.fault}" for file in files if file.fault]
        yield _secrets_finding(context, subject, [file for file in files if file.exists], faults)


def _secrets_finding(
    context: AuditContext, subject: Subject, files: Sequence[PathStatus], faults: Sequence[str]
) -> Finding:
    loose = [file for file in files if file.permissions & TO_READ]
    exposed = _by_readers(context, loose)
    if exposed:
        return failed(subject.id, _who_can_read(exposed), _chmod(chain.from_iterable(exposed.values())))
    if loose:
        return warned(subject.id, _what_keeps_others_away(context, loose), _chmod(loose))
    if faults:
        return unknown(subject.id, "; ".join(faults[:_MOST_NAMED]), "run claw-tui as the owner of these files")
    state_dir = path_status(subject.state_dir or Path())
    visitors = _visitors(context, state_dir)
    if files and visitors:
        evidence = f"{visitors} can look into the state dir {state_dir.path} (mode {state_dir.permissions:04o})"
        return warned(subject.id, evidence, shell_command(("chmod", "700", str(state_dir.path))))
    return passed(subject.id, f"{len(files)} for their owner only" if files else "there is none yet")


def _secrets_of(subject: Subject) -> tuple[list[Path], list[str]]:
    """Every file that may hold a secret, and the faults of what could not be listed."""
    state_dir, config = subject.state_dir, subject.config_path
    looked = [paths_matching(state_dir, pattern) for pattern in SECRET_PLACES] if state_dir else []
    if config is not None:
        looked.append(paths_matching(config.parent, f"{glob.escape(config.name)}.bak*"))
    roots = [path for fitting in looked for path in fitting.paths]
    if config is not None:
        roots += [config, *subject.discovered.config.files]
    roots = [root for root in roots if root != config or not path_status(root).is_directory]
    if subject.oauth_dir:
        roots.append(subject.oauth_dir)
    found = [files_below(root) for root in dict.fromkeys(roots)]
    files = dict.fromkeys(path for contents in found for path in contents.files)
    unlisted = why_unlisted(state_dir) if state_dir else None
    faults = [unlisted] if unlisted else []
    faults += (fault for fitting in looked for fault in fitting.faults)
    faults += (fault for item in found for fault in item.faults)
    return list(files), list(dict.fromkeys(faults))


def service_files(context: AuditContext) -> Iterator[Finding]:
    """A unit or plist with a token in it can be read by its owner only."""
    for subject in context.subjects:
        if not subject.services:
            continue
        files = [path_status(path) for service in subject.services for path in service.token_files]
        loose = [file for file in files if file.permissions & TO_READ]
        exposed = _by_readers(context, loose)
        if exposed:
            close = _chmod(chain.from_iterable(exposed.values()))
            remedy = replace(close, text=f"{close.text}; then give the gateway a new token")
            yield failed(subject.id, f"its service has a token in it: {_who_can_read(exposed)}", remedy)
        elif loose:
            evidence = f"its service has a token in it: {_what_keeps_others_away(context, loose)}"
            yield warned(subject.id, evidence, _chmod(loose))
        else:
            named = ", ".join(str(service.path) for service in subject.services)
            yield passed(subject.id, f"{named}: no token that others can read")


def _by_readers(context: AuditContext, files: Iterable[PathStatus]) -> Mapping[str, list[PathStatus]]:
    """The files that somebody besides their owner can read, by who that is."""
    found: dict[str, list[PathStatus]] = {}
    for file in files:
        if who := readers(file, map(path_status, _around(context, file.path)), context.groups):
            found.setdefault(who, []).append(file)
    return found


def _visitors(context: AuditContext, directory: PathStatus) -> str | None:
    """The users whom a directory lets in, in words; nobody if one around it, up to the home, is closed to all."""
    around = [path_status(path) for path in _around(context, directory.path)]
    if any(item.exists and not item.permissions & (stat.S_IXGRP | stat.S_IXOTH) for item in around):
        return None
    if directory.permissions & stat.S_IRWXO:
        return "others"
    group = directory.group
    if not directory.permissions & stat.S_IRWXG or group is None or context.groups.is_private(group, directory.owner):
        return None
    return f"group {context.groups.named(group)}"


def _who_can_read(exposed: Mapping[str, Sequence[PathStatus]]) -> str:
    return "; ".join(f"{who} can read {_named(files)}" for who, files in exposed.items())


def _what_keeps_others_away(context: AuditContext, loose: Iterable[PathStatus]) -> str:
    """The reasons why nobody else can read files whose modes would allow it."""
    kept: dict[str, list[PathStatus]] = {}
    for file in loose:
        private = file.group is not None and context.groups.is_private(file.group, file.owner)
        alone = private and not file.permissions & stat.S_IRWXO
        keeper = "that their group has no other member" if alone else "a directory around it"
        kept.setdefault(keeper, []).append(file)
    return "; ".join(f"only {keeper} keeps others from {_named(files)}" for keeper, files in kept.items())


def _around(context: AuditContext, path: Path) -> Iterator[Path]:
    for parent in path.parents:
        yield parent
        if parent in (context.host.home, context.host.root):
            return


def _named(files: Sequence[PathStatus]) -> str:
    named = ", ".join(f"{file.path} (mode {file.permissions:04o})" for file in files[:_MOST_NAMED])
    return named + (f" and {len(files) - _MOST_NAMED} more" if len(files) > _MOST_NAMED else "")


def _chmod(files: Iterable[PathStatus]) -> WordedRemedy:
    paths = list(dict.fromkeys(str(file.path) for file in files))
    close = worded(shell_command(("chmod", "600", *paths)))
    if len(paths) <= _MOST_NAMED:
        return close
    named = f"{', '.join(paths[:_MOST_NAMED])} and {len(paths) - _MOST_NAMED} more"
    command = close.command if len(paths) <= _MOST_IN_COMMAND else None
    return WordedRemedy(f"let only their owner read {named} (mode 0600)", command)


def readers(file: PathStatus, around: Iterable[PathStatus], groups: Groups) -> str | None:
    """Return who but its owner can read or write a file through all directories around it, in words; `None`: nobody."""
    dirs = [directory for directory in around if directory.exists]
    owning = {status.group for status in (file, *dirs) if status.group is not None}
    foreign = sorted(group for group in owning if not groups.is_private(group, file.owner))
    for count in range(len(foreign) + 1):
        for together in combinations(foreign, count):
            if _lets_in(file, together, TO_READ) and all(_lets_in(item, together, _TO_PASS) for item in dirs):
                return _called([groups.named(group) for group in together])
    return None


def _lets_in(file: PathStatus, groups: Collection[int], wanted: int) -> bool:
    """Whether one of the wanted bits is set for those in all these groups: a group's bits beat those for others."""
    return bool(file.permissions & wanted & (stat.S_IRWXG if file.group in groups else stat.S_IRWXO))


def _called(names: Collection[str]) -> str:
    if not names:
        return "other users"
    return f"group {' and '.join(names)}" if len(names) == 1 else f"whoever is in the groups {' and '.join(names)}"
