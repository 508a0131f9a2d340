"""The directories and files that a run may create something in, as they were before, and what it added to them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from enum import StrEnum
from itertools import chain, islice
from pathlib import Path

from gateway_core.distributions.homes import caller_home
from gateway_core.distributions.model import DEFAULT_PROFILE, Distribution
from gateway_core.files import listing_of
from gateway_core.host import Host
from gateway_core.onboarding.draft import service_path
from gateway_core.onboarding.plan import Plan
from gateway_core.onboarding.rules.profile import ProfilePlaces, default_dir
from gateway_core.snapshot import Model

MOST_ENTRIES = 50_000
"""A directory with more than this is left alone by undo as a whole: what is new in it is not told apart."""
_MOST_CHARACTERS = 10 << 20  # of the paths of all entries: a journal holds them


class RootKind(StrEnum):
    """Whose a root is."""

    OWN = "own"  # made for this profile alone
    SHARED = "shared"  # a default dir that other profiles use as well: taken away only if nobody does


class Root(Model):
    """A directory or file in which a run may create something, as it was before."""

    path: str
    kind: RootKind = RootKind.OWN
    existed: bool
    entries: tuple[str, ...] | None = ()  # relative paths; `None` if it cannot be listed, or not all of it
    missing_parents: tuple[str, ...] = ()  # absent directories above it, lowest first


def root_now(path: Path, kind: RootKind = RootKind.OWN) -> Root:
    """Return that path as a root, as it is now. Symbolic links are not followed. Blocks."""
    existed = os.path.lexists(path)
    missing = [str(parent) for parent in path.parents if not os.path.lexists(parent)]
    entries = _entries(path) if existed and kind is RootKind.OWN else ()
    return Root(path=str(path), kind=kind, existed=existed, entries=entries, missing_parents=tuple(missing))


def created_in(root: Root) -> tuple[Path, ...]:
    """Return what is in the root now and was not before: as few paths as possible, each with all below it. Blocks."""
    path = Path(root.path)
    if not os.path.lexists(path) or root.entries is None:
        return ()
    if not root.existed:
        return (path,)
    if root.kind is RootKind.SHARED:
        return ()  # whose each new thing in it is cannot be told
    return tuple(_new_below(path, frozenset(root.entries)))


def holds_only(path: Path, added: frozenset[str]) -> bool:
    """Whether the path and everything below it was added by the run; not where something cannot be seen. Blocks."""
    unlisted: list[Path] = []
    below = (path / relative for relative in _walk(path, unlisted))
    return all(as_text(item) in added for item in chain((path,), below)) and not unlisted


def as_text(path: Path) -> str:
    """Return the path in a form that can be written down, whatever bytes its name is made of."""
    return str(path).encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _new_below(top: Path, known: frozenset[str]) -> Iterator[Path]:
    pending = [Path()]
    while pending:
        directory = pending.pop()
        found = listing_of(top / directory)
        old: list[Path] = []
        for name in found.names:
            relative = directory / name
            if as_text(relative) not in known:
                yield top / relative
            elif name in found.directories:
                old.append(relative)
        pending += reversed(old)


def _entries(top: Path) -> tuple[str, ...] | None:
    found: list[str] = []
    unlisted: list[Path] = []
    characters = 0
    for relative in _walk(top, unlisted):
        found.append(as_text(relative))
        characters += len(found[-1])
        if len(found) > MOST_ENTRIES or characters > _MOST_CHARACTERS:
            return None
    return None if unlisted else tuple(found)


def _walk(top: Path, unlisted: list[Path]) -> Iterator[Path]:
    """Everything below, relative to it; and in `unlisted` the directories that hide what is in them."""
    pending = [Path()]
    while pending:
        directory = pending.pop()
        found = listing_of(top / directory)
        unlisted += [directory] if found.fault is not None else []
        yield from (directory / name for name in found.names)
        pending += (directory / name for name in reversed(found.names) if name in found.directories)


def roots_before(host: Host, distribution: Distribution, plan: Plan) -> tuple[Root, ...]:
    """Return every place in which the run, or a gateway started by it, may create something. Blocks."""
    own = [root_now(path) for path in _own_paths(host, distribution, plan)]
    shared = [root_now(path, RootKind.SHARED) for path in _shared_paths(host, distribution, plan)]
    return (*own, *shared)


def created(roots: tuple[Root, ...]) -> tuple[Path, ...]:
    """Return what is in those roots now and was not before; a directory stands for all that is in it. Blocks."""
    found = [path for root in roots for path in created_in(root)]
    return tuple(path for path in found if not any(path != other and path.is_relative_to(other) for other in found))


def additions(roots: tuple[Root, ...]) -> tuple[str, ...]:
    """Return all that was added by now to those of the roots that were there before, each path by itself. Blocks.

    Of more than can be listed in a root the rest counts as nobody's, and is left alone.
    """
    return tuple(path for root in roots if _is_listed(root) for path in islice(_added_to(root), MOST_ENTRIES))


def without_later_use(roots: tuple[Root, ...], added: tuple[str, ...]) -> tuple[Root, ...]:
    """Return the roots for a run that goes on: what others have added since counts as there before. Blocks."""
    return tuple(_without_others(root, frozenset(added)) if _is_listed(root) else root for root in roots)


def _is_listed(root: Root) -> bool:
    """Whether everything that was in the root before the run is known."""
    return root.existed and root.kind is RootKind.OWN and root.entries is not None


def _added_to(root: Root) -> Iterator[str]:
    known, top = frozenset(root.entries or ()), Path(root.path)
    return (as_text(top / relative) for relative in _walk(top, []) if as_text(relative) not in known)


def _without_others(root: Root, added: frozenset[str]) -> Root:
    top = Path(root.path)
    now = _entries(top)
    if now is None:
        return root.model_copy(update={"entries": None})
    others = (entry for entry in now if as_text(top / entry) not in added)
    return root.model_copy(update={"entries": tuple(dict.fromkeys((*(root.entries or ()), *others)))})


def _own_paths(host: Host, distribution: Distribution, plan: Plan) -> Iterator[Path]:
    state_dir, workspace = Path(plan.state_dir), Path(plan.workspace)
    yield state_dir
    if not workspace.is_relative_to(state_dir):
        yield workspace
    if plan.profile == DEFAULT_PROFILE:
        # moltbot renames its state dir to one of these at the next command, and leaves a link.
        home = caller_home(host, distribution)
        yield from (path for stem in distribution.legacy_state_dir_stems if (path := home / stem) != state_dir)
    if plan.service:
        yield service_path(host, ProfilePlaces(distribution, plan.profile, state_dir, Path(plan.config_path)))


def _shared_paths(host: Host, distribution: Distribution, plan: Plan) -> Iterator[Path]:
    """Runs under a profile make the default profile's dirs too, for what all profiles share."""
    if plan.profile == DEFAULT_PROFILE:
        return
    state_dir = default_dir(host, distribution)
    yield state_dir
    home = caller_home(host, distribution)
    workspace = distribution.default_workspace(home, state_dir, DEFAULT_PROFILE, plan.version)
    if workspace is not None and not workspace.is_relative_to(state_dir) and str(workspace) != plan.workspace:
        yield workspace
