"""The claimants of ports: instances as the conflict engine sees them, onboardings under way, and listeners."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from gateway_core.host import PortLimits
from gateway_core.ports.claims import UNSTATED
from gateway_core.snapshot import Binding, Claim, ConfigStatus, Instance, Listener, Problem, Role, Snapshot, Source

_OVERRIDES = {
    "gateway.port": Role.GATEWAY,
    "canvasHost.port": Role.CANVAS,
    "browser.controlUrl": Role.BROWSER_CONTROL,
    "browser.cdpPortRangeStart": Role.CDP,
    "browser.cdpUrl": Role.CDP,
    "browser.profiles": Role.CDP,
    "mcp.apps.sandboxPort": Role.MCP_SANDBOX,
}
"""Config paths, or the beginnings of config paths, that hold a port."""


@dataclass(frozen=True, slots=True)
class BrokenOverride:
    """A setting that should hold a port and does not."""

    setting: str  # a config path or the name of a variable
    role: Role


@dataclass(frozen=True, slots=True)
class Claimant:
    """An instance and its claims on this host's ports."""

    id: str
    base: int | None  # `None` if it is unknown: then the instance claims nothing and cannot be moved
    claims: tuple[Claim, ...]
    live: bool = False
    proven_ports: frozenset[int] = frozenset()
    """Ports that are known to be its own although the kernel does not show this user their owner."""
    broken_overrides: tuple[BrokenOverride, ...] = ()
    ports_unknown: bool = False  # its base port, and what follows from that, are only the best guess
    base_file: str | None = None  # the file of its service that decides its base port

    @property
    def certain(self) -> Claimant:
        """The claimant without what is only a guess: nobody is told of a conflict, or moved, because of that."""
        if not self.ports_unknown:
            return self
        return replace(self, base=None, claims=tuple(claim for claim in self.claims if not moves_with_base(claim)))

    @property
    def default_profile(self) -> bool:
        """Whether this is the instance that a user would rather leave where it is."""
        return self.id.endswith(":default")

    @property
    def out_of_range(self) -> tuple[Claim, ...]:
        """Claims at the ports that they would need, which leave 1–65535; `claims` has the constants taken instead."""
        displaced = [claim for claim in self.claims if claim.needed_start is not None]
        if not displaced:  # as with nearly all, and all are asked in every snapshot
            return ()
        return tuple(_as_needed(claim) for claim in displaced if not claim.at_next_start)


UNREADABLE = "this user may not read the config"


@dataclass(frozen=True, slots=True)
class HiddenPorts:
    """What hides ports of a host from this user, so that none of them may be called free."""

    listeners: str | None  # the reason why the listeners could not be listed
    instances: tuple[str, ...]  # the ids of those whose config may not be read
    places: tuple[Problem, ...] = ()  # the parts of the host where gateways may be that were not seen


@dataclass(frozen=True, slots=True)
class HostPorts:
    """The takers of ports on one host: what conflicts are found among, and what a free block keeps clear of."""

    claimants: Sequence[Claimant]  # the instances, with distinct ids
    listeners: Sequence[Listener] = ()
    limits: PortLimits = field(default_factory=PortLimits)
    kept_free: Sequence[Claimant] = ()
    """Instances in no conflict whose ports are as good as taken: those that onboardings under way will have, and those
    in whose state dir a gateway of a container works. That one has the ports of their config, in its own network or as
    what is seen to listen here, and to move them would move it from behind its published port."""
    hidden: HiddenPorts | None = None

    @classmethod
    def of(cls, snapshot: Snapshot, *, without: str | None = None) -> HostPorts:
        """The ports of that host, `without` the instance of that id."""
        planned = {item.instance: item for item in snapshot.planned if item.instance != without}
        there = [item for item in snapshot.instances if item.id not in planned and item.id != without]
        used_elsewhere = {name for gateway in snapshot.elsewhere for name in gateway.instances}
        to_come = [Claimant(item.instance, item.base_port, item.claims) for item in planned.values()]
        return cls(
            claimants=tuple(claimant_of(item) for item in there if item.id not in used_elsewhere),
            listeners=snapshot.listeners,
            limits=snapshot.port_limits,
            kept_free=(*to_come, *(claimant_of(item) for item in there if item.id in used_elsewhere)),
            hidden=hidden_ports(snapshot),
        )

    def joined_by(self, newcomer: Claimant) -> HostPorts:
        """The host as it will be when every onboarding is done, that of the newcomer too."""
        return replace(self, claimants=(*self.claimants, *self.kept_free, newcomer), kept_free=())

    @property
    def not_compared(self) -> Sequence[Claimant]:
        """Those whose ports make no conflict, but are not for others: kept free, or only guessed."""
        return (*self.kept_free, *(claimant for claimant in self.claimants if claimant.ports_unknown))

    @property
    def all_known(self) -> bool:
        """Whether every claim and every listener could be told, so that a port may be called free."""
        everyone = (*self.claimants, *self.kept_free)
        return self.hidden is None and not any(claimant.ports_unknown for claimant in everyone)


def hidden_ports(snapshot: Snapshot) -> HiddenPorts | None:
    unreadable = tuple(instance.id for instance in snapshot.instances if instance.config.forbidden)
    reason, places = snapshot.listeners_unseen, snapshot.unseen
    return HiddenPorts(reason, unreadable, places) if reason is not None or unreadable or places else None


def claimant_of(instance: Instance) -> Claimant:
    """Return the instance as a claimant of ports, at the base port that it runs on, else at that of its next start."""
    base = instance.live_port or (instance.base_port.value if instance.base_port else None)
    return Claimant(
        id=instance.id,
        base=base,
        claims=tuple(claim for claim in instance.claims if claim.binding is not Binding.POSSIBLE),
        live=instance.live_port is not None,
        proven_ports=_proven_ports(instance, base),
        broken_overrides=tuple(_broken_overrides(instance.config)),
        ports_unknown=base_is_guess(instance),
        base_file=instance.base_port.file if instance.base_port else None,
    )


def _proven_ports(instance: Instance, base: int | None) -> frozenset[int]:
    """All that it binds always, where this user may not see who holds its port."""
    if base is None or not _holds_unseen(instance):
        return frozenset()
    return frozenset((base, *(claim.start for claim in instance.claims if claim.binding is Binding.ALWAYS)))


def _holds_unseen(instance: Instance) -> bool:
    """Whether the instance runs while this user may not see who holds its port: then the instance itself does."""
    process, socket = instance.signals.process, instance.signals.socket
    proven = process is not None and process.proof is not None
    return proven and socket.bound is True and socket.owner_pid is None


def _broken_overrides(config: ConfigStatus) -> Iterator[BrokenOverride]:
    for path in () if config.valid else dict.fromkeys(issue.path for issue in config.issues):
        role = next((role for start, role in _OVERRIDES.items() if path.startswith(start)), None)
        if role is not None:
            yield BrokenOverride(path, role)


def why_unknown(instance: Instance) -> str | None:
    """Return why it could not be told which ports the instance would take; `None` if it could."""
    if instance.config.forbidden:
        return UNREADABLE
    return "the config is invalid" if base_is_guess(instance) else None


def base_is_guess(instance: Instance) -> bool:
    """Whether the base port is only the default, beside a config that could not be read in full.

    It is not what the gateway takes once the config is mended, unless the gateway runs on it, or its service, `.env` or
    the readable part of the config gives it.
    """
    config, base = instance.config, instance.base_port
    known = instance.live_port is not None or (base is not None and base.source not in UNSTATED)
    return config.exists and not config.valid and not known


def known_claims(instance: Instance) -> tuple[Claim, ...]:
    """Its claims without those that are only a guess, which are shown to nobody as if they were known."""
    if not base_is_guess(instance):
        return instance.claims
    return tuple(claim for claim in instance.claims if not moves_with_base(claim))


def unknown_ports(snapshot: Snapshot) -> dict[str, str]:
    """The ids of the instances whose ports could not be told, each with why."""
    told = ((instance.id, why_unknown(instance)) for instance in snapshot.instances)
    return {name: why for name, why in told if why is not None}


def moves_with_base(claim: Claim) -> bool:
    """Whether a new base port takes this claim along; an explicit override stays where it is."""
    return claim.pinned_by is None or claim.role is Role.GATEWAY


def relocated(claimant: Claimant, base: int) -> Claimant:
    """Move the claimant to another base port: what it ran on its old ports is gone with the restart."""
    offset = base - (claimant.base or 0)
    moved = tuple(_at(claim, claim.start + offset) for claim in derived_claims(claimant))
    pinned = tuple(claim for claim in claimant.claims if not moves_with_base(claim))
    return replace(claimant, base=base, claims=moved + pinned, proven_ports=frozenset())


def derived_claims(claimant: Claimant) -> tuple[Claim, ...]:
    """Return what follows from the base port, at the ports where it would be if there were no limit."""
    held = (claim for claim in claimant.claims if not claim.at_next_start)
    kept = (claim for claim in held if moves_with_base(claim) and claim.needed_start is None)
    return (*kept, *claimant.out_of_range)


def claims_at_next_start(claims: Iterable[Claim]) -> tuple[Claim, ...]:
    """Return the claims that follow from the base port of the next start, and will be bound or may be.

    On demand, as far as others are concerned: until then they can have it.
    """
    coming = (claim for claim in claims if moves_with_base(claim) and claim.binding is not Binding.RESERVED)
    return tuple(claim.model_copy(update={"binding": Binding.ON_DEMAND, "at_next_start": True}) for claim in coming)


def _as_needed(claim: Claim) -> Claim:
    needed = claim.start if claim.needed_start is None else claim.needed_start
    return _at(claim, needed).model_copy(update={"source": Source.DERIVED, "needed_start": None})


def _at(claim: Claim, start: int) -> Claim:
    return claim.model_copy(update={"start": start, "end": claim.end + start - claim.start})
