"""What is said about operations: pure functions of their log and of snapshots."""

import pytest

from claw_tui.onboarding.results import of_undo
from claw_tui.operations.operation_log import OperationLog
from claw_tui.operations.record_text import as_text, current_step, sections
from claw_tui.operations.text import outcome, runner_fact, toast
from gateway_core.lifecycle.runner import ending_command
from gateway_core.onboarding.undo import LeftAlone, UndoResult, moved_text
from gateway_core.operations import (
    ErrorCode,
    Failure,
    Operation,
    OperationEnded,
    OperationResult,
    Step,
    StepBegan,
    StepEnded,
)
from gateway_core.snapshot import Instance, Owner, ServiceSignal, State
from tests.snapshots import NOW, instance, signals

FIND = Step(name="find", ok=True, seconds=0.1)
SIGNAL = Step(name="signal", ok=True, seconds=0.2, command="kill -TERM 7", detail="pid 7 is this instance's gateway")
ERROR = Failure(code=ErrorCode.DIED, message="It died.", hint="Look.", last_lines=("bye",))


def result(
    name: str = "openclaw:a",
    error: Failure | None = None,
    steps: tuple[Step, ...] = (FIND, SIGNAL),
    operation: Operation = Operation.STOP,
) -> OperationResult:
    return OperationResult(
        instance=name, operation=operation, ok=error is None, state=State.STOPPED, steps=steps, error=error
    )


def service(manager: str = "systemd-user", **changes: object) -> ServiceSignal:
    known = {"active": "inactive", "enabled": True, "restarts": 0, "path": "/x", "name": "x.service"}
    return ServiceSignal.model_validate({"manager": manager, **known, **changes})


def run_by(
    *services: ServiceSignal, pid: int = 7, running: bool = True, ancestors: tuple[int, ...] = (), looping: bool = False
) -> Instance:
    seen = signals(pid, service=False) if running else signals(pid).model_copy(update={"process": None, "http": None})
    if seen.process is not None:
        seen = seen.model_copy(update={"process": seen.process.model_copy(update={"ancestors": ancestors})})
    first, *others = services or (None,)
    seen = seen.model_copy(update={"service": first, "other_services": tuple(others)})
    down = State.CRASH_LOOPING if looping else State.STOPPED
    return instance("a", 20000, State.RUNNING if running else down, signals=seen)


def test_a_log_follows_the_events_of_each_instance() -> None:
    log = OperationLog().with_requested(["openclaw:a", "openclaw:b"], Operation.STOP, NOW)
    assert log.busy == {"openclaw:a", "openclaw:b"}
    log = log.with_progress(StepEnded("openclaw:a", Operation.STOP, FIND))
    log = log.with_progress(StepBegan("openclaw:a", Operation.STOP, "signal", "kill -TERM 7"))
    one = log.last_of("openclaw:a")
    assert one is not None
    assert one.current is not None
    assert (one.steps, one.current.name) == ((FIND,), "signal")
    told, other = current_step(one), log.last_of("openclaw:b")
    assert told is not None
    assert told.short == "stopping"
    assert other is not None
    assert other.steps == ()
    log = log.with_progress(OperationEnded(result()))
    assert log.busy == {"openclaw:b"}
    assert current_step(log.last_of("openclaw:a")) is None
    assert log.with_abandoned(["openclaw:b"]).busy == frozenset()


def test_a_second_operation_leaves_the_first_as_it_ended() -> None:
    log = OperationLog().with_requested(["openclaw:a"], Operation.STOP, NOW).with_progress(OperationEnded(result()))
    log = log.with_requested(["openclaw:a"], Operation.START, NOW)
    log = log.with_progress(StepEnded("openclaw:a", Operation.START, FIND))
    first, second = log.records
    assert (first.steps, second.steps) == ((FIND, SIGNAL), (FIND,))
    assert first.number < second.number


def test_a_log_does_not_grow_for_ever_and_forgets_nothing_that_runs() -> None:
    log = OperationLog().with_requested(["openclaw:slow"], Operation.STOP, NOW)
    for _ in range(300):
        log = log.with_requested(["openclaw:a"], Operation.STOP, NOW).with_progress(OperationEnded(result()))
    assert len(log.records) <= 202
    assert log.busy == {"openclaw:slow"}
    assert len({one.number for one in log.records}) == len(log.records)


@pytest.mark.parametrize(
    ("found", "label", "said"),
    [
        (run_by(service(active="active", main_pid=7)), "run by", "systemd-user x.service"),
        (run_by(service(active="active", main_pid=8)), "run by", "nothing but itself (direct)"),
        (run_by(service(active="active", main_pid=8), ancestors=(9, 8)), "run by", "systemd-user x.service"),
        (run_by(service(active="failed"), running=False, looping=True), "started by", "systemd-user x.service"),
        (
            run_by(service(active="failed"), service("systemd-system"), running=False, looping=True),
            "started by",
            "undecided",
        ),
        (run_by(service(active="activating"), running=False), "run by", "systemd-user x.service"),
        (run_by(service()), "run by", "nothing but itself (direct)"),
        (run_by(), "run by", "nothing but itself (direct)"),
        (
            run_by().model_copy(update={"owner": Owner(kind="script", name="keep.sh", pid=5)}),
            "run by",
            "keep.sh (pid 5)",
        ),
        (run_by(service(), running=False), "started by", "systemd-user x.service"),
        (run_by(service(), service("systemd-system"), running=False), "started by", "undecided"),
        (run_by(running=False), "started by", "its own command (direct)"),
    ],
)
def test_who_runs_it_or_would_start_it(found: Instance, label: str, said: str) -> None:
    fact = runner_fact(found)
    assert (fact.label, fact.pieces[0].text) == (label, said)


@pytest.mark.parametrize(
    ("manager", "operation", "command"),
    [
        ("systemd-user", Operation.STOP, "systemctl --user stop x.service --no-ask-password"),
        ("systemd-system", Operation.RESTART, "systemctl restart x.service --no-ask-password"),
        ("launchd-agent", Operation.STOP, "launchctl bootout gui/501/x.service"),
        ("launchd-agent", Operation.RESTART, "launchctl kickstart -k gui/501/x.service"),
        ("launchd-daemon", Operation.STOP, "launchctl bootout system/x.service"),
    ],
)
def test_what_ending_one_with_a_service_will_run(manager: str, operation: Operation, command: str) -> None:
    found = run_by(service(manager, active="active", main_pid=7))
    assert ending_command(operation, found, 501) == tuple(command.split())


def test_what_ending_one_without_a_service_will_run() -> None:
    assert ending_command(Operation.STOP, run_by(), 501) == ("kill", "-TERM", "7")
    assert ending_command(Operation.KILL, run_by(), 501) == ("kill", "-KILL", "7")


def test_nothing_that_had_to_be_done_is_not_called_done() -> None:
    assert outcome(result(steps=(FIND,))).word == "nothing to stop"
    assert outcome(result()).word == "stopped"
    assert outcome(result(error=ERROR)).word == "not stopped"


def test_a_toast_counts_what_went_well_and_tells_what_did_not() -> None:
    assert toast([result()]).good
    assert not toast([result()]).warns
    unkept = toast([result(), result("openclaw:b").model_copy(update={"warnings": ("No lock.",)})])
    assert (unkept.good, unkept.warns) == (True, True)
    assert "Not all of it could be written down" in unkept.text
    assert toast([result(), result("openclaw:b")]).title == "2 instances stopped"
    mixed = toast([result(), result("openclaw:b", ERROR)])
    assert (mixed.title, mixed.text, mixed.good) == ("1 of 2 stopped, 1 failed", "It died. Look.", False)
    many = toast([result(f"openclaw:{number}", ERROR) for number in range(20)])
    assert len(many.text.splitlines()) == 5


def test_the_copied_text_has_everything() -> None:
    log = (
        OperationLog()
        .with_requested(["openclaw:a"], Operation.STOP, NOW)
        .with_progress(OperationEnded(result(error=ERROR)))
    )
    text = as_text(log.records[0])
    for expected in ("stop openclaw:a", "$ kill -TERM 7", "failed (died): It died.", "to do: Look.", "bye"):
        assert expected in text


def test_an_undo_is_in_the_history_with_what_it_moved_and_where_that_is() -> None:
    move = Step(name="move", ok=True, seconds=2.0, detail=moved_text(["/home/me/.openclaw-x"], "/trash/x"))
    left = LeftAlone(path="/home/me/work", why="openclaw:b lives in it")
    undone = UndoResult(
        instance="openclaw:x", ok=True, moved=("/home/me/.openclaw-x",), trash="/trash/x", leaves=(left,), steps=(move,)
    )
    (record,) = OperationLog().with_finished(of_undo(undone), NOW).records
    told = as_text(record)
    assert not record.is_open
    for words in ("claw-tui take back openclaw:x", "now in /trash/x: /home/me/.openclaw-x", "taken back\n"):
        assert words in told
    assert "but: /home/me/work stays: openclaw:b lives in it" in told
    assert "nothing to" not in told
    assert "is now" not in told
    shown = [piece.text for section in sections(record) for fact in section.facts for piece in fact.pieces]
    assert "● taken back" in shown
    assert "now in /trash/x: /home/me/.openclaw-x" in shown


def test_of_many_moved_paths_some_are_named() -> None:
    assert moved_text([f"/{n}" for n in range(7)], "/t") == "now in /t: /0, /1, /2, /3, /4 and 2 more"
    assert moved_text([], None) == moved_text([], "/t") == "nothing was left to move"
