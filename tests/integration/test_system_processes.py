"""The process tables against real processes."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway_core.host import ProcessInfo, ProcessTable
from gateway_core.system import processes
from gateway_core.system.psutil_tables import PsutilProcesses

LINUX = sys.platform == "linux"
TABLES = [processes.LinuxProcesses, PsutilProcesses] if LINUX else [PsutilProcesses]
linux_only = pytest.mark.skipif(not LINUX, reason="reads /proc")

IDLE = "import sys; print('up', flush=True); sys.stdin.read()"
RETITLE = (
    "import sys, setproctitle; print('up', flush=True); sys.stdin.readline(); "
    "setproctitle.setproctitle('openclaw-gateway'); print('titled', flush=True); sys.stdin.read()"
)


@pytest.fixture(params=TABLES, ids=lambda table: table.__name__)
def table(request: pytest.FixtureRequest) -> ProcessTable:
    made: ProcessTable = request.param()
    return made


@contextmanager
def python(code: str, *arguments: str, environment: dict[str, str] | None = None) -> Iterator[subprocess.Popen[str]]:
    """A Python process that has printed its first line; it ends with its standard input."""
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [sys.executable, "-c", code, *arguments], stdin=pipe, stdout=pipe, text=True, env=environment
    ) as child:
        try:
            assert child.stdout is not None
            child.stdout.readline()
            yield child
        finally:
            child.kill()


def of(table: ProcessTable, pid: int) -> ProcessInfo | None:
    return next((info for info in table.scan() if info.pid == pid), None)


def known(table: ProcessTable, pid: int) -> ProcessInfo:
    info = of(table, pid)
    assert info is not None
    return info


def cpu_seconds(table: ProcessTable, pid: int) -> float:
    usage = table.usage(pid)
    assert usage is not None
    assert usage.cpu_seconds is not None
    return usage.cpu_seconds


def retitle(child: subprocess.Popen[str]) -> None:
    """Let it take its title, and wait until it has."""
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write("now\n")
    child.stdin.flush()
    child.stdout.readline()


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true within 10 s"
        time.sleep(0.01)


def test_a_process_is_described_alike_by_scan_and_find(table: ProcessTable) -> None:
    with python(IDLE, "--port", "1") as child:
        info = known(table, child.pid)
        assert info == table.find(child.pid)
    assert info.parent == os.getpid()
    assert info.uid == os.getuid()
    assert info.argv == (sys.executable, "-c", IDLE, "--port", "1")
    assert abs(datetime.now(UTC) - info.started_at) < timedelta(seconds=60)


def test_of_a_huge_command_line_only_the_beginning_is_kept(table: ProcessTable) -> None:
    with python(IDLE, *["token=abc"] * 100_000) as child:
        info = known(table, child.pid)
    assert info.argv[:4] == (sys.executable, "-c", IDLE, "token=abc")
    assert sum(map(len, info.argv)) < 1 << 16


@linux_only
def test_a_huge_environment_counts_as_unseen() -> None:
    table, huge = processes.LinuxProcesses(), {f"V{number}": "x" * 100_000 for number in range(12)}
    with python(IDLE, environment={"WANTED": "here"}) as child:
        assert table.environment(child.pid, frozenset({"WANTED"})) == {"WANTED": "here"}
    with python(IDLE, environment={**huge, "WANTED": "here"}) as child:
        assert table.environment(child.pid, frozenset({"WANTED"})) is None


def test_a_process_that_exits_between_scans_is_gone(table: ProcessTable) -> None:
    with python(IDLE) as child:
        assert of(table, child.pid)
        assert child.stdin is not None
        child.stdin.close()
        child.wait()
    assert of(table, child.pid) is None
    assert table.find(child.pid) is None
    assert table.usage(child.pid) is None
    assert table.open_files(child.pid) is None
    assert table.environment(child.pid, frozenset({"HOME"})) is None


def test_a_zombie_counts_as_gone(table: ProcessTable) -> None:
    with python(IDLE) as child:
        child.send_signal(signal.SIGKILL)
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert of(table, child.pid) is None
        assert table.find(child.pid) is None


def test_only_the_asked_variables_leave_the_environment(table: ProcessTable) -> None:
    environment = {"OPENCLAW_STATE_DIR": "/srv/bot", "OPENCLAW_GATEWAY_TOKEN": "canary"}
    with python(IDLE, environment=environment) as child:
        assert table.environment(child.pid, frozenset({"OPENCLAW_STATE_DIR", "OPENCLAW_PROFILE"})) == {
            "OPENCLAW_STATE_DIR": "/srv/bot"
        }


def test_open_files_are_regular_and_still_there(table: ProcessTable, tmp_path: Path) -> None:
    code = "import os, sys; held = [open(name, 'w') for name in sys.argv[1:]]; os.remove(sys.argv[2]); " + IDLE
    kept, removed = tmp_path / "gateway.lock", tmp_path / "removed"
    with python(code, str(kept), str(removed)) as child:
        opened = table.open_files(child.pid)
    assert opened is not None
    assert kept in opened
    assert not any(path.name.startswith("removed") for path in opened)
    assert Path(os.devnull) not in opened


def test_usage_grows_with_work(table: ProcessTable) -> None:
    with python("print('up', flush=True)\nwhile True: pass") as child:
        before = table.usage(child.pid)
        assert before is not None
        assert before.rss_bytes > 1_000_000
        wait_for(lambda: cpu_seconds(table, child.pid) > before.cpu_seconds)


def test_a_new_title_is_seen_without_its_padding(table: ProcessTable) -> None:
    with python(RETITLE, "x" * 200) as child:
        assert known(table, child.pid).argv[0] == sys.executable
        retitle(child)
        assert known(table, child.pid).argv == ("openclaw-gateway",)
        found = table.find(child.pid)
        assert found is not None
        assert found.argv == ("openclaw-gateway",)


@linux_only
def test_a_late_title_of_a_settled_process_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_SETTLED_AFTER_S", -1)
    table = processes.LinuxProcesses()
    with python(RETITLE) as child:
        first = of(table, child.pid)
        assert of(table, child.pid) is first, "what is known of a settled process is kept"
        retitle(child)
        assert known(table, child.pid).name == "openclaw-gatewa"
        assert known(table, child.pid).argv == ("openclaw-gateway",)


@linux_only
def test_a_reused_pid_is_another_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_SETTLED_AFTER_S", -1)
    table = processes.LinuxProcesses()
    with python(IDLE) as child:
        real = known(table, child.pid)
        table._known[child.pid] = replace(real, start=real.start - 1, argv=("an", "earlier", "process"))
        assert of(table, child.pid) == real


@linux_only
def test_the_start_is_field_22_as_locks_record_it() -> None:
    with python(IDLE) as child:
        line = Path(f"/proc/{child.pid}/stat").read_text("utf-8")
        found = processes.LinuxProcesses().find(child.pid)
        assert found is not None
        assert found.start == int(line.split()[21])


@linux_only
def test_kernel_threads_have_no_command_line() -> None:
    kthreadd = processes.LinuxProcesses().find(2)
    if kthreadd is None or kthreadd.name != "kthreadd":
        pytest.skip("kernel threads are not visible here")
    assert kthreadd.argv == ()
    assert kthreadd.uid == 0
