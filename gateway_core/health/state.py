"""From the four signals to one state and one line that says why. Pure: the same facts give the same verdict.

The truth table is two lists of small rules, one for instances whose gateway process was found and one for the others.
They are tried in order, so that each rule may rely on all rules above it in its list having passed; the last of each
list always has an answer.
"""

from __future__ import annotations

from collections.abc import Callable

from gateway_core.health.facts import InstanceFacts
from gateway_core.health.obstacles import config_obstacle, start_obstacle
from gateway_core.health.restarts import MANY_RESTARTS, SEVERAL_RESTARTS, is_looping
from gateway_core.health.wording import (
    spoken_duration,
    spoken_holder,
    spoken_port,
    spoken_restarts,
    spoken_service,
)
from gateway_core.snapshot import HttpSignal, ProcessSignal, State

LIVE_STATES = frozenset({State.RUNNING, State.DEGRADED})
"""The states of an instance whose identity is proven and that answers."""
STOP_GRACE_S = 10.0
"""A gateway that gave up its port so recently is ending, not wedged."""

Verdict = tuple[State, str]


def conclude(facts: InstanceFacts) -> Verdict:
    """Return the state of an instance and a one-line reason for people."""
    process = facts.signals.process
    if process is None:
        verdicts = (rule(facts) for rule in _WITHOUT_PROCESS)
    else:
        verdicts = (rule(facts, process) for rule in _WITH_PROCESS)
    return next(verdict for verdict in verdicts if verdict is not None)


def _unproven(_facts: InstanceFacts, process: ProcessSignal) -> Verdict | None:
    if process.proof is not None:
        return None
    return (State.UNKNOWN, f"nothing proves that pid {process.pid} belongs to this instance")


def _stopped_by_service(facts: InstanceFacts, process: ProcessSignal) -> Verdict | None:
    for service in facts.services:
        if service.active == "deactivating" and service.main_pid in (None, process.pid):
            return (State.STOPPING, f"{spoken_service(service)} is stopping pid {process.pid}")
    return None


def _draining(facts: InstanceFacts, process: ProcessSignal) -> Verdict | None:
    http = facts.signals.http
    if http is None or not http.draining or facts.holder is not None:
        return None
    return (State.STOPPING, f"pid {process.pid} finishes its work before it ends")


def _restarted_again_and_again(facts: InstanceFacts, process: ProcessSignal) -> Verdict | None:
    service = facts.signals.service
    if service is None or service.main_pid != process.pid:
        return None
    many = (service.restarts or 0) >= MANY_RESTARTS
    unsettled = many and _is_young(facts) and not _is_alive(facts)
    if unsettled or facts.recent_restarts > SEVERAL_RESTARTS:
        return (State.CRASH_LOOPING, f"{spoken_service(service)} keeps restarting it: {spoken_restarts(service)}")
    return None


def _sockets_unseen(facts: InstanceFacts, process: ProcessSignal) -> Verdict | None:
    if facts.sockets_unseen is None:
        return None
    return (State.UNKNOWN, f"pid {process.pid} runs, but the listeners could not be seen: {facts.sockets_unseen}")


def _serving(facts: InstanceFacts, process: ProcessSignal) -> Verdict | None:
    http = facts.signals.http
    if http is None or not _holds_port(facts, process) or not _is_alive(facts):
        return None
    if http.ready is False:
        return _not_ready(facts, http)
    if http.event_loop_degraded:
        return (State.DEGRADED, f"answers on {spoken_port(facts)}, but its event loop is overloaded")
    ready = "ready" if http.live else "answers as a gateway, without a Control UI,"
    return (State.RUNNING, f"{ready} on {spoken_port(facts)}{_beside(facts, process)}")


def _not_ready(facts: InstanceFacts, http: HttpSignal) -> Verdict:
    failing = ", ".join(http.failing) or "it does not say why"
    if http.starting and _is_young(facts):
        return (State.STARTING, f"answers on {spoken_port(facts)}, still starting: {failing}")
    return (State.DEGRADED, f"live on {spoken_port(facts)}, but not ready: {failing}")


def _port_taken(facts: InstanceFacts, process: ProcessSignal) -> Verdict | None:
    if facts.holder is None or facts.live_port is not None:
        return None
    return (State.FOREIGN, f"{spoken_holder(facts.holder)}; pid {process.pid} runs without it")


def _closing(facts: InstanceFacts, process: ProcessSignal) -> Verdict | None:
    if _holds_port(facts, process) or facts.port_lost_s is None or facts.port_lost_s > STOP_GRACE_S:
        return None
    return (State.STOPPING, f"pid {process.pid} has closed {spoken_port(facts)} and is ending")


def _young(facts: InstanceFacts, process: ProcessSignal) -> Verdict | None:
    if not _is_young(facts) or facts.process_age_s is None:
        return None
    age = spoken_duration(facts.process_age_s)
    since = f"pid {process.pid} started {age} ago"
    if not _holds_port(facts, process):
        return (State.STARTING, f"{since}; {spoken_port(facts)} is not bound yet")
    return (State.STARTING, f"{since} and holds {spoken_port(facts)}; {_missing_answer(facts)}")


def _not_asked_yet(facts: InstanceFacts, process: ProcessSignal) -> Verdict | None:
    if facts.http_asked or not _holds_port(facts, process):
        return None
    return (State.UNKNOWN, f"pid {process.pid} holds {spoken_port(facts)}; it has not been asked yet")


def _contradicting(facts: InstanceFacts, process: ProcessSignal) -> Verdict | None:
    if _holds_port(facts, process) or not _is_alive(facts):
        return None
    return (State.UNKNOWN, f"{spoken_port(facts)} answers, although no listener was found there")


def _age_unknown(facts: InstanceFacts, process: ProcessSignal) -> Verdict | None:
    if facts.process_age_s is not None:
        return None
    return (State.UNKNOWN, f"pid {process.pid} does not answer, and when it started could not be seen")


def _wedged(facts: InstanceFacts, process: ProcessSignal) -> Verdict:
    age = spoken_duration(facts.process_age_s or 0)
    lives = f"pid {process.pid} has been up for {age}"
    if not _holds_port(facts, process):
        return (State.WEDGED, f"{lives}, but {spoken_port(facts)} is not bound")
    return (State.WEDGED, f"{lives} and holds {spoken_port(facts)}, but {_missing_answer(facts)}")


_WITH_PROCESS: tuple[Callable[[InstanceFacts, ProcessSignal], Verdict | None], ...] = (
    _unproven,
    _stopped_by_service,
    _draining,
    _restarted_again_and_again,
    _sockets_unseen,
    _serving,
    _port_taken,
    _closing,
    _young,
    _not_asked_yet,
    _contradicting,
    _age_unknown,
    _wedged,
)


def _holds_port(facts: InstanceFacts, process: ProcessSignal) -> bool:
    """Whether its own process holds the port, or an owner that cannot be seen and nobody else is known to."""
    if facts.live_port is not None or facts.holder is not None:
        return facts.live_port is not None
    return facts.signals.socket.bound is True and facts.signals.socket.owner_pid in (None, process.pid)


def _is_alive(facts: InstanceFacts) -> bool:
    """Whether it answers as a gateway; one with its Control UI turned off shows that by the challenge alone."""
    http = facts.signals.http
    return http is not None and (http.live or (http.answered and facts.challenged is True))


def _is_young(facts: InstanceFacts) -> bool:
    return facts.process_age_s is not None and facts.process_age_s < facts.start_budget_s


def _missing_answer(facts: InstanceFacts) -> str:
    if not facts.http_asked:
        return "it has not been asked yet"
    error = facts.signals.http.error if facts.signals.http else None
    return f"does not answer as {facts.title}: {error or 'no answer'}"


def _beside(facts: InstanceFacts, process: ProcessSignal) -> str:
    """What a healthy gateway's reason must not hide: another definition that fights for the same place."""
    looping = (service for service in facts.services if service.main_pid != process.pid and is_looping(service, 0))
    other = next(looping, None)
    return f"; beside it {spoken_service(other)} keeps restarting ({spoken_restarts(other)})" if other else ""


def _processes_unseen(facts: InstanceFacts) -> Verdict | None:
    if facts.processes_unseen is None:
        return None
    return (State.UNKNOWN, f"the processes could not be seen: {facts.processes_unseen}")


def _service_stopping(facts: InstanceFacts) -> Verdict | None:
    stopping = next((service for service in facts.services if service.active == "deactivating"), None)
    return (State.STOPPING, f"{spoken_service(stopping)} is stopping it") if stopping else None


def _restarted_without_success(facts: InstanceFacts) -> Verdict | None:
    for service in facts.services:
        recent = facts.recent_restarts if service is facts.signals.service else 0
        if is_looping(service, recent):
            end = "gave up after" if service.active == "failed" else "keeps restarting it:"
            return (State.CRASH_LOOPING, f"{spoken_service(service)} {end} {spoken_restarts(service)}")
    return None


def _service_starting(facts: InstanceFacts) -> Verdict | None:
    starting = next((service for service in facts.services if service.active == "activating"), None)
    return (State.STARTING, f"{spoken_service(starting)} is about to start it") if starting else None


def _lost_service_process(facts: InstanceFacts) -> Verdict | None:
    for service in facts.services:
        if service.active == "active" and service.main_pid:
            return (State.UNKNOWN, f"{spoken_service(service)} runs it as pid {service.main_pid}, which was not found")
    return None


def _live_lock(facts: InstanceFacts) -> Verdict | None:
    held = next((lock for lock in facts.locks if lock.stale is not True), None)
    if held is None:
        return None
    doubt = "could not be told apart from a later one" if held.stale is None else "lives but could not be looked at"
    return (State.UNKNOWN, f"a lock names pid {held.pid}, which {doubt}")


def _config_unseen(facts: InstanceFacts) -> Verdict | None:
    if not facts.config.forbidden:
        return None
    return (State.UNKNOWN, "this user may not read its config: its ports and whether it could start cannot be told")


def _incomplete(facts: InstanceFacts) -> Verdict | None:
    if not facts.state_dir_exists or facts.config.exists:
        return None
    return (State.INCOMPLETE, "its state dir has no config: onboarding was not finished, or the directory is junk")


def _misconfigured(facts: InstanceFacts) -> Verdict | None:
    # Before the port is looked at: without a valid config the base port is only a guess.
    obstacle = config_obstacle(facts)
    return (State.BLOCKED, obstacle) if obstacle else None


def _port_unseen(facts: InstanceFacts) -> Verdict | None:
    if facts.sockets_unseen is None:
        return None
    return (State.UNKNOWN, f"whether {spoken_port(facts)} is free could not be seen: {facts.sockets_unseen}")


def _foreign(facts: InstanceFacts) -> Verdict | None:
    if facts.holder is not None and facts.holder.pid is not None:
        return (State.FOREIGN, spoken_holder(facts.holder))
    if facts.signals.socket.owner_pid is not None:
        return (State.FOREIGN, f"{spoken_port(facts)} is held by pid {facts.signals.socket.owner_pid}")
    return None


def _owner_unseen(facts: InstanceFacts) -> Verdict | None:
    if not facts.signals.socket.bound and facts.holder is None:
        return None
    http = facts.signals.http
    answers = f"; {facts.title} answers there" if http and http.live else ""
    return (State.UNKNOWN, f"{spoken_port(facts)} is held by a process that this user may not see{answers}")


def _blocked(facts: InstanceFacts) -> Verdict | None:
    obstacle = start_obstacle(facts)
    return (State.BLOCKED, obstacle) if obstacle else None


def _stopped(facts: InstanceFacts) -> Verdict:
    return (State.STOPPED, f"ready to start on {spoken_port(facts)}{_service_note(facts)}")


_WITHOUT_PROCESS: tuple[Callable[[InstanceFacts], Verdict | None], ...] = (
    _processes_unseen,
    _service_stopping,
    _restarted_without_success,
    _service_starting,
    _lost_service_process,
    _live_lock,
    _config_unseen,
    _incomplete,
    _misconfigured,
    _port_unseen,
    _foreign,
    _owner_unseen,
    _blocked,
    _stopped,
)


def _service_note(facts: InstanceFacts) -> str:
    for service in facts.services:
        if service.active is None:
            return f"; {service.manager} did not answer"
        if service.active == "failed":
            return f"; the last run of {spoken_service(service)} failed"
    return ""
