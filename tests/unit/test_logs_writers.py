"""Lines of one file that several profiles write."""

from datetime import timedelta

import pytest

from gateway_core.logs.records import RawLine, parse
from gateway_core.logs.writers import Assignment, Writer
from tests.log_files import BEGIN, vendor_line

A = Writer(
    "openclaw:default",
    ports=frozenset({18789, 18792}),
    paths=frozenset({"/home/u/.openclaw", "~/.openclaw", "/home/u/.openclaw/openclaw.json", "/home/u/shared"}),
    profile="default",
    pid=100,
    since=BEGIN,
)
B = Writer(
    "openclaw:rescue",
    ports=frozenset({19001, 18792}),
    paths=frozenset(
        {"/home/u/.openclaw-rescue", "~/.openclaw-rescue", "/home/u/.openclaw/workspace-rescue", "/home/u/shared"}
    ),
    profile="rescue",
    pid=200,
    since=BEGIN,
)
CONNECTION = "6c831b82-089e-4468-bc45-34e5ea848a12"


def owner(line: str, writers: Assignment | None = None) -> str | None:
    instance, certain = (writers or Assignment((A, B))).owner(parse(RawLine(0, line.encode())))
    assert certain == (instance is not None)
    return instance


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("listening on ws://127.0.0.1:18789 (PID 15249)", A.instance),
        ("listening on ws://[::1]:19001", B.instance),
        ("bonjour: advertised gateway fqdn=vm host=vm.local. port=19001 state=announcing", B.instance),
        ("Run: openclaw --profile rescue update", B.instance),
        ("heartbeat wrote ~/.openclaw/agents/main/x", A.instance),
        ("heartbeat wrote /home/u/.openclaw-rescue/agents/main/x.", B.instance),
        ("workspace /home/u/.openclaw/workspace-rescue is ready", B.instance),
        ("spawned, pid=200", B.instance),
        ("listening on http://127.0.0.1:18792/", None),
        ("workspace /home/u/shared/x", None),
        ("another gateway instance is already listening on ws://127.0.0.1:18789", None),
        ("signal SIGTERM received", None),
        ("/home/u/.openclaw-other/x", None),
        ("/home/u/.openclaw.bak/x", None),
        ("copied /home/u/.openclaw/x to /home/u/.openclaw-rescue/x", None),
        ("remote=127.0.0.1:18789 went away", None),
        ("took 18789 ms", None),
    ],
)
def test_only_what_a_line_says_of_its_writer_counts(message: str, expected: str | None) -> None:
    assert owner(vendor_line(message, newer=False)) == expected


def test_the_name_of_a_logger_counts_too() -> None:
    line = (
        vendor_line("cron: started").replace("subsystem", "storePath").replace("gateway", "/home/u/.openclaw-rescue/c")
    )
    assert owner(line) == B.instance


def test_a_connection_carries_its_instance_on() -> None:
    writers = Assignment((A, B))
    about = vendor_line(f"closed before connect conn={CONNECTION} host=127.0.0.1:19001 code=1006")
    other = vendor_line(f"res ok conn={CONNECTION}")
    assert owner(other, writers) is None
    assert owner(about, writers) == B.instance
    assert owner(other, writers) == B.instance


def test_what_is_remembered_is_bounded() -> None:
    writers = Assignment((A, B))
    for number in range(10_000):
        owner(vendor_line(f"conn={number:08x}-089e-4468-bc45-34e5ea848a12 host=127.0.0.1:19001"), writers)
    assert len(writers._by_connection) < 5000


def test_a_pid_says_nothing_about_lines_from_before_the_process() -> None:
    writers = Assignment((A, Writer("openclaw:rescue", pid=200, since=BEGIN + timedelta(hours=1))))
    assert owner(vendor_line("spawned, pid=200"), writers) is None
    assert owner(vendor_line("spawned, pid=200", after=3601), writers) == B.instance
