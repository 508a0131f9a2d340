"""`claw-tui add` and `claw-tui forget`: gateways outside the naming scheme, registered by the user."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from claw_tui.cli import completed_words, options, output
from claw_tui.cli.errors import CommandError, offered
from claw_tui.cli.instance_ids import candidates, completions, resolve
from claw_tui.hosts.gateway_host import GatewayHost
from gateway_core.files import real_path
from gateway_core.shell_commands import add_command, own_command

if TYPE_CHECKING:
    from gateway_core.snapshot import Instance

_ADD_EXAMPLES = options.examples(
    "claw-tui add --config /srv/bots/openclaw.json",
    "claw-tui add --config ~/.x/rescue.json --state-dir ~/.x-rescue --distribution openclaw --label rescue",
)
_FORGET_EXAMPLES = options.examples("claw-tui forget openclaw@rescue", "claw-tui forget rescue")
_PATH = click.Path(path_type=Path)


@click.command("add", epilog=_ADD_EXAMPLES)
@click.option("--config", "config_path", type=_PATH, required=True, help="The gateway's config file.")
@click.option(
    "--state-dir",
    type=_PATH,
    shell_complete=completed_words.directories,
    help="Its state dir, where that is not the usual one.",
)
@click.option(
    "--distribution",
    metavar="NAME",
    shell_complete=completed_words.distributions,
    help="Its product. [default: told from the config's file name]",
)
@click.option("--label", metavar="NAME", help="What to call it. [default: made from the dir's or config's name]")
@click.pass_obj
def add(
    host: GatewayHost, config_path: Path, state_dir: Path | None, distribution: str | None, label: str | None
) -> None:
    """Register a gateway that claw-tui does not find by itself, or list one again that `forget` left out.

    What is registered is listed as DISTRIBUTION@LABEL. Nothing of the gateway is changed.
    """
    from gateway_core.discovery.registrations import RegistrationError, stated_path

    registrar = offered(host.registrar)
    try:
        config_path, state_dir = stated_path(config_path), stated_path(state_dir) if state_dir else None
        again = registrar.list_again(config_path)
        known = _discovered(host, config_path, state_dir)
        if known is not None:
            output.emit(f"{known.id} is listed again." if again else f"{known.id} is known already: nothing to add.")
            return
        registration = registrar.register(config_path, state_dir=state_dir, distribution=distribution, label=label)
    except RegistrationError as error:
        raise CommandError("not-registered", str(error), error.hint) from error
    shown = _discovered(host, config_path, state_dir)
    name = shown.id if shown is not None else registration.instance_id
    output.emit(f"Registered {name}. See: {own_command('show', name)}")


def _discovered(host: GatewayHost, config_path: Path, state_dir: Path | None) -> Instance | None:
    """Return the instance that is known for good with that config, unless its state dir is said to be another."""
    from claw_tui.operations.rules import leaves_list_with_process

    for instance in output.wait_for(host.snapshot()).instances:
        if instance.config_path and not leaves_list_with_process(instance) and _same(instance.config_path, config_path):
            agreed = state_dir is None or (instance.state_dir is not None and _same(instance.state_dir, state_dir))
            return instance if agreed else None
    return None


def _same(known: str, path: Path) -> bool:
    return real_path(known) == real_path(path)


def _complete(context: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete what is listed, and what is registered without being found."""
    host: GatewayHost = context.obj
    listed = [found.id for found in output.wait_for(host.glance()).instances]
    registered = [item.instance_id for item in offered(host.registrar).registered()]
    return completions(list(dict.fromkeys((*listed, *registered))), incomplete)


@click.command("forget", epilog=_FORGET_EXAMPLES)
@click.argument("name", metavar="ID", shell_complete=_complete)
@click.pass_obj
def forget(host: GatewayHost, name: str) -> None:
    """Drop a gateway that was registered with `add`, or leave one out that claw-tui finds by itself.

    The gateway, its config and its state stay as they are. `add` lists it again.
    """
    from gateway_core.discovery.registrations import RegistrationError

    found = _found(host, name)
    try:
        forgotten = offered(host.registrar).forget(_registered_name(host, found, name))
    except RegistrationError as error:
        if found is None or found.config_path is None:
            raise CommandError("not-registered", str(error), error.hint) from error
        _leave_out(host, found, Path(found.config_path))
        return
    again = f"To list it again: {add_command(forgotten.config_path)}"
    output.emit(f"Forgot {forgotten.instance_id}; its files stay as they are. {again}")


def _found(host: GatewayHost, name: str) -> Instance | None:
    """The listed instance that is meant; `None` where none is: what is registered need not be listed."""
    snapshot = output.wait_for(host.glance())
    return resolve(snapshot, name) if candidates(snapshot, name) else None


def _registered_name(host: GatewayHost, found: Instance | None, name: str) -> str:
    """The name under which that instance is registered, if it is: its id may be another where its profile tells it."""
    if found is None or found.config_path is None:
        return name
    labels = [item.label for item in offered(host.registrar).registered() if _same(found.config_path, item.config_path)]
    return name if name.casefold() in labels else found.id


def _leave_out(host: GatewayHost, found: Instance, config_path: Path) -> None:
    from gateway_core.discovery.registrations import RegistrationError

    try:
        offered(host.registrar).ignore(
            found.distribution, config_path, Path(found.state_dir) if found.state_dir else None
        )
    except RegistrationError as error:
        raise CommandError("not-registered", str(error), error.hint) from error
    again = f"To list it again: {add_command(config_path)}"
    output.emit(f"{found.id} is left out from now on; nothing of it was changed or stopped. {again}")
