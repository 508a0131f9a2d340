"""Two gateways made with the real openclaw, one started with a token of claw-tui's own, one not; and both undone."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway_core.health.state import LIVE_STATES
from gateway_core.host import Host
from gateway_core.local_host import local_host
from gateway_core.monitor.monitor import take_snapshot
from gateway_core.onboarding.choices import AUTO, Preset
from gateway_core.onboarding.plan import OnboardingResult, Plan, TokenRoute
from gateway_core.onboarding.run import run
from gateway_core.onboarding.undo import UndoResult, undo
from gateway_core.operations import Operation, Progress, StepBegan
from gateway_core.snapshot import Instance, Proof
from tests.onboarding import choices, contents, planned, watching_command_lines
from tests.real.conftest import VENDOR_LOGS
from tests.real.home import LOOPBACK_ONLY, RealHome, guarded
from tests.real.installation import installed_openclaw

pytestmark = [pytest.mark.real, pytest.mark.slow]

NAMES = {Preset.MAIN: "claw-tui-test-onboarded-main", Preset.RESCUE: "claw-tui-test-onboarded-rescue"}


@pytest.fixture(scope="session")
def new_real_home() -> Iterator[RealHome]:
    """A home in which nobody has onboarded anything yet."""
    openclaw = installed_openclaw()
    root = Path(tempfile.mkdtemp(prefix="claw-tui-real-"))
    with guarded(root):
        for name in ("home", "tmp"):
            (root / name).mkdir()
        yield RealHome(root, openclaw)
    for log in VENDOR_LOGS.glob("openclaw-claw--tui--test--onboarded--*.log"):
        log.unlink()


@pytest.mark.timeout(600)
async def test_one_is_started_with_a_token_of_its_own_and_both_are_undone(new_real_home: RealHome) -> None:
    host = local_host(new_real_home.environment, "linux")
    events: list[Progress] = []
    before = contents(new_real_home.home)
    with watching_command_lines() as command_lines:
        results = [await _created(host, preset, events) for preset in NAMES]
        tokens = [_token(result.plan) for result in results]
    snapshot = await take_snapshot(host)
    main, rescue = (snapshot.instance(result.instance) for result in results)
    _assert_live(main, results[0].plan)
    assert main is not None
    assert rescue is not None
    assert {main.state_dir, main.config_path, main.workspace}.isdisjoint(
        {rescue.state_dir, rescue.config_path, rescue.workspace}
    )
    told = "".join((*command_lines, repr(events), *(result.model_dump_json() for result in results)))
    assert not [token for token in tokens if token in told]

    rescue_dir = Path(results[1].plan.state_dir)
    config = (rescue_dir / "openclaw.json").read_bytes()
    undone = await undo(host, results[0].journal or "")
    assert isinstance(undone, UndoResult)
    assert undone.ok, undone.error
    assert (rescue_dir / "openclaw.json").read_bytes() == config
    undone = await undo(host, results[1].journal or "")
    assert isinstance(undone, UndoResult)
    assert undone.ok, undone.error
    left = {Path(path).parts[0] for path in set(contents(new_real_home.home)) - set(before)}
    assert left <= {".local", ".cache"}, "claw-tui's own places, and the vendor's cache, which all its programs share"


async def _created(host: Host, preset: Preset, events: list[Progress]) -> OnboardingResult:
    start = preset is Preset.MAIN
    wanted = choices(preset=preset, profile=NAMES[preset], port=AUTO, start=start, own_token=True)
    plan = await planned(host, wanted)
    assert plan.token is TokenRoute.ENVIRONMENT

    def report(event: Progress) -> None:
        """Between its creation and its start, keep it from asking its vendor's servers."""
        events.append(event)
        if event == StepBegan(plan.instance, Operation.NEW, "start", None):
            config = Path(plan.config_path)
            config.write_text(json.dumps({**json.loads(config.read_text()), **LOOPBACK_ONLY}))

    result = await run(host, plan, report)
    assert result.error is None, (result.error, result.steps)
    assert result.ok
    assert (result.state in LIVE_STATES) == plan.start
    return result


def _token(plan: Plan) -> str:
    token = json.loads(Path(plan.config_path).read_text())["gateway"]["auth"]["token"]
    assert len(token) == 48
    return str(token)


def _assert_live(instance: Instance | None, plan: Plan) -> None:
    assert instance is not None
    assert instance.state in LIVE_STATES
    assert instance.live_port == plan.base_port
    assert instance.signals.process is not None
    assert instance.signals.process.proof is Proof.LOCK
    assert instance.signals.http is not None
    assert (instance.signals.http.live, instance.conflicts) == (True, ())
