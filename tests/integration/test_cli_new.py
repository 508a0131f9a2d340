"""`claw-tui new` from a shell, on a demo home: plans, runs, refusals, resume and undo."""

import json
import socket
from pathlib import Path

import pytest

from gateway_core.demo.home import DemoHome
from gateway_core.onboarding.choices import Preset
from tests.documents import at, rows, strings, text
from tests.onboarding import (
    OWN_PLACES,
    choices,
    contents,
    fake_command,
    planned,
    run_until_killed,
    watching_command_lines,
    write_command,
)
from tests.program import CompletedRun, claw_tui, claw_tui_until
from tests.terminal import terminal

pytestmark = pytest.mark.usual_ports

ALL = ("clawdbot", "moltbot", "openclaw", "mazelclaw", "omniclaw")
RESCUE = ("new", "--distribution", "openclaw", "--preset", "rescue")
RUN = (*RESCUE, "--accept-risk", "--yes")


@pytest.mark.slow
@pytest.mark.parametrize("distribution", ALL)
async def test_each_product_is_created_without_questions(demo_home: DemoHome, distribution: str) -> None:
    arguments = ("new", "--distribution", distribution, "--accept-risk", "--yes", "--start", "--json")
    ended = await claw_tui(demo_home.environment, *arguments)
    document = ended.document
    assert (ended.code, document["ok"], document["error"]) == (0, True, None), ended.errors
    assert (document["schema"], document["instance"]) == (1, f"{distribution}:default")
    assert at(document, "plan", "state_dir") in strings(document["created"])
    assert document["state"] == "running"
    assert "onboard --non-interactive --accept-risk" in ended.errors
    assert _token(text(at(document, "plan", "config_path"))) not in ended.output + ended.errors


def _token(config_path: str) -> str:
    return str(json.loads(Path(config_path).read_text())["gateway"]["auth"]["token"])


async def test_a_token_of_claw_tuis_own_is_handed_to_onboard_alone_and_shown_nowhere(demo_home: DemoHome) -> None:
    genuine, given = demo_home.command("openclaw").rename(demo_home.base / "genuine"), demo_home.base / "given"
    fake_command(
        demo_home, "openclaw", f'echo "$3 ${{OPENCLAW_GATEWAY_TOKEN:-nothing}}" >> {given}; exec {genuine} "$@"'
    )
    with watching_command_lines() as command_lines:
        ended = await claw_tui(demo_home.environment, *RUN, "--own-token", "--start", "--json")
    events = await claw_tui(demo_home.environment, "events", "--json")

    assert ended.code == 0, ended.errors
    assert at(ended.document, "plan", "token") == "environment"
    token = _token(text(at(ended.document, "plan", "config_path")))
    assert given.read_text().splitlines() == [f"onboard {token}", "gateway nothing"]
    assert any("onboard" in line for line in command_lines)
    kept = [path for place in OWN_PLACES for path in (demo_home.home / place).rglob("*") if path.is_file()]
    assert {path.suffix for path in kept} >= {".json", ".db"}, "a journal and the events"
    written = b"".join(path.read_bytes() for path in kept).decode(errors="replace")
    assert '"new"' in events.output
    shown = "".join((ended.output, ended.errors, events.output, events.errors, written, *command_lines))
    assert token not in shown


async def test_a_version_that_takes_a_token_only_on_its_command_line_is_given_none(demo_home: DemoHome) -> None:
    arguments = ("new", "--distribution", "clawdbot", "--own-token", "--accept-risk", "--yes")
    before = contents(demo_home.home, without=())
    ended = await claw_tui(demo_home.environment, *arguments)
    assert ended.code == 1
    assert "\nown-token     ■ Clawdbot 2026.1.24-3 takes a token only on its command line" in ended.errors
    assert contents(demo_home.home, without=()) == before


@pytest.mark.parametrize("as_json", [(), ("--json",)])
async def test_a_dry_run_prints_the_plan_and_touches_nothing(demo_home: DemoHome, as_json: tuple[str, ...]) -> None:
    before = contents(demo_home.home, without=())
    ended = await claw_tui(demo_home.environment, *RESCUE, "--start", "--dry-run", *as_json)
    assert (ended.code, ended.errors) == (0, "")
    assert contents(demo_home.home, without=()) == before
    if as_json:
        document = ended.document
        assert (document["instance"], document["ok"], document["created"]) == ("openclaw:rescue", True, [])
        assert [command["step"] for command in rows(at(document, "plan", "commands"))] == ["onboard", "start"]
    else:
        state_dir = demo_home.home / ".openclaw-rescue"
        for shown in ("--profile rescue onboard --non-interactive", str(state_dir), "base ", "Read this first"):
            assert shown in ended.output


async def test_without_the_users_word_it_only_shows_the_notice(demo_home: DemoHome) -> None:
    before = contents(demo_home.home, without=())
    ended = await claw_tui(demo_home.environment, *RESCUE, "--yes", "--json")
    assert ended.code == 2
    assert ended.document["error"] == {
        "code": "risk-not-accepted",
        "message": "nothing was done: add --accept-risk, your word that you have read the risk notice and accept it",
        "hint": "Nobody else can say so; --dry-run shows the notice.",
    }
    assert "prompt injection" in ended.errors
    unasked = await claw_tui(demo_home.environment, *RESCUE, "--accept-risk")
    assert unasked.code == 2
    assert "nobody is here to answer" in unasked.errors
    assert contents(demo_home.home, without=()) == before


MEANINGLESS = (
    {"profile": ("../x", "“.”, “/” cannot be in it"), "port": ("http", "is not a port number")},
    {"profile": ("bücher", "“ü” cannot be in it"), "port": ("0", "There is no port 0")},
    {"profile": ("default", "stands for the one without a name"), "bind": ("moon", "no bind mode “moon”")},
    {"profile": ("", "needs a name"), "auth": ("none", "no auth mode “none”")},
    {"profile": ("x" * 65, "65 characters"), "port": ("HELD", "listens on port")},
    {"workspace": ("here", "would depend on the current directory")},
    {"distribution": ("penclaw", "no distribution “penclaw”")},
    {"preset": ("copy:nobody", "no instance “nobody”")},
)
"""For each call: what is typed for an option, and what is to be said of it."""
IMPOSSIBLE = (
    {"profile": ("Taken", "differs only in upper and lower case"), "port": ("TAKEN", "use the same base port")},
    {"profile": ("taken", "openclaw:taken is there already"), "port": ("80", "needs privileges")},
    {"bind": ("custom", "no flag of onboarding takes one"), "port": ("INSIDE", "CDP range")},
    {"auth": ("password", "only from its command line"), "port": ("65500", "ports end at 65535")},
    {"port": ("40000", "ephemeral")},
)
"""The same for what is well-formed; the answer is no."""


@pytest.mark.slow
async def test_each_bad_input_has_its_own_message(demo_home: DemoHome) -> None:
    taken = demo_home.add_profile("openclaw", "taken")
    before = contents(demo_home.home, without=())
    messages: list[str] = []
    with socket.create_server(("127.0.0.1", demo_home.ports.take())) as stranger:
        ports = {"TAKEN": taken.port, "INSIDE": taken.port + 50, "HELD": stranger.getsockname()[1]}
        for bad in (*MEANINGLESS, *IMPOSSIBLE):
            typed = (f"--{option}={ports.get(text, text)}" for option, (text, _) in bad.items())
            ended = await claw_tui(demo_home.environment, *RUN, *typed, "--json")
            assert ended.code == (2 if bad in MEANINGLESS else 1), bad
            messages += _told(ended, {option: words for option, (_, words) in bad.items()})
    assert len(set(messages)) == len(messages) == sum(map(len, (*MEANINGLESS, *IMPOSSIBLE)))
    assert contents(demo_home.home, without=()) == before


def _told(ended: CompletedRun, expected: dict[str, str]) -> list[str]:
    """What is said of these choices, and of no other, to programs and to people."""
    document = ended.document
    assert (document["ok"], document["plan"]) == (False, None), expected
    fields = {"copy-of" if option == "preset" else option: words for option, words in expected.items()}
    told = {text(problem["field"]): text(problem["message"]) for problem in rows(document["problems"])}
    assert told.keys() == fields.keys()
    for field, words in fields.items():
        assert words in told[field]
        assert f"\n{field.ljust(12)}  ■ {told[field]}" in ended.errors, "beside the name of the choice"
    return list(told.values())


async def test_a_copy_needs_no_word_about_its_product(demo_home: DemoHome) -> None:
    demo_home.add_profile("mazelclaw", "work")
    copied = await claw_tui(demo_home.environment, "new", "--preset", "copy:mazelclaw:work", "--dry-run", "--json")
    assert (copied.code, copied.document["instance"]) == (0, "mazelclaw:work-copy"), copied.errors


async def test_what_is_copied_may_be_named_as_in_any_command(demo_home: DemoHome) -> None:
    demo_home.add_profile("mazelclaw", "work")
    copied = await claw_tui(demo_home.environment, "new", "--preset", "copy:Work", "--dry-run", "--json")
    assert (copied.code, copied.document["instance"]) == (0, "mazelclaw:work-copy"), copied.errors
    demo_home.add_profile("openclaw", "work")
    unclear = await claw_tui(demo_home.environment, "new", "--preset", "copy:work", "--dry-run", "--json")
    assert (unclear.code, at(unclear.document, "error", "code")) == (2, "ambiguous-id")
    assert "Say which: mazelclaw:work, openclaw:work" in unclear.errors


async def test_bad_usage_is_told(demo_home: DemoHome) -> None:
    for arguments, words in (
        (("new",), "--distribution NAME"),
        (("new", "--yes"), "Add --accept-risk, too"),
        (("new", "--dry-run"), "See: claw-tui new --help"),
        (("new", "--distribution", "openclaw", "--preset", "best"), "no preset “best”"),
        (("new", "--resume", "a", "--undo", "b"), "exclude each other"),
        (("new", "--resume", "rescue", "--dry-run"), "--dry-run goes with a new plan"),
        (("new", "--resume", "rescue"), "no onboarding of “rescue”"),
    ):
        ended = await claw_tui(demo_home.environment, *arguments)
        assert (ended.code, ended.output) == (2, "")
        assert words in ended.errors


async def test_a_missing_command_says_how_to_install_it(demo_home: DemoHome) -> None:
    demo_home.command("openclaw").unlink()
    ended = await claw_tui(demo_home.environment, *RUN, "--json")
    assert ended.code == 1
    assert "npm install -g openclaw" in text(at(ended.document, "error", "hint"))


async def test_a_command_that_does_not_tell_its_version_leaves_the_answer_open(demo_home: DemoHome) -> None:
    write_command(demo_home, "openclaw", "#!/bin/sh\necho no version\n")
    ended = await claw_tui(demo_home.environment, *RUN, "--json")
    assert (ended.code, at(ended.document, "error", "code")) == (3, "version-unreadable")


async def test_a_slip_of_the_finger_is_understood(demo_home: DemoHome) -> None:
    for typed in ("opneclaw", "OpenClaws", "openclow"):
        ended = await claw_tui(demo_home.environment, *RUN, "--distribution", typed)
        assert ended.code == 2
        assert "Did you mean openclaw?" in ended.errors
        assert "\ndistribution  " in ended.errors, "the name of the choice is not cut"
    unlike = await claw_tui(demo_home.environment, *RUN, "--distribution", "nginx")
    assert "Did you mean" not in unlike.errors


async def test_a_rescue_bot_is_told_to_have_bot_tokens_of_its_own_before_and_after(demo_home: DemoHome) -> None:
    reminder = "Give it bot tokens of its own"
    dry = await claw_tui(demo_home.environment, *RESCUE, "--dry-run")
    done = await claw_tui(demo_home.environment, *RUN)
    assert (dry.code, done.code) == (0, 0), done.errors
    assert reminder in dry.output
    assert reminder in done.output
    main = await claw_tui(demo_home.environment, "new", "--distribution", "clawdbot", "--dry-run")
    assert main.code == 0
    assert reminder not in main.output


async def test_an_existing_profile_needs_an_explicit_yes(demo_home: DemoHome) -> None:
    profile = demo_home.add_profile("clawdbot", "rescue")
    arguments = ("new", "--distribution", "clawdbot", "--preset", "rescue", "--accept-risk", "--yes", "--json")
    before = profile.config_path.read_text()
    ended = await claw_tui(demo_home.environment, *arguments)
    assert (ended.code, at(ended.document, "error", "code")) == (1, "name-exists")
    assert "Its token is replaced" in text(at(ended.document, "error", "message"))
    assert "--confirm-existing" in text(at(ended.document, "error", "hint"))
    assert profile.config_path.read_text() == before
    plan = await claw_tui(demo_home.environment, *arguments[:-2], "--confirm-existing", "--dry-run")
    assert "Changes what is there" in plan.output
    assert "Its token is replaced" in plan.output
    assert profile.config_path.read_text() == before
    agreed = await claw_tui(demo_home.environment, *arguments, "--confirm-existing")
    assert agreed.code == 0, agreed.errors
    assert profile.config_path.read_text() != before


@pytest.mark.slow
async def test_a_killed_run_is_resumed_and_undone(demo_home: DemoHome) -> None:
    before = contents(demo_home.home)
    plan = await planned(demo_home.host(), choices(preset=Preset.RESCUE))
    assert run_until_killed(demo_home, plan, "onboard ends") == -9

    for command in (["ls"], ["show", "rescue"]):
        told = (await claw_tui(demo_home.environment, *command)).output
        assert "openclaw:rescue: `claw-tui new --resume openclaw:rescue` goes on with it" in told
    found = await claw_tui(demo_home.environment, *RUN)
    assert found.code == 1
    assert "An earlier onboarding of openclaw:rescue was not finished" in found.errors
    assert "claw-tui new --resume openclaw:rescue" in found.errors
    assert "claw-tui new --undo openclaw:rescue" in found.errors
    resumed = await claw_tui(demo_home.environment, "new", "--resume", "rescue", "--json")
    assert (resumed.code, resumed.document["ok"]) == (0, True), resumed.errors
    unasked = await claw_tui(demo_home.environment, "new", "--undo", "rescue")
    assert unasked.code == 2
    assert plan.state_dir in unasked.errors
    assert ".openclaw-rescue/openclaw.json" in contents(demo_home.home)
    undone = await claw_tui(demo_home.environment, "new", "--undo", "openclaw:rescue", "--yes", "--json")
    assert (undone.code, undone.document["ok"]) == (0, True), undone.errors
    assert undone.document["moved"] == [plan.state_dir]
    assert contents(demo_home.home) == before


@pytest.mark.slow
async def test_the_ports_of_an_onboarding_under_way_are_no_longer_free(demo_home: DemoHome) -> None:
    offered = (await claw_tui(demo_home.environment, "free-port", "--json")).document["base_port"]
    assert isinstance(offered, int)
    plan = await planned(demo_home.host(), choices(port=offered))
    assert run_until_killed(demo_home, plan, "onboard begins") == -9

    assert ".openclaw-rescue/openclaw.json" not in contents(demo_home.home)
    block = (await claw_tui(demo_home.environment, "free-port", "--json")).document["block"]
    assert isinstance(block, dict)
    assert block["end"] < offered or block["start"] > offered + 110


@pytest.mark.slow
async def test_a_run_that_is_interrupted_is_written_down(demo_home: DemoHome) -> None:
    fake_command(demo_home, "openclaw", 'mkdir -p "$HOME/.openclaw-rescue"; echo started; sleep 600')

    for command in (RUN, ("new", "--resume", "rescue")):
        ended = await claw_tui_until(b"started", demo_home.environment, *command)
        assert (ended.code, ended.output) == (130, ""), ended.errors
        assert "interrupted while creating openclaw:rescue" in ended.errors
        assert "Traceback" not in ended.errors

    events = rows((await claw_tui(demo_home.environment, "events", "--json")).document["events"])
    assert [event["instance"] for event in events] == ["openclaw:rescue"] * 2
    for event in events:
        assert (at(event, "detail", "operation"), at(event, "detail", "ok")) == ("new", None)
        assert any(" onboard " in run for run in strings(at(event, "detail", "commands")))


@pytest.mark.slow
def test_on_a_terminal_it_shows_notice_and_plan_and_asks(demo_home: DemoHome) -> None:
    with terminal(dict(demo_home.environment), *RESCUE, columns=120, lines=60) as screen:
        screen.wait_for(lambda text: "accept it? [y/N]" in text)
        screen.type("y\n")
        screen.wait_for(lambda text: "Create openclaw:rescue? [y/N]" in text)
        assert "--accept-risk" in screen.text
        screen.type("n\n")
        assert screen.read_to_end() == 1
    assert not (demo_home.home / ".openclaw-rescue").exists()
