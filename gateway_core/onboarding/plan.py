"""The plan: everything that a run would do, before anything is touched. Holds no secret."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from gateway_core.onboarding.choices import Preset
from gateway_core.operations import Failure, Step
from gateway_core.snapshot import Claim, Instance, Model, PlannedInstance, PortRange, State


class TokenRoute(StrEnum):
    """The source of the gateway's token. No route leads over a command line."""

    ENVIRONMENT = "environment"
    """claw-tui generates it and hands it over in the environment of the one command that writes the config."""
    DISTRIBUTION = "distribution"  # the distribution generates it, and claw-tui never sees it
    KEPT = "kept"  # the token that the config has stays


class PlannedCommand(Model):
    """A command that the run would execute."""

    step: str
    argv: tuple[str, ...]
    environment: tuple[str, ...] = ()
    """The names of the variables that the command gets beside those that any program needs; never their values."""
    shown: str  # the command as one would type it


class PlannedPath(Model):
    """A file or directory that will be there afterwards."""

    path: str
    purpose: str
    exists: bool


class Plan(Model):
    """The plan of a run. Part of the JSON contract, schema 1."""

    instance: str
    distribution: str
    version: str
    command: str
    preset: Preset
    profile: str
    state_dir: str
    config_path: str
    workspace: str
    base_port: int
    block: PortRange  # from the base port to the last port that derives from it
    claims: tuple[Claim, ...]
    bind: str
    auth: str
    token: TokenRoute
    token_note: str
    kept_auth: str | None = None
    """The auth mode of an existing profile whose token or password stays, unless another mode is chosen."""
    service: bool
    start: bool
    existing: bool  # the profile is there already and would be changed
    changes: tuple[str, ...] = ()
    accepted_risk: bool  # without it there is a plan, but no run
    commands: tuple[PlannedCommand, ...]
    creates: tuple[PlannedPath, ...]
    warnings: tuple[str, ...] = ()
    reminders: tuple[str, ...] = ()  # to be done by the user afterwards
    known_conflicts: tuple[str, ...] = ()  # ids of conflicts that an existing profile has already


@dataclass(frozen=True, slots=True)
class InstancePlaces:
    """The places that an instance, there or planned, has for itself."""

    id: str
    distribution: str
    state_dir: Path | None
    config_path: Path | None
    workspace: Path | None

    @classmethod
    def of(cls, instance: Instance) -> InstancePlaces:
        paths = (
            Path(path) if path else None for path in (instance.state_dir, instance.config_path, instance.workspace)
        )
        return cls(instance.id, instance.distribution, *paths)

    @classmethod
    def planned(cls, plan: Plan | PlannedInstance) -> InstancePlaces:
        paths = map(Path, (plan.state_dir, plan.config_path, plan.workspace))
        return cls(plan.instance, plan.distribution, *paths)


class OnboardingResult(Model):
    """The result of a run: the plan, what is there now, and what went wrong. Part of the JSON contract, schema 1."""

    instance: str
    ok: bool
    plan: Plan
    created: tuple[str, ...] = ()
    """The paths that are there now and were not before; a directory stands for all that is in it."""
    error: Failure | None = None
    state: State = State.UNKNOWN  # as a look at the system after the last step shows it
    steps: tuple[Step, ...] = ()
    control_url: str | None = None  # the Control UI's address, without a token, if the gateway runs
    journal: str | None = None
    """The journal by which a run that failed is resumed or undone; `None` if there is nothing to resume or undo."""
