"""The commands as a user or a script meets them: output, streams and exit codes."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NoReturn, Protocol

import pytest

import gateway_core.distributions
from claw_tui.cli.commands.dashboard import demo_failure
from claw_tui.cli.main import run
from claw_tui.hosts.gateway_host import GatewayHost
from claw_tui.hosts.local import read_only_gateway_host
from claw_tui.hosts.onboarding import OnboardingRuns
from gateway_core.onboarding.journal import UnfinishedRun
from gateway_core.snapshot import ConfigStatus, Grade, Snapshot
from tests.cli_pictures import (
    BLOCKED,
    CONFLICT,
    EMPTY,
    FULL,
    LISTENER,
    NOW,
    RESCUE,
    Pictures,
    host_at,
    picture,
    renamed,
)


class RunCommand(Protocol):
    """Run a command over some pictures: exit code, stdout, stderr."""

    def __call__(
        self, *arguments: str, of: Sequence[Snapshot] = ..., ending: BaseException | None = None
    ) -> tuple[int, str, str]: ...


@pytest.fixture
def claw(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> RunCommand:
    def call(
        *arguments: str, of: Sequence[Snapshot] = (FULL,), ending: BaseException | None = None
    ) -> tuple[int, str, str]:
        code = run(list(arguments), Pictures(host_at(tmp_path), of, ending).gateway_host())
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


def test_ls_prints_a_table(claw: RunCommand) -> None:
    code, out, err = claw("ls")
    assert (code, err) == (0, "")
    assert "openclaw:rescue" in out
    assert out.endswith("\n")


def test_ls_json_is_one_document_and_nothing_else(claw: RunCommand) -> None:
    code, out, err = claw("ls", "--json")
    assert (code, err) == (0, "")
    assert json.loads(out)["schema"] == 1


@pytest.mark.parametrize("command", ["ls", "ports"])
def test_watch_json_is_one_document_per_line_and_per_change(claw: RunCommand, command: str) -> None:
    later = FULL.model_copy(update={"host": "other"})
    code, out, _ = claw(command, "--json", "--watch", of=(FULL, FULL, later))
    assert code == 0
    assert [json.loads(line)["host"] for line in out.splitlines()] == ["mini", "other"]


def test_watch_in_a_pipe_prints_a_table_per_change_and_a_blank_line_between(claw: RunCommand) -> None:
    same_to_people = FULL.model_copy(update={"taken_at": NOW.replace(microsecond=999_999)})
    _, out, _ = claw("ls", "--watch", of=(FULL, same_to_people, picture(RESCUE)))
    tables = out.removesuffix("\n\n").split("\n\nState")
    assert len(tables) == 2
    assert "openclaw:default" in tables[0]
    assert "openclaw:default" not in tables[1]


def test_the_bare_program_prints_the_table_without_a_terminal(claw: RunCommand) -> None:
    assert claw() == claw("ls")


@pytest.mark.parametrize("name", ["openclaw:rescue", "rescue", "RESCUE", "OpenClaw:Rescue"])
def test_show_takes_an_id_or_its_profile(claw: RunCommand, name: str) -> None:
    code, out, _ = claw("show", name)
    assert code == 0
    assert out.startswith("openclaw:rescue")


def test_show_takes_the_label_of_a_registered_instance(claw: RunCommand) -> None:
    registered = renamed(RESCUE, "openclaw@lab")
    code, out, _ = claw("show", "lab", of=(picture(registered, BLOCKED),))
    assert code == 0
    assert out.startswith("openclaw@lab")


def test_show_json_holds_that_instance(claw: RunCommand) -> None:
    code, out, _ = claw("show", "rescue", "--json")
    assert code == 0
    assert json.loads(out)["instance"]["id"] == "openclaw:rescue"


def test_an_ambiguous_profile_lists_the_candidates(claw: RunCommand) -> None:
    code, out, err = claw("show", "rescue", of=(picture(RESCUE, renamed(RESCUE, "clawdbot:rescue"), BLOCKED),))
    assert (code, out) == (2, "")
    assert "more than one" in err
    assert "openclaw:rescue, clawdbot:rescue" in err
    assert "default" not in err


def test_an_exact_id_wins_over_a_profile_of_that_name(claw: RunCommand) -> None:
    code, out, _ = claw("show", "openclaw:rescue", of=(picture(RESCUE, renamed(RESCUE, "clawdbot:rescue")),))
    assert code == 0
    assert out.startswith("openclaw:rescue")


def test_a_mistyped_id_suggests_the_near_ones(claw: RunCommand) -> None:
    code, _, err = claw("show", "resuce")
    assert code == 2
    assert "Did you mean: openclaw:rescue" in err


def test_an_unknown_id_lists_what_there_is(claw: RunCommand) -> None:
    _, _, err = claw("show", "zzz")
    assert "There are: openclaw:rescue, openclaw:default" in err
    many = picture(*(renamed(RESCUE, f"openclaw:p{number}") for number in range(40)))
    _, _, err = claw("show", "zzz", of=(many,))
    assert "and 28 more" in err


def test_an_unknown_id_on_an_empty_host_says_that_it_is_empty(claw: RunCommand) -> None:
    code, _, err = claw("show", "rescue", of=(EMPTY,))
    assert code == 2
    assert "No gateway was found at all" in err


def test_with_json_an_error_is_a_document_too(claw: RunCommand) -> None:
    code, out, err = claw("show", "resuce", "--json")
    assert code == 2
    assert json.loads(out)["error"]["code"] == "unknown-id"
    assert "resuce" in err


@pytest.mark.parametrize("arguments", [["ls", "--nonsense", "--json"], ["nonsense", "--json"], ["show", "--json"]])
def test_bad_usage_with_json_is_a_document_and_exits_2(claw: RunCommand, arguments: list[str]) -> None:
    code, out, err = claw(*arguments)
    assert code == 2
    assert json.loads(out)["error"]["code"] == "usage"
    assert "--help" in err


def test_a_mistyped_command_suggests_the_near_one(claw: RunCommand) -> None:
    _, _, err = claw("shwo")
    assert "'show'" in err


@pytest.mark.parametrize(
    ("arguments", "code"),
    [([], 1), (["--at-least", "certain"], 1), (["--at-least", "active"], 0), (["--at-least", "reserved"], 1)],
)
def test_check_answers_with_its_exit_code(claw: RunCommand, arguments: list[str], code: int) -> None:
    pictures = (picture(RESCUE, conflicts=(CONFLICT,)),)
    assert claw("check", *arguments, of=pictures)[0] == code
    answered, out, _ = claw("check", "--json", *arguments, of=pictures)
    assert answered == code
    assert json.loads(out)["ok"] is (code == 0)


def test_check_prints_one_line_per_conflict_the_worst_first(claw: RunCommand) -> None:
    possible = CONFLICT.model_copy(update={"id": "c2", "grade": "possible"})
    reserved = CONFLICT.model_copy(update={"id": "c3", "grade": "reserved"})
    code, out, _ = claw("check", of=(picture(RESCUE, conflicts=(reserved, possible, CONFLICT)),))
    assert code == 1
    assert [line.split()[1] for line in out.splitlines()] == ["certain", "possible"]


def test_check_of_a_host_without_conflicts_says_so(claw: RunCommand) -> None:
    assert claw("check", of=(picture(RESCUE),)) == (0, "No conflict of grade possible or worse.\n", "")


def test_an_unexpected_failure_is_one_clear_line_and_could_not_tell(claw: RunCommand) -> None:
    code, out, err = claw("ls", "--json", ending=RuntimeError("the socket table is gone"))
    assert code == 3
    assert json.loads(out)["error"]["code"] == "internal"
    assert "the socket table is gone" in err
    assert "Traceback" not in err


def test_ctrl_c_is_quiet(claw: RunCommand) -> None:
    code, out, err = claw("ls", "--watch", of=(), ending=KeyboardInterrupt())
    assert (code, out, err.strip()) == (130, "", "")


def test_free_port_prints_a_base_whose_block_nobody_wants(claw: RunCommand) -> None:
    code, out, err = claw("free-port")
    assert (code, out) == (0, "19789\n")
    assert "19789–19899 is free" in err


def test_free_port_json_is_as_designed(claw: RunCommand) -> None:
    code, out, _ = claw("free-port", "--json", of=(EMPTY,))
    assert code == 0
    assert json.loads(out) == {"schema": 1, "base_port": 18789, "block": {"start": 18789, "end": 18899}}


def test_free_port_keeps_clear_of_bases_and_listeners(claw: RunCommand) -> None:
    held = LISTENER.model_copy(update={"port": 20089})
    spaced = json.loads(claw("free-port", "--spacing", "1000", "--json", of=(picture(RESCUE, listeners=(held,)),))[1])
    assert abs(spaced["base_port"] - 19001) >= 1000
    assert not spaced["block"]["start"] <= 20089 <= spaced["block"]["end"]


def test_free_port_looks_for_as_many_ports_as_that_product_takes(claw: RunCommand, tmp_path: Path) -> None:
    built_in = Path(gateway_core.distributions.__file__).parent / "data" / "omniclaw.toml"
    own = tmp_path / ".config" / "claw-tui" / "distributions" / "longclaw.toml"
    own.parent.mkdir(parents=True)
    text = (
        built_in.read_text().replace("omniclaw", "longclaw").replace("first = 11, last = 110", "first = 11, last = 310")
    )
    own.write_text(text)

    code, out, _ = claw("free-port", "--distribution", "longclaw", "--json")
    block = json.loads(out)["block"]
    assert (code, block["end"] - block["start"]) == (0, 310)
    assert not any(block["start"] <= claim.end and claim.start <= block["end"] for claim in RESCUE.claims)
    assert claw("free-port", "--distribution", "openclaw") == claw("free-port")


def test_free_port_says_which_distributions_there_are(claw: RunCommand) -> None:
    code, out, err = claw("free-port", "--distribution", "opneclaw", "--json")
    assert (code, json.loads(out)["error"]["code"]) == (2, "unknown-distribution")
    assert "Did you mean openclaw?" in err


UNSEEN = picture(RESCUE, listeners_unseen="the list of sockets could not be read")


def test_the_help_of_check_names_every_grade_from_worst_to_mildest(claw: RunCommand) -> None:
    assert ", ".join(Grade) in " ".join(claw("check", "--help")[1].split())


@pytest.mark.parametrize("arguments", [["check"], ["free-port"], ["check", "--json"], ["free-port", "--json"]])
def test_without_a_list_of_sockets_nothing_is_called_free(claw: RunCommand, arguments: list[str]) -> None:
    code, out, err = claw(*arguments, of=(UNSEEN,))
    assert code == 3
    assert "could not tell which ports are taken: the list of sockets could not be read" in err
    if "--json" in arguments:
        assert json.loads(out)["error"]["code"] == "could-not-tell"


@pytest.mark.parametrize("command", ["check", "free-port"])
def test_with_a_config_that_may_not_be_read_no_conflict_is_ruled_out_and_no_block_called_free(
    claw: RunCommand, command: str
) -> None:
    hidden = RESCUE.model_copy(update={"config": ConfigStatus(exists=True, valid=False, forbidden=True)})
    code, out, err = claw(command, of=(picture(hidden),))
    assert (code, out) == (3, "")
    assert "could not tell which ports are taken: this user may not read the config of openclaw:rescue" in err


def test_a_conflict_that_is_known_is_an_answer_all_the_same(claw: RunCommand) -> None:
    assert claw("check", of=(UNSEEN.model_copy(update={"conflicts": (CONFLICT,)}),))[0] == 1


def test_a_spacing_that_changes_nothing_says_so(claw: RunCommand) -> None:
    code, out, err = claw("free-port", "--spacing", "20")
    assert (code, out) == claw("free-port")[:2]
    assert "--spacing 20 makes no difference" in err
    assert "difference" not in claw("free-port", "--spacing", "3000")[2]
    assert "difference" not in claw("free-port")[2]


def test_free_port_says_why_there_is_none(claw: RunCommand) -> None:
    code, out, err = claw("free-port", "--spacing", "60000", "--json")
    assert code == 1
    assert json.loads(out)["error"]["code"] == "no-free-block"
    assert "60000 away" in err


def test_add_then_forget_a_gateway(claw: RunCommand, tmp_path: Path) -> None:
    config = tmp_path / "bots" / "openclaw.json"
    config.parent.mkdir()
    config.write_text("{}")
    code, out, _ = claw("add", "--config", str(config))
    assert code == 0
    assert "openclaw@bots" in out
    assert claw("add", "--config", str(config))[0] == 0
    code, out, _ = claw("forget", "bots")
    assert code == 0
    assert "openclaw@bots" in out
    assert config.read_text() == "{}"
    code, _, err = claw("forget", "bots")
    assert code == 2
    assert "No gateway is registered" in err


def test_forget_takes_the_short_name_of_what_is_listed(claw: RunCommand, tmp_path: Path) -> None:
    found = RESCUE.model_copy(update={"config_path": str(tmp_path / "openclaw.json")})
    code, out, _ = claw("forget", "Rescue", of=(picture(found, BLOCKED),))
    assert code == 0
    assert "openclaw:rescue is left out from now on" in out


def test_forget_does_not_choose_between_two_of_that_name(claw: RunCommand, tmp_path: Path) -> None:
    config = tmp_path / "openclaw.json"
    config.write_text("{}")
    claw("add", "--config", str(config), "--label", "rescue")
    before = (tmp_path / ".config" / "claw-tui" / "instances.json").read_bytes()
    code, _, err = claw("forget", "rescue", of=(picture(RESCUE, renamed(RESCUE, "openclaw@rescue")),))
    assert code == 2
    assert "more than one instance" in err
    assert (tmp_path / ".config" / "claw-tui" / "instances.json").read_bytes() == before


def test_adding_what_is_known_changes_nothing(claw: RunCommand, tmp_path: Path) -> None:
    config = tmp_path / "openclaw.json"
    config.write_text("{}")
    known = RESCUE.model_copy(update={"config_path": str(config)})
    code, out, _ = claw("add", "--config", str(config), of=(picture(known),))
    assert code == 0
    assert "openclaw:rescue is known already" in out
    assert not (tmp_path / ".config").exists()


def test_what_only_its_process_tells_of_can_be_kept_while_it_runs(claw: RunCommand, tmp_path: Path) -> None:
    config = tmp_path / "openclaw.json"
    config.write_text("{}")
    passing = RESCUE.model_copy(update={"config_path": str(config), "found_by": ("process",)})
    code, out, _ = claw("add", "--config", str(config), of=(picture(passing),))
    assert code == 0
    assert "Registered openclaw@" in out


def test_add_explains_what_it_cannot_register(claw: RunCommand, tmp_path: Path) -> None:
    code, _, err = claw("add", "--config", str(tmp_path / "missing.json"))
    assert code == 2
    assert "there is no config at" in err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script_of_that_shell(claw: RunCommand, shell: str) -> None:
    code, out, _ = claw("completion", shell)
    assert code == 0
    assert "_CLAW_TUI_COMPLETE" in out


def test_every_command_has_help_with_examples(claw: RunCommand) -> None:
    _, out, _ = claw("--help")
    listing = out.partition("Commands:")[2].partition("\n\n")[0]
    commands = [line.split()[0] for line in listing.strip().splitlines()]
    assert {"ls", "show", "ports", "check", "add", "forget", "completion"} <= set(commands)
    for command in commands:
        assert "Examples:" in claw(command, "--help")[1], command


def test_a_demo_that_could_not_start_quotes_the_gateway_once_and_says_what_to_do() -> None:
    error = demo_failure("openclaw:default ended with 1:\n2026-11-30 [gateway] Port taken\nPort taken\n\n")
    assert error.message == "the demo could not start: openclaw:default ended with 1: Port taken"
    assert "try again" in (error.hint or "")
    assert demo_failure("there is no room").hint is None


@pytest.mark.parametrize(
    "arguments",
    [
        ["start", "rescue"],
        ["new", "--distribution", "openclaw", "--dry-run"],
        ["new", "--resume", "rescue"],
        ["new", "--undo", "rescue"],
        ["logs", "rescue"],
        ["events"],
        ["report", "-o", "-"],
        ["add", "--config", "openclaw.json"],
        ["forget", "rescue"],
    ],
)
def test_what_a_host_does_not_offer_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert run(arguments, bare_host(tmp_path)) == 1
    assert capsys.readouterr() == ("", "claw-tui: that cannot be done on this host\n")


def test_what_a_host_does_not_offer_has_a_code_for_scripts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["start", "rescue", "--json"], bare_host(tmp_path)) == 1
    message = "that cannot be done on this host"
    out, err = capsys.readouterr()
    assert json.loads(out) == {"schema": 1, "error": {"code": "not-offered", "message": message, "hint": None}}
    assert err == f"claw-tui: {message}\n"


@pytest.mark.parametrize("command", [["ls"], ["show", "rescue"]])
@pytest.mark.parametrize("read_only", [False, True])
def test_what_to_do_with_an_unfinished_run_is_said_only_where_it_can_be_done(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: list[str], read_only: bool
) -> None:
    class Runs(OnboardingRuns):
        async def unfinished(self) -> tuple[UnfinishedRun, ...]:
            return (UnfinishedRun("j1", RESCUE.id, NOW, "onboard", None, under_way=False),)

    whole = replace(
        Pictures(host_at(tmp_path), (FULL,)).gateway_host(), onboarding_runs=Runs(lambda: host_at(tmp_path))
    )
    shown = read_only_gateway_host(whole) if read_only else whole
    assert run(command, shown) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert f"Unfinished onboarding {RESCUE.id}" in text
    assert ("--resume" in text) is ("--undo" in text) is (not read_only)


def test_a_bad_pattern_is_an_error_before_the_host_is_looked_at(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def glance() -> NoReturn:
        raise AssertionError("the host was looked at")

    host = replace(Pictures(host_at(tmp_path), (FULL,)).gateway_host(), glance=glance)
    assert run(["logs", "nobody", "--grep", "("], host) == 2
    assert "“(” is no regular expression" in capsys.readouterr().err


def bare_host(home: Path) -> GatewayHost:
    """A host that only shows its instances."""
    return replace(
        Pictures(host_at(home), (FULL,)).gateway_host(),
        operator=None,
        onboarder=None,
        onboarding_runs=None,
        registrar=None,
        open_logs=None,
        open_events=None,
    )
