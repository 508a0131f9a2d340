"""What a dashboard has last seen of this host: as much of it as the next one is compared with, in a small file.

Only dashboards write it: it tells since when nobody has looked. The last of several that are open counts, and one that
was killed leaves what it saw until then.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import ConfigDict

from gateway_core.decoding import decode_model, encode_model
from gateway_core.dirs import last_seen_file
from gateway_core.files import identify
from gateway_core.host import Host
from gateway_core.own_files import read_own_text, replace_file
from gateway_core.processes.boot import boot_id
from gateway_core.snapshot import Instance, Model, ProcessSignal, ServiceSignal, Signals, Snapshot, State
from gateway_core.timestamps import Timestamp

_LARGEST = 4 << 20
_MOST = 2_000  # gateways; no host comes near


class _Kept(Model):
    model_config = ConfigDict(extra="ignore")  # another version may have written it


class SeenProcess(_Kept):
    """The process of a gateway."""

    pid: int
    start: int | None = None  # as in its `Identity`, counted from the boot of the record
    started_at: Timestamp


class SeenUnit(_Kept):
    """A service of a gateway."""

    manager: str
    name: str
    path: str = ""
    restarts: int | None = None
    main_pid: int | None = None
    enabled: bool | None = None
    ran_it: bool = False  # whether the gateway's process was that of the service


class SeenGateway(_Kept):
    """An instance as it was."""

    id: str
    distribution: str
    profile: str | None = None
    state: State
    reason: str = ""
    state_dir: str | None = None
    config_path: str | None = None
    config_exists: bool = False
    config_valid: bool = False
    config_written: tuple[int, ...] = ()  # size and mtime (ns) of the config file
    version: str | None = None
    port: int | None = None  # the base port by its config
    process: SeenProcess | None = None
    units: tuple[SeenUnit, ...] = ()


class LastSeen(_Kept):
    """The gateways of the host at one moment."""

    seen_at: Timestamp
    boot: str = ""  # the boot that starts of processes are counted from
    gateways: tuple[SeenGateway, ...] = ()

    def gateway(self, instance_id: str) -> SeenGateway | None:
        return next((one for one in self.gateways if one.id == instance_id), None)


@dataclass(frozen=True, slots=True)
class ReadRecord:
    """The record of a host; without one, the fault says why it cannot be used, unless there never was one."""

    record: LastSeen | None = None
    fault: str | None = None


class LastSeenFile:
    """The record in claw-tui's state dir. Blocks."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self.path = last_seen_file(host)

    def read(self) -> ReadRecord:
        """The record that was last written; a spoilt one is a fault, and is no more once another is written.

        It is never of a later time than now: if the clock was put back, how much time has passed is not known.
        """
        content = read_own_text(self.path, _LARGEST)
        if not content.exists:
            return ReadRecord()
        fault = content.fault
        if content.text is not None:
            try:
                return ReadRecord(_until(self._host.clock.now(), decode_model(LastSeen, content.text)))
            except ValueError:
                fault = "holds no record of what was last seen"
        return ReadRecord(fault=f"{self.path}: the file {fault}. What happened since is not known; it is begun anew.")

    def write(self, record: LastSeen) -> None:
        """Put this in the place of what was there. Raises `OSError`."""
        replace_file(self.path, encode_model(record))

    def record_of(self, snapshot: Snapshot, earlier: LastSeen | None) -> LastSeen:
        """What is kept of a snapshot; what could not be seen in it stays as it was. Demos end by themselves."""
        boot = boot_id(self._host)
        usable = earlier if earlier is not None and earlier.boot == boot else None
        seen = [_gateway(one, usable) for one in snapshot.instances if not one.demo]
        hidden = usable.gateways if usable is not None and hides_gateways(snapshot) else ()
        there = {one.id for one in seen}
        kept = (*seen, *(one for one in hidden if one.id not in there))
        return LastSeen(seen_at=self._host.clock.now(), boot=boot, gateways=kept[:_MOST])


def _until(now: datetime, record: LastSeen) -> LastSeen:
    return record if record.seen_at <= now else record.model_copy(update={"seen_at": now})


def hides_gateways(snapshot: Snapshot) -> bool:
    """Whether a gateway that is not in the snapshot may be there all the same."""
    return any(problem.unseen for problem in snapshot.problems)


def kept_of(snapshot: Snapshot) -> Hashable:
    """What of a snapshot is worth another write: the record differs if this does, but for what a config file tells."""
    return tuple(
        (one.id, one.state, one.version, one.configured_port, one.config.exists, one.config.valid, _life(one.signals))
        for one in snapshot.instances
    )


def _life(signals: Signals) -> Hashable:
    process = signals.process
    units = tuple((unit.name, unit.restarts, unit.main_pid, unit.enabled) for unit in signals.services)
    return (process.pid, process.start) if process is not None else None, units


def config_written(path: str | None) -> tuple[int, ...]:
    """Size and mtime (ns) of a config file; nothing where there is none. Blocks."""
    return identify(Path(path))[2:4] if path is not None else ()


def _gateway(instance: Instance, earlier: LastSeen | None) -> SeenGateway:
    unseen = instance.signals.process is None and instance.state is State.UNKNOWN
    known = earlier.gateway(instance.id) if unseen and earlier is not None else None
    return _as_seen(instance) if known is None else known


def _as_seen(instance: Instance) -> SeenGateway:
    process, port = instance.signals.process, instance.configured_port
    return SeenGateway(
        id=instance.id,
        distribution=instance.distribution,
        profile=instance.profile,
        state=instance.state,
        reason=instance.reason,
        state_dir=instance.state_dir,
        config_path=instance.config_path,
        config_exists=instance.config.exists,
        config_valid=instance.config.valid,
        config_written=config_written(instance.config_path),
        version=instance.version,
        port=port.value if port is not None else None,
        process=None if process is None else _process(process),
        units=tuple(_unit(service, process) for service in instance.signals.services),
    )


def _process(process: ProcessSignal) -> SeenProcess:
    return SeenProcess(pid=process.pid, start=process.start, started_at=process.started_at)


def _unit(service: ServiceSignal, process: ProcessSignal | None) -> SeenUnit:
    return SeenUnit(
        manager=service.manager,
        name=service.name,
        path=service.path,
        restarts=service.restarts,
        main_pid=service.main_pid,
        enabled=service.enabled,
        ran_it=process is not None and process.is_run_by(service),
    )
