"""What claw-tui remembers of a host, where it cannot be written: looks go on, and it is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway_core.dirs import ids_file, state_dir
from gateway_core.monitor.observer import Observer
from gateway_core.snapshot import Problem
from tests.discovered import write_config, write_lock
from tests.fixed_host import FixedHost


@pytest.fixture
def fixed(tmp_path: Path) -> FixedHost:
    fixed = FixedHost(tmp_path)
    config = write_config(tmp_path / "srv" / "alice" / ".openclaw" / "openclaw.json")
    write_lock(fixed, tmp_path / "tmp" / "openclaw-0", 70, 5000, config)
    return fixed


async def problems(observer: Observer) -> tuple[Problem, ...]:
    await observer.look_at_system()
    return observer.snapshot().problems


async def test_what_cannot_be_written_is_a_problem_until_it_can(fixed: FixedHost) -> None:
    observer, file = Observer(fixed.host()), ids_file(fixed.host())
    file.mkdir(parents=True)
    for _ in range(2):
        problem, unread = sorted(await problems(observer), key=lambda problem: problem.where)
        assert problem.where == str(file.parent)
        assert (unread.where, "is a directory" in unread.message) == (str(file), True)
        assert problem.message == (
            "ids.json could not be written, so what was found out is not remembered: Is a directory."
        )

    file.rmdir()
    assert await problems(observer) == ()
    assert file.is_file()


async def test_where_others_may_write_nothing_is_remembered_and_that_is_one_problem(fixed: FixedHost) -> None:
    place = state_dir(fixed.host())
    place.mkdir(parents=True)
    place.chmod(0o777)

    [problem] = await problems(Observer(fixed.host()))

    assert problem.where == str(place)
    assert problem.message.endswith(f"others may write to {place}; run chmod go-w {place}.")
    assert [*place.iterdir()] == []
