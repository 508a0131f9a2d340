"""The groups of instances that a user means by `--group`, as the settings name them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from claw_tui.cli.errors import CommandError
from claw_tui.cli.instance_ids import resolve
from claw_tui.hosts.gateway_host import GatewayHost
from claw_tui.text.groups import InstanceGroup, groups_of
from claw_tui.text.values import clean

if TYPE_CHECKING:
    from gateway_core.snapshot import Instance, Snapshot

_MAX_LISTED = 12


def find_groups(host: GatewayHost, names: Sequence[str]) -> tuple[InstanceGroup, ...]:
    """Return the groups of these names, in any case of letters; raise `CommandError` for a name that is none."""
    loaded = host.settings()
    groups = groups_of(loaded.settings.groups)
    known = {group.name.casefold(): group for group in groups} | {group.name: group for group in groups}
    found = {name: known.get(name) or known.get(name.casefold()) for name in names}
    for name, group in found.items():
        if group is None:
            faults = [fault for fault in loaded.faults if "groups" in fault or "could not be read" in fault]
            raise CommandError("unknown-group", f"there is no group “{clean(name)}”", _hint(groups, faults))
    return tuple(dict.fromkeys(group for group in found.values() if group is not None))


def members(snapshot: Snapshot, groups: Sequence[InstanceGroup]) -> list[Instance]:
    """Return the instances of these groups; raise `CommandError` if there are groups, and nobody is in them."""
    found = [one for one in snapshot.instances if any(group.has(one.id) for group in groups)]
    if groups and not found:
        named = " or ".join(f"“{clean(group.name)}”" for group in groups)
        patterns = ", ".join(clean(pattern) for group in groups for pattern in group.patterns)
        raise CommandError("empty-group", f"no instance of this host is in the group {named}", f"It means: {patterns}")
    return found


def chosen(snapshot: Snapshot, texts: Iterable[str], groups: Sequence[InstanceGroup]) -> list[Instance]:
    """Return each instance once that is named, or is of these groups; raise `CommandError` as both do."""
    named = [resolve(snapshot, text) for text in texts]
    return list({found.id: found for found in (*named, *members(snapshot, groups))}.values())


def complete(context: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    host: GatewayHost = context.obj
    groups = groups_of(host.settings().settings.groups)
    return [CompletionItem(group.name) for group in groups if group.name.startswith(incomplete)]


def _hint(known: Sequence[InstanceGroup], faults: Sequence[str]) -> str:
    if faults:
        return "In the settings: " + " ".join(faults)
    if not known:
        return "There are no groups yet. `claw-tui settings` shows how to name some, below [groups]."
    names = ", ".join(clean(group.name) for group in known[:_MAX_LISTED])
    more = len(known) - _MAX_LISTED
    return f"There are: {names}" + (f" and {more} more" if more > 0 else "")
