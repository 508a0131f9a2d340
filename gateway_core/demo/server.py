"""A demo gateway at work: takes its lock, binds what its version binds, answers, and stops gracefully."""

import asyncio
import os
import signal
import time
import uuid
from collections.abc import Callable

from gateway_core.demo.faults import Faults
from gateway_core.demo.files import ProductLog, holding_locks
from gateway_core.demo.http import (
    Connection,
    DemoAnswer,
    Handler,
    Phase,
    broken_answer,
    control_answer,
    gateway_answer,
    listen,
    relay_answer,
)
from gateway_core.demo.installation import DemoConfig, DemoInstallation
from gateway_core.distributions.model import PortRule
from gateway_core.snapshot import Binding, Role

_ALL_INTERFACES = "0.0.0.0"  # noqa: S104  what `gateway.bind` = `lan` asks for
_POLL_S = 0.05  # the time between two looks at a delay while it lasts


class PortTakenError(Exception):
    """Somebody else listens on the gateway's own port."""


class Gateway:
    """A demo gateway that runs in this process."""

    def __init__(self, installation: DemoInstallation, config: DemoConfig, port: int, log: ProductLog) -> None:
        self._installation = installation
        self._config = config
        self._port = port
        self._log = log
        self._phase = Phase.STARTING
        self._began = time.monotonic()
        self._stopping = asyncio.Event()

    async def run(self) -> int:
        """Run until SIGTERM or SIGINT; returns the exit code. Raises `AlreadyRunningError` and `PortTakenError`."""
        faults = self._faults()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self._on_signal, number)
        if await self._stopped_during(lambda: self._faults().lock_delay_s):
            return 0
        late = self._installation.distribution.locks_late(self._installation.version)
        if late and await self._stopped_before_it_binds():
            return 0
        async with holding_locks(self._installation, self._port, faults.lock_timeout_s):
            if late or not await self._stopped_before_it_binds():
                await self._serve(faults)
        return 0

    async def _stopped_before_it_binds(self) -> bool:
        delayed = await self._stopped_during(lambda: self._faults().start_delay_s)
        return delayed or await self._stopped_before_work_is_done()

    async def _serve(self, faults: Faults) -> None:
        own = await self._bind_own_port()
        derived: list[asyncio.Server] = []
        for rule in self._installation.distribution.port_rules(self._installation.version):
            if rule.role is not Role.GATEWAY and self._binds(rule):
                derived += await self._bind_derived(rule)
        self._announce(own)
        if not await self._stopped_within(faults.ready_delay_s):
            self._phase = Phase.STARTED
            self._log.write("ready")
            await self._stopping.wait()
        await self._drain()
        for server in (*own, *derived):
            server.close()

    async def _drain(self) -> None:
        self._phase = Phase.DRAINING
        self._log.write("received SIGTERM; shutting down")
        await asyncio.sleep(self._faults().stop_delay_s)
        self._log.write("gmail watcher stopped", subsystem="gmail-watcher")

    async def _stopped_before_work_is_done(self) -> bool:
        while time.process_time() < self._faults().start_work_s:
            if await self._stopped_within(0):
                return True
            done_at = time.process_time() + _POLL_S
            while time.process_time() < done_at:
                pass
        return self._stopping.is_set()

    async def _stopped_during(self, delay_s: Callable[[], float]) -> bool:
        began = time.monotonic()
        while time.monotonic() < began + delay_s():
            if await self._stopped_within(_POLL_S):
                return True
        return self._stopping.is_set()

    async def _stopped_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return False
        return True

    def _on_signal(self, number: int) -> None:
        self._log.write(f"signal {signal.Signals(number).name} received")
        if not self._faults().ignore_sigterm:
            self._stopping.set()

    async def _bind_own_port(self) -> list[asyncio.Server]:
        addresses = self._addresses()
        try:
            return await listen(self._answer, self._port, *addresses)
        except OSError as error:
            url = f"ws://{addresses[0]}:{self._port}"
            raise PortTakenError(f"another gateway instance is already listening on {url}") from error

    def _announce(self, servers: list[asyncio.Server]) -> None:
        for server in servers:
            host = server.sockets[0].getsockname()[0]
            self._log.write(
                f"listening on ws://{f'[{host}]' if ':' in host else host}:{self._port} (PID {os.getpid()})"
            )
        self._log.write(f"log file: {self._log.path}")

    def _binds(self, rule: PortRule) -> bool:
        installation = self._installation
        if rule.of_browsers and not self._config.browser.enabled:
            return False

        def on(switch: str | None) -> bool:
            names = installation.distribution.variables_read(switch, installation.version) if switch else ()
            return any(installation.environment.get(name) == "1" for name in names)

        return on(rule.bound_with) or (rule.binding is Binding.ALWAYS and not on(rule.left_out_with))

    async def _bind_derived(self, rule: PortRule) -> list[asyncio.Server]:
        port = self._port + rule.first if self._port + rule.first <= 65535 else rule.fallback
        address = "127.0.0.1" if rule.loopback else self._addresses()[0]
        answer = relay_answer if rule.role is Role.EXTENSION_RELAY else control_answer
        subsystem = f"browser/{rule.role}"
        try:
            servers = await listen(_serving(answer), port, address)
        except OSError as error:
            self._log.write(f"{rule.role} failed to bind {address}:{port}: {error}", subsystem=subsystem, level="WARN")
            return []
        self._log.write(f"{rule.role} listening on http://{address}:{port}/", subsystem=subsystem)
        return servers

    def _addresses(self) -> tuple[str, ...]:
        gateway = self._config.gateway
        if gateway.bind == "lan":
            return (_ALL_INTERFACES,)
        if gateway.bind == "custom" and gateway.custom_bind_host:
            return (gateway.custom_bind_host,)
        return ("127.0.0.1", "::1")

    async def _answer(self, connection: Connection) -> None:
        while request := await connection.request():
            faults = self._faults()
            if faults.answer is not None:
                return await _misbehave(connection, faults)
            if request.upgrades:
                return self._report_probe(await connection.challenge(request))
            uptime_ms = round((time.monotonic() - self._began) * 1000)
            await connection.send(gateway_answer(request.path, self._installation, self._phase, uptime_ms, faults))
        return None

    def _report_probe(self, stayed_ms: int) -> None:
        host = f"127.0.0.1:{self._port}"
        self._log.write(
            f"closed before connect conn={uuid.uuid4()} remote=127.0.0.1 fwd=n/a origin=n/a host={host} ua=n/a"
            " code=1006 reason=n/a",
            subsystem="gateway/ws",
            level="WARN",
            data={"handshake": "pending", "durationMs": stayed_ms, "host": host},
        )

    def _faults(self) -> Faults:
        return Faults.read(self._installation.state_dir)


def _serving(answer: Callable[[str], DemoAnswer]) -> Handler:
    async def handle(connection: Connection) -> None:
        while request := await connection.request():
            await connection.send(answer(request.path))

    return handle


async def _misbehave(connection: Connection, faults: Faults) -> None:
    match faults.answer:
        case "silent":
            await connection.stay_silent()
        case "garbage":
            await connection.send_garbage()
        case "stream":
            await connection.stream_for_ever()
        case _:
            await connection.send(broken_answer(faults))
