"""The conflict engine against the time that sorting its claims takes."""

from collections.abc import Callable, Sequence
from functools import partial
from random import Random
from statistics import median
from time import perf_counter

from gateway_core.host import PortLimits
from gateway_core.ports.conflicts import find_conflicts
from gateway_core.ports.tenants import Tenant
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


def run() -> None:
    """Print how many times longer the engine takes than sorting the claims, on a calm host and a conflicted one."""
    for name, share in (("no conflicts", 0.0), (f"{CONFLICTED_SHARE:.0%} in conflict", CONFLICTED_SHARE)):
        tenants = _host(share)
        claims = [claim for tenant in tenants for claim in tenant.claims]
        sorting, engine = _side_by_side(
            partial(sorted, claims, key=lambda claim: (claim.start, claim.end)),
            partial(find_conflicts, tenants, (), LIMITS),
        )
        found = len(find_conflicts(tenants, (), LIMITS))
        print(
            f"conflict engine, {INSTANCES} instances x {len(LAYOUT)} claims, {name} ({found} found): "
            f"{engine / sorting:.1f}x sorting the claims "
            f"({engine * 1000:.1f} ms / {sorting * 1000:.1f} ms; reach <= {REACH:.0f}x)"
        )


def _host(conflicted_share: float) -> list[Tenant]:
    random = Random(1)
    bases = [1024 + number * BLOCK for number in range(INSTANCES)]
    for number in random.sample(range(1, INSTANCES), int(INSTANCES * conflicted_share / 2)):
        bases[number] = bases[number - 1] + random.choice((0, 20))
    tenants = [Tenant(f"openclaw:p{base}-{number}", base, _claims(base)) for number, base in enumerate(bases)]
    random.shuffle(tenants)
    return tenants


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


def _side_by_side(*measured: Callable[[], object]) -> Sequence[float]:
    """The median seconds of each, taken in turns so that a busy machine slows all alike."""
    seconds: list[list[float]] = [[] for _ in measured]
    for _ in range(ROUNDS):
        for times, function in zip(seconds, measured, strict=True):
            begun = perf_counter()
            function()
            times.append(perf_counter() - begun)
    return [median(times) for times in seconds]


if __name__ == "__main__":
    run()
