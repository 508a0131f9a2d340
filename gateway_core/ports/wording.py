"""Why there is a conflict, in words for people."""

from collections.abc import Iterable, Sequence

from gateway_core.ports.claimants import LAST_PORT, moves_with_base
from gateway_core.ports.conflict_groups import ConflictCause, ConflictGroup
from gateway_core.ports.listeners import Holding
from gateway_core.ports.overlaps import is_pinned_browser_port
from gateway_core.ports.port_line import Wanted
from gateway_core.snapshot import Binding, Claim, Grade, Listener, Role

_ROLE_WORDS = {
    Role.GATEWAY: "base port",
    Role.BRIDGE: "bridge",
    Role.BROWSER_CONTROL: "browser control",
    Role.EXTENSION_RELAY: "extension relay",
    Role.CANVAS: "canvas host",
    Role.CDP: "CDP range",
    Role.MCP_SANDBOX: "MCP sandbox",
}
_MOST_NAMES = 5


def why(contention: ConflictGroup) -> str:
    """A few sentences that name both sides and their ports."""
    untold = [tenant.id for tenant in contention.tenants if tenant.untold]
    if not untold or contention.cause is ConflictCause.BROKEN_OVERRIDE:
        return _cause(contention)
    return f"{_cause(contention)} Which ports {listed(untold)} would take could not be told; this is a guess."


def _cause(contention: ConflictGroup) -> str:
    match contention.cause:
        case ConflictCause.SAME_BASE:
            return _same_base(contention)
        case ConflictCause.NEIGHBOURS:
            return _neighbours(contention)
        case ConflictCause.OUTSIDER:
            return _outsider(contention)
        case _:
            return _limit(contention)


def _same_base(contention: ConflictGroup) -> str:
    names = [tenant.id for tenant in contention.tenants]
    base = next(stake.claim.start for stake in contention.stakes if stake.claim.role is Role.GATEWAY)
    claims = [c for tenant in contention.tenants for c in tenant.claims if not c.at_next_start]
    last = max(c.end for c in claims if moves_with_base(c))
    shared = f"{listed(names)} use the same base port {base}, and with it the ports derived from it, up to {last}"
    if contention.grade is Grade.ACTIVE:
        holders = listed(_process_of(holding) for holding in contention.holdings)
        return f"{shared}; {ports_text(contention.start, contention.end)} is held now by {holders}: no other can start."
    return f"{shared}: whoever starts second fails."


def _neighbours(contention: ConflictGroup) -> str:
    sides, bases = _sides(contention.stakes), _bases(contention)
    if len(sides) > 1 and contention.grade is not Grade.ACTIVE:
        return f"{_meeting(contention, sides)}{bases}.{_seen_now(contention.holdings)}"
    if contention.holdings:
        return f"{_held(contention)}{bases}."
    return f"{_side(contention.stakes)} are one port: the gateway takes it, and the browser cannot."


def _meeting(contention: ConflictGroup, sides: Sequence[Sequence[Wanted]]) -> str:
    one, other = (_side(side) for side in sides)
    ports = ports_text(contention.start, contention.end)
    if contention.grade is Grade.CERTAIN:
        return f"{one} and {other} are the same port: whoever starts second does not get it"
    if contention.grade is Grade.RESERVED:
        return f"{one} and {other} share {ports}, of which one side is documented but not bound in that version"
    inner, outer = sorted(sides, key=_is_range)
    if _is_range(outer) and not _is_range(inner):
        return f"{_side(inner)} {_lie(inner)} in {_side(outer)}"
    return f"{one} and {other} overlap in {ports}" if _is_range(inner) else f"{one} and {other} are the same port"


def _outsider(contention: ConflictGroup) -> str:
    listener = contention.holdings[0].listener
    claimed = listed(_claimed_by(side) for side in _sides(contention.stakes))
    effect = " It cannot start while that is so." if contention.grade is Grade.ACTIVE else ""
    if listener.pid is None:
        return f"Port {listener.port}, which {claimed}, is in use; could not tell who holds it.{effect}"
    return f"{process_name(listener)} listens on port {listener.port}, which {claimed}.{effect}"


def _limit(contention: ConflictGroup) -> str:
    side, verb = _side(contention.stakes), _lie(contention.stakes)
    match contention.cause:
        case ConflictCause.EPHEMERAL:
            return f"{side} {verb} in the kernel's {contention.detail}: an outgoing connection may hold it at a start."
        case ConflictCause.OUT_OF_RANGE:
            return f"{side} would be needed, but {contention.detail}: the gateway takes fixed ports instead."
        case ConflictCause.PRIVILEGED:
            return f"{side} {verb} too low: {contention.detail}."
        case _ if contention.end > LAST_PORT:
            return f"{side} {verb} too high: ports end at {LAST_PORT}."
        case _:
            return f"{contention.detail} of {contention.tenants[0].id} holds no port number; {side} is used."


def _held(contention: ConflictGroup) -> str:
    held = []
    for holding in contention.holdings:
        port = holding.listener.port
        wanted = [stake for stake in contention.stakes if _wanted_from(stake, holding)]
        held.append(f"{_process_of(holding)} listens on port {port}, which {_claimed_by(wanted)}")
    return "; ".join(held)


def _wanted_from(stake: Wanted, holding: Holding) -> bool:
    return stake.claimants != (holding.owner,) and stake.claim.start <= holding.listener.port <= stake.claim.end


def _seen_now(holdings: Sequence[Holding]) -> str:
    if not holdings:
        return ""
    ports: dict[str, list[str]] = {}
    for holding in holdings:
        ports.setdefault(_process_of(holding), []).append(str(holding.listener.port))
    return f" Now: {listed(f'{process} on {listed(held)}' for process, held in ports.items())}."


def _bases(contention: ConflictGroup) -> str:
    """Both base ports, since their distance is what a user can change."""
    bases = [f"{tenant.id} {tenant.base}" for tenant in contention.tenants if tenant.base is not None]
    return f" (bases: {listed(bases)})" if len(bases) > 1 else ""


def _sides(stakes: Iterable[Wanted]) -> list[list[Wanted]]:
    sides: dict[str, list[Wanted]] = {}
    for stake in stakes:
        sides.setdefault(stake.household.label, []).append(stake)
    return list(sides.values())


def _side(stakes: Sequence[Wanted]) -> str:
    claims = listed(_claim(stake.claim) for stake in stakes)
    names = _claimants(stakes)
    return f"{names[0]}'s {claims}" if len(names) == 1 else f"the {claims} of {listed(names)}"


def _claimed_by(stakes: Sequence[Wanted]) -> str:
    names = _claimants(stakes)
    verb = "claims" if len(names) == 1 else "claim"
    return f"{listed(names)} {verb} ({listed(_claim(stake.claim) for stake in stakes)})"


def _claimants(stakes: Sequence[Wanted]) -> list[str]:
    return sorted({tenant.id for stake in stakes for tenant in stake.claimants})


def _claim(claim: Claim) -> str:
    one_browser = claim.role is Role.CDP and is_pinned_browser_port(claim)
    words = "CDP port" if one_browser else _ROLE_WORDS[claim.role]
    pinned = f" ({claim.pinned_by})" if claim.pinned_by else ""
    coming = "next " if claim.at_next_start else ""
    return f"{coming}{words} {ports_text(claim.start, claim.end)}{pinned}"


def _is_range(stakes: Sequence[Wanted]) -> bool:
    return any(stake.claim.binding is not Binding.ALWAYS and stake.claim.start < stake.claim.end for stake in stakes)


def _lie(stakes: Sequence[Wanted]) -> str:
    return "lie" if len(stakes) > 1 else "lies"


def _process_of(holding: Holding) -> str:
    name = process_name(holding.listener)
    return name if holding.owner is None else f"{holding.owner.id}'s {name}"


def process_name(listener: Listener) -> str:
    """`python3 (pid 77)`, or that it could not be told."""
    if listener.pid is None:
        return "a process that could not be told"
    return f"{listener.process or 'a process'} (pid {listener.pid})"


def ports_text(start: int, end: int) -> str:
    """`18789`, or `18800–18899`."""
    return str(start) if start == end else f"{start}–{end}"


def listed(names: Iterable[str]) -> str:
    """`a`, `a and b`, `a, b and c`; the tail of a long list is counted."""
    words = list(dict.fromkeys(names))
    if len(words) > _MOST_NAMES + 1:
        words = [*words[:_MOST_NAMES], f"{len(words) - _MOST_NAMES} more"]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
