"""Obstacles that would make a start fail, as far as they can be known before."""

from __future__ import annotations

from collections.abc import Iterable

from gateway_core.distributions.model import Distribution
from gateway_core.health.facts import InstanceFacts
from gateway_core.health.wording import spoken_holder
from gateway_core.ports.claims import block_of
from gateway_core.snapshot import Instance, Listener, ServiceSignal


def start_obstacle(facts: InstanceFacts) -> str | None:
    """Return why a start would fail, or is refused for what it would harm; `None` if nothing speaks against it."""
    if obstacle := config_obstacle(facts):
        return obstacle
    if obstacle := mode_obstacle(facts):
        return obstacle
    if facts.base_port is None:
        return "no usable base port is configured"
    # A service brings its own command line: what is on PATH does not matter to it.
    if not facts.services and not facts.command_installed:
        return f"the command {facts.command} is not installed"
    return service_obstacle(facts) or facts.hazard or facts.conflict


def mode_obstacle(facts: InstanceFacts) -> str | None:
    if facts.gateway_mode == "local" or facts.unconfigured:
        return None
    mode = f"is “{facts.gateway_mode}”" if facts.gateway_mode else "is not set"
    return f"gateway.mode {mode}: the gateway starts only with “local”"


def elsewhere_obstacle(facts: InstanceFacts) -> str | None:
    """Return the mode if it is there, and for the use of a gateway elsewhere: its port may be that of a tunnel."""
    return mode_obstacle(facts) if facts.gateway_mode is not None else None


def service_obstacle(facts: InstanceFacts) -> str | None:
    """Return why its manager would not start any of its services; `None` if it would, or there is none."""
    lacking = [service for service in facts.services if service.missing_files]
    if not lacking or len(lacking) < len(facts.services):
        return None
    return f"{lacking[0].name} needs the environment file {lacking[0].missing_files[0]}, which does not exist"


def config_obstacle(facts: InstanceFacts) -> str | None:
    if not facts.config.exists:
        return None if facts.unconfigured else "its config does not exist"
    if facts.config.valid:
        return None
    issue = next(iter(facts.config.issues), None)
    if issue is None:
        return "its config is invalid"
    fault = issue.message.removesuffix(".")  # a reason is a part of a sentence
    return f"its config is invalid: {issue.path + ': ' if issue.path else ''}{fault}"


def run_instead(instance: Instance, instances: Iterable[Instance]) -> tuple[ServiceSignal, Instance] | None:
    """Return a service of the instance that runs another one's gateway: it was edited since that was started."""
    for service in instance.signals.services if instance.signals.process is None else ():
        for other in instances:
            process = other.signals.process
            if process is not None and other.id != instance.id and service.main_pid in process.lineage:
                return service, other
    return None


def start_hazard(
    distribution: Distribution, version: str | None, base: int, listeners: Iterable[Listener], instance_id: str
) -> str | None:
    """Return who holds a port of that base's block, and what a start would do about it; `None` if it harms nobody.

    On any address: such a product looks for listeners by port alone.
    """
    hazard = distribution.start_hazard
    if hazard is None:
        return None
    block = block_of(distribution, version, base)
    others = (listener for listener in listeners if listener.instance != instance_id)
    found = next((listener for listener in others if block.start <= listener.port <= block.end), None)
    return f"{spoken_holder(found)}, and {hazard.explanation}" if found is not None else None
