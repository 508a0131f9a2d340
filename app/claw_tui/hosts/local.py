"""The machine that this program runs on: all of it, read-only, or a demo's throw-away home on it.

The core is imported by what needs it, when that is first used: the first screen does not wait for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache, partial
from typing import TYPE_CHECKING

import gateway_core
from claw_tui import gc_tuning
from claw_tui.hosts.gateway_host import GatewayHost, HostMonitor
from claw_tui.hosts.onboarding import Onboarder, OnboardingRuns
from claw_tui.hosts.registrations import Registrar

if TYPE_CHECKING:
    from claw_tui.hosts.logs import FoundLogs, LogQuery
    from claw_tui.settings import LoadedSettings
    from gateway_core.distributions.loader import Distributions
    from gateway_core.events.looking_back import LookingBack
    from gateway_core.events.recorder import Tell
    from gateway_core.events.store import EventStore
    from gateway_core.host import Host
    from gateway_core.lifecycle.backend import Options
    from gateway_core.lifecycle.exit_reasons import ExitReasons
    from gateway_core.lifecycle.operate import OnTask
    from gateway_core.onboarding.installed import InstalledProduct
    from gateway_core.operations import Operation, OperationResult, Report
    from gateway_core.snapshot import Instance, Snapshot

_HostSource = Callable[[], "Host"]  # gives the same host each time; the first time may be slow

DEMO_EXIT_MESSAGE = "The demo has ended, and its gateways with it."


def this_gateway_host() -> GatewayHost:
    """The machine that this program runs on, as the calling user sees it."""
    return local_gateway_host(cache(lambda: gateway_core.this_host()))  # noqa: PLW0108 - it is loaded when it is called


def local_gateway_host(host: _HostSource) -> GatewayHost:
    """The machine that this program runs on, with all that can be done there."""
    distributions = cache(partial(_load_distributions, host))
    return GatewayHost(
        monitor=partial(_monitor, host, distributions),
        snapshot=lambda: gateway_core.take_snapshot(host()),
        glance=partial(_glance, host),
        audit=lambda: gateway_core.audit_host(host()),
        distributions=distributions,
        home=lambda: host().home,
        uid=lambda: host().uid,
        now=lambda: host().clock.now(),  # noqa: PLW0108 - the host is made when it is first asked
        start_command=partial(_start_command, host, distributions),
        settings=_user_settings,
        exit_reasons=partial(_exit_reasons, host),
        operator=partial(_operate, host),
        onboarder=Onboarder(host),
        onboarding_runs=OnboardingRuns(host),
        installed_products=partial(_installed_products, host, distributions),
        registrar=Registrar(host),
        open_logs=partial(_find_logs, host),
        look_back=partial(_look_back, host),
        open_events=partial(_open_events, host),
    )


def read_only_gateway_host(shown: GatewayHost) -> GatewayHost:
    """The same host, of which everything is shown and to which nothing is done."""
    return replace(shown, badges=("read-only",), operator=None, onboarder=None, registrar=None)


def demo_gateway_host(host: _HostSource) -> GatewayHost:
    """The throw-away home of a demo. It begins with the user's settings; what is tried there is not kept."""
    return replace(
        local_gateway_host(host),
        badges=("demo",),
        exit_message=DEMO_EXIT_MESSAGE,
        look_back=None,  # no demo is seen twice
        settings=lambda: replace(_user_settings(), path=None),
    )


def _user_settings() -> LoadedSettings:
    from claw_tui.settings import load_settings
    from gateway_core.local_host import user_config_dir

    return load_settings(user_config_dir())


def _monitor(host: _HostSource, distributions: Callable[[], Distributions], *, ask_first: bool = False) -> HostMonitor:
    from claw_tui.hosts.monitor import AuditingMonitor

    gc_tuning.collect_only_new()
    distributions()  # here in a thread; a key that needs them reads no file
    return AuditingMonitor(host(), ask_first=ask_first)


async def _glance(host: _HostSource) -> Snapshot:
    from asyncio import gather, to_thread  # a fifth of the time that --help takes

    from gateway_core.monitor.observer import Observer

    observer = await Observer.on(host())
    await gather(observer.look_at_processes(), observer.look_at_disk())
    return await to_thread(observer.snapshot)


def _load_distributions(host: _HostSource) -> Distributions:
    from gateway_core.distributions.loader import load_distributions

    return load_distributions(host().config_dir)


def _start_command(host: _HostSource, distributions: Callable[[], Distributions], instance: Instance) -> str | None:
    from gateway_core.lifecycle.invocation import start_command

    return start_command(host(), distributions(), instance)


def _exit_reasons(host: _HostSource) -> ExitReasons:
    from gateway_core.lifecycle.exit_reasons import ExitReasons

    return ExitReasons(host())


async def _operate(
    host: _HostSource,
    instance_ids: Sequence[str],
    operation: Operation,
    options: Options,
    report: Report,
    on_task: OnTask,
) -> tuple[OperationResult, ...]:
    from gateway_core.lifecycle.operate import operate_many

    return await operate_many(host(), instance_ids, operation, options, report, on_task=on_task)


async def _find_logs(host: _HostSource, snapshot: Snapshot, query: LogQuery) -> FoundLogs:
    from claw_tui.hosts.logs import find_logs

    return await find_logs(host(), snapshot, query)


def _look_back(host: _HostSource, tell: Tell) -> LookingBack:
    from gateway_core.events.looking_back import LookingBack

    return LookingBack(host(), _open_events(host, tell))


async def _installed_products(
    host: _HostSource, distributions: Callable[[], Distributions]
) -> tuple[InstalledProduct, ...]:
    from asyncio import to_thread

    from gateway_core.onboarding.installed import installed_products

    return await to_thread(lambda: installed_products(host(), distributions()))


def _open_events(host: _HostSource, tell: Tell) -> EventStore:
    from gateway_core.dirs import events_database
    from gateway_core.events.store import EventStore

    return EventStore(events_database(host()), tell)
