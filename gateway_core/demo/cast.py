"""The gateways of `claw-tui demo`: one of each product, and a few that make the screen instructive."""

import asyncio
from dataclasses import dataclass

from gateway_core.demo.faults import Faults
from gateway_core.demo.home import DemoHome
from gateway_core.demo.port_blocks import DEFAULT_SIZE, NoFreePortsError, is_free
from gateway_core.distributions import DEFAULT_PROFILE

MISTYPED_PROFILE = "resuce"


@dataclass(frozen=True, slots=True)
class Part:
    """One profile of the cast."""

    distribution: str
    base_port: int
    profile: str = DEFAULT_PROFILE
    running: bool = True
    faults: Faults | None = None


CAST = (
    Part("openclaw", 18789),
    Part("openclaw", 19001, "rescue", running=False),
    Part("openclaw", 19789, "dev", faults=Faults(failing=("discord",))),
    Part("clawdbot", 18889, "cb"),
    Part("moltbot", 19289),
    Part("mazelclaw", 19489),
    Part("omniclaw", 20089),
)
"""Well spaced, except that clawdbot's base, control and relay lie in the first openclaw's CDP range."""
_SHIFTS = range(0, 12_000, 1_000)


async def populate(home: DemoHome) -> None:
    """Onboard the cast and start its gateways; returns when all that run listen.

    On the usual ports if nobody listens in any of their blocks, else all of them moved up by the same distance.
    Raises `NoFreePortsError` and `DidNotStartError`.
    """
    shift = await asyncio.to_thread(free_shift)
    (home.home / f".openclaw-{MISTYPED_PROFILE}" / "agents" / "main" / "sessions").mkdir(parents=True)
    added = [
        (home.add_profile(part.distribution, part.profile, port=part.base_port + shift, faults=part.faults), part)
        for part in CAST
    ]
    await asyncio.gather(*(home.launch(profile) for profile, part in added if part.running))


def free_shift() -> int:
    """How far the cast has to move up to find all its blocks free."""
    for shift in _SHIFTS:
        if all(is_free(part.base_port + shift, part.base_port + shift + DEFAULT_SIZE) for part in CAST):
            return shift
    raise NoFreePortsError("there is no room for the demo's ports between 18789 and 32767")
