"""`claw-tui logs`: the logs of one or several instances, merged by time."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypedDict, Unpack

import click

from claw_tui.cli import instance_ids, options, output
from claw_tui.cli.errors import CommandError, ExitCode, offered
from claw_tui.cli.instance_groups import chosen, find_groups
from claw_tui.hosts.gateway_host import GatewayHost
from claw_tui.text.values import clean

if TYPE_CHECKING:
    from claw_tui.hosts.logs import FoundLogs, LogQuery, SourceName, Sources
    from gateway_core.logs.model import LogLine
    from gateway_core.logs.view import LogView
    from gateway_core.snapshot import Problem, Snapshot

_EXAMPLES = options.examples(
    "claw-tui logs rescue -f",
    "claw-tui logs main rescue -f --level warn",
    "claw-tui logs --group bots -f",
    "claw-tui logs rescue --grep 'EADDRINUSE|ECONNREFUSED' -n 5",
    "claw-tui logs rescue --source journal",
    "claw-tui logs rescue --json | jq -r '.lines[].message'",
)

_LEVELS = ("trace", "debug", "info", "warn", "error", "fatal")
"""As in `gateway_core.logs.model.Level`, which is not imported for `--help`."""
_SOURCES = ("auto", "file", "journal", "service", "output", "all")
_MOST = 100_000

Print = Callable[[Sequence["LogLine"]], None]


class LogsRequest(TypedDict):
    """The options of one `logs`."""

    ids: tuple[str, ...]
    groups: tuple[str, ...]
    count: int
    follow: bool
    level: str | None
    pattern: str
    source: SourceName
    as_json: bool


@click.command("logs", epilog=_EXAMPLES)
@click.argument("ids", metavar="[ID]...", nargs=-1, shell_complete=instance_ids.complete)
@options.group
@click.option("-f", "--follow", is_flag=True, help="Stay, and print what is logged from now on. Ctrl+C ends it.")
@click.option(
    "-n", "--lines", "count", type=click.IntRange(0, _MOST), default=50, show_default=True, help="The last N lines."
)
@click.option("--level", type=click.Choice(_LEVELS), metavar="LEVEL", help=f"At least: {', '.join(_LEVELS)}.")
@click.option("--grep", "pattern", metavar="PATTERN", default="", help="Only lines with that regular expression.")
@click.option(
    "--source",
    type=click.Choice(_SOURCES),
    default="auto",
    metavar="SOURCE",
    help="file: the gateway's own. journal: systemd's. service: launchd's. output: of a gateway that claw-tui started. "
    "all: all of them. [default: the first that is there]",
)
@options.as_json
@click.pass_obj
@click.pass_context
def logs(context: click.Context, host: GatewayHost, **request: Unpack[LogsRequest]) -> None:
    """Show the logs of one or several gateways, merged by time.

    Secrets are hidden. (shared) marks lines of a file that several instances write, where nothing in the line tells
    whose it is. Exits with 1 if there is no such line.
    """
    context.exit(output.wait_for(_show(host, request)))


async def _show(host: GatewayHost, request: LogsRequest) -> ExitCode:
    from claw_tui.hosts.logs import LogQuery
    from gateway_core.logs.model import Level
    from gateway_core.user_patterns import PatternTooSlowError

    _require_expression(request["pattern"])
    if not request["ids"] and not request["groups"]:
        raise CommandError("usage", "name the instances, or give --group", "See: claw-tui ls")
    groups = find_groups(host, request["groups"])
    snapshot = await host.glance()
    names = tuple(found.id for found in chosen(snapshot, request["ids"], groups))
    level = Level[request["level"].upper()] if request["level"] else None
    query = LogQuery(names, level, request["pattern"], source=request["source"], growing=request["follow"])
    found = await _find(host, snapshot, query)
    try:
        return await _print(found, query, request)
    except PatternTooSlowError as error:
        hint = "A repetition within a repetition, such as (a+)+, is what mostly takes so long."
        raise CommandError("pattern-too-slow", f"“{query.pattern}”: {error}", hint) from error


async def _print(found: FoundLogs, query: LogQuery, request: LogsRequest) -> ExitCode:
    from claw_tui.cli.watch import while_read

    show = _printer(query.instances, request, shared=found.shared)
    async with found.view as view:
        lines = await view.older(request["count"])
        if request["follow"]:
            _warn(view.problems)
            await while_read(_follow(view, lines, show))
        if request["count"] and not lines:
            _explain_none(view.problems, found.sources, query)
        _print_once(lines, view.problems, show, as_json=request["as_json"])
    return ExitCode.DONE if lines or not request["count"] else ExitCode.NO


def _require_expression(pattern: str) -> None:
    from gateway_core.user_patterns import NotAPatternError, UserPattern

    try:
        UserPattern(pattern)
    except NotAPatternError as error:
        raise CommandError("usage", f"“{pattern}” is no regular expression: {error}") from error


async def _find(host: GatewayHost, snapshot: Snapshot, query: LogQuery) -> FoundLogs:
    from claw_tui.hosts.logs import NoSuchLogError

    try:
        return await offered(host.open_logs)(snapshot, query)
    except NoSuchLogError as error:
        raise CommandError("no-log", str(error), error.hint) from error


async def _follow(view: LogView, lines: Sequence[LogLine], show: Print) -> None:
    show(lines)
    async for news in view.follow():
        show(news)


def _printer(names: Sequence[str], request: LogsRequest, *, shared: bool) -> Print:
    if request["as_json"]:
        from claw_tui.cli.documents import log_line_document, render

        draw: Callable[[LogLine], str] = lambda line: render(log_line_document(line), one_line=True)  # noqa: E731
    else:
        from claw_tui.cli.tables.layout import painted_lines
        from claw_tui.logs.lines import Lanes, row

        lanes = Lanes.of(names, shared=shared)
        style = output.appearance()

        def draw(line: LogLine) -> str:
            return painted_lines([row(line, lanes)], style)[0]

    def show(lines: Sequence[LogLine]) -> None:
        if lines:
            output.emit_lines(map(draw, lines))

    return show


def _print_once(lines: Sequence[LogLine], problems: Sequence[Problem], show: Print, *, as_json: bool) -> None:
    if as_json:
        from claw_tui.cli.documents import logs_document

        output.emit_document(logs_document(lines, problems))
        return
    _warn(problems)
    show(lines)


def _explain_none(problems: Sequence[Problem], sources: Sources, query: LogQuery) -> None:
    """Explain why there are no lines; a log that could not be read or is not there is not called empty."""
    if problems:
        told = "; ".join(f"{problem.where}: {problem.message}" for problem in problems)
        raise CommandError("could-not-tell", told, None, ExitCode.UNKNOWN)
    places = ", ".join(clean(log.name) for log in (sources.known if query.wants_all else sources.shown))
    if query.wants_all:
        message = f"nothing has been logged there yet: {places}"
        raise CommandError("no-log", message, "With -f it is waited for.", ExitCode.NO)
    output.tell([f"claw-tui: no line matches, in {places}"])


def _warn(problems: Sequence[Problem]) -> None:
    from claw_tui.cli.tables.layout import problem_lines

    output.tell(problem_lines(problems, output.appearance(sys.stderr)))
