"""Whether a gateway can be reached from outside this machine, and by whom."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address

from gateway_core.audit.context import AuditContext, Subject
from gateway_core.audit.model import (
    Finding,
    failed,
    passed,
    untold,
    warned,
)
from gateway_core.ports.claims import bind_address

_OPEN_MODES = ("none",)


def bind(scene: AuditContext) -> Iterator[Finding]:
    """A gateway that other machines can reach asks for a token or a password."""
    for subject in scene.subjects:
        config = subject.discovered.config
        if not config.exists:
            continue
        openings = _openings(subject)
        if not openings and not config.valid:
            yield untold(subject.id, "its config cannot be read, and it does not run", "mend the config")
        elif not openings and _listens_unseen(subject):
            evidence = "its config says loopback only; where it really listens could not be seen"
            yield untold(subject.id, evidence, "audit again with the rights to see the listeners")
        elif not openings:
            yield passed(subject.id, "loopback only")
        else:
            yield _judged(subject, ", ".join(openings))


def _openings(subject: Subject) -> list[str]:
    """Every way in from outside, as configured and as it is now."""
    settings = subject.settings
    found = []
    if not _is_loopback(bind_address(settings)):
        found.append(f"gateway.bind is {settings.bind}")
    outer = [address for address in subject.instance.signals.socket.addresses if not _is_loopback(address)]
    if outer and subject.instance.live_port is not None:
        found.append(f"it listens on {', '.join(outer)}")
    if settings.tailscale_mode in ("serve", "funnel"):
        found.append(f"gateway.tailscale.mode is {settings.tailscale_mode}")
    return found


def _listens_unseen(subject: Subject) -> bool:
    """It runs, and the listeners of this host could not be listed."""
    signals = subject.instance.signals
    return signals.process is not None and signals.socket.bound is None


def _judged(subject: Subject, how: str) -> Finding:
    settings, mode = subject.settings, subject.settings.auth_mode
    remedy = "set gateway.bind to loopback, or gateway.auth.mode to token with a token of its own"
    if mode in _OPEN_MODES:
        return failed(subject.id, f"{how}, and gateway.auth.mode is {mode}", remedy)
    if mode == "trusted-proxy":
        evidence = f"{how}, and a proxy in front of it is trusted to know its users"
        return warned(subject.id, evidence, "make sure that nothing but the proxy can reach the port")
    if settings.auth_secret:
        return passed(subject.id, f"{how}; clients need the {mode or 'token or password'}")
    if any(service.holds_token for service in subject.services):
        evidence = f"{how}; the config has no token, but there is a secret in its service that may be one"
        return untold(subject.id, evidence, "set gateway.auth.token in the config, where it can be seen")
    return failed(subject.id, f"{how}, and no token or password is configured", remedy)


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address.partition("%")[0]).is_loopback
    except ValueError:
        return False
