"""The gateways among the processes of the host, and what each says about itself.

A running gateway overwrites its title: its command line is just `openclaw-gateway` (seen in 2026.9.6), so profile and
port are visible only while it starts. What it inherited or holds open tells more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from gateway_core.distributions import DEFAULT_PROFILE, Distribution, Distributions
from gateway_core.host import DEMO_VARIABLE, Host, Identity, ProcessInfo
from gateway_core.processes.command_line import find_call, port_option
from gateway_core.snapshot import Proof

_KERNEL_NAME_LENGTH = 15
_FRESH_S = 5.0
_RUNTIME = re.compile(r"^(node|nodejs|bun|deno)(-?[0-9.]+)?$")
_LOCK_IN_STATE_DIR = re.compile(r"^(?P<state_dir>/.+)/tmp/[^/]+/gateway\.[^/]+\.lock[^/]*$")
_DATABASE_IN_STATE_DIR = re.compile(r"^(?P<state_dir>/.+)/state/[^/]+\.sqlite[^/]*$")


@dataclass(frozen=True, slots=True)
class GatewayProcess:
    """A process that is a gateway by its title or its arguments."""

    info: ProcessInfo
    distribution: str
    titled: bool  # the gateway's own title is set: it is past its start-up
    profile: str | None = None  # from its arguments, while they are visible
    port: int | None = None  # from its arguments, while they are visible
    state_dir: Path | None = None  # from its environment at exec, or from the files that it holds open
    config_path: Path | None = None  # from its environment at exec
    placed_by: Proof | None = None  # whether `state_dir` and `config_path` are from its environment or files
    lock_paths: tuple[Path, ...] = ()
    home: Path | None = None  # the home of the profile, if only that is known; `None` if it may not be seen
    fresh: bool = False  # it was started so recently that it may not have taken its lock yet


class GatewayProcesses:
    """Recognises gateways in a process scan; remembers what it learned about each living one."""

    def __init__(self, host: Host, distributions: Distributions) -> None:
        self._host = host
        self._distributions = distributions
        self._known: dict[tuple[int, int, tuple[str, ...]], GatewayProcess] = {}
        self._starting: dict[Identity, GatewayProcess] = {}

    def among(self, processes: Iterable[ProcessInfo]) -> tuple[GatewayProcess, ...]:
        """The gateways among those processes, by ascending pid."""
        found: dict[tuple[int, int, tuple[str, ...]], GatewayProcess] = {}
        for info in processes:
            key = (*info.identity, info.argv)
            gateway = self._known.get(key) or self._recognise(info)
            if gateway is not None:
                found[key] = gateway
        self._known = {key: gateway for key, gateway in found.items() if _is_settled(gateway)}
        self._starting = {gateway.info.identity: gateway for gateway in found.values() if not gateway.titled}
        return tuple(sorted(found.values(), key=lambda gateway: gateway.info.pid))

    def _recognise(self, info: ProcessInfo) -> GatewayProcess | None:
        if not info.argv:
            return None
        for distribution in self._distributions:
            if _is_titled(info, distribution):
                titled = GatewayProcess(info, distribution.name, titled=True)
                return self._with_places(titled, distribution) if self._is_at_home(info) else None
        before = self._starting.get(info.identity)
        if before is not None and info.argv[0] == before.distribution:
            return replace(before, info=info)  # it has dropped its arguments, and bears the product's name for a moment
        return self._recognise_untitled(info)

    def _recognise_untitled(self, info: ProcessInfo) -> GatewayProcess | None:
        """A gateway that has not set its title yet: its arguments still stand there."""
        call = find_call(info.argv, self._distributions) if _may_run_gateway(info) else None
        if call is None or call.subcommand != "gateway" or not self._is_at_home(info):
            return None
        starting = GatewayProcess(
            info,
            call.distribution.name,
            titled=False,
            profile=call.profile or DEFAULT_PROFILE,
            port=port_option(info.argv),
        )
        return self._with_places(starting, call.distribution)

    def _is_at_home(self, info: ProcessInfo) -> bool:
        """Whether the process is of this home: nothing that is tried in a demo reaches a gateway outside of it."""
        home = self._host.demo_home
        if home is None:
            return True
        values = self._host.processes.environment(info.pid, frozenset({DEMO_VARIABLE}))
        return values is not None and values.get(DEMO_VARIABLE) == home

    def _with_places(self, gateway: GatewayProcess, distribution: Distribution) -> GatewayProcess:
        files = tuple(str(path) for path in self._host.processes.open_files(gateway.info.pid) or ())
        locks = tuple(Path(name) for name in files if "/gateway." in name and name.endswith(".lock"))
        state_dir = _state_dir_of(files, distribution)
        config_path, home, placed_by = None, None, Proof.OPEN_FILES if state_dir else None
        if state_dir is None:
            state_dir, config_path, home = self._inherited_places(gateway.info, distribution)
            placed_by = Proof.ENVIRONMENT if state_dir or config_path else None
        return replace(
            gateway,
            state_dir=state_dir,
            config_path=config_path,
            placed_by=placed_by,
            lock_paths=locks,
            home=home,
            fresh=(self._host.clock.now() - gateway.info.started_at).total_seconds() < _FRESH_S,
        )

    def _inherited_places(
        self, info: ProcessInfo, distribution: Distribution
    ) -> tuple[Path | None, Path | None, Path | None]:
        """Return state dir, config path and home as the environment of the process names them."""
        dirs, configs = distribution.variables("STATE_DIR"), distribution.variables("CONFIG_PATH")
        values = self._host.processes.environment(info.pid, frozenset((*dirs, *configs, "HOME")))
        if values is None:
            return None, None, None
        home = _first_path([values.get("HOME")]) or (self._host.home if info.uid == self._host.uid else None)
        return _first_path(values.get(name) for name in dirs), _first_path(values.get(name) for name in configs), home


def _is_settled(gateway: GatewayProcess) -> bool:
    """Whether the gateway need not be looked at again: one that still starts has not opened its files yet."""
    return gateway.titled and (gateway.placed_by is not None or bool(gateway.lock_paths))


def _is_titled(info: ProcessInfo, distribution: Distribution) -> bool:
    title = distribution.process_title
    return info.argv[0] == title or (info.name == title[:_KERNEL_NAME_LENGTH] and info.argv[0].startswith(title))


def _may_run_gateway(info: ProcessInfo) -> bool:
    """Whether the process is a JavaScript runtime: an editor or a shell only mentions the program it works on."""
    return _RUNTIME.match(info.argv[0].rpartition("/")[2]) is not None


def _state_dir_of(files: Iterable[str], distribution: Distribution) -> Path | None:
    """The state dir in which the process holds a database open, or a lock where its product keeps locks there."""
    keeps_locks_there = any("{state_dir}" in rule.dir for rule in distribution.locks)
    for name in files:
        match = _DATABASE_IN_STATE_DIR.match(name) or (keeps_locks_there and _LOCK_IN_STATE_DIR.match(name))
        if match:
            return Path(match["state_dir"])
    return None


def _first_path(values: Iterable[str | None]) -> Path | None:
    return next((Path(value) for value in values if value and value.startswith("/")), None)
