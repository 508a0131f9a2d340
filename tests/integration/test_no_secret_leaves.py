"""No secret leaves: not through any command, any screen, any screenshot, or any file that claw-tui writes."""

import asyncio
import base64
import signal
import webbrowser
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

import click
import pytest
from textual.pilot import Pilot
from textual.screen import ModalScreen

from claw_tui.actions import registry as actions
from claw_tui.actions.model import APP, EVENTS, LOGS, MODES, Action
from claw_tui.app import ClawTui
from claw_tui.cli.main import cli
from claw_tui.hosts.gateway_host import GatewayHost
from claw_tui.hosts.local import local_gateway_host
from claw_tui.onboarding.wizard_questions import WizardStep
from claw_tui.onboarding.wizard_screen import WizardScreen
from claw_tui.settings import load_settings
from claw_tui.shell.common_sheets import CopySheet
from claw_tui.shell.dashboard_app import DashboardResult
from claw_tui.shell.mode_screen import show_instance
from gateway_core.demo.home import DemoHome
from gateway_core.events.model import Event, Kind
from gateway_core.host import Host
from gateway_core.snapshot import Snapshot
from tests.canaries import Canaries
from tests.canary_home import CanaryHome
from tests.dashboard import piloted, screen_text
from tests.program import CLAW_TUI, CompletedRun, claw_tui, instances_of
from tests.scripted_operator import ScriptedOperator
from tests.until import eventually
from tests.warm_program import warm_program

INSTANCES = ("main", "vars", "literal", "caller", "broken", "unclosed", "include", "wrong", "unset", "svc", "impostor",
             "chatty", "failing")  # fmt: skip
COMMANDS: Mapping[str, Sequence[Sequence[str]]] = {
    "ls": ((),),
    "show": (*((name,) for name in INSTANCES), ("nobody",), ()),
    "ports": ((),),
    "check": ((), ("--at-least", "invalid"), ("--at-least", "nonsense")),
    "free-port": ((), ("--spacing", "60000")),
    "add": (("--config", "unit.json"), ("--config", "~/.openclaw-vars/openclaw.json", "--label", "known"), ()),
    "forget": (("x",), ("nobody",), ()),
    "demo": ((),),
    "web": (("--host", "0.0.0.0"), ("--host", "nobody")),
    "completion": (("bash",), ("zsh",), ("fish",)),
    "settings": ((), ("--path",)),
    "logs": (
        ("main",),
        ("main", "failing", "literal", "svc", "-n", "50"),
        ("main", "svc", "literal", "-n", "5000"),
        ("main", "--level", "error", "--grep", "token|password"),
        ("main", "-n", "5000", "--grep", "^[A-Za-z0-9+/=]{1,80}$"),
        ("nobody",),
        (),
    ),
    "new": (
        (),
        ("--distribution", "openclaw", "--profile", "fresh", "--dry-run"),
        ("--distribution", "openclaw", "--profile", "main", "--confirm-existing", "--dry-run"),
        ("--distribution", "openclaw", "--profile", "broken", "--confirm-existing", "--dry-run"),
        ("--undo", "nobody"),
    ),
    "events": ((), ("literal", "-n", "3"), ("nobody",)),
    "audit": ((), ("--all",), ("main", "vars", "svc"), ("nobody",)),
    "report": (("-o", "-"), ("-o", "report.md")),
    "start": (("literal",), ("failing",), ("broken",), ("unset",), ("main",), ("nobody",)),
    "restart": (("literal",), ("impostor",), ("svc",)),
    "wait": (("literal", "failing", "--until", "wedged", "--timeout", "1"), ("nobody", "--until", "running"), ()),
    "stop": (("literal",), ("chatty",), ("nobody",)),
}
"""How each command is called here: so that it does its work, and so that it fails."""
WATCHED = {"ls": b"its check", "ports": b"squatter"}
"""What each command that watches tells once it has asked and seen everything."""
LEAVING = {"quit", "demo"}
"""The actions that end the dashboard."""
LOGGED = ("connect http://", "started with --token [redacted]", "was refused", "cut short")
"""What the logs hold that is no secret: vendor's file, journal, plain text, and a line that was cut."""
NEW = next(action.keys for action in actions.ACTIONS if action.id == "new")
NEXT_SOURCE = next(action.keys for action in actions.ACTIONS if action.call == "next_source")
OPEN_UI = next(action.keys for action in actions.ACTIONS if action.id == "open-ui")
LONG_LOGS = ("main",)
_PAGES = 5
"""So many pages are looked at from the end of a long log."""
SIZE = (160, 60)
_Where = TypeVar("_Where")


@pytest.fixture
def canaries() -> Canaries:
    return Canaries()


@pytest.fixture
async def planted(demo_home: DemoHome, canaries: Canaries) -> CanaryHome:
    home = CanaryHome(demo_home, canaries)
    await home.furnish()
    return home


def _commands() -> list[str]:
    return cli.list_commands(click.Context(cli))


def options_of(name: str) -> set[str]:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    return {option for parameter in command.params for option in parameter.opts}


MISUNDERSTOOD = ((), ("--help",), ("--version",), ("nonsense",), ("--nonsense", "--json"))


def calls(names: Iterable[str]) -> Iterator[tuple[str, ...]]:
    """Every call of these commands, plain and as JSON."""
    for name in sorted(names, key=list(COMMANDS).index):
        yield (name, "--help")
        for variant in COMMANDS[name]:
            yield (name, *variant)
            if "--json" in options_of(name):
                yield (name, *variant, "--json")


def test_every_command_is_called_here() -> None:
    assert set(_commands()) <= set(COMMANDS)


def test_a_canary_is_recognised_in_every_disguise(canaries: Canaries) -> None:
    secret = canaries.plant("here")
    encoded = [base64.b64encode(b"x" * count + secret.encode() + b"yz").decode() for count in range(3)]
    percent = "".join(f"%{byte:02X}" for byte in secret.encode())
    for disguise in (secret, secret[::-1], secret[:12] + "…", secret.encode().hex(), percent, quote(secret), *encoded):
        assert canaries.found_in(f"before{disguise} after") == {"here"}, disguise
    assert canaries.found_in(f"{secret[:5]}\n   {secret[5:]}") == {"here"}
    assert canaries.found_in(f"<svg><text>{secret[:5]}</text>\n<text>{secret[5:]}</text></svg>") == {"here"}
    assert canaries.found_in("The quick brown fox jumps over the lazy dog. " * 50) == set()


@pytest.mark.slow
@pytest.mark.usual_ports
async def test_the_demo_tells_no_secret(planted: CanaryHome) -> None:
    await _said(planted, list(calls(["demo"])))


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_no_command_tells_a_secret(planted: CanaryHome) -> None:
    said = await _said(planted, [*MISUNDERSTOOD, *calls(set(_commands()) - {"demo"})])
    listed = said["ls",].output
    assert all(f":{name} " in listed for name in INSTANCES), listed
    assert said["show", "svc"].code == 0
    assert "config" in said["show", "broken"].output
    told = said["logs", "main", "svc", "literal", "-n", "5000"].output
    assert all(text in told for text in LOGGED), told
    report = said["report", "-o", "-"].output
    assert "connect http://" in report, report
    assert _leaks(planted, _written_by_claw_tui(planted)) == {}


async def _said(planted: CanaryHome, pending: list[tuple[str, ...]]) -> dict[tuple[str, ...], CompletedRun]:
    """What each of these calls says, none of it a secret; two at a time."""
    said: dict[tuple[str, ...], CompletedRun] = {}

    async def work() -> None:
        async with warm_program(planted.caller) as run:
            while pending:
                call = pending.pop(0)
                said[call] = await run(*call)

    await asyncio.gather(*(work() for _ in range(2)))
    assert _leaks(planted, {call: f"{ended.output}\n{ended.errors}" for call, ended in said.items()}) == {}
    assert not [call for call, ended in said.items() if "Traceback" in ended.errors]
    return said


@pytest.mark.slow
@pytest.mark.parametrize("form", [(), ("--json",)], ids=["plain", "json"])
async def test_no_log_that_is_followed_tells_a_secret(planted: CanaryHome, form: tuple[str, ...]) -> None:
    call = ("logs", "main", "literal", "svc", "-n", "5000", "-f", *form)
    process = await asyncio.create_subprocess_exec(
        CLAW_TUI, *call, env=planted.caller, stdout=-1, stderr=-1, limit=2**24
    )
    assert process.stdout is not None
    output = b""
    async with asyncio.timeout(60):
        while b"started with" not in output:
            output += await process.stdout.readline()
        planted.speak(planted.main, "what is logged while somebody looks")
        while output.count(b"was refused") < 4:  # that of the file, of the output, of the journal, and this
            output += await process.stdout.readline()
        process.send_signal(signal.SIGINT)
        rest, errors = await process.communicate()
    assert _leaks(planted, {"logs": (output + rest + errors).decode()}) == {}


def _leaks(planted: CanaryHome, texts: Mapping[_Where, str]) -> dict[_Where, set[str]]:
    """Which secrets are in which of the texts."""
    return {where: found for where, text in texts.items() if (found := planted.canaries.found_in(text))}


def _written_by_claw_tui(planted: CanaryHome) -> dict[Path, str]:
    """Name and content of all files in its own directories but those that were given a secret."""
    environment = planted.home.environment
    own = [Path(environment[f"XDG_{kind}_HOME"]) / "claw-tui" for kind in ("CONFIG", "DATA", "STATE", "CACHE")]
    paths = [path for place in own for path in place.rglob("*") if path.is_file() and path not in planted.planted]
    return {path: f"{path}\n{path.read_bytes().decode('utf-8', 'replace')}" for path in paths}


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", [name for name in cli.list_commands(click.Context(cli)) if "--watch" in options_of(name)]
)
@pytest.mark.parametrize("form", [(), ("--json",)], ids=["plain", "json"])
async def test_no_command_tells_a_secret_while_it_watches(
    planted: CanaryHome, name: str, form: tuple[str, ...]
) -> None:
    process = await asyncio.create_subprocess_exec(
        CLAW_TUI, name, *form, "--watch", env=planted.caller, stdout=-1, stderr=-1, limit=2**24
    )
    assert process.stdout is not None
    output = b""
    async with asyncio.timeout(30):
        while WATCHED[name] not in output:
            output += await process.stdout.readline()
        process.send_signal(signal.SIGINT)
        rest, errors = await process.communicate()
    assert b"openclaw:main" in output
    assert _leaks(planted, {name: (output + rest + errors).decode()}) == {}


class Visitor:
    """Goes through the whole dashboard, and keeps everything that it shows, copies and opens."""

    def __init__(self, app: ClawTui, pilot: Pilot[DashboardResult]) -> None:
        self.seen: dict[str, str] = {}
        self._app = app
        self._pilot = pilot

    async def visit_everything(self, rows: int) -> None:
        """Every row of every mode, its details beside it, and every action."""
        for mode in MODES:
            await self._pilot.press(mode.key)
            await self.look(mode.name)
            for row in range(rows):
                await self._pilot.press("down", OPEN_UI)
                await self.look(f"{mode.name}, row {row}")
            for action in _actions_of(mode.name):
                await self._perform(action, mode.name, mode.key)
        for action in _actions_of(APP):
            await self._perform(action, "app", MODES[0].key)

    async def visit_logs(self, profiles: Sequence[str]) -> None:
        """The logs of each of them, of every kind that there are."""
        for name in profiles:
            await show_instance(self._app, LOGS, f"openclaw:{name}")
            for kind in range(3):
                await self._until_read()
                await self.look(f"logs of {name}, {kind}")
                for page in range(_PAGES if name in LONG_LOGS else 0):
                    await self._pilot.press("pageup")
                    await self._until_read()
                    await self.look(f"logs of {name}, {kind}, {page} pages up", screenshot=False)
                await self._pilot.press(NEXT_SOURCE)

    async def visit_events(self) -> None:
        """Those of changed configs, among all others that may happen on this machine meanwhile."""
        await self._pilot.press(EVENTS.key, "slash", *"config", "enter")
        await self.look("events: config changed")
        await self._pilot.press("escape")

    async def _until_read(self) -> None:
        await eventually(self._pilot, lambda: "eading" not in screen_text(self._app))
        await self._pilot.pause()

    async def visit_wizard(self) -> None:
        """Every question, up to where something would be done."""
        await self._pilot.press(MODES[0].key, NEW)
        screen = self._app.screen
        assert isinstance(screen, WizardScreen)
        await eventually(self._pilot, lambda: screen._state is not None and screen._state.plan is not None)
        for _ in WizardStep:
            assert screen._state is not None
            step = screen._state.step
            await self.look(f"wizard: {step}")
            if step is WizardStep.REVIEW:
                break
            await self._pilot.press(*(["down"] if step is WizardStep.RISK else []), "enter")
        assert screen._state is not None
        assert screen._state.step is WizardStep.REVIEW
        await self._pilot.press("y")
        await self.look("wizard: copied")

    async def _perform(self, action: Action, where: str, mode_key: str) -> None:
        key, home = action.keys.split(",")[0], self._app.screen
        await self._pilot.press(key)
        await self.look(f"{where}: {action.id}")
        if isinstance(self._app.screen, CopySheet):
            await self._copy_everything(key, where)
        while self._app.screen is not home and isinstance(self._app.screen, ModalScreen):
            await self._pilot.press("escape")
        if self._app.screen is not home:  # it led to another mode
            await self._pilot.press(mode_key)

    async def _copy_everything(self, opener: str, where: str) -> None:
        """With the cursor, which also reaches what has no key of its own."""
        assert isinstance(self._app.screen, CopySheet)
        for index, copyable in enumerate(self._app.screen._copyables):
            await self._pilot.press("home", *["down"] * index, "enter")
            assert self._app.clipboard == copyable.text
            await self.look(f"{where}: copied {index}", screenshot=False)
            await self._pilot.press(opener)

    async def look(self, where: str, *, screenshot: bool = True) -> None:
        notes = " ".join(f"{note.title} {note.message}" for note in self._app._notifications)
        self.seen[where] = f"{screen_text(self._app)}\n{notes}\n{self._app.clipboard}"
        if screenshot:
            self.seen[f"{where} (screenshot)"] = self._app.export_screenshot()


def _actions_of(scope: str) -> list[Action]:
    left_out = {*LEAVING, "new"}
    return [action for action in actions.ACTIONS if action.scope == scope and action.id not in left_out]


async def _until_settled(app: ClawTui, pilot: Pilot[DashboardResult], home: DemoHome) -> Snapshot:
    """Every gateway has been asked."""
    async with asyncio.timeout(30):
        while True:
            await pilot.pause(0.1)
            snapshot = app.session.snapshot.value
            own = instances_of(snapshot, home) if snapshot else {}
            asked = [
                own[name].signals.http for name in ("openclaw:main", "openclaw:chatty", "mazelclaw:impostor") if own
            ]
            if asked and all(asked) and snapshot is not None:
                return snapshot


def _harmless(host: Host) -> GatewayHost:
    """All that can be done to a host, but gateways of other tests are on the screen too."""
    shown = local_gateway_host(lambda: host)
    return replace(shown, operator=ScriptedOperator(), settings=lambda: load_settings(host.config_dir))


async def tour(planted: CanaryHome) -> dict[str, str]:
    """Everything that the dashboard can show of that home."""
    host = replace(planted.home.host(), environment=planted.caller)
    app = ClawTui(_harmless(host))
    async with piloted(app, SIZE) as pilot:
        await _until_settled(app, pilot, planted.home)
        await planted.stir()
        await _until_written_down(app, pilot)
        visitor = Visitor(app, pilot)
        assert app.session.snapshot.value is not None
        visitor.seen["snapshot"] = repr(app.session.snapshot.value)
        visitor.seen["changed keys"] = repr([event.detail.get("keys") for event in app.session.events.newest.value])
        await visitor.visit_everything(len(app.session.snapshot.value.instances))
        await visitor.visit_logs(INSTANCES)
        await visitor.visit_events()
        await visitor.visit_wizard()
        visitor.seen |= {str(path): text for path, text in _written_by_claw_tui(planted).items()}  # the WAL, too
    return visitor.seen


async def _until_written_down(app: ClawTui, pilot: Pilot[DashboardResult]) -> None:
    """What has been stirred up."""
    wanted = {Kind.CONFIG_CHANGED, Kind.CONFLICT_BEGAN, Kind.DIED}
    events = app.session.events.newest
    await eventually(pilot, lambda: wanted <= {event.kind for event in events.value if _is_of_this_home(event)})


def _is_of_this_home(event: Event) -> bool:
    return (event.instance or "").partition(":")[2] in INSTANCES


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_no_screen_and_no_screenshot_shows_a_secret(planted: CanaryHome, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []

    def open_page(url: str) -> bool:
        opened.append(url)
        return True

    monkeypatch.setattr(webbrowser, "open", open_page)
    seen = await tour(planted)
    assert _leaks(planted, seen) == {}
    assert opened
    assert _leaks(planted, {"browser": "\n".join(opened)}) == {}
    everything = "\n".join(seen.values())
    for shown in (
        *(f":{name}" for name in INSTANCES),
        "${WORKSPACE_TOKEN}",
        "[redacted]",
        *LOGGED,
        "config changed",
        "'gateway.auth.token'",
        "'hooks'",
        "conflict began on",
        "events.db",
    ):
        assert shown in everything, shown
    assert _leaks(planted, _written_by_claw_tui(planted)) == {}


@pytest.mark.slow
async def test_what_is_no_secret_is_found_everywhere(demo_home: DemoHome, canaries: Canaries) -> None:
    """So that the tests above can fail: the name of a profile is shown by all that they look at."""
    profile = demo_home.add_profile("openclaw", canaries.plant("profile"))
    assert canaries.found_in((await claw_tui(demo_home.environment, "ls")).output) == {"profile"}
    assert canaries.found_in((await claw_tui(demo_home.environment, "ports", "--json")).output) == {"profile"}
    app = ClawTui(local_gateway_host(demo_home.host))
    async with piloted(app, SIZE) as pilot:
        shown = app.session.snapshot
        await eventually(pilot, lambda: shown.value is not None and shown.value.instance(profile.id))
        await pilot.pause()
        visitor = Visitor(app, pilot)
        await visitor.look("dashboard")
    assert all(canaries.found_in(text) == {"profile"} for text in visitor.seen.values()), visitor.seen.keys()
