"""The port line: every claim and every listener of one host, in the order of their ports."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from gateway_core.ports.addresses import claimed_places
from gateway_core.ports.claimants import Claimant, moves_with_base
from gateway_core.snapshot import Claim, Listener, Role


@dataclass(frozen=True, slots=True)
class PortGroup:
    """The claimants that use one base port on one address; most groups have one member.

    Leftovers on a product's default port share one by the dozen. They want the same ports for the same reason, so they
    are compared with others, and told of, as one. What a claimant's own settings pin has another reason, and a group
    of its own, named after the claimant.
    """

    label: str
    members: tuple[Claimant, ...]


class Wanted(NamedTuple):
    """The ports that one claim wants, and those members of one port group that make it."""

    claim: Claim
    claimants: tuple[Claimant, ...]
    port_group: PortGroup


Span = tuple[int, int, int]  # first port, last port, and a number of the caller's to know it by


Makers = tuple[tuple[Claimant, ...], PortGroup]
"""The instances that make a claim, and the group of them in which they make it."""


@dataclass(frozen=True, slots=True)
class PortLine:
    """The claims and listeners of a host, and one sorted list of their ports."""

    claims: Sequence[Claim]
    makers: Sequence[Makers]
    shared: Sequence[int]  # the numbers of the claims that several make
    listeners: Sequence[Listener]
    spans: Sequence[Span]  # in order. Numbers below `len(claims)` are claims, the others are listeners

    def wanted(self, number: int) -> Wanted:
        """Return the claim of that number with its makers."""
        return Wanted(self.claims[number], *self.makers[number])


def port_line(port_groups: Iterable[PortGroup], listeners: Sequence[Listener]) -> PortLine:
    """Sort the claims and listeners of a host once, for all that looks at them."""
    claims: list[Claim] = []
    makers: list[Makers] = []
    shared: list[int] = []
    for made, by in _claims_by_makers(port_groups):
        if len(by[0]) > 1:
            shared += range(len(claims), len(claims) + len(made))
        claims += made
        makers += [by] * len(made)
    spans = [(claim.start, claim.end, number) for number, claim in enumerate(claims)]
    spans += [(listener.port, listener.port, number) for number, listener in enumerate(listeners, len(claims))]
    spans.sort()
    return PortLine(claims, makers, shared, listeners, spans)


def port_groups(claimants: Iterable[Claimant]) -> list[PortGroup]:
    """Gather the claimants whose gateways want one port on one address."""
    members: defaultdict[str, list[Claimant]] = defaultdict(list)
    for claimant in claimants:
        members[_label(claimant)].append(claimant)
    return [PortGroup(label, tuple(together)) for label, together in members.items()]


def _label(claimant: Claimant) -> str:
    for claim in claimant.claims:
        if claim.role is Role.GATEWAY:
            return f"{claim.start}@{_first_place(claim.address)}"
    return claimant.id


@lru_cache(maxsize=1024)
def _first_place(address: str) -> str:
    return str(min(claimed_places(address)))


def _claims_by_makers(port_groups: Iterable[PortGroup]) -> Iterator[tuple[Sequence[Claim], Makers]]:
    for port_group in port_groups:
        members = port_group.members
        for claimant in members:
            pinned = [claim for claim in claimant.claims if claim.pinned_by is not None and not moves_with_base(claim)]
            if pinned:
                alone = (claimant,)
                yield pinned, (alone, PortGroup(claimant.id, alone))
        if len(members) > 1:
            yield from _shared_claims(port_group)
        else:
            own = members[0].claims
            yield [claim for claim in own if moves_with_base(claim)] if pinned else own, (members, port_group)


def _shared_claims(port_group: PortGroup) -> Iterator[tuple[Sequence[Claim], Makers]]:
    """Each different claim that moves with the base once, with those who make it."""
    sharers: defaultdict[Hashable, list[Claimant]] = defaultdict(list)
    examples: dict[Hashable, Claim] = {}
    for claimant in port_group.members:
        for claim in filter(moves_with_base, claimant.claims):
            same: Hashable = (claim.role, claim.start, claim.end, claim.binding, claimed_places(claim.address))
            sharers[same].append(claimant)
            examples.setdefault(same, claim)
    return (((examples[same],), (tuple(claimants), port_group)) for same, claimants in sharers.items())


def overlapping(spans: Iterable[Span]) -> Iterator[tuple[int, int]]:
    """The numbers of every two spans that share a port. The spans come in order; one step for each, and each pair."""
    open_spans: list[Span] = []
    furthest_end = -1
    for span in spans:
        start, end, number = span
        if start > furthest_end:
            open_spans = [span]
            furthest_end = end
            continue
        open_spans = [earlier for earlier in open_spans if earlier[1] >= start]
        for earlier in open_spans:
            yield earlier[2], number
        open_spans.append(span)
        furthest_end = max(furthest_end, end)
