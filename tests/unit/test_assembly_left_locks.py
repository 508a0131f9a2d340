"""Locks that no instance has are told, wherever they lie; one whose config is there leads to an instance."""

from pathlib import Path

import pytest

from gateway_core.discovery.registrations import ignore
from gateway_core.host import Placement
from gateway_core.monitor.monitor import take_snapshot
from gateway_core.snapshot import Snapshot
from tests.discovered import write_config, write_lock
from tests.fixed_gateways import add_profile, fixed
from tests.fixed_host import UID, FixedHost

__all__ = ["fixed"]

PLACES = [".openclaw-backup", ".openclaw.bak", ".openclaw", ".openclaw-experiments"]


def lock_dir(fixed: FixedHost, name: str) -> Path:
    """The lock dir in a directory of that name, which is no instance; one in a parent of state dirs, at that."""
    if name.endswith("experiments"):
        write_config(fixed.home / name / "x1" / "openclaw.json", port=20100)
    elif name != ".openclaw":
        add_profile(fixed, "default", 18789)
        write_config(fixed.home / name / "openclaw.json")
    return fixed.home / name / "tmp" / f"openclaw-{UID}"


async def told(fixed: FixedHost) -> tuple[Snapshot, dict[str, str]]:
    snapshot = await take_snapshot(fixed.host())
    return snapshot, {problem.where: problem.message for problem in snapshot.problems}


@pytest.mark.parametrize("name", [*PLACES, "TMPDIR"])
async def test_a_stale_lock_of_a_config_that_is_gone_is_told(fixed: FixedHost, name: str) -> None:
    directory = fixed.directory / "tmp" / f"openclaw-{UID}" if name == "TMPDIR" else lock_dir(fixed, name)
    gone = fixed.directory / "srv" / "gone.json"
    lock = write_lock(fixed, directory, 77, 5000, gone)
    _, problems = await told(fixed)
    assert problems == {
        str(lock): f"This lock file is for the config {gone}, which is not there any more, "
        f"so no instance is listed for it. Remedy: rm {lock}"
    }


@pytest.mark.parametrize("name", PLACES)
async def test_nobody_is_told_to_remove_the_lock_of_a_living_process(fixed: FixedHost, name: str) -> None:
    lock = write_lock(fixed, lock_dir(fixed, name), 77, 5000, fixed.directory / "srv" / "gone.json")
    fixed.add_process(77, "python3", start=5000)
    _, problems = await told(fixed)
    assert "names pid 77: who wrote it could not be told" in problems[str(lock)]
    assert "rm " not in problems[str(lock)]


@pytest.mark.parametrize("name", PLACES)
async def test_a_lock_in_a_directory_that_is_no_instance_leads_to_one(fixed: FixedHost, name: str) -> None:
    config = write_config(fixed.directory / "srv" / "agents" / "bot.json", port=20200)
    lock = write_lock(fixed, lock_dir(fixed, name), 77, 5000, config)
    snapshot, problems = await told(fixed)
    [locks] = [item.locks for item in snapshot.instances if item.config_path == str(config)]
    assert ([item.path for item in locks], problems) == ([str(lock)], {})


async def test_the_lock_of_a_listed_or_ignored_instance_or_another_namespace_is_no_problem(fixed: FixedHost) -> None:
    config = add_profile(fixed, "one", 18789)
    write_lock(fixed, config.parent / "tmp" / f"openclaw-{UID}", 77, 5000, config)
    other = add_profile(fixed, "two", 19789)
    write_lock(fixed, other.parent / "tmp" / f"openclaw-{UID}", 78, 5000, other)
    ignore(fixed.host(), "openclaw", other, other.parent)
    away = write_lock(fixed, fixed.home / ".openclaw" / "tmp" / f"openclaw-{UID}", 7, 9, Path("/home/node/a.json"))
    fixed.add_process(900, "openclaw-gateway", start=9)
    fixed.processes.placements[900] = Placement(own_pids=False, own_network=False, own_mounts=False, inner_pid=7)
    fixed.processes.files[900] = (away,)
    fixed.processes.shared_files |= {(900, away, away)}
    snapshot, problems = await told(fixed)
    assert ([item.id for item in snapshot.instances], problems) == (["openclaw:one"], {})


async def test_of_many_such_locks_in_one_directory_few_are_told_one_by_one(fixed: FixedHost) -> None:
    directory = fixed.directory / "tmp" / "openclaw-7"
    for number in range(30):
        lock = write_lock(fixed, directory, 77, 5000, fixed.directory / "srv" / f"{number}.json")
        lock.rename(lock.with_name(f"gateway.{number:08x}.lock"))
    _, problems = await told(fixed)
    assert problems.pop(str(directory)).startswith("20 more lock files in it are for configs without an instance.")
    assert {Path(where).parent for where in problems} == {directory}
    assert len(problems) == 10
