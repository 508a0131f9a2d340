"""The core can be used without any front end, and importing it stays cheap."""

import ast
import pkgutil
import subprocess
import sys
from collections.abc import Iterator

import pytest

import gateway_core
from tests.source_tree import found_in_modules, nodes, sources

FRONT_ENDS = {"claw_tui", "textual", "rich", "click"}
EXPENSIVE = {"httpx", "websockets", "watchfiles"}
SIGNALLING = {"kill", "killpg", "pidfd_send_signal", "send_signal", "terminate", "pthread_kill"}
MAY_SIGNAL = {f"gateway_core/{room}/" for room in ("lifecycle", "processes", "demo")}
"""The demo room has only processes of its own."""
ASKING_A_MACHINE = {"Monitor", "audit_host", "operate", "operate_many", "take_snapshot", "this_host"}
MAY_ASK_A_MACHINE = "claw_tui/hosts/"


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


def test_what_only_the_demo_needs_is_imported_by_the_demo_alone() -> None:
    names = [module.name for module in pkgutil.walk_packages(gateway_core.__path__, "gateway_core.")]
    others = [name for name in names if not name.startswith("gateway_core.demo")]
    assert "setproctitle" not in modules_after("\n".join(f"import {name}" for name in others))


def test_the_monitor_loads_what_is_expensive_only_when_it_is_needed() -> None:
    code = "import gateway_core.monitor.monitor; from gateway_core.local_host import this_host; this_host()"
    loaded = modules_after(code)
    assert not loaded & (FRONT_ENDS | EXPENSIVE)


def test_asking_by_http_draws_in_no_front_end_and_searches_for_no_module() -> None:
    """httpx alone would import click and rich; a search for what is not installed would go through all of sys.path."""
    loaded = modules_after(
        """
import asyncio, builtins, sys
from gateway_core.system.http import LoopbackHttp

async def ask():
    http = LoopbackHttp()
    for path in ("first", "second"):
        async with http.conversation() as conversation:
            answer = await conversation.get(f"http://127.0.0.1:1/{path}", deadline=2)
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
    modules_after(f"import sys, claw_tui.instances.screen; assert not {{{unneeded}}} & set(sys.modules)")


def test_who_watches_loads_no_audit_before_asking_for_one() -> None:
    modules_after(
        """
import sys
from claw_tui.hosts.local import this_gateway_host
this_gateway_host().monitor(ask_first=True)
assert "gateway_core.monitor.monitor" in sys.modules
assert "gateway_core.audit" not in sys.modules
"""
    )


def lines_that_signal(source: str) -> Iterator[int]:
    """The lines that send a signal to a process, or lay hands on a function that does."""
    for node in nodes(source):
        if SIGNALLING & set(functions_named(node)):
            assert isinstance(node, ast.expr | ast.stmt)
            yield node.lineno


def functions_named(node: ast.AST) -> list[str]:
    """What this node calls as a method, or takes of the modules that can signal."""
    match node:
        case ast.Call(func=ast.Attribute(attr=name)) | ast.Attribute(value=ast.Name(id="os" | "signal"), attr=name):
            return [name]
        case ast.ImportFrom(module="os" | "signal", names=taken):
            return [alias.name for alias in taken]
    return []


def test_only_the_room_of_operations_signals_processes() -> None:
    assert found_in_modules(lines_that_signal, except_in=MAY_SIGNAL) == {}


@pytest.mark.parametrize(
    "line",
    [
        "os.kill(1, 9)",
        "os.killpg(1, 9)",
        "signal.pidfd_send_signal(1, 9)",
        "process.send_signal(9)",
        "self.process.terminate()",
        "found().kill()",
        "partial(os.kill, 1)",
        "from os import getpid, killpg",
    ],
)
def test_each_way_to_signal_a_process_is_noticed(line: str) -> None:
    assert list(lines_that_signal(f"pass\n{line}"))[:1] == [2]
    assert list(lines_that_signal("signal.signal(2, kill_child); Operation.KILL; kill_session(3)")) == []


def lines_that_ask_a_machine(source: str) -> Iterator[int]:
    """The lines that use the core's front door, take from a room what asks a machine, or ask this one who it is."""
    for node in nodes(source):
        match node:
            case ast.Import(names=taken) if any(alias.name.split(".")[0] == "gateway_core" for alias in taken):
                yield node.lineno
            case (
                ast.ImportFrom(module="gateway_core") | ast.Attribute(value=ast.Name(id="os"), attr="getuid" | "uname")
            ):
                yield node.lineno
            case ast.ImportFrom(module=str(module), names=taken) if module.startswith("gateway_core."):
                if ASKING_A_MACHINE & {alias.name for alias in taken}:
                    yield node.lineno


def test_the_front_ends_ask_their_host_and_never_a_machine() -> None:
    """What import-linter cannot say: it sees no names, and whoever may import a room may import the front door."""
    asking = found_in_modules(lines_that_ask_a_machine, except_in={"gateway_core/"})
    assert {path for path in asking if not path.startswith(MAY_ASK_A_MACHINE)} == set()
    assert f"{MAY_ASK_A_MACHINE}local.py" in asking


@pytest.mark.parametrize(
    "line",
    [
        "from gateway_core import this_host, take_snapshot",
        "from gateway_core import snapshot",
        "import gateway_core",
        "import gateway_core.host",
        "import json, gateway_core.snapshot as models",
        "question(os.getuid())",
        "from gateway_core.audit.run import CHECKS, audit_host",
        "def later():\n from gateway_core.lifecycle.operate import operate_many",
    ],
)
def test_each_way_to_ask_a_machine_is_noticed(line: str) -> None:
    assert list(lines_that_ask_a_machine(f"pass\n{line}")) == [2 + line.count("\n")]
    assert not list(lines_that_ask_a_machine("from gateway_core.snapshot import Snapshot\nimport gateway_cores"))


def test_packages_import_none_of_their_own_modules() -> None:
    """Else two threads that import at once, one the package and one a module of it, wait for each other.

    Python then lets one of them go on with a module that is only half there.
    """
    packages = {path: source for path, source in sources().items() if path.endswith("__init__.py")}
    assert len(packages) > 20
    own = [
        f"{path}: {ast.unparse(node)}"
        for path, source in packages.items()
        for node in ast.parse(source).body
        if isinstance(node, ast.Import | ast.ImportFrom) and ast.unparse(node) != "from typing import TYPE_CHECKING"
    ]
    assert own == []


@pytest.mark.slow
@pytest.mark.parametrize("delay_s", [0.0, 0.02, 0.08])
def test_threads_import_what_they_need_at_once(delay_s: float) -> None:
    """As when a key is pressed in the dashboard while a thread still loads the core."""
    modules_after(
        f"""
import threading, time
import claw_tui.app, claw_tui.hosts.local
failed = []
def load():
    try:
        import claw_tui.instances.screen
    except Exception as error:
        failed.append(error)
thread = threading.Thread(target=load)
thread.start()
time.sleep({delay_s})
import claw_tui.onboarding.run_screens
thread.join()
assert failed == [], failed
"""
    )
