"""Start, stop and restart as a script meets them: whom they act on, what they print, how they end."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import pytest

from claw_tui.cli.main import run
from gateway_core.lifecycle.backend import Options, Wait
from gateway_core.operations import ErrorCode, Failure, Operation
from gateway_core.snapshot import Problem, Snapshot, State
from tests.cli_pictures import BLOCKED, EMPTY, RESCUE, Pictures, host_at, picture, renamed

DEV = renamed(BLOCKED, "openclaw:dev").model_copy(update={"state": State.STOPPED, "reason": "ready to start"})
HOST = picture(RESCUE, BLOCKED, DEV)
BUSY = Failure(code=ErrorCode.BUSY, message="Another claw-tui works on it.", hint="Wait.", last_lines=("bye",))
Operated = tuple[str, Operation, Options]
UNSEEN = Failure(code=ErrorCode.UNKNOWN_STATE, message="Whether it runs could not be told.")


class RunOperation(Protocol):
    """Run a command: exit code, stdout, stderr and what was operated."""

    def __call__(
        self,
        *arguments: str,
        of: Snapshot = ...,
        errors: Mapping[str, Failure] | None = None,
        ending: BaseException | None = None,
    ) -> tuple[int, str, str, list[Operated]]: ...


@pytest.fixture
def claw(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> RunOperation:
    def call(
        *arguments: str,
        of: Snapshot = HOST,
        errors: Mapping[str, Failure] | None = None,
        ending: BaseException | None = None,
    ) -> tuple[int, str, str, list[Operated]]:
        source = Pictures(host_at(tmp_path), (of,), ending, errors or {})
        code = run(list(arguments), source.gateway_host())
        captured = capsys.readouterr()
        return code, captured.out, captured.err, source.operated

    return call


@pytest.mark.parametrize("operation", ["start", "stop", "restart"])
def test_each_id_is_operated_once_and_has_one_line(claw: RunOperation, operation: str) -> None:
    code, out, err, operated = claw(operation, "rescue", "openclaw:dev", "OPENCLAW:RESCUE")
    assert code == 0
    assert [(name, done) for name, done, _ in operated] == [("openclaw:rescue", operation), ("openclaw:dev", operation)]
    assert [line.split()[1] for line in out.splitlines()] == ["openclaw:rescue", "openclaw:dev"]
    assert "openclaw:rescue: $ kill -TERM 1234" in err
    assert "signal: pid 1234 was told (0.2 s)" in err


def test_json_is_the_contract_and_nothing_else(claw: RunOperation) -> None:
    code, out, err, _ = claw("restart", "rescue", "dev", "--json", errors={"openclaw:dev": BUSY})
    assert code == 1
    document = json.loads(out)
    first, second = document["results"]
    assert (document["schema"], len(document)) == (1, 2)
    assert first == {
        "instance": "openclaw:rescue",
        "operation": "restart",
        "ok": True,
        "state": "running",
        "steps": [
            {"name": "signal", "ok": True, "seconds": 0.25, "command": "kill -TERM 1234", "detail": "pid 1234 was told"}
        ],
        "error": None,
        "pid_before": None,
        "pid_after": None,
        "warnings": [],
    }
    assert (second["ok"], second["error"]["code"], second["error"]["hint"]) == (False, "busy", "Wait.")
    assert "Another claw-tui works on it." in err


def test_one_that_fails_does_not_hide_the_others(claw: RunOperation) -> None:
    code, out, err, _ = claw("stop", "dev", "rescue", errors={"openclaw:dev": BUSY})
    assert code == 1
    failed, done = out.splitlines()
    assert failed == "■ openclaw:dev  not stopped: Another claw-tui works on it."
    assert done.startswith("○ openclaw:rescue  stopped")
    assert "openclaw:dev: Wait." in err
    assert "  bye" in err


def test_what_could_not_be_told_is_no_answer(claw: RunOperation) -> None:
    assert claw("stop", "dev", errors={"openclaw:dev": UNSEEN})[0] == 3
    assert claw("stop", "dev", "rescue", errors={"openclaw:dev": UNSEEN, "openclaw:rescue": BUSY})[0] == 1


@pytest.mark.parametrize("arguments", [(), ("rescue", "--all"), ("nobody",), ("rescue", "nobody")])
def test_without_a_clear_target_nothing_is_done(claw: RunOperation, arguments: tuple[str, ...]) -> None:
    code, out, err, operated = claw("start", *arguments)
    assert (code, out, operated) == (2, "", [])
    assert err.startswith("claw-tui: ")


def test_ids_beside_all_are_one_too_many(claw: RunOperation) -> None:
    assert "only one of instances, --group and --all" in claw("stop", "rescue", "--all")[2]
    assert "name the instances, or give --group or --all" in claw("stop")[2]


@pytest.mark.parametrize(("operation", "meant"), [("start", "stopped"), ("stop", "run"), ("restart", "run")])
def test_the_help_says_whom_all_means_and_that_no_id_is_needed_then(
    claw: RunOperation, operation: str, meant: str
) -> None:
    out = claw(operation, "--help")[1]
    assert f"{operation} [OPTIONS] [ID]..." in out
    assert re.search(rf"--all +All that (are )?{meant}\b", out)
    assert "of this home, and registered ones" in " ".join(out.split())


@pytest.mark.parametrize("seconds", ["0", "-1", "nan", "inf", "soon"])
def test_a_timeout_is_a_number_of_seconds(claw: RunOperation, seconds: str) -> None:
    code, _, _, operated = claw("start", "rescue", "--timeout", seconds)
    assert (code, operated) == (2, [])


def test_options_reach_the_operation(claw: RunOperation) -> None:
    ((_, _, options),) = claw("start", "dev", "--timeout", "2.5", "--force", "--via", "direct")[3]
    assert options == Options(timeout_s=2.5, backend="direct", force=True)
    ((_, _, options),) = claw("start", "dev", "--wait", "ready")[3]
    assert options == Options(wait=Wait.READY)
    assert claw("start", "dev", "--wait", "long")[0] == 2
    ((_, _, options),) = claw("restart", "dev", "--force")[3]
    assert options == Options(force=True)
    assert claw("stop", "dev", "--force")[0] == 2


def test_start_all_starts_what_can_start_and_says_what_is_left(claw: RunOperation) -> None:
    code, _, err, operated = claw("start", "--all")
    assert code == 0
    assert [name for name, _, _ in operated] == ["openclaw:dev"]
    heading, _, dev, left, *_ = err.splitlines()
    assert heading == "To start:"
    assert dev.split() == ["openclaw:dev", "○", "stopped"]
    assert left.startswith("Left alone: openclaw:default (blocked)")
    assert "openclaw:rescue" not in err


@pytest.mark.parametrize("operation", ["stop", "restart"])
def test_all_that_run_are_only_ended_when_somebody_agrees(claw: RunOperation, operation: str) -> None:
    code, _, err, operated = claw(operation, "--all")
    assert (code, operated) == (2, [])
    heading, titles, target, *_ = err.splitlines()
    assert (heading, titles.split()) == (f"To {operation}:", ["Instance", "State", "Pid"])
    assert RESCUE.signals.process is not None
    assert target.split() == ["openclaw:rescue", "●", "running", str(RESCUE.signals.process.pid)]
    assert "Agree with --yes." in err
    code, _, _, operated = claw(operation, "--all", "--yes")
    assert (code, [name for name, _, _ in operated]) == (0, ["openclaw:rescue"])


@pytest.mark.parametrize("operation", ["start", "stop", "restart"])
def test_all_leaves_out_what_is_of_others_and_says_so_in_one_line(claw: RunOperation, operation: str) -> None:
    ready = DEV if operation == "start" else RESCUE
    other = renamed(ready, "openclaw@other").model_copy(update={"own": False})
    demo = renamed(ready, "clawdbot@demo").model_copy(update={"own": False, "demo": True})
    agreed = ("--force", "--yes") if operation == "start" else ("--yes",)
    code, _, err, operated = claw(operation, "--all", *agreed, of=picture(ready, other, demo))
    assert (code, [name for name, _, _ in operated]) == (0, [ready.id])
    (told,) = [line for line in err.splitlines() if "Left alone" in line]
    assert told.endswith("not registered, so meant only by name: openclaw@other, clawdbot@demo (demo)")
    _, _, err, operated = claw(operation, "other", *agreed, of=picture(ready, other, demo))
    assert ([name for name, _, _ in operated], "Left alone" in err) == (["openclaw@other"], False)


@pytest.mark.parametrize(("state", "expected"), [(State.UNKNOWN, 3), (State.STOPPED, 0)])
def test_all_is_not_done_while_one_may_run_unseen(claw: RunOperation, state: State, expected: int) -> None:
    signals = RESCUE.signals.model_copy(update={"process": None})
    down = RESCUE.model_copy(update={"state": state, "signals": signals})
    code, _, err, operated = claw("stop", "--all", "--yes", of=picture(down))
    assert (code, operated) == (expected, [])
    assert ("Left alone: openclaw:rescue (unknown)" in err) is (state is State.UNKNOWN)


def test_all_is_not_done_where_not_everything_could_be_seen(claw: RunOperation) -> None:
    hidden = Problem(where="/home/ada", message="The home directory could not be listed", unseen=True)
    for problem, expected in ((hidden, 3), (hidden.model_copy(update={"unseen": False}), 0)):
        code, _, err, operated = claw("stop", "--all", "--yes", of=picture(RESCUE, problems=(problem,)))
        assert (code, len(operated)) == (expected, 1)
        assert ("Not seen, so gateways may be missing here: /home/ada: The home" in err) is problem.unseen


def test_all_of_nothing_is_done(claw: RunOperation) -> None:
    code, out, err, _ = claw("stop", "--all", of=EMPTY)
    assert (code, out, err) == (0, "", "To stop: none\n")
    assert json.loads(claw("stop", "--all", "--json", of=EMPTY)[1])["results"] == []


@pytest.mark.parametrize(("own", "expected"), [(True, 3), (False, 0)])
@pytest.mark.parametrize("operation", ["start", "stop", "restart"])
def test_all_is_not_done_while_one_may_be_meant_and_nobody_knows(
    claw: RunOperation, operation: str, own: bool, expected: int
) -> None:
    """As while a process is starting that could be one of several. That of another home or user is not meant."""
    unseen = RESCUE.signals.model_copy(update={"process": None})
    unknown = RESCUE.model_copy(update={"state": State.UNKNOWN, "own": own, "signals": unseen})
    code, _, err, operated = claw(
        operation, "--all", "--yes" if operation != "start" else "--force", of=picture(unknown)
    )
    assert (code, operated) == (expected, [])
    assert ("Left alone: openclaw:rescue (unknown)" in err) is own


def test_a_kill_is_confirmed_and_for_those_who_are_named(claw: RunOperation) -> None:
    assert claw("stop", "rescue", "--kill")[3] == []
    assert claw("stop", "--all", "--kill", "--yes")[3] == []
    ((_, operation, options),) = claw("stop", "rescue", "--kill", "--yes")[3]
    assert (operation, options) == (Operation.KILL, Options(confirmed=True))


def test_a_kill_that_would_be_refused_is_refused_before_anything_is_asked(claw: RunOperation) -> None:
    early = Failure(code=ErrorCode.TOO_EARLY, message="It was not asked to stop yet.", hint="Stop it first.")
    code, _, err, operated = claw("stop", "rescue", "--kill", errors={"openclaw:rescue": early})
    assert (code, operated) == (1, [])
    assert "not asked to stop yet" in err
    assert "nobody is here" not in err


def test_a_stop_says_how_to_keep_what_only_its_process_tells_of(claw: RunOperation) -> None:
    passing = RESCUE.model_copy(update={"found_by": ("process",)})
    said = f"To find it here once that has ended: claw-tui add --config {RESCUE.config_path}"
    assert said in claw("stop", "rescue", of=picture(passing))[2]
    assert said in claw("stop", "--all", of=picture(passing))[2]
    assert said not in claw("restart", "rescue", of=picture(passing))[2]
    assert "claw-tui add" not in claw("stop", "rescue")[2]


def test_hostile_ids_are_shown_escaped(claw: RunOperation) -> None:
    evil = renamed(RESCUE, "openclaw@x\x1b[31m\u202e[red]")
    error = Failure(code=ErrorCode.DIED, message="\x1b[2J", hint="\x1b[2J", last_lines=("\x1b[2J",))
    code, out, err, _ = claw("stop", evil.id, of=picture(evil), errors={evil.id: error})
    assert code == 1
    assert "\x1b" not in out + err
    assert "\u202e" not in out + err
    assert "\\x1b[31m" in out
    for wrong in ("--", "../../etc/passwd", "openclaw:\x00", "a" * 5000, "openclaw:rescue; rm -rf /"):
        assert claw("stop", "--", wrong)[0] == 2
