"""What a program imports from `gateway_core` itself, as the README shows it."""

import re
import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

import pytest

import gateway_core
from gateway_core.demo.home import DemoHome

README = Path(__file__).parents[2] / "README.md"
FENCED = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
IMPORT = "from gateway_core import take_snapshot, this_host\n"


def output(code: str, environment: Mapping[str, str] | None = None) -> str:
    done = subprocess.run(
        [sys.executable, "-I", "-c", code], capture_output=True, text=True, timeout=60, env=environment
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_importing_the_core_loads_nothing_else() -> None:
    added = output("import sys; before = set(sys.modules); import gateway_core; print(*set(sys.modules) - before)")
    others = {name for name in added.split() if name.partition(".")[0] not in sys.stdlib_module_names}
    assert others == {"gateway_core"}


def test_asking_for_a_model_loads_no_monitor() -> None:
    loaded = output("import sys; from gateway_core import Snapshot; print(*sys.modules)").split()
    assert "gateway_core.snapshot" in loaded
    assert "gateway_core.monitor" not in loaded


@pytest.mark.parametrize("name", gateway_core.__all__)
def test_every_offered_name_is_there(name: str) -> None:
    assert getattr(gateway_core, name) is not None
    assert name in dir(gateway_core)


def test_all_names_at_once() -> None:
    names: dict[str, object] = {}
    exec("from gateway_core import *", names)
    assert set(gateway_core.__all__) <= set(names)


def test_no_other_name_is_there() -> None:
    with pytest.raises(AttributeError, match="no attribute 'operate_them_all'"):
        getattr(gateway_core, "operate_them_all")  # noqa: B009 - mypy knows that it is not there


def test_the_version_is_that_of_the_installed_package() -> None:
    assert gateway_core.__version__ == version("claw-tui")


async def test_the_example_of_the_readme_runs_as_it_stands(demo_home: DemoHome) -> None:
    demo_home.add_profile("openclaw", "rescue")
    [example] = [code for code in FENCED.findall(README.read_text()) if IMPORT in code and "import asyncio\n" in code]
    assert "openclaw:rescue stopped " in output(example, demo_home.environment)
