"""The rules for an instance whose gateway process was found; the first that has something to say decides.

Each rule may rely on all rules above it in `RULES` having passed.
"""

from __future__ import annotations

from collections.abc import Callable

from gateway_core.health.facts import HealthFacts
from gateway_core.health.restarts import MANY_RESTARTS, SEVERAL_RESTARTS, is_looping
from gateway_core.health.wording import (
    spoken_duration,
    spoken_holder,
    spoken_port,
    spoken_restarts,
    spoken_service,
)
from gateway_core.snapshot import HttpSignal, ProcessSignal, State

Verdict = tuple[State, str]

STOP_GRACE_S = 10.0
"""A gateway that gave up its port so recently is ending, not wedged."""


def _unproven(_facts: HealthFacts, process: ProcessSignal) -> Verdict | None:
    if process.proof is not None:
        return None
    return (State.UNKNOWN, f"nothing proves that pid {process.pid} belongs to this instance")


def _service_stopping(facts: HealthFacts, process: ProcessSignal) -> Verdict | None:
    for service in facts.services:
        if service.active == "deactivating" and service.main_pid in (None, process.pid):
            return (State.STOPPING, f"{spoken_service(service)} is stopping pid {process.pid}")
    return None


def _draining(facts: HealthFacts, process: ProcessSignal) -> Verdict | None:
    http = facts.signals.http
    if http is None or not http.draining or facts.holder is not None:
        return None
    return (State.STOPPING, f"pid {process.pid} finishes its work before it ends")


def _restarted_again_and_again(facts: HealthFacts, process: ProcessSignal) -> Verdict | None:
    service = facts.signals.service
    if service is None or service.main_pid != process.pid:
        return None
    many = (service.restarts or 0) >= MANY_RESTARTS
    unsettled = many and _is_young(facts) and not _is_alive(facts)
    if unsettled or facts.recent_restarts > SEVERAL_RESTARTS:
        return (State.CRASH_LOOPING, f"{spoken_service(service)} keeps restarting it: {spoken_restarts(service)}")
    return None


def _sockets_unseen(facts: HealthFacts, process: ProcessSignal) -> Verdict | None:
    if facts.sockets_unseen is None:
        return None
    return (State.UNKNOWN, f"pid {process.pid} runs, but the listeners could not be seen: {facts.sockets_unseen}")


def _serving(facts: HealthFacts, process: ProcessSignal) -> Verdict | None:
    http = facts.signals.http
    if http is None or not _holds_port(facts, process) or not _is_alive(facts):
        return None
    if http.ready is False:
        return _not_ready(facts, http)
    if http.event_loop_degraded:
        return (State.DEGRADED, f"answers on {spoken_port(facts)}, but its event loop is overloaded")
    ready = "ready" if http.live else "answers as a gateway, without a Control UI,"
    return (State.RUNNING, f"{ready} on {spoken_port(facts)}{_beside(facts, process)}")


def _not_ready(facts: HealthFacts, http: HttpSignal) -> Verdict:
    failing = ", ".join(http.failing) or "it does not say why"
    if http.starting and _is_young(facts):
        return (State.STARTING, f"answers on {spoken_port(facts)}, still starting: {failing}")
    return (State.DEGRADED, f"live on {spoken_port(facts)}, but not ready: {failing}")


def _port_taken(facts: HealthFacts, process: ProcessSignal) -> Verdict | None:
    if facts.holder is None or facts.live_port is not None:
        return None
    return (State.FOREIGN, f"{spoken_holder(facts.holder)}; pid {process.pid} runs without it")


def _closing(facts: HealthFacts, process: ProcessSignal) -> Verdict | None:
    if _holds_port(facts, process) or facts.port_lost_s is None or facts.port_lost_s > STOP_GRACE_S:
        return None
    return (State.STOPPING, f"pid {process.pid} has closed {spoken_port(facts)} and is ending")


def _young(facts: HealthFacts, process: ProcessSignal) -> Verdict | None:
    if not _is_young(facts) or facts.process_age_s is None:
        return None
    age = spoken_duration(facts.process_age_s)
    since = f"pid {process.pid} started {age} ago"
    if not _holds_port(facts, process):
        return (State.STARTING, f"{since}; {spoken_port(facts)} is not bound yet")
    return (State.STARTING, f"{since} and holds {spoken_port(facts)}; {_missing_answer(facts)}")


def _not_asked_yet(facts: HealthFacts, process: ProcessSignal) -> Verdict | None:
    if facts.http_asked or not _holds_port(facts, process):
        return None
    return (State.UNKNOWN, f"pid {process.pid} holds {spoken_port(facts)}; it has not been asked yet")


def _contradicting(facts: HealthFacts, process: ProcessSignal) -> Verdict | None:
    if _holds_port(facts, process) or not _is_alive(facts):
        return None
    return (State.UNKNOWN, f"{spoken_port(facts)} answers, although no listener was found there")


def _age_unknown(facts: HealthFacts, process: ProcessSignal) -> Verdict | None:
    if facts.process_age_s is not None:
        return None
    return (State.UNKNOWN, f"pid {process.pid} does not answer, and when it started could not be seen")


def _wedged(facts: HealthFacts, process: ProcessSignal) -> Verdict:
    age = spoken_duration(facts.process_age_s or 0)
    lives = f"pid {process.pid} has been up for {age}"
    if not _holds_port(facts, process):
        return (State.WEDGED, f"{lives}, but {spoken_port(facts)} is not bound")
    return (State.WEDGED, f"{lives} and holds {spoken_port(facts)}, but {_missing_answer(facts)}")


RULES: tuple[Callable[[HealthFacts, ProcessSignal], Verdict | None], ...] = (
    _unproven,
    _service_stopping,
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


def _holds_port(facts: HealthFacts, process: ProcessSignal) -> bool:
    """Its own process holds the port, or an owner that cannot be seen does and nobody else is known to."""
    if facts.live_port is not None or facts.holder is not None:
        return facts.live_port is not None
    return facts.signals.socket.bound is True and facts.signals.socket.owner_pid in (None, process.pid)


def _is_alive(facts: HealthFacts) -> bool:
    """It answers as a gateway; one with its Control UI turned off shows that by the challenge alone."""
    http = facts.signals.http
    return http is not None and (http.live or (http.answered and facts.challenged is True))


def _is_young(facts: HealthFacts) -> bool:
    return facts.process_age_s is not None and facts.process_age_s < facts.start_budget_s


def _missing_answer(facts: HealthFacts) -> str:
    if not facts.http_asked:
        return "it has not been asked yet"
    error = facts.signals.http.error if facts.signals.http else None
    return f"does not answer as {facts.title}: {error or 'no answer'}"


def _beside(facts: HealthFacts, process: ProcessSignal) -> str:
    """What a healthy gateway's reason must not hide: another definition that fights for the same place."""
    looping = (service for service in facts.services if service.main_pid != process.pid and is_looping(service, 0))
    other = next(looping, None)
    return f"; beside it {spoken_service(other)} keeps restarting ({spoken_restarts(other)})" if other else ""
