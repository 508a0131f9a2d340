"""Sockets become listeners, and a gateway's Chrome is recognised."""

import tracemalloc
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway_core.host import ListeningSocket, ProcessInfo, SocketScan
from gateway_core.ports.listeners import chrome_owner, listeners_of
from gateway_core.redaction.commands import LONGEST_COMMAND
from gateway_core.snapshot import Listener


def process(pid: int, name: str, *argv: str) -> ProcessInfo:
    return ProcessInfo(pid, 1, datetime(2026, 11, 20, tzinfo=UTC), 1, 1000, name, argv)


def scan(*sockets: tuple[str, int, int | None]) -> SocketScan:
    return SocketScan(tuple(ListeningSocket(*socket) for socket in sockets))


def test_both_loopbacks_of_one_owner_are_one_listener() -> None:
    found = listeners_of(
        scan(("::1", 18789, 7), ("127.0.0.1", 18789, 7)),
        {7: process(7, "openclaw-gatewa", "openclaw-gateway")},
        {7: "openclaw:default"},
    )
    assert found == (
        Listener(
            port=18789,
            addresses=("127.0.0.1", "::1"),
            pid=7,
            process="openclaw-gateway",
            command="openclaw-gateway",
            instance="openclaw:default",
        ),
    )


def test_two_owners_of_one_port_are_two_listeners_sorted_by_port_then_pid() -> None:
    found = listeners_of(
        scan(("0.0.0.0", 9000, None), ("127.0.0.1", 9000, 9), ("127.0.0.1", 9000, 8), ("0.0.0.0", 80, 9)), {}, {}
    )
    assert [(listener.port, listener.pid) for listener in found] == [(80, 9), (9000, 8), (9000, 9), (9000, None)]


def test_an_unseen_owner_stays_unknown() -> None:
    (found,) = listeners_of(scan(("0.0.0.0", 22, None), ("::", 22, None)), {7: process(7, "sshd", "sshd")}, {7: "x:y"})
    assert found == Listener(port=22, addresses=("0.0.0.0", "::"), pid=None, process=None, command=None, instance=None)


def test_an_owner_that_exited_meanwhile_keeps_its_pid() -> None:
    (found,) = listeners_of(scan(("127.0.0.1", 22, 7)), {}, {})
    assert (found.pid, found.process, found.command) == (7, None, None)


def test_the_command_is_redacted() -> None:
    owner = process(7, "node", "node", "server.js", "--token", "CANARYlistener0123456789")
    (found,) = listeners_of(scan(("127.0.0.1", 9000, 7)), {7: owner}, {})
    assert found.command is not None
    assert found.command.startswith("node server.js --token")
    assert "CANARY" not in found.command


STATE = Path("/home/ada/.openclaw-rescue")
DEBUGGING = "--remote-debugging-port=19012"


@pytest.mark.parametrize(
    ("arguments", "owner"),
    [
        ((DEBUGGING, f"--user-data-dir={STATE}/browser/openclaw/user-data", "about:blank"), "openclaw:rescue"),
        ((DEBUGGING, f"--user-data-dir={STATE}/browser/openclaw/user-data/"), "openclaw:rescue"),
        (("--remote-debugging-pipe", f"--user-data-dir={STATE}/browser/openclaw/user-data"), "openclaw:rescue"),
        ((f"--user-data-dir={STATE}/browser/openclaw/user-data",), None),
        ((DEBUGGING, "--user-data-dir=/home/ada/.openclaw/browser/openclaw/user-data"), None),
        ((DEBUGGING, f"--user-data-dir={STATE}/user-data"), "openclaw:rescue"),
        ((DEBUGGING, f"--user-data-dir={STATE}/browser/openclaw"), "openclaw:rescue"),
        ((DEBUGGING, "--user-data-dir=user-data"), None),
        ((DEBUGGING, "--type=renderer", f"--user-data-dir={STATE}/browser/openclaw/user-data"), None),
        ((DEBUGGING,), None),
    ],
)
def test_a_chrome_belongs_to_the_state_dir_of_its_profile(arguments: tuple[str, ...], owner: str | None) -> None:
    chrome = process(7, "chrome", "/opt/google/chrome/chrome", *arguments)
    assert chrome_owner(chrome, {STATE: "openclaw:rescue"}) == owner


def test_a_chrome_started_through_a_migrations_symlink_is_recognised(tmp_path: Path) -> None:
    real = tmp_path.resolve() / ".moltbot"
    real.mkdir()
    link = tmp_path.resolve() / ".clawdbot"
    link.symlink_to(real)
    chrome = process(7, "chrome", "chrome", DEBUGGING, f"--user-data-dir={link}/browser/clawd/user-data")
    assert chrome_owner(chrome, {real: "moltbot:default"}) == "moltbot:default"


def test_nothing_large_is_kept_of_the_command_lines_of_listeners() -> None:
    sockets = scan(*(("127.0.0.1", port, port) for port in range(1, 9)))

    def processes() -> dict[int, ProcessInfo]:
        return {pid: process(pid, "node", "node", f"--id={pid}", *["ab"] * 20_000) for pid in range(1, 9)}

    tracemalloc.start()
    try:
        commands = {listener.command for listener in listeners_of(sockets, processes(), {})}
        assert tracemalloc.get_traced_memory()[0] < 1 << 18
    finally:
        tracemalloc.stop()
    assert all(command is not None and len(command) <= LONGEST_COMMAND for command in commands)
