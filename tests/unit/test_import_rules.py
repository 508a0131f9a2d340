"""The core can be used without any front end, and importing it stays cheap."""

import pkgutil
import subprocess
import sys

import gateway_core

FRONT_ENDS = {"claw_tui", "textual", "rich", "click"}
EXPENSIVE = {"httpx", "websockets", "watchfiles"}


def modules_after(code: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-I", "-c", f"{code}\nimport sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return {name.partition(".")[0] for name in done.stdout.split()}


def test_no_module_of_the_core_imports_a_front_end() -> None:
    names = [module.name for module in pkgutil.walk_packages(gateway_core.__path__, "gateway_core.")]
    assert len(names) > 50
    loaded = modules_after("\n".join(f"import {name}" for name in names if not name.endswith("__main__")))
    assert not loaded & FRONT_ENDS


def test_the_monitor_loads_what_is_expensive_only_when_it_is_needed() -> None:
    loaded = modules_after("import gateway_core.monitor, gateway_core.system; gateway_core.system.this_host()")
    assert not loaded & (FRONT_ENDS | EXPENSIVE)


def test_asking_by_http_draws_in_no_front_end_and_searches_for_no_module() -> None:
    """httpx would import click and rich, and httpcore look for sniffio, which is not installed, at each question."""
    loaded = modules_after(
        """
import asyncio, builtins, sys
from gateway_core.system.http import LoopbackHttp

async def ask():
    http = LoopbackHttp()
    for path in ("first", "second"):
        answer = await http.get(f"http://127.0.0.1:1/{path}", deadline=2)
        assert answer.error == "refused", answer
        sys.meta_path[:] = [Nobody()]

class Nobody:
    def find_spec(self, name, path, target=None):
        builtins.print(f"searched-for-{name}", end=" ")

asyncio.run(ask())
"""
    )
    assert "httpx" in loaded
    assert not loaded & FRONT_ENDS
    assert not [name for name in loaded if name.startswith("searched-for")]


def test_the_first_screen_waits_for_no_room_that_it_has_no_use_for_yet() -> None:
    unneeded = '"gateway_core.onboarding", "gateway_core.lifecycle.operate", "watchfiles", "httpx", "sqlite3"'
    modules_after(f"import sys, claw_tui.screens.instances; assert not {{{unneeded}}} & set(sys.modules)")
