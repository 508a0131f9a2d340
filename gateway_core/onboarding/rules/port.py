"""Whether a base port will do, judged by the conflict engine on the host as it would be; and which one to propose."""

from __future__ import annotations

from dataclasses import dataclass

from gateway_core.config.model import GatewaySettings
from gateway_core.distributions import Distribution
from gateway_core.host import PortLimits
from gateway_core.onboarding.choices import AUTO, ChoiceProblem, Field, Preset, ProblemCode
from gateway_core.ports.claimants import Claimant, HostPorts, relocated
from gateway_core.ports.claims import LAST_PORT, block_of, claims_of, derived_out_of_range, is_port
from gateway_core.ports.conflicts import find_conflicts
from gateway_core.ports.free_blocks import DEFAULT_BASE, DEFAULT_REACH, FIRST_CHOICE, FreeBlock, free_base, taken_ports
from gateway_core.ports.overlaps import SEVERITY
from gateway_core.snapshot import Claim, Conflict, Grade, InstanceParty, PortRange, PortValue, Source

FAR = 1000
"""How far from every other base a rescue bot should be, if there is room."""
_CODES = {
    Grade.ACTIVE: ProblemCode.PORT_IN_USE,
    Grade.SQUATTER: ProblemCode.PORT_IN_USE,
    Grade.CERTAIN: ProblemCode.PORT_CLAIMED,
    Grade.POSSIBLE: ProblemCode.PORT_IN_RANGE,
    Grade.OVERLAP: ProblemCode.PORT_IN_RANGE,
    Grade.EPHEMERAL: ProblemCode.PORT_EPHEMERAL,
    Grade.INVALID: ProblemCode.PORT_TOO_HIGH,
}
"""Claims that are only documented harm nobody, so `reserved` is no problem."""
HARMFUL = frozenset(_CODES)
"""What a new gateway must not bring about."""


@dataclass(frozen=True, slots=True)
class Newcomer:
    """The instance that is planned, as far as its ports go."""

    id: str
    distribution: Distribution
    version: str | None
    bind: str
    existing: Claimant | None = None
    """What it is now, if it is there already."""
    known_conflicts: frozenset[str] = frozenset()

    def claimant(self, base: int) -> Claimant:
        """It, with that base port. What the config of an existing one pins stays where it is."""
        if self.existing is not None and self.existing.base is not None:
            return relocated(self.existing, base)
        value = PortValue(value=base, source=Source.CONFIG)
        return Claimant(
            self.id, base, claims_of(self.distribution, self.version, GatewaySettings(bind=self.bind), value)
        )

    def claims(self, base: int) -> tuple[Claim, ...]:
        """What it would claim with that base port."""
        return self.claimant(base).claims

    def block(self, base: int) -> PortRange:
        """From the base port to the last port that derives from it."""
        return block_of(self.distribution, self.version, base)


def choose_port(
    around: HostPorts, newcomer: Newcomer, preset: Preset, wanted: int | str
) -> tuple[int | None, ChoiceProblem | None]:
    """The base port, and what is wrong with it; without one if it is no number or none is free."""
    if around.unseen is not None:
        message = f"Which ports are free cannot be told: {around.unseen}."
        return None, _problem(ProblemCode.PORTS_UNSEEN, message, "Try again with the rights to see them.")
    if str(wanted).strip().lower() == AUTO:
        return _automatic(around, newcomer, preset)
    base = _number(str(wanted).strip())
    if base is None:
        return None, _problem(
            ProblemCode.PORT_TEXT, f"“{str(wanted)[:40]}” is not a port number.", "Type a number or “auto”."
        )
    return base, port_problem(around, newcomer, base)


def port_problem(around: HostPorts, newcomer: Newcomer, base: int) -> ChoiceProblem | None:
    """Why that base port will not do, with the nearest one that will."""
    found = _impossible(around.limits, newcomer, base) or _hazardous(around, newcomer, base)
    if found is None:
        conflict = _worst_conflict(around, newcomer, base)
        found = (_CODES[conflict.grade], conflict.why) if conflict is not None else None
    if found is None:
        return None
    code, message = found
    near = nearest_free_base(around, newcomer, base)
    hint = f"The nearest free base is {near}." if near is not None else "No base port is free on this host."
    return _problem(code, message, hint, str(near) if near is not None else None)


def nearest_free_base(around: HostPorts, newcomer: Newcomer, wanted: int) -> int | None:
    """The base closest to the wanted one whose whole block is free."""
    reach = _reach(newcomer)
    taken = taken_ports(around)
    bases = [min(max(wanted, start), end - reach) for start, end in taken.gaps() if end - start >= reach]
    return min(bases, key=lambda base: abs(base - wanted), default=None)


def _impossible(limits: PortLimits, newcomer: Newcomer, base: int) -> tuple[ProblemCode, str] | None:
    if not is_port(base):
        return ProblemCode.PORT_RANGE, f"There is no port {base}: ports are 1–{LAST_PORT}."
    if base < limits.first_unprivileged:
        return (
            ProblemCode.PORT_PRIVILEGED,
            f"Port {base} needs privileges: without them, ports begin at {limits.first_unprivileged}.",
        )
    if derived_out_of_range(newcomer.distribution, newcomer.version, base):
        reach = _reach(newcomer)
        message = f"With base {base} the browser ports would reach {base + reach}, but ports end at {LAST_PORT}."
        return ProblemCode.PORT_TOO_HIGH, message
    return None


def _hazardous(around: HostPorts, newcomer: Newcomer, base: int) -> tuple[ProblemCode, str] | None:
    """A product that ends whatever it finds on its ports needs them all empty."""
    hazard, block = newcomer.distribution.start_hazard, newcomer.block(base)
    if hazard is None:
        return None
    held = next((item for item in around.listeners if block.start <= item.port <= block.end), None)
    if held is None:
        return None
    owner = held.instance or held.process or "a process that cannot be seen"
    return ProblemCode.PORT_IN_USE, f"Port {held.port} is held by {owner}, and {hazard.explanation}."


def _worst_conflict(around: HostPorts, newcomer: Newcomer, base: int) -> Conflict | None:
    conflicts = find_conflicts(around.joined_by(newcomer.claimant(base)))
    mine = [
        conflict
        for conflict in conflicts
        if conflict.grade in _CODES
        and conflict.id not in newcomer.known_conflicts
        and any(isinstance(party, InstanceParty) and party.instance == newcomer.id for party in conflict.parties)
    ]
    return min(mine, key=lambda conflict: SEVERITY[conflict.grade], default=None)


def _automatic(around: HostPorts, newcomer: Newcomer, preset: Preset) -> tuple[int | None, ChoiceProblem | None]:
    if newcomer.existing is not None and newcomer.existing.base is not None:
        return newcomer.existing.base, port_problem(around, newcomer, newcomer.existing.base)
    reasons = ""
    for spacing in (FAR, 0) if preset is Preset.RESCUE else (0,):
        found = free_base(
            around,
            reach=_reach(newcomer),
            prefer=_preferred(newcomer.distribution, preset),
            spacing=spacing,
        )
        if isinstance(found, FreeBlock):
            return found.base, None
        reasons = found.reason
    return None, _problem(ProblemCode.PORT_NONE_FREE, reasons, "Move or remove a gateway first.")


def _preferred(distribution: Distribution, preset: Preset) -> int:
    match preset:
        case Preset.MAIN:
            return DEFAULT_BASE
        case Preset.DEV:
            return distribution.dev_port
        case _:
            return FIRST_CHOICE


def _reach(newcomer: Newcomer) -> int:
    block = newcomer.block(0)
    return max(DEFAULT_REACH, block.end)


def _number(text: str) -> int | None:
    digits = text.removeprefix("-")
    return int(text) if digits.isascii() and digits.isdigit() and len(digits) <= 9 else None


def _problem(code: ProblemCode, message: str, hint: str | None, suggestion: str | None = None) -> ChoiceProblem:
    return ChoiceProblem(field=Field.PORT, code=code, message=message, hint=hint, suggestion=suggestion)
