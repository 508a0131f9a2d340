"""`claw-tui web` before it listens: what it refuses, and the command behind a page."""

import importlib.util
import shlex
import sys

import pytest

from claw_tui.app import ClawTui
from claw_tui.cli.commands import dashboard
from claw_tui.cli.main import run
from claw_tui.cli.web import dashboard_command
from claw_tui.cli.web_guard import Guard, authority, is_loopback, new_key
from claw_tui.cli.web_page import page, policy

LOOPBACK = Guard("127.0.0.1", 8000)
OPEN = Guard("0.0.0.0", 8000, frozenset({"Mini.local"}))
USUAL_PORT = Guard("127.0.0.1", 80)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.7", "::"])
def test_other_machines_are_let_in_only_on_demand(host: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["web", "--host", host]) == 2
    assert "--allow-remote" in capsys.readouterr().err


def test_a_host_is_an_address(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["web", "--host", "mini", "--allow-remote"]) == 2
    assert "“mini” is no address" in capsys.readouterr().err


def test_without_the_extra_it_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert run(["web"]) == 1
    assert "pip install 'claw-tui[web]'" in capsys.readouterr().err


def test_the_dashboard_behind_a_page_is_read_only_unless_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/opt/my $HOME/python")
    words = shlex.split(dashboard_command(operations=False))
    assert words[0] == "exec"
    assert words[-5:] == ["/opt/my $HOME/python", "-P", "-m", "claw_tui", "--read-only"]
    assert "--read-only" not in dashboard_command(operations=True)


@pytest.mark.parametrize(
    ("guard", "host", "allowed"),
    [
        (LOOPBACK, "127.0.0.1:8000", True),
        (LOOPBACK, "localhost:8000", True),
        (LOOPBACK, "[::1]:8000", True),
        (LOOPBACK, "127.0.0.1:8001", False),
        (LOOPBACK, "127.0.0.1", False),
        (LOOPBACK, "evil.example:8000", False),
        (LOOPBACK, "192.0.2.7:8000", False),
        (LOOPBACK, "127.0.0.1.evil.example:8000", False),
        (LOOPBACK, "[::1%lo; script-src *]:8000", False),
        (LOOPBACK, "127.0.0.1:8000:8000", False),
        (LOOPBACK, "127.0.0.1:+8000", False),
        (LOOPBACK, "127.0.0.1:٨٠٠٠", False),
        (USUAL_PORT, "127.0.0.1", True),
        (USUAL_PORT, "[::1]", True),
        (USUAL_PORT, "127.0.0.1:80", True),
        (USUAL_PORT, "127.0.0.1:8000", False),
        (USUAL_PORT, "evil.example", False),
        (LOOPBACK, "", False),
        (LOOPBACK, None, False),
        (OPEN, "192.0.2.7:8000", True),
        (OPEN, "mini.local:8000", True),
        (OPEN, "mini.local.evil.example:8000", False),
        (OPEN, "evil.example:8000", False),
    ],
)
def test_a_request_names_the_server_by_an_address_of_its_own(guard: Guard, host: str | None, allowed: bool) -> None:
    assert (guard.refuses(host, None, is_socket=False) is None) == allowed


@pytest.mark.parametrize(
    ("origin", "is_socket", "allowed"),
    [
        (None, False, True),
        (None, True, False),
        ("http://127.0.0.1:8000", True, True),
        ("http://localhost:8000", True, False),
        ("http://127.0.0.1:9000", True, False),
        ("https://127.0.0.1:8000", True, False),
        ("http://evil.example", False, False),
        ("null", True, False),
    ],
)
def test_a_socket_is_opened_by_a_page_of_the_server_itself(origin: str | None, is_socket: bool, allowed: bool) -> None:
    assert (LOOPBACK.refuses("127.0.0.1:8000", origin, is_socket=is_socket) is None) == allowed


def test_the_page_loads_nothing_from_elsewhere() -> None:
    text = page('a "title" <b>', "ws://127.0.0.1:8000/k/ws")
    assert "a &quot;title&quot; &lt;b&gt;" in text
    assert "http://" not in text
    assert "https://" not in text
    assert "connect-src ws://127.0.0.1:8000;" in policy("127.0.0.1:8000")


def test_addresses_and_keys() -> None:
    assert authority("::1", 80) == "[::1]:80"
    assert [is_loopback(host) for host in ("127.0.0.1", "127.9.9.9", "::1", "localhost", "10.0.0.1", "mini")] == [
        True, True, True, True, False, False
    ]  # fmt: skip
    assert len({new_key() for _ in range(100)}) == 100
    assert len(new_key()) >= 32


@pytest.mark.parametrize("driver", ["textual.drivers.web_driver:WebDriver", None])
def test_a_dashboard_in_a_browser_gives_way_to_no_demo(driver: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[ClawTui] = []
    monkeypatch.setattr(dashboard, "_show", shown.append)
    monkeypatch.setattr(dashboard, "has_terminal", lambda: True)
    if driver is not None:
        monkeypatch.setenv("TEXTUAL_DRIVER", driver)
    assert run([]) == 0
    assert shown[0].session.situation().can_show_demo is (driver is None)
