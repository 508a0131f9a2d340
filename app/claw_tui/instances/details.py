"""The details of one instance: every value that is known, with its source; and what of it can be copied."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from claw_tui.operations.text import runner_fact
from claw_tui.ports.claim_text import claim_facts
from claw_tui.ports.conflicts import sides
from claw_tui.text.cells import Tone
from claw_tui.text.sections import UNKNOWN, Fact, Piece, Section, fact, sections_of
from claw_tui.text.sheet_contents import Copyable, copyables_of
from claw_tui.text.sources import SOURCE_WORDS
from claw_tui.text.states import GRADE_STYLES, STATE_STYLES, grade_rank
from claw_tui.text.unlisted import elsewhere_line
from claw_tui.text.values import ABSENT, clean, clock_time, count, duration, memory, percent, port_range
from gateway_core.health.wording import spoken_unready
from gateway_core.ports.claimants import base_is_guess
from gateway_core.snapshot import (
    Conflict,
    HttpSignal,
    Instance,
    InstanceParty,
    PortOwner,
    PortValue,
    ProcessParty,
    Proof,
    ServiceSignal,
    Signals,
    Snapshot,
    SocketSignal,
)

_PROOFS = {
    Proof.LOCK: "proven by its lock file",
    Proof.OPEN_FILES: "proven by the files it holds open",
    Proof.SERVICE: "proven by its service manager",
    Proof.LAUNCH: "proven by its launch: claw-tui started it",
    Proof.ENVIRONMENT: "proven by its environment",
    Proof.ARGUMENTS: "known by its arguments",
    Proof.WORKING_PLACE: "told by where it works",
    Proof.SOCKET: "told by its title and the port it owns",
}
_DECIDED = {"port": "port", "state_dir": "state dir", "config_path": "config", "home": "home"}
_ALIVE = ("active", "running")


def sections(snapshot: Snapshot, instance: Instance, now: datetime) -> tuple[Section, ...]:
    """Return all that the detail pane and `show` tell: what matters first; sections without a fact are left out."""
    return sections_of(
        (clean(instance.id), (state_fact(instance), *_identity(instance))),
        ("Conflicts", _conflicts(snapshot, instance)),
        ("Elsewhere", _elsewhere(snapshot, instance)),
        ("Signals", signal_facts(instance, now)),
        ("Ports", (*_base_ports(instance), *claim_facts(snapshot, instance))),
        ("Config", _config(instance)),
        ("Paths", _paths(instance)),
        ("Locks", _locks(instance)),
        ("Services", _services(instance)),
    )


def nothing_chosen(pattern: str, only: str, total: int) -> tuple[Section, ...]:
    """Return the section that stands in the place of details when a filter leaves no row.

    `only` is what is shown at most, in words.
    """
    if not pattern and not only:
        return ()
    among = f" among those shown: {only}" if only else ""
    title = f"Nothing matches {clean(pattern)}{among}" if pattern else f"None is shown: only {only}"
    hint = fact("esc", f"gives up the filter; only {only} stays" if pattern and only else f"shows all {total} again")
    return (Section(title, (hint,)),)


def state_fact(instance: Instance) -> Fact:
    style = STATE_STYLES[instance.state]
    return Fact("state", (Piece(style.text, style.tone), Piece(clean(instance.reason))))


def _identity(instance: Instance) -> Iterator[Fact]:
    profile = f"profile {clean(instance.profile)}" if instance.profile else "no profile: it is in a place of its own"
    yield fact("distribution", clean(instance.distribution), profile)
    yield fact("version", clean(instance.version or ABSENT))
    if instance.found_by:
        yield fact("found by", clean(", ".join(instance.found_by)))
    yield runner_fact(instance)
    if instance.control_url:
        yield fact("control UI", clean(instance.control_url))


def _base_ports(instance: Instance) -> Iterator[Fact]:
    base, configured, live = instance.base_port, instance.configured_port, instance.live_port
    if base is None:
        yield fact("base", ABSENT, "could not be told", Tone.MUTED)
    elif base_is_guess(instance):
        yield fact("base", "?", f"could not be told; {base.value} unless its config says otherwise", Tone.WARNING)
    else:
        yield _port("base", base)
    if configured is not None and configured != base:
        yield _port("configured", configured, Tone.WARNING)
    if live is not None and (base is None or live != base.value):
        yield fact("live", str(live), "what it runs on now", Tone.WARNING)


def _port(label: str, port: PortValue, tone: Tone = Tone.NORMAL) -> Fact:
    where = f": {clean(port.file)}" if port.file else ""
    return fact(label, str(port.value), f"{SOURCE_WORDS[port.source]}{where}", tone)


def _config(instance: Instance) -> Iterator[Fact]:
    config = instance.config
    if not config.exists:
        yield fact("file", "○ not there", tone=Tone.MUTED)
    elif config.valid:
        yield fact("file", "● readable and valid", tone=Tone.GOOD)
    else:
        yield fact("file", "■ not valid", tone=Tone.BAD)
    for issue in config.issues:
        yield fact("issue", clean(issue.path) or "the file", clean(issue.message), Tone.WARNING)


def _paths(instance: Instance) -> Iterator[Fact]:
    paths = (
        ("config", instance.config_path),
        ("state dir", instance.state_dir),
        ("workspace", instance.workspace),
        ("log", instance.log_file),
    )
    for label, path in paths:
        yield fact(label, clean(path) if path else ABSENT, tone=Tone.NORMAL if path else Tone.MUTED)
    if instance.demo:
        yield fact("home", "demo", "it ends with a demo that runs elsewhere; “all” does not mean it", Tone.NOTICE)
    elif not instance.own:
        yield fact("home", clean(instance.home or ABSENT), "not yours, and not registered: “all” does not mean it")
    if instance.account:
        yield fact("account", clean(instance.account), "it runs as this user")
    if instance.command:
        yield fact("command", clean(instance.command))
    else:
        yield fact("command", "not installed, or not on PATH", tone=Tone.MUTED)


def _elsewhere(snapshot: Snapshot, instance: Instance) -> Iterator[Fact]:
    for gateway in snapshot.elsewhere:
        if instance.id in gateway.instances:
            yield fact("used by", elsewhere_line(gateway, but=instance.id), tone=Tone.WARNING)


def _conflicts(snapshot: Snapshot, instance: Instance) -> Iterator[Fact]:
    own = [conflict for conflict in snapshot.conflicts if conflict.id in instance.conflicts]
    for conflict in sorted(own, key=lambda conflict: grade_rank(conflict.grade)):
        yield from conflict_facts(conflict, instance.id)


def conflict_facts(conflict: Conflict, seen_from: str | None = None) -> Iterator[Fact]:
    style = GRADE_STYLES[conflict.grade]
    ports = port_range(conflict.ports.start, conflict.ports.end)
    others = ", ".join(dict.fromkeys(_party_names(conflict, seen_from)))
    opponents = Piece(f"with {others}" if others else "", Tone.MUTED)
    yield Fact(style.text, (Piece(ports, style.tone), opponents), style.tone)
    yield fact("why", clean(conflict.why))
    if conflict.remedy:
        yield fact("remedy", clean(conflict.remedy), tone=Tone.STRONG)


def _party_names(conflict: Conflict, seen_from: str | None) -> Iterator[str]:
    for party in sides(conflict):
        if isinstance(party, InstanceParty):
            if party.instance != seen_from:
                yield f"{clean(party.instance)} ({party.role.value})"
        elif isinstance(party, ProcessParty):
            yield _process_name(party.process)
        else:
            yield clean(party.kernel)


def _process_name(process: PortOwner) -> str:
    who = clean(process.instance or process.name or "a process that you may not see")
    return who if process.pid is None else f"{who} (pid {process.pid})"


def _locks(instance: Instance) -> Iterator[Fact]:
    words = {True: ("○ stale", Tone.MUTED), False: ("● held", Tone.GOOD), None: (UNKNOWN.text, UNKNOWN.tone)}
    for lock in instance.locks:
        word, tone = words[lock.stale] if lock.place is None else (f"● of {clean(lock.place)}", Tone.WARNING)
        yield Fact(f"pid {lock.pid}", (Piece(word, tone), Piece(clean(lock.path), Tone.MUTED)))


def _services(instance: Instance) -> Iterator[Fact]:
    for service in instance.signals.services:
        yield fact(service.manager, clean(service.name), clean(service.path))
        for what, file in service.decided_in.items():
            if file != service.path and what in _DECIDED:
                yield fact(_DECIDED[what], clean(file), "decides it, for this service", Tone.WARNING)
        for file in service.missing_files:
            yield fact("environment file", clean(file), "needed, and not there", Tone.BAD)
    for service in instance.signals.other_services:
        yield service_fact("also defined", service)


def signal_facts(instance: Instance, now: datetime) -> tuple[Fact, ...]:
    """Tell service, process, socket and HTTP: one fact each, whatever they say."""
    signals = instance.signals
    return (
        service_fact("service", signals.service),
        _process(signals, now),
        _socket(signals.socket, signals),
        _http(signals.http),
    )


def service_fact(label: str, service: ServiceSignal | None) -> Fact:
    """Tell one service definition: what its manager says, and which file defines it."""
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
    if service.needs_reload:
        words.append("edited since, needs a daemon-reload")
    if service.result == "start-limit-hit":
        words.append("start limit hit")
    alive = service.active in _ALIVE
    return fact(label, f"{'●' if alive else '○'} {', '.join(words)}", note, Tone.GOOD if alive else Tone.MUTED)


def _process(signals: Signals, now: datetime) -> Fact:
    process = signals.process
    if process is None and signals.process_unseen is not None:
        return Fact("process", (UNKNOWN, Piece(clean(signals.process_unseen), Tone.MUTED)))
    if process is None:
        return fact("process", "○ no gateway process", tone=Tone.MUTED)
    words = [f"pid {process.pid}", f"up {duration(now - process.started_at)}"]
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
        return Fact("socket", (UNKNOWN, Piece("the listeners could not be listed", Tone.MUTED)))
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
        return fact("http", f"◐ live, but {clean(spoken_unready(http))}", details, Tone.WARNING)
    if http.event_loop_degraded:
        return fact("http", "◐ live, but it answers late: its event loop is overloaded", details, Tone.WARNING)
    return fact("http", "● live, ready" if http.ready else "● live", details, Tone.GOOD)


def _http_details(http: HttpSignal) -> list[str]:
    details = [f"version {clean(http.version)}"] if http.version else []
    if http.uptime_s is not None:
        details.append(f"up {duration(timedelta(seconds=http.uptime_s))} by its own account")
    if http.live and http.ready is None:
        details.append("this version has no readiness answer")
    return details


def copyables(instance: Instance) -> tuple[Copyable, ...]:
    """Return all that this instance has, the id first. Never a token: the Control UI's address is without one."""
    process = instance.signals.process
    port = instance.live_port or (instance.base_port.value if instance.base_port else None)
    return copyables_of(
        ("i", "id", instance.id),
        ("p", "port", str(port) if port else None),
        ("d", "pid", str(process.pid) if process else None),
        ("u", "Control UI address", instance.control_url),
        ("c", "config path", instance.config_path),
        ("s", "state dir", instance.state_dir),
        ("w", "workspace", instance.workspace),
        ("l", "log file", instance.log_file),
    )
