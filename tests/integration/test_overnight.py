"""A night without a dashboard: a kill, a crash loop and a stop by hand are three stories in the morning, told once."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from gateway_core.decoding import decode_model, encode_model
from gateway_core.demo.home import DemoHome
from gateway_core.demo.installation import DemoProfile
from gateway_core.dirs import last_seen_file
from gateway_core.events.last_seen import LastSeen
from gateway_core.files import identify
from tests.documents import rows
from tests.program import claw_tui
from tests.real_processes import gateways_of, listens, until
from tests.systemd_manager import SystemdUserManager, systemd_user
from tests.terminal import Terminal, terminal

__all__ = ["systemd_user"]

HEADING = "While you were away"
DIED = r"died (between .* and|at about) \d\d:\d\d; nothing tells why its log ends: ready"  # which tells when it lived
FRAGILE = """\
n=$(cat {crashes} 2>/dev/null || echo 0)
if [ "$n" -gt 0 ]; then echo $((n - 1)) >{crashes}; exit 1; fi
exec {command} gateway --port {port}
"""
Install = Callable[[DemoProfile, Callable[[str], str]], str]


@dataclass
class Night:
    """A home with its gateways, whose services a real systemd runs."""

    home: DemoHome
    systemd: SystemdUserManager

    @property
    def environment(self) -> dict[str, str]:
        return {**self.home.environment, "XDG_RUNTIME_DIR": str(self.systemd.runtime_dir), "TZ": "UTC"}

    @property
    def record(self) -> Path:
        return last_seen_file(self.home.host())

    def pass_by(self) -> None:
        """Have the last look lie hours back."""
        record = decode_model(LastSeen, self.record.read_text())
        earlier = record.model_copy(update={"seen_at": record.seen_at - timedelta(hours=8)})
        self.record.write_text(encode_model(earlier))

    async def look(self, use: Callable[[Terminal], None]) -> None:
        """Open a dashboard, use it and leave it."""

        def work() -> None:
            with terminal(self.environment, columns=120, lines=36) as screen:
                screen.wait_for(lambda text: "Instance" in text and "running" in text)
                use(screen)
                screen.type("q")
                assert screen.read_to_end() == 0

        await asyncio.to_thread(work)


@pytest.fixture
def night(demo_home: DemoHome, systemd_user: SystemdUserManager) -> Night:
    return Night(demo_home, systemd_user)


@pytest.fixture
def install(night: Night) -> Iterator[Install]:
    """Write a profile's unit, edited, where claw-tui and systemd each look for it, and start it; its name."""
    names: list[str] = []

    def write(profile: DemoProfile, edited: Callable[[str], str]) -> str:
        path = night.home.write_unit(profile)
        path.write_text(edited(path.read_text()))
        night.systemd.install(path.name, path.read_text())
        names.append(path.name)
        night.systemd.systemctl("enable", "--now", path.name)
        return path.name

    yield write
    for name in names:
        night.systemd.systemctl("disable", name, check=False)
        night.systemd.remove(name)


def fragile(profile: DemoProfile, crashes: Path) -> Callable[[str], str]:
    """An edit of its unit: the gateway ends with 1 as often as that file says, then holds."""
    script = crashes.with_suffix(".sh")
    script.write_text(FRAGILE.format(crashes=crashes, command=profile.command, port=profile.port))
    settings = "StartLimitIntervalSec=0\nAfter="

    def edited(text: str) -> str:
        started = re.sub(r"ExecStart=.*", f"ExecStart=/bin/sh {script}", text)
        return started.replace("RestartSec=5", "RestartSec=100ms").replace("After=", settings, 1)

    return edited


def is_up(profile: DemoProfile) -> bool:
    return any(listens(pid, profile.port) for pid in gateways_of(profile))


def story_of(shown: str, instance: str) -> str:
    """What the sheet says of that gateway, on one line."""
    plain = shown.replace("▌", " ")  # the sign of the cursor
    lines = [line.partition("│")[2].rpartition("│")[0] for line in plain.splitlines()]
    begin = next(number for number, line in enumerate(lines) if f" {instance} " in line)
    told = [lines[begin].partition(instance)[2]]
    for line in lines[begin + 1 :]:
        if not line.strip() or line[:6].strip():
            break
        told.append(line)
    return " ".join(" ".join(told).split())


@pytest.mark.slow
@pytest.mark.systemd
async def test_the_morning_tells_three_stories_once(night: Night, install: Install, tmp_path: Path) -> None:
    killed = await night.home.start("openclaw", "killed")
    looping, stopped = (night.home.add_profile("openclaw", name) for name in ("looping", "stopped"))
    crashes = tmp_path / "crashes"
    units = install(looping, fragile(looping, crashes)), install(stopped, str)
    await asyncio.to_thread(until, lambda: is_up(looping) and is_up(stopped))
    await night.look(lambda screen: screen.wait_for(lambda _: night.record.exists()))

    night.pass_by()
    killed.signal(signal.SIGKILL)
    crashes.write_text("2")
    os.kill(int(night.systemd.property(units[0], "MainPID")), signal.SIGKILL)
    night.systemd.systemctl("stop", units[1])
    night.systemd.wait_for(units[0], "NRestarts", lambda value: value == "3")
    await asyncio.to_thread(until, lambda: is_up(looping))

    told: list[str] = []

    def read(screen: Terminal) -> None:
        screen.wait_for(lambda text: HEADING in text and "closes" in text)
        told.append(screen.text)
        screen.type("\x1b")
        screen.wait_for(lambda text: HEADING not in text)

    await night.look(read)
    assert re.match(DIED, story_of(told[0], "openclaw:killed"))
    assert re.match(r"crashed 3×.*; it runs again since \d\d:\d\d", story_of(told[0], "openclaw:looping"))
    assert re.match(r"was stopped at \d\d:\d\d, as asked \(systemctl\)", story_of(told[0], "openclaw:stopped"))
    assert "■ 1 down  ▲ 1 in trouble  · 1 as asked" in told[0]

    before = identify(night.record)

    def find_nothing(screen: Terminal) -> None:
        screen.wait_for(lambda _: identify(night.record) != before)
        screen.type("A")
        screen.wait_for(lambda text: "Nothing has changed since" in text)
        assert HEADING not in screen.text

    await night.look(find_nothing)
    events = await claw_tui(night.environment, "events", "--json")
    found = [event for event in rows(events.document["events"]) if event["instance"] == "openclaw:killed"]
    assert [event["kind"] for event in found] == ["died", "state-changed"]
