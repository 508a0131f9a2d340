"""How the gateway can be reached, by whom, and who runs it."""

from __future__ import annotations

import shutil

from gateway_core.host import Host
from gateway_core.onboarding.choices import ChoiceProblem, Choices, Field, ProblemCode

BINDS = ("loopback", "lan", "tailnet", "auto")
"""What `onboard` takes in all versions; `custom` too, but not the address that goes with it."""
DEFAULT_BIND = "loopback"
DEFAULT_AUTH = "token"
_MANAGERS = {"linux": "systemctl", "darwin": "launchctl"}


def bind_problem(choices: Choices) -> ChoiceProblem | None:
    """What is wrong with the bind mode."""
    if choices.bind in (None, *BINDS):
        return None
    if choices.bind == "custom":
        message = "“custom” needs an address, which onboarding cannot be told."
        hint = "Choose “loopback”; afterwards set gateway.bind and gateway.customBindHost in the config."
        return _problem(Field.BIND, ProblemCode.BIND_CUSTOM, message, hint, DEFAULT_BIND)
    message = f"There is no bind mode “{choices.bind}”."
    return _problem(Field.BIND, ProblemCode.BIND_UNKNOWN, message, f"Choose one of: {', '.join(BINDS)}.", DEFAULT_BIND)


def auth_problem(choices: Choices) -> ChoiceProblem | None:
    """What is wrong with the auth mode."""
    if choices.auth in (None, DEFAULT_AUTH):
        return None
    if choices.auth == "password":
        message = "Onboarding takes a password only on its command line, where every user of this machine can read it."
        hint = "Choose “token”, or set a password in the terminal: run the distribution's own configure."
        return _problem(Field.AUTH, ProblemCode.AUTH_PASSWORD, message, hint, DEFAULT_AUTH)
    message = f"There is no auth mode “{choices.auth}”."
    return _problem(Field.AUTH, ProblemCode.AUTH_UNKNOWN, message, "Choose “token”.", DEFAULT_AUTH)


def service_problem(host: Host, choices: Choices) -> ChoiceProblem | None:
    """Whether a service can be had."""
    manager = _MANAGERS[host.platform]
    if not choices.service or shutil.which(manager, path=host.environment.get("PATH")):
        return None
    message = f"There is no service manager here: {manager} is not on PATH."
    hint = "Go on without a service; claw-tui starts the gateway as a process of yours."
    return _problem(Field.SERVICE, ProblemCode.NO_SERVICE_MANAGER, message, hint, "no")


def _problem(field: Field, code: ProblemCode, message: str, hint: str, suggestion: str) -> ChoiceProblem:
    return ChoiceProblem(field=field, code=code, message=message, hint=hint, suggestion=suggestion)
