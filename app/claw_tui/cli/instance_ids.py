"""The instance that a user means: by its full id, or by its profile where that is unambiguous."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
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


def complete(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete an instance in the shell: profiles, then ids; one that is named already is not offered again."""
    from claw_tui.cli.output import wait_for

    host: GatewayHost = context.obj
    snapshot = wait_for(host.glance())
    named = context.params.get(parameter.name or "") if parameter.nargs == -1 else None
    given = {found.id for text in named or () for found in candidates(snapshot, text)}
    return completions([found.id for found in snapshot.instances], incomplete, given)


def completions(ids: Sequence[str], incomplete: str, given: Collection[str] = ()) -> list[CompletionItem]:
    """What one of those ids may be completed to, but those that were given before."""
    profiles = Counter(map(short_name, ids))
    short = {known: short_name(known) if profiles[short_name(known)] == 1 else known for known in ids}
    names = [name if name.startswith(incomplete) else known for known, name in short.items() if known not in given]
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


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
