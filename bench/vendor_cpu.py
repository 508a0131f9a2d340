"""The CPU time of a look at one instance, against the real `openclaw gateway status --json`.

openclaw is the one that `make test-real` installs into its cache; it lives in a guarded temporary home.
"""

import asyncio
import json
import resource
import subprocess
import tempfile
import time
from pathlib import Path
from statistics import median

from bench import homes
from bench.measurement import Baseline, Measurement, NotMeasured, Result, Unit
from bench.snapshot import GATEWAYS
from gateway_core.demo.home import DemoHome
from gateway_core.monitor.monitor import take_snapshot
from tests.real.home import RealHome, RealProfile, guarded
from tests.real.installation import RealOpenClaw, cached_openclaw

WHAT = "CPU per instance of a full snapshot"
REACH = 1 / 200
_ROUNDS = 3
_OUR_ROUNDS = 10
_START_DEADLINE_S = 60


def run() -> list[Result]:
    """Every thread of ours counts, and everything that their command runs."""
    openclaw = cached_openclaw()
    if openclaw is None:
        return [NotMeasured(WHAT, "no real openclaw in the cache; make test-real installs one")]
    baseline = Baseline("openclaw gateway status --json", _theirs(openclaw))
    return [Measurement(WHAT, asyncio.run(_ours()), Unit.CPU_SECONDS, baseline, REACH)]


async def _ours() -> float:
    async with DemoHome() as home:
        await homes.live(home, GATEWAYS)
        host = home.host()
        taken = []
        for _ in range(_OUR_ROUNDS):
            begun = time.process_time()
            await take_snapshot(host)
            taken.append(time.process_time() - begun)
    return median(taken) / GATEWAYS


def _theirs(openclaw: RealOpenClaw) -> float:
    """One running gateway, asked several times; the first, with a cold cache, does not count."""
    with tempfile.TemporaryDirectory(prefix="claw-tui-bench-", ignore_cleanup_errors=True) as base, guarded(Path(base)):
        real_home = RealHome(Path(base), openclaw)
        real_home.home.mkdir()
        (real_home.root / "tmp").mkdir()
        profile = real_home.onboard("bench")
        real_home.start(profile)
        _await_listening(real_home, profile)
        taken = [_cpu_of_status(real_home, profile) for _ in range(_ROUNDS + 1)]
    return median(taken[1:])


def _await_listening(real_home: RealHome, profile: RealProfile) -> None:
    limit = time.monotonic() + _START_DEADLINE_S
    while real_home.instance(profile)["live_port"] != profile.port:
        if time.monotonic() > limit:
            raise TimeoutError(f"the real gateway did not listen:\n{real_home.output_of(profile)}")


def _cpu_of_status(real_home: RealHome, profile: RealProfile) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = (str(real_home.openclaw.command), "--profile", profile.name, "gateway", "status", "--json")
    done = subprocess.run(
        command, env=real_home.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=60, check=True
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    json.loads(done.stdout)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
