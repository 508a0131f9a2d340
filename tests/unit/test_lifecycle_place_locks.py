"""The lock of the state dir: seen by claw-tuis of other homes, and by no means in the hands of other users."""

from __future__ import annotations

import errno
import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from gateway_core.demo.home import DemoHome
from gateway_core.dirs import operation_name
from gateway_core.host import Host
from gateway_core.lifecycle import place_locks
from gateway_core.lifecycle.locking import operation_lock
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
if "child" in sys.argv and os.fork():
    os._exit(0)
print("held", flush=True)
time.sleep(60)
"""
"""Any program that locks the directory, and leaves that to a child if it is told so."""
NOBODY = 65534
only_root = pytest.mark.skipif(os.getuid() != 0, reason="only root can be several users")
only_linux = pytest.mark.skipif(sys.platform != "linux", reason="other systems do not tell who holds a lock")


@contextmanager
def running(code: str, *arguments: str, uid: int | None = None) -> Iterator[int]:
    """The pid of a process that holds a lock until the end of the block."""
    command = [sys.executable, "-c", code, *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, user=uid, start_new_session=True)
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "held\n"
        yield process.pid
    finally:
        os.killpg(process.pid, 9)
        process.wait()
        process.stdout.close()


@pytest.fixture
def place(tmp_path: Path) -> Path:
    place = tmp_path / "state"
    place.mkdir()
    return place


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


@only_linux
def test_what_does_not_exist_yet_is_locked_by_the_directory_that_it_will_be_in(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(place_locks, "_PATIENCE_S", 0.2)
    missing = tmp_path / "homes" / "one"
    missing.parent.mkdir()
    with running(HOLDER, str(tmp_path / "elsewhere"), str(missing), str(missing)) as pid:
        assert f"(pid {pid})" in str(refused(host, tmp_path / "homes" / "two"))


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
    host: Host, place: Path, words: Sequence[str]
) -> None:
    _open_to_all(place)
    with running(PLAIN, str(place), *words, uid=NOBODY), lock(host, place):
        pass


@only_linux
@only_root
def test_root_heeds_the_owner_of_the_state_dir(host: Host, place: Path) -> None:
    _open_to_all(place)
    os.chown(place, NOBODY, -1)
    with running(PLAIN, str(place), uid=NOBODY) as pid:
        assert f"(pid {pid}) has locked {place}" in str(refused(host, place))


@only_linux
@only_root
def test_a_holder_that_left_the_lock_to_a_child_is_no_claw_tui(host: Host, place: Path) -> None:
    with running(PLAIN, str(place), "child"), lock(host, place):
        pass


def test_an_id_keys_the_same_record_from_every_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = operation_name("openclaw@pid-7")
    monkeypatch.chdir(tmp_path)
    assert operation_name("openclaw@pid-7") == before


def _open_to_all(place: Path) -> None:
    for path in (place, *place.parents):
        if path.stat().st_uid == os.getuid() and path.name != "tmp":
            path.chmod(path.stat().st_mode | 0o055)
