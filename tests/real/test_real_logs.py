"""The log of a real openclaw, followed by `claw-tui logs -f` through a restart."""

import json
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from datetime import datetime

import pytest

from tests.documents import at, text
from tests.real.conftest import VENDOR_LOGS
from tests.real.home import CLAW_TUI, RealHome, RealProfile

pytestmark = [pytest.mark.real, pytest.mark.timeout(600)]

DEADLINE_S = 120


class Follower:
    """`claw-tui logs ID -f --json`, read as it comes."""

    def __init__(self, real_home: RealHome, profile: RealProfile) -> None:
        self.seen: list[dict[str, object]] = []
        self._news: queue.Queue[dict[str, object]] = queue.Queue()
        self._process = subprocess.Popen(
            (CLAW_TUI, "logs", profile.id, "-f", "-n", "0", "--json"),
            env=real_home.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        threading.Thread(target=self._read, daemon=True).start()

    def until(self, text: str) -> None:
        """Take in lines up to the next one with that text."""
        limit = time.monotonic() + DEADLINE_S
        found = False
        while not found:
            line = self._news.get(timeout=max(0.1, limit - time.monotonic()))
            self.seen.append(line)
            found = text in str(line["message"])

    def end(self) -> None:
        self._process.send_signal(signal.SIGINT)
        assert self._process.wait(timeout=30) == 130

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            self._news.put(json.loads(line))


@pytest.fixture
def profile(real_home: RealHome) -> Iterator[RealProfile]:
    profile = real_home.onboard("claw-tui-test-logs")
    yield profile
    gateway = real_home.gateways.pop(profile.name)
    gateway.terminate()
    gateway.wait(timeout=60)


def test_a_restart_is_followed_line_by_line(real_home: RealHome, profile: RealProfile) -> None:
    follower = Follower(real_home, profile)
    for _ in range(2):
        real_home.start(profile)
        follower.until("gateway ready")
        gateway = real_home.gateways[profile.name]
        gateway.terminate()
        assert gateway.wait(timeout=60) == 0
    follower.end()
    (log,) = VENDOR_LOGS.glob("openclaw-claw--tui--test--logs-*.log")
    written = [datetime.fromisoformat(json.loads(line)["time"]) for line in log.read_text().splitlines()]
    seen = [datetime.fromisoformat(str(line["at"])) for line in follower.seen]
    begin = written.index(seen[0])
    assert seen == written[begin : begin + len(seen)]
    assert all(line["instance"] == profile.id and line["certain"] for line in follower.seen)
    assert {line["level"] for line in follower.seen} <= {"debug", "info", "warn", "error"}
    token = text(at(profile.config, "gateway", "auth", "token"))
    assert token not in json.dumps(follower.seen)
    assert token not in real_home.claw("logs", profile.id, "-n", "1000")
