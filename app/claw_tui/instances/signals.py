"""The four witnesses of life, in plain words."""

from datetime import datetime, timedelta

from claw_tui.text.cells import Tone
from claw_tui.text.sections import (
    UNTOLD,
    Fact,
    Piece,
    fact,
)
from claw_tui.text.values import (
    clean,
    clock_time,
    count,
    duration,
    memory,
    percent,
    uptime,
)
from gateway_core.snapshot import HttpSignal, Instance, Proof, ServiceSignal, Signals, SocketSignal

_PROOFS = {
    Proof.LOCK: "proven by its lock file",
    Proof.OPEN_FILES: "proven by the files it holds open",
    Proof.SERVICE: "proven by its service manager",
    Proof.ENVIRONMENT: "proven by its environment",
    Proof.ARGUMENTS: "known by its arguments",
    Proof.SOCKET: "told by its title and the port it owns",
}
_ALIVE = ("active", "running")


def signal_facts(instance: Instance, now: datetime) -> tuple[Fact, ...]:
    """Service, process, socket and HTTP: one fact each, whatever they say."""
    signals = instance.signals
    return (
        service_fact("service", signals.service),
        _process(signals, now),
        _socket(signals.socket, signals),
        _http(signals.http),
    )


def service_fact(label: str, service: ServiceSignal | None) -> Fact:
    """One service definition: what its manager says, and which file defines it."""
    if service is None:
        return fact(label, "○ no service definition", tone=Tone.MUTED)
    note = f"{clean(service.manager)} {clean(service.name)}"
    if service.active is None:
        return fact(label, "? the service manager did not answer", note, Tone.WARNING)
    words = [clean(service.active)]
    if service.enabled is not None:
        words.append("enabled" if service.enabled else "not enabled")
    if service.restarts:
        words.append(count(service.restarts, "restart"))
    if service.port is not None:
        words.append(f"port {service.port}")
    alive = service.active in _ALIVE
    return fact(label, f"{'●' if alive else '○'} {', '.join(words)}", note, Tone.GOOD if alive else Tone.MUTED)


def _process(signals: Signals, now: datetime) -> Fact:
    process = signals.process
    if process is None and signals.process_unseen is not None:
        return Fact("process", (UNTOLD, Piece(clean(signals.process_unseen), Tone.MUTED)))
    if process is None:
        return fact("process", "○ no gateway process", tone=Tone.MUTED)
    words = [f"pid {process.pid}", f"up {uptime(process.started_at, now)}"]
    if process.cpu_percent is not None:
        words.append(f"CPU {percent(process.cpu_percent)}")
    if process.rss_bytes is not None:
        words.append(memory(process.rss_bytes))
    since = f"since {clock_time(process.started_at)}"
    if process.proof is None:
        return fact("process", f"? {', '.join(words)}", f"not proven to be this instance, {since}", Tone.WARNING)
    return fact("process", f"● {', '.join(words)}", f"{_PROOFS[process.proof]}, {since}", Tone.GOOD)


def _socket(socket: SocketSignal, signals: Signals) -> Fact:
    if socket.bound is None:
        return Fact("socket", (UNTOLD, Piece("the listeners could not be listed", Tone.MUTED)))
    if not socket.bound:
        return fact("socket", "○ port not bound", tone=Tone.MUTED)
    where = f"bound on {clean(', '.join(socket.addresses))}" if socket.addresses else "bound"
    if socket.owner_pid is None:
        return fact("socket", f"? {where}", "its owner is not visible to you", Tone.WARNING)
    if signals.process_unseen is not None:
        doubt = f"by pid {socket.owner_pid}; whether that is this gateway could not be told"
        return fact("socket", f"? {where}", doubt, Tone.WARNING)
    own = signals.process is not None and signals.process.pid == socket.owner_pid
    if own:
        return fact("socket", f"● {where}", "by its own process", Tone.GOOD)
    return fact("socket", f"▲ {where}", f"by pid {socket.owner_pid}, which is not this gateway", Tone.BAD)


def _http(http: HttpSignal | None) -> Fact:
    if http is None:
        return fact("http", "○ not asked", tone=Tone.MUTED)
    details = ", ".join(_http_details(http))
    if http.draining:
        return fact("http", "◕ draining", details, Tone.NOTICE)
    if not http.live:
        return fact("http", "○ no answer", clean(http.error or details), Tone.WARNING)
    if http.ready is False:
        failing = clean(", ".join(http.failing)) or "it does not say why"
        return fact("http", f"◐ live, not ready: {failing}", details, Tone.WARNING)
    if http.event_loop_degraded:
        return fact("http", "◐ live, event loop degraded", details, Tone.WARNING)
    return fact("http", "● live, ready" if http.ready else "● live", details, Tone.GOOD)


def _http_details(http: HttpSignal) -> list[str]:
    details = [f"version {clean(http.version)}"] if http.version else []
    if http.uptime_s is not None:
        details.append(f"up {duration(timedelta(seconds=http.uptime_s))} by its own account")
    if http.live and http.ready is None:
        details.append("this version has no readiness answer")
    return details
