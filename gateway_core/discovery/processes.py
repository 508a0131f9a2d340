"""The gateways among the processes of the host, and what each says about itself.

A running gateway overwrites its title: its command line is just `openclaw-gateway` (seen in 2026.9.6), so profile and
port are visible only while it starts. What launched it, what it inherited or holds open tells more.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import IntEnum
from pathlib import Path

from gateway_core.dirs import expand_home
from gateway_core.discovery.locks import LockFile, read_lock
from gateway_core.discovery.wrapper_arguments import Told, told_by_launcher
from gateway_core.distributions.homes import inherited_home, named_home
from gateway_core.distributions.loader import Distributions
from gateway_core.distributions.model import Distribution
from gateway_core.files import listing_of, real_path
from gateway_core.host import DEMO_VARIABLE, Host, Identity, Placement, ProcessInfo
from gateway_core.processes.command_line import is_runtime, serving_call
from gateway_core.processes.containers import is_elsewhere, is_set_apart
from gateway_core.snapshot import Proof

_HALF_WRITTEN_S = 2.0  # a title is written within milliseconds; what stays like one is another program
_FRESH_S = 5.0
_SLOWEST_START_S = 600.0
"""A start on a loaded machine has taken minutes; what shows nothing for longer will never be a gateway."""
_LOCK_IN_STATE_DIR = re.compile(r"^(?P<state_dir>/.+)/tmp/[^/]+/gateway\.[^/]+\.lock[^/]*$")
_DATABASE_IN_STATE_DIR = re.compile(r"^(?P<state_dir>/.+)/state/[^/]+\.sqlite[^/]*$")


class Age(IntEnum):
    """How far a gateway may be with its start, by the time since then."""

    FRESH = 1  # it may have had no time to show anything yet
    STARTING = 2  # a healthy start may take so long
    SLOW = 3  # a start on a loaded machine may take so long
    GROWN = 4


@dataclass(frozen=True, slots=True)
class GatewayProcess:
    """A process that is a gateway by its title or its arguments."""

    info: ProcessInfo
    distribution: str
    titled: bool  # the gateway's own title is set: it has dropped its arguments
    by_name_only: bool = False  # its title is also that of the product's commands: it needs more to be a gateway
    profile: str | None = None  # from its arguments, or from those of what launched it, while they were visible
    port: int | None = None  # from the same arguments
    state_dir: Path | None = None  # from its environment at exec, or from the files that it holds open
    config_path: Path | None = None  # from its environment at exec
    placed_by: Proof | None = None  # whether `state_dir` and `config_path` are from its environment or files
    lock_paths: tuple[Path, ...] = ()
    home: Path | None = None  # the home that its default paths are in; `None` if it may not be seen
    temporary_dir: Path | None = None  # TMPDIR of its environment at exec
    working_dir: Path | None = None  # of one that nothing else places
    files: tuple[str, ...] = ()  # the files that one holds open which nothing else places
    age: Age = Age.GROWN  # as it was when its places were looked for
    placement: Placement | None = None  # `None` if it may not be seen
    demo_home: str | None = None  # the demo that it belongs to, by its environment at exec

    @property
    def elsewhere(self) -> bool:
        """Whether it runs in a container or the like: then it is shown, and joined with nothing of this host."""
        return is_elsewhere(self.placement)

    @property
    def set_apart(self) -> bool:
        """Whether it runs elsewhere only by its network or its files, so that it may be the gateway of a service."""
        return is_set_apart(self.placement)

    @property
    def root(self) -> Path | None:
        """The directory under which its paths are found here, where they are not simply paths of this host."""
        return self.placement.files if self.placement is not None else None


@dataclass(frozen=True, slots=True)
class _InheritedPlaces:
    """The places that the environment of a process names; none of them where it may not be seen."""

    state_dir: Path | None = None
    config_path: Path | None = None
    home: Path | None = None
    temporary_dir: Path | None = None
    demo_home: str | None = None


class GatewayProcesses:
    """Recognises gateways in a process scan; remembers what it learned about each living one."""

    def __init__(self, host: Host, distributions: Distributions) -> None:
        self._host = host
        self._distributions = distributions
        titles = [(title, known) for known in distributions for title in known.all_titles]
        self._titles = dict(reversed(titles))  # the first product with a title counts
        self._half_written: dict[Identity, float] = {}  # since when
        self._known: dict[tuple[int, int, tuple[str, ...]], GatewayProcess] = {}
        self._told: dict[Identity, Told] = {}

    def among(self, processes: Iterable[ProcessInfo]) -> tuple[GatewayProcess, ...]:
        """The gateways among those processes, by ascending pid."""
        scanned = {info.pid: info for info in processes}
        self._told = {identity: told for identity, told in self._told.items() if _lives(identity, scanned)}
        self._half_written = {one: since for one, since in self._half_written.items() if _lives(one, scanned)}
        found: dict[tuple[int, int, tuple[str, ...]], GatewayProcess] = {}
        for info in scanned.values():
            key = (*info.identity, info.argv)
            gateway = self._known.get(key) or self._recognise(info, scanned)
            if gateway is not None:
                found[key] = gateway
        self._known = {key: gateway for key, gateway in found.items() if _is_settled(gateway)}
        return tuple(sorted(found.values(), key=lambda gateway: gateway.info.pid))

    def _recognise(self, info: ProcessInfo, scanned: Mapping[int, ProcessInfo]) -> GatewayProcess | None:
        before = self._told.get(info.identity)
        distribution = self._titled(info)
        if distribution is not None:
            return self._recognise_titled(info, distribution, scanned)
        if before is not None and not is_runtime(info.argv) and self._may_be_half_written(info):
            return self._starting(info, before)
        return self._recognise_untitled(info)

    def _titled(self, info: ProcessInfo) -> Distribution | None:
        """The product whose gateways bear its title: that is its whole command line, and exactly that.

        Commands and exporters may be called alike, in front or in the kernel's short name, which is cut.
        """
        return self._titles.get(info.argv[0]) if len(info.argv) == 1 else None

    def _may_be_half_written(self, info: ProcessInfo) -> bool:
        """Whether its arguments are gone, or are just being overwritten by a title. Then some of them still follow."""
        if not info.argv or not info.argv[0]:
            return True
        now = self._host.clock.monotonic()
        since = self._half_written.setdefault(info.identity, now)
        return info.argv[0].startswith(tuple(self._titles)) and now - since <= _HALF_WRITTEN_S

    def _recognise_titled(
        self, info: ProcessInfo, distribution: Distribution, scanned: Mapping[int, ProcessInfo]
    ) -> GatewayProcess | None:
        if not self._is_at_home(info):
            return None
        shared = distribution.is_shared_title(info.argv[0])
        told = self._told.get(info.identity)
        if told is None:
            # What had these arguments before and bears this title now may itself be the gateway that runs a command.
            remembered = {} if shared else self._told
            told = told_by_launcher(info, distribution, scanned, remembered, self._distributions)
        if told is None:
            return self._with_places(GatewayProcess(info, distribution.name, titled=True, by_name_only=shared))
        self._told[info.identity] = told
        known = GatewayProcess(info, distribution.name, titled=True, profile=told.profile, port=told.port)
        return self._with_places(known)

    def _recognise_untitled(self, info: ProcessInfo) -> GatewayProcess | None:
        """A gateway that has not set its title yet: its arguments still stand there."""
        call = serving_call(info.argv, self._distributions)
        if call is None or not self._is_at_home(info):
            return None
        told = self._told[info.identity] = Told.by(call, info.argv)
        return self._starting(info, told)

    def _starting(self, info: ProcessInfo, told: Told) -> GatewayProcess:
        starting = GatewayProcess(info, told.distribution, titled=False, profile=told.profile, port=told.port)
        return self._with_places(starting)

    def _is_at_home(self, info: ProcessInfo) -> bool:
        """Whether the process is of this home: nothing that is tried in a demo reaches a gateway outside of it."""
        home = self._host.demo_home
        if home is None:
            return True
        values = self._host.processes.environment(info.pid, frozenset({DEMO_VARIABLE}))
        return values is not None and values.get(DEMO_VARIABLE) == home

    def _with_places(self, gateway: GatewayProcess) -> GatewayProcess:
        """Add where it runs, and what its files and its environment say of its places."""
        gateway = replace(gateway, placement=self._host.processes.placement(gateway.info))
        placed = self._with_named_places(gateway)
        if placed.placement is None or placed.root is None or placed.elsewhere:
            return placed
        if _works_in_other_files(self._host, placed, self._distribution(placed)):
            return replace(placed, placement=replace(placed.placement, own_files=False))
        return _by_own_paths(self._host, placed, placed.root)

    def _with_named_places(self, gateway: GatewayProcess) -> GatewayProcess:
        """Add what its files and its environment say of its places.

        A command of the product holds the same database open, and has the same variables, as the gateway that runs it:
        of what may be one, only a lock counts.
        """
        distribution, pid = self._distribution(gateway), gateway.info.pid
        files = tuple(str(path) for path in self._host.processes.open_files(pid) or ())
        locks = tuple(Path(name) for name in files if "/gateway." in name and name.endswith(".lock"))
        gateway = replace(gateway, lock_paths=locks, age=self._age(gateway.info, distribution))
        if gateway.by_name_only and not locks:
            return gateway
        inherited = self._inherited_places(gateway.info, distribution)
        gateway = replace(gateway, demo_home=inherited.demo_home)
        if gateway.by_name_only:
            return gateway
        found = _state_dir_of(files, distribution, inherited.temporary_dir)
        gateway = replace(gateway, home=inherited.home, temporary_dir=inherited.temporary_dir)
        if found is not None:
            return replace(gateway, state_dir=found[0], placed_by=found[1])
        state_dir, config_path = inherited.state_dir, inherited.config_path
        if state_dir or config_path:
            return replace(gateway, state_dir=state_dir, config_path=config_path, placed_by=Proof.ENVIRONMENT)
        if gateway.profile is None and not locks:
            own = tuple(name for name in files if f"/{distribution.state_dir_stem}" in name)
            gateway = replace(gateway, files=own, working_dir=self._host.processes.working_dir(pid))
        return gateway

    def _age(self, info: ProcessInfo, distribution: Distribution) -> Age:
        seconds = (self._host.clock.now() - info.started_at).total_seconds()
        limits = {Age.FRESH: _FRESH_S, Age.STARTING: distribution.start_budget_s, Age.SLOW: _SLOWEST_START_S}
        return next((age for age, limit in limits.items() if seconds < limit), Age.GROWN)

    def _distribution(self, gateway: GatewayProcess) -> Distribution:
        return next(known for known in self._distributions if known.name == gateway.distribution)

    def _inherited_places(self, info: ProcessInfo, distribution: Distribution) -> _InheritedPlaces:
        """Return the places that the environment of the process names."""
        dirs, configs = distribution.variables("STATE_DIR"), distribution.variables("CONFIG_PATH")
        wanted = frozenset((*dirs, *configs, *distribution.variables("HOME"), "HOME", "TMPDIR", DEMO_VARIABLE))
        values = self._host.processes.environment(info.pid, wanted)
        if values is None:
            return _InheritedPlaces()
        usual = inherited_home(values) or (self._host.home if info.uid == self._host.uid else None)
        home = named_home(values, distribution.variables("HOME"), usual)
        return _InheritedPlaces(
            state_dir=_first_path((values.get(name) for name in dirs), home),
            config_path=_first_path((values.get(name) for name in configs), home),
            home=home,
            temporary_dir=_first_path([values.get("TMPDIR")], home),
            demo_home=values.get(DEMO_VARIABLE),
        )


def named_places(gateway: GatewayProcess) -> Iterator[Path]:
    """The state dirs that its environment, its files and its locks name, as it calls them."""
    if gateway.state_dir is not None:
        yield gateway.state_dir
    if gateway.config_path is not None:
        yield gateway.config_path.parent
    for path in gateway.lock_paths:
        lock = read_lock(_below(gateway.root, path) if gateway.root else path, gateway.distribution)
        if isinstance(lock, LockFile):
            yield lock.state_dir or lock.config_path.parent


def _works_in_other_files(host: Host, gateway: GatewayProcess, distribution: Distribution) -> bool:
    """Whether the state dir of a gateway with paths of its own is none of this host.

    Where nothing names it, it may be any in its home that another one has been mounted over.
    """

    def here(path: Path) -> bool:
        return host.processes.shares_file(gateway.info.pid, path, path) is True

    named = list(named_places(gateway))
    return not any(map(here, named)) if named else not all(map(here, _state_dirs_in_home(gateway, distribution)))


def _state_dirs_in_home(gateway: GatewayProcess, distribution: Distribution) -> Iterator[Path]:
    """Its product's state dirs in its own home, as it sees them."""
    if gateway.root is None or gateway.home is None:
        return iter(())
    stems = (distribution.state_dir_stem, *distribution.legacy_state_dir_stems)
    found = listing_of(_below(gateway.root, gateway.home))
    return (gateway.home / name for name in found.names if name.startswith(stems))


def _by_own_paths(host: Host, gateway: GatewayProcess, root: Path) -> GatewayProcess:
    """The gateway with only those of its paths that lead to the same files here; its locks are read as it sees them."""

    def own(path: Path | None) -> Path | None:
        return path if path is not None and host.processes.shares_file(gateway.info.pid, path, path) else None

    def readable(path: Path) -> Path:
        return own(path) or _below(root, path)

    state_dir, config_path = own(gateway.state_dir), own(gateway.config_path)
    return replace(
        gateway,
        state_dir=state_dir,
        config_path=config_path,
        placed_by=gateway.placed_by if state_dir or config_path else None,
        lock_paths=tuple(map(readable, gateway.lock_paths)),
        home=own(gateway.home),
        temporary_dir=own(gateway.temporary_dir),
        working_dir=own(gateway.working_dir),
    )


def _below(root: Path, path: Path) -> Path:
    """Where an absolute path of a process with that root is found here; it may begin with two slashes."""
    return Path(f"{root}/{path}")


def _is_settled(gateway: GatewayProcess) -> bool:
    """Whether the gateway need not be looked at again: one that still starts has not opened its files yet."""
    placed = gateway.placed_by is not None and (
        gateway.placed_by is not Proof.WORKING_PLACE or gateway.age > Age.STARTING
    )
    return gateway.titled and (placed or bool(gateway.lock_paths))


def _lives(identity: Identity, scanned: Mapping[int, ProcessInfo]) -> bool:
    info = scanned.get(identity.pid)
    return info is not None and info.identity == identity


def _state_dir_of(
    files: Iterable[str], distribution: Distribution, temporary_dir: Path | None
) -> tuple[Path, Proof] | None:
    """The state dir in which the process holds a lock open, where its product keeps locks there, else a database.

    A database proves nothing: commands open it, too. Earlier versions keep locks in the temporary dir, which may be
    called `~/tmp`.
    """
    keeps_locks_there = any("{state_dir}" in rule.dir for rule in distribution.locks)
    temporary = real_path(temporary_dir) if temporary_dir is not None else None
    worked_in = None
    for name in files:
        in_lock_dir = keeps_locks_there and os.path.dirname(os.path.dirname(name)) != temporary  # noqa: PTH120
        lock = _LOCK_IN_STATE_DIR.match(name) if in_lock_dir else None
        if lock is not None and name.endswith(".lock"):
            return Path(lock["state_dir"]), Proof.OPEN_FILES
        worked_in = worked_in or lock or _DATABASE_IN_STATE_DIR.match(name)
    return (Path(worked_in["state_dir"]), Proof.WORKING_PLACE) if worked_in is not None else None


def _first_path(values: Iterable[str | None], home: Path | None) -> Path | None:
    """The first absolute path, or one in the home."""
    paths = (expand_home(value.strip(), home) if home else Path(value.strip()) for value in values if value)
    return next((path for path in paths if path.is_absolute()), None)
