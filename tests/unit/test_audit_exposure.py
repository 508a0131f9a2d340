"""Who can read a file: by its bits, the directories around it, and the groups that these belong to; who can connect."""

import stat
from pathlib import Path

import pytest

from gateway_core.accounts import Groups, read_groups
from gateway_core.audit.exposure import readers
from gateway_core.audit.model import Result
from gateway_core.files import PathStatus
from tests.audited_host import well_kept
from tests.fixed_host import FixedHost
from tests.unseen import unlistable

OWNER, OWN, STAFF, WEB = 501, 501, 20, 33
GROUPS = Groups(
    users={OWNER: ("ada", OWN)},
    names={OWN: "ada", STAFF: "staff"},
    members={OWN: frozenset({"ada"}), STAFF: frozenset({"ada", "bob"})},
)


def status(mode: int, group: int = STAFF) -> PathStatus:
    return PathStatus(Path("/x"), (1, 1), stat.S_IFREG | mode, owner=OWNER, group=group)


@pytest.mark.parametrize(
    ("file", "around", "who"),
    [
        (status(0o600), [status(0o755)], None),
        (status(0o644), [status(0o755)], "other users"),
        (status(0o644), [status(0o755), status(0o700)], None),
        (status(0o602), [status(0o701)], "other users"),
        (status(0o640), [status(0o755)], "group staff"),
        (status(0o620), [status(0o710)], "group staff"),
        (status(0o640), [status(0o740)], None),
        (status(0o644), [status(0o750, WEB)], "group 33"),
        (status(0o640), [status(0o750, WEB)], "whoever is in the groups staff and 33"),
        (status(0o604), [status(0o750)], None),
        (status(0o640, OWN), [status(0o755)], None),
        (status(0o644, OWN), [status(0o750, OWN)], None),
        (status(0o644, OWN), [status(0o755)], "other users"),
        (status(0o644), [PathStatus(Path("/gone")), status(0o755)], "other users"),
    ],
)
def test_who_can_read(file: PathStatus, around: list[PathStatus], who: str | None) -> None:
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
        ("ada:x:501:0", "root:x:501:", False),
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
    assert read_groups(fixed.host().root).is_private(501, 501) is private


@pytest.mark.parametrize(
    ("passwd", "group", "private"),
    [
        ("root:x:0:0", "root:x:0:", True),
        ("root:x:0:0\nsync:x:5:0\nada:x:501:0", "root:x:0:root,ada", True),
        ("root:x:0:0\nada:x:501:501", "root:x:0:bob", False),
        ("root:x:0:0", "root:x:0:bob", False),
        ("root:x:0:0", "", False),
    ],
)
def test_the_group_of_root_is_the_private_one_of_an_arbitrary_user(
    tmp_path: Path, passwd: str, group: str, private: bool
) -> None:
    """As in OpenShift, where the user is listed nowhere, or was added with that group; `sync` is on many systems."""
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "passwd").write_text("".join(f"{line}::/home/x:/bin/sh\n" for line in passwd.split("\n")))
    (tmp_path / "etc" / "group").write_text(group)
    assert read_groups(tmp_path).is_private(0, 501) is private


@pytest.mark.parametrize(("passed", "configured"), [("lan", "loopback"), ("loopback", "lan")])
async def test_the_bind_of_a_service_counts_before_that_of_the_config(
    tmp_path: Path, passed: str, configured: str
) -> None:
    host = well_kept(FixedHost(tmp_path))
    host.configure(host.home / ".openclaw-rescue", {"gateway": {"bind": configured, "auth": {"mode": "none"}}})
    unit = host.home / ".config/systemd/user/openclaw-gateway-rescue.service"
    host.write(unit, unit.read_text().replace("gateway --port", f"gateway --bind {passed} --port"))

    item = (await host.audit()).item("bind", "openclaw:rescue")

    assert item.result is (Result.FAIL if passed == "lan" else Result.PASS)
    assert f"--bind of {unit.name} is {passed}" in item.evidence
    assert f"gateway.bind is {configured}" not in item.evidence
    assert passed == "loopback" or (item.remedy or "").startswith(f"set --bind in {unit} to loopback")


@pytest.mark.parametrize(
    ("rest", "result"),
    [
        ("", Result.UNKNOWN),
        ('"auth": {"mode": "none"}, ', Result.FAIL),
        ('"auth": {"token": "a-token-of-its-own"}, ', Result.PASS),
    ],
)
async def test_a_token_may_stand_in_the_part_of_a_config_that_could_not_be_read(
    tmp_path: Path, rest: str, result: Result
) -> None:
    host = well_kept(FixedHost(tmp_path))
    config = host.home / ".openclaw-rescue" / "openclaw.json"
    host.write(config, '{"gateway": {"mode": "local", "port": 19789, "bind": "lan", ' + rest)
    item = (await host.audit()).item("bind", "openclaw:rescue")
    assert item.result is result, item.evidence
    assert ("could not be read" in item.evidence) is (result is Result.UNKNOWN)


@pytest.mark.parametrize("closed", ["agents", "agents/main/agent"])
async def test_secrets_in_a_directory_that_cannot_be_listed_are_not_said_to_be_safe(
    tmp_path: Path, closed: str
) -> None:
    host = well_kept(FixedHost(tmp_path))
    directory = host.home / ".openclaw-rescue" / closed
    with unlistable(directory):
        item = (await host.audit()).item("secret files", "openclaw:rescue")
    assert (item.result, item.evidence) == (Result.UNKNOWN, f"{directory}: Permission denied")
