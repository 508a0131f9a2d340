"""A running `claw-tui web`, as the user of a demo home starts it."""

import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import psutil

from tests.program import CLAW_TUI, DEADLINE_S


@dataclass(frozen=True, slots=True)
class WebServer:
    """The server's process, and the address that it printed."""

    process: "subprocess.Popen[str]"
    address: str

    @property
    def dashboards(self) -> list[psutil.Process]:
        """The processes behind the pages that are open."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def wait_for_dashboards(self, number: int) -> None:
        limit = time.monotonic() + DEADLINE_S
        while len(self.dashboards) != number:
            assert time.monotonic() < limit, self.dashboards
            time.sleep(0.05)


@contextmanager
def web_server(environment: Mapping[str, str], *arguments: str, through: Sequence[str] = ()) -> Iterator[WebServer]:
    """A server; `through`: a program, such as nohup, that becomes it."""
    process = subprocess.Popen(
        (*through, CLAW_TUI, "web", *arguments),
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stderr is not None
        address = process.stdout.readline().strip()
        assert address.startswith("http://"), process.stderr.read()
        yield WebServer(process, address)
    finally:
        process.terminate()
        process.communicate(timeout=DEADLINE_S)
