"""What a witness can say about one instance, before anything is joined."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from gateway_core.discovery.locks import LockFile
from gateway_core.discovery.processes import GatewayProcess
from gateway_core.services.definitions import ServiceDefinition


class FoundBy(StrEnum):
    """Who knows of an instance; declared from the most to the least trusted about what it is."""

    REGISTRATION = "registration"
    PROCESS = "process"
    LOCK = "lock"
    SERVICE = "service"
    STATE_DIR = "state-dir"
    ENVIRONMENT = "environment"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One witness's word: at least one of state dir and config path is known."""

    witness: FoundBy
    distribution: str
    state_dir: Path | None = None
    config_path: Path | None = None
    profile: str | None = None
    label: str | None = None
    service: ServiceDefinition | None = None
    lock: LockFile | None = None
    process: GatewayProcess | None = None
