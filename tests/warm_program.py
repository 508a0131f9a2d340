"""claw-tui as a process of its own for each call, forked from one that has imported it: `… -m tests.warm_program HOME`.

Reads calls from stdin, a JSON list of arguments in each line; answers with a line of JSON: code, output and errors. A
process that begins anew spends most of its time on importing.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import pkgutil
import sys
import tempfile
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NoReturn

import claw_tui.cli
import claw_tui.hosts
import claw_tui.text
import gateway_core
from claw_tui.cli import main as program
from tests.program import DEADLINE_S, CompletedRun

_GRACE_S = 5


@asynccontextmanager
async def warm_program(environment: Mapping[str, str]) -> AsyncIterator[Callable[..., Awaitable[CompletedRun]]]:
    """What runs claw-tui in that environment until it ends, one call at a time."""
    root = Path(__file__).parents[1]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.warm_program", environment["HOME"]),
        env=dict(environment),
        cwd=root,
        stdin=-1,
        stdout=-1,
        limit=2**26,
        start_new_session=True,
    )
    told, answers = process.stdin, process.stdout
    assert told is not None
    assert answers is not None

    async def run(*call: str) -> CompletedRun:
        told.write(f"{json.dumps(call)}\n".encode())
        async with asyncio.timeout(DEADLINE_S):
            return CompletedRun(*json.loads(await answers.readline()))

    try:
        yield run
    finally:
        told.close()  # at which it ends, unless it still waits for a call
        try:
            async with asyncio.timeout(_GRACE_S):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


def _import_all() -> None:
    for package in (claw_tui.cli, claw_tui.hosts, claw_tui.text, gateway_core):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)


def _run(call: list[str], output: int, errors: int) -> NoReturn:
    """In the new process: be the program."""
    os.setsid()
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(output, 1)
    os.dup2(errors, 2)
    sys.argv = [program.PROGRAM, *call]
    try:
        program.main()
    except SystemExit as ended:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(ended.code if isinstance(ended.code, int) else 0)
    except BaseException:  # noqa: BLE001  the parent's files must not be tidied up here, whatever happens
        traceback.print_exc()
    sys.stderr.flush()
    os._exit(1)


def _answer(call: list[str]) -> tuple[int, str, str]:
    with tempfile.TemporaryDirectory() as place:
        said = [Path(place, name) for name in ("output", "errors")]
        descriptors = [os.open(path, os.O_CREAT | os.O_WRONLY, 0o600) for path in said]
        child = os.fork()
        if child == 0:
            _run(call, *descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        output, errors = (path.read_text("utf-8") for path in said)
        return code, output, errors


def main() -> None:
    _import_all()
    os.chdir(sys.argv[1])
    for line in sys.stdin:
        print(json.dumps(_answer(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
