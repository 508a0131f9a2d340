"""The wizard on a real terminal, key by key as a person types, and faster than any person does."""

from __future__ import annotations

import asyncio
import signal
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from gateway_core.demo.home import DemoHome
from gateway_core.host import DEMO_VARIABLE
from gateway_core.onboarding.journal import unfinished_journals
from tests.onboarding import contents, write_command
from tests.program import claw_tui
from tests.real_processes import until
from tests.terminal import Terminal, terminal
from tests.wizard_keys import DOWN, END, accept_and_create, answer_up_to_the_risk, choose_openclaw, shows, token_of

pytestmark = [pytest.mark.usual_ports, pytest.mark.slow]

BACK, ESCAPE = "\x1b[Z", "\x1b"


async def test_from_n_to_a_live_gateway(demo_home: DemoHome) -> None:
    first, port = await demo_home.start("openclaw", "default"), demo_home.ports.take()
    with terminal(dict(demo_home.environment), columns=120, lines=36) as screen:
        shows(screen, "openclaw:default", "● running")
        screen.type("n")
        shows(screen, "Which product", "OpenClaw")
        screen.type(END)
        shows(screen, "openclaw:rescue")
        answer_up_to_the_risk(screen, "second", port)
        accept_and_create(screen)
        shows(screen, "openclaw:second is there", "● running")
        screen.type("\r")
        screen.wait_for(lambda text: text.count("● running") >= 2 and "What to do next" not in text)
        screen.wait_for(lambda text: "openclaw  profile second" in text)  # its details: the cursor is there
        screen.type("q")
        assert screen.read_to_end() == 0
    config = demo_home.home / ".openclaw-second" / "openclaw.json"
    assert token_of(config) not in screen.raw.decode(errors="replace")
    shown = (await claw_tui(demo_home.environment, "show", "openclaw:second", "--json")).document["instance"]
    assert isinstance(shown, dict)
    assert (shown["state"], shown["conflicts"]) == ("running", [])
    assert shown["signals"]["process"]["proof"] == "lock"
    assert psutil.pid_exists(first.pid)


def test_claw_tui_new_leads_there_too_and_opens_one_wizard(demo_home: DemoHome) -> None:
    port = demo_home.ports.take()
    with terminal(dict(demo_home.environment), "new", columns=80, lines=24) as screen:
        choose_openclaw(screen)
        answer_up_to_the_risk(screen, "second", port)
        assert not (demo_home.home / ".openclaw-second").exists()
        accept_and_create(screen)
        shows(screen, "openclaw:second is there", "● running")
        screen.type("\r")
        screen.wait_for(lambda text: "openclaw:second" in text and "1 Instances" in text)
        screen.type("q")
        assert screen.read_to_end() == 0


def test_no_key_of_a_burst_is_lost_or_answers_another_question(demo_home: DemoHome) -> None:
    port = demo_home.ports.take()
    workspace = demo_home.home / "elsewhere"
    with terminal(dict(demo_home.environment), "new", columns=80, lines=24) as screen:
        shows(screen, "New gateway")
        keys = (END, "\r", DOWN, "\r", f"reskue\x7f\x7f\x7fcue{BACK}\r\r", f"{port}\r", "\r", "\r", f"{workspace}\r")
        screen.type("".join((*keys, f"{DOWN}{DOWN}\r", f"{DOWN}\r", "\r\r\r")))
        shows(screen, "This is what will be done", "openclaw:rescue", str(port))
        screen.type(BACK * 3)
        shows(screen, "its agents work?", "demo/home/elsewhere")
        screen.type(ESCAPE)
        shows(screen, "lose these answers?")
        screen.type("y")
        shows(screen, "1 Instances")
    assert not (demo_home.home / ".openclaw-rescue").exists(), "a burst of keys created something that nobody has seen"


@pytest.mark.parametrize(
    "paste", ["rescue\r19789x\r", "\x1b[200~rescue\r19789x\r\x1b[201~"], ids=["typed", "bracketed"]
)
def test_a_paste_is_as_if_typed_and_stops_where_an_answer_will_not_do(demo_home: DemoHome, paste: str) -> None:
    with terminal(dict(demo_home.environment), "new", columns=80, lines=24) as screen:
        choose_openclaw(screen)
        screen.type("\r\r")
        shows(screen, "called?")
        screen.type(paste)
        shows(screen, "At which port", "19789x", "not a port number")
        screen.type(BACK)
        shows(screen, "called?", "rescue")
        screen.type(ESCAPE)
        shows(screen, "lose these answers?")
        screen.type("y")
        shows(screen, "1 Instances")


OF_THE_HOME = f"""\
#!/bin/sh
[ -n "${DEMO_VARIABLE}" ] || {DEMO_VARIABLE}="{{base}}" exec "$0" "$@"
"""
"""Such a program ends with its demo home, also when the test run is killed."""

CONFIGURE = f"""\
{OF_THE_HOME}case "$*" in
  *configure)
    trap 'echo "You pressed Ctrl+C."' INT
    trap '' HUP
    printf 'Your provider? '
    while ! read answer; do sleep 0.1; done
    echo "$answer" > "$HOME/provider"
    echo "Thank you for $answer."
    exit 3 ;;
  *) exec "{{original}}" "$@" ;;
esac
"""


def ask_a_question(home: DemoHome) -> None:
    """Let the product's `configure` ask for a provider."""
    command = home.command("openclaw")
    original = command.rename(home.base / "original")
    write_command(home, "openclaw", CONFIGURE.format(base=home.base, original=original))


@contextmanager
def configuring(home: DemoHome) -> Iterator[Terminal]:
    """The terminal, when the product's `configure` asks in it, after a run of the wizard."""
    ask_a_question(home)
    port = home.ports.take()
    with terminal(dict(home.environment), "new", columns=80, lines=24) as screen:
        choose_openclaw(screen)
        answer_up_to_the_risk(screen, "second", port)
        accept_and_create(screen)
        shows(screen, "openclaw:second is there")
        screen.type("l")
        shows(screen, "Your provider?")
        yield screen


async def test_what_these_tests_install_ends_with_its_home(tmp_path: Path) -> None:
    async with DemoHome(tmp_path / "demo") as home:
        ask_a_question(home)
        asking = await asyncio.create_subprocess_exec(home.bin / "openclaw", "configure", stdin=DEVNULL, stdout=PIPE)
        assert asking.stdout is not None
        assert await asking.stdout.readexactly(4) == b"Your"
    async with asyncio.timeout(20):
        assert await asking.wait() == -signal.SIGKILL


async def test_the_product_gets_the_terminal_for_its_own_questions_and_the_dashboard_comes_back(
    demo_home: DemoHome,
) -> None:
    with configuring(demo_home) as screen:
        shows(screen, "$ ", "configure")
        screen.watch(0.5)  # the rest of what these words are a part of
        before = len(screen.raw)
        await demo_home.start("clawdbot", "meanwhile")
        screen.watch(1.5)
        assert screen.raw[before:] == b"", "something was written over the product's screen"
        screen.type("\x03")
        shows(screen, "You pressed Ctrl+C.")
        screen.type("nobody\n\n\n")
        shows(screen, "Thank you for nobody.", "exit code 3", "Press enter")
        screen.watch(0.5)
        before = len(screen.raw)
        screen.watch(1)
        assert screen.raw[before:] == b"", "an enter that was typed for the product was taken for the user's"
        screen.type("\n")
        screen.wait_for(lambda text: "Press enter" not in text and "What to do next" in text)
        assert (demo_home.home / "provider").read_text() == "nobody\n"
        screen.type("\r")
        shows(screen, "1 Instances", "clawdbot:meanwhile", "openclaw:second")
        screen.type("q")
        assert screen.read_to_end() == 0


async def test_a_dashboard_that_is_ended_while_the_product_has_the_terminal_leaves_nobody_behind(
    demo_home: DemoHome,
) -> None:
    with configuring(demo_home) as screen:
        screen.process.terminate()
        screen.read_to_end()
    until(lambda: not any("configure" in command for command in commands_of(demo_home)))


SLOW_ONBOARD = f"""\
{OF_THE_HOME}case "$*" in
  *onboard*) echo "one moment"; [ -e "$HOME/quick" ] || sleep 600 ;;
esac
exec "{{original}}" "$@"
"""


def slow_down(home: DemoHome) -> None:
    """Let the product's `onboard` not end, until there is a file called `quick`."""
    original = home.command("openclaw").rename(home.base / "original")
    write_command(home, "openclaw", SLOW_ONBOARD.format(base=home.base, original=original))


def begin_a_slow_run(screen: Terminal, port: int) -> None:
    choose_openclaw(screen)
    answer_up_to_the_risk(screen, "second", port)
    accept_and_create(screen)
    shows(screen, "one moment")


def commands_of(home: DemoHome) -> list[list[str]]:
    """The command lines of what is left of the product's command in that home."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            command = process.cmdline()  # a zombie has none
            if str(home.base / "bin") in " ".join(command):
                found.append(command)
    return found


async def finish_it(home: DemoHome) -> None:
    """What was begun is found, and a resume finishes it."""
    [journal] = unfinished_journals(home.host())
    assert journal.plan.instance == "openclaw:second"
    (home.home / "quick").touch()
    done = await claw_tui(home.environment, "new", "--resume", "openclaw:second", "--yes", "--json")
    assert done.code == 0, done.output + done.errors
    assert done.document["ok"]
    assert not unfinished_journals(home.host())


async def test_ctrl_c_during_a_run_asks_and_what_was_begun_can_be_finished(demo_home: DemoHome) -> None:
    slow_down(demo_home)
    port = demo_home.ports.take()
    with terminal(dict(demo_home.environment), "new", columns=80, lines=24) as screen:
        begin_a_slow_run(screen, port)
        screen.type("q")
        screen.type("\x03")
        shows(screen, "Stop creating openclaw:second?", "key N on openclaw:second")
        screen.type("n")
        screen.wait_for(lambda text: "Stop creating" not in text and "one moment" in text)
        assert commands_of(demo_home)
        screen.type("\x03")
        shows(screen, "Stop creating openclaw:second?")
        screen.type("y")
        shows(screen, "1 Instances")
        screen.type("q")
        assert screen.read_to_end() == 0
    until(lambda: commands_of(demo_home) == [])
    await finish_it(demo_home)


async def test_a_window_closed_during_a_run_leaves_what_a_resume_finishes(demo_home: DemoHome) -> None:
    slow_down(demo_home)
    port = demo_home.ports.take()
    with terminal(dict(demo_home.environment), "new", columns=80, lines=24) as screen:
        begin_a_slow_run(screen, port)
        screen.hang_up()
    until(lambda: commands_of(demo_home) == [])
    await finish_it(demo_home)


def test_ctrl_c_in_the_wizard_leaves_at_once_and_nothing_behind(demo_home: DemoHome) -> None:
    before = contents(demo_home.home)
    with terminal(dict(demo_home.environment), "new", columns=80, lines=24) as screen:
        choose_openclaw(screen)
        screen.type("\r\rqq\x03")
        assert screen.read_to_end() == 0
    assert contents(demo_home.home) == before
