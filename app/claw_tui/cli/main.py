"""The command line: finds the command, runs it, and turns every ending into an exit code.

Nothing heavy is imported here, so that `--version`, `--help` and completion are instant: commands import what they
need when they run, and only those that draw import Textual.
"""

from __future__ import annotations

import errno
import importlib
import io
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, NoReturn, TextIO

import click

from claw_tui import gc_tuning
from claw_tui.cli import options, uncaught
from claw_tui.cli.errors import CommandError, ExitCode, OutputLost, ReaderGone, explain

if TYPE_CHECKING:
    from claw_tui.hosts.gateway_host import GatewayHost

PROGRAM = "claw-tui"
COMPLETION_VARIABLE = "_CLAW_TUI_COMPLETE"  # as click makes it of the program's name
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)

_COMMANDS = {
    "ls": "instances",
    "show": "instances",
    "ports": "ports",
    "check": "ports",
    "free-port": "ports",
    "audit": "audit",
    "start": "operate",
    "stop": "operate",
    "restart": "operate",
    "wait": "wait",
    "new": "new",
    "logs": "logs",
    "events": "events",
    "report": "report",
    "add": "registrations",
    "forget": "registrations",
    "demo": "dashboard",
    "web": "web",
    "settings": "settings",
    "completion": "completion",
}
"""In the order of the help: each command, and the module of `claw_tui.cli.commands` that defines it by its name."""


_EPILOG = options.examples(
    "claw-tui                                     the dashboard: ? its keys, q leaves",
    "claw-tui demo                                the same, with demo gateways",
    "claw-tui ls --watch                          all gateways, and how they are",
    "claw-tui show rescue                         one, and each value's source",
    "claw-tui restart rescue --wait ready         until it says that it is ready",
    "claw-tui logs main rescue -f --level warn    the warnings of two, merged",
    "claw-tui check --at-least certain && deploy  unless a port is fought over",
    after="Exit codes: 0 done, 1 the answer is no, 2 bad usage, 3 could not tell.",
)


class CommandGroup(click.Group):
    """The commands; the module of each is imported when it is asked for."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Make the host, unless there is one, when it is known that a command runs: `--version` needs none."""
        rest = super().parse_args(ctx, args)
        if ctx.obj is None:
            from claw_tui.hosts.local import this_gateway_host

            ctx.obj = this_gateway_host()
        return rest

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(f"claw_tui.cli.commands.{_COMMANDS[cmd_name]}")
        command: click.Command = getattr(module, cmd_name.replace("-", "_"))
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Name the nearest of our commands where there is no such command."""
        try:
            return super().resolve_command(ctx, args)
        except click.NoSuchCommand as error:
            raise click.NoSuchCommand(error.command_name, possibilities=list(_COMMANDS), ctx=ctx) from None


def _print_version(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        from importlib.metadata import version

        click.echo(f"{PROGRAM} {version(PROGRAM)}")
        context.exit()


@click.group(
    cls=CommandGroup,
    invoke_without_command=True,
    epilog=_EPILOG,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_print_version, help="Print the version."
)
@click.option("--read-only", is_flag=True, help="The dashboard, without anything that starts or ends a gateway.")
@click.pass_context
def cli(context: click.Context, read_only: bool) -> None:
    """Every gateway of the OpenClaw family on your machine, on one terminal screen.

    Without a command it opens the dashboard; without a terminal, or on a dumb one, it prints the table of instances.
    """
    if context.invoked_subcommand is None:
        from claw_tui.cli.commands.dashboard import open_dashboard

        open_dashboard(context.obj, read_only=read_only)
    elif read_only:
        raise click.UsageError("--read-only is for the dashboard, which has no name: claw-tui --read-only")


def main() -> NoReturn:
    uncaught.install()
    uncaught.replace_closed_streams()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # in a locale without “●” a question mark is better than no table
    exit_code = run(sys.argv[1:])
    _forget_unsaid()
    gc_tuning.skip_last_collection()
    sys.exit(exit_code)


def run(arguments: Sequence[str], host: GatewayHost | None = None) -> int:
    """Run one command against `host`, else this machine, and return its exit code; nothing is raised."""
    try:
        return _run(arguments, host)
    except (ReaderGone, BrokenPipeError):
        _leave_stdout()
        return ExitCode.READER_GONE
    except OSError as error:  # click's own texts, such as the help
        lost = OutputLost(error.strerror)
    except OutputLost as error:
        lost = error
    _leave_stdout()
    return _report(lost, as_json=False)


def _run(arguments: Sequence[str], host: GatewayHost | None) -> int:
    stdout = sys.stdout
    if COMPLETION_VARIABLE in os.environ:
        from claw_tui.cli import shell_completion

        shell_completion.register()
    try:
        outcome = cli.main(list(arguments), prog_name=PROGRAM, standalone_mode=False, obj=host)
    except (ReaderGone, OutputLost):
        raise
    except (click.Abort, KeyboardInterrupt):
        return ExitCode.INTERRUPTED
    except SystemExit as error:  # so click ends, in this mode: completion, and where nobody reads its help
        if sys.stdout is not stdout:  # click replaces it only then
            raise ReaderGone from error
        return error.code if isinstance(error.code, int) else ExitCode.DONE
    except Exception as error:  # the boundary: whatever it was, the user reads one clear line
        if _is_of_stdout(error):
            raise
        return _report(explain(error), as_json="--json" in arguments)
    return outcome if isinstance(outcome, int) else ExitCode.DONE


def _report(error: CommandError, *, as_json: bool) -> int:
    from claw_tui.cli.output import appearance, tell
    from claw_tui.cli.tables.layout import folded
    from claw_tui.text.values import clean

    if error.code == "internal" and uncaught.debugging():
        tell(uncaught.traceback_lines(error.__cause__ or error))
    hint = (clean(error.hint),) if error.hint else ()  # on one line: there may be a command in it
    tell([*folded([f"{PROGRAM}: {clean(error.message)}"], appearance(sys.stderr)), *hint])
    if as_json:
        from claw_tui.cli.documents import error_document, render

        click.echo(render(error_document(error), one_line=True))  # it may follow documents that have a line each
    return error.exit_code


def _is_of_stdout(error: Exception) -> bool:
    """Whether a text of click's own could not be printed: what concerns files is told by what writes them."""
    return isinstance(error, OSError) and error.filename is None and error.errno in _NO_ROOM


def _leave_stdout() -> None:
    """Send what is still buffered nowhere: the interpreter complains about a closed pipe as it exits."""
    _send_nowhere(sys.stdout)


def _forget_unsaid() -> None:
    """Let no word that found no room on stderr change the exit code: the interpreter would make 120 of it."""
    try:
        sys.stderr.flush()
    except OSError:
        _send_nowhere(sys.stderr)


def _send_nowhere(stream: TextIO) -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
