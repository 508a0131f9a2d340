"""`claw-tui new`: a new gateway, with the questions of the wizard or without any."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict, Unpack

import click

from claw_tui.cli import completed_words, options
from claw_tui.cli.completed_words import COPY, PRESETS
from claw_tui.cli.errors import CommandError
from claw_tui.hosts.gateway_host import GatewayHost
from claw_tui.text.values import clean

if TYPE_CHECKING:
    from gateway_core.onboarding.choices import Choices, Preset

_EXAMPLES = options.examples(
    "claw-tui new --distribution openclaw --preset rescue --dry-run",
    "claw-tui new --distribution openclaw --preset rescue --port auto --start --accept-risk --yes --json",
    "claw-tui new --preset copy:openclaw:rescue --profile second",
    "claw-tui new --resume openclaw:rescue",
    "claw-tui new --undo openclaw:rescue",
)
_OWN = (
    "claw-tui generates the token, and hands it over through the environment: only for a version that takes it so."
    " [default: the product generates it]"
)
_SERVICE = "Install its service, or not. [default: no; for copy:ID as that has it]"
_WORD = "You have read the risk notice (--dry-run shows it) and accept it."


class NewRequest(TypedDict):
    """The options that become choices as they stand."""

    profile: str | None
    port: str
    bind: str | None
    auth: str | None
    own_token: bool
    workspace: str | None
    service: bool | None
    start: bool
    accepted_risk: bool
    confirm_existing: bool


@click.command("new", epilog=_EXAMPLES)
@click.option(
    "--distribution",
    metavar="NAME",
    shell_complete=completed_words.distributions,
    help="openclaw, clawdbot, …: whose command makes it. [default: for copy:ID that of ID]",
)
@click.option(
    "--preset",
    default="main",
    metavar="WHICH",
    help="main, rescue, dev or copy:ID.",
    show_default=True,
    shell_complete=completed_words.presets,
)
@click.option("--profile", metavar="NAME", help="[default: as the preset says]")
@click.option("--port", default="auto", metavar="N|auto", help="The base port of its block.", show_default=True)
@click.option("--bind", metavar="MODE", help="loopback, lan, tailnet or auto. [default: as it is, else loopback]")
@click.option("--auth", metavar="MODE", help="token, or the password that its config has. [default: token]")
@click.option("--own-token", is_flag=True, help=_OWN)
@click.option(
    "--workspace",
    metavar="DIR",
    shell_complete=completed_words.directories,
    help="[default: where its product puts it]",
)
@click.option("--service/--no-service", default=None, help=_SERVICE)
@click.option("--start/--no-start", default=False, help="Start it, or not. [default: no]")
@click.option("--accept-risk", "accepted_risk", is_flag=True, help=_WORD)
@click.option("--confirm-existing", is_flag=True, help="Change a profile that is there already, as the plan says.")
@click.option("--dry-run", is_flag=True, help="Print the plan, and touch nothing.")
@click.option(
    "--resume",
    metavar="ID",
    shell_complete=completed_words.unfinished,
    help="Go on with a run that failed or was killed.",
)
@click.option(
    "--undo",
    metavar="ID",
    shell_complete=completed_words.unfinished,
    help="List what a run created, ask, and move it to the trash.",
)
@options.yes
@options.as_json
@click.pass_obj
@click.pass_context
def new(
    context: click.Context,
    host: GatewayHost,
    *,
    distribution: str | None,
    preset: str,
    resume: str | None,
    undo: str | None,
    dry_run: bool,
    yes: bool,
    as_json: bool,
    **wanted: Unpack[NewRequest],
) -> None:
    """Create a gateway: plan it against the whole host, run its own onboarding, and look at what came of it.

    Without --distribution or something to copy it opens the wizard of the dashboard; without --yes it shows the plan
    and asks.
    """
    from claw_tui.cli.commands.dashboard import has_terminal, open_wizard
    from claw_tui.cli.onboard import OnboardRequest, create, resume_run, undo_run

    if resume is not None and undo is not None:
        raise click.UsageError("--resume and --undo exclude each other")
    if resume is not None and dry_run:
        raise click.UsageError(
            "--resume carries out the plan of its run; --dry-run goes with a new plan or with --undo"
        )
    request = OnboardRequest(dry_run=dry_run, agreed=yes, as_json=as_json)
    if resume is not None:
        context.exit(resume_run(host, resume, request))
    if undo is not None:
        context.exit(undo_run(host, undo, request))
    if distribution is not None or preset.startswith(COPY):
        context.exit(create(host, _choices(distribution, preset, wanted), request))
    if has_terminal() and not (dry_run or yes or as_json):
        open_wizard(host)
        return
    hint = "See: claw-tui new --help"
    if not (dry_run or wanted["accepted_risk"]):
        hint = "Add --accept-risk, too, once you have read the risk notice: --distribution NAME --dry-run shows it."
    raise CommandError("usage", "say whose gateway it is to be: --distribution NAME", hint)


def _choices(distribution: str | None, preset: str, wanted: NewRequest) -> Choices:
    from gateway_core.onboarding.choices import Choices

    which, copy_of = _preset(preset)
    return Choices(distribution=distribution, preset=which, copy_of=copy_of, **wanted)


def _preset(text: str) -> tuple[Preset, str | None]:
    from gateway_core.onboarding.choices import Preset

    if text.startswith(COPY):
        return Preset.COPY_OF, text.removeprefix(COPY)
    if text not in PRESETS:
        message = f"there is no preset “{clean(text)}”"
        raise CommandError("usage", message, f"Choose one of: {', '.join(PRESETS)}, copy:ID.")
    return Preset(text), None
