"""What the wizard and its run must never do: change a profile unasked, or show a token."""

import asyncio
import json
import shlex
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot

from claw_tui.app import ClawTui
from claw_tui.hosts.local import local_gateway_host
from claw_tui.instances.screen import InstancesScreen
from claw_tui.onboarding.wizard_screen import WizardScreen
from claw_tui.shell.dashboard_app import DashboardResult
from gateway_core.demo.home import DemoHome
from gateway_core.onboarding.journal import journals
from gateway_core.onboarding.plan import TokenRoute
from tests.dashboard import piloted, screen_text
from tests.onboarding import fake_command, watching_command_lines
from tests.until import DEADLINE_S, eventually
from tests.wizard_keys import QUESTIONS

pytestmark = pytest.mark.usual_ports
RISK = "prompt injection"


class WizardUser:
    """Presses keys in the wizard as a user would, and keeps everything that is shown meanwhile."""

    def __init__(self, app: ClawTui, pilot: Pilot[DashboardResult]) -> None:
        self.seen: list[str] = []
        self._app = app
        self._pilot = pilot

    def said(self) -> str:
        """What the screen says, without its frames and line breaks; kept, with a screenshot and the clipboard."""
        text = screen_text(self._app)
        notes = [f"{note.title} {note.message}" for note in self._app._notifications]
        self.seen += [text, self._app.export_screenshot(), self._app.clipboard, *notes]
        return " ".join(text.replace("│", " ").split())

    async def press(self, *keys: str) -> None:
        await self._pilot.press(*keys)
        await self._pilot.pause()
        self.said()

    async def until(self, condition: Callable[[], bool]) -> None:
        await eventually(self._pilot, condition)

    async def until_said(self, text: str) -> None:
        await self.until(lambda: text in self.said())

    async def answer_until(self, condition: Callable[[], bool]) -> None:
        """Take what each question offers, but accept the risk."""
        async with asyncio.timeout(DEADLINE_S):
            while not condition():
                await self.press(*(("down", "enter") if RISK in self.said() else ("enter",)))
                await self._pilot.pause(0.1)


@asynccontextmanager
async def at_the_wizard(home: DemoHome, size: tuple[int, int]) -> AsyncIterator[tuple[ClawTui, WizardUser]]:
    """The wizard of that home, with OpenClaw chosen."""
    app = ClawTui(local_gateway_host(home.host))
    async with piloted(app, size) as pilot:
        user = WizardUser(app, pilot)
        await user.until(lambda: isinstance(app.screen, InstancesScreen))
        await user.press("n")
        await user.until(lambda: isinstance(app.screen, WizardScreen) and "OpenClaw" in user.said())
        await user.press("end")
        yield app, user


async def test_before_the_yes_the_wizard_says_that_the_token_would_be_replaced(demo_home: DemoHome) -> None:
    demo_home.command("openclaw", "2026.2.6-3").replace(demo_home.bin / "openclaw")
    profile = demo_home.add_profile("openclaw", "default", version="2026.2.6-3")
    before = profile.config_path.read_text()
    async with at_the_wizard(demo_home, (80, 24)) as (app, user):
        await user.answer_until(lambda: "What is it for?" in user.said())
        await user.press("home")
        await user.answer_until(lambda: "What is its profile called?" in user.said())
        await user.press(*"default")
        await user.answer_until(lambda: "there already" in user.said())
        await user.until(lambda: "Its token is replaced" in user.said())
        await user.press("enter")
        assert isinstance(app.screen, WizardScreen)
    assert profile.config_path.read_text() == before
    assert journals(demo_home.host()) == ()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("version", "own"), [("2026.9.6", False), ("2026.9.6", True), ("2026.2.6-3", False)], ids=["late", "own", "early"]
)
async def test_the_token_is_in_no_argv_plan_log_event_screen_or_screenshot(
    demo_home: DemoHome, version: str, own: bool
) -> None:
    genuine = demo_home.command("openclaw", version).replace(demo_home.base / "genuine")
    config = demo_home.home / ".openclaw" / "openclaw.json"
    tells = f'grep token {config}; sed -n \'s/.*token": "\\(.*\\)".*/http:\\/\\/127.0.0.1\\/#token=\\1/p\' {config}'
    fake_command(demo_home, "openclaw", f'{shlex.quote(str(genuine))} "$@" && {{ {tells}; }}', version)
    host = demo_home.host()
    async with at_the_wizard(demo_home, (160, 48)) as (app, user):
        if own:
            for question in QUESTIONS[: QUESTIONS.index("Who makes its token?") + 1]:
                await user.press("enter")
                await user.until_said(question)
            await user.press("down")
        await user.answer_until(lambda: "Review" in screen_text(app).splitlines()[0])
        with watching_command_lines() as command_lines:
            await user.press("enter")
            await user.until(lambda: "default is there" in user.said() or "not finished" in user.said())
        assert "#token=[redacted]" in user.said(), "it was told, and hidden"
        await user.press("y")
        await user.press("enter", "4")
        await user.until(lambda: "openclaw:default" in user.said())
    token = str(json.loads(config.read_text())["gateway"]["auth"]["token"])
    assert len(token) == 48
    [journal] = journals(host)
    assert journal.plan.token is (TokenRoute.ENVIRONMENT if own else TokenRoute.DISTRIBUTION)
    state = demo_home.home / ".local/state/claw-tui"
    places = {
        "argv": "\n".join(command_lines),
        "plan": journal.plan.model_dump_json(),
        "log": "\n".join(_text(path) for path in state.rglob("*") if path.is_file()),
        "events": _text(state / "events.db") + "".join(map(repr, app.session.events.newest.value)),
        "screen, screenshot, clipboard": "\n".join(user.seen),
    }
    for place, text in places.items():
        assert "onboard" in text.lower(), f"nothing was seen of the run in {place}"
        assert token not in text, place
        assert token[:16] not in text, place


def _text(path: Path) -> str:
    return path.read_bytes().decode(errors="replace")
