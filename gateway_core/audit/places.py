"""Whether the files and directories of different instances are really different ones."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from gateway_core.audit.context import Subject
from gateway_core.audit.model import (
    Finding,
    failed,
    passed,
    untold,
)
from gateway_core.audit.mounts import Mount, bound_at
from gateway_core.files import Inode, Sight, look_at


@dataclass(frozen=True, slots=True)
class Place:
    """A path that an instance uses, and what it leads to."""

    subject: Subject
    name: str
    """What it is to the instance: `state dir`, `agents.defaults.workspace` …"""
    sight: Sight

    @property
    def path(self) -> Path:
        """The path as it is configured."""
        return self.sight.path

    @property
    def real(self) -> str:
        """The path without symbolic links."""
        return os.path.realpath(self.path)

    @property
    def identity(self) -> Inode | str:
        """The same for two places that are one; of what does not exist, only the path can tell."""
        return self.sight.inode or self.real


def place(subject: Subject, name: str, path: Path) -> Place:
    """Look at that path."""
    return Place(subject, name, look_at(path))


Advice = Callable[[Place, Place], str]
"""What to do about a place that is also the other one."""


def kept_apart(places: Iterable[Place], mounts: Sequence[Mount], advice: Advice) -> Iterator[Finding]:
    """One finding for each instance: a failure where one of its places is another instance's as well."""
    known: dict[str, list[Place]] = defaultdict(list)
    users: dict[Inode | str, list[Place]] = defaultdict(list)
    for item in places:
        known[item.subject.id].append(item)
        users[item.identity].append(item)
    for owner, mine in known.items():
        shared = [(item, other) for item in mine for other in users[item.identity] if other.subject.id != owner]
        unseen = [item for item in mine if item.sight.fault]
        if shared:
            evidence = "; ".join(dict.fromkeys(_same(item, other, mounts) for item, other in shared))
            yield failed(owner, evidence, advice(*shared[0]))
        elif unseen:
            why = "; ".join(f"{item.path} cannot be looked at: {item.sight.fault}" for item in unseen)
            yield untold(owner, why, "run claw-tui as a user who may see it")
        else:
            there = dict.fromkeys(str(item.path) for item in mine if item.sight.exists)
            yield passed(owner, ", ".join(there) or "nothing there yet")


def _same(mine: Place, other: Place, mounts: Sequence[Mount]) -> str:
    """Why two places are one, from the point of view of the first."""
    whose = f"that of {other.subject.id}"
    if mine.path == other.path:
        return f"the {mine.name} {mine.path} is also {whose}"
    if mine.real == other.real:
        link = mine.path if str(mine.path) != mine.real else other.path
        return f"the {mine.name} {mine.path} is also {whose}: {link} is or lies behind a link to {mine.real}"
    point = bound_at(Path(mine.real), mounts) or bound_at(Path(other.real), mounts)
    how = f"a bind mount at {point}" if point else "a bind mount" if mine.sight.is_directory else "a hard link"
    return f"the {mine.name} {mine.path} and {whose}, {other.path}, are the same through {how}"
