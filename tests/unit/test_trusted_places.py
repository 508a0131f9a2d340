"""The rule by which a place is trusted: who is a stranger to it, told without asking any network."""

from __future__ import annotations

import grp
import os
import pwd
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway_core import trusted_places
from gateway_core.own_files import private_dir, read_own_text, replace_file
from gateway_core.trusted_places import why_untrusted
from tests.shallow_stack import DEEP, shallow_stack

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
UID, GID = os.geteuid(), 4711
ALICE = f"alice:x:{UID}:{GID}::/home/alice:/bin/sh"
MALLORY = f"mallory:x:4712:{GID}::/home/mallory:/bin/sh"
WHOLE_HOST = "         0          0 4294967295\n"
CONTAINER = "         0       1000          1\n         1     100000      60000\n"


@pytest.fixture
def accounts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Make a machine of these accounts, with a group of alice's that has these further members."""
    monkeypatch.setattr(trusted_places, "ROOT", tmp_path / "root")

    def make(passwd: str, members: str) -> None:
        (tmp_path / "root" / "etc").mkdir(parents=True, exist_ok=True)
        replace_file(tmp_path / "root" / "etc" / "passwd", f"{passwd}\n")
        replace_file(tmp_path / "root" / "etc" / "group", f"alice:x:{GID}:{members}\n")

    return make


@needs_root
def test_whoever_is_in_a_group_may_write_what_is_the_groups(
    tmp_path: Path, accounts: Callable[[str, str], None]
) -> None:
    place = private_dir(tmp_path / "distributions")
    os.chown(place, UID, GID)
    place.chmod(0o770)
    for passwd, members, trusted in (
        (ALICE, "", True),
        (f"{ALICE}\n{MALLORY}", "", False),  # it is the first group of both
        (ALICE, "alice,root", True),
        (ALICE, "mallory", False),
        (ALICE.replace("alice:", "bob:"), "", False),  # the group bears another's name
        ("", "", False),
    ):
        accounts(passwd, members)
        assert (why_untrusted(place) is None) is trusted, (passwd, members)


def directory_service(monkeypatch: pytest.MonkeyPatch, user: str, *members: str) -> None:
    """Make the name service know this user, with a group of alice's; it is asked for nobody else."""
    account, group = (
        pwd.struct_passwd((user, "x", UID, GID, "", "/", "")),
        grp.struct_group(("alice", "x", GID, members)),
    )
    monkeypatch.setattr(pwd, "getpwuid", {UID: account}.__getitem__)
    monkeypatch.setattr(grp, "getgrgid", {GID: group}.__getitem__)


@needs_root
@pytest.mark.parametrize(
    ("passwd", "user", "members", "trusted"),
    [
        ("", "alice", (), True),
        (MALLORY, "alice", (), False),
        ("", "alice", ("alice", "root"), True),
        ("", "alice", ("mallory",), False),
        ("", "bob", (), False),
    ],
)
def test_who_is_listed_nowhere_but_in_a_directory_service_has_an_own_group_too(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    accounts: Callable[[str, str], None],
    passwd: str,
    user: str,
    members: tuple[str, ...],
    trusted: bool,
) -> None:
    place = private_dir(tmp_path / "distributions")
    os.chown(place, UID, GID)
    place.chmod(0o770)
    accounts(passwd, "")
    directory_service(monkeypatch, user, *members)
    assert (why_untrusted(place) is None) is trusted


@needs_root
@pytest.mark.parametrize(("uid_map", "trusted"), [(WHOLE_HOST, False), (CONTAINER, True), ("", False)])
def test_nobody_stands_for_root_only_where_nobody_has_that_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, uid_map: str, trusted: bool
) -> None:
    own = private_dir(tmp_path / "srv" / "own")
    os.chown(own.parent, 65534, 65534)
    (tmp_path / "uid_map").write_text(uid_map)
    monkeypatch.setattr(trusted_places, "_UID_MAP", tmp_path / "uid_map")
    assert (why_untrusted(own) is None) is trusted


def test_a_name_that_no_directory_can_have_is_nobodys() -> None:
    assert why_untrusted(Path("/a\0b")) is None
    assert read_own_text(Path("/a\0b/c"), 10).text is None


def test_a_directory_may_be_made_deeper_than_the_stack(tmp_path: Path) -> None:
    path = tmp_path.joinpath(*["d"] * DEEP)
    with shallow_stack():
        assert private_dir(path).is_dir()
        replace_file(path / "file", "x")
    assert (path / "file").read_text() == "x"
    assert {parent.stat().st_mode & 0o777 for parent in (path, *path.parents[: DEEP - 1])} == {0o700}
