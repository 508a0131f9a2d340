"""What an undo would take away: exactly what the run created, and nothing that is anybody else's."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from gateway_core.host import Host
from gateway_core.onboarding.inventory import Root, RootKind, created_in, holds_only, spelled
from gateway_core.onboarding.journal import Journal, unfinished_journals
from gateway_core.onboarding.trash import size_of
from gateway_core.onboarding.verify import find_instance
from gateway_core.snapshot import Model, Snapshot

_IN_USE = "this onboarding made it, but something in it came later"
"""It is not torn apart: were it a repository or a store of sessions, neither half would be of use."""


class UndoItem(Model):
    """Something that the run created."""

    path: str
    files: int
    bytes: int


class LeftAlone(Model):
    """Something that stays, and why."""

    path: str
    why: str


class UndoPlan(Model):
    """What an undo would do. Nothing is touched for it."""

    journal: str
    instance: str
    stops: bool
    """The gateway that the run started runs, and is stopped first."""
    removes_service: bool
    moves: tuple[UndoItem, ...]
    empties: tuple[str, ...]
    """Directories that the run needed and that are removed if nothing is in them any more."""
    leaves: tuple[LeftAlone, ...]


@dataclass(frozen=True, slots=True)
class _Neighbour:
    """Places of somebody else."""

    id: str
    distribution: str
    state_dir: Path | None
    config_path: Path | None
    workspace: Path | None

    @property
    def places(self) -> tuple[Path, ...]:
        return tuple(path for path in (self.state_dir, self.config_path, self.workspace) if path is not None)


def plan_undo(host: Host, snapshot: Snapshot, journal: Journal) -> UndoPlan:
    """What there is to undo now. Blocks: it looks at the disk."""
    neighbours = [*_neighbours(snapshot, journal), *_coming(host, journal)]
    added = None if journal.added is None else frozenset(journal.added)
    moves: list[UndoItem] = []
    leaves = list(_changed(journal))
    later: list[Path] = []
    taken: set[Path] = set()
    for root, path in _new(journal):
        known = added if root.existed else None
        reason = _reason_to_leave(path, root, journal, neighbours)
        if reason is not None:
            leaves.append(LeftAlone(path=str(path), why=reason))
        elif known is not None and spelled(path) not in known:
            later.append(path)
        elif known is not None and not holds_only(path, known):
            leaves.append(LeftAlone(path=str(path), why=_IN_USE))
        elif not any(path.is_relative_to(other) for other in taken):
            taken.add(path)
            files, size = size_of(path)
            moves.append(UndoItem(path=str(path), files=files, bytes=size))
    instance = find_instance(snapshot, journal.plan)
    return UndoPlan(
        journal=journal.id,
        instance=journal.plan.instance,
        stops=instance is not None and instance.signals.process is not None,
        removes_service=instance is not None and instance.signals.service is not None and _installed(journal),
        moves=tuple(moves),
        empties=tuple(_empties(journal)),
        leaves=(*leaves, *_latecomers(later), *_untold(journal)),
    )


def _new(journal: Journal) -> Iterator[tuple[Root, Path]]:
    """What was not there before the run, and in which place it is."""
    for root in journal.before if journal.begun("onboard") else ():
        yield from ((root, path) for path in created_in(root))


def _latecomers(paths: Sequence[Path]) -> Iterator[LeftAlone]:
    """What was put by others into a place that was there before; many in one directory are told as one."""
    by_directory: dict[Path, list[Path]] = {}
    for path in paths:
        by_directory.setdefault(path.parent, []).append(path)
    for directory, inside in by_directory.items():
        if len(inside) == 1:
            yield LeftAlone(path=str(inside[0]), why="it came after this onboarding")
        else:
            yield LeftAlone(path=str(directory), why=f"{len(inside)} things in it came after this onboarding")


def _untold(journal: Journal) -> Iterator[LeftAlone]:
    for root in journal.before if journal.begun("onboard") else ():
        if root.entries is None:
            yield LeftAlone(path=root.path, why="too much was in it before to tell what is new")


def _neighbours(snapshot: Snapshot, journal: Journal) -> Iterator[_Neighbour]:
    own = find_instance(snapshot, journal.plan)
    for item in snapshot.instances:
        if own is None or item.id != own.id:
            places = (Path(place) if place else None for place in (item.state_dir, item.config_path, item.workspace))
            yield _Neighbour(item.id, item.distribution, *places)


def _coming(host: Host, journal: Journal) -> Iterator[_Neighbour]:
    """Those that are still being made."""
    for other in unfinished_journals(host):
        if other.id != journal.id:
            plan = other.plan
            places = (Path(plan.state_dir), Path(plan.config_path), Path(plan.workspace))
            yield _Neighbour(plan.instance, plan.distribution, *places)


def _changed(journal: Journal) -> Iterator[LeftAlone]:
    if journal.plan.existing and journal.begun("onboard"):
        why = "it was there before and was changed; what it was is in its .bak beside it"
        yield LeftAlone(path=journal.plan.config_path, why=why)


def _reason_to_leave(path: Path, root: Root, journal: Journal, neighbours: Sequence[_Neighbour]) -> str | None:
    real = Path(os.path.realpath(path))
    if journal.plan.existing and path.name.startswith(f"{Path(journal.plan.config_path).name}.bak"):
        return "it is the copy of the config from before"
    for other in neighbours:
        if any(_real(place).is_relative_to(real) for place in other.places):
            return f"{other.id} lives in it"
        if other.workspace is not None and real.is_relative_to(_real(other.workspace)):
            return f"it is in the workspace of {other.id}"
        if root.kind is RootKind.SHARED and other.distribution == journal.plan.distribution:
            return f"{other.id} may use it as well"
        if root.existed and other.state_dir is not None and real.is_relative_to(_real(other.state_dir)):
            return f"it is in the state dir of {other.id}"
    return None


def _empties(journal: Journal) -> Iterator[str]:
    if not journal.begun("onboard"):
        return
    parents = dict.fromkeys(parent for root in journal.before for parent in root.missing_parents)
    yield from sorted((parent for parent in parents if os.path.lexists(parent)), key=len, reverse=True)


def _installed(journal: Journal) -> bool:
    """Whether its service came with the run."""
    definitions = [root for root in journal.before if root.path.endswith((".service", ".plist"))]
    return journal.begun("install-service") and not any(root.existed for root in definitions)


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))
