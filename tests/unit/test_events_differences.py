"""What two looks at the host, or the result of an operation, tell."""

import pytest

from gateway_core.events.detector import EventDetector
from gateway_core.events.differences import differences
from gateway_core.events.model import Event, Kind
from gateway_core.events.operation_events import from_operation
from gateway_core.operations import (
    ErrorCode,
    Failure,
    Operation,
    OperationResult,
    Step,
)
from gateway_core.snapshot import ConfigKeys, Grade, Instance, ServiceSignal, Signals, State
from tests.snapshots import NOW, conflict, host, instance, signals, sketch


def between(old: Instance | None, new: Instance | None) -> list[Event]:
    before, after = (host(*([found] if found else [])) for found in (old, new))
    detector = EventDetector()
    assert detector.detect(before) == ()
    return list(detector.detect(after))


def kinds(events: list[Event]) -> list[str]:
    return [event.kind for event in events]


RUNNING = instance("rescue", 19001)
assert RUNNING.signals.service is not None
ASLEEP = RUNNING.signals.service.model_copy(update={"active": "inactive", "main_pid": None})
STOPPED = instance("rescue", 19001, State.STOPPED, signals=Signals(service=ASLEEP))
UNASKED = RUNNING.model_copy(
    update={"state": State.STARTING, "signals": RUNNING.signals.model_copy(update={"http": None})}
)


def test_nothing_happened() -> None:
    assert differences(sketch(), sketch()) == ()


def test_figures_that_change_all_the_time_are_no_events() -> None:
    assert RUNNING.signals.process is not None
    process = RUNNING.signals.process.model_copy(update={"rss_bytes": 1, "cpu_percent": 99.0})
    busy = RUNNING.model_copy(update={"signals": RUNNING.signals.model_copy(update={"process": process})})
    assert between(RUNNING, busy.model_copy(update={"reason": "live and ready still"})) == []


def test_an_instance_that_runs_appears_and_vanishes() -> None:
    assert kinds(between(None, RUNNING)) == [Kind.APPEARED, Kind.STARTED]
    assert kinds(between(RUNNING, None)) == [Kind.DIED, Kind.VANISHED]
    assert kinds(between(None, STOPPED)) == [Kind.APPEARED]


def test_one_that_dies() -> None:
    died, state = between(RUNNING, STOPPED)
    assert (died.kind, died.instance, died.cause, died.detail) == (Kind.DIED, "openclaw:rescue", None, {"pid": 12001})
    assert state.detail == {"from": "running", "to": "stopped", "reason": "nothing runs"}
    assert died.at == NOW


def test_one_that_starts_says_which_service_did_it() -> None:
    started, _ = between(STOPPED, RUNNING)
    assert started.detail == {"pid": 12001, "port": 19001}
    assert started.cause == "started by openclaw-gateway.service (systemd-user)"
    by_hand = instance("rescue", 19001, signals=signals(12001, service=False))
    assert between(STOPPED, by_hand)[0].cause is None


def test_another_process_is_a_death_and_a_start() -> None:
    assert kinds(between(RUNNING, instance("rescue", 19001, pid=7))) == [Kind.DIED, Kind.STARTED]


def test_what_could_not_be_seen_neither_ended_nor_began() -> None:
    unseen = STOPPED.model_copy(update={"state": State.UNKNOWN})
    assert kinds(between(RUNNING, unseen)) == [Kind.STATE_CHANGED]
    assert kinds(between(unseen, RUNNING)) == [Kind.STATE_CHANGED]


def test_a_gateway_that_had_not_been_asked_yet_did_not_change() -> None:
    silent = RUNNING.signals.model_copy(update={"http": None})
    unasked = RUNNING.model_copy(update={"state": State.UNKNOWN, "signals": silent})
    assert between(unasked, RUNNING) == []


def with_service(**changes: object) -> Instance:
    return STOPPED.model_copy(update={"signals": Signals(service=SERVICE.model_copy(update=changes))})


SERVICE = ServiceSignal(manager="systemd-user", name="x.service", active="failed", enabled=True, restarts=1, path="/x")
BARE = instance("rescue", 19001, State.STOPPED)


@pytest.mark.parametrize(
    ("old", "new", "change", "cause"),
    [
        (BARE, with_service(), "installed", None),
        (with_service(), BARE, "removed", None),
        (with_service(), with_service(enabled=False), "disabled", None),
        (with_service(enabled=False), with_service(), "enabled", None),
        (with_service(), with_service(restarts=2), "restarted", None),
        (with_service(main_pid=5), with_service(last_end="exited 78"), "ended", "exited 78"),
    ],
)
def test_services(old: Instance, new: Instance, change: str, cause: str | None) -> None:
    (event,) = between(old, new)
    assert (event.kind, event.detail["change"], event.cause) == (Kind.SERVICE_CHANGED, change, cause)


def test_a_service_that_did_not_answer_did_not_change() -> None:
    silent = with_service(enabled=None, restarts=None, main_pid=None, active=None)
    assert between(with_service(main_pid=5), silent) == between(silent, with_service(main_pid=5)) == []


def test_a_service_says_how_its_process_ended() -> None:
    service = ASLEEP.model_copy(update={"last_end": "killed by signal 9"})
    died, _ = between(RUNNING, STOPPED.model_copy(update={"signals": Signals(service=service)}))
    assert (died.kind, died.cause) == (Kind.DIED, "killed by signal 9")


@pytest.mark.parametrize(
    ("changes", "keys"),
    [
        ({"configured_port": None}, ("gateway.port",)),
        ({"workspace": "/secret/place"}, ("agents.defaults.workspace",)),
        ({"config": RUNNING.config.model_copy(update={"valid": False})}, ("validity",)),
        (
            {"claims": tuple(claim.model_copy(update={"address": "0.0.0.0"}) for claim in RUNNING.claims)},
            ("gateway.bind",),
        ),
        (
            {"claims": (*RUNNING.claims, RUNNING.claims[2].model_copy(update={"pinned_by": "browser.cdpPort"}))},
            ("browser.cdpPort",),
        ),
    ],
)
def test_a_changed_config_names_keys_and_no_values(changes: dict[str, object], keys: tuple[str, ...]) -> None:
    (event,) = between(RUNNING, RUNNING.model_copy(update=changes))
    assert (event.kind, event.detail) == (Kind.CONFIG_CHANGED, {"keys": keys})


def holding(**digests: bytes) -> Instance:
    """With these keys in its config; `__` in a name stands for a dot."""
    keys = {name.replace("__", "."): digest for name, digest in digests.items()}
    return RUNNING.model_copy(update={"config": RUNNING.config.model_copy(update={"keys": ConfigKeys(keys)})})


def changed(old: dict[str, bytes], new: dict[str, bytes]) -> tuple[str, ...]:
    events = between(holding(**old), holding(**new))
    assert kinds(events) in ([], [Kind.CONFIG_CHANGED])
    keys = events[0].detail["keys"] if events else ()
    assert isinstance(keys, tuple)
    return keys


TELEGRAM = {f"channels__telegram__{name}": b"1" for name in ("enabled", "botToken", "dmPolicy", "groupPolicy")}


@pytest.mark.parametrize(
    ("old", "new", "keys"),
    [
        ({"a__b": b"1", "c": b"1"}, {"c": b"1", "a__b": b"1"}, ()),
        ({"gateway__auth__token": b"1"}, {"gateway__auth__token": b"2"}, ("gateway.auth.token",)),
        ({}, {"gateway__auth__token": b"2", **TELEGRAM}, ("channels.telegram", "gateway.auth.token")),
        (TELEGRAM, TELEGRAM | {"channels__telegram__dmPolicy": b"2"}, ("channels.telegram.dmPolicy",)),
        ({"agents__list[0]__workspace": b"1"}, {"agents__list[0]__workspace": b"2"}, ("agents.list[0].workspace",)),
        ({}, {f"agents__list[{index}]__id": b"1" for index in range(12)}, ("agents.list",)),
        ({"channels": b"1"}, TELEGRAM, ("channels",)),
        ({"": b"1"}, {"": b"2"}, ("the file itself",)),
        ({"": b"1"}, TELEGRAM, ("the file itself",)),
        ({}, dict.fromkeys("abcde", b"1"), tuple("abcde")),
    ],
)
def test_keys_are_named_as_they_are_in_the_file(
    old: dict[str, bytes], new: dict[str, bytes], keys: tuple[str, ...]
) -> None:
    assert changed(old, new) == changed(new, old) == keys


def test_what_keys_mean_is_told_only_if_none_of_them_has_changed() -> None:
    old, new = holding(gateway__mode=b"1"), holding(gateway__mode=b"2")
    moved = {"configured_port": None, "workspace": "/elsewhere"}
    assert between(old, new.model_copy(update=moved))[0].detail == {"keys": ("gateway.mode",)}
    assert between(old, old.model_copy(update=moved))[0].detail == {
        "keys": ("gateway.port", "agents.defaults.workspace")
    }


def test_a_config_that_could_not_be_read_is_not_compared() -> None:
    unread = RUNNING.model_copy(update={"config": RUNNING.config.model_copy(update={"valid": False})})
    (event,) = between(holding(gateway__mode=b"1"), unread)
    assert event.detail == {"keys": ("validity",)}


def test_the_hashes_of_keys_are_in_no_document() -> None:
    told = holding(gateway__mode=b"canary")
    assert "keys" not in told.model_dump()["config"]
    assert "canary" not in told.model_dump_json() + repr(told)


def test_another_version() -> None:
    (event,) = between(RUNNING, RUNNING.model_copy(update={"version": "2026.9.7"}))
    assert (event.kind, event.detail) == (Kind.VERSION_CHANGED, {"from": "2026.9.6", "to": "2026.9.7"})
    assert between(RUNNING, RUNNING.model_copy(update={"version": None})) == []


def test_conflicts_begin_and_end() -> None:
    trouble = conflict("openclaw:a", "clawdbot:b")
    (began,) = differences(host(), host(conflicts=(trouble,)))
    assert (began.kind, began.instance) == (Kind.CONFLICT_BEGAN, "openclaw:a")
    assert began.detail["parties"] == ("openclaw:a", "clawdbot:b")
    (ended,) = differences(host(conflicts=(trouble,)), host())
    assert ended.kind == Kind.CONFLICT_ENDED
    worse = trouble.model_copy(update={"grade": Grade.ACTIVE})
    assert kinds(list(differences(host(conflicts=(trouble,)), host(conflicts=(worse,))))) == [
        Kind.CONFLICT_ENDED,
        Kind.CONFLICT_BEGAN,
    ]


def test_an_operation_keeps_its_commands_and_its_outcome() -> None:
    steps = (
        Step(name="look", ok=True, seconds=0.25),
        Step(name="stop", ok=False, seconds=1.5, command="systemctl --user stop x.service " + "y" * 600),
    )
    error = Failure(code=ErrorCode.STILL_RUNNING, message="It still runs.", last_lines=("its own words",))
    result = OperationResult(
        instance="openclaw:rescue", operation=Operation.STOP, ok=False, state=State.RUNNING, steps=steps, error=error
    )
    event = from_operation(result, NOW)
    assert (event.at, event.instance, event.kind) == (NOW, "openclaw:rescue", Kind.OPERATION)
    commands = event.detail["commands"]
    assert isinstance(commands, tuple)
    (command,) = commands
    assert command.startswith("systemctl --user stop x.service")
    assert len(command) == 500
    assert (event.detail["operation"], event.detail["ok"], event.detail["state"]) == ("stop", False, "running")
    assert (event.detail["error"], event.detail["message"]) == ("still-running", "It still runs.")
    assert "its own words" not in event.model_dump_json()


def test_that_a_gateway_was_up_before_it_was_first_asked_is_no_event() -> None:
    detector = EventDetector()
    assert detector.detect(host(UNASKED)) == ()
    assert detector.detect(host(UNASKED.model_copy(update={"reason": "not asked yet"}))) == ()
    assert detector.detect(host(RUNNING)) == ()
    again = detector.detect(host(RUNNING.model_copy(update={"state": State.DEGRADED})))
    assert [event.detail["to"] for event in again] == ["degraded"]


def test_that_a_gateway_which_was_seen_to_start_is_ready_is_an_event() -> None:
    detector = EventDetector()
    seen = [detector.detect(host(one)) for one in (STOPPED, UNASKED, RUNNING)]
    assert [event.detail["to"] for event in seen[2] if event.kind == Kind.STATE_CHANGED] == ["running"]
