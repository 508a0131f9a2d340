"""A real openclaw of the versions whose gateways are titled `openclaw`: made, seen, started, restarted and stopped.

Started from a shell it is two processes, of which the child serves. The tests tell one story in this order.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.documents import at, number, rows, text
from tests.real import kernel
from tests.real.home import EARLIER_LOOPBACK_ONLY, Picture, QuietRealHome, guarded
from tests.real.installation import EARLIER_VERSION, installed_openclaw
from tests.real_processes import has_ended, until

pytestmark = [pytest.mark.real, pytest.mark.timeout(600)]

NAME = "claw-tui-test-earlier"
ID = f"openclaw:{NAME}"
LIVE = ("running", "degraded", "starting")
_DEADLINE_S = 120


@pytest.fixture(scope="module")
def earlier_home() -> Iterator[QuietRealHome]:
    """A home in which nobody has onboarded anything yet."""
    openclaw = installed_openclaw(EARLIER_VERSION)
    root = Path(tempfile.mkdtemp(prefix="claw-tui-real-"))
    home = QuietRealHome(root, openclaw, quiet_settings=EARLIER_LOOPBACK_ONLY)
    with guarded(home.root):
        home.prepare()
        yield home


def test_a_new_profile_is_live(earlier_home: QuietRealHome) -> None:
    choices = ("--distribution", "openclaw", "--preset", "rescue", "--profile", NAME, "--port", "auto")
    document = earlier_home.document("new", *choices, "--start", "--accept-risk", "--yes")
    assert (document["ok"], document["instance"]) == (True, ID), document
    picture = shown(earlier_home)
    assert picture["version"] == EARLIER_VERSION
    assert picture["state"] in LIVE, picture["reason"]
    assert serving(picture) == at(picture, "signals", "process", "pid")


def test_it_holds_the_ports_that_it_is_said_to_hold(earlier_home: QuietRealHome) -> None:
    picture = shown(earlier_home)
    pid, base = serving(picture), number(picture["live_port"])
    bound = {port for port in range(base, base + 111) for inode in kernel.listening(port).values() if inode}
    always = {number(claim["start"]) for claim in rows(picture["claims"]) if claim["binding"] == "always"}
    assert bound == always == {base}
    assert {kernel.holder(inode) for inode in kernel.listening(base).values()} == {pid}
    assert picture["conflicts"] == []


def test_it_is_the_only_one_shown(earlier_home: QuietRealHome) -> None:
    assert [row["id"] for row in rows(earlier_home.document("ls")["instances"])] == [ID]


def test_it_is_restarted(earlier_home: QuietRealHome) -> None:
    before = serving(shown(earlier_home))
    (result,) = rows(earlier_home.document("restart", ID)["results"])
    assert result["ok"], result
    assert has_ended(before)
    assert serving(shown(earlier_home)) != before


def test_it_is_stopped_and_started(earlier_home: QuietRealHome) -> None:
    before = shown(earlier_home)
    pid, port = serving(before), number(before["live_port"])
    (stopped,) = rows(earlier_home.document("stop", ID)["results"])
    assert (stopped["ok"], stopped["state"]) == (True, "stopped"), stopped
    assert has_ended(pid)
    assert kernel.listening(port) == {}
    (started,) = rows(earlier_home.document("start", ID)["results"])
    assert started["ok"], started
    assert number(shown(earlier_home)["live_port"]) == port
    (stopped,) = rows(earlier_home.document("stop", ID)["results"])
    assert stopped["ok"], stopped


def test_one_started_from_a_shell_is_seen_and_stopped_with_its_parent(earlier_home: QuietRealHome) -> None:
    port = number(at(shown(earlier_home), "base_port", "value"))
    parent = subprocess.Popen(
        (earlier_home.root / "bin" / "openclaw", "--profile", NAME, "gateway"),
        env=earlier_home.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    until(lambda: bool(kernel.listening(port)), _DEADLINE_S)
    picture = until_live(earlier_home)
    assert at(picture, "signals", "process", "proof") in ("lock", "open-files")
    (result,) = rows(earlier_home.document("stop", ID)["results"])
    assert (result["ok"], result["state"]) == (True, "stopped"), result
    parent.wait(timeout=_DEADLINE_S)
    assert text(shown(earlier_home)["state"]) == "stopped"


def shown(home: QuietRealHome) -> Picture:
    return home.shown(NAME)


def until_live(home: QuietRealHome) -> Picture:
    until(lambda: shown(home)["state"] in LIVE, _DEADLINE_S)
    return shown(home)


def serving(picture: Picture) -> int:
    """The pid of the kernel's holder of its port."""
    (pid,) = {kernel.holder(inode) for inode in kernel.listening(number(picture["live_port"])).values()}
    assert pid is not None
    return pid
