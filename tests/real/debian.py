"""Programs of Debian that tests with real ones need: where they are missing, a test is skipped, and fails in CI."""

import os
import shutil
from pathlib import Path

import pytest


def installed(program: str, package: str) -> Path:
    """That program; skips the test, or fails it with `CI=true`, where it is not installed."""
    found = shutil.which(program)
    if found is None:
        missing = f"{program} is missing: apt-get install {package}"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    return Path(found)
