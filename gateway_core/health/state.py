"""The state of an instance, concluded from its four signals, with a line that says why. Pure: no input but the facts.

There are two lists of verdicts, one for instances whose gateway process was found and one for the others. The first
verdict that is given counts, so each may rely on those above it not being given. The last of each list always is.
"""

from __future__ import annotations

from collections.abc import Iterator

from gateway_core.health.facts import InstanceFacts
from gateway_core.health.obstacles import config_obstacle, elsewhere_obstacle, start_obstacle
from gateway_core.health.restarts import MANY_RESTARTS, SEVERAL_RESTARTS, is_looping, restarting_beside
from gateway_core.health.wording import (
    spoken_duration,
    spoken_holder,
    spoken_pids,
    spoken_port,
    spoken_restarts,
    spoken_service,
    spoken_unready,
)
from gateway_core.health.work import LONGEST_START_S
from gateway_core.snapshot import HttpSignal, ProcessSignal, State

LIVE_STATES = frozenset({State.RUNNING, State.DEGRADED})
"""The states of an instance whose identity is proven and that answers."""
OUT_OF_SIGHT_S = 3.0  # what ends at its start mostly does so by then
STOP_GRACE_S = 10.0  # a gateway that gave up its port so recently is ending, not wedged

Verdict = tuple[State, str]


def conclude(facts: InstanceFacts) -> Verdict:
    """Return the state of an instance and a one-line reason for people."""
    process = facts.signals.process
    return next(_without_process(facts) if process is None else _with_process(facts, process))


def _with_process(facts: InstanceFacts, process: ProcessSignal) -> Iterator[Verdict]:
    pid, port, holds_port = process.pid, spoken_port(facts), _holds_port(facts, process)
    if process.proof is None:
        yield State.UNKNOWN, f"nothing proves that pid {pid} belongs to this instance"
    yield from _stopping_or_looping(facts, process)
    if facts.own_network:
        yield _out_of_sight(facts, process)
    if facts.sockets_unseen is not None:
        yield State.UNKNOWN, f"pid {pid} runs, but the listeners could not be seen: {facts.sockets_unseen}"
    if holds_port and facts.signals.http is not None and _is_alive(facts):
        yield _answering(facts, facts.signals.http)
    if facts.holder is not None and facts.live_port is None:
        yield State.FOREIGN, f"{spoken_holder(facts.holder)}; pid {pid} runs without it"
    if not holds_port:
        yield from _ending(facts, pid)
    age = spoken_duration(facts.process_age_s or 0)
    if _is_young(facts):
        so_far = f" and holds {port}; {_missing_answer(facts)}" if holds_port else f"; {port} is not bound yet"
        yield State.STARTING, f"waiting for an answer: pid {pid} started {age} ago{so_far}"
    yield from _beyond_the_budget(facts, pid, holds_port=holds_port)


def _beyond_the_budget(facts: InstanceFacts, pid: int, *, holds_port: bool) -> Iterator[Verdict]:
    port, age = spoken_port(facts), spoken_duration(facts.process_age_s or 0)
    if not holds_port and _works_on(facts):
        yield State.STARTING, f"pid {pid} is still starting after {age}, {_work(facts)}; {port} is not bound yet"
    if holds_port and not facts.http_asked:
        yield State.UNKNOWN, f"pid {pid} holds {port}; it has not been asked yet"
    if not holds_port and _is_alive(facts):
        yield State.UNKNOWN, f"{port} answers, although no listener was found there"
    if facts.process_age_s is None:
        yield State.UNKNOWN, f"pid {pid} does not answer, and when it started could not be seen"
    busy = f", {_work(facts)}" if _is_busy(facts) else ""
    silent = f" and holds {port}, but {_missing_answer(facts)}" if holds_port else f"{busy}, but {port} is not bound"
    yield State.WEDGED, f"pid {pid} has been up for {age}{silent}"


def _stopping_or_looping(facts: InstanceFacts, process: ProcessSignal) -> Iterator[Verdict]:
    http, service = facts.signals.http, facts.signals.service
    for each in facts.services:
        if each.active == "deactivating" and (each.main_pid is None or process.is_run_by(each)):
            yield State.STOPPING, f"{spoken_service(each)} is stopping pid {process.pid}"
    if http is not None and http.draining and facts.holder is None:
        yield State.STOPPING, f"pid {process.pid} finishes its work before it ends"
    if service is not None and process.is_run_by(service):
        many = (service.restarts or 0) >= MANY_RESTARTS
        unsettled = many and _is_young(facts) and not _is_alive(facts)
        if unsettled or facts.recent_restarts > SEVERAL_RESTARTS:
            yield State.CRASH_LOOPING, f"{spoken_service(service)} keeps restarting it: {spoken_restarts(service)}"


def _out_of_sight(facts: InstanceFacts, process: ProcessSignal) -> Verdict:
    """As far as its manager and its process tell."""
    where = "its service runs it in a network namespace of its own: its ports cannot be seen from here"
    if facts.process_age_s is not None and facts.process_age_s < OUT_OF_SIGHT_S:
        return State.STARTING, f"pid {process.pid} started {spoken_duration(facts.process_age_s)} ago; {where}"
    return State.UNKNOWN, f"pid {process.pid} runs; {where}"


def _ending(facts: InstanceFacts, pid: int) -> Iterator[Verdict]:
    """A gateway without its port that is not starting but about to end."""
    if facts.port_lost_s is not None and facts.port_lost_s <= STOP_GRACE_S:
        yield State.STOPPING, f"pid {pid} has closed {spoken_port(facts)} and is ending"
    if facts.asked_to_stop and _is_young(facts):
        yield State.STOPPING, f"pid {pid} was asked to stop, and {spoken_port(facts)} is not bound any more"


def _answering(facts: InstanceFacts, http: HttpSignal) -> Verdict:
    port = spoken_port(facts)
    if http.ready is False:
        failing = spoken_unready(http)
        if http.starting and _is_young(facts):
            return State.STARTING, f"answers on {port}; {failing}"
        return State.DEGRADED, f"live on {port}, but {failing}"
    if http.event_loop_degraded:
        return State.DEGRADED, f"answers on {port}, but late: its event loop is overloaded"
    ready = "ready" if http.live else "answers as a gateway, without a Control UI,"
    return State.RUNNING, f"{ready} on {port}{_beside(facts)}"


def _holds_port(facts: InstanceFacts, process: ProcessSignal) -> bool:
    """Whether the instance's own process holds the port, or an unseen owner does, while no other holder is known."""
    if facts.live_port is not None or facts.holder is not None:
        return facts.live_port is not None
    return facts.signals.socket.bound is True and facts.signals.socket.owner_pid in (None, process.pid)


def _is_alive(facts: InstanceFacts) -> bool:
    """Whether the instance answers as a gateway; with its Control UI off, the challenge alone shows that."""
    http = facts.signals.http
    return http is not None and (http.live or (http.answered and facts.challenged is True))


def _is_young(facts: InstanceFacts) -> bool:
    return facts.process_age_s is not None and facts.process_age_s < facts.start_budget_s


def _works_on(facts: InstanceFacts) -> bool:
    """Whether it is beyond the budget of a start, but gets on with it; one that has lost its port does not start."""
    young_enough = facts.process_age_s is not None and facts.process_age_s < LONGEST_START_S
    return young_enough and facts.port_lost_s is None and _is_busy(facts)


def _is_busy(facts: InstanceFacts) -> bool:
    return facts.work is not None and facts.work.gets_on


def _work(facts: InstanceFacts) -> str:
    return facts.work.spoken if facts.work is not None else ""


def _missing_answer(facts: InstanceFacts) -> str:
    if not facts.http_asked:
        return "it has not been asked yet"
    error = facts.signals.http.error if facts.signals.http else None
    return f"does not answer as {facts.title}: {error or 'no answer'}"


def _beside(facts: InstanceFacts) -> str:
    """Return the words about another service that keeps restarting because a healthy gateway is in its place."""
    other = restarting_beside(facts.signals, facts.unit)
    return f"; beside it {spoken_service(other)} keeps restarting ({spoken_restarts(other)})" if other else ""


def _without_process(facts: InstanceFacts) -> Iterator[Verdict]:
    if facts.processes_unseen is not None:
        yield State.UNKNOWN, f"the processes could not be seen: {facts.processes_unseen}"
    yield from _by_service(facts)
    yield from _silent_managers(facts)
    if facts.used_elsewhere is not None:
        yield State.BLOCKED, f"its state dir is in use by {facts.used_elsewhere}"
    held = next((lock for lock in facts.locks if lock.stale is not True), None)
    if held is not None:
        lives = "lives but could not be looked at"
        doubt = "could not be told apart from a later one" if held.stale is None else lives
        yield State.UNKNOWN, f"a lock names pid {held.pid}, which {doubt}"
    if facts.config.forbidden:
        yield State.UNKNOWN, "this user may not read its config: its ports and whether it could start cannot be told"
    if facts.state_dir_exists and not facts.config.exists and not facts.unconfigured:
        reason = "its state dir has no config: onboarding was not finished, or the directory is junk"
        yield State.INCOMPLETE, reason
    # Before the port is looked at: without a valid config for a gateway here the base port is only a guess.
    if obstacle := config_obstacle(facts) or elsewhere_obstacle(facts):
        yield State.BLOCKED, obstacle
    if facts.sockets_unseen is not None:
        yield State.UNKNOWN, f"whether {spoken_port(facts)} is free could not be seen: {facts.sockets_unseen}"
    yield from _port_held(facts)
    if facts.could_be:
        yield State.UNKNOWN, f"{spoken_pids(facts.could_be)} starting and could be this one"
    if obstacle := start_obstacle(facts):
        yield State.BLOCKED, obstacle
    yield State.STOPPED, f"ready to start on {spoken_port(facts)}{_service_note(facts)}"


def _by_service(facts: InstanceFacts) -> Iterator[Verdict]:
    for service in facts.services:
        if service.active == "deactivating":
            yield State.STOPPING, f"{spoken_service(service)} is stopping it"
    if facts.run_instead is not None:
        yield State.BLOCKED, facts.run_instead
    for service in facts.services:
        if is_looping(service, facts.recent_restarts if service is facts.signals.service else 0):
            end = "gave up after" if service.active == "failed" else "keeps restarting it:"
            yield State.CRASH_LOOPING, f"{spoken_service(service)} {end} {spoken_restarts(service)}"
    for service in facts.services:
        if service.active == "activating":
            yield State.STARTING, f"{spoken_service(service)} is about to start it"
    for service in facts.services:
        if service.active == "active" and service.main_pid:
            yield State.UNKNOWN, f"{spoken_service(service)} is up as pid {service.main_pid}; its gateway was not found"


def _silent_managers(facts: InstanceFacts) -> Iterator[Verdict]:
    for service in facts.services:
        if service.unseen is not None:
            yield State.UNKNOWN, f"whether {spoken_service(service)} runs it could not be told: {service.unseen}"


def _port_held(facts: InstanceFacts) -> Iterator[Verdict]:
    socket, http = facts.signals.socket, facts.signals.http
    if facts.holder is not None and facts.holder.pid is not None:
        yield State.FOREIGN, spoken_holder(facts.holder)
    if socket.owner_pid is not None:
        yield State.FOREIGN, f"{spoken_port(facts)} is held by pid {socket.owner_pid}"
    if socket.bound or facts.holder is not None:
        answers = f"; {facts.title} answers there" if http and http.live else ""
        yield State.UNKNOWN, f"{spoken_port(facts)} is held by a process that this user may not see{answers}"


def _service_note(facts: InstanceFacts) -> str:
    for service in facts.services:
        if service.active == "failed":
            return f"; the last run of {spoken_service(service)} failed"
    return ""
