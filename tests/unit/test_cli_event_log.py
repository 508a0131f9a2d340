"""Commands write down what they did without ever waiting long for it."""

import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from claw_tui.cli import event_log
from claw_tui.cli.event_log import EventWriter
from claw_tui.cli.onboard import RunProgress
from claw_tui.hosts.gateway_host import GatewayHost
from claw_tui.hosts.local import local_gateway_host
from gateway_core.dirs import events_database
from gateway_core.events.model import Event
from gateway_core.events.store import EventStore
from gateway_core.operations import Operation, OutputLine, Step, StepBegan, StepEnded
from tests.fixed_host import FixedHost
from tests.snapshots import NOW

EVENT = Event(at=NOW, instance="openclaw:rescue", kind="operation", detail={"operation": "start"})


def test_a_disk_that_hangs_keeps_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = threading.Event()

    def hang(*_: object) -> None:
        answers.wait()

    monkeypatch.setattr(event_log, "record", hang)
    monkeypatch.setattr(event_log, "_CLOSE_TIMEOUT_S", 0.05)
    writer = EventWriter(local_gateway_host(FixedHost(tmp_path).host))
    writer.keep(EVENT)
    try:
        writer.close()
        assert "could not be written down" in capsys.readouterr().err
    finally:
        answers.set()


def test_what_fails_for_every_event_is_said_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fixed = FixedHost(tmp_path)
    events_database(fixed.host()).mkdir(parents=True)
    writer = EventWriter(local_gateway_host(fixed.host))
    for _ in range(3):
        writer.keep(EVENT)
    writer.close()
    assert capsys.readouterr().err.count("Events cannot be kept") == 1


def test_a_write_that_fails_leaves_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kept: list[Event] = []

    def fail_first(_host: GatewayHost, events: Sequence[Event], _say: object) -> None:
        kept.extend(events)
        if len(kept) == 1:
            raise RuntimeError("no room")

    monkeypatch.setattr(event_log, "record", fail_first)
    writer = EventWriter(local_gateway_host(FixedHost(tmp_path).host))
    writer.keep(EVENT)
    writer.keep(EVENT)
    writer.close()
    assert kept == [EVENT, EVENT]
    assert "RuntimeError: no room" in capsys.readouterr().err


def test_an_undo_that_is_interrupted_is_kept_with_its_steps(tmp_path: Path) -> None:
    host = FixedHost(tmp_path).host()
    progress = RunProgress(Operation.UNDO)
    progress.tell(StepBegan("openclaw:rescue", Operation.UNDO, "stop", "kill -TERM 7"))
    progress.tell(OutputLine("openclaw:rescue", Operation.UNDO, "stopping"))
    step = Step(name="stop", ok=False, seconds=1.5, command="kill -TERM 7")
    progress.tell(StepEnded("openclaw:rescue", Operation.STOP, step.model_copy(update={"name": "signal"})))
    progress.tell(StepEnded("openclaw:rescue", Operation.UNDO, step))
    progress.abandon(local_gateway_host(lambda: host), "openclaw:rescue")
    [event] = EventStore(events_database(host), print).newest(5)
    assert (event.at, event.instance, event.kind) == (NOW, "openclaw:rescue", "operation")
    assert (event.detail["operation"], event.detail["ok"], event.detail["seconds"]) == ("undo", None, 1.5)
    assert event.detail["commands"] == ("kill -TERM 7",)
