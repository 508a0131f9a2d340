"""A dashboard over a host that never changes, for keys of a terminal: `… -m tests.burst_program DIR LOGS PIPE [BUSY]`.

Whenever it has come to rest after keys, it writes to that pipe how many it has taken, and its state. F12 begins anew,
F11 asks for the state, F1 to F4 lead to a mode, with most of what keys do undone. Nothing that it is asked to do
reaches any gateway. With BUSY, its event loop is hardly ever free.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import select
import sys
import time
import webbrowser
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Thread
from typing import IO, NoReturn

from textual.events import Event, Key
from textual.widget import AwaitMount
from textual.widgets import Input, OptionList

import claw_tui
from claw_tui.app import ClawTui
from claw_tui.hosts.logs import find_logs
from claw_tui.hosts.onboarding import Onboarder
from claw_tui.instances import screen
from claw_tui.instances.detail_tabs import DetailTab, DetailTabs
from claw_tui.instances.screen import InstancesScreen
from claw_tui.instances.table import InstanceTable
from claw_tui.instances.view import TableView
from claw_tui.logs.reader import LogReader
from claw_tui.logs.screen import LogsScreen
from claw_tui.operations.operation_log import OperationLog
from claw_tui.session import SnapshotTaken
from claw_tui.settings import LoadedSettings
from claw_tui.shell.filtered_screen import FilteredScreen
from claw_tui.shell.input_queue import is_user_input
from claw_tui.shell.sheet import Sheet
from gateway_core.lifecycle.backend import Options
from gateway_core.lifecycle.operate import OnTask
from gateway_core.operations import Operation, OperationResult, Report
from gateway_core.snapshot import Snapshot
from tests.dashboard import BARE_HOST
from tests.fixed_host import FixedHost
from tests.log_files import append, vendor_line
from tests.monitors import QuietMonitor, monitors
from tests.snapshots import sketch

ANEW, REPORT = "f12", "f11"
BACK = {"instances": "f1", "ports": "f2", "logs": "f3", "events": "f4"}
_BUSY_S, _FREE_S = 0.02, 0.002
_LOOK_S = 0.003
_MODES = tuple(BACK)
_OWN_KEYS = {ANEW: "", REPORT: "", **{key: mode for mode, key in BACK.items()}}


class RecordingOperator:
    """Remembers what it was asked for, and never comes to an end with it."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def __call__(
        self,
        instance_ids: Sequence[str],
        operation: Operation,
        options: Options,
        report: Report,
        on_task: OnTask | None = None,
    ) -> tuple[OperationResult, ...]:
        self.asked.append(f"{operation.value} {' '.join(instance_ids)}")
        return await _for_ever()


async def _for_ever() -> NoReturn:
    while True:
        await asyncio.Event().wait()


class ReportingTui(ClawTui):
    """The dashboard, which does not end when it is left: it only says so, and then takes no keys."""

    CSS_PATH = str(Path(claw_tui.__file__).with_name("app.tcss"))  # else Textual looks beside this file

    def __init__(
        self, directory: Path, logs: Path, operator: RecordingOperator, states: IO[str], *, busy: bool
    ) -> None:
        host = FixedHost(directory).host()
        gateway_host = replace(
            BARE_HOST,
            operator=operator,
            onboarder=Onboarder(lambda: host),
            open_logs=partial(find_logs, host),
            monitor=monitors(QuietMonitor),
            settings=LoadedSettings,
        )
        super().__init__(gateway_host, environment={})
        self._disable_notifications = True
        self._snapshot = _snapshot(logs)
        self._operator = operator
        self._busy = busy
        self._left = False
        self._visited: set[str] = set()
        self._taken = 0
        self._came = asyncio.Event()
        self._states = states
        self._tasks: list[asyncio.Task[None]] = []

    def begin(self) -> None:
        self.post_message(SnapshotTaken(self._snapshot))
        works = [self._report_always(), *([self._keep_busy()] if self._busy else [])]
        self._tasks = [asyncio.create_task(work) for work in works]

    @property
    def return_value(self) -> str | None:  # type: ignore[override]
        return "quit" if self._left else None

    def exit(self, *_args: object, **_kwargs: object) -> None:
        self._left = True

    async def on_event(self, event: Event) -> None:
        if is_user_input(event):
            self._taken += 1
            self._came.set()
            if isinstance(event, Key) and event.key in _OWN_KEYS:
                if event.key == ANEW:
                    await self._begin_anew()
                elif event.key != REPORT:
                    await self._go_back(_OWN_KEYS[event.key])
                return
        await super().on_event(event)

    async def _begin_anew(self) -> None:
        """Make the modes that were shown since the last time anew: the others are as they were."""
        self._left = False
        while len(self.screen_stack) > 1:
            await self.pop_screen()
        await super().switch_mode("start")
        makers = (self._instances_screen, self._ports_screen, self._logs_screen, self._events_screen)
        for mode, maker in zip(_MODES, makers, strict=True):
            if mode in self._visited:
                await self.remove_mode(mode)
                self.add_mode(mode, maker)
        self._forget_operations()
        self._visited.clear()
        await super().switch_mode("instances")

    def switch_mode(self, mode: str) -> AwaitMount:
        self._visited.add(mode)
        return super().switch_mode(mode)

    async def _go_back(self, mode: str) -> None:
        """Leave sheets and filters, and undo what most keys do; what is left of it is for the other side to see."""
        self._left = False
        while len(self.screen_stack) > 1:
            await self.pop_screen()
        self._forget_operations()
        await self.switch_mode(mode)
        screen = self.screen
        if isinstance(screen, FilteredScreen):
            await screen.action_clear_filter()
        if isinstance(screen, InstancesScreen):
            instances, table = screen._instances, screen.query_one(InstanceTable)
            instances.select_none()
            instances.view = TableView()
            screen.query_one(DetailTabs).turn_to(DetailTab.OVERVIEW)
            screen._show_list()
            table.choose(table.keys[0])
            table.focus()

    def _forget_operations(self) -> None:
        self._input_queue._refused_until = 0.0  # what comes next belongs to no burst that was refused
        for worker in self.session.operations._running:
            worker.cancel()
        self.session.operations.log.set(OperationLog())
        self.session.problems.own.set(())
        self._operator.asked.clear()
        self._next_problem = None
        if self.theme != "claw-dark":
            self.theme = "claw-dark"

    async def _report_always(self) -> None:
        while True:
            await self._came.wait()
            self._came.clear()
            while True:
                await asyncio.sleep(_LOOK_S)
                if self._is_at_rest():
                    break
            line = json.dumps([self._taken, self._state()]) + "\n"
            await asyncio.to_thread(self._states.write, line)

    def _is_at_rest(self) -> bool:
        """Whether all that was taken has had its effect, and is painted."""
        queue, top = self._input_queue, self.screen
        unpainted = top._layout_required or top._scroll_required or top._repaint_required or top._dirty_widgets
        done = not self.message_queue_size and queue.is_idle and not queue._holds_back(Key("enter", "\r"))
        return done and not unpainted and not top._callbacks and not any(map(_is_reading, self._readers()))

    def _readers(self) -> Iterator[LogReader]:
        for mode in self._all_modes():
            if isinstance(mode, LogsScreen):
                yield mode._logs
            elif isinstance(mode, InstancesScreen):
                yield mode._tail

    async def _keep_busy(self) -> None:
        while True:
            time.sleep(_BUSY_S)  # noqa: ASYNC251  it is what keeps it busy
            await asyncio.sleep(_FREE_S)

    def _state(self) -> dict[str, object]:
        top = self.screen
        base = self._screen_stacks["instances"][0]
        assert isinstance(base, InstancesScreen)
        changes = len(self.screen_stack) > 1 or base.query_one(DetailTabs).active is DetailTab.GRAPHS
        text = "" if changes else _text(self)  # what lies below a sheet may still be read
        focused = self.focused
        return {
            "mode": self.current_mode,
            "screens": [_name(screen) for screen in self.screen_stack],
            "typed": [field.value for field in top.query(Input)],
            "focus": f"{type(focused).__name__} {focused.id}" if focused else None,
            "cursor": focused.highlighted if isinstance(focused, OptionList) else None,
            "filters": [one.filter_text for one in self._all_modes()],
            "chosen": base.query_one(InstanceTable).chosen,
            "selected": base._instances.selected,
            "asked": list(self._operator.asked),
            "left": self._left,
            "visited": sorted(self._visited),
            "theme": self.theme,
            "text": hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest(),
            "shown": text,
        }

    def _all_modes(self) -> list[FilteredScreen]:
        stacks = (self._screen_stacks.get(mode) for mode in _MODES)
        return [stack[0] for stack in stacks if stack and isinstance(stack[0], FilteredScreen) and stack[0].is_mounted]


def _is_reading(reader: LogReader) -> bool:
    searches = reader._feed is not None and reader._feed.searching
    return reader.is_looking or (reader._attended and (searches or reader.state.value.searching is not None))


def _name(screen: object) -> str:
    return f"{type(screen).__name__} {screen._heading if isinstance(screen, Sheet) else ''}".strip()


def _text(app: ClawTui) -> str:
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in line).rstrip() for line in strips)


def _snapshot(logs: Path) -> Snapshot:
    """The sketch, whose gateways have logs."""
    found = sketch()
    instances = []
    for number, one in enumerate(found.instances):
        log = logs / f"{number}.log"
        levels = ("INFO", "WARN", "ERROR", "INFO")
        log.unlink(missing_ok=True)
        append(log, *(vendor_line(f"line {line} dev", after=line, level=levels[line % 4]) for line in range(40)))
        instances.append(one.model_copy(update={"log_file": str(log)}))
    return found.model_copy(update={"instances": tuple(instances)})


def _end_with_reader(pipe: int) -> None:
    """Leave nothing behind when who reads the states was killed."""
    reader = select.poll()
    reader.register(pipe, 0)  # an error is told without being asked for
    reader.poll()
    os._exit(1)


def main() -> None:
    screen._AGEING_S = 3600.0  # what grows by itself would differ
    webbrowser.open = lambda *_args, **_kwargs: True
    directory, logs, pipe = sys.argv[1:4]
    Thread(target=_end_with_reader, args=(int(pipe),), daemon=True).start()
    with os.fdopen(int(pipe), "w", buffering=1) as states:
        app = ReportingTui(Path(directory), Path(logs), RecordingOperator(), states, busy="BUSY" in sys.argv)
        app.call_later(app.begin)
        app.run()
        if app.failure is not None:
            raise app.failure


if __name__ == "__main__":
    main()
