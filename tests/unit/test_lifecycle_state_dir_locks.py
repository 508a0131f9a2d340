"""The lock of the state dir: seen by claw-tuis of other homes, and by no means in the hands of other users."""

from __future__ import annotations

import asyncio
import errno
import fcntl
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from gateway_core.demo.home import DemoHome
from gateway_core.dirs import operation_name
from gateway_core.host import Host
from gateway_core.lifecycle import locking, state_dir_locks
from gateway_core.lifecycle.locking import holding_instance, operation_lock
from gateway_core.operations import ErrorCode, Operation, RefusedError

HOLDER = """
import sys, time
from dataclasses import replace
from pathlib import Path
from gateway_core.lifecycle.locking import operation_lock
from gateway_core.operations import Operation
from gateway_core.local_host import this_host
host = replace(this_host(), home=Path(sys.argv[1]), environment={})
with operation_lock(host, sys.argv[3] + "/openclaw.json", "openclaw:p", Operation.START, state_dir=sys.argv[2]):
    print("held", flush=True)
    time.sleep(60)
"""
"""Another claw-tui, with the home of its own that the first word names."""
PLAIN = """
import fcntl, os, sys, time
descriptor = os.open(sys.argv[1], os.O_RDONLY)
fcntl.flock(descriptor, fcntl.LOCK_EX)
os.set_inheritable(descriptor, True)
parent = os.getpid()
if "child" in sys.argv and os.fork():
    os._exit(0)
while "child" in sys.argv and os.getppid() == parent:
    time.sleep(0.01)
print("held", flush=True)
time.sleep(60)
"""
"""Any program that locks the directory, and leaves that to a child if it is told so."""
NOBODY = 65534
only_root = pytest.mark.skipif(os.getuid() != 0, reason="only root can be several users")
only_linux = pytest.mark.skipif(sys.platform != "linux", reason="other systems do not tell who holds a lock")


def running(code: str, *arguments: str, uid: int | None = None) -> AbstractContextManager[int]:
    """The pid of a process of that code, which holds a lock until the end of the block."""
    return holder(sys.executable, "-c", code, *arguments, uid=uid)


@contextmanager
def holder(*command: str, uid: int | None = None) -> Iterator[int]:
    """The pid of a process that says when it holds a lock, and does so until the end of the block."""
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, user=uid, start_new_session=True)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "held\n"
        yield process.pid
    finally:
        os.killpg(process.pid, 9)
        process.wait()
        process.stdin.close()
        process.stdout.close()


@pytest.fixture
def place(tmp_path: Path) -> Path:
    place = tmp_path / "state"
    place.mkdir()
    return place


@pytest.fixture
def open_place() -> Iterator[Path]:
    """A state dir that everybody may look into."""
    with tempfile.TemporaryDirectory(dir="/tmp") as directory:  # those of pytest are closed to others
        place = Path(directory)
        place.chmod(0o755)
        yield place


@pytest.fixture
def host(tmp_path: Path) -> Host:
    home = tmp_path / "home"
    home.mkdir()
    return replace(DemoHome(tmp_path).host(), home=home, environment={})


def refused(host: Host, place: Path) -> RefusedError:
    with pytest.raises(RefusedError) as caught, lock(host, place):
        pass
    assert caught.value.failure.code is ErrorCode.BUSY
    return caught.value


@contextmanager
def lock(host: Host, place: Path) -> Iterator[None]:
    with operation_lock(host, place / "openclaw.json", "openclaw:p", Operation.STOP, state_dir=place):
        yield


@only_linux
def test_a_claw_tui_of_another_home_is_named(host: Host, place: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(place)
    with running(HOLDER, str(tmp_path / "elsewhere"), str(link), str(link)) as pid:
        assert f"(pid {pid}) has locked {place}, so openclaw:p was left alone." in str(refused(host, place))
    with lock(host, place):
        pass


def test_nothing_is_left_in_the_state_dir(host: Host, place: Path) -> None:
    with lock(host, place):
        assert list(place.iterdir()) == []


def test_a_claw_tui_of_this_very_process_counts_by_its_instance(host: Host, place: Path) -> None:
    elsewhere = replace(host, home=host.home / "elsewhere")
    with lock(host, place):
        assert str(refused(elsewhere, place)) == "This claw-tui is working on openclaw:p."
        with operation_lock(elsewhere, place / "other.json", "openclaw@x", Operation.STOP, state_dir=place):
            pass
        assert str(refused(elsewhere, place)) == "This claw-tui is working on openclaw:p."
    with lock(elsewhere, place):
        pass


@only_linux
def test_two_instances_of_one_state_dir_are_kept_apart_from_another_process(
    host: Host, place: Path, tmp_path: Path
) -> None:
    with running(HOLDER, str(tmp_path / "elsewhere"), str(place), str(tmp_path / "config")) as pid:
        assert f"(pid {pid})" in str(refused(host, place))


@pytest.fixture
def beside(tmp_path: Path) -> Iterator[tuple[Path, int]]:
    """A directory in which another claw-tui, with that pid, is making a state dir."""
    homes = tmp_path / "homes"
    homes.mkdir()
    with running(HOLDER, str(tmp_path / "elsewhere"), str(homes / "one"), str(homes / "one")) as pid:
        yield homes, pid


@only_linux
async def test_what_does_not_exist_yet_is_locked_by_the_directory_that_it_will_be_in(
    host: Host, beside: tuple[Path, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locking, "_PATIENCE_S", 0.0)
    homes, pid = beside
    with pytest.raises(RefusedError) as caught:
        await hold_new(host, homes / "two")
    assert f"(pid {pid}) has locked {homes}, in which openclaw:p would be made" in str(caught.value)


@only_linux
async def test_others_that_make_a_gateway_beside_are_waited_for(host: Host, beside: tuple[Path, int]) -> None:
    homes, pid = beside
    waiting = asyncio.create_task(hold_new(host, homes / "two"))
    done, _ = await asyncio.wait([waiting], timeout=0.5)
    assert not done
    os.kill(pid, 9)
    await asyncio.wait_for(waiting, 30)


@only_linux
async def test_who_waits_for_others_can_give_up_at_once(host: Host, beside: tuple[Path, int]) -> None:
    waiting = asyncio.create_task(hold_new(host, beside[0] / "two"))
    await asyncio.wait([waiting], timeout=0.5)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(waiting, 5)


@only_linux
def test_a_gateway_whose_state_dir_is_gone_is_stopped_beside_one_that_is_made(
    host: Host, beside: tuple[Path, int]
) -> None:
    with lock(host, beside[0] / "gone"):
        pass


@only_linux
@pytest.mark.parametrize("made", ["one", "above/one"])
def test_what_is_being_made_stays_locked_once_it_is_there(host: Host, tmp_path: Path, made: str) -> None:
    homes, place = tmp_path / "homes", tmp_path / "homes" / made
    homes.mkdir()
    with running(HOLDER, str(tmp_path / "elsewhere"), str(place), str(place)) as pid:
        for directory in {place.parent: None, place: None}:
            directory.mkdir(exist_ok=True)
            with pytest.raises(RefusedError, match=rf"pid {pid}\)"):
                start(host, place)
        start(host, homes / "two")


@only_linux
def test_a_gateway_that_is_there_is_operated_beside_one_that_is_made(
    host: Host, beside: tuple[Path, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state_dir_locks, "_TO_FOLLOW_S", 0.1)
    place = beside[0] / "there"
    place.mkdir()
    start(host, place)


@pytest.fixture
def nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    def wait(_: float) -> None:
        raise AssertionError("it was waited for somebody")

    monkeypatch.setattr(time, "sleep", wait)


@only_linux
@pytest.mark.usefixtures("nobody_waits")
def test_a_gateway_that_is_there_is_stopped_at_once_beside_one_that_is_made(
    host: Host, beside: tuple[Path, int]
) -> None:
    place = beside[0] / "there"
    place.mkdir()
    with lock(host, place):
        pass


@only_linux
@pytest.mark.usefixtures("nobody_waits")
def test_what_locks_a_directory_above_and_is_no_claw_tui_is_not_waited_for(host: Host, place: Path) -> None:
    with holder("flock", str(place.parent), "sh", "-c", "echo held; sleep 60"):
        start(host, place)


@only_linux
def test_nothing_is_locked_to_find_out_who_holds_it(host: Host, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, locked = fcntl.flock, list[Path]()

    def watched(descriptor: int, operation: int) -> None:
        locked.append(Path(f"/dev/fd/{descriptor}").resolve())
        real(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", watched)
    start(host, place)
    assert [path for path in locked if path.is_dir()] == [place]


def test_what_somebody_locks_for_a_moment_only_is_not_refused(
    host: Host, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    descriptor = os.open(place, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    monkeypatch.setattr(time, "sleep", lambda _: os.close(descriptor))
    start(host, place)


@pytest.mark.parametrize("failing", ["_lock", "_is_made_above"])
def test_where_a_lock_fails_the_file_alone_counts_and_nothing_stays_held(
    host: Host, place: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    def too_many(*_: object) -> bool:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    said: list[str] = []
    config = place / "openclaw.json"
    with monkeypatch.context() as full:
        full.setattr(state_dir_locks, failing, too_many)
        with operation_lock(host, config, "openclaw:p", Operation.START, state_dir=place, warn=said.append):
            pass
    start(host, place)
    assert len(said) == 1
    assert f"{place} could not be locked (Too many open files)" in said[0]


@only_linux
def test_a_lock_that_is_held_for_as_long_as_a_gateway_runs_keeps_nobody_from_it(host: Host, place: Path) -> None:
    """As with `flock DIR openclaw gateway`."""
    become = "import os, sys; print('held', flush=True); os.execv(sys.executable, ['openclaw-gateway'])"
    with holder("flock", str(place), sys.executable, "-c", become):
        deadline = time.monotonic() + 30
        while ("openclaw-gateway",) not in (info.argv for info in host.processes.scan()):
            assert time.monotonic() < deadline
        with lock(host, place):
            pass


@only_linux
def test_a_lock_that_is_held_for_something_else_counts(host: Host, place: Path) -> None:
    with holder("flock", str(place), "sh", "-c", "echo held; sleep 60") as pid:
        assert f"flock (pid {pid}) has locked {place}" in str(refused(host, place))


def start(host: Host, place: Path) -> None:
    with operation_lock(host, place / "openclaw.json", "openclaw:p", Operation.START, state_dir=place):
        pass


async def hold_new(host: Host, place: Path) -> None:
    async with holding_instance(host, place / "openclaw.json", "openclaw:p", state_dir=place):
        pass


def test_where_directories_cannot_be_locked_the_file_alone_counts(
    host: Host, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = fcntl.flock

    def as_on_nfs(descriptor: int, operation: int) -> None:
        if Path(f"/dev/fd/{descriptor}").is_dir():
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        real(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", as_on_nfs)
    with lock(host, place):
        assert str(refused(host, place)) == "This claw-tui is stopping openclaw:p."


@only_linux
@only_root
@pytest.mark.parametrize("words", [(), ("child",)])
def test_another_ordinary_user_cannot_keep_anybody_from_his_gateway(
    host: Host, open_place: Path, words: Sequence[str]
) -> None:
    with running(PLAIN, str(open_place), *words, uid=NOBODY), lock(host, open_place):
        pass


@only_linux
@only_root
def test_root_heeds_the_owner_of_the_state_dir(host: Host, open_place: Path) -> None:
    os.chown(open_place, NOBODY, -1)
    with running(PLAIN, str(open_place), uid=NOBODY) as pid:
        assert f"(pid {pid}) has locked {open_place}" in str(refused(host, open_place))


@only_linux
@only_root
def test_a_holder_that_left_the_lock_to_a_child_is_no_claw_tui(host: Host, place: Path) -> None:
    with running(PLAIN, str(place), "child"), lock(host, place):
        pass


def test_an_id_keys_the_same_record_from_every_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = operation_name("openclaw@pid-7")
    monkeypatch.chdir(tmp_path)
    assert operation_name("openclaw@pid-7") == before
