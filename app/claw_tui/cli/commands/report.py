"""`claw-tui report`: one redacted Markdown file with the whole picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from claw_tui.cli import completed_words, options, output
from claw_tui.cli.errors import CommandError, ExitCode, offered
from claw_tui.hosts.gateway_host import GatewayHost

if TYPE_CHECKING:
    from claw_tui.cli.tables.report import LastErrors
    from claw_tui.hosts.logs import LogOpener
    from gateway_core.snapshot import Snapshot

_EXAMPLES = options.examples("claw-tui report", "claw-tui report -o - | less")
_ERRORS_EACH = 5
SEARCH_DEADLINE_S = 10.0


@click.command("report", epilog=_EXAMPLES)
@click.option(
    "-o",
    "--output",
    "path",
    metavar="FILE",
    default="claw-tui-report.md",
    show_default=True,
    shell_complete=completed_words.files,
    help="- prints it.",
)
@click.pass_obj
def report(host: GatewayHost, path: str) -> None:
    """Write one Markdown file with all that is known of this host, to paste into an issue.

    Instances, ports, conflicts, audit, drift and last errors. Secrets are hidden. A file that exists is not replaced.
    """
    text = output.wait_for(_report(host))
    if path == "-":
        output.emit(text.rstrip("\n"))
        return
    _write(Path(path), text)
    output.emit(f"{path} is written. Read it before you publish it.")


def _write(path: Path, text: str) -> None:
    from gateway_core.own_files import create_file

    try:
        create_file(path, text)
    except FileExistsError:
        hint = "Choose another name with -o, or print it with -o -."
        raise CommandError("file-exists", f"{path} exists already, and is kept as it is", hint, ExitCode.NO) from None
    except OSError as error:
        raise CommandError(
            "not-written", f"{path} could not be written: {error.strerror}", None, ExitCode.NO
        ) from error


async def _report(host: GatewayHost) -> str:
    from importlib.metadata import version

    from claw_tui.cli.tables.report import report_text, with_short_home

    open_logs = offered(host.open_logs)
    snapshot, audit = await host.audit()
    errors = {item.id: await _last_errors(item.id, snapshot, open_logs) for item in snapshot.instances}
    text = report_text(snapshot, host.distributions(), audit, errors, f"claw-tui {version('claw-tui')}")
    return with_short_home(text, host.home())


async def _last_errors(instance_id: str, snapshot: Snapshot, open_logs: LogOpener) -> LastErrors:
    """Return the newest errors in the log of an instance, and why there may be others."""
    import asyncio

    from claw_tui.cli.tables.report import LastErrors
    from claw_tui.hosts.logs import LogQuery
    from gateway_core.logs.model import Level, LogLine

    query = LogQuery((instance_id,), Level.ERROR, source="auto", growing=False)
    found = await open_logs(snapshot, query)
    logs = found.sources.shown
    names = " and ".join(log.name for log in logs)
    lines: list[LogLine] = []
    unread: list[str] = []
    try:
        async with asyncio.timeout(SEARCH_DEADLINE_S), found.view:
            while len(lines) < _ERRORS_EACH and (older := await found.view.older(1)):
                lines[:0] = older
    except TimeoutError:
        unread.append(f"{names}: the search was given up after {SEARCH_DEADLINE_S:g} s; there may be more errors")
    unread += [f"{problem.where}: {problem.message}" for problem in found.view.problems]
    if not unread and all(log.name in found.sources.absent for log in logs):
        looked = ", ".join(log.name for log in found.sources.known)
        unread.append(f"nothing is there yet; looked at: {looked}")
    return LastErrors(lines, unread)
