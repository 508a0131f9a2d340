"""`ls` of some instances, in some order: the same for people, for scripts, and while it is watched."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import click
import pytest

from claw_tui.cli import options
from claw_tui.cli.commands.instances import COLUMNS as SORTED_BY
from claw_tui.cli.commands.instances import ls
from claw_tui.cli.main import run
from claw_tui.hosts.local import read_only_gateway_host
from claw_tui.instances.columns import COLUMNS
from gateway_core.onboarding.installed import InstalledProduct
from gateway_core.snapshot import Snapshot, State
from tests.cli_pictures import BLOCKED, EMPTY, FULL, PROBLEM, RESCUE, Pictures, host_at, picture, renamed

assert RESCUE.signals.process is not None
AT_WORK = RESCUE.signals.process.model_copy(update={"cpu_percent": 9.0})
BUSY = renamed(RESCUE, "openclaw:busy").model_copy(
    update={"conflicts": (), "signals": RESCUE.signals.model_copy(update={"process": AT_WORK})}
)
THREE = FULL.model_copy(update={"instances": (RESCUE, BLOCKED, BUSY)})


class ListCommand(Protocol):
    """Run `ls`: exit code, stdout, stderr."""

    def __call__(self, *arguments: str, of: Sequence[Snapshot] = ...) -> tuple[int, str, str]: ...


@pytest.fixture
def listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> ListCommand:
    def call(*arguments: str, of: Sequence[Snapshot] = (THREE,)) -> tuple[int, str, str]:
        code = run(["ls", *arguments], Pictures(host_at(tmp_path), of).gateway_host())
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


def names(document: str) -> list[str]:
    return [instance["id"] for instance in json.loads(document)["instances"]]


def test_what_the_options_take_is_what_there_is() -> None:
    assert set(options.STATES) == set(State)
    assert [column.key for column in COLUMNS] == list(SORTED_BY)


def test_only_what_is_in_these_states_is_listed_with_its_reasons(listed: ListCommand) -> None:
    code, out, _ = listed("--state", "blocked,Wedged")
    assert code == 0
    assert "openclaw:default" in out
    assert "openclaw:rescue" not in out
    assert "openclaw:default (blocked): the config is not valid" in out
    assert PROBLEM.message in out  # what could not be seen may be in that state


def test_a_state_may_be_called_as_the_table_calls_it(listed: ListCommand) -> None:
    taken = renamed(BLOCKED, "openclaw:taken").model_copy(update={"state": State.FOREIGN})
    for word in ("foreign", "port taken", " Port Taken "):
        assert names(listed("--state", word, "--json", of=[picture(taken, RESCUE)])[1]) == ["openclaw:taken"]


def test_json_has_the_same_instances_and_the_conflicts_they_are_in(listed: ListCommand) -> None:
    assert names(listed("--state", "running", "--json")[1]) == ["openclaw:busy", "openclaw:rescue"]
    of_busy = picture(BUSY, BLOCKED, conflicts=FULL.conflicts)
    document = json.loads(listed("--state", "running", "--json", of=[of_busy])[1])
    assert document["conflicts"] == []


def test_without_options_json_stays_in_the_order_of_the_host(listed: ListCommand) -> None:
    assert names(listed("--json")[1]) == ["openclaw:rescue", "openclaw:default", "openclaw:busy"]


@pytest.mark.parametrize(
    ("arguments", "order"),
    [
        (["--sort", "cpu"], ["openclaw:rescue", "openclaw:busy", "openclaw:default"]),
        (["--sort", "CPU", "--reverse"], ["openclaw:busy", "openclaw:rescue", "openclaw:default"]),
        (["--sort", "state"], ["openclaw:default", "openclaw:busy", "openclaw:rescue"]),
        (["--reverse"], ["openclaw:rescue", "openclaw:busy", "openclaw:default"]),
    ],
)
def test_a_column_orders_the_table_and_the_document_alike(
    listed: ListCommand, arguments: list[str], order: list[str]
) -> None:
    assert names(listed(*arguments, "--json")[1]) == order
    table = listed(*arguments)[1].partition("\n\n")[0]
    assert [line for line in order if line in table] == sorted(order, key=table.index)


def test_none_in_that_state_is_said_and_no_error_unless_something_is_hidden(listed: ListCommand) -> None:
    seen = THREE.model_copy(update={"problems": ()})
    code, out, _ = listed("--state", "wedged,starting", of=[seen])
    assert (code, out) == (0, "None of 3 instances is listed: only unresponsive or starting was asked for.\n")
    hidden = seen.model_copy(update={"problems": (PROBLEM.model_copy(update={"unseen": True}),)})
    assert listed("--state", "wedged", of=[hidden])[0] == 3
    assert names(listed("--state", "wedged", "--json", of=[seen])[1]) == []


def test_a_watched_list_follows_the_states(listed: ListCommand) -> None:
    later = picture(BLOCKED)
    _, out, _ = listed("--state", "running", "--watch", of=[THREE, later])
    assert "openclaw:busy" in out
    assert out.rstrip().endswith("None of 1 instance is listed: only running was asked for.")


@pytest.mark.parametrize("arguments", [["--state", "runing"], ["--state", ""], ["--sort", "colour"]])
def test_a_word_that_is_none_is_bad_usage_that_lists_them(listed: ListCommand, arguments: list[str]) -> None:
    code, out, err = listed(*arguments)
    assert (code, out) == (2, "")
    assert ("running" if arguments[0] == "--state" else "cpu") in err


def test_the_shell_completes_states_each_but_once() -> None:
    context = click.Context(ls)
    state = next(option for option in ls.params if option.name == "states")

    def completed(text: str) -> list[str]:
        return [item.value for item in state.shell_complete(context, text)]

    assert completed("de") == ["degraded"]
    assert completed("stopped,st") == ["stopped,starting", "stopped,stopping"]


@pytest.mark.parametrize("read_only", [False, True])
def test_ls_of_an_empty_host_names_what_is_installed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], read_only: bool
) -> None:
    async def find() -> tuple[InstalledProduct, ...]:
        return (InstalledProduct("OpenClaw", "/usr/bin/openclaw", "2026.9.6"),)

    whole = replace(Pictures(host_at(tmp_path), (EMPTY,)).gateway_host(), installed_products=find)
    assert run(["ls"], read_only_gateway_host(whole) if read_only else whole) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "OpenClaw 2026.9.6 is installed" in text
    assert ("claw-tui new for your first gateway" in text) is (not read_only)
