"""What happened between two dashboards, by what was last seen, what is seen now, and what is told of causes."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from claw_tui.events.away_text import Weight, stories
from claw_tui.events.text import description
from gateway_core.decoding import decode_model, encode_model
from gateway_core.events.absence import HOST_RESTARTED, MANAGER_ENDED, Evidence, changes_since, explained_by
from gateway_core.events.last_seen import LastSeen, LastSeenFile
from gateway_core.events.looking_back import Absence
from gateway_core.events.model import Event, Kind
from gateway_core.operations import Operation
from gateway_core.services.unit_history import Ending
from gateway_core.snapshot import (
    ConfigStatus,
    Instance,
    LockStatus,
    PortValue,
    Problem,
    ProcessSignal,
    Proof,
    ServiceSignal,
    Signals,
    Snapshot,
    Source,
    State,
)
from tests.fixed_host import FixedHost
from tests.snapshots import host, instance

SEEN = datetime(2026, 11, 20, 23, 10, tzinfo=UTC)
AT_TWO = datetime(2026, 11, 21, 2, 14, tzinfo=UTC)
MORNING = datetime(2026, 11, 21, 8, 2, tzinfo=UTC)
UNIT = "openclaw-gateway.service"


def up(
    pid: int,
    started_at: datetime = SEEN - timedelta(hours=1),
    restarts: int | None = None,
    profile: str = "default",
    **changes: object,
) -> Instance:
    """A gateway that runs; with a number of restarts, by a service."""
    process = ProcessSignal(
        pid=pid, start=pid * 10, started_at=started_at, rss_bytes=1, cpu_percent=None, proof=Proof.LOCK
    )
    service = None if restarts is None else unit(restarts, pid)
    signals = Signals(service=service, process=process)
    return instance(profile).model_copy(update={"signals": signals, **changes})


def down(restarts: int | None = None, profile: str = "default") -> Instance:
    service = None if restarts is None else unit(restarts, None)
    return instance(profile, state=State.STOPPED).model_copy(update={"signals": Signals(service=service)})


def unit(restarts: int, pid: int | None) -> ServiceSignal:
    return ServiceSignal(
        manager="systemd-user", name=UNIT, active=None, enabled=True, restarts=restarts, path="/u", main_pid=pid
    )


def record(file: LastSeenFile, *instances: Instance) -> LastSeen:
    """What was kept of those, read back."""
    kept = file.record_of(host(*instances), None).model_copy(update={"seen_at": SEEN, "boot": "one"})
    return decode_model(LastSeen, encode_model(kept))


def morning(*instances: Instance, problems: Sequence[Problem] = ()) -> Snapshot:
    return host(*instances, taken_at=MORNING, problems=tuple(problems))


def found(before: LastSeen, now: Snapshot, evidence: Evidence | None = None, boot: str = "one") -> dict[str, Event]:
    told = {"openclaw:default": evidence} if evidence is not None else {}
    events = explained_by(changes_since(before, now, boot), told, before, now, boot)
    return {event.kind: event for event in events}


@pytest.fixture
def file(tmp_path: Path) -> LastSeenFile:
    return LastSeenFile(FixedHost(tmp_path).host())


def test_nothing_is_told_of_a_host_on_which_nothing_happened(file: LastSeenFile) -> None:
    same = up(1, restarts=0), down(profile="rescue")

    assert found(record(file, *same), morning(*same)) == {}


def test_a_process_that_is_gone_ended_between_two_looks(file: LastSeenFile) -> None:
    events = found(record(file, up(1)), morning(down()))

    died = events[Kind.DIED]
    assert (died.at, died.cause, died.detail["pid"]) == (MORNING, None, 1)
    assert died.detail["seen_before"] == died.detail["after"] == SEEN.isoformat()
    assert died.detail["before"] == MORNING.isoformat()
    assert "happened_at" not in died.detail
    assert events[Kind.STATE_CHANGED].detail["to"] == "stopped"


def test_the_log_and_the_next_process_narrow_down_when_it_ended(file: LastSeenFile) -> None:
    again = up(2, started_at=AT_TWO)
    last_word = AT_TWO - timedelta(minutes=5)

    events = found(record(file, up(1)), morning(again), Evidence(last_word=last_word, last_line="no room"))

    died, started = events[Kind.DIED], events[Kind.STARTED]
    assert (died.detail["after"], died.detail["before"]) == (last_word.isoformat(), AT_TWO.isoformat())
    assert died.detail["last_line"] == "no room"
    assert started.detail["happened_at"] == AT_TWO.isoformat()


def test_what_an_operation_left_running_ended_after_that_and_unasked(file: LastSeenFile) -> None:
    died = found(record(file, up(1)), morning(down()), Evidence(left_running=AT_TWO))[Kind.DIED]

    assert (died.detail["after"], died.detail.get("asked_by")) == (AT_TWO.isoformat(), None)


def test_the_same_pid_of_another_start_is_another_process(file: LastSeenFile) -> None:
    other = up(1)
    process = other.signals.process
    assert process is not None
    signals = other.signals.model_copy(
        update={"process": process.model_copy(update={"start": 99, "started_at": AT_TWO})}
    )

    events = found(record(file, up(1)), morning(other.model_copy(update={"signals": signals})))

    assert set(events) == {Kind.DIED, Kind.STARTED}


def test_a_start_that_the_clock_tells_a_little_otherwise_is_the_same_process(file: LastSeenFile) -> None:
    assert found(record(file, up(1)), morning(up(1, started_at=SEEN - timedelta(minutes=59)))) == {}


def test_crashes_are_counted_by_the_journal(file: LastSeenFile) -> None:
    crashes = tuple(Ending(AT_TWO + timedelta(minutes=n), "exited 1", asked=False) for n in range(3))

    events = found(
        record(file, up(1, restarts=0)), morning(up(9, started_at=AT_TWO, restarts=3)), Evidence(crashes, UNIT)
    )

    died = events[Kind.DIED]
    assert (died.cause, died.detail["count"]) == ("exited 1", 3)
    assert died.detail["first_at"] == AT_TWO.isoformat()
    assert died.detail["happened_at"] == (AT_TWO + timedelta(minutes=2)).isoformat()
    assert Kind.SERVICE_CHANGED not in events, "that it was started again is told already"


def test_a_journal_that_has_forgotten_the_first_crashes_does_not_tell_when_they_were(file: LastSeenFile) -> None:
    crashes = (Ending(AT_TWO, "exited 1", asked=False), Ending(AT_TWO, "exited 1", asked=False))

    died = found(record(file, up(1, restarts=0)), morning(down(restarts=90)), Evidence(crashes, UNIT))[Kind.DIED]

    assert (died.detail["count"], "first_at" in died.detail) == (90, False)


def test_without_a_journal_restarts_are_counted_by_the_manager(file: LastSeenFile) -> None:
    events = found(record(file, up(1, restarts=1)), morning(up(9, started_at=AT_TWO, restarts=5)))

    died = events[Kind.DIED]
    assert (died.detail["count"], died.detail["before"]) == (4, AT_TWO.isoformat())


def test_a_log_that_goes_on_between_crashes_does_not_tell_when_they_began(file: LastSeenFile) -> None:
    late = Evidence(last_word=AT_TWO - timedelta(minutes=1), last_line="ready")

    died = found(record(file, up(1, restarts=0)), morning(up(9, started_at=AT_TWO, restarts=3)), late)[Kind.DIED]

    assert died.detail["after"] == SEEN.isoformat()


def test_a_lock_tells_of_one_that_was_started_and_died_in_between(file: LastSeenFile, tmp_path: Path) -> None:
    lock = tmp_path / "gateway.1.lock"
    lock.touch()
    os.utime(lock, (AT_TWO.timestamp(), AT_TWO.timestamp()))
    left = down().model_copy(update={"locks": (LockStatus(path=str(lock), pid=7, stale=True),)})

    events = found(record(file, down()), morning(left))

    started, died = events[Kind.STARTED], events[Kind.DIED]
    assert (started.detail["pid"], started.detail["happened_at"]) == (7, AT_TWO.isoformat())
    assert (died.detail["pid"], died.detail["after"]) == (7, AT_TWO.isoformat())
    os.utime(lock, (SEEN.timestamp() - 60, SEEN.timestamp() - 60))
    assert found(record(file, down()), morning(left)) == {}, "a lock that was there already"


def test_a_stop_that_systemd_was_told_is_as_asked(file: LastSeenFile) -> None:
    asked = Evidence((Ending(AT_TWO, "exited 0", asked=True),), UNIT)

    died = found(record(file, up(1, restarts=0)), morning(down(restarts=0)), asked)[Kind.DIED]

    assert (died.detail["asked_by"], died.detail["happened_at"]) == ("systemctl", AT_TWO.isoformat())
    assert died.cause == f"systemd was told to stop {UNIT}"


def test_a_stop_by_claw_tui_is_as_asked(file: LastSeenFile) -> None:
    stopped = Evidence(operation=(Operation.STOP, AT_TWO))

    died = found(record(file, up(1)), morning(down()), stopped)[Kind.DIED]

    assert (died.cause, died.detail["asked_by"]) == ("stopped by claw-tui", "claw-tui")


def test_a_signal_to_stop_that_the_gateway_heard_is_as_asked(file: LastSeenFile) -> None:
    heard = Evidence(last_word=AT_TWO, last_line="stopped", heard=("SIGTERM", AT_TWO))

    died = found(record(file, up(1)), morning(down()), heard)[Kind.DIED]

    assert (died.cause, died.detail["asked_by"]) == ("told to stop by SIGTERM", "SIGTERM")
    assert (died.detail["happened_at"], "last_line" in died.detail) == (AT_TWO.isoformat(), False)


def test_a_crash_after_a_restart_by_claw_tui_is_no_stop_that_was_asked_for(file: LastSeenFile) -> None:
    crashed = Evidence((Ending(AT_TWO, "exited 1", asked=False),), UNIT, (Operation.RESTART, SEEN))

    died = found(record(file, up(1, restarts=0)), morning(down(restarts=0)), crashed)[Kind.DIED]

    assert (died.cause, "asked_by" in died.detail) == ("exited 1", False)


def test_crashes_before_a_stop_by_hand_are_told_beside_it(file: LastSeenFile) -> None:
    by_hand = AT_TWO + timedelta(hours=5)
    endings = (Ending(AT_TWO, "exited 1", asked=False), Ending(by_hand, "exited 0", asked=True))
    before, now = record(file, up(1, restarts=0)), morning(down(restarts=1))
    told = {"openclaw:default": Evidence(endings, UNIT)}

    events = explained_by(changes_since(before, now, "one"), told, before, now, "one")

    assert [(event.cause, event.detail.get("asked_by")) for event in events if event.kind == Kind.DIED] == [
        ("exited 1", None),
        (f"systemd was told to stop {UNIT}", "systemctl"),
    ]
    assert {event.detail["happened_at"] for event in events[1:]} == {by_hand.isoformat()}
    assert description(events[1]).startswith("its process is gone, at "), "of that run no pid is known"
    [story] = stories(Absence(SEEN, MORNING, events))
    assert re.fullmatch(r"died at .* \(exit 1\); was stopped at .*, as asked \(systemctl\)", story.text)
    assert story.weight is Weight.CRASHED


def test_a_restart_of_the_host_ends_all_that_ran(file: LastSeenFile) -> None:
    again = up(1, started_at=AT_TWO, restarts=0)

    died = found(record(file, up(1, restarts=7)), morning(again), boot="two")[Kind.DIED]

    assert (died.cause, "count" in died.detail) == (HOST_RESTARTED, False)
    assert died.detail["asked_by"] == "a restart of this host"


def test_a_restart_of_the_host_after_which_it_stays_down_was_not_asked_for(file: LastSeenFile) -> None:
    died = found(record(file, up(1, restarts=7)), morning(down(restarts=0)), boot="two")[Kind.DIED]

    assert (died.cause, "asked_by" in died.detail) == (HOST_RESTARTED, False)


def test_that_the_host_told_its_services_to_stop_before_it_restarted_is_no_stop_by_hand(file: LastSeenFile) -> None:
    stopped = Evidence((Ending(AT_TWO, "exited 0", asked=True),), UNIT)
    again = up(1, started_at=AT_TWO + timedelta(minutes=1), restarts=0)

    died = found(record(file, up(1, restarts=0)), morning(again), stopped, boot="two")[Kind.DIED]

    assert died.cause == HOST_RESTARTED


@pytest.mark.parametrize(("boot", "cause"), [("one", MANAGER_ENDED), ("two", HOST_RESTARTED)])
def test_what_ended_with_systemd_itself_was_stopped_by_nobody(file: LastSeenFile, boot: str, cause: str) -> None:
    stopped = Evidence((Ending(AT_TWO, "exited 0", asked=True, with_manager=True),), UNIT)

    died = found(record(file, up(1, restarts=0)), morning(down(restarts=0)), stopped, boot=boot)[Kind.DIED]

    assert (died.cause, died.detail["happened_at"], died.detail.get("asked_by")) == (cause, AT_TWO.isoformat(), None)


def test_restarts_are_not_counted_over_a_restart_of_the_host(file: LastSeenFile) -> None:
    assert found(record(file, down(restarts=1)), morning(down(restarts=5)), boot="two") == {}
    assert set(found(record(file, down(restarts=1)), morning(down(restarts=5)))) == {Kind.SERVICE_CHANGED}


def test_version_port_and_config_are_compared(file: LastSeenFile) -> None:
    moved = PortValue(value=19001, source=Source.CONFIG)

    events = found(record(file, up(1)), morning(up(1, version="2026.9.7", configured_port=moved)))

    version, config = events[Kind.VERSION_CHANGED], events[Kind.CONFIG_CHANGED]
    assert (version.detail["from"], version.detail["to"]) == ("2026.9.6", "2026.9.7")
    assert config.detail["keys"] == ("gateway.port",)
    assert (config.detail["from"], config.detail["to"]) == (18789, 19001)


def test_a_config_that_was_written_tells_when(file: LastSeenFile, tmp_path: Path) -> None:
    config = tmp_path / "openclaw.json"
    config.write_text("{}")
    there = up(1, config_path=str(config))
    before = record(file, there)
    config.write_text("{ }")
    os.utime(config, (AT_TWO.timestamp(), AT_TWO.timestamp()))

    changed = found(before, morning(there))[Kind.CONFIG_CHANGED]

    assert changed.detail["happened_at"] == AT_TWO.isoformat()


@pytest.mark.parametrize("when", [SEEN - timedelta(days=20), MORNING + timedelta(days=20)], ids=["before", "ahead"])
def test_a_config_that_was_put_there_with_its_own_time_tells_none(
    file: LastSeenFile, tmp_path: Path, when: datetime
) -> None:
    """As `cp -p`, `rsync -t` and `mv` put it there."""
    config = tmp_path / "openclaw.json"
    config.write_text("{}")
    there = up(1, config_path=str(config))
    before = record(file, there)
    os.utime(config, (when.timestamp(), when.timestamp()))

    assert "happened_at" not in found(before, morning(there))[Kind.CONFIG_CHANGED].detail


def test_instances_come_and_go(file: LastSeenFile) -> None:
    assert set(found(record(file), morning(up(1)))) == {Kind.APPEARED, Kind.STARTED}
    assert set(found(record(file, up(1)), morning())) == {Kind.DIED, Kind.VANISHED}


def test_what_could_not_be_seen_is_not_gone(file: LastSeenFile) -> None:
    unseen = Problem(where="/proc", message="may not be read", unseen=True)
    before = record(file, up(1), up(2, profile="rescue"))
    blind = instance(state=State.UNKNOWN, signals=Signals())
    now = morning(blind, problems=[unseen])

    assert found(before, now) == {}
    kept = file.record_of(now, before.model_copy(update={"boot": file.record_of(now, None).boot}))
    assert [one.process and one.process.pid for one in kept.gateways] == [1, 2], "so that the next look can tell"


def test_gateways_of_a_demo_are_no_news(file: LastSeenFile) -> None:
    demo = up(1, demo=True)

    assert file.record_of(host(demo), None).gateways == ()
    assert found(record(file), morning(demo)) == {}


def test_a_state_that_is_not_settled_is_no_news(file: LastSeenFile) -> None:
    starting = replace_state(up(1), State.STARTING)

    assert found(record(file, up(1)), morning(starting)) == {}
    assert set(found(record(file, up(1)), morning(replace_state(up(1), State.DEGRADED)))) == {Kind.STATE_CHANGED}


def replace_state(found_instance: Instance, state: State) -> Instance:
    return found_instance.model_copy(update={"state": state, "config": ConfigStatus(exists=True, valid=True)})
