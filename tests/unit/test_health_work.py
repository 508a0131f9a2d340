"""The state of a gateway that has no port beyond the time of a start: by what it does meanwhile."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway_core.health.facts import InstanceFacts
from gateway_core.health.state import conclude
from gateway_core.health.work import Work
from gateway_core.snapshot import ConfigStatus, ProcessSignal, Proof, Signals, SocketSignal, State
from tests.fixed_host import NOW

FACTS = InstanceFacts(
    title="OpenClaw",
    command="openclaw",
    command_installed=True,
    start_budget_s=60,
    config=ConfigStatus(exists=True, valid=True),
    gateway_mode="local",
    state_dir_exists=True,
    base_port=18789,
    signals=Signals(
        process=ProcessSignal(pid=7, started_at=NOW, rss_bytes=1, cpu_percent=None, proof=Proof.LOCK),
        socket=SocketSignal(bound=False),
    ),
    process_age_s=80,
)


@pytest.mark.parametrize(
    ("work", "age_s", "state", "reason"),
    [
        (
            Work(0.97),
            80,
            State.STARTING,
            "pid 7 is still starting after 1m 20s, using a whole core; port 18789 is not bound yet",
        ),
        (
            Work(0.1, 0.8),
            80,
            State.STARTING,
            "pid 7 is still starting after 1m 20s, waiting for a core 80% of the time; port 18789 is not bound yet",
        ),
        (
            Work(2.1),
            599,
            State.STARTING,
            "pid 7 is still starting after 9m 59s, using 2 cores; port 18789 is not bound yet",
        ),
        (Work(0.02), 80, State.WEDGED, "pid 7 has been up for 1m 20s, but port 18789 is not bound"),
        (None, 80, State.WEDGED, "pid 7 has been up for 1m 20s, but port 18789 is not bound"),
        (
            Work(0.4),
            605,
            State.WEDGED,
            "pid 7 has been up for 10m 5s, using 40% of a core, but port 18789 is not bound",
        ),
    ],
)
def test_one_that_works_is_starting_for_ten_minutes_at_most(
    work: Work | None, age_s: float, state: State, reason: str
) -> None:
    assert conclude(replace(FACTS, work=work, process_age_s=age_s)) == (state, reason)


def test_one_that_has_lost_its_port_does_not_start() -> None:
    assert conclude(replace(FACTS, work=Work(1.0), port_lost_s=30))[0] is State.WEDGED
