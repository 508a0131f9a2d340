"""What is asked for the causes of ends that nobody saw: of stand-ins for systemd's commands, and of real logs."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from gateway_core.events import evidence
from gateway_core.events.absence import NO_EVIDENCE, Evidence
from gateway_core.events.evidence import evidence_of
from gateway_core.events.last_seen import LastSeen, LastSeenFile
from gateway_core.events.model import Event, Kind
from gateway_core.host import Host
from gateway_core.operations import Operation
from gateway_core.services.unit_history import Ending
from gateway_core.snapshot import Instance, State
from tests.fixed_host import FixedHost
from tests.snapshots import NOW, host, instance, signals

CRASHED = NOW + timedelta(hours=3)
MICROSECONDS = round(CRASHED.timestamp() * 1e6)
JOURNAL = (
    '{"MESSAGE_ID":"98e322203f7a4ed290d09fe03c09fe15","EXIT_CODE":"exited","EXIT_STATUS":"1",'
    f'"__REALTIME_TIMESTAMP":"{MICROSECONDS}"}}'
)
STOPPED = f"""Result=success
ExecMainCode=1
ExecMainStatus=0
ExecMainExitTimestamp={CRASHED:%a %Y-%m-%d %H:%M:%S} UTC
ExecMainExitTimestampMonotonic=20
ActiveExitTimestampMonotonic=10"""
DIED = Event(at=NOW + timedelta(hours=9), instance="openclaw:default", kind=Kind.DIED, detail={"pid": 11789})
Says = Callable[[str, str], None]


@pytest.fixture
def machine(tmp_path: Path) -> Host:
    commands = tmp_path / "bin"
    commands.mkdir()
    return FixedHost(tmp_path, environment={"PATH": f"{commands}:/usr/bin:/bin"}).host()


@pytest.fixture
def says(tmp_path: Path, machine: Host) -> Says:
    """Have a command of systemd say this, and write down what it was asked."""

    def write(command: str, script: str) -> None:
        path = tmp_path / "bin" / command
        path.write_text(f'#!/bin/sh\necho "$TZ $*" >>{tmp_path}/asked\n{script}\n')
        path.chmod(0o755)

    write("journalctl", "true")
    write("systemctl", "true")
    return write


def printed(text: str) -> str:
    return f"cat <<'END'\n{text}\nEND"


async def found(machine: Host, before: Instance, *now: Instance, recorded: Sequence[Event] = ()) -> Evidence:
    record = LastSeenFile(machine).record_of(host(before), None).model_copy(update={"seen_at": NOW})
    told = await evidence_of(machine, [DIED], record, host(*now), recorded)
    return told.get("openclaw:default", NO_EVIDENCE)


SERVED = instance()
DIRECT = SERVED.model_copy(update={"signals": signals(11789, service=False)})
DOWN = instance(state=State.STOPPED)


async def test_the_journal_of_the_service_tells_of_each_end(machine: Host, says: Says, tmp_path: Path) -> None:
    says("journalctl", printed(JOURNAL))

    told = await found(machine, SERVED, DOWN)

    assert told.endings == (Ending(CRASHED, "exited 1", asked=False),)
    assert told.unit == "openclaw-gateway.service"
    [asked] = (tmp_path / "asked").read_text().splitlines()
    assert "--user-unit=openclaw-gateway.service" in asked
    assert f"--since=@{NOW.timestamp():.0f}" in asked


async def test_without_a_journal_the_manager_tells_of_the_last_end(machine: Host, says: Says, tmp_path: Path) -> None:
    says("systemctl", printed(STOPPED))

    told = await found(machine, SERVED, DOWN)

    assert told.endings == (Ending(CRASHED, "exited 0", asked=True),)
    assert "UTC --user show" in (tmp_path / "asked").read_text()


async def test_that_systemd_knows_nothing_of_a_unit_in_another_boot_is_no_stop(machine: Host, says: Says) -> None:
    says("systemctl", printed("ActiveState=inactive\nResult=success\nRestart=always"))
    boot = machine.root / "proc/sys/kernel/random/boot_id"
    boot.parent.mkdir(parents=True)
    boot.write_text("one")
    record = LastSeenFile(machine).record_of(host(SERVED), None)

    for now, ends in (("one", 1), ("two", 0)):
        boot.write_text(now)
        told = await evidence_of(machine, [DIED], record, host(DOWN), ())
        assert len(told["openclaw:default"].endings) == ends


@pytest.mark.parametrize(("later", "ends"), [(-1, 1), (1, 0)], ids=["it-was-there", "it-began-anew"])
async def test_a_manager_that_began_since_knows_of_no_stop(machine: Host, says: Says, later: int, ends: int) -> None:
    began = NOW + timedelta(hours=later)
    forgotten = (
        f"ActiveState=inactive\nResult=success\nRestart=always\nUserspaceTimestamp={began:%a %Y-%m-%d %H:%M:%S} UTC"
    )
    says("systemctl", printed(forgotten))

    assert len((await found(machine, SERVED, DOWN)).endings) == ends


async def test_a_stop_at_the_last_logout_is_told_as_such(machine: Host, says: Says) -> None:
    stop, reached = (
        f'{{"MESSAGE_ID":"{message}","__REALTIME_TIMESTAMP":"{MICROSECONDS}"}}'
        for message in ("de5b426a63be47a7b6ac3eaac82e2f6f", "39f53479d3a045ac8e11786248231fbf")
    )
    ended = JOURNAL.replace("exited", "killed").replace('"1"', '"15"')
    says(
        "journalctl",
        f'case "$*" in *exit.target*) {printed(reached)}\n;; *) {printed(stop)}\n{printed(ended)}\n;; esac',
    )

    [ending] = (await found(machine, SERVED, DOWN)).endings

    assert (ending.asked, ending.with_manager) == (True, True)


async def test_an_end_before_the_last_look_is_none_of_this_time(machine: Host, says: Says) -> None:
    says("systemctl", printed(STOPPED.replace("2026", "2025")))

    assert (await found(machine, SERVED, DOWN)).endings == ()


@pytest.mark.parametrize("script", ["exit 1", "kill -9 $$", "echo no systemd >&2; exit 4"])
async def test_commands_that_fail_tell_nothing(machine: Host, says: Says, script: str) -> None:
    says("journalctl", script)
    says("systemctl", script)

    assert (await found(machine, SERVED, DOWN)).endings == ()


async def test_commands_that_hang_are_given_up(machine: Host, says: Says, monkeypatch: pytest.MonkeyPatch) -> None:
    says("journalctl", "exec sleep 60")
    monkeypatch.setattr(evidence, "DEADLINE_S", 0.3)
    begin = time.monotonic()

    assert (await found(machine, SERVED, DOWN)).endings == ()
    assert time.monotonic() - begin < 20


async def test_a_journal_that_hangs_keeps_no_stop_of_claw_tui_from_being_told(
    machine: Host, says: Says, monkeypatch: pytest.MonkeyPatch
) -> None:
    says("journalctl", "exec sleep 60")
    monkeypatch.setattr(evidence, "DEADLINE_S", 0.3)
    names = [f"bot{number}" for number in range(9)]
    before = [instance(name, 20000 + number) for number, name in enumerate(names)]
    record = LastSeenFile(machine).record_of(host(*before), None).model_copy(update={"seen_at": NOW})
    died = [DIED.model_copy(update={"instance": one.id}) for one in before]
    pids = [one.signals.process.pid for one in before if one.signals.process is not None]
    done = [
        operation(Operation.STOP, CRASHED, pid_before=pid).model_copy(update={"instance": one.id})
        for one, pid in zip(before, pids, strict=True)
    ]

    told = await evidence_of(machine, died, record, host(), done)

    assert [told[one.id].operation for one in before] == [(Operation.STOP, CRASHED)] * 9
    assert told[before[-1].id].unasked


async def test_what_is_silent_is_asked_once(
    machine: Host, says: Says, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    says("journalctl", "exec sleep 60")
    says("systemctl", printed(STOPPED))
    monkeypatch.setattr(evidence, "_ANSWER_S", 0.5)
    monkeypatch.setattr(evidence, "_AT_ONCE", 1)
    before = [instance(f"bot{number}", 20000 + number) for number in range(3)]
    record = LastSeenFile(machine).record_of(host(*before), None).model_copy(update={"seen_at": NOW})

    told = await evidence_of(
        machine, [DIED.model_copy(update={"instance": one.id}) for one in before], record, host(), ()
    )

    assert [told[one.id].endings for one in before] == [(Ending(CRASHED, "exited 0", asked=True),)] * 3
    assert (tmp_path / "asked").read_text().count("--user-unit") == 1


async def test_the_log_has_the_last_word_of_one_without_a_service(machine: Host, says: Says, tmp_path: Path) -> None:
    log = tmp_path / "gateway.log"
    lines = [
        (NOW + timedelta(hours=1), "ready"),
        (CRASHED, "out of room, key sk-proj-abcdefghijklmnopqrstuvwxyz012345"),
    ]
    log.write_text("".join(f'{{"0":"{text}","time":"{at.isoformat()}"}}\n' for at, text in lines))

    told = await found(machine, DIRECT, DOWN.model_copy(update={"log_file": str(log)}))

    assert told.last_word == CRASHED
    assert told.last_line is not None
    assert told.last_line.startswith("out of room")
    assert "abcdefghijkl" not in told.last_line


async def test_a_line_that_may_be_another_gateways_is_no_last_word(machine: Host, says: Says, tmp_path: Path) -> None:
    log = tmp_path / "gateway.log"
    log.write_text(f'{{"0":"received SIGTERM; shutting down","time":"{CRASHED.isoformat()}"}}\n')
    shared = (one.model_copy(update={"log_file": str(log)}) for one in (DOWN, instance("rescue", 19001)))

    told = await found(machine, DIRECT, *shared)

    assert (told.heard, told.last_line) == (None, None)


async def test_the_log_tells_of_a_signal_to_stop(machine: Host, says: Says, tmp_path: Path) -> None:
    log = tmp_path / "gateway.log"
    said = ("ready", "received SIGTERM; shutting down", "gmail watcher stopped")
    at = CRASHED.isoformat()
    log.write_text("".join(f'{{"0":"{text}","time":"{at}"}}\n' for text in said))

    told = await found(machine, DIRECT, DOWN.model_copy(update={"log_file": str(log)}))

    assert (told.heard, told.last_line) == (("SIGTERM", CRASHED), "gmail watcher stopped")


@pytest.mark.parametrize(
    "said",
    [
        ("received SIGTERM; shutting down", "listening on ws://127.0.0.1:18789 (PID 5)", "out of room"),
        ("received SIGTERM; shutting down", "http server listening (14 plugins)", "out of room"),
        ("message of anna: it received SIGTERM, help",),
    ],
    ids=["an-earlier-process", "an-earlier-one-of-later-versions", "quoted"],
)
async def test_a_signal_that_was_not_its_own_is_none(
    machine: Host, says: Says, tmp_path: Path, said: Sequence[str]
) -> None:
    log = tmp_path / "gateway.log"
    log.write_text("".join(f'{{"0":"{text}","time":"{CRASHED.isoformat()}"}}\n' for text in said))

    told = await found(machine, DIRECT, DOWN.model_copy(update={"log_file": str(log)}))

    assert (told.heard, told.last_line) == (None, said[-1])


async def test_a_log_that_has_said_nothing_since_has_no_last_word(machine: Host, says: Says, tmp_path: Path) -> None:
    log = tmp_path / "gateway.log"
    log.write_text(f'{{"0":"ready","time":"{(NOW - timedelta(hours=1)).isoformat()}"}}\n')

    assert (await found(machine, DIRECT, DOWN.model_copy(update={"log_file": str(log)}))).last_word is None


def operation(name: Operation, at: datetime, **pids: int) -> Event:
    detail = {"operation": name.value, "ok": True, "commands": ("x",), **pids}
    return Event(at=at, instance="openclaw:default", kind=Kind.OPERATION, detail=detail)


async def test_an_operation_of_another_claw_tui_is_the_cause(machine: Host, says: Says) -> None:
    done = operation(Operation.STOP, CRASHED, pid_before=11789)

    assert (await found(machine, DIRECT, DOWN, recorded=[done])).operation == (Operation.STOP, CRASHED)


@pytest.mark.parametrize(
    "other",
    [
        operation(Operation.STOP, CRASHED, pid_before=4),
        operation(Operation.START, CRASHED, pid_before=11789),
        operation(Operation.STOP, NOW - timedelta(days=1), pid_before=11789),
    ],
    ids=["another-process", "a-start", "long-ago"],
)
async def test_other_operations_are_not(machine: Host, says: Says, other: Event) -> None:
    assert (await found(machine, DIRECT, DOWN, recorded=[other])).operation is None


LATER = CRASHED + timedelta(hours=1)


@pytest.mark.parametrize(
    "done",
    [
        [operation(Operation.RESTART, CRASHED, pid_before=11789, pid_after=5)],
        [
            operation(Operation.STOP, NOW, pid_before=11789),
            operation(Operation.START, CRASHED, pid_after=5),
        ],
    ],
    ids=["restart", "stop-and-start"],
)
async def test_an_operation_that_left_it_running_did_not_end_it(
    machine: Host, says: Says, done: Sequence[Event]
) -> None:
    told = await found(machine, DIRECT, DOWN, recorded=done)

    assert (told.operation, told.left_running) == (None, CRASHED)
    assert (await found(machine, DIRECT, DIRECT, recorded=done)).operation is not None, "of one that runs"


async def test_of_several_operations_the_one_that_ended_it_last_is_told(machine: Host, says: Says) -> None:
    done = (
        operation(Operation.RESTART, CRASHED, pid_before=11789, pid_after=5),
        operation(Operation.STOP, LATER, pid_before=5),
    )

    assert (await found(machine, DIRECT, DOWN, recorded=done)).operation == (Operation.STOP, LATER)


async def test_a_stop_that_failed_ended_nothing(machine: Host, says: Says) -> None:
    done = operation(Operation.STOP, CRASHED, pid_before=11789, pid_after=11789)

    assert (await found(machine, DIRECT, DOWN, recorded=[done])).operation is None


async def test_who_started_what_runs_now_is_told(machine: Host, says: Says) -> None:
    started = replace_kind(DIED, Kind.STARTED, pid=5)
    record = LastSeen(seen_at=NOW)
    done = operation(Operation.START, CRASHED, pid_after=5)

    told = await evidence_of(machine, [started], record, host(DIRECT), [done])

    assert told["openclaw:default"].start is Operation.START


def replace_kind(event: Event, kind: Kind, pid: int) -> Event:
    return event.model_copy(update={"kind": kind, "detail": {"pid": pid}})
