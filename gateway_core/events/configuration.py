"""Which keys of a gateway's config have changed, as far as a snapshot shows them. Names only, never values."""

from __future__ import annotations

from collections.abc import Iterator

from gateway_core.snapshot import Instance, Role


def changed_keys(old: Instance, new: Instance) -> tuple[str, ...]:
    """In the words of the snapshot where a key has no name that all products share; else its config path."""
    return tuple(dict.fromkeys(_changed(old, new)))


def _changed(old: Instance, new: Instance) -> Iterator[str]:
    if old.config.exists != new.config.exists:
        yield "the file itself"
    if old.config.valid != new.config.valid:
        yield "validity"
    if not (old.config.valid and new.config.valid):
        return  # what one that cannot be read would say is only a guess
    if old.configured_port != new.configured_port:
        yield "gateway.port"
    if old.workspace != new.workspace:
        yield "workspace"
    if _addresses(old) != _addresses(new):
        yield "gateway.bind"
    yield from sorted(path for path, _ in _pins(old) ^ _pins(new))


def _addresses(instance: Instance) -> frozenset[str]:
    return frozenset(claim.address for claim in instance.claims if claim.role is Role.GATEWAY)


def _pins(instance: Instance) -> frozenset[tuple[str, int]]:
    """Explicit overrides of derived ports."""
    return frozenset((claim.pinned_by, claim.start) for claim in instance.claims if claim.pinned_by)
