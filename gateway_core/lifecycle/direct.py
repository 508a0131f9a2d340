"""The direct back end: runs the distribution's own command, detached, and signals the proven process."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from gateway_core.discovery.operation_records import ProcessMark
from gateway_core.host import Identity, ProcessInfo, ProcessTable
from gateway_core.lifecycle.backend import DIRECT, Launch, OperationContext
from gateway_core.lifecycle.invocation import Invocation, start_invocation
from gateway_core.lifecycle.proof import require_proof, require_still_gateway
from gateway_core.lifecycle.runner import signal_command
from gateway_core.lifecycle.target import Target
from gateway_core.lifecycle.threads import finish_in_thread
from gateway_core.logs.output import LogMark, opened_output, output_path
from gateway_core.operations import ErrorCode, Operation, OperationFailedError, RefusedError
from gateway_core.processes.boot import boot_id
from gateway_core.processes.handle import ProcessHandle, held
from gateway_core.redaction.text import redact
from gateway_core.shell_commands import own_command, shell_command

_KILL_GRACE_S = 10.0  # the kernel ends a process at once after SIGKILL, unless it is stuck in a system call


@dataclass(frozen=True, slots=True)
class DirectLaunch:
    """A gateway that this process has just started."""

    child: Child
    output: LogMark

    @property
    def pids(self) -> tuple[int, ...]:
        return (self.child.pid,)

    def has_launched(self, target: Target) -> bool:
        """By its ancestors, or by its session: what was launched may have detached the gateway."""
        process = target.instance.signals.process
        if process is None:
            return False
        info = target.facts.processes.get(process.pid)
        return self.child.pid in process.lineage or (info is not None and info.session == self.child.pid)

    async def ended(self, within_s: float) -> str | None:
        code = await self.child.exit_code(within_s)
        if code is None:
            return None
        return f"pid {self.child.pid} ended before it was live ({exit_meaning(code)})"

    async def last_lines(self) -> tuple[str, ...]:
        return await asyncio.to_thread(self.output.news)


class DirectBackend:
    """Runs the instance as a process of this user."""

    def __init__(self, context: OperationContext, target: Target) -> None:
        self.name = DIRECT
        self.port = target.occupancy.configured_port.value  # which port a gateway that it starts will take
        self._context = context
        self._target = target

    async def start(self) -> Launch:
        """Run `COMMAND [--profile P] gateway --port N`."""
        distribution, instance = self._target.distribution, self._target.instance
        called = await asyncio.to_thread(start_invocation, self._context.host, distribution, instance)
        if called is None:
            raise RefusedError(ErrorCode.MISSING_COMMAND, f"The command {distribution.command} is not installed.")
        path = output_path(self._context.host, self._target.id)
        with self._context.steps.step("start", called.shown) as note:
            loop = asyncio.get_running_loop()
            started = await finish_in_thread(self._launch, called, path, loop)
            note.detail = f"launched pid {started.child.pid}, output in {path}"
        return started

    async def stop(self) -> None:
        """SIGTERM to the process that is proven to be this instance's gateway, then wait for its end."""
        await self._end(Operation.STOP, self._target.distribution.stop_budget_s)

    async def kill(self) -> None:
        """SIGKILL to the proven process, after it was asked to stop and has had its time."""
        self.require_time_is_up()
        await self._end(Operation.KILL, _KILL_GRACE_S)

    async def _end(self, operation: Operation, budget_s: float) -> None:
        identity = self._identity()
        with held(self._context.host.processes, identity) as process:
            if process is None:
                self._refuse_reused(identity.pid)
                return
            await self._signal(process, operation)
            await self._wait_for_end(process, budget_s)

    def require_time_is_up(self) -> None:
        """Raise `RefusedError` for a gateway that was not asked to stop, or may still take its time."""
        identity = self._identity()
        waited_s = self._waited_s(identity)
        if waited_s is None:
            message = f"{self._target.id} (pid {identity.pid}) was not asked to stop yet."
            raise RefusedError(ErrorCode.TOO_EARLY, message, f"First: {own_command('stop', self._target.id)}")
        budget_s = self._target.distribution.stop_budget_s
        if waited_s < budget_s:
            message = f"{self._target.id} was asked to stop {waited_s:.0f} s ago, and may take {budget_s:.0f} s."
            hint = f"Wait {budget_s - waited_s:.0f} s more: it may be finishing work."
            raise RefusedError(ErrorCode.TOO_EARLY, message, hint)

    async def restart(self) -> Launch:
        await self.stop()
        return await self.start()

    @contextmanager
    def _output(self, path: Path) -> Iterator[int]:
        """A descriptor for what the gateway prints. It starts all the same where that cannot be kept."""
        with ExitStack() as stack:
            try:
                output = stack.enter_context(opened_output(path))
            except OSError as error:
                self._context.steps.warn(f"What it prints is lost: {path} could not be opened ({error.strerror}).")
                output = os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)
                stack.callback(os.close, output)
            yield output

    def _launch(self, called: Invocation, path: Path, loop: asyncio.AbstractEventLoop) -> DirectLaunch:
        """Start the gateway and note what was started: the one is never done without the other. Blocks."""
        try:
            with self._output(path) as output:
                mark = LogMark.at_end_of(path)
                child = launch(called, output, self._context.host.processes, loop)
        except OSError as error:
            raise _not_started(called, error) from error
        if child.info is not None:
            self._context.lock.note(launched=ProcessMark.now(self._context.host, child.info.identity))
        return DirectLaunch(child, mark)

    async def _signal(self, process: ProcessHandle, operation: Operation) -> None:
        pid = process.info.pid
        with self._context.steps.step("signal", " ".join(signal_command(operation, pid))) as note:
            distributions = self._context.observer.distributions
            proof = await require_proof(self._context.host, distributions, self._target, process.info)
            note.detail = f"pid {pid} is this instance's gateway: proven by its {proof.value}"
            if operation is not Operation.KILL:
                await self._note_request(process)
            await asyncio.to_thread(
                require_still_gateway, self._context.host, distributions, self._target, process.info
            )
            if not process.send(signal.SIGKILL if operation is Operation.KILL else signal.SIGTERM):
                note.detail = f"pid {pid} had ended by itself"

    async def _note_request(self, process: ProcessHandle) -> None:
        """Note since when the process has had its time to stop: repeating the request does not prolong it."""
        self._context.steps.asked_to_stop = process.info.pid
        if self._waited_s(process.info.identity) is None:
            mark = ProcessMark.now(self._context.host, process.info.identity)
            await finish_in_thread(self._context.lock.note, asked_to_stop=mark)

    def _waited_s(self, identity: Identity) -> float | None:
        """Return how long ago a claw-tui asked that process to stop; `None` if none did, or that cannot be told."""
        asked = self._context.lock.record.asked_to_stop
        host = self._context.host
        if asked is None or asked.identity_in(boot_id(host), host.processes) != identity:
            return None
        return asked.age_s(host.clock)

    async def _wait_for_end(self, process: ProcessHandle, budget_s: float) -> None:
        deadline = self._context.deadline(budget_s)
        with self._context.steps.step("exit") as note:
            if not await process.ended(deadline.seconds):
                raise self._still_running(process.info.pid, deadline.seconds)
            note.detail = f"pid {process.info.pid} has ended"

    def _still_running(self, pid: int, waited_s: float) -> OperationFailedError:
        budget_s = self._target.distribution.stop_budget_s
        # Another claw-tui that does not know since when it was asked to stop would refuse to kill it.
        kept = self._context.lock.is_kept
        command = own_command("stop --kill", self._target.id) if kept else shell_command(("kill", "-KILL", str(pid)))
        return OperationFailedError(
            ErrorCode.STILL_RUNNING,
            f"pid {pid} of {self._target.id} was asked to stop, but still runs after {waited_s:.0f} s.",
            f"It may be finishing work, for which it has {budget_s:.0f} s. After that it can be killed: {command}",
        )

    def _identity(self) -> Identity:
        identity = self._target.identity
        if identity is None:
            raise RefusedError(ErrorCode.UNPROVEN, f"No process of {self._target.id} was found.")
        return identity

    def _refuse_reused(self, pid: int) -> None:
        """Raise `RefusedError` if the pid is another process now; else the gateway has ended by itself, as wanted."""
        other = self._context.host.processes.find(pid)
        if other is not None:
            message = f"Nothing was signalled: pid {pid} was {self._target.id}, but is {other.name} now."
            raise RefusedError(ErrorCode.PID_REUSED, message, "The gateway has ended by itself.")


def _not_started(called: Invocation, error: OSError) -> OperationFailedError:
    command = called.argv[0]
    if error.errno == errno.ENOENT:
        message = f"{command}, or the interpreter that it names in its first line, does not exist."
        return OperationFailedError(ErrorCode.MISSING_COMMAND, message, "Reinstall the gateway, or repair PATH.")
    reason = redact(error.strerror or str(error))
    return OperationFailedError(ErrorCode.COMMAND_FAILED, f"{command} could not be started: {reason}.")


_MEANINGS = {
    2: "it does not accept the profile's name",
    78: "its config is wrong, or another gateway holds its lock",
    126: "its command, or the Node.js that it needs, may not be executed",
    127: "its command, or the Node.js that it needs, was not found",
}
"""Exit codes of the family (78 and 2: seen in openclaw 2026.9.6), and of the shell that runs a wrapper."""
_KEPT = 200  # far more ends than can be asked for: each is asked for soon after it was seen
_exits: dict[Identity, int] = {}  # the newest of this process's children: only their parent is told, and only once
_exits_lock = threading.Lock()


class Child:
    """A child in a session of its own. Nothing here ever ends it.

    `subprocess` and a thread that waits, rather than asyncio's subprocesses: those are killed when their loop closes.
    The thread costs next to nothing, works on every platform, and leaves no zombie behind a dashboard.
    """

    def __init__(
        self, process: subprocess.Popen[bytes], info: ProcessInfo | None, loop: asyncio.AbstractEventLoop
    ) -> None:
        self.pid = process.pid
        self.info = info  # as it was at its start; `None` if it had ended by then
        self._exit: asyncio.Future[int] = loop.create_future()
        reap = partial(_reap, process, info, self._exit)
        threading.Thread(target=reap, name=f"waits for pid {self.pid}", daemon=True).start()

    async def exit_code(self, within_s: float) -> int | None:
        """Wait for the end, at most so long; the exit code, or `None` while the child runs."""
        await asyncio.wait({self._exit}, timeout=within_s)
        return self._exit.result() if self._exit.done() else None


def launch(
    invocation: Invocation, output: int, processes: ProcessTable, loop: asyncio.AbstractEventLoop | None = None
) -> Child:
    """Start a command detached: its own session, no input, no descriptor but the output. Raises `OSError`. Blocks.

    `loop` is the one that waits for it; `None`: that of the caller.
    """
    process = subprocess.Popen(
        invocation.argv,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        env=dict(invocation.environment),
        cwd=invocation.directory,
        start_new_session=True,
    )
    info = processes.find(process.pid)  # nobody else has that pid before it is waited for
    return Child(process, info, loop or asyncio.get_running_loop())


def own_exit(identity: Identity) -> int | None:
    """The exit code of a child, in the form of `subprocess`: negative if by a signal; `None` if it is not known."""
    return _exits.get(identity)


def exit_meaning(code: int) -> str:
    """An exit code in words, such as `exit code 78: its config is wrong, …`."""
    if code < 0:
        with suppress(ValueError):
            return f"ended by {signal.Signals(-code).name}"
    meaning = _MEANINGS.get(code)
    return f"exit code {code}" + (f": {meaning}" if meaning else "")


def _reap(process: subprocess.Popen[bytes], info: ProcessInfo | None, exit_: asyncio.Future[int]) -> None:
    code = process.wait()
    if info is not None:
        _remember(info, code)
    with suppress(RuntimeError):  # the loop has closed: nobody waits any more
        exit_.get_loop().call_soon_threadsafe(_settle, exit_, code)


def _remember(info: ProcessInfo, code: int) -> None:
    with _exits_lock:
        _exits[info.identity] = code
        while len(_exits) > _KEPT:
            del _exits[next(iter(_exits))]


def _settle(future: asyncio.Future[int], code: int) -> None:
    if not future.done():
        future.set_result(code)
