"""Runs the real claw-tui as a process of its own, as the user of a demo home would."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from gateway_core.demo.home import DemoHome
from gateway_core.snapshot import Conflict, Instance, InstanceParty, ProcessParty, Snapshot

CLAW_TUI = Path(sys.executable).parent / "claw-tui"
DEADLINE_S = 60
_CONFLICTS = TypeAdapter(tuple[Conflict, ...])


@dataclass(frozen=True, slots=True)
class CompletedRun:
    """A run of claw-tui that is over."""

    code: int
    output: str
    errors: str

    @property
    def document(self) -> dict[str, object]:
        """What it printed, as the one JSON document that it has to be."""
        parsed = json.loads(self.output)
        assert isinstance(parsed, dict)
        return parsed

    @property
    def conflicts(self) -> tuple[Conflict, ...]:
        """The conflicts in its document, held to the contract."""
        return _CONFLICTS.validate_python(self.document["conflicts"])


async def claw_tui(environment: Mapping[str, str], *arguments: str) -> CompletedRun:
    """Run claw-tui with these arguments, without a terminal, until it ends by itself."""
    process = await _begin(environment, *arguments)
    return await _end(process)


async def claw_tui_until(said: bytes, environment: Mapping[str, str], *arguments: str) -> CompletedRun:
    """Run claw-tui with these arguments, and press Ctrl+C once it has said that on stderr."""
    process = await _begin(environment, *arguments)
    assert process.stderr is not None
    before = b""
    async with asyncio.timeout(DEADLINE_S):
        while said not in before:
            line = await process.stderr.readline()
            assert line, before.decode()
            before += line
    os.killpg(process.pid, signal.SIGINT)
    return await _end(process, before)


async def _begin(environment: Mapping[str, str], *arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        CLAW_TUI,
        *arguments,
        env=dict(environment),
        cwd=environment["HOME"],
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )


async def _end(process: asyncio.subprocess.Process, heard: bytes = b"") -> CompletedRun:
    async with asyncio.timeout(DEADLINE_S):
        output, errors = await process.communicate()
    return CompletedRun(process.returncode or 0, output.decode(), (heard + errors).decode())


def instances_of(snapshot: Snapshot, home: DemoHome) -> dict[str, Instance]:
    """The instances of that home by id; whatever else runs on this machine is another's."""
    return {
        instance.id: instance
        for instance in snapshot.instances
        if instance.state_dir is not None and Path(instance.state_dir).is_relative_to(home.home)
    }


def among(conflicts: Sequence[Conflict], ids: set[str]) -> tuple[Conflict, ...]:
    """The conflicts of those instances, with each other or with outsiders; not those with other homes' gateways."""
    return tuple(conflict for conflict in conflicts if set(parties(conflict)) and set(_involved(conflict)) <= ids)


def parties(conflict: Conflict) -> tuple[str, ...]:
    """The instances on either side."""
    return tuple(party.instance for party in conflict.parties if isinstance(party, InstanceParty))


def _involved(conflict: Conflict) -> tuple[str, ...]:
    holders = (party.process.instance for party in conflict.parties if isinstance(party, ProcessParty))
    return (*parties(conflict), *(instance for instance in holders if instance is not None))
