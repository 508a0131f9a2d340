"""A real openclaw started, restarted and stopped: from the command line, and from the dashboard in a terminal.

What claw-tui says is held against the kernel and the gateway's own lock. The tests tell one story in this order.
"""

import re

import pytest

from tests.documents import number, rows, text
from tests.real import kernel
from tests.real.home import RealHome, RealProfile
from tests.real_processes import has_ended
from tests.terminal import Terminal, terminal

pytestmark = [pytest.mark.real, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def profile(real_home: RealHome) -> RealProfile:
    """A profile that nothing else starts or stops."""
    return real_home.onboard("claw-tui-test-operated")


def result_of(real_home: RealHome, *arguments: str) -> dict[str, object]:
    (result,) = rows(real_home.document(*arguments)["results"])
    return result


def serving(profile: RealProfile) -> int:
    """The pid that the kernel and the gateway's own lock agree on."""
    owners = {kernel.holder(inode) for inode in kernel.listening(profile.port).values()}
    lock = profile.lock()
    assert lock is not None
    assert owners == {lock["pid"]}
    return number(lock["pid"])


def test_the_command_line_starts_it(real_home: RealHome, profile: RealProfile) -> None:
    result = result_of(real_home, "start", profile.id)
    assert (result["ok"], result["state"]) in ((True, "running"), (True, "degraded"), (True, "starting")), result
    pid = serving(profile)
    (start,) = [step for step in rows(result["steps"]) if step["name"] == "start"]
    assert text(start["command"]).endswith(f"--profile {profile.name} gateway --port {profile.port}")
    assert f"pid {pid}" in text(start["detail"])
    again = result_of(real_home, "start", profile.id)
    assert again["ok"]
    assert serving(profile) == pid


def test_the_command_line_restarts_it(real_home: RealHome, profile: RealProfile) -> None:
    before = serving(profile)
    result = result_of(real_home, "restart", profile.id)
    assert result["ok"], result
    assert f"kill -TERM {before}" in [step["command"] for step in rows(result["steps"])]
    assert serving(profile) != before


def test_the_command_line_stops_it(real_home: RealHome, profile: RealProfile) -> None:
    pid = serving(profile)
    result = result_of(real_home, "stop", profile.id)
    assert (result["ok"], result["state"]) == (True, "stopped"), result
    assert f"kill -TERM {pid}" in [step["command"] for step in rows(result["steps"])]
    assert kernel.listening(profile.port) == {}
    assert has_ended(pid)


def test_the_dashboard_starts_restarts_and_stops_it(real_home: RealHome, profile: RealProfile) -> None:
    with terminal(real_home.environment, columns=160, lines=48) as screen:
        screen.wait_for(lambda text: "Instance↑" in text)
        screen.type("/")
        screen.wait_for(lambda text: "a regular expression" in text)
        screen.type(f"{profile.name}\r")
        screen.wait_for(lambda text: "esc Clear" in text)

        screen.type("U")
        screen.wait_for(lambda text: f"{profile.id} started" in text)
        first = serving(profile)

        confirm(screen, "R", f"kill -TERM {first}")
        screen.wait_for(lambda text: f"{profile.id} restarted" in text)
        second = serving(profile)
        assert second != first

        screen.wait_for(lambda text: re.search(rf"● running .*\b{second}\b", text) is not None)
        confirm(screen, "X", f"kill -TERM {second}")
        screen.wait_for(lambda text: f"{profile.id} stopped" in text)
        assert kernel.listening(profile.port) == {}
        screen.type("q")
        assert screen.read_to_end() == 0


def confirm(screen: Terminal, key: str, command: str) -> None:
    screen.type(key)
    screen.wait_for(lambda text: f"$ {command}" in text and "esc: leave it" in text)
    screen.type("y")
