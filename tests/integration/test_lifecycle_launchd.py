"""Operations through launchd: a recording stand-in for launchctl, which really runs the gateway."""

from __future__ import annotations

import json
import os
import plistlib
from pathlib import Path

import pytest

from gateway_core.demo.home import DemoHome
from gateway_core.demo.installation import DemoProfile
from gateway_core.lifecycle.operate import operate
from gateway_core.operations import Operation
from gateway_core.snapshot import State
from tests.real_processes import gateways_of, until

LAUNCHCTL = """\
#!{python}
# A stand-in for launchd: one job, which it really runs. It writes down what it is told.
import json, os, pathlib, plistlib, signal, sys, time
place = pathlib.Path({place!r})
verb, rest = sys.argv[1], sys.argv[2:]
with (place / "told").open("a") as told:
    told.write(json.dumps(sys.argv[1:]) + "\\n")
job, pid_file = place / "job", place / "pid"
def pid():
    try:
        found = int(pid_file.read_text())
        state = pathlib.Path(f"/proc/{{found}}/stat").read_text().rpartition(")")[2].split()[0]
        return None if state == "Z" else found
    except (OSError, ValueError):
        return None
def run():
    plist = plistlib.loads(pathlib.Path(job.read_text()).read_bytes())
    if os.fork() == 0:
        os.setsid()
        null = os.open("/dev/null", os.O_RDWR)
        [os.dup2(null, number) for number in (0, 1, 2)]
        pid_file.write_text(str(os.getpid()))
        arguments = plist["ProgramArguments"]
        os.execve(arguments[0], arguments, plist["EnvironmentVariables"])
    while pid() is None:
        pass
def end():
    found = pid()
    if found:
        os.kill(found, signal.SIGTERM)
        while pathlib.Path(f"/proc/{{found}}").exists() and pid():
            pass
    pid_file.unlink(missing_ok=True)
if verb == "bootstrap":
    job.write_text(rest[1])
elif not job.exists():
    sys.exit(113)
elif verb == "print":
    print("gui/0/label = {{")
    print("\\tstate = " + ("running" if pid() else "not running"))
    if pid():
        print("\\tpid = " + str(pid()))
    print("}}")
elif verb == "kickstart":
    if rest[0] == "-k":
        # As launchd does, return before it is done.
        if os.fork() == 0:
            os.setsid()  # launchd is no child of launchctl
            [os.close(number) for number in (0, 1, 2)]
            time.sleep(0.3)
            end()
            run()
    elif pid() is None:
        run()
elif verb == "bootout":
    end()
    job.unlink()
"""


class TestLaunchd:
    @pytest.fixture
    def place(self, demo_home: DemoHome) -> Path:
        """Where the stand-in keeps its job and what it was told."""
        import sys

        place = demo_home.base / "launchd"
        place.mkdir()
        command = demo_home.bin / "launchctl"
        command.write_text(LAUNCHCTL.format(python=sys.executable, place=str(place)))
        command.chmod(0o755)
        return place

    @staticmethod
    def write_plist(demo_home: DemoHome, profile: DemoProfile, directory: Path) -> Path:
        directory.mkdir(parents=True)
        path = directory / f"ai.openclaw.{profile.installation.profile}.plist"
        environment = {
            "HOME": str(demo_home.home),
            "PATH": demo_home.environment["PATH"],
            "TMPDIR": demo_home.environment["TMPDIR"],
            "OPENCLAW_STATE_DIR": str(profile.state_dir),
            "OPENCLAW_CONFIG_PATH": str(profile.config_path),
            "OPENCLAW_SERVICE_MARKER": "openclaw",
        }
        content = {
            "Label": path.stem,
            "ProgramArguments": [str(profile.command), "gateway", "--port", str(profile.port)],
            "EnvironmentVariables": environment,
            "KeepAlive": True,
        }
        path.write_bytes(plistlib.dumps(content))
        return path

    async def test_an_agent_is_loaded_started_restarted_and_unloaded(self, demo_home: DemoHome, place: Path) -> None:
        profile = demo_home.add_profile("openclaw", "p")
        plist = self.write_plist(demo_home, profile, demo_home.home / "Library" / "LaunchAgents")
        host = demo_home.host()
        job = f"gui/{os.getuid()}/ai.openclaw.p"

        started = await operate(host, profile.id, Operation.START)
        assert (started.ok, started.state, started.error) == (True, State.RUNNING, None)
        [first] = gateways_of(profile)
        restarted = await operate(host, profile.id, Operation.RESTART)
        assert (restarted.ok, restarted.state, restarted.error) == (True, State.RUNNING, None)
        [second] = gateways_of(profile)
        assert second != first
        stopped = await operate(host, profile.id, Operation.STOP)
        assert (stopped.ok, stopped.state, stopped.error) == (True, State.STOPPED, None)
        until(lambda: gateways_of(profile) == [])

        told = [json.loads(line) for line in (place / "told").read_text().splitlines()]
        assert [words for words in told if words[0] != "print"] == [
            ["bootstrap", f"gui/{os.getuid()}", str(plist)],
            ["kickstart", job],
            ["kickstart", "-k", job],
            ["bootout", job],
        ]

    async def test_a_daemon_lives_in_the_system_domain(self, demo_home: DemoHome, place: Path) -> None:
        profile = demo_home.add_profile("openclaw", "p")
        plist = self.write_plist(demo_home, profile, demo_home.root / "Library" / "LaunchDaemons")

        started = await operate(demo_home.host(), profile.id, Operation.START)

        assert (started.ok, started.state) == (True, State.RUNNING)
        commands = [step.command for step in started.steps if step.command]
        assert commands == [f"launchctl bootstrap system {plist}", "launchctl kickstart system/ai.openclaw.p"]
