"""What was there before a run, and what is there now because of it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from enum import StrEnum
from itertools import islice
from pathlib import Path

from gateway_core.snapshot import Model

MOST_ENTRIES = 50_000
"""A directory with more than this is left alone by undo as a whole: what is new in it is not told apart."""


class RootKind(StrEnum):
    """What a place means to the run."""

    OWN = "own"
    """Made for this profile alone."""
    SHARED = "shared"
    """A default dir that other profiles use as well: taken away only if nobody does."""


class Root(Model):
    """A place in which a run may create something, as it was before."""

    path: str
    kind: RootKind = RootKind.OWN
    existed: bool
    entries: tuple[str, ...] | None = ()
    """All that was in it, relative to it; `None` if that was too much to list."""
    missing_parents: tuple[str, ...] = ()
    """Directories above it that were not there either, the lowest first."""


def record(path: Path, kind: RootKind = RootKind.OWN) -> Root:
    """That place as it is now. Symbolic links are not followed. Blocks."""
    existed = os.path.lexists(path)
    missing = [str(parent) for parent in path.parents if not os.path.lexists(parent)]
    entries = _entries(path) if existed and kind is RootKind.OWN else ()
    return Root(path=str(path), kind=kind, existed=existed, entries=entries, missing_parents=tuple(missing))


def created_in(root: Root) -> tuple[Path, ...]:
    """What is there now and was not before: as few paths as possible, each with all that is below it. Blocks."""
    path = Path(root.path)
    if not os.path.lexists(path) or root.entries is None:
        return ()
    if not root.existed:
        return (path,)
    if root.kind is RootKind.SHARED:
        return ()  # whose each new thing in it is cannot be told
    return tuple(_new_below(path, Path(), frozenset(root.entries)))


def added_to(root: Root) -> tuple[str, ...]:
    """All that is in a place that was there before and was not in it, each path by itself. Blocks.

    Of more than can be listed the rest counts as nobody's, and is left alone.
    """
    if not root.existed or root.kind is RootKind.SHARED or root.entries is None:
        return ()
    known, top = frozenset(root.entries), Path(root.path)
    added = (spelled(top / relative) for relative in _walk(top, Path()) if spelled(relative) not in known)
    return tuple(islice(added, MOST_ENTRIES))


def without_others(root: Root, added: frozenset[str]) -> Root:
    """The same place, as if all that is in it by now and was not added by the run had been there before. Blocks."""
    if not root.existed or root.kind is RootKind.SHARED or root.entries is None:
        return root
    top = Path(root.path)
    now = _entries(top)
    others = () if now is None else (entry for entry in now if spelled(top / entry) not in added)
    entries = None if now is None else tuple(dict.fromkeys((*root.entries, *others)))
    return root.model_copy(update={"entries": entries})


def holds_only(path: Path, added: frozenset[str]) -> bool:
    """Whether that is all that it and everything below it is. Blocks."""
    return all(spelled(item) in added for item in (path, *(path / relative for relative in _walk(path, Path()))))


def spelled(path: Path) -> str:
    """That path in a form that can be written down, whatever bytes its name is made of."""
    return str(path).encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _new_below(top: Path, directory: Path, known: frozenset[str]) -> Iterator[Path]:
    for name, is_directory in _listing(top / directory):
        relative = directory / name
        if spelled(relative) not in known:
            yield top / relative
        elif is_directory:
            yield from _new_below(top, relative, known)


def _entries(top: Path) -> tuple[str, ...] | None:
    found: list[str] = []
    for relative in _walk(top, Path()):
        found.append(spelled(relative))
        if len(found) > MOST_ENTRIES:
            return None
    return tuple(found)


def _walk(top: Path, directory: Path) -> Iterator[Path]:
    for name, is_directory in _listing(top / directory):
        yield directory / name
        if is_directory:
            yield from _walk(top, directory / name)


def _listing(directory: Path) -> Iterable[tuple[str, bool]]:
    try:
        with os.scandir(directory) as entries:
            return sorted((entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries)
    except OSError:
        return ()
