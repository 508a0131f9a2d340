"""Queries for logs: plain data, which finds the same logs wherever it is carried."""

import pickle
from dataclasses import replace
from pathlib import Path

import pytest

from claw_tui.cli.main import run
from claw_tui.hosts.local import local_gateway_host
from claw_tui.hosts.logs import LogQuery, NoSuchLogError, Preferred, SourceName, find_logs
from gateway_core.logs.model import Level
from gateway_core.logs.output import output_path
from gateway_core.logs.sources import Origin
from gateway_core.monitor.monitor import take_snapshot
from gateway_core.user_patterns import NotAPatternError
from tests.audited_host import AuditedHost
from tests.fixed_host import FixedHost
from tests.log_files import append, vendor_line

BOT = "openclaw:rescue"


@pytest.fixture
def host(tmp_path: Path) -> AuditedHost:
    """One bot that has a log of its own, a journal, and what it printed."""
    host = AuditedHost(FixedHost(tmp_path))
    host.serve(host.add("rescue", 19001), 19001)
    append(host.home / ".openclaw-rescue" / "gateway.log", vendor_line("ready"))
    append(output_path(host.fixed.host(), BOT), "printed")
    return host


def test_a_query_that_leaves_nothing_out_wants_all() -> None:
    assert LogQuery(marked="boom").wants_all
    assert not LogQuery(pattern="boom").wants_all
    assert not LogQuery(level=Level.SILLY).wants_all


@pytest.mark.parametrize(
    ("source", "origins"),
    [
        (Preferred(), ["file"]),
        (Preferred(Origin.OUTPUT), ["output"]),
        (Preferred(Origin.SERVICE), ["file"]),
        ("auto", ["file"]),
        ("all", ["file", "journal", "output"]),
        ("journal", ["journal"]),
    ],
)
async def test_a_query_can_be_carried_elsewhere(
    host: AuditedHost, source: SourceName | Preferred, origins: list[str]
) -> None:
    query = LogQuery((BOT,), source=source)
    carried = pickle.loads(pickle.dumps(query))
    assert carried == query
    found = await find_logs(host.fixed.host(), await take_snapshot(host.fixed.host()), carried)
    assert [log.origin for log in found.sources.shown] == origins


async def test_what_cannot_be_found_is_raised(host: AuditedHost) -> None:
    snapshot, query = await take_snapshot(host.fixed.host()), LogQuery((BOT,), source="service")
    with pytest.raises(NoSuchLogError, match="openclaw:rescue has no log of the source “service”"):
        await find_logs(host.fixed.host(), snapshot, query)
    with pytest.raises(NotAPatternError):
        await find_logs(host.fixed.host(), snapshot, replace(query, pattern="("))


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--source", "service"), "openclaw:rescue has no log of the source “service”\nIt has: file, journal, output."),
        (("--grep", "("), "“(” is no regular expression: missing ), unterminated subpattern at position 0"),
    ],
)
def test_the_command_says_what_cannot_be_found(
    host: AuditedHost, capsys: pytest.CaptureFixture[str], options: tuple[str, ...], told: str
) -> None:
    assert run(["logs", "rescue", *options], local_gateway_host(host.fixed.host)) == 2
    assert told in capsys.readouterr().err
