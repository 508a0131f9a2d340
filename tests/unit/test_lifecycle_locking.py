"""One operation per instance at a time, also across processes, and a record that outlives its writer."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from gateway_core.demo.home import DemoHome
from gateway_core.dirs import operations_dir
from gateway_core.discovery.operation_records import LockRecord, OperationRecords, ProcessMark
from gateway_core.host import Host, Identity
from gateway_core.lifecycle.locking import operation_lock
from gateway_core.operations import ErrorCode, Operation, RefusedError
from tests.fixed_host import NOW, FixedHost

HOLDER = """
import sys, time
from dataclasses import replace
from pathlib import Path
from gateway_core.lifecycle.locking import operation_lock
from gateway_core.operations import Operation
from gateway_core.local_host import this_host
host = replace(this_host(), home=Path(sys.argv[1]))
with operation_lock(host, sys.argv[2], "openclaw:rescue", Operation.RESTART):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return replace(DemoHome(tmp_path).host(), home=tmp_path, environment={})


@pytest.fixture
def holder(host: Host, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lock of `config.json`."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path), str(tmp_path / "config.json")], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_who_is_at_work_is_said(host: Host, tmp_path: Path, holder: subprocess.Popen[str]) -> None:
    with (
        pytest.raises(RefusedError) as refused,
        operation_lock(host, tmp_path / "config.json", "openclaw:rescue", Operation.STOP),
    ):
        pass

    assert refused.value.failure.code is ErrorCode.BUSY
    assert str(refused.value) == f"Another claw-tui (pid {holder.pid}) is restarting openclaw:rescue."


def test_the_lock_of_a_killed_process_is_free(host: Host, tmp_path: Path, holder: subprocess.Popen[str]) -> None:
    holder.send_signal(signal.SIGKILL)
    holder.wait()

    with operation_lock(host, tmp_path / "config.json", "openclaw:rescue", Operation.STOP) as lock:
        assert lock.record.holder == os.getpid()


def test_two_operations_of_one_process_exclude_each_other(host: Host, tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    with (
        operation_lock(host, config, "a", Operation.START),
        pytest.raises(RefusedError, match="This claw-tui is starting a"),
        operation_lock(host, config, "a", Operation.STOP),
    ):
        pass


def test_a_link_to_the_config_is_the_same_instance_and_another_config_is_not(host: Host, tmp_path: Path) -> None:
    config, link = tmp_path / "config.json", tmp_path / "link.json"
    config.touch()
    link.symlink_to(config)
    with operation_lock(host, config, "a", Operation.START):
        with pytest.raises(RefusedError), operation_lock(host, link, "b", Operation.START):
            pass
        with operation_lock(host, tmp_path / "other.json", "b", Operation.START):
            pass


def test_the_record_is_there_for_the_next_operation(host: Host, tmp_path: Path) -> None:
    launched, asked = ProcessMark(pid=7, start=8), ProcessMark(pid=9, start=10, at=host.clock.now())
    with operation_lock(host, tmp_path / "c", "a", Operation.START) as lock:
        lock.note(launched=launched)
    with operation_lock(host, tmp_path / "c", "a", Operation.STOP) as lock:
        lock.note(asked_to_stop=asked)
        assert lock.record.launched == launched
    with operation_lock(host, tmp_path / "c", "a", Operation.KILL) as lock:
        assert lock.record.asked_to_stop == asked


def test_a_record_that_was_cut_short_is_forgotten(host: Host, tmp_path: Path) -> None:
    with operation_lock(host, tmp_path / "c", "a", Operation.START):
        pass
    [path] = operations_dir(host).iterdir()
    path.write_text('{"holder": 1, "oper')

    with operation_lock(host, tmp_path / "c", "a", Operation.STOP) as lock:
        assert lock.record.launched is None


def test_a_record_whose_writer_was_killed_before_it_cut_off_the_one_before_is_read(host: Host, tmp_path: Path) -> None:
    asked = ProcessMark.now(host, Identity(9, 10))
    with operation_lock(host, tmp_path / "c", "a", Operation.START):
        pass
    [path] = operations_dir(host).iterdir()
    path.write_text(LockRecord(asked_to_stop=asked).model_dump_json() + '1763635200.0},"took_s":null}')

    seen = OperationRecords(host).of(tmp_path / "c")
    with operation_lock(host, tmp_path / "c", "a", Operation.KILL) as lock:
        assert lock.record.asked_to_stop == asked
    assert seen.asked_to_stop == (9, 10)


def test_what_was_asked_of_a_process_of_another_boot_is_asked_of_none(host: Host, tmp_path: Path) -> None:
    asked = ProcessMark.now(host, Identity(9, 10)).model_copy(update={"boot": "another"})
    with operation_lock(host, tmp_path / "c", "a", Operation.STOP) as lock:
        lock.note(asked_to_stop=asked, launched=asked)

    seen = OperationRecords(host).of(tmp_path / "c")
    assert (seen.asked_to_stop, seen.launched, seen.known) == (None, None, True)


@pytest.mark.parametrize(
    ("changes", "known"),
    [
        ({}, True),
        ({"start": 4999}, False),
        ({"pid": 8}, False),
        ({"at": NOW - timedelta(hours=1)}, False),
        ({"at": None}, False),
        ({"boot": "another"}, False),
    ],
    ids=["it", "of another start", "gone", "begun since then", "no time", "of another boot"],
)
def test_a_mark_of_an_earlier_version_that_tells_no_boot_is_of_a_process_that_was_there_then(
    tmp_path: Path, changes: dict[str, object], known: bool
) -> None:
    fixed = FixedHost(tmp_path)
    boot = tmp_path / "proc/sys/kernel/random/boot_id"
    boot.parent.mkdir(parents=True)
    boot.write_text("this\n")
    info = fixed.add_process(7, "openclaw-gateway")
    mark = ProcessMark(pid=7, start=info.start, at=NOW).model_copy(update=changes)
    with operation_lock(fixed.host(), tmp_path / "c", "a", Operation.STOP) as lock:
        lock.note(asked_to_stop=mark, launched=mark)
    seen = OperationRecords(fixed.host()).of(tmp_path / "c")
    assert {seen.asked_to_stop, seen.launched} == {info.identity if known else None}


def test_what_could_not_be_written_is_known_until_another_claw_tui_knows_better(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = ProcessMark(pid=7, start=8), ProcessMark(pid=70, start=80)
    with monkeypatch.context() as full:
        full.setattr(os, "pwrite", lambda *_: 0)
        with operation_lock(host, tmp_path / "d", "b", Operation.START) as lock:
            lock.note(launched=ours)
        with operation_lock(host, tmp_path / "d", "b", Operation.STOP) as lock:
            assert lock.record.launched == ours
    [path] = operations_dir(host).iterdir()
    path.write_text(LockRecord(holder=1, launched=theirs).model_dump_json())
    with operation_lock(host, tmp_path / "d", "b", Operation.STOP) as lock:
        assert lock.record.launched == theirs


def test_nobody_else_can_read_it(host: Host, tmp_path: Path) -> None:
    with operation_lock(host, tmp_path / "c", "a", Operation.START):
        [path] = operations_dir(host).iterdir()
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("operation", [Operation.STOP, Operation.KILL])
def test_a_gateway_is_ended_without_any_lock_and_that_is_said(host: Host, tmp_path: Path, operation: Operation) -> None:
    (tmp_path / ".local").write_text("a file in the way")
    said: list[str] = []

    with operation_lock(host, tmp_path / "c", "a", operation, warn=said.append) as lock:
        lock.note(asked_to_stop=ProcessMark(pid=9, start=10))
    with operation_lock(host, tmp_path / "c", "a", operation, warn=said.append) as lock:
        assert lock.record.asked_to_stop == ProcessMark(pid=9, start=10)  # this process knows it all the same

    assert len(said) == 2
    assert "Nothing keeps other claw-tuis away" in said[0]


def test_a_place_that_cannot_be_written_to_is_an_error_for_people(host: Host, tmp_path: Path) -> None:
    (tmp_path / ".local").write_text("a file in the way")

    with pytest.raises(RefusedError) as refused, operation_lock(host, tmp_path / "c", "a", Operation.START):
        pass

    assert refused.value.failure.code is ErrorCode.NO_LOCK
