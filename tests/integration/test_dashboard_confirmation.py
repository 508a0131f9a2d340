"""What is asked before a gateway is ended or started: the commands it shows, and that only an answer to it counts."""

import pytest

from claw_tui.shell.confirm_sheet import ConfirmSheet
from gateway_core.lifecycle.backend import Options
from gateway_core.operations import Operation
from gateway_core.snapshot import ServiceSignal, Signals, State
from tests.dashboard import screen_text
from tests.operated_dashboard import asked, direct, fail_to_stop, five, operated, toasts
from tests.snapshots import host, instance
from tests.until import eventually


@pytest.mark.parametrize(("key", "operation"), [("X", Operation.STOP), ("R", Operation.RESTART)])
async def test_what_ends_a_gateway_asks_and_names_instance_pid_and_command(key: str, operation: Operation) -> None:
    async with operated(five(), (80, 24)) as (app, pilot, operator):
        await pilot.press("down", key)
        text = screen_text(app)
        assert f"{operation.value.capitalize()} openclaw:b?" in text
        assert "pid 13200" in text
        assert "$ kill -TERM 13200" in text
        await pilot.press("y")
        await eventually(pilot, lambda: operator.asked)
        assert asked(operator) == [(("openclaw:b",), operation)]
        assert not isinstance(app.screen, ConfirmSheet)


async def test_a_restart_shows_the_whole_command_that_follows_wrapped_between_words() -> None:
    command = "/home/somebody/.local/share/node/installation/bin/openclaw"
    long = direct("b", 20200).model_copy(update={"command": command})
    async with operated(host(long), (80, 24)) as (app, pilot, _):
        await pilot.press("R")
        shown = " ".join(line.strip(" │║┃▌") for line in screen_text(app).splitlines())
        assert f"$ {command} --profile b gateway --port 20200" in " ".join(shown.replace(" \\ ", " ").split())


async def test_the_ways_to_start_show_the_command() -> None:
    async with operated(five(State.STOPPED), (80, 24)) as (app, pilot, _):
        await pilot.press("V")
        assert "$ /usr/local/bin/openclaw --profile a gateway --port 20000" in screen_text(app)


async def test_on_a_tiny_terminal_the_question_fits_and_scrolls_to_what_will_be_run() -> None:
    async with operated(five(), (40, 10)) as (app, pilot, _):
        await pilot.press("X")
        await pilot.pause()
        sheet = app.screen.query_one("#sheet")
        assert sheet.region.right <= 40
        assert "esc" in screen_text(app)
        await eventually(pilot, lambda: "PgDn" in screen_text(app))
        for _ in range(4):
            await pilot.press("pagedown")
        await eventually(pilot, lambda: "$ kill -TERM 13000" in screen_text(app))


@pytest.mark.parametrize("answer", ["enter", "escape", "n", "q", "X", "space"])
async def test_nothing_but_a_yes_stops_anything(answer: str) -> None:
    async with operated(five()) as (app, pilot, operator):
        await pilot.press("X", answer, "escape")
        await pilot.pause()
        assert not operator.asked
        assert not isinstance(app.screen, ConfirmSheet)
        assert app.return_value is None


async def test_a_kill_is_offered_after_a_stop_that_did_not_work_and_has_to_be_typed() -> None:
    async with operated(five()) as (app, pilot, operator):
        assert app.screen.check_action("kill", ()) is False
        await fail_to_stop(pilot, operator)
        await eventually(pilot, lambda: app.screen.check_action("kill", ()) is True)
        await pilot.press("K")
        assert "$ kill -KILL 13000" in screen_text(app)
        await pilot.press("y", "enter", *"kill", "enter")
        await eventually(pilot, lambda: len(operator.asked) == 2)
        ids, operation, options = operator.asked[1]
        assert (ids, operation, options.confirmed) == (("openclaw:a",), Operation.KILL, True)
        await pilot.press("down")
        assert app.screen.check_action("kill", ()) is False


async def test_no_kill_is_offered_for_another_process_or_one_that_a_service_runs() -> None:
    async with operated(five()) as (app, pilot, operator):
        await fail_to_stop(pilot, operator, pid=4711)
        await eventually(pilot, lambda: toasts(app))
        assert app.screen.check_action("kill", ()) is False
    async with operated(host(instance("a", 20000))) as (app, pilot, operator):
        await fail_to_stop(pilot, operator)
        await eventually(pilot, lambda: toasts(app))
        assert app.screen.check_action("kill", ()) is False


async def test_a_service_is_named_as_what_runs_it() -> None:
    unit = ServiceSignal(manager="systemd-user", name="x.service", active="inactive", enabled=True, restarts=0, path="")
    stopped = direct("b", 20200, State.STOPPED)
    known = stopped.model_copy(update={"signals": stopped.signals.model_copy(update={"service": unit})})
    async with operated(host(instance("a", 20000), known, direct("c", 20400))) as (app, pilot, _):
        assert "systemd-user openclaw-gateway.service" in screen_text(app)
        await pilot.press("X")
        assert "systemctl --user stop openclaw-gateway.service" in screen_text(app)
        await pilot.press("escape", "down")
        assert "systemd-user x.service" in screen_text(app)
        await pilot.press("down")
        assert "nothing but itself (direct)" in screen_text(app)


async def test_one_that_only_its_process_tells_of_says_how_to_keep_it() -> None:
    passing = direct("a", 20000).model_copy(update={"found_by": ("lock", "process")})
    async with operated(host(passing), (120, 36)) as (app, pilot, _):
        await pilot.press("X")
        text = " ".join(str(app.screen.query_one("#question Static").render()).replace("\\\n", "").split())
        assert "only its process tells of it" in text
        assert (
            "$ claw-tui add --config /home/me/.openclaw-a/openclaw.json"
            " --state-dir /home/me/.openclaw-a --distribution openclaw"
        ) in text
        await pilot.press("escape", "R")
        assert "claw-tui add" not in screen_text(app)
    async with operated(host(direct("a", 20000)), (120, 36)) as (app, pilot, _):
        await pilot.press("X")
        assert "claw-tui add" not in screen_text(app)


@pytest.mark.parametrize(
    ("downs", "options"),
    [
        (0, Options()),
        (1, Options(backend="systemd-user")),
        (2, Options(backend="direct")),
        (3, Options(force=True)),
    ],
)
async def test_how_an_instance_is_started_can_be_chosen(downs: int, options: Options) -> None:
    unit = ServiceSignal(
        manager="systemd-user", name="x.service", active="inactive", enabled=True, restarts=0, path="/x"
    )
    stopped = instance("a", 20000, State.STOPPED, signals=Signals(service=unit))
    async with operated(host(stopped), (80, 24)) as (app, pilot, operator):
        await pilot.press("V")
        assert "Via systemd-user" in screen_text(app)
        await pilot.press(*["down"] * downs, "enter")
        await eventually(pilot, lambda: operator.asked)
        assert operator.asked == [(("openclaw:a",), Operation.START, options)]


async def test_an_omniclaw_is_never_started_in_spite_of_a_conflict() -> None:
    omni = instance("a", 20000, State.STOPPED, distribution="omniclaw")
    async with operated(host(omni)) as (app, pilot, operator):
        await pilot.press("V")
        assert "never: it ends whatever it finds on its ports" in screen_text(app)
        await pilot.press("end", "enter")
        await eventually(pilot, lambda: operator.asked)
        assert operator.asked == [(("omniclaw:a",), Operation.START, Options(backend="direct"))]


async def test_the_user_in_a_command_is_that_of_the_host() -> None:
    run = instance("a", 20000)
    unit = run.signals.service
    assert unit is not None
    agent = unit.model_copy(update={"manager": "launchd-agent", "name": "x"})
    run = run.model_copy(update={"signals": run.signals.model_copy(update={"service": agent})})
    async with operated(host(run)) as (app, pilot, _):
        await pilot.press("X")
        assert "launchctl bootout gui/4711/x" in screen_text(app)
