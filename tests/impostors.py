"""Real processes that resemble gateways in all but what they are, for tests that nothing ever signals them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from gateway_core.demo.home import DemoHome
from gateway_core.demo.installation import DemoProfile
from tests.real_processes import OtherProcess, until

_PROGRAM = Path(__file__).parent / "impostor.py"


class Impostor(OtherProcess):
    """Such a process, while it runs."""

    def becomes(self, program: Sequence[str]) -> None:
        """Let it execute the program that it was given."""
        self.process.send_signal(signal.SIGUSR2)
        line = b"".join(os.fsencode(word) + b"\0" for word in program)
        until(lambda: Path(f"/proc/{self.pid}/cmdline").read_bytes() == line)


@contextmanager
def impostor(
    home: DemoHome,
    argv: Sequence[str],
    *,
    files: Sequence[Path] = (),
    port: int | None = None,
    lock: Path | None = None,
    program: Sequence[str] = (),
) -> Iterator[Impostor]:
    """A process of that home with this command line, until the end of the block."""
    record = home.base / f"impostor-{len(list(home.base.iterdir()))}"
    told = {
        "record": str(record),
        "argv": list(argv),
        "files": list(map(str, files)),
        "port": port,
        "lock": str(lock) if lock else None,
        "exec": list(program),
    }
    room = "." * 400
    command = [sys.executable, str(_PROGRAM), json.dumps(told), room]
    environment = {**home.environment, "PYTHONPATH": str(_PROGRAM.parent.parent)}
    process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, start_new_session=True)
    try:
        until(lambda: record.exists() and record.read_text().startswith("ready"))
        yield Impostor(process, record)
    finally:
        process.kill()
        process.wait()


def held_files(profile: DemoProfile) -> list[Path]:
    """What a gateway of that profile holds open, and commands of its product, too: a lock, a database, a log."""
    lock = profile.state_dir / "tmp" / f"openclaw-{os.getuid()}" / "gateway.4eeef61b.lock"
    database, log = profile.state_dir / "state" / "openclaw.sqlite", profile.state_dir / "logs" / "gateway.log"
    for path in (lock, database, log):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    lock.write_text(json.dumps({"pid": 1, "startTime": 1, "configPath": str(profile.config_path)}))
    return [lock, database, log]
