"""`claw-tui new`: a new gateway, with the questions of the wizard or without any."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from claw_tui.commands import options
from claw_tui.commands.source import SnapshotSource
from claw_tui.errors import CommandError
from claw_tui.presentation.values import clean

if TYPE_CHECKING:
    from gateway_core.onboarding.choices import Preset

EXAMPLES = options.examples(
    "claw-tui new --distribution openclaw --preset rescue --dry-run",
    "claw-tui new --distribution openclaw --preset rescue --port auto --start --accept-risk --yes --json",
    "claw-tui new --distribution openclaw --preset copy:openclaw:rescue --profile second",
    "claw-tui new --resume openclaw:rescue",
    "claw-tui new --undo openclaw:rescue",
)
_COPY = "copy:"
_PRESETS = ("main", "rescue", "dev")


@click.command("new", epilog=EXAMPLES)
@click.option("--distribution", metavar="NAME", help="openclaw, clawdbot, …: whose command makes it.")
@click.option("--preset", default="main", metavar="WHICH", help="main, rescue, dev or copy:ID.", show_default=True)
@click.option("--profile", metavar="NAME", help="[default: as the preset says]")
@click.option("--port", default="auto", metavar="N|auto", help="The base port of its block.", show_default=True)
@click.option("--bind", metavar="MODE", help="loopback, lan, tailnet or auto. [default: loopback]")
@click.option("--auth", metavar="MODE", help="token, or the password that its config has. [default: token]")
@click.option("--workspace", metavar="DIR", help="[default: where its product puts it]")
@click.option("--service/--no-service", default=False, help="Install its service, or not. [default: no]")
@click.option("--start/--no-start", default=False, help="Start it, or not. [default: no]")
@click.option("--accept-risk", is_flag=True, help="You have read the risk notice (--dry-run shows it) and accept it.")
@click.option("--confirm-existing", is_flag=True, help="Change a profile that is there already, as the plan says.")
@click.option("--dry-run", is_flag=True, help="Print the plan, and touch nothing.")
@click.option("--resume", metavar="ID", help="Go on with a run that failed or was killed.")
@click.option("--undo", metavar="ID", help="List what a run created, ask, and move it to the trash.")
@options.yes
@options.as_json
@click.pass_obj
@click.pass_context
def command(
    context: click.Context,
    source: SnapshotSource,
    *,
    distribution: str | None,
    preset: str,
    profile: str | None,
    port: str,
    bind: str | None,
    auth: str | None,
    workspace: str | None,
    service: bool,
    start: bool,
    accept_risk: bool,
    confirm_existing: bool,
    dry_run: bool,
    resume: str | None,
    undo: str | None,
    yes: bool,
    as_json: bool,
) -> None:
    """Create a gateway: plan it against the whole host, run its own onboarding, and look at what came of it.

    Without --distribution it opens the wizard of the dashboard; without --yes it shows the plan and asks.
    """
    from claw_tui.commands import onboarding, taking_back
    from claw_tui.commands.dashboard import has_terminal, open_wizard
    from gateway_core.onboarding.choices import Choices

    if resume is not None and undo is not None:
        raise click.UsageError("--resume and --undo exclude each other")
    manner = onboarding.Manner(dry_run=dry_run, agreed=yes, as_json=as_json)
    if resume is not None:
        context.exit(taking_back.go_on(source, resume, manner))
    if undo is not None:
        context.exit(taking_back.take_back(source, undo, manner))
    if distribution is None and has_terminal() and not (dry_run or yes or as_json):
        open_wizard(source)
        return
    if distribution is None:
        raise CommandError("usage", "say whose gateway it is to be: --distribution NAME", _what_else(accept_risk))
    which, copy_of = _preset(preset)
    wanted = Choices(
        distribution=distribution,
        preset=which,
        copy_of=copy_of,
        profile=profile,
        port=port,
        bind=bind,
        auth=auth,
        workspace=workspace,
        service=service,
        start=start,
        accepted_risk=accept_risk,
        confirm_existing=confirm_existing,
    )
    context.exit(onboarding.create(source, wanted, manner))


def _what_else(accept_risk: bool) -> str:
    if accept_risk:
        return "See: claw-tui new --help"
    return "Add --accept-risk, too, once you have read the risk notice: --distribution NAME --dry-run shows it."


def _preset(text: str) -> tuple[Preset, str | None]:
    """The preset, and for `copy:ID` the id."""
    from gateway_core.onboarding.choices import Preset

    if text.startswith(_COPY):
        return Preset.COPY_OF, text.removeprefix(_COPY)
    if text not in _PRESETS:
        message = f"there is no preset “{clean(text)}”"
        raise CommandError("usage", message, f"Choose one of: {', '.join(_PRESETS)}, copy:ID.")
    return Preset(text), None
