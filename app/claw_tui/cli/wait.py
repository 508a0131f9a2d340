"""Waiting for gateways to be in a state, on the stream of snapshots: each is done once it was seen in that state."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from claw_tui.cli import output
from claw_tui.cli.errors import CommandError, ExitCode
from claw_tui.cli.instance_groups import chosen
from claw_tui.hosts.gateway_host import GatewayHost
from claw_tui.text.groups import InstanceGroup
from claw_tui.text.states import STATE_STYLES, state_clause
from claw_tui.text.values import clean
from gateway_core.snapshot import Instance, Snapshot, State

if TYPE_CHECKING:
    from claw_tui.cli.documents import Document


@dataclass(frozen=True, slots=True)
class WaitRequest:
    """The options of one `wait`."""

    ids: Sequence[str]
    groups: Sequence[InstanceGroup]
    until: State
    timeout_s: float
    as_json: bool


@dataclass(frozen=True, slots=True)
class Awaited:
    """One gateway at the end of a wait: how it was seen last, and whether it was seen in the state."""

    instance: str
    reached: bool
    state: State | None  # `None`: it is no longer listed
    reason: str

    @property
    def document(self) -> Document:
        return {"instance": self.instance, "ok": self.reached, "state": self.state, "reason": self.reason}


@dataclass(slots=True)
class _Waiting:
    """The gateways that are waited for, by id, and those that were seen in the state."""

    request: WaitRequest
    seen: dict[str, Instance | None] = field(default_factory=dict)  # in the order in which they were named
    reached: set[str] = field(default_factory=set)

    def look(self, snapshot: Snapshot) -> bool:
        """Note how they are, and return whether there is nothing more to wait for.

        Raises:
            CommandError: an id means nobody, or several; or a group nobody.
        """
        if not self.seen:
            self.seen = {found.id: found for found in chosen(snapshot, self.request.ids, self.request.groups)}
        listed = {instance.id: instance for instance in snapshot.instances}
        for name in self.seen:
            # What is not listed may be in a part of the host that was not seen.
            if name not in self.reached and (name in listed or not snapshot.unseen):
                self._note(name, listed.get(name))
        return all(name in self.reached or found is None for name, found in self.seen.items())

    def _note(self, name: str, found: Instance | None) -> None:
        self.seen[name] = found
        if found is not None and found.state is self.request.until:
            self.reached.add(name)
            if not self.request.as_json:
                output.emit(f"{clean(name)} {state_clause(found.state)}: {clean(found.reason)}")

    def outcome(self) -> list[Awaited]:
        return [
            Awaited(name, name in self.reached, found.state, found.reason)
            if found is not None
            else Awaited(name, name in self.reached, None, "no longer listed")
            for name, found in self.seen.items()
        ]


def wait_until(host: GatewayHost, request: WaitRequest) -> ExitCode:
    """Wait, print what was reached as it is reached, and tell what was not.

    Raises:
        CommandError: an id means nobody, or nothing could be seen within the time.
    """
    waiting = _Waiting(request)
    output.wait_for(_follow(host, waiting))
    if not waiting.seen:
        raise _unseen(request)
    outcome = waiting.outcome()
    if request.as_json:
        from claw_tui.cli.documents import waited_document

        output.emit_document(waited_document(request.until, [one.document for one in outcome]))
    output.tell(_line(one, request) for one in outcome if not one.reached)
    return _exit_code(outcome)


async def _follow(host: GatewayHost, waiting: _Waiting) -> None:
    try:
        async with asyncio.timeout(waiting.request.timeout_s), host.monitor(ask_first=True) as monitor:
            async for snapshot in monitor.subscribe():
                if waiting.look(snapshot):
                    return
    except TimeoutError:
        return


def _unseen(request: WaitRequest) -> CommandError:
    message = f"this host could not be looked at within {request.timeout_s:g} s"
    return CommandError("could-not-tell", message, "Give it more time with --timeout.", ExitCode.UNKNOWN)


def _line(one: Awaited, request: WaitRequest) -> str:
    name, wanted = clean(one.instance), STATE_STYLES[request.until].word
    if one.state is None:
        return f"{name} was not seen {wanted}, and is no longer listed. See: claw-tui ls"
    return f"{name} {state_clause(one.state)}, not {wanted}, after {request.timeout_s:g} s: {clean(one.reason)}"


def _exit_code(outcome: Sequence[Awaited]) -> ExitCode:
    missed = [one for one in outcome if not one.reached]
    if not missed:
        return ExitCode.DONE
    return ExitCode.UNKNOWN if all(one.state is State.UNKNOWN for one in missed) else ExitCode.NO
