"""How real processes ended: told by the kernel for anybody's, and by this process for its own children."""

import gc
import os
import signal
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from gateway_core.discovery.operation_records import ProcessMark
from gateway_core.host import ProcessTable
from gateway_core.lifecycle import direct as child_room
from gateway_core.lifecycle.direct import Child, launch
from gateway_core.lifecycle.exit_reasons import ExitReasons
from gateway_core.lifecycle.invocation import Invocation
from gateway_core.lifecycle.locking import operation_lock
from gateway_core.local_host import this_host
from gateway_core.operations import Operation
from gateway_core.processes.handle import ProcessHandle
from gateway_core.snapshot import ProcessSignal, Proof
from tests.cli_pictures import host_at
from tests.real_processes import kernel_tells
from tests.snapshots import NOW, instance, signals


@pytest.fixture
def processes() -> ProcessTable:
    return this_host().processes


def seen(processes: ProcessTable, pid: int) -> ProcessSignal:
    info = processes.find(pid)
    assert info is not None
    return ProcessSignal(
        pid=pid,
        start=info.start,
        started_at=info.started_at,
        rss_bytes=None,
        cpu_percent=None,
        proof=Proof.LOCK,
    )


class OthersChild:
    """Somebody else's child: its parent is a shell, which waits for it."""

    def __init__(self) -> None:
        script = "exec 3<&0; sh -c 'read line; exit $line' <&3 & echo $!; wait"
        pipe = subprocess.PIPE
        self._parent = subprocess.Popen(["sh", "-c", script], stdin=pipe, stdout=pipe, text=True)
        assert self._parent.stdout is not None
        self.pid = int(self._parent.stdout.readline())

    def end(self, *, code: int | None = None, by: signal.Signals | None = None) -> None:
        if by is not None:
            os.kill(self.pid, by)
        self._parent.communicate(f"{code}\n", timeout=20)


@pytest.mark.skipif(not kernel_tells(), reason="Linux 6.15 is the first to tell")
@pytest.mark.parametrize(
    ("code", "by", "said"),
    [
        (0, None, "exited 0"),
        (78, None, "exited 78"),
        (None, signal.SIGKILL, "killed by signal 9"),
        (None, signal.SIGSEGV, "killed by signal 11"),
    ],
)
def test_how_anybody_s_process_ended(
    processes: ProcessTable, code: int | None, by: signal.Signals | None, said: str
) -> None:
    child = OthersChild()
    process = seen(processes, child.pid)
    known = ExitReasons(this_host())
    known.follow((process,))
    assert known.of(process) is None
    child.end(code=code, by=by)
    assert known.of(process) == said
    known.follow(())
    assert known.of(process) is None


def test_of_a_process_that_was_not_followed_or_is_another_nothing_is_said(processes: ProcessTable) -> None:
    child = OthersChild()
    process = seen(processes, child.pid)
    other = process.model_copy(update={"start": 1})
    known = ExitReasons(this_host())
    known.follow((other,))
    child.end(code=3)
    assert known.of(process) is None
    assert known.of(other) is None


def open_files() -> int:
    gc.collect()  # what earlier tests have left may be closed at any moment
    return len(list(Path("/proc/self/fd").iterdir()))


def test_nothing_stays_open(processes: ProcessTable) -> None:
    children = [OthersChild() for _ in range(3)]
    before = open_files()
    known = ExitReasons(this_host())
    shown = tuple(seen(processes, one.pid) for one in children)
    for _ in range(3):
        known.follow(shown)
    assert open_files() == before + (len(shown) if hasattr(os, "pidfd_open") else 0)
    known.close()
    assert open_files() == before
    for one in children:
        one.end(code=0)


@pytest.mark.parametrize("pidfd", [True, False], ids=["old kernel", "no pidfd"])
@pytest.mark.parametrize(
    ("script", "said"), [("read line; exit 78", "exited 78"), ("read line; kill -9 $$", "killed by signal 9")]
)
async def test_of_its_own_children_a_process_knows_it_everywhere(
    processes: ProcessTable, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, pidfd: bool, script: str, said: str
) -> None:
    monkeypatch.setattr(ProcessHandle, "exit_code", lambda _handle: None)
    if not pidfd:
        monkeypatch.delattr(os, "pidfd_open", raising=False)
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    child = launched(processes, tmp_path, f"{{ {script}; }} <{gate}")
    process = seen(processes, child.pid)
    known = ExitReasons(this_host())
    known.follow((process,))
    gate.write_text("\n")
    assert await child.exit_code(20) is not None
    assert known.of(process) == said
    known.close()
    again = ExitReasons(this_host())
    later = process.model_copy(update={"start": (process.start or 0) + 1})
    again.follow((process, later))  # the first is gone before it is followed, the other one had its pid afterwards
    assert (again.of(process), again.of(later)) == (said, None)


async def test_only_the_newest_ends_are_kept(
    processes: ProcessTable, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(child_room, "_KEPT", 2)
    children = [launched(processes, tmp_path, "sleep 0.1; exit 3") for _ in range(4)]
    for child in children:
        assert await child.exit_code(20) == 3
    assert len(child_room._exits) <= 2


def launched(processes: ProcessTable, directory: Path, script: str) -> Child:
    argv = ("/bin/sh", "-c", script)
    with (directory / "output").open("wb") as output:
        called = Invocation(argv=argv, environment={}, directory=directory, own_variables={})
        return launch(called, output.fileno(), processes)


@pytest.mark.parametrize(
    ("asked_s", "changes", "known"),
    [
        (0, {}, True),
        (-359, {}, True),
        (-361, {}, False),
        (1, {}, False),
        (0, {"pid": 8}, False),
    ],
    ids=["now", "draining", "long ago", "later", "another process"],
)
def test_a_death_that_some_claw_tui_asked_for_is_known_at_once(
    tmp_path: Path, asked_s: int, changes: dict[str, int], known: bool
) -> None:
    host = host_at(tmp_path)
    seen = instance("rescue", 19001, pid=7)
    assert seen.config_path is not None
    mark = ProcessMark(pid=7, start=1, at=NOW + timedelta(seconds=asked_s)).model_copy(update=changes)
    with operation_lock(host, seen.config_path, seen.id, Operation.RESTART) as lock:
        lock.note(asked_to_stop=mark)
        assert ExitReasons(host).asked_for(seen, NOW) is (Operation.RESTART if known else None)
        young = instance("rescue", 19001, signals=signals(7, timedelta(seconds=-asked_s / 2)))
        assert asked_s >= 0 or ExitReasons(host).asked_for(young, NOW) is None  # who was asked had that pid before
    with operation_lock(host, seen.config_path, seen.id, Operation.START):  # before anybody saw the end
        assert ExitReasons(host).asked_for(seen, NOW) is (Operation.RESTART if known else None)
    assert ExitReasons(host).asked_for(instance("other", 19001, pid=7), NOW) is None
