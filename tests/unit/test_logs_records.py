"""What is made of single lines, whatever they are."""

import json
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway_core.logs.lines import LONGEST_MESSAGE, Interpreter, LineSelection
from gateway_core.logs.model import Level, LogLine
from gateway_core.logs.records import LONGEST_LINE, LineSplitter, RawLine, parse
from gateway_core.redaction.names import secrecy_of
from tests.log_files import ALONE, vendor_line

DATA = Path(__file__).parents[1] / "data" / "logs"
SECRET = "CANARY" + "0123456789abcdef" * 2


def shown(line: str | bytes) -> LogLine:
    data = line if isinstance(line, bytes) else line.encode()
    (found,) = Interpreter((ALONE,), LineSelection(frozenset({ALONE.instance}))).lines([RawLine(7, data)], "x.log")
    return found


@pytest.mark.parametrize("version", ["clawdbot-2026.1.24", "openclaw-2026.2.6", "openclaw-2026.9.6"])
def test_lines_of_real_gateways(version: str) -> None:
    lines = [shown(line) for line in (DATA / f"{version}.jsonl").read_bytes().splitlines()]
    assert all(
        (line.at and line.level and line.message and line.subsystem) or "bonjour" in line.message
        for line in lines
        if not line.message.startswith("{")
    )
    times = [line.at for line in lines]
    assert times == sorted(filter(None, times))
    assert not any('"subsystem"' in line.message for line in lines)


def test_a_line_of_the_newer_format() -> None:
    line = shown(vendor_line("closed before connect", {"host": "127.0.0.1:1"}, level="WARN", subsystem="gateway/ws"))
    assert line.at == datetime(2026, 11, 20, 9, tzinfo=UTC)
    assert (line.level, line.subsystem) == (Level.WARN, "gateway/ws")
    assert line.message == 'closed before connect {"host":"127.0.0.1:1"}'
    assert (line.offset, line.source, line.instance, line.certain) == (7, "x.log", "openclaw:main", True)


def test_a_module_is_a_subsystem() -> None:
    line = shown((DATA / "clawdbot-2026.1.24.jsonl").read_bytes().splitlines()[4])
    assert (line.subsystem, line.message) == ("cron", 'cron: started {"enabled":true,"jobs":0,"nextWakeAtMs":null}')


@pytest.mark.parametrize(
    ("text", "level", "subsystem", "message"),
    [
        ("2026-11-20T09:00:00.000+00:00 [gateway] ready", None, "gateway", "ready"),
        ("2026-11-20T09:00:00Z [gateway/ws] x", None, "gateway/ws", "x"),
        ("2026-11-20 09:00:00+00:00 ERROR [x] y", Level.ERROR, "x", "y"),
        ("\x1b[31m2026-11-20T09:00:00Z\x1b[0m \x1b[36m[gateway]\x1b[0m ready", None, "gateway", "ready"),
    ],
)
def test_plain_lines(text: str, level: Level | None, subsystem: str, message: str) -> None:
    line = shown(text)
    assert (line.level, line.subsystem, line.message) == (level, subsystem, message)
    assert line.at == datetime(2026, 11, 20, 9, tzinfo=UTC)


def test_a_stack_trace_keeps_its_indentation() -> None:
    assert shown("Error: Cannot find module 'x'").level is Level.ERROR
    assert shown("    at Module.load (node:1:2)").message == "    at Module.load (node:1:2)"


def test_half_a_json_line_still_has_its_time_and_level() -> None:
    whole = vendor_line("hello", level="ERROR")
    line = shown(whole[: whole.index('"hostname":"vm","message"')])
    assert (line.level, line.at) == (Level.ERROR, datetime(2026, 11, 20, 9, tzinfo=UTC))
    assert "hello" in line.message


@pytest.mark.parametrize(
    "line",
    [
        vendor_line(f"connecting with token={SECRET}"),
        vendor_line("config", {"gateway": {"auth": {"token": SECRET}}}),
        vendor_line("config", json.dumps({"botToken": SECRET})),
        vendor_line(f"Authorization: Bearer {SECRET}").replace("B", "\\u0042"),
        vendor_line("x", subsystem=f"token={SECRET}"),
        f"2026-11-20T09:00:00Z [gateway] open http://127.0.0.1:1/#token={SECRET}",
        vendor_line(f"token={SECRET}")[:-9],
        vendor_line("x" * (LONGEST_MESSAGE - 20) + f" token={SECRET}"),
        "OPENCLAW_GATEWAY_TOKEN=" + SECRET,
    ],
)
def test_no_secret_comes_through(line: str) -> None:
    assert "CANARY" not in repr(shown(line))
    assert "CANARY" not in repr(parse(RawLine(0, line.encode())))


def test_nothing_steers_the_terminal() -> None:
    line = shown(vendor_line("a\x1b]0;owned\x07b\x9b31mc\x00\u202ed\r\x08", subsystem="g\x1b[2J"))
    assert line.message == "abcd"
    assert line.subsystem == "g"


def test_an_endless_message_is_cut() -> None:
    line = shown(vendor_line("word " * 100_000))
    assert line.cut
    assert len(line.message) <= LONGEST_MESSAGE


@pytest.mark.parametrize(
    "line",
    [b"{", b"[]", b"null", b'{"0":1}', b'{"_meta":3,"time":7}', b'{"0":' + b"[" * 100_000, b'{"time":"9999-99-99"}',
     b'{"0":' + b"9" * 5000 + b"}", b'{"time":"0001-01-01T00:00:00"}', b"\xff\xfe\x00", b'{"0":"\\ud800"}'],
)  # fmt: skip
def test_hostile_lines_are_lines(line: bytes) -> None:
    assert shown(line).source == "x.log"


@given(st.binary(min_size=1, max_size=300).filter(lambda data: b"\n" not in data))
def test_any_bytes_are_a_line(data: bytes) -> None:
    shown(data).message.encode("utf-8")


@given(st.lists(st.binary(max_size=40), max_size=8), st.integers(0, 100))
def test_pieces_make_the_same_lines_as_the_whole(pieces: list[bytes], offset: int) -> None:
    splitter = LineSplitter(offset)
    lines = [line for piece in pieces for line in splitter.feed(piece)] + splitter.finish()
    whole = b"".join(pieces)
    assert [line.data for line in lines] == whole.removesuffix(b"\n").split(b"\n") * bool(whole)
    for line in lines:
        assert whole[line.offset - offset :].startswith(line.data)


def test_a_line_without_an_end_takes_no_more_memory_than_one_line() -> None:
    splitter = LineSplitter()
    for _ in range(5):
        assert splitter.feed(b"x" * LONGEST_LINE) == []
    first, second = splitter.feed(b"tail\nnext\n")
    assert (len(first.data), first.cut, first.offset) == (LONGEST_LINE, True, 0)
    assert (second.data, second.offset) == (b"next", 5 * LONGEST_LINE + 5)


def test_nothing_large_of_a_line_is_kept_when_it_is_done() -> None:
    tracemalloc.start()
    try:
        for number in range(30):
            name = json.dumps({"subsystem": "x" * 50_000 + str(number)})
            parse(RawLine(0, json.dumps({"0": name, "_meta": {"name": name}}).encode()))
            secrecy_of(name)
        assert tracemalloc.get_traced_memory()[0] < 1 << 18
    finally:
        tracemalloc.stop()
