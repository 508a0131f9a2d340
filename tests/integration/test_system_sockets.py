"""The socket tables against real listeners."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gateway_core.host import ListeningSocket, SocketTable
from gateway_core.system import sockets
from gateway_core.system.psutil_tables import PsutilSockets
from gateway_core.system.sockets import LinuxSockets

LINUX = sys.platform == "linux"
linux_only = pytest.mark.skipif(not LINUX, reason="reads /proc")

LISTEN = """
import json, socket, sys
held = []
for address in sys.argv[1:]:
    host, _, port = address.rpartition("@")
    held.append(socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET))
    held[-1].setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    if host == "::":
        held[-1].setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    held[-1].bind((host, int(port)))
    held[-1].listen()
print(" ".join(str(one.getsockname()[1]) for one in held), flush=True)
sys.stdin.readline()
"""
HAND_DOWN = """
import os, socket, sys
held = socket.socket()
held.bind(("127.0.0.1", 0))
held.listen()
child = os.fork()
if child == 0:
    sys.stdin.readline()
    os._exit(0)
print(held.getsockname()[1], child, flush=True)
sys.stdin.readline()
"""


TABLES: dict[str, Callable[[], SocketTable]] = {"psutil": PsutilSockets}
if LINUX:
    TABLES |= {"netlink": LinuxSockets, "proc": lambda: LinuxSockets(by_netlink=False)}


@pytest.fixture(params=TABLES)
def table(request: pytest.FixtureRequest) -> SocketTable:
    return TABLES[request.param]()


@contextmanager
def listener(code: str, *addresses: str) -> Iterator[tuple[subprocess.Popen[str], list[int]]]:
    """A process that listens, and the numbers that it printed once it did."""
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", code, *addresses], stdin=pipe, stdout=pipe, text=True) as child:
        assert child.stdout is not None
        try:
            yield child, [int(number) for number in child.stdout.readline().split()]
        finally:
            child.kill()


def on(table: SocketTable, port: int) -> list[ListeningSocket]:
    return sorted((one for one in table.scan().sockets if one.port == port), key=lambda one: (one.address, one.pid))


def has_ipv6_loopback() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


def test_addresses_and_owner_of_ipv4_listeners(table: SocketTable) -> None:
    with listener(LISTEN, "127.0.0.1@0", "0.0.0.0@0", "127.0.0.2@0") as (child, ports):
        found = [on(table, port) for port in ports]
    expected = zip(("127.0.0.1", "0.0.0.0", "127.0.0.2"), ports, strict=True)
    assert found == [[ListeningSocket(address, port, child.pid)] for address, port in expected]


@pytest.mark.skipif(not has_ipv6_loopback(), reason="this machine has no IPv6")
def test_addresses_and_owner_of_ipv6_listeners(table: SocketTable) -> None:
    with listener(LISTEN, "::1@0", "::@0", "::ffff:127.0.0.3@0") as (child, ports):
        found = [on(table, port) for port in ports]
    expected = zip(("::1", "::", "127.0.0.3"), ports, strict=True)
    assert found == [[ListeningSocket(address, port, child.pid)] for address, port in expected]


@linux_only
@pytest.mark.skipif(not has_ipv6_loopback(), reason="this machine has no IPv6")
def test_a_listener_for_ipv6_only_is_told_from_one_for_both() -> None:
    with socket.create_server(("::", 0), family=socket.AF_INET6) as alone:  # Python makes it one for IPv6 only
        alone_found = on(LinuxSockets(), alone.getsockname()[1])
    with socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True) as both:
        both_found = on(LinuxSockets(), both.getsockname()[1])
    assert [one.v6_only for one in (*alone_found, *both_found)] == [True, False]


def test_a_closed_listener_is_gone(table: SocketTable) -> None:
    with listener(LISTEN, "127.0.0.1@0") as (child, (port,)):
        assert on(table, port)
        child.kill()
        child.wait()
    assert on(table, port) == []


def test_two_processes_that_share_a_port_are_two_owners(table: SocketTable) -> None:
    with listener(LISTEN, "127.0.0.1@0") as (first, (port,)), listener(LISTEN, f"127.0.0.1@{port}") as (second, _):
        assert {one.pid for one in on(table, port)} == {first.pid, second.pid}


def test_a_connection_is_not_a_listener(table: SocketTable) -> None:
    with (
        listener(LISTEN, "127.0.0.1@0") as (_, (port,)),
        socket.create_connection(("127.0.0.1", port)) as connection,
    ):
        assert on(table, connection.getsockname()[1]) == []
        assert len(on(table, port)) == 1


@linux_only
def test_a_listener_that_comes_after_the_first_scan_is_found() -> None:
    table = LinuxSockets()
    table.scan()
    with listener(LISTEN, "127.0.0.1@0") as (child, (port,)):
        assert on(table, port) == [ListeningSocket("127.0.0.1", port, child.pid)]


@linux_only
def test_a_handed_down_socket_belongs_to_the_oldest_holder_that_lives() -> None:
    table = LinuxSockets()
    with listener(HAND_DOWN) as (parent, (port, child)):
        assert on(table, port) == [ListeningSocket("127.0.0.1", port, parent.pid)]
        parent.kill()
        parent.wait()
        assert on(table, port) == [ListeningSocket("127.0.0.1", port, child)]
        assert parent.stdin is not None
        parent.stdin.close()


@linux_only
def test_a_remembered_owner_must_still_hold_the_socket() -> None:
    table = LinuxSockets()
    with listener(LISTEN, "127.0.0.1@0", "127.0.0.1@0") as (child, (port, _)):
        on(table, port)
        other = {inode: holder for inode, holder in table._holders.items() if holder.pid == child.pid}
        (inode, first), (_, second) = other.items()
        table._holders[inode] = second
        on(table, port)
        assert table._holders[inode] == first, "a descriptor that is another socket now proves nothing"


@linux_only
def test_netlink_and_proc_tell_the_same_about_more_sockets_than_fit_one_answer() -> None:
    many = ["127.0.0.1@0"] * 300 + (["::1@0"] * 300 if has_ipv6_loopback() else [])
    with listener(LISTEN, *many) as (child, ports):
        scans = [LinuxSockets(by_netlink=by_netlink).scan() for by_netlink in (True, False)]
    by_netlink, by_proc = ({one for one in scan.sockets if one.pid == child.pid} for scan in scans)
    assert by_netlink == by_proc
    assert {one.port for one in by_netlink} == set(ports)


@linux_only
def test_where_netlink_is_refused_the_tables_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "_SOCK_DIAG", 31)  # no such netlink family
    with pytest.raises(OSError, match=r"."):
        sockets.ask_kernel()
    with listener(LISTEN, "127.0.0.1@0") as (child, (port,)):
        assert on(LinuxSockets(), port) == [ListeningSocket("127.0.0.1", port, child.pid)]


@linux_only
def test_the_kernels_limits() -> None:
    limits = LinuxSockets().limits()
    start, end = Path("/proc/sys/net/ipv4/ip_local_port_range").read_text("ascii").split()
    assert (limits.ephemeral_start, limits.ephemeral_end) == (int(start), int(end))
    assert 0 <= limits.first_unprivileged <= 1024


@linux_only
def test_an_unseen_owner_is_said_and_not_guessed(tmp_path: Path) -> None:
    (tmp_path / "net").mkdir()
    row = "   0: 0100007F:4965 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 534 1 0 100 0 0\n"
    (tmp_path / "net" / "tcp").write_text("  sl  local_address\n" + row, "ascii")
    table = LinuxSockets(tmp_path, by_netlink=False)
    for _ in range(2):
        scan = table.scan()
        assert scan.sockets == (ListeningSocket("127.0.0.1", 18789, None),)
        assert len(scan.problems) == 1
        assert "1 of 1 listening sockets could not be seen" in scan.problems[0]

    (tmp_path / "77" / "fd").mkdir(parents=True)
    (tmp_path / "77" / "fd" / "5").symlink_to("socket:[534]")
    assert table.scan().sockets[0].pid == 77, "a process that is new may hold a socket without a known owner"


@linux_only
def test_an_unreadable_table_is_a_failure_and_not_an_idle_host(tmp_path: Path) -> None:
    scan = LinuxSockets(tmp_path, by_netlink=False).scan()
    assert scan.sockets == ()
    assert scan.failure is not None
    assert "the list of sockets" in scan.failure


@linux_only
@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
def test_another_users_listener_has_no_visible_owner() -> None:
    table = LinuxSockets()
    with listener(LISTEN, "127.0.0.1@0") as (_, (port,)):
        os.seteuid(65534)
        try:
            scan = table.scan()
        finally:
            os.seteuid(0)
    assert [one.pid for one in scan.sockets if one.port == port] == [None]
    assert "belong to other users" in scan.problems[0]
