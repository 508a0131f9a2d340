"""The rules for an instance of which no process was found; the first that has something to say decides.

Each rule may rely on all rules above it in `RULES` having passed.
"""

from __future__ import annotations

from collections.abc import Callable

from gateway_core.health.facts import HealthFacts
from gateway_core.health.obstacles import config_obstacle, start_obstacle
from gateway_core.health.restarts import is_looping
from gateway_core.health.wording import spoken_holder, spoken_port, spoken_restarts, spoken_service
from gateway_core.snapshot import State

Verdict = tuple[State, str]


def _processes_unseen(facts: HealthFacts) -> Verdict | None:
    if facts.processes_unseen is None:
        return None
    return (State.UNKNOWN, f"the processes could not be seen: {facts.processes_unseen}")


def _service_stopping(facts: HealthFacts) -> Verdict | None:
    stopping = next((service for service in facts.services if service.active == "deactivating"), None)
    return (State.STOPPING, f"{spoken_service(stopping)} is stopping it") if stopping else None


def _restarted_without_success(facts: HealthFacts) -> Verdict | None:
    for service in facts.services:
        recent = facts.recent_restarts if service is facts.signals.service else 0
        if is_looping(service, recent):
            end = "gave up after" if service.active == "failed" else "keeps restarting it:"
            return (State.CRASH_LOOPING, f"{spoken_service(service)} {end} {spoken_restarts(service)}")
    return None


def _service_starting(facts: HealthFacts) -> Verdict | None:
    starting = next((service for service in facts.services if service.active == "activating"), None)
    return (State.STARTING, f"{spoken_service(starting)} is about to start it") if starting else None


def _lost_service_process(facts: HealthFacts) -> Verdict | None:
    for service in facts.services:
        if service.active == "active" and service.main_pid:
            return (State.UNKNOWN, f"{spoken_service(service)} runs it as pid {service.main_pid}, which was not found")
    return None


def _live_lock(facts: HealthFacts) -> Verdict | None:
    held = next((lock for lock in facts.locks if lock.stale is not True), None)
    if held is None:
        return None
    doubt = "could not be told apart from a later one" if held.stale is None else "lives but could not be looked at"
    return (State.UNKNOWN, f"a lock names pid {held.pid}, which {doubt}")


def _config_unseen(facts: HealthFacts) -> Verdict | None:
    if not facts.config.forbidden:
        return None
    return (State.UNKNOWN, "this user may not read its config: its ports and whether it could start cannot be told")


def _incomplete(facts: HealthFacts) -> Verdict | None:
    if not facts.state_dir_exists or facts.config.exists:
        return None
    return (State.INCOMPLETE, "its state dir has no config: onboarding was not finished, or the directory is junk")


def _misconfigured(facts: HealthFacts) -> Verdict | None:
    # Before the port is looked at: without a valid config the base port is only a guess.
    obstacle = config_obstacle(facts)
    return (State.BLOCKED, obstacle) if obstacle else None


def _port_unseen(facts: HealthFacts) -> Verdict | None:
    if facts.sockets_unseen is None:
        return None
    return (State.UNKNOWN, f"whether {spoken_port(facts)} is free could not be seen: {facts.sockets_unseen}")


def _foreign(facts: HealthFacts) -> Verdict | None:
    if facts.holder is not None and facts.holder.pid is not None:
        return (State.FOREIGN, spoken_holder(facts.holder))
    if facts.signals.socket.owner_pid is not None:
        return (State.FOREIGN, f"{spoken_port(facts)} is held by pid {facts.signals.socket.owner_pid}")
    return None


def _owner_unseen(facts: HealthFacts) -> Verdict | None:
    if not facts.signals.socket.bound and facts.holder is None:
        return None
    http = facts.signals.http
    answers = f"; {facts.title} answers there" if http and http.live else ""
    return (State.UNKNOWN, f"{spoken_port(facts)} is held by a process that this user may not see{answers}")


def _blocked(facts: HealthFacts) -> Verdict | None:
    obstacle = start_obstacle(facts)
    return (State.BLOCKED, obstacle) if obstacle else None


def _stopped(facts: HealthFacts) -> Verdict:
    return (State.STOPPED, f"ready to start on {spoken_port(facts)}{_service_note(facts)}")


RULES: tuple[Callable[[HealthFacts], Verdict | None], ...] = (
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


def _service_note(facts: HealthFacts) -> str:
    for service in facts.services:
        if service.active is None:
            return f"; {service.manager} did not answer"
        if service.active == "failed":
            return f"; the last run of {spoken_service(service)} failed"
    return ""
