"""What of an instance shows in log lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from gateway_core.snapshot import Binding, Instance


@dataclass(frozen=True, slots=True)
class Traces:
    """What may tell that a line was written by this instance."""

    instance: str
    ports: frozenset[int] = frozenset()
    """Those that it binds for sure."""
    paths: frozenset[str] = frozenset()
    """Its state dir, config and workspace, in full and as `~/…`."""
    profile: str | None = None
    pid: int | None = None
    since: datetime | None = None
    """When the process `pid` began: older lines that name this number are another's."""


def traces_of(instance: Instance, home: Path) -> Traces:
    """What the snapshot knows of it."""
    process = instance.signals.process
    return Traces(
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
