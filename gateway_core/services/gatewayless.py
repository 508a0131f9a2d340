"""Services that are called like a gateway's though no gateway is seen in them: they are told, never passed over."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from gateway_core.distributions.homes import gateway_home
from gateway_core.distributions.model import DEFAULT_PROFILE, Distribution, profile_suffix
from gateway_core.host import ManagerName
from gateway_core.redaction.terminal import printable
from gateway_core.services.manager import Manager, ServiceContent
from gateway_core.snapshot import Problem

_CONTAINER_PROGRAMS = frozenset({"docker", "docker-compose", "podman", "podman-compose", "nerdctl"})
"""What starts containers: the gateway is in there."""


@dataclass(frozen=True, slots=True)
class Gatewayless:
    """A service that is called like a gateway's, and the problem with it as long as no gateway is seen to run in it."""

    manager: ManagerName
    name: str
    problem: Problem


def gatewayless(
    content: ServiceContent, manager: Manager, name: str, path: Path, home: Path, distributions: Iterable[Distribution]
) -> Gatewayless | None:
    """A service of that name that starts no gateway; `None` if nobody would take it for a gateway's.

    `home` is the one that the manager gives it. What its product installs under that name is always meant;
    `openclaw-rescue.service` is, where there is a profile `rescue` or it names a place of one, unless it says or seems
    to be something else.
    """
    program = next(iter(content.argv), "")
    if program.rpartition("/")[2] in _CONTAINER_PROGRAMS:
        return None
    for distribution in distributions:
        for profile, own in _profiles(distribution, name.replace("@.", ".")):
            there = _is_there(distribution, profile, gateway_home(distribution, content.environment, home))
            meant = there or _names(content, distribution, "HOME", "PROFILE")
            other = content.occasional or _names(content, distribution, "SERVICE_KIND")
            if (there or not content.occasional) if own else (meant and not other):
                message = _message(distribution, profile, program, manager, name, path)
                return Gatewayless(manager.name, name, Problem(where=str(path), message=message))
    return None


def _names(content: ServiceContent, distribution: Distribution, *names: str) -> bool:
    """Whether its environment sets one of those variables of the distribution."""
    return any(content.environment.get(key) for name in names for key in distribution.variables(name))


def _profiles(distribution: Distribution, name: str) -> Iterator[tuple[str, bool]]:
    """The profiles whose service may have that name, and whether it is the one that their product gives it."""
    names = distribution.services
    if name in (names.launchd_label, *names.legacy_launchd_labels):
        yield DEFAULT_PROFILE, True
    for template, own in (
        (names.systemd_unit, True),
        (f"{distribution.command}{{suffix}}.service", False),
        (names.launchd_profile_label, False),
    ):
        head, _, tail = template.format(suffix="\0", profile="\0").partition("\0")
        part = name.removeprefix(head).removesuffix(tail)
        profile = part.removeprefix("-") or DEFAULT_PROFILE
        if name == template.format(suffix=profile_suffix(profile), profile=profile):
            yield profile, own


def _is_there(distribution: Distribution, profile: str, home: Path) -> bool:
    stems = (distribution.state_dir_stem, *(distribution.legacy_state_dir_stems if profile == DEFAULT_PROFILE else ()))
    return any(os.path.isdir(home / f"{stem}{profile_suffix(profile)}") for stem in stems)  # noqa: PTH112


def _message(distribution: Distribution, profile: str, program: str, manager: Manager, name: str, path: Path) -> str:
    runs = f"it runs {printable(program)}" if program else "it runs nothing"
    return (
        f"This service is called like that of {distribution.name}:{profile}, but no gateway is seen in it: {runs}. "
        f"If that starts one, set {distribution.environment_prefix}STATE_DIR in it; "
        f"if nobody needs it: {manager.removal_command(name, path)}"
    )
