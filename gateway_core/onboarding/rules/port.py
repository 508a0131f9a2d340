"""The rules about a base port, judged by the conflict engine on the host as it would be; and a port to propose."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from gateway_core.config.model import GatewaySettings
from gateway_core.distributions.model import Distribution
from gateway_core.host import PortLimits
from gateway_core.onboarding.choices import AUTO, ChoiceProblem, Field, Preset, ProblemCode, choice_problem
from gateway_core.ports.claimants import Claimant, HiddenPorts, HostPorts, relocated
from gateway_core.ports.claims import LAST_PORT, block_of, claims_of, derived_out_of_range, is_port
from gateway_core.ports.conflicts import find_conflicts
from gateway_core.ports.free_blocks import DEFAULT_BASE, DEFAULT_REACH, FIRST_CHOICE, FreeBlock, free_base, taken_ports
from gateway_core.ports.overlaps import SEVERITY
from gateway_core.ports.wording import hidden_ports_text
from gateway_core.snapshot import Claim, Conflict, Grade, InstanceParty, PortRange, PortValue, Source

_problem = partial(choice_problem, Field.PORT)

FAR = 1000  # the distance of a rescue bot from every other base, if there is room
_CODES = {
    Grade.ACTIVE: ProblemCode.PORT_IN_USE,
    Grade.SQUATTER: ProblemCode.PORT_IN_USE,
    Grade.CERTAIN: ProblemCode.PORT_CLAIMED,
    Grade.POSSIBLE: ProblemCode.PORT_IN_RANGE,
    Grade.OVERLAP: ProblemCode.PORT_IN_RANGE,
    Grade.EPHEMERAL: ProblemCode.PORT_EPHEMERAL,
    Grade.INVALID: ProblemCode.PORT_TOO_HIGH,
}
"""The problem of each harmful grade. Claims that are only documented harm nobody, so `reserved` is none."""
HARMFUL = frozenset(_CODES)  # the conflict grades that a new gateway must not bring about


@dataclass(frozen=True, slots=True)
class NewGateway:
    """The ports of the instance that is planned, there already or not."""

    id: str
    distribution: Distribution
    version: str | None
    bind: str
    existing: Claimant | None = None  # the claimant that the instance is now, if it is there already
    known_conflicts: frozenset[str] = frozenset()

    def claimant(self, base: int) -> Claimant:
        """Return the claimant with that base port. What the config of an existing instance pins stays where it is."""
        if self.existing is not None and self.existing.base is not None:
            return relocated(self.existing, base)
        value = PortValue(value=base, source=Source.CONFIG)
        return Claimant(
            self.id, base, claims_of(self.distribution, self.version, GatewaySettings(bind=self.bind), value)
        )

    def claims(self, base: int) -> tuple[Claim, ...]:
        return self.claimant(base).claims

    def block(self, base: int) -> PortRange:
        return block_of(self.distribution, self.version, base)


def choose_port(
    ports: HostPorts, planned: NewGateway, preset: Preset, wanted: int | str
) -> tuple[int | None, ChoiceProblem | None]:
    """Return the base port, and what is wrong with it; no port if it is no number or none is free."""
    if ports.hidden is not None and ports.hidden.listeners is not None:
        return None, _cannot_tell(ports.hidden, "Try again with the rights to see them.")
    if str(wanted).strip().lower() == AUTO:
        return _automatic(ports, planned, preset)
    base = _number(str(wanted).strip())
    if base is None:
        return None, _problem(
            ProblemCode.PORT_TEXT, f"“{str(wanted)[:40]}” is not a port number.", "Type a number or “auto”."
        )
    return base, port_problem(ports, planned, base)


def port_problem(ports: HostPorts, planned: NewGateway, base: int) -> ChoiceProblem | None:
    """Return why that base port will not do, with the nearest one that will, unless that cannot be told."""
    found = _impossible(ports.limits, planned, base) or _hazardous(ports, planned, base)
    if found is None:
        conflict = _worst_conflict(ports, planned, base)
        found = (_CODES[conflict.grade], conflict.why) if conflict is not None else None
    if found is None:
        return None
    code, message = found
    if ports.hidden is not None:
        return _problem(code, message, f"Which ports are free cannot be told: {hidden_ports_text(ports.hidden)}.")
    near = nearest_free_base(ports, planned, base)
    hint = f"The nearest free base is {near}." if near is not None else "No base port is free on this host."
    return _problem(code, message, hint, str(near) if near is not None else None)


def nearest_free_base(ports: HostPorts, planned: NewGateway, wanted: int) -> int | None:
    """Return the base closest to the wanted one whose whole block is free."""
    reach = _reach(planned)
    taken = taken_ports(ports)
    bases = [min(max(wanted, start), end - reach) for start, end in taken.gaps() if end - start >= reach]
    return min(bases, key=lambda base: abs(base - wanted), default=None)


def _impossible(limits: PortLimits, planned: NewGateway, base: int) -> tuple[ProblemCode, str] | None:
    if not is_port(base):
        return ProblemCode.PORT_RANGE, f"There is no port {base}: ports are 1–{LAST_PORT}."
    if base < limits.first_unprivileged:
        return (
            ProblemCode.PORT_PRIVILEGED,
            f"Port {base} needs privileges: without them, ports begin at {limits.first_unprivileged}.",
        )
    if derived_out_of_range(planned.distribution, planned.version, base):
        reach = _reach(planned)
        message = f"With base {base} the browser ports would reach {base + reach}, but ports end at {LAST_PORT}."
        return ProblemCode.PORT_TOO_HIGH, message
    return None


def _hazardous(ports: HostPorts, planned: NewGateway, base: int) -> tuple[ProblemCode, str] | None:
    """Return the listener in the way of a product that ends whatever it finds on its ports."""
    hazard, block = planned.distribution.start_hazard, planned.block(base)
    if hazard is None:
        return None
    held = next((item for item in ports.listeners if block.start <= item.port <= block.end), None)
    if held is None:
        return None
    owner = held.instance or held.process or "a process that cannot be seen"
    return ProblemCode.PORT_IN_USE, f"Port {held.port} is held by {owner}, and {hazard.explanation}."


def _worst_conflict(ports: HostPorts, planned: NewGateway, base: int) -> Conflict | None:
    conflicts = find_conflicts(ports.joined_by(planned.claimant(base)))
    mine = [
        conflict
        for conflict in conflicts
        if conflict.grade in _CODES
        and conflict.id not in planned.known_conflicts
        and any(isinstance(party, InstanceParty) and party.instance == planned.id for party in conflict.parties)
    ]
    return min(mine, key=lambda conflict: SEVERITY[conflict.grade], default=None)


def _automatic(ports: HostPorts, planned: NewGateway, preset: Preset) -> tuple[int | None, ChoiceProblem | None]:
    if planned.existing is not None and planned.existing.base is not None:
        return planned.existing.base, port_problem(ports, planned, planned.existing.base)
    if ports.hidden is not None:
        return None, _cannot_tell(ports.hidden, "Type one that you know is free.")
    reasons = ""
    for spacing in (FAR, 0) if preset is Preset.RESCUE else (0,):
        found = free_base(
            ports, reach=_reach(planned), prefer=_preferred(planned.distribution, preset), spacing=spacing
        )
        if isinstance(found, FreeBlock):
            return found.base, None
        reasons = found.reason
    return None, _problem(ProblemCode.PORT_NONE_FREE, reasons, "Move or remove a gateway first.")


def _cannot_tell(hidden: HiddenPorts, hint: str) -> ChoiceProblem:
    message = f"Which ports are free cannot be told: {hidden_ports_text(hidden)}."
    return _problem(ProblemCode.PORTS_UNSEEN, message, hint)


def _preferred(distribution: Distribution, preset: Preset) -> int:
    match preset:
        case Preset.MAIN:
            return DEFAULT_BASE
        case Preset.DEV:
            return distribution.dev_port
        case _:
            return FIRST_CHOICE


def _reach(planned: NewGateway) -> int:
    block = planned.block(0)
    return max(DEFAULT_REACH, block.end)


def _number(text: str) -> int | None:
    digits = text.removeprefix("-")
    return int(text) if digits.isascii() and digits.isdigit() and len(digits) <= 9 else None
