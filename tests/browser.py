"""A real headless Chromium, driven by its DevTools protocol, that shows a dashboard of `claw-tui web`."""

import base64
import json
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyte
from pydantic import TypeAdapter
from websockets.sync.client import ClientConnection, connect

CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")
DEADLINE_S = 60
_MESSAGE = TypeAdapter(dict[str, object])
_OPTIONS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"),
    *("--no-proxy-server", "--remote-debugging-port=0", "--hide-scrollbars", "--force-device-scale-factor=1"),
)


class Page:
    """A page of the browser, and what the terminal in it was sent."""

    def __init__(self, connection: ClientConnection, columns: int, lines: int) -> None:
        self._connection = connection
        self._screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self._screen)
        self._sent = 0
        self._answers: dict[object, dict[str, object]] = {}
        self.call("Page.enable")
        self.call("Network.enable")

    @property
    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self._screen.display)

    def open(self, address: str) -> None:
        self.call("Page.navigate", url=address)

    def evaluate(self, expression: str) -> object:
        """The value of an expression of JavaScript; of a promise, what it comes to."""
        answer = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        return _MESSAGE.validate_python(answer["result"]).get("value")

    def type(self, keys: str) -> None:
        for key in keys:
            code = ord(key.upper())
            self.call("Input.dispatchKeyEvent", type="keyDown", key=key, text=key, windowsVirtualKeyCode=code)
            self.call("Input.dispatchKeyEvent", type="keyUp", key=key, windowsVirtualKeyCode=code)

    def wait_for(self, wanted: Callable[[str], bool]) -> None:
        """Read on until the terminal shows what is wanted."""
        limit = time.monotonic() + DEADLINE_S
        while not wanted(self.text):
            assert time.monotonic() < limit, self.text
            self._receive(timeout=0.5)

    def draw(self) -> None:
        """Let the browser draw what it was sent."""
        self.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def screenshot(self, path: Path) -> None:
        """Save what the browser has drawn, as PNG."""
        path.write_bytes(base64.b64decode(str(self.call("Page.captureScreenshot", format="png")["data"])))

    def call(self, method: str, **parameters: object) -> dict[str, object]:
        self._sent += 1
        number = self._sent
        self._connection.send(json.dumps({"id": number, "method": method, "params": parameters}))
        limit = time.monotonic() + DEADLINE_S
        while number not in self._answers:
            assert time.monotonic() < limit, method
            self._receive(timeout=DEADLINE_S)
        answer = self._answers.pop(number)
        assert "error" not in answer, answer
        return _MESSAGE.validate_python(answer["result"])

    def _receive(self, timeout: float) -> None:
        try:
            message = _MESSAGE.validate_json(self._connection.recv(timeout=timeout))
        except TimeoutError:
            return
        if "id" in message:
            self._answers[message["id"]] = message
        elif message["method"] == "Network.webSocketFrameReceived":
            parameters = _MESSAGE.validate_python(message["params"])
            frame = _MESSAGE.validate_python(parameters["response"])
            if frame["opcode"] == 2:  # what a terminal is sent; all else is text
                self._stream.feed(base64.b64decode(str(frame["payloadData"])))


@contextmanager
def browser_page(program: Path, width: int = 1280, height: int = 800, columns: int = 240) -> Iterator[Page]:
    """An empty page of that Chromium, which leaves nothing behind. `columns` are at least those of its terminal."""
    with tempfile.TemporaryDirectory(prefix="claw-tui-chromium-", ignore_cleanup_errors=True) as profile:
        command = (program, *_OPTIONS, f"--user-data-dir={profile}", f"--window-size={width},{height}", "about:blank")
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            with connect(_address(Path(profile), process), max_size=None) as connection:
                yield Page(connection, columns, height // 10)
        finally:
            process.terminate()
            process.wait(timeout=DEADLINE_S)


def _address(profile: Path, process: "subprocess.Popen[bytes]") -> str:
    """The address of the first page's DevTools."""
    import httpx

    told = profile / "DevToolsActivePort"
    limit = time.monotonic() + DEADLINE_S
    while not told.exists() or len(told.read_text().splitlines()) < 2:
        assert process.poll() is None, "Chromium ended"
        assert time.monotonic() < limit, "Chromium does not begin"
        time.sleep(0.05)
    port = told.read_text().splitlines()[0]
    targets = TypeAdapter(list[dict[str, object]]).validate_json(
        httpx.get(f"http://127.0.0.1:{port}/json/list", trust_env=False).content
    )
    return next(str(target["webSocketDebuggerUrl"]) for target in targets if target["type"] == "page")
