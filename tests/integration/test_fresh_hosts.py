"""Hosts on which nothing is wrong: nobody is warned, and every gateway is what it is."""

import asyncio

import pytest

from gateway_core.audit.model import Result
from gateway_core.audit.run import audit_host
from gateway_core.demo.home import DemoHome
from gateway_core.host import Host
from gateway_core.monitor.monitor import take_snapshot
from gateway_core.snapshot import State

pytestmark = pytest.mark.slow

_LOOKS = 150  # one each fifth of a second, until all that was started runs
FIRST, SECOND = "main", "second"
ALL_EARLY = frozenset({("log file", "is also written by")})
"""What is true of all profiles of a version that has one log for them all."""
OPEN_DIR = ("secret files", "can look into the state dir")
"""What is true of each profile of a version that lets every user into its state dir."""


async def states_of(host: Host) -> dict[str, State]:
    return {item.id: item.state for item in (await take_snapshot(host)).instances}


@pytest.mark.parametrize(
    ("product", "version", "shared"),
    [
        ("clawdbot", "2026.1.24", ALL_EARLY),
        ("moltbot", "2026.1.27", ALL_EARLY),
        ("mazelclaw", "2026.3.2", ALL_EARLY),
        ("omniclaw", "2026.2.14", ALL_EARLY),
        ("openclaw", "2026.1.30", ALL_EARLY),
        ("openclaw", "2026.2.13", ALL_EARLY),
        ("openclaw", "2026.4.15", ALL_EARLY),
        ("openclaw", "2026.5.28", ALL_EARLY | {OPEN_DIR}),
        ("openclaw", "2026.9.6", frozenset()),
    ],
)
async def test_fresh_profiles_are_told_to_be_fine(
    demo_home: DemoHome, product: str, version: str, shared: frozenset[tuple[str, str]]
) -> None:
    for directory in (demo_home.base, demo_home.home):
        directory.chmod(0o755)  # as homes are on most systems
    host = demo_home.host()
    for names in ((FIRST,), (FIRST, SECOND)):
        await demo_home.start(product, names[-1], version=version)

        states = await states_of(host)
        for _ in range(_LOOKS):
            if set(states.values()) == {State.RUNNING}:
                break
            await asyncio.sleep(0.2)
            states = await states_of(host)
        assert states == {f"{product}:{name}": State.RUNNING for name in names}
        snapshot, report = await audit_host(host)
        wrong = [item for item in report.items if item.result is not Result.PASS]
        true = shared if len(names) > 1 else shared & {OPEN_DIR}
        assert {item.check for item in wrong} == {check for check, _ in true}, wrong
        assert all(any(item.check == check and words in item.evidence for check, words in true) for item in wrong)
        assert (snapshot.conflicts, snapshot.problems, report.drift) == ((), (), ())
        assert all(item.version == version for item in snapshot.instances)
