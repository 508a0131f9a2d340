"""Files of claw-tui itself: private whatever the umask, whole or not there, and nobody else's."""

from __future__ import annotations

import grp
import os
import pwd
import resource
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gateway_core.files import FileContent
from gateway_core.own_files import (
    UntrustedPlaceError,
    create_file,
    open_private,
    private_dir,
    read_own_text,
    replace_file,
)
from gateway_core.trusted_places import why_untrusted

UMASKS = (0o000, 0o002, 0o077, 0o777)
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")


@pytest.fixture(params=UMASKS, ids=oct)
def umask(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """No file may become larger, which fails as a full disk does, if with another errno."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.usefixtures("umask")
def test_every_directory_that_is_made_is_private_whatever_the_umask(tmp_path: Path) -> None:
    made = private_dir(tmp_path / "a" / "b" / "c")

    assert [mode(path) for path in (made, *made.parents[:2])] == [0o700] * 3


@pytest.mark.usefixtures("umask")
def test_every_file_that_is_made_is_private_whatever_the_umask(tmp_path: Path) -> None:
    replace_file(tmp_path / "a" / "replaced", "text")
    create_file(tmp_path / "created", "text")
    os.close(open_private(tmp_path / "b" / "opened", os.O_WRONLY))

    for path in (tmp_path / "a" / "replaced", tmp_path / "created", tmp_path / "b" / "opened"):
        assert mode(path) == 0o600
        assert mode(path.parent) == 0o700


def test_a_directory_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config").chmod(0o755)
    private_dir(tmp_path / "config" / "claw-tui")

    assert mode(tmp_path / "config") == 0o755


def test_a_file_of_an_earlier_version_becomes_private(tmp_path: Path) -> None:
    (tmp_path / "log").touch(0o644)
    os.close(open_private(tmp_path / "log", os.O_WRONLY))

    assert mode(tmp_path / "log") == 0o600


def test_a_replaced_file_has_the_mode_that_is_asked_for(tmp_path: Path) -> None:
    replace_file(tmp_path / "settings", "text", mode=0o640)

    assert mode(tmp_path / "settings") == 0o640


def test_a_replacement_for_which_there_is_no_room_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "ids.json"
    replace_file(path, "before")
    with room_for(100), pytest.raises(OSError, match="too large"):
        replace_file(path, "after" * 1000, durable=True)

    assert path.read_text() == "before"
    assert [*tmp_path.iterdir()] == [path]


def test_a_new_file_for_which_there_is_no_room_leaves_none(tmp_path: Path) -> None:
    with room_for(100), pytest.raises(OSError, match="too large"):
        create_file(tmp_path / "report.md", "text" * 1000)

    assert [*tmp_path.iterdir()] == []


def test_a_new_file_replaces_nothing(tmp_path: Path) -> None:
    for name, make in (("file", Path.touch), ("dir", Path.mkdir), ("link", lambda path: path.symlink_to("nowhere"))):
        make(tmp_path / name)
        with pytest.raises(FileExistsError):
            create_file(tmp_path / name, "text")

    assert sorted(path.name for path in tmp_path.iterdir()) == ["dir", "file", "link"]
    assert (tmp_path / "link").is_symlink()


def test_a_file_system_without_links_gets_the_new_file_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    create_file(tmp_path / "report.md", "text")

    assert (tmp_path / "report.md").read_text() == "text"
    assert [path.name for path in tmp_path.iterdir()] == ["report.md"]


def test_what_is_no_file_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to(tmp_path / "target")
    for name in ("pipe", "link"):
        with pytest.raises(OSError, match=r".+"):
            open_private(tmp_path / name, os.O_RDWR)

    assert not (tmp_path / "target").exists()


@pytest.mark.parametrize("loose", ["own", "own/config", "own/config/claw-tui"])
@pytest.mark.parametrize("bits", [0o777, 0o757])
def test_what_others_may_write_to_is_neither_read_nor_written(tmp_path: Path, loose: str, bits: int) -> None:
    directory = private_dir(tmp_path / "own" / "config" / "claw-tui")
    file = directory / "instances.json"
    replace_file(file, "{}")
    (tmp_path / loose).chmod(bits)

    read = read_own_text(file, 100)
    assert (read.text, read.fault) == (None, f"is not used: {why_untrusted(directory)}")
    assert f"others may write to {tmp_path / loose}; run chmod go-w {tmp_path / loose}" in str(read.fault)
    with pytest.raises(UntrustedPlaceError, match="others may write"):
        replace_file(file, "new")
    with pytest.raises(UntrustedPlaceError, match="others may write"):
        private_dir(directory / "more")
    assert file.read_text() == "{}"


def test_a_file_that_others_may_write_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("x")
    file.chmod(0o666)

    assert f"chmod go-w {file}" in str(read_own_text(file, 100).fault)


def test_a_link_to_where_others_may_write_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "claw-tui").mkdir()
    (tmp_path / "shared" / "claw-tui" / "ids.json").write_text("x")
    (tmp_path / "link").symlink_to(tmp_path / "shared" / "claw-tui")
    (tmp_path / "ids.json").symlink_to(tmp_path / "shared" / "claw-tui" / "ids.json")
    assert read_own_text(tmp_path / "link" / "ids.json", 10).text == "x"
    (tmp_path / "shared").chmod(0o777)

    assert read_own_text(tmp_path / "link" / "ids.json", 10).text is None
    assert read_own_text(tmp_path / "ids.json", 10).text is None
    with pytest.raises(UntrustedPlaceError):
        private_dir(tmp_path / "link")


def test_in_a_sticky_directory_what_is_ours_stays_ours(tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    (tmp_path / "tmp").chmod(0o1777)
    own = private_dir(tmp_path / "tmp" / "claw-tui")
    replace_file(own / "file", "x")

    assert read_own_text(own / "file", 10).text == "x"
    assert why_untrusted(tmp_path / "tmp") is not None  # anybody may put a file there


@contextmanager
def another_user(account: pwd.struct_passwd) -> Iterator[Path]:
    """Be that user, who has a home of his own."""
    home = Path(tempfile.mkdtemp(dir="/tmp"))  # those of pytest are closed to others
    groups, group, umask = os.getgroups(), os.getegid(), os.umask(0o002)
    os.chown(home, account.pw_uid, account.pw_gid)
    os.setgroups([])
    os.setegid(account.pw_gid)
    os.seteuid(account.pw_uid)
    try:
        yield home
    finally:
        os.seteuid(0)
        os.setegid(group)
        os.setgroups(groups)
        os.umask(umask)
        shutil.rmtree(home)


def account_with_group_of_its_own() -> pwd.struct_passwd:
    groups = {group.gr_gid: group for group in grp.getgrall()}
    for account in pwd.getpwall():
        group = groups.get(account.pw_gid)
        if account.pw_uid and group is not None and group.gr_name == account.pw_name and not group.gr_mem:
            return account
    pytest.skip("no user here has a group of the same name")


@needs_root
def test_the_private_group_of_a_user_is_no_stranger() -> None:
    """Debian, Ubuntu and Fedora give each user a group of the same name and, some, the umask 0002."""
    with another_user(account_with_group_of_its_own()) as home:
        config = home / ".config" / "claw-tui"
        config.mkdir(parents=True)
        (config / "settings.toml").write_text("x")
        assert (mode(config), mode(config / "settings.toml")) == (0o775, 0o664)
        assert read_own_text(config / "settings.toml", 10).text == "x"
        assert private_dir(config / "distributions").is_dir()


@needs_root
def test_a_group_of_several_users_is_one_of_strangers(tmp_path: Path) -> None:
    tmp_path.chmod(0o775)
    os.chown(tmp_path, 0, next(group.gr_gid for group in grp.getgrall() if group.gr_gid))

    assert "others may write" in str(why_untrusted(tmp_path))


@needs_root
def test_what_root_has_left_behind_is_said_with_the_remedy() -> None:
    account = pwd.getpwnam("nobody")
    with another_user(account) as home:
        os.seteuid(0)
        (home / ".local").mkdir(mode=0o755)  # as an earlier claw-tui may have
        os.seteuid(account.pw_uid)
        with pytest.raises(PermissionError) as refused:
            replace_file(home / ".local" / "lost" / "ids.json", "x")
        with pytest.raises(PermissionError) as elsewhere:
            private_dir(Path("/claw-tui"))

    left = home / ".local"
    assert refused.value.strerror == (
        f"Permission denied; {left} belongs to root: sudo chown -R {account.pw_name} {left}"
    )
    assert "chown" not in str(elsewhere.value)


@needs_root
def test_what_belongs_to_another_user_is_neither_read_nor_written(tmp_path: Path) -> None:
    other = pwd.getpwnam("nobody")
    home = tmp_path / "home"
    replace_file(home / ".config" / "claw-tui" / "settings.toml", "x")
    for path in (home, *home.rglob("*")):
        os.chown(path, other.pw_uid, other.pw_gid)
    read = read_own_text(home / ".config" / "claw-tui" / "settings.toml", 10)

    assert read.text is None
    assert "belongs to nobody, not to root; run claw-tui as nobody" in str(read.fault)
    with pytest.raises(UntrustedPlaceError, match="belongs to nobody"):
        private_dir(home / ".local" / "state" / "claw-tui")  # root's files there would lock him out
    assert not (home / ".local").exists()


def test_what_is_not_there_is_no_fault_of_trust(tmp_path: Path) -> None:
    assert why_untrusted(tmp_path / "no" / "such") is None
    assert read_own_text(tmp_path / "no", 10) == FileContent(
        tmp_path / "no", read_own_text(tmp_path / "no", 10).identity, fault="does not exist"
    )
