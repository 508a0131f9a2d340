"""The truth table: service × process × socket × HTTP → one state and one line that says why."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TypedDict, Unpack

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway_core.health.facts import InstanceFacts
from gateway_core.health.obstacles import start_obstacle
from gateway_core.health.state import LIVE_STATES, conclude
from gateway_core.snapshot import (
    ConfigIssue,
    ConfigStatus,
    HttpSignal,
    Listener,
    LockStatus,
    ProcessSignal,
    Proof,
    ServiceSignal,
    Signals,
    SocketSignal,
    State,
)

PORT = 18789
PID = 7
STARTED = datetime(2026, 11, 20, tzinfo=UTC)

READY = HttpSignal(live=True, ready=True, answered=True)
EARLY = HttpSignal(live=True, ready=None, answered=True)
BROKEN = HttpSignal(live=True, ready=False, not_ready="channel discord is not connected", answered=True)
HELPERS = "its channels and helpers are still starting"
SILENCE = "does not answer as OpenClaw: no answer within 2.0 s"
WAITING = "waiting for an answer: pid 7 started 12s ago"
SIDECARS = HttpSignal(
    live=True, ready=False, failing=("startup-sidecars",), not_ready=HELPERS, starting=True, answered=True
)
BUSY = HttpSignal(live=True, ready=True, event_loop_degraded=True, answered=True)
DRAINING = HttpSignal(live=True, ready=False, failing=("gateway-draining",), draining=True, answered=True)
SILENT = HttpSignal(live=False, ready=None, error="no answer within 2.0 s")
NO_PAGE = HttpSignal(live=False, ready=None, answered=True, error="answered 404")

BOUND = SocketSignal(bound=True, addresses=("127.0.0.1", "::1"), owner_pid=PID)
UNSEEN_OWNER = SocketSignal(bound=True, addresses=("127.0.0.1",))
OTHERS = SocketSignal(bound=True, addresses=("127.0.0.1",), owner_pid=77)
STRANGER = Listener(
    port=PORT, addresses=("127.0.0.1",), pid=77, process="python3", command="python3 -m http.server", instance=None
)
HAZARD = "port 18846 is held by python3 (pid 77), and omniclaw ends it"
VALID = ConfigStatus(exists=True, valid=True)
INVALID = ConfigStatus(exists=True, valid=False, issues=(ConfigIssue(path="gateway.port", message="is not a port."),))
MISSING = ConfigStatus(exists=False, valid=False)
FORBIDDEN = ConfigStatus(exists=True, valid=False, forbidden=True)

DOWN = InstanceFacts(
    title="OpenClaw",
    command="openclaw",
    command_installed=True,
    start_budget_s=60,
    config=VALID,
    gateway_mode="local",
    state_dir_exists=True,
    base_port=PORT,
)


def service(
    active: str | None, *, main_pid: int | None = None, restarts: int | None = 0, unseen: str | None = None
) -> ServiceSignal:
    return ServiceSignal(
        manager="systemd-user",
        name="openclaw-gateway.service",
        active=active,
        enabled=True,
        restarts=restarts,
        path="/u",
        main_pid=main_pid,
        unseen=unseen,
    )


class Changes(TypedDict, total=False):
    """Other facts than those of a gateway on disk that does not run."""

    command_installed: bool
    config: ConfigStatus
    gateway_mode: str | None
    state_dir_exists: bool
    base_port: int | None
    live_port: int | None
    locks: tuple[LockStatus, ...]
    holder: Listener | None
    challenged: bool | None
    port_lost_s: float | None
    recent_restarts: int
    conflict: str | None
    hazard: str | None
    processes_unseen: str | None
    sockets_unseen: str | None


def down(
    *,
    service: ServiceSignal | None = None,
    socket: SocketSignal | None = None,
    http: HttpSignal | None = None,
    **changes: Unpack[Changes],
) -> InstanceFacts:
    signals = Signals(service=service, socket=socket or SocketSignal(bound=False), http=http)
    return replace(DOWN, signals=signals, **changes)


def up(
    http: HttpSignal | None = None,
    *,
    age: float | None = 300,
    proof: Proof | None = Proof.LOCK,
    socket: SocketSignal = BOUND,
    service: ServiceSignal | None = None,
    others: tuple[ServiceSignal, ...] = (),
    **changes: Unpack[Changes],
) -> InstanceFacts:
    process = ProcessSignal(pid=PID, started_at=STARTED, rss_bytes=1, cpu_percent=None, proof=proof)
    signals = Signals(service=service, process=process, socket=socket, http=http, other_services=others)
    own = socket.owner_pid == PID
    facts = replace(
        DOWN, signals=signals, live_port=PORT if own else None, http_asked=http is not None, process_age_s=age
    )
    return replace(facts, **changes)


FREE = SocketSignal(bound=False)
BOUND_UNKNOWN = SocketSignal(bound=None)
LOOPING = service("activating", restarts=43175)
SYSTEM_LOOPING = LOOPING.model_copy(update={"manager": "systemd-system"})

TABLE = [
    # It serves.
    (up(READY), State.RUNNING, "ready on port 18789"),
    (up(EARLY), State.RUNNING, "ready on port 18789"),
    (up(READY, age=3), State.RUNNING, "ready on port 18789"),
    (up(READY, socket=UNSEEN_OWNER, proof=Proof.SERVICE), State.RUNNING, "ready on port 18789"),
    (up(READY, service=service("active", main_pid=PID, restarts=7)), State.RUNNING, "ready on port 18789"),
    (up(READY, live_port=19001), State.RUNNING, "ready on port 19001"),
    (up(READY, live_port=19001, holder=STRANGER), State.RUNNING, "ready on port 19001"),
    (up(NO_PAGE, challenged=True), State.RUNNING, "answers as a gateway, without a Control UI, on port 18789"),
    (
        up(READY, service=service("active", main_pid=PID), others=(SYSTEM_LOOPING,)),
        State.RUNNING,
        "ready on port 18789; beside it openclaw-gateway.service (systemd-system) keeps restarting (43175 restarts)",
    ),
    (up(BROKEN), State.DEGRADED, "live on port 18789, but channel discord is not connected"),
    (up(BROKEN, age=3), State.DEGRADED, "live on port 18789, but channel discord is not connected"),
    (up(SIDECARS, age=90), State.DEGRADED, f"live on port 18789, but {HELPERS}"),
    (up(BUSY), State.DEGRADED, "answers on port 18789, but late: its event loop is overloaded"),
    # It comes up.
    (up(SIDECARS, age=5), State.STARTING, f"answers on port 18789; {HELPERS}"),
    (up(age=12, socket=FREE), State.STARTING, f"{WAITING}; port 18789 is not bound yet"),
    (up(age=12), State.STARTING, f"{WAITING} and holds port 18789; it has not been asked yet"),
    (up(SILENT, age=12), State.STARTING, f"{WAITING} and holds port 18789; {SILENCE}"),
    (
        down(service=service("activating")),
        State.STARTING,
        "openclaw-gateway.service (systemd-user) is about to start it",
    ),
    # It goes down.
    (up(DRAINING), State.STOPPING, "pid 7 finishes its work before it ends"),
    (
        up(READY, service=service("deactivating", main_pid=PID)),
        State.STOPPING,
        "openclaw-gateway.service (systemd-user) is stopping pid 7",
    ),
    (up(socket=FREE, port_lost_s=0.4), State.STOPPING, "pid 7 has closed port 18789 and is ending"),
    (
        down(service=service("deactivating")),
        State.STOPPING,
        "openclaw-gateway.service (systemd-user) is stopping it",
    ),
    # It hangs.
    (up(socket=FREE, age=80), State.WEDGED, "pid 7 has been up for 1m 20s, but port 18789 is not bound"),
    (
        up(socket=FREE, age=80, port_lost_s=11),
        State.WEDGED,
        "pid 7 has been up for 1m 20s, but port 18789 is not bound",
    ),
    (
        up(SILENT, age=80),
        State.WEDGED,
        "pid 7 has been up for 1m 20s and holds port 18789, but does not answer as OpenClaw: no answer within 2.0 s",
    ),
    (
        up(NO_PAGE, age=80),
        State.WEDGED,
        "pid 7 has been up for 1m 20s and holds port 18789, but does not answer as OpenClaw: answered 404",
    ),
    # Somebody else is there.
    (down(socket=OTHERS, holder=STRANGER), State.FOREIGN, "port 18789 is held by python3 (pid 77)"),
    (
        down(socket=OTHERS, holder=STRANGER.model_copy(update={"instance": "openclaw:main"})),
        State.FOREIGN,
        "port 18789 is held by openclaw:main (pid 77)",
    ),
    (
        up(socket=OTHERS, holder=STRANGER, age=2),
        State.FOREIGN,
        "port 18789 is held by python3 (pid 77); pid 7 runs without it",
    ),
    # Again and again.
    (
        down(service=LOOPING),
        State.CRASH_LOOPING,
        "openclaw-gateway.service (systemd-user) keeps restarting it: 43175 restarts",
    ),
    (
        down(service=service("activating", restarts=2), recent_restarts=2),
        State.CRASH_LOOPING,
        "openclaw-gateway.service (systemd-user) keeps restarting it: 2 restarts",
    ),
    (
        down(service=service("failed", restarts=5)),
        State.CRASH_LOOPING,
        "openclaw-gateway.service (systemd-user) gave up after 5 restarts",
    ),
    (
        up(age=2, socket=FREE, service=service("active", main_pid=PID, restarts=43175)),
        State.CRASH_LOOPING,
        "openclaw-gateway.service (systemd-user) keeps restarting it: 43175 restarts",
    ),
    (
        up(READY, age=2, service=service("active", main_pid=PID, restarts=9), recent_restarts=4),
        State.CRASH_LOOPING,
        "openclaw-gateway.service (systemd-user) keeps restarting it: 9 restarts",
    ),
    # Nothing runs.
    (down(), State.STOPPED, "ready to start on port 18789"),
    (down(service=service("inactive", restarts=9)), State.STOPPED, "ready to start on port 18789"),
    (down(service=service(None)), State.STOPPED, "ready to start on port 18789"),  # there is no such manager
    (
        down(service=service(None, unseen="systemctl did not answer")),
        State.UNKNOWN,
        "whether openclaw-gateway.service (systemd-user) runs it could not be told: systemctl did not answer",
    ),
    (
        down(service=service("failed")),
        State.STOPPED,
        "ready to start on port 18789; the last run of openclaw-gateway.service (systemd-user) failed",
    ),
    (down(locks=(LockStatus(path="/l", pid=9, stale=True),)), State.STOPPED, "ready to start on port 18789"),
    (
        down(config=FORBIDDEN, holder=STRANGER),
        State.UNKNOWN,
        "this user may not read its config: its ports and whether it could start cannot be told",
    ),
    # A start would fail.
    (down(config=INVALID), State.BLOCKED, "its config is invalid: gateway.port: is not a port"),
    (down(config=INVALID, holder=STRANGER), State.BLOCKED, "its config is invalid: gateway.port: is not a port"),
    (down(config=MISSING, state_dir_exists=False), State.BLOCKED, "its config does not exist"),
    (down(gateway_mode=None), State.BLOCKED, "gateway.mode is not set: the gateway starts only with “local”"),
    (down(gateway_mode="remote"), State.BLOCKED, "gateway.mode is “remote”: the gateway starts only with “local”"),
    (
        down(gateway_mode="remote", socket=OTHERS, holder=STRANGER),
        State.BLOCKED,
        "gateway.mode is “remote”: the gateway starts only with “local”",
    ),
    (down(command_installed=False), State.BLOCKED, "the command openclaw is not installed"),
    (down(command_installed=False, service=service("inactive")), State.STOPPED, "ready to start on port 18789"),
    (down(base_port=None), State.BLOCKED, "no usable base port is configured"),
    (down(hazard=HAZARD), State.BLOCKED, HAZARD),
    (down(hazard=HAZARD, conflict="another"), State.BLOCKED, HAZARD),
    (up(READY, hazard=HAZARD), State.RUNNING, "ready on port 18789"),
    (down(conflict="port 18789 is openclaw:main's"), State.BLOCKED, "port 18789 is openclaw:main's"),
    # Not even a config.
    (
        down(config=MISSING),
        State.INCOMPLETE,
        "its state dir has no config: onboarding was not finished, or the directory is junk",
    ),
    (
        down(config=MISSING, holder=STRANGER, socket=OTHERS),
        State.INCOMPLETE,
        "its state dir has no config: onboarding was not finished, or the directory is junk",
    ),
    # It could not be told.
    (up(READY, proof=None), State.UNKNOWN, "nothing proves that pid 7 belongs to this instance"),
    (up(age=80), State.UNKNOWN, "pid 7 holds port 18789; it has not been asked yet"),
    (up(SILENT, age=None), State.UNKNOWN, "pid 7 does not answer, and when it started could not be seen"),
    (up(READY, socket=FREE), State.UNKNOWN, "port 18789 answers, although no listener was found there"),
    (
        up(socket=BOUND_UNKNOWN, sockets_unseen="no permission"),
        State.UNKNOWN,
        "pid 7 runs, but the listeners could not be seen: no permission",
    ),
    (down(processes_unseen="no /proc"), State.UNKNOWN, "the processes could not be seen: no /proc"),
    (
        down(socket=BOUND_UNKNOWN, sockets_unseen="no /proc"),
        State.UNKNOWN,
        "whether port 18789 is free could not be seen: no /proc",
    ),
    (
        down(socket=UNSEEN_OWNER),
        State.UNKNOWN,
        "port 18789 is held by a process that this user may not see",
    ),
    (
        down(socket=UNSEEN_OWNER, http=READY),
        State.UNKNOWN,
        "port 18789 is held by a process that this user may not see; OpenClaw answers there",
    ),
    (
        down(service=service("active", main_pid=9)),
        State.UNKNOWN,
        "openclaw-gateway.service (systemd-user) is up as pid 9; its gateway was not found",
    ),
    (
        down(locks=(LockStatus(path="/l", pid=9, stale=None),)),
        State.UNKNOWN,
        "a lock names pid 9, which could not be told apart from a later one",
    ),
    (
        down(locks=(LockStatus(path="/l", pid=9, stale=False),)),
        State.UNKNOWN,
        "a lock names pid 9, which lives but could not be looked at",
    ),
]


@pytest.mark.parametrize(("facts", "state", "reason"), TABLE, ids=[f"{row[1]}: {row[2][:60]}" for row in TABLE])
def test_the_truth_table(facts: InstanceFacts, state: State, reason: str) -> None:
    assert conclude(facts) == (state, reason)


def test_every_state_is_in_the_table() -> None:
    assert {state for _, state, _ in TABLE} == set(State)


services = st.builds(
    service,
    st.sampled_from(["active", "activating", "deactivating", "failed", "inactive", None]),
    main_pid=st.sampled_from([None, PID, 9]),
    restarts=st.sampled_from([None, 0, 1, 5, 43175]),
)
processes = st.builds(
    ProcessSignal,
    pid=st.just(PID),
    started_at=st.just(STARTED),
    rss_bytes=st.none(),
    cpu_percent=st.none(),
    proof=st.sampled_from([None, *Proof]),
)
signals = st.builds(
    Signals,
    service=st.none() | services,
    process=st.none() | processes,
    socket=st.sampled_from([FREE, BOUND_UNKNOWN, BOUND, UNSEEN_OWNER, OTHERS]),
    http=st.sampled_from([None, READY, EARLY, BROKEN, SIDECARS, BUSY, DRAINING, SILENT, NO_PAGE]),
    other_services=st.just(()) | st.tuples(services),
)
locks = st.builds(LockStatus, path=st.just("/l"), pid=st.just(9), stale=st.sampled_from([True, False, None]))
everything = st.builds(
    InstanceFacts,
    title=st.just("OpenClaw"),
    command=st.just("openclaw"),
    command_installed=st.booleans(),
    start_budget_s=st.just(60.0),
    config=st.sampled_from([VALID, INVALID, MISSING, FORBIDDEN]),
    gateway_mode=st.sampled_from([None, "local", "remote"]),
    state_dir_exists=st.booleans(),
    base_port=st.sampled_from([None, PORT]),
    live_port=st.sampled_from([None, PORT, 19001]),
    signals=signals,
    process_age_s=st.sampled_from([None, 0.0, 59.0, 61.0, 1e6]),
    locks=st.just(()) | st.tuples(locks),
    holder=st.sampled_from([None, STRANGER]),
    http_asked=st.booleans(),
    challenged=st.sampled_from([None, True, False]),
    port_lost_s=st.sampled_from([None, 0.1, 100.0]),
    recent_restarts=st.integers(0, 4),
    hazard=st.sampled_from([None, HAZARD]),
    conflict=st.sampled_from([None, "a conflict"]),
    processes_unseen=st.sampled_from([None, "no permission"]),
    sockets_unseen=st.sampled_from([None, "no permission"]),
)


whatever_was_seen = settings(max_examples=600)


@whatever_was_seen
@given(everything)
def test_the_reason_is_one_line_without_gaps(facts: InstanceFacts) -> None:
    _, reason = conclude(facts)
    assert reason == reason.strip() != ""
    assert "\n" not in reason
    assert "None" not in reason


@whatever_was_seen
@given(everything)
def test_a_living_process_is_never_called_down(facts: InstanceFacts) -> None:
    state, _ = conclude(facts)
    if facts.signals.process is not None:
        assert state not in {State.STOPPED, State.BLOCKED, State.INCOMPLETE}
        assert facts.signals.process.proof is not None or state is State.UNKNOWN


@whatever_was_seen
@given(everything)
def test_nothing_is_live_without_proof_port_and_answer(facts: InstanceFacts) -> None:
    state, _ = conclude(facts)
    process, http, socket = facts.signals.process, facts.signals.http, facts.signals.socket
    if state in LIVE_STATES:
        assert process is not None
        assert process.proof is not None
        assert http is not None
        assert http.answered
        assert facts.live_port is not None or (socket.bound and facts.holder is None)
        assert state is not State.RUNNING or (http.ready is not False and not http.event_loop_degraded)


@whatever_was_seen
@given(everything)
def test_what_could_not_be_seen_is_not_made_up(facts: InstanceFacts) -> None:
    state, _ = conclude(facts)
    socket = facts.signals.socket
    if facts.processes_unseen and facts.signals.process is None:
        assert state is State.UNKNOWN
    if facts.sockets_unseen:
        assert state not in {State.STOPPED, State.RUNNING, State.WEDGED, State.FOREIGN}
    if socket.bound and socket.owner_pid is None and facts.holder is None:
        assert state not in {State.STOPPED, State.FOREIGN}


@whatever_was_seen
@given(everything)
def test_every_alarm_and_every_all_clear_has_its_ground(facts: InstanceFacts) -> None:
    state, _ = conclude(facts)
    if state is State.WEDGED:
        assert (facts.process_age_s or 0) >= facts.start_budget_s
    if state is State.FOREIGN:
        assert facts.holder is not None or facts.signals.socket.owner_pid is not None
    if state is State.CRASH_LOOPING:
        assert facts.services
    if state is State.STOPPED:
        assert start_obstacle(facts) is None
        assert all(lock.stale for lock in facts.locks)
