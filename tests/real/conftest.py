"""The real openclaw, two profiles of it, and claw-tui watching them. These fixtures fail where they cannot run."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.real.household import Household, RealProfile, Watcher, guarded
from tests.real.installation import installed_openclaw

PROFILE_NAMES = ("claw-tui-test-main", "claw-tui-test-rescue")
"""Unlike any that a user has: the logs of all profiles share one directory outside the home."""
VENDOR_LOGS = Path("/tmp/openclaw")


@pytest.fixture(scope="session")
def household() -> Iterator[Household]:
    """A throw-away home with a real openclaw on PATH."""
    openclaw = installed_openclaw()
    root = Path(tempfile.mkdtemp(prefix="claw-tui-real-"))
    with guarded(root):
        for name in ("home", "tmp"):
            (root / name).mkdir()
        yield Household(root, openclaw)
    for log in VENDOR_LOGS.glob("openclaw-claw--tui--test--*.log"):
        log.unlink()


@pytest.fixture(scope="session")
def profiles(household: Household) -> tuple[RealProfile, RealProfile]:
    """Two profiles, onboarded by openclaw itself; nothing runs yet."""
    main, rescue = (household.onboard(name) for name in PROFILE_NAMES)
    return main, rescue


@pytest.fixture(scope="session")
def watcher(household: Household, profiles: tuple[RealProfile, RealProfile]) -> Iterator[Watcher]:
    """claw-tui, watching from before the first start to after the last stop."""
    watching = Watcher(household)
    yield watching
    watching.close()
