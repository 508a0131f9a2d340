"""What tests of onboardings share: choices that do no harm, fake commands, and what a home holds byte for byte."""

from __future__ import annotations

import hashlib
import json
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from gateway_core.demo.home import DemoHome
from gateway_core.demo.installation import DemoProfile
from gateway_core.demo.port_blocks import PortBlocks
from gateway_core.discovery.planned import RunOutcome
from gateway_core.host import DEMO_VARIABLE, Host
from gateway_core.monitor.monitor import take_snapshot
from gateway_core.onboarding.choices import AUTO, ChoiceProblem, Choices, Field, Preset, ProblemCode
from gateway_core.onboarding.commands import InstalledCommand
from gateway_core.onboarding.journal import Journal, JournalFile, journal_id
from gateway_core.onboarding.plan import OnboardingResult, Plan
from gateway_core.onboarding.planning import make_plan
from gateway_core.onboarding.run import resume
from gateway_core.onboarding.undo import UndoResult, undo
from gateway_core.snapshot import Snapshot
from tests.fixed_host import NOW, FixedHost

OWN_PLACES = (".local/state/claw-tui", ".local/share/claw-tui")
"""What claw-tui itself keeps in a demo home."""
COMMAND = InstalledCommand("/usr/bin/openclaw", "2026.9.6")
"""A command that is never run, for plans on a fixed host."""


_BLOCKS = PortBlocks()


@cache
def own_port() -> int:
    """A base port for what this process's tests create, one after the other; no other process's tests are given it."""
    return _BLOCKS.take()


def choices(**wanted: object) -> Choices:
    """A rescue bot of openclaw on `own_port()`, unless something else is wanted."""
    usual: dict[str, object] = {"distribution": "openclaw", "preset": Preset.RESCUE, "accepted_risk": True}
    return Choices(**({"port": own_port()} | usual | wanted))  # type: ignore[arg-type]


def auto_choices(**wanted: object) -> Choices:
    """The same on the port that claw-tui chooses, for tests that are marked `usual_ports`."""
    return choices(**({"port": AUTO} | wanted))


async def planned(host: Host, wanted: Choices) -> Plan:
    """The plan; fails on any problem."""
    plan = await make_plan(host, await take_snapshot(host), wanted)
    assert isinstance(plan, Plan), plan
    return plan


async def plan_on(fixed: FixedHost, snapshot: Snapshot, port: int | str) -> Plan:
    wanted = Choices(distribution="openclaw", profile="coming", port=port, accepted_risk=True)
    plan = await make_plan(fixed.host(), snapshot, wanted, COMMAND)
    assert isinstance(plan, Plan), plan
    return plan


async def begin_onboarding(fixed: FixedHost, port: int, outcome: RunOutcome = RunOutcome.UNFINISHED) -> None:
    plan = await plan_on(fixed, await take_snapshot(fixed.host()), port)
    journal = Journal(id=journal_id(plan.config_path), began_at=NOW, plan=plan, before=(), outcome=outcome)
    JournalFile(fixed.host(), journal).write(journal)


async def problems(
    host: Host, wanted: Choices, command: InstalledCommand | None = None
) -> dict[tuple[Field, ProblemCode], ChoiceProblem]:
    """What is wrong; fails if nothing is."""
    found = await make_plan(host, await take_snapshot(host), wanted, command)
    assert not isinstance(found, Plan), "nothing was found wrong"
    return {(problem.field, problem.code): problem for problem in found}


async def problem(
    host: Host, wanted: Choices, field: Field, code: ProblemCode, command: InstalledCommand | None = None
) -> ChoiceProblem:
    """The one thing that is wrong. `command`: to spare the look for it."""
    found = await problems(host, wanted, command)
    assert list(found) == [(field, code)], [item.message for item in found.values()]
    return found[field, code]


async def resumed(host: Host, journal: str | None) -> OnboardingResult:
    """What came of resuming that run; fails if it was not even begun."""
    result = await resume(host, journal or "")
    assert isinstance(result, OnboardingResult), result
    return result


async def undone(host: Host, journal: str | None) -> UndoResult:
    """What came of undoing that run; fails if it was not even begun."""
    result = await undo(host, journal or "")
    assert isinstance(result, UndoResult), result
    return result


def put_files(*files: Path) -> None:
    """Files of the user's own, and the directories around them."""
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("mine")


def set_gateway(profile: DemoProfile, **gateway: object) -> None:
    """Change settings of the `gateway` section of that profile's config."""
    config = json.loads(profile.config_path.read_text())
    config["gateway"] |= gateway
    profile.config_path.write_text(json.dumps(config))


def fake_command(home: DemoHome, distribution: str, onboard: str, version: str = "2026.9.6") -> Path:
    """A command that tells its version, and does as the shell lines say when it is asked to onboard."""
    script = f"""\
#!/bin/sh
export {DEMO_VARIABLE}="{home.base}"
case "$*" in
  --version) echo "{version}" ;;
  *) {onboard} ;;
esac
"""
    return write_command(home, distribution, script)


def write_command(home: DemoHome, distribution: str, script: str) -> Path:
    path = home.bin / distribution
    path.write_text(script)
    path.chmod(0o755)
    return path


def contents(directory: Path, *, without: tuple[str, ...] = OWN_PLACES) -> dict[str, str]:
    """Every path below it with what it holds, as a hash."""
    skipped = tuple(str(directory / name) for name in without)
    found = {}
    for path in sorted(directory.rglob("*")):
        if not str(path).startswith(skipped) and not any(name.startswith(f"{path}/") for name in skipped):
            found[str(path.relative_to(directory))] = _hash(path)
    return found


def _hash(path: Path) -> str:
    status = path.lstat()
    if stat.S_ISLNK(status.st_mode):
        return f"link to {path.readlink()}"
    if stat.S_ISREG(status.st_mode):
        return f"{stat.filemode(status.st_mode)} {hashlib.sha256(path.read_bytes()).hexdigest()}"
    return stat.filemode(status.st_mode)


@contextmanager
def watching_command_lines() -> Iterator[set[str]]:
    """Every command line that any process of this machine had in the meantime."""
    seen: set[str] = set()
    over = threading.Event()

    def look() -> None:
        while not over.is_set():
            for process in Path("/proc").glob("[0-9]*"):
                try:
                    seen.add((process / "cmdline").read_bytes().decode(errors="replace"))
                except OSError:
                    continue
            time.sleep(0.002)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()


RUNNER = """\
import asyncio, os, signal, sys
from pathlib import Path
from dataclasses import replace
from gateway_core.onboarding.plan import Plan
from gateway_core.operations import Operation, OutputLine, StepBegan, StepEnded
from gateway_core.onboarding.run import run
from gateway_core.local_host import this_host

def report(event):
    match event:
        case StepBegan(operation=Operation.NEW, name=name): mark = f"{name} begins"
        case StepEnded(operation=Operation.NEW, step=step): mark = f"{step.name} ends"
        case OutputLine(): mark = "a line"
        case _: mark = f"{type(event).__name__} of the lifecycle"
    if mark == sys.argv[3]:
        os.kill(os.getpid(), signal.SIGKILL)

host = replace(this_host(), root=Path(sys.argv[1]))
plan = Plan.model_validate_json(Path(sys.argv[2]).read_text())
result = asyncio.run(run(host, plan, report))
print(result.model_dump_json())
"""


def run_until_killed(home: DemoHome, plan: Plan, moment: str) -> int:
    """Run the plan in a process of its own, which kills itself at that moment; its exit code."""
    file = home.base / "plan.json"
    file.write_text(plan.model_dump_json())
    done = subprocess.run(
        (sys.executable, "-c", RUNNER, str(home.root), str(file), moment),
        env=dict(home.environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
    )
    assert done.returncode in (0, -9), done.stderr.decode()
    return done.returncode


async def planned_at(fixed: FixedHost, workspace: str | None) -> Plan:
    """The plan of a gateway with that workspace, on a host where there is none yet."""
    fixed.directory.mkdir(exist_ok=True)
    wanted = Choices(distribution="openclaw", profile="coming", port=19789, workspace=workspace, accepted_risk=True)
    plan = await make_plan(fixed.host(), await take_snapshot(fixed.host()), wanted, COMMAND)
    assert isinstance(plan, Plan), plan
    return plan
