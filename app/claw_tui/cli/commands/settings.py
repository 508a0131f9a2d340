"""`claw-tui settings`: a commented file of all settings, and where it belongs."""

from __future__ import annotations

import click

from claw_tui.cli import options, output
from claw_tui.cli.errors import CommandError, ExitCode
from claw_tui.hosts.gateway_host import GatewayHost

_EXAMPLES = options.examples(
    "claw-tui settings | less",
    "claw-tui settings --path",
    'mkdir -p "$(dirname "$(claw-tui settings --path)")"',
    'claw-tui settings > "$(claw-tui settings --path)"         a new file in place of yours',
)


@click.command("settings", epilog=_EXAMPLES)
@click.option("--path", "only_path", is_flag=True, help="Print only where your settings are read from.")
@click.pass_obj
def settings(host: GatewayHost, only_path: bool) -> None:
    """Print a file of all settings and keys, commented out, to begin your own with.

    No file is needed: every setting has a default. The dashboard says what is wrong in yours.
    """
    path = host.settings().path
    if not only_path:
        from claw_tui.cli.settings_file import default_file
        from claw_tui.shell.themes import names

        output.emit(default_file(path, names()))
    elif path is None:
        raise CommandError("not-offered", "settings are not kept here", None, ExitCode.NO)
    else:
        output.emit(str(path))
