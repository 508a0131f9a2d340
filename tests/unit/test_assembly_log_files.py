"""Where a gateway logs, if the usual directory is not its own."""

from pathlib import Path

import pytest

from gateway_core.snapshot import Instance
from tests.discovered import seen, write_config
from tests.fixed_host import UID, FixedHost
from tests.log_files import take_from_user


@pytest.fixture
def fixed(tmp_path: Path) -> FixedHost:
    """A host with one profile, whose log directory something else stands in."""
    host = FixedHost(tmp_path)
    write_config(host.home / ".openclaw-rescue" / "openclaw.json")
    take_from_user(host.directory / "tmp" / "openclaw")
    return host


def log_dir(fixed: FixedHost) -> str:
    [found] = seen(fixed).values()
    return _directory(found)


def _directory(found: Instance) -> str:
    assert found.log_file is not None
    assert Path(found.log_file).name.startswith("openclaw-rescue-")
    return str(Path(found.log_file).parent)


def test_a_log_goes_to_a_private_directory_if_the_usual_one_is_another_users(fixed: FixedHost) -> None:
    assert log_dir(fixed) == str(fixed.directory / "tmp" / f"openclaw-{UID}")


def test_that_directory_follows_the_callers_temporary_dir(fixed: FixedHost) -> None:
    fixed.environment["TMPDIR"] = "/srv/mine"
    assert log_dir(fixed) == f"/srv/mine/openclaw-{UID}"


def test_a_running_gateways_own_temporary_dir_counts_first(fixed: FixedHost) -> None:
    fixed.environment["TMPDIR"] = "/srv/mine"
    fixed.add_process(77, "openclaw-gateway")
    state_dir = fixed.home / ".openclaw-rescue"
    fixed.processes.environments[77] = {"TMPDIR": "/srv/its", "OPENCLAW_STATE_DIR": str(state_dir)}
    assert log_dir(fixed) == f"/srv/its/openclaw-{UID}"


def test_a_directory_of_ones_own_is_used(tmp_path: Path) -> None:
    own = FixedHost(tmp_path)
    write_config(own.home / ".openclaw-rescue" / "openclaw.json")
    (own.directory / "tmp" / "openclaw").mkdir()
    assert log_dir(own) == str(own.directory / "tmp" / "openclaw")
