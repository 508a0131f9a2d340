"""The conflict engine against the time that sorting its claims takes."""

from functools import partial
from random import Random

from bench.measurement import Baseline, Measurement, Result
from bench.turns import in_turns_blocking
from gateway_core.host import PortLimits
from gateway_core.ports.claimants import Claimant, HostPorts
from gateway_core.ports.conflicts import find_conflicts
from gateway_core.snapshot import Binding, Claim, Role, Source

INSTANCES = 1000
BLOCK = 60
"""A thousand real blocks of 111 ports do not fit into 65,535, so the browser range is shorter here."""
CONFLICTED_SHARE = 0.05
ROUNDS = 15
REACH = 5.0
LIMITS = PortLimits(ephemeral_start=65000, ephemeral_end=65535)
LAYOUT = (
    (Role.GATEWAY, 0, 0, Binding.ALWAYS),
    (Role.BRIDGE, 1, 1, Binding.RESERVED),
    (Role.BROWSER_CONTROL, 2, 2, Binding.ALWAYS),
    (Role.EXTENSION_RELAY, 3, 3, Binding.ALWAYS),
    (Role.CANVAS, 4, 4, Binding.RESERVED),
    (Role.CDP, 11, 55, Binding.ON_DEMAND),
)


def run() -> list[Result]:
    """A calm host and a conflicted one."""
    return [_measure("no conflict", 0.0), _measure(f"{CONFLICTED_SHARE:.0%} in conflict", CONFLICTED_SHARE)]


def _measure(name: str, conflicted_share: float) -> Measurement:
    claimants = _host(conflicted_share)
    claims = [claim for claimant in claimants for claim in claimant.claims]
    sorting, engine = in_turns_blocking(
        ROUNDS,
        partial(sorted, claims, key=lambda claim: (claim.start, claim.end)),
        partial(find_conflicts, HostPorts(claimants, limits=LIMITS)),
    )
    what = f"conflict engine, {INSTANCES} instances × {len(LAYOUT)} claims, {name}"
    return Measurement(what, engine, baseline=Baseline("sorting the claims", sorting), reach=REACH)


def _host(conflicted_share: float) -> list[Claimant]:
    random = Random(1)
    bases = [1024 + number * BLOCK for number in range(INSTANCES)]
    for number in random.sample(range(1, INSTANCES), int(INSTANCES * conflicted_share / 2)):
        bases[number] = bases[number - 1] + random.choice((0, 20))
    claimants = [Claimant(f"openclaw:p{base}-{number}", base, _claims(base)) for number, base in enumerate(bases)]
    random.shuffle(claimants)
    return claimants


def _claims(base: int) -> tuple[Claim, ...]:
    return tuple(
        Claim(
            role=role,
            start=base + first,
            end=base + last,
            binding=binding,
            source=Source.DERIVED,
            address="127.0.0.1",
        )
        for role, first, last, binding in LAYOUT
    )
