"""`claw-tui web` in a real headless Chromium: what it shows, what it lets nobody do, and that nothing stays behind."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from gateway_core.demo.home import DemoHome
from tests.browser import CHROMIUMS, Page, browser_page
from tests.real.debian import installed
from tests.web_server import WebServer, web_server

pytestmark = pytest.mark.real

OPENING = """new Promise(done => {
  const socket = new WebSocket("ADDRESS");
  socket.onopen = () => done("open");
  socket.onerror = () => done("refused");
})"""


async def in_browser(home: DemoHome, look: Callable[[Page, WebServer], None], *options: str) -> None:
    """Look at the dashboard of that home in a browser; in a thread, so that the demo's gateways can be watched."""

    def opened() -> None:
        with web_server(home.environment, *options) as server, browser_page(installed("chromium", *CHROMIUMS)) as page:
            page.open(server.address)
            page.wait_for(lambda text: "openclaw:rescue" in text and "running" in text)
            look(page, server)

    await asyncio.to_thread(opened)


async def test_it_shows_the_dashboard_and_changes_nothing(demo_home: DemoHome, tmp_path: Path) -> None:
    gateway = await demo_home.start("openclaw", "rescue", version="2026.9.6")

    def look(page: Page, server: WebServer) -> None:
        page.type("2")
        page.wait_for(lambda text: "on demand" in text)
        page.type("1X")
        page.wait_for(lambda text: "read-only" in text.lower())
        page.call("Browser.grantPermissions", permissions=["clipboardReadWrite", "clipboardSanitizedWrite"])
        page.type("y")
        page.wait_for(lambda text: "Copy" in text and "Control UI address" in text)
        page.type("i")
        page.wait_for(lambda text: "the id" in text)
        page.draw()
        assert page.evaluate("navigator.clipboard.readText()") == "openclaw:rescue"
        page.screenshot(tmp_path / "web.png")
        assert (tmp_path / "web.png").stat().st_size > 20_000
        assert "-first-byte" in str(page.evaluate("document.body.className"))
        server.wait_for_dashboards(1)
        page.open("about:blank")
        server.wait_for_dashboards(0)

    await in_browser(demo_home, look)
    assert psutil.pid_exists(gateway.pid)


async def test_operations_have_to_be_allowed(demo_home: DemoHome) -> None:
    await demo_home.start("openclaw", "rescue", version="2026.9.6")

    def look(page: Page, server: WebServer) -> None:
        page.type("X")
        page.wait_for(lambda text: "Stop openclaw:rescue?" in text)

    await in_browser(demo_home, look, "--allow-operations")


async def test_no_other_page_can_open_a_terminal_and_the_end_of_the_server_ends_all(demo_home: DemoHome) -> None:
    await demo_home.start("openclaw", "rescue", version="2026.9.6")

    def look(page: Page, server: WebServer) -> None:
        socket = server.address.replace("http://", "ws://") + "ws"
        page.open("data:text/html,elsewhere")
        server.wait_for_dashboards(0)
        assert page.evaluate(OPENING.replace("ADDRESS", socket)) == "refused"
        page.open(server.address)
        server.wait_for_dashboards(1)
        dashboards = server.dashboards
        server.process.terminate()
        assert server.process.wait(timeout=20) == 0
        psutil.wait_procs(dashboards, timeout=20)
        assert not any(one.is_running() for one in dashboards)

    await in_browser(demo_home, look)
