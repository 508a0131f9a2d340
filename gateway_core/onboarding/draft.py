"""A draft: choices that nothing is wrong with, and all that follows from them; it becomes the plan."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gateway_core.config.model import GatewaySettings
from gateway_core.distributions.model import OnboardRule
from gateway_core.distributions.versions import version_key
from gateway_core.files import listing_of
from gateway_core.host import Host
from gateway_core.onboarding.choices import Choices, Preset
from gateway_core.onboarding.commands import (
    InstalledCommand,
    onboard_arguments,
    product_call,
    token_variable,
)
from gateway_core.onboarding.plan import Plan, PlannedCommand, PlannedPath, TokenRoute
from gateway_core.onboarding.rules.exposure import DEFAULT_AUTH, DEFAULT_BIND, LASTING_AUTHS
from gateway_core.onboarding.rules.port import NewGateway
from gateway_core.onboarding.rules.profile import ProfilePlaces, adopted_dir
from gateway_core.ports.claimants import HiddenPorts
from gateway_core.ports.wording import hidden_ports_text
from gateway_core.services.managers import usual_manager
from gateway_core.shell_commands import own_command, shell_command
from gateway_core.snapshot import Instance


@dataclass(frozen=True, slots=True)
class Draft:
    """Choices that nothing is wrong with, and all that follows from them."""

    choices: Choices
    places: ProfilePlaces
    command: InstalledCommand
    planned: NewGateway
    base: int
    workspace: Path
    existing: Instance | None
    settings: GatewaySettings  # the settings of the existing config; without one, none is set
    copied: GatewaySettings | None
    hidden: HiddenPorts | None = None  # what hides whether the port is really free

    @property
    def rule(self) -> OnboardRule:
        return self.places.distribution.onboard_rule(self.command.version)

    @property
    def auth(self) -> str:
        return self.choices.auth or DEFAULT_AUTH

    @property
    def bind(self) -> str:
        return self.choices.bind or DEFAULT_BIND

    @property
    def bind_before(self) -> str:
        """The bind mode of the existing config, or the default where it has none."""
        return self.settings.bind or DEFAULT_BIND

    @property
    def has_config(self) -> bool:
        return self.existing is not None and self.existing.config.exists

    @property
    def may_have_secret(self) -> bool:
        """Whether the existing config has a token or a password, as far as it can be read."""
        return self.settings.auth_secret or (self.existing is not None and not self.existing.config.valid)

    @property
    def kept_auth(self) -> str | None:
        """The auth mode of the existing config, if its token or password stays unless another mode is chosen."""
        stays = self.has_config and self.may_have_secret and self.rule.keeps_token
        return self.settings.auth if stays and self.settings.auth in LASTING_AUTHS else None


def written_plan(host: Host, draft: Draft) -> Plan:
    """Return the plan of that draft. Looks at the disk for what is there already."""
    choices, places = draft.choices, draft.places
    route, note = _token(draft)
    plan = Plan(
        instance=places.id,
        distribution=places.distribution.name,
        version=draft.command.version,
        command=draft.command.path,
        preset=choices.preset,
        profile=places.profile,
        state_dir=str(places.state_dir),
        config_path=str(places.config_path),
        workspace=str(draft.workspace),
        base_port=draft.base,
        block=draft.planned.block(draft.base),
        claims=draft.planned.claims(draft.base),
        bind=draft.bind,
        auth=draft.auth,
        token=route,
        token_note=note,
        kept_auth=draft.kept_auth,
        service=bool(choices.service),
        start=choices.start,
        existing=draft.existing is not None,
        changes=tuple(_changes(draft)),
        accepted_risk=choices.accepted_risk,
        commands=(),
        creates=tuple(_creates(host, draft)),
        warnings=tuple(_warnings(host, draft)),
        reminders=tuple(_reminders(draft)),
        known_conflicts=tuple(sorted(draft.planned.known_conflicts)),
    )
    return plan.model_copy(update={"commands": tuple(_commands(host, draft, plan))})


def _token(draft: Draft) -> tuple[TokenRoute, str]:
    title = draft.places.distribution.title
    if draft.auth == draft.kept_auth:
        return TokenRoute.KEPT, f"The {draft.auth} that the config has stays."
    if draft.choices.own_token:
        variable = token_variable(draft.places.distribution)
        return TokenRoute.ENVIRONMENT, f"claw-tui generates a token and passes it as {variable}, to this command only."
    return TokenRoute.DISTRIBUTION, f"{title} generates a token and keeps it in its config."


def _changes(draft: Draft) -> Iterator[str]:
    """Yield what an existing profile loses or gets, the token first: it is what everything connects with."""
    existing = draft.existing
    if existing is None or not draft.has_config:
        return
    if draft.auth != draft.settings.auth:
        changed = f"Its auth changes from {draft.settings.auth} to {draft.auth}"
        yield f"{changed}: whatever connects with it has to be told the new one."
    elif draft.auth == draft.kept_auth:
        yield f"Its {draft.auth} stays."
    elif not draft.may_have_secret:
        yield "It gets a token: whatever connects with it has to be told."
    else:
        yield "Its token is replaced: whatever connects with the old one has to be told the new one."
    if existing.base_port is not None and existing.base_port.value != draft.base:
        yield f"Its base port changes from {existing.base_port.value} to {draft.base}."
    if draft.bind != draft.bind_before:
        yield f"Its bind changes from {draft.bind_before} to {draft.bind}."
    if existing.workspace not in (None, str(draft.workspace)):
        yield f"Its workspace changes from {existing.workspace} to {draft.workspace}."
    yield f"{existing.config_path} is written anew; comments in it are lost, a copy stays beside it."


def _creates(host: Host, draft: Draft) -> Iterator[PlannedPath]:
    places = draft.places
    yield _path(places.state_dir, "state dir: config, credentials, sessions")
    yield _path(places.config_path, "config")
    yield _path(draft.workspace, "workspace of the agents")
    if draft.choices.service:
        yield _path(service_path(host, places), "service definition")


def service_path(host: Host, places: ProfilePlaces) -> Path:
    """Return where the product's `gateway install` puts the service of that profile."""
    return usual_manager(host.platform, host.uid).installed_path(host.home, places.distribution, places.profile)


def _path(path: Path, purpose: str) -> PlannedPath:
    return PlannedPath(path=str(path), purpose=purpose, exists=os.path.lexists(path))


def _warnings(host: Host, draft: Draft) -> Iterator[str]:
    distribution, version, choices = draft.places.distribution, draft.command.version, draft.choices
    if draft.hidden is not None:
        told = hidden_ports_text(draft.hidden)
        yield f"Whether its ports are free could not be told for sure, as not everything could be seen: {told}."
    if distribution.newest_tried and version_key(version)[:3] > version_key(distribution.newest_tried)[:3]:
        yield (
            f"{distribution.title} {version} is newer than {distribution.newest_tried}, the newest that was tried;"
            " should it refuse a flag, nothing is lost."
        )
    if choices.bind == "lan":
        yield "Everybody in your network can reach the gateway; only its token keeps them out."
    if choices.bind == "auto":
        yield "“auto” is loopback on most machines, but every interface inside a container."
    if draft.existing is None and _has_entries(draft.workspace):
        yield f"{draft.workspace} is not empty: onboarding adds its files to what is there."
    if distribution.adopts_under_profiles and (older := adopted_dir(host, distribution)):
        copy = f"{distribution.title} may copy the config in {older} into a default instance of its own"
        yield f"{copy}, with its token and its port."
    if choices.preset is Preset.COPY_OF:
        if draft.copied is not None and draft.copied.auth != draft.auth:
            mode = f"The auth mode of {choices.copy_of} is {draft.copied.auth}, which onboarding does not set up"
            yield f"{mode}: this one gets {draft.auth}."
        yield f"Credentials are not copied from {choices.copy_of}: logins, channels and keys have to be set up anew."


def _reminders(draft: Draft) -> Iterator[str]:
    if draft.choices.preset in (Preset.RESCUE, Preset.COPY_OF, Preset.DEV):
        yield "Give it bot tokens of its own: two gateways on one bot token take each other's messages."
    yield "Set up a provider and channels in the terminal: onboarding without questions leaves them out."


def _commands(host: Host, draft: Draft, plan: Plan) -> Iterator[PlannedCommand]:
    distribution = draft.places.distribution
    arguments = onboard_arguments(
        distribution,
        plan.version,
        port=plan.base_port,
        bind=plan.bind,
        auth=plan.auth,
        workspace=draft.workspace,
        accepted_risk=plan.accepted_risk,
    )
    variables = (token_variable(distribution),) if plan.token is TokenRoute.ENVIRONMENT else ()
    yield _command(host, draft, plan, "onboard", arguments, variables)
    if plan.service:
        yield _command(host, draft, plan, "install-service", ("gateway", "install"))
    if plan.start and not plan.service:
        yield _command(host, draft, plan, "start", ("gateway", "--port", str(plan.base_port)))
    elif plan.service:
        verb = "start" if plan.start else "stop"  # `gateway install` starts it, whether that is wanted or not
        own = own_command(verb, plan.instance)
        yield PlannedCommand(step=verb, argv=own.argv, shown=str(own))


def _command(
    host: Host, draft: Draft, plan: Plan, step: str, arguments: tuple[str, ...], variables: tuple[str, ...] = ()
) -> PlannedCommand:
    called = product_call(host, draft.places.distribution, plan, *arguments)
    names = (*called.own_variables, *variables)
    return PlannedCommand(
        step=step, argv=called.argv, environment=names, shown=str(shell_command(called.argv, called.own_variables))
    )


def _has_entries(directory: Path) -> bool:
    return bool(listing_of(directory).names)
