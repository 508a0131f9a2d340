"""The rules about how the gateway can be reached, by whom, and who runs it."""

from __future__ import annotations

import shutil
from dataclasses import replace

from gateway_core.config.model import USUAL_AUTH, GatewaySettings
from gateway_core.distributions.model import OnboardRule
from gateway_core.host import Host
from gateway_core.onboarding.choices import ChoiceProblem, Choices, Field, ProblemCode, choice_problem
from gateway_core.services.managers import usual_manager
from gateway_core.snapshot import Instance

BINDS = ("loopback", "lan", "tailnet", "auto")
"""The modes that `onboard` takes in all versions; `custom` too, but not the address that goes with it."""
DEFAULT_BIND = "loopback"
DEFAULT_AUTH = USUAL_AUTH
_PASSWORD = "password"  # noqa: S105 - the name of a mode
LASTING_AUTHS = (DEFAULT_AUTH, _PASSWORD)  # the auth modes whose secret in the config can stay


def choices_kept(choices: Choices, settings: GatewaySettings, rule: OnboardRule) -> Choices:
    """Return the choices with what is left open as it is in the existing profile, as far as its `onboard` keeps it."""
    auth = _PASSWORD if _keeps_password(settings, rule) else None
    return replace(choices, bind=choices.bind or settings.bind, auth=choices.auth or auth)


def choices_copied(choices: Choices, source: Instance, settings: GatewaySettings) -> Choices:
    """Return the choices with what is left open as in the copied instance, but for what leads to credentials."""
    auth = DEFAULT_AUTH if settings.auth == DEFAULT_AUTH else None
    service = source.signals.service is not None if choices.service is None else choices.service
    return replace(choices, bind=choices.bind or settings.bind, auth=choices.auth or auth, service=service)


def bind_problem(choices: Choices, settings: GatewaySettings) -> ChoiceProblem | None:
    """Return what is wrong with the bind mode. `settings`: of the profile, if it is there already."""
    if choices.bind in (None, *BINDS):
        return None
    if choices.bind == "custom":
        if settings.custom_bind_host is not None:
            return None
        message = "“custom” needs an address, and no flag of onboarding takes one."
        hint = "Choose “loopback”; afterwards set gateway.customBindHost and gateway.bind in the config."
        return choice_problem(Field.BIND, ProblemCode.BIND_CUSTOM, message, hint, DEFAULT_BIND)
    message = f"There is no bind mode “{choices.bind}”."
    return choice_problem(
        Field.BIND, ProblemCode.BIND_UNKNOWN, message, f"Choose one of: {', '.join(BINDS)}.", DEFAULT_BIND
    )


def auth_problem(choices: Choices, settings: GatewaySettings, rule: OnboardRule) -> ChoiceProblem | None:
    """Return what is wrong with the auth mode. `settings`: of the profile, if it is there already.

    openclaw 2026.9.6 takes `OPENCLAW_GATEWAY_PASSWORD` of its environment as well, but does not write it down: the
    gateway would have no password at its next start.
    """
    if choices.auth in (None, DEFAULT_AUTH):
        return None
    if choices.auth == _PASSWORD:
        if _keeps_password(settings, rule):
            return None
        message = (
            "Onboarding keeps a password only from its command line, where every user of this machine can read it."
        )
        hint = "Choose “token”, or set a password in the terminal: run the distribution's own configure."
        return choice_problem(Field.AUTH, ProblemCode.AUTH_PASSWORD, message, hint, DEFAULT_AUTH)
    message = f"There is no auth mode “{choices.auth}”."
    return choice_problem(Field.AUTH, ProblemCode.AUTH_UNKNOWN, message, "Choose “token”.", DEFAULT_AUTH)


def token_problem(choices: Choices, rule: OnboardRule, product: str) -> ChoiceProblem | None:
    """Return why that product, named with its version, cannot be given a token.

    None takes one but on its command line or, from openclaw 2026.3.13, from its environment.
    """
    if not choices.own_token or rule.token_from_environment:
        return None
    message = f"{product} takes a token only on its command line, where every user of this machine can read it."
    hint = "Leave it out: then the product generates one itself, and claw-tui never sees it."
    return choice_problem(Field.OWN_TOKEN, ProblemCode.TOKEN_NOT_TAKEN, message, hint)


def _keeps_password(settings: GatewaySettings, rule: OnboardRule) -> bool:
    return settings.auth_mode == _PASSWORD and settings.auth_secret and rule.keeps_token


def service_problem(host: Host, choices: Choices) -> ChoiceProblem | None:
    program = usual_manager(host.platform, host.uid).program
    if not choices.service or shutil.which(program, path=host.environment.get("PATH")):
        return None
    message = f"There is no service manager here: {program} is not on PATH."
    hint = "Go on without a service; claw-tui starts the gateway as a process of yours."
    return choice_problem(Field.SERVICE, ProblemCode.NO_SERVICE_MANAGER, message, hint, "no")
