"""Snapshots for tests: a host with whatever a test needs on it."""

from datetime import UTC, datetime, timedelta

from gateway_core import snapshot as model
from gateway_core.snapshot import Binding, Grade, Role, Source, State

NOW = datetime(2026, 11, 20, 10, 0, 0, tzinfo=UTC)
PROBLEM = model.Problem(where="/proc/net/tcp", message="permission denied")


def claims(base: int) -> tuple[model.Claim, ...]:
    """What a gateway on that base port claims: itself, browser control, and the CDP range."""

    def claim(role: Role, first: int, last: int, binding: Binding, source: Source = Source.DERIVED) -> model.Claim:
        return model.Claim(
            role=role, start=base + first, end=base + last, binding=binding, source=source, address="127.0.0.1"
        )

    return (
        claim(Role.GATEWAY, 0, 0, Binding.ALWAYS, Source.CONFIG),
        claim(Role.BROWSER_CONTROL, 2, 2, Binding.RESERVED),
        claim(Role.CDP, 11, 110, Binding.ON_DEMAND),
    )


def signals(pid: int, age: timedelta = timedelta(hours=3, minutes=2), service: bool = True) -> model.Signals:
    """The signals of a healthy gateway."""
    return model.Signals(
        service=model.ServiceSignal(
            manager="systemd-user",
            name="openclaw-gateway.service",
            active="active",
            enabled=True,
            restarts=0,
            path="/home/me/.config/systemd/user/openclaw-gateway.service",
            main_pid=pid,
        )
        if service
        else None,
        process=model.ProcessSignal(
            pid=pid, started_at=NOW - age, rss_bytes=614 << 20, cpu_percent=0.4, proof=model.Proof.LOCK
        ),
        socket=model.SocketSignal(bound=True, addresses=("127.0.0.1", "::1"), owner_pid=pid),
        http=model.HttpSignal(live=True, ready=True, uptime_s=age.total_seconds(), version="2026.9.6"),
    )


def instance(
    profile: str = "default",
    base: int = 18789,
    state: State = State.RUNNING,
    pid: int | None = None,
    distribution: str = "openclaw",
    **changes: object,
) -> model.Instance:
    """An instance; running ones have all their signals, the others none."""
    running = state in (State.RUNNING, State.DEGRADED)
    pid = pid if pid is not None else base - 7000
    suffix = "" if profile == "default" else f"-{profile}"
    made = model.Instance(
        id=f"{distribution}:{profile}",
        distribution=distribution,
        profile=profile,
        version="2026.9.6",
        state_dir=f"/home/me/.{distribution}{suffix}",
        config_path=f"/home/me/.{distribution}{suffix}/{distribution}.json",
        workspace=f"/home/me/.{distribution}{suffix}/workspace",
        config=model.ConfigStatus(exists=True, valid=True),
        base_port=model.PortValue(value=base, source=Source.CONFIG),
        configured_port=model.PortValue(value=base, source=Source.CONFIG),
        live_port=base if running else None,
        claims=claims(base),
        state=state,
        reason="live and ready" if running else "nothing runs",
        signals=signals(pid) if running else model.Signals(),
        log_file=f"/tmp/{distribution}/{distribution}-{profile}-2026-11-20.log",
        control_url=f"http://127.0.0.1:{base}/",
        command=f"/usr/local/bin/{distribution}",
        found_by=("state-dir", "process") if running else ("state-dir",),
    )
    return made.model_copy(update=changes)


def host(*instances: model.Instance, **changes: object) -> model.Snapshot:
    """A host with these instances, each running one with its listener."""
    listeners = tuple(
        model.Listener(
            port=found.live_port,
            addresses=("127.0.0.1", "::1"),
            pid=found.signals.process.pid,
            process=f"{found.distribution}-gateway",
            command=f"{found.distribution}-gateway",
            instance=found.id,
        )
        for found in instances
        if found.live_port and found.signals.process
    )
    taken = model.Snapshot(taken_at=NOW, host="mini", instances=instances, listeners=listeners)
    return taken.model_copy(update=changes)


def conflict(first: str, second: str, grade: Grade = Grade.POSSIBLE, port: int = 18889) -> model.Conflict:
    """A conflict between two instances."""
    return model.Conflict(
        id="c1",
        grade=grade,
        ports=model.PortRange(start=port, end=port + 10),
        parties=(
            model.InstanceParty(instance=first, role=Role.CDP),
            model.InstanceParty(instance=second, role=Role.GATEWAY),
        ),
        why=f"{second}'s base and relay lie in {first}'s CDP range",
        remedy=f"move {second} to base 19989: 19989–20099 is free",
    )


def sketch() -> model.Snapshot:
    """The host of the design's sketch."""
    return host(
        instance("default", 18789, conflicts=("c1",)),
        instance(
            "rescue",
            19001,
            State.DEGRADED,
            reason="live but not ready: telegram",
            signals=signals(11738, service=False).model_copy(
                update={
                    "http": model.HttpSignal(
                        live=True,
                        ready=False,
                        failing=("telegram",),
                        not_ready="channel telegram is not connected",
                        uptime_s=10920.0,
                    )
                }
            ),
        ),
        instance(
            "cb",
            18889,
            distribution="clawdbot",
            version="2026.1.24",
            signals=signals(15249, timedelta(minutes=12), service=False),
            conflicts=("c1",),
        ),
        instance("dev", 19789, State.STOPPED),
        instance(
            "resuce",
            19001,
            State.INCOMPLETE,
            version=None,
            base_port=None,
            configured_port=None,
            claims=(),
            reason="no config: onboarding was not finished, or the name was mistyped",
            config=model.ConfigStatus(exists=False, valid=False),
        ),
        conflicts=(conflict("openclaw:default", "clawdbot:cb"),),
    )
