"""What is remembered of challenges from one run of claw-tui to the next."""

from pathlib import Path

import pytest

from gateway_core.health import challenge as challenge_memory
from gateway_core.health.challenge import ChallengeMemory
from gateway_core.host import Identity
from gateway_core.own_files import WriteFaults
from tests.fixed_host import FixedHost


@pytest.fixture
def fixed(tmp_path: Path) -> FixedHost:
    fixed = FixedHost(tmp_path)
    for pid in (7, 8, 9):
        fixed.add_process(pid, "openclaw-gateway", start=100)
    boot(fixed, "first")
    return fixed


def boot(fixed: FixedHost, name: str) -> None:
    path = fixed.directory / "proc/sys/kernel/random/boot_id"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{name}\n")


def memory(fixed: FixedHost) -> ChallengeMemory:
    """As another run of claw-tui makes it."""
    return ChallengeMemory(fixed.host(), WriteFaults())


def file(fixed: FixedHost) -> Path:
    return fixed.home / ".local/state/claw-tui/challenges.json"


def test_every_outcome_is_remembered(fixed: FixedHost) -> None:
    for pid, greeted in ((7, True), (8, False), (9, None)):
        memory(fixed).add(Identity(pid, 100), greeted)
    assert memory(fixed).recall() == {(7, 100): True, (8, 100): False, (9, 100): None}
    assert file(fixed).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in file(fixed).parent.iterdir()] == ["challenges.json"]


def test_those_that_have_ended_are_forgotten(fixed: FixedHost) -> None:
    memory(fixed).add(Identity(7, 100), True)
    memory(fixed).add(Identity(8, 100), True)
    fixed.processes.processes = [info for info in fixed.processes.processes if info.pid != 7]
    fixed.add_process(7, "firefox", start=200)
    memory(fixed).add(Identity(9, 100), True)
    assert memory(fixed).recall() == {(8, 100): True, (9, 100): True}


def test_another_boot_counts_its_starts_anew(fixed: FixedHost) -> None:
    memory(fixed).add(Identity(7, 100), True)
    boot(fixed, "second")
    assert memory(fixed).recall() == {}
    memory(fixed).add(Identity(8, 100), False)
    assert memory(fixed).recall() == {(8, 100): False}


def test_it_is_bounded(fixed: FixedHost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(challenge_memory, "REMEMBERED_PROCESSES", 2)
    for pid in (7, 8, 9):
        memory(fixed).add(Identity(pid, 100), True)
    assert memory(fixed).recall() == {(8, 100): True, (9, 100): True}


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"boot": 1}', b'{"boot": "first", "outcomes": {}}', b"\xff"])
def test_a_damaged_file_is_an_empty_one(fixed: FixedHost, content: bytes) -> None:
    file(fixed).parent.mkdir(parents=True)
    file(fixed).write_bytes(content)
    assert memory(fixed).recall() == {}
    memory(fixed).add(Identity(7, 100), True)
    assert memory(fixed).recall() == {(7, 100): True}


def test_where_nothing_can_be_written_nothing_is_remembered(fixed: FixedHost) -> None:
    (fixed.home / ".local").write_text("")
    memory(fixed).add(Identity(7, 100), True)
    assert memory(fixed).recall() == {}
