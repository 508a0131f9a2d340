"""What launched a gateway, and what its arguments say: the gateway's own are gone once its title is set."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from gateway_core.distributions.loader import Distributions
from gateway_core.distributions.model import DEFAULT_PROFILE, Distribution
from gateway_core.host import Identity, ProcessInfo
from gateway_core.processes.ancestry import ancestors
from gateway_core.processes.command_line import (
    ProgramCall,
    is_launcher,
    launcher_calls,
    port_option,
    will_run_gateway,
)
from gateway_core.processes.scripts import script_of
from gateway_core.services.definitions import ServiceDefinition


@dataclass(frozen=True, slots=True)
class Told:
    """What the arguments of a starting gateway say."""

    distribution: str
    profile: str
    port: int | None

    @classmethod
    def by(cls, call: ProgramCall, argv: Sequence[str]) -> Told:
        return cls(call.distribution.name, call.profile or DEFAULT_PROFILE, port_option(argv))


def told_by_launcher(
    info: ProcessInfo,
    distribution: Distribution,
    processes: Mapping[int, ProcessInfo],
    remembered: Mapping[Identity, Told],
    distributions: Distributions,
) -> Told | None:
    """What the arguments say of the nearest shell, runtime or other wrapper above it that was told to run a gateway.

    `remembered` are arguments that were seen before, of processes that have dropped them since. A launcher that may run
    more than that one gateway says nothing: `sh -c "openclaw --profile one gateway & openclaw --profile two gateway"`.
    """
    for pid in ancestors(info.pid, processes):
        above = processes.get(pid)
        if above is None or not above.argv or above.argv[0] == distribution.process_title:
            return None
        before = remembered.get(above.identity)
        if before is not None:
            return before if before.distribution == distribution.name else None
        calls = launcher_calls(above.argv, distributions)
        if calls:
            sure = len(calls) == 1 and calls[0].runs_gateway and calls[0].distribution == distribution
            return Told.by(calls[0], above.argv) if sure else None
        if not (is_launcher(above.argv) or (remembered and distribution.is_shared_title(above.argv[0]))):
            return None
    return None


def is_about_to_run(info: ProcessInfo, distribution: Distribution, services: Iterable[ServiceDefinition]) -> bool:
    """Whether the main process of a service is there to run a gateway: by its arguments, or as the service's script.

    That is the script that a definition names which does not show the gateway itself: the definition may have been
    edited since the process was started.
    """
    script = script_of(info)
    named = {service.program for service in services}
    return will_run_gateway(info.argv, distribution) or (script is not None and script.file in named - {None})
