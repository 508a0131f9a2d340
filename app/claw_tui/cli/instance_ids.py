"""The instance that a user means: by its full id, or by its profile where that is unambiguous."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from claw_tui.cli.errors import CommandError
from claw_tui.hosts.gateway_host import GatewayHost
from claw_tui.text.values import clean, short_name

if TYPE_CHECKING:
    from gateway_core.snapshot import Instance, Snapshot

_MAX_LISTED = 12


def resolve(snapshot: Snapshot, text: str) -> Instance:
    """Return the instance that `text` means in any case of letters; raise `CommandError` for none or several."""
    found = candidates(snapshot, text)
    if len(found) == 1:
        return found[0]
    if found:
        raise CommandError("ambiguous-id", f"“{clean(text)}” is more than one instance", _listed("Say which", found))
    raise _unknown(snapshot, text)


def candidates(snapshot: Snapshot, text: str) -> list[Instance]:
    """Return the instances that `text` can mean: the one of that id, else those of that short name.

    In any case of letters, but one that is written just so comes first: another may differ in nothing else.
    """
    wanted, ids = text.casefold(), {found.id: found for found in snapshot.instances}
    if text in ids:
        return [ids[text]]
    same = [found for name, found in ids.items() if name.casefold() == wanted]
    return same or [found for name, found in ids.items() if short_name(name).casefold() == wanted]


def complete(context: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete an instance in the shell: profiles, then ids, because bash takes `:` for the end of a word."""
    from claw_tui.cli.output import wait_for

    host: GatewayHost = context.obj
    return completions([found.id for found in wait_for(host.snapshot()).instances], incomplete)


def completions(ids: Sequence[str], incomplete: str) -> list[CompletionItem]:
    """What one of those ids may be completed to."""
    profiles = Counter(short_name(known) for known in ids)
    short = [short_name(known) if profiles[short_name(known)] == 1 else known for known in ids]
    matching = [name for name in short if name.startswith(incomplete)] or [n for n in ids if n.startswith(incomplete)]
    return [CompletionItem(name) for name in matching]


def _unknown(snapshot: Snapshot, text: str) -> CommandError:
    from difflib import get_close_matches

    message = f"there is no instance “{clean(text)}” on this host"
    if not snapshot.instances:
        unseen = ", but not everything could be seen" if snapshot.unseen else ""
        hint = f"No gateway was found at all{unseen}; `claw-tui ls` says where it looked."
        return CommandError("unknown-id", message, hint)
    names = {name: found for found in snapshot.instances for name in (found.id, short_name(found.id))}
    near = dict.fromkeys(names[name].id for name in get_close_matches(text.casefold(), names))
    similar = [found for found in snapshot.instances if found.id in near]
    hint = _listed("Did you mean", similar) if similar else _listed("There are", snapshot.instances)
    return CommandError("unknown-id", message, hint)


def _listed(lead: str, instances: Sequence[Instance]) -> str:
    ids = [clean(instance.id) for instance in instances[:_MAX_LISTED]]
    more = len(instances) - len(ids)
    return f"{lead}: {', '.join(ids)}" + (f" and {more} more (`claw-tui ls`)" if more else "")
