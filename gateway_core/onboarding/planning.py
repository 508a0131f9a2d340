"""The planning of an onboarding: a plan, or problems with the choices. Looks at the host, and touches nothing on it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from gateway_core.config.model import GatewaySettings
from gateway_core.config.reader import ConfigReader
from gateway_core.discovery.planned import PlannedInstances, not_there_yet
from gateway_core.distributions.homes import caller_home
from gateway_core.distributions.loader import Distributions, load_distributions
from gateway_core.distributions.model import Distribution, OnboardRule
from gateway_core.host import Host
from gateway_core.lifecycle.invocation import child_environment
from gateway_core.onboarding.choices import ChoiceProblem, Choices, Field, Preset, ProblemCode, choice_problem
from gateway_core.onboarding.commands import InstalledCommand, find_command, node_problem
from gateway_core.onboarding.draft import Draft, written_plan
from gateway_core.onboarding.journal import unfinished_journals
from gateway_core.onboarding.plan import InstancePlaces, Plan
from gateway_core.onboarding.proposals import FreeNames
from gateway_core.onboarding.rules.exposure import (
    auth_problem,
    bind_problem,
    choices_copied,
    choices_kept,
    service_problem,
    token_problem,
)
from gateway_core.onboarding.rules.place import home_problems, wanted_workspace, workspace_problem
from gateway_core.onboarding.rules.port import NewGateway, choose_port
from gateway_core.onboarding.rules.profile import (
    ProfilePlaces,
    name_problem,
    owner_of,
    places_of,
    profile_problems,
    wanted_profile,
)
from gateway_core.ports.claimants import HostPorts, claimant_of
from gateway_core.shell_commands import resume_command, undo_command
from gateway_core.snapshot import Instance, Snapshot

Problems = tuple[ChoiceProblem, ...]


async def make_plan(
    host: Host, snapshot: Snapshot, choices: Choices, command: InstalledCommand | ChoiceProblem | None = None
) -> Plan | Problems:
    """Return what a run with these choices would do, or every problem of every field.

    `command`: what `find_command` said about the distribution, for whoever plans again and again while the user types.
    """
    distributions = await asyncio.to_thread(load_distributions, host.config_dir)
    source = _source(snapshot, choices)
    if isinstance(source, ChoiceProblem):
        return (source,)
    name = choices.distribution or (source.distribution if source is not None else "")
    distribution = distributions.named(name)
    if distribution is None:
        return (unknown_distribution(distributions, name),)
    found = command or await find_command(host, distribution)
    snapshot = await asyncio.to_thread(_with_newest_plans, host, snapshot)
    planning = _ChoiceCheck(host, distributions, distribution, snapshot, choices, source, found)
    return await asyncio.to_thread(planning.result)


async def propose_profile(host: Host, snapshot: Snapshot, choices: Choices) -> str | None:
    """Return a free name for the profile of a gateway with these choices; `None` if none was found."""
    return await asyncio.to_thread(_proposed_profile, host, snapshot, choices)


def _proposed_profile(host: Host, snapshot: Snapshot, choices: Choices) -> str | None:
    distributions = load_distributions(host.config_dir)
    source = _source(snapshot, choices)
    known = source if isinstance(source, Instance) else None
    distribution = distributions.named(choices.distribution or (known.distribution if known else ""))
    if distribution is None:
        return None
    return FreeNames(host, distributions, distribution, _with_newest_plans(host, snapshot), choices, known).first


def _source(snapshot: Snapshot, choices: Choices) -> Instance | ChoiceProblem | None:
    if choices.preset is not Preset.COPY_OF:
        return None
    source = snapshot.instance(choices.copy_of or "")
    if source is not None:
        return source
    known = ", ".join(instance.id for instance in snapshot.instances) or "none"
    message = f"There is no instance “{choices.copy_of or ''}” to copy the choices of."
    return choice_problem(Field.COPY_OF, ProblemCode.COPY_OF_UNKNOWN, message, f"Known are: {known}.")


def unknown_distribution(distributions: Distributions, name: str) -> ChoiceProblem:
    """Return the problem that there is no distribution of that name, with those that there are."""
    known = [item.name for item in distributions]
    near = next(iter(get_close_matches(name.lower(), known, 1)), None)
    hint = f"{f'Did you mean {near}? ' if near else ''}Known are: {', '.join(known)}."
    message = f"There is no distribution “{name}”."
    return choice_problem(Field.DISTRIBUTION, ProblemCode.UNKNOWN_DISTRIBUTION, message, hint, near)


@dataclass(frozen=True, slots=True)
class _ChoiceCheck:
    """A check of one set of choices against one snapshot of the host. Blocks: it looks at the disk."""

    host: Host
    distributions: Distributions
    distribution: Distribution
    snapshot: Snapshot
    choices: Choices
    source: Instance | None
    command: InstalledCommand | ChoiceProblem

    def result(self) -> Plan | Problems:
        problems = [*self._command_problems()]
        source = self.source
        if source is not None and source.distribution != self.distribution.name:
            return (*problems, _of_another_product(source, self.distribution))
        copied = self._settings(source) if source is not None else None
        choices = self.choices if source is None or copied is None else choices_copied(self.choices, source, copied)
        problems += [problem for problem in (service_problem(self.host, choices),) if problem]
        profile = wanted_profile(choices, source)
        name = name_problem(choices, profile)
        places = places_of(self.host, self.distribution, profile if name is None else "new")
        if name is not None:
            found = [name]
        else:
            found = self._unfinished(places) or [
                *profile_problems(self.host, self.distributions, self.snapshot, choices, places)
            ]
        problems += map(self._with_free_name, found)
        return self._at_places(choices, places, copied, problems)

    def _with_free_name(self, problem: ChoiceProblem) -> ChoiceProblem:
        """Return the problem with a name that would do: the one that it suggests itself, if nobody has that yet."""
        names = FreeNames(self.host, self.distributions, self.distribution, self.snapshot, self.choices, self.source)
        if problem.suggestion is not None and names.is_free(problem.suggestion):
            return problem
        return problem.model_copy(update={"suggestion": names.first})

    def _at_places(
        self, choices: Choices, places: ProfilePlaces, copied: GatewaySettings | None, problems: list[ChoiceProblem]
    ) -> Plan | Problems:
        problems_at_profile = any(problem.field is Field.PROFILE for problem in problems)
        existing = owner_of(self.snapshot, places)
        settings = self._settings(existing) if existing is not None else GatewaySettings()
        choices = choices_kept(choices, settings, self._rule())
        exposure = (
            bind_problem(choices, settings),
            auth_problem(choices, settings, self._rule()),
            self._token_problem(choices),
        )
        problems += [problem for problem in exposure if problem]
        planned = self._planned(choices, places, existing)
        ports = HostPorts.of(self.snapshot, without=places.id)
        base, port_problem = choose_port(ports, planned, choices.preset, choices.port)
        workspace = self._workspace(choices, places, existing)
        problems += [port_problem] if port_problem else []
        # A profile that cannot be had has a default workspace that cannot be had either: one message is enough.
        if isinstance(workspace, ChoiceProblem) and (choices.workspace is not None or not problems_at_profile):
            problems.append(workspace)
        if isinstance(workspace, Path):
            problems += home_problems(places.state_dir, workspace)
        if base is None or isinstance(workspace, ChoiceProblem) or isinstance(self.command, ChoiceProblem):
            return tuple(problems)
        draft = Draft(choices, places, self.command, planned, base, workspace, existing, settings, copied, ports.hidden)
        return self._concluded(draft, tuple(problems))

    def _concluded(self, draft: Draft, problems: Problems) -> Plan | Problems:
        """Return the plan if nothing is wrong. If only the user's word is missing, the problem says for what."""
        if not problems:
            return written_plan(self.host, draft)
        if [problem.code for problem in problems] != [ProblemCode.NAME_EXISTS]:
            return problems
        message = " ".join((problems[0].message, *written_plan(self.host, draft).changes))
        return (problems[0].model_copy(update={"message": message}),)

    def _command_problems(self) -> Iterator[ChoiceProblem]:
        if isinstance(self.command, ChoiceProblem):
            yield self.command
        elif outdated := node_problem(self.distribution, self.command):
            yield outdated

    def _settings(self, instance: Instance) -> GatewaySettings:
        if instance.config_path is None:
            return GatewaySettings()
        reading = ConfigReader().read(
            Path(instance.config_path),
            state_dir=Path(instance.state_dir) if instance.state_dir else None,
            environment=child_environment(self.host, {}),
            distribution=self.distribution,
        )
        return reading.settings

    def _token_problem(self, choices: Choices) -> ChoiceProblem | None:
        """Return what is wrong with an own token; nothing where the version is not known."""
        version = self._version()
        if version is None:
            return None
        return token_problem(choices, self._rule(), f"{self.distribution.title} {version}")

    def _unfinished(self, places: ProfilePlaces) -> list[ChoiceProblem]:
        """Return the problem of a profile that an earlier run left half-made: that run decides what becomes of it."""
        if all(journal.plan.instance != places.id for journal in unfinished_journals(self.host)):
            return []
        message = f"An earlier onboarding of {places.id} was not finished."
        hint = f"Go on with {resume_command(places.id)}, or take it back with {undo_command(places.id)}."
        return [choice_problem(Field.PROFILE, ProblemCode.NAME_UNFINISHED, message, hint)]

    def _version(self) -> str | None:
        return self.command.version if isinstance(self.command, InstalledCommand) else None

    def _rule(self) -> OnboardRule:
        return self.distribution.onboard_rule(self._version())

    def _planned(self, choices: Choices, places: ProfilePlaces, existing: Instance | None) -> NewGateway:
        return NewGateway(
            id=places.id,
            distribution=self.distribution,
            version=self._version(),
            bind=choices.bind or "loopback",
            existing=claimant_of(existing) if existing is not None else None,
            known_conflicts=frozenset(existing.conflicts if existing is not None else ()),
        )

    def _workspace(self, choices: Choices, places: ProfilePlaces, existing: Instance | None) -> Path | ChoiceProblem:
        version, current = self._version(), existing.workspace if existing is not None else None
        workspace = wanted_workspace(self.host, places, version, choices.workspace, current)
        if isinstance(workspace, ChoiceProblem):
            return workspace
        home = caller_home(self.host, places.distribution)
        default = places.distribution.default_workspace(home, places.state_dir, places.profile, version)
        return workspace_problem(workspace, places, default, self._others(places.id)) or workspace

    def _others(self, own_id: str) -> list[InstancePlaces]:
        there = (InstancePlaces.of(item) for item in self.snapshot.instances)
        planned = map(InstancePlaces.planned, self.snapshot.planned)
        return [places for places in (*there, *planned) if places.id != own_id]


def _with_newest_plans(host: Host, snapshot: Snapshot) -> Snapshot:
    """Return the snapshot with what is being onboarded now, which may have begun or ended since it was taken."""
    return snapshot.model_copy(update={"planned": not_there_yet(PlannedInstances(host).look()[0], snapshot.instances)})


def _of_another_product(source: Instance, wanted: Distribution) -> ChoiceProblem:
    """Return the problem of a copy across products: what one is told need not mean the same to another."""
    message = f"{source.id} is a gateway of {source.distribution}; one of {wanted.name} would be no copy of it."
    return choice_problem(
        Field.COPY_OF, ProblemCode.COPY_OF_OTHER, message, f"Choose {source.distribution}, or another purpose."
    )
