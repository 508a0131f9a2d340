"""What would make a start fail, as far as that can be known before."""

from __future__ import annotations

from gateway_core.health.facts import HealthFacts


def start_obstacle(facts: HealthFacts) -> str | None:
    """Why a start would fail, or is refused for what it would harm; `None` if nothing speaks against it."""
    if obstacle := config_obstacle(facts):
        return obstacle
    if facts.gateway_mode != "local":
        mode = f"is “{facts.gateway_mode}”" if facts.gateway_mode else "is not set"
        return f"gateway.mode {mode}: the gateway starts only with “local”"
    if facts.base_port is None:
        return "no usable base port is configured"
    # A service brings its own command line: what is on PATH does not matter to it.
    if not facts.services and not facts.command_installed:
        return f"the command {facts.command} is not installed"
    return facts.hazard or facts.conflict


def config_obstacle(facts: HealthFacts) -> str | None:
    """What is wrong with the config itself."""
    if not facts.config.exists:
        return "its config does not exist"
    if facts.config.valid:
        return None
    issue = next(iter(facts.config.issues), None)
    if issue is None:
        return "its config is invalid"
    return f"its config is invalid: {issue.path + ': ' if issue.path else ''}{issue.message}"
