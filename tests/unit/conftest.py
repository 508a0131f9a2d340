"""What holds for every test without processes of its own."""

import pytest

from gateway_core.processes.handle import ProcessHandle


@pytest.fixture(autouse=True)
def _no_process_gets_a_signal(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pids of a `FixedHost` may be those of real processes of this machine: an operation must not get so far."""

    def refuse(handle: ProcessHandle, *_: object) -> bool:
        raise AssertionError(f"pid {handle.info.pid} would have got a signal")

    monkeypatch.setattr(ProcessHandle, "send", refuse)
