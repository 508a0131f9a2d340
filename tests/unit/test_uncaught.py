"""Errors that nothing catches: one line each, without secrets."""

import asyncio
import threading
from collections.abc import Callable

import pytest

from claw_tui.cli import uncaught
from claw_tui.cli.output import wait_for
from tests.canaries import CANARY

SAID = f"key\x1b[31m token={CANARY}\ninput_value={CANARY}"


@pytest.fixture(autouse=True)
def hooks(monkeypatch: pytest.MonkeyPatch) -> None:
    for place, name in (("sys", "excepthook"), ("sys", "unraisablehook"), ("threading", "excepthook")):
        monkeypatch.setattr(f"{place}.{name}", None)
    uncaught.install()


def in_a_task() -> None:
    async def work() -> None:
        async def fail() -> None:
            raise ValueError(SAID)

        _task = asyncio.create_task(fail())
        await asyncio.sleep(0)
        del _task

    wait_for(work())


def in_a_callback() -> None:
    def fail() -> None:
        raise ValueError(SAID)

    async def work() -> None:
        asyncio.get_running_loop().call_soon(fail)
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    wait_for(work())


def in_a_thread() -> None:
    def fail() -> None:
        raise ValueError(SAID)

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()


def in_a_destructor() -> None:
    class Resource:
        def __del__(self) -> None:
            raise ValueError(SAID)

    Resource()


@pytest.mark.parametrize("fail", [in_a_task, in_a_callback, in_a_thread, in_a_destructor])
@pytest.mark.parametrize("debugging", [True, False])
def test_an_error_that_nobody_waits_for(
    fail: Callable[[], None], debugging: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLAW_TUI_DEBUG", "1" if debugging else "")
    fail()
    said = capsys.readouterr().err
    assert said.splitlines()[-1].endswith(": ValueError: key token=[redacted]")
    assert CANARY not in said
    assert "\x1b" not in said
    assert ("Traceback" in said) is debugging
    assert debugging or len(said.splitlines()) == 1
