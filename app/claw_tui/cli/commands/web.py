"""`claw-tui web`: the dashboard in a browser."""

from __future__ import annotations

import importlib.util

import click

from claw_tui.cli import options
from claw_tui.cli.errors import CommandError, ExitCode
from claw_tui.text.values import clean

_EXAMPLES = options.examples(
    "claw-tui web",
    "claw-tui web --port 8080 --allow-operations",
    "ssh -t -L 8080:127.0.0.1:8080 server claw-tui web --port 8080",
)
_LARGEST_PORT = 65535


@click.command("web", epilog=_EXAMPLES)
@click.option(
    "--port", type=click.IntRange(0, _LARGEST_PORT), default=0, metavar="N", help="[default: one that is free]"
)
@click.option("--host", default="127.0.0.1", metavar="ADDRESS", show_default=True, help="Where to listen.")
@click.option(
    "--allow-operations", is_flag=True, help="Whoever has the address can also start, stop and make gateways."
)
@click.option("--allow-remote", is_flag=True, help="Listen where other machines can reach it, without encryption.")
def web(port: int, host: str, allow_operations: bool, allow_remote: bool) -> None:
    """Serve the dashboard to a browser on this machine, read-only, until Ctrl+C.

    It prints an address that nobody can guess, another one in each run. Needs the extra claw-tui[web].
    """
    from claw_tui.cli.web_guard import is_address, is_loopback

    host = "127.0.0.1" if host == "localhost" else host
    if not is_address(host):
        raise click.BadParameter(f"“{clean(host)}” is no address, such as 127.0.0.1 or ::1", param_hint="--host")
    if not is_loopback(host) and not allow_remote:
        message = f"{host} can be reached by other machines, and what is sent is not encrypted"
        raise CommandError("usage", message, "Add --allow-remote if that is what you want; ssh -L is the safer way.")
    if importlib.util.find_spec("textual_serve") is None or importlib.util.find_spec("aiohttp") is None:
        hint = "Install it: pipx inject claw-tui aiohttp textual-serve, or pip install 'claw-tui[web]'."
        raise CommandError("no-web", "the server for browsers is an extra, and not installed", hint, ExitCode.NO)
    from claw_tui.cli.web import WebRequest, serve

    serve(WebRequest(host, port, operations=allow_operations))
