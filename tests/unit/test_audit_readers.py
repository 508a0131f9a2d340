"""Who can read a file: by its bits, by the directories around it, and by who is in the groups that these belong to."""

import stat
from pathlib import Path

import pytest

from gateway_core.audit.file_permissions import readers
from gateway_core.audit.groups import Groups, read_groups
from gateway_core.files import Sight
from tests.fixed_host import FixedHost

OWNER, OWN, STAFF, WEB = 501, 501, 20, 33
GROUPS = Groups(
    users={OWNER: ("ada", OWN)},
    names={OWN: "ada", STAFF: "staff"},
    members={OWN: frozenset({"ada"}), STAFF: frozenset({"ada", "bob"})},
)


def sight(mode: int, group: int = STAFF) -> Sight:
    return Sight(Path("/x"), (1, 1), stat.S_IFREG | mode, owner=OWNER, group=group)


@pytest.mark.parametrize(
    ("file", "around", "who"),
    [
        (sight(0o600), [sight(0o755)], None),
        (sight(0o644), [sight(0o755)], "other users"),
        (sight(0o644), [sight(0o755), sight(0o700)], None),
        (sight(0o602), [sight(0o701)], "other users"),
        (sight(0o640), [sight(0o755)], "group staff"),
        (sight(0o620), [sight(0o710)], "group staff"),
        (sight(0o640), [sight(0o740)], None),
        (sight(0o644), [sight(0o750, WEB)], "group 33"),
        (sight(0o640), [sight(0o750, WEB)], "whoever is in the groups staff and 33"),
        (sight(0o604), [sight(0o750)], None),
        (sight(0o640, OWN), [sight(0o755)], None),
        (sight(0o644, OWN), [sight(0o750, OWN)], None),
        (sight(0o644, OWN), [sight(0o755)], "other users"),
        (sight(0o644), [Sight(Path("/gone")), sight(0o755)], "other users"),
    ],
)
def test_who_can_read(file: Sight, around: list[Sight], who: str | None) -> None:
    assert readers(file, around, GROUPS) == who


@pytest.mark.parametrize(
    ("passwd", "group", "private"),
    [
        ("ada:x:501:501", "ada:x:501:", True),
        ("ada:x:501:501", "ada:x:501:ada", True),
        ("ada:x:501:501", "ada:x:501:bob", False),
        ("ada:x:501:501\nbob:x:502:501", "ada:x:501:", False),
        ("ada:x:501:501", "users:x:501:", False),
        ("ada:x:501:100", "ada:x:501:ada", False),
        ("bob:x:502:501", "ada:x:501:", False),
        ("ada:x:501:501", "nonsense\nada:x:501", False),
        (None, None, False),
    ],
)
def test_which_group_is_a_users_own(tmp_path: Path, passwd: str | None, group: str | None, private: bool) -> None:
    fixed = FixedHost(tmp_path)
    if passwd is not None and group is not None:
        (tmp_path / "etc").mkdir()
        (tmp_path / "etc" / "passwd").write_text("".join(f"{line}::/home/x:/bin/sh\n" for line in passwd.split("\n")))
        (tmp_path / "etc" / "group").write_text(group)
    assert read_groups(fixed.host()).is_private(501, 501) is private
