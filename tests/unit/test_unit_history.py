"""What systemd and its journal tell of the ends of a unit."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from gateway_core.services.launchd import Launchd
from gateway_core.services.systemd import Systemd
from gateway_core.services.unit_history import (
    Ending,
    _Message,
    exits_command,
    marked_by_exits,
    parse_past,
    parse_timing,
    past_command,
    timing_command,
)

AT = datetime(2026, 11, 21, 2, 14, tzinfo=UTC)
SYSTEMD = Systemd(user=True)


def entry(second: int, message: _Message, **fields: str) -> str:
    at = round((AT + timedelta(seconds=second)).timestamp() * 1e6)
    return json.dumps({"MESSAGE_ID": message.value, "__REALTIME_TIMESTAMP": str(at), **fields})


def exited(second: int, code: str, status: int) -> str:
    return entry(second, _Message.EXITED, EXIT_CODE=code, EXIT_STATUS=str(status))


def test_a_crash_loop_is_an_end_for_each_run() -> None:
    lines = [
        line
        for n in range(3)
        for line in (
            exited(10 * n, "exited", 1),
            entry(10 * n, _Message.FAILED, UNIT_RESULT="exit-code"),
            entry(10 * n + 5, _Message.RESTARTING),
            entry(10 * n + 5, _Message.STOPPED),
            entry(10 * n + 5, _Message.STARTING),
            entry(10 * n + 6, _Message.STARTED),
        )
    ]

    assert parse_past("\n".join(lines)) == tuple(
        Ending(AT + timedelta(seconds=10 * n), "exited 1", asked=False) for n in range(3)
    )


def test_a_stop_that_was_asked_for_is_one_end() -> None:
    lines = [entry(0, _Message.STOPPING), entry(1, _Message.SUCCEEDED), entry(1, _Message.STOPPED)]

    assert parse_past("\n".join(lines)) == (Ending(AT + timedelta(seconds=1), "exited 0", asked=True),)


def test_after_a_start_nothing_is_asked_for_any_more() -> None:
    lines = [entry(0, _Message.STOPPING), entry(1, _Message.SUCCEEDED), entry(2, _Message.STARTED)]
    lines += [exited(3, "killed", 9), entry(3, _Message.FAILED, UNIT_RESULT="signal")]

    assert [(one.how, one.asked) for one in parse_past("\n".join(lines))] == [
        ("exited 0", True),
        ("killed by signal 9", False),
    ]


@pytest.mark.parametrize(
    ("second", "together"), [(3, True), (-60, False), (3600, False)], ids=["just", "earlier", "late"]
)
def test_a_stop_with_its_manager_is_told_apart(second: int, together: bool) -> None:
    """systemd reaches that target at the user's last logout and at a shutdown, when all units have been stopped."""
    stopped = Ending(AT, "exited 0", asked=True)
    crashed = Ending(AT, "exited 1", asked=False)

    [one, other] = marked_by_exits([stopped, crashed], entry(second, _Message.STARTED))

    assert (one.with_manager, other.with_manager) == (together, False)


def test_the_journal_is_asked_for_the_end_of_the_manager() -> None:
    user, system = (exits_command(Systemd(user=per_user), AT) for per_user in (True, False))

    assert user is not None
    assert system is not None
    assert "--user-unit=exit.target" in user
    assert "--unit=shutdown.target" in system


def test_a_kill_for_want_of_memory_says_so() -> None:
    lines = [exited(0, "killed", 9), entry(0, _Message.FAILED, UNIT_RESULT="oom-kill")]

    assert [one.how for one in parse_past("\n".join(lines))] == ["killed: out of memory"]


def test_an_end_that_is_just_told_counts() -> None:
    assert [one.how for one in parse_past(exited(0, "dumped", 6))] == ["killed by signal 6"]


@pytest.mark.parametrize(
    "line", ["", "no JSON", "[]", '{"MESSAGE_ID": 3}', '{"MESSAGE_ID": ["x"]}', "-- No entries --"]
)
def test_what_is_no_entry_of_a_unit_is_left_out(line: str) -> None:
    assert parse_past(line) == ()


def test_an_end_without_a_time_is_told_all_the_same() -> None:
    line = json.dumps({"MESSAGE_ID": _Message.EXITED.value, "EXIT_CODE": "exited", "EXIT_STATUS": "1"})

    assert parse_past(line) == (Ending(None, "exited 1", asked=False),)


STOPPED = """ActiveState=inactive
Result=success
ExecMainCode=1
ExecMainStatus=0
ExecMainExitTimestamp=Sat 2026-11-21 02:14:00 UTC
ExecMainExitTimestampMonotonic=2000000
ActiveExitTimestampMonotonic=1999000"""


def test_a_unit_that_left_its_state_before_its_process_ended_was_told_to_stop() -> None:
    assert parse_timing(STOPPED) == Ending(AT, "exited 0", asked=True)


def test_a_unit_whose_process_ended_first_was_not() -> None:
    crashed = STOPPED.replace("1999000", "2000300").replace("ExecMainStatus=0", "ExecMainStatus=78")

    assert parse_timing(crashed) == Ending(AT, "exited 78", asked=False)


def test_a_unit_that_runs_has_no_end() -> None:
    assert parse_timing("ActiveState=active\nExecMainCode=0\nExecMainExitTimestampMonotonic=0") is None
    assert parse_timing("") is None


def test_a_unit_that_is_always_started_again_and_is_down_was_stopped_though_systemd_has_forgotten_when() -> None:
    forgotten = "ActiveState=inactive\nResult=success\nRestart=always\nExecMainExitTimestampMonotonic=0"

    assert parse_timing(forgotten) == Ending(None, None, asked=True)
    assert parse_timing(forgotten.replace("always", "on-failure")) is None


@pytest.mark.parametrize("when", ["", "n/a", "Sat 2026-11-21 02:14:00 CET", "a b c UTC"])
def test_a_time_that_cannot_be_read_is_none(when: str) -> None:
    found = parse_timing(STOPPED.replace("Sat 2026-11-21 02:14:00 UTC", when))

    assert found is not None
    assert found.at is None


def test_only_systemd_is_asked() -> None:
    launchd = Launchd(501, daemon=False)

    assert (timing_command(launchd, "x"), past_command(launchd, "x", AT)) == (None, None)
    timing, past = timing_command(SYSTEMD, "x.service"), past_command(SYSTEMD, "x.service", AT)
    assert timing is not None
    assert timing[:3] == ("systemctl", "--user", "show")
    assert past is not None
    assert {"--user-unit=x.service", f"--since=@{AT.timestamp():.0f}"} <= set(past)
