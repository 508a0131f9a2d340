"""Who is on the port map: one lane per instance, and one per process outside the family that sits among their ports."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum

from claw_tui.ports.map_axis import LAST_PORT, Axis
from claw_tui.text.values import clean
from gateway_core.ports.addresses import canonical
from gateway_core.snapshot import Binding, Claim, Instance, Listener, PortOwner, Snapshot

UNSEEN = "owner not visible"
"""The lane of all listeners whose process this user may not see."""


class Hold(IntEnum):
    """How firmly an owner has a port; the firmest shows where a column stands for several ports."""

    NONE = 0
    BLOCK = 1
    """between ports of its own"""
    RESERVED = 2
    ON_DEMAND = 3
    ALWAYS = 4
    BOUND = 5
    """it listens there now"""


_HOLDS = {
    Binding.RESERVED: Hold.RESERVED,
    Binding.ON_DEMAND: Hold.ON_DEMAND,
    Binding.ALWAYS: Hold.ALWAYS,
}


@dataclass(frozen=True, slots=True)
class Stay:
    """Consecutive ports that one owner holds or may take."""

    start: int
    end: int
    hold: Hold
    addresses: frozenset[str]
    """Canonical."""


@dataclass(frozen=True, slots=True)
class Owner:
    """What one lane is about."""

    key: str
    """The id of the instance; of a process outside the family, its pid."""
    label: str
    foreign: bool
    stays: tuple[Stay, ...]


def claimed_spans(snapshot: Snapshot) -> list[tuple[int, int]]:
    """Every claim's ports: what the axis is made for."""
    return [(claim.start, claim.end) for instance in snapshot.instances for claim in instance.claims]


def owners(snapshot: Snapshot, axis: Axis) -> list[Owner]:
    """Everybody with a port on the axis, in the order of their first ports."""
    visible = [listener for listener in snapshot.listeners if axis.shows(listener.port)]
    found = [*_instances(snapshot.instances, visible), *_processes(visible)]
    return sorted(found, key=lambda owner: (owner.stays[0].start, owner.foreign, owner.key))


def process_key(process: PortOwner | Listener) -> str:
    """The lane of a process: that of its instance, its own, or the one of all that cannot be seen."""
    if process.instance is not None:
        return process.instance
    return UNSEEN if process.pid is None else f"pid {process.pid}"


def _instances(instances: Iterable[Instance], listeners: Iterable[Listener]) -> Iterator[Owner]:
    bound: dict[str, list[Stay]] = {}
    for listener in listeners:
        if listener.instance is not None:
            bound.setdefault(listener.instance, []).append(_bound(listener))
    for instance in instances:
        claims = (_claimed(claim) for claim in instance.claims if 0 < claim.start <= LAST_PORT)
        stays = _ordered((*claims, *bound.get(instance.id, ())))
        if stays:
            yield Owner(instance.id, clean(instance.id), foreign=False, stays=stays)


def _processes(listeners: Iterable[Listener]) -> Iterator[Owner]:
    foreign: dict[str, list[Listener]] = {}
    for listener in listeners:
        if listener.instance is None:
            foreign.setdefault(process_key(listener), []).append(listener)
    for key, held in foreign.items():
        yield Owner(key, _label(held[0]), foreign=True, stays=_ordered(map(_bound, held)))


def _label(listener: Listener) -> str:
    if listener.pid is None:
        return UNSEEN
    return f"{clean(listener.process or 'a process')} ({listener.pid})"


def _claimed(claim: Claim) -> Stay:
    addresses = frozenset((canonical(claim.address),))
    return Stay(claim.start, min(claim.end, LAST_PORT), _HOLDS[claim.binding], addresses)


def _bound(listener: Listener) -> Stay:
    return Stay(listener.port, listener.port, Hold.BOUND, frozenset(map(canonical, listener.addresses)))


def _ordered(stays: Iterable[Stay]) -> tuple[Stay, ...]:
    return tuple(sorted(stays, key=lambda stay: (stay.start, stay.end, stay.hold)))
