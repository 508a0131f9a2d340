"""Whether a process in other mounts means a file of this host by a path of its own."""

from pathlib import Path

import pytest

from gateway_core.system.placements import parse_cgroups, path_below, shares_file


@pytest.fixture
def ours(tmp_path: Path) -> Path:
    """A file that process 7 has as `/data/state`; its root is the directory `theirs`."""
    ours = tmp_path / "ours"
    ours.touch()
    (tmp_path / "theirs" / "data").mkdir(parents=True)
    (tmp_path / "theirs" / "data" / "state").hardlink_to(ours)
    (tmp_path / "proc" / "7").mkdir(parents=True)
    (tmp_path / "proc" / "7" / "root").symlink_to(tmp_path / "theirs")
    return ours


@pytest.mark.parametrize(
    ("link", "target"),
    [
        ("a", "/data/state"),
        ("data/a", "state"),
        ("data/a", "../data/./state"),
        ("a", "../../../../../../../data/state"),
        ("a", "/../data//state"),
    ],
)
def test_a_link_is_followed_in_the_root_of_its_process(tmp_path: Path, ours: Path, link: str, target: str) -> None:
    (tmp_path / "theirs" / link).symlink_to(target)
    assert shares_file(str(tmp_path / "proc"), 7, Path("/", link), ours) is True


def test_a_directory_may_be_a_link_too(tmp_path: Path, ours: Path) -> None:
    (tmp_path / "theirs" / "var").symlink_to("/data")
    proc = str(tmp_path / "proc")
    assert shares_file(proc, 7, Path("/var/state"), ours) is True
    assert shares_file(proc, 7, Path("/var/../data/state"), ours) is True
    assert shares_file(proc, 7, Path("/"), tmp_path / "theirs") is True


def test_no_link_leads_out_of_that_root(tmp_path: Path, ours: Path) -> None:
    (tmp_path / "theirs" / "a").symlink_to(ours)
    (tmp_path / "theirs" / "b").symlink_to("b")
    (tmp_path / "theirs" / "c").symlink_to("../ours")
    assert [shares_file(str(tmp_path / "proc"), 7, Path(name), ours) for name in ("/a", "/b", "/c")] == [None] * 3


@pytest.mark.parametrize(
    ("root", "own"),
    [("/srv/jail", "/etc/a"), ("/", "/srv/jail/etc/a"), ("/srv/j", "/srv/jail/etc/a"), (None, "/srv/jail/etc/a")],
)
def test_after_a_chroot_a_file_is_called_as_the_process_calls_it(root: str | None, own: str) -> None:
    assert path_below(root, "/srv/jail/etc/a") == own


def test_the_name_of_a_control_group_is_no_command_to_a_terminal_and_no_other_group() -> None:
    text = "0::/user.slice/a\x1b[31m\x0c0::/system.slice/b.service\n1:name=systemd:/\n"
    assert parse_cgroups(text) == ("/user.slice/a0::/system.slice/b.service",)
