"""The reasons for conflicts, in words for people."""

from collections.abc import Iterable, Sequence

from gateway_core.natural_order import natural_key
from gateway_core.ports.claimants import moves_with_base
from gateway_core.ports.claims import LAST_PORT
from gateway_core.ports.conflict_groups import ConflictCause, ConflictGroup, prevented_by
from gateway_core.ports.listeners import Holding
from gateway_core.ports.overlaps import is_pinned_browser_port
from gateway_core.ports.port_line import Wanted
from gateway_core.ports.wording import listed, ports_text, process_name
from gateway_core.snapshot import Binding, Claim, Grade, Role

_ROLE_WORDS = {
    Role.GATEWAY: "base port",
    Role.BRIDGE: "bridge",
    Role.BROWSER_CONTROL: "browser control",
    Role.EXTENSION_RELAY: "extension relay",
    Role.CANVAS: "canvas host",
    Role.CDP: "CDP range",
    Role.MCP_SANDBOX: "MCP sandbox",
    Role.WEBHOOK: "webhook port",
    Role.VOICE: "voice port",
    Role.CHANNEL_HELPER: "channel helper's port",
    Role.TAILNET_ROUTE: "tailnet route at port",
    Role.OTHER: "port",
}


def why(group: ConflictGroup) -> str:
    """A few sentences that name both sides and their ports."""
    match group.cause:
        case ConflictCause.SAME_BASE:
            return _same_base(group)
        case ConflictCause.SAME_ROUTE:
            return _same_route(group)
        case ConflictCause.NEIGHBOURS:
            return _neighbours(group)
        case ConflictCause.OUTSIDER:
            return _outsider(group)
        case _:
            return _limit(group)


def _same_base(group: ConflictGroup) -> str:
    names = [claimant.id for claimant in group.claimants]
    base = next(want.claim.start for want in group.wants if want.claim.role is Role.GATEWAY)
    claims = [c for claimant in group.claimants for c in claimant.claims if not c.at_next_start]
    last = max(c.end for c in claims if moves_with_base(c))
    shared = f"{listed(names)} use the same base port {base}, and with it the ports derived from it, up to {last}"
    if group.grade is Grade.ACTIVE:
        holders = listed(_process_of(holding) for holding in group.holdings)
        return f"{shared}; {ports_text(group.start, group.end)} is held now by {holders}: {_losers(group)} start."
    return f"{shared}: whoever starts second fails."


def _same_route(group: ConflictGroup) -> str:
    names = listed(claimant.id for claimant in group.claimants)
    route = f"port {group.start} of this host's tailnet address lead to it ({group.wants[0].claim.pinned_by})"
    return f"{names} each have {route}: whoever starts last takes it."


def _losers(group: ConflictGroup) -> str:
    """Those that cannot start now; another one may still get the port on an address of its own."""
    holders = {holding.owner.id for holding in group.holdings if holding.owner is not None}
    losers = {*prevented_by(group)} - holders
    others = {claimant.id for claimant in group.claimants} - holders
    return f"{listed(sorted(losers, key=natural_key))} cannot" if losers != others else "no other can"


def _neighbours(group: ConflictGroup) -> str:
    sides, bases = _sides(group.wants), _bases(group)
    if len(sides) > 1 and group.grade is not Grade.ACTIVE:
        return f"{_meeting(group, sides)}{bases}.{_seen_now(group.holdings)}"
    if group.holdings:
        return f"{_held(group)}{bases}."
    browser = any(is_pinned_browser_port(want.claim) for want in group.wants)
    loser = "the gateway takes it, and the browser cannot" if browser else "only one of them gets it"
    return f"{_side(group.wants)} are one port: {loser}."


def _meeting(group: ConflictGroup, sides: Sequence[Sequence[Wanted]]) -> str:
    one, other = (_side(side) for side in sides)
    ports = ports_text(group.start, group.end)
    if group.grade is Grade.CERTAIN:
        return f"{one} and {other} are the same port: whoever starts second does not get it"
    if group.grade is Grade.RESERVED:
        return f"{one} and {other} share {ports}, of which one side is documented but not bound in that version"
    inner, outer = sorted(sides, key=_is_range)
    if _is_range(outer) and not _is_range(inner):
        return f"{_side(inner)} {_lie(inner)} in {_side(outer)}"
    return f"{one} and {other} overlap in {ports}" if _is_range(inner) else f"{one} and {other} are the same port"


def _outsider(group: ConflictGroup) -> str:
    listener = group.holdings[0].listener
    claimed = listed(_claimed_by(side) for side in _sides(group.wants))
    effect = _effect(group) if group.grade is Grade.ACTIVE else ""
    if listener.pid is None:
        return f"Port {listener.port}, which {claimed}, is in use; could not tell who holds it.{effect}"
    return f"{process_name(listener)} listens on port {listener.port}, which {claimed}.{effect}"


def _effect(group: ConflictGroup) -> str:
    """Say what a held port does to those who bind it always."""
    if any(prevented_by(group)):
        return " It cannot start while that is so."
    missing = "address" if any(want.claim.role is Role.GATEWAY for want in group.wants) else "port"
    return f" It starts without that {missing}."


def _limit(group: ConflictGroup) -> str:
    side, verb = _side(group.wants), _lie(group.wants)
    match group.cause:
        case ConflictCause.EPHEMERAL:
            return f"{side} {verb} in the kernel's {group.detail}: an outgoing connection may hold it at a start."
        case ConflictCause.OUT_OF_RANGE:
            return f"{side} would be needed, but {group.detail}: the gateway takes fixed ports instead."
        case ConflictCause.PRIVILEGED:
            return f"{side} {verb} too low: {group.detail}."
        case _ if group.end > LAST_PORT:
            return f"{side} {verb} too high: ports end at {LAST_PORT}."
        case _:
            return f"{group.detail} of {group.claimants[0].id} holds no port number, and no gateway starts with that."


def _held(group: ConflictGroup) -> str:
    held = []
    for holding in group.holdings:
        port = holding.listener.port
        wanted = [want for want in group.wants if _wanted_from(want, holding)]
        held.append(f"{_process_of(holding)} listens on port {port}, which {_claimed_by(wanted)}")
    return "; ".join(held)


def _wanted_from(want: Wanted, holding: Holding) -> bool:
    return want.claimants != (holding.owner,) and want.claim.start <= holding.listener.port <= want.claim.end


def _seen_now(holdings: Sequence[Holding]) -> str:
    if not holdings:
        return ""
    ports: dict[str, list[str]] = {}
    for holding in holdings:
        ports.setdefault(_process_of(holding), []).append(str(holding.listener.port))
    return f" Now: {listed(f'{process} on {listed(held)}' for process, held in ports.items())}."


def _bases(group: ConflictGroup) -> str:
    """Both base ports, since their distance is what a user can change; nothing where that would change nothing."""
    if not any(moves_with_base(want.claim) for want in group.wants):
        return ""
    bases = [f"{claimant.id} {claimant.base}" for claimant in group.claimants if claimant.base is not None]
    return f" (bases: {listed(bases)})" if len(bases) > 1 else ""


def _sides(wants: Iterable[Wanted]) -> list[list[Wanted]]:
    sides: dict[str, list[Wanted]] = {}
    for want in wants:
        sides.setdefault(want.port_group.label, []).append(want)
    return list(sides.values())


def _side(wants: Sequence[Wanted]) -> str:
    claims = listed(_claim(want.claim) for want in wants)
    names = _claimants(wants)
    return f"{names[0]}'s {claims}" if len(names) == 1 else f"the {claims} of {listed(names)}"


def _claimed_by(wants: Sequence[Wanted]) -> str:
    names = _claimants(wants)
    verb = "claims" if len(names) == 1 else "claim"
    return f"{listed(names)} {verb} ({listed(_claim(want.claim) for want in wants)})"


def _claimants(wants: Sequence[Wanted]) -> list[str]:
    return sorted({claimant.id for want in wants for claimant in want.claimants}, key=natural_key)


def _claim(claim: Claim) -> str:
    one_browser = claim.role is Role.CDP and is_pinned_browser_port(claim)
    words = "CDP port" if one_browser else _ROLE_WORDS[claim.role]
    pinned = f" ({claim.pinned_by})" if claim.pinned_by else ""
    coming = "next " if claim.at_next_start else ""
    return f"{coming}{words} {ports_text(claim.start, claim.end)}{pinned}"


def _is_range(wants: Sequence[Wanted]) -> bool:
    return any(want.claim.binding is not Binding.ALWAYS and want.claim.start < want.claim.end for want in wants)


def _lie(wants: Sequence[Wanted]) -> str:
    return "lie" if len(wants) > 1 else "lies"


def _process_of(holding: Holding) -> str:
    name = process_name(holding.listener)
    return name if holding.owner is None else f"{holding.owner.id}'s {name}"
