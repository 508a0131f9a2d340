"""`claw-tui wait`: what ends it, what it says, and its exit codes."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from claw_tui.cli.commands.wait import wait
from claw_tui.cli.main import run
from claw_tui.text.states import STATE_STYLES
from gateway_core.snapshot import Instance, Problem, Snapshot, State
from tests.cli_pictures import BLOCKED, FULL, RESCUE, Pictures, host_at, picture
from tests.monitors import QuietMonitor, monitors


def seen(instance: Instance, state: State) -> Instance:
    return instance.model_copy(update={"state": state, "reason": f"it is {state}"})


STARTING, RUNNING = seen(RESCUE, State.STARTING), seen(RESCUE, State.RUNNING)


@pytest.fixture
def waited(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> "Waited":
    return Waited(tmp_path, capsys)


class Waited:
    """Runs `wait` over some pictures: exit code, stdout, stderr."""

    def __init__(self, home: Path, captured: pytest.CaptureFixture[str]) -> None:
        self._home = home
        self._captured = captured

    def __call__(self, *arguments: str, of: Sequence[Snapshot]) -> tuple[int, str, str]:
        code = run(["wait", *arguments], Pictures(host_at(self._home), of).gateway_host())
        captured = self._captured.readouterr()
        return code, captured.out, captured.err


def test_it_ends_once_the_gateway_was_seen_in_the_state(waited: Waited) -> None:
    later = picture(seen(RESCUE, State.STOPPED))
    code, out, err = waited("rescue", "--until", "running", of=(picture(STARTING), picture(RUNNING), later))
    assert (code, out, err) == (0, "openclaw:rescue is running: it is running\n", "")


def test_each_of_several_is_done_when_it_was_there(waited: Waited) -> None:
    other = seen(BLOCKED, State.STARTING)
    pictures = (picture(RUNNING, other), picture(STARTING, seen(BLOCKED, State.RUNNING)))
    code, out, _ = waited("rescue", "default", "--until", "running", of=pictures)
    assert (code, out.splitlines()) == (
        0,
        ["openclaw:rescue is running: it is running", "openclaw:default is running: it is running"],
    )


def test_a_gateway_that_does_not_get_there_in_time_is_named_with_its_reason(waited: Waited) -> None:
    code, out, err = waited("rescue", "default", "--until", "running", "--timeout", "7", of=(FULL,))
    assert (code, out) == (1, "openclaw:rescue is running: live and ready\n")
    assert err == "openclaw:default is blocked, not running, after 7 s: the config is not valid\n"


def test_one_that_is_no_longer_listed_is_not_waited_for(waited: Waited) -> None:
    code, _, err = waited("rescue", "--until", "running", of=(picture(STARTING), picture(BLOCKED), picture(RUNNING)))
    assert code == 1
    assert "is no longer listed" in err


def test_where_not_all_was_seen_it_may_come_back(waited: Waited) -> None:
    hidden = picture(problems=(Problem(where="/home", message="could not be read", unseen=True),))
    code, _, err = waited("rescue", "--until", "running", of=(picture(STARTING), hidden, picture(RUNNING)))
    assert (code, err) == (0, "")


def test_what_could_not_be_told_is_no_no(waited: Waited) -> None:
    assert waited("rescue", "--until", "running", of=(picture(seen(RESCUE, State.UNKNOWN)),))[0] == 3


def test_a_host_that_does_not_answer_in_time_could_not_be_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    host = replace(Pictures(host_at(tmp_path), (FULL,)).gateway_host(), monitor=monitors(QuietMonitor))
    assert run(["wait", "rescue", "--until", "running", "--timeout", "0.01"], host) == 3
    assert "within 0.01 s" in capsys.readouterr().err


def test_json_is_one_document_with_a_result_for_each(waited: Waited) -> None:
    code, out, _ = waited("default", "rescue", "--until", "running", "--json", of=(FULL,))
    document = json.loads(out)
    assert (code, document["until"], document["ok"]) == (1, "running", False)
    assert [(one["instance"], one["ok"], one["state"]) for one in document["results"]] == [
        ("openclaw:default", False, "blocked"),
        ("openclaw:rescue", True, "running"),
    ]


@pytest.mark.parametrize(
    "arguments",
    [
        ("nobody", "--until", "running"),
        ("rescue",),
        ("rescue", "--until", "happy"),
        ("rescue", "--until", "running", "--timeout", "0"),
    ],
)
def test_bad_usage_is_told_at_once(waited: Waited, arguments: tuple[str, ...]) -> None:
    assert waited(*arguments, of=(FULL,))[0] == 2


def test_every_state_can_be_waited_for_by_the_name_in_tables_as_well() -> None:
    (until,) = (option for option in wait.params if option.name == "until")
    for state, style in STATE_STYLES.items():
        for word in (state.value, style.word, style.word.upper()):
            assert until.type.convert(word, until, None) == state.value


def test_people_read_the_word_of_the_table(waited: Waited) -> None:
    taken = picture(seen(RESCUE, State.FOREIGN))
    assert waited("rescue", "--until", "port taken", of=(taken,))[1].startswith("openclaw:rescue has its port taken: ")
    err = waited("rescue", "--until", "running", "--timeout", "0.1", of=(taken,))[2]
    assert err.startswith("openclaw:rescue has its port taken, not running, after 0.1 s: ")
    code, _, err = waited("rescue", of=(taken,))
    assert (code, err) == (2, "claw-tui: Missing option '--until'.\nSee: claw-tui wait --help\n")
