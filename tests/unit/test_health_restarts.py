"""How often a service manager restarted something lately."""

import pytest

from gateway_core.health.restarts import RESTART_WINDOW_S, RestartHistory, restarting_beside
from gateway_core.snapshot import ServiceSignal, Signals
from tests.snapshots import signals

UNIT = ("systemd-user", "openclaw-gateway.service")


def test_a_first_look_knows_no_restarts() -> None:
    assert RestartHistory().recent(*UNIT, 43175, at=0) == 0


def test_growth_within_the_window_counts() -> None:
    history = RestartHistory()
    counts = [history.recent(*UNIT, restarts, at=at) for at, restarts in [(0, 3), (5, 4), (10, 4), (15, 6)]]
    assert counts == [0, 1, 1, 3]


def test_old_restarts_are_forgotten() -> None:
    history = RestartHistory()
    history.recent(*UNIT, 0, at=0)
    history.recent(*UNIT, 3, at=10)
    assert history.recent(*UNIT, 3, at=9 + RESTART_WINDOW_S) == 3
    assert history.recent(*UNIT, 3, at=11 + RESTART_WINDOW_S) == 0
    assert history.recent(*UNIT, 4, at=12 + RESTART_WINDOW_S) == 1


def test_a_count_that_shrank_begins_anew() -> None:
    history = RestartHistory()
    history.recent(*UNIT, 9, at=0)
    assert history.recent(*UNIT, 0, at=1) == 0
    assert history.recent(*UNIT, 1, at=2) == 1


def test_a_manager_that_did_not_answer_changes_nothing() -> None:
    history = RestartHistory()
    history.recent(*UNIT, 1, at=0)
    assert history.recent(*UNIT, None, at=1) == 0
    assert history.recent(*UNIT, 3, at=2) == 2


def test_services_that_are_gone_are_forgotten() -> None:
    history = RestartHistory()
    history.recent(*UNIT, 1, at=0)
    history.keep(set())
    assert history.recent(*UNIT, 3, at=1) == 0


@pytest.mark.parametrize(
    ("active", "main_pid", "restarts", "told"),
    [
        ("active", 9, 10, True),  # its gateway waits for the lock of the one that runs
        ("activating", None, 2, True),
        ("failed", None, 10, True),
        ("active", 9, 0, False),
        ("active", None, 10, False),  # it has done its work, and remains
        ("inactive", None, 10, False),
        ("active", 5, 10, False),  # it runs the gateway itself
    ],
)
def test_a_service_that_starts_others_in_vain_is_told(
    active: str, main_pid: int | None, restarts: int, told: bool
) -> None:
    other = ServiceSignal(
        manager=UNIT[0], name=UNIT[1], active=active, enabled=True, restarts=restarts, path="/u", main_pid=main_pid
    )
    healthy = Signals(service=other, process=signals(5).process)

    assert (restarting_beside(healthy, None) is not None) is told
    assert restarting_beside(healthy, UNIT) is None, "it is in the control group of that service"
