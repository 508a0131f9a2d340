"""Which keys of a gateway's config have changed, by the names that they have in it. Names only, never values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from gateway_core.snapshot import Instance, Role

THE_FILE = "the file itself"
_MOST_SIBLINGS = 3
"""If more of an object or a list have changed, it is named instead of them."""
_STEP = re.compile(r"\[\d+\]|[^.\[]+")


def changed_keys(old: Instance, new: Instance) -> tuple[str, ...]:
    """The keys that say something else in the file; if there are none, those that mean something else."""
    return tuple(dict.fromkeys((*_of_the_file(old, new), *(_written(old, new) or _meant(old, new)))))


def _of_the_file(old: Instance, new: Instance) -> Iterator[str]:
    if old.config.exists != new.config.exists:
        yield THE_FILE
    if old.config.valid != new.config.valid:
        yield "validity"


def _written(old: Instance, new: Instance) -> list[str]:
    before, after = old.config.keys, new.config.keys
    if before is None or after is None or before is after:
        return []
    changed = {path for path, _ in before.digests.items() ^ after.digests.items()}
    return list(_named("", sorted(tuple(_STEP.findall(path)) for path in changed)))


def _named(parent: str, paths: Iterable[Sequence[str]]) -> Iterator[str]:
    """Names for these sorted paths, which lead on from a parent: their own, or that of the parent if they are many."""
    branches = {step: [path[1:] for path in those] for step, those in groupby(paths, lambda path: next(iter(path), ""))}
    if "" in branches or (parent and len(branches) > _MOST_SIBLINGS):
        yield parent or THE_FILE
        return
    for step, rest in branches.items():
        yield from _named(f"{parent}.{step}" if parent and not step.startswith("[") else f"{parent}{step}", rest)


def _meant(old: Instance, new: Instance) -> Iterator[str]:
    """The keys that mean something else in the same file, because of `.env`, a service or another version."""
    if not (old.config.valid and new.config.valid):
        return  # what one that cannot be read would say is only a guess
    if old.configured_port != new.configured_port:
        yield "gateway.port"
    if old.workspace != new.workspace:
        yield "agents.defaults.workspace"
    if _addresses(old) != _addresses(new):
        yield "gateway.bind"
    yield from sorted(path for path, _ in _pins(old) ^ _pins(new))


def _addresses(instance: Instance) -> frozenset[str]:
    return frozenset(claim.address for claim in instance.claims if claim.role is Role.GATEWAY)


def _pins(instance: Instance) -> frozenset[tuple[str, int]]:
    return frozenset((claim.pinned_by, claim.start) for claim in instance.claims if claim.pinned_by)
