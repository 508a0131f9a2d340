"""Operations and onboardings leave files to threads: one on a dead network file system must not freeze a dashboard."""

from __future__ import annotations

import os
import threading
import traceback
from collections.abc import Iterator

import pytest

from gateway_core.demo.home import DemoHome
from gateway_core.lifecycle.operate import operate
from gateway_core.onboarding.run import resume, run
from gateway_core.operations import ErrorCode, Operation
from tests.onboarding import choices, fake_command, planned

_LOOKS = ("stat", "lstat", "open", "listdir", "scandir", "readlink")


@pytest.fixture
def looks(demo_home: DemoHome, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Where files of that home are looked at on the event loop's own thread, which is that of the test."""
    found: list[str] = []
    loops, home, kernels = threading.current_thread(), str(demo_home.base), str(demo_home.root)
    for name in _LOOKS:
        genuine = getattr(os, name)

        def look(path: object, *words: object, _genuine: object = genuine, **named: object) -> object:
            beneath = os.fsdecode(path) if isinstance(path, str | bytes | os.PathLike) else ""
            if threading.current_thread() is loops and beneath.startswith(home) and not beneath.startswith(kernels):
                found.append("".join(traceback.format_stack(limit=6)[:-1]))
            return _genuine(path, *words, **named)  # type: ignore[operator]

        monkeypatch.setattr(os, name, look)
    yield found
    monkeypatch.undo()


@pytest.mark.parametrize("operation", [Operation.START, Operation.STOP, Operation.INSTALL_SERVICE])
async def test_an_operation_leaves_files_to_threads(
    demo_home: DemoHome, looks: list[str], operation: Operation
) -> None:
    demo_home.add_profile("openclaw", "rescue")
    (demo_home.bin / "openclaw").unlink()
    fake_command(demo_home, "openclaw", "exit 1")
    host = demo_home.host()
    looks.clear()
    await operate(host, "openclaw:rescue", operation)
    assert not looks, "\n".join(looks)


async def test_an_operation_on_a_running_gateway_leaves_files_to_threads(demo_home: DemoHome, looks: list[str]) -> None:
    demo_home.add_profile("openclaw", "rescue")
    host = demo_home.host()
    assert (await operate(host, "openclaw:rescue", Operation.START)).ok
    for operation in (Operation.RESTART, Operation.STOP):
        looks.clear()
        assert (await operate(host, "openclaw:rescue", operation)).ok
        assert not looks, "\n".join(looks)


async def test_an_onboarding_leaves_files_to_threads(demo_home: DemoHome, looks: list[str]) -> None:
    fake_command(demo_home, "openclaw", 'mkdir "$HOME/.openclaw-rescue"; exit 3')
    host = demo_home.host()
    plan = await planned(host, choices())
    looks.clear()
    result = await run(host, plan)
    assert result.error is not None
    assert result.error.code is ErrorCode.COMMAND_FAILED
    await resume(host, result.journal or "")
    assert not looks, "\n".join(looks)
