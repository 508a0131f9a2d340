"""The instances that write a log, and whose line each line is.

Early versions of all products write the lines of every profile into one file. No line names its profile or its pid:
`_meta.hostname` is the same for all, where it is known at all. What tells an instance is what the line is about, and
only where it is about the writer itself: its paths, the ports that it binds, its pid, its profile in a command. A
connection that was told once carries its instance on to its other lines. All else stays without an instance; a guess by
neighbourhood or time would be wrong as soon as two gateways are busy. Ports and paths are those of the snapshot: a port
that was moved from one profile to another tells the new one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from gateway_core.logs.records import LogRecord
from gateway_core.snapshot import Binding, Instance

_ABOUT_OTHERS = re.compile(r"another gateway|already listening|already running")
_OWN_PORT = re.compile(
    r"(?:listening on |failed to bind |\bhost=|\"host\":\")(?:\w{2,5}://)?(?:\[[\da-f:.]+\]|[\w.*-]+):(\d{1,5})\b"
    r"|\bport\"?[=:] ?(\d{1,5})\b"
)
_PID = re.compile(r"\bpid\"?[=: ] ?(\d{1,9})\b", re.IGNORECASE)
_PROFILE = re.compile(r"--profile[ =]([a-z0-9][a-z0-9_-]{0,63})\b", re.IGNORECASE)
_CONNECTION = re.compile(r"\bconn(?:Id)?\"?[=:]\"?([0-9a-f]{8}-[0-9a-f-]{27})\b")
_CLOCK_SLACK = timedelta(seconds=5)
_REMEMBERED_CONNECTIONS = 4096
Owned = TypeVar("Owned", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Writer:
    """An instance that writes a log, and what may tell that a line is its own."""

    instance: str
    ports: frozenset[int] = frozenset()  # the ports that the instance binds for sure
    paths: frozenset[str] = frozenset()  # State dir, config and workspace, in full and as `~/…`
    profile: str | None = None
    pid: int | None = None
    since: datetime | None = None
    """The time when the process `pid` began: older lines that name this number are another's."""


def writer_of(instance: Instance, home: Path) -> Writer:
    process = instance.signals.process
    return Writer(
        instance.id,
        ports=frozenset(_ports(instance)),
        paths=frozenset(_paths(instance, home)),
        profile=instance.profile,
        pid=process.pid if process else None,
        since=process.started_at if process else None,
    )


def _ports(instance: Instance) -> Iterator[int]:
    known = (instance.live_port, instance.base_port.value if instance.base_port else None)
    yield from (port for port in known if port is not None)
    yield from (claim.start for claim in instance.claims if claim.binding is Binding.ALWAYS)


def _paths(instance: Instance, home: Path) -> Iterator[str]:
    for path in (instance.state_dir, instance.config_path, instance.workspace):
        if path is not None and path != str(home):
            yield path
            if Path(path).is_relative_to(home):
                yield f"~/{Path(path).relative_to(home)}"


class Assignment:
    """Assigns the lines of one log to the instances that write it, in either direction of time."""

    def __init__(self, writers: Sequence[Writer]) -> None:
        self._only = writers[0].instance if len(writers) == 1 else None
        self._writers = {writer.instance: writer for writer in writers}
        self._by_port = _unshared(writers, lambda writer: writer.ports)
        self._by_path = _unshared(writers, lambda writer: writer.paths)
        self._by_pid = _unshared(writers, lambda writer: () if writer.pid is None else (writer.pid,))
        self._by_profile = _unshared(writers, lambda writer: (writer.profile,) if writer.profile else ())
        self._by_connection: dict[str, str] = {}
        self._path = _any_of(path for writer in writers for path in writer.paths)

    def owner(self, record: LogRecord) -> tuple[str | None, bool]:
        """The only writer, or the one instance that everything in the line points to; and whether that is certain."""
        if self._only is not None:
            return self._only, True
        text = f"{record.name} {record.message}" if record.name else record.message
        connections = _CONNECTION.findall(text)
        told = {self._by_connection[found] for found in connections if found in self._by_connection}
        told.update(self._told_by(record, text))
        if len(told) != 1:
            return None, False
        (instance,) = told
        self._remember(connections, instance)
        return instance, True

    def _told_by(self, record: LogRecord, text: str) -> Iterator[str]:
        yield from (self._by_path[path] for path in self._path.findall(text) if path in self._by_path)
        yield from (self._by_profile[name] for name in _PROFILE.findall(text) if name in self._by_profile)
        if _ABOUT_OTHERS.search(text):
            return
        for first, second in _OWN_PORT.findall(text):
            if (port := int(first or second)) in self._by_port:
                yield self._by_port[port]
        for number in _PID.findall(text):
            if (writer := self._by_pid.get(int(number))) and self._lived(writer, record):
                yield writer

    def _lived(self, instance: str, record: LogRecord) -> bool:
        since = self._writers[instance].since
        return since is None or record.at is None or record.at >= since - _CLOCK_SLACK

    def _remember(self, connections: Iterable[str], instance: str) -> None:
        for connection in connections:
            self._by_connection[connection] = instance
        while len(self._by_connection) > _REMEMBERED_CONNECTIONS:
            del self._by_connection[next(iter(self._by_connection))]


def _unshared(writers: Sequence[Writer], things: Callable[[Writer], Iterable[Owned]]) -> dict[Owned, str]:
    """The things that only one writer has, and that writer."""
    owners: dict[Owned, set[str]] = {}
    for writer in writers:
        for thing in things(writer):
            owners.setdefault(thing, set()).add(writer.instance)
    return {thing: next(iter(found)) for thing, found in owners.items() if len(found) == 1}


def _any_of(paths: Iterable[str]) -> re.Pattern[str]:
    """A pattern for any path as a whole or followed by `/…`, the longest first: one may lie in another."""
    known = sorted(set(paths), key=len, reverse=True)
    if not known:
        return re.compile(r"(?!)")
    return re.compile(rf"(?<![\w.~/-])(?:{'|'.join(map(re.escape, known))})(?![\w-]|\.\w)")
