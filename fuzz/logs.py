"""Log lines: files, journals, output."""

from pathlib import Path

from hypothesis import strategies as st

from fuzz.model import assert_shown_safely, fuzzes
from fuzz.strategies import json_documents, mutated, numbers, sample, texts
from gateway_core.logs.journal_reader import parse_entry
from gateway_core.logs.lines import Interpreter, LineSelection, LogFilter
from gateway_core.logs.model import Level
from gateway_core.logs.output import presentable
from gateway_core.logs.records import LineSplitter, RawLine, parse
from gateway_core.logs.writers import writer_of
from gateway_core.onboarding.onboard import stated_reason
from tests.snapshots import instance

LINES = [
    line
    for data in sample(
        *(f"logs/{name}.jsonl" for name in ("clawdbot-2026.1.24", "openclaw-2026.2.6", "openclaw-2026.9.6"))
    )
    for line in data.splitlines()
]
PLAIN = [b"2026-11-20T10:00:00.123Z ERROR [gateway/ws] it broke", b"10:00:00 [cron] tick", b"Uncaught TypeError: x"]
TIMES = texts | st.sampled_from(("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-11-20T10:00:00"))
RECORDS = json_documents(
    {
        "0": st.sampled_from(('{"subsystem":"gateway/ws"}', '{"module":[]}', "text")) | texts,
        "1": texts,
        "time": TIMES,
        "_meta": st.fixed_dictionaries({"logLevelName": texts, "date": TIMES, "name": texts}),
        "message": texts,
        "level": texts,
    }
)
JOURNAL = json_documents(
    {
        "MESSAGE": texts | st.lists(st.integers(0, 255) | numbers, max_size=5),
        "__REALTIME_TIMESTAMP": st.sampled_from(("1763632800000000", "9" * 400, "²", "-1")) | texts,
        "PRIORITY": st.sampled_from(("3", "9")) | texts,
        "SYSLOG_IDENTIFIER": st.just("systemd") | texts,
    }
)
WRITERS = (writer_of(instance(pid=4242), home=Path("/home/me")),)


def shown(data: bytes, *, journal: bool) -> None:
    wanted = LineSelection(frozenset({"openclaw:default"}), LogFilter(level=Level.TRACE))
    interpreter = Interpreter(WRITERS, wanted, parse_entry if journal else parse)
    for line in interpreter.lines([RawLine(0, data)], "/tmp/x.log"):
        assert_shown_safely(line.subsystem)
        assert "\x1b" not in line.message
        line.message.encode()
        if line.at is not None:
            assert line.at.tzinfo is not None
            assert line.at.astimezone().isoformat()


@fuzzes(
    "gateway_core.logs.records",
    "gateway_core.logs.lines",
    "gateway_core.logs.writers",
    inputs=mutated([*LINES, *PLAIN]) | RECORDS,
)
def log_lines(data: bytes) -> None:
    shown(data.replace(b"\n", b""), journal=False)


@fuzzes("gateway_core.logs.journal_reader", inputs=JOURNAL | mutated([b'{"MESSAGE":"x","PRIORITY":"3"}']))
def journal_entries(data: bytes) -> None:
    shown(data, journal=True)


@fuzzes("gateway_core.logs.records", inputs=st.lists(st.binary(max_size=30), max_size=8))
def pieces_of_logs(pieces: list[bytes]) -> None:
    splitter = LineSplitter()
    lines = [line for piece in pieces for line in splitter.feed(piece)] + splitter.finish()
    whole = b"".join(pieces)
    assert [line.data for line in lines] == (
        [*whole.split(b"\n")] if not whole.endswith(b"\n") else whole.split(b"\n")[:-1]
    ) or not whole
    assert all(whole[line.offset : line.offset + len(line.data)] == line.data for line in lines)


@fuzzes(
    "gateway_core.logs.output",
    "gateway_core.onboarding.onboard",
    inputs=mutated([*LINES, b'x {"error":{"message":"no"}}']),
)
def output_of_products(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    for line in presentable(text):
        assert "\x1b" not in line
    assert isinstance(stated_reason(text), str)
