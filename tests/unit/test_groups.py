"""Groups of instances: what their patterns mean, how the settings give them, and what commands do with `--group`."""

import json
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw_tui.cli.instance_groups import complete
from claw_tui.cli.main import cli, run
from claw_tui.settings import GROUPS, load_settings
from claw_tui.text.groups import InstanceGroup
from gateway_core.snapshot import Snapshot, State
from tests.cli_pictures import BLOCKED, RESCUE, Pictures, host_at, picture, renamed

BOT = renamed(RESCUE, "openclaw:bot1")
DEV = renamed(BLOCKED, "openclaw:bot-dev").model_copy(update={"state": State.STOPPED})
OTHERS = renamed(RESCUE, "openclaw@bot-bob").model_copy(update={"own": False})
HOST = picture(RESCUE, BOT, BLOCKED, DEV, OTHERS)
SETTINGS = """
[groups]
bots = "bot*"
Pair = ["openclaw:rescue", "*:default"]
nobody = "clawdbot:*"
"""


def group(*patterns: str) -> InstanceGroup:
    return InstanceGroup("g", patterns)


# --- patterns ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "meant"),
    [
        ("openclaw:bot*", {"openclaw:bot1", "openclaw:Bot-2"}),
        ("bot*", {"openclaw:bot1", "openclaw:Bot-2", "openclaw@bot-bob"}),
        ("OPENCLAW:BOT1", {"openclaw:bot1"}),
        ("bot?", {"openclaw:bot1"}),
        ("bot[0-9]", {"openclaw:bot1"}),
        ("*@*", {"openclaw@bot-bob"}),
        ("openclaw", set()),
        ("*", {"openclaw:bot1", "openclaw:Bot-2", "openclaw@bot-bob", "clawdbot:default"}),
        (".*", set()),
    ],
)
def test_a_pattern_is_about_the_id_or_without_a_product_about_what_follows_it(pattern: str, meant: set[str]) -> None:
    ids = ["openclaw:bot1", "openclaw:Bot-2", "openclaw@bot-bob", "clawdbot:default"]
    assert {name for name in ids if group(pattern).has(name)} == meant


@given(st.text(max_size=200), st.text(max_size=80))
def test_any_text_is_a_pattern(pattern: str, name: str) -> None:
    group(pattern).has(name)


def test_a_pattern_that_could_go_back_again_and_again_does_not() -> None:
    began = time.process_time()
    for shape in ("*a" * 100, "*" * 200, "[!b]*" * 40):
        group(shape).has("openclaw:" + "a" * 200 + "!")
    assert time.process_time() - began < 1


# --- settings ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "patterns"),
    [
        ('g = "bot*"', ("bot*",)),
        ('g = [" a ", "b"]', ("a", "b")),
        ("g = []", None),
        ('g = ""', None),
        ('g = ["a", 3]', None),
        ('g = ["a", ["b"]]', None),
        ("g = 3", None),
        (f'g = "{"x" * 201}"', None),
        (f"g = {['x'] * 101}", None),
    ],
)
def test_a_group_is_a_pattern_or_a_list_of_them(tmp_path: Path, line: str, patterns: tuple[str, ...] | None) -> None:
    (tmp_path / "settings.toml").write_text(f"[groups]\n{line}\n")
    loaded = load_settings(tmp_path)
    assert loaded.settings.groups == ({"g": patterns} if patterns else {})
    assert [fault for fault in loaded.faults if "“groups.g” must be" in fault] == list(loaded.faults)
    assert bool(loaded.faults) == (patterns is None)


def test_more_groups_than_anybody_has_are_left_out_and_told(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text("[groups]\n" + "".join(f'g{n} = "x"\n' for n in range(GROUPS.most + 1)))
    loaded = load_settings(tmp_path)
    assert len(loaded.settings.groups) == GROUPS.most
    assert loaded.faults == ("“groups” has more than 100 lines; those after them were left out.",)


@pytest.mark.parametrize("name", ["", "   ", "n" * 61])
def test_a_name_that_nobody_could_type_or_read_is_none(tmp_path: Path, name: str) -> None:
    (tmp_path / "settings.toml").write_text(f'[groups]\n"{name}" = "x"\n')
    loaded = load_settings(tmp_path)
    assert loaded.settings.groups == {}
    assert [("is no name" in fault, len(fault) < 200) for fault in loaded.faults] == [(True, True)]


def test_as_many_groups_and_patterns_as_there_may_be_keep_nobody_waiting() -> None:
    groups = [InstanceGroup(str(at), tuple(f"zz{at}x{number}*" for number in range(100))) for at in range(GROUPS.most)]
    assert not any(group.has("") for group in groups)
    began = time.process_time()
    assert not any(group.has(f"openclaw:bot{number}") for number in range(500) for group in groups)
    assert time.process_time() - began < 0.8


# --- the command line -------------------------------------------------------------------------------------------


class RunCommand(Protocol):
    """Run a command with settings: exit code, stdout, stderr and what was operated."""

    def __call__(
        self, *arguments: str, of: Sequence[Snapshot] = ..., settings: str = ...
    ) -> tuple[int, str, str, list[str]]: ...


@pytest.fixture
def claw(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> RunCommand:
    def call(
        *arguments: str, of: Sequence[Snapshot] = (HOST,), settings: str = SETTINGS
    ) -> tuple[int, str, str, list[str]]:
        (tmp_path / "settings.toml").write_text(settings)
        source = Pictures(host_at(tmp_path), of)
        host = replace(source.gateway_host(), settings=lambda: load_settings(tmp_path))
        code = run(list(arguments), host)
        captured = capsys.readouterr()
        return code, captured.out, captured.err, [name for name, _, _ in source.operated]

    return call


def test_ls_lists_the_group_whoever_owns_its_gateways(claw: RunCommand) -> None:
    code, out, _, _ = claw("ls", "--group", "bots", "--json")
    assert code == 0
    listed = [instance["id"] for instance in json.loads(out)["instances"]]
    assert sorted(listed) == ["openclaw:bot-dev", "openclaw:bot1", "openclaw@bot-bob"]
    both = json.loads(claw("ls", "--group", "bots", "--group", "PAIR", "--state", "running", "--json")[1])
    assert {instance["id"] for instance in both["instances"]} == {
        "openclaw:bot1",
        "openclaw@bot-bob",
        "openclaw:rescue",
    }
    assert claw("ls", "--group", "nobody")[1].startswith("None of 5 instances is listed: only group nobody was")


@pytest.mark.parametrize(("operation", "done"), [("stop", "openclaw:bot1"), ("start", "openclaw:bot-dev")])
def test_an_operation_means_those_of_this_home_and_says_what_it_leaves_out(
    claw: RunCommand, operation: str, done: str
) -> None:
    code, _, err, operated = claw(operation, "--group", "bots", "--yes")
    assert (code, operated) == (0, [done])
    others = "Left alone, not of this home and not registered, so meant only by name: openclaw@bot-bob"
    assert (others in " ".join(err.split())) == (operation == "stop")
    assert "openclaw:rescue" not in err


def test_a_group_is_ended_only_when_somebody_agrees(claw: RunCommand) -> None:
    code, out, err, operated = claw("stop", "--group", "bots")
    assert (code, out, operated) == (2, "", [])
    assert "nobody is here to agree" in err


@pytest.mark.parametrize(
    "arguments",
    [
        ("stop", "rescue", "--group", "bots"),
        ("stop", "--all", "--group", "bots", "--yes"),
        ("stop", "--kill", "--group", "bots"),
        ("stop", "--group", "bits", "--yes"),
        ("stop", "--group", "nobody", "--yes"),
        ("ls", "--group", "bits"),
        ("logs", "--group", "bits"),
        ("logs",),
        ("events", "--group", "nobody"),
        ("wait", "--until", "running"),
        ("wait", "--group", "nobody", "--until", "running"),
    ],
)
def test_what_means_nobody_for_sure_is_bad_usage(claw: RunCommand, arguments: tuple[str, ...]) -> None:
    code, out, err, operated = claw(*arguments)
    assert (code, out, operated) == (2, "", [])
    assert err


def test_a_group_that_is_none_names_those_that_are(claw: RunCommand) -> None:
    _, _, err, _ = claw("ls", "--group", "bits")
    assert "there is no group “bits”" in err
    assert "There are: bots, Pair, nobody" in err
    assert "There are no groups yet" in claw("ls", "--group", "bits", settings="")[2]
    assert "“groups.bits” must be" in claw("ls", "--group", "bits", settings="[groups]\nbits = 3")[2]


def test_of_groups_that_differ_in_their_capitals_each_is_meant(claw: RunCommand) -> None:
    two = '[groups]\nBots = "rescue"\nbots = "bot1"\n'
    for name, meant in (("Bots", "openclaw:rescue"), ("bots", "openclaw:bot1")):
        listed = json.loads(claw("ls", "--group", name, "--json", settings=two)[1])["instances"]
        assert [instance["id"] for instance in listed] == [meant]


def test_a_group_is_waited_for(claw: RunCommand) -> None:
    code, out, _, _ = claw("wait", "--group", "pair", "--until", "blocked", "--timeout", "5", of=[HOST, HOST])
    assert "openclaw:default is blocked" in out
    assert code == 1  # openclaw:rescue never was


def test_the_shell_completes_groups(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text(SETTINGS)
    host = replace(Pictures(host_at(tmp_path), (HOST,)).gateway_host(), settings=lambda: load_settings(tmp_path))
    with cli.make_context("claw-tui", ["ls"], obj=host) as context:
        assert [item.value for item in complete(context, context.command.params[0], "b")] == ["bots"]
        assert len(complete(context, context.command.params[0], "")) == 3
