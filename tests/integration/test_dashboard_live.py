"""The dashboard in a real terminal, starting and ending real gateways of a demo home."""

import asyncio
import re
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway_core.demo.faults import Faults
from gateway_core.demo.home import DemoHome
from gateway_core.demo.installation import DemoProfile
from tests.real_processes import gateways_of, is_free, until
from tests.terminal import Terminal, terminal

pytestmark = pytest.mark.slow

BULK = 5


async def in_dashboard(home: DemoHome, act: Callable[[Terminal], None], *arguments: str) -> None:
    """Let it act in a dashboard of that home, in which only its own profiles are listed.

    Other tests' gateways run on this machine, too: an id with a colon is one of this home.
    """

    def run() -> None:
        with terminal(dict(home.environment), *arguments, columns=160, lines=40) as screen:
            open_filtered(screen, ":p")
            act(screen)

    await asyncio.to_thread(run)


def open_filtered(screen: Terminal, pattern: str) -> None:
    screen.wait_for(lambda text: "Instance↑" in text)
    screen.type("/")
    screen.wait_for(lambda text: "a regular expression" in text)
    screen.type(f"{pattern}\r")
    screen.wait_for(lambda text: "esc Clear" in text)


def shows(screen: Terminal, state: str, *profiles: DemoProfile) -> None:
    rows = [re.compile(rf"{re.escape(state)} .*{re.escape(profile.id)}\s") for profile in profiles]
    screen.wait_for(lambda text: all(row.search(text) for row in rows))


def close_sheet(screen: Terminal) -> None:
    """With `q`: of `esc` and a key that follows it, a terminal makes one."""
    screen.wait_for(lambda text: "esc closes" in text)
    screen.type("q")
    screen.wait_for(lambda text: "╭" not in text)


def leave(screen: Terminal) -> None:
    screen.type("q")
    assert screen.read_to_end() == 0


async def test_a_gateway_is_started_restarted_and_stopped(demo_home: DemoHome) -> None:
    profile = demo_home.add_profile("openclaw", "p")

    def act(screen: Terminal) -> None:
        shows(screen, "○ stopped", profile)
        screen.type("U")
        screen.wait_for(lambda text: "openclaw:p started" in text)
        shows(screen, "● running", profile)
        (first,) = gateways_of(profile)

        screen.type("R")
        screen.wait_for(lambda text: "Restart openclaw:p?" in text and f"kill -TERM {first}" in text)
        screen.type("y")
        screen.wait_for(lambda text: "openclaw:p restarted" in text)
        (second,) = gateways_of(profile)
        assert second != first
        shows(screen, "● running", profile)

        screen.wait_for(lambda text: re.search(rf"openclaw:p\s.*\b{second}\b", text) is not None)
        screen.type("X")
        screen.wait_for(lambda text: "Stop openclaw:p?" in text and f"kill -TERM {second}" in text)
        screen.type("\r")
        screen.wait_for(lambda text: "Stop openclaw:p?" not in text)
        assert gateways_of(profile) == [second]
        screen.type("X")
        screen.wait_for(lambda text: "Stop openclaw:p?" in text)
        screen.type("y")
        screen.wait_for(lambda text: "openclaw:p stopped" in text)
        shows(screen, "○ stopped", profile)
        assert gateways_of(profile) == []
        assert is_free(profile.port)

        screen.type("h")
        screen.wait_for(lambda text: "Operations" in text and f"$ kill -TERM {second}" in text)
        close_sheet(screen)
        leave(screen)

    await in_dashboard(demo_home, act)


async def test_several_are_started_and_stopped_at_once(demo_home: DemoHome) -> None:
    profiles = [demo_home.add_profile("openclaw", f"p{number}") for number in range(BULK)]

    def act(screen: Terminal) -> None:
        shows(screen, "○ stopped", *profiles)
        screen.type("aU")
        screen.wait_for(lambda text: f"{BULK} instances started" in text)
        shows(screen, "● running", *profiles)
        assert [len(gateways_of(profile)) for profile in profiles] == [1] * BULK
        screen.type("X")
        screen.wait_for(lambda text: f"Stop {BULK} instances?" in text)
        assert all(profile.id in screen.text for profile in profiles)
        screen.type(f"{BULK}\r")
        screen.wait_for(lambda text: f"{BULK} instances stopped" in text)
        shows(screen, "○ stopped", *profiles)
        assert not any(gateways_of(profile) for profile in profiles)
        leave(screen)

    await in_dashboard(demo_home, act)


async def test_one_that_dies_is_told_with_its_last_words(demo_home: DemoHome) -> None:
    profile = demo_home.add_profile("openclaw", "p", faults=Faults(exit_code=78))

    def act(screen: Terminal) -> None:
        shows(screen, "○ stopped", profile)
        screen.type("U")
        screen.wait_for(lambda text: "openclaw:p not started" in text and "exit code 78" in text)
        screen.type("h")
        screen.wait_for(lambda text: "Gateway failed to start." in text)
        close_sheet(screen)
        leave(screen)

    await in_dashboard(demo_home, act)


@pytest.mark.parametrize("end", ["quit", "killed"])
async def test_a_gateway_that_was_being_started_comes_up_without_its_dashboard(demo_home: DemoHome, end: str) -> None:
    profile = demo_home.add_profile("openclaw", "p", faults=Faults(start_delay_s=600))

    def act(screen: Terminal) -> None:
        shows(screen, "○ stopped", profile)
        screen.type("U")
        screen.wait_for(lambda text: "starting, waiting for an answer" in text)
        if end == "killed":
            screen.process.send_signal(signal.SIGKILL)
            screen.process.wait()
            return
        screen.type("q")
        screen.wait_for(lambda text: "Leave while operations run?" in text)
        screen.type("y")
        assert screen.read_to_end() == 0
        assert "Not waited for: openclaw:p" in screen.text

    await in_dashboard(demo_home, act)
    assert is_free(profile.port)  # nobody has waited for it
    profile.set_faults(Faults())
    until(lambda: bool(gateways_of(profile)) and not is_free(profile.port))


async def test_read_only_does_nothing(demo_home: DemoHome) -> None:
    gateway = await demo_home.start("openclaw", "p")

    def act(screen: Terminal) -> None:
        shows(screen, "● running", gateway.profile)
        assert "read-only" in screen.text
        screen.type("XRUKaXR?")
        screen.wait_for(lambda text: "Start, stop, restart" in text)
        close_sheet(screen)
        leave(screen)

    await in_dashboard(demo_home, act, "--read-only")
    assert gateways_of(gateway.profile) == [gateway.pid]


@pytest.mark.usual_ports
def test_the_stopped_rescue_of_the_demo_can_be_started(tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    environment = {"HOME": str(tmp_path), "TMPDIR": str(tmp_path / "tmp"), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
    with terminal(environment, "demo", columns=160, lines=40) as screen:
        open_filtered(screen, "openclaw:rescue")
        screen.wait_for(lambda text: "○ stopped" in text)
        screen.type("U")
        screen.wait_for(lambda text: "openclaw:rescue started" in text)
        screen.wait_for(lambda text: "● running" in text)
        leave(screen)
