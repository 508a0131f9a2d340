"""The last errors in `claw-tui report`: what could not be read is said, and never passed off as no errors."""

from collections.abc import Callable
from pathlib import Path

import pytest

from claw_tui.cli.commands import report
from claw_tui.cli.main import run
from claw_tui.cli.tables.report import with_short_home
from claw_tui.hosts.local import local_gateway_host
from tests.audited_host import AuditedHost
from tests.fixed_host import FixedHost
from tests.log_files import append, vendor_line


@pytest.fixture
def host(tmp_path: Path) -> AuditedHost:
    host = AuditedHost(FixedHost(tmp_path))
    host.linger()
    host.serve(host.add("rescue", 19001), 19001)
    return host


@pytest.fixture
def log(host: AuditedHost) -> Path:
    """Where the one bot logs; nothing is there yet."""
    return host.home / ".openclaw-rescue" / "gateway.log"


@pytest.fixture
def last_errors(host: AuditedHost, capsys: pytest.CaptureFixture[str]) -> Callable[[], list[str]]:
    def call() -> list[str]:
        assert run(["report", "-o", "-"], local_gateway_host(host.fixed.host)) == 0
        block = capsys.readouterr().out.split("## Last errors in the logs\n\n````text\n")[1]
        return block.removesuffix("\n````\n").splitlines()

    return call


def keep_searching(host: AuditedHost) -> None:
    """The bot has a journal, and a journalctl that never comes to an end."""
    journalctl = host.program.with_name("journalctl")
    journalctl.write_text("#!/bin/sh\nexec /bin/sleep 60\n")
    journalctl.chmod(0o755)
    host.fixed.environment["PATH"] = str(journalctl.parent)


def test_a_log_without_errors_has_none(log: Path, last_errors: Callable[[], list[str]]) -> None:
    append(log, vendor_line("all is well"))
    assert last_errors() == ["None."]


def test_the_newest_errors_are_told_oldest_first(log: Path, last_errors: Callable[[], list[str]]) -> None:
    append(log, *(vendor_line(f"failure {number}", level="ERROR", after=number) for number in range(9)))
    assert [line.rpartition(" ")[2] for line in last_errors()] == ["4", "5", "6", "7", "8"]


def test_a_log_that_cannot_be_read_is_not_called_free_of_errors(
    log: Path, last_errors: Callable[[], list[str]]
) -> None:
    log.mkdir()
    assert last_errors() == ["! openclaw:rescue: ~/.openclaw-rescue/gateway.log: This log is a directory, not a file."]


@pytest.mark.parametrize(
    ("home", "told", "shown"),
    [
        ("/home/me", "log: /home/me/a (/home/me/b)", "log: ~/a (~/b)"),
        ("/home/me", "it's there\n/home/me/a", "it's there\n~/a"),
        ("/home/me", "rm '/home/me/it s/x'", "rm '/home/me/it s/x'"),
        ("/home/me", "rm '/srv/a /home/me/x'", "rm '/srv/a /home/me/x'"),
        ("/home/me", "x --config=/home/me/a", "x --config=/home/me/a"),
        ("/home/me", "/home/meg/a /srv/home/me/a", "/home/meg/a /srv/home/me/a"),
        ("/root", "/var/root/x", "/var/root/x"),
        ("/", "http://127.0.0.1:1/ and /a", "http://127.0.0.1:1/ and /a"),
    ],
)
def test_the_home_is_shortened_only_where_it_stays_the_same_path(home: str, told: str, shown: str) -> None:
    assert with_short_home(told, Path(home)) == shown


def test_a_log_that_is_not_there_is_not_called_free_of_errors(
    host: AuditedHost, log: Path, last_errors: Callable[[], list[str]]
) -> None:
    (host.home / ".config/systemd/user/openclaw-gateway-rescue.service").unlink()
    [told] = last_errors()
    assert told.startswith("! openclaw:rescue: nothing is there yet; looked at: ~/.openclaw-rescue/gateway.log, ")


def test_a_journal_that_cannot_be_read_is_said(last_errors: Callable[[], list[str]]) -> None:
    (told,) = last_errors()
    assert told.startswith("! openclaw:rescue: journal of openclaw-gateway-rescue.service: This log cannot be read: ")


def test_a_search_that_takes_too_long_is_said(
    host: AuditedHost, last_errors: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_searching(host)
    monkeypatch.setattr(report, "SEARCH_DEADLINE_S", 0.2)
    (told,) = last_errors()
    assert told.startswith("! openclaw:rescue: journal of openclaw-gateway-rescue.service: ")
    assert told.endswith("the search was given up after 0.2 s; there may be more errors")
