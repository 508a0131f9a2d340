"""The gateway that is planned, and the host as it would be with it: what the wizard's port map shows."""

from __future__ import annotations

from dataclasses import dataclass

from claw_tui.ports.map_axis import LAST_PORT
from gateway_core.distributions.model import Distribution
from gateway_core.onboarding.choices import Choices
from gateway_core.onboarding.plan import Plan
from gateway_core.onboarding.rules.port import NewGateway
from gateway_core.ports.claimants import HostPorts, claimant_of
from gateway_core.ports.conflicts import find_conflicts
from gateway_core.snapshot import Claim, ConfigStatus, Instance, Signals, Snapshot, State

NEW = "the new one"  # the lane of the new gateway, as long as its name is not settled


@dataclass(frozen=True, slots=True)
class PlannedGateway:
    """A gateway that is not there yet."""

    id: str
    base: int
    claims: tuple[Claim, ...]


def planned(plan: Plan) -> PlannedGateway:
    """Return the gateway that a plan makes."""
    return PlannedGateway(plan.instance, plan.base_port, plan.claims)


def typed(choices: Choices, distribution: Distribution, version: str | None) -> PlannedGateway | None:
    """Return the gateway on a port that will not do, to show what it collides with; `None` without a valid port."""
    text = str(choices.port).strip()
    base = int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(LAST_PORT)) else 0
    if not 0 < base <= LAST_PORT:
        return None
    new = NewGateway(id=NEW, distribution=distribution, version=version, bind=choices.bind or "loopback")
    return PlannedGateway(NEW, base, new.claims(base))


def with_gateway(snapshot: Snapshot, gateway: PlannedGateway) -> Snapshot:
    """Return the host with the new gateway: its claims among the others', and the conflicts that would follow."""
    others = tuple(instance for instance in snapshot.instances if instance.id != gateway.id)
    instance = _instance(gateway)
    conflicts = find_conflicts(HostPorts.of(snapshot, without=gateway.id).joined_by(claimant_of(instance)))
    return snapshot.model_copy(update={"instances": (*others, instance), "conflicts": conflicts})


def _instance(gateway: PlannedGateway) -> Instance:
    return Instance(
        id=gateway.id,
        distribution="",
        profile=None,
        version=None,
        state_dir=None,
        config_path=None,
        workspace=None,
        config=ConfigStatus(exists=False, valid=False),
        base_port=None,
        configured_port=None,
        live_port=None,
        claims=gateway.claims,
        state=State.UNKNOWN,
        reason="planned",
        signals=Signals(),
    )
