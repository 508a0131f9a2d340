"""Nothing that a test run starts outlives it, however the run ends."""

import subprocess
import sys
import textwrap
from pathlib import Path

import psutil
import pytest

pytestmark = [pytest.mark.real, pytest.mark.timeout(60)]

TEST_RUN = textwrap.dedent(
    """
    import subprocess, sys
    from pathlib import Path
    from tests.real.home import guarded

    root = Path(sys.argv[1])
    with guarded(root):
        detached = subprocess.Popen(["sleep", "600"], env={"HOME": str(root / "home")}, start_new_session=True)
        print(detached.pid, flush=True)
        sys.stdin.read()
    """
)


@pytest.mark.parametrize("end", ["killed", "finished"])
def test_what_a_test_run_started_ends_with_it(end: str, tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    run = subprocess.Popen(
        [sys.executable, "-c", TEST_RUN, str(root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert run.stdout is not None
    detached = psutil.Process(int(run.stdout.readline()))
    assert detached.is_running()
    if end == "killed":
        run.kill()
    run.communicate(timeout=30)
    detached.wait(timeout=30)
    assert _vanishes(root)


def _vanishes(root: Path) -> bool:
    """The guard removes the directory as its last act; it is not our child, so it cannot be waited for."""
    guards = [process for process in psutil.process_iter() if str(root) in " ".join(_arguments(process))]
    psutil.wait_procs(guards, timeout=30)
    return not root.exists()


def _arguments(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []
