"""Programs of Debian that tests with real ones need: where they are missing, a test is skipped, and fails in CI."""

import os
import shutil
from pathlib import Path

import pytest


def installed(package: str, *programs: str) -> Path:
    """The first of these programs, else that of the package's name; skips or fails the test where none is installed."""
    found = next(filter(None, map(shutil.which, programs or (package,))), None)
    if found is None:
        missing = f"{' and '.join(programs or (package,))} missing: apt-get install {package}"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    return Path(found)
