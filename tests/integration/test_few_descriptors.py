"""Many gateways, and few files that may be open at once: fewer questions then, and nothing that is not true."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import AbstractContextManager
from itertools import islice
from pathlib import Path

import pytest

from gateway_core.logs.sources import FileLog, JournalLog, LogPath, Origin
from gateway_core.logs.view import LogView
from gateway_core.system.descriptors import descriptor_share
from tests.fixed_host import NOW, FixedHost
from tests.limits import soft_limit
from tests.real_processes import is_free
from tests.terminal import CLAW_TUI, DEADLINE_S, terminal

GATEWAYS = 50
LIMIT = 64  # macOS gives 256
SILENT = Path(__file__).parents[1] / "silent_gateways.py"


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of a home with many gateways that accept connections and never answer."""
    (tmp_path / "tmp").mkdir()
    ports = free_ports()
    for number, port in enumerate(ports):
        directory = tmp_path / f".openclaw-p{number}"
        directory.mkdir()
        (directory / "openclaw.json").write_text(json.dumps({"gateway": {"mode": "local", "port": port}}))
    gateways = subprocess.Popen(
        (sys.executable, "-I", str(SILENT), *map(str, ports)), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert gateways.stdin is not None
    assert gateways.stdout is not None
    try:
        assert gateways.stdout.readline() == b"ready\n"
        home, temporary = str(tmp_path), str(tmp_path / "tmp")
        yield {"HOME": home, "TMPDIR": temporary, "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
    finally:
        gateways.stdin.close()
        gateways.wait(timeout=DEADLINE_S)
        gateways.stdout.close()


def free_ports() -> list[int]:
    """Ports far enough from each other that no gateway's other ports are another's; below all that other tests use."""
    free = (port for port in range(3_000, 9_900, 120) if is_free(port))
    return list(islice(free, GATEWAYS))


def few_descriptors() -> AbstractContextManager[None]:
    """For the programs that are started meanwhile."""
    return soft_limit(resource.RLIMIT_NOFILE, LIMIT)


@pytest.mark.slow
def test_many_silent_gateways_end_neither_command_nor_dashboard(environment: dict[str, str]) -> None:
    with few_descriptors(), terminal(environment, columns=120, lines=40) as dashboard:
        dashboard.wait_for(lambda text: "openclaw:p" in text)
        listed = subprocess.run(
            (CLAW_TUI, "ls", "--json"), env=environment, capture_output=True, text=True, timeout=DEADLINE_S
        )
        dashboard.type("3")
        dashboard.wait_for(lambda text: "openclaw:p" not in text)
        dashboard.type("1")
        dashboard.wait_for(lambda text: "openclaw:p" in text)
        assert "Too many open files" not in dashboard.text
        dashboard.type("q")
        assert dashboard.read_to_end() == 0
    assert listed.returncode == 0, listed.stderr
    document = json.loads(listed.stdout)
    ours = [one for one in document["instances"] if (one["state_dir"] or "").startswith(environment["HOME"])]
    assert len(ours) == GATEWAYS
    assert {one["signals"]["socket"]["bound"] for one in ours} == {True}
    assert {one["signals"]["http"]["error"] for one in ours} == {"no answer within 2.0 s"}
    assert "open files" not in listed.stdout


def test_what_cannot_be_opened_is_no_sign_of_an_end(tmp_path: Path) -> None:
    program = """
        import asyncio, errno, os
        from gateway_core import take_snapshot, this_host
        from gateway_core.monitor.observer import Observer

        async def main():
            host = this_host()
            observer = Observer(host)
            await observer.look_at_system()
            processes, sockets = len(host.processes.scan()), len(host.sockets.scan().sockets)
            taken = []
            while True:
                try:
                    taken.append(os.dup(0))
                except OSError:
                    break
            for look in (host.processes.scan, host.sockets.scan, lambda: host.processes.find(os.getpid())):
                try:
                    print("nothing is said of", look())
                except OSError as error:
                    assert error.errno == errno.EMFILE, error
            await observer.look_at_processes()
            assert observer.facts.processes_unseen, "a problem is shown"
            for one in taken:
                os.close(one)
            assert host.sockets._by_netlink, "the next look is as before"
            await observer.look_at_processes()
            assert observer.facts.processes_unseen is None

        asyncio.run(main())
        """
    with few_descriptors():
        done = subprocess.run(
            (sys.executable, "-c", textwrap.dedent(program)),
            env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=DEADLINE_S,
        )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


async def test_logs_hold_no_more_than_their_share(tmp_path: Path) -> None:
    journals = [JournalLog(f"{number}.service", ("/bin/sh", "-c", "exec sleep 60"), ()) for number in range(3)]
    descriptors = Path("/dev/fd")
    files = [FileLog(Origin.FILE, LogPath(tmp_path / f"2026-11-{day}.log"), ()) for day in range(10, 30)]
    with few_descriptors():
        view = LogView((*journals, *files), FixedHost(tmp_path).host(), ())
        share = descriptor_share()
    for log in files:
        for path in log.log.current(NOW.astimezone().date()):
            path.touch()
    before = len(list(descriptors.iterdir()))
    async with view:
        assert 0 < len(list(descriptors.iterdir())) - before <= share
        assert len(view.problems) == len(journals) + len(files) - 3


def test_a_quarter_of_what_may_be_open_is_for_one_kind_of_work() -> None:
    with few_descriptors():
        assert descriptor_share() == LIMIT // 4
    assert descriptor_share() > 0
