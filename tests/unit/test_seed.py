"""What tests draw by chance: ever something else, and told so that it can be drawn again."""

import os
import random
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import SEED

ROOT = Path(__file__).parents[2]
TESTS = """
import random
from pathlib import Path

import pytest

@pytest.mark.parametrize("name", ["a", "b"])
def test_draws(name):
    Path(__file__).with_name(name).write_text(str(random.random()))
"""


@pytest.mark.parametrize("given", [{}, {SEED: "7"}])
def test_each_worker_draws_by_the_seed_that_the_header_tells(tmp_path: Path, given: dict[str, str]) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "test_it.py").write_text(TESTS)
    plugins = [word for name in ("xdist", "tests.conftest") for word in ("-p", name)]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-n", "2", *plugins, "--rootdir", tmp_path, tmp_path / "test_it.py"],
        cwd=ROOT,
        env={**os.environ, **given, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    [seed] = re.findall(rf"^{SEED}=(\d+)$", done.stdout, re.MULTILINE)
    assert seed == given.get(SEED, seed)
    for name in ("a", "b"):
        expected = random.Random(f"{seed} test_it.py::test_draws[{name}]").random()
        assert (tmp_path / name).read_text() == str(expected)
