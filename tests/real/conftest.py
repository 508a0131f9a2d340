"""The real openclaw, two profiles of it, and claw-tui watching them. These fixtures fail where they cannot run."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.real.home import LsWatch, RealHome, RealProfile, guarded
from tests.real.installation import installed_openclaw

PROFILE_NAMES = ("claw-tui-test-main", "claw-tui-test-rescue")
"""Unlike any that a user has: the logs of all profiles share one directory outside the home."""
VENDOR_LOGS = Path("/tmp/openclaw")


@pytest.fixture(scope="session")
def real_home() -> Iterator[RealHome]:
    """A throw-away home with a real openclaw on PATH."""
    openclaw = installed_openclaw()
    root = Path(tempfile.mkdtemp(prefix="claw-tui-real-"))
    with guarded(root):
        for name in ("home", "tmp"):
            (root / name).mkdir()
        yield RealHome(root, openclaw)
    for log in VENDOR_LOGS.glob("openclaw-claw--tui--test--*.log"):
        log.unlink()


@pytest.fixture(scope="session")
def profiles(real_home: RealHome) -> tuple[RealProfile, RealProfile]:
    """Two profiles, onboarded by openclaw itself; nothing runs yet."""
    main, rescue = (real_home.onboard(name) for name in PROFILE_NAMES)
    return main, rescue


@pytest.fixture(scope="session")
def ls_watch(real_home: RealHome, profiles: tuple[RealProfile, RealProfile]) -> Iterator[LsWatch]:
    """claw-tui, watching from before the first start to after the last stop."""
    watching = LsWatch(real_home)
    yield watching
    watching.close()
