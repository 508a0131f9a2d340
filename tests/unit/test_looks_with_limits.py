"""Places in which anybody may put any number of files: a look has an end, and what it left out is told."""

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from gateway_core.discovery import locks, state_dirs
from gateway_core.discovery.instances import InstanceFinder
from gateway_core.discovery.locks import find_locks
from gateway_core.distributions.loader import Distributions, built_in_distributions
from gateway_core.services import templates
from gateway_core.snapshot import Problem
from tests.discovered import write_config
from tests.fixed_host import UID, FixedHost
from tests.unseen import unlistable

DISTRIBUTIONS = Distributions(built_in_distributions())
STRANGER = UID + 1
UNIT = "[Service]\nExecStart=/usr/bin/openclaw gateway\n"


@pytest.fixture
def fixed(tmp_path: Path) -> FixedHost:
    return FixedHost(tmp_path)


def unseen(fixed: FixedHost) -> dict[str, str]:
    """What a look at the files of that host could not see: why, by place."""
    problems = InstanceFinder(fixed.host(), DISTRIBUTIONS).look_at_files().problems
    return {problem.where: problem.message for problem in problems if problem.unseen}


def template(fixed: FixedHost, line: str) -> Path:
    path = fixed.home / ".config" / "systemd" / "user" / "openclaw@.service"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{UNIT}{line}\n")
    return path


def lock_files(directory: Path, count: int, pid: int = 77) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        text = json.dumps({"pid": pid, "startTime": 9, "configPath": f"/srv/{number}.json"})
        (directory / f"gateway.{number:08x}.lock").write_text(text)


def found(fixed: FixedHost, caller: int = STRANGER) -> tuple[int, tuple[Problem, ...]]:
    """How many locks are read by that user, who is not the one whose locks these are."""
    read, problems = find_locks(replace(fixed.host(), uid=caller), DISTRIBUTIONS, [fixed.home / ".openclaw"])
    return len(read), problems


@pytest.fixture
def temporary(fixed: FixedHost, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The temporary directory, with low limits."""
    monkeypatch.setattr(locks, "_MOST_DIRS", 3)
    assert fixed.home
    return fixed.host().root / "tmp"


def test_a_place_with_more_entries_than_are_looked_at_may_hide_instances(
    fixed: FixedHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(templates, "MOST_ENTRIES", 3)
    homes = fixed.directory / "homes"
    template(fixed, f"EnvironmentFile={homes}/%i/gateway.env")
    for count, told in ((3, {}), (4, {str(homes): "Only 3 entries of it were looked at"})):
        for number in range(count):
            (homes / str(number)).mkdir(parents=True, exist_ok=True)
        reasons = {where: message.partition(",")[0] for where, message in unseen(fixed).items()}
        assert reasons == told, "so instances may be missing"


@pytest.mark.parametrize("path", ["/home\0/%i", "/home\0x/%i/gateway.env"])
def test_a_place_that_no_directory_can_have_hides_instances_and_ends_nothing(fixed: FixedHost, path: str) -> None:
    template(fixed, f"EnvironmentFile={path}")
    assert path.partition("/%")[0] in unseen(fixed)


def test_environment_files_that_are_not_all_looked_for_are_told(
    fixed: FixedHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway_core.files.MOST_ENTRIES", 3)
    pattern = f"{fixed.directory}/env/*.env"
    path = template(fixed, f"EnvironmentFile={pattern}")
    path.rename(path.with_name("openclaw-gateway.service"))
    for count, told in ((3, []), (4, [pattern])):
        for number in range(count):
            (fixed.directory / "env").mkdir(exist_ok=True)
            (fixed.directory / "env" / f"{number}.env").touch()
        assert list(unseen(fixed)) == told


@pytest.mark.parametrize("name", [".openclaw", ".openclaw-work", ".openclaw.of-work"])
def test_a_directory_of_many_state_dirs_is_not_looked_into_silently(
    fixed: FixedHost, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(state_dirs, "_MOST_INSIDE", 3)
    for number in range(5):
        (fixed.home / name / f"y{number}").mkdir(parents=True)
    assert list(unseen(fixed)) == [], "a state dir without a config holds directories, too"
    for number in range(5):
        (fixed.home / name / f"y{number}").rmdir()
    for count, told in ((3, []), (4, [str(fixed.home / name)])):
        for number in range(count):
            write_config(fixed.home / name / f"x{number}" / "openclaw.json")
        assert list(unseen(fixed)) == told


def test_of_one_users_lock_files_a_bounded_number_is_read(fixed: FixedHost, temporary: Path) -> None:
    lock_files(temporary / "openclaw-7", locks._MOST_LOCKS)
    assert found(fixed) == (locks._MOST_LOCKS, ())
    lock_files(temporary / "openclaw-8", 1)
    count, (problem,) = found(fixed)
    assert (count, problem.where, problem.unseen) == (locks._MOST_LOCKS, str(temporary), True)
    assert found(fixed, caller=UID) == (locks._MOST_LOCKS + 1, ()), "those of the calling user all are"
    lock_files(fixed.home / ".openclaw" / "tmp" / f"openclaw-{STRANGER}", 1)
    assert found(fixed)[0] == locks._MOST_LOCKS + 1, "what lies elsewhere is read all the same"


def test_of_one_users_lock_files_few_are_complained_about(
    fixed: FixedHost, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fixed.add_process(77, "python3", start=9)
    monkeypatch.setattr(locks.LockFile, "is_credible_about", lambda *_: False)
    lock_files(temporary / "openclaw-7", 50)
    count, problems = found(fixed)
    assert (count, len(problems)) == (0, locks._MOST_NAMED + 1)
    assert problems[-1].message.startswith(f"{50 - locks._MOST_NAMED} more lock files of uid {UID}")


def test_other_files_among_the_locks_are_counted_too(
    fixed: FixedHost, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    share = locks._Share(_entries=3)
    lock_files(temporary / "openclaw-7", 4)
    assert len(share.lock_paths(share.listing_of(temporary / "openclaw-7"))) == 3
    assert [problem.where for problem in share.problems(temporary, 7)] == [str(temporary)]
    monkeypatch.setattr(locks, "_MOST_BESIDE", 1)
    (temporary / "x").touch()
    assert str(temporary) in {problem.where for problem in found(fixed)[1]}


def test_of_one_users_directories_of_locks_few_are_looked_at(fixed: FixedHost, temporary: Path) -> None:
    for number in range(100_001, 100_006):
        lock_files(temporary / f"openclaw-{number}", 1)
    count, problems = found(fixed)
    assert (count, Counter(problem.where for problem in problems)) == (locks._MOST_DIRS, {str(temporary): 1})
    lock_files(temporary / f"openclaw-{STRANGER}", 1)
    assert found(fixed)[0] == locks._MOST_DIRS + 1, "that with the calling user's number always is"
    assert found(fixed, caller=UID) == (6, ()), "all that the calling user owns are"


@pytest.mark.parametrize("name", ["openclaw-78x", "openclaw-", "openclaw-\u0667\u0668", "openclaw", "xopenclaw-78"])
def test_directories_that_are_no_users_are_not_searched_for_locks(fixed: FixedHost, temporary: Path, name: str) -> None:
    lock_files(temporary / "openclaw-78", 1)
    lock_files(temporary / name, 1)
    assert found(fixed)[0] == 1


@pytest.mark.parametrize("state_dir", [True, False])
def test_own_locks_that_cannot_be_listed_hide_gateways(fixed: FixedHost, temporary: Path, state_dir: bool) -> None:
    own = (fixed.home / ".openclaw" / "tmp" if state_dir else temporary) / f"openclaw-{UID}"
    lock_files(own, 1)
    for closed in (own, own.parent):
        with unlistable(closed):
            _, problems = found(fixed, caller=UID)
        assert [(problem.where, problem.unseen) for problem in problems] == [(str(closed), True)]
