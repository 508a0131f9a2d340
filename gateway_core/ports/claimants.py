"""The instance as the conflict engine sees it: what it claims, and what can be moved."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from gateway_core.distributions import PortRule
from gateway_core.snapshot import Binding, Claim, Role, Source

LAST_PORT = 65535


@dataclass(frozen=True, slots=True)
class BrokenOverride:
    """A setting that should hold a port and does not."""

    setting: str
    """A config path or the name of a variable."""
    role: Role


@dataclass(frozen=True, slots=True)
class Claimant:
    """One instance and its claims on this host's ports."""

    id: str
    base: int | None
    """`None` if it is unknown: then the instance claims nothing and cannot be moved."""
    claims: tuple[Claim, ...]
    live: bool = False
    pids: frozenset[int] = frozenset()
    """Its own processes: the gateway, its children, the browsers that it started."""
    proven_ports: frozenset[int] = frozenset()
    """Ports that are known to be its own although the kernel does not show this user their owner, for instance
    because its lock or its answer proves it."""
    out_of_range: tuple[Claim, ...] = ()
    """Derived claims at the ports they would need, which leave 1–65535; the gateway takes the constants that are
    in `claims` instead."""
    broken_overrides: tuple[BrokenOverride, ...] = ()
    ports_unknown: bool = False
    """Which ports it would take could not be told: its claims are the best guess there is."""

    @property
    def default_profile(self) -> bool:
        """Whether this is the instance that a user would rather leave where it is."""
        return self.id.endswith(":default")


def moves_with_base(claim: Claim) -> bool:
    """Whether a new base port takes this claim along; an explicit override stays where it is."""
    return claim.pinned_by is None or claim.role is Role.GATEWAY


def relocated(claimant: Claimant, base: int) -> Claimant:
    """The claimant after its move to another base port: what it ran on its old ports is gone with the restart."""
    offset = base - (claimant.base or 0)
    moved = tuple(_shifted(claim, offset) for claim in derived_claims(claimant))
    pinned = tuple(claim for claim in claimant.claims if not moves_with_base(claim))
    return replace(claimant, base=base, claims=moved + pinned, proven_ports=frozenset(), out_of_range=())


def derived_claims(claimant: Claimant) -> tuple[Claim, ...]:
    """What follows from the base port, at the ports where it would be if there were no limit."""
    displaced = {claim.role for claim in claimant.out_of_range}
    held = (claim for claim in claimant.claims if not claim.at_next_start)
    kept = (claim for claim in held if moves_with_base(claim) and claim.role not in displaced)
    return (*kept, *claimant.out_of_range)


def claims_at_next_start(claims: Iterable[Claim]) -> tuple[Claim, ...]:
    """Of the claims with the base port of the next start, what follows from it and will be bound or may be.

    On demand, as far as others are concerned: until then they can have it.
    """
    coming = (claim for claim in claims if moves_with_base(claim) and claim.binding is not Binding.RESERVED)
    return tuple(claim.model_copy(update={"binding": Binding.ON_DEMAND, "at_next_start": True}) for claim in coming)


def claims_out_of_range(claims: Iterable[Claim], rules: Iterable[PortRule], base: int) -> tuple[Claim, ...]:
    """For `Claimant.out_of_range`: the derived claims that had to become constants, at the ports they would need."""
    offsets = {rule.role: rule.first for rule in rules}
    held = (c for c in claims if not c.at_next_start)
    constants = (c for c in held if c.source is Source.DEFAULT and c.role is not Role.GATEWAY)
    return tuple(_shifted(c, base + offsets[c.role] - c.start, Source.DERIVED) for c in constants)


def _shifted(claim: Claim, offset: int, source: Source | None = None) -> Claim:
    return claim.model_copy(
        update={"start": claim.start + offset, "end": claim.end + offset, "source": source or claim.source}
    )
