"""`claw-tui report`: one redacted Markdown file with the whole picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from claw_tui.cli import options, output
from claw_tui.cli.errors import CommandError, ExitCode
from claw_tui.cli.source import SnapshotSource

if TYPE_CHECKING:
    from claw_tui.cli.tables.report import LastErrors
    from gateway_core.host import Host
    from gateway_core.snapshot import Instance, Snapshot

_EXAMPLES = options.examples("claw-tui report", "claw-tui report -o - | less")
_ERRORS_EACH = 5
SEARCH_DEADLINE_S = 10.0


@click.command("report", epilog=_EXAMPLES)
@click.option(
    "-o", "--output", "path", metavar="FILE", default="claw-tui-report.md", show_default=True, help="- prints it."
)
@click.pass_obj
def report(source: SnapshotSource, path: str) -> None:
    """Write one Markdown file with all that is known of this host, to paste into an issue.

    Instances, ports, conflicts, audit, drift and last errors. Secrets are hidden. A file that exists is not replaced.
    """
    text = output.wait_for(_report(source))
    if path == "-":
        output.emit(text.rstrip("\n"))
        return
    _write(Path(path), text)
    output.emit(f"{path} is written. Read it before you publish it.")


def _write(path: Path, text: str) -> None:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        hint = "Choose another name with -o, or print it with -o -."
        raise CommandError("file-exists", f"{path} exists already, and is kept as it is", hint, ExitCode.NO) from None
    except OSError as error:
        raise CommandError(
            "not-written", f"{path} could not be written: {error.strerror}", None, ExitCode.NO
        ) from error


async def _report(source: SnapshotSource) -> str:
    from importlib.metadata import version

    from claw_tui.cli.tables.report import report_text
    from gateway_core.audit import audit_host
    from gateway_core.distributions import load_distributions

    snapshot, audit = await audit_host(source.host)
    errors = {item.id: await _last_errors(item, snapshot, source.host) for item in snapshot.instances}
    known = load_distributions(source.host.config_dir).known
    text = report_text(snapshot, known, audit, errors, f"claw-tui {version('claw-tui')}")
    return text.replace(f"{source.host.home}/", "~/")


async def _last_errors(instance: Instance, snapshot: Snapshot, host: Host) -> LastErrors:
    """Return the newest errors in the log of an instance, and why there may be others."""
    import asyncio

    from claw_tui.cli.tables.report import LastErrors
    from gateway_core.logs.lines import LogFilter
    from gateway_core.logs.model import Level, LogLine
    from gateway_core.logs.sources import existing_logs, logs_of, preferred_log
    from gateway_core.logs.view import LogView

    log = await preferred_log(logs_of(instance, snapshot, host))
    lines: list[LogLine] = []
    unread: list[str] = []
    view = LogView([log], host, {instance.id}, only=LogFilter(Level.ERROR), growing=False)
    try:
        async with asyncio.timeout(SEARCH_DEADLINE_S), view:
            while len(lines) < _ERRORS_EACH and (older := await view.older(1)):
                lines[:0] = older
    except TimeoutError:
        unread.append(f"{log.name}: the search was given up after {SEARCH_DEADLINE_S:g} s; there may be more errors")
    unread += [f"{problem.where}: {problem.message}" for problem in view.problems]
    if not unread and not await existing_logs([log]):
        unread.append(f"{log.name}: nothing is there yet")
    return LastErrors(lines, unread)
