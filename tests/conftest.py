"""What tests of several rooms share. No test sees the home, the temporary directory or the gateways of its caller."""

import gc
import itertools
import os
import random
import secrets
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from gateway_core.demo.home import DemoHome
from gateway_core.demo.port_blocks import PortBlocks
from gateway_core.distributions.loader import built_in_distributions

settings.register_profile("without a clock", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("without a clock")  # a busy machine says nothing about the code

SLOW_TIMEOUT_S = 400
"""For tests of many steps, on a machine that does much else meanwhile."""
SEED = "CLAW_TUI_TEST_SEED"
"""The variable that says what tests draw by chance, for a run that is to draw what another one has drawn."""
_GARBAGE_THRESHOLDS = 100_000, 20, 50
_USERS = itertools.count()
_SEED_KEY = pytest.StashKey[str]()
_OF_THE_CALLER = ("XDG_", "DEMO_GATEWAY_", "CLAW_TUI_")
_PATH = "/usr/bin:/bin:/usr/sbin:/sbin"  # the system's own commands, and no gateway that the caller has installed


def pytest_configure(config: pytest.Config) -> None:
    """Give the tests the system's PATH, all colours and a seed, the same in each worker of a run.

    And let Ctrl+C reach what they start, also below a script in the background.
    """
    os.environ["PATH"] = _PATH
    os.environ["COLORTERM"] = "truecolor"
    config.stash[_SEED_KEY] = os.environ.setdefault(SEED, str(secrets.randbelow(1_000_000)))
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_report_header(config: pytest.Config) -> str:
    return f"{SEED}={config.stash[_SEED_KEY]}"


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give slow tests their time, and all tests that share ports or a systemd user manager to one worker."""
    for item in items:
        if item.get_closest_marker("slow") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(SLOW_TIMEOUT_S))
        shared = next(filter(item.get_closest_marker, ("usual_ports", "systemd")), None)
        if shared is not None:
            item.add_marker(pytest.mark.xdist_group(shared))


def pytest_collection_finish() -> None:
    """Look for garbage less often, and only in what the tests themselves make: a fifth of their work is looking."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_GARBAGE_THRESHOLDS)


@pytest.fixture(autouse=True)
def environment_of_its_own(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test gets an empty HOME and TMPDIR; no XDG or vendor variable of the caller reaches it."""
    vendors = {prefix for product in built_in_distributions() for prefix in product.variables("")}
    overrides = {prefix for product in built_in_distributions() for prefix in product.override_prefixes}
    for name in list(os.environ):
        if name.startswith((*_OF_THE_CALLER, *vendors, *overrides)):
            monkeypatch.delenv(name)
    own = tmp_path_factory.mktemp(f"user-{next(_USERS)}", numbered=False)  # to find a number takes ever longer
    for variable, directory in (("HOME", own / "home"), ("TMPDIR", own / "tmp")):
        directory.mkdir()
        monkeypatch.setenv(variable, str(directory))


@pytest.fixture(autouse=True)
def chance_of_its_own(request: pytest.FixtureRequest) -> None:
    """What a test draws by chance is another in each run and each test, and the same wherever the seed is."""
    random.seed(f"{request.config.stash[_SEED_KEY]} {request.node.nodeid}")


@pytest.fixture
async def demo_home(tmp_path: Path) -> AsyncIterator[DemoHome]:
    """An empty demo home, removed with all its processes at the end, also when the test run is killed.

    `gateway = await demo_home.start("openclaw", "rescue", version="2026.9.6", faults=Faults(failing=("discord",)))`
    runs a real process on ports of its own; `demo_home.add_profile("clawdbot", "cb")` only onboards. Give
    `demo_home.host()` to code that takes a `Host`, `demo_home.environment` to a process that is to live there.
    """
    async with DemoHome(tmp_path / "demo") as home:
        yield home


@pytest.fixture
def free_block() -> Iterator[Callable[[int], int]]:
    """`free_block(n)`: a base port that is free together with the n ports after it, reserved until the test ends."""
    with PortBlocks() as blocks:
        yield blocks.take
