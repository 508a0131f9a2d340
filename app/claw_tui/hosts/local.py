"""The machine that this program runs on: all of it, read-only, or a demo's throw-away home on it.

The core is imported by what needs it, when that is first used: the first screen does not wait for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from claw_tui import gc_tuning
from claw_tui.hosts.gateway_host import GatewayHost, HostMonitor
from claw_tui.hosts.logs import log_opener
from claw_tui.hosts.onboarding import Onboarder, Recovery
from claw_tui.settings import LoadedSettings, load_settings

if TYPE_CHECKING:
    from gateway_core.distributions import Distribution
    from gateway_core.events.recorder import Tell
    from gateway_core.events.store import EventStore
    from gateway_core.host import Host
    from gateway_core.lifecycle.backend import Options
    from gateway_core.lifecycle.exit_reasons import ExitReasons
    from gateway_core.lifecycle.operate import OnTask
    from gateway_core.operations import Operation, OperationResult, Report
    from gateway_core.snapshot import Instance

_HostSource = Callable[[], "Host"]  # gives the same host each time; the first time may be slow

DEMO_EXIT_MESSAGE = "The demo has ended, and its gateways with it."


def local_gateway_host(host: _HostSource) -> GatewayHost:
    """The machine that this program runs on, with all that can be done there."""
    return GatewayHost(
        monitor=partial(_monitor, host),
        distributions=partial(_distributions, host),
        start_command=partial(_start_command, host),
        settings=_user_settings,
        exit_reasons=partial(_exit_reasons, host),
        operator=partial(_operate, host),
        onboarder=Onboarder(host),
        recovery=Recovery(host),
        open_logs=log_opener(host),
        open_events=partial(_open_events, host),
    )


def read_only_gateway_host(shown: GatewayHost) -> GatewayHost:
    """The same host, of which everything is shown and to which nothing is done."""
    return replace(shown, badges=("read-only",), operator=None, onboarder=None)


def demo_gateway_host(host: _HostSource) -> GatewayHost:
    """The throw-away home of a demo. It begins with the user's settings; what is tried there is not kept."""
    return replace(
        local_gateway_host(host),
        badges=("demo",),
        exit_message=DEMO_EXIT_MESSAGE,
        settings=lambda: replace(_user_settings(), path=None),
    )


def _user_settings() -> LoadedSettings:
    from gateway_core.local_host import user_config_dir

    return load_settings(user_config_dir())


def _monitor(host: _HostSource) -> HostMonitor:
    from gateway_core.audit.run import AuditingMonitor

    gc_tuning.collect_only_new()
    return AuditingMonitor(host())


def _distributions(host: _HostSource) -> Iterable[Distribution]:
    from gateway_core.distributions import load_distributions

    return load_distributions(host().config_dir)


def _start_command(host: _HostSource, instance: Instance) -> str | None:
    from gateway_core.lifecycle.invocation import start_command

    return start_command(host(), _distributions(host), instance)


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


def _open_events(host: _HostSource, tell: Tell) -> EventStore:
    from gateway_core.dirs import events_database
    from gateway_core.events.store import EventStore

    return EventStore(events_database(host()), tell)
